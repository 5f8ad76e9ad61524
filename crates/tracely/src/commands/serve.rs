//! `tracely serve`: the life of the server process.
//!
//! Stopping (Ctrl-C or SIGTERM): no new connection is taken, live streams end, requests under way are answered, points
//! that were handed to the group commit become durable, the workers write what they have in memory, the database is
//! closed. All of this takes bounded time, also when the database does not answer any more: what workers have in memory
//! is in the log. A second signal ends the process at once; nothing that was acknowledged is lost by that either.

use crate::backup::Links;
use crate::config::{ServeArgs, ServeConfig};
use crate::data_dir::DataDir;
use crate::environment::Environment;
use crate::logging;
use anyhow::Context;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracely_server::http::connections::{self, Limits};
use tracely_server::{App, SelfMonitoring, Settings, Workers, router};
use tracely_store::backup::mark;
use tracely_store::{Clock, IdSource, Options, Store};

/// How many connections of the database may read at a time.
const READERS: u32 = 8;
/// Open files that are not connections of clients: the database, segments, the log of the process.
const FILES: u64 = 256;
/// How long requests under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(20);
/// How long it may take then until what is in memory is stored and the database is closed.
const ENDING: Duration = Duration::from_secs(8);

/// Serves until told to stop.
pub async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = ServeConfig::read(&args, |name| environment.get(name))?;
    logging::start(config.debug);
    let data_dir = DataDir::open(&config.database.data_dir)?;
    Links::sweep(data_dir.path());
    let listener = TcpListener::bind(config.address)
        .await
        .with_context(|| format!("PORT, HOST: cannot listen on {}", config.address))?;

    let target = config.database.target.clone();
    let options = Options { target, clock: Clock::System, ids: IdSource::system(), readers: READERS };
    let store = Store::open_within(options, config.database_timeout).await?;
    store.claim().await?;
    mark::check_whole(&store).await?;
    data_dir.forget_restore()?;
    store.prepare().await?;
    let app = App::start(store.clone(), settings(&config, &data_dir)).await?;

    let stop_workers = CancellationToken::new();
    let workers = tokio::spawn(Workers::new(&app).run(stop_workers.clone()));
    if config.self_monitoring {
        tokio::spawn(SelfMonitoring::new(&app).run(stop_workers.clone()));
    }
    let address = listener.local_addr()?;
    // Whoever is told that it listens may stop it at once.
    let signals = Signals::new().context("no handlers for signals can be set")?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        database = store.kind(),
        data_dir = %config.database.data_dir.display(),
        "listening on http://{address}"
    );
    tokio::select! {
        () = serve(listener, app.clone(), limits(config.max_connections), signals) => (),
        taken = store.keep_claim() => {
            return Err(taken).context("the claim on the database was lost, and cannot be taken again");
        }
    }

    tracing::info!("stopping");
    let ending = async {
        app.drain().await;
        stop_workers.cancel();
        workers.await.context("the workers did not stop cleanly")?;
        store.close().await;
        anyhow::Ok(())
    };
    if let Ok(ended) = tokio::time::timeout(ENDING, ending).await {
        ended?;
    } else {
        tracing::warn!(
            "what workers have in memory was not stored within {} s; nothing that was acknowledged is lost, the next \
             start reads more of the log",
            ENDING.as_secs()
        );
    }
    tracing::info!("stopped");
    Ok(())
}

/// Answers requests until a signal comes and those under way are answered, or the grace is over.
async fn serve(listener: TcpListener, app: App, limits: Limits, signals: Signals) {
    let stop = CancellationToken::new();
    tokio::spawn(stop_at(signals, stop.clone()));
    let ending = {
        let (stop, app) = (stop.clone(), app.clone());
        async move {
            stop.cancelled().await;
            app.end_streams();
            tokio::time::sleep(GRACE).await;
        }
    };
    tokio::select! {
        () = connections::serve(listener, router(app), limits, stop) => (),
        () = ending => {
            tracing::warn!("requests were still under way after {} s and are cut off", GRACE.as_secs());
        }
    }
}

/// Allows this process as many open files as the system lets it have, since each connection is one, and lowers the
/// limit of connections to what that leaves.
fn limits(max_connections: usize) -> Limits {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1_024);
    let room = usize::try_from(files.saturating_sub(FILES)).unwrap_or(usize::MAX).max(16);
    if room < max_connections {
        tracing::warn!(
            "the process may open {files} files, so at most {room} connections are taken, not {max_connections}; \
             raise the limit of open files (ulimit -n, LimitNOFILE)"
        );
    }
    Limits { connections: max_connections.min(room), ..Limits::default() }
}

/// The signals that tell the process to stop, heard from the moment this is made.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that tell the process to stop.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Stops in order when the first signal comes, and at once when the second does.
async fn stop_at(mut signals: Signals, stop: CancellationToken) {
    signals.next().await;
    tracing::info!("told to stop; again to stop at once");
    stop.cancel();
    signals.next().await;
    std::process::exit(130);
}

fn settings(config: &ServeConfig, data_dir: &DataDir) -> Settings {
    let mut settings = Settings::new(data_dir.segments());
    settings.cors_allowed_origins.clone_from(&config.cors_allowed_origins);
    settings.elastic.clone_from(&config.elasticsearch);
    settings.max_body_bytes = config.max_body_bytes as usize;
    settings.max_points_per_request = config.max_points_per_request;
    settings.max_series = config.max_series;
    settings.rules.max_age = config.rules_max_age.map(micros);
    settings.rules.allowed_lateness = micros(config.rules_allowed_lateness);
    settings.log_retention = micros(config.log_retention);
    settings.log_retention_bytes = config.log_retention_bytes;
    settings.point_retention = micros(config.point_retention);
    settings.flush_every = micros(config.flush_every);
    settings
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 2)
}
