//! Which series a rule watches.

use super::Rule;
use super::matcher::{CompiledMatcher, LabelMatcher, MatcherError};
use crate::metric::Series;
use std::sync::Arc;

/// A rule made ready for finding its series.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    /// The rule.
    pub rule: Arc<Rule>,
    matchers: Vec<CompiledMatcher>,
}

impl CompiledRule {
    /// Makes a rule ready. Fails when one of its label matchers cannot be read.
    pub fn of(rule: &Rule) -> Result<Self, MatcherError> {
        let matchers = rule.labels.iter().map(LabelMatcher::compile).collect::<Result<_, _>>()?;
        Ok(Self { rule: Arc::new(rule.clone()), matchers })
    }

    /// Says whether the rule judges the points of a series while it is enabled.
    pub fn watches(&self, series: &Series) -> bool {
        let rule = &self.rule;
        rule.organization_id == series.organization_id
            && rule.metric_type == *series.metric_type
            && (rule.service_ids.is_empty() || rule.service_ids.contains(&series.service_id))
            && self.matchers.iter().all(|matcher| matcher.holds(&series.labels))
    }
}
