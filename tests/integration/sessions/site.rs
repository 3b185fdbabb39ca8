//! An application on a session engine, whose requests do the steps that a test sends.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env,
    io::{self, Write},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_identity::{Identity, IdentityMiddleware, config::LogoutBehavior};
use actix_messages::{
    ACTIX_IDENTITY_KEY, Mailbox, MessageOrder, Messages, MessagesConfig, OrderKey, follow_session, session_key,
    settings::SessionScoping,
};
use actix_session::{
    Session, SessionMiddleware,
    storage::{RedisSessionStore, SessionStore},
};
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    cookie::Key,
    error::ErrorInternalServerError,
    middleware::from_fn,
    rt::time::timeout,
    web,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::runtime::Builder;

use crate::support::{Client, Server, TestStore, application, sessions_in_cookies, wait};

/// The key under which the session's state has the session's id for messages.
const LOGICAL_ID: &str = "actix_messages.session";

/// A step of a request.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step {
    Say(String),
    /// Like `Say`, but in a mailbox that the handler opens.
    SayInMailbox(String),
    SignIn(String),
    Claim,
    /// Takes the unread messages, and responds with their texts.
    Take,
    SignOut,
    Renew,
    Clear,
    Purge,
}

pub(super) fn say(text: &str) -> Step {
    Step::Say(text.to_owned())
}

pub(super) fn sign_in(user: &str) -> Step {
    Step::SignIn(user.to_owned())
}

async fn act(
    steps: web::Json<Vec<Step>>,
    request: HttpRequest,
    session: Session,
    messages: Messages,
) -> Result<HttpResponse, Error> {
    let mut taken = Vec::new();
    for step in steps.into_inner() {
        match step {
            Step::Say(text) => drop(messages.info(text).await?),
            Step::SayInMailbox(text) => drop(messages.mailbox()?.info(text).await?),
            Step::SignIn(user) => {
                drop(Identity::login(&request.extensions(), user).map_err(ErrorInternalServerError)?);
            }
            Step::Claim => drop(messages.claim().await?),
            Step::Take => {
                let unread = messages.unread().order(MessageOrder::by(OrderKey::Created)).take().await?;
                taken.extend(unread.into_iter().map(|message| message.content.text));
            }
            Step::SignOut => <Identity as FromRequest>::extract(&request).await?.logout(),
            Step::Renew => session.renew(),
            Step::Clear => session.clear(),
            Step::Purge => session.purge(),
        }
    }
    Ok(HttpResponse::Ok().json(taken))
}

/// Adds a message while the response is sent, as a stream would. The body is the result.
async fn say_late(messages: Messages, opened: web::Query<Opened>) -> Result<HttpResponse, actix_messages::Error> {
    let mailbox = opened.early.then(|| messages.mailbox()).transpose()?;
    let said = async move {
        let said = match mailbox {
            Some(mailbox) => mailbox.info("late").await,
            None => messages.info("late").await,
        };
        said.map_or_else(|error| error.to_string(), |id| format!("{id:?}"))
    };
    Ok(HttpResponse::Ok().body(Late(Some(Box::pin(said)))))
}

/// A body that is computed while it is sent, and padded to a fixed length.
struct Late(Option<Pin<Box<dyn Future<Output = String>>>>);

impl Late {
    const LENGTH: usize = 500;
}

impl MessageBody for Late {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(Self::LENGTH as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, Infallible>>> {
        let Some(said) = &mut self.0 else { return Poll::Ready(None) };
        let said = ready!(said.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(Some(Ok(format!("{said:<length$}", length = Self::LENGTH).into())))
    }
}

/// Whether the handler opens the mailbox before it responds.
#[derive(Deserialize)]
struct Opened {
    early: bool,
}

/// Responds with the content of the session.
async fn state(session: Session) -> HttpResponse {
    HttpResponse::Ok().json(session.entries().iter().collect::<BTreeMap<_, _>>())
}

/// The settings of actix-identity.
#[derive(Debug, Clone)]
pub(super) struct Logins {
    pub(super) logout: LogoutBehavior,
    pub(super) login_deadline: Option<Duration>,
    pub(super) visit_deadline: Option<Duration>,
}

impl Logins {
    pub(super) fn default() -> Self {
        Self { logout: LogoutBehavior::PurgeSession, login_deadline: None, visit_deadline: None }
    }

    /// Returns both ways to sign out.
    pub(super) fn each() -> [Self; 2] {
        [LogoutBehavior::PurgeSession, LogoutBehavior::DeleteIdentityKeys]
            .map(|logout| Self { logout, ..Self::default() })
    }
}

pub(super) const SCOPINGS: [SessionScoping; 2] = [SessionScoping::Shared, SessionScoping::Separate];

/// Returns each scoping with both ways to sign out.
pub(super) fn each_setting() -> impl Iterator<Item = (SessionScoping, Logins)> {
    SCOPINGS.into_iter().flat_map(|scoping| Logins::each().map(|logins| (scoping, logins)))
}

/// A store and a session engine.
pub(super) struct Place {
    pub(super) store: TestStore,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Cookies,
    Redis(RedisSessionStore),
}

impl Place {
    pub(super) const fn on_cookies(store: TestStore) -> Self {
        Self { store, engine: Engine::Cookies }
    }

    /// Returns `None` if no Redis server answers. In continuous integration, panics instead.
    pub(super) fn on_redis(store: TestStore) -> Option<Self> {
        redis().map(|redis| Self { store, engine: Engine::Redis(redis) })
    }

    /// Returns whether sessions exist only in their cookies, so that the server can't revoke them.
    pub(super) const fn is_on_cookies(&self) -> bool {
        matches!(self.engine, Engine::Cookies)
    }

    /// Returns the same engine with another store.
    pub(super) fn with_store(&self, store: TestStore) -> Self {
        Self { store, engine: self.engine.clone() }
    }

    pub(super) fn start(&self) -> Site {
        self.start_with(Logins::default(), |messages| messages)
    }

    pub(super) fn start_with(&self, logins: Logins, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Site {
        let messages = settings(MessagesConfig::new(Arc::clone(&self.store.store), session_key(ACTIX_IDENTITY_KEY)));
        let server = match &self.engine {
            Engine::Cookies => {
                let key = Key::generate();
                serve(messages, logins, move || sessions_in_cookies(&key))
            }
            Engine::Redis(redis) => {
                let (key, redis) = (Key::generate(), redis.clone());
                let sessions =
                    move || SessionMiddleware::builder(redis.clone(), key.clone()).cookie_secure(false).build();
                serve(messages, logins, sessions)
            }
        };
        Site { server }
    }

    /// Returns the texts in a user's mailbox, oldest first.
    pub(super) fn texts(&self, user: &str) -> Vec<String> {
        let all = self.store.mailbox(user).all().order(MessageOrder::by(OrderKey::Created));
        wait(all.list()).unwrap().into_iter().map(|message| message.content.text).collect()
    }

    pub(super) fn mailbox(&self, user: &str) -> Mailbox {
        self.store.mailbox(user)
    }
}

fn serve<S: SessionStore + 'static>(
    messages: MessagesConfig,
    logins: Logins,
    sessions: impl Fn() -> SessionMiddleware<S> + Clone + Send + 'static,
) -> Server {
    Server::start(move || {
        let logins = logins.clone();
        let identities = IdentityMiddleware::builder()
            .logout_behavior(logins.logout)
            .login_deadline(logins.login_deadline)
            .visit_deadline(logins.visit_deadline)
            .build();
        let app = application(messages.clone(), |app| {
            app.route("/act", web::post().to(act))
                .route("/state", web::get().to(state))
                .route("/late", web::post().to(say_late));
        });
        app.wrap(identities).wrap(from_fn(follow_session)).wrap(sessions())
    })
}

/// Returns a connection that all tests share. Its runtime lives until the process ends.
fn redis() -> Option<RedisSessionStore> {
    static REDIS: OnceLock<Result<RedisSessionStore, String>> = OnceLock::new();
    let redis = REDIS.get_or_init(|| {
        let url = env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let keys = |key: &str| format!("actix-messages-tests:{key}");
        // Without a server, the client would retry for minutes.
        let connected = runtime.block_on(async {
            timeout(Duration::from_secs(5), RedisSessionStore::builder(&url).cache_keygen(keys).build()).await
        });
        std::mem::forget(runtime);
        connected.ok().and_then(Result::ok).ok_or_else(|| {
            format!(
                "No Redis answers at {url}. Start one for the tests, `.ci/with-redis cargo test --workspace`, or name one: \
                 REDIS_URL=redis://host:port"
            )
        })
    });
    match redis {
        Ok(redis) => Some(redis.clone()),
        Err(problem) if env::var_os("CI").is_some() => panic!("{problem}"),
        Err(problem) => {
            // Written directly, because the test harness hides the output of tests that pass.
            io::stderr().write_all(format!("SESSIONS ON REDIS ARE NOT TESTED. {problem}\n").as_bytes()).unwrap();
            None
        }
    }
}

/// A server that runs the application.
pub(super) struct Site {
    server: Server,
}

impl Site {
    /// Returns a browser without a session.
    pub(super) fn browser(&self) -> Browser {
        Browser { client: self.server.client() }
    }

    /// Signs a user in from another browser, and returns the texts of the list, oldest first.
    #[track_caller]
    pub(super) fn list_of(&self, user: &str) -> Vec<String> {
        let browser = self.browser();
        browser.act(&[sign_in(user)]);
        browser.list()
    }

    /// Returns a browser in which a user has signed in and got a message, in one request.
    #[track_caller]
    pub(super) fn browser_of(&self, user: &str, told: &str) -> Browser {
        let browser = self.browser();
        browser.act(&[sign_in(user), say(told)]);
        browser
    }
}

/// A browser with its cookies.
pub(super) struct Browser {
    pub(super) client: Client,
}

impl Browser {
    /// Does all steps in one request, and returns the texts of the messages that were taken.
    #[track_caller]
    pub(super) fn act(&self, steps: &[Step]) -> Value {
        self.client.post("/act", &serde_json::to_value(steps).unwrap()).expect(200).json()
    }

    /// Returns the texts that the REST API lists, oldest first.
    #[track_caller]
    pub(super) fn list(&self) -> Vec<String> {
        self.client.texts("/messages/?ordering=created&limit=100")
    }

    /// Returns a copy of the browser with its current cookies, for a request that is sent before another is answered.
    pub(super) fn at_the_same_moment(&self) -> Self {
        Self { client: self.client.at(self.client.address()) }
    }

    /// Adds a message while the response is sent, and returns the result. If `opened_early`, the message goes
    /// to a mailbox that the handler has opened. Otherwise, it goes through the `Messages` of the handler.
    #[track_caller]
    pub(super) fn say_late(&self, opened_early: bool) -> String {
        let answer = self.client.request("POST", format!("/late?early={opened_early}")).send().expect(200);
        String::from_utf8(answer.body).unwrap().trim().to_owned()
    }

    /// Returns the session's id for messages, before it is digested.
    #[track_caller]
    pub(super) fn secret(&self) -> Option<String> {
        let state = self.client.get("/state").expect(200).json();
        state.get(LOGICAL_ID).map(|value| value.as_str().unwrap().trim_matches('"').to_owned())
    }
}
