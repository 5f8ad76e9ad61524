//! Finds the rules of a series and the series of a rule, by metric type and service.

use crate::id::{OrganizationId, RuleId, SeriesId, ServiceId};
use crate::metric::Series;
use crate::rule::Rule;
use crate::rule::compiled::CompiledRule;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Rules and series of one organization and metric type meet here; rules of others never look.
type Scope = (OrganizationId, String);

#[derive(Debug, Default)]
pub(super) struct RuleIndex {
    /// Every rule as last told, also those that are not enabled.
    rules: BTreeMap<RuleId, (Rule, Option<Arc<CompiledRule>>)>,
    scopes: HashMap<Scope, ScopeIndex>,
}

#[derive(Debug, Default)]
struct ScopeIndex {
    rules_of_all: Vec<RuleId>,
    rules_of_service: HashMap<ServiceId, Vec<RuleId>>,
    series_of_service: HashMap<ServiceId, Vec<SeriesId>>,
}

impl RuleIndex {
    /// Remembers a series and returns the rules that may watch it.
    pub(super) fn add_series(&mut self, series: &Series) -> Vec<Arc<CompiledRule>> {
        let scope = self.scopes.entry((series.organization_id, series.metric_type.to_string())).or_default();
        scope.series_of_service.entry(series.service_id).or_default().push(series.id);
        let of_service = scope.rules_of_service.get(&series.service_id).into_iter().flatten();
        let mut found: Vec<RuleId> = scope.rules_of_all.iter().chain(of_service).copied().collect();
        found.sort_unstable();
        found.dedup();
        found.iter().filter_map(|id| self.rules.get(id)?.1.clone()).collect()
    }

    /// Puts a rule in place of what was known of it. `compiled` is none for a rule that judges nothing.
    pub(super) fn set_rule(&mut self, rule: &Rule, compiled: Option<Arc<CompiledRule>>) {
        self.remove_rule(rule.id);
        let scope = self.scopes.entry((rule.organization_id, rule.metric_type.clone())).or_default();
        if rule.service_ids.is_empty() {
            scope.rules_of_all.push(rule.id);
        }
        for service_id in &rule.service_ids {
            scope.rules_of_service.entry(*service_id).or_default().push(rule.id);
        }
        self.rules.insert(rule.id, (rule.clone(), compiled));
    }

    pub(super) fn remove_rule(&mut self, rule_id: RuleId) {
        let Some((rule, _)) = self.rules.remove(&rule_id) else { return };
        let Some(scope) = self.scopes.get_mut(&(rule.organization_id, rule.metric_type.clone())) else {
            return;
        };
        scope.rules_of_all.retain(|id| *id != rule_id);
        for service_id in &rule.service_ids {
            if let Some(rules) = scope.rules_of_service.get_mut(service_id) {
                rules.retain(|id| *id != rule_id);
            }
        }
    }

    /// Returns the known series in a rule's metric type and services, whatever their labels.
    pub(super) fn series_of(&self, rule_id: RuleId) -> Vec<SeriesId> {
        let Some((rule, _)) = self.rules.get(&rule_id) else { return Vec::new() };
        let Some(scope) = self.scopes.get(&(rule.organization_id, rule.metric_type.clone())) else {
            return Vec::new();
        };
        if rule.service_ids.is_empty() {
            return scope.series_of_service.values().flatten().copied().collect();
        }
        rule.service_ids.iter().filter_map(|id| scope.series_of_service.get(id)).flatten().copied().collect()
    }

    /// Returns every rule in order of its id.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().map(|(rule, _)| rule)
    }
}
