//! `GET /api/rules/stats/top-triggered`: which rules fire most.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::Many;
use crate::http::openapi::PageParams;
use crate::http::problem::{Failures, Problem};
use crate::http::query::Params;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_core::id::RuleId;
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use tracely_store::rule::{self, TriggerCount};
use utoipa::ToSchema;

/// How often a rule opened an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopRule {
    /// Which rule.
    rule_id: RuleId,
    /// Its name; of a deleted rule, the last one.
    rule_name: String,
    /// The key of its metric type.
    metric_type: String,
    /// Its severity.
    severity: Severity,
    /// How many incidents it opened.
    incident_count: u64,
    /// How many points violated it while those incidents were live.
    violation_count: u64,
    /// When it last opened one, in the time of the points.
    last_opened_at: Timestamp,
}

/// Lists the rules that opened most incidents, most first. Of all time, unless `from` or `to` is given.
#[utoipa::path(
    get,
    path = "/rules/stats/top-triggered",
    tag = "rules",
    params(
        ("rule_id" = Option<Vec<RuleId>>, Query, description = "Of these rules"),
        ("from" = Option<Timestamp>, Query, description = "Incidents opened at this instant (of the point) or later"),
        ("to" = Option<Timestamp>, Query, description = "Incidents opened before this instant (of the point)"),
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of rules with their counts", body = Many<TopRule>),
        Failures,
    )
)]
pub(crate) async fn top_triggered_rules(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<TopRule>>, Problem> {
    let rule_ids = params.ids("rule_id");
    let (from, to) = params.span();
    let page = params.page();
    params.finish()?;
    let (from, to) = (from.unwrap_or(Timestamp(i64::MIN)), to.unwrap_or(Timestamp(i64::MAX)));
    let listed = rule::top_triggered(app.store(), caller.organization_id, &rule_ids, from, to, page).await?;
    Ok(Many::of(listed, page, |count| {
        let TriggerCount { rule_id, rule_name, metric_type, severity, .. } = count;
        TopRule {
            rule_id,
            rule_name,
            metric_type,
            severity,
            incident_count: count.incident_count,
            violation_count: count.violation_count,
            last_opened_at: count.last_opened_at,
        }
    }))
}
