//! `/api/live`: what happens, told while it happens.

#![expect(clippy::unwrap_used, reason = "a stream that cannot be read has failed the test")]

use crate::support::{problem, text, watched};
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tracely_core::event::Event;
use tracely_core::id::{OrganizationId, ServiceId};
use tracely_testkit::app::TestApp;
use tracely_testkit::database::TestDatabase;
use uuid::Uuid;

const SECOND: i64 = 1_000_000;

/// A client that listens.
struct Listener {
    body: BodyDataStream,
    headers: HeaderMap,
    unread: String,
}

/// One event of the stream.
#[derive(Debug)]
struct Heard {
    event: String,
    id: u64,
    data: Value,
}

impl Listener {
    /// Connects with headers and reads `hello`.
    async fn connect(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> (Self, Heard) {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = app.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        let (parts, body) = response.into_parts();
        let mut listener =
            Self { body: body.into_data_stream(), headers: parts.headers, unread: String::new() };
        let hello = listener.next().await.unwrap();
        assert_eq!(hello.event, "hello");
        (listener, hello)
    }

    async fn new(app: &TestApp) -> Self {
        Self::connect(app, "/api/live", &[]).await.0
    }

    async fn after(app: &TestApp, id: u64) -> Self {
        Self::connect(app, "/api/live", &[("last-event-id", &id.to_string())]).await.0
    }

    /// Waits for the next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Heard> {
        while !self.unread.contains("\n\n") {
            let chunk = self.body.next().await?.unwrap();
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        let (block, rest) = self.unread.split_once("\n\n").unwrap();
        let field = |name: &str| {
            let of_name = |line: &str| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned);
            block.lines().find_map(of_name)
        };
        let heard = Heard {
            event: field("event").unwrap(),
            id: field("id").unwrap().parse().unwrap(),
            data: serde_json::from_str(&field("data").unwrap()).unwrap(),
        };
        self.unread = rest.into();
        Some(heard)
    }

    /// Reads until an event of a name comes.
    async fn until(&mut self, event: &str) -> Heard {
        loop {
            let heard = self.next().await.expect("the stream goes on");
            if heard.event == event {
                return heard;
            }
        }
    }

    /// Reads changes until one of a kind comes, and returns the ids and kinds of all.
    async fn changes_until(&mut self, kind: &str) -> Vec<(u64, String)> {
        let mut changes = Vec::new();
        loop {
            let change = self.until("change").await;
            changes.push((change.id, text(&change.data, "kind")));
            if change.data["kind"] == kind {
                return changes;
            }
        }
    }

    /// Says whether there is nothing to read now.
    fn is_quiet(&mut self) -> bool {
        self.unread.is_empty() && self.body.next().now_or_never().is_none()
    }
}

/// A second tenant, behind the application's back.
async fn other_organization(app: &TestApp) -> OrganizationId {
    let statement = if app.database.is_postgres() {
        "INSERT INTO organization VALUES ('00000000-0000-0000-0000-000000000002', 'Other', 0, 0)"
    } else {
        "INSERT INTO organization VALUES (x'00000000000000000000000000000002', 'Other', 0, 0)"
    };
    app.database.execute(statement).await;
    OrganizationId(Uuid::from_u128(2))
}

#[tokio::test]
async fn an_incident_that_opens_is_told_with_what_follows() {
    let app = TestApp::start().await;
    let (service, department, rule) = watched(&app).await;
    app.settle().await;
    let (mut listener, hello) = Listener::connect(&app, "/api/live", &[]).await;
    assert_eq!((hello.id, hello.data), (3, json!({"position": 3, "version": "0.1.0"})));
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]
    {
        assert_eq!(listener.headers[name], value);
    }
    assert!(!listener.headers.contains_key("content-encoding"));

    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let mut opened = listener.until("change").await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    opened.data.as_object_mut().unwrap().remove("at").unwrap();
    let expected = json!({
        "kind": "incident.opened", "incident_id": incident["id"], "incident_key": "INC-1",
        "service_id": service, "rule_id": rule, "department_id": department, "severity": "HIGH",
        "status": "OPEN", "title": incident["title"], "metric_type": "LATENCY_MS",
    });
    assert_eq!((opened.id, opened.data), (5, expected));
    let told = listener.until("change").await.data;
    let notification = &app.get("/api/notifications").await.data()[0];
    assert_eq!(told["kind"], "notification.created");
    assert_eq!(told["notification_id"], notification["id"]);

    app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS"})).await.data();
    let comment = app.post("/api/incidents/INC-1/comments", &json!({"body": "x"})).await.data();
    app.settle().await;
    let updated = listener.until("change").await.data;
    assert_eq!(updated["kind"], "incident.updated");
    assert_eq!((&updated["status"], &updated["actor"]), (&json!("IN_PROGRESS"), &json!("operator")));
    let commented = listener.until("change").await.data;
    assert_eq!((&commented["kind"], &commented["comment_id"]), (&json!("comment.added"), &comment["id"]));
}

#[tokio::test]
async fn who_comes_back_gets_exactly_the_changes_it_has_missed() {
    let app = TestApp::start().await;
    let mut all = Listener::new(&app).await;
    for name in ["A", "B", "C"] {
        app.service(name).await;
    }
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let all = all.changes_until("notification.created").await;
    assert_eq!(all.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 8, 9]);
    for seen in 0..9 {
        let missed: Vec<_> = all.iter().filter(|(id, _)| *id > seen).cloned().collect();
        let mut again = Listener::after(&app, seen).await;
        assert_eq!(again.changes_until("notification.created").await, missed, "after {seen}");
    }
    let mut by_parameter = Listener::connect(&app, "/api/live?last_event_id=7", &[]).await.0;
    assert_eq!(by_parameter.until("change").await.id, 8);
    let header_wins = [("last-event-id", "8")];
    let mut both = Listener::connect(&app, "/api/live?last_event_id=2", &header_wins).await.0;
    assert_eq!(both.until("change").await.id, 9);
}

#[tokio::test]
async fn who_comes_back_to_another_process_gets_what_it_has_missed_from_the_log() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let app = app.crash_and_restart().await;
    let mut listener = Listener::after(&app, 1).await;
    app.settle().await;
    let kinds = listener.changes_until("notification.created").await;
    let expected = ["department.changed", "rule.changed", "incident.opened", "notification.created"];
    assert_eq!(kinds.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn of_many_entries_that_are_not_in_memory_the_points_are_hinted_at() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    for _ in 0..100 {
        app.latency(&service, 1.0, "2024-01-15T10:20:00Z").await;
    }
    app.service("Last").await;
    app.settle().await;
    let app = app.crash_and_restart().await;
    let mut listener = Listener::after(&app, 3).await;
    let hint = listener.until("points").await;
    assert_eq!(hint.data, json!({"service_ids": [], "truncated": true, "count": 0, "to": null}));
    app.settle().await;
    let change = listener.until("change").await;
    assert_eq!((change.id, &change.data["kind"]), (104, &json!("service.changed")));
    app.advance(SECOND);
    app.service("Wake").await;
    app.settle().await;
    assert_eq!(listener.until("points").await.data["truncated"], true);
}

#[tokio::test]
async fn another_organization_is_not_heard() {
    let app = TestApp::start().await;
    let other = other_organization(&app).await;
    let mut listener = Listener::new(&app).await;
    let tx = app.app.store().begin().await.unwrap();
    for number in 0..300 {
        tx.emit(other, Event::ServiceChanged { service_id: ServiceId(Uuid::from_u128(number)) });
    }
    tx.commit().await.unwrap();
    let own = app.service("Own").await;
    app.settle().await;
    let change = listener.next().await.unwrap();
    assert_eq!((change.id, text(&change.data, "service_id")), (301, own));
    let mut again = Listener::after(&app, 0).await;
    assert_eq!(again.until("change").await.id, 301);
}

#[tokio::test]
async fn points_are_hinted_at_once_a_second() {
    let app = TestApp::start().await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    app.settle().await;
    let mut listener = Listener::new(&app).await;
    app.latency(&a, 1.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    let first = listener.next().await.unwrap();
    assert_eq!((first.event.as_str(), first.id), ("points", 3));
    let expected = json!({"service_ids": [a], "truncated": false, "count": 1, "to": "2024-01-15T10:20:00Z"});
    assert_eq!(first.data, expected);

    app.latency(&b, 1.0, "2024-01-15T10:21:00Z").await;
    app.latency(&a, 2.0, "2024-01-15T10:19:00Z").await;
    app.latency(&b, 2.0, "2024-01-15T10:20:30Z").await;
    let c = app.service("C").await;
    app.settle().await;
    let change = listener.next().await.unwrap();
    assert_eq!((change.event.as_str(), text(&change.data, "service_id")), ("change", c));
    app.advance(SECOND);
    app.service("D").await;
    app.settle().await;
    assert_eq!(listener.next().await.unwrap().event, "change");
    let second = listener.next().await.unwrap();
    let expected =
        json!({"service_ids": [a, b], "truncated": false, "count": 3, "to": "2024-01-15T10:21:00Z"});
    assert_eq!((second.event.as_str(), second.data), ("points", expected));
}

#[tokio::test]
async fn a_heartbeat_tells_the_time_and_how_far_the_workers_are() {
    let app = TestApp::start().await;
    let mut listener = Listener::new(&app).await;
    app.settle().await;
    app.advance(10 * SECOND);
    app.service("A").await;
    app.settle().await;
    let heartbeat = listener.until("heartbeat").await;
    let expected = json!({
        "position": 1, "now": "2024-01-15T10:30:10Z", "lag": {"evaluator": 0, "dispatcher": 0, "indexer": 0},
    });
    assert_eq!((heartbeat.id, heartbeat.data), (1, expected));
}

#[tokio::test]
async fn what_cannot_be_told_is_a_reset_and_the_stream_goes_on() {
    let app = TestApp::start().await;
    app.service("A").await;
    app.settle().await;
    // Ahead of the log: the client has seen another database.
    let mut listener = Listener::after(&app, 2).await;
    assert_eq!(listener.next().await.unwrap().data, json!({"position": 1}));
    app.service("B").await;
    app.settle().await;
    assert_eq!(listener.until("change").await.id, 2);

    // More than 10 000 entries back.
    let tx = app.app.store().begin().await.unwrap();
    for _ in 0..10_000 {
        tx.emit(OrganizationId(Uuid::from_u128(1)), Event::MetricTypeChanged { key: "X".into() });
    }
    tx.commit().await.unwrap();
    let mut listener = Listener::after(&app, 1).await;
    let reset = listener.next().await.unwrap();
    assert_eq!((reset.event.as_str(), reset.id), ("reset", 10_002));
    app.settle().await;
    let mut listener = Listener::after(&app, 2).await;
    assert_eq!(listener.until("change").await.id, 3, "just within reach");
}

#[tokio::test]
async fn what_was_cut_from_the_log_is_a_reset() {
    let app = TestApp::start().await;
    for name in ["A", "B", "C", "D"] {
        app.service(name).await;
    }
    app.settle().await;
    app.database.execute("DELETE FROM log WHERE position <= 2").await;
    let app = app.crash_and_restart().await;
    app.settle().await;
    let mut listener = Listener::after(&app, 1).await;
    let reset = listener.until("reset").await;
    assert_eq!((reset.id, reset.data), (4, json!({"position": 4})));
    let mut listener = Listener::after(&app, 2).await;
    assert_eq!(listener.until("change").await.id, 3);
}

#[tokio::test]
async fn who_does_not_read_falls_behind_and_is_reset() {
    let app = TestApp::start().await;
    app.settle().await;
    let (mut slow, mut other) = (Listener::new(&app).await, Listener::new(&app).await);
    for _ in 0..101 {
        let tx = app.app.store().begin().await.unwrap();
        for _ in 0..100 {
            tx.emit(OrganizationId(Uuid::from_u128(1)), Event::MetricTypeChanged { key: "X".into() });
        }
        tx.commit().await.unwrap();
        app.settle().await;
        for _ in 0..100 {
            other.until("change").await;
        }
    }
    let reset = slow.next().await.unwrap();
    assert_eq!((reset.event.as_str(), reset.id), ("reset", 10_100));
    app.service("A").await;
    app.settle().await;
    assert_eq!(slow.until("change").await.id, 10_101);
    assert_eq!(other.until("change").await.id, 10_101);
}

#[tokio::test]
async fn more_than_512_may_not_listen_at_a_time() {
    let app = TestApp::with(TestDatabase::new().await, |_| ()).await;
    let mut listeners = Vec::new();
    for _ in 0..512 {
        listeners.push(Listener::new(&app).await);
    }
    let refused = app.get("/api/live").await;
    assert_eq!(problem(&refused, 503)["type"], "urn:tracely:problem:unavailable");
    assert_eq!(refused.headers["retry-after"], "10");
    let counted = String::from_utf8(app.get("/metrics").await.bytes).unwrap();
    assert!(counted.contains("tracely_live_connections 512\n"), "{counted}");
    drop(listeners.pop());
    let last = Listener::new(&app).await;
    drop((last, listeners));
    let counted = String::from_utf8(app.get("/metrics").await.bytes).unwrap();
    assert!(counted.contains("tracely_live_connections 0\n"), "{counted}");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let app = TestApp::start().await;
    let (mut waiting, mut unread) = (Listener::new(&app).await, Listener::new(&app).await);
    assert!(waiting.is_quiet());
    app.service("A").await;
    app.settle().await;
    app.app.end_streams();
    assert!(waiting.next().await.is_none());
    assert!(unread.next().await.is_none());
    problem(&app.get("/api/live").await, 503);
}

#[tokio::test]
async fn a_position_that_is_none_is_refused() {
    let app = TestApp::start().await;
    for wrong in ["", "x", "-1", "+1", "1.5", "18446744073709551616", " "] {
        let request = Request::builder().uri("/api/live").header("last-event-id", wrong);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.places(400), ["Last-Event-ID"], "{wrong:?}");
    }
    assert_eq!(app.get("/api/live?last_event_id=x&since=1").await.places(400), ["last_event_id", "since"]);
    assert_eq!(app.get("/api/live?last_event_id=").await.places(400), ["last_event_id"]);
}
