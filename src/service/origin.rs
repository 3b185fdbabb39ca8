//! Where the request was sent to: its scheme and host, as the client knows them.

use actix_web::{
    HttpRequest,
    http::{header::HOST, uri::Authority},
};

use super::{config::MessagesConfig, policy::ForwardedHeaders};

/// The scheme and the host (with its port, where the client named one) of the request's own address.
pub(crate) fn origin(request: &HttpRequest, config: &MessagesConfig) -> (String, String) {
    match config.forwarded_headers {
        ForwardedHeaders::Trust => {
            let connection = request.connection_info();
            (connection.scheme().to_owned(), connection.host().to_owned())
        }
        ForwardedHeaders::Ignore => {
            let server = request.app_config();
            let authority = request.uri().authority().map(Authority::as_str);
            let header = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
            let host = authority.or_else(header).unwrap_or_else(|| server.host());
            (if server.secure() { "https" } else { "http" }.to_owned(), host.to_owned())
        }
    }
}
