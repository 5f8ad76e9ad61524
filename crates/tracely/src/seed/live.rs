//! Points in real time, at a steady rate, until somebody stops it.

use super::catalog::Monitored;
use super::generator::Generator;
use crate::client::Client;
use crate::progress::Status;
use std::future::Future;
use std::time::Duration;
use tracely_core::time::{SECOND, Timestamp};

/// How often points are sent.
const TICK: Duration = Duration::from_millis(250);
/// How often the incidents are counted.
const COUNT_EVERY: i64 = 5 * SECOND;
/// When the server falls behind, points of this long are made up for; older ones are left out.
const MADE_UP_FOR: i64 = 2 * SECOND;
/// The most points in one request.
const MOST: f64 = 20_000.0;

/// How fast and how long.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Points a second.
    pub rate: f64,
    /// How long; none means until stopped.
    pub limit: Option<Duration>,
}

/// Sends points until the time is up or `stop` is ready, and returns how many were accepted.
pub async fn send_live(
    client: &Client,
    services: &[Monitored],
    generator: &mut Generator,
    pace: Pace,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<u64> {
    let mut stop = std::pin::pin!(stop);
    let started = client.now();
    let end = pace.limit.map(|limit| started.plus(i64::try_from(limit.as_micros()).unwrap_or(i64::MAX)));
    let mut row = Row { last: started, carry: 0.0, rate: pace.rate };
    let mut status = Status::new();
    let (mut sent, mut incidents, mut counted) = (0_u64, None, None);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = client.pause().wait(TICK) => {}
        }
        let now = end.map_or(client.now(), |end| end.min(client.now()));
        let batch: Vec<_> = row.due(now).map(|instant| generator.next(instant)).collect();
        if !batch.is_empty() {
            tokio::select! {
                biased;
                () = &mut stop => break,
                outcome = super::send(client, services, &batch) => outcome?,
            }
            sent += batch.len() as u64;
        }
        if counted.is_none_or(|counted: Timestamp| now.0 - counted.0 >= COUNT_EVERY) {
            // A count that fails is not worth stopping for; the next batch tells when the server has gone.
            incidents = client.count_incidents(&[("status", "OPEN,IN_PROGRESS")]).await.ok();
            counted = Some(now);
        }
        status.show(&describe(sent, now.0 - started.0, incidents), now);
        if end.is_some_and(|end| now >= end) {
            break;
        }
    }
    status.finish();
    Ok(sent)
}

/// Which instants points are due at.
struct Row {
    last: Timestamp,
    /// The part of a point that was due but not whole.
    carry: f64,
    rate: f64,
}

impl Row {
    fn due(&mut self, now: Timestamp) -> impl Iterator<Item = Timestamp> + use<> {
        let from = self.last.max(now.plus(-MADE_UP_FOR));
        let span = (now.0 - from.0).max(0);
        let due = (span as f64 / SECOND as f64 * self.rate + self.carry).min(MOST);
        self.carry = due.fract();
        self.last = self.last.max(now);
        let count = due as i64;
        (1..=count)
            .map(move |number| from.plus((i128::from(span) * i128::from(number) / i128::from(count)) as i64))
    }
}

fn describe(sent: u64, micros: i64, incidents: Option<u64>) -> String {
    let rate = sent as f64 / (micros.max(1) as f64 / SECOND as f64);
    let incidents = incidents.map_or("?".to_string(), |count| count.to_string());
    format!("{sent} points sent, {rate:.1} points/s, {incidents} incidents open")
}
