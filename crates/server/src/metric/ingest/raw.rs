//! Points as they are sent: JSON objects, an object that holds an array of them, or one object a line (NDJSON).
//!
//! The common case, in which everything has the right type, is read straight into typed values that borrow from
//! the body. Only when that fails is the body read again, point by point, to say what is wrong with each.

use crate::http::body::{Fields, check_syntax, syntax_error};
use crate::http::problem::{FieldError, Problem};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

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

/// A JSON object read as `T`. By itself, a struct that derives `Deserialize` takes an array of its fields too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
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
    backfill: Option<bool>,
}

/// Reads `{"points": […]}`.
pub(crate) fn batch(body: &[u8]) -> Result<RawBatch<'_>, Problem> {
    if let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<Object<RawPoint<'_>>>>>(body) {
        let points = envelope.points.into_iter().map(|Object(point)| Ok(point)).collect();
        return Ok(RawBatch { points, backfill: envelope.backfill.unwrap_or(false) });
    }
    check_syntax(body)?;
    let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<&RawValue>>>(body) else {
        return Err(explain_envelope(body));
    };
    let points = envelope.points.into_iter().map(|raw| point(raw.get().as_bytes())).collect();
    Ok(RawBatch { points, backfill: envelope.backfill.unwrap_or(false) })
}

/// Reads one point a line; empty lines are passed over.
pub(crate) fn lines(body: &[u8]) -> RawBatch<'_> {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    RawBatch { points: lines.map(point).collect(), backfill: false }
}

/// Reads one point, or says everything that is wrong with it.
pub(crate) fn point(json: &[u8]) -> Result<RawPoint<'_>, Vec<FieldError>> {
    match serde_json::from_slice(json) {
        Ok(Object(point)) => Ok(point),
        Err(error) => Err(explain_point(json, &error)),
    }
}

/// Splits an object into its members; none if it is no object. A value that this program cannot hold, such as the
/// number 1e999, is null, which no required field may be.
fn members(json: &[u8]) -> Option<Fields> {
    let raw = serde_json::from_slice::<BTreeMap<Cow<'_, str>, &RawValue>>(json).ok()?;
    let value = |raw: &RawValue| serde_json::from_str(raw.get()).unwrap_or(Value::Null);
    let map = raw.into_iter().map(|(name, raw)| (name.into_owned(), value(raw))).collect();
    Some(Fields::of(String::new(), map))
}

fn explain_envelope(body: &[u8]) -> Problem {
    let Some(mut fields) = members(body) else {
        return Problem::content(vec![FieldError::body("", "must be an object with the field points")]);
    };
    fields.required("points", |fields, name| {
        let points = fields.take(name);
        if !points.is_some_and(|points| points.is_array()) {
            fields.fail(name, "must be an array");
        }
        Some(())
    });
    if fields.has("backfill") {
        fields.boolean("backfill");
    } else {
        fields.take("backfill");
    }
    Problem::content(fields.into_errors())
}

fn explain_point(json: &[u8], error: &serde_json::Error) -> Vec<FieldError> {
    if let Some(wrong) = syntax_error(json) {
        return vec![FieldError::body("", wrong)];
    }
    let Some(mut fields) = members(json) else {
        return vec![FieldError::body("", "must be an object")];
    };
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
