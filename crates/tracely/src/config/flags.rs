//! The flags of the settings. Their values stay texts here: `config` checks them together with the variables, so
//! that a wrong value reads the same wherever it came from.

use clap::Args;

/// The flags of `tracely serve`.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Port to listen on; 0 picks a free one [env: PORT] [default: 8080]
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Address to listen on; a loopback address, as there is no sign-in yet [env: HOST] [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// Log more [env: DEBUG] [default: false]
    #[arg(long, value_name = "on|off", num_args = 0..=1, default_missing_value = "on")]
    pub debug: Option<String>,
    /// Origins whose pages may call the API, such as `http://localhost:3000`, separated by commas [env: CORS_ALLOWED_ORIGINS]
    #[arg(long, value_name = "ORIGINS")]
    pub cors_allowed_origins: Option<String>,
    /// Where the data are.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Sign-in; not available yet, so only off is allowed [env: TRACELY_AUTH] [default: off]
    #[arg(long, value_name = "on|off")]
    pub auth: Option<String>,
    /// Let Tracely watch itself as a service of its own [env: TRACELY_SELF_MONITORING] [default: on]
    #[arg(long, value_name = "on|off")]
    pub self_monitoring: Option<String>,
    /// Judge no point that is older than this when it arrives, such as 15m [env: RULES_MAX_AGE] [default: any age]
    #[arg(long, value_name = "DURATION")]
    pub rules_max_age: Option<String>,
    /// Judge a point that is this much older than the newest of its series [env: RULES_ALLOWED_LATENESS] [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub rules_allowed_lateness: Option<String>,
    /// Keep entries of the log this long [env: TRACELY_LOG_RETENTION] [default: 24h]
    #[arg(long, value_name = "DURATION")]
    pub log_retention: Option<String>,
    /// Keep no more of the log than this, such as 10GiB [env: TRACELY_LOG_RETENTION_BYTES] [default: 10GiB]
    #[arg(long, value_name = "SIZE")]
    pub log_retention_bytes: Option<String>,
    /// Keep points this long [env: TRACELY_POINT_RETENTION] [default: 90d]
    #[arg(long, value_name = "DURATION")]
    pub point_retention: Option<String>,
    /// How long to wait for the database before giving up and answering 503 [env: TRACELY_DATABASE_TIMEOUT] [default: 10s]
    #[arg(long, value_name = "DURATION")]
    pub database_timeout: Option<String>,
    /// How long points stay in memory before they are written to segment files [env: TRACELY_FLUSH_EVERY] [default: 1m]
    #[arg(long, value_name = "DURATION")]
    pub flush_every: Option<String>,
    /// Largest request body after decompression [env: MAX_BODY_BYTES] [default: 8MiB]
    #[arg(long, value_name = "BYTES")]
    pub max_body_bytes: Option<String>,
    /// Most points in one request [env: MAX_POINTS_PER_REQUEST] [default: 50000]
    #[arg(long, value_name = "N")]
    pub max_points_per_request: Option<String>,
    /// Most distinct series [env: MAX_SERIES] [default: 1000000]
    #[arg(long, value_name = "N")]
    pub max_series: Option<String>,
    /// Most connections of clients at a time; more are refused [env: MAX_CONNECTIONS] [default: 8192]
    #[arg(long, value_name = "N")]
    pub max_connections: Option<String>,
    /// The search cluster.
    #[command(flatten)]
    pub elasticsearch: ElasticsearchArgs,
}

/// The flags that say where the data are.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, Clone, Default, Args)]
pub struct DatabaseArgs {
    /// Directory of everything that is stored in files, made when absent [env: TRACELY_DATA_DIR] [default: ./tracely-data]
    #[arg(long, value_name = "DIRECTORY", global = true)]
    pub data_dir: Option<String>,
    /// PostgreSQL address; a file in the data directory is used without one. Better set in the environment, since
    /// other users can see the arguments of a process [env: DATABASE_URL]
    #[arg(long, value_name = "URL", global = true)]
    pub database_url: Option<String>,
}

/// The flags of the search cluster.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, Clone, Default, Args)]
pub struct ElasticsearchArgs {
    /// Address of an Elasticsearch or OpenSearch cluster for analytics; the data directory is used without one. A name and
    /// password in it are better set in the environment [env: ELASTICSEARCH_URL]
    #[arg(long, value_name = "URL")]
    pub elasticsearch_url: Option<String>,
    /// Prefix of the cluster's indices, and their alias [env: ELASTICSEARCH_INDEX] [default: metrics]
    #[arg(long, value_name = "NAME")]
    pub elasticsearch_index: Option<String>,
    /// Name to sign in to the cluster with; its password is read from ELASTICSEARCH_PASSWORD [env: ELASTICSEARCH_USERNAME]
    #[arg(long, value_name = "NAME")]
    pub elasticsearch_username: Option<String>,
    /// File with the only certificate authorities that are believed of the cluster, in PEM [env: ELASTICSEARCH_CA_FILE]
    #[arg(long, value_name = "FILE")]
    pub elasticsearch_ca_file: Option<String>,
    /// Primary shards of each of the cluster's new indices [env: ELASTICSEARCH_SHARDS] [default: 1]
    #[arg(long, value_name = "N")]
    pub elasticsearch_shards: Option<String>,
    /// Copies of each shard besides the first [env: ELASTICSEARCH_REPLICAS] [default: 1]
    #[arg(long, value_name = "N")]
    pub elasticsearch_replicas: Option<String>,
}
