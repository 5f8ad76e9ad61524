//! Waiting for a process that takes its own time.

use std::time::{Duration, Instant};

/// How long is waited. Counted in time rather than in looks, since a fast machine looks often before a process that
/// works once a second has done anything; and long, since a busy one needs long.
const PATIENCE: Duration = Duration::from_mins(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Looks again and again until something is so; says no when it is not so within a minute.
pub async fn is_soon(mut look: impl AsyncFnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if look().await {
            return true;
        }
        if began.elapsed() > PATIENCE {
            return false;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
