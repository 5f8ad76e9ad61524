//! What happens when the real server starts and stops.

use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tracely_testkit::process::Home;

/// The binary of this crate.
pub const TRACELY: &str = env!("CARGO_BIN_EXE_tracely");

fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}

#[tokio::test]
async fn a_second_process_is_refused_and_told_why() {
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let refused = home.run(&["serve", "--port", "0"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    let expected = format!("another Tracely process (id {}) uses the data directory", server.id());
    assert!(said.contains(&expected), "{said}");
    assert_eq!(server.client().get("/api/incidents").await["meta"]["total"], 0);
}

#[tokio::test]
async fn a_server_to_whose_log_nobody_listens_works_and_stops() {
    let home = Home::new(TRACELY).await;
    let (server, lines) = home.start().heard().unwrap();
    drop(lines);
    assert_eq!(server.client().get("/api/incidents").await["meta"]["total"], 0);
    let stopped = tokio::task::spawn_blocking(|| server.stop());
    let code = tokio::time::timeout(Duration::from_secs(30), stopped).await;
    assert_eq!(code.expect("it stops").unwrap(), Some(0));
}

#[tokio::test]
async fn a_health_check_is_an_exit_code_and_a_word() {
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let url = server.url().to_owned();
    let checked = home.run(&["health", "--url", &url]);
    assert_eq!((checked.status.code(), checked.stdout.as_slice()), (Some(0), b"ready\n".as_slice()));
    server.stop();
    let checked = home.run(&["health", "--url", &url]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8(checked.stderr).unwrap().contains("no Tracely server answers"));
}

#[tokio::test]
async fn a_server_that_is_stopped_as_soon_as_it_listens_ends_well() {
    let home = Home::new(TRACELY).await;
    for _ in 0..5 {
        assert_eq!(home.serve().stop(), Some(0));
    }
}

#[tokio::test]
async fn a_stopped_server_ends_well_and_keeps_everything() {
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    server.client().make("/api/services", json!({"name": "Superonline"})).await;
    let point = json!({"service": "superonline", "metric_type": "LATENCY_MS", "value": 12.5});
    server.client().post("/api/metrics", &point).await;
    assert_eq!(server.stop(), Some(0));

    let server = home.serve();
    let points = server.client().get("/api/metrics").await;
    assert_eq!((&points["meta"]["total"], &points["data"][0]["value"]), (&json!(1), &json!(12.5)));
    let consumers = server.client().get("/api/system").await["data"]["consumers"].clone();
    assert_eq!(consumers[0]["lag"], 0, "the evaluator kept its position: {consumers}");
}

#[tokio::test]
async fn the_schema_is_migrated_by_hand_or_at_the_start() {
    let home = Home::new(TRACELY).await;
    let status = |home: &Home| String::from_utf8(home.run(&["migrate", "status"]).stdout).unwrap();
    let all = |state: &str| {
        let names = [
            "m0001_initial",
            "m0002_overviews",
            "m0003_saved_views",
            "m0004_effects",
            "m0005_large_lists",
            "m0006_log_counted",
            "m0007_segment_entries",
            "m0008_elastic",
            "m0009_search",
            "m0010_closed_lists",
            "m0011_incident_statistics",
        ];
        names.map(|name| format!("{state}  {name}\n")).concat()
    };
    assert_eq!(status(&home), all("pending"));
    assert!(home.run(&["migrate", "up"]).status.success());
    assert_eq!(status(&home), all("applied"));
    assert!(home.run(&["migrate", "down"]).status.success());
    assert!(status(&home).ends_with("applied  m0010_closed_lists\npending  m0011_incident_statistics\n"));
    assert!(home.run(&["migrate", "down", "--steps", "10"]).status.success());
    assert_eq!(status(&home), all("pending"));
    home.serve().stop();
    assert_eq!(status(&home), all("applied"));
    assert!(exists(&home.data_dir().join("segments")));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (home, other) = (Home::new(TRACELY).await, Home::new(TRACELY).await);
    let server = home.serve();
    let port = server.url().rsplit(':').next().unwrap();
    let refused = other.run(&["serve", "--port", port]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&format!("PORT, HOST: cannot listen on 127.0.0.1:{port}")), "{said}");
}

#[tokio::test]
async fn a_fresh_server_watches_itself() {
    let home = Home::new(TRACELY).await.with("TRACELY_SELF_MONITORING", "on");
    let server = home.serve();
    let found = |answer: &Value| answer["meta"]["total"] == 1;
    server.client().until("/api/services?search=tracely", found).await;
    server.client().until("/api/metrics/latest?service=tracely&metric_type=ERROR_RATE", found).await;
}
