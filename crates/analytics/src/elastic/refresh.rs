//! Making visible to questions what was brought in.
//!
//! Whoever asks for it has to find what was brought in before, also when another refresh is under way: that one has taken
//! the names of the indices, and may still fail. So refreshes happen one after the other, and the names come back when one
//! fails or is broken off.

use super::Elastic;
use super::client::Failure;
use super::error::ElasticError;
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Indices refreshed with one request; their names are in its path.
const REFRESHED_AT_ONCE: usize = 50;

const ATTEMPT: &str = "refresh";

/// The indices, or aliases of them, that were written to and not refreshed since.
#[derive(Debug)]
pub(super) struct Touched {
    names: Mutex<BTreeSet<String>>,
    /// Held while some are refreshed.
    refreshing: tokio::sync::Mutex<()>,
}

impl Touched {
    pub(super) fn of(indices: impl IntoIterator<Item = String>) -> Self {
        Self { names: Mutex::new(indices.into_iter().collect()), refreshing: tokio::sync::Mutex::default() }
    }

    pub(super) fn add(&self, indices: impl IntoIterator<Item = String>) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).extend(indices);
    }

    fn take(&self) -> Taken<'_> {
        let names = std::mem::take(&mut *self.names.lock().unwrap_or_else(PoisonError::into_inner));
        Taken { from: self, names: names.into_iter().collect() }
    }
}

/// Indices that are about to be refreshed. Those that are left when it is dropped go back.
struct Taken<'a> {
    from: &'a Touched,
    names: Vec<String>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.from.add(self.names.drain(..));
    }
}

#[derive(Debug, Deserialize)]
struct Refreshed {
    #[serde(rename = "_shards")]
    shards: Shards,
}

#[derive(Debug, Deserialize)]
struct Shards {
    total: u32,
    failed: u32,
    #[serde(default)]
    failures: Vec<ShardFailure>,
}

#[derive(Debug, Deserialize)]
struct ShardFailure {
    reason: Option<Failure>,
}

impl Elastic {
    /// Makes visible to questions what was brought in before this was called.
    pub async fn refresh(&self) -> Result<(), ElasticError> {
        let _one_at_a_time = self.touched.refreshing.lock().await;
        let mut taken = self.touched.take();
        while !taken.names.is_empty() {
            let count = taken.names.len().min(REFRESHED_AT_ONCE);
            self.refresh_some(&format!(
                "{}/_refresh?ignore_unavailable=true",
                taken.names[..count].join(",")
            ))
            .await?;
            taken.names.drain(..count);
        }
        Ok(())
    }

    /// Asks for a refresh. Fails when a part of the cluster could not do it, which the cluster itself takes for a success.
    async fn refresh_some(&self, what: &str) -> Result<(), ElasticError> {
        let Refreshed { shards: Shards { total, failed, failures } } =
            self.client.ask(ATTEMPT, Method::POST, &format!("/{what}")).await?;
        if failed == 0 {
            return Ok(());
        }
        let why = failures.into_iter().find_map(|failure| failure.reason);
        let why = why.map_or_else(String::new, |why| format!("; {}", why.text()));
        let reason = format!("{failed} of {total} shards failed{why}");
        Err(ElasticError::Status { attempt: ATTEMPT, status: 503, reason })
    }
}
