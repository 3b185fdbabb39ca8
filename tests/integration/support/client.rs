//! A browser without a screen: its requests send the cookies of earlier responses.

use std::{cell::RefCell, collections::BTreeMap, io, net::SocketAddr};

use serde_json::{Value, json};

use super::{Response, http::exchange};

/// A client that sends requests and keeps cookies.
#[derive(Debug)]
pub(crate) struct Client {
    server: SocketAddr,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Client {
    /// Returns the address of the server.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.server
    }

    pub(crate) const fn new(server: SocketAddr) -> Self {
        Self { server, cookies: RefCell::new(BTreeMap::new()) }
    }

    /// Returns the same browser at another server, with its current cookies.
    pub(crate) fn at(&self, server: SocketAddr) -> Self {
        Self { server, cookies: self.cookies.clone() }
    }

    /// Returns a request to complete and send. It has only the headers that HTTP needs, without `Accept`.
    pub(crate) fn request(&self, method: &str, target: impl Into<String>) -> Call<'_> {
        Call {
            client: self,
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            lines: Vec::new(),
            body: Vec::new(),
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, target: impl Into<String>) -> Response {
        self.request("GET", target).send()
    }

    #[track_caller]
    pub(crate) fn delete(&self, target: impl Into<String>) -> Response {
        self.request("DELETE", target).send()
    }

    #[track_caller]
    pub(crate) fn post(&self, target: &str, body: &Value) -> Response {
        self.request("POST", target).json(body).send()
    }

    #[track_caller]
    pub(crate) fn sign_in(&self, user: &str) {
        self.post("/demo/login", &json!({ "user": user })).expect(200);
    }

    #[track_caller]
    pub(crate) fn sign_out(&self) {
        self.post("/demo/logout", &json!({})).expect(200);
    }

    /// Causes a message, and returns its id.
    #[track_caller]
    pub(crate) fn add(&self, level: i32, text: &str) -> i64 {
        self.add_tagged(level, text, &[])
    }

    #[track_caller]
    pub(crate) fn add_tagged(&self, level: i32, text: &str, tags: &[&str]) -> i64 {
        let body = json!({ "level": level, "message": text, "extra_tags": tags });
        self.post("/demo/messages", &body).expect(201).json()["id"].as_i64().unwrap()
    }

    /// Returns the texts of the messages in a list, in its order.
    #[track_caller]
    pub(crate) fn texts(&self, target: &str) -> Vec<String> {
        let list = self.get(target).expect(200).json();
        let results = list.as_array().or_else(|| list["results"].as_array()).unwrap();
        results.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the number of unread messages, and marks none.
    #[track_caller]
    pub(crate) fn unread(&self) -> u64 {
        self.get("/messages/peek/").expect(200).json()["count"].as_u64().unwrap()
    }

    /// Returns the header with all cookies, if there are any.
    pub(crate) fn cookie_header(&self) -> Option<String> {
        let cookies = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(crate) fn drop_cookie(&self, name: &str) {
        self.cookies.borrow_mut().remove(name);
    }

    fn keep_cookies(&self, response: &Response) {
        let mut cookies = self.cookies.borrow_mut();
        for (_, line) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let is_over = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
            if is_over || value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A request that is not sent yet.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    client: &'a Client,
    method: String,
    target: String,
    headers: Vec<(String, Option<String>)>,
    lines: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call<'_> {
    /// Adds a header. It replaces a header that is sent by default.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// Adds a line to a header that has several lines.
    pub(crate) fn another(mut self, name: &str, value: &str) -> Self {
        self.lines.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves out a header that is sent by default.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.push((name.to_owned(), None));
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = serde_json::to_vec(body).unwrap();
        self.headers.insert(0, ("Content-Type".into(), Some("application/json".into())));
        self
    }

    /// Sets the body to a form, as a browser sends it.
    pub(crate) fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
        self.headers.insert(0, ("Content-Type".into(), Some("application/x-www-form-urlencoded".into())));
        self
    }

    #[track_caller]
    pub(crate) fn send(self) -> Response {
        self.try_send().unwrap()
    }

    pub(crate) fn try_send(self) -> io::Result<Response> {
        let Self { client, method, target, headers: asked, lines, body } = self;
        let mut headers =
            vec![("Host".to_owned(), client.server.to_string()), ("Connection".to_owned(), "close".to_owned())];
        if !body.is_empty() || matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
            headers.push(("Content-Length".to_owned(), body.len().to_string()));
        }
        headers.extend(client.cookie_header().map(|cookies| ("Cookie".to_owned(), cookies)));
        for (name, value) in asked {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            headers.extend(value.map(|value| (name, value)));
        }
        headers.extend(lines);
        let response = exchange(client.server, &method, &target, &headers, &body)?;
        client.keep_cookies(&response);
        Ok(response)
    }
}
