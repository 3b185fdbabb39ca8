//! The admin: pages on which staff lists, writes, changes and deletes the messages of all recipients.

mod access;
mod changes;
mod compose;
mod document;
mod endpoints;
mod error;
mod form;
mod html;
mod links;
mod listing;
mod period;
mod row;
pub(crate) mod settings;

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
    access::admit,
    endpoints::{
        change, compose, create, icon, list, method_not_allowed, page_not_found, redate, redirect_to_list,
        replace_tags, show, style,
    },
    error::render_errors,
    settings::Admin,
};

/// The maximum size of a form, in bytes.
const MAX_FORM_BYTES: usize = 2 * 1024 * 1024;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

impl Admin {
    /// Returns the scope with the pages of the admin, mounted at `path`. It is an Actix [`Scope`], so `wrap` and
    /// `guard` work as usual.
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
        // With and without a trailing slash, because a middleware may add or remove it.
        let page = |name: &str| web::resource([format!("/{name}"), format!("/{name}/")]);
        web::scope(path.trim_end_matches('/'))
            .app_data(self.clone())
            .app_data(web::PayloadConfig::new(MAX_FORM_BYTES))
            // Redirects everyone. The list refuses requests that are not from staff, and from its path the link to the
            // style sheet works.
            .service(web::resource(["", "/"]).route(read().to(redirect_to_list)))
            .service(staff_only("GET, HEAD", page("list").route(read().to(list))))
            .service(staff_only("GET, HEAD, POST", page("new").route(read().to(compose)).route(web::post().to(create))))
            .service(staff_only("GET, HEAD", page("message").route(read().to(show))))
            .service(staff_only("POST", page("tags").route(web::post().to(replace_tags))))
            .service(staff_only("POST", page("redate").route(web::post().to(redate))))
            .service(staff_only("POST", page("change").route(web::post().to(change))))
            // Not restricted to staff: the page of a refused request uses both, and their content is public.
            .service(page("style.css").route(read().to(style)))
            .service(page("icon.svg").route(read().to(icon)))
            .default_service(web::to(page_not_found))
            .wrap(from_fn(render_errors))
            .wrap(headers())
    }
}

fn staff_only(methods: &'static str, resource: Resource) -> impl HttpServiceFactory {
    resource.default_service(web::to(move || method_not_allowed(methods))).wrap(from_fn(admit))
}

/// Returns the headers of every answer: pages load only their own style sheet and icon, can't be framed, and are not
/// cached.
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
