//! The messages of the stream, and how they are written.

use super::digest::PointsHint;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use tracely_core::id::{CommentId, DepartmentId, IncidentId, NotificationId, RuleId, ServiceId};
use tracely_core::incident::Status;
use tracely_core::rule::Severity;
use tracely_core::time::Timestamp;
use utoipa::ToSchema;

/// How long a browser waits before it connects again, in milliseconds.
const RECONNECT_AFTER: u64 = 2_000;

/// The data of each event of the stream, by the event's name.
#[expect(dead_code, reason = "describes the stream in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(untagged)]
pub enum LiveMessage {
    /// `hello`: the stream begins.
    Hello(LiveHello),
    /// `change`: something happened.
    Change(Box<LiveChange>),
    /// `points`: services got points.
    Points(LivePoints),
    /// `reset`: read everything again.
    Reset(LiveReset),
    /// `heartbeat`: nothing is wrong.
    Heartbeat(LiveHeartbeat),
}

/// The data of `hello`, the first event of each stream.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveHello {
    /// The position in the log after which the stream begins.
    pub position: u64,
    /// The version of Tracely.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

/// The data of `change`: something happened. What the event does not have is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveChange {
    /// What happened.
    #[schema(example = "incident.opened")]
    pub kind: &'static str,
    /// When it was written.
    pub at: Timestamp,
    /// The incident it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub incident_id: Option<IncidentId>,
    /// The name people call the incident by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "INC-42")]
    pub incident_key: Option<String>,
    /// The service it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub service_id: Option<ServiceId>,
    /// The rule it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule_id: Option<RuleId>,
    /// The department that the incident or rule is routed to, or whose inbox it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub department_id: Option<DepartmentId>,
    /// The severity of the incident or rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// Where the incident is in its life now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<Status>,
    /// What the incident is about, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// The key of the metric type it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub metric_type: Option<String>,
    /// The new notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notification_id: Option<NotificationId>,
    /// The comment it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub comment_id: Option<CommentId>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor: Option<String>,
}

impl LiveChange {
    /// Makes a change of which nothing more is known yet.
    pub fn new(kind: &'static str, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            incident_id: None,
            incident_key: None,
            service_id: None,
            rule_id: None,
            department_id: None,
            severity: None,
            status: None,
            title: None,
            metric_type: None,
            notification_id: None,
            comment_id: None,
            actor: None,
        }
    }
}

/// The data of `points`: services got points since the last event of this name. Sent at most once a second.
#[derive(Debug, Serialize, ToSchema)]
pub struct LivePoints {
    /// Some of the services, at most 100.
    #[schema(max_items = 100)]
    pub service_ids: Vec<ServiceId>,
    /// Other services may have got points too.
    pub truncated: bool,
    /// How many points were seen; more when truncated.
    pub count: u64,
    /// The latest instant at which one of them was measured; null when none was seen.
    pub to: Option<Timestamp>,
}

/// The data of `reset`: changes before this position were not told. Read everything again.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveReset {
    /// The position in the log after which the stream goes on.
    pub position: u64,
}

/// The data of `heartbeat`, sent every ten seconds.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveHeartbeat {
    /// The position in the log up to which everything was told.
    pub position: u64,
    /// The server's time.
    pub now: Timestamp,
    /// How many entries of the log each worker has yet to work on; a worker that has not begun is left out.
    pub lag: BTreeMap<&'static str, u64>,
}

/// Writes `hello`.
pub(super) fn hello(position: u64) -> Vec<u8> {
    let data = LiveHello { position, version: env!("CARGO_PKG_VERSION") };
    let mut out = format!("retry: {RECONNECT_AFTER}\n").into_bytes();
    write("hello", position, &data, &mut out);
    out
}

/// Writes `change`.
pub(super) fn change(position: u64, data: &LiveChange) -> Bytes {
    let mut out = Vec::new();
    write("change", position, data, &mut out);
    out.into()
}

/// Writes `points`.
pub(super) fn points(position: u64, hint: &PointsHint, out: &mut Vec<u8>) {
    let mut service_ids: Vec<_> = hint.services.iter().copied().collect();
    service_ids.sort_unstable();
    let PointsHint { truncated, count, to, .. } = *hint;
    write("points", position, &LivePoints { service_ids, truncated, count, to }, out);
}

/// Writes `reset`.
pub(super) fn reset(position: u64, out: &mut Vec<u8>) {
    write("reset", position, &LiveReset { position }, out);
}

/// Writes `heartbeat`.
pub(super) fn heartbeat(data: &LiveHeartbeat, out: &mut Vec<u8>) {
    write("heartbeat", data.position, data, out);
}

/// Writes an event. JSON has no line breaks, so the data are one line.
fn write(event: &str, position: u64, data: &impl Serialize, out: &mut Vec<u8>) {
    let data = serde_json::to_string(data).expect("a message has only text keys and plain values");
    out.extend_from_slice(format!("event: {event}\nid: {position}\ndata: {data}\n\n").as_bytes());
}
