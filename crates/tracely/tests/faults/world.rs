//! What a run starts from: where the server lives, who works, and the random numbers.

use crate::TRACELY;
use crate::model::{Limit, Watch};
use crate::team::Team;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracely_testkit::process::{Client, Home};

/// Teams with a service and rules of their own.
const TEAMS: usize = 4;
/// Writers that share a service that no rule watches.
const WRITERS: usize = 3;

/// Prepares a home whose server writes segments as often as it looks, so that faults meet flushes and merges.
///
/// `TRACELY_FAULT_KEEP=1` leaves the data behind, and says where they are.
pub async fn home() -> Home {
    let mut home = busy(Home::new(TRACELY).await);
    if variable("TRACELY_FAULT_KEEP").is_some() {
        report(&format!("the data stay in {}", home.directory().display()));
        home.keep();
    }
    home
}

/// Makes a server write segments as often as it looks.
pub fn busy(home: Home) -> Home {
    home.with("TRACELY_FLUSH_EVERY", "100ms")
}

/// Returns how many faults a run has: `TRACELY_FAULT_ROUNDS`, or the few of the ordinary tests.
pub fn rounds(short: usize) -> usize {
    variable("TRACELY_FAULT_ROUNDS")
        .map_or(short, |text| text.parse().expect("TRACELY_FAULT_ROUNDS is a number"))
}

/// Returns the seed of a run: `TRACELY_FAULT_SEED`, or another one each time, which is printed.
#[expect(clippy::print_stderr, reason = "who repeats a run needs its seed")]
pub fn seed(run: &str) -> u64 {
    let seed = match variable("TRACELY_FAULT_SEED") {
        Some(text) => text.parse().expect("TRACELY_FAULT_SEED is a number"),
        None => std::hash::RandomState::new().build_hasher().finish() >> 32,
    };
    eprintln!("{run}: TRACELY_FAULT_SEED={seed}");
    seed
}

/// Prints what a run found.
#[expect(clippy::print_stderr, reason = "the counts are what a long run is for")]
pub fn report(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::disallowed_methods, reason = "the tests are configured by the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Makes services, departments and rules, and the teams that work with them.
pub async fn teams(client: &Client, seed: u64) -> Vec<Team> {
    let mut rng = StdRng::seed_from_u64(seed);
    let all = client.make("/api/departments", json!({"name": "Everybody"})).await;
    let low = rule(client, "Low", "<", 50.0, &[], &all).await;
    let mut teams = Vec::new();
    for number in 1..=TEAMS {
        let key = format!("team-{number}");
        let service = client.make("/api/services", json!({"name": key})).await;
        let department = client.make("/api/departments", json!({"name": key})).await;
        let high = rule(client, &format!("High {number}"), ">", 1_000.0, &[&service], &department).await;
        let moving = rule(client, &format!("Moving {number}"), ">", 500.0, &[&service], &department).await;
        let mut team = Team::new(rng.random(), (&key, &service), "LATENCY_MS", None);
        team.watches.push(Watch::new(high, Limit::Above(1_000.0)));
        team.watches.push(Watch::new(moving, Limit::Above(500.0)));
        team.watches.push(Watch::new(low.clone(), Limit::Below(50.0)));
        teams.push(team);
    }
    let shared = client.make("/api/services", json!({"name": "Shared"})).await;
    for number in 1..=WRITERS {
        let writer = Some(number.to_string());
        teams.push(Team::new(rng.random(), ("shared", &shared), "BUFFER_RATIO", writer));
    }
    teams
}

async fn rule(
    client: &Client,
    name: &str,
    operator: &str,
    threshold: f64,
    services: &[&str],
    department: &str,
) -> String {
    let rule = json!({
        "name": name, "metric_type": "LATENCY_MS", "operator": operator, "threshold": threshold,
        "severity": "HIGH", "department_id": department, "service_ids": services,
    });
    client.make("/api/rules", rule).await
}

/// How many things the teams have done while they work.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    done: Arc<AtomicU64>,
    disturbed: Arc<AtomicBool>,
}

impl Progress {
    pub fn add(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Tells the teams that what was not answered may still happen.
    pub fn disturb(&self) {
        self.disturbed.store(true, Ordering::Release);
    }

    /// Tells the teams that what was not answered has happened or never will.
    pub fn calm(&self) {
        self.disturbed.store(false, Ordering::Release);
    }

    pub fn is_disturbed(&self) -> bool {
        self.disturbed.load(Ordering::Acquire)
    }

    /// Waits until so many more things are done, but not for ever: a server may have stopped to answer.
    pub async fn until(&self, further: u64) {
        let wanted = self.count() + further;
        for _ in 0..10_000 {
            if self.count() >= wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Lets all teams work at the same time while something happens to the server.
pub async fn work<T>(
    teams: &mut Vec<Team>,
    client: &Client,
    progress: &Progress,
    meanwhile: impl Future<Output = T>,
) -> T {
    let stop = CancellationToken::new();
    let mut working = JoinSet::new();
    for (place, mut team) in teams.drain(..).enumerate() {
        let (client, stop, progress) = (client.clone(), stop.clone(), progress.clone());
        working.spawn(async move {
            team.work(&client, &stop, &progress).await;
            (place, team)
        });
    }
    let done = meanwhile.await;
    stop.cancel();
    let mut back = working.join_all().await;
    back.sort_by_key(|(place, _)| *place);
    teams.extend(back.into_iter().map(|(_, team)| team));
    done
}
