//! The saved objects for Kibana: they belong together, and every aggregation of their panels is asked of a real cluster.

use crate::elastic::{ask, start};
use axum::http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

fn objects() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kibana/tracely.ndjson");
    let text = std::fs::read_to_string(file).expect("the file is there");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Reads JSON that is kept as a text.
fn inner(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("a text")).expect("JSON in a text")
}

fn of_type<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["type"] == kind)
}

#[test]
fn every_reference_leads_to_an_object_of_the_file() {
    let objects = objects();
    let key = |object: &Value| format!("{}/{}", object["type"], object["id"]);
    let keys: BTreeSet<String> = objects.iter().map(key).collect();
    assert_eq!(keys.len(), objects.len(), "no two objects have one id");
    for object in &objects {
        for reference in object["references"].as_array().expect("a list") {
            assert!(keys.contains(&key(reference)), "{}: {reference}", object["id"]);
        }
    }
    assert_eq!(of_type(&objects, "dashboard").count(), 3);
    for dashboard in of_type(&objects, "dashboard") {
        let panels = inner(&dashboard["attributes"]["panelsJSON"]);
        let named = |object: &Value, name: &str| object[name].as_str().map(str::to_owned);
        let of_panels: BTreeSet<_> =
            panels.as_array().expect("a list").iter().map(|panel| named(panel, "panelRefName")).collect();
        let references = dashboard["references"].as_array().expect("a list");
        let of_references: BTreeSet<_> = references.iter().map(|one| named(one, "name")).collect();
        assert_eq!(of_panels, of_references, "{}", dashboard["id"]);
    }
}

/// Makes of a panel's aggregations what Kibana asks: the metrics within every bucket, the buckets within each other.
fn request(shown: &Value) -> Value {
    let state = inner(&shown["attributes"]["visState"]);
    let aggregations = state["aggs"].as_array().expect("a list");
    let (metrics, buckets): (Vec<_>, Vec<_>) =
        aggregations.iter().partition(|aggregation| aggregation["schema"] == "metric");
    let metrics: Map<String, Value> = metrics.into_iter().filter_map(metric).collect();
    let mut within = metrics.clone();
    for bucket in buckets.into_iter().rev() {
        let mut asked = of_bucket(bucket, &metrics);
        asked["aggs"] = Value::Object(std::mem::replace(&mut within, metrics.clone()));
        within.insert(bucket["id"].as_str().expect("a text").to_owned(), asked);
    }
    let search = inner(&shown["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]);
    let query = match search["query"]["query"].as_str().expect("a text") {
        "" => json!({"match_all": {}}),
        text => {
            let (field, value) = text.split_once(" : ").expect("a field and a value");
            json!({"term": {field: value.trim_matches('"')}})
        }
    };
    json!({"size": 0, "track_total_hits": true, "query": query, "aggs": within})
}

fn metric(aggregation: &Value) -> Option<(String, Value)> {
    let params = &aggregation["params"];
    let field = &params["field"];
    let asked = match aggregation["type"].as_str().expect("a text") {
        "count" => return None,
        "std_dev" => json!({"extended_stats": {"field": field}}),
        "percentiles" => json!({"percentiles": {"field": field, "percents": params["percents"]}}),
        "top_hits" => {
            let by = params["sortField"].as_str().expect("a text");
            json!({"top_hits": {
                "size": params["size"], "sort": [{by: {"order": params["sortOrder"]}}], "_source": field,
            }})
        }
        plain => json!({plain: {"field": field}}),
    };
    Some((aggregation["id"].as_str().expect("a text").to_owned(), asked))
}

fn of_bucket(aggregation: &Value, metrics: &Map<String, Value>) -> Value {
    let params = &aggregation["params"];
    let field = &params["field"];
    match aggregation["type"].as_str().expect("a text") {
        "date_histogram" => {
            json!({"date_histogram": {"field": field, "fixed_interval": "1m", "min_doc_count": 1}})
        }
        "histogram" => {
            json!({"histogram": {"field": field, "interval": params["interval"], "min_doc_count": 1}})
        }
        "terms" => {
            let by = params["orderBy"].as_str().expect("a text");
            // A count is no aggregation of its own.
            let is_known =
                by.starts_with('_') || by.split('.').next().is_some_and(|id| metrics.contains_key(id));
            let by = if is_known { by } else { "_count" };
            json!({"terms": {"field": field, "size": params["size"], "order": {by: params["order"]}}})
        }
        other => panic!("no panel may have an aggregation {other} that this test does not ask"),
    }
}

/// Returns whether an answer has something in each of its aggregations.
fn is_full(aggregations: &Value) -> bool {
    aggregations.as_object().expect("an object").values().all(|one| match one["buckets"].as_array() {
        Some(buckets) => !buckets.is_empty(),
        None => {
            one["value"].is_number()
                || one["values"].is_object()
                || one["hits"].is_object()
                || one["avg"].is_number()
        }
    })
}

#[tokio::test]
async fn a_cluster_answers_every_panel() {
    let Some((app, config)) = start("kibana").await else { return };
    for service in ["Superonline", "Paycell"] {
        let service = app.service(service).await;
        for (metric_type, value) in
            [("LATENCY_MS", 120.0), ("PACKET_LOSS", 1.5), ("ERROR_RATE", 0.5), ("BUFFER_RATIO", 0.2)]
        {
            for minute in 0..5 {
                let instant = format!("2024-01-15T09:1{minute}:00Z");
                let point = json!({
                    "service_id": service, "metric_type": metric_type, "value": value, "recorded_at": instant,
                });
                app.post("/api/metrics", &point).await.data();
            }
        }
    }
    assert_eq!(app.get("/api/metrics").await.json()["meta"]["total"], 40);
    let objects = objects();
    let path = format!("/{}/_search", config.prefix);
    let mut asked = 0;
    for shown in of_type(&objects, "visualization") {
        let body = request(shown);
        let answer = ask(&config, Method::POST, &path, body.clone()).await;
        assert!(answer["hits"]["total"]["value"].as_u64() > Some(0), "{body}: {answer}");
        if let Some(aggregations) = answer.get("aggregations") {
            assert!(is_full(aggregations), "{body}: {answer}");
        }
        asked += 1;
    }
    assert_eq!(asked, 19, "a panel that is added is asked too");
}
