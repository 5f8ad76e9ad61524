//! Conditions on labels, with the meaning that Prometheus and Alertmanager gave them: an absent label has the
//! empty value, and a regular expression matches the whole value.

use crate::metric::{Labels, is_label_name};
use crate::text_enum::text_enum;
use regex::Regex;
use serde::{Deserialize, Serialize};

/// The longest pattern or value of a matcher, in bytes.
pub const MAX_MATCHER_VALUE: usize = 256;
/// The most matchers a rule may have.
pub const MAX_MATCHERS: usize = 16;

text_enum! {
    /// How a label's value is compared.
    MatchOperator {
        /// The value is the same.
        Equal = "=",
        /// The value differs.
        NotEqual = "!=",
        /// The whole value matches the regular expression.
        Matches = "=~",
        /// The value does not match the regular expression.
        DoesNotMatch = "!~",
    }
}

/// One condition on one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelMatcher {
    /// The label's name.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, pattern = "^[a-zA-Z_][a-zA-Z0-9_]*$")
    )]
    pub name: String,
    /// How the value is compared.
    pub operator: MatchOperator,
    /// The value, or for `=~` and `!~` the regular expression.
    #[cfg_attr(feature = "openapi", schema(max_length = 256))]
    pub value: String,
}

/// Says why a matcher is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatcherError {
    /// The name is none that a label can have.
    #[error("name must be 1 to 64 letters, digits or '_', not beginning with a digit")]
    Name,
    /// The value is too long.
    #[error("value must have at most {MAX_MATCHER_VALUE} bytes")]
    TooLong,
    /// The value is no regular expression, or too large a one.
    #[error("value must be a regular expression")]
    Pattern,
}

/// A matcher made ready for matching.
#[derive(Debug, Clone)]
pub struct CompiledMatcher {
    name: String,
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Exact(String),
    Pattern(Regex),
}

impl LabelMatcher {
    /// Checks the matcher and makes it ready. Regular expressions run in linear time and bounded space.
    pub fn compile(&self) -> Result<CompiledMatcher, MatcherError> {
        if !is_label_name(&self.name) {
            return Err(MatcherError::Name);
        }
        if self.value.len() > MAX_MATCHER_VALUE {
            return Err(MatcherError::TooLong);
        }
        let (negated, pattern) = match self.operator {
            MatchOperator::Equal => (false, false),
            MatchOperator::NotEqual => (true, false),
            MatchOperator::Matches => (false, true),
            MatchOperator::DoesNotMatch => (true, true),
        };
        let test =
            if pattern { Test::Pattern(whole_value(&self.value)?) } else { Test::Exact(self.value.clone()) };
        Ok(CompiledMatcher { name: self.name.clone(), negated, test })
    }
}

fn whole_value(pattern: &str) -> Result<Regex, MatcherError> {
    // The pattern must be valid by itself: `a)(b` would otherwise escape the group around it.
    Regex::new(pattern).map_err(|_| MatcherError::Pattern)?;
    regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(1 << 20)
        .build()
        .map_err(|_| MatcherError::Pattern)
}

impl CompiledMatcher {
    /// Says whether the condition holds for these labels.
    pub fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.name);
        let found = match &self.test {
            Test::Exact(wanted) => value == wanted,
            Test::Pattern(regex) => regex.is_match(value),
        };
        found != self.negated
    }
}

#[cfg(test)]
mod tests {
    use super::{LabelMatcher, MatchOperator, MatcherError};
    use crate::metric::Labels;

    fn holds(operator: MatchOperator, value: &str) -> [bool; 2] {
        let eu = Labels::new(vec![("region".into(), "eu-west".into())]).unwrap();
        let matcher =
            LabelMatcher { name: "region".into(), operator, value: value.into() }.compile().unwrap();
        [matcher.holds(&eu), matcher.holds(&Labels::default())]
    }

    #[test]
    fn an_absent_label_is_the_empty_value() {
        assert_eq!(holds(MatchOperator::Equal, "eu-west"), [true, false]);
        assert_eq!(holds(MatchOperator::NotEqual, "eu-west"), [false, true]);
        assert_eq!(holds(MatchOperator::Equal, ""), [false, true]);
        assert_eq!(holds(MatchOperator::Matches, "eu-.*"), [true, false]);
        assert_eq!(holds(MatchOperator::DoesNotMatch, "eu-.*"), [false, true]);
    }

    #[test]
    fn a_pattern_matches_the_whole_value() {
        assert_eq!(holds(MatchOperator::Matches, "eu"), [false, false]);
        assert_eq!(holds(MatchOperator::Matches, "us|eu-west"), [true, false]);
    }

    #[test]
    fn a_broken_pattern_is_refused() {
        for value in ["(", "a)(b"] {
            let matcher =
                LabelMatcher { name: "region".into(), operator: MatchOperator::Matches, value: value.into() };
            assert_eq!(matcher.compile().unwrap_err(), MatcherError::Pattern);
        }
    }
}
