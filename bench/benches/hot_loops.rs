//! The hot loops alone: what a point costs in each step from the request to the chart.
//!
//! `make bench-micro`, or `cargo bench -p tracely-bench -- engine` for some of them. Divan tells the time of the whole
//! loop and the items a second; an item is a point.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::sync::Arc;
use tracely_analytics::{ChartQuestion, Config, Embedded, SeriesSet};
use tracely_core::event::Event;
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, PointBatch, Series};
use tracely_core::rule::engine::{self, Engine};
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_core::time::{DAY, MINUTE, SECOND, Timestamp};
use tracely_server::measure::{KnownSeries, read_batch};
use tracely_store::log::batch;
use uuid::Uuid;

const METRIC_TYPES: [&str; 4] = ["LATENCY_MS", "PACKET_LOSS", "ERROR_RATE", "BUFFER_RATIO"];
const SERIES: u32 = 10_000;
const POINTS: usize = 1_000;
const START: i64 = 20_000 * DAY;

fn main() {
    divan::main();
}

/// Reads a batch of JSON into typed values.
#[divan::bench]
fn decode_json(bencher: Bencher<'_, '_>) {
    let point = |number: usize| {
        format!(
            "{{\"service\":\"svc-{:05}\",\"metric_type\":\"{}\",\"value\":{:.2},\"recorded_at\":\"2026-11-23T12:00:00.250Z\"}}",
            number / 4,
            METRIC_TYPES[number % 4],
            value(number as u64)
        )
    };
    let points: Vec<String> = (0..POINTS).map(point).collect();
    let body = format!("{{\"points\":[{}]}}", points.join(",")).into_bytes();
    assert_eq!(read_batch(&body), POINTS);
    bencher.counter(ItemsCount::new(POINTS)).bench(|| read_batch(black_box(&body)));
}

/// Finds the series of points that came in the order of an agent's round.
#[divan::bench(args = [false, true])]
fn find_series(bencher: Bencher<'_, '_>, labelled: bool) {
    let labels = |number: u32| {
        let pairs = vec![("host".to_owned(), format!("h{:03}", number % 25))];
        if labelled { Labels::new(pairs).expect("the label is valid") } else { Labels::default() }
    };
    let all: Vec<Series> = (0..SERIES).map(|number| series(number, labels(number))).collect();
    let known = KnownSeries::new(all.clone());
    bencher.counter(ItemsCount::new(SERIES)).bench(|| {
        let found = all.iter().filter_map(|series| {
            known.find(series.service_id, black_box(&series.metric_type), &series.labels)
        });
        found.map(|id| u64::from(id.0)).sum::<u64>()
    });
}

/// Judges a round of points that violate nothing, by this many rules of which each watches one series.
#[divan::bench(args = [0, 10_000])]
fn judge(bencher: Bencher<'_, '_>, rules: u32) {
    let mut engine = Engine::new(engine::Config::default());
    for number in 0..rules {
        engine.apply(&Event::RuleChanged { rule: Box::new(rule(number)) });
    }
    for number in 0..SERIES {
        engine.learn(Arc::new(series(number, Labels::default())));
    }
    let mut round = 0;
    bencher
        .counter(ItemsCount::new(SERIES))
        .with_inputs(|| {
            round += 1;
            points(SERIES, round, 1)
        })
        .bench_local_values(|points| {
            let mut transitions = Vec::new();
            engine.judge(black_box(&points), Timestamp(START), &mut transitions);
            assert!(transitions.is_empty());
        });
}

/// Packs what one commit has.
#[divan::bench(args = [1, 25, 1_000, 8_000])]
fn encode_batch(bencher: Bencher<'_, '_>, count: u32) {
    let points = points(count, 0, 1);
    bencher.counter(ItemsCount::new(count)).bench(|| batch::encode(black_box(&points)));
}

/// Unpacks it again.
#[divan::bench(args = [1, 25, 1_000, 8_000])]
fn decode_batch(bencher: Bencher<'_, '_>, count: u32) {
    let bytes = batch::encode(&points(count, 0, 1));
    bencher.counter(ItemsCount::new(count)).bench(|| batch::decode(black_box(&bytes)));
}

/// Charts a million points that are in a segment: by the minute with percentiles all of them, and one series.
#[divan::bench(args = [100, 1])]
fn scan_segment(bencher: Bencher<'_, '_>, asked: u32) {
    const SERIES: u32 = 100;
    const ROUNDS: i64 = 10_000;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let engine = Embedded::open(directory.path(), Vec::new(), 0, Config::default()).expect("an engine");
    engine.absorb(1, Arc::new(points(SERIES, 0, ROUNDS)));
    let flush = engine.prepare_flush().expect("a flush").expect("points in the tail");
    engine.adopt(flush);
    let question = ChartQuestion {
        series: SeriesSet::new((0..asked).map(SeriesId)),
        from: Timestamp(START),
        to: Timestamp(START + ROUNDS * SECOND),
        width: MINUTE,
        offset: 0,
    };
    bencher
        .counter(ItemsCount::new(asked as usize * ROUNDS as usize))
        .bench(|| engine.chart(black_box(&question)).expect("a chart"));
}

/// Points of this many series, a second apart.
fn points(series: u32, first_round: i64, rounds: i64) -> PointBatch {
    let mut batch = PointBatch::with_capacity(series as usize * rounds as usize);
    for round in first_round..first_round + rounds {
        for number in 0..series {
            batch.push_row(number, START + round * SECOND, value(u64::from(number) << 32 | round as u64));
        }
    }
    batch
}

/// A value of two decimals from 20 to 70.
fn value(seed: u64) -> f64 {
    let bits = seed.wrapping_add(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    20.0 + (bits % 5_000) as f64 / 100.0
}

fn series(number: u32, labels: Labels) -> Series {
    Series {
        id: SeriesId(number),
        organization_id: OrganizationId(Uuid::from_u128(1)),
        service_id: ServiceId(Uuid::from_u128(u128::from(number / 4) + 1)),
        metric_type: METRIC_TYPES[number as usize % 4].into(),
        labels,
    }
}

fn rule(number: u32) -> Rule {
    Rule {
        id: RuleId(Uuid::from_u128(u128::from(number) + 1)),
        organization_id: OrganizationId(Uuid::from_u128(1)),
        name: format!("Rule {number}"),
        description: String::new(),
        metric_type: METRIC_TYPES[number as usize % 4].to_owned(),
        operator: Operator::Greater,
        threshold: 100_000.0,
        severity: Severity::High,
        department_id: DepartmentId(Uuid::from_u128(1)),
        enabled: true,
        service_ids: vec![ServiceId(Uuid::from_u128(u128::from(number / 4) + 1))],
        labels: Vec::new(),
        version: 1,
        created_at: Timestamp(START),
        updated_at: Timestamp(START),
    }
}
