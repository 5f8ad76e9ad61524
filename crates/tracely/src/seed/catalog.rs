//! The departments, services and rules of the demonstration.

use super::profile::{BUFFER_RATIO, ERROR_RATE, LATENCY, PACKET_LOSS, Profile};
use tracely_core::rule::Severity;

/// A department of the demonstration.
#[derive(Debug)]
pub struct Team {
    /// What people call it.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
}

const fn team(name: &'static str, description: &'static str) -> Team {
    Team { name, description }
}

/// The departments.
pub const TEAMS: [Team; 5] = [
    team("Network Operations", "Backbone, access network and peering, around the clock"),
    team("Platform Engineering", "Shared platforms, APIs and the services that run on them"),
    team("Streaming", "Video and music delivery"),
    team("Payments", "Wallets, cards and settlement"),
    team("Customer Experience", "What customers notice first"),
];

/// What kind of thing a service is, which decides what is measured of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Carries traffic or media: all metric types.
    Network,
    /// Carries voice and messages: all but buffering.
    Messaging,
    /// Answers requests: latency and errors.
    Application,
}

impl Kind {
    /// Says whether a metric type is measured of this kind of service.
    pub(super) fn has(self, profile: &Profile) -> bool {
        match self {
            Self::Network => true,
            Self::Messaging => profile.metric_type != BUFFER_RATIO.metric_type,
            Self::Application => [LATENCY.metric_type, ERROR_RATE.metric_type].contains(&profile.metric_type),
        }
    }
}

/// A service of the demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitored {
    /// Its short name, which is unique.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What kind of thing it is.
    pub kind: Kind,
}

/// The key of the service that the payment rule checks.
const PAYMENT_SERVICE: &str = "paycell";

const KNOWN: [(&str, &str, &str, Kind); 12] = [
    ("superonline", "Superonline", "Fixed-line internet access", Kind::Network),
    ("tv-plus", "TV+", "Television and video on demand", Kind::Network),
    (PAYMENT_SERVICE, "Paycell", "Mobile payment and wallet", Kind::Application),
    ("bip", "BiP", "Messaging and calls", Kind::Messaging),
    ("fizy", "fizy", "Music streaming", Kind::Network),
    ("lifebox", "lifebox", "Personal cloud storage", Kind::Application),
    ("digital-operator", "Digital Operator", "Self-service app", Kind::Application),
    ("dergilik", "Dergilik", "Digital newspapers and magazines", Kind::Application),
    ("gameplus", "GAME+", "Cloud gaming", Kind::Network),
    ("yaani", "Yaani", "Search and mail", Kind::Application),
    ("upcall", "UpCall", "Caller information", Kind::Messaging),
    ("suit", "Suit", "Business collaboration", Kind::Messaging),
];
const AREAS: [&str; 12] = [
    "Identity",
    "Billing",
    "Catalog",
    "Checkout",
    "Search",
    "Roaming",
    "Campaign",
    "Loyalty",
    "Invoice",
    "Support",
    "Provisioning",
    "Inventory",
];
const PARTS: [(&str, Kind); 6] = [
    ("API", Kind::Application),
    ("Gateway", Kind::Network),
    ("Database", Kind::Application),
    ("Queue", Kind::Messaging),
    ("Portal", Kind::Application),
    ("Edge", Kind::Network),
];

/// Returns this many services: well-known ones first, then generated ones. More services begin with the same ones.
pub fn services(count: usize) -> Vec<Monitored> {
    let known = KNOWN.iter().map(|(key, name, description, kind)| Monitored {
        key: (*key).to_string(),
        name: (*name).to_string(),
        description: (*description).to_string(),
        kind: *kind,
    });
    known.chain((0..).map(generated)).take(count).collect()
}

fn generated(number: usize) -> Monitored {
    let area = AREAS[number % AREAS.len()];
    let (part, kind) = PARTS[number / AREAS.len() % PARTS.len()];
    let round = number / (AREAS.len() * PARTS.len());
    let name = if round == 0 { format!("{area} {part}") } else { format!("{area} {part} {}", round + 1) };
    let key = name.to_ascii_lowercase().replace(' ', "-");
    Monitored { key, description: format!("{part} of the {area} domain"), name, kind }
}

/// A rule of the demonstration: a value above the threshold violates it.
#[derive(Debug)]
pub struct Check {
    /// What people call it; also how it is found again.
    pub name: &'static str,
    /// The key of the metric type it checks.
    pub metric_type: &'static str,
    /// What a value may not exceed.
    pub threshold: f64,
    /// The severity of its incidents.
    pub severity: Severity,
    /// The name of the department its incidents are routed to.
    pub team: &'static str,
    /// The key of the one service it checks; none means all.
    pub service: Option<&'static str>,
}

const fn check(
    name: &'static str,
    (metric_type, threshold): (&'static str, f64),
    severity: Severity,
    team: &'static str,
) -> Check {
    Check { name, metric_type, threshold, severity, team, service: None }
}

/// The rules: for each metric type one at the threshold that episodes pass, and one that only bad ones pass.
pub const CHECKS: [Check; 9] = [
    check("High latency", LATENCY.warning(), Severity::High, "Network Operations"),
    check("Critical latency", LATENCY.critical(), Severity::Critical, "Platform Engineering"),
    check("Packet loss", PACKET_LOSS.warning(), Severity::Medium, "Network Operations"),
    check("Severe packet loss", PACKET_LOSS.critical(), Severity::Critical, "Network Operations"),
    check("High error rate", ERROR_RATE.warning(), Severity::High, "Platform Engineering"),
    check("Critical error rate", ERROR_RATE.critical(), Severity::Critical, "Platform Engineering"),
    check("Buffering", BUFFER_RATIO.warning(), Severity::Low, "Customer Experience"),
    check("Severe buffering", BUFFER_RATIO.critical(), Severity::High, "Streaming"),
    Check {
        service: Some(PAYMENT_SERVICE),
        ..check("Slow payments", (LATENCY.metric_type, 200.0), Severity::Critical, "Payments")
    },
];
