//! The real server with its analytics in a real search cluster, which comes and goes.

use crate::server::TRACELY;
use serde_json::{Value, json};
use std::time::Duration;
use tracely_testkit::process::{Client, Home, Server};
use tracely_testkit::search::{self, Gate, Node};
use tracely_testkit::tls::TlsGate;

/// How long a wait may take that is over much sooner.
const PATIENCE: Duration = Duration::from_mins(2);

async fn watched(client: &Client) {
    client.make("/api/services", json!({"name": "Superonline"})).await;
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let rule = json!({
        "name": "High", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 150, "severity": "HIGH",
        "department_id": department,
    });
    client.make("/api/rules", rule).await;
}

async fn send(client: &Client, values: std::ops::Range<u32>) {
    let points: Vec<Value> = values
        .map(|value| json!({"service": "superonline", "metric_type": "LATENCY_MS", "value": value}))
        .collect();
    client.post("/api/metrics/batch", &json!({"points": points})).await;
}

/// Asks until the list has so many points and nothing is missing.
async fn until_listed(client: &Client, total: u64) {
    let listed = async {
        loop {
            let answer = client.try_get("/api/metrics?limit=1").await.unwrap();
            let meta = &answer.body["meta"];
            if answer.is_good() && meta.get("behind_seconds").is_none() {
                assert_eq!(meta["total"], total, "{meta}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, listed).await.expect("the cluster catches up");
}

#[tokio::test]
async fn a_cluster_that_is_away_stops_no_point_and_no_incident() {
    let Some(config) = search::cluster("away") else { return };
    let gate = Gate::to(&config.url).await;
    gate.shut().await;
    let home = Home::new(TRACELY).await;
    let home = home.with("ELASTICSEARCH_URL", gate.url()).with("ELASTICSEARCH_INDEX", &config.prefix);
    let server = home.serve();
    let client = server.client();
    watched(client).await;
    send(client, 140..160).await;
    client.until("/api/incidents", |answer| answer["meta"]["total"] == 1).await;
    let chart = client.try_get("/api/metrics/chart").await.unwrap();
    assert_eq!((chart.status, chart.header("retry-after")), (503, Some("5")), "{}", chart.text);
    let detail = chart.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("the search cluster does not answer") && detail.contains("analytics is behind by"),
        "{detail}"
    );
    let system = client.until("/api/system", |system| system["data"]["failing"][0]["who"] == "elastic").await;
    let cluster = &system["data"]["analytics"]["cluster"];
    assert!(cluster["behind_seconds"].as_u64() >= Some(1) && cluster["product"].is_null(), "{cluster}");

    gate.open().await;
    until_listed(client, 20).await;
    let system = client.until("/api/system", |system| system["data"]["failing"] == json!([])).await;
    assert!(system["data"]["analytics"]["cluster"]["product"].as_str().unwrap().contains("earch "));

    // Once more while it works.
    gate.shut().await;
    send(client, 0..30).await;
    assert_eq!(client.try_get("/api/metrics").await.unwrap().status, 503);
    gate.open().await;
    until_listed(client, 50).await;
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn points_are_in_the_cluster_once_after_kills_before_the_position_was_stored() {
    let Some(config) = search::cluster("killed") else { return };
    let home = Home::new(TRACELY).await;
    let home = home.with("ELASTICSEARCH_URL", &config.url).with("ELASTICSEARCH_INDEX", &config.prefix);
    let mut server = home.serve();
    watched(server.client()).await;
    let mut before = 0;
    for round in 1..=4_u32 {
        send(server.client(), 0..500).await;
        until_listed(server.client(), u64::from(round) * 500).await;
        let system = server.client().get("/api/system").await;
        let elastic = &system["data"]["consumers"][2];
        let (stored, head) =
            (elastic["position"].as_u64().unwrap(), system["data"]["log"]["head"].as_u64().unwrap());
        before += u32::from(stored < head);
        server.kill();
        server = home.serve();
        until_listed(server.client(), u64::from(round) * 500).await;
    }
    assert!(before > 0, "no kill came between the cluster and the position");
    assert_eq!(server.stop(), Some(0));
    // What the last process had brought in is seen by the next one, which sends nothing again.
    let server = home.serve();
    until_listed(server.client(), 2_000).await;
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn points_are_in_the_cluster_once_after_the_search_node_was_killed() {
    let Some(mut node) = Node::start().await else { return };
    let home = Home::new(TRACELY).await.with("ELASTICSEARCH_URL", node.url());
    let server = home.serve();
    let client = server.client();
    watched(client).await;
    // It is killed while it takes points, and more come while it is away.
    for _ in 0..5 {
        send(client, 0..2_000).await;
    }
    node.kill();
    send(client, 0..2_000).await;
    node.start_again().await;
    until_listed(client, 12_000).await;
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn a_cluster_behind_tls_is_believed_when_its_authority_is_known_and_told_who_asks() {
    let Some(config) = search::cluster("tls") else { return };
    let gate = TlsGate::to(&config.url).await;
    let secret =
        |server: &Server| assert!(!server.said().join("\n").contains("hunter2"), "a secret was told");
    let home = Home::new(TRACELY).await;
    let home = home.with("ELASTICSEARCH_URL", gate.url()).with("ELASTICSEARCH_INDEX", &config.prefix);

    // Of the authorities that the system has, none has given this certificate; who asks stays secret then.
    let home = home.with("ELASTICSEARCH_API_KEY", "hunter2");
    let server = home.serve();
    watched(server.client()).await;
    send(server.client(), 0..20).await;
    let failing = |system: &Value| system["data"]["failing"][0]["who"] == "elastic";
    let system = server.client().until("/api/system", failing).await;
    let error = system["data"]["failing"][0]["error"].as_str().unwrap();
    assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
    secret(&server);
    assert_eq!(server.stop(), Some(0));
    assert_eq!(gate.authorizations(), []);

    let file = home.directory().join("authority.pem");
    std::fs::write(&file, gate.authority()).unwrap();
    let home = home.with("ELASTICSEARCH_CA_FILE", &file);
    let server = home.serve();
    until_listed(server.client(), 20).await;
    secret(&server);
    assert_eq!(server.stop(), Some(0));
    let shown = gate.authorizations();
    assert!(
        !shown.is_empty() && shown.iter().all(|one| one.as_deref() == Some("ApiKey hunter2")),
        "{shown:?}"
    );

    // A name and a password instead.
    let home = home
        .with("ELASTICSEARCH_API_KEY", "")
        .with("ELASTICSEARCH_USERNAME", "elastic")
        .with("ELASTICSEARCH_PASSWORD", "hunter2");
    let server = home.serve();
    send(server.client(), 20..30).await;
    until_listed(server.client(), 30).await;
    secret(&server);
    assert_eq!(server.stop(), Some(0));
    let shown = gate.authorizations().split_off(shown.len());
    let basic = "Basic ZWxhc3RpYzpodW50ZXIy";
    assert!(!shown.is_empty() && shown.iter().all(|one| one.as_deref() == Some(basic)), "{shown:?}");
}
