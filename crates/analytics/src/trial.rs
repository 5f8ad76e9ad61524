//! Tries a rule on points that are there already.
//!
//! The points of each series are gathered, put into the order of their instants, and judged as the rule engine would
//! judge them had they come in that order: a group violates the rule while the newest point of at least one of its
//! series does. Of equal instants the series with the lower number comes first.

use crate::{
    config::Config,
    error::AnalyticsError,
    groups::Groups,
    question::{Episode, MAX_BUCKETS, TrialAnswer, TrialBucket, TrialQuestion},
    scan::{Columns, Need, Snapshot, Task, fold},
};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::atomic::{AtomicUsize, Ordering},
};
use tracely_core::time::Timestamp;

/// An instant with its value.
pub(crate) type Sample = (i64, f64);

/// Tries a rule on the points of a snapshot.
pub(crate) fn trial(
    snapshot: &Snapshot,
    question: &TrialQuestion,
    config: &Config,
) -> Result<TrialAnswer, AnalyticsError> {
    let TrialQuestion { from, to, width, .. } = question;
    if *width <= 0 {
        return Err(AnalyticsError::BucketWidth);
    }
    if from >= to {
        return Ok(TrialAnswer::default());
    }
    let start = from.floor(*width);
    if (i128::from(to.0 - 1) - i128::from(start.0)) / i128::from(*width) >= MAX_BUCKETS as i128 {
        return Err(AnalyticsError::TooManyBuckets { limit: MAX_BUCKETS });
    }
    let groups = Groups::new(&question.groups);
    let mut samples = gather(snapshot, question, &groups, config)?;
    let mut answer = TrialAnswer::default();
    for samples in &mut samples {
        // Stable and fast on what is mostly in order, as segments are.
        samples.sort_by_key(|(instant, _)| *instant);
    }
    answer.buckets = buckets(question, start, &samples);
    answer.points = answer.buckets.iter().map(|bucket| bucket.count).sum();
    answer.violations = answer.buckets.iter().map(|bucket| bucket.violations).sum();

    add_episodes(&mut answer, question, &groups, &samples);
    Ok(answer)
}

/// Finds the episodes of every group and adds them to an answer. The points of each series are in order.
pub(crate) fn add_episodes(
    answer: &mut TrialAnswer,
    question: &TrialQuestion,
    groups: &Groups,
    samples: &[Vec<Sample>],
) {
    let mut of_group: Vec<Vec<&[Sample]>> = vec![Vec::new(); question.groups.len()];
    for (place, samples) in samples.iter().enumerate() {
        of_group[groups.group(place)].push(samples);
    }
    for (group, series) in of_group.iter().enumerate() {
        let found = episodes(question, group, series);
        answer.episode_count += found.len() as u64;
        let spare = found.len().saturating_sub(question.limit);
        answer.episodes.extend_from_slice(&found[spare..]);
    }
    answer.episodes.sort_by_key(|episode| (Reverse(episode.from), episode.group));
    answer.episodes.truncate(question.limit);
}

/// Returns the points of each series, in the order in which they were found.
fn gather(
    snapshot: &Snapshot,
    question: &TrialQuestion,
    groups: &Groups,
    config: &Config,
) -> Result<Vec<Vec<Sample>>, AnalyticsError> {
    let (from, last) = (question.from.0, question.to.0 - 1);
    let columns = Columns { series: true, instants: true, values: true };
    let need = Need { series: &groups.series, from, last, columns };
    let tasks = Task::list(snapshot, &need);
    let (limit, gathered) = (config.trial_points, AtomicUsize::new(0));
    let too_many = || AnalyticsError::TooManyPoints { limit };
    let parts = fold(
        &tasks,
        config.question_threads(),
        || vec![Vec::new(); groups.series.len()],
        |samples: &mut Vec<Vec<Sample>>, task| {
            task.scan(&need, &mut |block| {
                groups.visit(block, |place, instants, values| {
                    if gathered.load(Ordering::Relaxed) > limit {
                        return;
                    }
                    let rows = instants.iter().copied().zip(values.iter().copied());
                    let before = samples[place].len();
                    samples[place].extend(rows.filter(|(instant, _)| *instant >= from && *instant <= last));
                    gathered.fetch_add(samples[place].len() - before, Ordering::Relaxed);
                });
            })?;
            if gathered.load(Ordering::Relaxed) > limit { Err(too_many()) } else { Ok(()) }
        },
    )?;
    let joined = parts.into_iter().reduce(|mut whole, part| {
        for (samples, more) in whole.iter_mut().zip(part) {
            samples.extend(more);
        }
        whole
    });
    Ok(joined.unwrap_or_default())
}

fn buckets(question: &TrialQuestion, start: Timestamp, samples: &[Vec<Sample>]) -> Vec<TrialBucket> {
    let width = question.width;
    let count = (question.to.0 - 1 - start.0) / width + 1;
    let empty = |place: i64| TrialBucket {
        start: start.plus(place * width),
        count: 0,
        min: f64::INFINITY,
        avg: 0.0,
        max: f64::NEG_INFINITY,
        violations: 0,
    };
    let mut buckets: Vec<TrialBucket> = (0..count).map(empty).collect();
    for (instant, value) in samples.iter().flatten() {
        let bucket = &mut buckets[((instant - start.0) / width) as usize];
        bucket.count += 1;
        bucket.min = bucket.min.min(*value);
        bucket.max = bucket.max.max(*value);
        // The sum, until all points are in.
        bucket.avg += value;
        bucket.violations += u64::from(question.operator.violates(*value, question.threshold));
    }
    buckets.retain(|bucket| bucket.count > 0);
    for bucket in &mut buckets {
        bucket.avg /= bucket.count as f64;
    }
    buckets
}

/// Finds the episodes of one group, oldest first.
fn episodes(question: &TrialQuestion, group: usize, series: &[&[Sample]]) -> Vec<Episode> {
    let (operator, threshold) = (question.operator, question.threshold);
    let mut found: Vec<Episode> = Vec::new();
    let mut violating = vec![false; series.len()];
    let mut violators = 0_usize;
    visit_in_order(series, |place, (instant, value)| {
        if !operator.violates(value, threshold) {
            violators -= usize::from(violating[place]);
            violating[place] = false;
            return;
        }
        let at = Timestamp(instant);
        if let Some(episode) = found.last_mut().filter(|_| violators > 0) {
            episode.to = at;
            episode.points += 1;
            episode.peak = operator.worse(episode.peak, value, threshold);
        } else {
            found.push(Episode { group, from: at, to: at, points: 1, peak: value });
        }
        violators += usize::from(!violating[place]);
        violating[place] = true;
    });
    found
}

/// Calls back for the points of several series, each in order, in the order of their instants.
fn visit_in_order(series: &[&[Sample]], mut visit: impl FnMut(usize, Sample)) {
    let next =
        |place: usize, row: usize| series[place].get(row).map(|(instant, _)| Reverse((*instant, place, row)));
    let mut heads: BinaryHeap<_> = (0..series.len()).filter_map(|place| next(place, 0)).collect();
    while let Some(Reverse((_, place, row))) = heads.pop() {
        visit(place, series[place][row]);
        heads.extend(next(place, row + 1));
    }
}
