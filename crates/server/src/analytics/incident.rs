//! `GET /api/analytics/incidents`: what happened to incidents, by buckets of time and by groups.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::{Params, span_or_last};
use crate::http::table::{Format, FormatParam, Table};
use crate::incident::summary::DurationsBody;
use crate::metric::chart::{Bucket, BucketChoice};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use tracely_analytics::MAX_BUCKETS;
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use tracely_core::rule::Severity;
use tracely_core::time::{DAY, SECOND, Timestamp};
use tracely_store::Store;
use tracely_store::incident::Spread;
use tracely_store::incident::statistics::{self, Count, Grid, Group, GroupBy, Grouped, Step, Took, Top};
use tracely_store::incident::summary::SummaryFilter;
use utoipa::ToSchema;
use uuid::Uuid;

/// The most buckets when their width is chosen by the server.
const FITTING_BUCKETS: i64 = 60;
/// The span unless it is given.
const DEFAULT_SPAN: i64 = 7 * DAY;
/// The longest span.
pub(super) const LONGEST: i64 = 3_660 * DAY;
/// How many groups are told unless `limit` says otherwise.
const DEFAULT_GROUPS: u64 = 10;

/// What incidents are grouped by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum IncidentGrouping {
    /// The severity, as it is now.
    Severity,
    /// The service.
    Service,
    /// The department that they are routed to now.
    Department,
    /// The rule.
    Rule,
}

/// What happened to the incidents of a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentGroup {
    /// The group; null when nothing is grouped.
    group: Option<IncidentGroupName>,
    /// How many opened in the span, in the time of the points.
    opened: u64,
    /// How many were closed in the span and are closed still.
    closed: u64,
    /// From the point that opened an incident to its acknowledgement, of those acknowledged in the span; null when
    /// there are none.
    mtta: Option<DurationsBody>,
    /// From the point that opened an incident to its end, of those closed in the span; null when there are none.
    mttr: Option<DurationsBody>,
    /// The parts of the span in which something happened, oldest first.
    buckets: Vec<IncidentBucket>,
}

/// What the incidents of a group have in common.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentGroupName {
    /// The severity, or the identifier of the service, department or rule.
    #[schema(example = "CRITICAL")]
    key: String,
    /// What people call it; of what was deleted, the last name.
    #[schema(example = "CRITICAL")]
    name: String,
}

/// What happened to incidents in a part of the span.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct IncidentBucket {
    /// Where the part begins; the first may begin before the span.
    start: Timestamp,
    /// How many opened, in the time of the points.
    opened: u64,
    /// How many were closed and are closed still.
    closed: u64,
    /// From the point that opened an incident to its acknowledgement, of those acknowledged in this part; null when
    /// there are none.
    mtta: Option<DurationsBody>,
    /// From the point that opened an incident to its end, of those closed in this part; null when there are none.
    mttr: Option<DurationsBody>,
}

/// What happened to incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentStatistics {
    /// The groups, those in which most opened and closed first; one when nothing is grouped.
    data: Vec<IncidentGroup>,
    /// What is told.
    meta: IncidentStatisticsMeta,
}

/// What is told of incidents.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentStatisticsMeta {
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
    /// How wide the buckets are.
    bucket: Bucket,
    /// The same in seconds.
    #[schema(example = 3600)]
    bucket_seconds: i64,
    /// How many incidents opened, in the groups that are not told too.
    opened: u64,
    /// How many incidents were closed, in the groups that are not told too.
    closed: u64,
    /// How many groups there are in all.
    groups: u64,
    /// How many of them are not told, since there are more than `limit`.
    cut_off: u64,
}

/// Counts what opened and closed, and how long it took, by buckets of ten seconds to a day and by groups. The last
/// seven days by default.
#[utoipa::path(
    get,
    path = "/analytics/incidents",
    tag = "analytics",
    params(
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("rule_id" = Option<Vec<RuleId>>, Query, description = "Of these rules"),
        ("department_id" = Option<Vec<DepartmentId>>, Query, description = "Routed to these departments"),
        ("severity" = Option<Vec<Severity>>, Query, description = "Of these severities"),
        ("from" = Option<Timestamp>, Query, description = "The beginning of the span; seven days before its end by default, at most ten years"),
        ("to" = Option<Timestamp>, Query, description = "The end of the span, which is not part of it; now by default"),
        ("bucket" = inline(Option<BucketChoice>), Query, description = "How wide the buckets are; auto, of which at most 60 make up the span, by default"),
        ("group_by" = inline(Option<IncidentGrouping>), Query, description = "What makes the groups; nothing by default"),
        ("limit" = Option<u32>, Query, description = "How many groups are told at the most; 10 by default", minimum = 1, maximum = 100),
        FormatParam,
    ),
    responses(
        (status = 200, description = "What happened", content(
            (IncidentStatistics = "application/json"),
            (String = "text/csv", example = "group_key,group_name,start,opened,closed"),
        )),
        Failures,
    )
)]
pub(crate) async fn count_incidents(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let filter = SummaryFilter {
        service_ids: params.ids("service_id"),
        rule_ids: params.ids("rule_id"),
        department_ids: params.ids("department_id"),
        severities: params.words("severity", Severity::NAMES, Severity::parse),
    };
    let span = params.span();
    let choice = Bucket::take(&mut params);
    let words = [
        ("severity", GroupBy::Severity),
        ("service", GroupBy::Service),
        ("department", GroupBy::Department),
        ("rule", GroupBy::Rule),
    ];
    let by = params.word("group_by", &words);
    let limit = params.limit(DEFAULT_GROUPS);
    let format = Format::take(&mut params, &headers);
    params.finish()?;
    let (from, to) = bounded(span_or_last(span, app.store().clock().now(), DEFAULT_SPAN))?;

    let bucket = choice.unwrap_or_else(|| Bucket::fitting_within(from, to, FITTING_BUCKETS));
    let grid = Grid::of_width(from, to, bucket.width());
    if grid.buckets() > MAX_BUCKETS {
        return Err(Problem::too_many_buckets(MAX_BUCKETS));
    }
    let question = Question { store: app.store(), organization_id: caller.organization_id, filter, grid };
    let answer = match by {
        None => question.all().await?,
        Some(by) => question.grouped(by, limit).await?,
    };
    let (data, top) = answer;
    let meta = IncidentStatisticsMeta {
        from,
        to,
        bucket,
        bucket_seconds: bucket.width() / SECOND,
        opened: top.opened,
        closed: top.closed,
        groups: top.count,
        cut_off: top.count - data.len() as u64,
    };
    Ok(format.answer("incidents", IncidentStatistics { data, meta }, table_of))
}

/// Refuses a span that is longer than anybody keeps incidents.
pub(super) fn bounded((from, to): (Timestamp, Timestamp)) -> Result<(Timestamp, Timestamp), Problem> {
    if to.0.saturating_sub(from.0) > LONGEST {
        let detail = "must be at most ten years before to";
        return Err(Problem::content(vec![FieldError::parameter("from", detail)]));
    }
    Ok((from, to))
}

/// What is asked, whatever the groups.
struct Question<'a> {
    store: &'a Store,
    organization_id: OrganizationId,
    filter: SummaryFilter,
    grid: Grid,
}

impl Question<'_> {
    async fn all(&self) -> Result<(Vec<IncidentGroup>, Top), Problem> {
        let found = self.read(None).await?;
        let whole = group_of(self.grid, None, &found);
        let top = Top { groups: Vec::new(), count: 1, opened: whole.opened, closed: whole.closed };
        Ok((vec![whole], top))
    }

    async fn grouped(&self, by: GroupBy, limit: u64) -> Result<(Vec<IncidentGroup>, Top), Problem> {
        let Self { store, organization_id, filter, grid } = self;
        let top = statistics::top(store, *organization_id, filter, by, (grid.from, grid.to), limit).await?;
        if top.groups.is_empty() {
            return Ok((Vec::new(), top));
        }
        if grid.buckets() * top.groups.len() > MAX_BUCKETS {
            return Err(Problem::too_many_buckets(MAX_BUCKETS));
        }
        let grouped = Grouped { by, groups: &top.groups };
        let names = statistics::names(store, *organization_id, by, &top.groups).await?;
        let mut of_group: HashMap<Option<Group>, Found> = HashMap::new();
        let Found { opened, acknowledged, closed } = self.read(Some(grouped)).await?;
        for count in opened {
            of_group.entry(count.group).or_default().opened.push(count);
        }
        for took in acknowledged {
            of_group.entry(took.group).or_default().acknowledged.push(took);
        }
        for took in closed {
            of_group.entry(took.group).or_default().closed.push(took);
        }
        let told = |group: &Group| {
            let found = of_group.remove(&Some(*group)).unwrap_or_default();
            group_of(*grid, Some(name_of(*group, &names)), &found)
        };
        Ok((top.groups.iter().map(told).collect(), top))
    }

    async fn read(&self, grouped: Option<Grouped<'_>>) -> Result<Found, Problem> {
        let Self { store, organization_id, filter, grid } = self;
        let took = |step| statistics::took(store, *organization_id, filter, *grid, grouped, step);
        let (opened, acknowledged, closed) = tokio::try_join!(
            statistics::opened(store, *organization_id, filter, *grid, grouped),
            took(Step::Acknowledged),
            took(Step::Closed),
        )?;
        Ok(Found { opened, acknowledged, closed })
    }
}

/// What the database found of one group, or of all.
#[derive(Default)]
struct Found {
    opened: Vec<Count>,
    acknowledged: Vec<Took>,
    closed: Vec<Took>,
}

fn name_of(group: Group, names: &HashMap<Uuid, String>) -> IncidentGroupName {
    match group {
        Group::Severity(severity) => {
            IncidentGroupName { key: severity.as_str().into(), name: severity.as_str().into() }
        }
        Group::Id(id) => {
            IncidentGroupName { key: id.to_string(), name: names.get(&id).cloned().unwrap_or_default() }
        }
    }
}

fn group_of(grid: Grid, group: Option<IncidentGroupName>, found: &Found) -> IncidentGroup {
    let mut buckets: BTreeMap<usize, IncidentBucket> = BTreeMap::new();
    let (mut until_acknowledged, mut until_closed) = (Spread::default(), Spread::default());
    for Count { place, count, .. } in &found.opened {
        buckets.entry(*place).or_default().opened = *count;
    }
    for Took { place, spread, .. } in &found.acknowledged {
        until_acknowledged.merge(spread);
        buckets.entry(*place).or_default().mtta = spread.durations().map(DurationsBody::new);
    }
    for Took { place, spread, .. } in &found.closed {
        until_closed.merge(spread);
        let bucket = buckets.entry(*place).or_default();
        let durations = spread.durations();
        bucket.closed = durations.map_or(0, |durations| durations.count);
        bucket.mttr = durations.map(DurationsBody::new);
    }
    for (place, bucket) in &mut buckets {
        bucket.start = grid.start_of(*place);
    }
    let until_closed = until_closed.durations();
    IncidentGroup {
        group,
        opened: found.opened.iter().map(|count| count.count).sum(),
        closed: until_closed.map_or(0, |durations| durations.count),
        mtta: until_acknowledged.durations().map(DurationsBody::new),
        mttr: until_closed.map(DurationsBody::new),
        buckets: buckets.into_values().collect(),
    }
}

fn table_of(answer: IncidentStatistics) -> Table {
    let mut table = Table::new(&[
        "group_key",
        "group_name",
        "start",
        "opened",
        "closed",
        "mtta_count",
        "mtta_mean_seconds",
        "mtta_p50_seconds",
        "mtta_p95_seconds",
        "mttr_count",
        "mttr_mean_seconds",
        "mttr_p50_seconds",
        "mttr_p95_seconds",
    ]);
    for group in answer.data {
        let (key, name) = group.group.map(|group| (group.key, group.name)).unwrap_or_default();
        for bucket in group.buckets {
            let mut row = table.row();
            row.text(&key).text(&name).value(bucket.start).value(bucket.opened).value(bucket.closed);
            DurationsBody::cells(bucket.mtta.as_ref(), &mut row);
            DurationsBody::cells(bucket.mttr.as_ref(), &mut row);
            row.end();
        }
    }
    table
}
