//! The rows of the performance budget: what is measured, and what it has to be.

mod figures;

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
                "A point that violates a rule is sent, ten times a second; the time ends when `GET /api/incidents`, asked as soon as the live stream tells of the incident, has answered with it.\n\
                 First on an idle server, then beside an open loop of batches at half of A1's limit, with 1 000 rules.\n\
                 At the end, idle again, points that violate the eleven rules that watch for high values of their metric type on every service, and some a rule of their service too.\n\
                 Until 2026-11-24 all points did."
            }
            Self::A4 => {
                "Two servers take the same points in turn: one without rules, one with 10 000 rules of which each watches one of 10 000 series.\n\
                 CPU time is that of the server process, from the first request until no worker is behind, divided by the points."
            }
            Self::A5 => {
                "`GET /api/incidents` with 50 rows a page over a million incidents: every order in both directions, with and without filters, searches, and pages up to the thousandth.\n\
                 Each search is asked alone, among live incidents and among those of a service.\n\
                 Every question is asked in turn with the others; the 99th percentile is over all answers.\n\
                 At the end, statistics of a year of incidents."
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
                "Questions of a day of points are asked over HTTP.\n\
                 What the server sends to the cluster for it is noted between the two and sent by itself as well, as it was: the bare query.\n\
                 Both take turns in coming first, and before each the cluster forgets the answers that it keeps (`_cache/clear?request=true`).\n\
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
