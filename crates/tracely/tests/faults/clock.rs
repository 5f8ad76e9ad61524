//! Clocks that are put ahead and back, while the process runs and while it does not.

use crate::disk::{Ledger, prepare};
use crate::shim::Shim;
use crate::world;
use reqwest::Method;
use serde_json::{Value, json};
use tracely_testkit::process::Client;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_on_when_the_clock_is_put_ahead_or_back() {
    let (home, shim) = Shim::under(world::home().await);
    let server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    let mut ledger = Ledger::default();
    let mut keys = 0;
    for step in [0, 5 * HOUR, -5 * HOUR, 100 * DAY, -100 * DAY, 0] {
        shim.set(&format!("clock {step}"));
        for _ in 0..20 {
            assert_eq!(ledger.send(&client).await.status, 201, "{step}");
        }
        keys += 1;
        let key = format!("key-{keys}");
        let first = keyed(&client, &key).await;
        assert_eq!(keyed(&client, &key).await, first, "a repeat at the same time of the clock, {step}");
        let number = ledger.acknowledged.len() + keys;
        client
            .until("/api/system", |answer| {
                let system = &answer["data"];
                let lags = system["consumers"].as_array().unwrap();
                system["analytics"]["segment_points"] == number && lags.iter().all(|one| one["lag"] == 0)
            })
            .await;
        let now = client.get("/api/incidents").await;
        assert_eq!(now["meta"]["total"], 1, "{step}");
    }
    // One incident, one notification, and a timeline that is in the order of what happened.
    let changed = |status: &str| json!({"status": status});
    for (step, status) in [(-5 * HOUR, "IN_PROGRESS"), (0, "CLOSED")] {
        shim.set(&format!("clock {step}"));
        let answer = client.send(Method::PATCH, "/api/incidents/INC-1", &[], &changed(status)).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let events = client.get("/api/incidents/INC-1/events?limit=100").await;
    let mut kinds: Vec<&str> = events["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["new_value"].as_str().unwrap_or(""))
        .collect();
    kinds.retain(|value| ["IN_PROGRESS", "CLOSED"].contains(value));
    kinds.sort_unstable();
    assert_eq!(kinds, ["CLOSED", "IN_PROGRESS"]);
    assert_eq!(client.get("/api/notifications?kind=OPENED").await["meta"]["total"], 1);
    drop(server);

    // Far ahead over a restart: nothing is deleted, and it is said why.
    shim.set(&format!("clock {}", 200 * DAY));
    let server = home.serve();
    server.until_said("nothing is deleted for its age").await;
    let total = ledger.acknowledged.len() + keys;
    assert_eq!(server.client().get("/api/metrics").await["meta"]["total"], total);
    let failing = server.client().get("/api/system").await["data"]["failing"].take();
    assert_eq!(failing[0]["who"], "clock", "{failing}");
    assert_eq!(server.client().try_get("/readyz").await.unwrap().status, 200);
}

/// Sends one point under a key and returns the answer.
async fn keyed(client: &Client, key: &str) -> Value {
    let point = json!({
        "service": "tv", "metric_type": "BUFFER_RATIO", "value": 1, "recorded_at": "2024-01-15T10:30:00Z",
    });
    let body = json!({"points": [point]});
    let headers = [("idempotency-key", key)];
    let answer = client.send(Method::POST, "/api/metrics/batch", &headers, &body).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}
