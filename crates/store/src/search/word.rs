//! The words of a text.

use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// The longest word, in characters; of a longer one the rest is left out, in texts and in searches alike.
pub(crate) const LONGEST: usize = 64;
/// How long the words of all comments of one incident may be together, in bytes. Those of later comments are left out.
pub(crate) const COMMENT_BYTES: usize = 64 << 10;

/// Takes a text apart into its words, in their order: runs of letters and digits in lower case, without diacritics.
///
/// Letters are decomposed (Unicode's form NFKD) and the marks U+0300 to U+036F dropped. What has no decomposition and is
/// still typed without its mark (ı, ø, ł, đ) or as two letters (ß, æ, œ) is replaced, and so is the sigma that ends a
/// word (ς), which has the same capital letter as the others.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    let unmarked = text.nfkd().filter(|letter| !('\u{300}'..='\u{36f}').contains(letter));
    for letter in unmarked.flat_map(char::to_lowercase).chain([' ']) {
        if letter.is_alphanumeric() {
            if length < LONGEST {
                match plain(letter) {
                    Some(letters) => word.push_str(letters),
                    None => word.push(letter),
                }
            }
            length += 1;
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
            length = 0;
        }
    }
    words
}

fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ı' => "i",
        'ς' => "σ",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        _ => return None,
    })
}

/// Writes words as the database keeps them, each between two spaces: ` inc 42 latency `. No words are an empty text.
pub(crate) fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for word in words {
        if line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        line.push(' ');
    }
    line
}

/// The words of comments, each once, as the database keeps them.
#[derive(Debug)]
pub(crate) struct CommentWords {
    all: Vec<String>,
    known: HashSet<String>,
    bytes: usize,
}

impl CommentWords {
    /// Begins with those that the database has.
    pub(crate) fn new(line: &str) -> Self {
        let all: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        // A line that has words begins with a space.
        Self { known: all.iter().cloned().collect(), bytes: line.len().max(1), all }
    }

    /// Adds the words of a comment.
    pub(crate) fn add(&mut self, body: &str) {
        for word in words(body) {
            if self.bytes + word.len() < COMMENT_BYTES && !self.known.contains(&word) {
                self.bytes += word.len() + 1;
                self.known.insert(word.clone());
                self.all.push(word);
            }
        }
    }

    /// Says whether there is no room for any further word.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes + 1 >= COMMENT_BYTES
    }

    /// Writes them.
    pub(crate) fn line(&self) -> String {
        line(self.all.iter().map(String::as_str))
    }
}

/// Adds the words of a comment to those of the comments before it, each once.
pub(crate) fn with_comment(line_before: &str, body: &str) -> String {
    let mut words = CommentWords::new(line_before);
    words.add(body);
    words.line()
}

/// Says whether a word consists of digits only.
pub(crate) fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{COMMENT_BYTES, LONGEST, line, with_comment, words};

    #[test]
    fn a_word_is_the_same_however_it_is_spelled() {
        for spelling in ["Çağrı", "ÇAĞRI", "çağri", "CAGRI", "cagri", "C\u{327}ag\u{306}ri"] {
            assert_eq!(words(spelling), ["cagri"], "{spelling}");
        }
        for spelling in ["İSTANBUL", "ISTANBUL", "ıstanbul", "istanbul"] {
            assert_eq!(words(spelling), ["istanbul"], "{spelling}");
        }
        assert_eq!(words("Straße STRASSE Łódź Ærø ２４"), ["strasse", "strasse", "lodz", "aero", "24"]);
        assert_eq!(words("ΛΟΓΟΣ λόγος"), ["λογοσ", "λογοσ"]);
        assert_eq!(words("Сервис НЕДОСТУПЕН"), ["сервис", "недоступен"]);
    }

    #[test]
    fn everything_else_parts_words() {
        assert_eq!(
            words("INC-42: PACKET_LOSS of \"b_50%\"\0(x)"),
            ["inc", "42", "packet", "loss", "of", "b", "50", "x"]
        );
        assert_eq!(words("a\u{307}b 12.5ms"), ["ab", "12", "5ms"]);
        for nothing in ["", " \t\n", "'\"*():^-+<>|&!\\%", "🦀", "\0"] {
            assert!(words(nothing).is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn a_long_word_is_cut() {
        assert_eq!(words(&format!("{} b", "ğ".repeat(10_000))), ["g".repeat(LONGEST), "b".to_owned()]);
    }

    #[test]
    fn the_words_of_comments_are_there_once_and_are_bounded() {
        assert_eq!(line([]), "");
        let first = with_comment("", "Restarted the ROUTER, twice.");
        assert_eq!(first, " restarted the router twice ");
        assert_eq!(with_comment(&first, "The router again!"), " restarted the router twice again ");
        assert_eq!(with_comment(&first, "…"), first);
        let many = (0..20_000).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
        let full = with_comment(&first, &many);
        assert!(full.len() <= COMMENT_BYTES && full.len() > COMMENT_BYTES - 20, "{}", full.len());
    }
}
