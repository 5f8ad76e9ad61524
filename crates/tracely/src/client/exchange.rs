//! One request and its answer, with repeats.

use super::error::{ClientError, Problem};
use super::retry::{Backoff, Repeat};
use super::{Client, REQUEST_TIMEOUT};
use reqwest::{RequestBuilder, StatusCode, header};
use serde::de::DeserializeOwned;
use std::error::Error;

/// A whole answer.
pub(super) struct Answer {
    path: String,
    status: StatusCode,
    retry_after: Option<String>,
    content: Vec<u8>,
}

impl Answer {
    /// Reads the content of a success.
    pub(super) fn decode<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.content)
            .map_err(|source| ClientError::Answer { path: self.path, source })
    }

    fn into_refusal(self) -> ClientError {
        let Self { path, status, content, .. } = self;
        match serde_json::from_slice::<Problem>(&content) {
            Ok(problem) => ClientError::Problem(Problem { status: status.as_u16(), ..problem }),
            Err(_) => ClientError::Status { status, path },
        }
    }
}

impl Client {
    /// Sends a request until there is a success, a refusal that stands, or no hope.
    pub(super) async fn send(
        &self,
        repeat: Repeat,
        make: impl Fn() -> RequestBuilder,
    ) -> Result<Answer, ClientError> {
        let mut backoff = Backoff::default();
        loop {
            let (error, wait) = match exchange(make()).await {
                Ok(answer) if answer.status.is_success() => return Ok(answer),
                Ok(answer) => {
                    let wait = backoff.after_refusal(repeat, answer.status, answer.retry_after.as_deref());
                    (answer.into_refusal(), wait)
                }
                Err(error) => {
                    let wait = backoff.after_failure(repeat, &error);
                    (self.no_answer(error), wait)
                }
            };
            let Some(wait) = wait else { return Err(error) };
            self.pause.wait(wait).await;
        }
    }

    fn no_answer(&self, error: reqwest::Error) -> ClientError {
        let url = self.base.origin().ascii_serialization();
        let source = error.without_url();
        if source.is_connect() {
            ClientError::Unreachable { url, cause: root_cause(&source) }
        } else if source.is_timeout() {
            ClientError::Timeout { url, seconds: REQUEST_TIMEOUT.as_secs() }
        } else {
            ClientError::Broken { url, source }
        }
    }
}

async fn exchange(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_string);
    let (path, status) = (response.url().path().to_string(), response.status());
    Ok(Answer { path, status, retry_after, content: response.bytes().await?.to_vec() })
}

/// Returns the last error of the chain; those above it only say that a request failed.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
