//! The cluster of the tests, and what only a cluster does.

use crate::world::{START, describe, set};
use std::time::Duration;
use tracely_analytics::elastic::{Auth, Batch, Elastic, ElasticConfig, ElasticError, Refused};
use tracely_analytics::{AvailabilityQuestion, PointsOrder, PointsQuestion};
use tracely_core::id::OrganizationId;
use tracely_core::metric::PointBatch;
use tracely_core::time::{DAY, HOUR, Timestamp};
use uuid::Uuid;

/// Returns the address of the cluster; none, and a loud word, without one.
#[expect(clippy::disallowed_methods, reason = "the tests are configured by the environment")]
#[expect(clippy::print_stderr, reason = "says what the test lacks")]
fn address() -> Option<String> {
    let address = std::env::var("TRACELY_TEST_ELASTICSEARCH").ok();
    if address.is_none() {
        assert!(std::env::var("CI").is_err(), "TRACELY_TEST_ELASTICSEARCH names no cluster");
        eprintln!("not run: needs a cluster; start the tests with scripts/with-opensearch");
    }
    address
}

fn config(prefix: &str) -> Option<ElasticConfig> {
    let prefix = format!("{prefix}-{}", std::process::id());
    // The machine may be busy, and nothing here is about speed.
    let timeout = Duration::from_mins(5);
    Some(ElasticConfig { prefix, timeout, ..ElasticConfig::new(address()?) })
}

/// Makes an engine with indices of its own.
pub fn engine(prefix: &str) -> Option<Elastic> {
    Some(Elastic::new(config(prefix)?).unwrap())
}

fn batch(position: u64, points: &PointBatch) -> Batch<'_> {
    let organization_id = OrganizationId(Uuid::nil());
    Batch { position, accepted_at: Timestamp(START + position as i64), organization_id, points }
}

fn points_of(instants: &[i64]) -> PointBatch {
    let mut points = PointBatch::default();
    for (row, instant) in instants.iter().enumerate() {
        points.push_row(1, *instant, row as f64 + 0.5);
    }
    points
}

fn everything(limit: usize) -> PointsQuestion {
    PointsQuestion {
        series: set(0..100),
        from: None,
        to: None,
        min_value: None,
        max_value: None,
        order: PointsOrder::Instant,
        descending: false,
        offset: 0,
        limit,
    }
}

async fn raw(engine: &Elastic, method: reqwest::Method, path: &str, body: &str) -> serde_json::Value {
    let request = reqwest::Client::new().request(method, format!("{}{path}", engine.address()));
    let answer =
        request.header("content-type", "application/json").body(body.to_owned()).send().await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// Deletes the indices that are old, as retention does.
async fn drop_before(engine: &Elastic, old: i64) -> Vec<String> {
    let mut dropped = Vec::new();
    for index in engine.ended_before(Timestamp(old)).await.unwrap() {
        if engine.drop_unless_newer(&index, Timestamp(old)).await.unwrap() {
            dropped.push(index);
        }
    }
    dropped
}

#[tokio::test]
async fn a_cluster_without_points_answers() {
    let Some(engine) = engine("nothing") else { return };
    engine.connect().await.unwrap();
    assert_eq!(engine.points(&everything(10)).await.unwrap().total, 0);
    assert_eq!(engine.latest(&set(0..10)).await.unwrap(), []);
    assert_eq!(engine.extent().await.unwrap(), tracely_analytics::elastic::Extent::default());
    assert_eq!(engine.ended_before(Timestamp(START)).await.unwrap(), Vec::<String>::new());
    engine.refresh().await.unwrap();
}

#[tokio::test]
async fn a_document_that_the_cluster_refuses_is_reported_and_the_others_are_kept() {
    let Some(engine) = engine("refused") else { return };
    engine.connect().await.unwrap();
    // Somebody made an index of ours with a mapping of their own.
    let wrong = r#"{"mappings":{"properties":{"metric_type":{"type":"long"}}}}"#;
    let index = format!("/{}-2024.01.16", engine.prefix());
    assert_eq!(raw(&engine, reqwest::Method::PUT, &index, wrong).await["acknowledged"], true);

    let points = points_of(&[START + 2 * DAY, START + DAY, START + DAY + HOUR, START + 2 * DAY + 1]);
    let refused = engine.index(&[batch(7, &points)], describe).await.unwrap();
    let places: Vec<(u64, usize)> = refused.iter().map(|refused| (refused.position, refused.row)).collect();
    assert_eq!(places, [(7, 1), (7, 2)]);
    let Refused { reason, .. } = &refused[0];
    assert!(reason.contains("parsing_exception") && reason.contains("[metric_type]"), "{reason}");

    engine.refresh().await.unwrap();
    let day = PointsQuestion { from: Some(Timestamp(START + 2 * DAY)), ..everything(10) };
    assert_eq!(engine.points(&day).await.unwrap().total, 2);
}

#[tokio::test]
async fn indices_go_when_their_day_and_their_points_are_old() {
    let Some(engine) = engine("old") else { return };
    let points = points_of(&[START, START + DAY, START + 5 * DAY]);
    assert_eq!(engine.index(&[batch(1, &points)], describe).await.unwrap(), []);
    // Of an old day, accepted today.
    let late = points_of(&[START + DAY + HOUR]);
    let late = Batch { accepted_at: Timestamp(START + 9 * DAY), ..batch(2, &late) };
    assert_eq!(engine.index(&[late], describe).await.unwrap(), []);
    // Nothing is visible yet.
    assert_eq!(drop_before(&engine, START + DAY - 1).await, Vec::<String>::new());
    assert_eq!(drop_before(&engine, START + 4 * DAY).await, [format!("{}-2024.01.15", engine.prefix())]);
    engine.refresh().await.unwrap();
    assert_eq!(engine.points(&everything(10)).await.unwrap().total, 3);
    let extent = engine.extent().await.unwrap();
    assert_eq!((extent.indices, extent.points), (2, 3));
    assert_eq!(drop_before(&engine, START + 10 * DAY).await.len(), 2);
    assert_eq!(engine.points(&everything(10)).await.unwrap().total, 0);
}

#[tokio::test]
async fn an_index_that_cannot_be_asked_stays() {
    let Some(engine) = engine("closed") else { return };
    assert_eq!(engine.index(&[batch(1, &points_of(&[START]))], describe).await.unwrap(), []);
    let index = format!("{}-2024.01.15", engine.prefix());
    raw(&engine, reqwest::Method::POST, &format!("/{index}/_close"), "").await;
    let old = Timestamp(START + 4 * DAY);
    assert_eq!(engine.ended_before(old).await.unwrap(), [index.as_str()]);
    let closed = engine.drop_unless_newer(&index, old).await.unwrap_err();
    assert!(closed.to_string().contains("index_closed_exception"), "{closed}");
    raw(&engine, reqwest::Method::POST, &format!("/{index}/_open?wait_for_active_shards=1"), "").await;
    engine.refresh().await.unwrap();
    assert_eq!(engine.points(&everything(10)).await.unwrap().total, 1);
    assert!(engine.drop_unless_newer(&index, old).await.unwrap());
}

#[tokio::test]
async fn a_cluster_that_cannot_be_used_is_told_without_secrets() {
    let Some(config) = config("secrets") else { return };
    let auth = Auth::Basic { user: "elastic".to_owned(), password: "hunter2".to_owned().into() };
    let gone = ElasticConfig { url: "http://127.0.0.1:9".to_owned(), auth, ..config };
    let error = Elastic::new(gone).unwrap().connect().await.unwrap_err();
    assert!(matches!(error, ElasticError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[tokio::test]
async fn too_many_intervals_are_refused_before_the_cluster_is_asked() {
    let engine = Elastic::new(ElasticConfig::new("http://127.0.0.1:9")).unwrap();
    let question = AvailabilityQuestion {
        groups: vec![set(0..10)],
        from: Timestamp(START),
        to: Timestamp(START + DAY),
        interval: Some(1),
        gaps: 10,
    };
    let refused = engine.availability(&question).await;
    assert!(matches!(refused, Err(ElasticError::Question(_))), "{refused:?}");
    let inferred = engine.availability(&AvailabilityQuestion { interval: None, ..question }).await;
    assert!(matches!(inferred, Err(ElasticError::Unreachable { .. })), "{inferred:?}");
}

#[tokio::test]
async fn a_point_is_a_document_that_people_can_read() {
    let Some(engine) = engine("document") else { return };
    let points = points_of(&[START + 123_456]);
    assert_eq!(engine.index(&[batch(3, &points)], describe).await.unwrap(), []);
    engine.refresh().await.unwrap();
    let path = format!("/{}/_search", engine.prefix());
    let query = r#"{"query":{"bool":{"filter":[
        {"range":{"@timestamp":{"gte":"2024-01-15T00:00:00.123456Z","lte":"2024-01-15T00:00:00.123456Z"}}},
        {"term":{"labels.region":"ankara"}}, {"term":{"service":"service-0"}}, {"term":{"metric_type":"LATENCY_MS"}}
    ]}}}"#;
    let found = raw(&engine, reqwest::Method::POST, &path, query).await;
    let document = &found["hits"]["hits"][0]["_source"];
    assert_eq!(document["value"], 0.5, "{found:#}");
    assert_eq!(document["@timestamp"], "2024-01-15T00:00:00.123456Z");
    assert_eq!(document["service_id"], "00000000-0000-0000-0000-000000000000");
}

#[tokio::test]
async fn a_deep_page_is_reached_and_a_deeper_one_refused() {
    let Some(config) = config("deep") else { return };
    let engine = Elastic::new(ElasticConfig { page_depth: 15_000, ..config }).unwrap();
    let instants: Vec<i64> = (0..14_000).map(|row| START + row).collect();
    assert_eq!(engine.index(&[batch(1, &points_of(&instants))], describe).await.unwrap(), []);
    engine.refresh().await.unwrap();
    let page = engine.points(&PointsQuestion { offset: 13_990, ..everything(20) }).await.unwrap();
    assert_eq!((page.total, page.rows.len(), page.rows[9].instant.0), (14_000, 10, START + 13_999));
    let deeper = engine.points(&PointsQuestion { offset: 14_990, ..everything(20) }).await;
    assert!(matches!(deeper, Err(ElasticError::Question(_))), "{deeper:?}");
}
