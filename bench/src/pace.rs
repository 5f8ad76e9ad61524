//! The clock of an open loop: it says when each request ought to be sent, whatever became of those before it.
//!
//! A thread of its own sleeps from instant to instant, because a timer of the runtime is only exact to a millisecond.
//! It hands out slots; slot `n` is due at the start plus `n` periods, and the latency of its request counts from then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The shortest sleep. At higher rates several slots are handed out at once, late by at most this.
const GRAIN: Duration = Duration::from_micros(100);

/// Hands out the slots of an open loop.
#[derive(Debug)]
pub struct Pacer {
    due: Arc<Semaphore>,
    next: AtomicU64,
    start: Instant,
    period: Duration,
    slots: u64,
    thread: Option<JoinHandle<()>>,
}

/// When a request ought to be sent, and its place in the order.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The place, from 0.
    pub number: u64,
    /// The instant.
    pub intended: Instant,
}

impl Pacer {
    /// Starts to hand out `per_second` slots a second, for so long.
    pub fn start(per_second: f64, duration: Duration) -> Self {
        let period = Duration::from_secs_f64(1.0 / per_second);
        let slots = (duration.as_secs_f64() * per_second).round() as u64;
        let due = Arc::new(Semaphore::new(0));
        let start = Instant::now();
        let thread = {
            let due = Arc::clone(&due);
            std::thread::spawn(move || release(&due, start, period, slots))
        };
        Self { due, next: AtomicU64::new(0), start, period, slots, thread: Some(thread) }
    }

    /// Waits for the next slot; none after the last.
    pub async fn next(&self) -> Option<Slot> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.slots {
            return None;
        }
        self.due.acquire().await.ok()?.forget();
        Some(Slot { number, intended: self.start + self.period.mul_f64(number as f64) })
    }

    /// Returns how many slots there are in all.
    pub fn slots(&self) -> u64 {
        self.slots
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.due.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn release(due: &Semaphore, start: Instant, period: Duration, slots: u64) {
    let mut released = 0;
    while released < slots && !due.is_closed() {
        let elapsed = start.elapsed();
        let wanted = ((elapsed.as_secs_f64() / period.as_secs_f64()) as u64 + 1).min(slots);
        if wanted > released {
            due.add_permits((wanted - released) as usize);
            released = wanted;
        }
        let next = period.mul_f64(released as f64).saturating_sub(start.elapsed());
        std::thread::sleep(next.max(GRAIN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn slots_are_due_at_their_place_and_end() {
        let pacer = Pacer::start(10_000.0, Duration::from_millis(10));
        assert_eq!(pacer.slots(), 100);
        let mut slots = Vec::new();
        while let Some(slot) = pacer.next().await {
            assert!(slot.intended <= Instant::now(), "slot {} came before it was due", slot.number);
            slots.push(slot);
        }
        let numbers: Vec<u64> = slots.iter().map(|slot| slot.number).collect();
        assert_eq!(numbers, (0..100).collect::<Vec<u64>>());
        assert_eq!(slots[50].intended - slots[0].intended, Duration::from_millis(5));
    }
}
