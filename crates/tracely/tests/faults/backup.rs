//! Backups while everything works, and what a restored one knows.

use crate::TRACELY;
use crate::audit::{Findings, audit};
use crate::world::{self, Progress};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tracely_testkit::process::{Client, Home, Server};

/// Backups under load in the ordinary tests.
const SHORT: usize = 3;
/// Services whose points are sent at the same time.
const SENDERS: usize = 3;
/// Points of one request.
const BATCH: usize = 20;

/// Sends the points of one service in order, so that what a backup has of them is a beginning.
#[derive(Debug)]
struct Sender {
    key: String,
    id: String,
    sent: AtomicUsize,
    acknowledged: AtomicUsize,
}

/// How far every sender was: when a backup began, what was acknowledged; when it ended, what was sent.
#[derive(Debug)]
struct Taken {
    file: PathBuf,
    acknowledged: Vec<usize>,
    sent: Vec<usize>,
}

/// Of each hundred points, ten violate the rule.
fn is_violating(number: usize) -> bool {
    number % 100 >= 90
}

/// Every point has a value of its own, so that each can be counted.
fn value(number: usize) -> f64 {
    number as f64 / 1e6 + if is_violating(number) { 2_000.0 } else { 0.0 }
}

impl Sender {
    async fn send(&self, client: &Client, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let first = self.sent.fetch_add(BATCH, Ordering::SeqCst);
            let point = |number: usize| {
                let (hour, minute, second) = (number / 3_600, number / 60 % 60, number % 60);
                let (day, hour) = (15 + hour / 24, hour % 24);
                let instant = format!("2024-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
                json!({"service": self.key, "metric_type": "LATENCY_MS", "value": value(number), "recorded_at": instant})
            };
            let points: Vec<Value> = (first..first + BATCH).map(point).collect();
            let answer = client.post("/api/metrics/batch", &json!({"points": points})).await;
            assert_eq!(answer["accepted"], BATCH);
            self.acknowledged.fetch_add(BATCH, Ordering::SeqCst);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_everything_that_was_acknowledged_before_it_once() {
    let (rounds, seed) = (world::rounds(SHORT).min(200), world::seed("backup"));
    let mut rng = StdRng::seed_from_u64(seed);
    // What every worker has passed leaves the log at once, so that a backup needs the segments.
    let home = world::home().await.with("TRACELY_LOG_RETENTION", "1s");
    let server = home.serve();
    let senders = senders(server.client()).await;
    let (stop, backups) = (CancellationToken::new(), TempDir::new().unwrap());
    let sending = async {
        let all = senders.iter().map(|sender| sender.send(server.client(), &stop));
        futures_util::future::join_all(all).await;
    };
    let taking = async {
        let mut taken = Vec::new();
        for round in 0..rounds {
            tokio::time::sleep(Duration::from_millis(rng.random_range(100..600))).await;
            let file = backups.path().join(format!("{round}.tar"));
            let acknowledged = counts(&senders, |sender| &sender.acknowledged);
            good(&run(&home, &["backup", path(&file)]).await);
            taken.push(Taken { file, acknowledged, sent: counts(&senders, |sender| &sender.sent) });
        }
        stop.cancel();
        taken
    };
    let ((), taken) = tokio::join!(sending, taking);
    let segments = server.client().get("/api/system").await["data"]["analytics"]["segments"].clone();
    assert!(segments.as_u64().unwrap() > 0, "no segment was written meanwhile");
    drop(server);

    let (mut checked, mut points) = (0, 0);
    for (number, taken) in taken.iter().enumerate() {
        // A backup of PostgreSQL is also restored into SQLite.
        let other = if number % 2 == 0 { world::home().await } else { sqlite_home() };
        good(&run(&other, &["restore", path(&taken.file)]).await);
        let server = other.serve();
        for (place, sender) in senders.iter().enumerate() {
            let stored = stored_points(&server, &sender.key).await;
            let context = format!("seed {seed}, backup {number}, {}", sender.key);
            assert!(stored >= taken.acknowledged[place], "{context}: {stored} points of {taken:?}");
            assert!(stored <= taken.sent[place], "{context}: {stored} points of {taken:?}");
            check_incidents(&server, &sender.id, stored).await;
            points += stored;
        }
        checked += 1;
        assert_eq!(server.stop(), Some(0));
    }
    world::report(&format!(
        "backup under load, seed {seed}: {checked} backups restored, {points} points, lost 0, doubled 0"
    ));
    assert!(points > 0 && checked == rounds);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_goes_on_where_the_other_was() {
    let seed = world::seed("restore");
    let home = world::home().await;
    let server = home.serve();
    let mut teams = world::teams(server.client(), seed).await;
    let client = server.client().clone();
    let progress = Progress::default();
    world::work(&mut teams, &client, &progress, progress.until(300)).await;
    let backups = TempDir::new().unwrap();
    let file = backups.path().join("all.tar");
    // While it runs, with what the workers have not followed yet.
    good(&run(&home, &["backup", path(&file)]).await);
    server.kill();

    let mut found = Findings::default();
    for other in [world::home().await, sqlite_home()] {
        good(&run(&other, &["restore", path(&file)]).await);
        let server = other.serve();
        audit(server.client(), &mut teams, &mut found, &format!("seed {seed}, restored")).await;
        let client = server.client().clone();
        let progress = Progress::default();
        world::work(&mut teams, &client, &progress, progress.until(100)).await;
        audit(server.client(), &mut teams, &mut found, &format!("seed {seed}, worked on")).await;
        // The next one gets what this one has, from a server that was killed.
        server.kill();
        std::fs::remove_file(&file).unwrap();
        good(&run(&other, &["backup", path(&file)]).await);
    }
}

/// Makes the services, and a rule that watches each of them.
async fn senders(client: &Client) -> Vec<Sender> {
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let key = format!("sender-{number}");
        let id = client.make("/api/services", json!({"name": key})).await;
        senders.push(Sender { key, id, sent: AtomicUsize::new(0), acknowledged: AtomicUsize::new(0) });
    }
    let rule = json!({
        "name": "High", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 1_000, "severity": "HIGH",
        "department_id": department,
    });
    client.make("/api/rules", rule).await;
    senders
}

fn counts(senders: &[Sender], of: impl Fn(&Sender) -> &AtomicUsize) -> Vec<usize> {
    senders.iter().map(|sender| of(sender).load(Ordering::SeqCst)).collect()
}

/// Counts the points of a service, which must be its first ones, each once, in the list and in the chart.
async fn stored_points(server: &Server, key: &str) -> usize {
    let client = server.client();
    let mut stored = Vec::new();
    for offset in (0..).step_by(100) {
        let page =
            client.get(&format!("/api/metrics?service={key}&limit=100&offset={offset}&sort_dir=asc")).await;
        let rows = page["data"].as_array().unwrap();
        stored.extend(rows.iter().map(|row| row["value"].as_f64().unwrap()));
        if rows.len() < 100 {
            break;
        }
    }
    let expected: Vec<f64> = (0..stored.len()).map(value).collect();
    assert!(stored == expected, "{key}: points are lost or doubled among {}", stored.len());
    let chart = format!(
        "/api/metrics/chart?service={key}&metric_type=LATENCY_MS&bucket=day&from=2024-01-15T00:00:00Z&to=2024-02-01T00:00:00Z"
    );
    let chart = client.get(&chart).await;
    let buckets = chart["data"].as_array().unwrap().iter();
    let charted: u64 = buckets.map(|bucket| bucket["count"].as_u64().unwrap()).sum();
    assert_eq!(charted, stored.len() as u64);
    stored.len()
}

/// The rule opened one incident at the first violating point; it recovered and was violated again as often as the points
/// say; and each of that was told once.
async fn check_incidents(server: &Server, id: &str, stored: usize) {
    let client = server.client();
    let states: Vec<bool> = (0..stored).map(is_violating).collect();
    let violations = states.iter().filter(|violates| **violates).count();
    let clears = states.windows(2).filter(|pair| *pair == [true, false]).count();
    let path = format!("/api/incidents?service_id={id}");
    let counted = |answer: &Value| match answer["data"].get(0) {
        None => violations == 0,
        Some(incident) => incident["violation_count"] == violations,
    };
    let incidents = client.until(&path, counted).await;
    assert_eq!(incidents["meta"]["total"], usize::from(violations > 0));
    let Some(incident) = incidents["data"].get(0) else { return };
    let id = incident["id"].as_str().unwrap();
    let told = |kind: &str| format!("/api/notifications?kind={kind}&incident_id={id}");
    client.until(&told("RECOVERED"), |answer| answer["meta"]["total"] == clears).await;
    client.until(&told("OPENED"), |answer| answer["meta"]["total"] == 1).await;
}

fn sqlite_home() -> Home {
    world::busy(Home::sqlite(TRACELY, TempDir::new().unwrap()))
}

/// Runs a command beside what the test does meanwhile.
async fn run(home: &Home, args: &[&str]) -> Output {
    let mut command = home.command(args);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn good(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}
