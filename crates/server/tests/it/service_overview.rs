//! `GET /api/services/overview`.

use crate::support::{column, labelled, point};
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const PATH: &str = "/api/services/overview";

fn names(answer: &Value) -> Vec<String> {
    answer["data"]
        .as_array()
        .expect("as documented")
        .iter()
        .map(|row| row["service"]["name"].as_str().expect("as documented").to_owned())
        .collect()
}

async fn record(app: &TestApp, points: &[Value]) {
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    app.settle().await;
}

#[tokio::test]
async fn an_empty_installation_has_an_empty_overview() {
    let app = TestApp::start().await;
    let meta = json!({
        "total": 0, "limit": 20, "offset": 0, "from": "2024-01-15T09:30:00.000001Z",
        "to": "2024-01-15T10:30:00.000001Z", "bucket_seconds": 120.0,
    });
    assert_eq!(app.get(PATH).await.json(), json!({"data": [], "meta": meta}));

    let service = app.service("Quiet").await;
    let row = app.get(PATH).await.data()[0].clone();
    let live = json!({"CRITICAL": 0, "HIGH": 0, "MEDIUM": 0, "LOW": 0});
    assert_eq!(row["service"], app.get(&format!("/api/services/{service}")).await.data());
    let rest = (&row["severity"], &row["since"], &row["live"], &row["metrics"]);
    assert_eq!(rest, (&Value::Null, &Value::Null, &live, &json!([])));
}

#[tokio::test]
async fn services_are_listed_worst_first() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    let mut ids = Vec::new();
    for name in ["Z fine", "A fine", "B high", "C high", "D critical"] {
        ids.push(app.service(name).await);
    }
    app.rule(&department, &json!({})).await;
    app.rule(&department, &json!({"name": "Dead", "threshold": 1000, "severity": "CRITICAL"})).await;
    let points = [
        point(&ids[3], 200.0, "2024-01-15T10:20:00Z"),
        point(&ids[2], 200.0, "2024-01-15T10:20:01Z"),
        point(&ids[4], 2_000.0, "2024-01-15T10:20:02Z"),
        point(&ids[0], 100.0, "2024-01-15T10:20:03Z"),
    ];
    record(&app, &points).await;

    let overview = app.get(PATH).await.json();
    assert_eq!(names(&overview), ["D critical", "C high", "B high", "A fine", "Z fine"]);
    let worst = &overview["data"][0];
    assert_eq!((&worst["severity"], &worst["since"]), (&json!("CRITICAL"), &json!("2024-01-15T10:20:02Z")));
    assert_eq!(worst["live"], json!({"CRITICAL": 1, "HIGH": 1, "MEDIUM": 0, "LOW": 0}));
    for (query, expected) in [
        ("limit=2&offset=1".to_owned(), &["C high", "B high"][..]),
        ("severity=CRITICAL".into(), &["D critical"]),
        ("severity=CRITICAL,HIGH&limit=2".into(), &["D critical", "C high"]),
        ("severity=LOW&severity=MEDIUM".into(), &[]),
        ("search=FINE".into(), &["A fine", "Z fine"]),
        (format!("service_id={},{}", ids[0], ids[2]), &["B high", "Z fine"]),
    ] {
        assert_eq!(names(&app.get(&format!("{PATH}?{query}")).await.json()), expected, "{query}");
    }
    assert_eq!(app.get(&format!("{PATH}?severity=HIGH&limit=1")).await.json()["meta"]["total"], 2);

    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    assert_eq!(names(&app.get(PATH).await.json()), ["D critical", "B high", "A fine", "C high", "Z fine"]);
}

#[tokio::test]
async fn each_metric_has_its_newest_value_and_a_sparkline() {
    let app = TestApp::start().await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    let mut loss = point(&a, 1.5, "2024-01-15T09:00:00Z");
    loss["metric_type"] = json!("PACKET_LOSS");
    let points = [
        loss,
        labelled(&a, 10.0, "2024-01-15T09:30:00Z", ("region", "eu")),
        labelled(&a, 20.0, "2024-01-15T09:31:59Z", ("region", "us")),
        labelled(&a, 40.0, "2024-01-15T10:29:59Z", ("region", "eu")),
        labelled(&a, 30.0, "2024-01-15T10:25:00Z", ("region", "us")),
        labelled(&a, 99.0, "2024-01-15T10:30:00Z", ("region", "us")),
        point(&b, 5.0, "2024-01-15T10:00:00Z"),
    ];
    record(&app, &points).await;
    let overview = app.get(&format!("{PATH}?from=2024-01-15T09:30:00Z&to=2024-01-15T10:30:00Z")).await.json();
    assert_eq!(
        (&overview["meta"]["bucket_seconds"], names(&overview)),
        (&json!(120.0), vec!["A".into(), "B".into()])
    );
    let metrics = &overview["data"][0]["metrics"];
    assert_eq!(column(metrics, "metric_type"), ["LATENCY_MS", "PACKET_LOSS"]);
    assert_eq!(column(metrics, "unit"), ["ms", "%"]);
    assert_eq!(metrics[0]["latest"], json!({"value": 99.0, "recorded_at": "2024-01-15T10:30:00Z"}));
    let mut expected = vec![Value::Null; 30];
    expected[0] = json!(15.0);
    expected[27] = json!(30.0);
    expected[29] = json!(40.0);
    assert_eq!(metrics[0]["sparkline"], json!(expected), "the end is not part of it");
    assert_eq!(metrics[1]["sparkline"], json!(vec![Value::Null; 30]));
    assert_eq!(metrics[1]["latest"]["value"], 1.5, "however old");
    assert_eq!(overview["data"][1]["metrics"][0]["sparkline"][15], 5.0);
}

#[tokio::test]
async fn the_threshold_is_of_the_rule_that_says_most_about_the_newest_value() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    let rule = |name: &str, operator: &str, threshold: f64, severity: &str| json!({"name": name, "operator": operator, "threshold": threshold, "severity": severity});
    let rules = [
        rule("equal", "==", 120.0, "CRITICAL"),
        rule("not equal", "!=", 1.0, "CRITICAL"),
        rule("above 150", ">", 150.0, "LOW"),
        rule("above 200", ">=", 200.0, "HIGH"),
        rule("above 300", ">", 300.0, "MEDIUM"),
        rule("below 50", "<", 50.0, "MEDIUM"),
    ];
    for body in &rules {
        app.rule(&department, body).await;
    }
    let off = json!({"name": "off", "threshold": 110, "enabled": false});
    app.rule(&department, &off).await;
    app.rule(&department, &json!({"name": "of b", "threshold": 121, "service_ids": [b]})).await;
    let west = json!([{"name": "region", "operator": "=", "value": "west"}]);
    app.rule(&department, &json!({"name": "west", "threshold": 119, "labels": west})).await;
    for (second, (value, name, violated)) in [
        (120.0, "above 150", false),
        (60.0, "below 50", false),
        (40.0, "below 50", true),
        (180.0, "above 150", true),
        (250.0, "above 200", true),
        (1_000.0, "above 200", true),
    ]
    .into_iter()
    .enumerate()
    {
        record(&app, &[point(&a, value, &format!("2024-01-15T10:20:{second:02}Z"))]).await;
        let threshold =
            app.get(&format!("{PATH}?service_id={a}")).await.data()[0]["metrics"][0]["threshold"].clone();
        assert_eq!(
            (&threshold["rule_name"], &threshold["violated"]),
            (&json!(name), &json!(violated)),
            "{value}"
        );
    }
    record(&app, &[labelled(&a, 120.0, "2024-01-15T10:21:00Z", ("region", "west"))]).await;
    record(&app, &[point(&b, 122.0, "2024-01-15T10:21:00Z")]).await;
    let of = async |id: &str| {
        app.get(&format!("{PATH}?service_id={id}")).await.data()[0]["metrics"][0]["threshold"].clone()
    };
    let of_a = of(&a).await;
    assert_eq!(
        (&of_a["rule_name"], &of_a["value"], &of_a["violated"]),
        (&json!("west"), &json!(119.0), &json!(true))
    );
    assert_eq!((&of_a["operator"], &of_a["severity"]), (&json!(">"), &json!("HIGH")));
    assert_eq!(of(&b).await["rule_name"], "of b");
}

#[tokio::test]
async fn wrong_parameters_of_an_overview_are_all_named() {
    let app = TestApp::start().await;
    let wrong = app.get(&format!("{PATH}?severity=high&service_id=1&from=now&limit=101&sort_by=name")).await;
    let mut places = wrong.places(400);
    places.sort();
    assert_eq!(places, ["from", "limit", "service_id", "severity", "sort_by"]);
    let backwards = app.get(&format!("{PATH}?from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z")).await;
    assert_eq!(backwards.places(422), ["to"]);
    app.service("A").await;
    let widest = app.get(&format!("{PATH}?from=0000-01-01T00:00:00Z&to=9999-12-30T00:00:00Z")).await;
    assert_eq!(widest.status, 200);
}
