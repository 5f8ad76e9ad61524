//! A client of the public HTTP API, for the commands that talk to a running server.
//!
//! **Retries.** A request that the server put off (`503`, `429`) is repeated after the time that the server asks
//! for. A request that got no answer is repeated when that can do no harm: it only reads, it carries an
//! `Idempotency-Key`, or it never left this machine. A batch of points always carries a key, and a repeat sends the
//! same bytes under the same key, so no point is stored twice however often the network fails.

pub mod api;
mod error;
mod exchange;
mod retry;
#[cfg(test)]
mod tests;

pub use error::{ClientError, FieldError, Problem};

use crate::environment::Environment;
use crate::pause::Pause;
use api::{BatchAnswer, Envelope, List, Page, PointsBody};
use reqwest::{Method, RequestBuilder, Url, header};
use retry::Repeat;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use std::time::Duration;
use tracely_core::time::Timestamp;
use tracely_store::{Clock, IdSource};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How many rows a list answers at most.
const PAGE: u64 = 100;

/// Where the server is, and how to be let in.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Address of the Tracely server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub url: Url,
    /// Token to sign in with, for servers that require it; better set in the environment [env: TRACELY_TOKEN]
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<Token>,
}

impl ServerArgs {
    /// Makes a client for the server; a token in the environment is used unless one was typed.
    pub fn client(
        &self,
        environment: &Environment,
        clock: Clock,
        pause: Pause,
    ) -> Result<Client, ClientError> {
        let token = self.token.clone().or_else(|| environment.get("TRACELY_TOKEN").map(Token::from));
        Client::new(self.url.clone(), token, clock, pause)
    }
}

/// A secret that is never printed.
#[derive(Clone)]
pub struct Token(String);

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(text.trim().to_string())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Talks to one server.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<Token>,
    clock: Clock,
    ids: IdSource,
    pause: Pause,
}

impl Client {
    /// Makes a client for the server at an address.
    pub fn new(url: Url, token: Option<Token>, clock: Clock, pause: Pause) -> Result<Self, ClientError> {
        if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
            return Err(ClientError::Address(url.to_string()));
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // It fails when another thread was faster, which is as good.
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("tracely/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // Nothing is verified then, and a machine without certificates can still be used.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(ClientError::Start)?;
        let ids = IdSource::system();
        Ok(Self { http, base: url, token, clock, ids, pause })
    }

    /// Checks that a Tracely server answers. Tries once: a wrong address is told at once.
    pub async fn check(&self) -> Result<(), ClientError> {
        let url = self.address(&["services"], &[("limit", "1")]);
        let answer = self.send(Repeat::Never, || self.request(Method::GET, &url)).await?;
        answer.decode::<List<serde_json::Value>>().map(drop)
    }

    /// Asks whether the server can work. Tries once.
    pub async fn ready(&self) -> Result<(), ClientError> {
        let mut url = self.address(&[], &[]);
        url.set_path("/readyz");
        self.send(Repeat::Never, || self.request(Method::GET, &url)).await.map(drop)
    }

    /// Reads one thing; none when it is not there.
    pub async fn find<T: DeserializeOwned>(&self, list: &str, id: &str) -> Result<Option<T>, ClientError> {
        let url = self.address(&[list, id], &[]);
        match self.send(Repeat::Always, || self.request(Method::GET, &url)).await {
            Ok(answer) => answer.decode::<Envelope<T>>().map(|envelope| Some(envelope.data)),
            Err(ClientError::Problem(problem)) if problem.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a list that is short enough for one answer, or a page of a longer one.
    pub async fn page<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Page<T>, ClientError> {
        let url = self.address(&[path], query);
        let answer = self.send(Repeat::Always, || self.request(Method::GET, &url)).await?;
        let List { data: rows, meta } = answer.decode()?;
        let total = meta.map_or(rows.len() as u64, |meta| meta.total);
        Ok(Page { rows, total })
    }

    /// Reads a whole list, page by page.
    pub async fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, ClientError> {
        let mut rows = Vec::new();
        loop {
            let (limit, offset) = (PAGE.to_string(), rows.len().to_string());
            let page = self.page(path, &[("limit", &limit), ("offset", &offset)]).await?;
            let is_last = page.rows.is_empty();
            rows.extend(page.rows);
            if is_last || rows.len() as u64 >= page.total {
                return Ok(rows);
            }
        }
    }

    /// Makes something.
    pub async fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        content: &impl Serialize,
    ) -> Result<T, ClientError> {
        let url = self.address(&[path], &[]);
        let send = || self.request(Method::POST, &url).json(content);
        let answer = self.send(Repeat::UnlessItMayHaveArrived, send).await?;
        answer.decode::<Envelope<T>>().map(|envelope| envelope.data)
    }

    /// Sends points and waits until they are durable. Repeats as often as it takes within reason; nothing doubles.
    pub async fn send_points(&self, points: &PointsBody<'_>) -> Result<BatchAnswer, ClientError> {
        let url = self.address(&["metrics", "batch"], &[]);
        let key = self.ids.next(self.clock.now()).to_string();
        let content = serde_json::to_vec(points).map_err(ClientError::Encode)?;
        let send = || {
            self.request(Method::POST, &url)
                .header(header::CONTENT_TYPE, "application/json")
                .header("Idempotency-Key", &key)
                .body(content.clone())
        };
        let answer = self.send(Repeat::Always, send).await?;
        answer.decode::<Envelope<BatchAnswer>>().map(|envelope| envelope.data)
    }

    /// Counts the incidents that a query finds.
    pub async fn count_incidents(&self, query: &[(&str, &str)]) -> Result<u64, ClientError> {
        let query: Vec<_> = query.iter().copied().chain([("limit", "1")]).collect();
        self.page::<serde_json::Value>("incidents", &query).await.map(|page| page.total)
    }

    /// Returns the instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns how this client waits.
    pub fn pause(&self) -> &Pause {
        &self.pause
    }

    fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        let request = self.http.request(method, url.clone());
        match &self.token {
            Some(token) => request.bearer_auth(&token.0),
            None => request,
        }
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}
