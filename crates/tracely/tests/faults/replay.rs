//! Replay: the log decides the same again, from its beginning, from every snapshot and in other batches.

use crate::{TRACELY, world};
use serde_json::{Value, json};
use tracely_testkit::database::execute;
use tracely_testkit::process::{Client, Home};

/// Runs `tracely verify` on a home whose server has ended; panics when something differs.
pub fn replay(home: &Home, context: &str) {
    let output = home.run(&["verify"]);
    let (found, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{context}: {found}{said}");
    let decisions = found.lines().find(|line| line.starts_with("decisions")).expect("they are counted");
    world::report(&format!("{context}: {decisions}"));
}

fn differences(home: &Home) -> (Option<i32>, String) {
    let output = home.run(&["verify"]);
    let told = String::from_utf8(output.stdout).unwrap();
    let differs = told.lines().filter_map(|line| line.strip_prefix("differs    "));
    (output.status.code(), differs.collect::<Vec<_>>().join("\n"))
}

/// Prepares a stopped installation with an incident that has recovered.
async fn after_an_incident() -> Home {
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let client = server.client();
    client.make("/api/services", json!({"name": "Superonline"})).await;
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let rule = json!({
        "name": "High", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 150, "severity": "HIGH",
        "department_id": department,
    });
    client.make("/api/rules", rule).await;
    violate_and_recover(client, 1).await;
    assert_eq!(server.stop(), Some(0));
    home
}

async fn violate_and_recover(client: &Client, times: usize) {
    for value in [412.5, 12.5] {
        let point = json!({"service": "superonline", "metric_type": "LATENCY_MS", "value": value});
        client.post("/api/metrics", &point).await;
    }
    let told = |answer: &Value| answer["meta"]["total"] == times;
    client.until("/api/notifications?kind=RECOVERED", told).await;
}

#[tokio::test]
async fn a_log_without_any_entry_is_verified_from_the_snapshot_at_its_end() {
    let home = after_an_incident().await;
    execute(home.target(), "DELETE FROM log WHERE position <= (SELECT MAX(position) FROM snapshot)").await;
    let output = home.run(&["verify"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("no entries after"), "{told}");
}

#[tokio::test]
async fn a_log_without_its_beginning_is_verified_from_the_oldest_snapshot() {
    let home = after_an_incident().await;
    let cut = "DELETE FROM log WHERE position <= (SELECT MIN(position) FROM snapshot)";
    execute(home.target(), cut).await;
    let server = home.serve();
    violate_and_recover(server.client(), 2).await;
    server.kill();
    let output = home.run(&["verify"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("from the oldest snapshot") && told.contains("decisions  2, "), "{told}");
}

#[tokio::test]
async fn what_the_log_does_not_say_is_found() {
    let home = after_an_incident().await;
    assert_eq!(differences(&home), (Some(0), String::new()));

    let mut found = String::new();
    for (damage, difference) in [
        ("DELETE FROM notification WHERE kind = 'OPENED'", "notification OPENED for department "),
        ("UPDATE timeline_event SET sequence = 7 WHERE kind = 'RECOVERED'", "the history of incident "),
        ("UPDATE incident SET recovered_at = NULL", " live, and the log gives "),
        ("DELETE FROM log WHERE kind = 'incident.recovered'", "a recovery was decided at "),
        ("UPDATE snapshot SET payload = (SELECT payload FROM log LIMIT 1)", " cannot be read: "),
    ] {
        assert!(!found.contains(difference), "{found}");
        execute(home.target(), damage).await;
        let code;
        (code, found) = differences(&home);
        assert_eq!(code, Some(1));
        assert!(found.contains(difference), "{damage}: {found}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_segments_is_found() {
    let home = Home::new(TRACELY).await.with("TRACELY_FLUSH_EVERY", "100ms");
    let server = home.serve();
    let client = server.client();
    client.make("/api/services", json!({"name": "Superonline"})).await;
    for value in [1.0, 2.0] {
        let point = json!({"service": "superonline", "metric_type": "LATENCY_MS", "value": value});
        client.post("/api/metrics", &point).await;
    }
    let flushed = |answer: &Value| answer["data"]["analytics"]["segment_points"] == 2;
    client.until("/api/system", flushed).await;
    assert_eq!(server.stop(), Some(0));
    assert_eq!(differences(&home), (Some(0), String::new()));

    let directory = home.data_dir().join("segments");
    let files = || std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path());
    let file = files().next().unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    std::fs::copy(&file, directory.join("copy.parquet")).unwrap();
    let twice = "INSERT INTO segment (file, day, min_instant, max_instant, min_series, max_series, point_count, \
        byte_count, created_at, entries) SELECT 'copy.parquet', day, min_instant, max_instant, min_series, \
        max_series, point_count, byte_count, created_at, entries FROM segment";
    execute(home.target(), twice).await;
    let (code, found) = differences(&home);
    assert_eq!(code, Some(1));
    assert!(found.contains(" are in 2 segments of a day"), "{found}");

    execute(home.target(), "DELETE FROM segment WHERE file = 'copy.parquet'").await;
    assert_eq!(differences(&home), (Some(0), String::new()));
    let mut content = std::fs::read(&file).unwrap();
    content[4..40].iter_mut().for_each(|byte| *byte ^= 0x55);
    std::fs::write(&file, content).unwrap();
    let (_, found) = differences(&home);
    assert!(found.contains(name), "{found}");

    execute(home.target(), "DELETE FROM segment").await;
    let (_, found) = differences(&home);
    assert!(found.contains(" are in 0 segments of a day"), "{found}");
}
