//! The indices that there are, a day each, and how old ones go.

use super::Elastic;
use super::answer::{Answer, Single};
use super::error::ElasticError;
use super::mapping::day_of;
use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tracely_core::time::{DAY, Timestamp};

#[derive(Debug, Deserialize)]
struct Accepted {
    accepted: Single,
}

/// What the cluster keeps for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// How many indices there are.
    pub indices: u64,
    /// How many points they hold.
    pub points: u64,
    /// How large they are without their copies, in bytes.
    pub primary_bytes: u64,
    /// How large they are with their copies, in bytes.
    pub bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    #[serde(default)]
    indices: BTreeMap<String, Value>,
    #[serde(rename = "_all")]
    all: All,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct All {
    primaries: Size,
    total: Size,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Size {
    docs: Count,
    store: Bytes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Count {
    count: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bytes {
    size_in_bytes: u64,
}

impl Elastic {
    /// Lists the indices of days that ended before an instant, oldest first.
    pub async fn ended_before(&self, old: Timestamp) -> Result<Vec<String>, ElasticError> {
        self.connect().await?;
        let ended = self.days().await?.into_iter().filter(|(_, day)| day.plus(DAY) <= old);
        Ok(ended.map(|(index, _)| index).collect())
    }

    /// Deletes an index unless a point was accepted into it since an instant, and says whether it did. Nothing may be
    /// brought into the index meanwhile. One that cannot be asked, because it is closed or a part of it is away, stays.
    pub async fn drop_unless_newer(&self, index: &str, old: Timestamp) -> Result<bool, ElasticError> {
        // Most need no more than this look, and a refresh waits for what is away.
        if !self.looks_old(index, old).await? {
            return Ok(false);
        }
        // What was brought in just before is not among the points yet.
        self.refresh_some(&format!("{index}/_refresh")).await?;
        if !self.looks_old(index, old).await? {
            return Ok(false);
        }
        let _: IgnoredAny = self.client.ask("delete an index", Method::DELETE, &format!("/{index}")).await?;
        Ok(true)
    }

    /// Returns how much the cluster keeps for us.
    pub async fn extent(&self) -> Result<Extent, ElasticError> {
        let path = format!(
            "/{}/_stats/docs,store?ignore_unavailable=true&filter_path=_all,indices.*.uuid",
            self.config.prefix
        );
        let found: Result<Statistics, _> = self.client.ask("count", Method::GET, &path).await;
        match found {
            Ok(Statistics { indices, all }) => Ok(Extent {
                indices: indices.len() as u64,
                points: all.primaries.docs.count,
                primary_bytes: all.primaries.store.size_in_bytes,
                bytes: all.total.store.size_in_bytes,
            }),
            Err(ElasticError::Status { status: 404, .. }) => Ok(Extent::default()),
            Err(error) => Err(error),
        }
    }

    /// Lists our indices with the first instants of their days, oldest first.
    async fn days(&self) -> Result<Vec<(String, Timestamp)>, ElasticError> {
        let prefix = &self.config.prefix;
        let path = format!("/{prefix}-*/_alias/{prefix}?allow_no_indices=true&ignore_unavailable=true");
        let found: Result<BTreeMap<String, Value>, _> =
            self.client.ask("list indices", Method::GET, &path).await;
        let names = match found {
            Ok(names) => names,
            // No index has the alias.
            Err(ElasticError::Status { status: 404, .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let days = names.into_keys().filter_map(|name| day_of(prefix, &name).map(|day| (name, day)));
        Ok(days.collect())
    }

    /// Says whether all points of an index that are visible were accepted before an instant.
    async fn looks_old(&self, index: &str, old: Timestamp) -> Result<bool, ElasticError> {
        let body = json!({
            "size": 0, "track_total_hits": true, "aggs": { "accepted": { "max": { "field": "accepted_at" } } },
        });
        let path = format!("/{index}/_search?allow_partial_search_results=false");
        let attempt = "look how old an index is";
        let answer: Answer<Accepted> = self.client.ask_with(attempt, Method::POST, &path, &body).await?;
        let points = answer.hits.total.map_or(0, |total| total.value);
        Ok(match answer.aggregations.and_then(|found| found.accepted.value) {
            Some(millis) => Timestamp(millis.whole().saturating_mul(1_000)) < old,
            None => points == 0,
        })
    }
}
