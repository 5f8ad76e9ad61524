use super::{Beginning, Session};
use crate::live::Digest;
use crate::live::digest::{Audience, Content, PointsHint};
use std::collections::BTreeMap;
use std::time::Duration;
use tracely_core::id::{OrganizationId, ServiceId};
use tracely_core::time::{SECOND, Timestamp};
use uuid::Uuid;

const OWN: OrganizationId = OrganizationId(Uuid::from_u128(1));
const OTHER: OrganizationId = OrganizationId(Uuid::from_u128(2));

fn at(seconds: f64) -> Timestamp {
    Timestamp(1_000 * SECOND + (seconds * SECOND as f64) as i64)
}

fn change(position: u64, organization_id: OrganizationId) -> Digest {
    let content = Content::Change(format!("change {position}\n").into_bytes().into());
    Digest { position, audience: Audience::Organization(organization_id), content }
}

fn points(position: u64, organization_id: OrganizationId, service: u128) -> Digest {
    let hint = PointsHint {
        services: [ServiceId(Uuid::from_u128(service))].into_iter().collect(),
        count: 1,
        to: Some(Timestamp(service as i64)),
        ..PointsHint::default()
    };
    Digest { position, audience: Audience::Organization(organization_id), content: Content::Points(hint) }
}

fn begun() -> Session {
    Session::begin(OWN, Beginning::AtHead(10), at(0.0)).0
}

/// Takes digests and tells what is due; returns the messages, each as its event with the data's count of points.
fn told(session: &mut Session, digests: &[Digest], now: Timestamp) -> String {
    let up_to = digests.last().map_or(session.position(), |last| last.position);
    let mut out = Vec::new();
    session.take(digests, up_to, &mut out);
    session.tell_due(now, || BTreeMap::from([("evaluator", 3)]), &mut out);
    String::from_utf8(out).expect("messages are text")
}

#[test]
fn a_stream_says_where_it_begins() {
    let text = |beginning| String::from_utf8(Session::begin(OWN, beginning, at(0.0)).1).expect("text");
    let hello = "retry: 2000\nevent: hello\nid: 7\ndata: {\"position\":7,\"version\":\"0.1.0\"}\n\n";
    assert_eq!(text(Beginning::AtHead(7)), hello);
    assert_eq!(text(Beginning::After(7)), hello);
    assert_eq!(
        text(Beginning::Reset(7)),
        format!("{hello}event: reset\nid: 7\ndata: {{\"position\":7}}\n\n")
    );
}

#[test]
fn an_organization_hears_only_of_itself() {
    let mut session = begun();
    let digests = [change(11, OTHER), change(12, OWN), points(13, OTHER, 1), change(14, OTHER)];
    assert_eq!(told(&mut session, &digests, at(0.0)), "change 12\n");
    assert_eq!(session.position(), 14);
}

#[test]
fn the_first_points_after_quiet_are_told_at_once_and_more_once_a_second() {
    let mut session = begun();
    let first = told(&mut session, &[points(11, OWN, 1)], at(2.0));
    assert!(first.starts_with("event: points\nid: 11\ndata: {\"service_ids\":["), "{first}");
    assert_eq!(told(&mut session, &[points(12, OWN, 2), points(13, OWN, 1)], at(2.2)), "");
    assert_eq!(session.next_due(at(2.2)), Duration::from_millis(800));
    assert_eq!(told(&mut session, &[points(14, OWN, 2)], at(2.9)), "");
    let second = told(&mut session, &[], at(3.0));
    assert!(second.starts_with("event: points\nid: 14\n"), "{second}");
    assert!(second.contains("\"truncated\":false,\"count\":3,"), "{second}");
    assert_eq!(told(&mut session, &[], at(4.0)), "", "nothing is held back");
    assert_ne!(told(&mut session, &[points(15, OWN, 1)], at(4.5)), "");
}

#[test]
fn the_first_hint_after_a_resume_is_about_any_service() {
    let (mut session, _) = Session::begin(OWN, Beginning::After(10), at(0.0));
    let expected =
        "event: points\nid: 10\ndata: {\"service_ids\":[],\"truncated\":true,\"count\":0,\"to\":null}\n\n";
    assert_eq!(told(&mut session, &[], at(0.0)), expected);
}

#[test]
fn a_heartbeat_comes_every_ten_seconds() {
    let mut session = begun();
    assert_eq!(session.next_due(at(0.0)), Duration::from_secs(10));
    assert_eq!(told(&mut session, &[], at(9.9)), "");
    let heartbeat = told(&mut session, &[], at(10.0));
    let expected = "event: heartbeat\nid: 10\ndata: {\"position\":10,\"now\":\"1970-01-01T00:16:50Z\",\"lag\":{\"evaluator\":3}}\n\n";
    assert_eq!(heartbeat, expected);
    assert_eq!(told(&mut session, &[], at(12.0)), "");
    assert!(told(&mut session, &[], at(5.0)).contains("heartbeat"), "the clock was put back");
}

#[test]
fn after_a_reset_nothing_older_is_told() {
    let mut session = begun();
    assert_ne!(told(&mut session, &[points(11, OWN, 1)], at(0.0)), "");
    assert_eq!(told(&mut session, &[points(12, OWN, 1)], at(0.1)), "");
    let mut out = Vec::new();
    session.reset(99, &mut out);
    assert_eq!(out, b"event: reset\nid: 99\ndata: {\"position\":99}\n\n");
    assert_eq!((session.position(), told(&mut session, &[], at(5.0)).as_str()), (99, ""));
}
