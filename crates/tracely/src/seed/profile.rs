//! How the values of a metric type behave.

use rand::{Rng, RngExt};
use std::f64::consts::{PI, TAU};
use tracely_core::time::{DAY, Timestamp};

/// Normal values stay below this part of the threshold.
const CEILING: f64 = 0.9;
/// The worst value of a bad episode, as a multiple of the critical threshold.
const WORST: f64 = 1.6;

/// How the values of a metric type behave.
#[derive(Debug, PartialEq)]
pub(super) struct Profile {
    /// The key of the metric type.
    pub(super) metric_type: &'static str,
    /// A value above it violates.
    warning: f64,
    /// A value above it is bad.
    critical: f64,
    /// What is usual lies between these, service by service.
    usual: (f64, f64),
    /// How far the daily pattern goes, on a logarithmic scale.
    swing: f64,
    /// The standard deviation of the noise, on a logarithmic scale.
    noise: f64,
    /// How likely a value is part of a short, harmless burst.
    burst: f64,
}

/// Response time in milliseconds: a daily wave with log-normal noise.
pub(super) const LATENCY: Profile = Profile {
    metric_type: "LATENCY_MS",
    warning: 150.0,
    critical: 400.0,
    usual: (25.0, 75.0),
    swing: 0.25,
    noise: 0.12,
    burst: 0.01,
};
/// Lost packets in percent: nearly none, with bursts.
pub(super) const PACKET_LOSS: Profile = Profile {
    metric_type: "PACKET_LOSS",
    warning: 2.0,
    critical: 8.0,
    usual: (0.05, 0.25),
    swing: 0.15,
    noise: 0.45,
    burst: 0.04,
};
/// Failed requests in percent: few, with bursts.
pub(super) const ERROR_RATE: Profile = Profile {
    metric_type: "ERROR_RATE",
    warning: 5.0,
    critical: 20.0,
    usual: (0.1, 0.7),
    swing: 0.2,
    noise: 0.35,
    burst: 0.03,
};
/// Time spent buffering in percent: follows the evening's load.
pub(super) const BUFFER_RATIO: Profile = Profile {
    metric_type: "BUFFER_RATIO",
    warning: 3.0,
    critical: 10.0,
    usual: (0.3, 0.9),
    swing: 0.4,
    noise: 0.25,
    burst: 0.02,
};
/// All of them.
pub(super) const PROFILES: [&Profile; 4] = [&LATENCY, &PACKET_LOSS, &ERROR_RATE, &BUFFER_RATIO];

impl Profile {
    /// Returns the metric type with the threshold that episodes pass.
    pub(super) const fn warning(&self) -> (&'static str, f64) {
        (self.metric_type, self.warning)
    }

    /// Returns the metric type with the threshold that only bad episodes pass.
    pub(super) const fn critical(&self) -> (&'static str, f64) {
        (self.metric_type, self.critical)
    }

    /// Draws what is usual for a service.
    pub(super) fn draw_usual(&self, random: &mut impl Rng) -> f64 {
        random.random_range(self.usual.0..self.usual.1)
    }

    /// Draws a value that violates nothing.
    pub(super) fn draw_normal(&self, usual: f64, instant: Timestamp, random: &mut impl Rng) -> f64 {
        // Quiet before dawn, busy in the early evening, in Istanbul: 17:00 UTC is 20:00 there.
        let day = instant.0.rem_euclid(DAY) as f64 / DAY as f64 - 17.0 / 24.0;
        let burst = if random.random_bool(self.burst) { random.random_range(1.5..4.0) } else { 1.0 };
        let exponent = self.swing * (TAU * day).cos() + self.noise * standard_normal(random);
        rounded((usual * burst * exponent.exp()).min(self.warning * CEILING))
    }

    /// Draws a value of an episode: it swells and ebbs, and is above the threshold all the time. `progress` goes
    /// from 0 to 1, `depth` is 0 for a mild episode and 1 for the worst.
    pub(super) fn draw_violating(&self, progress: f64, depth: f64, random: &mut impl Rng) -> f64 {
        let least = self.warning * 1.08;
        let peak = least + depth * (self.critical * WORST - least);
        let jitter = random.random_range(0.0..0.1);
        rounded(least + (peak - least) * (PI * progress).sin() * (1.0 - jitter) + least * jitter)
    }
}

/// Draws from the standard normal distribution, by the method of Box and Muller.
fn standard_normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (TAU * random.random::<f64>()).cos()
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
