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
/// Searches that find one, some, very many and none: by name, by beginnings of two letters and more, with typing mistakes,
/// in Turkish, in comments, and by common words that no incident has together.
const SEARCHES: [&str; 12] = [
    "inc-77777",
    "service+00042",
    "nothing+like+this",
    "latency",
    "la",
    "service+rule",
    "sevrice+00042",
    "%C3%87A%C4%9ERI+MERKEZ%C4%B0",
    "yonlendircisi",
    "looking",
    "latency+packet",
    "00042+critical",
];

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
    Search,
    Deep,
}

/// Asks every question as often as told, each time in turn with the others.
async fn ask(bench: &Bench, api: &mut Api, figures: &mut Figures) -> anyhow::Result<()> {
    let questions = questions(api).await?;
    let kinds = [Kind::First, Kind::Filtered, Kind::Search, Kind::Deep];
    let mut times = kinds.map(|kind| (kind, histogram()));
    let mut all = histogram();
    for _ in 0..bench.scale.questions.div_ceil(10) {
        for (kind, path) in &questions {
            let since = Instant::now();
            api.get(path).await?;
            let micros = since.elapsed().as_micros() as u64;
            all.saturating_record(micros);
            let of_kind = times.iter_mut().find(|(other, _)| other == kind).context("a kind is missing")?;
            of_kind.1.saturating_record(micros);
        }
    }
    figures.add("p50_ms", ms(&all, 0.5));
    figures.add("p99_ms", ms(&all, 0.99));
    figures.add("max_ms", ms(&all, 1.0));
    for ((_, times), key) in
        times.iter().zip(["first_page_p99_ms", "filtered_p99_ms", "search_p99_ms", "deep_p99_ms"])
    {
        figures.add(key, ms(times, 0.99));
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
    for search in SEARCHES {
        questions.push((Kind::Search, format!("/api/incidents?limit={PAGE}&search={search}")));
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

fn ms(times: &Histogram<u64>, quantile: f64) -> f64 {
    times.value_at_quantile(quantile) as f64 / 1_000.0
}
