//! No list reads a whole table: every statement that the API runs on a large database is run again and its work is
//! counted.
//!
//! The requests are made from the OpenAPI document: each list with each filter, order and page, and each two filters
//! together. A new list or parameter is so checked without anybody thinking of it, or asks here for a value. What has
//! to look at very many rows by its nature is in [`EXCEPTIONS`], with the reason.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::large::{Size, fill};
use tracely_testkit::work::Meter;

const HOUR: i64 = 3_600_000_000;

/// The most work of one statement: more than counting as far as a total is exact and leaving out hundreds of pages,
/// far less than looking at every incident.
const MOST_STEPS: u64 = 300_000;
const MOST_ROWS: u64 = 60_000;
/// How many incidents there are.
const INCIDENTS: u64 = 100_000;

/// The most work of a search for a common word among 12 500 live incidents; to look at each of them takes twice as much.
const LOOKED_AT: [u64; 2] = [110_000, 22_000];

/// What may look at all rows: parts of the address, and why.
const EXCEPTIONS: [(&[&str], &str); 8] = [
    (&["/notifications?", "search="], "a text inside another has no index; one scan for page and total"),
    (
        &["/rules/stats/top-triggered"],
        "counts the incidents of all time by rule, from an index of three columns",
    ),
    (&["/analytics/incidents?", "=2023-02"], "counts a year of incidents, from the indexes of the instants"),
    (&["/analytics/busiest-hours?", "=2023-02"], "likewise"),
    (&["/incidents/summary?", "=2023-02"], "sums up a year of incidents, from the indexes of the instants"),
    (&["/notifications?", "is_read="], "what a person has read is looked up for as many as are counted"),
    (
        &["/notifications?", "severity="],
        "a rare severity is looked for in one index of the inbox that has it",
    ),
    (&["/notifications?", "kind="], "a rare kind, likewise"),
];
/// Two filters of which no index has both are looked for in one index that has one of them. They may take one pass of
/// it, which costs up to seven steps a row.
const MOST_OF_TWO: u64 = 3;

/// What the requests ask for.
struct Known {
    service: String,
    rule: String,
    department: String,
    incident: String,
    notification: String,
}

impl Known {
    async fn find(app: &TestApp) -> Self {
        let first =
            async |path: &str| app.get(path).await.data()[0]["id"].as_str().expect("there is one").to_owned();
        Self {
            service: first("/api/services?sort_by=name&sort_dir=asc").await,
            // Of the first rule there are most incidents.
            rule: first("/api/rules?sort_by=name&sort_dir=asc").await,
            department: first("/api/departments").await,
            incident: first("/api/incidents").await,
            notification: first("/api/notifications").await,
        }
    }

    /// Writes a path with what it asks for.
    fn path(&self, path: &str) -> String {
        let id = match path {
            path if path.starts_with("/services") => &self.service,
            path if path.starts_with("/rules") => &self.rule,
            path if path.starts_with("/departments") => &self.department,
            path if path.starts_with("/notifications") => &self.notification,
            _ => &self.incident,
        };
        path.replace("{id}", id).replace("{key}", "LATENCY_MS")
    }

    /// Gives values of a parameter, rare ones and common ones.
    fn values(&self, path: &str, name: &str) -> Option<Vec<String>> {
        let all = |values: &[&str]| Some(values.iter().map(|value| (*value).to_owned()).collect());
        match name {
            "status" => all(&["OPEN", "CLOSED", "OPEN,IN_PROGRESS", "IN_PROGRESS,CLOSED"]),
            "severity" => all(&["CRITICAL", "MEDIUM,LOW"]),
            "service_id" => all(&[&self.service]),
            "rule_id" => all(&[&self.rule]),
            "department_id" => all(&[&self.department]),
            "incident_id" => all(&[&self.incident]),
            "metric_type" => all(&["LATENCY_MS"]),
            "assignee" => all(&["person-007", ""]),
            "kind" => all(&["CLOSED", "OPENED"]),
            "is_read" => all(&["true", "false"]),
            "enabled" => all(&["false"]),
            "search" => all(&["service 00042", "latency"]),
            "service" => all(&["service-00001"]),
            "label" => all(&["region=r-1"]),
            "from" => all(&["2024-01-10T00:00:00Z", "2023-02-01T00:00:00Z"]),
            "to" => all(&["2024-01-11T00:00:00Z", "2023-02-01T00:00:00Z"]),
            "page" => all(&["incidents"]),
            "min_value" | "max_value" => all(&["5"]),
            "bucket" => all(&["hour"]),
            "group_by" if path.contains("incidents") => all(&["severity", "service", "rule"]),
            "group_by" => all(&["service", "label.region"]),
            "statistic" => all(&["p95,count"]),
            "compare" => all(&["previous"]),
            "scale" => all(&["logarithmic"]),
            "interval_seconds" => all(&["60"]),
            "time_zone" => all(&["Europe/Istanbul"]),
            _ => None,
        }
    }
}

/// Finds the words that a parameter may be, in its own schema or the one that it refers to.
fn words(document: &Value, parameter: &Value) -> Vec<String> {
    match parameter {
        Value::Object(fields) => {
            if let Some(words) = fields.get("enum").and_then(Value::as_array) {
                return words.iter().filter_map(Value::as_str).map(Into::into).collect();
            }
            if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                return words(document, document.pointer(&name[1..]).expect("the reference leads somewhere"));
            }
            fields.values().flat_map(|value| words(document, value)).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| words(document, value)).collect(),
        _ => Vec::new(),
    }
}

/// Writes every list of the API with each filter, each two filters, each order and some pages.
fn addresses(document: &Value, known: &Known) -> BTreeSet<String> {
    let mut addresses = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        // A stream ends never.
        let Some(operation) = operations.get("get").filter(|_| path != "/live") else { continue };
        let path = format!("/api{}", known.path(path));
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let (mut filters, mut orders, mut pages) = (Vec::new(), vec![String::new()], vec![String::new()]);
        for parameter in query {
            match parameter["name"].as_str().expect("a name") {
                "limit" => pages.push("limit=100".into()),
                "offset" => pages.push("limit=20&offset=4980".into()),
                // A table has the rows of the same statements.
                "cursor" | "sort_dir" | "buckets" | "format" => (),
                "sort_by" => orders.extend(words(document, parameter).iter().flat_map(|word| {
                    ["asc", "desc"].map(|direction| format!("sort_by={word}&sort_dir={direction}"))
                })),
                name => {
                    let values = known.values(&path, name);
                    let values = values.unwrap_or_else(|| panic!("{path}: give a value of {name} here"));
                    filters.push(values.iter().map(|value| format!("{name}={value}")).collect::<Vec<_>>());
                }
            }
        }
        let mut conditions = vec![String::new()];
        conditions.extend(filters.iter().flatten().cloned());
        let mut add = |parts: &[&str]| {
            let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
            let mark = if parts.is_empty() { "" } else { "?" };
            addresses.insert(format!("{path}{mark}{}", parts.join("&")).replace(' ', "+"));
        };
        for condition in &conditions {
            for order in orders.iter().chain(&pages) {
                add(&[condition, order]);
            }
        }
        for order in &orders {
            for page in &pages {
                add(&[order, page]);
            }
        }
        for (place, one) in filters.iter().enumerate() {
            for other in filters.iter().skip(place + 1) {
                for (one, other) in one.iter().flat_map(|one| other.iter().map(move |other| (one, other))) {
                    add(&[one, other]);
                }
            }
        }
    }
    addresses
}

/// Runs every statement that was observed again and tells which make too much work.
struct Judge {
    meter: Meter,
    most: u64,
    seen: BTreeSet<String>,
    found: Vec<String>,
}

impl Judge {
    async fn judge(&mut self, database: &TestDatabase, cause: &str) {
        let is_excepted = EXCEPTIONS.iter().any(|(parts, _)| parts.iter().all(|part| cause.contains(part)));
        let filters =
            cause.matches('=').count() - cause.matches("sort_").count().min(cause.matches('=').count());
        let most = if filters > 1 { self.most * MOST_OF_TWO } else { self.most };
        for statement in database.take_statements() {
            if is_excepted || !self.seen.insert(statement.clone()) {
                continue;
            }
            let (work, plan) = self.meter.measure(&statement).await;
            if work > most {
                self.found.push(format!("{cause}: {work}\n{statement}\n{plan}\n"));
            }
        }
    }
}

async fn large_app() -> (TestApp, Judge) {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    fill(&database.target, Size { incidents: INCIDENTS, ..Size::small(START) }).await;
    let meter = Meter::new(&database.target).await;
    let most = if database.is_postgres() { MOST_ROWS } else { MOST_STEPS };
    let app = TestApp::on(database).await;
    app.settle().await;
    app.database.take_statements();
    (app, Judge { meter, most, seen: BTreeSet::new(), found: Vec::new() })
}

#[tokio::test]
async fn no_list_looks_at_every_row_of_a_large_table() {
    let (app, mut judge) = large_app().await;
    let known = Known::find(&app).await;
    app.database.take_statements();
    let document = app.get("/api/openapi.json").await.json();
    let addresses = addresses(&document, &known);
    assert!(addresses.len() > 500, "{} addresses", addresses.len());
    for address in addresses {
        let answer = app.get(&address).await;
        // Not every two filters go together, such as a span that ends before it begins.
        assert!(answer.status == 200 || answer.status == 422, "{address}: {:#}", answer.json());
        judge.judge(&app.database, &address).await;
        if let Some(cursor) = answer.json()["meta"]["next_cursor"].as_str() {
            let address = address.split("limit=").next().expect("a text").trim_end_matches(['?', '&']);
            let mark = if address.contains('?') { '&' } else { '?' };
            let next = format!("{address}{mark}cursor={cursor}");
            let by_cursor = app.get(&next).await.data();
            judge.judge(&app.database, &next).await;
            // Found in other ways, and the same rows.
            let rows = answer.json()["meta"]["offset"].as_u64().expect("an offset")
                + answer.json()["data"].as_array().expect("rows").len() as u64;
            let by_offset = app.get(&format!("{address}{mark}offset={rows}")).await.data();
            assert_eq!(by_cursor, by_offset, "{next}");
            app.database.take_statements();
        }
    }
    assert!(judge.found.is_empty(), "{}\n{} in all", judge.found.join("\n"), judge.found.len());
}

#[tokio::test]
async fn totals_are_exact_as_far_as_they_are_counted() {
    let (app, _) = large_app().await;
    let total = async |path: &str| {
        let meta = app.get(path).await.json()["meta"].clone();
        (meta["total"].as_u64().expect("a total"), meta["total_is_at_least"] == true)
    };
    let (live, is_at_least) = total("/api/incidents?status=OPEN,IN_PROGRESS").await;
    assert!(!is_at_least && (1_900..2_200).contains(&live), "{live} are live");
    assert_eq!(total("/api/incidents").await, (INCIDENTS, false));
    assert_eq!(total("/api/incidents?status=CLOSED").await, (INCIDENTS - live, false));
    let (open, _) = total("/api/incidents?status=OPEN").await;
    assert_eq!(total("/api/incidents?status=CLOSED,IN_PROGRESS").await, (INCIDENTS - open, false));
    for path in ["/api/incidents?metric_type=LATENCY_MS", "/api/timeline", "/api/notifications"] {
        assert_eq!(total(path).await, (10_000, true), "{path}");
    }
    let deep = "/api/timeline?limit=100&offset=20000";
    assert_eq!(total(deep).await, (20_101, true), "what was seen is there");
    let person = total("/api/incidents?assignee=person-007").await;
    assert!(person.0 > 100 && !person.1, "{person:?}");
}

#[tokio::test]
async fn no_change_looks_at_every_row_of_a_large_table() {
    let (app, mut judge) = large_app().await;
    let known = Known::find(&app).await;
    app.database.take_statements();

    app.rule(&known.department, &json!({"name": "New", "service_ids": [known.service]})).await;
    app.latency(&known.service, 9_000.0, "2024-01-15T10:29:00Z").await;
    app.latency(&known.service, 9_100.0, "2024-01-15T10:29:30Z").await;
    app.settle().await;
    app.latency(&known.service, 1.0, "2024-01-15T10:30:00Z").await;
    app.settle().await;
    let key = format!("INC-{}", INCIDENTS + 1);
    let incident = format!("/api/incidents/{key}");
    let patch = json!({"status": "IN_PROGRESS", "severity": "LOW", "assignee": "ayse"});
    app.patch(&incident, &patch).await.data();
    app.post(&format!("{incident}/comments"), &json!({"body": "looking"})).await.data();
    app.patch(&incident, &json!({"status": "CLOSED"})).await.data();
    app.patch(&incident, &json!({"status": "OPEN"})).await.data();
    app.settle().await;
    let department = json!({"name": "Renamed", "description": ""});
    app.patch(&format!("/api/services/{}", known.service), &json!({"name": "Renamed"})).await.data();
    app.post("/api/departments", &department).await.data();
    app.post(&format!("/api/notifications/{}/read", known.notification), &json!(null)).await.data();
    for path in ["services", "rules", "departments"] {
        let id = match path {
            "services" => &known.service,
            "rules" => &known.rule,
            _ => &known.department,
        };
        let answer = app.call("DELETE".parse().expect("a method"), &format!("/api/{path}/{id}")).await;
        assert!(answer.status == 204 || answer.status == 409, "{:#}", answer.json());
    }
    judge.judge(&app.database, "changes").await;
    // Retention forgets what is old.
    app.advance(48 * HOUR);
    app.settle().await;
    judge.judge(&app.database, "retention").await;
    assert!(judge.found.is_empty(), "{}", judge.found.join("\n"));
}

/// A common word is soon met among live incidents that are read from the newest back.
#[tokio::test]
async fn a_search_looks_at_no_more_live_incidents_than_it_needs() {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    fill(&database.target, Size { incidents: 60_000, live_stride: 5, ..Size::small(START) }).await;
    let mut meter = Meter::new(&database.target).await;
    let app = TestApp::on(database).await;
    app.settle().await;
    let most = LOOKED_AT[usize::from(app.database.is_postgres())];
    for search in ["latency", "service+rule"] {
        app.database.take_statements();
        let live = app.get(&format!("/api/incidents?status=OPEN,IN_PROGRESS&search={search}")).await;
        assert!(!live.data().as_array().expect("rows").is_empty(), "{search}");
        let statements = app.database.take_statements();
        let ranking: Vec<&String> =
            statements.iter().filter(|statement| statement.contains("relevance")).collect();
        assert_eq!(ranking.len(), 1, "{search}");
        for statement in ranking {
            let (work, plan) = meter.measure(statement).await;
            assert!(work < most, "{search}: {work}\n{statement}\n{plan}");
        }
    }
}
