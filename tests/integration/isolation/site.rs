//! An application with the REST surface in each style of pagination, and a handler that carries out instructions.

use std::{collections::BTreeSet, sync::Arc};

use actix_messages::{
    Endpoint, Endpoints, Error as MessageError, Level, Mailbox, Message, MessageFilter, MessageId, MessageList,
    Messages, MessagesConfig, NewMessage, PageRequest, Recipient, Selection, Timestamp, follow_session, session_key,
    settings::{CursorKey, PageSize, Pagination, Visitors},
    store::{Mailboxes, MessageDirectory},
    testing::ManualClock,
};
use actix_session::Session;
use actix_web::{App, Error, HttpRequest, HttpResponse, cookie::Key, middleware::from_fn, web};
use serde_json::{Value, json};

use super::{
    model::{Rules, VISITORS_KEEP},
    moves::{Deed, Narrowed, Said, Scope, ids},
    strategies::USERS,
};
use crate::support::{Server, sessions_in_cookies, wait};

/// The default and the maximum page size.
pub(super) const PAGE_SIZE: u32 = 3;
pub(super) const MAX_PAGE_SIZE: u32 = 5;

pub(super) struct Site {
    pub(super) server: Server,
    pub(super) clock: ManualClock,
    store: Arc<dyn MessageDirectory>,
}

impl Site {
    pub(super) fn new(store: Arc<dyn MessageDirectory>, rules: Rules) -> Self {
        let clock = ManualClock::at(Timestamp::from_micros(1_767_225_600_000_000));
        let messages = MessagesConfig::new(Arc::clone(&store), session_key("user"))
            .clock(clock.clock())
            .session_scoping(rules.scoping)
            .after_reading(rules.after_reading)
            .unread_deletion(rules.unread_deletion)
            .visitors(Visitors::Keep { at_most: u32::try_from(VISITORS_KEEP).unwrap() })
            .page_size(PageSize::Limited(PAGE_SIZE))
            .max_page_size(MAX_PAGE_SIZE);
        let key = Key::generate();
        let server = Server::start(move || {
            let all = Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion);
            let numbers = messages.clone().pagination(Pagination::PageNumber);
            let cursors = messages.clone().pagination(Pagination::Cursor(CursorKey::from_secret(b"a secret")));
            App::new()
                .app_data(messages.clone())
                .service(all.at(Scope::Offsets.path()))
                .service(all.at(Scope::Numbers.path()).app_data(numbers))
                .service(all.at(Scope::Cursors.path()).app_data(cursors))
                .service(web::resource("/do").name("do").route(web::post().to(act)))
                .wrap(from_fn(follow_session))
                .wrap(sessions_in_cookies(&key))
        });
        Self { server, clock, store }
    }

    /// All messages in the store, in the order of the mailboxes.
    pub(super) fn content(&self) -> Vec<(Recipient, Message)> {
        wait(async {
            let all =
                async || self.store.list_across(&Mailboxes::All, &MessageFilter::default(), &PageRequest::all()).await;
            // A count waits until the messages that were shown are marked.
            let owners = all().await.unwrap().into_iter().map(|(owner, _)| owner).collect::<BTreeSet<_>>();
            for owner in owners {
                Mailbox::new(owner, Arc::new(Arc::clone(&self.store))).unread().count().await.unwrap();
            }
            all().await.unwrap()
        })
    }

    /// Erases all mailboxes, also empty ones, because the store remembers their newest ids.
    pub(super) fn clear(&self) {
        let users = USERS.map(|name| Recipient::user(name).unwrap());
        for recipient in self.content().into_iter().map(|(of, _)| of).chain(users) {
            wait(self.store.erase(&recipient)).unwrap();
        }
    }
}

/// Carries out the deed, and responds with the result.
async fn act(
    deed: web::Json<Deed>,
    request: HttpRequest,
    session: Session,
    messages: Messages,
) -> Result<HttpResponse, Error> {
    let config = request.app_data::<MessagesConfig>().unwrap();
    let answer = match deed.into_inner() {
        Deed::SignIn { user, claims } => {
            session.insert("user", user)?;
            session.renew();
            if claims { json!(messages.claim().await?) } else { Value::Null }
        }
        Deed::SignOut => {
            session.purge();
            Value::Null
        }
        Deed::Leave => {
            session.remove("user");
            Value::Null
        }
        Deed::Renew => {
            session.renew();
            Value::Null
        }
        deed => with_messages(deed, config, &messages).await?,
    };
    Ok(HttpResponse::Ok().json(answer))
}

async fn with_messages(deed: Deed, config: &MessagesConfig, messages: &Messages) -> Result<Value, MessageError> {
    let those = |places: &[usize]| {
        let those = ids(places).into_iter().map(MessageId::new).collect::<Vec<_>>();
        messages.all().narrow(|filter| filter.with_ids(those))
    };
    Ok(match deed {
        Deed::SignIn { .. } | Deed::SignOut | Deed::Leave | Deed::Renew => Value::Null,
        Deed::Claim => json!(messages.claim().await?),
        Deed::Say(said) => {
            let ids = messages.add_all(said.into_iter().map(new_message)).await?;
            // The newest message names its session. If that has ended, the message is not bound to it, but the
            // recipient of a visitor's mailbox still names the session.
            let newest = ids.iter().flatten().last().copied();
            let session = match newest {
                None => None,
                Some(id) => {
                    let newest = messages.all().narrow(|filter| filter.with_id(id)).first().await?;
                    let of_mailbox = messages.mailbox()?.recipient().session().cloned();
                    newest.and_then(|message| message.session).or(of_mailbox)
                }
            };
            json!({ "ids": ids, "session": session })
        }
        Deed::Tell { user, text } => json!(config.mailbox(Recipient::user(user).unwrap()).info(text).await?),
        Deed::Broadcast { users, text } => {
            let users = users.iter().map(|user| Recipient::user(user).unwrap());
            json!(config.broadcast(users, NewMessage::new(Level::INFO, text)).await?)
        }
        Deed::List(narrowed) => shown(&narrow(messages.all(), &narrowed).list().await?),
        Deed::Summarize(narrowed) => {
            let summary = narrow(messages.all(), &narrowed).summarize().await?;
            json!(summary.by_level.iter().map(|(level, count)| (level.value(), count)).collect::<Vec<_>>())
        }
        Deed::Contains(text) => json!(messages.unread().contains(text.as_str()).await?),
        Deed::Take(narrowed, start, end) => shown(&narrow(messages.unread(), &narrowed).take_range(start..end).await?),
        Deed::TakeUpTo(narrowed, count) => shown(&narrow(messages.unread(), &narrowed).take_up_to(count).await?),
        Deed::TakeOneByOne(count) => {
            let (mut taking, mut taken) = (messages.unread().take_each(), Vec::new());
            while (taken.len() as u32) < count
                && let Some(message) = taking.next().await?
            {
                taken.push(message.id);
            }
            json!(taken)
        }
        Deed::Mark { places, read: true } => sorted(those(&places).mark_read().await?),
        Deed::Mark { places, read: false } => sorted(those(&places).mark_unread().await?),
        Deed::Delete(places) => sorted(those(&places).delete().await?),
        Deed::Tag { place, tag, replaces } => {
            let (mailbox, id) = (messages.mailbox()?, MessageId::new(ids(&[place])[0]));
            json!(if replaces { mailbox.replace_tags(id, [tag]).await? } else { mailbox.add_tags(id, [tag]).await? })
        }
        Deed::Erase => json!(messages.mailbox()?.erase().await?),
    })
}

fn new_message(said: Said) -> NewMessage {
    let Said { level, text, tags, view } = said;
    view.into_iter().fold(NewMessage::new(level, text).tags(tags), NewMessage::view)
}

fn narrow(selection: Selection, narrowed: &Narrowed) -> Selection {
    let Narrowed { unread, at_least, tagged, containing } = narrowed;
    let selection = match unread {
        None => selection,
        Some(true) => selection.unread(),
        Some(false) => selection.read(),
    };
    let selection = at_least.iter().fold(selection, |selection, level| selection.at_least(Level::new(*level)));
    let selection = tagged.iter().fold(selection, Selection::tagged);
    containing.iter().fold(selection, Selection::containing)
}

fn sorted(mut ids: Vec<MessageId>) -> Value {
    ids.sort_unstable();
    json!(ids)
}

/// The messages of a list as JSON.
fn shown(list: &MessageList) -> Value {
    list.iter().map(|message| json!([message.id, message.text, message.tags, message.read_at()])).collect()
}
