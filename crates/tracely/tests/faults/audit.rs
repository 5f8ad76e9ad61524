//! The audit: everything that had to be there, and nothing else, as the public API tells it.

use crate::ask::{Gone, all, get, timeline};
use crate::ledger::Balance;
use crate::model::Expected;
use crate::team::Team;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};
use tracely_core::time::{DAY, Timestamp};
use tracely_testkit::process::Client;

/// How long the workers may take to follow before a difference counts.
const PATIENCE: Duration = Duration::from_secs(30);
/// Differences that are told; the others are counted.
const TOLD: usize = 20;

/// What was found so far, over all audits.
#[derive(Debug, Default, Clone, Copy)]
pub struct Findings {
    pub points_lost: usize,
    pub points_doubled: usize,
    pub incidents_lost: usize,
    pub incidents_doubled: usize,
    pub notifications_lost: usize,
    pub notifications_doubled: usize,
    pub timelines_out_of_order: usize,
}

/// What one look found.
#[derive(Debug, Default)]
struct Look {
    found: Findings,
    differences: Vec<String>,
}

/// How much there was to audit.
#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    pub points: Balance,
    pub incidents: usize,
    pub notifications: usize,
}

/// Audits all teams; panics when something differs and stays different.
pub async fn audit(client: &Client, teams: &mut [Team], found: &mut Findings, context: &str) {
    for team in teams.iter_mut() {
        team.resolve(client).await.expect("nobody disturbs an audit");
    }
    let began = Instant::now();
    loop {
        // A look takes a while where others keep the machine busy; what it saw first may have changed since.
        let is_last = began.elapsed() > PATIENCE;
        let look = look(client, teams).await.expect("nobody disturbs an audit");
        if look.differences.is_empty() {
            break;
        }
        if is_last {
            found.add(&look.found);
            let told = &look.differences[..look.differences.len().min(TOLD)];
            panic!("{context}: {} differences: {told:#?}\n{found}", look.differences.len());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for team in teams.iter_mut() {
        team.audited();
    }
}

/// Counts what the teams know to be there.
pub fn totals(teams: &[Team]) -> Totals {
    let mut totals = Totals::default();
    for team in teams {
        totals.points += team.ledger.totals();
        let incidents = team.watches.iter().flat_map(|watch| &watch.incidents);
        totals.incidents += incidents.clone().count();
        totals.notifications += incidents.flat_map(|incident| incident.told.values()).sum::<usize>();
    }
    totals
}

async fn look(client: &Client, teams: &mut [Team]) -> Result<Look, Gone> {
    let mut look = Look::default();
    for team in teams.iter_mut() {
        look.points(client, team).await?;
        for watch in 0..team.watches.len() {
            look.incidents(client, team, watch).await?;
        }
    }
    look.workers(client).await?;
    Ok(look)
}

impl Look {
    fn differ(&mut self, difference: String) {
        self.differences.push(difference);
    }

    /// The list has what is new since the last audit, point by point, and as many in all as the chart.
    async fn points(&mut self, client: &Client, team: &mut Team) -> Result<(), Gone> {
        for (from, to) in team.unaudited() {
            let stored = team.stored_points(client, from, to).await?;
            let balance = team.ledger.audit(from, to, &stored);
            self.found.points_lost += balance.lost;
            self.found.points_doubled += balance.doubled;
            if balance.lost + balance.doubled > 0 {
                let (service, lost, doubled) = (&team.service, balance.lost, balance.doubled);
                self.differ(format!("{service}: {lost} points lost, {doubled} doubled"));
            }
        }
        let Some((first, last)) = team.ledger.span() else { return Ok(()) };
        let question = team.question(first, last + 1);
        let listed = get(client, &format!("/api/metrics?{question}&limit=1")).await?["meta"]["total"].take();
        let question = team.question(Timestamp(first).floor(DAY).0, Timestamp(last).floor(DAY).0 + DAY);
        let chart = get(client, &format!("/api/metrics/chart?{question}&bucket=day")).await?;
        let buckets = chart["data"].as_array().unwrap();
        let charted: u64 = buckets.iter().map(|bucket| bucket["count"].as_u64().unwrap()).sum();
        let expected = team.ledger.expected();
        if listed != expected || charted != expected as u64 {
            let difference =
                format!("{}: {expected} points, {listed} listed, {charted} charted", team.service);
            self.differ(difference);
        }
        Ok(())
    }

    async fn incidents(&mut self, client: &Client, team: &Team, watch: usize) -> Result<(), Gone> {
        let (path, expected) = (team.incidents(watch), &team.watches[watch].incidents);
        let newest = get(client, &format!("{path}&limit=1")).await?;
        let total = newest["meta"]["total"].as_u64().unwrap() as usize;
        if total != expected.len() {
            self.found.incidents_lost += expected.len().saturating_sub(total);
            self.found.incidents_doubled += total.saturating_sub(expected.len());
            self.differ(format!(
                "{}: {total} incidents of rule {watch}, not {}",
                team.service,
                expected.len()
            ));
            return Ok(());
        }
        let Some(first) = expected.iter().position(|incident| incident.is_fresh) else { return Ok(()) };
        let mut found = Vec::new();
        for offset in (first..total).step_by(100) {
            let page = format!("{path}&sort_by=number&sort_dir=asc&limit=100&offset={offset}");
            found.extend(get(client, &page).await?["data"].as_array().unwrap().iter().cloned());
        }
        for (expected, incident) in expected[first..].iter().zip(&found) {
            if expected.is_fresh {
                self.incident(client, expected, incident).await?;
            }
        }
        Ok(())
    }

    async fn incident(&mut self, client: &Client, expected: &Expected, found: &Value) -> Result<(), Gone> {
        let key = found["key"].as_str().unwrap();
        let instant = |field: &str| Timestamp::parse(found[field].as_str().unwrap()).unwrap().0;
        let count = found["violation_count"].as_u64().unwrap();
        let seen = (found["status"].as_str().unwrap(), instant("opened_at"), found["opening_value"].as_f64());
        let wanted = (expected.status, expected.opened_at, Some(expected.opening_value));
        if seen != wanted || found["recovered_at"].is_null() == expected.has_recovered {
            self.differ(format!("{key} is {found}, not {expected:?}"));
        }
        let is_counted = (count, instant("last_violation_at")) == (expected.count, expected.last_at);
        if !is_counted && !expected.was_reopened {
            self.differ(format!("{key} counts {count} violations, not {}", expected.count));
        }
        let (by_system, by_people) = timeline(client, key).await?;
        let mut comments: BTreeMap<String, Value> = BTreeMap::new();
        if by_people.iter().any(|(kind, _)| kind == "COMMENT_ADDED") {
            let rows = all(client, &format!("/api/incidents/{key}/comments")).await?;
            let named = |row: Value| (row["id"].as_str().unwrap().to_owned(), row["body"].clone());
            comments = rows.into_iter().map(named).collect();
        }
        // A step tells the state, a comment its identifier.
        let words = by_people.iter().map(|(_, value)| value.as_str().unwrap());
        let by_people: Vec<&str> =
            words.map(|word| comments.get(word).map_or(word, |body| body.as_str().unwrap())).collect();
        if by_system != expected.by_system || by_people != expected.by_people {
            self.found.timelines_out_of_order += 1;
            self.differ(format!("{key} has {by_system:?} {by_people:?}, not {expected:?}"));
        }
        let rows =
            all(client, &format!("/api/notifications?incident_id={}", found["id"].as_str().unwrap())).await?;
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &rows {
            *told.entry(row["kind"].as_str().unwrap()).or_insert(0) += 1;
        }
        if told != expected.told {
            let count = |of: &BTreeMap<&str, usize>, kind: &str| of.get(kind).copied().unwrap_or(0);
            for kind in ["OPENED", "ACKNOWLEDGED", "RECOVERED", "CLOSED", "REOPENED", "TRANSFERRED"] {
                let (is, was_due) = (count(&told, kind), count(&expected.told, kind));
                self.found.notifications_lost += was_due.saturating_sub(is);
                self.found.notifications_doubled += is.saturating_sub(was_due);
            }
            self.differ(format!("of {key} was told {told:?}, not {:?}", expected.told));
        }
        Ok(())
    }

    /// Every worker is at the end of the log, durably, and left nothing behind.
    async fn workers(&mut self, client: &Client) -> Result<(), Gone> {
        let system = get(client, "/api/system").await?["data"].take();
        for consumer in system["consumers"].as_array().unwrap() {
            if consumer["lag"] != 0 || consumer["position"] != system["log"]["head"] {
                self.differ(format!("{consumer} is not at the end, {}", system["log"]["head"]));
            }
        }
        if system["parked"] != Value::Array(Vec::new())
            || system["analytics"]["broken"] != Value::Array(Vec::new())
        {
            self.differ(format!("parked: {}, broken: {}", system["parked"], system["analytics"]["broken"]));
        }
        Ok(())
    }
}

impl Findings {
    fn add(&mut self, other: &Self) {
        self.points_lost += other.points_lost;
        self.points_doubled += other.points_doubled;
        self.incidents_lost += other.incidents_lost;
        self.incidents_doubled += other.incidents_doubled;
        self.notifications_lost += other.notifications_lost;
        self.notifications_doubled += other.notifications_doubled;
        self.timelines_out_of_order += other.timelines_out_of_order;
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "points lost                      {:>9}", self.points_lost)?;
        writeln!(f, "points doubled                   {:>9}", self.points_doubled)?;
        writeln!(f, "incidents lost                   {:>9}", self.incidents_lost)?;
        writeln!(f, "incidents doubled                {:>9}", self.incidents_doubled)?;
        writeln!(f, "notifications lost               {:>9}", self.notifications_lost)?;
        writeln!(f, "notifications doubled            {:>9}", self.notifications_doubled)?;
        write!(f, "timelines out of order           {:>9}", self.timelines_out_of_order)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "points acknowledged              {:>9}", self.points.acknowledged)?;
        writeln!(f, "points unacknowledged but stored {:>9}", self.points.unacknowledged)?;
        writeln!(f, "incidents expected and opened    {:>9}", self.incidents)?;
        write!(f, "notifications due                {:>9}", self.notifications)
    }
}
