//! Waiting for a cluster that is away or overloaded.

use crate::out;
use crate::pause::Pause;
use std::error::Error;
use std::time::Duration;
use tracely_analytics::elastic::ElasticError;

/// How long to wait at first and at most before the next attempt.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// How long to wait in all for one request.
const PATIENCE: Duration = Duration::from_mins(10);

/// Asks until the cluster answers, with longer and longer waits. Fails when it says something that waiting does not help
/// against, and after ten minutes.
pub(super) async fn patiently<T>(
    pause: &Pause,
    mut ask: impl AsyncFnMut() -> Result<T, ElasticError>,
) -> Result<T, ElasticError> {
    let (mut wait, mut waited) = (WAITS.0, Duration::ZERO);
    loop {
        let error = match ask().await {
            Err(error) if error.is_temporary() && waited < PATIENCE => error,
            answer => return answer,
        };
        let source = error.source().map_or(String::new(), |why| format!(": {why}"));
        out::note(&format!("{error}{source}; trying again in {} s", wait.as_secs()));
        pause.wait(wait).await;
        waited += wait;
        wait = (wait * 2).min(WAITS.1);
    }
}
