//! `tracely seed`.

use crate::client::{Client, ServerArgs};
use crate::environment::Environment;
use crate::pause::Pause;
use crate::seed::live::{Pace, send_live};
use crate::seed::{Generator, Mix, catalog, make_missing, send_history};
use crate::{out, parse};
use clap::Args;
use std::time::Duration;
use tracely_store::Clock;

/// What the help says.
pub const ABOUT: &str = "\
Fill a running server with demonstration data.

Makes departments, services and rules (those that are there already are kept, so a second run duplicates none of \
them), then sends points that lie in the last 24 hours: a daily pattern with noise, and now and then an episode in \
which a series violates a rule for several points before it recovers. The same --seed gives the same values.

Points of a second run lie among those of the first; the server stores them, but its rules judge only points that \
are new, so they open few further incidents. Use --continuous for a living demonstration.

Examples:
  tracely seed                                     8 services, 500 points
  tracely seed --services 20 --points 2000
  tracely seed --points 2000 --violations 10       more trouble
  tracely seed --continuous                        then 50 points a second, until Ctrl-C
  tracely seed --continuous --rate 500 --for 10m";

/// The arguments of `tracely seed`.
#[derive(Debug, Args)]
pub struct SeedArgs {
    /// How many services send points
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub services: u32,
    /// How many points to spread over the last 24 hours, in total
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    pub points: u64,
    /// How many of 100 points lie in an episode that violates a rule
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0, value_parser = percent)]
    pub violations: f64,
    /// Where the values come from: the same number gives the same values
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Go on with points in real time until Ctrl-C
    #[arg(long)]
    pub continuous: bool,
    /// How many points a second --continuous sends
    #[arg(long, value_name = "N", default_value_t = 50.0, value_parser = rate, requires = "continuous")]
    pub rate: f64,
    /// How long --continuous goes on, such as 10m
    #[arg(long = "for", value_name = "DURATION", value_parser = parse::positive_duration, requires = "continuous")]
    pub limit: Option<Duration>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (0.0..=50.0).contains(percent));
    percent.ok_or_else(|| "must be a number from 0 to 50".to_string())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.1..=50_000.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.1 to 50000".to_string())
}

/// Fills the server until all is sent, the time is up, or Ctrl-C.
pub async fn run(args: SeedArgs, environment: &Environment) -> anyhow::Result<()> {
    let client = args.server.client(environment, Clock::System, Pause::Real)?;
    let stop = async {
        // Without a handler the signal ends the process as usual.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    fill(&client, &args, stop).await
}

/// Fills the server that a client talks to.
pub async fn fill(client: &Client, args: &SeedArgs, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    client.check().await?;
    let services = catalog::services(args.services as usize);
    let made = make_missing(client, &services).await?;
    out::line(&format!(
        "{} departments, {} services and {} rules made; what was there is kept",
        made.departments, made.services, made.rules
    ))?;

    let violating = args.violations / 100.0;
    let mix = Mix { violating, lengths: 3..=8 };
    let mut generator = Generator::new(&services, args.seed, args.points as usize, mix);
    send_history(client, &services, &mut generator, args.points).await?;
    out::line(&format!("{} points sent for the last 24 hours", args.points))?;
    if !args.continuous {
        return Ok(());
    }

    // About two minutes of points at a time, with episodes of some seconds.
    let block = generator.series() * 120;
    generator.begin(block, Mix { violating, lengths: 8..=20 });
    let pace = Pace { rate: args.rate, limit: args.limit };
    let sent = send_live(client, &services, &mut generator, pace, stop).await?;
    Ok(out::line(&format!("{sent} points sent in real time"))?)
}
