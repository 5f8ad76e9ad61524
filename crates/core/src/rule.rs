//! Rules: quality checks on one metric type.

pub mod compiled;
pub mod engine;
pub mod matcher;

use crate::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use crate::text_enum::text_enum;
use crate::time::Timestamp;
use matcher::LabelMatcher;
use serde::{Deserialize, Serialize};

text_enum! {
    /// How a value is compared with a rule's threshold.
    Operator {
        /// The value is greater.
        Greater = ">",
        /// The value is greater or equal.
        GreaterOrEqual = ">=",
        /// The value is less.
        Less = "<",
        /// The value is less or equal.
        LessOrEqual = "<=",
        /// The value is equal.
        Equal = "==",
        /// The value differs.
        NotEqual = "!=",
    }
}

text_enum! {
    /// How bad an incident is, from least to worst.
    Severity {
        /// Low priority.
        Low = "LOW",
        /// Medium priority.
        Medium = "MEDIUM",
        /// High priority.
        High = "HIGH",
        /// Requires immediate attention.
        Critical = "CRITICAL",
    }
}

impl Severity {
    /// Returns 0 for the least and 3 for the worst, for sorting.
    pub fn rank(self) -> u8 {
        self as u8
    }
}

impl Operator {
    /// Says whether a value violates a threshold. Equality is that of IEEE 754 numbers, without tolerance.
    #[expect(clippy::float_cmp, reason = "the operator means exact equality")]
    pub fn violates(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
            Self::Equal => value == threshold,
            Self::NotEqual => value != threshold,
        }
    }

    /// Returns the worse of two violating values: the one farther beyond the threshold.
    pub fn worse(self, a: f64, b: f64, threshold: f64) -> f64 {
        match self {
            Self::Greater | Self::GreaterOrEqual => a.max(b),
            Self::Less | Self::LessOrEqual => a.min(b),
            Self::Equal => a,
            Self::NotEqual => {
                if (b - threshold).abs() > (a - threshold).abs() {
                    b
                } else {
                    a
                }
            }
        }
    }

    /// Returns the operator in words, for sentences: "above", "at most", …
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Greater => "above",
            Self::GreaterOrEqual => "at or above",
            Self::Less => "below",
            Self::LessOrEqual => "at or below",
            Self::Equal => "equal to",
            Self::NotEqual => "different from",
        }
    }
}

/// A quality check on one metric type: what is compared, where, and what follows from a violation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its identifier.
    pub id: RuleId,
    /// The tenant it belongs to.
    pub organization_id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The key of the metric type it checks.
    pub metric_type: String,
    /// How a value is compared with the threshold.
    pub operator: Operator,
    /// What a value is compared with, in the metric type's unit.
    pub threshold: f64,
    /// The severity of the incidents it opens.
    pub severity: Severity,
    /// The department its incidents are routed to.
    pub department_id: DepartmentId,
    /// A rule that is not enabled judges no point.
    pub enabled: bool,
    /// The services it checks; empty means all.
    pub service_ids: Vec<ServiceId>,
    /// Conditions on a series' labels, all of which must hold; empty means any labels.
    pub labels: Vec<LabelMatcher>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::Operator;

    #[test]
    fn every_operator_compares_as_written() {
        let below_at_above =
            |operator: Operator| [149.0, 150.0, 151.0].map(|value| operator.violates(value, 150.0));
        assert_eq!(below_at_above(Operator::Greater), [false, false, true]);
        assert_eq!(below_at_above(Operator::GreaterOrEqual), [false, true, true]);
        assert_eq!(below_at_above(Operator::Less), [true, false, false]);
        assert_eq!(below_at_above(Operator::LessOrEqual), [true, true, false]);
        assert_eq!(below_at_above(Operator::Equal), [false, true, false]);
        assert_eq!(below_at_above(Operator::NotEqual), [true, false, true]);
    }

    #[test]
    fn the_peak_lies_on_the_bad_side() {
        assert!((Operator::Greater.worse(160.0, 170.0, 150.0) - 170.0).abs() < f64::EPSILON);
        assert!((Operator::Less.worse(10.0, 7.0, 20.0) - 7.0).abs() < f64::EPSILON);
        assert!((Operator::NotEqual.worse(4.0, 9.0, 5.0) - 9.0).abs() < f64::EPSILON);
    }
}
