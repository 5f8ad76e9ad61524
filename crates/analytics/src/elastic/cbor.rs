//! Reading CBOR (RFC 8949) straight from the bytes of an answer.
//!
//! The chart of a day is ten thousand numbers with their names, and reading it is a large part of what we add to the
//! cluster's own time (ADR 20). So names of fields are compared as they lie in the answer, without finding out first
//! whether they are UTF-8, and what nobody asks for is passed over.
//!
//! Everything that RFC 8949 knows is read, other than enums of serde, which no answer has. Tags say nothing here and are
//! passed over. What a peer sends is not believed: lengths are those of bytes that are there, and nesting has a limit.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt::Display;

/// How deep lists and maps may be nested. Answers of clusters are less than twenty deep.
const DEPTH: u8 = 64;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// Stands for a length that is told by what comes at the end.
const INDEFINITE: u8 = 31;
/// What comes there.
const BREAK: u8 = 0xFF;
const FALSE: u8 = 0xF4;
const TRUE: u8 = 0xF5;
const NULL: u8 = 0xF6;
const UNDEFINED: u8 = 0xF7;
const HALF: u8 = 0xF9;
const SINGLE: u8 = 0xFA;
const DOUBLE: u8 = 0xFB;

/// Why bytes are not what was expected.
#[derive(Debug, thiserror::Error)]
pub enum CborError {
    /// There are fewer bytes than they say.
    #[error("it breaks off")]
    BreaksOff,
    /// There are more bytes than they say.
    #[error("{0} bytes follow its end")]
    GoesOn(usize),
    /// Nothing begins with this byte.
    #[error("nothing begins with the byte {0:#04x}")]
    Unknown(u8),
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// Lists and maps are nested too deep.
    #[error("it is nested more than {DEPTH} deep")]
    Deep,
    /// It is well-formed and something else.
    #[error("{0}")]
    Shape(String),
}

impl Error for CborError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

/// Reads a value that takes all of some bytes.
pub(super) fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, CborError> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(CborError::GoesOn(reader.rest.len())) }
}

struct Reader<'de> {
    rest: &'de [u8],
    depth: u8,
}

impl<'de> Reader<'de> {
    fn byte(&mut self) -> Result<u8, CborError> {
        let (byte, rest) = self.rest.split_first().ok_or(CborError::BreaksOff)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// Returns the first byte of the next value, after its tags.
    fn head(&mut self) -> Result<u8, CborError> {
        loop {
            let head = self.byte()?;
            if head >> 5 != TAG {
                return Ok(head);
            }
            self.argument(head)?;
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(CborError::BreaksOff)?;
        self.rest = rest;
        Ok(*array)
    }

    /// Returns the number that a first byte has, or that follows it: a value, a length or a tag.
    fn argument(&mut self, head: u8) -> Result<u64, CborError> {
        match head & 0x1F {
            small @ 0..24 => Ok(small.into()),
            24 => self.byte().map(u64::from),
            25 => self.array().map(|bytes| u16::from_be_bytes(bytes).into()),
            26 => self.array().map(|bytes| u32::from_be_bytes(bytes).into()),
            27 => self.array().map(u64::from_be_bytes),
            _ => Err(CborError::Unknown(head)),
        }
    }

    /// Returns the bytes of a text or of bytes whose length the first byte tells.
    fn piece(&mut self, head: u8) -> Result<&'de [u8], CborError> {
        let length = usize::try_from(self.argument(head)?).map_err(|_| CborError::BreaksOff)?;
        let (piece, rest) = self.rest.split_at_checked(length).ok_or(CborError::BreaksOff)?;
        self.rest = rest;
        Ok(piece)
    }

    /// Returns the pieces of a text or of bytes, up to the break, as one.
    fn pieces(&mut self, kind: u8) -> Result<Vec<u8>, CborError> {
        let mut whole = Vec::new();
        loop {
            match self.byte()? {
                BREAK => return Ok(whole),
                head if head >> 5 == kind => whole.extend_from_slice(self.piece(head)?),
                head => return Err(CborError::Unknown(head)),
            }
        }
    }

    /// Reads what is in a list or a map, which has to be read whole.
    fn nested<R>(
        &mut self,
        head: u8,
        read: impl FnOnce(&mut Items<'_, 'de>) -> Result<R, CborError>,
    ) -> Result<R, CborError> {
        if self.depth == DEPTH {
            return Err(CborError::Deep);
        }
        self.depth += 1;
        let left = if head & 0x1F == INDEFINITE { None } else { Some(self.argument(head)?) };
        let mut items = Items { reader: self, left };
        let value = read(&mut items)?;
        if items.is_there_one()? {
            return Err(CborError::Shape("a list has more than was expected".to_owned()));
        }
        self.depth -= 1;
        Ok(value)
    }

    /// Passes over a value.
    fn skip(&mut self) -> Result<(), CborError> {
        let head = self.head()?;
        match head >> 5 {
            kind @ (BYTES | TEXT) if head & 0x1F == INDEFINITE => self.pieces(kind).map(drop),
            BYTES | TEXT => self.piece(head).map(drop),
            kind @ (LIST | MAP) => self.nested(head, |items| {
                while items.is_there_one()? {
                    items.reader.skip()?;
                    if kind == MAP {
                        items.reader.skip()?;
                    }
                }
                Ok(())
            }),
            _ => self.argument(head).map(drop),
        }
    }
}

/// What is in a list or a map.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    /// How many are left; none when a break tells the end.
    left: Option<u64>,
}

impl Items<'_, '_> {
    fn is_there_one(&mut self) -> Result<bool, CborError> {
        match &mut self.left {
            Some(0) => return Ok(false),
            Some(left) => *left -= 1,
            None if *self.reader.rest.first().ok_or(CborError::BreaksOff)? == BREAK => {
                self.reader.rest = &self.reader.rest[1..];
                self.left = Some(0);
                return Ok(false);
            }
            None => (),
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = CborError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, CborError> {
        if self.is_there_one()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = CborError;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, CborError> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, CborError> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = CborError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        let head = self.head()?;
        match head >> 5 {
            UNSIGNED => visitor.visit_u64(self.argument(head)?),
            NEGATIVE => {
                let number = -1 - i128::from(self.argument(head)?);
                match i64::try_from(number) {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => visitor.visit_i128(number),
                }
            }
            BYTES if head & 0x1F == INDEFINITE => visitor.visit_byte_buf(self.pieces(BYTES)?),
            BYTES => visitor.visit_borrowed_bytes(self.piece(head)?),
            TEXT if head & 0x1F == INDEFINITE => {
                visitor.visit_string(String::from_utf8(self.pieces(TEXT)?).map_err(|_| CborError::Text)?)
            }
            TEXT => visitor
                .visit_borrowed_str(std::str::from_utf8(self.piece(head)?).map_err(|_| CborError::Text)?),
            LIST => self.nested(head, |items| visitor.visit_seq(items)),
            MAP => self.nested(head, |items| visitor.visit_map(items)),
            _ => match head {
                FALSE | TRUE => visitor.visit_bool(head == TRUE),
                NULL | UNDEFINED => visitor.visit_unit(),
                HALF => visitor.visit_f32(half(u16::from_be_bytes(self.array()?))),
                SINGLE => visitor.visit_f32(f32::from_be_bytes(self.array()?)),
                DOUBLE => visitor.visit_f64(f64::from_be_bytes(self.array()?)),
                _ => Err(CborError::Unknown(head)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        match self.rest {
            [NULL | UNDEFINED, rest @ ..] => {
                self.rest = rest;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CborError> {
        visitor.visit_newtype_struct(self)
    }

    /// The name of a field: its bytes, when they lie together.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        match self.rest.first() {
            Some(head) if head >> 5 == TEXT && head & 0x1F != INDEFINITE => {
                let head = self.byte()?;
                visitor.visit_borrowed_bytes(self.piece(head)?)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.skip()?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum
    }
}

/// Returns the number that 16 bits stand for (RFC 8949, appendix D).
fn half(bits: u16) -> f32 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF));
    let magnitude = match exponent {
        0 => mantissa * 2_f32.powi(-24),
        31 if mantissa == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (mantissa + 1024.0) * 2_f32.powi(exponent - 25),
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests;
