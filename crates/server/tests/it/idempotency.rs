//! `Idempotency-Key`: a batch that is sent again is not stored again.

use crate::support::{detail, point, send, total};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::{Answer, TestApp};

const HOUR: i64 = 3_600_000_000;

async fn with_service() -> (TestApp, String) {
    let app = TestApp::start().await;
    let service = app.service("Superonline").await;
    (app, service)
}

async fn post(app: &TestApp, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    send(app, Method::POST, "/api/metrics/batch", &headers, body.to_string()).await
}

fn batch(service_id: &str, value: f64) -> Value {
    json!({"points": [point(service_id, value, "2024-01-15T10:20:00Z"), {"value": 1}]})
}

fn replayed(answer: &Answer) -> Option<&str> {
    answer.headers.get("idempotency-replayed").map(|value| value.to_str().expect("a text"))
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_stores_nothing() {
    let (app, service) = with_service().await;
    let first = post(&app, "k-1", &batch(&service, 1.0)).await;
    assert_eq!(first.data()["accepted"], 1);
    assert_eq!(replayed(&first), None);
    for _ in 0..2 {
        let again = post(&app, "k-1", &batch(&service, 1.0)).await;
        assert_eq!((again.status, replayed(&again)), (first.status, Some("true")));
        assert_eq!(again.json(), first.json());
    }
    assert_eq!(total(&app, "/api/metrics").await, 1);
    post(&app, "k-2", &batch(&service, 1.0)).await.data();
    assert_eq!(total(&app, "/api/metrics").await, 2, "another key is another request");
}

#[tokio::test]
async fn a_key_with_other_content_is_refused() {
    let (app, service) = with_service().await;
    post(&app, "k", &batch(&service, 1.0)).await.data();
    let refused = post(&app, "k", &batch(&service, 2.0)).await;
    assert_eq!(refused.places(422), ["Idempotency-Key"]);
    assert!(detail(&refused, 422).contains("was used within 24 hours"));
    assert_eq!(total(&app, "/api/metrics").await, 1);
}

#[tokio::test]
async fn of_equal_requests_at_the_same_time_one_is_carried_out() {
    let (app, service) = with_service().await;
    let body = batch(&service, 1.0);
    let (a, b, c, d) = tokio::join!(
        post(&app, "k", &body),
        post(&app, "k", &body),
        post(&app, "k", &body),
        post(&app, "k", &body)
    );
    let answers = [a, b, c, d];
    assert!(answers.iter().all(|answer| answer.json() == answers[0].json()));
    assert_eq!(answers.iter().filter(|answer| replayed(answer).is_none()).count(), 1);
    assert_eq!(total(&app, "/api/metrics").await, 1);
}

#[tokio::test]
async fn of_different_requests_with_one_key_at_the_same_time_one_is_carried_out() {
    let (app, service) = with_service().await;
    let bodies = [batch(&service, 1.0), batch(&service, 2.0)];
    let (a, b) = tokio::join!(post(&app, "k", &bodies[0]), post(&app, "k", &bodies[1]));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    assert_eq!(total(&app, "/api/metrics").await, 1);
}

#[tokio::test]
async fn a_key_is_remembered_for_a_day_and_then_forgotten() {
    let (app, service) = with_service().await;
    post(&app, "k", &batch(&service, 1.0)).await.data();
    app.advance(24 * HOUR);
    app.settle().await;
    assert_eq!(replayed(&post(&app, "k", &batch(&service, 1.0)).await), Some("true"));
    app.advance(1);
    let fresh = post(&app, "k", &batch(&service, 2.0)).await;
    assert_eq!((fresh.status.as_u16(), replayed(&fresh)), (200, None));
    app.advance(24 * HOUR);
    app.settle().await;
    assert_eq!(replayed(&post(&app, "k", &batch(&service, 2.0)).await), Some("true"), "from its new use on");
    assert_eq!(total(&app, "/api/metrics").await, 2);
}

#[tokio::test]
async fn a_key_outlives_a_restart() {
    let (app, service) = with_service().await;
    post(&app, "k", &batch(&service, 1.0)).await.data();
    let app = app.crash_and_restart().await;
    assert_eq!(replayed(&post(&app, "k", &batch(&service, 1.0)).await), Some("true"));
    assert_eq!(total(&app, "/api/metrics").await, 1);
}

#[tokio::test]
async fn a_refused_request_does_not_use_its_key_up() {
    let (app, service) = with_service().await;
    assert_eq!(post(&app, "k", &json!({"points": 1})).await.status, 422);
    let good = post(&app, "k", &batch(&service, 1.0)).await;
    assert_eq!((good.status.as_u16(), replayed(&good)), (200, None));
}

#[tokio::test]
async fn a_batch_of_which_nothing_is_valid_is_remembered_too() {
    let (app, _) = with_service().await;
    let body = json!({"points": [{"value": 1}]});
    let first = post(&app, "k", &body).await;
    let again = post(&app, "k", &body).await;
    assert_eq!(replayed(&again), Some("true"));
    assert_eq!(again.json(), first.json());
}

#[tokio::test]
async fn an_odd_key_is_refused() {
    let (app, service) = with_service().await;
    for key in ["", "a b", "ş", &"k".repeat(256)] {
        assert_eq!(post(&app, key, &batch(&service, 1.0)).await.places(400), ["Idempotency-Key"], "{key}");
    }
    assert_eq!(total(&app, "/api/metrics").await, 0);
    assert_eq!(post(&app, &"k".repeat(255), &batch(&service, 1.0)).await.status, 200);
}

#[tokio::test]
async fn a_single_point_with_a_key_is_stored_once() {
    let (app, service) = with_service().await;
    let body = point(&service, 1.0, "2024-01-15T10:20:00Z").to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
    let first = send(&app, Method::POST, "/api/metrics", &headers, body.clone()).await;
    let again = send(&app, Method::POST, "/api/metrics", &headers, body).await;
    assert_eq!((first.status.as_u16(), again.status), (201, first.status));
    assert_eq!((replayed(&first), replayed(&again)), (None, Some("true")));
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(total(&app, "/api/metrics").await, 1);
}

#[tokio::test]
async fn a_key_is_for_one_kind_of_request() {
    let (app, service) = with_service().await;
    let body = batch(&service, 1.0).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
    let judged = send(&app, Method::POST, "/api/metrics/batch", &headers, body.clone()).await;
    let stored = send(&app, Method::POST, "/api/metrics/batch?backfill=true", &headers, body).await;
    assert_eq!((judged.status.as_u16(), stored.status.as_u16()), (200, 422));
    assert_eq!(stored.places(422), ["Idempotency-Key"]);
}
