//! What is failing now: the group commit and the workers tell here when an attempt fails and when one goes well again,
//! so that `/readyz` and `/api/system` can say it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracely_core::time::Timestamp;

/// The name under which the group commit of points tells how it goes.
pub(crate) const POINTS: &str = "points";

/// Who is failing. Cheap to clone; all clones are the same list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<BTreeMap<&'static str, Failure>>>);

/// Somebody who is failing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Since when every attempt has failed.
    pub(crate) since: Timestamp,
    /// Why the newest attempt failed.
    pub(crate) error: String,
}

impl Failures {
    /// Remembers that an attempt failed.
    pub(crate) fn failed(&self, who: &'static str, error: String, now: Timestamp) {
        let mut failing = self.lock();
        let since = failing.get(who).map_or(now, |before| before.since);
        failing.insert(who, Failure { since, error });
    }

    /// Remembers that an attempt went well.
    pub(crate) fn went_well(&self, who: &'static str) {
        let mut failing = self.lock();
        if !failing.is_empty() {
            failing.remove(who);
        }
    }

    /// Says whether somebody is failing.
    pub(crate) fn is_failing(&self, who: &'static str) -> bool {
        self.lock().contains_key(who)
    }

    /// Lists who is failing.
    pub(crate) fn list(&self) -> BTreeMap<&'static str, Failure> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, POINTS};
    use tracely_core::time::Timestamp;

    #[test]
    fn a_failure_begins_once_and_ends_with_the_first_success() {
        let failures = Failures::default();
        failures.failed(POINTS, "full".into(), Timestamp(1));
        failures.failed(POINTS, "still full".into(), Timestamp(2));
        failures.failed("indexer", "full".into(), Timestamp(3));
        let told = &failures.list()[POINTS];
        assert_eq!((told.since, told.error.as_str()), (Timestamp(1), "still full"));
        failures.went_well(POINTS);
        assert!(!failures.is_failing(POINTS) && failures.is_failing("indexer"));
    }
}
