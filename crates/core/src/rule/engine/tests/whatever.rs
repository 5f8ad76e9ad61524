//! What holds whatever the log has in it.

use super::super::{Config, Engine};
use super::world::{Entry, World, rule, series, service};
use crate::event::Event;
use crate::id::SeriesId;
use crate::incident::Status;
use crate::metric::{Point, PointBatch};
use crate::rule::Rule;
use crate::time::{MINUTE, Timestamp};
use proptest::prelude::*;

fn any_entry() -> impl Strategy<Value = Entry> {
    let point = (0..4_u32, 0..12_i64, prop::sample::select(vec![1.0, 120.0, 160.0, 300.0]));
    let any_rule = (1..4_u128, prop::sample::select(vec![100.0, 150.0, 250.0]), any::<bool>(), 0..3_u32)
        .prop_map(|(number, threshold, enabled, scope)| {
            let service_ids = if scope == 2 { vec![] } else { vec![service(scope)] };
            Entry::Rule(Rule { enabled, service_ids, ..rule(number, threshold) })
        });
    let person = (1..4_u128, 0..2_u32, prop::sample::select(Status::ALL))
        .prop_map(|(rule, service, status)| Entry::Person(rule, service, status));
    prop_oneof![
        6 => prop::collection::vec(point, 1..6).prop_map(Entry::Points),
        2 => any_rule,
        2 => person,
        1 => (1..4_u128).prop_map(Entry::RuleDeleted),
    ]
}

proptest! {
    /// A world never has two live incidents of one identity (asserted while playing), whatever happens, and an
    /// engine that was stored and restored anywhere decides like one that ran through.
    #[test]
    fn a_restart_anywhere_changes_no_decision(
        entries in prop::collection::vec(any_entry(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut through = World::new();
        let mut restarted = World::new();
        let cut = cut.index(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            if place == cut {
                let snapshot = restarted.engine.snapshot();
                let known = |id: SeriesId| Some(series(id.0));
                restarted.engine = Engine::restore(Config::default(), snapshot, known);
            }
            through.play(entry);
            restarted.play(entry);
        }
        prop_assert_eq!(&through.told, &restarted.told);
        through.engine.take_counts();
        restarted.engine.take_counts();
        prop_assert_eq!(through.engine.snapshot(), restarted.engine.snapshot());
    }

    /// How points are split into batches decides nothing.
    #[test]
    fn batch_boundaries_change_no_decision(
        values in prop::collection::vec((0..4_u32, 0..12_i64, prop::sample::select(vec![1.0, 160.0])), 1..60),
        sizes in prop::collection::vec(1..7_usize, 1..20),
    ) {
        let judge = |sizes: &[usize]| {
            let mut engine = Engine::new(Config::default());
            engine.apply(&Event::RuleChanged { rule: Box::new(rule(1, 150.0)) });
            (0..4).for_each(|number| engine.learn(series(number)));
            let mut transitions = vec![];
            let mut rest = &values[..];
            for size in sizes.iter().cycle() {
                let (head, tail) = rest.split_at((*size).min(rest.len()));
                let mut batch = PointBatch::default();
                for (number, minute, value) in head {
                    let instant = Timestamp(minute * MINUTE);
                    batch.push(Point { series: SeriesId(*number), instant, value: *value });
                }
                engine.judge(&batch, Timestamp(0), &mut transitions);
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            (transitions, engine.snapshot())
        };
        prop_assert_eq!(judge(&sizes), judge(&[values.len()]));
    }
}
