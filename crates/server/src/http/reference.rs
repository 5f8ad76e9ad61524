//! `/api/openapi.json` and `/api/docs`: the description of the API, for programs and for people.
//!
//! The page is written by the server from the same document: plain HTML and a style sheet of its own, so it needs
//! no script, works without a network, and is searched with the browser's own search.

use crate::app::App;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use std::fmt::Write;
use utoipa::openapi::OpenApi;

/// Returns the routes that describe the API.
pub fn routes(document: &OpenApi) -> Router<App> {
    let json = document.to_pretty_json().expect("the document has only text keys");
    let value: Value = serde_json::from_str(&json).expect("the document was just written");
    let page = page(&value);
    Router::new()
        .route("/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], json)))
        .route("/docs", get(async move || html(page)))
        .route("/docs/style.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
}

const STYLE: &str = include_str!("reference.css");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn html(page: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'self'; frame-ancestors 'none'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn page(document: &Value) -> String {
    let mut out = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tracely API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head><body>",
    );
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    out.push_str("<nav><h1>Tracely API</h1>");
    for tag in &tags {
        let name = text(&tag["name"]);
        let _ = write!(out, "<a class=\"tag\" href=\"#{}\">{name}</a>", anchor(&name));
        for (path, method, operation) in operations(document, &tag["name"]) {
            let id = text(&operation["operationId"]);
            let _ = write!(out, "<a href=\"#{id}\"><b class=\"{method}\">{method}</b> {}</a>", escape(path));
        }
    }
    out.push_str("<a class=\"tag\" href=\"#schemas\">schemas</a></nav><main>");
    for paragraph in document["info"]["description"].as_str().unwrap_or_default().split("\n\n") {
        let _ = write!(out, "<p>{}</p>", prose(paragraph));
    }
    out.push_str("<p>For programs: <a href=\"/api/openapi.json\">openapi.json</a>.</p>");
    for tag in &tags {
        let name = text(&tag["name"]);
        let _ = write!(out, "<h2 id=\"{}\">{name}</h2><p>{}</p>", anchor(&name), text(&tag["description"]));
        for (path, method, operation) in operations(document, &tag["name"]) {
            write_operation(&mut out, path, method, operation);
        }
    }
    out.push_str("<h2 id=\"schemas\">schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(out, "<section id=\"schema-{}\"><h3>{}</h3>", escape(name), escape(name));
        let _ = write!(out, "<p>{}</p>", prose(schema["description"].as_str().unwrap_or_default()));
        write_fields(&mut out, schema);
        out.push_str("</section>");
    }
    out.push_str("</main></body></html>");
    out
}

fn operations<'a>(
    document: &'a Value,
    tag: &'a Value,
) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    document["paths"].as_object().into_iter().flatten().flat_map(move |(path, item)| {
        METHODS.iter().filter_map(move |method| {
            let operation = item.get(*method)?;
            (operation["tags"][0] == *tag).then_some((path.as_str(), *method, operation))
        })
    })
}

fn write_operation(out: &mut String, path: &str, method: &str, operation: &Value) {
    let id = text(&operation["operationId"]);
    let _ = write!(
        out,
        "<section id=\"{id}\"><h3><b class=\"{method}\">{method}</b> <code>/api{}</code></h3>",
        escape(path)
    );
    for key in ["summary", "description"] {
        if let Some(words) = operation[key].as_str() {
            let _ = write!(out, "<p>{}</p>", prose(words));
        }
    }
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        out.push_str("<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>");
        for parameter in parameters {
            let _ = write!(
                out,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(&parameter["name"]),
                text(&parameter["in"]),
                type_of(&parameter["schema"]),
                prose(parameter["description"].as_str().unwrap_or_default())
            );
        }
        out.push_str("</table>");
    }
    for (media, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let _ = write!(out, "<p>Body: {} <code>{}</code></p>", type_of(&content["schema"]), escape(media));
    }
    out.push_str("<table><tr><th>status</th><th>answer</th><th></th></tr>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let body = response["content"].as_object().and_then(|content| content.values().next());
        let body = body.map_or(String::new(), |content| type_of(&content["schema"]));
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{body}</td><td>{}</td></tr>",
            escape(status),
            text(&response["description"])
        );
    }
    out.push_str("</table></section>");
}

fn write_fields(out: &mut String, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else {
        let _ = write!(out, "<p>{}</p>", type_of(schema));
        return;
    };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    out.push_str("<table><tr><th>field</th><th>type</th><th></th></tr>");
    for (name, property) in properties {
        let mark = if required.contains(&name.as_str()) { "" } else { " (optional)" };
        let _ = write!(
            out,
            "<tr><td><code>{}</code>{mark}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            type_of(property),
            prose(property["description"].as_str().unwrap_or_default())
        );
    }
    out.push_str("</table>");
}

/// Writes a schema's type in a few words, linking to what it is made of.
fn type_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[key].as_array() {
            return parts.iter().map(type_of).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| format!("<code>{}</code>", text(value)))
            .collect::<Vec<_>>()
            .join(" ");
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".into(),
    };
    if name.starts_with("array") {
        return format!("list of {}", type_of(&schema["items"]));
    }
    match schema["format"].as_str() {
        Some(format) if !matches!(format, "int32" | "int64" | "double") => {
            format!("{} ({})", escape(&name), escape(format))
        }
        Some(_) | None => escape(&name),
    }
}

/// Writes a value that is a text.
fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// Writes words in which `code` is marked with backticks.
fn prose(words: &str) -> String {
    let mut out = String::new();
    for (place, part) in words.split('`').enumerate() {
        let part = escape(part);
        let _ = if place % 2 == 1 { write!(out, "<code>{part}</code>") } else { write!(out, "{part}") };
    }
    out
}

fn anchor(name: &str) -> String {
    name.replace(' ', "-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
