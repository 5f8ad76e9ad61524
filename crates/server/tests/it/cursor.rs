//! Long lists that are read on by cursors.

use crate::support::{column, open_incident, problem, watched};
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::large::{Size, fill};

const SORTS: [&str; 9] = [
    "created_at",
    "opened_at",
    "updated_at",
    "number",
    "severity",
    "status",
    "violation_count",
    "last_violation_at",
    "service",
];

async fn filled() -> TestApp {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    let size = Size { incidents: 300, live_stride: 3, services: 20, rules: 20, ..Size::small(START) };
    fill(&database.target, size).await;
    TestApp::on(database).await
}

/// Follows a list from page to page, and returns the ids of all rows.
async fn follow(app: &TestApp, path: &str) -> Vec<String> {
    let mark = if path.contains('?') { '&' } else { '?' };
    let (mut ids, mut next) = (Vec::new(), format!("{path}{mark}limit=37"));
    loop {
        let page = app.get(&next).await.json();
        assert_eq!(page["meta"]["offset"], ids.len(), "{next}: {page:#}");
        assert!(!page["data"].as_array().expect("rows").is_empty(), "{next}: an empty page");
        ids.extend(column(&page["data"], "id"));
        let Some(cursor) = page["meta"]["next_cursor"].as_str() else {
            assert_eq!(page["meta"]["total"], ids.len(), "{path}");
            return ids;
        };
        next = format!("{path}{mark}limit=37&cursor={cursor}");
    }
}

/// Reads a list by offsets.
async fn by_offsets(app: &TestApp, path: &str) -> Vec<String> {
    let mark = if path.contains('?') { '&' } else { '?' };
    let mut ids = Vec::new();
    loop {
        let page = app.get(&format!("{path}{mark}limit=100&offset={}", ids.len())).await.data();
        ids.extend(column(&page, "id"));
        if page.as_array().expect("rows").len() < 100 {
            return ids;
        }
    }
}

#[tokio::test]
async fn pages_by_cursor_are_the_whole_list_in_every_order() {
    let app = filled().await;
    let filters =
        ["", "&status=IN_PROGRESS,CLOSED", "&status=OPEN", "&severity=LOW,CRITICAL", "&search=of+service"];
    for sort in SORTS {
        for direction in ["asc", "desc"] {
            for filter in filters {
                let path = format!("/api/incidents?sort_by={sort}&sort_dir={direction}{filter}");
                let whole = by_offsets(&app, &path).await;
                assert!(whole.len() > 40, "{path}: {}", whole.len());
                assert_eq!(follow(&app, &path).await, whole, "{path}");
            }
        }
    }
    let span = "from=2023-03-01T00:00:00Z&to=2023-11-01T00:00:00Z";
    for path in [
        format!("/api/incidents?sort_by=opened_at&sort_dir=asc&{span}"),
        format!("/api/incidents?sort_by=opened_at&{span}"),
        "/api/timeline".to_owned(),
        format!("/api/timeline?{span}"),
        "/api/notifications".to_owned(),
        "/api/notifications?sort_dir=asc&kind=OPENED".to_owned(),
        "/api/notifications?is_read=true".to_owned(),
        "/api/notifications?is_read=false".to_owned(),
    ] {
        let whole = by_offsets(&app, &path).await;
        assert!(whole.len() > 40, "{path}: {}", whole.len());
        assert_eq!(follow(&app, &path).await, whole, "{path}");
    }
}

#[tokio::test]
async fn rows_that_come_in_between_move_no_page_of_a_cursor() {
    let app = filled().await;
    let first = app.get("/api/incidents?limit=10").await.json();
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    let before = app.get("/api/incidents?limit=10&offset=10").await.data();
    let (service, _, _) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let total = app.get("/api/incidents?limit=1").await.json()["meta"]["total"].as_u64().unwrap();
    assert!(total > 300, "rules of the fixture may open incidents too");

    let next = app.get(&format!("/api/incidents?limit=10&cursor={cursor}")).await.json();
    assert_eq!(column(&next["data"], "id"), column(&before, "id"));
    assert_eq!(next["meta"]["total"], 300, "as the first page told");
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused_by_name() {
    let app = filled().await;
    let page = app.get("/api/incidents?status=OPEN&limit=5").await.json();
    let cursor = page["meta"]["next_cursor"].as_str().unwrap().to_owned();
    let damaged = format!("{}0", &cursor[..cursor.len() - 1]);
    let places = async |path: &str| app.get(path).await.places(422);
    for path in [
        format!("/api/incidents?cursor={cursor}"),
        format!("/api/incidents?status=CLOSED&cursor={cursor}"),
        format!("/api/incidents?status=OPEN&sort_by=number&cursor={cursor}"),
        format!("/api/timeline?cursor={cursor}"),
        format!("/api/notifications?cursor={cursor}"),
        format!("/api/incidents?status=OPEN&cursor={damaged}f"),
        "/api/incidents?status=OPEN&cursor=".to_owned(),
        "/api/incidents?status=OPEN&cursor=INC-7".to_owned(),
        format!("/api/incidents?status=OPEN&offset=5&cursor={cursor}"),
    ] {
        assert_eq!(places(&path).await, ["cursor"], "{path}");
    }
    let unknown = app.get(&format!("/api/services?cursor={cursor}")).await;
    assert_eq!(unknown.places(400), ["cursor"], "a list without cursors");
    // The length of pages and the order of parameters may change.
    let other = app.get(&format!("/api/incidents?cursor={cursor}&limit=7&status=OPEN")).await.json();
    assert_eq!(other["data"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn the_last_page_has_no_cursor() {
    let app = TestApp::start().await;
    let (service, _, _) = watched(&app).await;
    open_incident(&app, &service).await;
    for (path, total) in [("/api/incidents", 1), ("/api/timeline", 1), ("/api/notifications", 1)] {
        let meta = app.get(path).await.json()["meta"].clone();
        let expected = json!({
            "total": total, "total_is_at_least": false, "limit": 20, "offset": 0, "next_cursor": Value::Null,
        });
        assert_eq!(meta, expected, "{path}");
    }
    problem(&app.get("/api/incidents?cursor=00").await, 422);
}
