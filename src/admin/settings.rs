//! Settings of the admin: which messages it is about, and who may see them.

use std::{fmt, sync::Arc};

use actix_web::{HttpRequest, HttpResponse};

use crate::store::MessageDirectory;

type Staff = dyn Fn(&HttpRequest) -> Option<String> + Send + Sync;
type Refused = dyn Fn(&HttpRequest) -> HttpResponse + Send + Sync;

/// Pages for staff, on which they look after everybody's messages: a scope that refuses everybody until the application
/// says who is staff. The [guide](crate::guide::admin) has what is on them, what they cost, and what protects them.
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
    /// An admin of the messages in this store, which lets nobody in yet. It is the store that the application's
    /// [`MessagesConfig`](crate::MessagesConfig) has; the names of levels, the minimum level, the clock and the
    /// trusted origins are taken from there.
    #[must_use]
    pub fn new(store: impl MessageDirectory) -> Self {
        Self { store: Arc::new(store), staff: None, refused: None }
    }

    /// Says who is staff: the name that the pages and the log call them by, or `None` for anybody else. By default
    /// nobody is.
    ///
    /// It is asked at each request, and is not asynchronous: what takes long belongs into a middleware around the
    /// scope, which leaves its result in the request's extensions.
    #[must_use]
    pub fn staff(mut self, who: impl Fn(&HttpRequest) -> Option<String> + Send + Sync + 'static) -> Self {
        self.staff = Some(Arc::new(who));
        self
    }

    /// Answers those who are not staff, with a redirect to a login, say. By default they get a page with status 403.
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
