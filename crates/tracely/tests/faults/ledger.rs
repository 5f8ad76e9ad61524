//! The ledger: every point that was sent, and what its sender knows of it.

use std::collections::BTreeMap;

/// What the sender knows of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was acknowledged, by the first answer or by that to a repeat.
    Acknowledged,
    /// No answer came, or one that says nothing.
    Unknown,
    /// No answer came, and it was found to be stored.
    Stored,
    /// No answer came, and it was found not to be stored.
    Absent,
}

/// A point that was sent. Its instant is its name: no two points of a ledger have the same.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    pub value: f64,
    pub fate: Fate,
}

/// What was sent to one service, by instant in microseconds.
#[derive(Debug, Default)]
pub struct Ledger {
    sent: BTreeMap<i64, Sent>,
}

/// How a ledger and what is stored differ, and how large both are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub acknowledged: usize,
    /// Stored without having been acknowledged, which is allowed.
    pub unacknowledged: usize,
    /// Acknowledged, or seen before, and not there.
    pub lost: usize,
    /// There more than once, or never sent, or with another value, or after it had been found absent.
    pub doubled: usize,
}

impl Ledger {
    /// Notes a point before it is sent.
    pub fn note(&mut self, instant: i64, value: f64) {
        let before = self.sent.insert(instant, Sent { value, fate: Fate::Unknown });
        assert!(before.is_none(), "two points have the instant {instant}");
    }

    /// Notes what became of points.
    pub fn settle(&mut self, instants: &[i64], fate: Fate) {
        for instant in instants {
            self.sent.get_mut(instant).expect("it was noted").fate = fate;
        }
    }

    /// Returns the value of a point.
    pub fn value(&self, instant: i64) -> f64 {
        self.sent[&instant].value
    }

    /// Returns the first and the last instant; none when nothing was sent.
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((*self.sent.first_key_value()?.0, *self.sent.last_key_value()?.0))
    }

    /// Compares the points from one instant to before another with those that are stored there, and settles those
    /// whose fate was unknown.
    pub fn audit(&mut self, from: i64, to: i64, stored: &[(i64, f64)]) -> Balance {
        let mut balance = Balance::default();
        let mut found: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (instant, value) in stored {
            found.entry(*instant).or_default().push(*value);
        }
        for (instant, sent) in self.sent.range_mut(from..to) {
            let values = found.remove(instant).unwrap_or_default();
            balance.doubled += values.len().saturating_sub(1);
            let is_there = values.first() == Some(&sent.value);
            balance.doubled += usize::from(!is_there && !values.is_empty());
            match (sent.fate, is_there) {
                (Fate::Acknowledged, true) => balance.acknowledged += 1,
                (Fate::Stored, true) => balance.unacknowledged += 1,
                (Fate::Acknowledged | Fate::Stored, false) => balance.lost += 1,
                (Fate::Absent, true) => balance.doubled += 1,
                (Fate::Absent, false) => (),
                (Fate::Unknown, true) => {
                    balance.unacknowledged += 1;
                    sent.fate = Fate::Stored;
                }
                (Fate::Unknown, false) => sent.fate = Fate::Absent,
            }
        }
        balance.doubled += found.values().map(Vec::len).sum::<usize>();
        balance
    }

    /// Counts the points that have to be stored, by what is known now.
    pub fn expected(&self) -> usize {
        let totals = self.totals();
        totals.acknowledged + totals.unacknowledged
    }

    /// Counts the points that are known to be stored.
    pub fn totals(&self) -> Balance {
        let count = |fate| self.sent.values().filter(|sent| sent.fate == fate).count();
        Balance {
            acknowledged: count(Fate::Acknowledged),
            unacknowledged: count(Fate::Stored),
            ..Balance::default()
        }
    }
}

impl std::ops::AddAssign for Balance {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.unacknowledged += other.unacknowledged;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }
}

#[test]
fn a_ledger_tells_lost_and_doubled_points() {
    let mut ledger = Ledger::default();
    for (instant, fate) in
        [(1, Fate::Acknowledged), (2, Fate::Unknown), (3, Fate::Unknown), (4, Fate::Absent)]
    {
        ledger.note(instant, 0.5);
        ledger.settle(&[instant], fate);
    }
    let good = ledger.audit(1, 5, &[(1, 0.5), (2, 0.5)]);
    assert_eq!(good, Balance { acknowledged: 1, unacknowledged: 1, ..Balance::default() });
    // What was there once has to stay; what was absent has to stay away.
    let bad = ledger.audit(1, 5, &[(1, 0.25), (3, 0.5), (4, 0.5), (9, 0.5)]);
    assert_eq!(bad, Balance { lost: 2, doubled: 4, ..Balance::default() });
    assert_eq!(ledger.audit(1, 5, &[(1, 0.5), (1, 0.5), (2, 0.5)]).doubled, 1);
}
