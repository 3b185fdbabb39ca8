//! Settings of the admin: its store, and who is staff.

use std::{fmt, sync::Arc};

use actix_web::{HttpRequest, HttpResponse};

use crate::store::MessageDirectory;

type Staff = dyn Fn(&HttpRequest) -> Option<String> + Send + Sync;
type Refused = dyn Fn(&HttpRequest) -> HttpResponse + Send + Sync;

/// Pages on which staff lists, writes, changes and deletes the messages of all recipients.
///
/// Access is denied until the application configures [`staff`](Self::staff). The [guide](crate::guide::admin) describes
/// the pages, their cost and their security.
///
/// ```
/// use actix_messages::{Admin, MemoryStore, MessagesConfig};
/// use actix_web::{App, HttpRequest};
/// # fn name_of_staff(_: &HttpRequest) -> Option<String> { None }
///
/// let store = std::sync::Arc::new(MemoryStore::new());
/// let admin = Admin::new(store.clone()).staff(name_of_staff);
/// let app = App::new()
///     .app_data(MessagesConfig::new(store, |_: &HttpRequest| None))
///     .service(admin.at("/admin/messages"));
/// ```
#[derive(Clone)]
pub struct Admin {
    pub(crate) store: Arc<dyn MessageDirectory>,
    pub(crate) staff: Option<Arc<Staff>>,
    pub(crate) refused: Option<Arc<Refused>>,
}

impl Admin {
    /// Creates an admin for the messages in this store. Access is denied until [`staff`](Self::staff) is set.
    ///
    /// Use the same store as in the application's [`MessagesConfig`](crate::MessagesConfig). The admin takes its other
    /// settings from there, such as the names of levels, the minimum level, the clock and the trusted origins.
    #[must_use]
    pub fn new(store: impl MessageDirectory) -> Self {
        Self { store: Arc::new(store), staff: None, refused: None }
    }

    /// Sets the function that decides who is staff. Without it, access is denied to everyone.
    ///
    /// It returns the name of the staff member, which appears on the pages and in the log, or `None` for all other
    /// requests.
    ///
    /// The function is called for every request and is not asynchronous. If it needs slow or asynchronous work, such as
    /// a database query, do that work in a middleware around the scope, and store the result in the request's
    /// extensions.
    #[must_use]
    pub fn staff(mut self, who: impl Fn(&HttpRequest) -> Option<String> + Send + Sync + 'static) -> Self {
        self.staff = Some(Arc::new(who));
        self
    }

    /// Sets the response to requests that are not from staff, such as a redirect to a login page.
    ///
    /// By default, the response is a page with status 403.
    #[must_use]
    pub fn refused(mut self, answer: impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static) -> Self {
        self.refused = Some(Arc::new(answer));
        self
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, staff, refused } = self;
        f.debug_struct("Admin")
            .field("store", store)
            .field("has_staff", &staff.is_some())
            .field("has_refused", &refused.is_some())
            .finish()
    }
}
