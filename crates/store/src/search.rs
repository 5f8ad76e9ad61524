//! How texts are compared by a search.
//!
//! Small lists (services, rules, departments) look for a text inside another, both [`folded`]. Incidents are found by
//! the words of their texts and comments ([`crate::incident`] keeps them in the table `incident_text`):
//!
//! **Words.** `word::words` takes a text apart into runs of letters and digits, in lower case and without diacritics,
//! so that `ÇAĞRI`, `çağrı` and `cagri` are one word, and `İSTANBUL`, `istanbul` and `ıstanbul` too.
//!
//! **What matches.** `wanted::Wanted` holds what somebody looks for. An incident matches when it has a word for each
//! word that was typed: one that begins with it; of a number, the number itself; of `INC-42`, the incident of that name. A typed word of four letters or more with which no word of any incident begins is taken for a
//! typing mistake and stands for the words that are alike (`vocabulary`).
//!
//! **One definition, two indexes.** What matches is said once, as a condition on the words of a row that both databases
//! read the same. The index (`FTS5` in `SQLite`, a `GIN` index of text search vectors in `PostgreSQL`) only proposes
//! rows. So both give the same answers, and what was typed is never the syntax of either.

mod distance;
pub(crate) mod known;
pub(crate) mod vocabulary;
pub(crate) mod wanted;
pub(crate) mod word;

/// The most words that one search looks for.
pub const MAX_WORDS: usize = 16;

/// Counts the words of a search.
pub fn count_words(text: &str) -> usize {
    word::words(text).len()
}

/// Returns a text as a search compares it: in lower case, and with the four Turkish letters I, İ, ı and i as one.
/// Whoever types `ÇAĞRI`, `çağrı` or `çağri` means the same, and so does whoever types `istanbul` or `İSTANBUL`.
pub fn folded(text: &str) -> String {
    // Lower-case İ is an i with a dot above it, U+0307.
    let letters = text.chars().flat_map(char::to_lowercase).filter(|letter| *letter != '\u{307}');
    letters.map(|letter| if letter == 'ı' { 'i' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn the_case_does_not_matter_in_turkish_either() {
        for spelling in ["Çağrı", "ÇAĞRI", "çağri", "ÇAĞRİ"] {
            assert_eq!(folded(spelling), "çağri", "{spelling}");
        }
        for spelling in ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul"] {
            assert_eq!(folded(spelling), "istanbul", "{spelling}");
        }
    }
}
