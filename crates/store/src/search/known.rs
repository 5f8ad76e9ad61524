//! Words that the vocabulary is known to have, so that an incident whose words it has all does not ask for them.
//!
//! Words of titles, rules and services stay in the vocabulary for good, so one that was there once is there still. What a
//! transaction adds is known when it is committed, and not before.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use tracely_core::id::OrganizationId;

/// So many words are remembered, of all organizations together; then all are forgotten.
const REMEMBERED: usize = 20_000;

/// Words by organization.
#[derive(Debug, Default)]
pub(crate) struct KnownWords(Mutex<Words>);

#[derive(Debug, Default)]
struct Words {
    of: HashMap<OrganizationId, HashSet<String>>,
    count: usize,
}

impl KnownWords {
    /// Takes away the words that are known.
    pub(crate) fn retain_unknown(&self, organization_id: OrganizationId, words: &mut Vec<&str>) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.of.get(&organization_id) {
            words.retain(|word| !known.contains(*word));
        }
    }

    /// Remembers words that the vocabulary has.
    pub(crate) fn add(&self, words: Vec<(OrganizationId, String)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (organization_id, word) in words {
            if known.count >= REMEMBERED {
                *known = Words::default();
            }
            let is_new = known.of.entry(organization_id).or_default().insert(word);
            known.count += usize::from(is_new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KnownWords, REMEMBERED};
    use tracely_core::id::OrganizationId;
    use uuid::Uuid;

    #[test]
    fn words_are_known_for_their_organization_and_forgotten_when_there_are_too_many() {
        let [one, other] = [1, 2].map(|number| OrganizationId(Uuid::from_u128(number)));
        let known = KnownWords::default();
        let unknown = |organization_id| {
            let mut words = vec!["latency", "of"];
            known.retain_unknown(organization_id, &mut words);
            words.len()
        };
        known.add(vec![(one, "latency".to_owned())]);
        assert_eq!((unknown(one), unknown(other)), (1, 2));
        known.add((0..REMEMBERED).map(|number| (other, number.to_string())).collect());
        assert_eq!((unknown(one), unknown(other)), (2, 2));
    }
}
