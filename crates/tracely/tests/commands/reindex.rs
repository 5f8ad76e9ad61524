//! `tracely reindex` with the real server, its segments and a real search cluster.

use crate::server::TRACELY;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::ops::Range;
use std::process::Output;
use tracely_analytics::elastic::ElasticConfig;
use tracely_core::time::Timestamp;
use tracely_store::{Clock, IdSource, Options, Store, log};
use tracely_testkit::process::{Client, Home};
use tracely_testkit::search;

const DAYS: [&str; 3] = ["2024-01-15", "2024-01-16", "2024-01-17"];

/// Makes a server's home whose points go to segments at once.
async fn home() -> Home {
    Home::new(TRACELY).await.with("TRACELY_FLUSH_EVERY", "100ms")
}

fn in_cluster(home: Home, config: &ElasticConfig) -> Home {
    home.with("ELASTICSEARCH_URL", &config.url).with("ELASTICSEARCH_INDEX", &config.prefix)
}

fn point(number: usize) -> Value {
    // Two series; several points of one have the same instant, and some the same value too.
    let (day, second) = (DAYS[number % 3], number / 3 % 2_000);
    let (minute, second) = (second / 60, second % 60);
    let region = ["istanbul", "izmir"][number % 2];
    json!({
        "service": "superonline", "metric_type": "LATENCY_MS", "value": (number % 97) as f64 / 4.0,
        "labels": {"region": region},
        "recorded_at": format!("{day}T10:{minute:02}:{second:02}Z"),
    })
}

async fn send(client: &Client, numbers: Range<usize>) {
    let numbers: Vec<usize> = numbers.collect();
    for some in numbers.chunks(10_000) {
        let points: Vec<Value> = some.iter().map(|number| point(*number)).collect();
        client.post("/api/metrics/batch", &json!({"points": points})).await;
    }
}

/// Waits until every point is in a segment, and returns where the log ends.
async fn flushed(client: &Client) -> u64 {
    let system = client
        .until("/api/system", |system| {
            let data = &system["data"];
            data["analytics"]["tail_points"] == 0 && data["consumers"][2]["position"] == data["log"]["head"]
        })
        .await;
    system["data"]["log"]["head"].as_u64().unwrap()
}

/// Deletes the log up to a position, as the retention does after a day. Nothing else may use the database.
async fn forget_log(home: &Home, position: u64) {
    let (clock, ids) = (Clock::System, IdSource::system());
    let options = Options { target: home.target().clone(), clock, ids, readers: 1 };
    let store = Store::open(options).await.unwrap();
    log::trim(&store, Timestamp(i64::MAX)..Timestamp(i64::MAX), u64::MAX, position, 1_000_000).await.unwrap();
    store.close().await;
}

/// Asks about the first two days, without what engines only estimate.
async fn answers(client: &Client) -> Vec<Value> {
    let span = "from=2024-01-15T00:00:00Z&to=2024-01-17T00:00:00Z";
    let mut answers = Vec::new();
    for path in [
        format!("/api/metrics?limit=100&{span}"),
        format!("/api/metrics?limit=100&sort_by=value&{span}"),
        format!("/api/metrics/chart?bucket=minute&{span}"),
        format!(
            "/api/analytics/charts?group_by=label.region&statistic=count,min,max,avg,sum&bucket=hour&{span}"
        ),
        format!("/api/analytics/rankings?group_by=series&{span}"),
        format!("/api/analytics/distributions?{span}"),
        format!("/api/analytics/availability?interval_seconds=60&{span}"),
    ] {
        let mut data = client.get(&path).await["data"].take();
        for row in data.as_array_mut().expect("a list") {
            let row = row.as_object_mut().expect("an object");
            // Which of several points at the newest instant came last is not known of segments.
            row.retain(|name, _| !["p50", "p90", "p95", "p99", "last"].contains(&name.as_str()));
        }
        assert_ne!(data, json!([]), "{path}");
        answers.push(data);
    }
    answers
}

async fn total(client: &Client) -> Value {
    client.get("/api/metrics?limit=1").await["meta"]["total"].clone()
}

/// Waits until so many points are found: on a busy machine a cluster may take longer than a question waits for it.
async fn until_found(client: &Client, points: usize) {
    client.until("/api/metrics?limit=1", |list| list["meta"]["total"] == points).await;
}

/// Counts the documents in the cluster behind Tracely's back.
async fn documents(config: &ElasticConfig) -> u64 {
    let client = Client::new(&config.url);
    let path = format!("/{}/_refresh?ignore_unavailable=true", config.prefix);
    drop(client.answer(client.request(Method::POST, &path)).await);
    let counted = client.try_get(&format!("/{}/_count?ignore_unavailable=true", config.prefix)).await;
    counted.map_or(0, |counted| counted.body["count"].as_u64().unwrap_or(0))
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn segments_are_brought_in_beside_the_server_and_both_engines_answer_alike() {
    let Some(config) = search::cluster("reindexed") else { return };
    let home = home().await;
    let server = home.serve();
    server.client().make("/api/services", json!({"name": "Superonline"})).await;
    send(server.client(), 0..3_000).await;
    let middle = flushed(server.client()).await;
    // These are in segments and in the log when the cluster comes into use.
    send(server.client(), 3_000..5_000).await;
    flushed(server.client()).await;
    let of_segments = answers(server.client()).await;
    assert_eq!(total(server.client()).await, 5_000);
    assert_eq!(server.stop(), Some(0));
    forget_log(&home, middle).await;

    let home = in_cluster(home, &config);
    let server = home.serve();
    let client = server.client();
    let is_told = |system: &Value| !system["data"]["analytics"]["cluster"]["segments_only"].is_null();
    let system = client.until("/api/system", is_told).await;
    let only = &system["data"]["analytics"]["cluster"]["segments_only"];
    assert_eq!(*only, json!({"points": 3_000, "from": "2024-01-15T00:00:00Z", "to": "2024-01-18T00:00:00Z"}));
    let incomplete = async |span: &str| {
        client.get(&format!("/api/metrics/chart?bucket=day&{span}")).await["meta"]["incomplete"].clone()
    };
    assert_eq!(incomplete("from=2024-01-14T00:00:00Z&to=2024-01-15T00:00:01Z").await, true);
    assert_eq!(incomplete("from=2024-01-14T00:00:00Z&to=2024-01-15T00:00:00Z").await, Value::Null);
    until_found(client, 2_000).await;
    // Equal to points of the third day that are in segments, and others all the same.
    let again: Vec<Value> = [2, 2, 5].into_iter().map(point).collect();
    client.post("/api/metrics/batch", &json!({"points": again})).await;
    until_found(client, 2_003).await;

    let some = home.run(&["reindex", "--from", "2024-01-16", "--to", "2024-01-17"]);
    assert!(some.status.success(), "{}", said(&some));
    assert!(said(&some).contains("2024-01-16 1667 points in segments, 1667 in the cluster, 1000 brought in"));
    until_found(client, 3_003).await;
    let all = home.run(&["reindex"]);
    assert!(all.status.success(), "{}", said(&all));
    for line in [
        "2024-01-15 1667 points in segments, 1667 in the cluster, 1000 brought in",
        "2024-01-16 1667 points in segments, 1667 in the cluster, 0 brought in",
        "2024-01-17 1666 points in segments, 1666 in the cluster, 1000 brought in",
    ] {
        assert!(said(&all).contains(line), "{}", said(&all));
    }
    until_found(client, 5_003).await;
    for (theirs, ours) in answers(client).await.iter().zip(&of_segments) {
        assert_eq!(theirs, ours, "{theirs:#} instead of {ours:#}");
    }
    assert_eq!(server.stop(), Some(0));
    let nothing = home.run(&["reindex"]);
    assert!(nothing.status.success() && !said(&nothing).contains(" 1000 brought in"), "{}", said(&nothing));
    assert_eq!(documents(&config).await, 5_003);
}

#[tokio::test]
async fn a_cluster_is_filled_beside_a_server_without_it_and_takes_over() {
    let Some(config) = search::cluster("beforehand") else { return };
    let home = home().await;
    let server = home.serve();
    server.client().make("/api/services", json!({"name": "Superonline"})).await;
    send(server.client(), 0..2_000).await;
    let middle = flushed(server.client()).await;
    assert_eq!(server.stop(), Some(0));
    forget_log(&home, middle).await;
    let server = home.serve();
    send(server.client(), 2_000..3_000).await;
    let address = ["--elasticsearch-url", &config.url, "--elasticsearch-index", &config.prefix];
    let reindex = [&["reindex"], &address[..]].concat();
    for more in [3_000..4_000, 4_000..4_500] {
        let output = home.run(&reindex);
        assert!(output.status.success(), "{}", said(&output));
        send(server.client(), more).await;
        flushed(server.client()).await;
    }
    assert_eq!(documents(&config).await, 4_000);
    let of_segments = answers(server.client()).await;
    assert_eq!(server.stop(), Some(0));

    let home = in_cluster(home, &config);
    let server = home.serve();
    until_found(server.client(), 4_500).await;
    assert_eq!(answers(server.client()).await, of_segments);
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn every_point_is_brought_in_once_however_often_it_is_killed() {
    const POINTS: usize = 90_000;
    let Some(config) = search::cluster("reindex-killed") else { return };
    let home = home().await;
    let server = home.serve();
    server.client().make("/api/services", json!({"name": "Superonline"})).await;
    send(server.client(), 0..POINTS).await;
    let head = flushed(server.client()).await;
    let of_segments = answers(server.client()).await;
    assert_eq!(server.stop(), Some(0));
    forget_log(&home, head).await;

    let home = in_cluster(home, &config);
    let mut random = StdRng::seed_from_u64(7);
    let mut killed = 0;
    for round in 1..=6 {
        let mut running = home.command(&["reindex"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Somewhere in the next part, whatever is under way there.
        let enough = (POINTS as u64 / 7) * round - random.random_range(0..POINTS as u64 / 10);
        while documents(&config).await < enough && running.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        killed += u32::from(running.try_wait().unwrap().is_none());
        running.kill().unwrap();
        running.wait().unwrap();
    }
    assert!(killed >= 3, "only {killed} kills came before the end");
    let last = home.run(&["reindex"]);
    assert!(last.status.success(), "{}", said(&last));
    assert_eq!(documents(&config).await, POINTS as u64);
    let server = home.serve();
    until_found(server.client(), POINTS).await;
    assert_eq!(answers(server.client()).await, of_segments);
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn what_cannot_be_brought_in_is_told_and_an_index_that_was_deleted_is_filled_again() {
    let Some(config) = search::cluster("reindex-lost") else { return };
    let home = home().await;
    let server = home.serve();
    server.client().make("/api/services", json!({"name": "Superonline"})).await;
    send(server.client(), 0..3_000).await;
    let head = flushed(server.client()).await;
    assert_eq!(server.stop(), Some(0));
    forget_log(&home, head).await;
    let home = in_cluster(home, &config);
    assert!(home.run(&["reindex"]).status.success());

    let client = Client::new(&config.url);
    let index = format!("/{}-2024.01.16", config.prefix);
    drop(client.answer(client.request(Method::DELETE, &index)).await.unwrap().good("delete"));
    assert_eq!(documents(&config).await, 2_000);
    let again = home.run(&["reindex"]);
    assert!(again.status.success(), "{}", said(&again));
    assert!(
        said(&again).contains("2024-01-16 1000 points in segments, 1000 in the cluster, 1000 brought in")
    );

    drop(client.answer(client.request(Method::DELETE, &index)).await.unwrap().good("delete"));
    let mut files = std::fs::read_dir(home.data_dir().join("segments")).unwrap();
    let lost = files.find_map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        name.contains("2024-01-16").then_some(name)
    });
    let lost = lost.expect("a segment is named after its day");
    std::fs::remove_file(home.data_dir().join("segments").join(&lost)).unwrap();
    let output = home.run(&["reindex"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains(&format!("differs    2024-01-16: segment {lost} is missing")),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("2024-01-15 1000 points in segments, 1000 in the cluster, 0 brought in"));
}

#[tokio::test]
async fn a_prefix_belongs_to_one_database() {
    let Some(config) = search::cluster("owned") else { return };
    let first = in_cluster(home().await, &config);
    assert_eq!(first.serve().stop(), Some(0));
    let second = in_cluster(home().await, &config);
    let refused = second.start().listening().expect_err("the indices are another's").join("\n");
    let said_so = |text: &str| {
        assert!(text.contains("belong to another Tracely database"), "{text}");
        assert!(text.contains(&config.prefix) && text.contains("ELASTICSEARCH_INDEX"), "{text}");
    };
    said_so(&refused);
    let output = second.run(&["reindex"]);
    assert_eq!(output.status.code(), Some(1));
    said_so(&said(&output));
    assert_eq!(first.serve().stop(), Some(0), "it is still the first one's");
}

#[tokio::test]
async fn a_reindex_without_a_cluster_is_refused() {
    let home = home().await;
    let output = home.run(&["reindex"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("ELASTICSEARCH_URL"), "{}", said(&output));
    let output = home.run(&["reindex", "--from", "yesterday"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("must be a day such as 2026-11-23"), "{}", said(&output));
}
