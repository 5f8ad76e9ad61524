//! Restarts: what was decided stays decided, and nothing is decided twice.

use crate::support::{listed, open_incident, point, total, watched};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_core::id::IncidentId;
use tracely_core::incident::Violations;
use tracely_core::time::Timestamp;
use tracely_store::incident::store_counts;
use tracely_testkit::app::TestApp;

const SECOND: i64 = 1_000_000;

async fn incident(app: &TestApp) -> Value {
    app.get("/api/incidents/INC-1").await.data()
}

#[tokio::test]
async fn a_restart_repeats_nothing_and_forgets_nothing() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    // These points are acknowledged and not yet worked on when the process dies.
    app.latency(&service, 500.0, "2024-01-15T10:21:00Z").await;
    app.latency(&service, 10.0, "2024-01-15T10:22:00Z").await;

    let app = app.crash_and_restart().await;
    app.settle().await;
    let listing = app.get("/api/incidents").await.json();
    assert_eq!(listing["meta"]["total"], 1);
    assert_eq!(listing["data"][0]["violation_count"], 2);
    assert_eq!(listing["data"][0]["peak_value"], 500.0);
    assert_eq!(listing["data"][0]["recovered_at"], "2024-01-15T10:22:00Z");
    let inbox = "/api/notifications?sort_dir=asc";
    assert_eq!(listed(&app, inbox, "kind").await, ["OPENED", "RECOVERED"]);

    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!(listed(&app, inbox, "kind").await, ["OPENED", "RECOVERED"]);
    assert_eq!(total(&app, "/api/metrics").await, 3);
}

#[tokio::test]
async fn a_rule_and_points_that_no_worker_saw_before_the_crash_are_worked_on_after_it() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!((total(&app, "/api/incidents").await, total(&app, "/api/notifications").await), (1, 1));
}

#[tokio::test]
async fn counts_go_on_from_the_snapshot() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    for (value, minute) in [(300.0, 21), (250.0, 22)] {
        app.latency(&service, value, &format!("2024-01-15T10:{minute}:00Z")).await;
    }
    app.settle().await;
    let before = incident(&app).await;
    let app = app.crash_and_restart().await;
    assert_eq!(incident(&app).await, before, "right after the restart");
    app.settle().await;
    assert_eq!(incident(&app).await, before, "and when the workers have run");
    app.latency(&service, 280.0, "2024-01-15T10:23:00Z").await;
    app.settle().await;
    let after = incident(&app).await;
    assert_eq!((&after["violation_count"], &after["peak_value"]), (&json!(4), &json!(300.0)));
    assert_eq!(after["last_violation_at"], "2024-01-15T10:23:00Z");
}

#[tokio::test]
async fn counts_that_are_stored_are_not_written_again() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.settle().await;
    let id: IncidentId = incident(&app).await["id"].as_str().unwrap().parse().unwrap();
    let last_at = Timestamp::parse("2024-01-15T10:20:00Z").unwrap();
    let known = Violations { count: 1, last_at, peak: 200.0 };
    // What a restart finds due is that of every live incident.
    let store = async |violations| {
        let tx = app.app.store().begin().await.unwrap();
        let changed = store_counts(&tx, &[(id, violations)]).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    assert_eq!(store(known).await, 0);
    let later = [
        Violations { count: 2, ..known },
        Violations { count: 2, last_at: Timestamp(last_at.0 + SECOND), ..known },
        Violations { count: 2, last_at: Timestamp(last_at.0 + SECOND), peak: 300.0 },
    ];
    for violations in later {
        assert_eq!((store(violations).await, store(violations).await), (1, 0), "{violations:?}");
    }
    let stored = incident(&app).await;
    assert_eq!(
        (&stored["violation_count"], &stored["peak_value"], &stored["last_violation_at"]),
        (&json!(2), &json!(300.0), &json!("2024-01-15T10:20:01Z"))
    );
}

#[tokio::test]
async fn every_step_may_be_followed_by_a_crash() {
    let mut app = TestApp::start().await;
    let (service, department, rule) = watched(&app).await;
    for (step, value) in [200.0, 10.0, 300.0, 250.0, 5.0, 400.0].into_iter().enumerate() {
        app.latency(&service, value, &format!("2024-01-15T10:2{step}:00Z")).await;
        if step % 2 == 0 {
            app.settle().await;
            app.advance(31 * SECOND);
        }
        app = app.crash_and_restart().await;
    }
    app.settle().await;
    let found = incident(&app).await;
    assert_eq!((&found["violation_count"], &found["peak_value"]), (&json!(4), &json!(400.0)));
    assert_eq!((&found["recovered_at"], &found["rule_id"]), (&json!(null), &json!(rule)));
    let events = listed(&app, "/api/incidents/INC-1/events", "kind").await;
    assert_eq!(events, ["CREATED", "RECOVERED", "VIOLATED_AGAIN", "RECOVERED", "VIOLATED_AGAIN"]);
    let inbox = format!("/api/notifications?sort_dir=asc&department_id={department}");
    assert_eq!(listed(&app, &inbox, "kind").await, ["OPENED", "RECOVERED", "RECOVERED"]);
    assert_eq!(total(&app, "/api/incidents").await, 1);
    assert_eq!(total(&app, "/api/metrics").await, 6);
}

#[tokio::test]
async fn an_incident_closed_while_its_condition_holds_stays_silent_over_a_restart() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.settle().await;
    let app = app.crash_and_restart().await;
    app.latency(&service, 210.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 1, "silent");
    app.latency(&service, 10.0, "2024-01-15T10:22:00Z").await;
    let app = app.crash_and_restart().await;
    app.latency(&service, 220.0, "2024-01-15T10:23:00Z").await;
    app.settle().await;
    assert_eq!(
        listed(&app, "/api/incidents?status=OPEN", "key").await,
        ["INC-2"],
        "cleared, and violated again"
    );
}

#[tokio::test]
async fn a_close_that_no_worker_saw_before_the_crash_silences_too() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.latency(&service, 210.0, "2024-01-15T10:21:00Z").await;
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 1);
    let kinds = listed(&app, "/api/notifications?sort_dir=asc", "kind").await;
    assert_eq!(kinds, ["OPENED", "CLOSED"]);
}

#[tokio::test]
async fn edits_and_deletions_of_rules_outlive_a_restart() {
    let app = TestApp::start().await;
    let (service, department, rule) = watched(&app).await;
    let other = app.rule(&department, &json!({"name": "Other", "threshold": 100})).await;
    app.settle().await;
    app.patch(&format!("/api/rules/{rule}"), &json!({"threshold": 500})).await.data();
    app.call(Method::DELETE, &format!("/api/rules/{other}")).await;
    let app = app.crash_and_restart().await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 0);
    let app = app.crash_and_restart().await;
    app.latency(&service, 501.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    assert_eq!(listed(&app, "/api/incidents", "threshold").await, ["500.0"]);
}

#[tokio::test]
async fn backfill_is_not_judged_after_a_restart_either() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    let points = [point(&service, 900.0, "2024-01-15T10:20:00Z")];
    app.post("/api/metrics/batch", &json!({"points": points, "backfill": true})).await.data();
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!((total(&app, "/api/incidents").await, total(&app, "/api/metrics").await), (0, 1));
}

/// Lets the workers go on, with a crash after each of the first pieces of work.
async fn settle_with_crashes(mut app: TestApp) -> TestApp {
    for _ in 0..6 {
        app.step().await;
        app = app.crash_and_restart().await;
    }
    app.settle().await;
    app
}

#[tokio::test]
async fn what_one_batch_causes_is_done_in_parts_and_a_crash_between_them_repeats_nothing() {
    const SERVICES: usize = 45;
    const RULES: usize = 11;
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    for number in 0..RULES {
        app.rule(&department, &json!({"name": format!("rule {number}")})).await;
    }
    let mut services = Vec::new();
    for number in 0..SERVICES {
        services.push(app.service(&format!("service {number}")).await);
    }
    app.settle().await;
    let batch = |value: f64, at: &str| -> Value {
        let points = services.iter().map(
            |id| json!({"service_id": id, "metric_type": "LATENCY_MS", "value": value, "recorded_at": at}),
        );
        json!({"points": points.collect::<Vec<_>>()})
    };
    let all = (SERVICES * RULES) as u64;

    app.post("/api/metrics/batch", &batch(200.0, "2024-01-15T10:20:00Z")).await.data();
    app.step().await;
    let done = total(&app, "/api/incidents").await;
    assert!(0 < done && done < all, "a transaction holds a part of what follows: {done}");
    let app = settle_with_crashes(app.crash_and_restart().await).await;
    assert_eq!(total(&app, "/api/incidents?status=OPEN").await, all);
    assert_eq!(total(&app, "/api/notifications?kind=OPENED").await, all);
    let numbers = listed(&app, "/api/incidents?sort_by=number&sort_dir=desc&limit=1", "number").await;
    assert_eq!(numbers, [all.to_string()], "numbers have no gaps");

    // One clears and fails again in the same request, so that an incident turns twice in a part.
    let mut both = batch(10.0, "2024-01-15T10:21:00Z");
    let again = batch(300.0, "2024-01-15T10:22:00Z");
    let points = both["points"].as_array_mut().unwrap();
    points.extend(again["points"].as_array().unwrap()[..5].iter().cloned());
    app.post("/api/metrics/batch", &both).await.data();
    let app = settle_with_crashes(app).await;
    assert_eq!(total(&app, "/api/notifications?kind=RECOVERED").await, all);
    assert_eq!(total(&app, "/api/incidents").await, all);
    for (path, kinds) in [
        ("INC-1", &["CREATED", "RECOVERED", "VIOLATED_AGAIN"][..]),
        ("INC-495", &["CREATED", "RECOVERED"][..]),
    ] {
        let path = format!("/api/incidents/{path}/events?sort_dir=asc");
        assert_eq!(listed(&app, &path, "kind").await, kinds, "{path}");
    }
    let first = app.get("/api/incidents/INC-1").await.data();
    assert_eq!((&first["violation_count"], &first["recovered_at"]), (&json!(2), &Value::Null));
    let last = app.get("/api/incidents/INC-495").await.data();
    assert_eq!(last["recovered_at"], "2024-01-15T10:21:00Z");
}
