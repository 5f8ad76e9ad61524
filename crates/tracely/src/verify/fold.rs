//! One way to fold the log, and the hash over what it decides.

use super::AllSeries;
use sha2::{Digest, Sha256};
use tracely_core::id::SeriesId;
use tracely_core::metric::PointBatch;
use tracely_core::rule::engine::{Engine, Snapshot, Transition};
use tracely_store::log::{Entry, Payload};

/// How the points of an entry are given to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Batches {
    /// As they are in the log.
    AsLogged,
    /// In pieces of sizes that depend on nothing that matters.
    Cut,
}

/// A fold under way.
pub(super) struct Fold {
    name: String,
    engine: Engine,
    batches: Batches,
    hash: Sha256,
    decisions: u64,
    /// For each fold that was compared with this one, the hash over what this one decided since the other started.
    since: Vec<Sha256>,
}

impl Fold {
    pub(super) fn new(name: impl Into<String>, engine: Engine, batches: Batches) -> Self {
        let name = name.into();
        Self { name, engine, batches, hash: Sha256::new(), decisions: 0, since: Vec::new() }
    }

    /// Starts a fold that from here on has to decide what this one decides.
    pub(super) fn twin(&mut self, name: impl Into<String>, engine: Engine, batches: Batches) -> Self {
        self.since.push(Sha256::new());
        Self::new(name, engine, batches)
    }

    /// Folds an entry and returns what was decided.
    pub(super) fn follow(&mut self, entry: &Entry, known: &AllSeries) -> Vec<Transition> {
        let mut decided = Vec::new();
        match &entry.payload {
            Payload::Event(event) => self.engine.apply(event),
            Payload::Points { backfill: false, batch } => {
                // An entry with a series that does not exist is parked as a whole.
                let series = || batch.series.iter().map(|number| SeriesId(*number));
                if series().all(|id| self.engine.knows(id) || known.contains_key(&id)) {
                    for id in series() {
                        if !self.engine.knows(id) {
                            self.engine.learn(known[&id].clone());
                        }
                    }
                    for piece in pieces(batch, self.batches, entry.position) {
                        self.engine.judge(&piece, entry.created_at, &mut decided);
                    }
                }
            }
            Payload::Points { backfill: true, .. } | Payload::Unreadable(_) => (),
        }
        for transition in &decided {
            self.decisions += 1;
            let text = format!("{} {transition:?}\n", entry.position);
            self.hash.update(text.as_bytes());
            for hash in &mut self.since {
                hash.update(text.as_bytes());
            }
        }
        decided
    }

    /// Returns the state, without the counts that wait to be written: those depend on when somebody wrote them.
    pub(super) fn state(&mut self) -> Snapshot {
        self.engine.take_counts();
        self.engine.snapshot()
    }

    pub(super) fn decisions(&self) -> u64 {
        self.decisions
    }

    /// Returns the first 16 digits of the hash over everything that was decided.
    pub(super) fn hash(&self) -> String {
        digits(&self.hash)
    }

    /// Says how one of the twins differs, given in the order in which they were started.
    pub(super) fn differs_from(&mut self, twin: &mut Self) -> Vec<String> {
        let mut differences = Vec::new();
        let (own, others) = (digits(&self.since.remove(0)), twin.hash());
        if own != others {
            differences
                .push(format!("folded {}, the log gives other decisions: {others}, not {own}", twin.name));
        }
        if self.state() != twin.state() {
            differences.push(format!("folded {}, the log gives another state", twin.name));
        }
        differences
    }
}

fn digits(hash: &Sha256) -> String {
    let whole: [u8; 32] = hash.clone().finalize().into();
    let (first, _) = whole.split_first_chunk().expect("it has 32 bytes");
    format!("{:016x}", u64::from_be_bytes(*first))
}

/// Cuts a batch. The sizes are made from the position by a generator of Lehmer's kind, so that a run can be repeated.
fn pieces(batch: &PointBatch, batches: Batches, position: u64) -> Vec<PointBatch> {
    if batches == Batches::AsLogged {
        return vec![batch.clone()];
    }
    let mut state = position.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut pieces = vec![PointBatch::default()];
    for point in batch.iter() {
        state = state.wrapping_mul(0xda94_2042_e4dd_58b5).rotate_left(23) | 1;
        if state >> 62 == 0 {
            pieces.push(PointBatch::default());
        }
        pieces.last_mut().expect("there is one from the start").push(point);
    }
    pieces
}
