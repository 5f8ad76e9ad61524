//! Answers questions for when points were there: one bit for each slot of each group.
//!
//! When the interval is not given, a first pass keeps the newest instants of each group, from which it is inferred.

use crate::{
    config::Config,
    error::AnalyticsError,
    groups::Groups,
    question::{Availability, AvailabilityQuestion, Gap, MAX_SLOTS, SAMPLED_INSTANTS, inferred_interval},
    scan::{Columns, Need, Snapshot, Task, fold},
};
use std::ops::Range;
use tracely_core::time::Timestamp;

/// Finds when each group had points.
pub(crate) fn availability(
    snapshot: &Snapshot,
    question: &AvailabilityQuestion,
    config: &Config,
) -> Result<Vec<Availability>, AnalyticsError> {
    if question.interval.is_some_and(|interval| interval <= 0) {
        return Err(AnalyticsError::BucketWidth);
    }
    let groups = Groups::few(&question.groups)?;
    if question.from >= question.to {
        return Ok(vec![Availability::default(); question.groups.len()]);
    }
    let intervals = match question.interval {
        Some(interval) => vec![Some(interval); question.groups.len()],
        None => inferred(snapshot, question, &groups, config)?,
    };
    let rows = Rows::lay_out(question, &intervals, MAX_SLOTS)?;
    let parts = scan(
        snapshot,
        question,
        &groups,
        config,
        || Marks::new(&rows),
        |marks, group, instant| marks.see(&rows, group, instant),
    )?;
    let marks = parts.into_iter().reduce(Marks::merge).unwrap_or_else(|| Marks::new(&rows));
    Ok(rows.tell(&intervals, &marks, question))
}

/// Calls back for each needed point with its group.
fn scan<P: Send>(
    snapshot: &Snapshot,
    question: &AvailabilityQuestion,
    groups: &Groups,
    config: &Config,
    start: impl Fn() -> P + Sync,
    see: impl Fn(&mut P, usize, i64) + Sync,
) -> Result<Vec<P>, AnalyticsError> {
    let (from, last) = (question.from.0, question.to.0 - 1);
    let columns = Columns { series: true, instants: true, values: false };
    let need = Need { series: &groups.series, from, last, columns };
    let tasks = Task::list(snapshot, &need);
    fold(&tasks, config.question_threads(), start, |part, task| {
        task.scan(&need, &mut |block| {
            groups.visit_instants(block, |place, instants| {
                let group = groups.group(place);
                for instant in instants.iter().filter(|instant| (from..=last).contains(*instant)) {
                    see(part, group, *instant);
                }
            });
        })
    })
}

/// The newest instants of a group that differ; now and then more than are wanted.
#[derive(Debug, Clone, Default)]
struct Newest {
    instants: Vec<i64>,
    /// No older one is wanted any more.
    oldest: Option<i64>,
}

impl Newest {
    fn see(&mut self, instant: i64) {
        if self.oldest.is_some_and(|oldest| instant <= oldest) || self.instants.last() == Some(&instant) {
            return;
        }
        self.instants.push(instant);
        if self.instants.len() >= 4 * SAMPLED_INSTANTS {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.instants.sort_unstable();
        self.instants.dedup();
        let spare = self.instants.len().saturating_sub(SAMPLED_INSTANTS);
        self.instants.drain(..spare);
        if self.instants.len() == SAMPLED_INSTANTS {
            self.oldest = self.instants.first().copied();
        }
    }

    fn merge(&mut self, other: Self) {
        self.instants.extend(other.instants);
        self.cut();
    }
}

fn inferred(
    snapshot: &Snapshot,
    question: &AvailabilityQuestion,
    groups: &Groups,
    config: &Config,
) -> Result<Vec<Option<i64>>, AnalyticsError> {
    let parts = scan(
        snapshot,
        question,
        groups,
        config,
        || vec![Newest::default(); question.groups.len()],
        |newest, group, instant| newest[group].see(instant),
    )?;
    let mut whole = vec![Newest::default(); question.groups.len()];
    for (group, more) in parts.into_iter().flat_map(|part| part.into_iter().enumerate()) {
        whole[group].merge(more);
    }
    Ok(whole.into_iter().map(|newest| inferred_interval(newest.instants)).collect())
}

/// Where the slots of each group are.
pub(crate) struct Rows {
    from: i64,
    /// Interval, number of slots, and the first bit; of a group without an interval there are no slots.
    of_group: Vec<(i64, u64, u64)>,
    bits: u64,
}

impl Rows {
    /// Lays out the slots of all groups, unless there are more than allowed.
    pub(crate) fn lay_out(
        question: &AvailabilityQuestion,
        intervals: &[Option<i64>],
        limit: u64,
    ) -> Result<Self, AnalyticsError> {
        let span = question.to.0.saturating_sub(question.from.0);
        let mut bits: u64 = 0;
        let mut of_group = Vec::with_capacity(intervals.len());
        for interval in intervals {
            let interval = interval.unwrap_or(i64::MAX);
            let slots = (span / interval) as u64;
            of_group.push((interval, slots, bits));
            bits = bits.saturating_add(slots);
        }
        if bits > limit {
            return Err(AnalyticsError::TooManySlots { limit });
        }
        Ok(Self { from: question.from.0, of_group, bits })
    }

    /// Returns how many groups there are.
    pub(crate) fn groups(&self) -> usize {
        self.of_group.len()
    }

    /// Returns how wide the slots of a group are, in microseconds.
    pub(crate) fn interval(&self, group: usize) -> i64 {
        self.of_group[group].0
    }

    /// Returns where a slot of a group begins.
    pub(crate) fn start_of(&self, group: usize, slot: u64) -> Timestamp {
        Timestamp(self.from + slot as i64 * self.interval(group))
    }

    /// Returns the slots from that of the oldest point of a group to that of the newest; none if it has no point.
    pub(crate) fn between(&self, group: usize, marks: &Marks) -> Option<Range<u64>> {
        let (interval, slots, _) = self.of_group[group];
        let (oldest, newest) = marks.seen[group].1?;
        let slot = |instant: Timestamp| ((instant.0 - self.from) / interval) as u64;
        Some(slot(oldest)..slots.min(slot(newest) + 1))
    }

    /// Tells of every group.
    pub(crate) fn tell(
        &self,
        intervals: &[Option<i64>],
        marks: &Marks,
        question: &AvailabilityQuestion,
    ) -> Vec<Availability> {
        let told = |(group, interval): (usize, &Option<i64>)| self.told(group, *interval, marks, question);
        intervals.iter().enumerate().map(told).collect()
    }

    fn told(
        &self,
        group: usize,
        interval: Option<i64>,
        marks: &Marks,
        question: &AvailabilityQuestion,
    ) -> Availability {
        let (_, slots, first) = self.of_group[group];
        let (points, bounds) = marks.seen[group];
        let mut answer = Availability { points, bounds, interval, slots, ..Availability::default() };
        let mut covered = (0..slots).map(|slot| marks.is_set(first + slot)).enumerate().peekable();
        while let Some((start, is_covered)) = covered.next() {
            if is_covered {
                answer.covered += 1;
                continue;
            }
            let mut end = start;
            while let Some((slot, _)) = covered.next_if(|(_, is_covered)| !is_covered) {
                end = slot;
            }
            let instant = |slot: usize| self.start_of(group, slot as u64);
            let gap = Gap { from: instant(start), to: instant(end + 1) };
            answer.note(gap, question.gaps);
        }
        if points == 0 && interval.is_none() {
            answer.note(Gap { from: question.from, to: question.to }, question.gaps);
        }
        answer.gaps.reverse();
        answer
    }
}

impl Availability {
    /// Notes a gap that is newer than those before, of which so many are kept.
    fn note(&mut self, gap: Gap, kept: usize) {
        self.gap_count += 1;
        self.longest = self.longest.max(gap.to.0 - gap.from.0);
        self.gaps.push(gap);
        if self.gaps.len() > kept {
            self.gaps.remove(0);
        }
    }
}

/// What was seen of each group.
pub(crate) struct Marks {
    words: Vec<u64>,
    /// How many points, and the oldest and the newest instant.
    seen: Vec<(u64, Option<(Timestamp, Timestamp)>)>,
}

impl Marks {
    fn new(rows: &Rows) -> Self {
        Self::of(rows, vec![(0, None); rows.of_group.len()])
    }

    /// Marks nothing of what was seen yet.
    pub(crate) fn of(rows: &Rows, seen: Vec<(u64, Option<(Timestamp, Timestamp)>)>) -> Self {
        Self { words: vec![0; rows.bits.div_ceil(64) as usize], seen }
    }

    fn see(&mut self, rows: &Rows, group: usize, instant: i64) {
        let (points, bounds) = &mut self.seen[group];
        *points += 1;
        let at = Timestamp(instant);
        *bounds = Some(bounds.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        self.mark(rows, group, instant);
    }

    /// Marks the slot of an instant as covered, if there is one.
    pub(crate) fn mark(&mut self, rows: &Rows, group: usize, instant: i64) {
        let (interval, slots, first) = rows.of_group[group];
        let slot = ((instant - rows.from) / interval) as u64;
        if slot < slots {
            let bit = first + slot;
            self.words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
    }

    fn is_set(&self, bit: u64) -> bool {
        self.words[(bit / 64) as usize] >> (bit % 64) & 1 == 1
    }

    fn merge(mut self, other: Self) -> Self {
        for (word, more) in self.words.iter_mut().zip(other.words) {
            *word |= more;
        }
        for ((points, bounds), (more, others)) in self.seen.iter_mut().zip(other.seen) {
            *points += more;
            *bounds = match (*bounds, others) {
                (Some((first, last)), Some((other_first, other_last))) => {
                    Some((first.min(other_first), last.max(other_last)))
                }
                (known, None) => known,
                (None, others) => others,
            };
        }
        self
    }
}
