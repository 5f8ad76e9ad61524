//! `GET /api/analytics/incidents` and `GET /api/analytics/busiest-hours`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::{column, detail, send, watched};
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tracely_core::time::Timestamp;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::large::{Size, fill};

const PATH: &str = "/api/analytics/incidents";
const HOURS: &str = "/api/analytics/busiest-hours";
const SPAN: &str = "from=2024-01-15T10:00:00Z&to=2024-01-15T12:00:00Z&bucket=hour";
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

struct Scene {
    app: TestApp,
    services: [String; 3],
    department: String,
    rule: String,
}

/// INC-1 of A opened at 10:00, acknowledged 10:32, closed 11:32; INC-2 of B, CRITICAL, opened at 10:10, acknowledged
/// 10:31; INC-3 of C opened at 10:20. The clock stands at 11:32.
async fn scene() -> Scene {
    let app = TestApp::start().await;
    let (a, department, rule) = watched(&app).await;
    let (b, c) = (app.service("B").await, app.service("C").await);
    for (service, minute) in [(&a, 0), (&b, 10), (&c, 20)] {
        app.latency(service, 200.0, &format!("2024-01-15T10:{minute:02}:00Z")).await;
        app.settle().await;
    }
    app.advance(MINUTE);
    app.patch("/api/incidents/INC-2", &json!({"status": "IN_PROGRESS", "severity": "CRITICAL"})).await.data();
    app.advance(MINUTE);
    app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS"})).await.data();
    app.advance(HOUR);
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    Scene { app, services: [a, b, c], department, rule }
}

fn took(seconds: f64) -> Value {
    json!({"mean_seconds": seconds, "p50_seconds": seconds, "p95_seconds": seconds, "count": 1})
}

#[tokio::test]
async fn what_happened_is_told_by_buckets_of_time() {
    let Scene { app, .. } = scene().await;
    let answer = app.get(&format!("{PATH}?{SPAN}")).await.json();
    let acknowledged =
        json!({"mean_seconds": 1590.0, "p50_seconds": 1590.0, "p95_seconds": 1887.0, "count": 2});
    let expected = json!({
        "data": [{
            "group": null, "opened": 3, "closed": 1, "mtta": acknowledged, "mttr": took(5520.0),
            "buckets": [
                {"start": "2024-01-15T10:00:00Z", "opened": 3, "closed": 0, "mtta": acknowledged, "mttr": null},
                {"start": "2024-01-15T11:00:00Z", "opened": 0, "closed": 1, "mtta": null, "mttr": took(5520.0)},
            ],
        }],
        "meta": {
            "from": "2024-01-15T10:00:00Z", "to": "2024-01-15T12:00:00Z", "bucket": "hour",
            "bucket_seconds": 3600, "opened": 3, "closed": 1, "groups": 1, "cut_off": 0,
        },
    });
    assert_eq!(answer, expected);
    let meta = app.get(PATH).await.json()["meta"].clone();
    assert_eq!(meta["from"], "2024-01-08T11:32:00.000001Z", "the last seven days");
    assert_eq!((&meta["bucket"], &meta["opened"]), (&json!("six_hours"), &json!(3)));
}

#[tokio::test]
async fn groups_are_told_with_their_names_and_those_with_most_come_first() {
    let Scene { app, services: [a, b, c], department, rule } = scene().await;
    app.call(Method::DELETE, &format!("/api/services/{c}")).await;
    let told = async |by: &str| {
        let data = app.get(&format!("{PATH}?{SPAN}&group_by={by}")).await.data();
        let one = |group: &Value| {
            json!([group["group"]["key"], group["group"]["name"], group["opened"], group["closed"]])
        };
        data.as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(
        told("severity").await,
        [json!(["HIGH", "HIGH", 2, 1]), json!(["CRITICAL", "CRITICAL", 1, 0])]
    );
    assert_eq!(told("department").await, [json!([department, "Network", 3, 1])]);
    assert_eq!(told("rule").await, [json!([rule, "High Latency Alert", 3, 1])]);
    let services = told("service").await;
    assert_eq!(services[0], json!([a, "Superonline", 1, 1]));
    assert_eq!(
        services[1..],
        [json!([b, "B", 1, 0]), json!([c, "C", 1, 0])],
        "of a deleted one, the last name"
    );

    let severe = app.get(&format!("{PATH}?{SPAN}&group_by=severity")).await.data();
    assert_eq!((&severe[0]["mtta"], &severe[1]["mtta"]), (&took(1920.0), &took(1260.0)));
    assert_eq!((&severe[0]["mttr"], &severe[1]["mttr"]), (&took(5520.0), &Value::Null));
    assert_eq!(column(&severe[0]["buckets"], "opened"), ["2", "0"]);
    assert_eq!(column(&severe[0]["buckets"], "closed"), ["0", "1"]);
    assert_eq!(severe[1]["buckets"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn groups_beyond_the_limit_are_told_as_cut_off() {
    let Scene { app, services: [a, ..], .. } = scene().await;
    let answer = app.get(&format!("{PATH}?{SPAN}&group_by=service&limit=1")).await.json();
    assert_eq!(column(&answer["data"], "opened"), ["1"]);
    assert_eq!(answer["data"][0]["group"]["key"], a);
    let meta = &answer["meta"];
    assert_eq!((&meta["groups"], &meta["cut_off"]), (&json!(3), &json!(2)));
    assert_eq!((&meta["opened"], &meta["closed"]), (&json!(3), &json!(1)), "of all groups");
    let none = "from=2023-01-15T10:00:00Z&to=2023-01-15T12:00:00Z";
    let answer = app.get(&format!("{PATH}?{none}&group_by=rule")).await.json();
    assert_eq!((&answer["data"], &answer["meta"]["groups"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn statistics_are_of_the_incidents_that_filters_let_through() {
    let Scene { app, services: [a, b, c], department, rule } = scene().await;
    let other = "018cd1f2-3c00-7000-8000-000000000001";
    for (filter, opened, closed) in [
        (format!("service_id={a}"), 1, 1),
        (format!("service_id={b},{c}"), 2, 0),
        (format!("rule_id={rule}"), 3, 1),
        (format!("rule_id={other}"), 0, 0),
        (format!("department_id={department}&severity=CRITICAL"), 1, 0),
        ("severity=HIGH,LOW".into(), 2, 1),
    ] {
        for grouping in ["", "&group_by=department"] {
            let meta = app.get(&format!("{PATH}?{SPAN}&{filter}{grouping}")).await.json()["meta"].clone();
            assert_eq!((&meta["opened"], &meta["closed"]), (&json!(opened), &json!(closed)), "{filter}");
        }
        let meta = app.get(&format!("{HOURS}?{filter}")).await.json()["meta"].clone();
        assert_eq!(meta["opened"], opened, "{filter}");
    }
}

#[tokio::test]
async fn what_nobody_could_look_at_is_refused_at_once_with_its_limit() {
    let Scene { app, .. } = scene().await;
    let century = "from=1924-01-01T00:00:00Z&to=2024-01-01T00:00:00Z";
    assert_eq!(app.get(&format!("{PATH}?{century}&bucket=minute")).await.places(422), ["from"]);
    assert_eq!(app.get(&format!("{HOURS}?{century}")).await.places(422), ["from"]);
    let year = "from=2023-01-01T00:00:00Z&to=2024-01-01T00:00:00Z";
    let refused = app.get(&format!("{PATH}?{year}&bucket=minute")).await;
    assert_eq!(refused.places(422), ["bucket"]);
    assert!(detail(&refused, 422).contains("50000 buckets, which is max_buckets"));
    // Each group has buckets of its own.
    let months = "from=2023-12-20T00:00:00Z&to=2024-01-20T00:00:00Z&bucket=minute";
    assert_eq!(app.get(&format!("{PATH}?{months}")).await.status, 200);
    assert_eq!(app.get(&format!("{PATH}?{months}&group_by=service&limit=1")).await.status, 200);
    assert_eq!(app.get(&format!("{PATH}?{months}&group_by=service")).await.places(422), ["bucket"]);

    let wrong =
        app.get(&format!("{PATH}?group_by=colour&limit=101&bucket=x&severity=BAD&format=xml&a=1")).await;
    let mut places = wrong.places(400);
    places.sort();
    assert_eq!(places, ["a", "bucket", "format", "group_by", "limit", "severity"]);
}

#[tokio::test]
async fn hours_of_the_week_are_those_of_a_time_zone() {
    let Scene { app, .. } = scene().await;
    let busy = async |query: &str| {
        let answer = app.get(&format!("{HOURS}{query}")).await.json();
        let hours = answer["data"].as_array().unwrap().clone();
        assert_eq!(hours.len(), 168);
        let busy = hours.into_iter().filter(|hour| hour["opened"] != 0);
        let told = busy.map(|hour| json!([hour["weekday"], hour["hour"], hour["opened"]]));
        (told.collect::<Vec<_>>(), answer["meta"]["time_zone"].clone())
    };
    assert_eq!(busy("").await, (vec![json!(["MONDAY", 10, 3])], json!("UTC")));
    let zone = "?time_zone=Europe/Istanbul";
    assert_eq!(busy(zone).await, (vec![json!(["MONDAY", 13, 3])], json!("Europe/Istanbul")));
    // 10:00, 10:10 and 10:20 are 15:45, 15:55 and 16:05 there.
    let hours = vec![json!(["MONDAY", 15, 2]), json!(["MONDAY", 16, 1])];
    assert_eq!(busy("?time_zone=Asia/Kathmandu").await.0, hours);
    let cut = "?from=2024-01-15T10:05:00Z&to=2024-01-15T10:20:00Z";
    assert_eq!(busy(cut).await.0, [json!(["MONDAY", 10, 1])], "from is in, to is not");
    assert_eq!(app.get(&format!("{HOURS}?time_zone=Mars/Olympus")).await.places(422), ["time_zone"]);
}

#[tokio::test]
async fn statistics_are_tables_for_those_who_want_tables() {
    let Scene { app, services: [a, ..], .. } = scene().await;
    app.patch(&format!("/api/services/{a}"), &json!({"name": "=cmd, \"x\""})).await.data();
    let answer = app.get(&format!("{PATH}?{SPAN}&group_by=service&limit=1&format=csv")).await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"incidents.csv\"");
    let expected = format!(
        "group_key,group_name,start,opened,closed,mtta_count,mtta_mean_seconds,mtta_p50_seconds,mtta_p95_seconds,\
         mttr_count,mttr_mean_seconds,mttr_p50_seconds,mttr_p95_seconds\r\n\
         {a},\"'=cmd, \"\"x\"\"\",2024-01-15T10:00:00Z,1,0,1,1920,1920,1920,,,,\r\n\
         {a},\"'=cmd, \"\"x\"\"\",2024-01-15T11:00:00Z,0,1,,,,,1,5520,5520,5520\r\n"
    );
    assert_eq!(String::from_utf8(answer.bytes).unwrap(), expected);
    let accepted = send(&app, Method::GET, HOURS, &[("accept", "text/csv")], "").await;
    let text = String::from_utf8(accepted.bytes).unwrap();
    assert_eq!((text.lines().count(), text.lines().nth(11)), (169, Some("MONDAY,10,3")));
}

/// One incident as the list tells it.
struct Listed {
    severity: String,
    opened: i64,
    acknowledged: Option<i64>,
    closed: Option<i64>,
}

async fn all_incidents(app: &TestApp) -> Vec<Listed> {
    let instant = |value: &Value| value.as_str().map(|text| Timestamp::parse(text).unwrap().0);
    let (mut found, mut next) = (Vec::new(), "/api/incidents?limit=100".to_owned());
    loop {
        let page = app.get(&next).await.json();
        found.extend(page["data"].as_array().unwrap().iter().map(|row| Listed {
            severity: row["severity"].as_str().unwrap().to_owned(),
            opened: instant(&row["opened_at"]).unwrap(),
            acknowledged: instant(&row["in_progress_at"]),
            closed: instant(&row["closed_at"]),
        }));
        let Some(cursor) = page["meta"]["next_cursor"].as_str() else { return found };
        next = format!("/api/incidents?limit=100&cursor={cursor}");
    }
}

/// Says whether durations are those of the incidents, each as its two instants.
fn is_close(told: &Value, mut taken: Vec<i64>) -> bool {
    if taken.is_empty() {
        return told.is_null();
    }
    taken.sort_unstable();
    let exact = |quantile: f64| {
        let position = quantile * (taken.len() - 1) as f64;
        let (low, high) = (taken[position.floor() as usize], taken[position.ceil() as usize]);
        (low as f64 * (1.0 - position.fract()) + high as f64 * position.fract()) / 1e6
    };
    let mean = taken.iter().sum::<i64>() as f64 / taken.len() as f64 / 1e6;
    let close = |field: &str, exact: f64, share: f64| {
        (told[field].as_f64().unwrap() - exact).abs() <= exact * share + 0.001
    };
    told["count"] == taken.len()
        && close("mean_seconds", mean, 1e-9)
        && close("p50_seconds", exact(0.5), 0.01)
        && close("p95_seconds", exact(0.95), 0.01)
}

#[tokio::test]
async fn statistics_agree_with_the_list_of_incidents() {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    fill(&database.target, Size { incidents: 2_000, ..Size::small(START) }).await;
    let app = TestApp::on(database).await;
    let incidents = all_incidents(&app).await;
    assert_eq!(incidents.len(), 2_000);

    let (from, to) = ("2023-03-01T05:00:00Z", "2024-01-10T07:00:00Z");
    let inside = {
        let (from, to) = (Timestamp::parse(from).unwrap().0, Timestamp::parse(to).unwrap().0);
        move |instant: i64| from <= instant && instant < to
    };
    let taken = |at: Option<i64>, opened: i64| at.filter(|at| inside(*at)).map(|at| (at - opened).max(0));
    let path = format!("{PATH}?from={from}&to={to}&bucket=day&group_by=severity");
    let answer = app.get(&path).await.json();
    assert_eq!(answer["meta"]["groups"], 4);
    for group in answer["data"].as_array().unwrap() {
        let of_group = |one: &&Listed| one.severity == group["group"]["key"];
        let incidents: Vec<&Listed> = incidents.iter().filter(of_group).collect();
        let opened: Vec<i64> = incidents.iter().map(|one| one.opened).filter(|at| inside(*at)).collect();
        assert!(opened.len() > 100 && group["opened"] == opened.len());
        let acknowledged = incidents.iter().filter_map(|one| taken(one.acknowledged, one.opened)).collect();
        let closed: Vec<i64> = incidents.iter().filter_map(|one| taken(one.closed, one.opened)).collect();
        assert_eq!(group["closed"], closed.len());
        assert!(is_close(&group["mtta"], acknowledged) && is_close(&group["mttr"], closed), "{group:#}");
        let mut days: BTreeMap<String, u64> = BTreeMap::new();
        for at in opened {
            *days.entry(Timestamp(at).floor(24 * HOUR).to_string()).or_default() += 1;
        }
        let told = group["buckets"].as_array().unwrap().iter().filter(|bucket| bucket["opened"] != 0);
        let told: BTreeMap<String, u64> = told
            .map(|bucket| (bucket["start"].as_str().unwrap().into(), bucket["opened"].as_u64().unwrap()))
            .collect();
        assert_eq!(told, days);
        let mut closed_on: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for one in &incidents {
            if let (Some(taken), Some(at)) = (taken(one.closed, one.opened), one.closed) {
                closed_on.entry(Timestamp(at).floor(24 * HOUR).to_string()).or_default().push(taken);
            }
        }
        let buckets = group["buckets"].as_array().unwrap().iter().filter(|bucket| bucket["closed"] != 0);
        for bucket in buckets {
            let taken = closed_on.remove(bucket["start"].as_str().unwrap()).expect("one was closed");
            assert!(is_close(&bucket["mttr"], taken), "{bucket:#}");
        }
        assert!(closed_on.is_empty(), "{closed_on:?}");
    }
    let all = app.get(&format!("{PATH}?from={from}&to={to}&bucket=day")).await.data();
    let closed = incidents.iter().filter_map(|one| taken(one.closed, one.opened)).collect();
    assert!(is_close(&all[0]["mttr"], closed));
    // The same from the index, part by part, and in one pass, since a minute makes too many parts.
    let month = "from=2023-12-20T05:00:30Z&to=2024-01-10T07:00:00Z";
    let by_day = app.get(&format!("{PATH}?{month}&bucket=day")).await.data();
    let by_minute = app.get(&format!("{PATH}?{month}&bucket=minute")).await.data();
    assert_eq!(by_day[0]["opened"], by_minute[0]["opened"]);
    let hours = app.get(&format!("{HOURS}?{month}")).await.json()["meta"].clone();
    assert_eq!(hours["opened"], by_day[0]["opened"]);
}
