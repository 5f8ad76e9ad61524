//! `tracely verify`.

use crate::config::{DatabaseArgs, ServeArgs, ServeConfig};
use crate::data_dir::{DataDir, segments_in};
use crate::environment::Environment;
use crate::{out, verify};
use anyhow::bail;
use clap::Args;
use tracely_core::rule::engine::Config;
use tracely_store::backup::mark;
use tracely_store::{Clock, IdSource, Options, Store};

/// What the help says.
pub const ABOUT: &str = "\
Check a stopped installation: take every decision again from the log and compare.

The rules are applied to the log from its beginning, from every stored snapshot, and with the points cut into other \
batches. All have to decide the same, and what they decide has to be what the database holds: incidents, recoveries, \
notifications, histories without gaps. Every segment is read from end to end, and the points of every entry of the \
log have to be in exactly one. When the beginning of the log was deleted, which happens after a day, the \
check starts from the oldest snapshot.

Nothing is changed. The server must not run meanwhile. RULES_MAX_AGE and RULES_ALLOWED_LATENESS must be those that \
the server ran with. The exit code is 1 when something differs.

Examples:
  tracely verify
  DATABASE_URL=postgres://tracely:secret@localhost:5432/tracely tracely verify";

/// The arguments of `tracely verify`.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Where the data are.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// What the server was told with the same flag [env: RULES_MAX_AGE]
    #[arg(long, value_name = "DURATION")]
    pub rules_max_age: Option<String>,
    /// What the server was told with the same flag [env: RULES_ALLOWED_LATENESS] [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub rules_allowed_lateness: Option<String>,
}

/// Checks and prints what was found.
pub async fn run(args: VerifyArgs, environment: &Environment) -> anyhow::Result<()> {
    let VerifyArgs { database, rules_max_age, rules_allowed_lateness } = args;
    let args = ServeArgs { database, rules_max_age, rules_allowed_lateness, ..ServeArgs::default() };
    let config = ServeConfig::read(&args, |name| environment.get(name))?;
    let _lock = DataDir::open(&config.database.data_dir)?;
    let segments = segments_in(&config.database.data_dir);
    let options =
        Options { target: config.database.target, clock: Clock::System, ids: IdSource::system(), readers: 1 };
    let store = Store::open(options).await?;
    store.claim().await?;
    mark::check_whole(&store).await?;
    if store.migrations().await?.iter().any(|migration| !migration.applied) {
        bail!("the database has an older schema; `tracely migrate up` brings it up to date");
    }
    let rules = Config {
        allowed_lateness: config.rules_allowed_lateness.as_micros() as i64,
        max_age: config.rules_max_age.map(|age| age.as_micros() as i64),
    };
    let report = verify::verify(&store, &segments, rules).await?;
    store.close().await;
    for line in &report.lines {
        out::line(line)?;
    }
    for difference in report.differences.iter().take(100) {
        out::line(&format!("differs    {difference}"))?;
    }
    match report.differences.len() {
        0 => Ok(()),
        1 => bail!("1 thing differs from what the log says"),
        count => bail!("{count} things differ from what the log says"),
    }
}
