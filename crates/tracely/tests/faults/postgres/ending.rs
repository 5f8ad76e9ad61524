//! Servers that end, and servers that must not, because of what happens to their database.

use super::{DONE_BETWEEN, home_on, until_ready};
use crate::audit::{Findings, audit};
use crate::world::{self, Progress};
use serde_json::json;
use tracely_testkit::cluster::{Cluster, Stop};
use tracely_testkit::database::on_postgres;
use tracely_testkit::patience::is_soon;
use tracely_testkit::process::{Home, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_does_not_wait_for_a_database_that_does_not_answer() {
    if !on_postgres() {
        return;
    }
    let cluster = Cluster::start().await;
    // One question alone takes longer than a server may take to end.
    let home = home_on(&cluster).with("TRACELY_DATABASE_TIMEOUT", "1m");
    let mut server = home.serve();
    let client = server.client().clone();
    let mut teams = world::teams(&client, 7).await;
    let progress = Progress::default();
    world::work(&mut teams, &client, &progress, progress.until(DONE_BETWEEN)).await;
    cluster.freeze();
    server.signal("TERM");
    assert_eq!(server.until_ended().await, Some(0));
    cluster.thaw();
    server.until_said("was not stored within 8 s").await;
    let server = home.serve();
    let mut found = Findings::default();
    audit(server.client(), &mut teams, &mut found, "stopped while PostgreSQL was frozen").await;
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claim_on_a_database_is_taken_again_and_a_second_server_is_kept_out() {
    if !on_postgres() {
        return;
    }
    let cluster = Cluster::start().await;
    // A claim whose session does not answer in time is given up, which a busy machine must not cause here.
    let patient = |home: Home| home.with("TRACELY_DATABASE_TIMEOUT", "10s");
    let (home, other) = (patient(home_on(&cluster)), patient(home_on(&cluster)));
    let server = home.serve();
    // Two ways to lose the lock: with everything else, and alone.
    cluster.down(Stop::Immediate);
    cluster.up();
    until_ready(server.client()).await;
    let refused = other.start().listening().unwrap_err().join("\n");
    assert!(refused.contains("another Tracely process is serving this database"), "{refused}");
    assert!(cluster.end_sessions("tracely _%").await == 1);
    until_claimed(&cluster).await;
    let refused = other.start().listening().unwrap_err().join("\n");
    assert!(refused.contains("another Tracely process is serving this database"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_ends_when_another_took_its_database_or_had_it_in_between() {
    if !on_postgres() {
        return;
    }
    let cluster = Cluster::start().await;
    let (home, other) = (home_on(&cluster), home_on(&cluster));
    let (_, second) = overtaken(home.serve(), &cluster, async || other.serve()).await;
    let again = home_on(&cluster);
    let (said, ()) = overtaken(second, &cluster, async || drop(again.serve())).await;
    assert!(said.contains("has served this database in the meantime"), "{said}");
    // Who is told so can start again.
    again.serve().client().make("/api/departments", json!({"name": "Ops"})).await;
}

/// Restarts the database while a server cannot act, lets others do something, and waits for the end of the server.
async fn overtaken<T>(
    mut server: Server,
    cluster: &Cluster,
    meanwhile: impl AsyncFnOnce() -> T,
) -> (String, T) {
    server.signal("STOP");
    cluster.down(Stop::Immediate);
    cluster.up();
    let done = meanwhile().await;
    server.signal("CONT");
    assert_eq!(server.until_ended().await, Some(1));
    let said = server.until_said("the claim on the database was lost, and cannot be taken again").await;
    (said, done)
}

async fn until_claimed(cluster: &Cluster) {
    let is_claimed = async || cluster.has_session("tracely _%").await;
    assert!(is_soon(is_claimed).await, "the claim never came back");
}
