//! What a cluster is.

use super::client::Client;
use super::error::ElasticError;
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The kind of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Elasticsearch.
    Elasticsearch,
    /// OpenSearch.
    OpenSearch,
}

/// What a cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its kind.
    pub kind: Kind,
    /// Its version, such as `8.17.0`.
    pub version: String,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            Kind::Elasticsearch => "Elasticsearch",
            Kind::OpenSearch => "OpenSearch",
        };
        write!(f, "{name} {}", self.version)
    }
}

/// How percentiles are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digests {
    /// The compression of t-digests with which the rank of a percentile is off by about one percent of the points at most.
    pub(super) compression: u32,
    /// How many buckets with percentiles one request may make; clusters give out no more than 65 536.
    pub(super) at_once: usize,
}

impl Digests {
    /// Divides a span into parts that are asked about one after the other, which end where buckets do.
    pub(super) fn parts(self, (from, to): (i64, i64), width: i64, offset: i64) -> Vec<(i64, i64)> {
        let length = (self.at_once as i64).saturating_mul(width);
        // The first bucket may begin before the span.
        let before = from.wrapping_sub(offset).rem_euclid(width);
        let mut parts = Vec::new();
        let (mut start, mut end) = (from, from.saturating_sub(before).saturating_add(length));
        while start < to {
            parts.push((start, end.min(to)));
            (start, end) = (end, end.saturating_add(length));
        }
        parts
    }
}

impl Product {
    /// Returns how percentiles are asked for. With the same compression, `OpenSearch` 3 merges points into far fewer
    /// clusters than the others, and it takes the memory of a full digest for every bucket, however few points it has:
    /// a quarter of a kilobyte for each unit of the compression.
    pub(super) fn digests(&self) -> Digests {
        if self.kind == Kind::OpenSearch && !self.version.starts_with("2.") {
            Digests { compression: 500, at_once: 500 }
        } else {
            Digests { compression: 200, at_once: 30_000 }
        }
    }
}

#[derive(Debug, Deserialize)]
struct Greeting {
    #[serde(default)]
    tagline: String,
    version: Version,
}

#[derive(Debug, Deserialize)]
struct Version {
    number: String,
    distribution: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Nodes {
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    version: String,
    /// Only Elasticsearch has it.
    build_flavor: Option<String>,
}

const ATTEMPT: &str = "find out what it is";
const TAGLINE: &str = "You Know, for Search";

pub(super) async fn detect(client: &Client) -> Result<Product, ElasticError> {
    match client.ask(ATTEMPT, Method::GET, "/").await {
        Ok(greeting) => judge(greeting),
        // A node without the module that greets, or behind a proxy that does not let one through.
        Err(error @ ElasticError::Status { status: 404 | 405, .. }) => {
            let path = "/_nodes/_local?filter_path=nodes.*.version,nodes.*.build_flavor";
            let Nodes { nodes } = client.ask(ATTEMPT, Method::GET, path).await?;
            let Some(Node { version, build_flavor }) = nodes.into_values().next() else { return Err(error) };
            let is_elasticsearch = build_flavor.is_some();
            let tagline = if is_elasticsearch { TAGLINE.to_owned() } else { String::new() };
            let distribution = (!is_elasticsearch).then(|| "opensearch".to_owned());
            judge(Greeting { tagline, version: Version { number: version, distribution } })
        }
        Err(error) => Err(error),
    }
}

fn judge(greeting: Greeting) -> Result<Product, ElasticError> {
    let Greeting { tagline, version: Version { number, distribution } } = greeting;
    let kind = match distribution.as_deref() {
        Some("opensearch") => Some(Kind::OpenSearch),
        None if tagline == TAGLINE => Some(Kind::Elasticsearch),
        _ => None,
    };
    let major = number.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match (kind, major) {
        (Some(kind @ Kind::Elasticsearch), Some(8 | 9)) | (Some(kind @ Kind::OpenSearch), Some(2 | 3)) => {
            Ok(Product { kind, version: number })
        }
        (Some(kind), _) => {
            Err(ElasticError::Unsupported { product: Product { kind, version: number }.to_string() })
        }
        (None, _) => {
            let name = distribution.unwrap_or_else(|| "a server that is neither".to_owned());
            Err(ElasticError::Unsupported { product: format!("{name} {number}") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Digests, judge};

    fn judged(greeting: &serde_json::Value) -> Result<String, String> {
        let greeting = serde_json::from_value(greeting.clone()).unwrap();
        judge(greeting).map(|product| product.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn supported_versions_are_known_by_what_they_say() {
        let elasticsearch = |number: &str| {
            judged(&serde_json::json!({"tagline": "You Know, for Search", "version": {"number": number}}))
        };
        let opensearch = |number: &str| {
            let version = serde_json::json!({"number": number, "distribution": "opensearch"});
            judged(&serde_json::json!({"tagline": "The OpenSearch Project", "version": version}))
        };
        assert_eq!(elasticsearch("8.17.0").unwrap(), "Elasticsearch 8.17.0");
        assert_eq!(elasticsearch("9.1.3").unwrap(), "Elasticsearch 9.1.3");
        assert_eq!(opensearch("2.19.1").unwrap(), "OpenSearch 2.19.1");
        assert_eq!(opensearch("3.0.0").unwrap(), "OpenSearch 3.0.0");
        for wrong in [elasticsearch("7.17.9"), elasticsearch("10.0.0"), opensearch("1.3.0"), opensearch("x")]
        {
            let wrong = wrong.unwrap_err();
            assert!(wrong.contains("Elasticsearch 8 and 9 and OpenSearch 2 and 3"), "{wrong}");
        }
        let other = judged(&serde_json::json!({"version": {"number": "1.0", "distribution": "manticore"}}));
        assert!(other.unwrap_err().starts_with("manticore 1.0 is not supported"));
    }

    #[test]
    fn parts_of_a_span_end_where_buckets_do_and_leave_nothing_out() {
        let digests = Digests { compression: 500, at_once: 3 };
        // Buckets begin at …, 2, 12, 22, …
        assert_eq!(digests.parts((15, 71), 10, 2), [(15, 42), (42, 71)]);
        assert_eq!(digests.parts((12, 42), 10, 2), [(12, 42)]);
        assert_eq!(digests.parts((12, 43), 10, 2), [(12, 42), (42, 43)]);
        assert_eq!(digests.parts((5, 5), 10, 2), []);
        let ends = (i64::MAX - 25, i64::MAX);
        let parts = digests.parts(ends, 10, 0);
        assert_eq!((parts[0].0, parts[parts.len() - 1].1), ends);
    }
}
