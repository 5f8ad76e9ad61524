//! Which entries of the log a segment was made from.

use std::fmt;

/// More spans than this are not kept; the segment can then not be written again from the log.
const MOST_SPANS: usize = 500;

/// The entries of the log from which the points of a segment come: spans of positions, with both ends, ascending and
/// apart. An entry of a span may also have points of other days, which are in other segments, or none at all.
///
/// Without any span it is not known where the points come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entries(Vec<(u64, u64)>);

impl Entries {
    /// Makes one span.
    pub(crate) fn of(first: u64, last: u64) -> Self {
        Self(vec![(first, last.max(first))])
    }

    /// Returns the spans.
    pub fn spans(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// Says whether an entry is among them.
    pub fn contains(&self, position: u64) -> bool {
        let place = self.0.partition_point(|(_, last)| *last < position);
        self.0.get(place).is_some_and(|(first, _)| *first <= position)
    }

    /// Joins the entries of segments; not known when those of one of them are not.
    pub(crate) fn joined<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut spans = Vec::new();
        for entries in all {
            if entries.0.is_empty() {
                return Self::default();
            }
            spans.extend_from_slice(&entries.0);
        }
        spans.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(spans.len());
        for (first, last) in spans {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                Some(_) | None => joined.push((first, last)),
            }
        }
        if joined.len() > MOST_SPANS { Self::default() } else { Self(joined) }
    }

    /// Returns the part of them from a position up to and with another.
    pub(crate) fn within(&self, first: u64, last: u64) -> Self {
        let clipped = self.0.iter().map(|span| (span.0.max(first), span.1.min(last)));
        Self(clipped.filter(|span| span.0 <= span.1).collect())
    }

    /// Reads what [`fmt::Display`] writes; anything else is not known.
    pub fn parse(text: &str) -> Self {
        let span = |word: &str| {
            let (first, last) = word.split_once('-')?;
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        Self(text.split_whitespace().map(span).collect::<Option<_>>().unwrap_or_default())
    }
}

/// Writes the spans as `1-500 700-900`.
impl fmt::Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{first}-{last}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Entries, MOST_SPANS};

    #[test]
    fn spans_that_touch_become_one() {
        let parts = ["501-600", "1-500", "700-900", "850-950"].map(Entries::parse);
        let joined = Entries::joined(parts.iter());
        assert_eq!(joined.to_string(), "1-600 700-950");
        assert_eq!(Entries::parse(&joined.to_string()), joined);
        let inside = [0, 1, 600, 601, 699, 700, 950, 951].map(|position| joined.contains(position));
        assert_eq!(inside, [false, true, true, false, false, true, true, false]);
        assert_eq!(joined.within(600, 800).to_string(), "600-600 700-800");
    }

    #[test]
    fn what_is_not_known_of_a_part_is_not_known_of_the_whole() {
        let parts = [Entries::of(1, 5), Entries::default()];
        assert_eq!(Entries::joined(parts.iter()), Entries::default());
        assert_eq!(Entries::parse("1-5 six"), Entries::default());
        let many: Vec<Entries> = (0..=MOST_SPANS as u64).map(|place| Entries::of(place * 2, 0)).collect();
        assert_eq!(Entries::joined(many.iter()), Entries::default());
        assert_eq!(Entries::joined(many[1..].iter()).spans().len(), MOST_SPANS);
    }
}
