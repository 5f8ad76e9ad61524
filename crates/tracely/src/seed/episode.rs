//! Where the episodes lie in a block of points.

use rand::{Rng, RngExt};
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// Consecutive points of a series that violate a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Episode {
    /// The first of its points, counted within the block and the series.
    pub(super) start: usize,
    /// How many points it has.
    pub(super) length: usize,
    /// How bad it is: 0 is mild, 1 is the worst.
    pub(super) depth: f64,
}

/// The episodes of one series, in order.
pub(super) type Episodes = VecDeque<Episode>;

/// Lays `violating` points in episodes over series of the given sizes. Each episode has a normal point before and
/// after it in its series, so it opens and recovers within the block. When the series are too short for that, fewer
/// points violate.
pub(super) fn lay(
    sizes: &[usize],
    violating: usize,
    lengths: &RangeInclusive<usize>,
    random: &mut impl Rng,
) -> Vec<Episodes> {
    let mut chosen: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    let mut open: Vec<usize> = (0..sizes.len()).collect();
    let mut left = violating;
    while left > 0 && !open.is_empty() {
        let at = random.random_range(0..open.len());
        let series = open[at];
        let taken: usize = chosen[series].iter().sum::<usize>() + chosen[series].len();
        // One normal point before the first episode, and one after each.
        let room = sizes[series].saturating_sub(taken + 2);
        if room == 0 {
            open.swap_remove(at);
            continue;
        }
        let length = random.random_range(lengths.clone()).min(left).min(room);
        chosen[series].push(length);
        left -= length;
    }
    let series = chosen.into_iter().zip(sizes);
    series.map(|(lengths, size)| spread(&lengths, *size, random)).collect()
}

/// Places episodes of these lengths in a series, with the normal points shared out at random between them.
fn spread(lengths: &[usize], size: usize, random: &mut impl Rng) -> Episodes {
    let spare = size.saturating_sub(lengths.iter().sum::<usize>() + lengths.len() + 1);
    let mut cuts: Vec<usize> = lengths.iter().map(|_| random.random_range(0..=spare)).collect();
    cuts.sort_unstable();
    let mut before = 1;
    let placed = lengths.iter().zip(cuts).map(|(length, cut)| {
        let start = before + cut;
        before += length + 1;
        Episode { start, length: *length, depth: draw_depth(random) }
    });
    placed.collect()
}

/// Most episodes are mild; one in four reaches the critical threshold.
fn draw_depth(random: &mut impl Rng) -> f64 {
    if random.random_bool(0.25) { random.random_range(0.7..1.0) } else { random.random_range(0.05..0.4) }
}
