//! Swagger UI, which shows the OpenAPI documents. Its files are compiled into the binary.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Scope,
    error::{ErrorInternalServerError, ErrorNotFound},
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
    web,
};
use utoipa_swagger_ui::{Config, Url, serve};

/// The `Content-Security-Policy` of Swagger UI. All of its files come from this site, but it writes styles into its
/// HTML, and its style sheet has images as `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves Swagger UI at `/docs/` for these documents, each a name and a URL.
pub(crate) fn scope(documents: [(&'static str, &'static str); 2]) -> Scope {
    let urls = documents.map(|(name, url)| Url::new(name, url));
    // Without the badge of an external validator.
    let config = Arc::new(Config::new(urls).validator_url("none"));
    let file = move |request: HttpRequest| std::future::ready(file(&request, Arc::clone(&config)));
    web::scope("/docs")
        .route(
            "",
            web::get().to(async || HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()),
        )
        .route("/{file:.*}", web::get().to(file))
}

fn file(request: &HttpRequest, config: Arc<Config<'static>>) -> actix_web::Result<HttpResponse> {
    let found = serve(request.match_info().query("file"), config)
        .map_err(|error| ErrorInternalServerError(error.to_string()))?;
    let found = found.ok_or_else(|| ErrorNotFound("File not found."))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, found.content_type))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(found.bytes.into_owned()))
}
