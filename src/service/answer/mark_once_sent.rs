//! An answer that shows messages -> the same, which marks them once it is sent.

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

/// The answer, which marks the messages once the connection has taken all of it, and not where the client goes away before.
pub(crate) fn mark_once_sent(shown: Option<Shown>, response: HttpResponse<impl MessageBody + 'static>) -> HttpResponse {
    let response = response.map_into_boxed_body();
    if shown.is_none() {
        return response;
    }
    response.map_body(|_, body| BoxBody::new(OnceSent { body, rest: Bytes::new(), is_taken: false, shown }))
}

/// Actix takes more only when what it has to write is less than `HttpServer::h1_write_buffer_size`. A body in one piece it
/// would take whole, however slowly the client fetches it.
const MOST_AT_ONCE: usize = 16 * 1024;

struct OnceSent {
    body: BoxBody,
    /// What the body gave, and the connection has not taken yet.
    rest: Bytes,
    /// Whether the connection has taken everything.
    is_taken: bool,
    /// It is there until this is dropped.
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
        Poll::Ready(Some(Ok(this.rest.split_to(this.rest.len().min(MOST_AT_ONCE)))))
    }
}

/// A body is dropped when the end of the answer is written behind it, whatever middlewares have made of it. The task runs
/// when the connection has sent what it wrote, and goes on when the client has gone.
impl Drop for OnceSent {
    fn drop(&mut self) {
        if let (Some(shown), Ok(runtime)) = (self.shown.take().filter(|_| self.is_taken), Handle::try_current()) {
            runtime.spawn(shown.mark());
        }
    }
}
