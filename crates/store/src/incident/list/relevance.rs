//! Lists in the order of relevance: the incidents that match best first, and of those that match equally well the
//! newest. How well, is one of five classes ([`Wanted::class`]), so the order does not depend on what else there is,
//! and a cursor keeps its place.
//!
//! Of more than [`RANKED`] matches, the newest are ranked, and the list ends with them. They are found in one of several
//! ways ([`Way`]), whichever costs least. The index proposes few rows for a rare word. A common one is soon met when one
//! reads from the newest back, where the index would first gather a million rows: texts, or what other filters leave.
//! And of very few incidents that other filters leave, each is looked at.

mod way;

use super::found::left;
use super::{IncidentFilter, Place};
use crate::connect::Store;
use crate::error::StoreError;
use crate::page::{Direction, Key, KeyKind, Listed, Mark, Slice, Total};
use crate::search::wanted::Wanted;
use sea_orm::{ConnectionTrait, DbBackend};
use tracely_core::id::OrganizationId;
use way::{Ranked, Sample, Search, Way};

/// How many matches are ranked, the newest.
const RANKED: u64 = 1_000;
/// How many texts are read from the newest back, before the index is asked after all.
const READ_BACK: i64 = 100_000;
/// Of so many incidents that other filters leave, each is looked at, whatever the words.
const LOOKED_AT: u64 = 1_000;
/// Of so many incidents that other filters leave, each is looked at if need be, from the newest back, or all are held
/// in memory to compare them with what the index proposes. More than are counted are only known of states.
const HELD: u64 = 25_000;

/// Lists incidents that match.
pub(super) async fn list(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    wanted: &Wanted,
    direction: Direction,
    slice: &Slice,
) -> Result<Listed<Place>, StoreError> {
    let mark = slice.mark(&[KeyKind::Number])?;
    let mut places = newest(store, organization_id, filter, wanted).await?;
    let total = Total::counted_to(RANKED, places.len() as u64);
    places.truncate(RANKED as usize);
    places.sort_unstable_by_key(|(relevance, _)| match direction {
        Direction::Ascending => *relevance,
        Direction::Descending => -*relevance,
    });
    if let Some(Mark(keys)) = mark
        && let Some(Key::Number(last)) = keys.first()
    {
        places.retain(|(relevance, _)| match direction {
            Direction::Ascending => relevance > last,
            Direction::Descending => relevance < last,
        });
    }
    let page = places.into_iter().skip(slice.offset() as usize).take(slice.limit as usize + 1);
    let page = page.map(|(relevance, id)| Place { id, keys: vec![Key::Number(relevance)] }).collect();
    let total = slice.known_total().unwrap_or(total);
    Ok(Listed::sliced(page, slice, total, |place| Mark(place.keys.clone())))
}

/// Finds the newest matches, one more than are ranked.
async fn newest(
    store: &Store,
    organization_id: OrganizationId,
    filter: &IncidentFilter,
    wanted: &Wanted,
) -> Result<Vec<Ranked>, StoreError> {
    let search = Search { store, organization_id, filter, wanted };
    if filter.unsearched() == IncidentFilter::default() {
        return newest_of_all(&search, &search.sample().await?).await;
    }
    let (sample, left) = tokio::try_join!(search.sample(), left(store, organization_id, filter))?;
    let left = match left {
        Total::Exactly(left) if left <= LOOKED_AT => return search.run(Way::Filter).await,
        Total::Exactly(left) if left <= HELD => Some(left),
        Total::Exactly(_) | Total::AtLeast(_) => None,
    };
    // Up to so many rows from the index cost no more than to look at what other filters leave.
    if sample.is_rarer_than(if is_postgres(store) { 50 } else { 25 }) {
        let asked = sample.rare_terms();
        // Of a word that none of the newest has there are few, so few incidents are looked up.
        let is_held = left.is_some() && sample.found > 0;
        return search.run(if is_held { Way::IndexOfHeld(asked) } else { Way::Index(asked) }).await;
    }
    let oldest = if left.is_some() { None } else { search.oldest_of(HELD).await? };
    let found = search.run(Way::FilterBack { oldest }).await?;
    if found.len() as u64 > RANKED || oldest.is_none() {
        return Ok(found);
    }
    search.run(Way::Index(sample.rare_terms())).await
}

async fn newest_of_all(search: &Search<'_>, sample: &Sample) -> Result<Vec<Ranked>, StoreError> {
    // SQLite reads its index from the newest back, too; only for many words it gathers all that they propose first.
    let is_gathered = is_postgres(search.store) || search.wanted.is_wide();
    if sample.is_rarer_than(if is_gathered { 25 } else { 4 }) {
        return search.run(Way::Index(sample.rare_terms())).await;
    }
    let found = search.run(Way::Back { from: sample.newest }).await?;
    if found.len() as u64 > RANKED || sample.newest <= READ_BACK {
        return Ok(found);
    }
    search.run(Way::Index(sample.rare_terms())).await
}

fn is_postgres(store: &Store) -> bool {
    store.reader().get_database_backend() == DbBackend::Postgres
}
