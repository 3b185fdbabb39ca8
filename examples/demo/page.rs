//! Serves the page and its files, which are compiled into the binary.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::{self, ServiceConfig},
};

const FILES: [(&str, &str, &str); 7] = [
    ("/", "text/html; charset=utf-8", include_str!("assets/index.html")),
    ("/bell", "text/html; charset=utf-8", include_str!("assets/bell.html")),
    ("/assets/style.css", "text/css; charset=utf-8", include_str!("assets/style.css")),
    ("/assets/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("/assets/inbox.js", "text/javascript; charset=utf-8", include_str!("assets/inbox.js")),
    ("/assets/live.js", "text/javascript; charset=utf-8", include_str!("assets/live.js")),
    ("/assets/requests.js", "text/javascript; charset=utf-8", include_str!("assets/requests.js")),
];

pub(crate) fn routes(routes: &mut ServiceConfig) {
    for (path, kind, content) in FILES {
        let file = move || async move {
            HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, kind))
                .insert_header((CACHE_CONTROL, "no-cache"))
                .body(content)
        };
        routes.route(path, web::get().to(file));
    }
}
