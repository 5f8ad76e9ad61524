//! The words that incidents have, and which of them somebody may have meant who typed another.
//!
//! The table `search_word` has each word that is not a number: once when a title, rule or service has it, which stays,
//! and once with the number of incidents whose comments have it, which goes with the last. So it also tells which words
//! begin with what was typed: an index finds whole words sooner than beginnings.
//!
//! Two words are alike when they are one edit apart, or two when the typed one has [`TWO_MISTAKES`] letters or more. To
//! look at every word would take too long, so only those are looked at that have the same beginning or the same end as
//! the typed one: one edit leaves at least one half as it is. Of two edits, one in the first third and one in the last
//! is too many.

use super::distance;
use super::wanted::{Wanted, is_doubtful};
use super::word::is_number;
use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::Tx;
use crate::tx::write::{self, Write};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use std::collections::BTreeSet;
use tracely_core::id::OrganizationId;

/// Of so many words that begin alike, the index is asked for each.
const MOST_BEGINNINGS: usize = 64;
/// From how many letters on a word may have two mistakes.
const TWO_MISTAKES: usize = 8;
/// How many words with the same beginning, and how many with the same end, are looked at.
const LOOKED_AT: u32 = 2_000;
/// The most words that a mistake stands for.
const MOST_ALIKE: usize = 16;
/// Words of one statement, five values each.
const WORDS_PER_STATEMENT: usize = 500;
/// Follows every other character.
const LAST: char = '\u{10ffff}';
const ATTEMPT: &str = "look for words that are alike";
const ADD: &str = "add words to the vocabulary";

/// Where a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    /// In the title, the rule's or the service's name of an incident.
    Head,
    /// In comments.
    Comment,
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::Comment => "COMMENT",
        }
    }
}

/// Returns the words of a line that the vocabulary keeps.
pub(crate) fn kept(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace().filter(|word| !is_number(word))
}

/// Adds words that incidents have from their beginning, when the transaction commits.
pub(crate) async fn add_of_heads<'a>(
    tx: &Tx,
    organization_id: OrganizationId,
    heads: impl Iterator<Item = &'a str>,
) -> Result<(), StoreError> {
    let words: BTreeSet<&str> = heads.flat_map(kept).collect();
    let mut words: Vec<&str> = words.into_iter().collect();
    tx.known_words().retain_unknown(organization_id, &mut words);
    let rows: Vec<_> = words.iter().map(|word| (organization_id, *word, Origin::Head, 0)).collect();
    for write in insertions(&rows) {
        tx.later(write).await?;
    }
    tx.will_know(words.into_iter().map(|word| (organization_id, word.to_owned())));
    Ok(())
}

/// Notes that the words of an incident's comments have changed.
pub(crate) async fn change_of_comments(
    tx: &Tx,
    organization_id: OrganizationId,
    before: &str,
    after: &str,
) -> Result<(), StoreError> {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) = (kept(before).collect(), kept(after).collect());
    let gained: Vec<_> =
        after.difference(&before).map(|word| (organization_id, *word, Origin::Comment, 1)).collect();
    insert(tx.connection(), &gained).await?;
    let lost: Vec<&str> = before.difference(&after).copied().collect();
    for chunk in lost.chunks(WORDS_PER_STATEMENT) {
        let places: Vec<String> = (0..chunk.len()).map(|place| format!("${}", place + 2)).collect();
        let places = places.join(", ");
        let condition = format!("organization_id = $1 AND origin = 'COMMENT' AND word IN ({places})");
        let values = || {
            let words = chunk.iter().map(|word| Value::from(*word));
            [Value::from(organization_id.0)].into_iter().chain(words)
        };
        let attempt = "take words out of the vocabulary";
        let count = format!("UPDATE search_word SET incidents = incidents - 1 WHERE {condition}");
        sql::execute(tx.connection(), attempt, count, values()).await?;
        let remove = format!("DELETE FROM search_word WHERE {condition} AND incidents < 1");
        sql::execute(tx.connection(), attempt, remove, values()).await?;
    }
    Ok(())
}

/// Adds words, each with the number of further incidents that have it in their comments. Whoever adds several does so
/// in their order, so that two who do it at the same time do not wait for each other.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    rows: &[(OrganizationId, &str, Origin, i64)],
) -> Result<(), StoreError> {
    for write in insertions(rows) {
        write::run(connection, vec![write]).await?;
    }
    Ok(())
}

fn insertions(rows: &[(OrganizationId, &str, Origin, i64)]) -> impl Iterator<Item = Write> {
    rows.chunks(WORDS_PER_STATEMENT).map(|chunk| {
        // A word of heads is not counted, so the row of one that is known need not be touched.
        let known = match chunk[0].2 {
            Origin::Head => "NOTHING",
            Origin::Comment => "UPDATE SET incidents = search_word.incidents + excluded.incidents",
        };
        let statement = format!(
            "INSERT INTO search_word (organization_id, word, origin, backwards, incidents) VALUES {} \
             ON CONFLICT (organization_id, word, origin) DO {known}",
            sql::placeholders(chunk.len(), 5)
        );
        let values = chunk.iter().flat_map(|(organization_id, word, origin, incidents)| -> [Value; 5] {
            let backwards: String = word.chars().rev().collect();
            [
                organization_id.0.into(),
                (*word).into(),
                origin.as_str().into(),
                backwards.into(),
                (*incidents).into(),
            ]
        });
        Write::new(ADD, statement, values)
    })
}

/// Notes which words begin with what was typed, and puts those in its place that are alike when none does. Says whether
/// anything can match.
pub(crate) async fn look_up(
    store: &Store,
    organization_id: OrganizationId,
    wanted: &mut Wanted,
) -> Result<bool, StoreError> {
    for (place, typed) in wanted.beginnings() {
        let words = beginning_with(store, organization_id, &typed).await?;
        if words.is_empty() {
            let alike =
                if is_doubtful(&typed) { alike(store, organization_id, &typed).await? } else { Vec::new() };
            if alike.is_empty() {
                return Ok(false);
            }
            wanted.correct(place, alike);
        } else if words.len() <= MOST_BEGINNINGS {
            wanted.begin(place, words);
        }
    }
    Ok(true)
}

/// Finds the words that begin so; of too many, the first.
async fn beginning_with(
    store: &Store,
    organization_id: OrganizationId,
    typed: &str,
) -> Result<Vec<String>, StoreError> {
    let statement = "SELECT DISTINCT word FROM search_word WHERE organization_id = $1 AND word >= $2 AND word < $3 \
         ORDER BY word LIMIT $4";
    let values = [
        organization_id.0.into(),
        typed.into(),
        format!("{typed}{LAST}").into(),
        (MOST_BEGINNINGS as i64 + 1).into(),
    ];
    let rows = sql::all(store.reader(), ATTEMPT, statement, values).await?;
    rows.iter().map(|row| sql::get(row, "word")).collect()
}

/// Finds the words that are alike, the nearest first.
async fn alike(
    store: &Store,
    organization_id: OrganizationId,
    typed: &str,
) -> Result<Vec<String>, StoreError> {
    let letters: Vec<char> = typed.chars().collect();
    let most = if letters.len() < TWO_MISTAKES { 1 } else { 2 };
    // A swap touches two letters, so the two parts leave out one.
    let same = (letters.len() - 1) / (most + 1);
    let beginning: String = letters[..same].iter().collect();
    let end: String = letters[letters.len() - same..].iter().rev().collect();
    // Words with digits, such as parts of identifiers, are nobody's mistake, and may be most of those that begin so.
    let has_no_digit = match store.reader().get_database_backend() {
        DbBackend::Postgres => "word !~ '[0-9]'",
        _ => "word NOT GLOB '*[0-9]*'",
    };
    let part = |column: &str, from: &str, to: &str, name: &str| {
        format!(
            "SELECT word FROM (SELECT word FROM search_word WHERE organization_id = $1 AND {column} >= {from} \
             AND {column} < {to} AND length(word) BETWEEN $6 AND $7 AND {has_no_digit} \
             ORDER BY {column} LIMIT {LOOKED_AT}) AS {name}"
        )
    };
    let (first, last) = (part("word", "$2", "$3", "first"), part("backwards", "$4", "$5", "last"));
    let statement = format!("{first} UNION {last}");
    let values = [
        organization_id.0.into(),
        beginning.clone().into(),
        format!("{beginning}{LAST}").into(),
        end.clone().into(),
        format!("{end}{LAST}").into(),
        ((letters.len() - most) as i64).into(),
        ((letters.len() + most) as i64).into(),
    ];
    let mut found = Vec::new();
    for row in sql::all(store.reader(), ATTEMPT, statement, values).await? {
        let word: String = sql::get(&row, "word")?;
        let of_word: Vec<char> = word.chars().collect();
        if of_word.iter().all(|letter| letter.is_alphabetic())
            && let Some(distance) = distance::within(&letters, &of_word, most)
        {
            found.push((distance, word));
        }
    }
    found.sort_unstable();
    found.truncate(MOST_ALIKE);
    Ok(found.into_iter().map(|(_, word)| word).collect())
}
