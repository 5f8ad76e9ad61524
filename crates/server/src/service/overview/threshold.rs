//! Which rule says most about a value.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use tracely_core::id::RuleId;
use tracely_core::metric::Series;
use tracely_core::rule::compiled::CompiledRule;
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_store::rule;
use utoipa::ToSchema;

/// The rule that is violated worst, or nearest to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThresholdBody {
    /// Which rule.
    rule_id: RuleId,
    /// Its name.
    rule_name: String,
    /// How a value is compared.
    operator: Operator,
    /// What a value is compared with.
    value: f64,
    /// The severity of the incidents it opens.
    severity: Severity,
    /// Whether the newest point violates it.
    violated: bool,
}

/// The enabled rules that have a side on which values are good.
pub(super) struct Thresholds {
    of_metric_type: HashMap<String, Vec<CompiledRule>>,
}

impl Thresholds {
    /// Reads the rules on some metric types.
    pub(super) async fn read(
        app: &App,
        caller: &Caller,
        metric_types: &HashSet<&str>,
    ) -> Result<Self, Problem> {
        let keys: Vec<String> = metric_types.iter().map(|key| (*key).to_owned()).collect();
        let mut of_metric_type: HashMap<String, Vec<CompiledRule>> = HashMap::new();
        for rule in rule::enabled(app.store(), caller.organization_id, &keys).await? {
            // A rule that cannot be read any more judges nothing.
            let Ok(compiled) = CompiledRule::of(&rule) else { continue };
            if has_good_side(rule.operator) {
                of_metric_type.entry(rule.metric_type).or_default().push(compiled);
            }
        }
        Ok(Self { of_metric_type })
    }

    /// Finds, among the rules that judge a series, the one that its value violates worst: by severity, then by how far
    /// the value is beyond the threshold. When it violates none, the one whose threshold is nearest.
    pub(super) fn nearest(&self, series: &Series, value: f64) -> Option<ThresholdBody> {
        let rules = self.of_metric_type.get(&*series.metric_type)?;
        let judging = rules.iter().filter(|rule| rule.watches(series)).map(|rule| &*rule.rule);
        let found = judging.max_by(|left, right| compare(left, right, value))?;
        Some(ThresholdBody {
            rule_id: found.id,
            rule_name: found.name.clone(),
            operator: found.operator,
            value: found.threshold,
            severity: found.severity,
            violated: found.operator.violates(value, found.threshold),
        })
    }
}

fn has_good_side(operator: Operator) -> bool {
    match operator {
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => true,
        Operator::Equal | Operator::NotEqual => false,
    }
}

/// Puts the rule that says more about a value last.
fn compare(left: &Rule, right: &Rule, value: f64) -> Ordering {
    let violated = |rule: &Rule| rule.operator.violates(value, rule.threshold);
    let distance = |rule: &Rule| (value - rule.threshold).abs();
    let by_place = match (violated(left), violated(right)) {
        (true, true) => left.severity.cmp(&right.severity).then(distance(left).total_cmp(&distance(right))),
        (false, false) => distance(right).total_cmp(&distance(left)).then(left.severity.cmp(&right.severity)),
        (left, right) => left.cmp(&right),
    };
    by_place.then(right.id.cmp(&left.id))
}
