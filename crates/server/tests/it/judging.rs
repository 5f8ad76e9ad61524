//! What rules do to points, seen from outside. The engine's own tests know every case; these see that it is wired.

use crate::support::{column, labelled, listed, open_incident, point, total, watched};
use serde_json::json;
use tracely_testkit::app::TestApp;

#[tokio::test]
async fn each_operator_compares_as_it_is_written() {
    for (operator, opening, words) in [
        (">", &[151.0][..], "above"),
        (">=", &[150.0, 151.0], "at or above"),
        ("<", &[149.0], "below"),
        ("<=", &[149.0, 150.0], "at or below"),
        ("==", &[150.0], "equal to"),
        ("!=", &[149.0, 151.0], "different from"),
    ] {
        let app = TestApp::start().await;
        let department = app.department("Ops").await;
        app.rule(&department, &json!({"operator": operator})).await;
        let mut expected = Vec::new();
        for value in [149.0, 150.0, 151.0] {
            let service = app.service(&format!("At {value}")).await;
            app.latency(&service, value, "2024-01-15T10:20:00Z").await;
            if opening.contains(&value) {
                expected.push(format!("Latency of At {value} {words} 150 ms: {value} ms"));
            }
        }
        app.settle().await;
        let titles = listed(&app, "/api/incidents?sort_by=number&sort_dir=asc", "title").await;
        assert_eq!(titles, expected, "{operator}");
    }
}

#[tokio::test]
async fn a_rule_of_some_services_leaves_the_others_alone() {
    let app = TestApp::start().await;
    let (watched, other) = (app.service("Watched").await, app.service("Other").await);
    let department = app.department("Ops").await;
    app.rule(&department, &json!({"service_ids": [watched]})).await;
    for service in [&watched, &other] {
        app.latency(service, 200.0, "2024-01-15T10:20:00Z").await;
    }
    app.settle().await;
    assert_eq!(listed(&app, "/api/incidents", "service_id").await, [watched]);
}

#[tokio::test]
async fn each_kind_of_label_matcher_chooses_its_series() {
    let points = [("eu", "A"), ("eu-west", "B"), ("us", "C"), ("", "D")];
    for (operator, value, expected) in [
        ("=", "eu", &["A"][..]),
        ("!=", "eu", &["B", "C", "D"]),
        ("=~", "eu.*", &["A", "B"]),
        ("!~", "eu.*", &["C", "D"]),
        ("=", "", &["D"]),
    ] {
        let app = TestApp::start().await;
        let department = app.department("Ops").await;
        let matcher = json!([{"name": "region", "operator": operator, "value": value}]);
        app.rule(&department, &json!({"labels": matcher})).await;
        for (region, name) in points {
            let service = app.service(name).await;
            let at = "2024-01-15T10:20:00Z";
            let labelled = labelled(&service, 200.0, at, ("region", region));
            let body = if region.is_empty() { point(&service, 200.0, at) } else { labelled };
            app.post("/api/metrics", &body).await.data();
        }
        app.settle().await;
        let mut services = listed(&app, "/api/incidents", "service_name").await;
        services.sort();
        assert_eq!(services, expected, "region{operator}{value}");
    }
}

#[tokio::test]
async fn all_matchers_of_a_rule_must_hold() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("A").await, app.department("Ops").await);
    let matchers = json!([
        {"name": "region", "operator": "=", "value": "eu"}, {"name": "tier", "operator": "!=", "value": "test"},
    ]);
    app.rule(&department, &json!({"labels": matchers})).await;
    let mut body = point(&service, 200.0, "2024-01-15T10:20:00Z");
    body["labels"] = json!({"region": "eu", "tier": "test"});
    app.post("/api/metrics", &body).await.data();
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 0);
    body["labels"] = json!({"region": "eu", "tier": "live"});
    app.post("/api/metrics", &body).await.data();
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 1);
}

#[tokio::test]
async fn a_rule_that_is_switched_off_judges_nothing_until_it_is_switched_on() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("A").await, app.department("Ops").await);
    let rule = app.rule(&department, &json!({"enabled": false})).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 0);
    app.patch(&format!("/api/rules/{rule}"), &json!({"enabled": true})).await.data();
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 0, "points from before are not judged again");
    app.latency(&service, 201.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    assert_eq!(listed(&app, "/api/incidents", "opening_value").await, ["201.0"]);
}

#[tokio::test]
async fn an_edit_takes_effect_with_the_next_point_even_while_the_evaluator_is_behind() {
    let app = TestApp::start().await;
    let (service, department, rule) = watched(&app).await;
    let other = app.department("Other").await;
    app.latency(&service, 120.0, "2024-01-15T10:20:00Z").await;
    let edit = json!({"threshold": 100, "severity": "CRITICAL", "name": "Stricter", "department_id": other});
    app.patch(&format!("/api/rules/{rule}"), &edit).await.data();
    app.latency(&service, 110.0, "2024-01-15T10:21:00Z").await;
    app.patch(&format!("/api/rules/{rule}"), &json!({"threshold": 50, "department_id": department}))
        .await
        .data();
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!((&incident["opening_value"], &incident["threshold"]), (&json!(110.0), &json!(100.0)));
    assert_eq!((&incident["severity"], &incident["rule_name"]), (&json!("CRITICAL"), &json!("Stricter")));
    assert_eq!(incident["department_id"], other);
}

#[tokio::test]
async fn a_point_that_is_a_little_late_is_judged_and_an_older_one_is_only_kept() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.latency(&service, 900.0, "2024-01-15T10:14:59.999999Z").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 0);
    assert_eq!(total(&app, "/api/metrics?min_value=900").await, 1);

    app.latency(&service, 300.0, "2024-01-15T10:15:00Z").await;
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(
        (&incident["opened_at"], &incident["opening_value"]),
        (&json!("2024-01-15T10:15:00Z"), &json!(300.0))
    );
    assert_eq!(incident["recovered_at"], "2024-01-15T10:15:00Z", "the newest point is fine");
}

#[tokio::test]
async fn two_rules_on_one_service_open_two_incidents() {
    let app = TestApp::start().await;
    let (service, department, first) = watched(&app).await;
    let second = app.rule(&department, &json!({"name": "Very high", "threshold": 400})).await;
    app.latency(&service, 500.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let found = app.get("/api/incidents?sort_by=number&sort_dir=asc").await.data();
    assert_eq!(column(&found, "rule_id"), [first, second]);
    assert_eq!(column(&found, "key"), ["INC-1", "INC-2"]);
}

#[tokio::test]
async fn one_service_has_one_incident_of_a_rule_whatever_the_labels() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    for (value, minute, region) in [(200.0, 20, "eu"), (210.0, 21, "us"), (10.0, 22, "eu")] {
        let at = format!("2024-01-15T10:{minute}:00Z");
        app.post("/api/metrics", &labelled(&service, value, &at, ("region", region))).await.data();
    }
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!((&incident["violation_count"], &incident["recovered_at"]), (&json!(2), &json!(null)));
    app.post("/api/metrics", &labelled(&service, 10.0, "2024-01-15T10:23:00Z", ("region", "us")))
        .await
        .data();
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(incident["recovered_at"], "2024-01-15T10:23:00Z");
    assert_eq!(total(&app, "/api/incidents").await, 1);
}

#[tokio::test]
async fn a_condition_that_is_met_again_is_told_in_the_timeline() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    for (value, minute) in [(200.0, 20), (10.0, 21), (300.0, 22)] {
        app.latency(&service, value, &format!("2024-01-15T10:{minute}:00Z")).await;
    }
    app.settle().await;
    let events = app.get("/api/incidents/INC-1/events").await.data();
    assert_eq!(column(&events, "kind"), ["CREATED", "RECOVERED", "VIOLATED_AGAIN"]);
    assert_eq!(column(&events, "new_value")[1..], ["10", "300"]);
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!((&incident["recovered_at"], &incident["version"]), (&json!(null), &json!(1)));
}

#[tokio::test]
async fn backfill_is_stored_and_charted_and_not_judged() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    let points = json!([point(&service, 900.0, "2024-01-15T10:20:00Z")]);
    app.post("/api/metrics/batch", &json!({"points": points, "backfill": true})).await.data();
    app.post("/api/metrics/batch?backfill=true", &json!({"points": points})).await.data();
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 0);
    assert_eq!(total(&app, "/api/metrics").await, 2);
    assert_eq!(app.get("/api/metrics/chart").await.json()["meta"]["total"], 2);
    app.post("/api/metrics/batch?backfill=false", &json!({"points": points})).await.data();
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 1);
}

#[tokio::test]
async fn points_of_one_batch_are_judged_in_their_order() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    let points: Vec<_> = [(200.0, 20), (10.0, 21), (400.0, 22), (350.0, 23)]
        .map(|(value, minute)| point(&service, value, &format!("2024-01-15T10:{minute}:00Z")))
        .into();
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!((&incident["violation_count"], &incident["peak_value"]), (&json!(3), &json!(400.0)));
    assert_eq!(incident["last_violation_at"], "2024-01-15T10:23:00Z");
}

#[tokio::test]
async fn the_peak_of_a_rule_from_below_is_the_least_value() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("A").await, app.department("Ops").await);
    app.rule(&department, &json!({"operator": "<", "threshold": 300})).await;
    open_incident(&app, &service).await;
    app.latency(&service, 50.0, "2024-01-15T10:21:00Z").await;
    app.latency(&service, 100.0, "2024-01-15T10:22:00Z").await;
    app.settle().await;
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["peak_value"], 50.0);
}

#[tokio::test]
async fn one_batch_may_open_hundreds_of_incidents_once_each() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    app.rule(&department, &json!({})).await;
    let mut points = Vec::new();
    for number in 0..250 {
        let service = app.service(&format!("S{number}")).await;
        points.push(point(&service, 200.0, "2024-01-15T10:20:00Z"));
        points.push(point(&service, 10.0, "2024-01-15T10:21:00Z"));
    }
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    app.settle().await;
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 250);
    assert_eq!(total(&app, "/api/notifications?kind=OPENED").await, 250);
    assert_eq!(total(&app, "/api/notifications?kind=RECOVERED").await, 250);
}
