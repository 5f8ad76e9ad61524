//! `kill -9` at random moments, under load.

use crate::audit::{Findings, audit, totals};
use crate::replay::replay;
use crate::world::{self, Progress};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// Kills under load in the ordinary tests, on each database.
const SHORT: usize = 20;
/// The audit comes after this many kills, and at the end.
const AUDIT_EVERY: usize = 5;
/// The kill comes before the teams have done more than this since the start.
const MOST_DONE: u64 = 150;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_doubled_by_kill_9() {
    let (rounds, seed) = (world::rounds(SHORT), world::seed("kill -9"));
    let mut rng = StdRng::seed_from_u64(seed);
    let home = world::home().await;
    let server = home.serve();
    let mut teams = world::teams(server.client(), rng.random()).await;
    server.kill();
    let (mut found, mut in_start, mut in_stop) = (Findings::default(), 0, 0);
    for round in 1..=rounds {
        if rng.random_bool(0.25) {
            let starting = home.start();
            pause(&mut rng, 0..250).await;
            starting.kill();
            in_start += 1;
        }
        let mut server = home.serve();
        let client = server.client().clone();
        let progress = Progress::default();
        let killing = async {
            progress.until(rng.random_range(0..MOST_DONE)).await;
            pause(&mut rng, 0..20).await;
            if rng.random_bool(0.2) {
                // The end of an orderly stop stores a snapshot; the kill meets that too.
                server.signal("TERM");
                pause(&mut rng, 0..60).await;
                in_stop += 1;
            }
            server.kill();
        };
        world::work(&mut teams, &client, &progress, killing).await;
        if round % AUDIT_EVERY == 0 || round == rounds {
            let server = home.serve();
            audit(server.client(), &mut teams, &mut found, &format!("seed {seed}, after kill {round}")).await;
            server.kill();
            // The whole log is read each time, so a long run does it more rarely.
            if round % (rounds / 20).max(AUDIT_EVERY) == 0 || round == rounds {
                replay(&home, &format!("seed {seed}, after kill {round}"));
            }
        }
    }
    let (database, total) = (if home.is_postgres() { "PostgreSQL" } else { "SQLite" }, totals(&teams));
    world::report(&format!(
        "kill -9 on {database}, seed {seed}\n\
         kills under load                 {rounds:>9}\n\
         of them while it stopped         {in_stop:>9}\n\
         further kills while it started   {in_start:>9}\n\
         {total}\n{found}"
    ));
    assert!(
        total.points.acknowledged > 50 * rounds && total.incidents > rounds / 4,
        "there was hardly any load"
    );
}

async fn pause(rng: &mut StdRng, millis: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_micros(rng.random_range(millis.start * 1_000..millis.end * 1_000)))
        .await;
}
