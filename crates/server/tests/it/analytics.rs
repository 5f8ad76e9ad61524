//! Questions about points below `/api/analytics`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::support::{column, detail, labelled, point, send};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const CHARTS: &str = "/api/analytics/charts";
const RANKINGS: &str = "/api/analytics/rankings";
const DISTRIBUTIONS: &str = "/api/analytics/distributions";
const AVAILABILITY: &str = "/api/analytics/availability";
const SPAN: &str = "from=2024-01-15T10:00:00Z&to=2024-01-15T10:10:00Z";
const QUESTIONS: [&str; 4] = [CHARTS, RANKINGS, DISTRIBUTIONS, AVAILABILITY];

fn at(minute: u32, second: u32) -> String {
    format!("2024-01-15T10:{minute:02}:{second:02}Z")
}

/// Alpha has 10, 20 and 60 in the first minute and 5 in the third, Beta 100 in the third, of two regions; Gamma has
/// points ten minutes before only.
async fn scene() -> (TestApp, [String; 3]) {
    let app = TestApp::start().await;
    let services = [app.service("Alpha").await, app.service("Beta").await, app.service("Gamma").await];
    let [a, b, c] = &services;
    let mut loss = point(b, 1.0, &at(2, 30));
    loss["metric_type"] = json!("PACKET_LOSS");
    let points = [
        labelled(a, 20.0, &at(0, 1), ("region", "eu")),
        labelled(a, 10.0, &at(0, 30), ("region", "us")),
        labelled(a, 60.0, &at(0, 59), ("region", "eu")),
        labelled(a, 5.0, &at(2, 0), ("region", "us")),
        point(b, 100.0, &at(2, 30)),
        loss,
        point(a, 40.0, "2024-01-15T09:50:10Z"),
        point(c, 7.0, "2024-01-15T09:59:59Z"),
    ];
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    (app, services)
}

fn names(answer: &Value) -> Vec<String> {
    column(
        &json!(answer["data"].as_array().unwrap().iter().map(|row| &row["group"]).collect::<Vec<_>>()),
        "name",
    )
}

#[tokio::test]
async fn charts_are_told_by_groups_with_the_numbers_that_were_asked_for() {
    let (app, [a, ..]) = scene().await;
    let path = format!("{CHARTS}?{SPAN}&bucket=minute&metric_type=LATENCY_MS");
    let every = "&statistic=count,min,max,avg,sum&statistic=p50,p90,p95,p99,last";
    let answer = app.get(&format!("{path}&group_by=service{every}")).await.json();
    assert_eq!(names(&answer), ["Alpha", "Beta"]);
    let alpha = &answer["data"][0];
    assert_eq!(alpha["group"], json!({"key": a, "name": "Alpha"}));
    let first = json!({
        "start": "2024-01-15T10:00:00Z", "count": 3, "min": 10.0, "max": 60.0, "avg": 30.0, "sum": 90.0,
        "p50": 20.0, "p90": 52.0, "p95": 56.0, "p99": 59.2, "last": 60.0,
    });
    let close = |found: &Value, expected: &Value| match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        _ => found == expected,
    };
    for (field, expected) in first.as_object().unwrap() {
        assert!(close(&alpha["buckets"][0][field], expected), "{field}: {:#}", alpha["buckets"][0]);
    }
    assert_eq!(alpha["buckets"].as_array().unwrap().len(), 2, "a minute without points is left out");
    assert_eq!((&alpha["summary"]["count"], &alpha["summary"]["last"]), (&json!(4), &json!(5.0)));
    let meta = json!({
        "from": "2024-01-15T10:00:00Z", "to": "2024-01-15T10:10:00Z", "bucket": "minute", "bucket_seconds": 60,
        "total": 5, "groups": 2, "cut_off": 0,
    });
    assert_eq!(answer["meta"], meta);

    let plain = app.get(&path).await.json();
    let buckets = json!([{"start": at(0, 0), "avg": 30.0}, {"start": at(2, 0), "avg": 52.5}]);
    assert_eq!(plain["data"], json!([{"group": null, "summary": {"avg": 39.0}, "buckets": buckets}]));
}

#[tokio::test]
async fn a_chart_without_groups_tells_what_the_plain_chart_tells() {
    let (app, _) = scene().await;
    let plain = app.get(&format!("/api/metrics/chart?{SPAN}")).await.json();
    let every = "&statistic=count,min,max,avg,p50,p95,p99";
    let charted = app.get(&format!("{CHARTS}?{SPAN}{every}")).await.json();
    assert_eq!(charted["data"][0]["buckets"], plain["data"]);
    assert_eq!(
        (&charted["meta"]["total"], &charted["meta"]["bucket"]),
        (&plain["meta"]["total"], &plain["meta"]["bucket"])
    );
    let none = app.get(&format!("{CHARTS}?{SPAN}&service=gamma")).await.json();
    assert_eq!((&none["data"], &none["meta"]["groups"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn groups_are_made_of_labels_metric_types_and_series_too() {
    let (app, _) = scene().await;
    let told = async |group_by: &str| {
        let path = format!("{CHARTS}?{SPAN}&group_by={group_by}&statistic=count&sort_by=count");
        let answer = app.get(&path).await.json();
        names(&answer).into_iter().zip(column(&answer["data"], "summary")).collect::<Vec<_>>()
    };
    let pairs = |pairs: &[(&str, u64)]| {
        pairs
            .iter()
            .map(|(name, count)| ((*name).to_owned(), format!("{{\"count\":{count}}}")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told("label.region").await,
        pairs(&[("", 2), ("eu", 2), ("us", 2)]),
        "without it, the empty value"
    );
    assert_eq!(told("metric_type").await, pairs(&[("Latency", 5), ("Packet loss", 1)]));
    let series = told("series").await;
    assert_eq!(series.len(), 4);
    assert_eq!(series[0].0, "Alpha LATENCY_MS region=eu");
}

#[tokio::test]
async fn groups_are_chosen_by_a_statistic_and_the_rest_is_told_as_cut_off() {
    let (app, _) = scene().await;
    for (order, chosen) in [
        ("", "Alpha"),
        ("&sort_by=max", "Beta"),
        ("&sort_by=max&sort_dir=asc", "Alpha"),
        ("&sort_by=last", "Beta"),
    ] {
        let path = format!("{CHARTS}?{SPAN}&metric_type=LATENCY_MS&group_by=service&limit=1{order}");
        let answer = app.get(&path).await.json();
        assert_eq!(names(&answer), [chosen], "{order}");
        let meta = &answer["meta"];
        assert_eq!((&meta["groups"], &meta["cut_off"], &meta["total"]), (&json!(2), &json!(1), &json!(5)));
    }
}

#[tokio::test]
async fn a_chart_is_compared_with_the_time_before() {
    let (app, _) = scene().await;
    let path =
        format!("{CHARTS}?{SPAN}&metric_type=LATENCY_MS&bucket=five_minutes&compare=previous&statistic=sum");
    let answer = app.get(&format!("{path}&group_by=service")).await.json();
    assert_eq!(names(&answer), ["Alpha", "Beta"], "groups are of the span itself");
    let buckets = json!([{"start": "2024-01-15T09:50:00Z", "sum": 40.0}]);
    assert_eq!(answer["data"][0]["previous"], json!({"summary": {"sum": 40.0}, "buckets": buckets}));
    assert_eq!(answer["data"][1]["previous"], json!({"summary": null, "buckets": []}));
    let all = app.get(&path).await.json();
    assert_eq!(column(&all["data"][0]["previous"]["buckets"], "sum"), ["40.0", "7.0"]);
    // A bucket before begins where the one that it is compared with begins, less the length of the span.
    let odd = "from=2024-01-15T10:00:00Z&to=2024-01-15T10:07:00Z&bucket=five_minutes&compare=previous";
    let odd = app.get(&format!("{CHARTS}?{odd}")).await.json();
    assert_eq!(column(&odd["data"][0]["buckets"], "start"), ["2024-01-15T10:00:00Z"]);
    assert_eq!(column(&odd["data"][0]["previous"]["buckets"], "start"), ["2024-01-15T09:58:00Z"]);
}

#[tokio::test]
async fn rankings_are_of_services_unless_asked_otherwise() {
    let (app, services) = scene().await;
    let path = format!("{RANKINGS}?from=2024-01-15T09:55:00Z&to=2024-01-15T10:10:00Z&metric_type=LATENCY_MS");
    let answer = app.get(&path).await.json();
    assert_eq!(names(&answer), ["Beta", "Alpha", "Gamma"], "by the mean, the greatest first");
    assert_eq!(answer["data"][0]["group"]["key"], services[1]);
    let gamma = json!({
        "group": {"key": services[2], "name": "Gamma"}, "count": 1, "min": 7.0, "max": 7.0, "avg": 7.0, "sum": 7.0,
        "p50": 7.0, "p90": 7.0, "p95": 7.0, "p99": 7.0, "last": 7.0,
    });
    assert_eq!(answer["data"][2], gamma);
    for (order, expected) in [
        ("sort_dir=asc&limit=2", &["Gamma", "Alpha"][..]),
        ("sort_by=count", &["Alpha", "Beta", "Gamma"]),
        ("sort_by=last&sort_dir=asc", &["Alpha", "Gamma", "Beta"]),
        ("group_by=label.region&sort_by=sum", &["", "eu", "us"]),
    ] {
        assert_eq!(names(&app.get(&format!("{path}&{order}")).await.json()), expected, "{order}");
    }
    let meta = app.get(&format!("{path}&limit=1")).await.json()["meta"].clone();
    assert_eq!((&meta["total"], &meta["groups"], &meta["cut_off"]), (&json!(6), &json!(3), &json!(2)));
}

#[tokio::test]
async fn values_are_counted_between_round_edges() {
    let (app, _) = scene().await;
    let path = format!("{DISTRIBUTIONS}?{SPAN}&metric_type=LATENCY_MS");
    let answer = app.get(&format!("{path}&buckets=6")).await.json();
    let bucket = |low: f64, high: f64, count: u64| json!({"low": low, "high": high, "count": count});
    assert_eq!(answer["data"][0], bucket(0.0, 20.0, 2));
    let rest = [bucket(20.0, 40.0, 1), bucket(40.0, 60.0, 0), bucket(60.0, 80.0, 1), bucket(80.0, 100.0, 0)];
    assert_eq!(answer["data"].as_array().unwrap()[1..5], rest);
    assert_eq!(answer["data"][5], bucket(100.0, 120.0, 1));
    let meta = json!({
        "from": "2024-01-15T10:00:00Z", "to": "2024-01-15T10:10:00Z", "scale": "linear", "total": 5, "min": 5.0,
        "max": 100.0,
    });
    assert_eq!(answer["meta"], meta);
    let answer = app.get(&format!("{path}&scale=logarithmic&buckets=5")).await.json();
    let expected =
        [bucket(5.0, 10.0, 1), bucket(10.0, 20.0, 1), bucket(20.0, 50.0, 1), bucket(50.0, 100.0, 1)];
    assert_eq!(answer["data"].as_array().unwrap()[..4], expected);
    assert_eq!(answer["data"][4], bucket(100.0, 200.0, 1));
    let none =
        app.get(&format!("{DISTRIBUTIONS}?from=2023-01-01T00:00:00Z&to=2023-01-02T00:00:00Z")).await.json();
    assert_eq!((&none["data"], &none["meta"]["min"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn availability_tells_the_gaps_of_each_group_worst_first() {
    let app = TestApp::start().await;
    let services = [app.service("Steady").await, app.service("Broken").await, app.service("Silent").await];
    let mut points = Vec::new();
    for second in (0..600).step_by(10) {
        points.push(point(&services[0], 1.0, &at(second / 60, second % 60)));
        if !(120..240).contains(&second) {
            points.push(point(&services[1], 1.0, &at(second / 60, second % 60)));
        }
    }
    points.push(point(&services[2], 1.0, "2024-01-15T09:00:00Z"));
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();

    let answer = app.get(&format!("{AVAILABILITY}?{SPAN}")).await.json();
    assert_eq!(names(&answer), ["Silent", "Broken", "Steady"]);
    let silent = json!({
        "group": {"key": services[2], "name": "Silent"}, "points": 0, "first_at": null, "last_at": null,
        "interval_seconds": null, "covered_percent": 0.0, "gap_count": 1, "longest_gap_seconds": 600.0,
        "gaps": [{"from": at(0, 0), "to": at(10, 0)}],
    });
    assert_eq!(answer["data"][0], silent);
    let broken = json!({
        "group": {"key": services[1], "name": "Broken"}, "points": 48, "first_at": at(0, 0), "last_at": at(9, 50),
        "interval_seconds": 20.0, "covered_percent": 80.0, "gap_count": 1, "longest_gap_seconds": 120.0,
        "gaps": [{"from": at(2, 0), "to": at(4, 0)}],
    });
    assert_eq!(answer["data"][1], broken);
    let steady = &answer["data"][2];
    assert_eq!((&steady["covered_percent"], &steady["gaps"]), (&json!(100.0), &json!([])));
    let place = json!({
        "total": 3, "limit": 20, "offset": 0, "from": at(0, 0), "to": at(10, 0),
    });
    assert_eq!(answer["meta"], place);

    let given = app.get(&format!("{AVAILABILITY}?{SPAN}&interval_seconds=5&limit=1&offset=1")).await.json();
    assert_eq!(names(&given), ["Broken"]);
    let broken = &given["data"][0];
    assert_eq!((&broken["covered_percent"], &broken["gap_count"]), (&json!(40.0), &json!(48)));
    assert_eq!(broken["gaps"].as_array().unwrap().len(), 20, "the newest");
    assert_eq!(broken["gaps"][0], json!({"from": at(9, 55), "to": at(10, 0)}));
    let series = app.get(&format!("{AVAILABILITY}?{SPAN}&group_by=series")).await.json();
    assert_eq!(names(&series)[1], "Broken LATENCY_MS");
}

#[tokio::test]
async fn points_of_series_that_a_filter_leaves_out_are_not_in_answers() {
    let (app, [a, b, _]) = scene().await;
    for (filter, total) in [
        (String::new(), 6),
        (format!("service_id={a}"), 4),
        (format!("service_id={a},{b}"), 6),
        ("service=beta".into(), 2),
        ("metric_type=PACKET_LOSS".into(), 1),
        ("label=region=eu".into(), 2),
    ] {
        for path in [CHARTS, RANKINGS, DISTRIBUTIONS] {
            let answer = app.get(&format!("{path}?{SPAN}&{filter}")).await.json();
            assert_eq!(answer["meta"]["total"], total, "{path} {filter}");
        }
        let answer = app.get(&format!("{AVAILABILITY}?{SPAN}&{filter}")).await.json();
        let points: u64 =
            column(&answer["data"], "points").iter().map(|count| count.parse::<u64>().unwrap()).sum();
        assert_eq!(points, total, "{filter}");
    }
}

#[tokio::test]
async fn what_nobody_could_look_at_is_refused_at_once_with_its_limit() {
    let (app, _) = scene().await;
    let century = "from=1924-01-01T00:00:00Z&to=2024-01-01T00:00:00Z";
    let refused = app.get(&format!("{CHARTS}?{century}&bucket=minute")).await;
    assert_eq!(refused.places(422), ["bucket"]);
    assert!(detail(&refused, 422).contains("50000 buckets, which is max_buckets"));
    let weeks = "from=2023-12-20T00:00:00Z&to=2024-01-20T00:00:00Z&bucket=minute&group_by=service";
    assert_eq!(app.get(&format!("{CHARTS}?{weeks}&limit=1")).await.status, 200);
    assert_eq!(app.get(&format!("{CHARTS}?{weeks}&limit=2")).await.places(422), ["bucket"]);
    let refused = app.get(&format!("{AVAILABILITY}?{century}&interval_seconds=1")).await;
    assert_eq!(refused.places(422), ["interval_seconds"]);
    assert!(detail(&refused, 422).contains("200000000 intervals, which is max_slots"));
    for path in QUESTIONS {
        assert_eq!(
            app.get(&format!("{path}?service=x&metric_type=X")).await.places(422),
            ["service", "metric_type"]
        );
        let backwards = "from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z";
        assert_eq!(app.get(&format!("{path}?{backwards}")).await.places(422), ["to"], "{path}");
    }
}

#[tokio::test]
async fn wrong_parameters_are_all_named() {
    let (app, _) = scene().await;
    for (path, query, expected) in [
        (
            CHARTS,
            "bucket=week&statistic=avg,mode&group_by=label.&sort_by=x&sort_dir=up&limit=0&compare=next",
            &["bucket", "compare", "group_by", "limit", "sort_by", "sort_dir", "statistic"][..],
        ),
        (
            RANKINGS,
            "statistic=avg&group_by=colour&sort_by=&limit=101",
            &["group_by", "limit", "sort_by", "statistic"],
        ),
        (DISTRIBUTIONS, "scale=log&buckets=4&group_by=service", &["buckets", "group_by", "scale"]),
        (DISTRIBUTIONS, "buckets=201&format=xml", &["buckets", "format"]),
        (AVAILABILITY, "interval_seconds=0&group_by=label.a-b", &["group_by", "interval_seconds"]),
        (AVAILABILITY, "interval_seconds=31622401&sort_by=points", &["interval_seconds", "sort_by"]),
    ] {
        let mut places = app.get(&format!("{path}?{query}")).await.places(400);
        places.sort();
        assert_eq!(places, expected, "{path} {query}");
    }
}

#[tokio::test]
async fn answers_are_tables_for_those_who_want_tables() {
    let (app, [a, b, _]) = scene().await;
    let text = async |path: &str| {
        let answer = send(&app, Method::GET, path, &[("accept", "text/csv")], "").await;
        assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8; header=present", "{path}");
        String::from_utf8(answer.bytes).unwrap()
    };
    let query =
        "group_by=service&statistic=sum,count&compare=previous&bucket=five_minutes&metric_type=LATENCY_MS";
    let expected = format!(
        "period,group_key,group_name,start,count,sum\r\ncurrent,{a},Alpha,2024-01-15T10:00:00Z,4,95\r\n\
         previous,{a},Alpha,2024-01-15T09:50:00Z,1,40\r\ncurrent,{b},Beta,2024-01-15T10:00:00Z,1,100\r\n"
    );
    assert_eq!(text(&format!("{CHARTS}?{SPAN}&{query}")).await, expected);
    let ranking = text(&format!("{RANKINGS}?{SPAN}&metric_type=LATENCY_MS&limit=1")).await;
    let expected = format!(
        "group_key,group_name,count,min,max,avg,sum,p50,p90,p95,p99,last\r\n{b},Beta,1,100,100,100,100,100,100,100,100,100\r\n"
    );
    assert_eq!(ranking, expected);
    let distribution = text(&format!("{DISTRIBUTIONS}?{SPAN}&metric_type=PACKET_LOSS")).await;
    assert_eq!(distribution, "low,high,count\r\n1,1.05,1\r\n");
    let availability = text(&format!("{AVAILABILITY}?{SPAN}&interval_seconds=300&service=beta")).await;
    let expected = format!(
        "group_key,group_name,points,first_at,last_at,interval_seconds,covered_percent,gap_count,longest_gap_seconds\r\n\
         {b},Beta,2,2024-01-15T10:02:30Z,2024-01-15T10:02:30Z,300,50,1,300\r\n"
    );
    assert_eq!(availability, expected);
}
