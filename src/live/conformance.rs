//! Tests any [`Relay`] with two feeds, as two processes have them.

#![allow(clippy::panic, reason = "a test fails by a panic")]

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{ChangeFeed, ChangeHint, ChangeKind, Registration, Relay, watcher::Noted};
use crate::model::{MessageId, Recipient, SessionId};

/// Two relays that are connected with each other, as in two processes.
pub type Relays = [Arc<dyn Relay>; 2];

/// Writes one `#[test]` for each law of [`Relay`](crate::live::Relay).
///
/// The argument is an async function that makes two relays that are connected with each other, as two processes have
/// them: `async fn make_relays() -> [Arc<dyn Relay>; 2]`. It is called once for each law. Each test starts a Tokio
/// runtime. The tests have the names of the laws, so each kind of relay needs a separate module.
///
/// # Examples
///
/// ```
/// mod in_process {
///     use std::sync::{Arc, Mutex};
///     use actix_messages::live::{Relay, RelayMessage, Subscriber};
///
///     /// Connects feeds in one process.
///     #[derive(Debug, Clone, Default)]
///     struct Bus(Arc<Mutex<Vec<Subscriber>>>);
///
///     impl Relay for Bus {
///         fn publish(&self, messages: &[RelayMessage]) {
///             // Its own subscriber is among them, which does not matter.
///             self.0.lock().unwrap().iter().for_each(|subscriber| subscriber.receive(messages));
///         }
///
///         fn subscribe(&self, subscriber: Subscriber) {
///             self.0.lock().unwrap().push(subscriber.clone());
///             subscriber.missed();
///         }
///     }
///
///     async fn make_relays() -> [Arc<dyn Relay>; 2] {
///         let bus = Bus::default();
///         [Arc::new(bus.clone()), Arc::new(bus)]
///     }
///
///     actix_messages::relay_tests!(make_relays);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! relay_tests {
    ($make_relays:expr) => {
        $crate::relay_tests! { @laws $make_relays;
            a_hint_reaches_the_other_processes,
            the_watches_look_once_the_relay_is_connected,
            the_ends_of_sessions_and_mailboxes_reach_the_other_processes,
            keys_in_any_script_arrive,
            many_hints_at_once_arrive_or_are_reported_as_missed,
            hints_of_several_threads_arrive,
        }
    };
    (@laws $make_relays:expr; $($law:ident),+ $(,)?) => {
        $(
            #[test]
            fn $law() {
                $crate::live::conformance::run($make_relays, $crate::live::conformance::$law);
            }
        )+
    };
}

/// Tests one law on new relays. Each generated test calls this function.
///
/// # Panics
///
/// Panics if the relay breaks the law.
pub fn run(make_relays: impl AsyncFnOnce() -> Relays, law: impl AsyncFnOnce(Relays)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async { law(make_relays().await).await });
}

/// How long a law waits for what has to arrive.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Two feeds, each with a watch of the same mailbox, which has heard that the relay is connected.
struct Processes {
    feeds: [ChangeFeed; 2],
    watches: [Registration; 2],
}

impl Processes {
    async fn start(relays: Relays, of: &Recipient, session: Option<&SessionId>) -> Self {
        let feeds = [ChangeFeed::default(), ChangeFeed::default()];
        let watches = [&feeds[0], &feeds[1]].map(|feed| feed.register(of.clone(), session.cloned()));
        for (feed, relay) in feeds.iter().zip(relays) {
            assert!(feed.connect(relay), "a new feed has no relay");
        }
        for watch in &watches {
            heard(watch, |noted| noted.is_unknown).await;
        }
        Self { feeds, watches }
    }
}

/// Waits until a watch has heard this.
async fn heard(watch: &Registration, is_it: impl Fn(&Noted) -> bool) {
    let mut noted = Noted::default();
    let waiting = async {
        loop {
            noted.extend(watch.watcher().take());
            if is_it(&noted) {
                return;
            }
            watch.watcher().heard().await;
        }
    };
    let is_heard = timeout(LONGEST_WAIT, waiting).await.is_ok();
    assert!(is_heard, "a message of the relay does not arrive within {LONGEST_WAIT:?}");
}

/// Returns a user of this test alone, so that relays of several tests may share a broker.
fn somebody(name: &str) -> Recipient {
    use std::hash::{BuildHasher, RandomState};

    let number = RandomState::new().hash_one(name);
    Recipient::user(format_args!("{name} {number:016x}")).unwrap_or_else(|error| panic!("{error}"))
}

/// A hint that one process publishes reaches the others, with its kind and its ids.
pub async fn a_hint_reaches_the_other_processes(relays: Relays) {
    let alice = somebody("alice");
    let Processes { feeds, watches } = Processes::start(relays, &alice, None).await;
    let ids = || vec![MessageId::new(i64::MAX - 1), MessageId::new(7)];
    let publish = |kind| feeds[0].publish([ChangeHint::new(alice.clone(), kind)]);
    publish(ChangeKind::Added(ids()));
    heard(&watches[1], |noted| noted.is_added).await;
    for kind in [ChangeKind::Read, ChangeKind::Unread, ChangeKind::Tagged, ChangeKind::Deleted] {
        publish(kind(ids()));
        heard(&watches[1], |noted| noted.is_unknown || ids().iter().all(|id| noted.changed.contains_key(id))).await;
    }
    publish(ChangeKind::Unknown);
    heard(&watches[1], |noted| noted.is_unknown).await;
    // The other direction.
    feeds[1].publish([ChangeHint::new(alice.clone(), ChangeKind::Unknown)]);
    heard(&watches[0], |noted| noted.is_unknown).await;
}

/// Once a relay is connected, all watches look at the store, since messages may have been published before.
pub async fn the_watches_look_once_the_relay_is_connected(relays: Relays) {
    Processes::start(relays, &somebody("alice"), None).await;
}

/// The end of a session, of a user's access and of a mailbox reaches the watches of other processes.
pub async fn the_ends_of_sessions_and_mailboxes_reach_the_other_processes(relays: Relays) {
    let alice = somebody("alice");
    let session = SessionId::from_digest(*b"a session of me!");
    let Processes { feeds, watches } = Processes::start(relays, &alice, Some(&session)).await;
    let [other, another] = [None, Some(session.clone())].map(|session| feeds[1].register(somebody("bob"), session));
    feeds[0].end_watches_of(&alice);
    ended(&watches[1]).await;
    assert!(!other.watcher().has_ended() && !another.watcher().has_ended());
    #[cfg(feature = "session")]
    {
        feeds[0].relay_session_end(&session);
        ended(&another).await;
        let another = feeds[0].register(alice.clone(), Some(session.clone()));
        feeds[1].end_watches_in(&session);
        ended(&another).await;
        assert!(!other.watcher().has_ended());
    }
}

async fn ended(watch: &Registration) {
    let ended = timeout(LONGEST_WAIT, async {
        while !watch.watcher().has_ended() {
            watch.watcher().heard().await;
        }
    });
    assert!(ended.await.is_ok(), "the watch does not end");
}

/// The keys of mailboxes arrive unchanged, in any script and up to their maximum length.
pub async fn keys_in_any_script_arrive(relays: Relays) {
    let names = ["Алиса 愛麗絲 \u{10FFFF}", "a\"b\\c'd,e:f", &"ä".repeat(64)];
    let users = names.map(|name| Recipient::user(name).unwrap_or_else(|error| panic!("{error}")).archive());
    let Processes { feeds, .. } = Processes::start(relays, &somebody("alice"), None).await;
    let watches = users.clone().map(|user| feeds[1].register(user, None));
    feeds[0].publish(users.iter().cloned().map(|user| ChangeHint::new(user, ChangeKind::Unknown)));
    for watch in &watches {
        heard(watch, |noted| noted.is_unknown).await;
    }
}

/// If there are many messages at once, each of them arrives, or the relay reports that it may have lost some.
pub async fn many_hints_at_once_arrive_or_are_reported_as_missed(relays: Relays) {
    let alice = somebody("alice");
    let Processes { feeds, watches } = Processes::start(relays, &alice, None).await;
    let others = (0..20_000).map(|number| Recipient::user(number).unwrap_or_else(|error| panic!("{error}")));
    let hints = others.chain([alice]).map(|of| ChangeHint::new(of, ChangeKind::Added(vec![MessageId::new(1)])));
    feeds[0].publish(hints);
    heard(&watches[1], |noted| noted.is_added).await;
}

/// Several threads may publish at the same time.
pub async fn hints_of_several_threads_arrive(relays: Relays) {
    let alice = somebody("alice");
    let Processes { feeds, watches } = Processes::start(relays, &alice, None).await;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (feed, alice) = (&feeds[thread % 2], &alice);
            scope.spawn(move || {
                for number in 0..16 {
                    let id = MessageId::new((thread * 16 + number) as i64);
                    feed.publish([ChangeHint::new(alice.clone(), ChangeKind::Deleted(vec![id]))]);
                }
            });
        }
    });
    for watch in &watches {
        let all = (0..64).map(MessageId::new).collect::<Vec<_>>();
        heard(watch, |noted| noted.is_unknown || all.iter().all(|id| noted.changed.contains_key(id))).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::catch_unwind,
        sync::{Mutex, PoisonError},
    };

    use super::*;
    use crate::live::{RelayMessage, Subscriber};

    /// A relay that never says that it is connected.
    #[derive(Debug, Clone, Default)]
    struct Mute(Arc<Mutex<Vec<Subscriber>>>);

    impl Relay for Mute {
        fn publish(&self, messages: &[RelayMessage]) {
            let subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.iter().for_each(|subscriber| subscriber.receive(messages));
        }

        fn subscribe(&self, subscriber: Subscriber) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(subscriber);
        }
    }

    #[test]
    fn a_relay_that_does_not_report_its_start_is_found() {
        let relays = async || {
            let relay = Mute::default();
            [Arc::new(relay.clone()) as Arc<dyn Relay>, Arc::new(relay)]
        };
        let law = async |relays| {
            let alice = somebody("alice");
            let watched = Processes::start(relays, &alice, None);
            assert!(timeout(Duration::from_millis(100), watched).await.is_ok());
        };
        assert!(catch_unwind(|| run(relays, law)).is_err());
    }
}
