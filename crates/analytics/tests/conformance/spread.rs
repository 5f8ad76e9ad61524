//! Questions for how values and points are spread, asked of both engines.

use crate::groups::some_groups;
use crate::questions::TIMES;
use crate::world::{START, World, random, set};
use rand::RngExt;
use tracely_analytics::{AvailabilityQuestion, DistributionQuestion, MAX_BINS, MIN_BINS, Scale};
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};

pub async fn distributions(world: &World) {
    let mut random = random();
    for round in 0..2 * TIMES {
        let (from, to) = World::some_span(&mut random);
        let series = if round == 0 { set([]) } else { world.some_series(&mut random) };
        let scale = [Scale::Linear, Scale::Logarithmic][round % 2];
        let bins = random.random_range(MIN_BINS..=MAX_BINS);
        let question = DistributionQuestion { series, from, to, scale, bins };
        let embedded = world.embedded.distribution(&question).unwrap();
        let cluster = world.elastic.distribution(&question).await.unwrap();
        assert_eq!(cluster, embedded, "{question:?}");
    }
}

pub async fn availabilities(world: &World) {
    let mut random = random();
    for round in 0..TIMES {
        let (from, to) = World::some_span(&mut random);
        let groups = some_groups(world, round);
        let given = [SECOND, 7 * SECOND + 1, MINUTE, HOUR, 3 * DAY].into_iter();
        // So few slots that it does not take many requests.
        let fits = |width: &i64| (to.0 - from.0) / width * (groups.len() as i64) < 200_000;
        let fitting: Vec<i64> = given.filter(fits).collect();
        let interval = (round % 2 == 0).then(|| fitting[random.random_range(0..fitting.len())]);
        let gaps = [3, 10_000][round / 2 % 2];
        let question = AvailabilityQuestion { groups, from, to, interval, gaps };
        let embedded = world.embedded.availability(&question).unwrap();
        let cluster = world.elastic.availability(&question).await.unwrap();
        assert_eq!(cluster, embedded, "{question:?}");
    }
    let question = |slots: i64| AvailabilityQuestion {
        groups: vec![set([1])],
        from: Timestamp(START),
        to: Timestamp(START + slots * 1_000),
        interval: Some(1_000),
        gaps: 1,
    };
    assert!(world.elastic.availability(&question(3_000_001)).await.is_err());
    assert_eq!(
        world.elastic.availability(&question(3_000_000)).await.unwrap(),
        world.embedded.availability(&question(3_000_000)).unwrap()
    );
}
