//! Disks that are full, read-only, broken or slow.

pub mod real;

use crate::TRACELY;
use crate::shim::{IO_ERROR, NO_SPACE, READ_ONLY, Shim};
use crate::world;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use tracely_testkit::patience::is_soon;
use tracely_testkit::process::{Answer, Client, Home, Server};

/// Requests after which a disk that stores nothing has to have been noticed.
/// A file that was once longer has room inside, so a full disk may take some first.
const MANY: usize = 5_000;

/// What was sent, and what became of it.
#[derive(Debug, Default)]
pub struct Ledger {
    sent: usize,
    pub acknowledged: Vec<usize>,
}

impl Ledger {
    /// Sends one point, which has a value of its own and violates the rule.
    pub async fn send(&mut self, client: &Client) -> Answer {
        let number = self.sent;
        self.sent += 1;
        let instant = format!("2024-01-15T{:02}:{:02}:{:02}Z", number / 3_600, number / 60 % 60, number % 60);
        let point = json!({
            "service": "tv", "metric_type": "LATENCY_MS", "value": 1_000 + number, "recorded_at": instant,
        });
        let answer = client.try_post("/api/metrics", &point).await.unwrap();
        if answer.status == 201 {
            self.acknowledged.push(number);
        }
        answer
    }

    /// Every acknowledged point is there once, every other at most once, and the rule has opened one incident.
    async fn audit(&self, client: &Client) {
        let mut found = vec![0; self.sent];
        for offset in (0..).step_by(100) {
            let page = client.get(&format!("/api/metrics?limit=100&offset={offset}")).await;
            let rows = page["data"].as_array().unwrap();
            for row in rows {
                found[row["value"].as_f64().unwrap() as usize - 1_000] += 1;
            }
            if rows.len() < 100 {
                break;
            }
        }
        let lost: Vec<_> = self.acknowledged.iter().filter(|number| found[**number] == 0).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert!(found.iter().all(|count| *count <= 1), "doubled: {found:?}");
        client.until("/api/incidents", |answer| answer["meta"]["total"] == 1).await;
        client.until("/api/notifications?kind=OPENED", |answer| answer["meta"]["total"] == 1).await;
    }
}

pub async fn prepare(client: &Client) {
    client.make("/api/services", json!({"name": "TV"})).await;
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let rule = json!({
        "name": "High", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 100, "severity": "HIGH",
        "department_id": department,
    });
    client.make("/api/rules", rule).await;
}

/// Sends until a point is refused, and checks that the refusal says what it has to.
async fn refused(ledger: &mut Ledger, client: &Client, reason: &str) {
    for _ in 0..MANY {
        let answer = ledger.send(client).await;
        if answer.status == 201 {
            continue;
        }
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("retry-after"), Some("5"));
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(reason), "{detail}");
        return;
    }
    panic!("nothing was refused");
}

/// What works on a disk that stores nothing: everything that is read, and saying so.
async fn still_works(ledger: &Ledger, client: &Client, reason: &str) {
    let total = client.get("/api/metrics").await["meta"]["total"].as_u64().unwrap() as usize;
    assert!(total >= ledger.acknowledged.len() && total <= ledger.sent);
    let bucket = "/api/metrics/chart?service=tv&metric_type=LATENCY_MS&bucket=day\
                  &from=2024-01-15T00:00:00Z&to=2024-01-16T00:00:00Z";
    assert_eq!(client.get(bucket).await["data"][0]["count"].as_u64().unwrap() as usize, total);
    assert_eq!(client.get("/api/incidents").await["meta"]["total"], 1);
    let ready = client.try_get("/readyz").await.unwrap();
    assert_eq!(ready.status, 503, "{}", ready.text);
    assert!(ready.text.contains(reason), "{}", ready.text);
    let failing = client.get("/api/system").await["data"]["failing"].take();
    let points = failing.as_array().unwrap().iter().find(|one| one["who"] == "points");
    assert!(points.is_some(), "{failing}");
    assert_eq!(client.try_get("/healthz").await.unwrap().status, 200);
    // Other writes say the same.
    let answer = client.try_post("/api/services", &json!({"name": "Second"})).await.unwrap();
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.body["detail"].as_str().unwrap().contains(reason), "{}", answer.text);
}

/// Without a restart, and without anybody sending anything, it is ready again; then points are taken.
async fn recovers(ledger: &mut Ledger, client: &Client) {
    let is_ready = async || client.try_get("/readyz").await.unwrap().status == 200;
    assert!(is_soon(is_ready).await, "it is never ready again");
    for _ in 0..20 {
        assert_eq!(ledger.send(client).await.status, 201);
    }
    let well =
        |answer: &Value| answer["data"]["failing"] == json!([]) && answer["data"]["parked"] == json!([]);
    client.until("/api/system", well).await;
    ledger.audit(client).await;
}

/// Names files that were being written.
fn unfinished(home: &Home) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(home.data_dir().join("segments")) else { return Vec::new() };
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "unfinished")).collect()
}

/// Waits until no file is being written; one that a failure left behind would stay.
async fn nothing_is_left(home: &Home) {
    assert!(is_soon(async || unfinished(home).is_empty()).await, "{:?} stay", unfinished(home));
}

/// After a kill at the end, the same is there.
async fn audit_after_kill(home: &Home, server: Server, ledger: &Ledger) {
    server.kill();
    let server = home.serve();
    ledger.audit(server.client()).await;
    assert_eq!(server.stop(), Some(0));
}

/// The database of these tests is the file on the disk that fails; `PostgreSQL` has a disk of its own.
fn sqlite_home(directory: TempDir) -> Home {
    world::busy(Home::sqlite(TRACELY, directory))
}

async fn survives(fault: &str, reason: &str) {
    let (home, shim) = Shim::under(sqlite_home(TempDir::new().unwrap()));
    let server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    let mut ledger = Ledger::default();
    for _ in 0..2 {
        for _ in 0..30 {
            assert_eq!(ledger.send(&client).await.status, 201);
        }
        client.until("/api/incidents", |answer| answer["meta"]["total"] == 1).await;
        shim.set(fault);
        refused(&mut ledger, &client, reason).await;
        still_works(&ledger, &client, reason).await;
        for _ in 0..30 {
            ledger.send(&client).await;
        }
        shim.set("");
        recovers(&mut ledger, &client).await;
        nothing_is_left(&home).await;
    }
    audit_after_kill(&home, server, &ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_is_told_and_survived() {
    survives(&format!("write {NO_SPACE}"), "is full").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_became_read_only_is_told_and_survived() {
    survives(&format!("write {READ_ONLY}"), "the disk of the database fails").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_to_write_is_told_and_survived() {
    survives(&format!("write {IO_ERROR}"), "the disk of the database fails").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_to_sync_is_told_and_survived() {
    survives(&format!("fsync {IO_ERROR}"), "the disk of the database fails").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_that_cannot_be_written_hold_nobody_up() {
    // On PostgreSQL only the segments are on this disk; with SQLite the same is had by failing to sync them alone.
    let home = world::home().await;
    if !home.is_postgres() {
        return;
    }
    let (home, shim) = Shim::under(home);
    let server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    let mut ledger = Ledger::default();
    shim.set(&format!("write {NO_SPACE}"));
    for _ in 0..30 {
        assert_eq!(ledger.send(&client).await.status, 201);
    }
    let fails = |answer: &Value| answer["data"]["failing"][0]["who"] == "indexer";
    client.until("/api/system", fails).await;
    assert_eq!(client.try_get("/readyz").await.unwrap().status, 200);
    ledger.audit(&client).await;
    nothing_is_left(&home).await;
    shim.set("");
    client.until("/api/system", |answer| answer["data"]["failing"] == json!([])).await;
    client.until("/api/system", |answer| answer["data"]["analytics"]["segment_points"] == 30).await;
    audit_after_kill(&home, server, &ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_disk_makes_commits_larger_and_nothing_fails() {
    const SENDERS: usize = 64;
    const EACH: usize = 8;
    let (home, shim) = Shim::under(sqlite_home(TempDir::new().unwrap()));
    let server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    shim.set("fsync_ms 500");
    let before = commits(&client).await;
    let sending = (0..SENDERS).map(|sender| {
        let client = client.clone();
        async move {
            for number in 0..EACH {
                let point =
                    json!({"service": "tv", "metric_type": "LATENCY_MS", "value": sender * EACH + number});
                let answer = client.try_post("/api/metrics", &point).await.unwrap();
                assert_eq!(answer.status, 201, "{}", answer.text);
            }
        }
    });
    futures_util::future::join_all(sending).await;
    let commits = commits(&client).await - before;
    shim.set("");
    assert!(commits <= SENDERS * EACH / 4, "{commits} commits of {} points", SENDERS * EACH);
    assert_eq!(client.get("/api/metrics").await["meta"]["total"], SENDERS * EACH);
}

async fn commits(client: &Client) -> usize {
    let metrics = client.try_get("/metrics").await.unwrap().text;
    let line = metrics.lines().find_map(|line| line.strip_prefix("tracely_ingest_commits_total "));
    line.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_does_not_wait_for_a_disk_that_hangs() {
    let (home, shim) = Shim::under(sqlite_home(TempDir::new().unwrap()));
    let mut server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    let mut ledger = Ledger::default();
    for _ in 0..30 {
        assert_eq!(ledger.send(&client).await.status, 201);
    }
    shim.set("fsync_ms 600000");
    server.signal("TERM");
    assert_eq!(server.until_ended().await, Some(0));
    server.until_said("was not stored within 8 s").await;
    shim.set("");
    audit_after_kill(&home, home.serve(), &ledger).await;
}
