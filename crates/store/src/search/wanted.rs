//! What somebody looks for, and how the databases are asked for it.

use super::MAX_WORDS;
use super::word::{is_number, words};
use crate::sql::Clause;

/// The words of the name, the title, the rule and the service. Statements call the table by its own name, since the index
/// of `SQLite` has columns of the same names.
const HEAD: &str = "incident_text.head";
const COMMENTS: &str = "incident_text.comments";
/// A word of fewer letters is never taken for a typing mistake.
const SHORTEST_MISTAKE: usize = 4;

/// What somebody looks for: at least one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// As they were typed, in their order.
    words: Vec<String>,
    terms: Vec<Term>,
}

/// One of the things that an incident must have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    /// This number in its name.
    Name(String),
    /// This word, which is a number: whoever types `42` does not mean 420.
    Number(String),
    /// A word that begins so. They are these, or too many.
    Beginning(String, Option<Vec<String>>),
    /// One of these words, of which there is at least one, in the place of a mistake.
    Alike(Vec<String>),
}

/// Some of the terms, by their places: those that are rare. None are all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Terms(pub(crate) Vec<bool>);

impl Wanted {
    /// Reads a search, up to [`MAX_WORDS`]; none when it holds no word.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = words(text);
        words.truncate(MAX_WORDS);
        let mut terms: Vec<Term> = Vec::new();
        let mut rest = words.iter().peekable();
        while let Some(word) = rest.next() {
            let term = match rest.next_if(|next| word == "inc" && is_number(next)) {
                // No incident has the number 0, and an empty word would be no question.
                Some(number) => Term::Name(match number.trim_start_matches('0') {
                    "" => "0".to_owned(),
                    number => number.to_owned(),
                }),
                None if is_number(word) => Term::Number(word.clone()),
                None => Term::Beginning(word.clone(), None),
            };
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        (!terms.is_empty()).then_some(Self { words, terms })
    }

    /// Returns the beginnings of words that were typed, each with its place.
    pub(crate) fn beginnings(&self) -> Vec<(usize, String)> {
        let terms = self.terms.iter().enumerate();
        terms
            .filter_map(|(place, term)| match term {
                Term::Beginning(word, _) => Some((place, word.clone())),
                Term::Name(_) | Term::Number(_) | Term::Alike(_) => None,
            })
            .collect()
    }

    /// Notes which words begin so. Without them there are too many.
    pub(crate) fn begin(&mut self, place: usize, words: Vec<String>) {
        if let Term::Beginning(_, among) = &mut self.terms[place] {
            *among = Some(words);
        }
    }

    /// Lets one of these words, of which there is at least one, do in the place of one that was typed.
    pub(crate) fn correct(&mut self, place: usize, alike: Vec<String>) {
        self.terms[place] = Term::Alike(alike);
    }

    /// Says whether the index can only be asked for all words that begin so, which takes it long.
    pub(crate) fn is_wide(&self) -> bool {
        self.terms.iter().all(Term::is_wide)
    }

    /// Writes the condition that a row of `incident_text` matches. This is the definition.
    pub(crate) fn condition(&self, clause: &mut Clause) -> String {
        every(self.conditions(clause).into_iter())
    }

    /// Writes the condition of each term, all of which together are [`Self::condition`].
    pub(crate) fn conditions(&self, clause: &mut Clause) -> Vec<String> {
        self.terms.iter().map(|term| term.condition(clause, &[HEAD, COMMENTS])).collect()
    }

    /// Writes how well a row of `incident_text` that matches does so, as a number: 0 for the incident of that name or
    /// number, 1 when its head has the words in a row, 2 when it has them whole, 3 when it has words that begin so, 4
    /// when some are in its comments.
    pub(crate) fn class(&self, clause: &mut Clause) -> String {
        let mut classes = Vec::new();
        let named = match (self.words.as_slice(), self.terms.as_slice()) {
            (_, [Term::Name(number)]) => Some(number),
            ([word], _) if is_number(word) => Some(word),
            _ => None,
        };
        if let Some(number) = named {
            let name = clause.value(format!(" inc {number} %"));
            classes.push(format!("WHEN {HEAD} LIKE {name} THEN 0"));
        }
        if self.words.len() > 1 {
            let row = clause.value(format!("% {} %", self.words.join(" ")));
            classes.push(format!("WHEN {HEAD} LIKE {row} THEN 1"));
        }
        let is_alike = |term: &Term| matches!(term, Term::Alike(_));
        if !self.terms.iter().any(is_alike) {
            let whole = every(self.terms.iter().map(|term| term.whole(clause)));
            classes.push(format!("WHEN {whole} THEN 2"));
        }
        let head = every(self.terms.iter().map(|term| term.condition(clause, &[HEAD])));
        classes.push(format!("WHEN {head} THEN 3"));
        format!("CASE {} ELSE 4 END", classes.join(" "))
    }

    /// Writes the question to the index of `SQLite`, which proposes all that matches and may propose more. Words are
    /// letters and digits only, and stand in quotes. Of rare terms and others, only the rare ones are asked for.
    pub(crate) fn fts5(&self, rare: &Terms) -> String {
        let any = |words: &[String]| {
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!("({})", words.join(" OR "))
        };
        self.question(rare, " AND ", any, |word| format!("\"{word}\"*"))
    }

    /// Writes the same question to the index of `PostgreSQL`, as a text of type `tsquery`.
    pub(crate) fn tsquery(&self, rare: &Terms) -> String {
        let any = |words: &[String]| {
            let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            format!("({})", words.join(" | "))
        };
        self.question(rare, " & ", any, |word| format!("'{word}':*"))
    }

    fn question(
        &self,
        rare: &Terms,
        and: &str,
        any: impl Fn(&[String]) -> String,
        beginning: impl Fn(&str) -> String,
    ) -> String {
        // What another word leaves is looked at anyway.
        let is_narrow = |place: usize| !self.terms[place].is_wide();
        let is_rare = |place: usize| is_narrow(place) && rare.0.get(place) == Some(&true);
        let mut asked: Vec<usize> = (0..self.terms.len()).filter(|place| is_rare(*place)).collect();
        if asked.is_empty() {
            asked = (0..self.terms.len()).filter(|place| self.is_wide() || is_narrow(*place)).collect();
        }
        let asked = asked.into_iter().map(|place| match &self.terms[place] {
            Term::Name(word) | Term::Number(word) => any(std::slice::from_ref(word)),
            Term::Beginning(_, Some(words)) | Term::Alike(words) => any(words),
            Term::Beginning(word, None) => beginning(word),
        });
        asked.collect::<Vec<_>>().join(and)
    }
}

/// Says whether a word may be a typing mistake.
pub(crate) fn is_doubtful(word: &str) -> bool {
    word.chars().count() >= SHORTEST_MISTAKE && word.chars().all(char::is_alphabetic)
}

impl Term {
    fn is_wide(&self) -> bool {
        matches!(self, Self::Beginning(_, None))
    }

    /// Writes that one of the columns has it. Words are between spaces and hold no wildcard.
    fn condition(&self, clause: &mut Clause, columns: &[&str]) -> String {
        let patterns: Vec<String> = match self {
            Self::Name(number) => {
                return format!("{HEAD} LIKE {}", clause.value(format!(" inc {number} %")));
            }
            Self::Number(word) => vec![format!("% {word} %")],
            Self::Beginning(word, _) => vec![format!("% {word}%")],
            Self::Alike(words) => words.iter().map(|word| format!("% {word} %")).collect(),
        };
        let mut any = Vec::new();
        for pattern in patterns {
            let place = clause.value(pattern);
            any.extend(columns.iter().map(|column| format!("{column} LIKE {place}")));
        }
        format!("({})", any.join(" OR "))
    }

    fn whole(&self, clause: &mut Clause) -> String {
        match self {
            Self::Beginning(word, _) => Self::Number(word.clone()).condition(clause, &[HEAD]),
            Self::Name(_) | Self::Number(_) | Self::Alike(_) => self.condition(clause, &[HEAD]),
        }
    }
}

fn every(conditions: impl Iterator<Item = String>) -> String {
    conditions.collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::{Terms, Wanted, is_doubtful};
    use crate::sql::Clause;
    use proptest::prelude::{any, prop_assert, prop_oneof, proptest};

    fn asked(text: &str) -> String {
        Wanted::parse(text).unwrap().fts5(&Terms::default())
    }

    #[test]
    fn words_numbers_and_names_are_told_apart() {
        assert_eq!(asked("Çağrı merk"), "\"cagri\"* AND \"merk\"*");
        assert_eq!(asked("0042"), "(\"0042\")");
        assert_eq!(asked("INC-0042"), "(\"42\")");
        assert_eq!(asked("INC-000"), "(\"0\")");
        assert_eq!(asked("inc-"), "\"inc\"*");
        assert_eq!(asked("inc latency"), "\"inc\"* AND \"latency\"*");
        assert_eq!(asked("la la LA"), "\"la\"*");
        assert_eq!(Wanted::parse(" ' \" * "), None);
    }

    #[test]
    fn the_index_is_asked_for_whole_words_where_they_are_known() {
        let mut wanted = Wanted::parse("the sevrice INC-7 la").unwrap();
        let typed = ["the", "sevrice", "la"].map(String::from);
        assert_eq!(wanted.beginnings(), [0, 1, 3].into_iter().zip(typed).collect::<Vec<_>>());
        wanted.correct(1, vec!["service".into()]);
        wanted.begin(3, vec!["lan".into(), "latency".into()]);
        assert_eq!(wanted.tsquery(&Terms::default()), "('service') & ('7') & ('lan' | 'latency')");
        assert!(!wanted.is_wide());
        let rare = |places: [bool; 4]| wanted.tsquery(&Terms(places.into()));
        assert_eq!(rare([false, true, false, false]), "('service')");
        assert_eq!(rare([true, false, true, false]), "('7')", "a wide term is never asked for beside others");
        assert_eq!(rare([true, false, false, false]), rare([false; 4]), "all when none is rare");
        let wide = Wanted::parse("la").unwrap();
        assert_eq!((wide.tsquery(&Terms::default()).as_str(), wide.is_wide()), ("'la':*", true));
    }

    #[test]
    fn only_long_words_without_digits_are_doubtful() {
        assert!(is_doubtful("sevrice") && is_doubtful("сервис"));
        assert!(!is_doubtful("the") && !is_doubtful("node7"));
    }

    proptest! {
        #[test]
        fn what_is_typed_is_never_syntax(text in prop_oneof![any::<String>(), "inc[ -]0{1,3}[1-9a ]?"]) {
            let Some(wanted) = Wanted::parse(&text) else { return Ok(()) };
            let is_plain = |asked: &str, marks: &str| {
                asked.chars().all(|letter| letter.is_alphanumeric() || marks.contains(letter))
            };
            let (fts5, tsquery) = (wanted.fts5(&Terms::default()), wanted.tsquery(&Terms::default()));
            prop_assert!(is_plain(&fts5, "\"*() "), "{fts5}");
            prop_assert!(is_plain(&tsquery, "':*&() "), "{tsquery}");
            prop_assert!(!fts5.contains("\"\"") && !tsquery.contains("''"), "{tsquery}");
            let mut clause = Clause::new("TRUE", []);
            let condition = wanted.condition(&mut clause) + &wanted.class(&mut clause);
            prop_assert!(condition.is_ascii(), "{condition}");
        }
    }
}
