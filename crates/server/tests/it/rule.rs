//! `/api/rules`: how rules are managed. What they do to points is in `judging`.

use crate::support::{
    check_filters, check_sorts, column, detail, listed, open_incident, text, total, watched, with,
};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn a_rule_is_made_and_found_where_the_answer_says() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    let body = json!({
        "name": "High Latency Alert", "description": "Alert when latency exceeds 150ms",
        "metric_type": "LATENCY_MS", "operator": ">", "threshold": 150, "severity": "HIGH",
        "department_id": department, "enabled": true,
    });
    let made = app.post("/api/rules", &body).await;
    assert_eq!(made.status, 201);
    let rule = made.json()["data"].clone();
    assert_eq!(
        rule,
        json!({
            "id": rule["id"], "name": "High Latency Alert", "description": "Alert when latency exceeds 150ms",
            "metric_type": "LATENCY_MS", "operator": ">", "threshold": 150.0, "severity": "HIGH",
            "department_id": department, "enabled": true, "service_ids": [], "labels": [], "version": 1,
            "created_at": "2024-01-15T10:30:00Z", "updated_at": "2024-01-15T10:30:00Z",
        })
    );
    let place = made.headers["location"].to_str().unwrap();
    assert_eq!(place, format!("/api/rules/{}", text(&rule, "id")));
    assert_eq!(app.get(place).await.data(), rule);
}

#[tokio::test]
async fn every_field_that_a_new_rule_lacks_is_named_once() {
    let app = TestApp::start().await;
    let needed = ["/name", "/metric_type", "/operator", "/threshold", "/severity", "/department_id"];
    assert_eq!(app.post("/api/rules", &json!({})).await.places(422), needed);
    let nulls = json!({
        "name": null, "metric_type": null, "operator": null, "threshold": null, "severity": null,
        "department_id": null,
    });
    assert_eq!(app.post("/api/rules", &nulls).await.places(422), needed);
}

#[tokio::test]
async fn every_wrong_field_of_a_rule_is_named_at_once() {
    let app = TestApp::start().await;
    let unknown = "018cd1f2-3c00-7000-8000-000000000001";
    let body = json!({
        "name": "", "description": 1, "metric_type": "NONE", "operator": "=>", "threshold": "150",
        "severity": "high", "department_id": unknown, "enabled": "yes", "service_ids": ["x", 5], "version": 2,
        "labels": [{"name": "1a", "operator": "=", "value": "x"}, {"name": "a", "operator": "~"}, 7],
    });
    let mut places = app.post("/api/rules", &body).await.places(422);
    places.sort();
    let expected = [
        "/department_id",
        "/description",
        "/enabled",
        "/labels/0",
        "/labels/1/operator",
        "/labels/1/value",
        "/labels/2",
        "/metric_type",
        "/name",
        "/operator",
        "/service_ids/0",
        "/service_ids/1",
        "/severity",
        "/threshold",
        "/version",
    ];
    assert_eq!(places, expected);
}

#[tokio::test]
async fn a_rule_is_checked_against_what_it_points_at() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("Superonline").await, app.department("Ops").await);
    let unknown = "018cd1f2-3c00-7000-8000-000000000001";
    let whole = json!({
        "name": "x", "metric_type": "PACKET_LOSS", "operator": ">", "threshold": 5, "severity": "LOW",
        "department_id": department,
    });
    let body = |more: Value| with(whole.clone(), &more);
    for (more, place) in [
        (json!({"threshold": 100.5}), "/threshold"),
        (json!({"threshold": -1}), "/threshold"),
        (json!({"service_ids": [service, unknown]}), "/service_ids/1"),
        (json!({"service_ids": [service, service, unknown]}), "/service_ids/2"),
        (json!({"labels": [{"name": "a", "operator": "=~", "value": "("}]}), "/labels/0"),
        (json!({"labels": vec![json!({"name": "a", "operator": "=", "value": "x"}); 17]}), "/labels"),
    ] {
        assert_eq!(app.post("/api/rules", &body(more.clone())).await.places(422), [place], "{more}");
    }
    assert_eq!(total(&app, "/api/rules").await, 0);
    let made = app.post("/api/rules", &body(json!({"service_ids": [service, service]}))).await.data();
    assert_eq!(made["service_ids"], json!([service]), "each once");
}

#[tokio::test]
async fn a_change_touches_what_was_sent_and_counts_the_version() {
    let app = TestApp::start().await;
    let (service, other) = (app.service("A").await, app.service("B").await);
    let department = app.department("Ops").await;
    let rule = app.rule(&department, &json!({"service_ids": [service, other]})).await;
    let path = format!("/api/rules/{rule}");
    let before = app.get(&path).await.data();
    app.advance(SECOND);
    let changed = app.patch(&path, &json!({"threshold": 200.5, "enabled": false})).await.data();
    let mut expected = before;
    expected["threshold"] = json!(200.5);
    expected["enabled"] = json!(false);
    expected["version"] = json!(2);
    expected["updated_at"] = json!("2024-01-15T10:30:01Z");
    assert_eq!(changed, expected);

    app.advance(SECOND);
    for same in [json!({}), json!({"threshold": 200.5}), json!({"service_ids": [other, service]})] {
        assert_eq!(app.patch(&path, &same).await.data(), expected, "{same} changes nothing");
    }
    assert_eq!(
        app.patch(&path, &json!({"operator": null, "threshold": -1})).await.places(422),
        ["/operator", "/threshold"]
    );
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    for _ in 0..10 {
        let path = format!("/api/rules/{}", app.rule(&department, &json!({})).await);
        let (name, threshold, enabled) =
            (json!({"name": "After"}), json!({"threshold": 7}), json!({"enabled": false}));
        let (a, b, c) =
            tokio::join!(app.patch(&path, &name), app.patch(&path, &threshold), app.patch(&path, &enabled));
        assert_eq!([a.status, b.status, c.status], [200, 200, 200]);
        let after = app.get(&path).await.data();
        assert_eq!(after["version"], 4);
        assert_eq!(
            (&after["name"], &after["threshold"], &after["enabled"]),
            (&json!("After"), &json!(7.0), &json!(false))
        );
    }
}

#[tokio::test]
async fn a_rule_can_be_switched_off_after_the_range_of_its_metric_type_shrank() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    let path = format!("/api/rules/{}", app.rule(&department, &json!({})).await);
    app.patch("/api/metric-types/LATENCY_MS", &json!({"max": 100})).await.data();
    assert_eq!(app.patch(&path, &json!({"enabled": false})).await.data()["enabled"], false);
    assert_eq!(app.patch(&path, &json!({"threshold": 120})).await.places(422), ["/threshold"]);
}

#[tokio::test]
async fn a_rule_keeps_a_service_that_was_deleted_and_takes_no_other_deleted_one() {
    let app = TestApp::start().await;
    let (kept, gone) = (app.service("Kept").await, app.service("Gone").await);
    let department = app.department("Ops").await;
    let of_gone = app.rule(&department, &json!({"service_ids": [kept, gone]})).await;
    let of_kept = app.rule(&department, &json!({"service_ids": [kept]})).await;
    app.call(Method::DELETE, "/api/services/gone").await;
    let path = format!("/api/rules/{of_gone}");
    assert_eq!(app.patch(&path, &json!({"name": "New"})).await.data()["service_ids"], json!([kept, gone]));
    let refused = app.patch(&format!("/api/rules/{of_kept}"), &json!({"service_ids": [gone, kept]})).await;
    assert_eq!(refused.places(422), ["/service_ids/0"]);
}

#[tokio::test]
async fn rules_are_sorted_by_each_key_and_paged() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    let mut ids = Vec::new();
    for (name, metric_type, threshold, severity) in [
        ("Bravo", "PACKET_LOSS", 3, "CRITICAL"),
        ("Alpha", "LATENCY_MS", 20, "LOW"),
        ("Charlie", "ERROR_RATE", 10, "MEDIUM"),
    ] {
        let more =
            json!({"name": name, "metric_type": metric_type, "threshold": threshold, "severity": severity});
        ids.push(app.rule(&department, &more).await);
        app.advance(SECOND);
    }
    app.patch(&format!("/api/rules/{}", ids[0]), &json!({"enabled": false})).await.data();
    check_sorts(
        &app,
        "/api/rules",
        "name",
        &[
            ("created_at", &["Bravo", "Alpha", "Charlie"]),
            ("updated_at", &["Alpha", "Charlie", "Bravo"]),
            ("name", &["Alpha", "Bravo", "Charlie"]),
            ("metric_type", &["Charlie", "Alpha", "Bravo"]),
            ("threshold", &["Bravo", "Charlie", "Alpha"]),
            ("severity", &["Alpha", "Charlie", "Bravo"]),
        ],
    )
    .await;
    assert_eq!(listed(&app, "/api/rules", "name").await, ["Charlie", "Alpha", "Bravo"], "newest first");
    let page = app.get("/api/rules?limit=2&offset=2").await.json();
    assert_eq!(column(&page["data"], "name"), ["Bravo"]);
    assert_eq!(page["meta"], json!({"total": 3, "limit": 2, "offset": 2}));
}

#[tokio::test]
async fn rules_are_filtered_and_searched() {
    let app = TestApp::start().await;
    let (ops, net) = (app.department("Ops").await, app.department("Net").await);
    let (a, b) = (app.service("A").await, app.service("B").await);
    for (name, more) in [
        ("Çağrı 50%", json!({"metric_type": "PACKET_LOSS", "threshold": 5, "severity": "LOW"})),
        ("Second", json!({"service_ids": [a], "enabled": false, "description": "for_a"})),
        ("Third", json!({"service_ids": [b], "severity": "CRITICAL"})),
    ] {
        let department = if name == "Second" { &net } else { &ops };
        let mut more = more;
        more["name"] = json!(name);
        app.rule(department, &more).await;
        app.advance(SECOND);
    }
    check_filters(
        &app,
        "/api/rules?sort_dir=asc&",
        "name",
        &[
            ("metric_type=PACKET_LOSS", &["Çağrı 50%"]),
            ("metric_type=PACKET_LOSS,LATENCY_MS", &["Çağrı 50%", "Second", "Third"]),
            ("severity=LOW&severity=CRITICAL", &["Çağrı 50%", "Third"]),
            ("severity=HIGH", &["Second"]),
            (&format!("department_id={net}"), &["Second"]),
            (&format!("department_id={net},{ops}"), &["Çağrı 50%", "Second", "Third"]),
            (&format!("service_id={a}"), &["Çağrı 50%", "Second"]),
            (&format!("service_id={b}&enabled=true"), &["Çağrı 50%", "Third"]),
            ("enabled=false", &["Second"]),
            ("search=%C3%87A%C4%9ERI", &["Çağrı 50%"]),
            ("search=FOR_A", &["Second"]),
            ("search=r_a", &["Second"]),
            ("search=50%25", &["Çağrı 50%"]),
            ("search=5_%25", &[]),
            ("metric_type=NONE", &[]),
        ],
    )
    .await;
    assert_eq!(app.get(&format!("/api/rules?service_id={a},{b}")).await.places(400), ["service_id"]);
    assert_eq!(app.get("/api/rules?enabled=1&severity=x").await.places(400), ["severity", "enabled"]);
}

#[tokio::test]
async fn a_deleted_rule_keeps_its_incidents_and_its_name_on_them() {
    let app = TestApp::start().await;
    let (service, _, rule) = watched(&app).await;
    open_incident(&app, &service).await;
    let path = format!("/api/rules/{rule}");
    app.patch(&path, &json!({"name": "Renamed"})).await.data();
    assert_eq!(app.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(app.patch(&path, &json!({"name": "x"})).await.status, 404);
    assert_eq!(app.call(Method::DELETE, &path).await.status, 404);
    assert_eq!(total(&app, "/api/rules").await, 0);
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!((&incident["rule_name"], &incident["rule_id"]), (&json!("High Latency Alert"), &json!(rule)));
    assert_eq!(incident["status"], "OPEN");

    app.latency(&service, 500.0, "2024-01-15T10:25:00Z").await;
    app.settle().await;
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["violation_count"], 1, "it judges no more");
}

#[tokio::test]
async fn the_rules_that_fire_most_come_first_also_deleted_ones() {
    let app = TestApp::start().await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    let department = app.department("Ops").await;
    let once = app.rule(&department, &json!({"name": "Once", "threshold": 300})).await;
    let twice = app.rule(&department, &json!({"name": "Twice", "severity": "LOW"})).await;
    app.latency(&a, 200.0, "2024-01-15T10:20:00Z").await;
    app.latency(&a, 400.0, "2024-01-15T10:21:00Z").await;
    app.latency(&b, 201.0, "2024-01-15T10:22:00Z").await;
    app.settle().await;
    app.call(Method::DELETE, &format!("/api/rules/{twice}")).await;

    let path = "/api/rules/stats/top-triggered";
    let top = app.get(path).await.json();
    assert_eq!(top["meta"], json!({"total": 2, "limit": 20, "offset": 0}));
    assert_eq!(
        top["data"][0],
        json!({
            "rule_id": twice, "rule_name": "Twice", "metric_type": "LATENCY_MS", "severity": "LOW",
            "incident_count": 2, "violation_count": 3, "last_opened_at": "2024-01-15T10:22:00Z",
        })
    );
    assert_eq!(top["data"][1]["rule_id"], once);
    assert_eq!(listed(&app, &format!("{path}?limit=1&offset=1"), "rule_name").await, ["Once"]);
    let span = "from=2024-01-15T10:21:00Z&to=2024-01-15T10:22:00Z";
    assert_eq!(listed(&app, &format!("{path}?{span}"), "rule_name").await, ["Once"], "from is in, to is not");
    assert_eq!(total(&app, &format!("{path}?to=2024-01-15T10:20:00Z")).await, 0);
    assert_eq!(listed(&app, &format!("{path}?rule_id={once}"), "rule_name").await, ["Once"]);
    assert_eq!(listed(&app, &format!("{path}?rule_id={once},{twice}&limit=1"), "rule_name").await, ["Twice"]);
    assert_eq!(total(&app, &format!("{path}?rule_id={once}&rule_id={twice}&{span}")).await, 1);
    assert_eq!(app.get(&format!("{path}?rule_id=1")).await.places(400), ["rule_id"]);
    let refused = app.get(&format!("{path}?from=2024-01-15T10:22:00Z&to=2024-01-15T10:22:00Z")).await;
    assert_eq!(refused.places(422), ["to"]);
    assert!(detail(&refused, 422).contains("later than from"));
}
