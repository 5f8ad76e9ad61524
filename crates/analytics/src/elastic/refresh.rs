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

/// How long the names of the indices are that one request refreshes, in bytes. They are in its path, and a cluster takes
/// lines of 4 096 bytes; an address may have a path as well.
const NAMES: usize = 3_000;

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
            let count = first_part(&taken.names);
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
    pub(super) async fn refresh_some(&self, what: &str) -> Result<(), ElasticError> {
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

/// Returns how many of some names one request may have, which is one at least.
fn first_part(names: &[String]) -> usize {
    let lengths = names.iter().scan(0, |length, name| {
        *length += name.len() + 1;
        Some(*length)
    });
    lengths.take_while(|length| *length <= NAMES).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::{NAMES, first_part};

    #[test]
    fn names_of_any_length_fit_into_a_request_line() {
        for prefix in [1, 50, 200] {
            let prefix = "x".repeat(prefix);
            let names: Vec<String> = (10..500).map(|day| format!("{prefix}-2024.01.{day}")).collect();
            let mut rest = &names[..];
            while !rest.is_empty() {
                let (some, more) = rest.split_at(first_part(rest));
                let path = some.join(",");
                assert!(!some.is_empty() && path.len() < NAMES, "{}", path.len());
                assert!(more.is_empty() || path.len() > NAMES - 250, "{}", path.len());
                rest = more;
            }
        }
    }
}
