//! Answers as tables: CSV (RFC 4180) for spreadsheets and other programs.
//!
//! Whoever asks with `format=csv`, or with an `Accept` that prefers `text/csv`, gets the rows of an answer as lines.
//! A table is as large as the answer in JSON, which has a limit, so it is made in memory.
//!
//! Names are what people chose, and a spreadsheet takes a text that begins like a formula for one. Such a text gets an
//! apostrophe before it.

use super::query::Params;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::fmt::Display;
use utoipa::{IntoParams, ToSchema};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As JSON, with everything about it.
    Json,
    /// As a table of its rows.
    Csv,
}

/// The parameter that chooses how an answer is written.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatParam {
    /// How the answer is written; without it, as `Accept` prefers, else as JSON.
    #[param(inline)]
    pub format: Option<FormatWord>,
}

/// How an answer is written.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum FormatWord {
    /// As JSON.
    Json,
    /// As a table in CSV.
    Csv,
}

impl Format {
    /// Takes `format`, else what the headers prefer.
    pub fn take(params: &mut Params, headers: &HeaderMap) -> Self {
        let words = [("json", Self::Json), ("csv", Self::Csv)];
        params.word("format", &words).unwrap_or_else(|| preferred(headers))
    }

    /// Answers 200 in this format. A browser saves the table under the name.
    pub fn answer<T: Serialize>(self, name: &str, body: T, table: impl FnOnce(T) -> Table) -> Response {
        match self {
            Self::Json => Json(body).into_response(),
            Self::Csv => table(body).into_answer(name),
        }
    }
}

/// Says what `Accept` prefers; JSON when it does not say.
fn preferred(headers: &HeaderMap) -> Format {
    let (mut csv, mut json) = (0.0, 0.0);
    for accept in headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            let quality = quality.unwrap_or(0.0);
            match media.as_str() {
                "text/csv" => csv = quality,
                "application/json" => json = quality,
                _ => (),
            }
        }
    }
    if csv > json { Format::Csv } else { Format::Json }
}

/// A table while it grows.
#[derive(Debug)]
pub struct Table {
    text: String,
}

impl Table {
    /// Makes a table with these columns.
    pub fn new(columns: &[&str]) -> Self {
        let mut table = Self { text: String::new() };
        let mut row = table.row();
        for column in columns {
            row.text(column);
        }
        row.end();
        table
    }

    /// Begins a row.
    pub fn row(&mut self) -> Row<'_> {
        Row { text: &mut self.text, first: true }
    }

    fn into_answer(self, name: &str) -> Response {
        let mut response = self.text.into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        );
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        if let Ok(disposition) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

/// A row of a table; [`Row::end`] ends it.
#[derive(Debug)]
pub struct Row<'a> {
    text: &'a mut String,
    first: bool,
}

impl Row<'_> {
    /// Adds a text that people wrote.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let apostrophe = if is_formula { "'" } else { "" };
        if is_formula || text.contains(['"', ',', '\n', '\r']) {
            let escaped = text.replace('"', "\"\"");
            self.text.extend(["\"", apostrophe, escaped.as_str(), "\""]);
        } else {
            self.text.push_str(text);
        }
        self
    }

    /// Adds a number, an instant, or a word of ours.
    pub fn value(&mut self, value: impl Display) -> &mut Self {
        self.separate();
        self.text.push_str(&value.to_string());
        self
    }

    /// Adds a number or the like; nothing leaves the cell empty.
    pub fn maybe(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.value(value),
            None => self.value(""),
        }
    }

    /// Ends the row.
    pub fn end(&mut self) {
        self.text.push_str("\r\n");
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.text.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Table, preferred};
    use axum::http::{HeaderMap, header};

    #[test]
    fn texts_are_quoted_where_they_must_be_and_never_a_formula() {
        let mut table = Table::new(&["name", "value"]);
        for name in ["plain", "a,b", "say \"hi\"", "=1+1", "-x", "@y", "two\nlines"] {
            table.row().text(name).value(-1.5).end();
        }
        table.row().text("").maybe(None::<f64>).end();
        let expected = "name,value\r\nplain,-1.5\r\n\"a,b\",-1.5\r\n\"say \"\"hi\"\"\",-1.5\r\n\"'=1+1\",-1.5\r\n\
            \"'-x\",-1.5\r\n\"'@y\",-1.5\r\n\"two\nlines\",-1.5\r\n,\r\n";
        assert_eq!(table.text, expected);
    }

    #[test]
    fn csv_is_for_those_who_prefer_it() {
        for (accept, format) in [
            ("text/csv", Format::Csv),
            ("text/csv, */*;q=0.1", Format::Csv),
            ("application/json;q=0.5, Text/CSV;q=0.9", Format::Csv),
            ("application/json, text/csv", Format::Json),
            ("application/json, text/csv;q=0.9", Format::Json),
            ("text/csv;q=0", Format::Json),
            ("text/html, */*", Format::Json),
            ("", Format::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(preferred(&headers), format, "{accept}");
        }
        assert_eq!(preferred(&HeaderMap::new()), Format::Json);
    }
}
