//! The parts of a search answer that questions read.

use super::client::Client;
use super::error::ElasticError;
use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;

/// A search answer with aggregations of some shape.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<A> {
    pub(super) hits: Hits,
    /// Absent when there is no index yet.
    #[serde(default = "none")]
    pub(super) aggregations: Option<A>,
}

fn none<A>() -> Option<A> {
    None
}

/// The documents of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Hits {
    pub(super) total: Option<Total>,
    #[serde(default)]
    pub(super) hits: Vec<Hit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Total {
    pub(super) value: u64,
}

/// One document: what it is sorted by, and the fields that were asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Hit {
    #[serde(default)]
    pub(super) sort: Vec<Exact>,
    #[serde(default)]
    pub(super) fields: Fields,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) series: Vec<Exact>,
    #[serde(default)]
    pub(super) value: Vec<Exact>,
}

/// Buckets of an aggregation.
#[derive(Debug, Deserialize)]
pub(super) struct Buckets<B> {
    pub(super) buckets: Vec<B>,
}

/// The outcome of an aggregation to one number; none when there was no point.
#[derive(Debug, Deserialize)]
pub(super) struct Single {
    pub(super) value: Option<Exact>,
}

/// A finite number, whichever kind of number the answer has for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exact(pub(super) f64);

impl Exact {
    /// Returns it as a whole number, which instants and series are.
    pub(super) fn whole(self) -> i64 {
        self.0 as i64
    }

    /// Returns it as a cluster takes it back.
    pub(super) fn json(self) -> Value {
        let is_whole = self.0.fract() == 0.0 && self.0.abs() < 2_f64.powi(53);
        if is_whole { self.whole().into() } else { self.0.into() }
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = Exact;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a finite number")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Exact, E> {
        if value.is_finite() {
            Ok(Exact(value))
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
    }

    fn visit_f32<E: Error>(self, value: f32) -> Result<Exact, E> {
        self.visit_f64(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Exact, E> {
        Ok(Exact(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Exact, E> {
        Ok(Exact(value as f64))
    }
}

/// Asks a search question of all our indices. Fails when a part of the cluster did not answer, rather than returning
/// what the others know.
pub(super) async fn search<A: DeserializeOwned>(
    client: &Client,
    prefix: &str,
    attempt: &'static str,
    body: &Value,
) -> Result<Answer<A>, ElasticError> {
    let path = format!(
        "/{prefix}/_search?ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false"
    );
    client.search(attempt, &path, body).await
}

/// Stands for the aggregations of a search that has none.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn numbers_are_read_to_the_bit() {
        let mut value = 0.1_f64;
        for _ in 0..1_000 {
            value = value * 1.37 + 1e-7;
            let Exact(read) = serde_json::from_str(&format!("{value:?}")).unwrap();
            assert_eq!(read.to_bits(), value.to_bits());
        }
        assert!(serde_json::from_str::<Exact>("\"NaN\"").is_err());
        assert_eq!(serde_json::from_str::<Option<Exact>>("null").unwrap(), None);
    }
}
