//! Serves the scripts of the bell: `messages.js`, the client of the inbox, and `bell.js`, the elements.

pub(crate) mod tag;

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse, Resource, Scope,
    http::header::{
        ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETag, EntityTag, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
    },
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::answer::conditional::is_known_to;

/// The client, without a user interface.
static CLIENT: &str = include_str!("../../bell/messages.js");

/// The elements. They import the client.
static ELEMENTS: &str = include_str!("../../bell/bell.js");

/// How the elements import the client.
const IMPORT: &str = "\"./messages.js\"";

/// The version of both scripts. It changes with each of their bytes.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = xxh3_64_with_seed(ELEMENTS.as_bytes(), xxh3_64_with_seed(CLIENT.as_bytes(), 0));
    URL_SAFE_NO_PAD.encode(digest.to_be_bytes())
});

/// The elements as they are served for the present version: they import the client of the same version.
static ELEMENTS_OF_VERSION: LazyLock<String> =
    LazyLock::new(|| ELEMENTS.replace(IMPORT, &format!("\"./messages.js?v={}\"", *VERSION)));

/// Returns a script, for an address with or without the present version.
type Script = fn(bool) -> &'static str;

/// Adds the scripts to a scope. They are the same for all users, so no user is identified, and no session is read.
pub(super) fn mount(scope: Scope) -> Scope {
    let scripts: [(&str, Script); 2] = [
        ("messages.js", |_| CLIENT),
        ("bell.js", |is_of_version| if is_of_version { &ELEMENTS_OF_VERSION } else { ELEMENTS }),
    ];
    scripts.into_iter().fold(scope, |scope, (name, script)| {
        // A middleware may add a slash.
        scope.service(resource(&format!("/{name}/"), script)).service(resource(&format!("/{name}"), script))
    })
}

fn resource(path: &str, script: Script) -> Resource {
    let serve = move |request: HttpRequest| async move { serve(&request, script) };
    let refuse = || async { HttpResponse::MethodNotAllowed().insert_header((ALLOW, "GET, HEAD")).finish() };
    web::resource(path).route(web::get().to(serve)).route(web::head().to(serve)).default_service(web::to(refuse))
}

/// Returns a script. A browser may keep the present version for a year, and must ask again for all other addresses.
fn serve(request: &HttpRequest, script: Script) -> HttpResponse {
    let parameters = form_urlencoded::parse(request.query_string().as_bytes());
    let is_of_version = parameters.into_iter().any(|(name, value)| name == "v" && value == VERSION.as_str());
    let policy = if is_of_version { "public, max-age=31536000, immutable" } else { "no-cache" };
    // Weak, because a middleware may compress the script.
    let tag = EntityTag::new_weak(format!("{}{}", VERSION.as_str(), if is_of_version { "-v" } else { "" }));
    let is_known = is_known_to(request, || tag.clone());
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, policy)).insert_header(NOSNIFF);
    if is_known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8")).body(script(is_of_version))
}

const NOSNIFF: (HeaderName, HeaderValue) = (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
