//! Bringing points into the cluster.

use super::Elastic;
use super::client::Failure;
use super::document::{Batch, Documents, Stored, Subject};
use super::error::ElasticError;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracely_core::id::SeriesId;

/// How large the first bulk request may be, in bytes.
pub(super) const FIRST_BYTES: usize = 2 << 20;
/// Clusters work best with bulk requests of several megabytes.
const MOST_BYTES: usize = 8 << 20;
/// A cluster that cannot take this much cannot take anything.
const LEAST_BYTES: usize = 64 << 10;
/// Requests under way at a time: while the cluster works on one, the next is written and sent.
const IN_FLIGHT: usize = 2;

const ATTEMPT: &str = "bring points in";

/// A document that the cluster will never take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The position of the entry that the point is in; 0 for a point of a segment.
    pub position: u64,
    /// The point's row in it, or among those that were given.
    pub row: usize,
    /// Why.
    pub reason: String,
}

/// A bulk request that is being filled.
#[derive(Default)]
struct Request {
    body: String,
    /// The position and row of each document.
    places: Vec<(u64, usize)>,
    indices: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct BulkAnswer {
    errors: bool,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    create: Outcome,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    status: u16,
    error: Option<Failure>,
}

/// Makes requests of batches, one when the next is wanted.
struct Requests<'a, D> {
    documents: Documents<'a, D>,
    /// The batches that are left.
    batches: &'a [Batch<'a>],
    /// The next row of the first of them.
    row: usize,
    bytes: &'a AtomicUsize,
}

impl<D: Fn(SeriesId) -> Option<Subject>> Iterator for Requests<'_, D> {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let bytes = self.bytes.load(Ordering::Relaxed);
        let mut request = Request::default();
        while let Some((batch, rest)) = self.batches.split_first() {
            while self.row < batch.points.len() && request.body.len() < bytes {
                let index = self.documents.write(&mut request.body, batch, self.row);
                request.places.push((batch.position, self.row));
                note(&mut request.indices, index);
                self.row += 1;
            }
            if self.row < batch.points.len() {
                break;
            }
            (self.batches, self.row) = (rest, 0);
        }
        (!request.places.is_empty()).then_some(request)
    }
}

/// Makes requests of points of segments, one when the next is wanted.
struct StoredRequests<'a, D> {
    documents: Documents<'a, D>,
    stored: Stored<'a>,
    /// The next row.
    row: usize,
    bytes: &'a AtomicUsize,
}

impl<D: Fn(SeriesId) -> Option<Subject>> Iterator for StoredRequests<'_, D> {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let bytes = self.bytes.load(Ordering::Relaxed);
        let mut request = Request::default();
        while self.row < self.stored.points.len() && request.body.len() < bytes {
            let index = self.documents.write_stored(&mut request.body, &self.stored, self.row);
            request.places.push((0, self.row));
            note(&mut request.indices, index);
            self.row += 1;
        }
        (!request.places.is_empty()).then_some(request)
    }
}

fn note(indices: &mut BTreeSet<String>, index: &str) {
    if !indices.contains(index) {
        indices.insert(index.to_owned());
    }
}

impl Elastic {
    /// Brings the points of some entries into the cluster, and returns those that it will never take. All others are
    /// durable there when this returns, as far as the cluster's `index.translog.durability` says. Points that are
    /// there already are left as they are; so after a failure, whatever it was, the same entries can be given again.
    pub async fn index(
        &self,
        batches: &[Batch<'_>],
        describe: impl Fn(SeriesId) -> Option<Subject>,
    ) -> Result<Vec<Refused>, ElasticError> {
        self.connect().await?;
        let documents = Documents::new(&self.config.prefix, describe);
        let requests = Requests { documents, batches, row: 0, bytes: &self.bulk_bytes };
        self.send_all(requests).await
    }

    /// Brings points of segments into the cluster, as [`Self::index`] does those of entries. A point that is there as a
    /// document of its entry is another document: the caller leaves it out.
    pub async fn index_stored(
        &self,
        stored: Stored<'_>,
        describe: impl Fn(SeriesId) -> Option<Subject>,
    ) -> Result<Vec<Refused>, ElasticError> {
        self.connect().await?;
        let documents = Documents::new(&self.config.prefix, describe);
        self.send_all(StoredRequests { documents, stored, row: 0, bytes: &self.bulk_bytes }).await
    }

    async fn send_all(&self, requests: impl Iterator<Item = Request>) -> Result<Vec<Refused>, ElasticError> {
        let sending = stream::iter(requests).map(|request| self.send(request)).buffered(IN_FLIGHT);
        sending.try_concat().await
    }

    async fn send(&self, request: Request) -> Result<Vec<Refused>, ElasticError> {
        let Request { body, places, indices } = request;
        // Before the answer is known, since a request whose answer is lost may have been carried out; and after it, since
        // somebody may have refreshed in between.
        self.touched.add(indices.iter().cloned());
        let path = "/_bulk?filter_path=errors,items.*.status,items.*.error";
        let sent = self
            .client
            .ask_with_bytes::<BulkAnswer>(ATTEMPT, Method::POST, path, "application/x-ndjson", body.into())
            .await
            .and_then(|answer| judge(&answer, &places));
        self.touched.add(indices);
        let bytes = self.bulk_bytes.load(Ordering::Relaxed);
        let next = match &sent {
            Ok(_) => bytes + bytes / 4,
            Err(error) if error.is_overload() => bytes / 2,
            Err(_) => bytes,
        };
        self.bulk_bytes.store(next.clamp(LEAST_BYTES, MOST_BYTES), Ordering::Relaxed);
        sent
    }
}

/// Looks at the outcome of every document. Fails when one was neither taken nor refused for good.
fn judge(answer: &BulkAnswer, places: &[(u64, usize)]) -> Result<Vec<Refused>, ElasticError> {
    if !answer.errors {
        return Ok(Vec::new());
    }
    let fails = |status, reason: String| ElasticError::Status { attempt: ATTEMPT, status, reason };
    if answer.items.len() != places.len() {
        let reason = format!("{} outcomes for {} points", answer.items.len(), places.len());
        return Err(fails(200, reason));
    }
    let mut refused = Vec::new();
    for (Item { create: Outcome { status, error } }, (position, row)) in answer.items.iter().zip(places) {
        // 409: the document was brought in before.
        if (200..300).contains(status) || *status == 409 {
            continue;
        }
        let reason = error.as_ref().map_or_else(|| "no reason".to_owned(), Failure::text);
        let kind = error.as_ref().and_then(|error| error.kind.as_deref()).unwrap_or_default();
        let words = error.as_ref().and_then(|error| error.reason.as_deref()).unwrap_or_default();
        if *status == 400 && is_about_the_document(kind, words) {
            refused.push(Refused { position: *position, row: *row, reason });
        } else {
            return Err(fails(*status, reason));
        }
    }
    Ok(refused)
}

/// How the reason of an `illegal_argument_exception` begins that is not about the document. A node other than the master
/// gets the first one as such an exception, whatever it was: the cluster has all the shards it may have.
const FOR_PEOPLE: [&str; 4] =
    ["Validation Failed:", "pipeline with id", "Number of documents in", "no write index is defined"];

/// Says whether a failure lies in the document, so that repeating it is of no use. Other failures of status 400, such as
/// a closed index or a cluster that has all the shards it may have, are for people to put right.
fn is_about_the_document(kind: &str, reason: &str) -> bool {
    match kind {
        "strict_dynamic_mapping_exception" => true,
        "illegal_argument_exception" => !FOR_PEOPLE.iter().any(|beginning| reason.starts_with(beginning)),
        _ => kind.ends_with("parsing_exception"),
    }
}

#[cfg(test)]
mod tests {
    use super::{BulkAnswer, Refused, judge};

    fn judged(items: &serde_json::Value, places: usize) -> Result<Vec<Refused>, String> {
        let answer = serde_json::json!({"errors": true, "items": items});
        let answer: BulkAnswer = serde_json::from_value(answer).unwrap();
        let places: Vec<(u64, usize)> = (0..places).map(|row| (9, row)).collect();
        judge(&answer, &places).map_err(|error| error.to_string())
    }

    #[test]
    fn every_outcome_of_a_bulk_request_is_looked_at() {
        let taken = serde_json::json!({"create": {"status": 201}});
        let failed = |status: u16, kind: &str| serde_json::json!({"create": {"status": status, "error": {"type": kind, "reason": "why"}}});
        let there = failed(409, "version_conflict_engine_exception");
        let bad = failed(400, "mapper_parsing_exception");
        let refused = judged(&serde_json::json!([taken, there, bad, taken]), 4).unwrap();
        let reason = "mapper_parsing_exception: why".to_owned();
        assert_eq!(refused, [Refused { position: 9, row: 2, reason }]);

        for (status, kind) in [
            (429, "es_rejected_execution_exception"),
            (503, "unavailable_shards_exception"),
            (403, "cluster_block_exception"),
            (404, "index_not_found_exception"),
            (400, "index_closed_exception"),
            (400, "validation_exception"),
        ] {
            let error = judged(&serde_json::json!([taken, bad, failed(status, kind)]), 3).unwrap_err();
            assert!(error.contains(&status.to_string()) && error.contains(kind), "{error}");
        }
        let argument = |reason: &str| {
            let error = serde_json::json!({"type": "illegal_argument_exception", "reason": reason});
            judged(&serde_json::json!([{"create": {"status": 400, "error": error}}]), 1)
        };
        let immense = "Document contains at least one immense term in field=\"service\"";
        assert_eq!(argument(immense).unwrap().len(), 1);
        for reason in [
            "Validation Failed: 1: this action would add [10] total shards, but this cluster currently has [994]/[1000] \
             maximum shards open;",
            "pipeline with id [tracely] does not exist",
            "Number of documents in the index can't exceed [2147483519]",
            "Number of documents in shard [metrics-2024.01.15][0] exceeds the limit of [2147483519] documents per shard",
            "no write index is defined for alias [metrics-2024.01.15]",
        ] {
            let error = argument(reason).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        assert!(judged(&serde_json::json!([taken]), 2).unwrap_err().contains("1 outcomes for 2 points"));
    }
}
