//! `POST /api/metrics`: one point.

use crate::support::{detail, point, problem, send, total, with};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::{Answer, TestApp};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn with_service() -> (TestApp, String) {
    let app = TestApp::start().await;
    let service = app.service("Superonline").await;
    (app, service)
}

/// Sends a point of which some fields are replaced.
async fn send_point(app: &TestApp, service_id: &str, more: &Value) -> Answer {
    let body = with(point(service_id, 145.5, "2024-01-15T10:30:00Z"), more);
    app.post("/api/metrics", &body).await
}

#[tokio::test]
async fn the_example_of_the_documentation_is_stored_and_answered() {
    let (app, service) = with_service().await;
    let body = json!({
        "service_id": service, "metric_type": "LATENCY_MS", "value": 145.5,
        "recorded_at": "2024-01-15T10:30:00Z",
    });
    let answer = app.post("/api/metrics", &body).await;
    assert_eq!(answer.status, 201);
    let stored = json!({
        "service_id": service, "service_name": "Superonline", "metric_type": "LATENCY_MS", "unit": "ms",
        "value": 145.5, "labels": {}, "recorded_at": "2024-01-15T10:30:00Z",
    });
    assert_eq!(answer.json(), json!({"data": stored}));
    assert_eq!(app.get("/api/metrics").await.data(), json!([stored]));
}

#[tokio::test]
async fn a_point_without_an_instant_is_recorded_now() {
    let (app, _) = with_service().await;
    app.advance(1_500_000);
    for recorded_at in [None, Some(Value::Null)] {
        let mut body = json!({"service": "superonline", "metric_type": "ERROR_RATE", "value": 0});
        if let Some(recorded_at) = recorded_at {
            body["recorded_at"] = recorded_at;
        }
        let stored = app.post("/api/metrics", &body).await.data();
        assert_eq!(stored["recorded_at"], "2024-01-15T10:30:01.5Z");
    }
}

#[tokio::test]
async fn the_service_is_given_by_its_id_or_by_its_key() {
    let (app, service) = with_service().await;
    let unknown = "018cd1f2-3c00-7000-8000-000000000001";
    for (fields, expected) in [
        (json!({"service_id": service, "service": "superonline"}), &["/service"][..]),
        (json!({}), &["/service_id"]),
        (json!({"service_id": null, "service": null}), &["/service_id"]),
        (json!({"service_id": unknown}), &["/service_id"]),
        (json!({"service_id": "superonline"}), &["/service_id"]),
        (json!({"service": "Superonline"}), &["/service"]),
        (json!({"service": service}), &["/service"]),
        (json!({"service_id": 7, "service": []}), &["/service_id", "/service"]),
    ] {
        let body = with(json!({"metric_type": "LATENCY_MS", "value": 1}), &fields);
        assert_eq!(app.post("/api/metrics", &body).await.places(422), expected, "{fields}");
    }
    assert_eq!(total(&app, "/api/metrics").await, 0);
}

#[tokio::test]
async fn a_value_is_a_finite_number_in_the_range() {
    let (app, service) = with_service().await;
    for value in [json!("145.5"), json!(null), json!(true), json!([1]), json!({}), json!(-0.1)] {
        assert_eq!(
            send_point(&app, &service, &json!({"value": value})).await.places(422),
            ["/value"],
            "{value}"
        );
    }
    for metric_type in ["PACKET_LOSS", "ERROR_RATE", "BUFFER_RATIO"] {
        for (value, status) in [(-0.1, 422), (0.0, 201), (100.0, 201), (100.1, 422)] {
            let more = json!({"metric_type": metric_type, "value": value});
            assert_eq!(send_point(&app, &service, &more).await.status, status, "{metric_type} {value}");
        }
    }
    for value in ["1e999", "-1e999"] {
        let body = format!(r#"{{"service_id":"{service}","metric_type":"LATENCY_MS","value":{value}}}"#);
        let answer = send(&app, Method::POST, "/api/metrics", &[JSON], body).await;
        assert_eq!(answer.places(422), ["/value"], "{value}");
        assert_eq!(answer.json()["errors"][0]["detail"], "must be a finite number");
    }
    assert_eq!(total(&app, "/api/metrics").await, 6);
}

#[tokio::test]
async fn an_instant_is_rfc_3339_from_1970_to_ten_minutes_ahead() {
    let (app, service) = with_service().await;
    for (given, kept) in [
        ("2024-01-15T10:40:00Z", "2024-01-15T10:40:00Z"),
        ("2024-01-15T13:30:00+03:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15t10:30:00.1234567z", "2024-01-15T10:30:00.123456Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ] {
        let stored = send_point(&app, &service, &json!({"recorded_at": given})).await.data();
        assert_eq!(stored["recorded_at"], kept);
    }
    for given in [
        json!("2024-01-15T10:40:00.000001Z"),
        json!("1969-12-31T23:59:59.999999Z"),
        json!("2024-01-15"),
        json!("2024-01-15 10:30:00"),
        json!("2024-02-30T10:30:00Z"),
        json!("now"),
        json!(""),
        json!(1_705_314_600),
        json!("9999-12-31T23:59:59Z"),
        json!("-000001-01-01T00:00:00Z"),
    ] {
        let answer = send_point(&app, &service, &json!({"recorded_at": given})).await;
        assert_eq!(answer.places(422), ["/recorded_at"], "{given}");
    }
    let ahead = send_point(&app, &service, &json!({"recorded_at": "2024-01-15T10:41:00Z"})).await;
    assert_eq!(
        ahead.json()["errors"][0]["detail"],
        "must be at most 10 minutes ahead of the server's clock, which says 2024-01-15T10:30:00Z"
    );
}

#[tokio::test]
async fn labels_are_names_with_values_in_any_order() {
    let (app, service) = with_service().await;
    for labels in [r#"{"b":"2","a":"ğ"}"#, r#"{"a":"ğ","b":"2"}"#] {
        let body =
            format!(r#"{{"service_id":"{service}","metric_type":"LATENCY_MS","value":1,"labels":{labels}}}"#);
        let stored = send(&app, Method::POST, "/api/metrics", &[JSON], body).await.data();
        assert_eq!(stored["labels"], json!({"a": "ğ", "b": "2"}));
    }
    assert_eq!(total(&app, "/api/metrics/latest").await, 1, "it is one series");
    let sixteen: serde_json::Map<_, _> = (0..16).map(|n| (format!("l{n}"), json!("x"))).collect();
    assert_eq!(send_point(&app, &service, &json!({"labels": sixteen})).await.status, 201);
    assert_eq!(send_point(&app, &service, &json!({"labels": null})).await.status, 201);
}

#[tokio::test]
async fn odd_labels_are_refused() {
    let (app, service) = with_service().await;
    let seventeen: serde_json::Map<_, _> = (0..17).map(|n| (format!("l{n}"), json!("x"))).collect();
    for labels in [
        json!(seventeen),
        json!({"1a": "x"}),
        json!({"a-b": "x"}),
        json!({"ğ": "x"}),
        json!({"": "x"}),
        json!({"n".repeat(65): "x"}),
        json!({"a": ""}),
        json!({"a": "v".repeat(257)}),
        json!({"a": "x\u{0}y"}),
        json!({"a": 1}),
        json!({"a": null}),
        json!([["a", "x"]]),
        json!("a=x"),
    ] {
        assert_eq!(
            send_point(&app, &service, &json!({"labels": labels})).await.places(422),
            ["/labels"],
            "{labels}"
        );
    }
    let twice = format!(
        r#"{{"service_id":"{service}","metric_type":"LATENCY_MS","value":1,"labels":{{"a":"1","a":"1"}}}}"#
    );
    let answer = send(&app, Method::POST, "/api/metrics", &[JSON], twice).await;
    assert_eq!(answer.places(422), ["/labels"]);
    assert_eq!(answer.json()["errors"][0]["detail"], r#"label name "a" appears twice"#);
}

#[tokio::test]
async fn every_wrong_field_of_a_point_is_named_at_once() {
    let (app, service) = with_service().await;
    let values = json!({
        "service": "nobody", "metric_type": "NONE", "value": 1, "recorded_at": "now", "labels": {"1": "x"},
    });
    let places = app.post("/api/metrics", &values).await.places(422);
    assert_eq!(places, ["/service", "/recorded_at", "/metric_type", "/labels"]);
    let types = json!({
        "service": 1, "value": "x", "recorded_at": 5, "labels": [], "quality": "good", "unit": "ms",
    });
    let mut places = app.post("/api/metrics", &types).await.places(422);
    places.sort();
    assert_eq!(
        places,
        ["/labels", "/metric_type", "/quality", "/recorded_at", "/service", "/unit", "/value"]
    );
    assert_eq!(
        send_point(&app, &service, &json!({"metric_type": "latency_ms"})).await.places(422),
        ["/metric_type"]
    );
}

#[tokio::test]
async fn a_point_is_an_object() {
    let (app, service) = with_service().await;
    for body in [
        json!([service, null, "LATENCY_MS", 5.0]),
        json!([service, null, "LATENCY_MS", 5.0, null, null]),
        json!([]),
        json!(5),
        json!(null),
        json!("x"),
    ] {
        let answer = app.post("/api/metrics", &body).await;
        assert_eq!(answer.places(422), [""], "{body}");
        assert_eq!(answer.json()["errors"][0]["detail"], "must be an object", "{body}");
    }
    assert_eq!(total(&app, "/api/metrics").await, 0);
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let (app, service) = with_service().await;
    let wrap = |inner: &str| {
        format!(r#"{{"service_id":"{service}","metric_type":"LATENCY_MS","value":1,"labels":{inner}}}"#)
    };
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let mut not_utf8 = wrap(r#"{"a":"~"}"#).into_bytes();
    for byte in &mut not_utf8 {
        *byte = if *byte == b'~' { 0xFF } else { *byte };
    }
    for body in [
        Vec::new(),
        b"{".to_vec(),
        b"{} {}".to_vec(),
        b"{\"value\": NaN}".to_vec(),
        b"{\"value\": Infinity}".to_vec(),
        deep(10_000).into_bytes(),
        wrap(&deep(10_000)).into_bytes(),
        "{\"a\":".repeat(10_000).into_bytes(),
        not_utf8,
    ] {
        let answer = send(&app, Method::POST, "/api/metrics", &[JSON], body.clone()).await;
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(problem(&answer, 400)["type"], "urn:tracely:problem:malformed", "{start}");
    }
    assert_eq!(send_point(&app, &service, &json!({})).await.status, 201, "and the server lives on");
}

#[tokio::test]
async fn the_content_type_must_be_json() {
    let (app, service) = with_service().await;
    let body = point(&service, 1.0, "2024-01-15T10:30:00Z").to_string();
    for name in ["text/plain", "application/x-ndjson", "application/jsonp", ""] {
        let headers = [("content-type", name)];
        let answer = send(&app, Method::POST, "/api/metrics", &headers, body.clone()).await;
        assert_eq!(problem(&answer, 415)["type"], "urn:tracely:problem:unsupported-media-type", "{name}");
    }
    assert_eq!(send(&app, Method::POST, "/api/metrics", &[], body.clone()).await.status, 415);
    for name in ["application/json; charset=utf-8", "Application/JSON"] {
        let headers = [("content-type", name)];
        assert_eq!(
            send(&app, Method::POST, "/api/metrics", &headers, body.clone()).await.status,
            201,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_point_that_comes_while_the_server_stops_is_told_to_come_back() {
    let (app, service) = with_service().await;
    app.app.drain().await;
    let answer = send_point(&app, &service, &json!({})).await;
    assert_eq!(problem(&answer, 503)["type"], "urn:tracely:problem:unavailable");
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(detail(&answer, 503).contains("send them again"));
    assert_eq!(total(&app, "/api/metrics").await, 0);
}
