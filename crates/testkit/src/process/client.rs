//! HTTP with JSON, for tests of a server that may be dead.

use crate::patience::is_soon;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;

/// How long the client waits for an answer before it gives up. Far longer than any answer takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// A client of one server. Cheap to clone. It never panics because of what a server does or does not do, except where
/// a method says so.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, such as 201.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Client {
    /// Makes a client of the server at this address.
    pub fn new(url: impl Into<String>) -> Self {
        // The library wants to know who would do TLS, though it is plain HTTP.
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client can be made");
        Self { http, url: url.into() }
    }

    /// Returns the address of the server, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Prepares a request, for headers and bodies of the caller's choice.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request that was prepared and reads the whole answer; fails when none came.
    pub async fn answer(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, headers, body, text })
    }

    /// Sends JSON, with further headers, and reads the whole answer; fails when none came.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> reqwest::Result<Answer> {
        let mut request = self.request(method, path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(body.to_string())).await
    }

    /// Sends JSON by POST; fails when no answer came.
    pub async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        self.send(Method::POST, path, &[], body).await
    }

    /// Asks for something; fails when no answer came.
    pub async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        self.answer(self.request(Method::GET, path)).await
    }

    /// Asks for something whose body is then read by and by.
    pub async fn open(&self, path: &str) -> reqwest::Result<Response> {
        self.request(Method::GET, path).send().await
    }

    /// Asks a server that has to answer and returns the body; panics when it does not, or refuses.
    pub async fn get(&self, path: &str) -> Value {
        self.try_get(path).await.unwrap_or_else(|error| panic!("GET {path}: {error:?}")).good(path)
    }

    /// Sends JSON by POST to a server that has to accept it, and returns `data` of the answer; panics when it does not.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.try_post(path, body).await;
        answer.unwrap_or_else(|error| panic!("POST {path}: {error:?}")).good(path)["data"].take()
    }

    /// Makes something with a server that has to accept it, and returns its id; panics when it does not.
    pub async fn make(&self, path: &str, body: Value) -> String {
        let made = self.post(path, &body).await;
        made["id"].as_str().unwrap_or_else(|| panic!("POST {path} made no id: {made}")).to_owned()
    }

    /// Asks until the answer is as wanted; panics when it is not within a minute.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let became = is_soon(async || {
            last = self.get(path).await;
            wanted(&last)
        })
        .await;
        assert!(became, "{path} never became what was wanted: {last:#}");
        last
    }
}

impl Answer {
    /// Says whether the status is one of success.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns a header by its name in lower case; none when it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the body of an answer of success; panics on any other.
    pub fn good(self, path: &str) -> Value {
        assert!(self.is_good(), "{path}: {} {}", self.status, self.text);
        self.body
    }
}
