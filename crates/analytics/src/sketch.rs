//! Percentiles of many values with a bounded relative error.
//!
//! A `DDSketch` whose mapping takes a value's bin straight from the bits of its exponent and the upper six bits of its
//! mantissa, that is, 64 bins of equal width for each power of two.
//! The middle of a bin is off by at most 1/128 of the value, below the promised 1 %.
//! Rejected: the `sketches-ddsketch` crate, whose logarithm for each value takes several times as long, whose bins
//! collapse at wide ranges of values, and which treats values below a threshold as zero.

/// Bins of one power of two.
const PAGE_BINS: usize = 64;
/// Mantissa bits that a bin does not tell apart.
const CUT_BITS: u32 = 46;

/// Counts of values by bin; merging is exact, so the order of adding and merging does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    /// The powers of two with values, ascending; negative ones mirrored below zero.
    octaves: Vec<i16>,
    /// The counts of each such power of two.
    pages: Vec<[u64; PAGE_BINS]>,
    /// Where the last value went; the next one mostly goes there too.
    recent: usize,
}

impl Sketch {
    /// Adds a finite value.
    pub(crate) fn add(&mut self, value: f64) {
        let bin = bin(value);
        let octave = octave(bin);
        if self.octaves.get(self.recent) != Some(&octave) {
            self.recent = self.page(octave);
        }
        self.pages[self.recent][slot(bin)] += 1;
    }

    /// Adds everything that another sketch counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (octave, counts) in other.octaves.iter().zip(&other.pages) {
            let place = self.page(*octave);
            for (count, more) in self.pages[place].iter_mut().zip(counts) {
                *count += more;
            }
        }
    }

    /// Estimates values by rank, counted from 0, in any order; each rank lies below the number of values.
    pub(crate) fn at_ranks<const N: usize>(&self, ranks: [u64; N]) -> [f64; N] {
        let mut found = [0.0; N];
        let mut below = 0;
        for (octave, counts) in self.octaves.iter().zip(&self.pages) {
            for (slot, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let held = below..below + count;
                let value = middle(i32::from(*octave) * PAGE_BINS as i32 + slot as i32);
                for (found, _) in found.iter_mut().zip(&ranks).filter(|(_, rank)| held.contains(rank)) {
                    *found = value;
                }
                below = held.end;
            }
        }
        found
    }

    fn page(&mut self, octave: i16) -> usize {
        match self.octaves.binary_search(&octave) {
            Ok(place) => place,
            Err(place) => {
                self.octaves.insert(place, octave);
                self.pages.insert(place, [0; PAGE_BINS]);
                place
            }
        }
    }
}

/// Returns the bin of a value; bins ascend with the values.
fn bin(value: f64) -> i32 {
    let magnitude = ((value.to_bits() << 1) >> (CUT_BITS + 1)) as i32;
    if value.is_sign_negative() { !magnitude } else { magnitude }
}

fn octave(bin: i32) -> i16 {
    (bin >> PAGE_BINS.ilog2()) as i16
}

fn slot(bin: i32) -> usize {
    (bin & (PAGE_BINS as i32 - 1)) as usize
}

/// Returns the value in the middle of a bin.
fn middle(bin: i32) -> f64 {
    let (sign, magnitude) = if bin < 0 { (-1.0, !bin) } else { (1.0, bin) };
    if magnitude == 0 {
        return 0.0;
    }
    let bits = (magnitude as u64) << CUT_BITS | 1 << (CUT_BITS - 1);
    sign * f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::Sketch;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn estimates_are_within_one_percent(
            values in proptest::collection::vec(prop_oneof![
                Just(0.0), -1e3..1e3_f64, -1e-300..1e-300_f64, -1e300..1e300_f64, (0_i32..100).prop_map(f64::from),
            ], 1..300),
            split in any::<prop::sample::Index>(),
        ) {
            let (left, right) = values.split_at(split.index(values.len()));
            let (mut sketch, mut other) = (Sketch::default(), Sketch::default());
            for value in left {
                sketch.add(*value);
            }
            for value in right {
                other.add(*value);
            }
            sketch.merge(&other);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            for (rank, exact) in sorted.iter().enumerate() {
                let [estimate] = sketch.at_ranks([rank as u64]);
                prop_assert!((estimate - exact).abs() <= exact.abs() / 100.0 + 1e-307, "{estimate} is not {exact}");
            }
        }
    }
}
