//! A5: lists of a million incidents.

use super::setup::PATIENCE;
use crate::api::Api;
use crate::bench::{Bench, Circumstances, Figures};
use crate::home::{Database, Durability, Home};
use crate::load::histogram;
use crate::record::Run;
use crate::row::Row;
use anyhow::Context;
use hdrhistogram::Histogram;
use std::time::Instant;
use tracely_core::time::{DAY, Timestamp};
use tracely_testkit::database::START;
use tracely_testkit::large::{Size, fill};

/// Rows of a page.
const PAGE: u64 = 50;
/// The deepest page by offset that the budget speaks of.
const PAGES: u64 = 1_000;
/// Pages that are read by cursor, from the first on and from the last on backwards.
const PAGES_BY_CURSOR: usize = 200;

/// Orders of the list.
const ORDERS: [&str; 9] = [
    "created_at",
    "opened_at",
    "updated_at",
    "number",
    "severity",
    "status",
    "violation_count",
    "last_violation_at",
    "service",
];
/// Filters as people set them; `{…}` stands for an identifier that is in the data.
const FILTERS: [&str; 12] = [
    "status=OPEN",
    "status=OPEN,IN_PROGRESS",
    "status=CLOSED",
    "severity=CRITICAL",
    "severity=CRITICAL,HIGH&status=OPEN",
    "department_id={department}",
    "department_id={department}&status=OPEN,IN_PROGRESS",
    "service_id={service}",
    "rule_id={rule}",
    "metric_type=LATENCY_MS",
    "assignee=person-007",
    "from=2024-01-01T00:00:00Z&to=2024-01-08T00:00:00Z",
];
/// Searches that find one, some, very many and none. Each form has its median and its 99th percentile under these keys.
const SEARCHES: [([&str; 2], &[&str]); 8] = [
    (["search_rare_p50_ms", "search_rare_p99_ms"], &["inc-77777", "00042+critical"]),
    (["search_common_p50_ms", "search_common_p99_ms"], &["latency", "looking"]),
    (["search_prefix_p50_ms", "search_prefix_p99_ms"], &["la"]),
    (["search_typo_p50_ms", "search_typo_p99_ms"], &["laetncy", "sevrice+00042"]),
    (["search_turkish_p50_ms", "search_turkish_p99_ms"], &["%C3%87A%C4%9ERI+MERKEZ%C4%B0", "yonlendircisi"]),
    (["search_two_p50_ms", "search_two_p99_ms"], &["service+rule", "service+00042"]),
    (["search_apart_p50_ms", "search_apart_p99_ms"], &["latency+packet"]),
    (["search_nothing_p50_ms", "search_nothing_p99_ms"], &["nothing+like+this"]),
];
/// Statistics of a year of incidents, each with its figure.
const STATISTICS: [(&str, &str); 4] = [
    ("statistics_ms", "/api/analytics/incidents?"),
    ("statistics_by_service_ms", "/api/analytics/incidents?group_by=service&"),
    ("statistics_by_severity_ms", "/api/analytics/incidents?group_by=severity&bucket=day&"),
    ("hours_ms", "/api/analytics/busiest-hours?"),
];
/// How often each is asked.
const STATISTICS_ASKED: usize = 5;

/// What every search is asked together with.
const BESIDE: [&str; 3] = ["", "&status=OPEN,IN_PROGRESS", "&service_id={service}"];

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let home = Home::fresh(bench, database, Durability::Durable).await?;
    home.migrate()?;
    let full = Size::million(START);
    let size = if bench.scale.incidents < 100_000 { Size::small(START) } else { full };
    fill(home.target(), Size { incidents: bench.scale.incidents, ..size }).await;
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let circumstances = Circumstances::of(home.directory())?;
        let server = home.serve()?;
        let mut api = Api::open(server.address).await?;
        api.until_followed(PATIENCE).await?;
        let mut figures = Figures::default();
        ask(bench, &mut api, &mut figures).await?;
        follow_cursor(&mut api, &mut figures).await?;
        count(&mut api, &mut figures).await?;
        runs.push(bench.finish(Row::A5, database, number, circumstances, figures)?);
        server.stop()?;
    }
    home.remove().await?;
    Ok(runs)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    First,
    Filtered,
    /// Of the form whose 99th percentile has this key.
    Search(&'static str),
    Deep,
}

/// Asks every question as often as told, each time in turn with the others.
async fn ask(bench: &Bench, api: &mut Api, figures: &mut Figures) -> anyhow::Result<()> {
    let questions = questions(api).await?;
    let mut times: Vec<(Kind, Histogram<u64>)> = Vec::new();
    for _ in 0..bench.scale.questions.div_ceil(10) {
        for (kind, path) in &questions {
            let since = Instant::now();
            api.get(path).await?;
            let micros = since.elapsed().as_micros() as u64;
            let place = times.iter().position(|(other, _)| other == kind);
            let place = place.unwrap_or_else(|| {
                times.push((*kind, histogram()));
                times.len() - 1
            });
            times[place].1.saturating_record(micros);
        }
    }
    let together = |is_one: &dyn Fn(Kind) -> bool| -> anyhow::Result<Histogram<u64>> {
        let mut all = histogram();
        for (_, times) in times.iter().filter(|(kind, _)| is_one(*kind)) {
            all.add(times).context("times of two kinds do not add up")?;
        }
        Ok(all)
    };
    let is_search = |kind: Kind| matches!(kind, Kind::Search(_));
    let all = together(&|_| true)?;
    figures.add("p50_ms", ms(&all, 0.5));
    figures.add("p99_ms", ms(&all, 0.99));
    figures.add("max_ms", ms(&all, 1.0));
    figures.add("first_page_p99_ms", ms(&together(&|kind| kind == Kind::First)?, 0.99));
    figures.add("filtered_p99_ms", ms(&together(&|kind| kind == Kind::Filtered)?, 0.99));
    figures.add("search_p99_ms", ms(&together(&is_search)?, 0.99));
    figures.add("deep_p99_ms", ms(&together(&|kind| kind == Kind::Deep)?, 0.99));
    for ([p50, p99], _) in SEARCHES {
        let times = together(&|kind| kind == Kind::Search(p99))?;
        figures.add(p50, ms(&times, 0.5));
        figures.add(p99, ms(&times, 0.99));
    }
    Ok(())
}

async fn questions(api: &mut Api) -> anyhow::Result<Vec<(Kind, String)>> {
    let listed = api.get("/api/incidents?limit=1").await?;
    let incident = &listed["data"][0];
    let total = listed["meta"]["total"].as_u64().context("the list has no total")?;
    let id = |name: &str| incident[name].as_str().unwrap_or_default();
    let mut questions = Vec::new();
    for order in ORDERS {
        for direction in ["asc", "desc"] {
            let list = format!("/api/incidents?limit={PAGE}&sort_by={order}&sort_dir={direction}");
            for page in [100, PAGES / 2, PAGES - 1] {
                let offset = (page * PAGE).min(total.saturating_sub(PAGE));
                questions.push((Kind::Deep, format!("{list}&offset={offset}")));
            }
            questions.push((Kind::First, list));
        }
    }
    for filter in FILTERS {
        let filter = filter
            .replace("{department}", id("department_id"))
            .replace("{service}", id("service_id"))
            .replace("{rule}", id("rule_id"));
        for order in ["created_at", "severity", "last_violation_at"] {
            let path = format!("/api/incidents?limit={PAGE}&sort_by={order}&{filter}");
            questions.push((Kind::Filtered, path));
        }
    }
    for ([_, form], searches) in SEARCHES {
        for search in searches {
            for beside in BESIDE {
                let beside = beside.replace("{service}", id("service_id"));
                let path = format!("/api/incidents?limit={PAGE}&search={search}{beside}");
                questions.push((Kind::Search(form), path));
            }
        }
    }
    Ok(questions)
}

/// Reads pages by cursor, from both ends of two orders. Nothing is measured when the list offers no cursor.
async fn follow_cursor(api: &mut Api, figures: &mut Figures) -> anyhow::Result<()> {
    let mut times = histogram();
    for order in ["created_at", "severity"] {
        for direction in ["asc", "desc"] {
            let list = format!("/api/incidents?limit={PAGE}&sort_by={order}&sort_dir={direction}");
            let mut path = list.clone();
            for _ in 0..PAGES_BY_CURSOR {
                let since = Instant::now();
                let page = api.get(&path).await?;
                times.saturating_record(since.elapsed().as_micros() as u64);
                let Some(cursor) = page["meta"]["next_cursor"].as_str() else { break };
                path = format!("{list}&cursor={cursor}");
            }
            if path == list {
                return Ok(());
            }
        }
    }
    figures.add("keyset_p99_ms", ms(&times, 0.99));
    Ok(())
}

/// Asks for the statistics of a year.
async fn count(api: &mut Api, figures: &mut Figures) -> anyhow::Result<()> {
    let (from, to) = (Timestamp(START.0 - 365 * DAY), START);
    for (name, path) in STATISTICS {
        let mut times = histogram();
        for _ in 0..STATISTICS_ASKED {
            let since = Instant::now();
            api.get(&format!("{path}from={from}&to={to}")).await?;
            times.saturating_record(since.elapsed().as_micros() as u64);
        }
        figures.add(name, ms(&times, 0.5));
    }
    Ok(())
}

fn ms(times: &Histogram<u64>, quantile: f64) -> f64 {
    times.value_at_quantile(quantile) as f64 / 1_000.0
}
