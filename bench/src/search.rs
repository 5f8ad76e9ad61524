//! A search cluster as the bare loader and the bare query use it.

use crate::connection::{Connection, request};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;

/// Documents that are read at once.
const PAGE: usize = 10_000;
/// Bytes of a bulk request, and how many are under way: as the product has them.
const BULK_BYTES: usize = 8 << 20;
const IN_FLIGHT: usize = 2;
/// What a cluster says of an index and does not take for a new one.
const OWN_SETTINGS: [&str; 5] = ["uuid", "creation_date", "provided_name", "version", "history_uuid"];

/// A client of a cluster without sign-in.
#[derive(Debug)]
pub struct Cluster {
    address: SocketAddr,
    connection: Connection,
}

/// Bulk requests, ready to be sent.
#[derive(Debug)]
pub struct Bulk {
    requests: Vec<Vec<u8>>,
    /// How many documents are in them.
    pub documents: u64,
}

impl Cluster {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { address, connection: Connection::open(address).await? })
    }

    async fn call(&mut self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body)? };
        let answer = self.connection.exchange(&request(method, path, &body)).await?;
        let text = || String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)]).into_owned();
        ensure!(answer.status < 300, "{method} {path}: {} {}", answer.status, text());
        serde_json::from_slice(answer.body).with_context(|| format!("{method} {path}: no JSON"))
    }

    /// Makes everything visible and counts the documents behind an alias or an index.
    pub async fn count(&mut self, index: &str) -> anyhow::Result<u64> {
        self.call("POST", &format!("/{index}/_refresh"), &Value::Null).await?;
        let counted = self.call("GET", &format!("/{index}/_count"), &Value::Null).await?;
        counted["count"].as_u64().context("no count")
    }

    /// Makes it forget the answers that it keeps of what was asked of an alias and its indices.
    pub async fn forget_answers(&mut self, alias: &str) -> anyhow::Result<()> {
        self.call("POST", &format!("/{alias}/_cache/clear?request=true"), &Value::Null).await?;
        Ok(())
    }

    /// Returns the bytes that an alias or an index takes on the disk.
    pub async fn bytes(&mut self, index: &str) -> anyhow::Result<u64> {
        self.call("POST", &format!("/{index}/_flush"), &Value::Null).await?;
        // Not from the statistics, which the node keeps for ten seconds.
        let path = format!("/_cat/segments/{index}?format=json&bytes=b&h=prirep,size");
        let segments = self.call("GET", &path, &Value::Null).await?;
        let sizes = segments.as_array().context("no segments")?.iter();
        let sizes = sizes.filter(|segment| segment["prirep"] == "p").map(|segment| segment["size"].as_str());
        sizes.map(|size| size.and_then(|size| size.parse::<u64>().ok()).context("no size")).sum()
    }

    /// Makes an index of the same mapping and settings for each one behind an alias, and returns the documents of all as
    /// requests that bring them into the new ones under the same ids.
    pub async fn copied(&mut self, alias: &str, to: &str) -> anyhow::Result<Bulk> {
        let indices = self.call("GET", &format!("/{alias}"), &Value::Null).await?;
        for (name, index) in indices.as_object().context("no indices")? {
            let mut settings = index["settings"]["index"].clone();
            let of_index = settings.as_object_mut().context("no settings")?;
            of_index.retain(|name, _| !OWN_SETTINGS.contains(&name.as_str()));
            let body = json!({"settings": {"index": settings}, "mappings": index["mappings"]});
            self.call("PUT", &format!("/{}", copy_of(name, alias, to)), &body).await?;
        }
        let mut bulk = Bulk { requests: vec![Vec::new()], documents: 0 };
        let first = json!({"size": PAGE, "sort": ["_doc"]});
        let mut page = self.call("POST", &format!("/{alias}/_search?scroll=5m"), &first).await?;
        loop {
            let hits = page["hits"]["hits"].as_array().context("no documents")?;
            if hits.is_empty() {
                break;
            }
            for hit in hits {
                let index = hit["_index"].as_str().context("no index")?;
                bulk.push(&copy_of(index, alias, to), &hit["_id"], &hit["_source"])?;
            }
            let next = json!({"scroll": "5m", "scroll_id": page["_scroll_id"]});
            page = self.call("POST", "/_search/scroll", &next).await?;
        }
        self.call("DELETE", "/_search/scroll", &json!({"scroll_id": page["_scroll_id"]})).await?;
        Ok(bulk)
    }

    /// Sends bulk requests and nothing else.
    pub async fn load(&self, bulk: &Bulk) -> anyhow::Result<()> {
        let senders = (0..IN_FLIGHT).map(|first| async move {
            let mut connection = Connection::open(self.address).await?;
            for body in bulk.requests.iter().skip(first).step_by(IN_FLIGHT) {
                let request = request("POST", "/_bulk?filter_path=errors", body);
                let answer = connection.exchange(&request).await?;
                let text = String::from_utf8_lossy(answer.body);
                ensure!(text.contains(r#""errors":false"#), "a bulk request: {} {text}", answer.status);
            }
            anyhow::Ok(())
        });
        futures_util::future::try_join_all(senders).await?;
        Ok(())
    }

    /// Deletes indices.
    pub async fn delete(&mut self, pattern: &str) -> anyhow::Result<()> {
        let found = self.call("GET", &format!("/{pattern}?allow_no_indices=true"), &Value::Null).await?;
        for name in found.as_object().context("no indices")?.keys() {
            self.call("DELETE", &format!("/{name}"), &Value::Null).await?;
        }
        Ok(())
    }
}

impl Bulk {
    fn push(&mut self, index: &str, id: &Value, source: &Value) -> anyhow::Result<()> {
        if self.requests.last().is_none_or(|request| request.len() > BULK_BYTES) {
            self.requests.push(Vec::new());
        }
        let last = self.requests.last_mut().context("there is one")?;
        let mut lines = String::new();
        writeln!(lines, "{}\n{source}", json!({"create": {"_index": index, "_id": id}}))?;
        last.extend_from_slice(lines.as_bytes());
        self.documents += 1;
        Ok(())
    }
}

/// Returns the name of the copy of an index: what its name begins with is another.
fn copy_of(index: &str, alias: &str, to: &str) -> String {
    format!("{to}{}", index.strip_prefix(alias).unwrap_or(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_the_day_of_its_index() {
        assert_eq!(copy_of("ours-2026.01.15", "ours", "bare"), "bare-2026.01.15");
    }

    #[test]
    fn documents_are_lines_under_their_own_ids() {
        let mut bulk = Bulk { requests: Vec::new(), documents: 0 };
        bulk.push("bare-1", &json!("7-a"), &json!({"value": 1.5})).unwrap();
        let text = String::from_utf8(bulk.requests.remove(0)).unwrap();
        assert_eq!(text, "{\"create\":{\"_id\":\"7-a\",\"_index\":\"bare-1\"}}\n{\"value\":1.5}\n");
    }
}
