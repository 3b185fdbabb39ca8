//! Makes a response mark the messages that it shows, once it is sent.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};
use tokio::runtime::Handle;

use crate::mailbox::pending_marks::Shown;

/// Makes the response mark the messages once the connection has taken all of it. If the client disconnects before,
/// nothing is marked.
pub(crate) fn mark_once_sent(shown: Option<Shown>, response: HttpResponse<impl MessageBody + 'static>) -> HttpResponse {
    let response = response.map_into_boxed_body();
    if shown.is_none() {
        return response;
    }
    response.map_body(|_, body| BoxBody::new(OnceSent { body, rest: Bytes::new(), is_taken: false, shown }))
}

/// The maximum number of bytes in one piece. Actix takes the next piece only if it has less than
/// `HttpServer::h1_write_buffer_size` bytes to write. It would take a body in one piece at once, even if the client
/// reads slowly.
const MAX_PIECE_BYTES: usize = 16 * 1024;

struct OnceSent {
    body: BoxBody,
    /// The bytes that the body has produced and the connection has not taken yet.
    rest: Bytes,
    /// Whether the connection has taken everything.
    is_taken: bool,
    /// `Some` until this is dropped.
    shown: Option<Shown>,
}

impl MessageBody for OnceSent {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_next(context)) {
                Some(Ok(bytes)) => this.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    this.is_taken = true;
                    return Poll::Ready(None);
                }
            }
        }
        Poll::Ready(Some(Ok(this.rest.split_to(this.rest.len().min(MAX_PIECE_BYTES)))))
    }
}

/// Actix drops the body when it writes the end of the response, also if a middleware has wrapped the body. The task
/// runs once the connection has sent what it wrote, and continues if the client disconnects.
impl Drop for OnceSent {
    fn drop(&mut self) {
        if let (Some(shown), Ok(runtime)) = (self.shown.take().filter(|_| self.is_taken), Handle::try_current()) {
            runtime.spawn(shown.mark());
        }
    }
}
