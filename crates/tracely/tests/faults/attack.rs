//! Clients that want to hurt: they keep connections busy, send what is too large or too deep, make series and rules
//! without end, and ask all the time. The teams work on meanwhile, memory stays below its bound, and who attacks is
//! refused.

use crate::audit::{Findings, audit, totals};
use crate::world::{self, Progress};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tracely_testkit::process::{Client, Home, Server};

/// How much there is of everything.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// The setting of the server; the teams have some of them.
    max_connections: usize,
    /// Connections that are opened at a time.
    connections: usize,
    /// The setting of the server.
    max_series: usize,
    rules: usize,
    /// Lists that are asked for.
    questions: usize,
    /// What the server may have in memory at any time, in MiB.
    memory: u64,
}

impl Scale {
    fn of_this_run() -> Self {
        if world::rounds(0) > 0 {
            Self {
                max_connections: 8_192,
                connections: 10_000,
                max_series: 1_000_000,
                rules: 100_000,
                questions: 20_000,
                memory: 2_048,
            }
        } else {
            Self {
                max_connections: 100,
                connections: 400,
                max_series: 5_000,
                rules: 200,
                questions: 500,
                memory: 400,
            }
        }
    }
}

/// How the server answered, by status; 0 stands for none.
type Answers = BTreeMap<u16, usize>;

#[tokio::test(flavor = "multi_thread")]
async fn who_attacks_is_refused_and_the_others_go_on() {
    let (scale, seed) = (Scale::of_this_run(), world::seed("attack"));
    let home = Home::new(crate::TRACELY).await;
    let home = world::busy(home)
        .with("MAX_CONNECTIONS", scale.max_connections.to_string())
        .with("MAX_SERIES", scale.max_series.to_string());
    let server = home.serve();
    let client = server.client().clone();
    let mut teams = world::teams(&client, seed).await;
    let victim = client.make("/api/services", json!({"name": "Victim"})).await;
    let department = client.make("/api/departments", json!({"name": "Victims"})).await;
    let progress = Progress::default();
    let attacks = async {
        progress.until(50).await;
        let mut report = Vec::new();
        for attack in Attack::ALL {
            let before = progress.count();
            let answers = attack.run(&server, scale, (&victim, &department)).await;
            // However short the attack was, the teams get on.
            progress.until(10).await;
            let done = progress.count() - before;
            assert!(done >= 10, "{attack:?}: the teams got {done} things done");
            for (status, count) in &answers {
                assert!(attack.may_get(*status), "{attack:?}: {count} answers {status} of {answers:?}");
            }
            let memory = peak_mib(&server);
            report.push(format!("{:<28} {memory:>6} MiB {done:>8} {answers:?}", format!("{attack:?}")));
            assert!(memory < scale.memory, "{report:#?}");
        }
        report
    };
    let report = world::work(&mut teams, &client, &progress, attacks).await;
    let mut found = Findings::default();
    audit(server.client(), &mut teams, &mut found, &format!("seed {seed}, after the attacks")).await;
    let (database, total) = (if home.is_postgres() { "PostgreSQL" } else { "SQLite" }, totals(&teams));
    world::report(&format!(
        "attacks on {database}, seed {seed}\n\
         attack                        peak memory   others answers\n{}\n{total}\n{found}",
        report.join("\n")
    ));
}

#[derive(Debug, Clone, Copy)]
enum Attack {
    /// Connections on which nothing is said.
    HalfOpen,
    /// Heads of requests that come byte by byte.
    SlowLoris,
    /// Large bodies that never end.
    SlowBodies,
    /// Bodies above the limit.
    Giant,
    /// Arrays in arrays in arrays.
    Nested,
    /// Zeros, a thousand times smaller than they are.
    GzipBomb,
    /// The same with zstd, whose window is as large.
    ZstdBomb,
    /// A new series with each point.
    Series,
    /// Rule after rule.
    Rules,
    /// Lists and charts, as many as fit.
    Questions,
}

impl Attack {
    const ALL: [Self; 10] = [
        Self::HalfOpen,
        Self::SlowLoris,
        Self::SlowBodies,
        Self::Giant,
        Self::Nested,
        Self::GzipBomb,
        Self::ZstdBomb,
        Self::Series,
        Self::Rules,
        Self::Questions,
    ];

    /// Says whether the server may answer so; no answer at all is for who keeps it waiting.
    fn may_get(self, status: u16) -> bool {
        match self {
            Self::HalfOpen | Self::SlowLoris => matches!(status, 0 | 408 | 503),
            Self::SlowBodies => matches!(status, 0 | 400 | 503),
            // The server answers before it has read everything, and then a client may miss the answer.
            // Bodies that are still being given up take room, so a few are told to come again.
            Self::Giant => matches!(status, 0 | 413 | 503),
            Self::GzipBomb | Self::ZstdBomb => matches!(status, 413 | 503),
            // They are as large as can be, and not all of them have room at a time.
            Self::Nested => matches!(status, 400 | 503),
            Self::Series => matches!(status, 200 | 422 | 503),
            Self::Rules => matches!(status, 201 | 503),
            Self::Questions => matches!(status, 200 | 503),
        }
    }

    async fn run(self, server: &Server, scale: Scale, (victim, department): (&str, &str)) -> Answers {
        let client = server.client();
        match self {
            Self::HalfOpen => connections(server, scale.connections, b"", b"").await,
            Self::SlowLoris => {
                let begin = b"POST /api/metrics/batch HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
                connections(server, scale.connections, begin, b"aaaaa").await
            }
            Self::SlowBodies => {
                let mut begin = b"POST /api/metrics/batch HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/json\r\nContent-Length: 8000000\r\n\r\n"
                    .to_vec();
                begin.extend(vec![b' '; 1 << 20]);
                connections(server, scale.connections / 4, &begin, b"     ").await
            }
            Self::Giant => many(20, || post(client, &[], vec![b' '; 9 << 20])).await,
            Self::Nested => many(20, || post(client, &[], b"[".repeat(8_000_000))).await,
            Self::GzipBomb => {
                let bomb = gzip_bomb();
                many(20, || post(client, &[("content-encoding", "gzip")], bomb.clone())).await
            }
            Self::ZstdBomb => {
                let bomb = zstd_bomb();
                many(20, || post(client, &[("content-encoding", "zstd")], bomb.clone())).await
            }
            Self::Series => {
                let per_request = (scale.max_series / 50).max(100);
                let batches = (0..60).map(|batch| new_series(victim, batch * per_request, per_request));
                let mut answers = Answers::new();
                for batch in batches {
                    *answers.entry(post(client, &[], batch.to_string().into_bytes()).await).or_default() += 1;
                }
                assert!(answers.contains_key(&422), "the limit of series was reached: {answers:?}");
                answers
            }
            Self::Rules => {
                let mut answers = Answers::new();
                for number in 0..scale.rules {
                    let status = rule(client, number, victim, department).await;
                    *answers.entry(status).or_default() += 1;
                }
                answers
            }
            Self::Questions => questions(client, scale.questions).await,
        }
    }
}

/// Sends bytes as points.
async fn post(client: &Client, headers: &[(&str, &str)], body: Vec<u8>) -> u16 {
    let mut request = client.request(Method::POST, "/api/metrics/batch");
    for (name, value) in [("content-type", "application/json")].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    client.answer(request.body(body)).await.map_or(0, |answer| answer.status)
}

async fn rule(client: &Client, number: usize, service: &str, department: &str) -> u16 {
    let rule = json!({
        "name": format!("attack {number}"), "metric_type": "ERROR_RATE", "operator": ">", "threshold": 99,
        "severity": "LOW", "department_id": department, "service_ids": [service],
    });
    client.try_post("/api/rules", &rule).await.map_or(0, |answer| answer.status)
}

/// Sends the same many times at the same time.
async fn many<F: Future<Output = u16>>(count: usize, send: impl Fn() -> F) -> Answers {
    let mut answers = Answers::new();
    for status in futures_util::future::join_all((0..count).map(|_| send())).await {
        *answers.entry(status).or_default() += 1;
    }
    answers
}

fn new_series(service: &str, from: usize, count: usize) -> Value {
    let point = |number| {
        json!({
            "service_id": service, "metric_type": "ERROR_RATE", "value": 1,
            "labels": {"request": format!("{number}")},
        })
    };
    json!({"points": (from..from + count).map(point).collect::<Vec<_>>()})
}

async fn questions(client: &Client, count: usize) -> Answers {
    let paths = [
        "/api/incidents?search=latency&sort_by=violation_count&limit=100",
        "/api/metrics?limit=100&sort_by=value",
        "/api/metrics/chart?service=team-1&metric_type=LATENCY_MS&bucket=auto\
         &from=2024-01-15T00:00:00Z&to=2024-01-16T00:00:00Z",
        "/api/services/overview?limit=100",
        "/api/timeline?limit=100",
    ];
    let mut asking = JoinSet::new();
    for asker in 0..20 {
        let client = client.clone();
        asking.spawn(async move {
            let mut answers = Answers::new();
            for number in 0..count / 20 {
                let path = paths[(asker + number) % paths.len()];
                let status = client.try_get(path).await.map_or(0, |answer| answer.status);
                *answers.entry(status).or_default() += 1;
            }
            answers
        });
    }
    asking.join_all().await.into_iter().fold(Answers::new(), merge)
}

/// Opens many connections at the same time, begins, then drips, and takes what the server says to that.
async fn connections(server: &Server, count: usize, begin: &[u8], drips: &'static [u8]) -> Answers {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut open = JoinSet::new();
    for _ in 0..count {
        let (address, begin) = (address.clone(), begin.to_vec());
        open.spawn(async move {
            let Ok(mut connection) = TcpStream::connect(address).await else { return 0 };
            let mut alive = connection.write_all(&begin).await.is_ok();
            for byte in drips {
                tokio::time::sleep(Duration::from_millis(100)).await;
                alive = alive && connection.write_all(&[*byte]).await.is_ok();
            }
            // Whom the server keeps waiting for half a minute goes first; the others have been answered.
            let mut begin = [0; 12];
            let heard = tokio::time::timeout(Duration::from_secs(1), connection.read_exact(&mut begin)).await;
            if !matches!(heard, Ok(Ok(_))) {
                return 0;
            }
            String::from_utf8_lossy(&begin[9..]).parse().unwrap_or(0)
        });
    }
    let mut answers = Answers::new();
    for status in open.join_all().await {
        *answers.entry(status).or_default() += 1;
    }
    answers
}

fn merge(mut all: Answers, some: Answers) -> Answers {
    for (status, count) in some {
        *all.entry(status).or_default() += count;
    }
    all
}

/// Blocks of zeros, 160 MiB in all: twenty times what a body may have.
fn zeros() -> impl Iterator<Item = Vec<u8>> {
    std::iter::repeat_n(vec![0; 1 << 20], 160)
}

fn gzip_bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for block in zeros() {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

fn zstd_bomb() -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    for block in zeros() {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

/// The most memory that the process ever had resident, in MiB.
fn peak_mib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1_024
}
