//! `POST /api/rules/preview`: what a rule would have made of the points that are there.

use super::handler::{blank, changed};
use super::request::{self, Whole};
use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{One, one};
use crate::http::problem::{Failures, Problem};
use crate::http::query::{NoParams, span_or_last};
use crate::metric::chart::Bucket;
use crate::registry::Catalog;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tracely_analytics::{Episode, SeriesSet, TrialAnswer, TrialBucket, TrialQuestion};
use tracely_core::id::{DepartmentId, RuleId, SeriesId, ServiceId};
use tracely_core::rule::compiled::CompiledRule;
use tracely_core::rule::matcher::LabelMatcher;
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_core::time::{DAY, SECOND, Timestamp};
use tracely_store::rule;
use utoipa::ToSchema;
use uuid::Uuid;

/// The most episodes that are told one by one.
const EPISODES: usize = 100;
/// The longest span.
const LONGEST: i64 = 3_660 * DAY;

/// A rule to try.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The rule as it would be.
    pub rule: RuleDraft,
    /// The rule that is being changed: what stays as it is there need not be valid any more.
    #[schema(nullable = false)]
    pub rule_id: Option<RuleId>,
    /// The beginning of the span; 24 hours before its end when absent.
    #[schema(nullable = false)]
    pub from: Option<Timestamp>,
    /// The end of the span, which is not part of it; now when absent.
    #[schema(nullable = false)]
    pub to: Option<Timestamp>,
}

/// A rule as far as it is known.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleDraft {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// What it is for.
    #[schema(max_length = 2000, nullable = false)]
    pub description: Option<String>,
    /// The key of the metric type it checks.
    #[schema(example = "LATENCY_MS")]
    pub metric_type: String,
    /// How a value is compared with the threshold.
    pub operator: Operator,
    /// What a value is compared with; in the metric type's unit and range.
    #[schema(example = 150)]
    pub threshold: f64,
    /// The severity of the incidents it opens.
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// The department its incidents are routed to.
    #[schema(nullable = false)]
    pub department_id: Option<DepartmentId>,
    /// Whether it judges points; it is tried in any case.
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    /// The services it checks; all when empty or absent.
    #[schema(max_items = 500, nullable = false)]
    pub service_ids: Option<Vec<ServiceId>>,
    /// Conditions on a series' labels, all of which must hold.
    #[schema(max_items = 16, nullable = false)]
    pub labels: Option<Vec<LabelMatcher>>,
}

/// What a rule would have made of the points of a span.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulePreview {
    /// How many points it would have judged.
    points: u64,
    /// How many of them meet its condition.
    violations: u64,
    /// How many services have series that it watches.
    services: u64,
    /// The newest episodes, newest first, at most 100.
    episodes: Vec<EpisodeBody>,
    /// How many episodes there are.
    episode_count: u64,
    /// The points summed up by buckets of time; buckets without points are left out.
    chart: Vec<PreviewBucket>,
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
    /// How wide the buckets are.
    #[schema(example = 300)]
    bucket_seconds: i64,
    /// Points may be missing, since a segment that has some of the span cannot be read; `/api/system` names it. Absent
    /// when nothing is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    incomplete: bool,
}

/// A time during which a service met the rule's condition: the incident that would have opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct EpisodeBody {
    /// The service.
    service_id: ServiceId,
    /// Its name.
    service_name: String,
    /// The instant of the first violating point.
    from: Timestamp,
    /// The instant of the last one before the condition cleared.
    to: Timestamp,
    /// How many points violated the rule.
    points: u64,
    /// The worst of their values.
    peak_value: f64,
}

/// The points of one bucket, as the rule sees them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewBucket {
    /// Where the bucket begins.
    start: Timestamp,
    /// How many points it has, at least one.
    count: u64,
    /// The least value.
    min: f64,
    /// The mean value.
    avg: f64,
    /// The greatest value.
    max: f64,
    /// How many of the points meet the rule's condition.
    violations: u64,
}

/// Tries a rule on the points of a span, the last 24 hours by default: what it would have opened.
///
/// The points are judged as if they had come in the order of their instants. Nothing is stored.
#[utoipa::path(
    post,
    path = "/rules/preview",
    tag = "rules",
    request_body = PreviewRequest,
    responses(
        (status = 200, description = "What the rule would have made of the points", body = One<RulePreview>),
        Failures,
    )
)]
pub(crate) async fn preview_rule(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    mut fields: Fields,
) -> Result<Json<One<RulePreview>>, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let edited = take_edited(&mut fields, &app, &caller).await?;
    let span = take_span(&mut fields, app.store().clock().now());
    let rule = take_rule(&mut fields, &app, &caller, &catalog, edited.as_ref()).await?;
    fields.finish()?;
    let compiled = CompiledRule::of(&rule).map_err(|_| Problem::internal())?;

    let mut of_service: BTreeMap<ServiceId, Vec<SeriesId>> = BTreeMap::new();
    let watched = |series: &_| compiled.watches(series);
    for id in app.registry().select(caller.organization_id, watched) {
        if let Some(series) = app.registry().series(id)
            && catalog.services.contains_key(&series.service_id)
        {
            of_service.entry(series.service_id).or_default().push(id);
        }
    }
    let bucket = Bucket::fitting(span.0, span.1);
    let question = TrialQuestion {
        groups: of_service.values().map(|series| series.iter().copied().collect::<SeriesSet>()).collect(),
        from: span.0,
        to: span.1,
        width: bucket.width(),
        operator: rule.operator,
        threshold: rule.threshold,
        limit: EPISODES,
    };
    let TrialAnswer { points, violations, buckets, episodes, episode_count } =
        app.analytics().trial(&app, question).await?.value;
    let services: Vec<ServiceId> = of_service.into_keys().collect();
    let episode_of = |episode: Episode| {
        let service_id = services[episode.group];
        EpisodeBody {
            service_id,
            service_name: catalog.names.get(&service_id).cloned().unwrap_or_default(),
            from: episode.from,
            to: episode.to,
            points: episode.points,
            peak_value: episode.peak,
        }
    };
    Ok(one(RulePreview {
        points,
        violations,
        services: services.len() as u64,
        episodes: episodes.into_iter().map(episode_of).collect(),
        episode_count,
        chart: buckets.into_iter().map(bucket_of).collect(),
        from: span.0,
        to: span.1,
        bucket_seconds: bucket.width() / SECOND,
        incomplete: app.analytics().is_incomplete(Some(span.0), Some(span.1)),
    }))
}

/// Takes `rule_id` and finds the rule that is being changed.
async fn take_edited(fields: &mut Fields, app: &App, caller: &Caller) -> Result<Option<Rule>, Problem> {
    let Some(id) = fields.id("rule_id") else { return Ok(None) };
    let found = rule::get(app.store(), caller.organization_id, id).await?;
    if found.is_none() {
        fields.fail("rule_id", "is not a known rule");
    }
    Ok(found)
}

fn take_span(fields: &mut Fields, now: Timestamp) -> (Timestamp, Timestamp) {
    let span = span_or_last((fields.instant("from"), fields.instant("to")), now, DAY);
    if span.0 >= span.1 {
        fields.fail("to", "must be later than from");
    } else if span.1.0.saturating_sub(span.0.0) > LONGEST {
        fields.fail("from", "must be at most ten years before to");
    }
    span
}

/// Takes `rule` and notes what is wrong with it, as when it is made.
async fn take_rule(
    fields: &mut Fields,
    app: &App,
    caller: &Caller,
    catalog: &Catalog,
    edited: Option<&Rule>,
) -> Result<Rule, Problem> {
    let mut rule = blank(RuleId(Uuid::nil()), caller.organization_id, Timestamp::EPOCH);
    let map = match fields.take("rule") {
        Some(Value::Object(map)) => map,
        given => {
            fields.fail("rule", if given.is_some() { "must be an object" } else { "is required" });
            return Ok(rule);
        }
    };
    let mut own = Fields::of(format!("{}/rule", fields.pointer()), map);
    request::require(&mut own, &request::REQUIRED_FOR_TRIAL);
    let given = request::take(&mut own);
    let whole = Whole {
        metric_type: given.metric_type.as_deref(),
        threshold: given.threshold,
        department_id: given.department_id.filter(|id| edited.is_none_or(|rule| rule.department_id != *id)),
        service_ids: given.service_ids.as_deref().unwrap_or_default(),
        had_services: edited.map(|rule| rule.service_ids.as_slice()).unwrap_or_default(),
    };
    request::check(&mut own, app.store(), catalog, caller.organization_id, whole).await?;
    rule = changed(rule, given);
    fields.extend_errors(own.into_errors());
    Ok(rule)
}

fn bucket_of(bucket: TrialBucket) -> PreviewBucket {
    let TrialBucket { start, count, min, avg, max, violations } = bucket;
    PreviewBucket { start, count, min, avg, max, violations }
}
