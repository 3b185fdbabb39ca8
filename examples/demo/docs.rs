//! Swagger UI, which shows the OpenAPI documents. Its files are compiled into the binary.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Scope,
    error::{ErrorInternalServerError, ErrorNotFound},
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
    web,
};
use utoipa_swagger_ui::{Config, Url, serve};

/// What a page of Swagger UI may load. Its files are this site's own, but it writes styles into its HTML, and has
/// images as `data:` in its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Swagger UI at `/docs/`, for these documents: what they are called, and where they are.
pub(crate) fn scope(documents: [(&'static str, &'static str); 2]) -> Scope {
    let urls = documents.map(|(name, url)| Url::new(name, url));
    // No badge of a validator elsewhere.
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
    let found = found.ok_or_else(|| ErrorNotFound("There is no such file."))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, found.content_type))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(found.bytes.into_owned()))
}
