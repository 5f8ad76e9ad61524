use crate::api::{NOW, start};
use clap::Parser;
use serde_json::{Value, json};
use tempfile::TempDir;
use tracely_cli::cli::{Cli, Command};
use tracely_cli::commands::import::{ImportArgs, import};
use tracely_core::time::{HOUR, MINUTE, Timestamp};

struct Setup {
    directory: TempDir,
}

impl Setup {
    fn new(content: &str) -> Self {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join("points.csv"), content).unwrap();
        Self { directory }
    }

    fn args(&self, options: &str) -> ImportArgs {
        let file = self.directory.path().join("points.csv");
        let line = ["tracely", "import", file.to_str().unwrap(), "--service", "paycell"].into_iter();
        match Cli::try_parse_from(line.chain(options.split_whitespace())).unwrap().command {
            Command::Import(args) => args,
            other => panic!("{other:?}"),
        }
    }
}

fn instants(points: &[Value]) -> Vec<Timestamp> {
    points.iter().map(|point| Timestamp::parse(point["recorded_at"].as_str().unwrap()).unwrap()).collect()
}

const GOOD: &str =
    "timestamp,value\n2014-04-01 02:00:00,3.5\n2014-04-01 00:00:00,1.5\n2014-04-01 01:00:00,2.5\n";

#[tokio::test]
async fn points_are_sent_in_time_order_with_labels() {
    let (client, told) = start().await;
    let setup = Setup::new(GOOD);
    let args = setup.args(
        "--metric-type LATENCY_MS --create-service --labels region=west host=a1 --labels zone=z --batch-size 2",
    );
    import(&client, &args).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.lists["services"][0]["key"], "paycell");
    assert_eq!(
        told.points[0],
        json!({"service": "paycell", "metric_type": "LATENCY_MS", "value": 1.5,
            "recorded_at": "2014-04-01T00:00:00Z", "labels": {"host": "a1", "region": "west", "zone": "z"}})
    );
    assert!(instants(&told.points).is_sorted());
    assert_eq!(told.batches.iter().map(|(size, _)| *size).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn shifted_points_end_now() {
    let (client, told) = start().await;
    let setup = Setup::new(GOOD);
    import(&client, &setup.args("--metric-type LATENCY_MS --create-service --shift-to-now")).await.unwrap();
    assert_eq!(instants(&told.lock().unwrap().points), [NOW.plus(-2 * HOUR), NOW.plus(-HOUR), NOW]);
}

#[tokio::test]
async fn replayed_points_are_sent_when_their_turn_comes() {
    let (client, told) = start().await;
    let setup = Setup::new(GOOD);
    import(&client, &setup.args("--metric-type LATENCY_MS --create-service --speed 60")).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(instants(&told.points), [NOW, NOW.plus(MINUTE), NOW.plus(2 * MINUTE)]);
    for ((size, sent), due) in told.batches.iter().zip(instants(&told.points)) {
        assert!(*size == 1 && *sent >= due && sent.0 - due.0 < 1_000_000, "{sent} {due}");
    }
}

#[tokio::test]
async fn bad_lines_fail_the_command_but_not_the_others() {
    let (client, told) = start().await;
    let setup = Setup::new("timestamp,value\n10,1\nnever,2\n20,-3\n30,4\n");
    let error = import(&client, &setup.args("--metric-type LATENCY_MS --create-service"))
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(error, "2 lines failed");
    let values: Vec<_> = told.lock().unwrap().points.iter().map(|point| point["value"].clone()).collect();
    assert_eq!(values, [json!(1.0), json!(4.0)]);
}

#[tokio::test]
async fn what_is_not_there_is_told_with_what_to_do() {
    let (client, told) = start().await;
    let setup = Setup::new(GOOD);
    let error = import(&client, &setup.args("--metric-type LATENCY_MS")).await.unwrap_err().to_string();
    assert_eq!(error, r#"there is no service "paycell"; add --create-service to make it"#);
    let error = import(&client, &setup.args("--metric-type SPEED")).await.unwrap_err().to_string();
    assert_eq!(error, r#"there is no metric type "SPEED"; the metric types are: LATENCY_MS, PACKET_LOSS"#);
    let error = import(&client, &setup.args("--metric-type LATENCY_MS --time-column ts")).await.unwrap_err();
    assert!(format!("{error:#}").ends_with(r#"there is no column "ts"; the columns are: timestamp, value"#));
    assert!(told.lock().unwrap().points.is_empty());
}
