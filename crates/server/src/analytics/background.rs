//! Heavy work of the embedded engine, which lets requests go first.
//!
//! Writing and merging segments keeps a core busy for a second or more, and nobody waits for it, while on a small
//! machine every request waits behind it.
//! So it runs on a thread of its own with a low priority: the scheduler gives it what others leave.
//! Were it to get too little, the tail would not shrink any more; so it yields only while it is quick enough.

use crate::worker::WorkerError;
use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tracely_analytics::Embedded;

/// The priority of a thread that yields, as `nice` counts it: a tenth of the weight of one that serves requests.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;
/// Work yields as long as it took less than one part in so many of the time until it was begun again.
const SHARE: u32 = 4;

/// How long the work takes, and how often it comes.
#[derive(Debug, Default)]
pub(super) struct Pace {
    begun: Option<Instant>,
    took: Duration,
}

impl Pace {
    /// Says whether the work that begins now may yield to requests.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let since = self.begun.map(|begun| now.saturating_duration_since(begun));
        self.begun = Some(now);
        since.is_none_or(|since| self.took * SHARE <= since)
    }

    /// Notes that the work is done.
    pub(super) fn end(&mut self, now: Instant) {
        self.took = self.begun.map_or(Duration::ZERO, |begun| now.saturating_duration_since(begun));
    }
}

/// Does work on the engine, and lets requests go first if it is to yield.
///
/// Fails if the system gives no thread.
pub(super) async fn in_background<T: Send + 'static>(
    engine: &Arc<Embedded>,
    yields: bool,
    work: impl FnOnce(&Embedded) -> T + Send + 'static,
) -> Result<T, WorkerError> {
    let engine = Arc::clone(engine);
    let (ends, ended) = oneshot::channel::<Infallible>();
    let body = move || {
        let _ends = ends;
        if yields {
            lower_priority();
        }
        work(&engine)
    };
    let thread =
        thread::Builder::new().name("segments".to_owned()).spawn(body).map_err(WorkerError::Thread)?;
    // Nothing is ever sent: the other end goes when the work is done, or panics.
    let _ = ended.await;
    thread.join().map_err(|panic| std::panic::resume_unwind(panic))
}

/// Lowers the priority of this thread. It cannot be raised again without a privilege, hence the thread of its own.
#[cfg(target_os = "linux")]
fn lower_priority() {
    // With the process's own number 0, Linux means the calling thread (setpriority(2), "C library/kernel differences").
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the priority of writing segments stays as it is");
    }
}

/// Elsewhere a priority belongs to the whole process.
#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::{Duration, Instant};

    #[test]
    fn work_that_takes_a_good_part_of_the_time_does_not_yield() {
        let (start, mut pace) = (Instant::now(), Pace::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(pace.begin(at(0)), "the first does");
        pace.end(at(5));
        assert!(pace.begin(at(20)), "a quarter is little enough");
        assert!(!pace.begin(at(39)), "more is not");
        pace.end(at(40));
        assert!(pace.begin(at(44)), "and once it is quick again, it yields again");
    }
}
