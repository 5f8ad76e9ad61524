//! What each row measures, and the limits that the budget sets.

use super::{Figure, Limit, Row};

const fn plain(key: &'static str, text: &'static str, unit: &'static str) -> Figure {
    Figure { key, text, unit, limits: None }
}

const fn at_least(key: &'static str, text: &'static str, unit: &'static str, must: f64, goal: f64) -> Figure {
    Figure { key, text, unit, limits: Some((Limit::AtLeast(must), Limit::AtLeast(goal))) }
}

const fn below(key: &'static str, text: &'static str, unit: &'static str, must: f64, goal: f64) -> Figure {
    Figure { key, text, unit, limits: Some((Limit::Below(must), Limit::Below(goal))) }
}

impl Row {
    /// Returns its figures in the order of the report.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    pub fn figures(self) -> &'static [Figure] {
        match self {
            Self::A1 => {
                const {
                    &[
                        at_least(
                            "points_per_second",
                            "accepted, evaluated, queryable",
                            "points/s",
                            300e3,
                            600e3,
                        ),
                        plain("accepted_per_second", "accepted alone", "points/s"),
                        plain("p50_ms", "request, p50", "ms"),
                        plain("p99_ms", "request, p99", "ms"),
                        plain("drain_s", "from the last answer until nobody is behind", "s"),
                        plain("max_lag_evaluator", "most entries the evaluator was behind", ""),
                        plain("max_lag_indexer", "most entries the indexer was behind", ""),
                        plain("server_cores", "CPU of the server", "cores"),
                        plain("client_cores", "CPU of the client", "cores"),
                        plain("rss_mb", "memory of the server at the end", "MB"),
                        plain("refused", "requests refused", ""),
                    ]
                }
            }
            Self::A2 => {
                const {
                    &[
                        at_least("ratio", "durable, of the rate without durability", "", 0.6, 0.8),
                        below("p99_ms", "request, p99, 64 connections saturated", "ms", 15.0, 15.0),
                        below("half_p99_ms", "request, p99, open loop at half the rate", "ms", 15.0, 15.0),
                        below("open_p99_ms", "request, p99, open loop at 0.8 of the rate", "ms", 15.0, 15.0),
                        plain("requests_per_second", "durable", "requests/s"),
                        plain("without_per_second", "without durability", "requests/s"),
                        plain("p50_ms", "request, p50", "ms"),
                        plain("server_cores", "CPU of the server", "cores"),
                        plain("client_cores", "CPU of the client", "cores"),
                    ]
                }
            }
            Self::A3 => {
                const {
                    &[
                        below("idle_p99_ms", "idle, p99", "ms", 20.0, 5.0),
                        below("loaded_p99_ms", "at half of A1, p99", "ms", 150.0, 50.0),
                        plain("idle_p50_ms", "idle, p50", "ms"),
                        plain("idle_answer_p50_ms", "idle, until the point was acknowledged, p50", "ms"),
                        plain("idle_event_p50_ms", "idle, until the live event, p50", "ms"),
                        plain("loaded_p50_ms", "at half of A1, p50", "ms"),
                        plain("loaded_event_p50_ms", "at half of A1, until the live event, p50", "ms"),
                        plain("loaded_max_ms", "at half of A1, longest", "ms"),
                        plain("every_p50_ms", "idle, each point opens eleven incidents or more, p50", "ms"),
                        plain("every_p99_ms", "idle, each point opens eleven incidents or more, p99", "ms"),
                        plain("load_p99_ms", "the load's own requests, p99", "ms"),
                        plain("load_points_per_second", "the load", "points/s"),
                        plain("samples", "points measured", ""),
                    ]
                }
            }
            Self::A4 => {
                const {
                    &[
                        below("above_us", "CPU per point above that of no rule", "µs", 1.0, 0.2),
                        plain("without_us", "CPU per point, no rule", "µs"),
                        plain("with_us", "CPU per point, 10 000 rules", "µs"),
                    ]
                }
            }
            Self::A5 => {
                const {
                    &[
                        below("p99_ms", "pages up to the thousandth, p99", "ms", 50.0, 25.0),
                        plain("p50_ms", "the same, p50", "ms"),
                        plain("max_ms", "the same, longest", "ms"),
                        plain("first_page_p99_ms", "first pages, p99", "ms"),
                        plain("filtered_p99_ms", "filtered first pages, p99", "ms"),
                        below("search_p99_ms", "searches, p99", "ms", 50.0, 50.0),
                        plain("search_rare_p50_ms", "search for a name or rare words, p50", "ms"),
                        plain("search_rare_p99_ms", "the same, p99", "ms"),
                        plain("search_common_p50_ms", "search for a common word, p50", "ms"),
                        plain("search_common_p99_ms", "the same, p99", "ms"),
                        plain("search_prefix_p50_ms", "search for two letters, p50", "ms"),
                        plain("search_prefix_p99_ms", "the same, p99", "ms"),
                        plain("search_typo_p50_ms", "search with a typing mistake, p50", "ms"),
                        plain("search_typo_p99_ms", "the same, p99", "ms"),
                        plain("search_turkish_p50_ms", "search in Turkish, p50", "ms"),
                        plain("search_turkish_p99_ms", "the same, p99", "ms"),
                        plain("search_two_p50_ms", "search for two words, p50", "ms"),
                        plain("search_two_p99_ms", "the same, p99", "ms"),
                        plain(
                            "search_apart_p50_ms",
                            "search for two common words that never meet, p50",
                            "ms",
                        ),
                        plain("search_apart_p99_ms", "the same, p99", "ms"),
                        plain("search_nothing_p50_ms", "search that finds nothing, p50", "ms"),
                        plain("search_nothing_p99_ms", "the same, p99", "ms"),
                        plain("deep_p99_ms", "pages 100 to 1 000, p99", "ms"),
                        below("keyset_p99_ms", "by cursor, at any depth, p99", "ms", 20.0, 10.0),
                        plain("statistics_ms", "statistics of a year, p50", "ms"),
                        plain("statistics_by_service_ms", "the same, by service", "ms"),
                        plain("statistics_by_severity_ms", "the same, by day and severity", "ms"),
                        plain("hours_ms", "busiest hours of a year, p50", "ms"),
                    ]
                }
            }
            Self::A6 => {
                const {
                    &[
                        below("one_ms", "one service and type, 24 h by ten seconds' points", "ms", 15.0, 5.0),
                        below("all_ms", "10 M points by minute with percentiles", "ms", 500.0, 200.0),
                        plain("one_p99_ms", "one service and type, p99", "ms"),
                        plain("all_p99_ms", "everything, p99", "ms"),
                        plain("points", "points", ""),
                        plain("fill_per_second", "filled at", "points/s"),
                        plain("bytes_per_point", "segments", "B/point"),
                    ]
                }
            }
            Self::A6Large => {
                const {
                    &[
                        below("all_ms", "100 M points by minute with percentiles", "ms", 5_000.0, 2_000.0),
                        plain("one_ms", "one service and type, 24 h by ten seconds' points", "ms"),
                        plain("one_p99_ms", "the same, p99", "ms"),
                        plain("all_p99_ms", "everything, p99", "ms"),
                        plain("points", "points", ""),
                        plain("fill_per_second", "filled at", "points/s"),
                        plain("bytes_per_point", "segments", "B/point"),
                    ]
                }
            }
            Self::A7 => {
                const {
                    &[
                        below("rss_mb", "100 000 series at 200 k points/s, greatest", "MB", 300.0, 200.0),
                        below("idle_rss_mb", "idle", "MB", 80.0, 40.0),
                        below("ready_s", "start to ready on an empty directory", "s", 0.5, 0.2),
                        below("binary_mb", "binary", "MB", 60.0, 40.0),
                        below("bytes_per_point", "segments", "B/point", 6.0, 3.0),
                        plain("points_per_second", "the load", "points/s"),
                        plain("p99_ms", "request, p99", "ms"),
                        plain("server_cores", "CPU of the server", "cores"),
                        plain("log_bytes_per_point", "database, a point in the log", "B/point"),
                    ]
                }
            }
            Self::A8 => {
                const {
                    &[
                        below("accepting_s", "accepting again", "s", 1.0, 0.5),
                        below("caught_up_s", "fully caught up", "s", 15.0, 5.0),
                        plain("points", "points behind the snapshot", ""),
                        plain("fill_per_second", "filled at", "points/s"),
                    ]
                }
            }
            Self::B1 => {
                const {
                    &[
                        at_least("ratio", "of the bare loader's rate", "", 0.8, 0.95),
                        plain("per_second", "indexed by the server", "points/s"),
                        plain("bare_per_second", "by the bare loader", "documents/s"),
                        plain("documents", "documents", ""),
                        plain("bytes_per_point", "the indices", "B/point"),
                    ]
                }
            }
            Self::B2 => {
                const {
                    &[
                        below("worst", "the worst of the questions, by its bare query", "", 1.3, 1.1),
                        plain("chart", "chart of everything by minute, by its bare query", ""),
                        plain("chart_ms", "the same", "ms"),
                        plain("one", "chart of one service and type by minute, by its bare query", ""),
                        plain("one_ms", "the same", "ms"),
                        plain("groups", "chart of ten services by five minutes, by its bare query", ""),
                        plain("groups_ms", "the same", "ms"),
                        plain("ranking", "ranking of services, by its bare query", ""),
                        plain("ranking_ms", "the same", "ms"),
                        plain("distribution", "distribution, by its bare queries", ""),
                        plain("distribution_ms", "the same", "ms"),
                        plain("availability", "availability by five minutes, by its bare query", ""),
                        plain("availability_ms", "the same", "ms"),
                        plain("list", "list of points, by its bare query", ""),
                        plain("list_ms", "the same", "ms"),
                        plain("documents", "documents", ""),
                    ]
                }
            }
            Self::Client => {
                const {
                    &[
                        plain("batch_us_per_point", "batches, CPU of the client", "µs/point"),
                        plain("batch_per_second", "batches, to a server that does nothing", "points/s"),
                        plain("single_us_per_request", "single points, CPU of the client", "µs/request"),
                        plain(
                            "single_per_second",
                            "single points, to a server that does nothing",
                            "requests/s",
                        ),
                    ]
                }
            }
            Self::Soak => {
                const {
                    &[
                        plain("minutes", "minutes", ""),
                        plain("points_per_second", "the load", "points/s"),
                        plain("p50_ms", "request, p50", "ms"),
                        plain("p99_ms", "request, p99", "ms"),
                        plain("max_ms", "request, longest", "ms"),
                        plain("refused", "requests refused", ""),
                        plain("unsent", "requests never sent", ""),
                        plain("drain_s", "from the last answer until nobody is behind", "s"),
                        plain("rss_growth", "memory, last quarter by second quarter", ""),
                        plain("p99_growth", "p99, last quarter by second quarter", ""),
                        plain("max_lag", "most entries a worker was behind", ""),
                    ]
                }
            }
        }
    }
}
