//! What had to happen: a model of one rule watching one series of one service, much simpler than the engine and
//! written without it.
//!
//! Everything that concerns a service is done by one owner, one thing after the other, so the order in which the
//! server took things is the order in which the owner did them.

use std::collections::BTreeMap;

/// When a value violates the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    Above(f64),
    Below(f64),
}

impl Limit {
    /// Returns the limit with another threshold.
    pub fn moved(self, to: f64) -> Self {
        match self {
            Self::Above(_) => Self::Above(to),
            Self::Below(_) => Self::Below(to),
        }
    }
}

/// A rule, as it watches the owner's service.
#[derive(Debug)]
pub struct Watch {
    pub rule_id: String,
    pub limit: Limit,
    pub is_enabled: bool,
    is_violated: bool,
    is_silenced: bool,
    live: Option<usize>,
    pub incidents: Vec<Expected>,
}

/// An incident that had to open, and what had to become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub opened_at: i64,
    pub opening_value: f64,
    pub count: u64,
    pub last_at: i64,
    pub has_recovered: bool,
    pub status: &'static str,
    /// Kinds of timeline events that the system writes, in order.
    pub by_system: Vec<&'static str>,
    /// What people did, in order: states that it was moved to, and texts of comments.
    pub by_people: Vec<String>,
    /// Notifications by kind.
    pub told: BTreeMap<&'static str, usize>,
    /// It was reopened: its count is then only known to be at least as expected.
    pub was_reopened: bool,
    /// It changed since it was last audited.
    pub is_fresh: bool,
}

impl Watch {
    pub fn new(rule_id: String, limit: Limit) -> Self {
        let (is_enabled, is_violated, is_silenced, live) = (true, false, false, None);
        Self { rule_id, limit, is_enabled, is_violated, is_silenced, live, incidents: Vec::new() }
    }

    /// A point was taken. A late one is older than the newest of its series, but not too old to be judged.
    pub fn point(&mut self, instant: i64, value: f64, is_late: bool) {
        if !self.is_enabled {
            return;
        }
        let violates = match self.limit {
            Limit::Above(limit) => value > limit,
            Limit::Below(limit) => value < limit,
        };
        match (violates, is_late) {
            (true, _) => self.violate(instant, value, is_late),
            (false, false) => self.clear(),
            (false, true) => (),
        }
    }

    fn violate(&mut self, instant: i64, value: f64, is_late: bool) {
        self.is_violated |= !is_late;
        let now = self.is_violated;
        if let Some(place) = self.live {
            let incident = &mut self.incidents[place];
            incident.is_fresh = true;
            incident.count += 1;
            incident.last_at = incident.last_at.max(instant);
            if incident.has_recovered && now {
                incident.has_recovered = false;
                incident.by_system.push("VIOLATED_AGAIN");
            }
        } else if !self.is_silenced {
            self.live = Some(self.incidents.len());
            self.incidents.push(Expected {
                opened_at: instant,
                opening_value: value,
                count: 1,
                last_at: instant,
                has_recovered: false,
                status: "OPEN",
                by_system: vec!["CREATED"],
                by_people: Vec::new(),
                told: BTreeMap::from([("OPENED", 1)]),
                was_reopened: false,
                is_fresh: true,
            });
            if !now {
                self.recover();
            }
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_violated) {
            self.is_silenced = false;
            if self.live.is_some_and(|place| !self.incidents[place].has_recovered) {
                self.recover();
            }
        }
    }

    fn recover(&mut self) {
        let incident = &mut self.incidents[self.live.expect("only a live incident recovers")];
        incident.has_recovered = true;
        incident.by_system.push("RECOVERED");
        incident.tell("RECOVERED");
    }

    /// The rule was switched on or off. Off, nothing is known any more; on again, an incident that has not recovered
    /// counts as violated until a point tells.
    pub fn switch(&mut self, is_enabled: bool) {
        if is_enabled && !self.is_enabled {
            self.is_violated = self.live.is_some_and(|place| !self.incidents[place].has_recovered);
        } else if !is_enabled {
            self.is_violated = false;
            self.is_silenced = false;
        }
        self.is_enabled = is_enabled;
    }

    /// A person moved the newest incident to another state.
    pub fn step(&mut self, status: &'static str) {
        let place = self.incidents.len() - 1;
        let incident = &mut self.incidents[place];
        incident.by_people.push(status.to_owned());
        match (incident.status, status) {
            (_, "CLOSED") => {
                incident.tell("CLOSED");
                self.live = None;
                self.is_silenced = self.is_violated;
            }
            ("CLOSED", _) => {
                incident.tell("REOPENED");
                incident.was_reopened = true;
                self.live = Some(place);
                self.is_silenced = false;
            }
            (_, "IN_PROGRESS") => incident.tell("ACKNOWLEDGED"),
            _ => (),
        }
        self.incidents[place].status = status;
        self.incidents[place].is_fresh = true;
    }

    /// A person commented on the newest incident.
    pub fn comment(&mut self, text: &str) {
        let incident = self.incidents.last_mut().expect("there is an incident to comment on");
        incident.by_people.push(text.to_owned());
        incident.is_fresh = true;
    }
}

impl Expected {
    fn tell(&mut self, kind: &'static str) {
        *self.told.entry(kind).or_insert(0) += 1;
    }
}
