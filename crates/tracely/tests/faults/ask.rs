//! Asking the server under test, which may be gone.

use reqwest::Method;
use serde_json::Value;
use tracely_testkit::process::{Answer, Client};

/// No answer, or one that says nothing about what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// No answer came.
    Silent,
    /// The server said 503: its database may have done it, or may yet.
    Refused,
}

/// Reads an incident's timeline: what the system wrote, and what people did, each in order.
pub async fn timeline(client: &Client, incident: &str) -> Result<(Vec<String>, Vec<(String, Value)>), Gone> {
    let events = all(client, &format!("/api/incidents/{incident}/events?sort_dir=asc")).await?;
    let (mut by_system, mut by_people) = (Vec::new(), Vec::new());
    for event in events {
        let kind = event["kind"].as_str().unwrap().to_owned();
        match kind.as_str() {
            "CREATED" | "RECOVERED" | "VIOLATED_AGAIN" => by_system.push(kind),
            "STATUS_CHANGED" | "COMMENT_ADDED" => by_people.push((kind, event["new_value"].clone())),
            _ => (),
        }
    }
    Ok((by_system, by_people))
}

/// Reads every page of a list.
pub async fn all(client: &Client, path: &str) -> Result<Vec<Value>, Gone> {
    let mut rows = Vec::new();
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut page = get(client, &format!("{path}{sign}limit=100&offset={}", rows.len())).await?;
        let Value::Array(more) = page["data"].take() else { panic!("{path} is not a list") };
        let is_last = more.len() < 100;
        rows.extend(more);
        if is_last {
            return Ok(rows);
        }
    }
}

/// Asks for something that is there.
pub async fn get(client: &Client, path: &str) -> Result<Value, Gone> {
    Ok(judge(client.try_get(path).await, path)?.body)
}

/// Sends something, perhaps with an idempotency key.
pub async fn send(
    client: &Client,
    method: Method,
    path: &str,
    key: Option<&str>,
    body: &Value,
) -> Result<Answer, Gone> {
    let headers: Vec<(&str, &str)> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    judge(client.send(method, path, &headers, body).await, path)
}

/// Tells an answer from none; a refusal other than 503, or a 503 that does not say when to come back, is a defect.
fn judge(answer: reqwest::Result<Answer>, path: &str) -> Result<Answer, Gone> {
    let Ok(answer) = answer else { return Err(Gone::Silent) };
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{path}: {answer:?}");
        return Err(Gone::Refused);
    }
    assert!(answer.is_good(), "{path}: {} {}", answer.status, answer.text);
    Ok(answer)
}
