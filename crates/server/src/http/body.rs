//! JSON bodies, read so that every mistake is reported at once with a pointer to its place.

use super::problem::{FieldError, Problem};
use super::room::Held;
use crate::app::App;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};
use std::str::FromStr;
use tracely_core::time::{Timestamp, TimestampError};

/// The largest body of a request that is not ingestion, in bytes.
pub const MAX_JSON_BODY: usize = 1 << 20;
/// The deepest nesting of JSON that is read.
const MAX_DEPTH: usize = 127;

/// The fields of a JSON object. Take what is known, then call [`Fields::finish`], which reports the rest.
#[derive(Debug)]
pub struct Fields {
    pointer: String,
    map: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl FromRequest<App> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        require_json(request.headers())?;
        if is_encoded(request.headers()) {
            return Err(Problem::unsupported_media("the Content-Encoding must be absent"));
        }
        let bytes = read(app, request.into_body(), MAX_JSON_BODY).await?;
        match parse(&bytes)? {
            Value::Object(map) => Ok(Self::of(String::new(), map)),
            _ => Err(Problem::content(vec![FieldError::body("", "must be an object")])),
        }
    }
}

/// Reads a body up to a limit, counted after decompression, as long as there is room for it.
pub(crate) async fn read(app: &App, body: Body, limit: usize) -> Result<Held, Problem> {
    let mut place = app.room().place();
    let mut body = Limited::new(body, limit);
    let mut first = Bytes::new();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => {
                Problem::too_large(format!("the body has more than {limit} bytes, which is the limit"))
            }
            None => Problem::malformed(format!("the body could not be read: {error}")),
        })?;
        let Ok(data) = frame.into_data() else { continue };
        place.grow_to(first.len() + bytes.len() + data.len())?;
        if first.is_empty() && bytes.is_empty() {
            first = data;
        } else {
            bytes.extend_from_slice(&std::mem::take(&mut first));
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Held::new(if bytes.is_empty() { first } else { bytes.into() }, place))
}

/// Parses JSON. Nesting deeper than 128 levels is refused.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::malformed(format!("the body is not valid JSON: {error}")))
}

/// Refuses bytes that are no JSON, without building a value of them.
pub fn check_syntax(bytes: &[u8]) -> Result<(), Problem> {
    syntax_error(bytes).map_or(Ok(()), |wrong| Err(Problem::malformed(format!("the body {wrong}"))))
}

/// Says what keeps bytes from being JSON that is nested no deeper than 128 levels. A number of any size is JSON.
pub fn syntax_error(bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("is not UTF-8".into()) };
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return Some(format!("is not valid JSON: {error}"));
    }
    (depth(bytes) > MAX_DEPTH).then(|| format!("is nested deeper than {MAX_DEPTH} levels"))
}

/// Counts how deeply valid JSON is nested.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth -= 1,
            _ => (),
        }
    }
    deepest
}

/// Refuses a body that does not say it is JSON.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    if media_type(headers).is_some_and(|name| name == "application/json") {
        return Ok(());
    }
    Err(Problem::unsupported_media("the Content-Type must be application/json"))
}

/// Says whether the body is compressed or otherwise encoded.
pub fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Returns the media type of the body, in lower case and without parameters.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

impl Fields {
    /// Makes fields of an object at a place of the body.
    pub fn of(pointer: String, map: Map<String, Value>) -> Self {
        Self { pointer, map, errors: Vec::new() }
    }

    /// Notes a mistake in a field.
    pub fn fail(&mut self, name: &str, detail: impl Into<String>) {
        let pointer = format!("{}/{}", self.pointer, escape(name));
        self.errors.push(FieldError::body(pointer, detail));
    }

    /// Says whether a field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Takes a field as it is; none when it is absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name)
    }

    /// Takes a field that must be there, and notes when it is not.
    pub fn required<T>(&mut self, name: &str, take: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<T> {
        if !self.map.contains_key(name) {
            self.fail(name, "is required");
            return None;
        }
        take(self, name)
    }

    /// Takes a text of some characters, trimmed.
    pub fn text(&mut self, name: &str, min: usize, max: usize) -> Option<String> {
        let Some(Value::String(text)) = self.present(name)? else {
            self.fail(name, "must be a text");
            return None;
        };
        let text = text.trim();
        let length = text.chars().count();
        if length < min || length > max {
            self.fail(name, format!("must have {min} to {max} characters"));
            return None;
        }
        if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
            self.fail(name, "must not contain control characters");
            return None;
        }
        Some(text.to_owned())
    }

    /// Takes a finite number.
    pub fn number(&mut self, name: &str) -> Option<f64> {
        let number = self.present(name)?.and_then(|value| value.as_f64()).filter(|number| number.is_finite());
        if number.is_none() {
            self.fail(name, "must be a finite number");
        }
        number
    }

    /// Takes a number that may be null; the outer none means that the field is absent or wrong.
    pub fn nullable_number(&mut self, name: &str) -> Option<Option<f64>> {
        if self.map.get(name).is_some_and(Value::is_null) {
            self.map.remove(name);
            return Some(None);
        }
        self.number(name).map(Some)
    }

    /// Takes a switch.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        let boolean = self.present(name)?.and_then(|value| value.as_bool());
        if boolean.is_none() {
            self.fail(name, "must be true or false");
        }
        boolean
    }

    /// Takes a word from a closed set.
    pub fn word<T>(&mut self, name: &str, names: &[&str], parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = self.present(name)?.and_then(|value| value.as_str().and_then(parse));
        if word.is_none() {
            self.fail(name, format!("must be one of {}", names.join(", ")));
        }
        word
    }

    /// Takes an identifier.
    pub fn id<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let id = self.present(name)?.and_then(|value| value.as_str().and_then(|text| text.parse().ok()));
        if id.is_none() {
            self.fail(name, "must be a UUID");
        }
        id
    }

    /// Takes an instant.
    pub fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let instant =
            self.present(name)?.and_then(|value| value.as_str().and_then(|text| Timestamp::parse(text).ok()));
        if instant.is_none() {
            self.fail(name, TimestampError.to_string());
        }
        instant
    }

    /// Takes an array whose items `read` turns into values; `read` is given the place of each item.
    pub fn array<T>(
        &mut self,
        name: &str,
        max: usize,
        mut read: impl FnMut(&mut Self, &str, Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(Value::Array(items)) = self.present(name)? else {
            self.fail(name, "must be an array");
            return None;
        };
        if items.len() > max {
            self.fail(name, format!("must have at most {max} items"));
            return None;
        }
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let place = format!("{name}/{index}");
            values.extend(read(self, &place, item));
        }
        Some(values)
    }

    /// Notes a mistake at a place below this object, such as `labels/0/name`.
    pub fn fail_at(&mut self, place: &str, detail: impl Into<String>) {
        let pointer = format!("{}/{place}", self.pointer);
        self.errors.push(FieldError::body(pointer, detail));
    }

    /// Adds what is wrong with a part of this object.
    pub fn extend_errors(&mut self, errors: Vec<FieldError>) {
        self.errors.extend(errors);
    }

    /// Returns the pointer of this object.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The outer none means absent, the inner one null.
    #[expect(clippy::option_option, reason = "absent and null are different things in a request")]
    fn present(&mut self, name: &str) -> Option<Option<Value>> {
        let value = self.map.remove(name)?;
        Some((!value.is_null()).then_some(value))
    }

    /// Returns every mistake, with every field that nobody took.
    pub fn into_errors(mut self) -> Vec<FieldError> {
        let unknown: Vec<String> = std::mem::take(&mut self.map).into_iter().map(|(name, _)| name).collect();
        for name in unknown {
            self.fail(&name, "is not a known field");
        }
        self.errors
    }

    /// Reports every mistake, and every field that nobody took.
    pub fn finish(self) -> Result<(), Problem> {
        let errors = self.into_errors();
        if errors.is_empty() { Ok(()) } else { Err(Problem::content(errors)) }
    }
}

/// Escapes a name for a JSON pointer, RFC 6901 section 3.
fn escape(name: &str) -> String {
    let short: String = name.chars().take(100).collect();
    short.replace('~', "~0").replace('/', "~1")
}
