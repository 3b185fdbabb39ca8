//! The laws of [`MessageStore::list`](crate::MessageStore::list).

use proptest::prelude::*;

use super::{
    Store,
    fixtures::{
        Mailbox, at, changed, checked, content, failure, for_all, listed, mark_read, new_session, new_user,
        oldest_first, put, same, saying, texts,
    },
    random::{filter, order, page, samples},
};
use crate::model::{
    Case, Change, CheckedTags, Level, LevelRange, Message, MessageFilter, MessageId, MessageOrder, NewMessage,
    OrderKey, Page, PageRequest, Recipient, Repeat, Summary, TextLookup, TextTest, TimeRange, Total,
};

/// A list has exactly the messages of the mailbox that match the filter.
pub async fn a_list_has_exactly_what_the_filter_matches(store: &Store) {
    for_all(store, (samples(), filter()), async |store, (samples, filter)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        let page = store.list(&mailbox.of, &filter, &oldest_first()).await.map_err(failure)?;
        same("the list", &page.messages, &mailbox.matched_by(&filter))
    })
    .await;
}

/// A lookup that ignores case folds both texts as [`fold_case`](crate::filter::fold_case) does, also beyond ASCII.
pub async fn case_is_folded_beyond_ascii(store: &Store) {
    let of = new_user();
    let everywhere = |text: &str| checked(NewMessage::new(Level::INFO, text).tag(text).view(text));
    let given = ["Straße", "ΟΔΟΣ", "İstanbul", "300 \u{212a}", "ÉCOLE", "ﬁnal", "ASCII"];
    put(store, &of, given.map(everywhere), at(0)).await;
    for (sought, found) in [
        ("strasse", "Straße"),
        ("STRASSE", "Straße"),
        ("STRAẞE", "Straße"),
        ("οδος", "ΟΔΟΣ"),
        ("οδοσ", "ΟΔΟΣ"),
        ("i\u{307}stanbul", "İstanbul"),
        ("300 k", "300 \u{212a}"),
        ("300 K", "300 \u{212a}"),
        ("école", "ÉCOLE"),
        ("FINAL", "ﬁnal"),
        ("ascii", "ASCII"),
    ] {
        let lookup = TextLookup { test: TextTest::AnyOf(vec![sought.to_owned()]), case: Case::Folded };
        for (field, filter) in [
            ("text", MessageFilter::default().containing(sought)),
            ("text", MessageFilter { text: vec![lookup.clone()], ..MessageFilter::default() }),
            ("tags", MessageFilter { tags: vec![lookup.clone()], ..MessageFilter::default() }),
            ("view", MessageFilter { view: vec![lookup], ..MessageFilter::default() }),
        ] {
            assert_eq!(texts(store, &of, &filter).await, [found], "a lookup of {sought:?} in the {field}");
        }
    }
    for sought in ["straße", "ασος", "istanbul", "ecole"] {
        for filter in [MessageFilter::default().from_view(sought), MessageFilter::default().with_text(sought)] {
            assert_eq!(texts(store, &of, &filter).await, [""; 0], "no message has exactly this spelling: {filter:?}");
        }
    }
}

/// Lookups match texts literally: `%`, `_`, `*`, `?`, brackets, backslashes and quotes have no special meaning.
pub async fn nothing_in_a_text_is_a_pattern(store: &Store) {
    let of = new_user();
    let signs = ["%", "_", "*", "?", "[a]", "(a", "\\", "\\n", "'", "\"", "`", "$1", "{}", ",", ":", "--", "\n"];
    let everywhere = |sign: &str| {
        let text = format!("before {sign} after");
        checked(NewMessage::new(Level::INFO, &text).tag(&text).view(&text))
    };
    put(store, &of, signs.map(everywhere).into_iter().chain([saying("before a after")]), at(0)).await;
    let expected = content(store, &of).await;
    for sign in signs {
        let tests = [
            TextTest::AnyOf(vec![format!("before {sign} after")]),
            TextTest::Contains(format!("e {sign} a")),
            TextTest::StartsWith(format!("before {sign} a")),
            TextTest::StartsWith(format!("e {sign} a")),
            TextTest::EndsWith(format!("e {sign} after")),
            TextTest::EndsWith(format!("e {sign} a")),
        ];
        agree(store, &of, &expected, &tests).await;
    }
}

/// Fails if the store and the definition disagree about a test, in any field, with or without case.
async fn agree(store: &Store, of: &Recipient, content: &[Message], tests: &[TextTest]) {
    let in_both_cases =
        |test: &TextTest| [Case::Sensitive, Case::Folded].map(|case| vec![TextLookup { test: test.clone(), case }]);
    for lookups in tests.iter().flat_map(in_both_cases) {
        for filter in [
            MessageFilter { tags: lookups.clone(), ..Default::default() },
            MessageFilter { view: lookups.clone(), ..Default::default() },
            MessageFilter { text: lookups, ..Default::default() },
        ] {
            let expected = content.iter().filter(|message| filter.matches(message)).cloned().collect::<Vec<_>>();
            assert_eq!(listed(store, of, &filter).await, expected, "{filter:?}");
        }
    }
}

/// `Contains`, `StartsWith` and `EndsWith` with an empty text match every text. An operand that contains NUL matches no text.
pub async fn the_empty_text_is_everywhere_and_nul_nowhere(store: &Store) {
    let of = new_user();
    let everywhere = |text: &str| checked(NewMessage::new(Level::INFO, text).tag(text).view(text));
    put(store, &of, ["a", "ß", " "].map(everywhere).into_iter().chain([saying("Without tags and view")]), at(0)).await;
    let expected = content(store, &of).await;
    let parts = ["", "\0", "a\0", "\0a", "a\0b", "ß\0", "\0\0"];
    for part in parts.map(str::to_owned) {
        let tests = [
            TextTest::AnyOf(vec![part.clone()]),
            TextTest::AnyOf(vec![part.clone(), "elsewhere".to_owned()]),
            TextTest::Contains(part.clone()),
            TextTest::StartsWith(part.clone()),
            TextTest::EndsWith(part.clone()),
        ];
        agree(store, &of, &expected, &tests).await;
    }
}

/// Ranges of levels and of times include both ends.
pub async fn the_ends_of_a_range_belong_to_it(store: &Store) {
    let of = new_user();
    for (number, level) in [i32::MIN, -1, 0, 1, i32::MAX].into_iter().enumerate() {
        let ids = put(store, &of, [checked(NewMessage::new(level, level.to_string()))], at(number as i64)).await;
        let filter = MessageFilter::default().with_ids(ids);
        mark_read(store, &of, &filter, at(100 + number as i64)).await;
    }
    let levels = LevelRange::default().at_least(Level::new(-1)).at_most(Level::new(1));
    let created = TimeRange { after: Some(at(1)), before: Some(at(3)) };
    let read = TimeRange { after: Some(at(101)), before: Some(at(103)) };
    for filter in [
        MessageFilter { level: levels, ..Default::default() },
        MessageFilter { created, ..Default::default() },
        MessageFilter { read, ..Default::default() },
    ] {
        assert_eq!(texts(store, &of, &filter).await, ["-1", "0", "1"], "{filter:?}");
    }
}

/// An unread message matches no range of reading times, unless the range is open at both ends.
pub async fn an_unread_message_is_in_no_range_of_reading(store: &Store) {
    let of = new_user();
    put(store, &of, [saying("Unread")], at(0)).await;
    let (first, last) = (Some(at(i64::MIN / 2)), Some(at(i64::MAX / 2)));
    for (after, before) in [(first, None), (None, last), (first, last)] {
        let filter = MessageFilter { read: TimeRange { after, before }, ..Default::default() };
        assert_eq!(texts(store, &of, &filter).await, [""; 0], "{filter:?}");
    }
}

/// A session filter matches the messages bound to that session and the messages bound to no session.
pub async fn a_session_filter_means_its_messages_and_unbound_ones(store: &Store) {
    let (of, here, elsewhere) = (new_user(), new_session(), new_session());
    let bound_of_place = checked(NewMessage::new(Level::INFO, "Bound here").session(here.clone()));
    let bound_elsewhere = checked(NewMessage::new(Level::INFO, "Bound elsewhere").session(elsewhere));
    put(store, &of, [bound_of_place, bound_elsewhere, saying("Bound to none")], at(0)).await;
    let filter = MessageFilter::default().within_session(here);
    assert_eq!(texts(store, &of, &filter).await, ["Bound here", "Bound to none"]);
    let filter = MessageFilter::default().within_session(new_session());
    assert_eq!(texts(store, &of, &filter).await, ["Bound to none"]);
}

/// A filter may be long: it may name thousands of ids, levels and keys, and hundreds of texts.
pub async fn a_filter_may_be_long(store: &Store) {
    let of = new_user();
    let message = checked(NewMessage::new(Level::INFO, "Found").tag("found").view("found").key("key", Repeat::Ignored));
    let ids = put(store, &of, [message], at(0)).await;
    let numbers = || (0..40_000).map(|number| i64::from(number) - 1000);
    let ids = numbers().map(|number| MessageId::new(ids[0].value() + number));
    let texts_until_found = (0..4000).map(|number| number.to_string()).chain(["found".to_owned()]);
    let any_of = TextLookup { test: TextTest::AnyOf(texts_until_found.collect()), case: Case::Sensitive };
    let any_of_folded = TextLookup { case: Case::Folded, ..any_of.clone() };
    let starts = vec![TextLookup { test: TextTest::StartsWith("f".to_owned()), case: Case::Sensitive }; 500];
    let levels = numbers().map(|number| Level::new(i32::try_from(number).unwrap_or_default()));
    for (what, filter) in [
        ("40,000 ids", MessageFilter::default().with_ids(ids)),
        ("40,000 levels", MessageFilter { level: LevelRange::default().only(levels), ..Default::default() }),
        ("a tag out of 4,001", MessageFilter { tags: vec![any_of.clone()], ..Default::default() }),
        ("a view out of 4,001", MessageFilter { view: vec![any_of], ..Default::default() }),
        ("500 lookups of tags", MessageFilter { tags: starts.clone(), ..Default::default() }),
        ("500 lookups of views", MessageFilter { view: starts, ..Default::default() }),
        (
            "40,000 keys",
            MessageFilter::default().with_keys(numbers().map(|number| number.to_string()).chain(["key".to_owned()])),
        ),
        ("500 terms", MessageFilter { text: vec![TextLookup::search("o"); 500], ..Default::default() }),
        ("a text out of 4,001", MessageFilter { text: vec![any_of_folded], ..Default::default() }),
    ] {
        let page = store.list(&of, &filter, &PageRequest::all()).await;
        let page = page.unwrap_or_else(|error| panic!("a filter for {what} fails: {error:?}"));
        assert_eq!(page.messages.len(), 1, "a filter for {what}");
        let summary = store.summarize(&of, &filter).await.expect("summarize failed");
        assert_eq!(summary.count(), 1, "a filter for {what}");
        let marked = store.change(&of, &filter, &Change::MarkRead, at(0)).await;
        marked.unwrap_or_else(|error| panic!("a filter for {what} fails: {error:?}"));
    }
}

/// A list is in the requested order. Messages that are equal in that order are newest first.
pub async fn a_list_is_in_the_order_asked_for(store: &Store) {
    for_all(store, (samples(), order()), async |store, (samples, order)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        let mut expected = mailbox.messages;
        expected.sort_by(|a, b| order.compare(a, b));
        let page = PageRequest::all().order(order);
        let page = store.list(&mailbox.of, &MessageFilter::default(), &page).await.map_err(failure)?;
        same("the list", &page.messages, &expected)
    })
    .await;
}

/// By time of reading, unread messages come first in ascending order and last in descending order.
pub async fn unread_messages_stand_before_read_ones(store: &Store) {
    let of = new_user();
    let ids = put(store, &of, ["Read late", "Unread", "Read early"].map(saying), at(0)).await;
    for (id, moment) in [(ids[0], at(200)), (ids[2], at(100))] {
        mark_read(store, &of, &MessageFilter::default().with_id(id), moment).await;
    }
    let earliest_first = MessageOrder::by(OrderKey::ReadAt);
    for (order, expected) in [
        (earliest_first.clone(), ["Unread", "Read early", "Read late"]),
        (earliest_first.descending(), ["Read late", "Read early", "Unread"]),
    ] {
        let page = store.list(&of, &MessageFilter::default(), &PageRequest::all().order(order)).await;
        let texts =
            page.expect("list failed").messages.into_iter().map(|message| message.content.text).collect::<Vec<_>>();
        assert_eq!(texts, expected);
    }
}

/// A page has the messages after the offset in the ordered selection, at most `limit` of them.
pub async fn a_page_is_the_part_after_the_offset(store: &Store) {
    for_all(store, (samples(), filter(), page()), async |store, (samples, filter, request)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        let mut selection = mailbox.matched_by(&filter);
        selection.sort_by(|a, b| request.order.compare(a, b));
        let offset = usize::try_from(request.offset).unwrap_or(usize::MAX);
        let expected = selection.into_iter().skip(offset).take(request.limit as usize).collect::<Vec<_>>();
        let page = store.list(&mailbox.of, &filter, &request).await.map_err(failure)?;
        same("the page", &page.messages, &expected)
    })
    .await;
}

/// The total is the size of the whole selection, even for a page beyond its end.
pub async fn the_total_is_the_size_of_the_whole_selection(store: &Store) {
    for_all(store, (samples(), filter(), page()), async |store, (samples, filter, request)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        let size = mailbox.matched_by(&filter).len() as u64;
        let page = store.list(&mailbox.of, &filter, &request).await.map_err(failure)?;
        match (request.total, page.total) {
            (Total::Skipped, None) => {}
            // A total that was not requested may be missing, but it must not be wrong.
            (_, total) => prop_assert_eq!(total, Some(size), "the total"),
        }
        Ok(())
    })
    .await;
}

/// Listing changes nothing.
pub async fn listing_changes_nothing(store: &Store) {
    for_all(store, (samples(), filter(), page()), async |store, (samples, filter, page)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        store.list(&mailbox.of, &filter, &page).await.map_err(failure)?;
        mailbox.check(store, "after a list").await
    })
    .await;
}

/// A mailbox that was never written to is empty.
pub async fn a_new_mailbox_is_empty(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    let page = store.list(&of, &all, &PageRequest::first(10).counted()).await.expect("list failed");
    assert_eq!(page, Page { messages: Vec::new(), total: Some(0) });
    assert_eq!(store.summarize(&of, &all).await.expect("summarize failed"), Summary::default());
    let tagged = Change::AddTags(CheckedTags::new(["new"]).expect("an invalid tag"));
    for change in [Change::MarkRead, Change::MarkUnread, tagged] {
        assert_eq!(changed(store, &of, &all, &change, at(0)).await, []);
    }
    assert_eq!(store.delete(&of, &all).await.expect("delete failed"), []);
}
