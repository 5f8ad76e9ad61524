//! The load: teams that send points and work on incidents at the same time, each on what is its own.
//!
//! A team does one thing after the other and learns what became of each before it does the next, so it can tell
//! exactly what had to happen ([`Watch`]). An answer that did not come, or a 503, says nothing: the team then repeats
//! what has an idempotency key and asks about everything else, as soon as somebody answers again.

mod act;

use crate::ask::{Gone, all, get, send};
use crate::ledger::{Fate, Ledger};
use crate::model::Watch;
use crate::world::Progress;
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracely_core::time::{DAY, MINUTE, SECOND, Timestamp};
use tracely_testkit::process::Client;

/// 2024-01-15T00:00:00Z.
const FIRST: i64 = 1_705_276_800 * SECOND;
/// How long the rules may take to follow before a team calls it a defect.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long what was refused may still happen; longer than the server waits for the database.
const AFTERMATH: Duration = Duration::from_millis(1_500);

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

    /// The address of a rule's incidents for the team's service.
    pub fn incidents(&self, watch: usize) -> String {
        format!("/api/incidents?rule_id={}&service_id={}", self.watches[watch].rule_id, self.service_id)
    }
}
