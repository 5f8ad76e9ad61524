//! `GET /api/analytics/busiest-hours`: at which hours of the week incidents open.
//!
//! The database counts quarters of hours, UTC, and each is put into the hour of the week that it belongs to in the
//! time zone that was asked for, summer time included.

use super::incident::bounded;
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use crate::http::table::{Format, FormatParam, Table};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use tracely_core::id::{DepartmentId, RuleId, ServiceId};
use tracely_core::rule::Severity;
use tracely_core::time::{DAY, MINUTE, Timestamp};
use tracely_core::zone::{HOURS_OF_WEEK, Zone};
use tracely_store::incident::statistics;
use tracely_store::incident::summary::SummaryFilter;
use utoipa::ToSchema;

/// The span unless it is given: whole weeks, so that every hour is in it equally often.
const DEFAULT_SPAN: i64 = 28 * DAY;
const QUARTER: i64 = 15 * MINUTE;

/// A day of the week.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Weekday {
    /// The first.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The last.
    Sunday,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MONDAY", Weekday::Monday),
    ("TUESDAY", Weekday::Tuesday),
    ("WEDNESDAY", Weekday::Wednesday),
    ("THURSDAY", Weekday::Thursday),
    ("FRIDAY", Weekday::Friday),
    ("SATURDAY", Weekday::Saturday),
    ("SUNDAY", Weekday::Sunday),
];

/// How many incidents opened at an hour of the week.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusyHour {
    /// The day of the week.
    weekday: Weekday,
    /// The hour of the day.
    #[schema(minimum = 0, maximum = 23)]
    hour: u8,
    /// How many incidents opened, in the time of the points.
    opened: u64,
}

/// At which hours of the week incidents opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusiestHours {
    /// All hours of the week, from Monday at 0 on.
    #[schema(min_items = 168, max_items = 168)]
    data: Vec<BusyHour>,
    /// What is told.
    meta: BusiestHoursMeta,
}

/// What is told of the hours of the week.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusiestHoursMeta {
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
    /// The time zone of the hours.
    #[schema(example = "Europe/Istanbul")]
    time_zone: String,
    /// How many incidents opened in the span.
    opened: u64,
}

/// Counts the incidents that opened at each hour of the week. The last 28 days by default.
#[utoipa::path(
    get,
    path = "/analytics/busiest-hours",
    tag = "analytics",
    params(
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("rule_id" = Option<Vec<RuleId>>, Query, description = "Of these rules"),
        ("department_id" = Option<Vec<DepartmentId>>, Query, description = "Routed to these departments"),
        ("severity" = Option<Vec<Severity>>, Query, description = "Of these severities"),
        ("from" = Option<Timestamp>, Query, description = "The beginning of the span; 28 days before its end by default, at most ten years"),
        ("to" = Option<Timestamp>, Query, description = "The end of the span, which is not part of it; now by default"),
        ("time_zone" = Option<String>, Query, description = "The time zone of the hours, as the IANA database calls it; UTC by default", max_length = 64, pattern = "^[A-Za-z][A-Za-z0-9_+/-]*$", example = "Europe/Istanbul"),
        FormatParam,
    ),
    responses(
        (status = 200, description = "The hours of the week", content(
            (BusiestHours = "application/json"),
            (String = "text/csv", example = "weekday,hour,opened"),
        )),
        Failures,
    )
)]
pub(crate) async fn list_busiest_hours(
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
    let zone = take_zone(&mut params);
    let format = Format::take(&mut params, &headers);
    params.finish()?;
    let span = bounded(span_or_last(span, app.store().clock().now(), DEFAULT_SPAN))?;

    let quarters = statistics::quarters(app.store(), caller.organization_id, &filter, span, QUARTER).await?;
    let mut opened = [0; HOURS_OF_WEEK];
    for (quarter, count) in quarters.into_iter().filter(|(_, count)| *count > 0) {
        opened[zone.hour_of_week(Timestamp(quarter * QUARTER))] += count;
    }
    let hour_of = |(place, opened): (usize, &u64)| BusyHour {
        weekday: WEEKDAYS[place / 24].1,
        hour: (place % 24) as u8,
        opened: *opened,
    };
    let meta = BusiestHoursMeta {
        from: span.0,
        to: span.1,
        time_zone: zone.name().to_owned(),
        opened: opened.iter().sum(),
    };
    let data = opened.iter().enumerate().map(hour_of).collect();
    Ok(format.answer("busiest-hours", BusiestHours { data, meta }, table_of))
}

fn take_zone(params: &mut Params) -> Zone {
    let Some(name) = params.text("time_zone") else { return Zone::utc() };
    Zone::find(&name).unwrap_or_else(|| {
        params.contradict("time_zone", "is not a time zone of the IANA database, such as Europe/Istanbul");
        Zone::utc()
    })
}

fn table_of(answer: BusiestHours) -> Table {
    let mut table = Table::new(&["weekday", "hour", "opened"]);
    for BusyHour { weekday, hour, opened } in answer.data {
        table.row().value(WEEKDAYS[weekday as usize].0).value(hour).value(opened).end();
    }
    table
}
