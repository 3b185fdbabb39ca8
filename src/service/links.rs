//! Links from page to page: the request's own address with another limit and offset.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use form_urlencoded::Serializer;

use super::{config::MessagesConfig, origin::origin};

/// Which page is meant: its limit, and its offset as it was asked for, which may be beyond any mailbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageAddress {
    pub(crate) limit: u32,
    pub(crate) offset: u128,
}

/// Where the pages before and after are.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

impl Links {
    /// The links of a page of a selection with `count` messages. All parameters of the request stay, sorted by
    /// name.
    pub(crate) fn new(request: &HttpRequest, config: &MessagesConfig, page: PageAddress, count: u64) -> Self {
        let PageAddress { limit, offset } = page;
        let address = |offset| address(request, config, PageAddress { limit, offset });
        let limit = u128::from(limit);
        let after = Some(offset.saturating_add(limit)).filter(|after| *after < u128::from(count));
        let before = (offset > 0).then(|| offset.saturating_sub(limit));
        Self { next: after.map(address), previous: before.map(address) }
    }
}

fn address(request: &HttpRequest, config: &MessagesConfig, page: PageAddress) -> String {
    let mut parameters = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        parameters.entry(name).or_default().push(value);
    }
    parameters.insert("limit".into(), vec![page.limit.to_string().into()]);
    match page.offset {
        0 => parameters.remove("offset"),
        offset => parameters.insert("offset".into(), vec![offset.to_string().into()]),
    };
    let (scheme, host) = origin(request, config);
    let start = format!("{scheme}://{host}{}?", request.uri().path());
    let query_starts = start.len();
    let mut address = Serializer::for_suffix(start, query_starts);
    for (name, values) in &parameters {
        for value in values {
            address.append_pair(name, value);
        }
    }
    address.finish()
}
