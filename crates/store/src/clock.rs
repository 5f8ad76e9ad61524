//! Where instants and ids come from: the system, or a test.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use tracely_core::id::uuid_v7;
use tracely_core::time::{DAY, Timestamp};
use uuid::Uuid;

/// From when on steady time is counted.
static BEGIN: OnceLock<Instant> = OnceLock::new();

/// Tells the instant.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until a test moves it.
    Manual(Arc<Manual>),
}

/// A clock of a test.
#[derive(Debug)]
pub struct Manual {
    now: AtomicI64,
    /// How far it was put ahead without time passing.
    stepped: AtomicI64,
}

impl Clock {
    /// Makes a clock that stands at an instant.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(Manual { now: AtomicI64::new(at.0), stepped: AtomicI64::new(0) }))
    }

    /// Returns the instant.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_now(),
            Self::Manual(manual) => Timestamp(manual.now.load(Ordering::SeqCst)),
        }
    }

    /// Returns how much time has passed since some instant, in microseconds. Unlike [`Clock::now`] it cannot be put
    /// ahead or back, so it is for what has to happen every so often. It means nothing to another process.
    pub fn steady(&self) -> i64 {
        match self {
            Self::System => {
                let begin = *BEGIN.get_or_init(Instant::now);
                // Not near 0, so that a wait may count from long before the process began.
                DAY + i64::try_from(begin.elapsed().as_micros()).unwrap_or(i64::MAX - DAY)
            }
            Self::Manual(manual) => manual.now.load(Ordering::SeqCst) - manual.stepped.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock by some microseconds; the system's clock is left alone.
    pub fn advance(&self, micros: i64) {
        if let Self::Manual(manual) = self {
            manual.now.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// Puts a manual clock ahead by some microseconds, or back, without time passing; the system's clock is left alone.
    pub fn step(&self, micros: i64) {
        if let Self::Manual(manual) = self {
            manual.stepped.fetch_add(micros, Ordering::SeqCst);
            manual.now.fetch_add(micros, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}

/// Makes ids that grow: `UUIDv7` with a counter, RFC 9562 section 6.2, method 1. Ids of one process are strictly
/// increasing even when the clock stands still or steps back.
#[derive(Debug)]
pub struct IdSource {
    state: Mutex<IdState>,
    apart: u64,
}

#[derive(Debug)]
struct IdState {
    millis: u64,
    counter: u16,
    random: StdRng,
}

impl IdSource {
    /// Draws the random bits from the operating system's entropy.
    pub fn system() -> Self {
        let mut random: StdRng = rand::make_rng();
        let apart = random.random();
        Self::with(random, apart)
    }

    /// Draws the random bits from a seed, so that a test gets the same ids in each run.
    pub fn seeded(seed: u64) -> Self {
        Self::with(StdRng::seed_from_u64(seed), StdRng::seed_from_u64(!seed).random())
    }

    fn with(random: StdRng, apart: u64) -> Self {
        Self { state: Mutex::new(IdState { millis: 0, counter: 0, random }), apart }
    }

    /// Returns a random number, always the same of this source, that has nothing to do with the ids.
    pub(crate) fn apart(&self) -> u64 {
        self.apart
    }

    /// Makes the next id, for an instant.
    pub fn next(&self, now: Timestamp) -> Uuid {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = now.as_millis();
        if millis > state.millis {
            state.millis = millis;
            state.counter = 0;
        } else if state.counter == 0x0FFF {
            state.millis += 1;
            state.counter = 0;
        } else {
            state.counter += 1;
        }
        let random = state.random.random();
        uuid_v7(state.millis, state.counter, random)
    }
}

#[cfg(test)]
mod tests {
    use super::IdSource;
    use tracely_core::time::Timestamp;

    #[test]
    fn ids_grow_while_the_clock_stands_or_steps_back() {
        let ids = IdSource::seeded(1);
        let mut previous = ids.next(Timestamp(5_000_000));
        for instant in [5_000_000, 4_000_000].into_iter().cycle().take(10_000) {
            let next = ids.next(Timestamp(instant));
            assert!(next > previous);
            previous = next;
        }
    }
}
