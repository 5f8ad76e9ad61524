//! The live stream of the real server.

use crate::server::TRACELY;
use serde_json::json;
use std::time::{Duration, Instant};
use tracely_testkit::patience::is_soon;
use tracely_testkit::process::{Client, Home};

/// Reads the stream until a text has come.
async fn read_until(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut read = String::new();
    while !read.contains(wanted) {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    read
}

/// Asks until a gauge has a value.
async fn until_listening(client: &Client, count: usize) {
    let wanted = format!("tracely_live_connections {count}\n");
    let are_so_many = async || client.open("/metrics").await.unwrap().text().await.unwrap().contains(&wanted);
    assert!(is_soon(are_so_many).await, "there were never {count} listeners");
}

#[tokio::test]
async fn an_incident_is_heard_of_and_an_open_stream_does_not_hold_up_the_end() {
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let client = server.client();
    let mut stream = client.open("/api/live").await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    read_until(&mut stream, "event: hello\n").await;
    client.make("/api/services", json!({"name": "Superonline"})).await;
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let rule = json!({
        "name": "High", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 150, "severity": "HIGH",
        "department_id": department,
    });
    client.make("/api/rules", rule).await;
    let point = json!({"service": "superonline", "metric_type": "LATENCY_MS", "value": 412.5});
    client.post("/api/metrics", &point).await;
    let heard = read_until(&mut stream, "\"kind\":\"notification.created\"").await;
    assert!(heard.contains("\"kind\":\"incident.opened\""), "{heard}");
    assert!(heard.contains("\"incident_key\":\"INC-1\""), "{heard}");

    let gone = client.open("/api/live").await.unwrap();
    until_listening(client, 2).await;
    drop(gone);
    until_listening(client, 1).await;

    let asked = Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10), "the end took {:?}", asked.elapsed());
    while stream.chunk().await.unwrap().is_some() {}
}
