//! `tracely import`.

use crate::client::api::{MetricType, NewService, Page, Service};
use crate::client::{Client, ServerArgs};
use crate::environment::Environment;
use crate::import::schedule;
use crate::import::send::{Outcome, Target, send_all, send_when_due};
use crate::import::table::{self, BadLine, Columns};
use crate::out;
use crate::pause::Pause;
use anyhow::{Context, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;
use tracely_core::metric::Labels;
use tracely_store::Clock;

/// What the help says.
pub const ABOUT: &str = "\
Send the points of a CSV file to a running server.

The first line names the columns. Instants may be RFC 3339, YYYY-MM-DD HH:MM:SS[.fff] (taken as UTC), or seconds or \
milliseconds since 1970. The points are sent in time order, in batches; a batch that has to be repeated stores \
nothing twice. Lines that cannot be used are reported by their number, the others are sent, and the exit code is 1.

Points keep their instants unless one of these is given:
  --shift-to-now  moves all of them by the same time, so that the last one is now
  --speed N       replays them from now on, N times faster than recorded: each point is sent when
                  its turn comes and gets that instant, so an hour at --speed 60 takes a minute

Examples:
  tracely import latency.csv --service paycell --metric-type LATENCY_MS --create-service
  tracely import loss.csv --service bip --metric-type PACKET_LOSS \\
      --time-column ts --value-column loss --labels region=west host=a1
  tracely import january.csv --service fizy --metric-type ERROR_RATE --backfill
  tracely import incident.csv --service fizy --metric-type ERROR_RATE --speed 60";

/// The most bad lines that are shown.
const SHOWN: usize = 20;
/// How long the rules are given before the incidents are counted.
const SETTLE: Duration = Duration::from_millis(500);

/// The arguments of `tracely import`.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The CSV file
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// The key of the service that was measured
    #[arg(long, value_name = "KEY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub service: String,
    /// What was measured, such as LATENCY_MS
    #[arg(long, value_name = "TYPE")]
    pub metric_type: String,
    /// The column with the instants
    #[arg(long, value_name = "NAME", default_value = "timestamp")]
    pub time_column: String,
    /// The column with the values
    #[arg(long, value_name = "NAME", default_value = "value")]
    pub value_column: String,
    /// Labels of all points
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., value_parser = label)]
    pub labels: Vec<(String, String)>,
    /// Move the points so that the last one is now
    #[arg(long, conflicts_with = "speed")]
    pub shift_to_now: bool,
    /// Replay the points from now on, N times faster than recorded
    #[arg(long, value_name = "N", value_parser = speed, conflicts_with = "backfill")]
    pub speed: Option<f64>,
    /// Make the service if there is none with this key
    #[arg(long)]
    pub create_service: bool,
    /// Store the points as history: no rule judges them
    #[arg(long)]
    pub backfill: bool,
    /// How many points to send at a time
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub batch_size: u32,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    let pair = (name.to_string(), value.to_string());
    Labels::new(vec![pair.clone()]).map_err(|error| error.to_string())?;
    Ok(pair)
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.001..=1e9).contains(speed));
    speed.ok_or_else(|| "must be a number above 0, such as 60".to_string())
}

/// Sends the file.
pub async fn run(args: ImportArgs, environment: &Environment) -> anyhow::Result<()> {
    let client = args.server.client(environment, Clock::System, Pause::Real)?;
    import(&client, &args).await
}

/// Sends the file to the server that a client talks to. Fails when a line could not be used.
pub async fn import(client: &Client, args: &ImportArgs) -> anyhow::Result<()> {
    let name = args.file.display();
    let labels = Labels::new(args.labels.clone()).context("--labels")?;
    let file = File::open(&args.file).with_context(|| format!("cannot open {name}"))?;
    let columns = Columns { time: args.time_column.clone(), value: args.value_column.clone() };
    let mut table = table::read(file, &columns).with_context(|| format!("cannot use {name}"))?;
    show_bad(&table.bad);

    client.check().await?;
    check_metric_type(client, &args.metric_type).await?;
    let service = find_service(client, args).await?;
    let target = Target {
        service: service.key.clone(),
        metric_type: args.metric_type.clone(),
        labels: BTreeMap::from(labels),
        backfill: args.backfill,
        batch_size: args.batch_size as usize,
    };
    if args.shift_to_now {
        schedule::shift_to_now(&mut table.rows, client.now());
    }
    let outcome = if let Some(speed) = args.speed {
        schedule::replay_from(&mut table.rows, client.now(), speed);
        send_when_due(client, &target, &table.rows).await?
    } else {
        send_all(client, &target, &table.rows).await?
    };
    let shown = table.bad.len().min(SHOWN);
    show_bad(&outcome.bad[..outcome.bad.len().min(SHOWN - shown)]);
    summarize(client, &service, &outcome, table.bad.len()).await
}

async fn check_metric_type(client: &Client, key: &str) -> anyhow::Result<()> {
    let known: Page<MetricType> = client.page("metric-types", &[]).await?;
    if known.rows.iter().any(|known| known.key == key) {
        return Ok(());
    }
    let keys: Vec<_> = known.rows.iter().map(|known| known.key.as_str()).collect();
    bail!("there is no metric type {key:?}; the metric types are: {}", keys.join(", "))
}

async fn find_service(client: &Client, args: &ImportArgs) -> anyhow::Result<Service> {
    let key = args.service.as_str();
    match client.find("services", key).await? {
        Some(service) => Ok(service),
        None if args.create_service => {
            Ok(client.create("services", &NewService { key, name: key, description: "" }).await?)
        }
        None => bail!("there is no service {key:?}; add --create-service to make it"),
    }
}

fn show_bad(bad: &[BadLine]) {
    for BadLine { line, problem } in bad.iter().take(SHOWN) {
        out::note(&format!("line {line}: {problem}"));
    }
    if bad.len() > SHOWN {
        out::note(&format!("… and {} further lines", bad.len() - SHOWN));
    }
}

async fn summarize(
    client: &Client,
    service: &Service,
    outcome: &Outcome,
    unusable: usize,
) -> anyhow::Result<()> {
    let Outcome { accepted, rejected, .. } = outcome;
    out::line(&format!("{accepted} points accepted, {rejected} rejected, {unusable} lines not usable"))?;
    client.pause().wait(SETTLE).await;
    let scope = ("service_id", service.id.as_str());
    let all = client.count_incidents(&[scope]).await?;
    let open = client.count_incidents(&[scope, ("status", "OPEN,IN_PROGRESS")]).await?;
    out::line(&format!("{} has {all} incidents, {open} of them not closed", service.name))?;
    if *rejected > 0 || unusable > 0 {
        bail!("{} lines failed", *rejected + unusable as u64);
    }
    Ok(())
}
