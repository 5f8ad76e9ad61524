//! When groups of series had points and when not.
//!
//! The first request counts the points of each group and finds the oldest and the newest. When the interval is to be
//! inferred, the newest instants come next (`instants`). What follows asks for the slots that have points, between the
//! oldest and the newest.

use super::Elastic;
use super::answer::{Buckets, Exact, Single, search};
use super::error::ElasticError;
use super::filter;
use super::instants::Sampled;
use crate::availability::{Marks, Rows};
use crate::error::AnalyticsError;
use crate::question::{Availability, AvailabilityQuestion, MAX_GROUPS, inferred_interval};
use crate::series_set::SeriesSet;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::ops::Range;
use tracely_core::time::Timestamp;

/// The most slots of all groups of a question together: so many come in about a hundred requests.
const MAX_SLOTS: u64 = 3_000_000;
/// Slots of one request, of all its groups together; clusters give out 65 536.
const SLOTS: u64 = 30_000;
/// Groups, or parts of them, of one request.
const GROUPS: usize = 200;

#[derive(Debug, Deserialize)]
struct Seen {
    groups: Buckets<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    doc_count: u64,
    oldest: Single,
    newest: Single,
}

/// What begins at an instant.
#[derive(Debug, Deserialize)]
struct Slot {
    key: Exact,
}

#[derive(Debug, Deserialize)]
struct Part {
    slots: Buckets<Slot>,
}

/// Some slots of a group, next to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    group: usize,
    slots: Range<u64>,
}

impl Elastic {
    /// Finds when each group had points and when not; the answers are in the order of the groups.
    ///
    /// Fails if the interval is not positive, or if there are too many groups, or slots: at most three million.
    pub async fn availability(
        &self,
        question: &AvailabilityQuestion,
    ) -> Result<Vec<Availability>, ElasticError> {
        if question.interval.is_some_and(|interval| interval <= 0) {
            return Err(AnalyticsError::BucketWidth.into());
        }
        if question.groups.len() > MAX_GROUPS {
            return Err(AnalyticsError::TooManyGroups { limit: MAX_GROUPS }.into());
        }
        if question.from >= question.to {
            return Ok(vec![Availability::default(); question.groups.len()]);
        }
        let asked: Vec<usize> =
            (0..question.groups.len()).filter(|group| !question.groups[*group].is_empty()).collect();
        let mut intervals = vec![question.interval; question.groups.len()];
        if question.interval.is_some() {
            // Before the cluster is asked for anything.
            Rows::lay_out(question, &intervals, MAX_SLOTS)?;
        }
        let mut seen = vec![(0, None); question.groups.len()];
        for some in asked.chunks(GROUPS) {
            for (group, found) in some.iter().zip(self.seen(question, some).await?) {
                let bounds = found.oldest.value.zip(found.newest.value);
                let bounds =
                    bounds.map(|(oldest, newest)| (Timestamp(oldest.whole()), Timestamp(newest.whole())));
                seen[*group] = (found.doc_count, bounds);
            }
            if question.interval.is_none() {
                let with_points = some.iter().filter_map(|group| Some((*group, seen[*group].1?)));
                let (places, mut sampled): (Vec<usize>, Vec<Sampled<'_>>) = with_points
                    .map(|(group, (oldest, newest))| {
                        let points = seen[group].0;
                        (group, Sampled::new(&question.groups[group], points, oldest.0, newest.0))
                    })
                    .unzip();
                self.sample(&mut sampled).await?;
                for (group, sampled) in places.into_iter().zip(sampled) {
                    intervals[group] = inferred_interval(sampled.instants);
                }
            }
        }
        let rows = Rows::lay_out(question, &intervals, MAX_SLOTS)?;
        let mut marks = Marks::of(&rows, seen);
        for pieces in requests(pieces(&rows, &marks)) {
            self.mark(question, &rows, &pieces, &mut marks).await?;
        }
        Ok(rows.tell(&intervals, &marks, question))
    }

    async fn seen(
        &self,
        question: &AvailabilityQuestion,
        places: &[usize],
    ) -> Result<Vec<Group>, ElasticError> {
        let groups: Vec<&SeriesSet> = places.iter().map(|group| &question.groups[*group]).collect();
        let filters: Vec<_> = groups.iter().map(|group| filter::of_series(group)).collect();
        let aggregations = json!({
            "oldest": { "min": { "field": "instant" } },
            "newest": { "max": { "field": "instant" } },
        });
        let within = filter::within(Some(question.from.0), Some(question.to.0));
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all([filter::of_groups(&groups)].into_iter().chain(within)),
            "aggs": { "groups": { "filters": { "filters": filters }, "aggs": aggregations } },
        });
        let attempt = "find the oldest and the newest points";
        let answer = search::<Seen>(&self.client, &self.config.prefix, attempt, &body).await?;
        Ok(answer.aggregations.map(|seen| seen.groups.buckets).unwrap_or_default())
    }

    /// Asks which slots of some pieces have points, and marks those.
    async fn mark(
        &self,
        question: &AvailabilityQuestion,
        rows: &Rows,
        pieces: &[Piece],
        marks: &mut Marks,
    ) -> Result<(), ElasticError> {
        let span_of = |piece: &Piece| {
            let instant = |slot| rows.start_of(piece.group, slot).0;
            (instant(piece.slots.start), instant(piece.slots.end))
        };
        let mut aggregations = Map::new();
        for (place, piece) in pieces.iter().enumerate() {
            let (from, to) = span_of(piece);
            let of_series = filter::of_series(&question.groups[piece.group]);
            let interval = rows.interval(piece.group);
            let aggregation = json!({
                "filter": filter::all([of_series].into_iter().chain(filter::within(Some(from), Some(to)))),
                "aggs": { "slots": { "histogram": {
                    "field": "instant", "interval": interval, "offset": from.rem_euclid(interval), "min_doc_count": 1,
                } } },
            });
            aggregations.insert(place.to_string(), aggregation);
        }
        let groups: Vec<&SeriesSet> = pieces.iter().map(|piece| &question.groups[piece.group]).collect();
        let from = pieces.iter().map(|piece| span_of(piece).0).min();
        let to = pieces.iter().map(|piece| span_of(piece).1).max();
        let body = json!({
            "size": 0,
            "track_total_hits": false,
            "query": filter::all([filter::of_groups(&groups)].into_iter().chain(filter::within(from, to))),
            "aggs": Value::Object(aggregations),
        });
        let attempt = "find times without points";
        let answer =
            search::<HashMap<String, Part>>(&self.client, &self.config.prefix, attempt, &body).await?;
        let found = answer.aggregations.unwrap_or_default();
        for (place, piece) in pieces.iter().enumerate() {
            let slots = found.get(&place.to_string()).map(|part| &part.slots.buckets);
            for slot in slots.into_iter().flatten() {
                marks.mark(rows, piece.group, slot.key.whole());
            }
        }
        Ok(())
    }
}

/// Returns the slots from the oldest to the newest point of each group, in pieces that one request may ask for.
fn pieces(rows: &Rows, marks: &Marks) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for group in 0..rows.groups() {
        let Some(Range { mut start, end }) = rows.between(group, marks) else { continue };
        while start < end {
            let slots = start..end.min(start + SLOTS);
            start = slots.end;
            pieces.push(Piece { group, slots });
        }
    }
    pieces
}

/// Puts pieces together into requests, in their order.
fn requests(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut requests: Vec<Vec<Piece>> = Vec::new();
    let mut slots = 0;
    for piece in pieces {
        let more = piece.slots.end - piece.slots.start;
        match requests.last_mut() {
            Some(last) if last.len() < GROUPS && slots + more <= SLOTS => {
                slots += more;
                last.push(piece);
            }
            _ => {
                slots = more;
                requests.push(vec![piece]);
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, Piece, SLOTS, requests};

    #[test]
    fn requests_are_full_and_not_too_large() {
        let piece = |group: usize, slots: u64| Piece { group, slots: 5..5 + slots };
        let sizes = |pieces: Vec<Piece>| requests(pieces).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(vec![]), Vec::<usize>::new());
        assert_eq!(sizes(vec![piece(0, SLOTS), piece(0, 1), piece(1, SLOTS - 1), piece(2, 1)]), [1, 2, 1]);
        assert_eq!(sizes((0..=GROUPS).map(|group| piece(group, 1)).collect()), [GROUPS, 1]);
    }
}
