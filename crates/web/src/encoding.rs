//! Which encodings a client takes, and which it likes best (RFC 9110, section 12.5.3).

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// With Brotli, the smallest.
    Brotli,
    /// With gzip.
    Gzip,
    /// Not at all.
    Identity,
}

impl Encoding {
    /// Every encoding, the smallest first.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// Returns its name in `Accept-Encoding` and `Content-Encoding`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// Returns what is added to a file's name when it is packed like this.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

/// The encodings that a client takes, with a weight in thousandths for each encoding, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted([u16; 3]);

/// The weight of the plain file when the client says nothing of it: taken, and liked least.
const UNSAID: u16 = 1;
const FULL: u16 = 1_000;

impl Accepted {
    /// Reads the value of `Accept-Encoding`; without that header, of an empty text. What cannot be read is not taken.
    pub fn parse(text: &str) -> Self {
        let items = text.split(',').map(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            (name.trim(), weight_of(weight).unwrap_or(0))
        });
        let said = |wanted: &str| {
            let is_wanted = |name: &str| {
                name.eq_ignore_ascii_case(wanted) || (wanted == "gzip" && name.eq_ignore_ascii_case("x-gzip"))
            };
            items.clone().find(|(name, _)| is_wanted(name)).map(|(_, weight)| weight)
        };
        let any = said("*");
        Self(Encoding::ALL.map(|encoding| {
            let unsaid = if encoding == Encoding::Identity { UNSAID } else { 0 };
            said(encoding.as_str()).or(any).unwrap_or(unsaid)
        }))
    }

    /// Returns what is taken, the best first; of equals, the smallest first.
    pub(crate) fn in_order(self) -> impl Iterator<Item = Encoding> {
        let mut taken: Vec<_> =
            Encoding::ALL.into_iter().zip(self.0).filter(|(_, weight)| *weight > 0).collect();
        taken.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        taken.into_iter().map(|(encoding, _)| encoding)
    }
}

/// Reads `q=0.5`.
fn weight_of(text: &str) -> Option<u16> {
    let (name, value) = text.split_once('=')?;
    let weight: f32 = value.trim().parse().ok()?;
    let is_weight = name.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&weight);
    is_weight.then(|| (weight * f32::from(FULL)).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Encoding};

    #[test]
    fn encodings_are_tried_in_the_order_that_the_client_likes() {
        let order =
            |text| Accepted::parse(text).in_order().map(Encoding::as_str).collect::<Vec<_>>().join(" ");
        for (text, expected) in [
            ("", "identity"),
            ("br", "br identity"),
            ("gzip, deflate, br, zstd", "br gzip identity"),
            ("GZIP;Q=1.0,Br;q=0.8", "gzip br identity"),
            ("x-gzip", "gzip identity"),
            ("gzip;q=0.5, identity", "identity gzip"),
            ("*", "br gzip identity"),
            ("gzip, *;q=0", "gzip"),
            ("*;q=0.5, br;q=0", "gzip identity"),
            ("br, identity;q=0", "br"),
            ("identity;q=0", ""),
            ("br;q=0, gzip;q=0.000", "identity"),
            ("br;q=2, gzip;q=x, deflate", "identity"),
            (" br ; q = 0.3 , gzip ; q=0.4", "gzip br identity"),
        ] {
            assert_eq!(order(text), expected, "{text:?}");
        }
    }
}
