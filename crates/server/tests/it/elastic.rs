//! Analytics in a real search cluster, through the application.

use crate::support::{column, listed, total, watched};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_analytics::elastic::{Elastic, ElasticConfig, Stored};
use tracely_core::metric::PointBatch;
use tracely_core::time::Timestamp;
use tracely_store::log::batch;
use tracely_store::organization::DEFAULT;
use tracely_store::{installation, log};
use tracely_testkit::app::TestApp;
use tracely_testkit::database::TestDatabase;
use tracely_testkit::process::Client;
use tracely_testkit::search;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Starts an application whose analytics are in the cluster, in indices of the test's own.
pub async fn start(prefix: &str) -> Option<(TestApp, ElasticConfig)> {
    let config = search::cluster(prefix)?;
    let elastic = Some(config.clone());
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.elastic = elastic).await;
    Some((app, config))
}

/// Asks the cluster behind the application's back; null stands for no body.
pub async fn ask(config: &ElasticConfig, method: Method, path: &str, body: Value) -> Value {
    let client = Client::new(&config.url);
    let answer = match body {
        Value::Null => client.answer(client.request(method, path)).await,
        body => client.send(method, path, &[], &body).await,
    };
    let answer = answer.expect("the cluster answers");
    answer.good(path)
}

async fn analytics(app: &TestApp) -> Value {
    app.get("/api/system").await.data()["analytics"].clone()
}

#[tokio::test]
async fn points_are_in_lists_and_charts_as_soon_as_they_are_acknowledged() {
    let Some((app, _)) = start("at-once").await else { return };
    let (service, ..) = watched(&app).await;
    for (number, minute) in (10..40).enumerate() {
        app.latency(&service, 100.0 + number as f64, &format!("2024-01-15T09:{minute}:00Z")).await;
        assert_eq!(total(&app, "/api/metrics").await, number as u64 + 1);
    }
    let chart =
        app.get("/api/metrics/chart?bucket=hour&from=2024-01-15T09:00:00Z&to=2024-01-15T10:00:00Z").await;
    let chart = chart.json();
    assert_eq!(chart["meta"]["total"], 30);
    assert_eq!(chart["meta"].get("behind_seconds"), None);
    let bucket = &chart["data"][0];
    assert_eq!(
        (&bucket["min"], &bucket["max"], &bucket["avg"]),
        (&json!(100.0), &json!(129.0), &json!(114.5))
    );
    assert_eq!(listed(&app, "/api/metrics?sort_by=value&limit=2", "value").await, ["129.0", "128.0"]);
    assert_eq!(listed(&app, "/api/metrics/latest", "value").await, ["129.0"]);
    let overview = app.get("/api/services/overview").await.data();
    assert_eq!(overview[0]["metrics"][0]["latest"]["value"], 129.0);
    let rule = json!({"metric_type": "LATENCY_MS", "operator": ">", "threshold": 120});
    let span = json!({"rule": rule, "from": "2024-01-15T09:00:00Z", "to": "2024-01-15T10:00:00Z"});
    let preview = app.post("/api/rules/preview", &span).await.data();
    assert_eq!((&preview["violations"], &preview["episode_count"]), (&json!(9), &json!(1)));
    let said = analytics(&app).await;
    assert_eq!((&said["engine"], &said["cluster"]["points"]), (&json!("cluster"), &json!(30)));
    assert_eq!(said["cluster"]["behind_seconds"], Value::Null);
    assert_eq!(said["tail_points"], 0, "the embedded engine is not in use");
}

/// Answers the questions below `/api/analytics` about points of two services, without what engines only estimate.
async fn answers(app: &TestApp) -> Vec<Value> {
    let services = [app.service("Alpha").await, app.service("Beta").await];
    for (service, instant, value) in [
        (0, "2024-01-15T09:59:30Z", 3.0),
        (0, "2024-01-15T10:00:01Z", 20.0),
        (0, "2024-01-15T10:00:30Z", 10.0),
        (0, "2024-01-15T10:00:59Z", 60.0),
        (0, "2024-01-15T10:07:00Z", 5.0),
        (1, "2024-01-15T10:02:30Z", 100.0),
        (1, "2024-01-15T10:02:30Z", 101.0),
    ] {
        app.latency(&services[service], value, instant).await;
    }
    let mut answers = Vec::new();
    for path in [
        "charts?group_by=service&bucket=minute&statistic=count,min,max,avg,sum&statistic=last&compare=previous",
        "charts?statistic=last",
        "rankings?sort_by=last&sort_dir=asc",
        "rankings?group_by=label.region",
        "distributions?buckets=7",
        "distributions?scale=logarithmic",
        "availability",
        "availability?interval_seconds=60&group_by=metric_type",
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let span = "from=2024-01-15T10:00:00Z&to=2024-01-15T10:10:00Z";
        let mut answer = app.get(&format!("/api/analytics/{path}{sign}{span}")).await.json();
        assert_ne!(answer["data"], json!([]), "{path}: {answer:#}");
        for row in answer["data"].as_array_mut().expect("a list") {
            let row = row.as_object_mut().expect("an object");
            row.retain(|name, _| !["p50", "p90", "p95", "p99"].contains(&name.as_str()));
        }
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn questions_below_analytics_have_the_answers_of_the_embedded_engine() {
    let Some((app, config)) = start("questions").await else { return };
    let embedded = TestApp::start().await;
    let (theirs, ours) = (answers(&app).await, answers(&embedded).await);
    for (their, our) in theirs.iter().zip(&ours) {
        assert_eq!(their, our, "{their:#} instead of {our:#}");
    }

    let service = app.service("Gamma").await;
    let settings = format!("/{}-2024.01.15/_settings", config.prefix);
    ask(&config, Method::PUT, &settings, json!({"index.blocks.write": true})).await;
    app.latency(&service, 400.0, "2024-01-15T10:08:00Z").await;
    app.advance(90 * SECOND);
    for path in ["charts", "rankings", "distributions", "availability"] {
        let span = "from=2024-01-15T09:00:00Z&to=2024-01-15T11:00:00Z";
        let answer = app.get(&format!("/api/analytics/{path}?{span}")).await.json();
        assert_eq!(answer["meta"]["behind_seconds"], 90, "{path}: {answer:#}");
    }
}

#[tokio::test]
async fn the_log_waits_for_the_engine_in_use_and_for_no_other() {
    let Some((app, _)) = start("in-use").await else { return };
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let consumers = app.get("/api/system").await.data()["consumers"].clone();
    assert_eq!(column(&consumers, "name"), ["evaluator", "dispatcher", "elastic"]);
    assert_eq!(column(&consumers, "position")[2], "4");
    assert_eq!(column(&consumers, "lag"), ["0", "0", "0"]);
    app.advance(2 * DAY);
    for _ in 0..3 {
        app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
        app.settle().await;
        app.advance(120 * SECOND);
        app.settle().await;
    }
    assert_eq!(app.get("/api/system").await.data()["log"]["entries"], 3, "the first four are gone");
    assert_eq!(total(&app, "/api/metrics").await, 4);
}

#[tokio::test]
async fn a_cluster_that_takes_nothing_holds_nobody_up_and_answers_say_how_far_it_is_behind() {
    let Some((app, config)) = start("blocked").await else { return };
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    assert_eq!(total(&app, "/api/metrics").await, 1);
    let settings = format!("/{}-2024.01.15/_settings", config.prefix);
    ask(&config, Method::PUT, &settings, json!({"index.blocks.write": true})).await;

    app.latency(&service, 400.0, "2024-01-15T10:21:00Z").await;
    app.advance(90 * SECOND);
    let list = app.get("/api/metrics").await.json();
    assert_eq!((&list["meta"]["total"], &list["meta"]["behind_seconds"]), (&json!(1), &json!(90)));
    let chart = app.get("/api/metrics/chart").await.json();
    assert_eq!((&chart["meta"]["total"], &chart["meta"]["behind_seconds"]), (&json!(1), &json!(90)));
    let latest = app.get("/api/metrics/latest").await.json();
    assert_eq!(latest["meta"]["behind_seconds"], 90);
    let overview = app.get("/api/services/overview").await.json();
    assert_eq!(overview["meta"]["behind_seconds"], 90, "{overview:#}");
    assert_eq!(analytics(&app).await["cluster"]["behind_seconds"], 90);

    ask(&config, Method::PUT, &settings, json!({"index.blocks.write": false})).await;
    // Left alone for a second after the first failure.
    app.advance(SECOND);
    let list = app.get("/api/metrics").await.json();
    assert_eq!((&list["meta"]["total"], list["meta"].get("behind_seconds")), (&json!(2), None));
    app.settle().await;
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["peak_value"], 400.0);
}

#[tokio::test]
async fn points_that_the_cluster_refuses_are_parked_and_taken_up_again_by_hand() {
    let Some((app, config)) = start("parked").await else { return };
    let (service, ..) = watched(&app).await;
    // Somebody made an index of ours with a mapping of their own.
    let index = format!("/{}-2024.01.14", config.prefix);
    let wrong = json!({"mappings": {"properties": {"metric_type": {"type": "long"}}}});
    ask(&config, Method::PUT, &index, wrong).await;
    let point = |instant: &str| json!({"service_id": service, "metric_type": "LATENCY_MS", "value": 5, "recorded_at": instant});
    let points = json!({"points": [point("2024-01-15T10:00:00Z"), point("2024-01-14T10:00:00Z"), point("2024-01-14T11:00:00Z")]});
    app.post("/api/metrics/batch", &points).await.data();
    app.latency(&service, 6.0, "2024-01-15T10:20:00Z").await;

    assert_eq!(total(&app, "/api/metrics").await, 2, "the others are there");
    app.settle().await;
    let parked = app.get("/api/system").await.data()["parked"].clone();
    assert_eq!(
        (column(&parked, "consumer"), column(&parked, "position")),
        (vec!["elastic".to_owned()], vec!["4".to_owned()])
    );
    let error = parked[0]["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("the search cluster refused 2 of 3 points; the first, in row 1: "), "{error}");

    let retry = "/api/system/parked/4/retry";
    let still = app.call(Method::POST, retry).await;
    assert_eq!(still.status, 409, "{:#}", still.json());
    ask(&config, Method::DELETE, &index, json!(null)).await;
    let retried = app.call(Method::POST, retry).await.data();
    assert_eq!(retried["retried"], json!(["elastic"]));
    assert_eq!(total(&app, "/api/metrics").await, 4, "each once");
    app.settle().await;
    assert_eq!(app.get("/api/system").await.data()["parked"], json!([]));
    assert_eq!(app.call(Method::POST, retry).await.status, 404);
    assert_eq!(total(&app, "/api/metrics").await, 4);
}

#[tokio::test]
async fn points_that_the_evaluator_parked_too_are_not_doubled_where_the_cluster_took_some() {
    let Some((app, config)) = start("parked-twice").await else { return };
    watched(&app).await;
    app.settle().await;
    let index = format!("/{}-2024.01.14", config.prefix);
    ask(&config, Method::PUT, &index, json!({"mappings": {"properties": {"value": {"type": "ip"}}}})).await;
    // Of a series that does not exist, which the evaluator cannot judge.
    let mut points = PointBatch::default();
    for instant in ["2024-01-15T10:00:00Z", "2024-01-14T10:00:00Z", "2024-01-15T11:00:00Z"] {
        points.push_row(4_711, Timestamp::parse(instant).unwrap().0, 500.0);
    }
    app.database.append_to_log("points", &batch::encode(&points)).await;
    app.get("/api/system").await.data();
    app.settle().await;
    let parked = app.get("/api/system").await.data()["parked"].clone();
    assert_eq!(column(&parked, "consumer"), ["elastic", "evaluator"], "{parked:#}");

    ask(&config, Method::DELETE, &index, json!(null)).await;
    let retry = "/api/system/parked/4/retry";
    let retried = app.call(Method::POST, retry).await.data();
    assert_eq!(retried, json!({"position": 4, "retried": ["elastic"], "left": ["evaluator"]}));
    app.settle().await;
    let refresh = format!("/{}-*/_refresh", config.prefix);
    ask(&config, Method::POST, &refresh, Value::Null).await;
    let count = format!("/{}-*/_count", config.prefix);
    assert_eq!(ask(&config, Method::GET, &count, json!(null)).await["count"], 3, "each once");
    let again = app.call(Method::POST, retry).await;
    assert_eq!(again.status, 409, "{:#}", again.json());
}

#[tokio::test]
async fn indices_older_than_the_retention_are_deleted() {
    let Some(config) = search::cluster("retention") else { return };
    let app = TestApp::with(TestDatabase::new().await, |settings| {
        settings.elastic = Some(config);
        settings.point_retention = 2 * DAY;
    });
    let app = app.await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    for _ in 0..3 {
        app.advance(DAY);
        app.settle().await;
    }
    app.latency(&service, 11.0, "2024-01-18T10:20:00Z").await;
    app.settle().await;
    assert_eq!(analytics(&app).await["cluster"]["indices"], 1);
    assert_eq!(listed(&app, "/api/metrics", "value").await, ["11.0"]);
}

#[tokio::test]
async fn history_that_was_just_imported_stays_and_a_closed_index_stops_no_retention() {
    let Some(config) = search::cluster("history") else { return };
    let elastic = Some(config.clone());
    let app = TestApp::with(TestDatabase::new().await, |settings| {
        settings.elastic = elastic;
        settings.point_retention = 2 * DAY;
    });
    let app = app.await;
    let (service, ..) = watched(&app).await;
    app.settle().await;
    app.advance(61 * SECOND);
    for day in 10..13 {
        app.latency(&service, f64::from(day), &format!("2024-01-{day}T10:20:00Z")).await;
    }
    // Before the cluster shows them by itself.
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 3);

    let first = format!("/{}-2024.01.10", config.prefix);
    ask(&config, Method::POST, &format!("{first}/_close"), Value::Null).await;
    app.advance(2 * DAY + 61 * SECOND);
    app.settle().await;
    ask(&config, Method::POST, &format!("{first}/_open?wait_for_active_shards=1"), Value::Null).await;
    assert_eq!(listed(&app, "/api/metrics", "value").await, ["10.0"], "the others are old");
    app.advance(61 * SECOND);
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 0);
}

#[tokio::test]
async fn points_that_only_segments_hold_are_told_until_they_are_brought_in() {
    let Some(config) = search::cluster("switched") else { return };
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.elastic = None).await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-14T10:20:00Z").await;
    app.latency(&service, 11.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.advance(61 * SECOND);
    app.settle().await;
    log::trim(app.app.store(), Timestamp(i64::MAX)..Timestamp(i64::MAX), u64::MAX, 1_000, 1_000)
        .await
        .unwrap();
    let elastic = Some(config.clone());
    let app = app.crash_and_restart_with(|settings| settings.elastic = elastic).await;
    // A third point is in the cluster alone.
    app.latency(&service, 12.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;

    let incomplete = async |path: &str| app.get(path).await.json()["meta"]["incomplete"].clone();
    let span = |from: &str, to: &str| format!("from=2024-01-{from}T00:00:00Z&to=2024-01-{to}T00:00:00Z");
    let list = app.get("/api/metrics").await.json();
    assert_eq!((&list["meta"]["total"], &list["meta"]["incomplete"]), (&json!(1), &json!(true)));
    for path in ["/api/metrics/chart", "/api/analytics/rankings", "/api/analytics/charts"] {
        assert_eq!(incomplete(&format!("{path}?{}", span("14", "15"))).await, true, "{path}");
        assert_eq!(incomplete(&format!("{path}?{}", span("16", "17"))).await, Value::Null, "{path}");
    }
    let said = analytics(&app).await;
    let only = json!({"points": 2, "from": "2024-01-14T00:00:00Z", "to": "2024-01-16T00:00:00Z"});
    assert_eq!(said["cluster"]["segments_only"], only);
    assert_eq!((&said["lag"], &said["lag_seconds"]), (&json!(0), &json!(0)));

    let owner = Some(installation::name(app.app.store()).await.unwrap());
    let engine = Elastic::new(ElasticConfig { owner, ..config }).unwrap();
    let mut points = PointBatch::default();
    points.push_row(1, Timestamp::parse("2024-01-14T10:20:00Z").unwrap().0, 10.0);
    points.push_row(1, Timestamp::parse("2024-01-15T10:20:00Z").unwrap().0, 11.0);
    let accepted_at = app.app.store().clock().now();
    let stored = Stored { accepted_at, organization_id: DEFAULT, points: &points, copies: &[0, 0] };
    for _ in 0..2 {
        assert_eq!(engine.index_stored(stored, |_| None).await.unwrap(), []);
    }
    engine.refresh().await.unwrap();
    app.advance(61 * SECOND);
    app.settle().await;
    let list = app.get("/api/metrics").await.json();
    assert_eq!((&list["meta"]["total"], &list["meta"]["incomplete"]), (&json!(3), &Value::Null));
    assert_eq!(listed(&app, "/api/metrics/latest", "value").await, ["12.0"]);
    let said = analytics(&app).await;
    assert_eq!(said["cluster"]["segments_only"], Value::Null);
    assert!(said["cluster"]["primary_bytes"].as_u64() > Some(0), "{said:#}");
    app.advance(61 * SECOND);
    app.settle().await;
    let counted = String::from_utf8(app.get("/metrics").await.bytes).unwrap();
    for line in ["tracely_cluster_indices 2\n", "tracely_cluster_points 3\n"] {
        assert!(counted.contains(line), "{line} is missing in\n{counted}");
    }
}
