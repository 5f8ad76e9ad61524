//! What a team does: it chooses by its seed, and tells the model what became of it.

use super::{FIRST, Kind, PATIENCE, Pending, Team};
use crate::ask::{Gone, get, send, timeline};
use crate::ledger::Fate;
use rand::RngExt;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tracely_core::time::{DAY, MINUTE, SECOND, Timestamp};
use tracely_testkit::process::Client;

impl Team {
    pub(super) async fn act(&mut self, client: &Client) -> Result<(), Gone> {
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
    pub(super) fn stored(&mut self, instants: &[i64], kind: Kind, fate: Fate) {
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
}
