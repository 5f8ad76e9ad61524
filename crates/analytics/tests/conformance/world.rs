//! The same generated points in both engines.

use crate::cluster;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use tempfile::TempDir;
use tracely_analytics::elastic::{Batch, Elastic, Subject};
use tracely_analytics::{Config, Embedded, SeriesSet};
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, PointBatch, Series};
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use uuid::Uuid;

/// A day in January 2024.
pub const START: i64 = 19_737 * DAY;
/// How long points are spread over.
pub const SPAN: i64 = 3 * DAY;
/// The series whose points share instants.
pub const CROWDED: u32 = 900;

/// One point: series, instant, value.
pub type Point = (u32, i64, f64);

pub struct World {
    _directory: TempDir,
    pub embedded: Embedded,
    pub elastic: Elastic,
    pub points: Vec<Point>,
    /// The series of each service, ascending.
    pub services: Vec<Vec<u32>>,
}

pub fn set(series: impl IntoIterator<Item = u32>) -> SeriesSet {
    series.into_iter().map(SeriesId).collect()
}

pub fn random() -> StdRng {
    StdRng::seed_from_u64(19)
}

/// Says what a series is: three labels of four metric types of each service.
#[expect(clippy::unnecessary_wraps, reason = "the engine takes what may not know a series")]
pub fn describe(series: SeriesId) -> Option<Subject> {
    let number = series.0;
    let region = ["istanbul", "ankara", "izmir"][number as usize % 3];
    Some(Subject {
        series: Series {
            id: series,
            organization_id: OrganizationId(Uuid::nil()),
            service_id: ServiceId(Uuid::from_u128(u128::from(number / 12))),
            metric_type: Arc::from(
                ["LATENCY_MS", "PACKET_LOSS", "ERROR_RATE", "BUFFER_RATIO"][number as usize / 3 % 4],
            ),
            labels: Labels::new(vec![("region".to_owned(), region.to_owned())]).unwrap(),
        },
        service: Some(format!("service-{}", number / 12)),
    })
}

impl World {
    /// Brings the points into both engines; none without a cluster.
    pub async fn new(prefix: &str) -> Option<Self> {
        let elastic = cluster::engine(prefix)?;
        let mut random = random();
        // The numbers of the first services follow each other; those of the others are spread.
        let mut services: Vec<Vec<u32>> =
            (0..5).map(|service| (service * 12 + 1..service * 12 + 13).collect()).collect();
        services.push((0..12).map(|place| 100 + place * 7).collect());
        services.push(vec![CROWDED]);
        let points = generate(&mut random, &services);

        let directory = tempfile::tempdir().unwrap();
        let embedded = Embedded::open(directory.path(), Vec::new(), 0, Config::default()).unwrap();
        let mut rest = &points[..];
        let mut position = 0;
        while !rest.is_empty() {
            let size = random.random_range(1..3_000).min(rest.len());
            let (some, after) = rest.split_at(size);
            rest = after;
            position += random.random_range(1..4_u64);
            let mut batch = PointBatch::default();
            for (series, instant, value) in some {
                batch.push_row(*series, *instant, *value);
            }
            // What was brought in before changes nothing: some entries are sent again, in whole or in part.
            for repeat in [random.random_range(0..size), 0, size / 2] {
                let mut part = batch.clone();
                if repeat > 0 {
                    part.series.truncate(repeat);
                    part.instants.truncate(repeat);
                    part.values.truncate(repeat);
                }
                let batch = Batch {
                    position,
                    accepted_at: Timestamp(START + SPAN + position as i64),
                    organization_id: OrganizationId(Uuid::nil()),
                    points: &part,
                };
                assert_eq!(elastic.index(&[batch], describe).await.unwrap(), []);
            }
            embedded.absorb(position, Arc::new(batch));
            if position % 3 == 0
                && let Some(flush) = embedded.prepare_flush().unwrap()
            {
                embedded.adopt(flush);
            }
        }
        elastic.refresh().await.unwrap();
        Some(Self { _directory: directory, embedded, elastic, points, services })
    }

    pub fn all(&self) -> SeriesSet {
        set(self.services.iter().flatten().copied())
    }

    /// Returns some set of series: of a service, of several, every other one, or one alone.
    pub fn some_series(&self, random: &mut StdRng) -> SeriesSet {
        let service = random.random_range(0..self.services.len());
        let of_service = self.services[service].clone();
        match random.random_range(0..5) {
            0 => self.all(),
            1 => set(self.services.iter().skip(service).flatten().copied()),
            2 => set(self.services.iter().flatten().copied().step_by(3)),
            3 => set([of_service[random.random_range(0..of_service.len())], 77_777]),
            _ => set(of_service),
        }
    }

    /// Returns some span of time, mostly within that of the points.
    pub fn some_span(random: &mut StdRng) -> (Timestamp, Timestamp) {
        let from = START + random.random_range(-HOUR..SPAN);
        let length = [SECOND, 10 * MINUTE, 5 * HOUR, DAY, 5 * DAY][random.random_range(0..5)];
        (Timestamp(from), Timestamp(from + random.random_range(1..=length)))
    }
}

fn wanted() -> usize {
    #[expect(clippy::disallowed_methods, reason = "the tests are configured by the environment")]
    let wanted = std::env::var("TRACELY_CONFORMANCE_POINTS");
    wanted.map_or(20_000, |wanted| wanted.parse().expect("TRACELY_CONFORMANCE_POINTS is a number"))
}

fn generate(random: &mut StdRng, services: &[Vec<u32>]) -> Vec<Point> {
    let all: Vec<u32> = services.iter().flatten().copied().collect();
    let mut points: Vec<Point> = Vec::new();
    let count = wanted();
    for place in 0..count {
        let series = all[random.random_range(0..all.len())];
        // Mostly in order, with stragglers; nothing in the second quarter.
        let late = if random.random_bool(0.1) { random.random_range(0..6 * HOUR) } else { 0 };
        let mut instant = START + (place as i64 * SPAN / count as i64 - late).max(0);
        if (SPAN / 4..SPAN / 2).contains(&(instant - START)) {
            instant += SPAN / 4;
        }
        let value = match series % 5 {
            0 => f64::from(random.random_range(0..10_u32)),
            1 => random.random_range(-1e3..1e3),
            2 => 10_f64.powf(random.random_range(-6.0..12.0)),
            _ => -(1.0 - random.random::<f64>()).ln() * 40.0,
        };
        if series == CROWDED {
            // Whole minutes, so that several points share an instant.
            points.push((series, instant - instant % (30 * MINUTE), f64::from(place as u32)));
            continue;
        }
        points.push((series, instant, value));
        if random.random_bool(0.02) {
            // The same again.
            points.push((series, instant, value));
        }
    }
    points
}
