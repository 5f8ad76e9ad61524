//! Makes what points refer to and what judges them, over the API: services, a department, rules.

use crate::api::Api;
use crate::workload::{METRIC_TYPES, ServiceKey};
use anyhow::Context;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Connections that make things at the same time.
const CONNECTIONS: usize = 4;
/// Rules of each metric type that watch every service.
const RULES_OF_ALL: usize = 10;
/// Services that each of the other rules watches.
const SERVICES_OF_A_RULE: usize = 5;

const SEVERITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];
/// Thresholds that only outliers exceed, and the widest step to the next rule's.
const OUTLIER: [(f64, f64); 4] = [(250.0, 50.0), (5.0, 1.0), (8.0, 2.0), (20.0, 4.0)];
/// Thresholds that no point of a workload exceeds.
const NEVER: [f64; 4] = [100_000.0, 95.0, 95.0, 95.0];
/// A threshold that all points of a workload exceed.
const ALWAYS: f64 = 0.05;

/// What a point of a probe violates.
#[derive(Debug, Clone, Copy)]
pub enum Violation {
    /// A rule of its own, which watches for values that are too low. One incident opens.
    One,
    /// A rule of its own and all others that watch for high values on every service, and those of the service itself. An
    /// incident of each opens.
    Every,
}

impl Violation {
    /// Returns a value of a metric type that violates so.
    pub fn value(self, kind: usize) -> f64 {
        match self {
            Self::One => 0.0,
            Self::Every => NEVER[kind] + 1.0,
        }
    }
}

/// What was made.
#[derive(Debug)]
pub struct Population {
    /// Identifiers of the services, in the order of their numbers.
    pub services: Vec<String>,
    /// The department that all rules route to.
    pub department: String,
}

impl Population {
    /// Makes services and a department.
    pub async fn create(address: SocketAddr, services: usize) -> anyhow::Result<Self> {
        let department = json!({"name": "Network Operations"});
        let department = Api::open(address).await?.post("/api/departments", &department).await?;
        let bodies = (0..services)
            .map(|number| {
                let key = ServiceKey(number).to_string();
                ("/api/services", json!({"key": key, "name": format!("Service {number:05}")}))
            })
            .collect();
        let made = post_all(address, bodies).await?;
        let services = made.iter().map(id_of).collect::<anyhow::Result<_>>()?;
        Ok(Self { services, department: id_of(&department)? })
    }

    /// Makes the rules of an installation that has this many: a few watch every service, the others some services
    /// each. Outliers violate some of them.
    pub async fn add_rules(&self, address: SocketAddr, count: usize) -> anyhow::Result<()> {
        let bodies = (0..count).map(|number| {
            let kind = number % METRIC_TYPES.len();
            let of_all = number / METRIC_TYPES.len() < RULES_OF_ALL.min(count.div_ceil(100));
            let (base, step) = OUTLIER[kind];
            let threshold = base + step * (number / METRIC_TYPES.len() % RULES_OF_ALL) as f64;
            let mut body = self.rule(number, kind, threshold);
            if !of_all {
                let first = number * SERVICES_OF_A_RULE;
                let ids = (first..first + SERVICES_OF_A_RULE.min(self.services.len()))
                    .map(|number| self.services[number % self.services.len()].clone());
                body["service_ids"] = ids.collect();
            }
            ("/api/rules", body)
        });
        post_all(address, bodies.collect()).await?;
        Ok(())
    }

    /// Makes rules that each watch one series of the workload, in turn, and that no point violates.
    pub async fn add_rules_of_one_series(&self, address: SocketAddr, count: usize) -> anyhow::Result<()> {
        let bodies = (0..count).map(|number| {
            let kind = number % METRIC_TYPES.len();
            let service = number / METRIC_TYPES.len() % self.services.len();
            let mut body = self.rule(number, kind, NEVER[kind]);
            body["service_ids"] = json!([self.services[service]]);
            ("/api/rules", body)
        });
        post_all(address, bodies.collect()).await?;
        Ok(())
    }

    /// Makes rules on every service, for each metric type one for either [`Violation`], which no point of a workload
    /// violates, and returns the rules' identifiers.
    pub async fn add_probe_rules(&self, address: SocketAddr) -> anyhow::Result<Vec<[String; 2]>> {
        let bodies = (0..METRIC_TYPES.len()).flat_map(|kind| {
            let mut below = self.rule(1_000_000 + kind, kind, ALWAYS);
            below["operator"] = json!("<");
            [below, self.rule(2_000_000 + kind, kind, NEVER[kind])].map(|body| ("/api/rules", body))
        });
        let made = post_all(address, bodies.collect()).await?;
        made.chunks(2).map(|of_kind| Ok([id_of(&of_kind[0])?, id_of(&of_kind[1])?])).collect()
    }

    fn rule(&self, number: usize, kind: usize, threshold: f64) -> Value {
        json!({
            "name": format!("Rule {number}"),
            "metric_type": METRIC_TYPES[kind],
            "operator": ">",
            "threshold": threshold,
            "severity": SEVERITIES[number / METRIC_TYPES.len() % SEVERITIES.len()],
            "department_id": self.department,
        })
    }
}

/// Sends requests over some connections, and returns what was made in the order of the requests.
async fn post_all(address: SocketAddr, bodies: Vec<(&str, Value)>) -> anyhow::Result<Vec<Value>> {
    let workers = (0..CONNECTIONS).map(async |worker| -> anyhow::Result<Vec<Value>> {
        let mut api = Api::open(address).await?;
        let mut made = Vec::new();
        for (path, body) in bodies.iter().skip(worker).step_by(CONNECTIONS) {
            made.push(api.post(path, body).await?);
        }
        Ok(made)
    });
    let mut made: Vec<_> = try_join_all(workers).await?.into_iter().map(Vec::into_iter).collect();
    let in_turn = (0..bodies.len()).map(|number| made[number % CONNECTIONS].next());
    in_turn.collect::<Option<Vec<Value>>>().context("an answer is missing")
}

fn id_of(made: &Value) -> anyhow::Result<String> {
    Ok(made["id"].as_str().context("what was made has no id")?.to_owned())
}
