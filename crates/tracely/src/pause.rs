//! Waiting: for real, or in a test that only takes note.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracely_store::Clock;

/// How to wait.
#[derive(Debug, Clone)]
pub enum Pause {
    /// Lets time pass.
    Real,
    /// Moves a manual clock at once, and remembers for how long.
    Noted(Clock, Arc<Mutex<Vec<Duration>>>),
}

impl Pause {
    /// Makes a pause that moves a manual clock and takes note.
    pub fn noted(clock: Clock) -> Self {
        Self::Noted(clock, Arc::default())
    }

    /// Waits.
    pub async fn wait(&self, duration: Duration) {
        match self {
            Self::Real => tokio::time::sleep(duration).await,
            Self::Noted(clock, waits) => {
                clock.advance(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX));
                waits.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
                tokio::task::yield_now().await;
            }
        }
    }

    /// Returns the waits that were noted.
    pub fn waits(&self) -> Vec<Duration> {
        match self {
            Self::Real => Vec::new(),
            Self::Noted(_, waits) => waits.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
