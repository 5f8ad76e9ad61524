//! Measures the engine of a search cluster against the bare requests: rows B1 and B2 of the performance budget.
//!
//! ```sh
//! scripts/with-opensearch cargo run --release -p tracely-analytics --example cluster -- 500000
//! ```
//!
//! The bare loader sends the same documents in requests of the same size, written before, as many at a time; the bare
//! query is the request that the engine sends, whose answer is read and not understood.
#![expect(clippy::print_stdout, reason = "prints what was measured")]
#![expect(clippy::disallowed_methods, reason = "is configured by the environment")]

use futures_util::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::fmt::Write as _;
use std::time::Instant;
use tracely_analytics::elastic::{Batch, Elastic, ElasticConfig, Subject};
use tracely_analytics::{ChartQuestion, SeriesSet};
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, PointBatch, Series};
use tracely_core::time::{DAY, MINUTE, Timestamp};
use uuid::Uuid;

const START: i64 = 19_737 * DAY;
const SERIES: u32 = 1_000;
/// Points of one entry of the log.
const BATCH: usize = 10_000;
/// Bytes of a bare request, and how many are under way; as the engine has them.
const BARE: (usize, usize) = (8 << 20, 2);

#[tokio::main]
async fn main() {
    let points: usize = std::env::args().nth(1).map_or(200_000, |points| points.parse().expect("a number"));
    let url = std::env::var("TRACELY_TEST_ELASTICSEARCH").expect("scripts/with-opensearch gives a cluster");
    let batches = batches(points);
    for round in 1..=3 {
        let bare = load_bare(&url, &format!("bare{round}"), &batches).await;
        let config = ElasticConfig { prefix: format!("ours{round}"), ..ElasticConfig::new(&url) };
        let engine = Elastic::new(config).expect("a client can be made");
        engine.connect().await.expect("the cluster answers");
        let started = Instant::now();
        let given: Vec<Batch<'_>> =
            batches.iter().enumerate().map(|(place, points)| batch(place, points)).collect();
        // Five entries at a time, as the server gives them.
        for some in given.chunks(5) {
            assert!(engine.index(some, describe).await.expect("the cluster takes them").is_empty());
        }
        let ours = points as f64 / started.elapsed().as_secs_f64();
        println!("round {round}: bare {bare:.0} points/s, engine {ours:.0} points/s, {:.2}", ours / bare);
        engine.refresh().await.expect("the cluster refreshes");
        ask(&engine, &url).await;
    }
}

/// Compares a chart of everything by minute with the bare query.
async fn ask(engine: &Elastic, url: &str) {
    let question = ChartQuestion {
        series: (0..SERIES).map(SeriesId).collect::<SeriesSet>(),
        from: Timestamp(START),
        to: Timestamp(START + DAY),
        width: MINUTE,
        offset: 0,
    };
    let query = format!(
        r#"{{"size":0,"track_total_hits":false,"query":{{"bool":{{"filter":[
            {{"range":{{"series":{{"gte":0,"lte":{}}}}}}},{{"range":{{"instant":{{"gte":{START},"lt":{}}}}}}}]}}}},
            "aggs":{{"buckets":{{"histogram":{{"field":"instant","interval":{MINUTE},"offset":0,"min_doc_count":1}},
            "aggs":{{"values":{{"stats":{{"field":"value"}}}},"spread":{{"percentiles":{{"field":"value",
            "percents":[50,95,99],"tdigest":{{"compression":200}}}}}}}}}}}}}}"#,
        SERIES - 1,
        START + DAY,
    );
    let path = format!("{url}/{}/_search?request_cache=false", engine.prefix());
    let http = reqwest::Client::new();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let started = Instant::now();
        let request = http.post(&path).header("content-type", "application/json").body(query.clone());
        let answer =
            request.send().await.expect("the cluster answers").bytes().await.expect("a whole answer");
        bare.push(started.elapsed().as_secs_f64() * 1e3);
        // A question of a moment later is not in the cluster's cache.
        let question = ChartQuestion { to: Timestamp(question.to.0 - ours.len() as i64), ..question.clone() };
        let started = Instant::now();
        let chart = engine.chart(&question).await.expect("the cluster answers");
        ours.push(started.elapsed().as_secs_f64() * 1e3);
        assert!(!chart.is_empty() && answer.len() > 1_000);
    }
    for times in [&mut bare, &mut ours] {
        times.sort_by(f64::total_cmp);
    }
    println!("  chart: bare {:.1} ms, engine {:.1} ms, {:.2}", bare[3], ours[3], ours[3] / bare[3]);
}

/// Sends documents like ours with nothing else to do; returns points a second.
async fn load_bare(url: &str, prefix: &str, batches: &[PointBatch]) -> f64 {
    // The same template: the engine writes it.
    let config = ElasticConfig { prefix: prefix.to_owned(), ..ElasticConfig::new(url) };
    Elastic::new(config).expect("a client can be made").connect().await.expect("the cluster answers");
    let mut requests = vec![String::new()];
    for (place, points) in batches.iter().enumerate() {
        for row in 0..points.len() {
            if requests.last().is_none_or(|request| request.len() > BARE.0) {
                requests.push(String::new());
            }
            let (instant, series) = (points.instants[row], points.series[row]);
            if let Some(request) = requests.last_mut() {
                let _ = writeln!(
                    request,
                    "{{\"create\":{{\"_index\":\"{prefix}-2024.01.15\",\"_id\":\"{START:x}-{place:x}-{row:x}\"}}}}\n\
                     {{\"@timestamp\":\"{}\",\"instant\":{instant},\"accepted_at\":{},\"position\":{place},\"row\":{row},\
                     \"value\":{:?},\"series\":{series},\"organization_id\":\"{nil}\",\"service_id\":\"{nil}\",\
                     \"metric_type\":\"LATENCY_MS\",\"service\":\"service\",\"labels\":{{\"region\":\"istanbul\"}}}}",
                    Timestamp(instant),
                    START / 1_000,
                    points.values[row],
                    nil = Uuid::nil(),
                );
            }
        }
    }
    let http = reqwest::Client::new();
    let path = format!("{url}/_bulk?filter_path=errors");
    let started = Instant::now();
    let sending = stream::iter(requests).map(|body| {
        let request = http.post(&path).header("content-type", "application/x-ndjson").body(body);
        async { request.send().await?.text().await }
    });
    let answers: Vec<_> = sending.buffered(BARE.1).collect().await;
    let took = started.elapsed().as_secs_f64();
    assert!(
        answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.contains("false"))),
        "{answers:?}"
    );
    batches.iter().map(PointBatch::len).sum::<usize>() as f64 / took
}

fn batch(place: usize, points: &PointBatch) -> Batch<'_> {
    let organization_id = OrganizationId(Uuid::nil());
    Batch { position: place as u64, accepted_at: Timestamp(START), organization_id, points }
}

fn describe(series: SeriesId) -> Option<Subject> {
    let labels = Labels::new(vec![("region".to_owned(), "istanbul".to_owned())]).ok()?;
    let (organization_id, service_id) = (OrganizationId(Uuid::nil()), ServiceId(Uuid::nil()));
    let series = Series { id: series, organization_id, service_id, metric_type: "LATENCY_MS".into(), labels };
    Some(Subject { series, service: Some("service".to_owned()) })
}

fn batches(points: usize) -> Vec<PointBatch> {
    let mut random = StdRng::seed_from_u64(3);
    let mut batches = Vec::new();
    for start in (0..points).step_by(BATCH) {
        let mut batch = PointBatch::default();
        for place in start..(start + BATCH).min(points) {
            let instant = START + (place as i64 * DAY / points as i64);
            let value = (random.random_range(10.0..400.0_f64) * 100.0).round() / 100.0;
            batch.push_row(place as u32 % SERIES, instant, value);
        }
        batches.push(batch);
    }
    batches
}
