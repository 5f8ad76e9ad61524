//! Sends load over some connections, in an open or a closed loop, and counts what became of it.

use crate::connection::Connection;
use crate::pace::Pacer;
use anyhow::{Context, ensure};
use futures_util::future::join_all;
use hdrhistogram::Histogram;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How requests follow one another.
#[derive(Debug, Clone, Copy)]
pub enum Plan {
    /// At a fixed rate of requests a second. Latency counts from the instant at which a request ought to be sent.
    Open(f64),
    /// The next request of a connection follows the answer to the one before.
    Closed,
    /// The same, with so many requests whatever time they take.
    Exactly(u64),
}

/// How long an open loop may go on after its time to send what is overdue.
const OVERDUE: Duration = Duration::from_secs(10);
/// How long a connection waits after it was told that the server takes no more.
const BACK_OFF: Duration = Duration::from_millis(20);

/// What became of a load.
#[derive(Debug)]
pub struct Outcome {
    /// Points that were acknowledged.
    pub points: u64,
    /// Requests that were acknowledged.
    pub requests: u64,
    /// Requests that were refused with 503.
    pub refused: u64,
    /// Requests of an open loop that were never sent, because the connections were busy until the end.
    pub unsent: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Latencies of acknowledged requests, in microseconds.
    pub latency: Histogram<u64>,
}

impl Outcome {
    /// Returns the acknowledged points a second.
    pub fn points_per_second(&self) -> f64 {
        self.points as f64 / self.elapsed.as_secs_f64()
    }

    /// Returns a quantile of the latency in milliseconds.
    pub fn latency_ms(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1_000.0
    }
}

/// Makes an empty histogram of microseconds, up to ten minutes, with three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order")
}

/// Sends requests for so long.
///
/// `encode` writes the request with a number into an empty buffer and returns how many points it has; numbers ascend
/// from 0, and no two requests get the same.
pub async fn drive(
    address: SocketAddr,
    connections: usize,
    plan: Plan,
    duration: Duration,
    encode: impl FnMut(u64, &mut Vec<u8>) -> usize,
) -> anyhow::Result<Outcome> {
    drive_watched(address, connections, plan, duration, encode, |_| ()).await
}

/// Does the same, and tells the latency of each acknowledged request in microseconds.
pub async fn drive_watched(
    address: SocketAddr,
    connections: usize,
    plan: Plan,
    duration: Duration,
    encode: impl FnMut(u64, &mut Vec<u8>) -> usize,
    note: impl Fn(u64),
) -> anyhow::Result<Outcome> {
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let pacer = match plan {
        Plan::Open(per_second) => Some(Pacer::start(per_second, duration)),
        Plan::Closed | Plan::Exactly(_) => None,
    };
    let start = Instant::now();
    let encode = RefCell::new(encode);
    let next = RefCell::new(0_u64);
    let totals = RefCell::new(Totals { points: 0, requests: 0, refused: 0, sent: 0, latency: histogram() });
    let workers = opened.into_iter().map(async |mut connection| -> anyhow::Result<()> {
        let mut buffer = Vec::new();
        loop {
            let due = match &pacer {
                Some(pacer) => pacer.next().await.map(|slot| (slot.number, slot.intended)),
                None => Some((next.replace_with(|number| *number + 1), Instant::now())),
            };
            let Some((number, since)) = due else { return Ok(()) };
            let over = match plan {
                Plan::Open(_) => start.elapsed() >= duration + OVERDUE,
                Plan::Closed => start.elapsed() >= duration,
                Plan::Exactly(requests) => number >= requests,
            };
            if over {
                return Ok(());
            }
            buffer.clear();
            let points = (encode.borrow_mut())(number, &mut buffer);
            totals.borrow_mut().sent += 1;
            let answer = connection.exchange(&buffer).await.with_context(|| format!("request {number}"))?;
            let status = answer.status;
            ensure!(
                status < 300 || status == 503,
                "request {number} was answered {status}: {}",
                String::from_utf8_lossy(answer.body)
            );
            let refused = status == 503;
            {
                let mut totals = totals.borrow_mut();
                if refused {
                    totals.refused += 1;
                } else {
                    totals.requests += 1;
                    totals.points += points as u64;
                    let micros = (since.elapsed().as_micros() as u64).max(1);
                    totals.latency.saturating_record(micros);
                    note(micros);
                }
            }
            if refused {
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    });
    for worker in join_all(workers).await {
        worker?;
    }
    let elapsed = start.elapsed();
    let Totals { points, requests, refused, sent, latency } = totals.into_inner();
    let unsent = pacer.as_ref().map_or(0, |pacer| pacer.slots().saturating_sub(sent));
    Ok(Outcome { points, requests, refused, unsent, elapsed, latency })
}

struct Totals {
    points: u64,
    requests: u64,
    refused: u64,
    sent: u64,
    latency: Histogram<u64>,
}
