//! `tracely reindex`.

use crate::config::{ConfigError, DatabaseArgs, DatabaseConfig, ElasticsearchArgs, read_cluster};
use crate::environment::Environment;
use crate::pause::Pause;
use crate::progress::Progress;
use crate::reindex::{Reindex, Report};
use crate::{out, parse};
use anyhow::{Context, bail};
use clap::Args;
use std::path::Path;
use tracely_analytics::elastic::{Elastic, ElasticConfig};
use tracely_server::settings_of_cluster;
use tracely_store::{Clock, IdSource, Options, Store, Target};

/// What the help says.
pub const ABOUT: &str = "\
Bring the points of the segments into the search cluster, while the server runs.

Everything that the segments in the data directory and the log hold, and that the cluster of ELASTICSEARCH_URL does not \
have, is brought in; what it has is left as it is. The newest day comes first. The command may be stopped at any \
moment, and goes on where it was when it is run again. At the end of a day its points are counted in the segments and in \
the cluster; the exit code is 1 when some are missing.

The server may run, with the cluster or still without it. The command must run where the data directory is, with the \
same settings as the server, as the same user.

Examples:
  ELASTICSEARCH_URL=http://localhost:9200 tracely reindex
  tracely reindex --elasticsearch-url http://localhost:9200 --from 2026-11-01 --to 2026-11-08";

/// The arguments of `tracely reindex`.
#[derive(Debug, Args)]
pub struct ReindexArgs {
    /// The first UTC day to bring in, such as 2026-11-01 [default: all]
    #[arg(long, value_name = "DAY", value_parser = parse::day)]
    pub from: Option<i64>,
    /// The UTC day before which to end [default: all]
    #[arg(long, value_name = "DAY", value_parser = parse::day)]
    pub to: Option<i64>,
    /// Where the data are.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// The search cluster.
    #[command(flatten)]
    pub elasticsearch: ElasticsearchArgs,
}

/// Brings the points in and prints what was found.
pub async fn run(args: ReindexArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = DatabaseConfig::read(&args.database, |name| environment.get(name))?;
    let Some(cluster) = read_cluster(&args.elasticsearch, |name| environment.get(name))? else {
        return Err(ConfigError::Value {
            variable: "ELASTICSEARCH_URL",
            flag: Some("--elasticsearch-url"),
            value: None,
            problem: "must be set: it says where the points are brought".to_owned(),
        }
        .into());
    };
    let store = open(&config.target, &config.data_dir).await?;
    let elastic = connect(&store, cluster).await?;
    let mut progress: Option<Progress> = None;
    let show = |done, total| {
        let progress = progress.get_or_insert_with(|| Progress::of(total, "points"));
        progress.reach(done);
    };
    let (from, to) = (args.from, args.to);
    let job = Reindex {
        store: &store,
        data_dir: &config.data_dir,
        elastic: &elastic,
        from,
        to,
        pause: Pause::Real,
    };
    let outcome = tokio::select! {
        outcome = job.run(show) => Some(outcome),
        _ = tokio::signal::ctrl_c() => None,
    };
    if let Some(progress) = &progress {
        progress.finish();
    }
    store.close().await;
    let Some(outcome) = outcome else { bail!("stopped; run the command again to go on") };
    let Report { lines, differences } = outcome?;
    for line in &lines {
        out::line(line)?;
    }
    for difference in &differences {
        out::line(&format!("differs    {difference}"))?;
    }
    if differences.is_empty() {
        return Ok(());
    }
    bail!(
        "the segments have points that the cluster does not have; put right what differs and run this again"
    )
}

/// Opens the database of a server that may run.
async fn open(target: &Target, data_dir: &Path) -> anyhow::Result<Store> {
    if !data_dir.is_dir() {
        bail!("there is no data directory {}", data_dir.display());
    }
    if let Target::Sqlite(file) = target
        && !file.is_file()
    {
        bail!("there is no database {}", file.display());
    }
    let (clock, ids) = (Clock::System, IdSource::system());
    let store = Store::open(Options { target: target.clone(), clock, ids, readers: 2 }).await?;
    if store.migrations().await?.iter().any(|migration| !migration.applied) {
        bail!("the database has an older schema; `tracely migrate up` brings it up to date");
    }
    Ok(store)
}

async fn connect(store: &Store, cluster: ElasticConfig) -> anyhow::Result<Elastic> {
    let elastic = Elastic::new(settings_of_cluster(store, cluster).await?)?;
    elastic.connect().await.context("the search cluster is not usable")?;
    Ok(elastic)
}
