//! The rows of the performance budget: what is measured, and what it has to be.

use serde::{Deserialize, Serialize};

/// A row of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Row {
    /// Batches accepted, evaluated and queryable.
    A1,
    /// Single points.
    A2,
    /// From a point to its incident.
    A3,
    /// What rules cost.
    A4,
    /// Lists of a million incidents.
    A5,
    /// Charts.
    A6,
    /// The same with ten times the points.
    A6Large,
    /// Memory, disk, start.
    A7,
    /// After a crash.
    A8,
    /// Indexing into a search cluster.
    B1,
    /// Questions to a search cluster.
    B2,
    /// What the load generator itself costs.
    Client,
    /// An hour.
    Soak,
}

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At least so much.
    AtLeast(f64),
    /// Less than so much.
    Below(f64),
}

impl Limit {
    /// Says whether a figure keeps the limit.
    pub fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::Below(most) => figure < most,
        }
    }
}

/// A figure of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Its name in the record.
    pub key: &'static str,
    /// Its name for people.
    pub text: &'static str,
    /// Its unit; empty for a ratio or a count.
    pub unit: &'static str,
    /// The limit that must be kept, and the goal.
    pub limits: Option<(Limit, Limit)>,
}

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
    /// Every row, in order.
    pub const ALL: [Self; 13] = [
        Self::A1,
        Self::A2,
        Self::A3,
        Self::A4,
        Self::A5,
        Self::A6,
        Self::A6Large,
        Self::A7,
        Self::A8,
        Self::B1,
        Self::B2,
        Self::Client,
        Self::Soak,
    ];

    /// Returns a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::A1 => "A1: batches accepted, evaluated and queryable",
            Self::A2 => "A2: single points",
            Self::A3 => "A3: from a point to its incident",
            Self::A4 => "A4: what rules cost",
            Self::A5 => "A5: lists of incidents",
            Self::A6 => "A6: charts",
            Self::A6Large => "A6: charts of a hundred million points",
            Self::A7 => "A7: memory, disk, start",
            Self::A8 => "A8: after `kill -9`",
            Self::B1 => "B1: indexing into a search cluster",
            Self::B2 => "B2: questions to a search cluster",
            Self::Client => "What the load generator costs",
            Self::Soak => "Soak",
        }
    }

    /// Returns what the scenario does, in one paragraph, a sentence a line.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::A1 => {
                "Batches of 1 000 points of 10 000 series as JSON, as fast as the server takes them, while 1 000 rules judge them: 40 on every service, the others on five services each; some outliers open incidents.\n\
                 The rate is acknowledged points divided by the time until the last of them was accepted, judged and in the answers, so a backlog that grows lowers it.\n\
                 At the end the points of two metric types are counted by a chart and compared with what was acknowledged."
            }
            Self::A2 => {
                "One point a request on 64 connections, each sending the next when the answer has come; then open loops at half and at eight tenths of that rate, with latency from the instant at which a request ought to be sent.\n\
                 The same again on a server that waits for no disk: SQLite's file in memory (`/dev/shm`), or PostgreSQL with `synchronous_commit = off`."
            }
            Self::A3 => {
                "A point that violates a rule is sent; the time ends when `GET /api/incidents`, asked as soon as the live stream tells of the incident, has answered with it.\n\
                 First on an idle server, then beside an open loop of batches at half of A1's limit, with 1 000 rules."
            }
            Self::A4 => {
                "Two servers take the same points in turn: one without rules, one with 10 000 rules of which each watches one of 10 000 series.\n\
                 CPU time is that of the server process, from the first request until no worker is behind, divided by the points."
            }
            Self::A5 => {
                "`GET /api/incidents` with 50 rows a page over a million incidents: every order in both directions, with and without filters, searches, and pages up to the thousandth.\n\
                 Each search is asked alone, among live incidents and among those of a service.\n\
                 Every question is asked in turn with the others; the 99th percentile is over all answers."
            }
            Self::A6 => {
                "A day of points every ten seconds is sent as history; when they are in segments, charts are asked for over HTTP.\n\
                 The figures are medians; the 99th percentile stands beside them."
            }
            Self::A6Large => "The same over ten times as many services.",
            Self::A7 => {
                "Memory is that of the process (RSS), sampled each second while 100 000 series (1 000 services, four metric types, 25 hosts) are sent at a fixed rate with 1 000 rules, and on a fresh server that is left alone.\n\
                 The disk's figure is segments after the load, their bytes by their points."
            }
            Self::A8 => {
                "Points are sent, the process is killed with `kill -9`, and the snapshots are deleted, so that all points lie behind the state that is left.\n\
                 It accepts again when a point was acknowledged, and has caught up when the incident of a violating point that was sent right then is there and a chart counts every point."
            }
            Self::B1 => {
                "A day of points is sent as history to a server that indexes into OpenSearch; the time ends when the indexer has followed.\n\
                 Its first and last minute are sent before the time begins, so that the indices are there, as they are for the bare loader.\n\
                 Then the server is stopped, the documents are read back, and a bare loader sends the same documents under the same ids, in requests of the same size and as many at a time, to indices of the same mapping.\n\
                 The node is on the same two cores, with a heap of a gigabyte; both take turns, and a first round to warm the node is not counted."
            }
            Self::B2 => {
                "Questions of a day of points are asked over HTTP, each with an end of its own so that no cache knows it.\n\
                 What the server sent to the cluster meanwhile is noted between the two and then sent again by itself, without the cluster's cache: the bare query.\n\
                 The figures are medians."
            }
            Self::Client => {
                "The same requests to a server that reads them and answers `200` at once: what is missing on the machine when the client sends."
            }
            Self::Soak => {
                "Half of A1's limit with everything on: 1 000 rules, incidents that open and are closed, live listeners, charts and lists being asked for.\n\
                 The table has a line for each five minutes."
            }
        }
    }

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
                        plain("load_p99_ms", "the load's own requests, p99", "ms"),
                        plain("load_points_per_second", "the load", "points/s"),
                        plain("samples", "incidents measured", ""),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept_on_their_side() {
        assert!(Limit::AtLeast(2.0).is_met(2.0) && !Limit::AtLeast(2.0).is_met(1.9));
        assert!(Limit::Below(2.0).is_met(1.9) && !Limit::Below(2.0).is_met(2.0));
    }

    #[test]
    fn keys_of_a_row_differ() {
        for row in Row::ALL {
            let mut keys: Vec<_> = row.figures().iter().map(|figure| figure.key).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), row.figures().len(), "{row:?}");
        }
    }
}
