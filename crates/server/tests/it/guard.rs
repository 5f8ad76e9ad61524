//! Who is let in while there is no sign-in, and what every answer carries.

use crate::support::{detail, send};
use axum::http::Method;
use serde_json::json;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::TestDatabase;

const PAGE: &str = "http://localhost:3000";

async fn with_allowed_page() -> TestApp {
    let allow = |settings: &mut tracely_server::Settings| settings.cors_allowed_origins = vec![PAGE.into()];
    TestApp::with(TestDatabase::new().await, allow).await
}

#[tokio::test]
async fn a_host_that_is_not_local_is_refused() {
    let app = TestApp::start().await;
    for host in
        ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8080", "[::1].evil.example", "[::1]x", ""]
    {
        for path in ["/api/services", "/healthz", "/api/none"] {
            let answer = send(&app, Method::GET, path, &[("host", host)], "").await;
            assert!(detail(&answer, 403).contains("the Host must be localhost"), "{host}");
        }
    }
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "[::1]", "[::1]:8080", "tracely.localhost:1"] {
        assert_eq!(
            send(&app, Method::GET, "/api/services", &[("host", host)], "").await.status,
            200,
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_page_from_elsewhere_may_not_call() {
    let app = with_allowed_page().await;
    let body = json!({"name": "x"}).to_string();
    for origin in ["https://evil.example", "null", "http://localhost:3001", "http://127.0.0.1:8081", "x"] {
        let headers = [("origin", origin), ("content-type", "application/json")];
        let answer = send(&app, Method::POST, "/api/services", &headers, body.clone()).await;
        assert!(detail(&answer, 403).contains("CORS_ALLOWED_ORIGINS"), "{origin}");
    }
    for origin in [PAGE, "http://127.0.0.1:8080"] {
        let answer = send(&app, Method::GET, "/api/services", &[("origin", origin)], "").await;
        assert_eq!(answer.json()["meta"]["total"], 0, "{origin}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_for_an_allowed_page_only() {
    let app = with_allowed_page().await;
    let asks = |origin| {
        [
            ("origin", origin),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "content-type,if-match,idempotency-key"),
        ]
    };
    let answer = send(&app, Method::OPTIONS, "/api/incidents/INC-1", &asks(PAGE), "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], PAGE);
    assert!(answer.headers["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
    let headers = answer.headers["access-control-allow-headers"].to_str().unwrap();
    for needed in ["content-type", "if-match", "idempotency-key"] {
        assert!(headers.contains(needed), "{headers}");
    }
    let refused =
        send(&app, Method::OPTIONS, "/api/incidents/INC-1", &asks("https://evil.example"), "").await;
    assert_eq!(refused.status, 403);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn an_allowed_page_sees_the_answer_and_its_headers_also_of_a_problem() {
    let app = with_allowed_page().await;
    for path in ["/api/services", "/api/incidents/INC-1"] {
        let answer = send(&app, Method::GET, path, &[("origin", PAGE)], "").await;
        assert_eq!(answer.headers["access-control-allow-origin"], PAGE, "{path}");
        let exposed = answer.headers["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("etag") && exposed.contains("location"), "{exposed}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start().await;
    for (method, path, host, status) in [
        (Method::GET, "/api/services", "localhost", 200),
        (Method::GET, "/api/none", "localhost", 404),
        (Method::PUT, "/api/services", "localhost", 405),
        (Method::GET, "/api/services?x=1", "localhost", 400),
        (Method::GET, "/api/services", "evil.example", 403),
        (Method::GET, "/api/docs", "localhost", 200),
        (Method::GET, "/healthz", "localhost", 200),
    ] {
        let answer = send(&app, method, path, &[("host", host)], "").await;
        assert_eq!(answer.status, status, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{path}: {policy}");
    }
}
