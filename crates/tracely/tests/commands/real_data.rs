//! Real series with marked anomalies, when the folder that holds them is beside the repository.

use crate::server::TRACELY;
use serde_json::{Value, json};
use std::path::PathBuf;
use tracely_testkit::process::Home;

const FILE: &str = "ec2_request_latency_system_failure.csv";

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real");
    folder.join(FILE).is_file().then_some(folder)
}

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn skipped() {
    eprintln!("skipped: the folder with the real series is not there");
}

#[tokio::test]
async fn an_incident_opens_inside_the_marked_failure_and_none_outside() {
    let Some(folder) = folder() else {
        skipped();
        return;
    };
    let windows: Value =
        serde_json::from_slice(&std::fs::read(folder.join("windows.json")).unwrap()).unwrap();
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let client = server.client();
    let service = client.make("/api/services", json!({"name": "Checkout"})).await;
    let department = client.make("/api/departments", json!({"name": "Ops"})).await;
    let rule = json!({
        "name": "Slow checkout", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 60,
        "severity": "CRITICAL", "department_id": department, "service_ids": [service],
    });
    client.make("/api/rules", rule).await;

    let file = folder.join(FILE);
    let file = file.to_str().unwrap();
    let args =
        ["import", file, "--service", "checkout", "--metric-type", "LATENCY_MS", "--url", server.url()];
    let imported = home.run(&args);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert_eq!(client.get("/api/metrics?service=checkout").await["meta"]["total"], 4_032);

    let settled = |answer: &Value| answer["data"][0]["violation_count"] == 3;
    let incidents = client.until("/api/incidents?limit=100", settled).await;
    assert_eq!(incidents["meta"]["total"], 1);
    let incident = &incidents["data"][0];
    assert!(in_windows(&windows, incident["opened_at"].as_str().unwrap()), "{incident:#}");
    assert!(in_windows(&windows, incident["last_violation_at"].as_str().unwrap()), "{incident:#}");
    assert!(incident["recovered_at"].is_string(), "it is not violated at the end: {incident:#}");
    assert_eq!(incident["peak_value"], 99.247_999_999_999_99, "as the file has it");
    assert_eq!(client.get("/api/notifications?kind=OPENED").await["meta"]["total"], 1);
}

/// The other series, with the metric type that each fits.
const OTHERS: [(&str, &str, u64); 4] = [
    ("cpu_utilization_asg_misconfiguration.csv", "CPU_PERCENT", 18_050),
    ("grok_asg_anomaly.csv", "CPU_PERCENT", 4_621),
    ("rds_cpu_utilization_e47b3b.csv", "CPU_PERCENT", 4_032),
    ("elb_request_count_8c0756.csv", "REQUEST_COUNT", 4_032),
];

#[tokio::test]
async fn every_real_series_is_imported_whole_with_metric_types_of_ones_own() {
    let Some(folder) = folder() else {
        skipped();
        return;
    };
    let home = Home::new(TRACELY).await;
    let server = home.serve();
    let client = server.client();
    for body in [
        json!({"key": "CPU_PERCENT", "name": "CPU", "unit": "%", "min": 0, "max": 100}),
        json!({"key": "REQUEST_COUNT", "name": "Requests", "unit": "", "min": 0}),
    ] {
        client.post("/api/metric-types", &body).await;
    }
    for (file, metric_type, points) in OTHERS {
        let key = file.trim_end_matches(".csv").replace('_', "-");
        let path = folder.join(file);
        let path = path.to_str().unwrap();
        let args = [
            "import",
            path,
            "--service",
            &key,
            "--create-service",
            "--metric-type",
            metric_type,
            "--backfill",
            "--url",
            server.url(),
        ];
        let imported = home.run(&args);
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        let listed =
            client.get(&format!("/api/metrics?service={key}&metric_type={metric_type}&limit=1")).await;
        assert_eq!(listed["meta"]["total"], points, "{file}");
    }
    assert_eq!(client.get("/api/incidents").await["meta"]["total"], 0);
}

/// The windows are written as `2014-03-18 17:06:00.000000`, in UTC.
fn in_windows(windows: &Value, instant: &str) -> bool {
    let plain = instant.replace('T', " ").trim_end_matches('Z').to_owned();
    windows[FILE].as_array().unwrap().iter().any(|span| {
        let (from, to) = (span[0].as_str().unwrap(), span[1].as_str().unwrap());
        from <= plain.as_str() && plain.as_str() <= to
    })
}
