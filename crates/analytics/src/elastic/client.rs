//! Requests to a cluster and its answers.
//!
//! Answers to searches are asked for in CBOR (RFC 8949): numbers are in it bit by bit, so that neither the cluster writes
//! them in decimals nor we read them, and they take fewer bytes. Whoever stands between may answer in JSON all the same, so
//! the answer's own content type decides.

use super::cbor;
use super::config::{Auth, ElasticConfig};
use super::error::{AnswerError, ElasticError};
use reqwest::{Certificate, Method, RequestBuilder, Response, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CBOR: &str = "application/cbor";
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

    /// Asks with a JSON body for an answer in CBOR, and reads it.
    pub(super) async fn search<T: DeserializeOwned>(
        &self,
        attempt: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<T, ElasticError> {
        let request = self.request(Method::POST, path).header(header::ACCEPT, CBOR);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        self.answer(attempt, request).await
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
    let is_cbor = is_cbor(&response);
    let body = response.bytes().await.map_err(unreachable)?;
    let reason = match decode::<Refusal>(&body, is_cbor) {
        Ok(refusal) => refusal.error.text(),
        Err(_) => shortened(&String::from_utf8_lossy(&body)),
    };
    Err(ElasticError::Status { attempt, status: status.as_u16(), reason })
}

async fn read<T: DeserializeOwned>(attempt: &'static str, response: Response) -> Result<T, ElasticError> {
    let unreachable =
        |error: reqwest::Error| ElasticError::Unreachable { attempt, source: error.without_url() };
    let is_cbor = is_cbor(&response);
    let body = response.bytes().await.map_err(unreachable)?;
    decode(&body, is_cbor).map_err(|source| ElasticError::Answer { attempt, source })
}

fn is_cbor(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| content_type.starts_with(CBOR))
}

fn decode<T: DeserializeOwned>(body: &[u8], is_cbor: bool) -> Result<T, AnswerError> {
    if is_cbor { Ok(cbor::from_slice(body)?) } else { Ok(serde_json::from_slice(body)?) }
}

fn shortened(text: &str) -> String {
    text.chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::{Refusal, decode};
    use crate::elastic::answer::Exact;

    #[test]
    fn an_answer_is_read_in_the_form_that_it_has() {
        let reasons = |body: &[u8], is_cbor| decode::<Refusal>(body, is_cbor).unwrap().error.text();
        let json = br#"{"error": {"root_cause": [], "type": "a", "reason": "b"}, "status": 400}"#;
        assert_eq!(reasons(json, false), "a: b");
        // Maps and lists without a length, as a cluster writes them, and the sign that this is CBOR before them.
        let cbor =
            b"\xD9\xD9\xF7\xBFeerror\xBFjroot_cause\x9F\xFFdtypeaafreasonab\xFFfstatus\x19\x01\x90\xFF";
        assert_eq!(reasons(cbor, true), "a: b");
        assert_eq!(reasons(&cbor[3..], true), "a: b");
        assert!(decode::<Refusal>(&cbor[..20], true).is_err(), "an answer that breaks off");
        assert!(decode::<Refusal>(json, true).is_err());
    }

    #[test]
    fn numbers_of_every_kind_are_read_to_the_bit() {
        let read = |body: &[u8]| decode::<Exact>(body, true).map(|Exact(value)| value.to_bits());
        let third = 1.0_f64 / 3.0;
        let double = [&[0xFB][..], &third.to_be_bytes()].concat();
        assert_eq!(read(&double).unwrap(), third.to_bits());
        assert_eq!(read(&[&[0xFA][..], &1.5_f32.to_be_bytes()].concat()).unwrap(), 1.5_f64.to_bits());
        let instant = 1_705_314_600_000_000_i64;
        assert_eq!(
            read(&[&[0x1B][..], &instant.to_be_bytes()].concat()).unwrap(),
            (instant as f64).to_bits()
        );
        assert_eq!(read(&[0x38, 0x63]).unwrap(), (-100.0_f64).to_bits());
        for wrong in [&[0xF6][..], b"cNaN", &[&[0xFB][..], &f64::NAN.to_be_bytes()].concat()] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(decode::<Option<Exact>>(&[0xF6], true).unwrap(), None);
    }
}
