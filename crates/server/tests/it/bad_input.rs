//! What no endpoint lets pass, tried on all of them.

use crate::support::{open_incident, problem, send, watched};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const NOWHERE: &str = "018cd1f2-3c00-7000-8000-000000000001";
const LISTS: [&str; 11] = [
    "/api/services",
    "/api/departments",
    "/api/rules",
    "/api/rules/stats/top-triggered",
    "/api/incidents",
    "/api/incidents/INC-1/comments",
    "/api/incidents/INC-1/events",
    "/api/notifications",
    "/api/metrics",
    "/api/metrics/latest",
    "/api/analytics/availability",
];

async fn with_incident() -> TestApp {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app
}

/// Every endpoint that takes a JSON object, each with a path that exists.
async fn writes(app: &TestApp) -> Vec<(Method, String)> {
    let id = |rows: Value| rows[0]["id"].as_str().expect("an id").to_owned();
    let department = id(app.get("/api/departments").await.data());
    let rule = id(app.get("/api/rules").await.data());
    vec![
        (Method::POST, "/api/services".into()),
        (Method::PATCH, "/api/services/superonline".into()),
        (Method::POST, "/api/departments".into()),
        (Method::PUT, format!("/api/departments/{department}")),
        (Method::POST, "/api/rules".into()),
        (Method::PATCH, format!("/api/rules/{rule}")),
        (Method::PATCH, "/api/incidents/INC-1".into()),
        (Method::POST, "/api/incidents/INC-1/comments".into()),
        (Method::POST, "/api/metric-types".into()),
        (Method::PATCH, "/api/metric-types/LATENCY_MS".into()),
        (Method::POST, "/api/metrics".into()),
        (Method::POST, "/api/metrics/batch".into()),
    ]
}

#[tokio::test]
async fn a_page_has_1_to_100_rows_and_begins_within_a_million() {
    let app = with_incident().await;
    for path in LISTS {
        for limit in ["0", "101", "abc", "", "-1", "1.5", "%2B5", "99999999999999999999"] {
            assert_eq!(
                app.get(&format!("{path}?limit={limit}")).await.places(400),
                ["limit"],
                "{path} {limit}"
            );
        }
        for offset in ["-1", "x", "1000001", "18446744073709551616"] {
            assert_eq!(
                app.get(&format!("{path}?offset={offset}")).await.places(400),
                ["offset"],
                "{path} {offset}"
            );
        }
        let widest = app.get(&format!("{path}?limit=100&offset=1000000")).await.json();
        assert_eq!((&widest["data"], &widest["meta"]["limit"]), (&json!([]), &json!(100)), "{path}");
        assert_eq!(app.get(path).await.json()["meta"]["limit"], 20, "{path}");
        let twice = app.get(&format!("{path}?limit=5&limit=6")).await;
        assert_eq!(twice.places(400), ["limit"], "{path}");
    }
}

#[tokio::test]
async fn unknown_parameters_are_refused_everywhere() {
    let app = with_incident().await;
    for path in LISTS.into_iter().chain([
        "/api/metric-types",
        "/api/metric-types/LATENCY_MS",
        "/api/services/superonline",
        "/api/incidents/INC-1",
        "/api/notifications/unread-count",
        "/api/metrics/chart",
        "/api/analytics/charts",
        "/api/analytics/rankings",
        "/api/analytics/distributions",
        "/api/analytics/incidents",
        "/api/analytics/busiest-hours",
        "/api/system",
    ]) {
        let answer = app.get(&format!("{path}?colour=red&colour=blue&Limit=5")).await;
        assert_eq!(answer.places(400), ["colour", "Limit"], "{path}");
        assert_eq!(problem(&answer, 400)["type"], "urn:tracely:problem:invalid-parameters");
    }
    for (method, path) in writes(&app).await {
        let answer = app.with_json(method, &format!("{path}?dry_run=1"), &json!({})).await;
        assert_eq!(answer.places(400), ["dry_run"], "{path}");
    }
}

#[tokio::test]
async fn sorting_is_by_known_keys_in_two_directions() {
    let app = with_incident().await;
    let sorted = [
        "/api/services",
        "/api/departments",
        "/api/rules",
        "/api/incidents",
        "/api/notifications",
        "/api/metrics",
    ];
    for path in sorted {
        let answer = app.get(&format!("{path}?sort_by=id&sort_dir=DESC")).await;
        assert_eq!(answer.places(400), ["sort_by", "sort_dir"], "{path}");
    }
    for path in ["/api/incidents/INC-1/comments", "/api/incidents/INC-1/events"] {
        assert_eq!(app.get(&format!("{path}?sort_dir=up")).await.places(400), ["sort_dir"], "{path}");
    }
}

#[tokio::test]
async fn a_search_is_a_text_of_at_most_200_characters() {
    let app = with_incident().await;
    for path in [
        "/api/services",
        "/api/departments",
        "/api/rules",
        "/api/incidents",
        "/api/notifications",
        "/api/metrics",
    ] {
        let long = "%C4%9F".repeat(200);
        assert_eq!(app.get(&format!("{path}?search={long}")).await.status, 200, "{path}");
        assert_eq!(app.get(&format!("{path}?search={long}x")).await.places(400), ["search"], "{path}");
        for wrong in ["%00", "%FF", "a%C4"] {
            assert_eq!(
                app.get(&format!("{path}?search={wrong}")).await.places(400),
                ["search"],
                "{path} {wrong}"
            );
        }
        for odd in ["'", "%22", "%5C", "--", "%3B", "%F0%9F%A6%80", "%0A"] {
            assert_eq!(
                app.get(&format!("{path}?search=zz{odd}")).await.json()["meta"]["total"],
                0,
                "{path} {odd}"
            );
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_what_is_no_id_is_refused() {
    let app = TestApp::start().await;
    let any = json!({});
    for (path, methods) in [
        ("/api/departments", &[Method::GET, Method::DELETE][..]),
        ("/api/rules", &[Method::GET, Method::PATCH, Method::DELETE]),
        ("/api/notifications", &[Method::GET]),
    ] {
        for method in methods {
            let answer = app.with_json(method.clone(), &format!("{path}/{NOWHERE}"), &any).await;
            assert_eq!(problem(&answer, 404)["type"], "urn:tracely:problem:not-found", "{method} {path}");
            let answer = app.with_json(method.clone(), &format!("{path}/42"), &any).await;
            assert_eq!(answer.places(400), ["id"], "{method} {path}");
        }
    }
    let put = app.with_json(Method::PUT, &format!("/api/departments/{NOWHERE}"), &json!({"name": "x"})).await;
    problem(&put, 404);
    for path in ["/api/services", "/api/metric-types"] {
        for id in [NOWHERE, "nothing", "NOTHING", "%00", "%C4%9F", "a%2Fb"] {
            for method in [Method::GET, Method::PATCH, Method::DELETE] {
                problem(&app.with_json(method, &format!("{path}/{id}"), &any).await, 404);
            }
        }
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_a_problem_like_any_other() {
    let app = TestApp::start().await;
    for path in ["services", "departments", "rules", "incidents", "notifications", "metric-types"] {
        let answer = app.get(&format!("/api/{path}/%FF")).await;
        assert_eq!(problem(&answer, 400)["type"], "urn:tracely:problem:malformed", "{path}");
    }
    problem(&app.call(Method::DELETE, "/api/incidents/INC-1/comments/%FF").await, 400);
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_problems_too() {
    let app = TestApp::start().await;
    for path in ["/api", "/api/", "/api/none", "/api/services/", "/none", "/api/incidents/INC-1/none"] {
        assert_eq!(problem(&app.get(path).await, 404)["type"], "urn:tracely:problem:not-found", "{path}");
    }
    for (method, path, allowed) in [
        (Method::DELETE, "/api/services", "GET,HEAD,POST"),
        (Method::PUT, "/api/services/x", "DELETE,GET,HEAD,PATCH"),
        (Method::PATCH, "/api/departments/x", "DELETE,GET,HEAD,PUT"),
        (Method::POST, "/api/incidents", "GET,HEAD"),
        (Method::GET, "/api/metrics/batch", "POST"),
        (Method::GET, "/api/notifications/read-all", "POST"),
        (Method::GET, "/api/notifications/x/read", "POST"),
        (Method::POST, "/api/openapi.json", "GET,HEAD"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::DELETE, "/", "GET,HEAD"),
    ] {
        let answer = app.call(method.clone(), path).await;
        let body = problem(&answer, 405);
        assert_eq!(body["type"], "urn:tracely:problem:method-not-allowed", "{method} {path}");
        let mut found: Vec<_> = answer.headers["allow"].to_str().unwrap().split(',').map(str::trim).collect();
        found.sort_unstable();
        assert_eq!(found.join(","), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_everywhere() {
    let app = with_incident().await;
    let json_type = [("content-type", "application/json")];
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    for (method, path) in writes(&app).await {
        for body in ["", "{", "{}x", "{'a': 1}", "nul", &deep] {
            let answer = send(&app, method.clone(), &path, &json_type, body.to_owned()).await;
            assert_eq!(
                problem(&answer, 400)["type"],
                "urn:tracely:problem:malformed",
                "{method} {path} {body:.20}"
            );
        }
        let answer = send(&app, method.clone(), &path, &json_type, b"{\"name\": \"\xFF\"}".to_vec()).await;
        problem(&answer, 400);
        for body in [json!([]), json!("x"), json!(null), json!(5)] {
            assert_eq!(
                app.with_json(method.clone(), &path, &body).await.places(422),
                [""],
                "{method} {path} {body}"
            );
        }
        for headers in [&[][..], &[("content-type", "text/plain")], &[("content-type", "text/json")]] {
            let answer = send(&app, method.clone(), &path, headers, "{}").await;
            problem(&answer, 415);
        }
    }
}
