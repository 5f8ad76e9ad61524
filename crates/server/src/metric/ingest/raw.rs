//! Points as they are sent: JSON objects, an object that holds an array of them, or one object a line (NDJSON).
//!
//! The common case, in which everything has the right type, is read straight into typed values that borrow from
//! the body. Only when that fails is the body read again, point by point, to say what is wrong with each.

use crate::http::body::Fields;
use crate::http::problem::{FieldError, Problem};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A text that borrows from the body unless it has escapes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A point whose fields have the right types and are not checked further.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPoint<'a> {
    #[serde(borrow, default)]
    pub(crate) service_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) service: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) metric_type: Text<'a>,
    pub(crate) value: f64,
    #[serde(borrow, default)]
    pub(crate) recorded_at: Option<Text<'a>>,
    #[serde(default)]
    pub(crate) labels: Option<LabelPairs>,
}

/// Label pairs as they were written, duplicates included.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelPairs(pub(crate) Vec<(String, String)>);

impl<'de> Deserialize<'de> for LabelPairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = LabelPairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LabelPairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(LabelPairs(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// The points of a batch; a point that cannot be read is there as what is wrong with it.
#[derive(Debug)]
pub(crate) struct RawBatch<'a> {
    pub(crate) points: Vec<Result<RawPoint<'a>, Vec<FieldError>>>,
    pub(crate) backfill: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<T> {
    points: Vec<T>,
    #[serde(default)]
    backfill: bool,
}

/// Reads `{"points": […]}`.
pub(crate) fn batch(body: &[u8]) -> Result<RawBatch<'_>, Problem> {
    if let Ok(envelope) = serde_json::from_slice::<Envelope<RawPoint<'_>>>(body) {
        return Ok(RawBatch {
            points: envelope.points.into_iter().map(Ok).collect(),
            backfill: envelope.backfill,
        });
    }
    let envelope = match serde_json::from_slice::<Envelope<&RawValue>>(body) {
        Ok(envelope) => envelope,
        Err(error) if error.is_data() => return Err(explain_envelope(body)?),
        Err(error) => return Err(Problem::malformed(format!("the body is not valid JSON: {error}"))),
    };
    let points = envelope.points.into_iter().map(|raw| point(raw.get().as_bytes())).collect();
    Ok(RawBatch { points, backfill: envelope.backfill })
}

/// Reads one point a line; empty lines are passed over.
pub(crate) fn lines(body: &[u8]) -> RawBatch<'_> {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    RawBatch { points: lines.map(point).collect(), backfill: false }
}

/// Reads one point, or says everything that is wrong with it.
pub(crate) fn point(json: &[u8]) -> Result<RawPoint<'_>, Vec<FieldError>> {
    serde_json::from_slice(json).map_err(|error| explain_point(json, &error))
}

fn explain_envelope(body: &[u8]) -> Result<Problem, Problem> {
    let Value::Object(map) = crate::http::body::parse(body)? else {
        return Ok(Problem::content(vec![FieldError::body("", "must be an object with the field points")]));
    };
    let mut fields = Fields::of(String::new(), map);
    fields.required("points", |fields, name| {
        let points = fields.take(name);
        if !points.is_some_and(|points| points.is_array()) {
            fields.fail(name, "must be an array");
        }
        Some(())
    });
    fields.boolean("backfill");
    Ok(Problem::content(fields.into_errors()))
}

fn explain_point(json: &[u8], error: &serde_json::Error) -> Vec<FieldError> {
    let map = match serde_json::from_slice(json) {
        Ok(Value::Object(map)) => map,
        Ok(_) => return vec![FieldError::body("", "must be an object")],
        Err(error) => return vec![FieldError::body("", format!("is not valid JSON: {error}"))],
    };
    let mut fields = Fields::of(String::new(), map);
    for name in ["service_id", "service", "recorded_at"] {
        text_or_null(&mut fields, name);
    }
    fields.required("metric_type", |fields, name| {
        if !fields.take(name).is_some_and(|value| value.is_string()) {
            fields.fail(name, "must be a text");
        }
        Some(())
    });
    fields.required("value", |fields, name| {
        fields.number(name);
        Some(())
    });
    match fields.take("labels") {
        None | Some(Value::Null) => (),
        Some(Value::Object(labels)) if labels.values().all(Value::is_string) => (),
        Some(_) => fields.fail("labels", "must be an object of texts"),
    }
    let errors = fields.into_errors();
    if errors.is_empty() { vec![FieldError::body("", format!("cannot be read: {error}"))] } else { errors }
}

fn text_or_null(fields: &mut Fields, name: &str) {
    if fields.take(name).is_some_and(|value| !value.is_string() && !value.is_null()) {
        fields.fail(name, "must be a text");
    }
}
