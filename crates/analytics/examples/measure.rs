//! Measures the embedded engine: `cargo run --release -p tracely-analytics --example measure [millions of points]`.
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{sync::Arc, time::Instant};
use tracely_analytics::{ChartQuestion, Config, Embedded, PointsOrder, PointsQuestion, SeriesSet};
use tracely_core::metric::PointBatch;
use tracely_core::{
    id::SeriesId,
    time::{DAY, MINUTE, SECOND, Timestamp},
};

const DAY_ZERO: i64 = 19_737 * DAY;
const STEP: i64 = 10 * SECOND;
const STEPS: i64 = DAY / STEP;
/// Points of one flush.
const FLUSH_POINTS: usize = 1_000_000;

fn main() {
    let millions: i64 = std::env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(10);
    let series = (millions * 1_000_000 / STEPS) as u32;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let engine = Embedded::open(directory.path(), Vec::new(), 0, Config::default()).expect("an engine");

    let (points, absorbing, flushing) = fill(&engine, series);
    let segments = engine.segments();
    let bytes: u64 = segments.iter().map(|segment| segment.bytes).sum();
    println!("absorb: {:.2} M points/s", points / absorbing / 1e6);
    println!(
        "flush: {:.2} M points/s, {} segments, {:.2} B/point",
        points / flushing / 1e6,
        segments.len(),
        bytes as f64 / points
    );
    ask(&engine, series, "flushed");

    let start = Instant::now();
    while let Some(merge) = engine.prepare_merge().expect("a merge") {
        engine.adopt_merge(merge);
    }
    let segments = engine.segments();
    let bytes: u64 = segments.iter().map(|segment| segment.bytes).sum();
    println!(
        "merge: {:.2} M points/s, {} segments, {:.2} B/point",
        points / start.elapsed().as_secs_f64() / 1e6,
        segments.len(),
        bytes as f64 / points
    );
    ask(&engine, series, "merged");

    let start = Instant::now();
    let reopened =
        Embedded::open(directory.path(), segments, engine.position(), Config::default()).expect("an engine");
    println!("open: {:.2} ms, {} broken", start.elapsed().as_secs_f64() * 1e3, reopened.broken().len());

    let tail =
        Embedded::open(&directory.path().join("tail"), Vec::new(), 0, Config::default()).expect("an engine");
    fill_tail(&tail, 100_000, 40);
    println!("tail: {} points of 100 000 series", tail.tail_points());
    ask(&tail, 100_000, "tail");
    let start = Instant::now();
    let flush = tail.prepare_flush().expect("a flush").expect("points in the tail");
    let flushing = start.elapsed().as_secs_f64();
    let bytes: u64 = flush.segments.iter().map(|segment| segment.bytes).sum();
    let points = tail.tail_points() as f64;
    println!(
        "flush of the tail: {:.2} M points/s, {:.2} B/point",
        points / flushing / 1e6,
        bytes as f64 / points
    );
    tail.adopt(flush);
    ask(&tail, 100_000, "tail flushed");
}

/// Feeds a day of every series, all series at each step, as a log would.
fn fill(engine: &Embedded, series: u32) -> (f64, f64, f64) {
    let mut source = Source::new(series);
    let (mut points, mut absorbing, mut flushing) = (0.0, 0.0, 0.0);
    for step in 0..STEPS {
        let columns = Arc::new(source.step(step));
        points += columns.len() as f64;
        let start = Instant::now();
        engine.absorb(step as u64 + 1, columns);
        absorbing += start.elapsed().as_secs_f64();
        if engine.tail_points() >= FLUSH_POINTS || step == STEPS - 1 {
            let start = Instant::now();
            let flush = engine.prepare_flush().expect("a flush").expect("points in the tail");
            engine.adopt(flush);
            flushing += start.elapsed().as_secs_f64();
        }
    }
    (points, absorbing, flushing)
}

fn fill_tail(engine: &Embedded, series: u32, steps: i64) {
    let mut source = Source::new(series);
    for step in 0..steps {
        engine.absorb(step as u64 + 1, Arc::new(source.step(step)));
    }
}

fn ask(engine: &Embedded, series: u32, state: &str) {
    let all = SeriesSet::new((0..series).map(SeriesId));
    let half = SeriesSet::new((0..series).step_by(2).map(SeriesId));
    let one = SeriesSet::new([SeriesId(series / 2)]);
    let ten = SeriesSet::new((0..10).map(|place| SeriesId(series / 10 * place)));
    let chart = |series: &SeriesSet, width: i64| {
        let question = ChartQuestion {
            series: series.clone(),
            from: Timestamp(DAY_ZERO),
            to: Timestamp(DAY_ZERO + DAY),
            width,
            offset: 0,
        };
        engine.chart(&question).expect("a chart").iter().map(|bucket| bucket.count).sum::<u64>()
    };
    let page = |series: &SeriesSet, order: PointsOrder, min_value: Option<f64>| {
        let question = PointsQuestion {
            series: series.clone(),
            from: None,
            to: None,
            min_value,
            max_value: None,
            order,
            descending: true,
            offset: 0,
            limit: 50,
        };
        engine.points(&question).expect("a page").total
    };
    measure(state, "chart of all by minute", || chart(&all, MINUTE));
    measure(state, "chart of every other series by minute", || chart(&half, MINUTE));
    measure(state, "chart of ten series by minute", || chart(&ten, MINUTE));
    measure(state, "chart of one series by minute", || chart(&one, MINUTE));
    measure(state, "newest 50 of all", || page(&all, PointsOrder::Instant, None));
    measure(state, "newest 50 of every other series", || page(&half, PointsOrder::Instant, None));
    measure(state, "largest 50 of all above 90", || page(&all, PointsOrder::Value, Some(90.0)));
    measure(state, "newest 50 of one series", || page(&one, PointsOrder::Instant, None));
    measure(state, "latest of all", || engine.latest(&all).expect("points").len() as u64);
    measure(state, "latest of one series", || engine.latest(&one).expect("points").len() as u64);
}

/// Prints the best of some attempts, and what it counted.
fn measure(state: &str, what: &str, mut ask: impl FnMut() -> u64) {
    let mut times: Vec<f64> = Vec::new();
    let mut counted = 0;
    for _ in 0..7 {
        let start = Instant::now();
        counted = ask();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!("{state}, {what}: best {:.2} ms, median {:.2} ms ({counted})", times[0], times[3]);
}

/// Values with two decimals: a level of its own for each series, a daily pattern and noise.
struct Source {
    random: StdRng,
    levels: Vec<f64>,
}

impl Source {
    fn new(series: u32) -> Self {
        let mut random = StdRng::seed_from_u64(7);
        let levels = (0..series).map(|_| random.random_range(20.0..70.0)).collect();
        Self { random, levels }
    }

    fn step(&mut self, step: i64) -> PointBatch {
        let daily = (step as f64 / STEPS as f64 * std::f64::consts::TAU).sin() * 10.0;
        let mut columns = PointBatch::default();
        for (series, level) in self.levels.iter().enumerate() {
            let noise: f64 = (0..4).map(|_| self.random.random_range(-2.0..2.0)).sum();
            let value = ((level + daily + noise) * 100.0).round() / 100.0;
            let jitter = self.random.random_range(0..3) * 1_000;
            columns.push_row(series as u32, DAY_ZERO + step * STEP + jitter, value);
        }
        columns
    }
}
