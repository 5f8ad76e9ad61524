use super::{ConfigError, ServeArgs, ServeConfig};
use std::path::PathBuf;
use std::time::Duration;
use tracely_analytics::elastic::{Auth, ElasticConfig};
use tracely_store::Target;

fn read(variables: &[(&str, &str)]) -> Result<ServeConfig, ConfigError> {
    read_with(&ServeArgs::default(), variables)
}

fn read_with(args: &ServeArgs, variables: &[(&str, &str)]) -> Result<ServeConfig, ConfigError> {
    ServeConfig::read(args, |name| {
        variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_string())
    })
}

fn problem(variable: &str, value: &str) -> String {
    read(&[(variable, value)]).expect_err(value).to_string()
}

#[test]
fn nothing_set_means_the_defaults() {
    let config = read(&[]).unwrap();
    let expected = ServeConfig {
        database_timeout: Duration::from_secs(10),
        elasticsearch: None,
        address: ([127, 0, 0, 1], 8080).into(),
        debug: false,
        cors_allowed_origins: Vec::new(),
        database: super::DatabaseConfig {
            data_dir: PathBuf::from("./tracely-data"),
            target: Target::Sqlite(PathBuf::from("./tracely-data/tracely.db")),
        },
        self_monitoring: true,
        rules_max_age: None,
        rules_allowed_lateness: Duration::from_mins(5),
        log_retention: Duration::from_hours(24),
        log_retention_bytes: 10 << 30,
        point_retention: Duration::from_hours(90 * 24),
        flush_every: Duration::from_mins(1),
        max_body_bytes: 8 * 1024 * 1024,
        max_points_per_request: 50_000,
        max_series: 1_000_000,
        max_connections: 8_192,
    };
    assert_eq!(config, expected);
}

#[test]
fn every_variable_is_read() {
    let config = read(&[
        ("PORT", "9000"),
        ("HOST", "::1"),
        ("DEBUG", "true"),
        ("CORS_ALLOWED_ORIGINS", "http://localhost:3000, https://Status.Example.com:443"),
        ("DATABASE_URL", "postgres://tracely:tracely@localhost:5432/tracely?sslmode=disable"),
        ("TRACELY_DATA_DIR", "/nonexistent/tracely"),
        ("TRACELY_AUTH", "off"),
        ("TRACELY_SELF_MONITORING", "off"),
        ("RULES_MAX_AGE", "15m"),
        ("RULES_ALLOWED_LATENESS", "0"),
        ("TRACELY_LOG_RETENTION", "1h"),
        ("TRACELY_LOG_RETENTION_BYTES", "2GiB"),
        ("TRACELY_POINT_RETENTION", "2w"),
        ("TRACELY_FLUSH_EVERY", "5s"),
        ("TRACELY_DATABASE_TIMEOUT", "500ms"),
        ("MAX_BODY_BYTES", "1MiB"),
        ("MAX_POINTS_PER_REQUEST", "10"),
        ("MAX_SERIES", "20"),
        ("MAX_CONNECTIONS", "30"),
        ("ELASTICSEARCH_INDEX", "metrics"),
    ])
    .unwrap();
    assert_eq!(config.address.to_string(), "[::1]:9000");
    assert!(config.debug && !config.self_monitoring);
    assert_eq!(config.cors_allowed_origins, ["http://localhost:3000", "https://status.example.com"]);
    let url = "postgres://tracely:tracely@localhost:5432/tracely?sslmode=disable";
    assert_eq!(config.database.target, Target::Postgres(url.to_string()));
    assert_eq!(config.database.data_dir, PathBuf::from("/nonexistent/tracely"));
    assert_eq!(config.rules_max_age, Some(Duration::from_mins(15)));
    assert_eq!(config.rules_allowed_lateness, Duration::ZERO);
    assert_eq!((config.log_retention, config.log_retention_bytes), (Duration::from_hours(1), 2 << 30));
    assert_eq!(config.point_retention, Duration::from_hours(14 * 24));
    assert_eq!(config.flush_every, Duration::from_secs(5));
    assert_eq!(config.database_timeout, Duration::from_millis(500));
    assert_eq!((config.max_body_bytes, config.max_points_per_request, config.max_series), (1 << 20, 10, 20));
    assert_eq!(config.max_connections, 30);
}

#[test]
fn a_flag_wins_over_a_variable_and_is_named_when_it_is_wrong() {
    let args = |port: &str| ServeArgs { port: Some(port.to_string()), ..ServeArgs::default() };
    assert_eq!(read_with(&args("9001"), &[("PORT", "nonsense")]).unwrap().address.port(), 9001);
    let error = read_with(&args("x"), &[("PORT", "9000")]).unwrap_err().to_string();
    assert_eq!(error, r#"--port (PORT) = "x": must be a port from 0 to 65535, where 0 picks a free one"#);
}

#[test]
fn a_wrong_variable_is_named_with_its_value_and_what_is_allowed() {
    assert_eq!(
        problem("PORT", "99999"),
        r#"PORT = "99999": must be a port from 0 to 65535, where 0 picks a free one"#
    );
    assert!(problem("DEBUG", "maybe").starts_with(r#"DEBUG = "maybe": must be on or off"#));
    assert!(problem("RULES_MAX_AGE", "15").contains("such as 30s, 15m"));
    assert!(problem("RULES_MAX_AGE", "0").contains("longer than 0"));
    assert!(problem("TRACELY_LOG_RETENTION", "0").contains("longer than 0"));
    assert!(problem("TRACELY_LOG_RETENTION_BYTES", "1KiB").contains("at least 1MiB"));
    assert!(problem("TRACELY_POINT_RETENTION", "forever").starts_with("TRACELY_POINT_RETENTION"));
    assert!(problem("TRACELY_DATABASE_TIMEOUT", "1h").contains("between 100ms and 10m"));
    assert!(problem("MAX_BODY_BYTES", "8XB").contains("8388608 or 8MiB"));
    assert!(problem("MAX_BODY_BYTES", "2GiB").contains("between 1KiB and 1GiB"));
    assert!(problem("MAX_POINTS_PER_REQUEST", "0").contains("from 1 to 1000000"));
    assert!(problem("MAX_CONNECTIONS", "0").contains("from 1 to 1000000"));
    assert!(problem("MAX_SERIES", "-1").contains("from 1 to 100000000"));
    assert!(problem("ELASTICSEARCH_INDEX", "Metrics").starts_with("ELASTICSEARCH_INDEX"));
    assert!(problem("TRACELY_DATA_DIR", "Cargo.toml").contains("is a file"));
}

#[test]
fn only_a_loopback_address_is_allowed_without_sign_in() {
    for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
        assert!(read(&[("HOST", host)]).unwrap().address.ip().is_loopback(), "{host}");
    }
    for host in ["0.0.0.0", "::", "192.168.1.5", "::ffff:127.0.0.1"] {
        assert!(problem("HOST", host).contains("only a loopback address is allowed"), "{host}");
    }
    assert!(problem("HOST", "example.com").contains("must be an IP address"));
}

#[test]
fn what_this_version_does_not_have_is_refused_or_noted() {
    assert!(problem("TRACELY_AUTH", "on").contains("sign-in is not available in this version"));
    let elasticsearch = read(&[("ELASTICSEARCH_URL", "http://localhost:9200")]).unwrap().elasticsearch;
    assert_eq!(elasticsearch, Some(ElasticConfig::new("http://localhost:9200")));
    assert!(problem("ELASTICSEARCH_URL", "localhost:9200").contains("such as http://localhost:9200"));
}

#[test]
fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
    assert_eq!(
        read(&[("CORS_ALLOWED_ORIGINS", "http://[::1]:3000,")]).unwrap().cors_allowed_origins,
        ["http://[::1]:3000"]
    );
    let wrong = ["*", "localhost:3000", "http://", "http://a/", "http://a/b", "ftp://a", "null"];
    for origin in
        wrong.into_iter().chain(["http://a?b", "http://u@a", "http://*.a", "http://a:99999", "http:a"])
    {
        assert!(problem("CORS_ALLOWED_ORIGINS", origin).contains("must be scheme://host[:port]"), "{origin}");
    }
    assert!(problem("CORS_ALLOWED_ORIGINS", "http://a,http://b/c").contains(r#""http://b/c" has more"#));
}

#[test]
fn a_wrong_database_address_is_refused_without_showing_it() {
    let wrong = [
        "mysql://me:hunter2@db/tracely",
        "hunter2",
        "postgres://me:hunter2@db:port/tracely",
        "postgres://me:x@db/tracely?sslmode=hunter2",
    ];
    for url in wrong {
        let problem = problem("DATABASE_URL", url);
        assert!(problem.starts_with("DATABASE_URL: "), "{problem}");
        assert!(!problem.contains("hunter2"), "{problem}");
    }
    let url = "postgres://me:hunter2@db/tracely";
    let config = read(&[("DATABASE_URL", url)]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(!problem("ELASTICSEARCH_URL", "es://me:hunter2@es:9200").contains("hunter2"));
}

#[test]
fn a_long_value_is_cut_and_control_characters_are_escaped() {
    let problem = problem("PORT", &format!("\u{1b}[31m{}", "9".repeat(500)));
    assert!(problem.contains("\\u{1b}") && problem.contains('…') && problem.len() < 200, "{problem}");
}

#[test]
fn a_cluster_is_signed_in_to_in_one_way() {
    let url = ("ELASTICSEARCH_URL", "https://es.example");
    let auth = |more: &[(&'static str, &'static str)]| {
        let all: Vec<_> = [url].into_iter().chain(more.iter().copied()).collect();
        read(&all).map(|config| config.elasticsearch.unwrap().auth)
    };
    let basic = Auth::Basic { user: "me".to_owned(), password: "hunter2".to_owned().into() };
    let (name, password) = (("ELASTICSEARCH_USERNAME", "me"), ("ELASTICSEARCH_PASSWORD", "hunter2"));
    let key = ("ELASTICSEARCH_API_KEY", "hunter2");
    assert_eq!(auth(&[]).unwrap(), Auth::None);
    assert_eq!(auth(&[name, password]).unwrap(), basic);
    assert_eq!(auth(&[key]).unwrap(), Auth::ApiKey("hunter2".to_owned().into()));
    let in_url =
        read(&[("ELASTICSEARCH_URL", "https://me:hunter2@es.example")]).unwrap().elasticsearch.unwrap();
    assert_eq!((in_url.url.as_str(), in_url.auth), ("https://es.example", basic));
    for wrong in [&[name][..], &[password], &[key, name, password]] {
        let problem = auth(wrong).unwrap_err().to_string();
        assert!(problem.contains("ELASTICSEARCH_") && !problem.contains("hunter2"), "{problem}");
    }
    let file = read(&[url, ("ELASTICSEARCH_CA_FILE", "/nowhere.pem")]).unwrap_err().to_string();
    assert!(file.contains("ELASTICSEARCH_CA_FILE") && file.contains("cannot be read"), "{file}");
    let more =
        [url, ("ELASTICSEARCH_INDEX", "a-b"), ("ELASTICSEARCH_SHARDS", "3"), ("ELASTICSEARCH_REPLICAS", "0")];
    let more = read(&more).unwrap().elasticsearch.unwrap();
    assert_eq!((more.prefix.as_str(), more.shards, more.replicas), ("a-b", 3, 0));
    assert!(problem("ELASTICSEARCH_SHARDS", "0").contains("from 1 to 1024"));
}
