//! The load: teams that send points and work on incidents at the same time, each on what is its own.
//!
//! A team does one thing after the other and learns what became of each before it does the next, so it can tell
//! exactly what had to happen ([`Watch`]). An answer that did not come, or a 503, says nothing: the team then repeats
//! what has an idempotency key and asks about everything else, as soon as somebody answers again.

use crate::ledger::{Fate, Ledger};
use crate::model::Watch;
use crate::world::Progress;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracely_core::time::{DAY, MINUTE, SECOND, Timestamp};
use tracely_testkit::process::{Answer, Client};

/// 2024-01-15T00:00:00Z.
const FIRST: i64 = 1_705_276_800 * SECOND;
/// How long the rules may take to follow before a team calls it a defect.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long what was refused may still happen; longer than the server waits for the database.
const AFTERMATH: Duration = Duration::from_millis(1_500);

/// No answer, or one that says nothing about what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// No answer came.
    Silent,
    /// The server said 503: its database may have done it, or may yet.
    Refused,
}

/// A team with a service of its own, or with series of its own in a shared service.
#[derive(Debug)]
pub struct Team {
    pub service: String,
    pub service_id: String,
    pub metric_type: &'static str,
    /// A value of the label `writer`, when others write to the same service.
    pub writer: Option<String>,
    pub watches: Vec<Watch>,
    pub ledger: Ledger,
    rng: StdRng,
    /// How many points, and how many requests, there were so far.
    points: i64,
    requests: u64,
    /// The newest instant that the server judged.
    newest: i64,
    level: f64,
    pending: Option<Pending>,
    repeatable: Option<(String, Value)>,
    /// The last answer was a 503, so what is pending may still happen.
    is_unsure: bool,
    /// How many points there were at the last audit.
    audited: i64,
    refused: u64,
}

/// What was asked for and not answered.
#[derive(Debug, Clone)]
enum Pending {
    Points { path: &'static str, body: Value, key: Option<String>, instants: Vec<i64>, kind: Kind },
    Threshold { watch: usize, limit: f64 },
    Switch { watch: usize, is_enabled: bool },
    Step { watch: usize, incident: String, status: &'static str },
    Comment { watch: usize, incident: String, text: String },
}

impl Pending {
    /// Says whether it can be sent again without harm.
    fn has_key(&self) -> bool {
        matches!(self, Self::Points { key: Some(_), .. })
    }
}

/// How points relate to those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    InOrder,
    /// Late by a minute: judged.
    Late,
    /// Late by ten minutes: only stored.
    TooLate,
    Backfill,
}

impl Team {
    pub fn new(
        seed: u64,
        (service, service_id): (&str, &str),
        metric_type: &'static str,
        writer: Option<String>,
    ) -> Self {
        Self {
            service: service.to_owned(),
            service_id: service_id.to_owned(),
            metric_type,
            writer,
            watches: Vec::new(),
            ledger: Ledger::default(),
            rng: StdRng::seed_from_u64(seed),
            points: 0,
            requests: 0,
            newest: i64::MIN,
            level: 100.0,
            pending: None,
            repeatable: None,
            is_unsure: false,
            audited: 0,
            refused: 0,
        }
    }

    /// Works until told to stop. A server that is gone or refuses is asked again and again.
    pub async fn work(&mut self, client: &Client, stop: &CancellationToken, progress: &Progress) {
        while !stop.is_cancelled() {
            // What was sent to a database that is away may still happen, so only what can be repeated is.
            let must_wait =
                progress.is_disturbed() && self.pending.as_ref().is_some_and(|sent| !sent.has_key());
            let done = if must_wait { Err(Gone::Refused) } else { self.act(client).await };
            if done.is_ok() {
                progress.add();
            } else {
                self.is_unsure |= done == Err(Gone::Refused);
                self.refused += u64::from(!must_wait);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Returns how often the server was gone or refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Learns what became of the last thing that was asked for, if that is unknown.
    pub async fn resolve(&mut self, client: &Client) -> Result<(), Gone> {
        if self.is_unsure && self.pending.as_ref().is_some_and(|sent| !sent.has_key()) {
            tokio::time::sleep(AFTERMATH).await;
            // This makes the server look how far the log goes in the database.
            get(client, "/api/system").await?;
        }
        match self.pending.clone() {
            None => (),
            Some(Pending::Points { path, body, key, instants, kind }) => {
                let fate = match key {
                    Some(key) => {
                        send(client, Method::POST, path, Some(&key), &body).await?;
                        Fate::Acknowledged
                    }
                    None => self.fate(client, &instants).await?,
                };
                self.stored(&instants, kind, fate);
            }
            Some(Pending::Threshold { watch, limit }) => {
                let rule = self.rule(client, watch).await?;
                if rule["threshold"] == limit {
                    self.watches[watch].limit = self.watches[watch].limit.moved(limit);
                }
            }
            Some(Pending::Switch { watch, is_enabled }) => {
                let rule = self.rule(client, watch).await?;
                if rule["enabled"] == is_enabled {
                    self.watches[watch].switch(is_enabled);
                }
            }
            Some(Pending::Step { watch, incident, status }) => {
                let now = get(client, &format!("/api/incidents/{incident}")).await?;
                if now["data"]["status"] == status {
                    self.watches[watch].step(status);
                }
            }
            Some(Pending::Comment { watch, incident, text }) => {
                let comments =
                    all(client, &format!("/api/incidents/{incident}/comments?sort_dir=asc")).await?;
                if comments.iter().any(|comment| comment["body"] == text.as_str()) {
                    self.watches[watch].comment(&text);
                }
            }
        }
        self.pending = None;
        self.is_unsure = false;
        Ok(())
    }

    /// Lists the team's points from one instant to before another.
    pub async fn stored_points(&self, client: &Client, from: i64, to: i64) -> Result<Vec<(i64, f64)>, Gone> {
        let path = format!("/api/metrics?{}&sort_dir=asc", self.question(from, to));
        let rows = all(client, &path).await?;
        let instant = |row: &Value| Timestamp::parse(row["recorded_at"].as_str().unwrap()).unwrap().0;
        Ok(rows.iter().map(|row| (instant(row), row["value"].as_f64().unwrap())).collect())
    }

    /// Returns the spans of instants in which something may be new since the last audit.
    pub fn unaudited(&self) -> [(i64, i64); 2] {
        let (from, to) = (self.audited * SECOND, (self.points + 1) * SECOND);
        let in_order = (FIRST + from - 11 * MINUTE, FIRST + to);
        let backfill = (FIRST - 20 * DAY + from, FIRST - 20 * DAY + to);
        [in_order, backfill]
    }

    /// Notes that everything up to now was audited.
    pub fn audited(&mut self) {
        self.audited = self.points;
        for incident in self.watches.iter_mut().flat_map(|watch| &mut watch.incidents) {
            incident.is_fresh = false;
        }
    }

    /// Writes which of the team's points a question is about.
    pub fn question(&self, from: i64, to: i64) -> String {
        let (service, metric_type) = (&self.service, self.metric_type);
        let label = self.writer.as_ref().map_or(String::new(), |writer| format!("&label=writer%3D{writer}"));
        let (from, to) = (Timestamp(from), Timestamp(to));
        format!("service={service}&metric_type={metric_type}&from={from}&to={to}{label}")
    }

    async fn fate(&self, client: &Client, instants: &[i64]) -> Result<Fate, Gone> {
        let (from, to) = (instants.iter().min().unwrap(), instants.iter().max().unwrap() + 1);
        let stored = self.stored_points(client, *from, to).await?;
        let found =
            instants.iter().filter(|instant| stored.iter().any(|(other, _)| other == *instant)).count();
        assert!(
            found == 0 || found == instants.len(),
            "{found} of {} points of a request are stored",
            instants.len()
        );
        Ok(if found == 0 { Fate::Absent } else { Fate::Stored })
    }

    async fn rule(&self, client: &Client, watch: usize) -> Result<Value, Gone> {
        Ok(get(client, &format!("/api/rules/{}", self.watches[watch].rule_id)).await?["data"].take())
    }

    async fn act(&mut self, client: &Client) -> Result<(), Gone> {
        self.resolve(client).await?;
        let choice = self.rng.random_range(0..100);
        match choice {
            0..40 => self.send_points(client, 1, Kind::InOrder).await,
            40..60 => {
                let count = self.rng.random_range(2..40);
                self.send_points(client, count, Kind::InOrder).await
            }
            60..64 => self.send_points(client, 5, Kind::Backfill).await,
            64..70 if self.newest > 0 => self.send_points(client, 1, Kind::Late).await,
            70..72 if self.newest > 0 => self.send_points(client, 1, Kind::TooLate).await,
            72..76 => self.repeat(client).await,
            76..82 if self.watches.len() > 1 => self.change_rule(client).await,
            82..91 if !self.watches.is_empty() => self.step(client).await,
            91..94 if !self.watches.is_empty() => self.comment(client).await,
            _ => self.send_points(client, 3, Kind::InOrder).await,
        }
    }

    async fn send_points(&mut self, client: &Client, count: usize, kind: Kind) -> Result<(), Gone> {
        let mut points = Vec::new();
        let mut instants = Vec::new();
        for _ in 0..count {
            self.points += 1;
            // Odd microseconds make every instant unique, also among late points and among writers.
            let unique = self.points % SECOND;
            let instant = match kind {
                Kind::InOrder => FIRST + self.points * SECOND,
                Kind::Late => self.newest - MINUTE + unique,
                Kind::TooLate => self.newest - 10 * MINUTE + unique,
                Kind::Backfill => FIRST - 20 * DAY + self.points * SECOND,
            };
            if self.rng.random_bool(0.3) {
                self.level = [10.0, 100.0, 100.0, 700.0, 1_200.0, 2_000.0][self.rng.random_range(0..6)];
            }
            let level = if self.watches.is_empty() { 50.0 } else { self.level };
            let value = level + (self.points % 1_024) as f64 / 1_024.0;
            let mut point = json!({
                "service": self.service, "metric_type": self.metric_type, "value": value,
                "recorded_at": Timestamp(instant),
            });
            if let Some(writer) = &self.writer {
                point["labels"] = json!({"writer": writer});
            }
            self.ledger.note(instant, value);
            points.push(point);
            instants.push(instant);
        }
        let (path, body) = match (count, kind) {
            (1, Kind::InOrder | Kind::Late | Kind::TooLate) => ("/api/metrics", points.remove(0)),
            (_, Kind::Backfill) => ("/api/metrics/batch", json!({"points": points, "backfill": true})),
            _ => ("/api/metrics/batch", json!({"points": points})),
        };
        self.requests += 1;
        let key = self.rng.random_bool(0.4);
        let key = key.then(|| {
            let writer = self.writer.as_deref().unwrap_or("owner");
            format!("{}-{writer}-{}", self.service, self.requests)
        });
        if let Some(key) = &key {
            self.repeatable = Some((key.clone(), json!({"path": path, "body": body})));
        }
        let pending =
            Pending::Points { path, body: body.clone(), key: key.clone(), instants: instants.clone(), kind };
        self.pending = Some(pending);
        let answer = send(client, Method::POST, path, key.as_deref(), &body).await?;
        if path.ends_with("batch") {
            assert_eq!(answer.body["data"]["accepted"], count, "{}", answer.text);
        }
        self.stored(&instants, kind, Fate::Acknowledged);
        self.pending = None;
        Ok(())
    }

    /// Notes what became of points and tells it to the model.
    fn stored(&mut self, instants: &[i64], kind: Kind, fate: Fate) {
        self.ledger.settle(instants, fate);
        if fate == Fate::Absent || kind == Kind::Backfill || kind == Kind::TooLate {
            return;
        }
        for instant in instants {
            let value = self.ledger.value(*instant);
            for watch in &mut self.watches {
                watch.point(*instant, value, kind == Kind::Late);
            }
            self.newest = self.newest.max(*instant);
        }
    }

    /// Sends again what was stored: the answer is the first one, and nothing is stored.
    async fn repeat(&mut self, client: &Client) -> Result<(), Gone> {
        let Some((key, request)) = self.repeatable.clone() else { return Ok(()) };
        let path = request["path"].as_str().unwrap();
        send(client, Method::POST, path, Some(&key), &request["body"]).await?;
        Ok(())
    }

    /// Moves the threshold of the team's second rule, or switches it.
    async fn change_rule(&mut self, client: &Client) -> Result<(), Gone> {
        let watch = 1;
        let (pending, change) = if self.rng.random_bool(0.5) {
            let limit = [500.0, 900.0, 1_500.0][self.rng.random_range(0..3)];
            (Pending::Threshold { watch, limit }, json!({"threshold": limit}))
        } else {
            let is_enabled = !self.watches[watch].is_enabled;
            (Pending::Switch { watch, is_enabled }, json!({"enabled": is_enabled}))
        };
        self.pending = Some(pending.clone());
        let path = format!("/api/rules/{}", self.watches[watch].rule_id);
        send(client, Method::PATCH, &path, None, &change).await?;
        match pending {
            Pending::Threshold { limit, .. } => {
                self.watches[watch].limit = self.watches[watch].limit.moved(limit);
            }
            Pending::Switch { is_enabled, .. } => self.watches[watch].switch(is_enabled),
            _ => unreachable!("only these were made"),
        }
        self.pending = None;
        Ok(())
    }

    /// Moves the newest incident of a rule on in its life.
    async fn step(&mut self, client: &Client) -> Result<(), Gone> {
        let watch = self.rng.random_range(0..self.watches.len());
        let Some(expected) = self.watches[watch].incidents.last() else { return Ok(()) };
        let status = match expected.status {
            "OPEN" => ["IN_PROGRESS", "CLOSED", "CLOSED"][self.rng.random_range(0..3)],
            "IN_PROGRESS" => ["OPEN", "CLOSED", "CLOSED"][self.rng.random_range(0..3)],
            _ if self.rng.random_bool(0.3) => "OPEN",
            _ => return Ok(()),
        };
        let changes_liveness = status == "CLOSED" || expected.status == "CLOSED";
        let found = if changes_liveness {
            self.settled(client, watch).await?
        } else {
            self.newest(client, watch).await?
        };
        let Some(incident) = found else { return Ok(()) };
        self.pending = Some(Pending::Step { watch, incident: incident.clone(), status });
        send(client, Method::PATCH, &format!("/api/incidents/{incident}"), None, &json!({"status": status}))
            .await?;
        self.watches[watch].step(status);
        self.pending = None;
        Ok(())
    }

    async fn comment(&mut self, client: &Client) -> Result<(), Gone> {
        let watch = self.rng.random_range(0..self.watches.len());
        if self.watches[watch].incidents.is_empty() {
            return Ok(());
        }
        let Some(incident) = self.newest(client, watch).await? else { return Ok(()) };
        self.requests += 1;
        let text = format!("comment {}", self.requests);
        self.pending = Some(Pending::Comment { watch, incident: incident.clone(), text: text.clone() });
        let path = format!("/api/incidents/{incident}/comments");
        send(client, Method::POST, &path, None, &json!({"body": text})).await?;
        self.watches[watch].comment(&text);
        self.pending = None;
        Ok(())
    }

    /// Finds the newest incident of a rule; none while the rules have not followed.
    async fn newest(&self, client: &Client, watch: usize) -> Result<Option<String>, Gone> {
        let (path, expected) = (self.incidents(watch), self.watches[watch].incidents.len());
        let found = get(client, &format!("{path}&sort_by=number&sort_dir=desc&limit=1")).await?;
        let total = found["meta"]["total"].as_u64().unwrap() as usize;
        assert!(
            total <= expected,
            "{} has {total} incidents of a rule, not {expected}: {found:#}",
            self.service
        );
        let key = found["data"][0]["key"].as_str().filter(|_| total == expected);
        Ok(key.map(ToOwned::to_owned))
    }

    /// Waits until the rules have followed what the team did: whether an incident is live then decides what follows.
    async fn settled(&self, client: &Client, watch: usize) -> Result<Option<String>, Gone> {
        let began = Instant::now();
        let expected = &self.watches[watch].incidents.last().expect("there is an incident").by_system;
        loop {
            if let Some(incident) = self.newest(client, watch).await? {
                let (by_system, _) = timeline(client, &incident).await?;
                if by_system == *expected {
                    return Ok(Some(incident));
                }
                assert!(by_system.len() <= expected.len(), "{incident} has {by_system:?}, not {expected:?}");
            }
            assert!(began.elapsed() < PATIENCE, "the rules never followed {}", self.service);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The address of a rule's incidents for the team's service.
    pub fn incidents(&self, watch: usize) -> String {
        format!("/api/incidents?rule_id={}&service_id={}", self.watches[watch].rule_id, self.service_id)
    }
}

/// Reads an incident's timeline: what the system wrote, and what people did, each in order.
pub async fn timeline(client: &Client, incident: &str) -> Result<(Vec<String>, Vec<(String, Value)>), Gone> {
    let events = all(client, &format!("/api/incidents/{incident}/events?sort_dir=asc")).await?;
    let (mut by_system, mut by_people) = (Vec::new(), Vec::new());
    for event in events {
        let kind = event["kind"].as_str().unwrap().to_owned();
        match kind.as_str() {
            "CREATED" | "RECOVERED" | "VIOLATED_AGAIN" => by_system.push(kind),
            "STATUS_CHANGED" | "COMMENT_ADDED" => by_people.push((kind, event["new_value"].clone())),
            _ => (),
        }
    }
    Ok((by_system, by_people))
}

/// Reads every page of a list.
pub async fn all(client: &Client, path: &str) -> Result<Vec<Value>, Gone> {
    let mut rows = Vec::new();
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut page = get(client, &format!("{path}{sign}limit=100&offset={}", rows.len())).await?;
        let Value::Array(more) = page["data"].take() else { panic!("{path} is not a list") };
        let is_last = more.len() < 100;
        rows.extend(more);
        if is_last {
            return Ok(rows);
        }
    }
}

/// Asks for something that is there.
pub async fn get(client: &Client, path: &str) -> Result<Value, Gone> {
    Ok(judge(client.try_get(path).await, path)?.body)
}

async fn send(
    client: &Client,
    method: Method,
    path: &str,
    key: Option<&str>,
    body: &Value,
) -> Result<Answer, Gone> {
    let headers: Vec<(&str, &str)> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    judge(client.send(method, path, &headers, body).await, path)
}

/// Tells an answer from none; a refusal other than 503, or a 503 that does not say when to come back, is a defect.
fn judge(answer: reqwest::Result<Answer>, path: &str) -> Result<Answer, Gone> {
    let Ok(answer) = answer else { return Err(Gone::Silent) };
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{path}: {answer:?}");
        return Err(Gone::Refused);
    }
    assert!(answer.is_good(), "{path}: {} {}", answer.status, answer.text);
    Ok(answer)
}
