//! `GET /api/metrics/chart`.

use crate::support::{column, detail, labelled, point};
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const CHART: &str = "/api/metrics/chart";
const HOUR: i64 = 3_600_000_000;

async fn with_points(points: impl Fn(&str) -> Vec<Value>) -> TestApp {
    let app = TestApp::start().await;
    let service = app.service("Superonline").await;
    app.post("/api/metrics/batch", &json!({"points": points(&service)})).await.data();
    app
}

fn close(found: &Value, expected: f64) -> bool {
    (found.as_f64().expect("a number") - expected).abs() < 1e-9
}

#[tokio::test]
async fn a_bucket_sums_its_points_up() {
    let app = with_points(|service| {
        let values = [(40.0, 30), (10.0, 0), (100.0, 59), (20.0, 1), (30.0, 2)];
        let mut points: Vec<_> = values
            .map(|(value, second)| point(service, value, &format!("2024-01-15T10:00:{second:02}Z")))
            .into();
        points.push(point(service, 7.0, "2024-01-15T10:02:00Z"));
        points
    })
    .await;
    let path = format!("{CHART}?from=2024-01-15T10:00:00Z&to=2024-01-15T10:30:00Z&bucket=minute");
    let chart = app.get(&path).await.json();
    assert_eq!(
        chart["meta"],
        json!({"from": "2024-01-15T10:00:00Z", "to": "2024-01-15T10:30:00Z", "bucket": "minute", "bucket_seconds": 60, "total": 6})
    );
    let first = &chart["data"][0];
    assert_eq!((&first["start"], &first["count"]), (&json!("2024-01-15T10:00:00Z"), &json!(5)));
    // Sorted: 10, 20, 30, 40, 100. The percentile p lies at place 4p, between neighbours in proportion.
    for (field, expected) in
        [("min", 10.0), ("max", 100.0), ("avg", 40.0), ("p50", 30.0), ("p95", 88.0), ("p99", 97.6)]
    {
        assert!(close(&first[field], expected), "{field}: {}", first[field]);
    }
    assert_eq!(
        chart["data"][1],
        json!({
            "start": "2024-01-15T10:02:00Z", "count": 1, "min": 7.0, "max": 7.0, "avg": 7.0, "p50": 7.0,
            "p95": 7.0, "p99": 7.0,
        })
    );
    assert_eq!(chart["data"].as_array().unwrap().len(), 2, "a minute without points is left out");
}

#[tokio::test]
async fn percentiles_of_a_hundred_and_one_values_are_exact() {
    let app = with_points(|service| {
        (0..=100).rev().map(|value| point(service, f64::from(value), "2024-01-15T10:00:00Z")).collect()
    })
    .await;
    let bucket = app.get(CHART).await.json()["data"][0].clone();
    assert_eq!((&bucket["p50"], &bucket["p95"], &bucket["p99"]), (&json!(50.0), &json!(95.0), &json!(99.0)));
}

#[tokio::test]
async fn percentiles_of_many_values_are_within_one_percent() {
    let app = with_points(|service| {
        (1..=5_000).map(|value| point(service, f64::from(value), "2024-01-15T10:00:00Z")).collect()
    })
    .await;
    let bucket = app.get(CHART).await.json()["data"][0].clone();
    assert_eq!((&bucket["count"], &bucket["avg"]), (&json!(5_000), &json!(2_500.5)));
    for (field, exact) in [("p50", 2_500.5), ("p95", 4_750.05), ("p99", 4_950.01)] {
        let error = (bucket[field].as_f64().unwrap() - exact).abs() / exact;
        assert!(error < 0.01, "{field}: {}", bucket[field]);
    }
}

#[tokio::test]
async fn the_span_holds_its_beginning_and_not_its_end() {
    let app = with_points(|service| {
        ["10:00:00", "10:00:30", "10:01:00"]
            .map(|at| point(service, 1.0, &format!("2024-01-15T{at}Z")))
            .into()
    })
    .await;
    for (from, to, starts) in [
        ("10:00:00", "10:01:00", &["2024-01-15T10:00:00Z"][..]),
        ("10:00:00", "10:01:00.000001", &["2024-01-15T10:00:00Z", "2024-01-15T10:01:00Z"]),
        ("10:00:30.000001", "10:01:00", &[]),
    ] {
        let path = format!("{CHART}?bucket=minute&from=2024-01-15T{from}Z&to=2024-01-15T{to}Z");
        assert_eq!(column(&app.get(&path).await.json()["data"], "start"), starts, "{from} to {to}");
    }
    let path = format!("{CHART}?bucket=minute&from=2024-01-15T10:00:20Z&to=2024-01-15T10:00:40Z");
    let cut = app.get(&path).await.json();
    assert_eq!(cut["data"][0]["start"], "2024-01-15T10:00:00Z", "a bucket begins at a whole minute");
    assert_eq!(cut["data"][0]["count"], 1, "and holds only what the span holds");
}

#[tokio::test]
async fn without_a_span_it_is_the_last_day_up_to_now() {
    let app = with_points(|service| {
        ["14T10:30:00", "14T10:30:00.000001", "15T10:30:00", "15T10:30:00.000001"]
            .map(|at| point(service, 1.0, &format!("2024-01-{at}Z")))
            .into()
    })
    .await;
    let meta = app.get(CHART).await.json()["meta"].clone();
    assert_eq!(
        meta,
        json!({
            "from": "2024-01-14T10:30:00.000001Z", "to": "2024-01-15T10:30:00.000001Z", "bucket": "five_minutes",
            "bucket_seconds": 300, "total": 2,
        })
    );
    let meta = app.get(&format!("{CHART}?to=2024-01-14T10:30:00.000001Z")).await.json()["meta"].clone();
    assert_eq!((&meta["from"], &meta["total"]), (&json!("2024-01-13T10:30:00.000001Z"), &json!(1)));
    app.advance(HOUR);
    assert_eq!(app.get(CHART).await.json()["meta"]["total"], 2);
}

#[tokio::test]
async fn the_bucket_fits_the_span_or_is_what_was_asked_for() {
    let app = with_points(|service| vec![point(service, 1.0, "2024-01-15T10:29:59Z")]).await;
    for (to, choice, bucket, seconds, start) in [
        ("2024-01-15T02:00:00Z", "", "ten_seconds", 10, ""),
        ("2024-01-15T02:00:00.000001Z", "", "minute", 60, ""),
        ("2024-01-15T12:00:00Z", "", "minute", 60, "2024-01-15T10:29:00Z"),
        ("2024-01-15T12:00:00.000001Z", "", "five_minutes", 300, "2024-01-15T10:25:00Z"),
        ("2024-01-16T00:00:00Z", "&bucket=auto", "five_minutes", 300, "2024-01-15T10:25:00Z"),
        ("2024-01-17T12:00:00.000001Z", "", "fifteen_minutes", 900, "2024-01-15T10:15:00Z"),
        ("2024-01-22T00:00:00Z", "&bucket=auto", "fifteen_minutes", 900, "2024-01-15T10:15:00Z"),
        ("2024-02-14T00:00:00Z", "&bucket=auto", "hour", 3_600, "2024-01-15T10:00:00Z"),
        ("2024-02-14T00:00:00.000001Z", "", "six_hours", 21_600, "2024-01-15T06:00:00Z"),
        ("2024-07-13T00:00:00Z", "", "six_hours", 21_600, "2024-01-15T06:00:00Z"),
        ("2024-07-13T00:00:00.000001Z", "&bucket=auto", "day", 86_400, "2024-01-15T00:00:00Z"),
        ("2034-01-15T00:00:00Z", "", "day", 86_400, "2024-01-15T00:00:00Z"),
        ("2024-01-15T12:00:00Z", "&bucket=day", "day", 86_400, "2024-01-15T00:00:00Z"),
        ("2024-01-15T12:00:00Z", "&bucket=ten_seconds", "ten_seconds", 10, "2024-01-15T10:29:50Z"),
        ("2024-02-15T00:00:00Z", "&bucket=minute", "minute", 60, "2024-01-15T10:29:00Z"),
    ] {
        let chart = app.get(&format!("{CHART}?from=2024-01-15T00:00:00Z&to={to}{choice}")).await.json();
        assert_eq!(
            (&chart["meta"]["bucket"], &chart["meta"]["bucket_seconds"]),
            (&json!(bucket), &json!(seconds)),
            "{to}"
        );
        assert_eq!(chart["data"][0]["start"].as_str().unwrap_or_default(), start, "{to}");
    }
    assert_eq!(app.get(&format!("{CHART}?bucket=week")).await.places(400), ["bucket"]);
}

#[tokio::test]
async fn a_chart_with_too_many_buckets_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    // 50 000 minutes are 34 days, 17 hours and 20 minutes.
    let path = format!("{CHART}?bucket=minute&from=2024-01-01T00:00:00Z&to=2024-02-04T17:20:00Z");
    assert_eq!(app.get(&path).await.json()["data"], json!([]));
    let path = format!("{CHART}?bucket=minute&from=2024-01-01T00:00:00Z&to=2024-02-04T17:20:01Z");
    let refused = app.get(&path).await;
    assert_eq!(refused.places(422), ["bucket"]);
    let expected = "bucket would need more than 50000 buckets, which is max_buckets; choose a wider bucket, a shorter \
        span or fewer groups";
    assert_eq!(detail(&refused, 422), expected);
    let widest = format!("{CHART}?from=0000-01-01T00:00:00Z&to=9999-12-30T00:00:00Z");
    assert_eq!(app.get(&widest).await.places(422), ["bucket"]);
}

#[tokio::test]
async fn a_chart_shows_the_series_that_were_asked_for() {
    let app = TestApp::start().await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    let at = "2024-01-15T10:00:00Z";
    let mut loss = point(&a, 3.0, at);
    loss["metric_type"] = json!("PACKET_LOSS");
    let points = [
        labelled(&a, 1.0, at, ("region", "eu")),
        labelled(&a, 2.0, at, ("region", "us")),
        loss,
        point(&b, 4.0, at),
    ];
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    for (filter, total, max) in [
        (String::new(), 4, 4.0),
        (format!("service_id={a}"), 3, 3.0),
        (format!("service_id={a},{b}"), 4, 4.0),
        ("service=b".into(), 1, 4.0),
        ("metric_type=LATENCY_MS".into(), 3, 4.0),
        (format!("metric_type=LATENCY_MS&service_id={a}"), 2, 2.0),
        ("label=region=eu".into(), 1, 1.0),
        ("label=region=".into(), 2, 4.0),
    ] {
        let chart = app.get(&format!("{CHART}?{filter}")).await.json();
        assert_eq!(
            (&chart["meta"]["total"], &chart["data"][0]["max"]),
            (&json!(total), &json!(max)),
            "{filter}"
        );
    }
    let none = app.get(&format!("{CHART}?label=region=asia")).await.json();
    assert_eq!((&none["data"], &none["meta"]["total"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn wrong_parameters_are_all_named() {
    let app = TestApp::start().await;
    let wrong =
        app.get(&format!("{CHART}?service_id=1&metric_type=x&label=y&from=1&to=2&bucket=3&limit=5")).await;
    let mut places = wrong.places(400);
    places.sort();
    assert_eq!(places, ["bucket", "from", "label", "limit", "metric_type", "service_id", "to"]);
    assert_eq!(
        app.get(&format!("{CHART}?service=x&metric_type=X")).await.places(422),
        ["service", "metric_type"]
    );
    let backwards = app.get(&format!("{CHART}?from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z")).await;
    assert_eq!(backwards.places(422), ["to"]);
}

#[tokio::test]
async fn a_chart_is_the_same_from_memory_and_from_segments() {
    let app = with_points(|service| {
        (0..500)
            .map(|n| point(service, f64::from(n % 97), &format!("2024-01-15T10:{:02}:00Z", n % 30)))
            .collect()
    })
    .await;
    let path = format!("{CHART}?from=2024-01-15T10:00:00Z&to=2024-01-15T11:00:00Z");
    let before = app.get(&path).await.json();
    app.settle().await;
    app.advance(2 * HOUR);
    app.settle().await;
    let system = app.get("/api/system").await.data();
    assert_eq!(
        (&system["analytics"]["tail_points"], &system["analytics"]["segment_points"]),
        (&json!(0), &json!(500))
    );
    let after = app.get(&path).await.json();
    for (before, after) in before["data"].as_array().unwrap().iter().zip(after["data"].as_array().unwrap()) {
        for field in ["count", "min", "max", "avg", "p50", "p95", "p99"] {
            assert!(close(&before[field], after[field].as_f64().unwrap()), "{field}");
        }
    }
    assert_eq!(before["meta"], after["meta"]);
}
