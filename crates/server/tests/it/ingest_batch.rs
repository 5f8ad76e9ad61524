//! `POST /api/metrics/batch`: many points, in each form and encoding, and the limits.

use crate::support::{detail, labelled, listed, point, problem, send, total};
use axum::http::Method;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use tracely_testkit::app::{Answer, TestApp};
use tracely_testkit::database::TestDatabase;

const PATH: &str = "/api/metrics/batch";
const JSON: (&str, &str) = ("content-type", "application/json");

async fn with_service() -> (TestApp, String) {
    let app = TestApp::start().await;
    let service = app.service("Superonline").await;
    (app, service)
}

fn points(service_id: &str, count: u32) -> Vec<Value> {
    (0..count).map(|n| point(service_id, f64::from(n), "2024-01-15T10:20:00Z")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

async fn post(app: &TestApp, headers: &[(&str, &str)], body: impl Into<axum::body::Body>) -> Answer {
    send(app, Method::POST, PATH, headers, body).await
}

#[tokio::test]
async fn a_json_batch_is_stored() {
    let (app, service) = with_service().await;
    let answer = app.post(PATH, &json!({"points": points(&service, 3)})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"data": {"accepted": 3, "rejected": 0, "errors": []}}));
    assert_eq!(total(&app, "/api/metrics").await, 3);
    let empty = app.post(PATH, &json!({"points": [], "backfill": null})).await.data();
    assert_eq!(empty, json!({"accepted": 0, "rejected": 0, "errors": []}));
}

#[tokio::test]
async fn a_value_is_told_as_it_was_sent_to_its_last_digit() {
    let (app, service) = with_service().await;
    // Every one has some seventeen digits.
    let values: Vec<f64> = (1..=500_u64)
        .map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / f64::from(1 << 30) / 1_000.0)
        .collect();
    let points: Vec<Value> =
        values.iter().map(|value| point(&service, *value, "2024-01-15T10:20:00Z")).collect();
    assert_eq!(app.post(PATH, &json!({"points": points})).await.data()["accepted"], 500);
    let mut listed = Vec::new();
    for offset in [0, 100, 200, 300, 400] {
        let answer = app.get(&format!("/api/metrics?limit=100&offset={offset}")).await;
        assert_eq!(answer.status, 200, "{:#}", answer.json());
        let text = std::str::from_utf8(&answer.bytes).unwrap();
        // Not read with the reader that the server has, which could be wrong both times.
        let values = text.split("\"value\":").skip(1);
        let number = |rest: &str| rest.split([',', '}']).next().unwrap().parse::<f64>().unwrap();
        listed.extend(values.map(number));
    }
    listed.sort_by(f64::total_cmp);
    let mut values = values;
    values.sort_by(f64::total_cmp);
    assert_eq!(listed, values);
}

#[tokio::test]
async fn a_batch_may_have_one_point_a_line() {
    let (app, service) = with_service().await;
    let lines: Vec<String> = points(&service, 3).iter().map(ToString::to_string).collect();
    let body = format!("{}\r\n\n  \n{}\n{}", lines[0], lines[1], lines[2]);
    for name in ["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"] {
        let answer = post(&app, &[("content-type", name)], body.clone()).await.data();
        assert_eq!(answer, json!({"accepted": 3, "rejected": 0, "errors": []}), "{name}");
    }
    assert_eq!(total(&app, "/api/metrics").await, 9);
    let empty = post(&app, &[("content-type", "application/x-ndjson")], "\n").await.data();
    assert_eq!(empty["accepted"], 0);
}

#[tokio::test]
async fn the_valid_points_of_a_batch_are_stored_and_the_others_reported() {
    let (app, service) = with_service().await;
    let good = point(&service, 1.0, "2024-01-15T10:20:00Z");
    let bad = json!({"service": "nobody", "metric_type": "LATENCY_MS", "value": -1});
    let expected = json!({
        "accepted": 2, "rejected": 3, "errors": [
            {"index": 1, "pointer": "/service", "detail": "is not a known service"},
            {"index": 1, "pointer": "/value", "detail": "must be at least 0 for LATENCY_MS"},
            {"index": 2, "pointer": "", "detail": "must be an object"},
            {"index": 4, "pointer": "/value", "detail": "must be a finite number"},
            {"index": 4, "pointer": "/colour", "detail": "is not a known field"},
        ],
    });
    let mut typed = good.clone();
    typed["value"] = json!("1");
    typed["colour"] = json!("red");
    let sent = [good.clone(), bad, json!([service, null, "LATENCY_MS", 1]), good, typed];
    assert_eq!(app.post(PATH, &json!({"points": sent})).await.data(), expected);
    let lines: Vec<String> = sent.iter().map(ToString::to_string).collect();
    let by_line = post(&app, &[("content-type", "application/x-ndjson")], lines.join("\n")).await;
    assert_eq!(by_line.data(), expected);
    assert_eq!(total(&app, "/api/metrics").await, 4);
}

#[tokio::test]
async fn a_line_that_is_no_json_spoils_no_other() {
    let (app, service) = with_service().await;
    let good = point(&service, 1.0, "2024-01-15T10:20:00Z").to_string();
    let mut body = format!("{good}\n{{\"value\": NaN}}\n{}\n", "[".repeat(10_000)).into_bytes();
    body.extend_from_slice(b"{\"service\": \"\xFF\"}\n");
    body.extend_from_slice(good.as_bytes());
    let answer = post(&app, &[("content-type", "application/x-ndjson")], body).await.data();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(3)));
    assert_eq!(crate::support::column(&answer["errors"], "index"), ["1", "2", "3"]);
}

#[tokio::test]
async fn at_most_a_thousand_mistakes_are_told() {
    let (app, _) = with_service().await;
    let sent = vec![json!({"service": "nobody", "metric_type": "NONE", "value": 1}); 700];
    let answer = app.post(PATH, &json!({"points": sent})).await.data();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(0), &json!(700)));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1_000);
}

#[tokio::test]
async fn a_batch_that_is_no_list_of_points_is_refused_as_a_whole() {
    let (app, service) = with_service().await;
    let good = point(&service, 1.0, "2024-01-15T10:20:00Z");
    for (body, expected) in [
        (json!({}), &["/points"][..]),
        (json!({"points": {}}), &["/points"]),
        (json!({"points": null, "backfill": "yes"}), &["/points", "/backfill"]),
        (json!({"points": [good], "dry_run": true}), &["/dry_run"]),
        (json!([[good]]), &[""]),
        (json!([[good], false]), &[""]),
        (json!([good]), &[""]),
        (json!("x"), &[""]),
    ] {
        assert_eq!(app.post(PATH, &body).await.places(422), expected, "{body}");
    }
    for body in ["", "{\"points\": [", "[[[", "{\"points\": [{\"value\": NaN}]}"] {
        problem(&post(&app, &[JSON], body).await, 400);
    }
    let deep = format!("{{\"points\": [{}1{}]}}", "[".repeat(10_000), "]".repeat(10_000));
    problem(&post(&app, &[JSON], deep).await, 400);
    assert_eq!(app.call(Method::POST, &format!("{PATH}?backfill=1")).await.places(400), ["backfill"]);
    assert_eq!(total(&app, "/api/metrics").await, 0);
}

#[tokio::test]
async fn a_body_may_be_compressed() {
    let (app, service) = with_service().await;
    let plain = json!({"points": points(&service, 100)}).to_string();
    let zstd = zstd::bulk::compress(plain.as_bytes(), 3).unwrap();
    for (encoding, body) in
        [("gzip", gzip(plain.as_bytes())), ("zstd", zstd), ("identity", plain.clone().into_bytes())]
    {
        let answer = post(&app, &[JSON, ("content-encoding", encoding)], body).await;
        assert_eq!(answer.data()["accepted"], 100, "{encoding}");
    }
    let one = gzip(point(&service, 1.0, "2024-01-15T10:20:00Z").to_string().as_bytes());
    let answer = send(&app, Method::POST, "/api/metrics", &[JSON, ("content-encoding", "gzip")], one).await;
    assert_eq!(answer.status, 201);
    assert_eq!(total(&app, "/api/metrics").await, 301);
}

#[tokio::test]
async fn a_body_that_does_not_decompress_is_malformed() {
    let (app, service) = with_service().await;
    let whole = gzip(json!({"points": points(&service, 50)}).to_string().as_bytes());
    for body in [b"{\"points\": []}".to_vec(), whole[..whole.len() / 2].to_vec(), Vec::new()] {
        let answer = post(&app, &[JSON, ("content-encoding", "gzip")], body).await;
        problem(&answer, 400);
    }
    assert_eq!(total(&app, "/api/metrics").await, 0);
}

#[tokio::test]
async fn other_encodings_are_not_supported() {
    let (app, service) = with_service().await;
    let body = json!({"points": points(&service, 1)}).to_string();
    for encoding in ["br", "deflate", "gzip, gzip", "x"] {
        let answer = post(&app, &[JSON, ("content-encoding", encoding)], body.clone()).await;
        assert_eq!(detail(&answer, 415), "the Content-Encoding must be gzip, zstd or absent", "{encoding}");
    }
    let headers = [JSON, ("content-encoding", "gzip")];
    let answer = send(&app, Method::POST, "/api/services", &headers, gzip(b"{\"name\": \"x\"}")).await;
    problem(&answer, 415);
    problem(&post(&app, &[("content-type", "text/csv")], body.clone()).await, 415);
    problem(&post(&app, &[], body).await, 415);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_also_when_it_is_small_on_the_wire() {
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.max_body_bytes = 10_000).await;
    let service = app.service("Superonline").await;
    let mut body = json!({"points": points(&service, 1)}).to_string();
    body.extend(std::iter::repeat_n(' ', 10_000 - body.len()));
    assert_eq!(post(&app, &[JSON], body.clone()).await.status, 200);
    body.push(' ');
    let expected = "the body has more than 10000 bytes, which is the limit";
    assert_eq!(detail(&post(&app, &[JSON], body.clone()).await, 413), expected);
    let bomb = gzip(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 60_000, "{}", bomb.len());
    for path in [PATH, "/api/metrics"] {
        let headers = [JSON, ("content-encoding", "gzip")];
        let answer = send(&app, Method::POST, path, &headers, bomb.clone()).await;
        assert_eq!(detail(&answer, 413), expected);
    }
    let bomb = zstd::bulk::compress(&vec![b' '; 50_000_000], 3).unwrap();
    assert_eq!(post(&app, &[JSON, ("content-encoding", "zstd")], bomb).await.status, 413);
    let huge = json!({"name": "x", "description": "x".repeat(1 << 20)});
    assert_eq!(app.post("/api/services", &huge).await.status, 413);
    assert_eq!(total(&app, "/api/metrics").await, 1);
}

#[tokio::test]
async fn a_request_with_too_many_points_is_refused_as_a_whole() {
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.max_points_per_request = 3).await;
    let service = app.service("Superonline").await;
    let refused = app.post(PATH, &json!({"points": points(&service, 4)})).await;
    assert_eq!(detail(&refused, 413), "the request has 4 points; the limit is 3");
    assert_eq!(total(&app, "/api/metrics").await, 0);
    assert_eq!(app.post(PATH, &json!({"points": points(&service, 3)})).await.data()["accepted"], 3);
}

#[tokio::test]
async fn a_point_that_would_make_one_series_too_many_is_refused() {
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.max_series = 2).await;
    let service = app.service("Superonline").await;
    let at = |region: &str| labelled(&service, 1.0, "2024-01-15T10:20:00Z", ("region", region));
    app.post("/api/metrics", &at("a")).await.data();
    let refused = app.post(PATH, &json!({"points": [at("a"), at("b"), at("c")]})).await;
    let expected = "the organization has 2 series, which is the limit; use fewer distinct labels";
    assert_eq!(detail(&refused, 422), expected);
    assert_eq!(total(&app, "/api/metrics").await, 1, "nothing of it is stored");
    app.post("/api/metrics", &at("b")).await.data();
    assert_eq!(app.post("/api/metrics", &at("c")).await.places(422), [""]);
    app.post("/api/metrics", &at("a")).await.data();
    assert_eq!(listed(&app, "/api/metrics/latest", "labels").await.len(), 2, "known series go on");
}

#[tokio::test]
async fn points_of_new_series_sent_at_the_same_time_are_all_stored() {
    let (app, service) = with_service().await;
    let at = |region: &str| labelled(&service, 1.0, "2024-01-15T10:20:00Z", ("region", region));
    let batches = [
        json!({"points": [at("a"), at("b")]}),
        json!({"points": [at("b"), at("c")]}),
        json!({"points": [at("c"), at("a")]}),
    ];
    let (a, b, c) =
        tokio::join!(app.post(PATH, &batches[0]), app.post(PATH, &batches[1]), app.post(PATH, &batches[2]));
    assert_eq!([a.status, b.status, c.status], [200, 200, 200]);
    assert_eq!(total(&app, "/api/metrics").await, 6);
    assert_eq!(total(&app, "/api/metrics/latest").await, 3);
}
