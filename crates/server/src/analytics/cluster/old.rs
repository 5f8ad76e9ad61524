//! How the indices of old days go.

use super::Cluster;
use tracely_analytics::elastic::ElasticError;
use tracely_core::time::Timestamp;

impl Cluster {
    /// Deletes the indices of days that ended before an instant, unless a point was accepted into one since. One that
    /// cannot be asked or deleted stays, and the others go, as long as the cluster answers. Returns the names of those
    /// that went, and the first failure.
    pub(crate) async fn drop_before(&self, old: Timestamp) -> (Vec<String>, Option<ElasticError>) {
        let mut dropped = Vec::new();
        let ended = match self.engine.ended_before(old).await {
            Ok(ended) => ended,
            Err(error) => return (dropped, Some(error)),
        };
        let mut failure = None;
        for index in ended {
            // From the look to the end nobody brings points in, which would go with the index.
            let _nothing_is_sent = self.sending.lock().await;
            match self.engine.drop_unless_newer(&index, old).await {
                Ok(true) => dropped.push(index),
                Ok(false) => (),
                Err(error) => {
                    let is_away = matches!(error, ElasticError::Unreachable { .. });
                    failure = failure.or(Some(error));
                    if is_away {
                        break;
                    }
                }
            }
        }
        (dropped, failure)
    }
}
