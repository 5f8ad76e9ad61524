//! `GET /api/timeline`: the history of all incidents together.

use crate::support::{column, place, text, watched};
use serde_json::json;
use tracely_testkit::app::TestApp;

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn the_history_of_all_incidents_is_told_newest_first() {
    let app = TestApp::start().await;
    let (a, ..) = watched(&app).await;
    let b = app.service("TV+").await;
    app.latency(&a, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(SECOND);
    app.latency(&b, 300.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(SECOND);
    app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS", "severity": "LOW"})).await.data();

    let path = "/api/timeline";
    let listed = app.get(path).await.json();
    assert_eq!(place(&listed), json!({"total": 5, "limit": 20, "offset": 0}));
    assert_eq!(
        column(&listed["data"], "kind"),
        ["SEVERITY_CHANGED", "ASSIGNED", "STATUS_CHANGED", "CREATED", "CREATED"],
        "what happened at once is in its order too"
    );
    assert_eq!(column(&listed["data"], "incident_key"), ["INC-1", "INC-1", "INC-1", "INC-2", "INC-1"]);
    let newest = &listed["data"][0];
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(
        *newest,
        json!({
            "id": text(newest, "id"), "incident_id": incident["id"], "kind": "SEVERITY_CHANGED",
            "actor": "operator", "old_value": "HIGH", "new_value": "LOW", "created_at": "2024-01-15T10:30:02Z",
            "incident_key": "INC-1", "title": incident["title"], "severity": "LOW", "service_id": a,
            "service_name": "Superonline",
        })
    );
    let mut pages = Vec::new();
    for offset in [0, 2, 4, 6] {
        pages.extend(column(&app.get(&format!("{path}?limit=2&offset={offset}")).await.data(), "id"));
    }
    assert_eq!(pages, column(&listed["data"], "id"));
    for (span, keys) in [
        ("from=2024-01-15T10:30:01Z&to=2024-01-15T10:30:02Z", &["INC-2"][..]),
        ("to=2024-01-15T10:30:01Z", &["INC-1"]),
        ("from=2024-01-15T10:30:03Z", &[]),
    ] {
        assert_eq!(column(&app.get(&format!("{path}?{span}")).await.data(), "incident_key"), keys, "{span}");
    }
}

#[tokio::test]
async fn an_empty_installation_has_no_history_and_wrong_parameters_are_named() {
    let app = TestApp::start().await;
    let listed = app.get("/api/timeline").await.json();
    assert_eq!(listed["data"], json!([]));
    assert_eq!(place(&listed), json!({"total": 0, "limit": 20, "offset": 0}));
    let wrong = app.get("/api/timeline?from=1&limit=0&kind=CREATED").await;
    assert_eq!(wrong.places(400), ["from", "limit", "kind"]);
    let backwards = app.get("/api/timeline?from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z").await;
    assert_eq!(backwards.places(422), ["to"]);
}
