//! Cursors: where a long list is to be read on, as a text that clients keep and do not read.
//!
//! A cursor belongs to one list: the path and all parameters but `limit` and `cursor` go into it as a hash, so that
//! whoever changes a filter between two pages is told, rather than given rows of neither list. It holds no secret and
//! gives no access: it is a bound in a statement that asks for the caller's own rows.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracely_store::page::{Listed, Mark, Slice, Start, Total};

/// Begins every cursor: the format of what follows. A cursor of another format is refused.
const FORMAT: u8 = 1;
/// Bytes of the hashes; they find mistakes, not attacks.
const HASH: usize = 4;

/// Identifies a list with its filters and its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListHash([u8; HASH]);

impl ListHash {
    /// Makes it of a path and parameters, whatever their order.
    pub fn new(path: &str, pairs: &[(String, String)]) -> Self {
        let mut pairs: Vec<_> = pairs
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "limit" | "cursor" | "offset"))
            .collect();
        pairs.sort_unstable();
        let mut hasher = Sha256::new();
        hasher.update(path);
        for (name, value) in pairs {
            hasher.update([0]);
            hasher.update(name);
            hasher.update([1]);
            hasher.update(value);
        }
        Self(first_bytes(hasher))
    }
}

/// Which page of a long list was asked for.
#[derive(Debug)]
pub struct Turn {
    /// What to read.
    pub slice: Slice,
    /// How many rows came before it.
    pub offset: u64,
    list: ListHash,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    list: ListHash,
    /// Rows of the pages before.
    before: u64,
    total: Total,
    mark: Mark,
}

impl Turn {
    /// Begins a list after so many rows.
    pub fn at_offset(list: ListHash, limit: u64, offset: u64) -> Self {
        Self { slice: Slice { limit, start: Start::Offset(offset) }, offset, list }
    }

    /// Reads on where a cursor says; none when it is not one of this list.
    pub fn at_cursor(list: ListHash, limit: u64, text: &str) -> Option<Self> {
        let bytes = unhex(text)?;
        let (&[FORMAT, a, b, c, d], rest) = bytes.split_first_chunk::<{ HASH + 1 }>()? else { return None };
        if checksum(rest) != [a, b, c, d] {
            return None;
        }
        let cursor: Cursor = postcard::from_bytes(rest).ok().filter(|cursor: &Cursor| cursor.list == list)?;
        let Cursor { before, total, mark, .. } = cursor;
        Some(Self { slice: Slice { limit, start: Start::After { mark, total } }, offset: before, list })
    }

    /// Returns the cursor of the next page, if there is one.
    pub fn next<T>(&self, listed: &Listed<T>) -> Option<String> {
        let mark = listed.next.clone()?;
        let before = self.offset + listed.rows.len() as u64;
        let cursor = Cursor { list: self.list, before, total: listed.total, mark };
        let payload = postcard::to_stdvec(&cursor).expect("numbers and texts can be encoded");
        let bytes = [&[FORMAT][..], &checksum(&payload), &payload].concat();
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
    }
}

fn checksum(bytes: &[u8]) -> [u8; HASH] {
    first_bytes(Sha256::new().chain_update(bytes))
}

fn first_bytes(hasher: Sha256) -> [u8; HASH] {
    let [a, b, c, d, ..] = <[u8; 32]>::from(hasher.finalize());
    [a, b, c, d]
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{ListHash, Turn};
    use tracely_store::page::{Key, Listed, Mark, Start, Total};
    use uuid::Uuid;

    fn hash(path: &str, pairs: &[(&str, &str)]) -> ListHash {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ListHash::new(path, &pairs)
    }

    fn cursor(list: ListHash) -> (String, Mark) {
        let mark = Mark(vec![Key::Number(-7), Key::Text("çağrı".into()), Key::Id(Uuid::from_u128(9))]);
        let listed = Listed { rows: vec![(); 20], total: Total::AtLeast(10_000), next: Some(mark.clone()) };
        (Turn::at_offset(list, 20, 40).next(&listed).unwrap(), mark)
    }

    #[test]
    fn a_cursor_says_where_to_read_on() {
        let list = hash("/incidents", &[("status", "OPEN"), ("sort_by", "service")]);
        let (text, mark) = cursor(list);
        let turn = Turn::at_cursor(list, 50, &text).unwrap();
        assert_eq!((turn.offset, turn.slice.limit), (60, 50));
        assert_eq!(turn.slice.start, Start::After { mark, total: Total::AtLeast(10_000) });
    }

    #[test]
    fn the_order_of_parameters_and_the_length_of_pages_may_change() {
        let one = hash("/incidents", &[("status", "OPEN"), ("severity", "HIGH"), ("limit", "5")]);
        let other = hash("/incidents", &[("severity", "HIGH"), ("cursor", "00"), ("status", "OPEN")]);
        assert_eq!(one, other);
    }

    #[test]
    fn a_cursor_of_another_list_or_a_damaged_one_is_refused() {
        let list = hash("/incidents", &[("status", "OPEN")]);
        let (text, _) = cursor(list);
        assert!(Turn::at_cursor(list, 20, &text).is_some());
        for other in [hash("/incidents", &[]), hash("/timeline", &[("status", "OPEN")])] {
            assert!(Turn::at_cursor(other, 20, &text).is_none());
        }
        for place in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[place] = if damaged[place] == b'0' { b'1' } else { b'0' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(Turn::at_cursor(list, 20, &damaged).is_none(), "digit {place}");
        }
        for text in ["", "0", "zz", "01", &text[..text.len() - 2]] {
            assert!(Turn::at_cursor(list, 20, text).is_none(), "{text:?}");
        }
    }
}
