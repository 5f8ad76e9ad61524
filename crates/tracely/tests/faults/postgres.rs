//! `PostgreSQL` is taken away under load, in several ways, and comes back.
//!
//! While it is away, writes get a 503 that says when to come back, in bounded time, and so does `/readyz`; reads are
//! answered or get the same; `/healthz` says that the process lives. Afterwards everything goes on by itself.

mod ending;

use crate::TRACELY;
use crate::audit::{Findings, audit, totals};
use crate::disk::real::SmallDisk;
use crate::replay::replay;
use crate::team::Team;
use crate::world::{self, Progress};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tracely_testkit::cluster::{Cluster, Stop};
use tracely_testkit::database::on_postgres;
use tracely_testkit::patience::is_soon;
use tracely_testkit::process::{Client, Home};

/// Things that the teams do before a fault and after it.
const DONE_BETWEEN: u64 = 40;
/// How long a request may take before the test gives up; the server gives up after a second.
const BOUND: Duration = Duration::from_secs(30);

/// What is done to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    StoppedAndStarted,
    CrashedAndStarted,
    SessionKilled,
    SessionsEnded,
    Crowded,
    ReadOnly,
    Frozen,
}

const FAULTS: [Fault; 7] = [
    Fault::StoppedAndStarted,
    Fault::CrashedAndStarted,
    Fault::SessionKilled,
    Fault::SessionsEnded,
    Fault::Crowded,
    Fault::ReadOnly,
    Fault::Frozen,
];

fn home_on(cluster: &Cluster) -> Home {
    let directory = TempDir::new().unwrap();
    let home = Home::postgres(TRACELY, directory, cluster.url());
    world::busy(home).with("TRACELY_DATABASE_TIMEOUT", "1s")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_postgresql_goes_and_comes_back() {
    if !on_postgres() {
        return;
    }
    let seed = world::seed("PostgreSQL");
    let mut rng = StdRng::seed_from_u64(seed);
    // A long run meets every fault ten times.
    let rounds = if world::rounds(0) == 0 { 1 } else { 10 };
    let cluster = Cluster::start().await;
    let home = home_on(&cluster);
    let mut server = home.serve();
    let client = server.client().clone();
    let mut teams = world::teams(&client, rng.random()).await;
    let mut found = Findings::default();
    for (round, fault) in (0..rounds).flat_map(|round| FAULTS.map(|fault| (round, fault))) {
        let pause = rng.random_range(0..DONE_BETWEEN);
        disturb(&mut teams, &client, &format!("{fault:?}"), pause, async || {
            befall(fault, &cluster, &client).await;
        })
        .await;
        assert!(server.ended().is_none(), "{fault:?}: the server ended: {:#?}", server.said());
        audit(&client, &mut teams, &mut found, &format!("seed {seed}, round {round}, {fault:?}")).await;
    }
    server.kill();
    replay(&home, &format!("seed {seed}"));
    told("PostgreSQL taken away", seed, rounds * FAULTS.len(), &teams, &found);
}

/// Lets teams work, a fault befall the database after they have done some things, and go on when it is over.
async fn disturb(
    teams: &mut Vec<Team>,
    client: &Client,
    fault: &str,
    pause: u64,
    befall: impl AsyncFnOnce(),
) {
    let progress = Progress::default();
    let disturbing = async {
        progress.until(pause).await;
        progress.disturb();
        let began = Instant::now();
        befall().await;
        let over = Instant::now();
        until_ready(client).await;
        let (lasted, ready) = (over - began, over.elapsed());
        world::report(&format!("{fault}: lasted {lasted:.1?}, ready again after {ready:.1?}"));
        progress.calm();
        progress.until(DONE_BETWEEN).await;
    };
    world::work(teams, client, &progress, disturbing).await;
}

fn told(what: &str, seed: u64, faults: usize, teams: &[Team], found: &Findings) {
    let refused = teams.iter().map(Team::refused).sum::<u64>();
    world::report(&format!(
        "{what}, seed {seed}\n\
         faults                           {faults:>9}\n\
         refused or unanswered            {refused:>9}\n\
         {}\n{found}",
        totals(teams)
    ));
    assert!(refused > 0, "nobody noticed");
}

/// The disk of the database has no room left: `PostgreSQL` refuses, or crashes and cannot even recover.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_the_disk_of_postgresql_is_full() {
    if !on_postgres() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path(), 192) else {
        world::report("LEFT OUT: a full disk under PostgreSQL, since this user may not mount");
        return;
    };
    let seed = world::seed("full disk of PostgreSQL");
    let mut rng = StdRng::seed_from_u64(seed);
    let cluster = Cluster::start_in(directory).await;
    let home = home_on(&cluster);
    let mut server = home.serve();
    let client = server.client().clone();
    let mut teams = world::teams(&client, rng.random()).await;
    let mut found = Findings::default();
    let rounds = if world::rounds(0) == 0 { 2 } else { 20 };
    for round in 0..rounds {
        disturb(&mut teams, &client, "the disk is full", DONE_BETWEEN, async || {
            disk.fill();
            until_refused(&client, round).await;
            assert_eq!(client.try_get("/healthz").await.unwrap().status, 200);
            disk.make_room();
            cluster.up_again();
        })
        .await;
        assert!(server.ended().is_none(), "the server ended: {:#?}", server.said());
        audit(&client, &mut teams, &mut found, &format!("seed {seed}, round {round}, the disk was full"))
            .await;
    }
    server.kill();
    replay(&home, &format!("seed {seed}"));
    told("disk of PostgreSQL full", seed, rounds, &teams, &found);
}

/// The server of the database is lost with its disk, and a standby that has every commit takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_a_standby_takes_over() {
    if !on_postgres() {
        return;
    }
    let seed = world::seed("standby");
    let mut rng = StdRng::seed_from_u64(seed);
    let cluster = Cluster::start().await;
    let home = home_on(&cluster);
    let mut server = home.serve();
    let client = server.client().clone();
    let mut teams = world::teams(&client, rng.random()).await;
    cluster.follow().await;
    let mut found = Findings::default();
    disturb(&mut teams, &client, "the standby takes over", DONE_BETWEEN, async || cluster.fail_over()).await;
    assert!(server.ended().is_none(), "the server ended: {:#?}", server.said());
    audit(&client, &mut teams, &mut found, &format!("seed {seed}, a standby took over")).await;
    server.kill();
    replay(&home, &format!("seed {seed}"));
    told("a standby took over", seed, 1, &teams, &found);
}

/// Sends until a write is refused; a disk that was just filled has some room inside its files.
async fn until_refused(client: &Client, round: usize) {
    for number in 0..100_000 {
        let body = json!({"name": format!("Too much {round} {number}"), "description": "room ".repeat(100)});
        let answer = tokio::time::timeout(BOUND, client.try_post("/api/departments", &body)).await;
        let answer = answer.expect("a write is answered").unwrap();
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            return;
        }
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    panic!("nothing was refused");
}

/// Lets a fault happen, looks how the server takes it, and ends the fault.
async fn befall(fault: Fault, cluster: &Cluster, client: &Client) {
    match fault {
        Fault::StoppedAndStarted | Fault::CrashedAndStarted => {
            cluster.down(if fault == Fault::StoppedAndStarted { Stop::Fast } else { Stop::Immediate });
            refuses(fault, client).await;
            cluster.up();
        }
        Fault::SessionKilled => cluster.kill_a_session().await,
        Fault::SessionsEnded => assert!(cluster.end_sessions("%").await > 1),
        Fault::Crowded => {
            let crowd = cluster.crowd().await;
            refuses(fault, client).await;
            drop(crowd);
        }
        Fault::ReadOnly => {
            cluster.set_read_only(true).await;
            refuses(fault, client).await;
            cluster.set_read_only(false).await;
        }
        Fault::Frozen => {
            cluster.freeze();
            refuses(fault, client).await;
            cluster.thaw();
        }
    }
}

/// Writes are refused in bounded time, with the time to come back; reads are answered or refused alike.
async fn refuses(fault: Fault, client: &Client) {
    let point = json!({"service": "team-1", "metric_type": "PACKET_LOSS", "value": 1});
    let answer = async |path: &str| tokio::time::timeout(BOUND, client.try_get(path)).await.unwrap().unwrap();
    // What somebody has to mend takes longer than what comes back by itself.
    let wait = if fault == Fault::ReadOnly { "5" } else { "1" };
    // In a long run also a second time, when connections are gone that were there the first time.
    for _ in 0..=usize::from(world::rounds(0) > 0) {
        let refused = tokio::time::timeout(BOUND, client.try_post("/api/metrics", &point)).await;
        let refused = refused.unwrap_or_else(|_| panic!("{fault:?}: a write was not answered")).unwrap();
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, Some(wait)),
            "{fault:?}: {refused:?}"
        );
        let comment = json!({"name": "Late"});
        let refused = tokio::time::timeout(BOUND, client.try_post("/api/departments", &comment)).await;
        let refused = refused.unwrap_or_else(|_| panic!("{fault:?}: a write was not answered")).unwrap();
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, Some(wait)),
            "{fault:?}: {refused:?}"
        );
        for path in ["/api/incidents", "/api/metrics?limit=1"] {
            let read = answer(path).await;
            assert!(read.is_good() || read.status == 503, "{fault:?}: {path}: {read:?}");
        }
        assert_eq!(answer("/readyz").await.status, 503, "{fault:?}");
        assert_eq!(answer("/healthz").await.status, 200, "{fault:?}");
    }
}

async fn until_ready(client: &Client) {
    let is_ready = async || client.try_get("/readyz").await.is_ok_and(|answer| answer.is_good());
    assert!(is_soon(is_ready).await, "the server was never ready again");
}
