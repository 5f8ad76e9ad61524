//! Pages of lists.
//!
//! A page is found by an offset, or by the mark of the row before it: the values that the list is sorted by. A mark
//! costs the same at any depth, and rows that come or go before it move nothing.

use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Up to how many rows a total is exact; whoever wants to know more has to read the rows.
pub const COUNTED: u64 = 10_000;

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many rows at the most.
    pub limit: u64,
    /// How many rows to leave out first.
    pub offset: u64,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// After so many rows.
    Offset(u64),
    /// After the row with this mark.
    After {
        /// The mark of the row before the page.
        mark: Mark,
        /// The total that the page before told; it is not counted again.
        total: Total,
    },
}

/// Which part of a list that can be read on from a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// How many rows at the most.
    pub limit: u64,
    /// Where it begins.
    pub start: Start,
}

impl From<Page> for Slice {
    fn from(page: Page) -> Self {
        Self { limit: page.limit, start: Start::Offset(page.offset) }
    }
}

impl Slice {
    /// Returns how many rows to leave out, besides those up to a mark.
    pub(crate) fn offset(&self) -> u64 {
        match &self.start {
            Start::Offset(offset) => *offset,
            Start::After { .. } => 0,
        }
    }

    /// Returns the total that a mark came with.
    pub(crate) fn known_total(&self) -> Option<Total> {
        match &self.start {
            Start::Offset(_) => None,
            Start::After { total, .. } => Some(*total),
        }
    }

    /// Returns the mark to begin after, which must have been made by a list with these keys.
    pub(crate) fn mark(&self, kinds: &[KeyKind]) -> Result<Option<&Mark>, StoreError> {
        match &self.start {
            Start::Offset(_) => Ok(None),
            Start::After { mark, .. } if mark.0.iter().map(Key::kind).eq(kinds.iter().copied()) => {
                Ok(Some(mark))
            }
            Start::After { .. } => Err(StoreError::ForeignMark),
        }
    }
}

/// Where a row stands in a list: the values that it is sorted by, in order, which no other row has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark(pub Vec<Key>);

/// One of the values that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// A number or an instant.
    Number(i64),
    /// A text.
    Text(String),
    /// An identifier.
    Id(Uuid),
}

/// What kind of value a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Number,
    Text,
    Id,
}

impl Key {
    /// Compares it with one of the same kind; none when they are of different kinds.
    pub(crate) fn place(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Id(one), Self::Id(other)) => Some(one.cmp(other)),
            (Self::Number(_) | Self::Text(_) | Self::Id(_), _) => None,
        }
    }

    fn kind(&self) -> KeyKind {
        match self {
            Self::Number(_) => KeyKind::Number,
            Self::Text(_) => KeyKind::Text,
            Self::Id(_) => KeyKind::Id,
        }
    }
}

impl From<Key> for sea_orm::Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Number(number) => number.into(),
            Key::Text(text) => text.into(),
            Key::Id(id) => id.into(),
        }
    }
}

/// How many rows a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// So many or more: they were not counted further.
    AtLeast(u64),
}

impl Total {
    /// Makes a total of a count that stopped behind this number of rows.
    pub(crate) fn counted_to(limit: u64, count: u64) -> Self {
        if count > limit { Self::AtLeast(limit) } else { Self::Exactly(count) }
    }

    /// Returns the number.
    pub fn number(self) -> u64 {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) => number,
        }
    }

    /// Takes into account that so many rows were seen.
    fn seen(self, rows: u64) -> Self {
        match self {
            Self::Exactly(number) => Self::Exactly(number),
            Self::AtLeast(number) => Self::AtLeast(number.max(rows)),
        }
    }
}

/// Rows of a list, with the number of rows that the whole list has.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// The number of rows of all pages.
    pub total: Total,
    /// The mark of the last row, when others follow it and the list can be read on from a mark.
    pub next: Option<Mark>,
}

impl<T> Listed<T> {
    /// Makes a page of a list that is counted exactly and has no marks.
    pub fn counted(rows: Vec<T>, total: u64) -> Self {
        Self { rows, total: Total::Exactly(total), next: None }
    }

    /// Makes a page of rows that were read with one more than the page may have, if there is one.
    pub(crate) fn sliced(
        mut rows: Vec<T>,
        slice: &Slice,
        total: Total,
        mark: impl FnOnce(&T) -> Mark,
    ) -> Self {
        let more = rows.len() as u64 > slice.limit;
        rows.truncate(slice.limit as usize);
        let total = total.seen(slice.offset() + rows.len() as u64 + u64::from(more));
        let next = if more { rows.last().map(mark) } else { None };
        Self { rows, total, next }
    }

    /// Turns each row into something else.
    pub(crate) fn try_map<U>(
        self,
        convert: impl FnMut(T) -> Result<U, StoreError>,
    ) -> Result<Listed<U>, StoreError> {
        let rows = self.rows.into_iter().map(convert).collect::<Result<_, _>>()?;
        Ok(Listed { rows, total: self.total, next: self.next })
    }
}

/// In which direction a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

impl Direction {
    /// Returns the word of `ORDER BY`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }

    /// Returns the comparison that rows after another one meet.
    pub(crate) fn after(self) -> &'static str {
        match self {
            Self::Ascending => ">",
            Self::Descending => "<",
        }
    }
}

impl From<Direction> for sea_orm::Order {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Ascending => Self::Asc,
            Direction::Descending => Self::Desc,
        }
    }
}
