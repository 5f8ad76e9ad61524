//! Query parameters, read so that every mistake is reported at once and nothing is ignored.

use super::cursor::{ListHash, Turn};
use super::problem::{FieldError, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::str::FromStr;
use tracely_core::metric::is_metric_type_key;
use tracely_core::time::Timestamp;
use tracely_store::page::{Direction, Page};

/// The most rows of one page.
pub const MAX_LIMIT: u64 = 100;
/// The rows of a page unless it says otherwise.
pub const DEFAULT_LIMIT: u64 = 20;
/// The greatest offset; deeper pages are better reached by a filter.
pub const MAX_OFFSET: u64 = 1_000_000;
/// The longest search text, in characters.
pub const MAX_SEARCH: usize = 200;
/// The most values that one filter takes.
pub const MAX_VALUES: usize = 100;

/// The parameters of a request. Take what is known, then call [`Params::finish`], which reports the rest.
#[derive(Debug)]
pub struct Params {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
    /// Each parameter is right, together they are not.
    contradictions: Vec<FieldError>,
    list: ListHash,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut params = Self::parse(parts.uri.query().unwrap_or_default())?;
        params.list = ListHash::new(parts.uri.path(), &params.pairs);
        Ok(params)
    }
}

impl Params {
    /// Splits a query. Fails when a value is not UTF-8.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut pairs = Vec::new();
        let mut errors = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name.contains('\u{FFFD}') || value.contains('\u{FFFD}') {
                errors.push(FieldError::parameter(name.clone(), "must be UTF-8"));
            } else if value.contains('\0') {
                errors.push(FieldError::parameter(name.clone(), "must not contain the character U+0000"));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        if errors.is_empty() {
            let list = ListHash::new("", &pairs);
            Ok(Self { pairs, errors, contradictions: Vec::new(), list })
        } else {
            Err(Problem::parameters(errors))
        }
    }

    /// Notes a mistake.
    pub fn fail(&mut self, parameter: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::parameter(parameter, detail));
    }

    /// Notes that a parameter is well-formed and names nothing, or contradicts another.
    pub fn contradict(&mut self, parameter: &str, detail: impl Into<String>) {
        self.contradictions.push(FieldError::parameter(parameter, detail));
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let mut taken = Vec::new();
        self.pairs.retain_mut(|(own, value)| {
            let found = own == name;
            if found {
                taken.push(std::mem::take(value));
            }
            !found
        });
        taken
    }

    /// Takes a parameter that may be given once.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let mut values = self.take(name);
        if values.len() > 1 {
            self.fail(name, "must be given once");
        }
        values.pop()
    }

    /// Takes a filter that may repeat or list values with commas.
    pub fn many<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let given = self.take(name);
        let mut values = Vec::new();
        for value in given.iter().flat_map(|given| given.split(',')) {
            match parse(value) {
                Some(value) => values.push(value),
                None => self.fail(name, format!("must be {expected}")),
            }
        }
        if values.len() > MAX_VALUES {
            self.fail(name, format!("must have at most {MAX_VALUES} values"));
        }
        values
    }

    /// Takes a filter of words from a closed set.
    pub fn words<T>(&mut self, name: &str, names: &[&str], parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        self.many(name, &format!("one of {}", names.join(", ")), parse)
    }

    /// Takes one word of a closed set.
    pub fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fail(name, format!("must be one of {}", names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// Takes a filter of identifiers.
    pub fn ids<T: FromStr>(&mut self, name: &str) -> Vec<T> {
        self.many(name, "a UUID", |text| text.parse().ok())
    }

    /// Takes a filter of metric types' keys, whether they exist or not.
    pub fn metric_types(&mut self) -> Vec<String> {
        self.many("metric_type", "the key of a metric type", |key| {
            is_metric_type_key(key).then(|| key.to_owned())
        })
    }

    /// Takes a switch.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.text(name)?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.fail(name, "must be true or false");
                None
            }
        }
    }

    /// Takes a finite number.
    pub fn number(&mut self, name: &str) -> Option<f64> {
        let number = self.text(name)?.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.fail(name, "must be a finite number");
        }
        number
    }

    /// Takes an instant.
    pub fn instant(&mut self, name: &str) -> Option<Timestamp> {
        let parsed = Timestamp::parse(&self.text(name)?);
        if let Err(error) = &parsed {
            self.fail(name, error.to_string());
        }
        parsed.ok()
    }

    /// Takes `from` and `to`, which must be in this order.
    pub fn span(&mut self) -> (Option<Timestamp>, Option<Timestamp>) {
        let (from, to) = (self.instant("from"), self.instant("to"));
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            self.contradict("to", "must be later than from");
        }
        (from, to)
    }

    /// Takes `search`; an empty text means no search.
    pub fn search(&mut self) -> Option<String> {
        let text = self.text("search")?;
        if text.chars().count() > MAX_SEARCH {
            self.fail("search", format!("must have at most {MAX_SEARCH} characters"));
        }
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Takes `limit` and `offset`.
    pub fn page(&mut self) -> Page {
        self.page_of(DEFAULT_LIMIT)
    }

    /// Takes `limit`, which is this unless it is given, and `offset`.
    pub fn page_of(&mut self, default: u64) -> Page {
        let limit = self.whole("limit", 1, MAX_LIMIT).unwrap_or(default);
        let offset = self.whole("offset", 0, MAX_OFFSET).unwrap_or(0);
        Page { limit, offset }
    }

    /// Takes `limit`, of what is not read page by page.
    pub fn limit(&mut self, default: u64) -> u64 {
        self.whole("limit", 1, MAX_LIMIT).unwrap_or(default)
    }

    /// Takes `limit` and either `offset` or `cursor`.
    pub fn turn(&mut self) -> Turn {
        let limit = self.whole("limit", 1, MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
        let offset = self.whole("offset", 0, MAX_OFFSET);
        let list = self.list;
        let Some(cursor) = self.text("cursor") else {
            return Turn::at_offset(list, limit, offset.unwrap_or(0));
        };
        if offset.is_some() {
            self.contradict("cursor", "says where the page begins; leave out offset");
        }
        Turn::at_cursor(list, limit, &cursor).unwrap_or_else(|| {
            self.contradict(
                "cursor",
                "is not a cursor of this list; take meta.next_cursor of its last page, and change nothing but limit",
            );
            Turn::at_offset(list, limit, 0)
        })
    }

    /// Takes a whole number within bounds, both inclusive.
    pub fn whole(&mut self, name: &str, min: u64, max: u64) -> Option<u64> {
        let text = self.text(name)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && (min..=max).contains(number));
        if number.is_none() {
            self.fail(name, format!("must be a whole number from {min} to {max}"));
        }
        number
    }

    /// Takes `sort_by` from a list of names, the first being the default, and `sort_dir`.
    pub fn sort<T: Copy>(&mut self, keys: &[(&str, T)], default: Direction) -> (T, Direction) {
        let key = self.text("sort_by").map_or(keys[0].1, |name| {
            let found = keys.iter().find(|(key, _)| *key == name);
            if found.is_none() {
                let names: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
                self.fail("sort_by", format!("must be one of {}", names.join(", ")));
            }
            found.map_or(keys[0].1, |(_, key)| *key)
        });
        (key, self.direction(default))
    }

    /// Takes `sort_dir`.
    pub fn direction(&mut self, default: Direction) -> Direction {
        match self.text("sort_dir").as_deref() {
            None => default,
            Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            Some(_) => {
                self.fail("sort_dir", "must be asc or desc");
                default
            }
        }
    }

    /// Reports every mistake, and every parameter that nobody took.
    pub fn finish(mut self) -> Result<(), Problem> {
        let mut unknown: Vec<String> =
            std::mem::take(&mut self.pairs).into_iter().map(|(name, _)| name).collect();
        unknown.dedup();
        for name in unknown {
            self.fail(&name, "is not a parameter of this path");
        }
        if !self.errors.is_empty() {
            return Err(Problem::parameters(self.errors));
        }
        if self.contradictions.is_empty() { Ok(()) } else { Err(Problem::content(self.contradictions)) }
    }
}

/// Completes a span: it ends now and has this length (microseconds) unless it says otherwise.
pub fn span_or_last(
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    now: Timestamp,
    length: i64,
) -> (Timestamp, Timestamp) {
    // What carries the server's own instant belongs to the span that ends now.
    let to = to.unwrap_or_else(|| now.max(from.unwrap_or_default()).plus(1));
    (from.unwrap_or_else(|| to.plus(-length)), to)
}

/// Reads an identifier from a path.
pub fn path_id<T: FromStr>(text: &str) -> Result<T, Problem> {
    let wrong = || Problem::parameters(vec![FieldError::parameter("id", "must be a UUID")]);
    text.parse().map_err(|_| wrong())
}

/// Refuses any parameter, for paths that take none.
#[derive(Debug)]
pub struct NoParams;

impl<S: Sync> FromRequestParts<S> for NoParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Params::from_request_parts(parts, state).await?.finish()?;
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Params;
    use tracely_store::page::{Direction, Page};

    #[test]
    fn every_mistake_is_reported_at_once() {
        let mut params =
            Params::parse("limit=0&offset=-1&sort_by=x&sort_dir=up&colour=red&from=now").unwrap();
        params.page();
        params.sort(&[("name", ()), ("created_at", ())], Direction::Descending);
        params.span();
        let problem = params.finish().unwrap_err();
        let places: Vec<_> = problem.errors().iter().filter_map(|error| error.parameter.as_deref()).collect();
        assert_eq!(places, ["limit", "offset", "sort_by", "sort_dir", "from", "colour"]);
    }

    #[test]
    fn filters_repeat_or_list() {
        let mut params = Params::parse("kind=a,b&kind=c&limit=100").unwrap();
        let kinds = params.many("kind", "a letter", |text| text.chars().next());
        assert_eq!(kinds, ['a', 'b', 'c']);
        assert_eq!(params.page(), Page { limit: 100, offset: 0 });
        assert!(params.finish().is_ok());
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert!(Params::parse("search=%ff").is_err());
        assert!(Params::parse("search=%00").is_err());
    }
}
