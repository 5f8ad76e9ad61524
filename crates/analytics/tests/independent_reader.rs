//! Another Parquet reader finds the same points in segments, and so would a user with `DuckDB`.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{collections::BTreeMap, process::Command, sync::Arc};
use tracely_analytics::{Config, Embedded};
use tracely_core::metric::PointBatch;
use tracely_core::time::{DAY, SECOND};

type Point = (u32, i64, f64);

const START: i64 = 19_737 * DAY;

const SCRIPT: &str = "
import duckdb, sys
files = sys.argv[1] + '/*.parquet'
types = duckdb.sql(f\"describe select * from read_parquet('{files}')\").fetchall()
print(' '.join(f'{row[0]}:{row[1]}' for row in types))
rows = duckdb.sql(f\"\"\"
    select series, count(*), sum(value), min(value), max(value), epoch_us(min(instant)), epoch_us(max(instant))
    from read_parquet('{files}') group by series order by series
\"\"\").fetchall()
for row in rows:
    print(*row)
";

#[test]
fn duckdb_reads_the_same_points() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let config = Config { merge_fan_in: 2, ..Config::default() };
    let engine = Embedded::open(directory.path(), Vec::new(), 0, config).unwrap();
    let mut random = StdRng::seed_from_u64(2);
    let mut points: Vec<Point> = Vec::new();
    for sequence in 1..=6 {
        let mut columns = PointBatch::default();
        for _ in 0..50_000 {
            let instant = START + random.random_range(0..2 * DAY / SECOND) * SECOND + sequence;
            let series = if random.random_bool(0.01) { u32::MAX } else { random.random_range(0..40) };
            let value = f64::from(random.random_range(-100_000..100_000)) / 100.0;
            columns.push_row(series, instant, value);
            points.push((series, instant, value));
        }
        engine.absorb(sequence as u64, Arc::new(columns));
        engine.adopt(engine.prepare_flush().unwrap().unwrap());
        if sequence == 4 {
            while let Some(merge) = engine.prepare_merge().unwrap() {
                engine.adopt_merge(merge);
            }
        }
    }

    let output = Command::new(python).args(["-c", SCRIPT]).arg(directory.path()).output().unwrap();

    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = printed.lines();
    assert_eq!(lines.next(), Some("series:UINTEGER instant:TIMESTAMP WITH TIME ZONE value:DOUBLE"));
    let found: Vec<Vec<f64>> =
        lines.map(|line| line.split_whitespace().map(|number| number.parse().unwrap()).collect()).collect();
    let expected = summary(&points);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        for (left, right) in found.iter().zip(expected) {
            assert!((left - right).abs() <= right.abs() * 1e-9 + 1e-6, "{found:?} instead of {expected:?}");
        }
    }
}

fn summary(points: &[Point]) -> Vec<Vec<f64>> {
    let mut series: BTreeMap<u32, Vec<(i64, f64)>> = BTreeMap::new();
    for (number, instant, value) in points {
        series.entry(*number).or_default().push((*instant, *value));
    }
    let rows = series.into_iter().map(|(number, points)| {
        let values = || points.iter().map(|(_, value)| *value);
        let instants = || points.iter().map(|(instant, _)| *instant as f64);
        vec![
            f64::from(number),
            points.len() as f64,
            values().sum(),
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
            instants().fold(f64::INFINITY, f64::min),
            instants().fold(f64::NEG_INFINITY, f64::max),
        ]
    });
    rows.collect()
}

#[expect(clippy::disallowed_methods, reason = "the script that runs the tests names the interpreter")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn python() -> Option<String> {
    let python = std::env::var("TRACELY_TEST_PYTHON").ok();
    if python.is_none() {
        assert!(std::env::var("CI").is_err(), "TRACELY_TEST_PYTHON names no interpreter with duckdb");
        eprintln!("SKIPPED: duckdb_reads_the_same_points, because TRACELY_TEST_PYTHON is not set");
    }
    python
}
