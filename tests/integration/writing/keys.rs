//! Messages with keys: what `add` returns, and what the mailbox contains.

use actix_messages::{Error, Level, Mailbox, MessageFilter, NewMessage, Recipient, Repeat, settings::MailboxBound};

use super::{alice, config, texts};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    a_job_that_runs_twice_says_it_once,
    a_message_takes_the_place_of_the_one_before,
    what_is_ignored_makes_no_other_message_give_way,
    a_broadcast_counts_those_who_get_it,
    a_key_that_breaks_a_limit_is_refused,
    what_a_visitor_was_told_already_is_not_told_twice,
}

fn keyed(text: &str, repeat: Repeat) -> NewMessage {
    NewMessage::new(Level::INFO, text).key("comments-17", repeat)
}

fn a_job_that_runs_twice_says_it_once(store: &TestStore) {
    wait(async {
        let mailbox = config(store).mailbox(alice());
        let first = mailbox.add(keyed("Your report is ready.", Repeat::Ignored)).await.unwrap();
        mailbox.all().mark_read().await.unwrap();
        let both = [keyed("Your report is ready.", Repeat::Ignored), NewMessage::new(Level::INFO, "Another.")];
        let again = mailbox.add_all(both).await.unwrap();
        assert_eq!(again[0], first);
        assert!(again[1] > first);
        assert_eq!(texts(&mailbox).await, ["Your report is ready.", "Another."]);
        assert_eq!(mailbox.unread().count().await.unwrap(), 1, "the first one stays read");
    });
}

fn a_message_takes_the_place_of_the_one_before(store: &TestStore) {
    wait(async {
        let mailbox = config(store).mailbox(alice());
        for text in ["1 comment", "2 comments"] {
            mailbox.add(keyed(text, Repeat::Replaces)).await.unwrap();
            mailbox.info(format!("after {text}")).await.unwrap();
            mailbox.all().mark_read().await.unwrap();
        }
        mailbox.add(keyed("3 comments", Repeat::Replaces)).await.unwrap();
        assert_eq!(texts(&mailbox).await, ["after 1 comment", "after 2 comments", "3 comments"]);
        let newest = mailbox.select(MessageFilter::default().with_key("comments-17")).first().await.unwrap().unwrap();
        assert!(newest.is_unread());
        assert_eq!((newest.state.replaced, newest.key.as_deref()), (2, Some("comments-17")));
    });
}

fn what_is_ignored_makes_no_other_message_give_way(store: &TestStore) {
    wait(async {
        let mailbox = config(store).mailbox(alice()).bound(MailboxBound::DropOldest { at_most: 2 });
        mailbox.add(keyed("first", Repeat::Ignored)).await.unwrap();
        mailbox.info("second").await.unwrap();
        for _ in 0..10 {
            mailbox.add(keyed("again", Repeat::Ignored)).await.unwrap();
        }
        assert_eq!(texts(&mailbox).await, ["first", "second"]);
    });
}

fn a_broadcast_counts_those_who_get_it(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let everybody = || (0..50).map(|number| Recipient::user(number).unwrap());
        for number in 0..20 {
            messages.mailbox(Recipient::user(number).unwrap()).add(keyed("first", Repeat::Ignored)).await.unwrap();
        }
        assert_eq!(messages.broadcast(everybody(), keyed("to all", Repeat::Ignored)).await.unwrap(), 30);
        assert_eq!(messages.broadcast(everybody(), keyed("again", Repeat::Replaces)).await.unwrap(), 50);
        for of in everybody() {
            assert_eq!(texts(&messages.mailbox(of)).await, ["again"]);
        }
    });
}

fn a_key_that_breaks_a_limit_is_refused(store: &TestStore) {
    let longest = "ß".repeat(128);
    let refused = [
        ("", "key: This field may not be blank."),
        ("a\0b", "key: Null characters are not allowed."),
        ("g:everyone/7", "key: Keys that begin with `g:` are reserved."),
        (&format!("{longest}s"), "key: Ensure this value has at most 128 characters (it has 129)."),
    ];
    wait(async {
        let mailbox = config(store).mailbox(alice());
        for (key, problem) in refused {
            match mailbox.add(NewMessage::new(Level::INFO, "text").key(key, Repeat::Ignored)).await {
                Err(Error::Invalid(invalid)) => assert_eq!(invalid.to_string(), problem),
                other => panic!("{key:?}: {other:?}"),
            }
        }
        assert!(mailbox.all().is_empty().await.unwrap());
        for key in [longest.as_str(), " ", "'; --", "%", "a\nb", "😀", "G:"] {
            let add = async |mailbox: &Mailbox| {
                mailbox.add(NewMessage::new(Level::INFO, key).key(key, Repeat::Ignored)).await.unwrap()
            };
            assert_eq!(add(&mailbox).await, add(&mailbox).await, "{key:?}");
            let found = mailbox.select(MessageFilter::default().with_key(key)).list().await.unwrap();
            assert_eq!(found.iter().map(|message| &*message.text).collect::<Vec<_>>(), [key]);
        }
    });
}

fn what_a_visitor_was_told_already_is_not_told_twice(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let [mailbox, visitor] = [alice(), Recipient::user("visitor").unwrap()].map(|of| messages.mailbox(of));
        mailbox.add(keyed("told to the user", Repeat::Ignored)).await.unwrap();
        visitor.add(keyed("told to the visitor", Repeat::Ignored)).await.unwrap();
        visitor.info("something else").await.unwrap();
        assert_eq!(mailbox.claim(visitor.recipient()).await.unwrap(), 1);
        assert_eq!(texts(&mailbox).await, ["told to the user", "something else"]);
        assert!(visitor.all().is_empty().await.unwrap());
    });
}
