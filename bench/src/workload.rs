//! What is sent: series of services, and requests with points of them.
//!
//! Values follow a level of their own for each series, a daily pattern and noise, have two decimals, and are a pure
//! function of the series, the round and the seed: every run sends the same. A *round* is one point of each series;
//! a request has the next points of a round, all with one instant, as an agent sends what it has just measured.

use crate::connection::head;
use std::io::Write;
use tracely_core::time::{DAY, Timestamp};

/// The metric types that come with the product. Services report all of them.
pub const METRIC_TYPES: [&str; 4] = ["LATENCY_MS", "PACKET_LOSS", "ERROR_RATE", "BUFFER_RATIO"];
/// One in so many points is an outlier.
const OUTLIER_ONE_IN: u64 = 30_000;
/// How an instant is written: milliseconds, always the same width.
const INSTANT_WIDTH: usize = "2026-01-01T00:00:00.000Z".len();
/// Series of the daily pattern that share a phase.
const PHASES: u64 = 24;
const SEED: u64 = 7;

/// The series of a workload.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// How many services there are.
    pub services: usize,
    /// How many hosts report for each service and metric type; with one host, points have no labels.
    pub hosts: usize,
    /// How many points a request has; a divisor or a multiple of a round is not needed.
    pub points_per_request: usize,
}

/// A request that is encoded but for its instant.
#[derive(Debug)]
pub struct Template {
    bytes: Vec<u8>,
    /// Where the instant stands.
    instants: Vec<usize>,
}

/// What a request does besides storing its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Rules judge the points.
    Judged,
    /// The points are history.
    Backfill,
}

impl Workload {
    /// Returns how many series there are.
    pub fn series(&self) -> usize {
        self.services * METRIC_TYPES.len() * self.hosts
    }

    /// Returns the round and the first series of the request with a number.
    fn place(&self, request: u64) -> (u64, usize) {
        let first = request * self.points_per_request as u64;
        (first / self.series() as u64, (first % self.series() as u64) as usize)
    }

    /// Writes the request with a number, with points of an instant.
    pub fn encode(&self, request: u64, instant: Timestamp, purpose: Purpose, into: &mut Vec<u8>) -> usize {
        self.write(request, instant, purpose, into, &mut |_| ());
        self.points_per_request
    }

    /// Encodes so many rounds of requests in advance, with the values of a whole day.
    pub fn templates(&self, rounds: usize) -> Vec<Template> {
        let requests = (rounds * self.series()).div_ceil(self.points_per_request) as i64;
        (0..requests)
            .map(|request| {
                let (mut bytes, mut instants) = (Vec::new(), Vec::new());
                let noted = &mut |place| instants.push(place);
                let instant = Timestamp(DAY / requests * request);
                self.write(request as u64, instant, Purpose::Judged, &mut bytes, noted);
                Template { bytes, instants }
            })
            .collect()
    }

    fn write(
        &self,
        request: u64,
        instant: Timestamp,
        purpose: Purpose,
        into: &mut Vec<u8>,
        instant_at: &mut dyn FnMut(usize),
    ) {
        let (mut round, mut series) = self.place(request);
        let text = instant_text(instant);
        let start = into.len();
        into.extend_from_slice(&head("POST", "/api/metrics/batch", PLACEHOLDER));
        let body = into.len();
        into.extend_from_slice(match purpose {
            Purpose::Judged => b"{\"points\":[",
            Purpose::Backfill => b"{\"backfill\":true,\"points\":[",
        });
        for number in 0..self.points_per_request {
            if number > 0 {
                into.push(b',');
            }
            let time_of_day = instant.0.rem_euclid(DAY) as f64 / DAY as f64;
            self.write_point(series, round, time_of_day, into);
            into.extend_from_slice(b",\"recorded_at\":\"");
            instant_at(into.len());
            into.extend_from_slice(&text);
            into.extend_from_slice(b"\"}");
            series += 1;
            if series == self.series() {
                (round, series) = (round + 1, 0);
            }
        }
        into.extend_from_slice(b"]}");
        let length = format!("{:0width$}", into.len() - body, width = PLACEHOLDER_WIDTH);
        let place = body - 4 - PLACEHOLDER_WIDTH;
        debug_assert!(place > start);
        into[place..place + PLACEHOLDER_WIDTH].copy_from_slice(length.as_bytes());
    }

    /// Writes a point without its instant and its closing brace.
    fn write_point(&self, series: usize, round: u64, time_of_day: f64, into: &mut Vec<u8>) {
        let (rest, host) = (series / self.hosts, series % self.hosts);
        let (service, kind) = (rest / METRIC_TYPES.len(), rest % METRIC_TYPES.len());
        let hundredths = hundredths(series as u64, kind, round, time_of_day);
        let (metric_type, whole, part) = (METRIC_TYPES[kind], hundredths / 100, hundredths % 100);
        let written = write!(
            into,
            "{{\"service\":\"{}\",\"metric_type\":\"{metric_type}\",\"value\":{whole}.{part:02}",
            ServiceKey(service)
        );
        written.expect("a vector takes everything");
        if self.hosts > 1 {
            write!(into, ",\"labels\":{{\"host\":\"h{host:03}\"}}").expect("a vector takes everything");
        }
    }

    /// Encodes single points, each the whole request, without an instant: the server's clock tells it.
    pub fn singles(&self, count: usize) -> Vec<Vec<u8>> {
        (0..count as u64)
            .map(|number| {
                let series = (number % self.series() as u64) as usize;
                let mut body = Vec::new();
                self.write_point(series, number / self.series() as u64, 0.5, &mut body);
                body.push(b'}');
                crate::connection::request("POST", "/api/metrics", &body)
            })
            .collect()
    }
}

/// Stands for a length that is known later; as wide as a number of this many digits.
const PLACEHOLDER_WIDTH: usize = 8;
const PLACEHOLDER: usize = 10_000_000;

impl Template {
    /// Writes the request with points of an instant.
    pub fn fill(&self, instant: Timestamp, into: &mut Vec<u8>) -> usize {
        let start = into.len();
        let text = instant_text(instant);
        into.extend_from_slice(&self.bytes);
        for place in &self.instants {
            into[start + place..start + place + INSTANT_WIDTH].copy_from_slice(&text);
        }
        self.instants.len()
    }
}

/// The key of the service with a number, as it is displayed.
#[derive(Debug, Clone, Copy)]
pub struct ServiceKey(pub usize);

impl std::fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "svc-{:05}", self.0)
    }
}

/// What a series measures at a time, in hundredths. Never negative.
fn hundredths(series: u64, kind: usize, round: u64, time_of_day: f64) -> i64 {
    // Level, daily swing, noise and outlier of each metric type.
    let (level, swing, noise, outlier) = match kind {
        0 => (20.0, 12.0, 8.0, 250.0),
        1 => (0.1, 0.2, 0.2, 5.0),
        2 => (0.2, 0.5, 0.4, 8.0),
        _ => (1.0, 1.0, 0.8, 20.0),
    };
    let of_series = mix(SEED ^ series);
    let of_point = mix(of_series ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    if of_point.is_multiple_of(OUTLIER_ONE_IN) {
        return (outlier * (1.0 + unit(mix(of_point))) * 100.0) as i64;
    }
    let phase = (of_series % PHASES) as f64 / PHASES as f64;
    let daily = ((time_of_day + phase) * std::f64::consts::TAU).sin() + 1.0;
    let value = level * (1.0 + 2.0 * unit(of_series)) + swing * daily / 2.0 + noise * unit(of_point);
    (value * 100.0) as i64
}

/// Spreads bits evenly (`SplitMix64`).
fn mix(seed: u64) -> u64 {
    let seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// Makes a number from 0 to 1 of random bits.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Writes an instant in milliseconds.
fn instant_text(instant: Timestamp) -> [u8; INSTANT_WIDTH] {
    let whole = Timestamp(instant.0 - instant.0.rem_euclid(1_000_000)).to_string();
    let millis = instant.0.rem_euclid(1_000_000) / 1_000;
    let text = format!("{}.{millis:03}Z", whole.trim_end_matches('Z'));
    text.as_bytes().try_into().expect("an instant of this century has this width")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use tracely_core::time::SECOND;

    const WORKLOAD: Workload = Workload { services: 3, hosts: 1, points_per_request: 5 };

    fn body(request: &[u8]) -> Value {
        let text = std::str::from_utf8(request).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let length = head.rsplit("content-length: ").next().unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), body.len());
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn requests_go_on_where_the_one_before_ended() {
        let (mut first, mut third) = (Vec::new(), Vec::new());
        WORKLOAD.encode(0, Timestamp(1_700_000_000 * SECOND + 250_000), Purpose::Judged, &mut first);
        WORKLOAD.encode(2, Timestamp(1_700_000_000 * SECOND), Purpose::Backfill, &mut third);
        let (first, third) = (body(&first), body(&third));
        assert_eq!(first["points"].as_array().unwrap().len(), 5);
        assert_eq!(first["points"][4]["service"], "svc-00001");
        assert_eq!(first["points"][4]["metric_type"], "LATENCY_MS");
        assert_eq!(first["points"][0]["recorded_at"], "2023-11-14T22:13:20.250Z");
        // Ten points are before it, and a round has twelve.
        assert_eq!(third["points"][0]["service"], "svc-00002");
        assert_eq!(third["points"][2]["service"], "svc-00000");
        assert_eq!(third["backfill"], true);
    }

    #[test]
    fn a_template_is_what_would_be_encoded() {
        let templates = WORKLOAD.templates(5);
        assert_eq!(templates.len(), 12);
        for (number, template) in templates.iter().enumerate() {
            let instant = Timestamp(DAY * 20_000 + DAY / 12 * number as i64);
            let (mut filled, mut encoded) = (Vec::new(), Vec::new());
            assert_eq!(template.fill(instant, &mut filled), 5);
            WORKLOAD.encode(number as u64, instant, Purpose::Judged, &mut encoded);
            assert_eq!(String::from_utf8(filled).unwrap(), String::from_utf8(encoded).unwrap());
        }
    }

    #[test]
    fn values_keep_their_range_and_most_differ() {
        for (kind, metric_type) in METRIC_TYPES.iter().enumerate() {
            let values: Vec<i64> =
                (0..50_000).map(|round| hundredths(kind as u64, kind, round, 0.3)).collect();
            let most = if kind == 0 { 100_000 } else { 10_000 };
            assert!(values.iter().all(|value| (0..=most).contains(value)), "{metric_type}");
            let mut different = values.clone();
            different.sort_unstable();
            different.dedup();
            assert!(different.len() > 15, "{metric_type}: {}", different.len());
        }
    }
}
