//! Requests to a cluster and its answers.

use super::config::{Auth, ElasticConfig};
use super::error::ElasticError;
use reqwest::{Certificate, Method, RequestBuilder, Response, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Characters of a cluster's reason that are kept.
const REASON: usize = 500;

/// A client of one cluster.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    auth: Auth,
    /// How many requests had no answer, or one that broke off.
    silences: AtomicU64,
}

/// What a cluster says when it cannot.
#[derive(Debug, Deserialize)]
pub(super) struct Failure {
    /// What kind of failure it is.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// The same in words.
    pub(super) reason: Option<String>,
    /// The failure behind it.
    pub(super) caused_by: Option<Box<Failure>>,
}

impl Failure {
    /// Writes the failure with what is behind it.
    pub(super) fn text(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("failure");
        let mut text = match &self.reason {
            Some(reason) => format!("{kind}: {reason}"),
            None => kind.to_owned(),
        };
        if let Some(cause) = &self.caused_by {
            text.push_str("; ");
            text.push_str(&cause.text());
        }
        shortened(&text)
    }
}

#[derive(Debug, Deserialize)]
struct Refusal {
    error: Failure,
}

impl Client {
    pub(super) fn new(config: &ElasticConfig) -> Result<Self, ElasticError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // It only fails when another thread was first, and then there is a provider.
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(pem) = &config.authorities {
            builder =
                builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(ElasticError::Client)?);
        }
        let http = builder.build().map_err(ElasticError::Client)?;
        let url = config.url.trim_end_matches('/').to_owned();
        Ok(Self { http, url, auth: config.auth.clone(), silences: AtomicU64::new(0) })
    }

    /// Asks without a body and reads the answer.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        attempt: &'static str,
        method: Method,
        path: &str,
    ) -> Result<T, ElasticError> {
        self.answer(attempt, self.request(method, path)).await
    }

    /// Asks with a JSON body and reads the answer.
    pub(super) async fn ask_with<T: DeserializeOwned>(
        &self,
        attempt: &'static str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, ElasticError> {
        self.ask_with_bytes(attempt, method, path, "application/json", body.to_string().into()).await
    }

    /// Asks with a body of bytes and reads the answer.
    pub(super) async fn ask_with_bytes<T: DeserializeOwned>(
        &self,
        attempt: &'static str,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<T, ElasticError> {
        let request = self.request(method, path).header(header::CONTENT_TYPE, content_type).body(body);
        self.answer(attempt, request).await
    }

    /// Returns how many requests the cluster has not answered.
    pub(super) fn silences(&self) -> u64 {
        self.silences.load(Ordering::Acquire)
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        attempt: &'static str,
        request: RequestBuilder,
    ) -> Result<T, ElasticError> {
        let answer = match send(attempt, request).await {
            Ok(response) => read(attempt, response).await,
            Err(error) => Err(error),
        };
        if matches!(answer, Err(ElasticError::Unreachable { .. })) {
            self.silences.fetch_add(1, Ordering::AcqRel);
        }
        answer
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.auth {
            Auth::None => request,
            Auth::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
            Auth::ApiKey(key) => request.header(header::AUTHORIZATION, format!("ApiKey {}", key.reveal())),
        }
    }
}

async fn send(attempt: &'static str, request: RequestBuilder) -> Result<Response, ElasticError> {
    let unreachable =
        |error: reqwest::Error| ElasticError::Unreachable { attempt, source: error.without_url() };
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.bytes().await.map_err(unreachable)?;
    let reason = match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => refusal.error.text(),
        Err(_) => shortened(&String::from_utf8_lossy(&body)),
    };
    Err(ElasticError::Status { attempt, status: status.as_u16(), reason })
}

async fn read<T: DeserializeOwned>(attempt: &'static str, response: Response) -> Result<T, ElasticError> {
    let unreachable =
        |error: reqwest::Error| ElasticError::Unreachable { attempt, source: error.without_url() };
    let body = response.bytes().await.map_err(unreachable)?;
    serde_json::from_slice(&body).map_err(|source| ElasticError::Answer { attempt, source })
}

fn shortened(text: &str) -> String {
    text.chars().take(REASON).collect()
}
