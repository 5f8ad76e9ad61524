//! Restarts: what was decided stays decided, and nothing is decided twice.

use serde_json::json;
use tracely_testkit::app::TestApp;

#[tokio::test]
async fn a_restart_repeats_nothing_and_forgets_nothing() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("Superonline").await, app.department("Ops").await);
    app.rule(&department, &json!({})).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    // These points are acknowledged and not yet worked on when the process dies.
    app.latency(&service, 500.0, "2024-01-15T10:21:00Z").await;
    app.latency(&service, 10.0, "2024-01-15T10:22:00Z").await;

    let app = app.crash_and_restart().await;
    app.settle().await;
    let listed = app.get("/api/incidents").await.json();
    assert_eq!(listed["meta"]["total"], 1);
    assert_eq!(listed["data"][0]["violation_count"], 2);
    assert_eq!(listed["data"][0]["peak_value"], 500.0);
    assert_eq!(listed["data"][0]["recovered_at"], "2024-01-15T10:22:00Z");
    let inbox = app.get("/api/notifications?sort_dir=asc").await.data();
    let kinds: Vec<_> = inbox.as_array().unwrap().iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, [json!("OPENED"), json!("RECOVERED")]);

    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!(app.get("/api/notifications").await.json()["meta"]["total"], 2);
    let points = app.get("/api/metrics").await.json();
    assert_eq!(points["meta"]["total"], 3);
}
