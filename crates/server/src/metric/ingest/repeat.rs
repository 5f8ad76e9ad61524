//! Requests that may be sent again: with an `Idempotency-Key`, a repeat within 24 hours gets the first answer and
//! stores nothing. A key is for one request; another content under the same key is refused.

use super::writer::{IdempotencyKey, REMEMBERED_FOR};
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{One, with_header};
use crate::http::problem::{FieldError, Problem};
use axum::Json;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tracely_core::time::Timestamp;
use tracely_store::idempotency::{self, Remembered};

/// The longest key, in characters.
const MAX_KEY: usize = 255;

/// What makes a request the same as an earlier one.
#[derive(Debug)]
pub(crate) struct Repeatable {
    key: String,
    fingerprint: Vec<u8>,
    /// The status of the first answer, and so of a repeated one.
    status: StatusCode,
}

impl Repeatable {
    /// Reads the key of a request; none when it has none. `purpose` tells requests with equal bodies apart.
    pub(crate) fn of(
        headers: &HeaderMap,
        status: StatusCode,
        purpose: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| {
            !key.is_empty() && key.len() <= MAX_KEY && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let Some(key) = key else {
            let detail = format!("must be 1 to {MAX_KEY} visible ASCII characters");
            return Err(Problem::parameters(vec![FieldError::parameter("Idempotency-Key", detail)]));
        };
        let fingerprint = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(body).finalize();
        Ok(Some(Self { key: key.to_owned(), fingerprint: fingerprint.to_vec(), status }))
    }

    /// Answers as before when the request was carried out before.
    pub(crate) async fn answered_before(
        &self,
        app: &App,
        caller: &Caller,
    ) -> Result<Option<Response>, Problem> {
        let not_before = Timestamp(app.store().clock().now().0 - REMEMBERED_FOR);
        let before = idempotency::find(app.store(), caller.organization_id, &self.key, not_before).await?;
        before.map(|before| self.answer(&before)).transpose()
    }

    /// Makes what the group commit remembers beside the points.
    pub(crate) fn remember(&self, answer: &impl Serialize) -> Result<IdempotencyKey, Problem> {
        let answer = serde_json::to_string(answer).map_err(|_| Problem::internal())?;
        let remembered = Remembered { fingerprint: self.fingerprint.clone(), answer };
        Ok(IdempotencyKey { key: self.key.clone(), remembered })
    }

    /// Answers as before, or refuses a request that differs from the one before.
    pub(crate) fn answer(&self, before: &Remembered) -> Result<Response, Problem> {
        if before.fingerprint != self.fingerprint {
            let detail = "was used within 24 hours for a request with other content";
            return Err(Problem::content(vec![FieldError::parameter("Idempotency-Key", detail)]));
        }
        let data = RawValue::from_string(before.answer.clone()).map_err(|_| Problem::internal())?;
        let answer = (self.status, Json(One { data }));
        Ok(with_header(answer, HeaderName::from_static("idempotency-replayed"), "true"))
    }
}
