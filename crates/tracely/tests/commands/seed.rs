use crate::api::{NOW, start};
use clap::Parser;
use serde_json::Value;
use std::collections::HashSet;
use std::future::{pending, ready};
use tracely_cli::cli::{Cli, Command};
use tracely_cli::commands::seed::{SeedArgs, fill};
use tracely_core::time::{DAY, SECOND, Timestamp};

fn args(line: &str) -> SeedArgs {
    match Cli::try_parse_from(line.split(' ')).unwrap().command {
        Command::Seed(args) => args,
        other => panic!("{other:?}"),
    }
}

fn instant(point: &Value) -> Timestamp {
    Timestamp::parse(point["recorded_at"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_second_run_makes_nothing_twice() {
    let (client, told) = start().await;
    let args = args("tracely seed --services 120 --points 100");
    for _ in 0..2 {
        fill(&client, &args, pending()).await.unwrap();
        let told = told.lock().unwrap();
        let counts: Vec<_> = told.lists.iter().map(|(list, rows)| (list.as_str(), rows.len())).collect();
        assert_eq!(counts, [("departments", 5), ("rules", 9), ("services", 120)]);
    }
}

#[tokio::test]
async fn rules_are_for_all_services_or_for_the_one_they_name() {
    let (client, told) = start().await;
    fill(&client, &args("tracely seed --services 1 --points 0"), pending()).await.unwrap();
    assert_eq!(told.lock().unwrap().lists["rules"].len(), 8, "the rule for Paycell waits for Paycell");
    fill(&client, &args("tracely seed --services 3 --points 0"), pending()).await.unwrap();
    let told = told.lock().unwrap();
    let rules = &told.lists["rules"];
    let paycell = told.lists["services"].iter().find(|service| service["key"] == "paycell").unwrap();
    let scoped: Vec<_> = rules.iter().filter(|rule| rule["service_ids"] != serde_json::json!([])).collect();
    assert_eq!(scoped.len(), 1);
    assert_eq!(scoped[0]["service_ids"][0], paycell["id"]);
    let departments: HashSet<_> = told.lists["departments"].iter().map(|row| row["id"].to_string()).collect();
    assert!(rules.iter().all(|rule| departments.contains(&rule["department_id"].to_string())));
}

#[tokio::test]
async fn history_is_sent_in_order_in_batches() {
    let (client, told) = start().await;
    fill(&client, &args("tracely seed --services 3 --points 2500"), pending()).await.unwrap();
    let told = told.lock().unwrap();
    let sizes: Vec<_> = told.batches.iter().map(|(size, _)| *size).collect();
    assert_eq!(sizes, [1_000, 1_000, 500]);
    assert!(told.points.is_sorted_by_key(instant));
    assert!(instant(&told.points[0]) >= NOW.plus(-DAY) && instant(&told.points[2_499]) == NOW);
    let services: HashSet<_> = told.points.iter().map(|point| point["service"].as_str().unwrap()).collect();
    assert_eq!(services, HashSet::from(["superonline", "tv-plus", "paycell"]));
}

#[tokio::test]
async fn continuous_points_come_at_the_rate_until_the_time_is_up() {
    let (client, told) = start().await;
    let args = args("tracely seed --services 3 --points 0 --continuous --rate 50 --for 10s");
    fill(&client, &args, pending()).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.points.len(), 500);
    assert!(told.points.is_sorted_by_key(instant));
    assert!(instant(&told.points[0]) > NOW);
    assert_eq!(instant(&told.points[499]), NOW.plus(10 * SECOND));
    assert_eq!(told.batches.len(), 40, "four batches a second");
}

#[tokio::test]
async fn a_slow_rate_is_kept_over_many_ticks() {
    let (client, told) = start().await;
    let args = args("tracely seed --services 1 --points 0 --continuous --rate 0.5 --for 1m");
    fill(&client, &args, pending()).await.unwrap();
    assert_eq!(told.lock().unwrap().points.len(), 30);
}

#[tokio::test]
async fn continuous_points_stop_when_told_to() {
    let (client, told) = start().await;
    fill(&client, &args("tracely seed --services 1 --points 0 --continuous"), ready(())).await.unwrap();
    assert!(told.lock().unwrap().points.is_empty());
}
