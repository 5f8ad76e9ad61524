//! Measures how accepted points are packed for the log: `cargo run --release -p tracely-store --example batch_codec`.
//!
//! The codec of the log stands beside the obvious alternative, plain columns packed with zstd level 1.
//! The points are those of 1 000 series in turn, one round every ten seconds, with a daily pattern and noise.
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::hint::black_box;
use std::time::Instant;
use tracely_core::metric::PointBatch;
use tracely_core::time::{DAY, SECOND};
use tracely_store::log::batch;

const SERIES: usize = 1_000;
const STEP: i64 = 10 * SECOND;
const START: i64 = 19_737 * DAY;
/// The most points and the most batches that one attempt packs.
const MOST_POINTS: usize = 1_000_000;
const MOST_BATCHES: usize = 20_000;
const ATTEMPTS: usize = 5;

fn main() {
    println!("| points | decimals | codec | B/point | encode, M points/s | decode, M points/s |");
    println!("| ---: | ---: | --- | ---: | ---: | ---: |");
    for size in [1, 25, 1_000, 50_000] {
        for decimals in [1, 2, 3] {
            let batches = batches(size, decimals);
            print_row(size, decimals, "log::batch", &batches, batch::encode, |bytes| {
                batch::decode(bytes).expect("what was encoded can be decoded").len()
            });
            print_row(size, decimals, "plain + zstd-1", &batches, encode_zstd, |bytes| {
                decode_zstd(bytes).len()
            });
        }
    }
}

fn print_row(
    size: usize,
    decimals: i32,
    name: &str,
    batches: &[PointBatch],
    encode: impl Fn(&PointBatch) -> Vec<u8>,
    decode: impl Fn(&[u8]) -> usize,
) {
    let encoded: Vec<Vec<u8>> = batches.iter().map(&encode).collect();
    let points: usize = batches.iter().map(PointBatch::len).sum();
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    let encoding = best(points, || {
        for batch in batches {
            black_box(encode(black_box(batch)));
        }
    });
    let decoding = best(points, || {
        for bytes in &encoded {
            black_box(decode(black_box(bytes)));
        }
    });
    let per_point = bytes as f64 / points as f64;
    println!("| {size} | {decimals} | {name} | {per_point:.2} | {encoding:.1} | {decoding:.1} |");
}

/// Returns the best of some attempts, in millions of points a second.
fn best(points: usize, mut work: impl FnMut()) -> f64 {
    let seconds = (0..ATTEMPTS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    points as f64 / seconds.fold(f64::INFINITY, f64::min) / 1e6
}

/// The same columns, one after the other as plain numbers, packed as a whole.
fn encode_zstd(batch: &PointBatch) -> Vec<u8> {
    let mut plain = Vec::with_capacity(4 + batch.len() * 20);
    plain.extend_from_slice(&(batch.len() as u32).to_le_bytes());
    plain.extend(batch.series.iter().flat_map(|number| number.to_le_bytes()));
    plain.extend(batch.instants.iter().flat_map(|number| number.to_le_bytes()));
    plain.extend(batch.values.iter().flat_map(|number| number.to_le_bytes()));
    let mut bytes = zstd::bulk::compress(&plain, 1).expect("zstd takes any bytes");
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

fn decode_zstd(bytes: &[u8]) -> PointBatch {
    let (content, checksum) = bytes.split_last_chunk::<4>().expect("a checksum");
    assert_eq!(crc32fast::hash(content), u32::from_le_bytes(*checksum));
    let plain = zstd::stream::decode_all(content).expect("what was packed can be unpacked");
    let (count, rest) = plain.split_first_chunk::<4>().expect("a count");
    let count = u32::from_le_bytes(*count) as usize;
    let (series, rest) = rest.split_at(count * 4);
    let (instants, values) = rest.split_at(count * 8);
    PointBatch {
        series: series.as_chunks().0.iter().map(|number| u32::from_le_bytes(*number)).collect(),
        instants: instants.as_chunks().0.iter().map(|number| i64::from_le_bytes(*number)).collect(),
        values: values.as_chunks().0.iter().map(|number| f64::from_le_bytes(*number)).collect(),
    }
}

/// Makes batches of one size: the points of all series in turn, cut wherever a batch is full.
fn batches(size: usize, decimals: i32) -> Vec<PointBatch> {
    let mut random = StdRng::seed_from_u64(7);
    let levels: Vec<f64> = (0..SERIES).map(|_| random.random_range(20.0..70.0)).collect();
    let scale = 10_f64.powi(decimals);
    let mut batches = Vec::new();
    let mut batch = PointBatch::with_capacity(size);
    for number in 0..MOST_POINTS.min(size * MOST_BATCHES) {
        let (round, series) = ((number / SERIES) as i64, number % SERIES);
        let daily = (round as f64 * STEP as f64 / DAY as f64 * std::f64::consts::TAU).sin() * 10.0;
        let noise: f64 = (0..4).map(|_| random.random_range(-2.0..2.0)).sum();
        let value = ((levels[series] + daily + noise) * scale).round() / scale;
        let jitter = random.random_range(0..3) * 1_000;
        batch.push_row(series as u32, START + round * STEP + jitter, value);
        if batch.len() == size {
            batches.push(std::mem::replace(&mut batch, PointBatch::with_capacity(size)));
        }
    }
    batches
}
