//! `/api/services`.

use crate::support::{
    check_filters, check_sorts, column, detail, listed, open_incident, point, text, total, watched,
};
use axum::http::Method;
use serde_json::json;
use tracely_testkit::app::TestApp;

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn a_service_gets_a_key_from_its_name_and_is_found_where_the_answer_says() {
    let app = TestApp::start().await;
    let made = app.post("/api/services", &json!({"name": " TV+ Canlı ", "description": "Live"})).await;
    assert_eq!(made.status, 201);
    let service = made.json()["data"].clone();
    assert_eq!(
        service,
        json!({
            "id": service["id"], "key": "tv-canli", "name": "TV+ Canlı", "description": "Live",
            "created_at": "2024-01-15T10:30:00Z", "updated_at": "2024-01-15T10:30:00Z",
        })
    );
    let place = made.headers["location"].to_str().unwrap();
    assert_eq!(place, format!("/api/services/{}", text(&service, "id")));
    assert_eq!(app.get(place).await.data(), service);
    assert_eq!(app.get("/api/services/tv-canli").await.data(), service);
}

#[tokio::test]
async fn services_of_one_name_get_keys_of_their_own_even_at_the_same_time() {
    let app = TestApp::start().await;
    let body = json!({"name": "TV+"});
    let make = || app.post("/api/services", &body);
    let (a, b, c, d) = tokio::join!(make(), make(), make(), make());
    let mut keys: Vec<_> = [a, b, c, d].iter().map(|made| text(&made.data(), "key")).collect();
    keys.sort();
    assert_eq!(keys, ["tv", "tv-2", "tv-3", "tv-4"]);
}

#[tokio::test]
async fn a_key_may_be_chosen_and_is_unique() {
    let app = TestApp::start().await;
    let body = json!({"name": "Paycell", "key": "pay.cell_1-a"});
    assert_eq!(app.post("/api/services", &body).await.data()["key"], "pay.cell_1-a");
    let refused = app.post("/api/services", &body).await;
    assert_eq!(detail(&refused, 409), "another service has the key pay.cell_1-a");
    app.service("Other").await;
    let refused = app.patch("/api/services/other", &json!({"key": "pay.cell_1-a"})).await;
    assert_eq!(detail(&refused, 409), "another service has the key pay.cell_1-a");
}

#[tokio::test]
async fn every_wrong_field_of_a_service_is_named_at_once() {
    let app = TestApp::start().await;
    let long = "x".repeat(2_001);
    for key in ["Upper", "-dash", "a b", "ş", "", &"k".repeat(65), "018cd1f2-3c00-7000-8000-000000000001"] {
        let body = json!({"name": " ", "key": key, "description": long, "colour": "red"});
        let places = app.post("/api/services", &body).await.places(422);
        assert_eq!(places, ["/name", "/key", "/description", "/colour"], "{key}");
    }
    for name in [json!(null), json!(7), json!("x".repeat(201)), json!("a\u{0}b")] {
        assert_eq!(app.post("/api/services", &json!({"name": name})).await.places(422), ["/name"]);
    }
    assert_eq!(app.post("/api/services", &json!({})).await.places(422), ["/name"]);
    assert_eq!(total(&app, "/api/services").await, 0);
}

#[tokio::test]
async fn a_change_touches_what_was_sent_and_nothing_else() {
    let app = TestApp::start().await;
    app.post("/api/services", &json!({"name": "Paycell", "description": "Payments"})).await.data();
    app.advance(SECOND);
    let renamed = app.patch("/api/services/paycell", &json!({"name": "Paycell 2"})).await.data();
    assert_eq!([&renamed["key"], &renamed["name"]], ["paycell", "Paycell 2"]);
    assert_eq!(renamed["description"], "Payments");
    assert_eq!(renamed["updated_at"], "2024-01-15T10:30:01Z");
    assert_eq!(renamed["created_at"], "2024-01-15T10:30:00Z");

    app.advance(SECOND);
    let same = app.patch("/api/services/paycell", &json!({"name": "Paycell 2"})).await.data();
    assert_eq!(same, renamed, "asking for what is so changes nothing");
    assert_eq!(app.patch("/api/services/paycell", &json!({})).await.data(), renamed);
    assert_eq!(app.patch("/api/services/paycell", &json!({"name": null})).await.places(422), ["/name"]);
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let service = app.service("Before").await;
        let path = format!("/api/services/{service}");
        let (name, key, about) =
            (json!({"name": "After"}), json!({"key": format!("k{round}")}), json!({"description": "About"}));
        let (a, b, c) =
            tokio::join!(app.patch(&path, &name), app.patch(&path, &key), app.patch(&path, &about));
        assert_eq!([a.status, b.status, c.status], [200, 200, 200]);
        let after = app.get(&path).await.data();
        assert_eq!([&after["name"], &after["description"]], ["After", "About"]);
        assert_eq!(after["key"], format!("k{round}"));
    }
}

#[tokio::test]
async fn services_are_sorted_by_each_key_and_paged() {
    let app = TestApp::start().await;
    for (name, key) in [("Bravo", "k3"), ("Alpha", "k1"), ("Charlie", "k2")] {
        app.post("/api/services", &json!({"name": name, "key": key})).await.data();
        app.advance(SECOND);
    }
    app.patch("/api/services/k3", &json!({"description": "new"})).await.data();
    check_sorts(
        &app,
        "/api/services",
        "name",
        &[
            ("name", &["Alpha", "Bravo", "Charlie"]),
            ("key", &["Alpha", "Charlie", "Bravo"]),
            ("created_at", &["Bravo", "Alpha", "Charlie"]),
            ("updated_at", &["Alpha", "Charlie", "Bravo"]),
        ],
    )
    .await;
    assert_eq!(listed(&app, "/api/services", "name").await, ["Alpha", "Bravo", "Charlie"], "by default");

    let page = app.get("/api/services?limit=2&offset=1").await.json();
    assert_eq!(column(&page["data"], "name"), ["Bravo", "Charlie"]);
    assert_eq!(page["meta"], json!({"total": 3, "limit": 2, "offset": 1}));
    let beyond = app.get("/api/services?offset=3").await.json();
    assert_eq!(beyond, json!({"data": [], "meta": {"total": 3, "limit": 20, "offset": 3}}));
}

#[tokio::test]
async fn a_search_looks_into_name_key_and_description_whatever_the_case() {
    let app = TestApp::start().await;
    for (name, about) in [
        ("Çağrı Merkezi", "100% uptime"),
        ("İstanbul", "a_b"),
        ("Isparta", "C:\\logs"),
        ("Other", "axb 1000"),
    ] {
        app.post("/api/services", &json!({"name": name, "description": about})).await.data();
    }
    check_filters(
        &app,
        "/api/services?search=",
        "name",
        &[
            ("OTHER", &["Other"]),
            ("cagri-merkezi", &["Çağrı Merkezi"]),
            ("%C3%A7a%C4%9Fr%C4%B1", &["Çağrı Merkezi"]),
            ("%C3%87A%C4%9ERI", &["Çağrı Merkezi"]),
            ("istanbul", &["İstanbul"]),
            ("%C4%B0STANBUL", &["İstanbul"]),
            ("%C4%B1sparta", &["Isparta"]),
            ("UPTIME", &["Çağrı Merkezi"]),
            ("100%25", &["Çağrı Merkezi"]),
            ("a_b", &["İstanbul"]),
            ("c:%5Clogs", &["Isparta"]),
            ("%20other%20", &["Other"]),
            ("nothing+of+this", &[]),
        ],
    )
    .await;
    assert_eq!(total(&app, "/api/services?search=").await, 4, "an empty text is no search");
    assert_eq!(total(&app, "/api/services?search=o&limit=1").await, 2);
}

#[tokio::test]
async fn a_service_with_a_live_incident_is_not_deleted() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    let path = format!("/api/services/{service}");
    let refused = app.call(Method::DELETE, &path).await;
    assert_eq!(detail(&refused, 409), "Superonline has 1 live incident(s); close them first");

    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    assert_eq!(app.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(app.call(Method::DELETE, &path).await.status, 404);
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["service_name"], "Superonline");
}

#[tokio::test]
async fn a_deleted_service_takes_no_points_and_keeps_those_it_has() {
    let app = TestApp::start().await;
    let service = app.service("Old").await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    assert_eq!(app.call(Method::DELETE, "/api/services/old").await.status, 204);

    let refused = app.post("/api/metrics", &point(&service, 11.0, "2024-01-15T10:21:00Z")).await;
    assert_eq!(refused.places(422), ["/service_id"]);
    let by_key = json!({"service": "old", "metric_type": "LATENCY_MS", "value": 1});
    assert_eq!(app.post("/api/metrics", &by_key).await.places(422), ["/service"]);
    let points = app.get(&format!("/api/metrics?service_id={service}")).await.data();
    assert_eq!(column(&points, "value"), ["10.0"]);
    assert_eq!(column(&points, "service_name"), ["Old"]);

    let again = app.service("Old").await;
    assert_ne!(again, service, "the key is free again");
    app.post("/api/metrics", &by_key).await.data();
    assert_eq!(listed(&app, "/api/metrics?service=old", "service_id").await, [again]);
}

#[tokio::test]
async fn a_new_name_is_not_written_onto_old_incidents() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.patch(&format!("/api/services/{service}"), &json!({"name": "Fiber"})).await.data();
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(incident["service_name"], "Superonline");
    assert_eq!(incident["title"], "Latency of Superonline above 150 ms: 200 ms");
    assert_eq!(listed(&app, "/api/metrics", "service_name").await, ["Fiber"]);
}

#[tokio::test]
async fn points_go_to_the_new_key_as_soon_as_it_is_changed() {
    let app = TestApp::start().await;
    app.service("Paycell").await;
    let by = |key: &str| json!({"service": key, "metric_type": "LATENCY_MS", "value": 1});
    app.post("/api/metrics", &by("paycell")).await.data();
    app.patch("/api/services/paycell", &json!({"key": "pay"})).await.data();
    assert_eq!(app.post("/api/metrics", &by("paycell")).await.places(422), ["/service"]);
    app.post("/api/metrics", &by("pay")).await.data();
    assert_eq!(app.get("/api/services/paycell").await.status, 404);
}

#[tokio::test]
async fn a_service_takes_points_as_soon_as_it_is_made_whatever_else_goes_on() {
    let app = TestApp::start().await;
    let make_and_use = async |key: String| {
        app.post("/api/services", &json!({"name": key, "key": key})).await.data();
        // Meanwhile others go on, who began to read what services there are before this one was made.
        app.get("/api/system").await.data();
        let body = json!({"service": key, "metric_type": "LATENCY_MS", "value": 1});
        app.post("/api/metrics", &body).await.status.as_u16()
    };
    for round in 0..20 {
        let keys = (0..8).map(|number| format!("s{round}-{number}"));
        let statuses = futures_util::future::join_all(keys.map(make_and_use)).await;
        assert_eq!(statuses, [201; 8], "round {round}");
    }
}
