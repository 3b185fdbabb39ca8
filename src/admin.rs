//! The admin: who is staff -> the pages on which they look after everybody's messages.

mod changes;
mod compose;
mod document;
mod door;
mod endpoints;
mod form;
mod html;
mod links;
mod listing;
mod period;
mod row;
pub(crate) mod settings;
mod trouble;

use actix_web::{
    Error, Resource, Scope,
    body::MessageBody,
    dev::{HttpServiceFactory, ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    http::header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
    middleware::{DefaultHeaders, from_fn},
    web,
};

use self::{
    door::admit,
    endpoints::{
        change, compose, create, enter, icon, list, no_such_method, no_such_page, redate, replace_tags, show, style,
    },
    settings::Admin,
};

/// No more of a form is read, in bytes.
const LONGEST_FORM: usize = 2 * 1024 * 1024;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

impl Admin {
    /// The pages, to be mounted at `path`. The scope is Actix's own, so `wrap` and `guard` work as everywhere.
    pub fn at(
        &self,
        path: &str,
    ) -> Scope<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody + use<>>,
            Error = Error,
            InitError = (),
        > + use<>,
    > {
        let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        // With and without a last slash, whichever a middleware makes of the path.
        let page = |name: &str| web::resource([format!("/{name}"), format!("/{name}/")]);
        web::scope(path.trim_end_matches('/'))
            .app_data(self.clone())
            .app_data(web::PayloadConfig::new(LONGEST_FORM))
            // Whoever is refused is refused there, where the links of the page lead to the style sheet.
            .service(web::resource(["", "/"]).route(read().to(enter)))
            .service(behind_the_door("GET, HEAD", page("list").route(read().to(list))))
            .service(behind_the_door(
                "GET, HEAD, POST",
                page("new").route(read().to(compose)).route(web::post().to(create)),
            ))
            .service(behind_the_door("GET, HEAD", page("message").route(read().to(show))))
            .service(behind_the_door("POST", page("tags").route(web::post().to(replace_tags))))
            .service(behind_the_door("POST", page("redate").route(web::post().to(redate))))
            .service(behind_the_door("POST", page("change").route(web::post().to(change))))
            // These two are in the crate's sources for anybody to read, and whoever is refused sees them too.
            .service(page("style.css").route(read().to(style)))
            .service(page("icon.svg").route(read().to(icon)))
            .default_service(web::to(no_such_page))
            .wrap(headers())
    }
}

fn behind_the_door(methods: &'static str, resource: Resource) -> impl HttpServiceFactory {
    resource.default_service(web::to(move || no_such_method(methods))).wrap(from_fn(admit))
}

/// Nothing but the style sheet and the icon is loaded, no other site frames a page, and nobody keeps one.
fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
             base-uri 'none'",
        ))
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((X_FRAME_OPTIONS, "DENY"))
        .add((REFERRER_POLICY, "same-origin"))
        .add((CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .add((CACHE_CONTROL, "no-store"))
}
