use super::{Actor, Amendment, Identity, Incident, Status, TimelineKind, Violations, amend, sentence};
use crate::id::{DepartmentId, IncidentId, OrganizationId, RuleId, ServiceId};
use crate::rule::{Operator, Severity};
use crate::time::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

fn incident() -> Incident {
    Incident {
        id: IncidentId(Uuid::from_u128(1)),
        organization_id: OrganizationId(Uuid::from_u128(2)),
        number: 42,
        identity: Identity {
            rule_id: RuleId(Uuid::from_u128(3)),
            service_id: ServiceId(Uuid::from_u128(4)),
            group_key: String::new(),
        },
        title: "Latency of Superonline above 150 ms: 160 ms".into(),
        rule_name: "High latency".into(),
        service_name: "Superonline".into(),
        metric_type: "LATENCY_MS".into(),
        operator: Operator::Greater,
        threshold: 150.0,
        opening_value: 160.0,
        department_id: DepartmentId(Uuid::from_u128(5)),
        severity: Severity::High,
        status: Status::Open,
        assignee: None,
        violations: Violations { count: 1, last_at: Timestamp(0), peak: 160.0 },
        opened_at: Timestamp(0),
        in_progress_at: None,
        recovered_at: None,
        closed_at: None,
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn person() -> Actor {
    Actor::Person { name: "Ayşe".into() }
}

fn move_to(status: Status) -> Amendment {
    Amendment { status: Some(status), ..Amendment::default() }
}

fn check(steps: &[Status], expected: Result<Status, (Status, &[Status])>) {
    let mut now = incident();
    for (tick, status) in steps.iter().enumerate() {
        match amend(&now, &move_to(*status), &person(), Timestamp(tick as i64)) {
            Ok((next, _)) => now = next,
            Err(refused) => {
                assert_eq!(Err((refused.from, refused.allowed)), expected, "{steps:?}");
                return;
            }
        }
    }
    assert_eq!(Ok(now.status), expected, "{steps:?}");
}

#[test]
fn the_life_cycle_has_these_steps_and_no_others() {
    use Status::{Closed, InProgress, Open};
    check(&[InProgress], Ok(InProgress));
    check(&[Closed], Ok(Closed));
    check(&[InProgress, Open], Ok(Open));
    check(&[InProgress, Closed], Ok(Closed));
    check(&[InProgress, Closed, Open], Ok(Open));
    check(&[Closed, InProgress], Err((Closed, &[Open])));
}

#[test]
fn who_acknowledges_becomes_the_assignee() {
    let (taken, entries) = amend(&incident(), &move_to(Status::InProgress), &person(), Timestamp(7)).unwrap();
    assert_eq!(taken.assignee.as_deref(), Some("Ayşe"));
    assert_eq!(taken.in_progress_at, Some(Timestamp(7)));
    assert_eq!(
        entries.iter().map(|entry| entry.kind).collect::<Vec<_>>(),
        [TimelineKind::StatusChanged, TimelineKind::Assigned]
    );

    let (released, _) = amend(&taken, &move_to(Status::Open), &person(), Timestamp(8)).unwrap();
    assert_eq!((released.assignee, released.in_progress_at), (None, None));
}

#[test]
fn asking_for_what_is_so_changes_nothing() {
    let amendment = Amendment {
        status: Some(Status::Open),
        severity: Some(Severity::High),
        assignee: Some(None),
        department_id: Some(incident().department_id),
    };
    let (same, entries) = amend(&incident(), &amendment, &person(), Timestamp(9)).unwrap();
    assert_eq!((same, entries), (incident(), vec![]));
}

#[test]
fn a_sentence_reads_like_one() {
    assert_eq!(
        sentence("Latency", "Superonline", Operator::Greater, 150.0, "ms", 412.5),
        "Latency of Superonline above 150 ms: 412.5 ms"
    );
    assert_eq!(
        sentence("Packet loss", "TV+", Operator::GreaterOrEqual, 2.0, "%", 2.5),
        "Packet loss of TV+ at or above 2%: 2.5%"
    );
    assert_eq!(
        sentence("CPU", "db", Operator::Less, 1e-7, "", 53.568_000_000_000_01),
        "CPU of db below 0.0000001: 53.568"
    );
}

fn any_amendment() -> impl Strategy<Value = Amendment> {
    (
        prop::option::of(prop::sample::select(Status::ALL)),
        prop::option::of(prop::sample::select(Severity::ALL)),
        prop::option::of(prop::option::of("[a-z]{1,8}")),
        prop::option::of((5..8_u128).prop_map(|id| DepartmentId(Uuid::from_u128(id)))),
    )
        .prop_map(|(status, severity, assignee, department_id)| Amendment {
            status,
            severity,
            assignee,
            department_id,
        })
}

proptest! {
    /// Whatever people ask for, in any order: a closed incident has an instant of closing and no other has, one
    /// in progress has an instant of acknowledgement, every change counts once and leaves entries, and a refusal
    /// changes nothing.
    #[test]
    fn any_sequence_of_acts_keeps_the_incident_consistent(amendments in prop::collection::vec(any_amendment(), 0..40)) {
        let mut now = incident();
        for (tick, amendment) in amendments.iter().enumerate() {
            let at = Timestamp(tick as i64 + 1);
            match amend(&now, amendment, &person(), at) {
                Ok((next, entries)) => {
                    prop_assert_eq!(next.version, now.version + i64::from(!entries.is_empty()));
                    prop_assert_eq!(entries.is_empty(), next == now);
                    now = next;
                }
                Err(refused) => {
                    prop_assert_eq!(refused.from, now.status);
                    prop_assert!(!refused.allowed.contains(&refused.to));
                }
            }
            prop_assert_eq!(now.closed_at.is_some(), now.status == Status::Closed);
            prop_assert!(now.status != Status::InProgress || now.in_progress_at.is_some());
            prop_assert!(now.status != Status::Open || now.in_progress_at.is_none());
        }
    }
}
