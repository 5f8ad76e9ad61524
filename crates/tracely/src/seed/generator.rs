//! The endless row of points that a seed gives.

use super::catalog::Monitored;
use super::episode::{self, Episodes};
use super::profile::{PROFILES, Profile};
use rand::{SeedableRng, rngs::StdRng};
use std::ops::RangeInclusive;
use tracely_core::time::Timestamp;

/// The fewest points of a series in a block: room for an episode with a normal point on either side.
const FEWEST: usize = 5;

/// How episodes are mixed in.
#[derive(Debug, Clone)]
pub struct Mix {
    /// The share of the points that lie in episodes, from 0 to 0.5.
    pub violating: f64,
    /// How many points an episode has.
    pub lengths: RangeInclusive<usize>,
}

/// A generated point.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedPoint {
    /// The place of its service in the list of services.
    pub service: usize,
    /// The key of its metric type.
    pub metric_type: &'static str,
    /// Its value.
    pub value: f64,
    /// Its instant.
    pub instant: Timestamp,
    /// It lies in an episode.
    pub is_violating: bool,
}

/// Makes points, going round the series; episodes are laid block by block.
#[derive(Debug)]
pub struct Generator {
    series: Vec<Series>,
    random: StdRng,
    mix: Mix,
    block: usize,
    next: usize,
    /// How many series take part in this block.
    active: usize,
    episodes: Vec<Episodes>,
}

#[derive(Debug)]
struct Series {
    service: usize,
    profile: &'static Profile,
    usual: f64,
}

impl Generator {
    /// Begins the row of points of a seed, for at least one service, with a first block of this many points.
    pub fn new(services: &[Monitored], seed: u64, block: usize, mix: Mix) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut series = Vec::new();
        for profile in PROFILES {
            for (service, _) in services.iter().enumerate().filter(|(_, service)| service.kind.has(profile)) {
                series.push(Series { service, profile, usual: profile.draw_usual(&mut random) });
            }
        }
        let mut begun = Self { series, random, mix, block, next: 0, active: 0, episodes: Vec::new() };
        begun.lay();
        begun
    }

    /// Returns how many series there are.
    pub fn series(&self) -> usize {
        self.series.len()
    }

    /// Lets a new block of this many points begin, with episodes mixed in like this from now on. When there are too
    /// few points for all series, only some take part. Blocks of the same size follow by themselves.
    pub fn begin(&mut self, block: usize, mix: Mix) {
        self.mix = mix;
        self.block = block;
        self.lay();
    }

    fn lay(&mut self) {
        self.block = self.block.max(1);
        self.next = 0;
        self.active = (self.block / FEWEST).clamp(1, self.series.len());
        let size = |series| self.block / self.active + usize::from(series < self.block % self.active);
        let sizes: Vec<_> = (0..self.active).map(size).collect();
        let violating = (self.block as f64 * self.mix.violating).round() as usize;
        self.episodes = episode::lay(&sizes, violating, &self.mix.lengths, &mut self.random);
    }

    /// Makes the next point. The instants are the caller's and should not go back.
    pub fn next(&mut self, instant: Timestamp) -> SeedPoint {
        if self.next == self.block {
            self.lay();
        }
        let (place, turn) = (self.next % self.active, self.next / self.active);
        self.next += 1;
        let Series { service, profile, usual } = &self.series[place];
        let episodes = &mut self.episodes[place];
        while episodes.front().is_some_and(|episode| episode.start + episode.length <= turn) {
            episodes.pop_front();
        }
        let episode = episodes.front().filter(|episode| episode.start <= turn);
        let value = match episode {
            Some(episode) => {
                let progress = ((turn - episode.start) as f64 + 0.5) / episode.length as f64;
                profile.draw_violating(progress, episode.depth, &mut self.random)
            }
            None => profile.draw_normal(*usual, instant, &mut self.random),
        };
        let is_violating = episode.is_some();
        SeedPoint { service: *service, metric_type: profile.metric_type, value, instant, is_violating }
    }
}
