//! Commits of which the server was told that they failed. They may have happened all the same, also later: whatever it
//! was, each point is there once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::total;
use serde_json::{Value, json};
use std::fs;
use tracely_store::segment;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::{Elsewhere, on_postgres};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What the commit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Flush,
    Merge,
    Rebuild,
    Retention,
    Service,
}

/// What became of the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lost,
    Done,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    Restart,
}

/// Makes every commit fail that is about this. The generation of a segment is the end of its name.
async fn refuse(app: &TestApp, about: About) {
    let database = &app.database;
    if database.is_postgres() {
        let function =
            "CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$";
        database.execute(function).await;
    } else {
        let table = "CREATE TABLE refused (id INTEGER PRIMARY KEY, \
             absent INTEGER REFERENCES refused (id) DEFERRABLE INITIALLY DEFERRED)";
        database.execute(table).await;
    }
    let trigger = match (database.is_postgres(), about) {
        (true, About::Service) => {
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON service DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
        (false, About::Service) => {
            "CREATE TRIGGER refuse AFTER INSERT ON service BEGIN INSERT INTO refused (absent) VALUES (-1); END"
        }
        (true, About::Flush) => {
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON segment DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW WHEN (NEW.file LIKE '%-0.parquet') EXECUTE FUNCTION refuse()"
        }
        (true, About::Merge | About::Rebuild) => {
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON segment DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW WHEN (NEW.file LIKE '%-1.parquet') EXECUTE FUNCTION refuse()"
        }
        (true, About::Retention) => {
            "CREATE CONSTRAINT TRIGGER refuse AFTER DELETE ON segment DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
        (false, About::Flush) => {
            "CREATE TRIGGER refuse AFTER INSERT ON segment WHEN NEW.file LIKE '%-0.parquet' \
             BEGIN INSERT INTO refused (absent) VALUES (-1); END"
        }
        (false, About::Merge | About::Rebuild) => {
            "CREATE TRIGGER refuse AFTER INSERT ON segment WHEN NEW.file LIKE '%-1.parquet' \
             BEGIN INSERT INTO refused (absent) VALUES (-1); END"
        }
        (false, About::Retention) => {
            "CREATE TRIGGER refuse AFTER DELETE ON segment BEGIN INSERT INTO refused (absent) VALUES (-1); END"
        }
    };
    database.execute(trigger).await;
}

async fn refuse_no_longer(app: &TestApp) {
    let drop = if app.database.is_postgres() {
        "DROP FUNCTION refuse() CASCADE"
    } else {
        "DROP TRIGGER refuse; DROP TABLE refused"
    };
    app.database.execute(drop).await;
}

/// Lets a minute and more pass, after which the tail is written.
async fn flush(app: &TestApp) {
    app.settle().await;
    app.advance(2 * MINUTE);
    app.settle().await;
}

/// An application whose last commit, about this, was told to have failed, and what the transaction did.
async fn failed(about: About) -> (TestApp, Vec<String>) {
    let mut app = TestApp::start().await;
    let service = app.service("A").await;
    if about != About::Flush {
        for instant in ["2024-01-13T10:20:00Z", "2024-01-14T10:20:00Z"] {
            app.latency(&service, 1.0, instant).await;
        }
        flush(&app).await;
    }
    match about {
        About::Flush => {
            for instant in ["2024-01-13T10:20:00Z", "2024-01-14T10:20:00Z", "2024-01-13T10:21:00Z"] {
                app.latency(&service, 1.0, instant).await;
            }
            app.settle().await;
        }
        About::Merge => {
            app.latency(&service, 1.0, "2024-01-13T10:21:00Z").await;
            app.settle().await;
        }
        About::Retention => app.advance(100 * DAY),
        About::Service => panic!("no worker makes services"),
        About::Rebuild => {
            app.latency(&service, 1.0, "2024-01-15T10:21:00Z").await;
            flush(&app).await;
            let names = files(&app);
            fs::remove_file(app.database.dir.path().join("segments").join(&names[0])).unwrap();
            app = app.crash_and_restart().await;
        }
    }
    refuse(&app, about).await;
    app.advance(2 * MINUTE);
    app.database.take_statements();
    app.try_to_settle().await.unwrap_err();
    let done = app.database.take_statements();
    refuse_no_longer(&app).await;
    let of_the_list = |statement: &String| {
        statement.starts_with("DELETE FROM segment")
            || statement.starts_with("INSERT INTO segment")
            || statement.starts_with("UPDATE consumer") && statement.contains("'indexer'")
    };
    // Before a merge the tail was written, which succeeded.
    let of_this = |statement: &String| {
        about == About::Flush || !statement.starts_with("INSERT") || !statement.contains("-0.parquet'")
    };
    (app, done.into_iter().filter(of_the_list).filter(of_this).collect())
}

fn files(app: &TestApp) -> Vec<String> {
    let entries = fs::read_dir(app.database.dir.path().join("segments")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Each of so many points is there once.
async fn has(app: &TestApp, points: u64) {
    assert_eq!(total(app, "/api/metrics").await, points);
    let span = "from=2024-01-10T00:00:00Z&to=2024-01-20T00:00:00Z&bucket=day";
    let chart = app.get(&format!("/api/metrics/chart?{span}")).await.json();
    let counts = chart["data"].as_array().unwrap().iter().map(|bucket| bucket["count"].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), points, "{chart:#}");
    assert_eq!(chart["meta"]["incomplete"], Value::Null);
}

/// The files that are listed are those that are there.
async fn is_tidy(app: &TestApp) {
    let listed: Vec<_> =
        segment::list(app.app.store()).await.unwrap().into_iter().map(|row| row.file).collect();
    assert_eq!(listed, files(app));
    assert_eq!(app.get("/api/system").await.data()["analytics"]["broken"], json!([]));
}

async fn check(about: About, fate: Fate, next: Next) {
    let (mut app, done) = failed(about).await;
    if fate == Fate::Done {
        app.database.elsewhere(done).await.commit().await;
    }
    if next == Next::Restart {
        app = app.crash_and_restart().await;
    }
    let is_broken = about == About::Rebuild && (fate == Fate::Lost || next == Next::GoOn);
    if !is_broken {
        has(&app, 3).await;
    }
    flush(&app).await;
    has(&app, 3).await;
    is_tidy(&app).await;
    let service = app.service("B").await;
    app.latency(&service, 2.0, "2024-01-13T10:22:00Z").await;
    flush(&app).await;
    has(&app, 4).await;
    let app = app.crash_and_restart().await;
    has(&app, 4).await;
    is_tidy(&app).await;
}

async fn check_all(about: About) {
    for fate in [Fate::Lost, Fate::Done] {
        for next in [Next::GoOn, Next::Restart] {
            check(about, fate, next).await;
        }
    }
}

#[tokio::test]
async fn points_are_there_once_whatever_became_of_the_commit_of_a_flush() {
    check_all(About::Flush).await;
}

#[tokio::test]
async fn points_are_there_once_whatever_became_of_the_commit_of_a_merge() {
    check_all(About::Merge).await;
}

#[tokio::test]
async fn points_are_there_once_whatever_became_of_the_commit_of_a_segment_that_was_written_again() {
    check_all(About::Rebuild).await;
}

/// The server tries again while the first attempt is not decided yet: it waits for it.
#[tokio::test]
async fn a_commit_that_arrives_while_it_is_tried_again_is_found() {
    if !on_postgres() {
        return;
    }
    for about in [About::Flush, About::Merge, About::Rebuild] {
        let (app, done) = failed(about).await;
        let late = app.database.elsewhere(done).await;
        // The attempt fails when it has waited for a name that is taken then, and is made once more.
        let (tried, ()) = tokio::join!(app.try_to_settle(), arrives(late));
        if tried.is_err() {
            app.settle().await;
        }
        has(&app, 3).await;
        is_tidy(&app).await;
    }
}

/// A server that starts waits for what its predecessor has left.
#[tokio::test]
async fn a_commit_that_arrives_while_the_next_server_starts_is_found() {
    if !on_postgres() {
        return;
    }
    for about in [About::Flush, About::Merge] {
        let (app, done) = failed(about).await;
        let late = app.database.elsewhere(done).await;
        let (app, ()) = tokio::join!(app.crash_and_restart(), arrives(late));
        has(&app, 3).await;
        app.settle().await;
        is_tidy(&app).await;
    }
}

async fn arrives(mut late: Elsewhere) {
    late.is_waited_for().await;
    late.commit().await;
}

/// A merge whose commit is not known is never done when one of its parts was dropped meanwhile.
#[tokio::test]
async fn a_merge_of_a_segment_that_was_dropped_meanwhile_is_given_up() {
    let (app, _) = failed(About::Merge).await;
    let part = &segment::list(app.app.store()).await.unwrap()[0].file;
    let dropped = format!("DELETE FROM segment WHERE file = '{part}'");
    app.database.elsewhere([dropped]).await.commit().await;
    app.settle().await;
    let listed = segment::list(app.app.store()).await.unwrap();
    assert!(listed.iter().all(|row| row.file.ends_with("-0.parquet")), "{listed:?}");
    assert!(files(&app).iter().all(|file| file.ends_with("-0.parquet")));
}

#[tokio::test]
async fn segments_that_were_dropped_by_a_commit_nobody_heard_of_are_forgotten() {
    let (app, done) = failed(About::Retention).await;
    assert_eq!(total(&app, "/api/metrics").await, 2);
    app.database.elsewhere(done).await.commit().await;
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 0);
    is_tidy(&app).await;
}

/// Points of a service are taken as soon as it is there, whatever its maker was told.
#[tokio::test]
async fn a_service_that_was_made_by_a_commit_nobody_heard_of_takes_points() {
    let app = TestApp::start().await;
    app.service("A").await;
    let point = |service: &str| json!({"service": service, "metric_type": "LATENCY_MS", "value": 1});
    app.post("/api/metrics", &point("a")).await.data();
    refuse(&app, About::Service).await;
    app.database.take_statements();
    let refused = app.post("/api/services", &json!({"name": "B"})).await;
    assert!(refused.status.is_server_error() || refused.status == 409, "{}", refused.status);
    let done = app.database.take_statements();
    refuse_no_longer(&app).await;
    assert_eq!(app.post("/api/metrics", &point("b")).await.status, 422);

    let writes = |statement: &String| !statement.starts_with("SELECT");
    app.database.elsewhere(done.into_iter().filter(writes)).await.commit().await;
    app.app.store().refresh_head().await.unwrap();
    app.settle().await;
    app.post("/api/metrics", &point("b")).await.data();
}
