//! `kill -9` under load, with a ledger of what was acknowledged.

use crate::server::TRACELY;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tracely_testkit::process::{Client, Home};

/// How often the server is killed.
const KILLS: usize = 4;
/// Points of one request.
const BATCH: usize = 20;

/// Every point has a value of its own, so that the audit can count each. Above 1 000 the rule is violated: ten points
/// of each hundred.
fn point(number: usize) -> Value {
    let value = number as f64 / 1e6 + if is_violating(number) { 2_000.0 } else { 0.0 };
    let instant = format!("2024-01-15T{:02}:{:02}:{:02}Z", number / 3600, number / 60 % 60, number % 60);
    json!({"service": "ledger", "metric_type": "LATENCY_MS", "value": value, "recorded_at": instant})
}

fn is_violating(number: usize) -> bool {
    number % 100 >= 90
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_doubled_by_kill_9() {
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let client = server.client();
    client.make("/api/services", json!({"name": "Ledger"})).await;
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let rule = json!({
        "name": "High", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 1_000, "severity": "HIGH",
        "department_id": department,
    });
    client.make("/api/rules", rule).await;
    server.kill();

    let (mut sent, mut acknowledged) = (0, Vec::new());
    for round in 0..KILLS {
        let server = home.serve();
        let client = server.client();
        // The kill comes while requests are under way, after another number of them in each round.
        for _ in 0..=(7 * round + 3) {
            let points: Vec<Value> = (sent..sent + BATCH).map(point).collect();
            let answer = client.post("/api/metrics/batch", &json!({"points": points})).await;
            assert_eq!(answer["accepted"], BATCH);
            acknowledged.extend(sent..sent + BATCH);
            sent += BATCH;
        }
        let points: Vec<Value> = (sent..sent + BATCH).map(point).collect();
        let body = json!({"points": points});
        {
            let sending = client.try_post("/api/metrics/batch", &body);
            tokio::pin!(sending);
            tokio::select! {
                answer = &mut sending => if answer.is_ok_and(|answer| answer.is_good()) { acknowledged.extend(sent..sent + BATCH) },
                () = a_while(40 * round) => {}
            }
        }
        sent += BATCH;
        server.kill();
    }

    let server = home.serve();
    let client = server.client();
    let stored = audit_points(client).await;
    for number in &acknowledged {
        assert_eq!(stored.get(number), Some(&1), "point {number} was acknowledged");
    }
    assert!(stored.iter().all(|(number, count)| *number < sent && *count == 1), "{stored:?}");
    audit_incidents(client, &stored).await;
}

/// Lets others go on for a number of turns, without looking at a clock.
async fn a_while(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

async fn audit_points(client: &Client) -> BTreeMap<usize, usize> {
    let mut stored = BTreeMap::new();
    for offset in (0..).step_by(100) {
        let page = client.get(&format!("/api/metrics?limit=100&offset={offset}&sort_dir=asc")).await;
        let rows = page["data"].as_array().unwrap();
        for row in rows {
            let value = row["value"].as_f64().unwrap();
            let plain = if value >= 2_000.0 { value - 2_000.0 } else { value };
            *stored.entry((plain * 1e6).round() as usize).or_insert(0) += 1;
        }
        if rows.is_empty() {
            break;
        }
    }
    stored
}

/// One incident was opened, at the first violating point, and its department was told of that once; it recovered and
/// was violated again as often as the points say.
async fn audit_incidents(client: &Client, stored: &BTreeMap<usize, usize>) {
    let violating = stored.keys().filter(|number| is_violating(**number)).count();
    let counted = |answer: &Value| answer["data"][0]["violation_count"] == violating;
    let incidents = client.until("/api/incidents", counted).await;
    assert_eq!(incidents["meta"]["total"], 1);
    let opened = client.get("/api/notifications?kind=OPENED").await;
    assert_eq!(opened["meta"]["total"], 1);
    // A batch under way at a kill may be missing, so what had to happen is told from what is stored.
    let states: Vec<bool> = stored.keys().map(|number| is_violating(*number)).collect();
    let episodes = usize::from(states[0]) + states.windows(2).filter(|pair| *pair == [false, true]).count();
    let clears = states.windows(2).filter(|pair| *pair == [true, false]).count();
    let events = client
        .until("/api/incidents/INC-1/events?limit=100", |answer| kind_count(answer, "RECOVERED") == clears);
    let events = events.await;
    assert_eq!(kind_count(&events, "CREATED"), 1);
    assert_eq!(kind_count(&events, "VIOLATED_AGAIN"), episodes - 1);
    let recovered = |answer: &Value| answer["meta"]["total"] == clears;
    client.until("/api/notifications?kind=RECOVERED", recovered).await;
}

fn kind_count(events: &Value, kind: &str) -> usize {
    events["data"].as_array().unwrap().iter().filter(|event| event["kind"] == kind).count()
}
