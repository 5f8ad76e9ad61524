//! Configuration of the server: a flag wins over an environment variable, which wins over `.env`.
//!
//! Everything is checked before anything starts, and a wrong value is one line that names the variable, says what
//! is wrong with it and what is allowed. Secrets are never part of that line.

mod address;
mod elasticsearch;
mod error;
mod flags;
mod setting;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use flags::{DatabaseArgs, ElasticsearchArgs, ServeArgs};

use crate::parse;
use setting::{Reader, Setting};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use tracely_analytics::elastic::ElasticConfig;
use tracely_store::{PATIENCE, Target};

/// The name of the `SQLite` file in the data directory.
const SQLITE_FILE: &str = "tracely.db";

/// Everything that can be set about `tracely serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeConfig {
    /// The address to listen on; port 0 picks a free one.
    pub address: SocketAddr,
    /// More is logged.
    pub debug: bool,
    /// Other origins whose pages may call the API, as browsers send them in `Origin`.
    pub cors_allowed_origins: Vec<String>,
    /// Where the data are.
    pub database: DatabaseConfig,
    /// How long to wait for the database before a request or a worker's step fails.
    pub database_timeout: Duration,
    /// The search cluster that keeps analytics; none for the data directory.
    pub elasticsearch: Option<ElasticConfig>,
    /// The server watches itself.
    pub self_monitoring: bool,
    /// How old a point may be when it is accepted and still be judged; none means any age.
    pub rules_max_age: Option<Duration>,
    /// How much older than the newest point of its series a point may be and still be judged.
    pub rules_allowed_lateness: Duration,
    /// How long entries stay in the log after every consumer has passed them.
    pub log_retention: Duration,
    /// How many bytes of the log are kept at most, once every consumer has passed them.
    pub log_retention_bytes: u64,
    /// How long points are kept.
    pub point_retention: Duration,
    /// How long points stay in memory before they are written to segments.
    pub flush_every: Duration,
    /// The largest request body, in bytes, after decompression.
    pub max_body_bytes: u64,
    /// The most points in one request.
    pub max_points_per_request: usize,
    /// The most series of an organization.
    pub max_series: u64,
    /// The most connections of clients.
    pub max_connections: usize,
}

/// Where the data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// The directory of everything that is stored in files.
    pub data_dir: PathBuf,
    /// The database; a file in the data directory unless `DATABASE_URL` is set.
    pub target: Target,
}

impl ServeConfig {
    /// Reads and checks the configuration; `lookup` answers for the environment.
    pub fn read(args: &ServeArgs, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let reader = Reader { lookup: &lookup };
        let host =
            reader.read(&Setting::new("HOST", "--host"), args.host.as_ref(), address::loopback_host)?;
        let port = reader.read(&Setting::new("PORT", "--port"), args.port.as_ref(), address::port)?;
        let origins = Setting::new("CORS_ALLOWED_ORIGINS", "--cors-allowed-origins");
        let origins = reader.read(&origins, args.cors_allowed_origins.as_ref(), address::origins)?;
        let auth = Setting::new("TRACELY_AUTH", "--auth");
        reader.read(&auth, args.auth.as_ref(), sign_in)?;
        let switch = |variable, flag, value: &Option<String>| {
            reader.read(&Setting::new(variable, flag), value.as_ref(), parse::switch)
        };
        let duration = |variable, flag, value: &Option<String>| {
            reader.read(&Setting::new(variable, flag), value.as_ref(), parse::duration)
        };
        let retention = |variable, flag, value: &Option<String>| {
            reader.read(&Setting::new(variable, flag), value.as_ref(), parse::positive_duration)
        };
        let number = |variable, flag, value: &Option<String>, most: u64| {
            reader.read(&Setting::new(variable, flag), value.as_ref(), |text| number(text, most))
        };
        let database_timeout = Setting::new("TRACELY_DATABASE_TIMEOUT", "--database-timeout");
        let log_bytes = Setting::new("TRACELY_LOG_RETENTION_BYTES", "--log-retention-bytes");
        let body = Setting::new("MAX_BODY_BYTES", "--max-body-bytes");
        let points = number(
            "MAX_POINTS_PER_REQUEST",
            "--max-points-per-request",
            &args.max_points_per_request,
            1_000_000,
        )?;
        Ok(Self {
            address: SocketAddr::new(host.unwrap_or(IpAddr::from([127, 0, 0, 1])), port.unwrap_or(8080)),
            debug: switch("DEBUG", "--debug", &args.debug)?.unwrap_or(false),
            cors_allowed_origins: origins.unwrap_or_default(),
            database: DatabaseConfig::read(&args.database, &lookup)?,
            database_timeout: reader
                .read(&database_timeout, args.database_timeout.as_ref(), waiting_time)?
                .unwrap_or(PATIENCE),
            elasticsearch: elasticsearch::read(&args.elasticsearch, &reader)?,
            self_monitoring: switch("TRACELY_SELF_MONITORING", "--self-monitoring", &args.self_monitoring)?
                .unwrap_or(true),
            rules_max_age: retention("RULES_MAX_AGE", "--rules-max-age", &args.rules_max_age)?,
            rules_allowed_lateness: duration(
                "RULES_ALLOWED_LATENESS",
                "--rules-allowed-lateness",
                &args.rules_allowed_lateness,
            )?
            .unwrap_or(Duration::from_mins(5)),
            log_retention_bytes: reader
                .read(&log_bytes, args.log_retention_bytes.as_ref(), log_size)?
                .unwrap_or(10 << 30),
            log_retention: retention("TRACELY_LOG_RETENTION", "--log-retention", &args.log_retention)?
                .unwrap_or(Duration::from_hours(24)),
            point_retention: retention(
                "TRACELY_POINT_RETENTION",
                "--point-retention",
                &args.point_retention,
            )?
            .unwrap_or(Duration::from_hours(90 * 24)),
            flush_every: retention("TRACELY_FLUSH_EVERY", "--flush-every", &args.flush_every)?
                .unwrap_or(Duration::from_mins(1)),
            max_body_bytes: reader.read(&body, args.max_body_bytes.as_ref(), body_size)?.unwrap_or(8 << 20),
            max_points_per_request: points.map_or(50_000, |points| points as usize),
            max_connections: number(
                "MAX_CONNECTIONS",
                "--max-connections",
                &args.max_connections,
                1_000_000,
            )?
            .map_or(8_192, |connections| connections as usize),
            max_series: number("MAX_SERIES", "--max-series", &args.max_series, 100_000_000)?
                .unwrap_or(1_000_000),
        })
    }
}

impl DatabaseConfig {
    /// Reads and checks where the data are; `lookup` answers for the environment.
    pub fn read(args: &DatabaseArgs, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let reader = Reader { lookup: &lookup };
        let data_dir = Setting::new("TRACELY_DATA_DIR", "--data-dir");
        let data_dir = reader
            .read(&data_dir, args.data_dir.as_ref(), directory)?
            .unwrap_or_else(|| PathBuf::from("./tracely-data"));
        let url = Setting::secret("DATABASE_URL", "--database-url");
        let url = reader.read(&url, args.database_url.as_ref(), address::postgres_url)?;
        let target = url.map_or_else(|| Target::Sqlite(data_dir.join(SQLITE_FILE)), Target::Postgres);
        Ok(Self { data_dir, target })
    }
}

/// Reads and checks where the search cluster is, and how it lets us in; none when no address is set. `lookup` answers
/// for the environment.
pub fn read_cluster(
    args: &ElasticsearchArgs,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Option<ElasticConfig>, ConfigError> {
    elasticsearch::read(args, &Reader { lookup: &lookup })
}

fn sign_in(text: &str) -> Result<(), String> {
    if parse::switch(text)? {
        return Err("sign-in is not available in this version; leave it out or set it to off".to_string());
    }
    Ok(())
}

fn directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() {
        return Err("is a file; must be a directory, which is made when absent".to_string());
    }
    Ok(path)
}

fn body_size(text: &str) -> Result<u64, String> {
    let range = 1 << 10..=1 << 30;
    parse::bytes(text).and_then(|bytes| {
        if range.contains(&bytes) { Ok(bytes) } else { Err("must be between 1KiB and 1GiB".to_string()) }
    })
}

fn waiting_time(text: &str) -> Result<Duration, String> {
    let range = Duration::from_millis(100)..=Duration::from_mins(10);
    let time = parse::positive_duration(text)?;
    if range.contains(&time) { Ok(time) } else { Err("must be between 100ms and 10m".to_string()) }
}

fn log_size(text: &str) -> Result<u64, String> {
    let least = 1 << 20;
    parse::bytes(text)
        .and_then(|bytes| if bytes >= least { Ok(bytes) } else { Err("must be at least 1MiB".to_string()) })
}

fn number(text: &str, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("must be a number from 1 to {most}"))
}
