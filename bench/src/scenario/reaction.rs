//! A3: from a point to its incident.

use super::setup::{PATIENCE, Prepared, in_turn, workload};
use crate::api::{Api, Live};
use crate::bench::{Bench, Figures};
use crate::home::{Database, Durability};
use crate::load::{Plan, drive, histogram};
use crate::pace::Pacer;
use crate::population::Violation;
use crate::record::Run;
use crate::row::Row;
use crate::workload::METRIC_TYPES;
use anyhow::ensure;
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Violating points a second.
const PER_SECOND: f64 = 10.0;
/// Connections of the load.
const CONNECTIONS: usize = 8;

pub(super) async fn run(bench: &Bench, database: Database) -> anyhow::Result<Vec<Run>> {
    let (workload, templates) = workload(bench);
    let mut runs = Vec::new();
    for number in 1..=bench.runs {
        let size = (workload.services, bench.scale.rules);
        let prepared = Prepared::fresh(bench, database, Durability::Durable, size).await?;
        let address = prepared.server.address;
        let rules = prepared.population.add_probe_rules(address).await?;
        let mut probe = Probe::new(address, prepared.population.services.clone(), rules).await?;
        let known = templates.len().div_ceil(bench.scale.rounds) as u64;
        drive(address, 1, Plan::Exactly(known), PATIENCE, in_turn(&templates)).await?;
        Api::open(address).await?.until_followed(PATIENCE).await?;

        let idle = probe.measure(Violation::One, bench.scale.duration).await?;
        let plan = Plan::Open(bench.scale.half_rate / workload.points_per_request as f64);
        let connections = bench.connections.unwrap_or(CONNECTIONS);
        let load = drive(address, connections, plan, bench.scale.duration, in_turn(&templates));
        let (loaded, load) = tokio::join!(probe.measure(Violation::One, bench.scale.duration), load);
        let (loaded, load) = (loaded?, load?);
        Api::open(address).await?.until_followed(PATIENCE).await?;
        let every = probe.measure(Violation::Every, bench.scale.duration).await?;

        let ms = |times: &Histogram<u64>, quantile: f64| times.value_at_quantile(quantile) as f64 / 1_000.0;
        let mut figures = Figures::default();
        figures.add("idle_p50_ms", ms(&idle.visible, 0.5));
        figures.add("idle_p99_ms", ms(&idle.visible, 0.99));
        figures.add("idle_answer_p50_ms", ms(&idle.answered, 0.5));
        figures.add("idle_event_p50_ms", ms(&idle.told, 0.5));
        figures.add("loaded_p50_ms", ms(&loaded.visible, 0.5));
        figures.add("loaded_p99_ms", ms(&loaded.visible, 0.99));
        figures.add("loaded_event_p50_ms", ms(&loaded.told, 0.5));
        figures.add("loaded_max_ms", ms(&loaded.visible, 1.0));
        figures.add("every_p50_ms", ms(&every.visible, 0.5));
        figures.add("every_p99_ms", ms(&every.visible, 0.99));
        figures.add("load_p99_ms", load.latency_ms(0.99));
        figures.add("load_points_per_second", load.points_per_second());
        figures.add("samples", (idle.visible.len() + loaded.visible.len() + every.visible.len()) as f64);
        runs.push(bench.finish(Row::A3, database, number, prepared.circumstances, figures)?);
        prepared.remove().await?;
    }
    Ok(runs)
}

/// Sends violating points one after the other, each of another service and rule.
struct Probe {
    api: Api,
    live: Live,
    services: Vec<String>,
    rules: Vec<[String; 2]>,
    sent: usize,
}

/// Times from the instant at which a point ought to be sent, in microseconds.
struct Times {
    answered: Histogram<u64>,
    told: Histogram<u64>,
    visible: Histogram<u64>,
}

impl Probe {
    async fn new(
        address: SocketAddr,
        services: Vec<String>,
        rules: Vec<[String; 2]>,
    ) -> anyhow::Result<Self> {
        let (mut api, live) = (Api::open(address).await?, Live::open(address).await?);
        // Series of their own, so that the load does not recover what they violate; made beforehand.
        for some in services.chunks(1_000) {
            let of =
                |id: &String| (0..METRIC_TYPES.len()).map(|kind| point(id, kind, 1.0)).collect::<Vec<_>>();
            let points: Vec<Value> = some.iter().flat_map(of).collect();
            api.post("/api/metrics/batch", &json!({"points": points})).await?;
        }
        Ok(Self { api, live, services, rules, sent: 0 })
    }

    async fn measure(&mut self, violation: Violation, duration: Duration) -> anyhow::Result<Times> {
        let mut times = Times { answered: histogram(), told: histogram(), visible: histogram() };
        let pacer = Pacer::start(PER_SECOND, duration);
        while self.sent < self.services.len() * METRIC_TYPES.len()
            && let Some(slot) = pacer.next().await
        {
            self.once(violation, slot.intended, &mut times).await?;
        }
        Ok(times)
    }

    async fn once(&mut self, violation: Violation, since: Instant, times: &mut Times) -> anyhow::Result<()> {
        let (kind, service) = (self.sent % METRIC_TYPES.len(), self.sent / METRIC_TYPES.len());
        self.sent += 1;
        let service_id = &self.services[service];
        let point = point(service_id, kind, violation.value(kind));
        let micros = || (since.elapsed().as_micros() as u64).max(1);
        self.api.post("/api/metrics", &point).await?;
        times.answered.saturating_record(micros());
        let rule_id = &self.rules[kind][violation as usize];
        let list = format!("/api/incidents?service_id={service_id}&rule_id={rule_id}&limit=1");
        let told = async {
            loop {
                let change = self.live.change().await?;
                let ours = change["service_id"] == **service_id && change["rule_id"] == **rule_id;
                if ours && change["kind"] == "incident.opened" {
                    return anyhow::Ok(micros());
                }
            }
        };
        times.told.saturating_record(told.await?);
        // To ask again and again from the beginning would be another load, and see the incident between two askings.
        let listed = self.api.get(&list).await?;
        ensure!(
            listed["meta"]["total"] == 1,
            "{list}: {} incidents after the event of one",
            listed["meta"]["total"]
        );
        times.visible.saturating_record(micros());
        Ok(())
    }
}

fn point(service_id: &str, kind: usize, value: f64) -> Value {
    let metric_type = METRIC_TYPES[kind];
    json!({"service_id": service_id, "metric_type": metric_type, "value": value, "labels": {"from": "probe"}})
}
