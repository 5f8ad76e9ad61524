//! Settings of the engine that asks a cluster.

use std::fmt;
use std::time::Duration;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// How a cluster knows who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// It lets everybody in.
    #[default]
    None,
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// An API key, encoded as the cluster gave it.
    ApiKey(Secret),
}

/// Settings of the engine that asks a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElasticConfig {
    /// The address, without name and password, such as `http://localhost:9200`.
    pub url: String,
    /// How it lets us in.
    pub auth: Auth,
    /// The only certificate authorities that are believed, in PEM; none for those of the system.
    pub authorities: Option<Vec<u8>>,
    /// What the names of our indices begin with, and the name of their alias.
    pub prefix: String,
    /// The name of the database whose points these are. The indices of a prefix belong to the first that connects; none
    /// asks for nothing and leaves no name.
    pub owner: Option<String>,
    /// Primary shards of a new index, at least 1.
    pub shards: u16,
    /// Copies of each shard besides the first.
    pub replicas: u16,
    /// How long a request may take.
    pub timeout: Duration,
    /// The largest `offset + limit` of a points question; a million by default.
    pub page_depth: usize,
    /// The most points that a rule is tried on, of series that violate it at all; half a million by default. They are
    /// read from the cluster ten thousand at a time.
    pub trial_points: usize,
}

impl ElasticConfig {
    /// Returns the defaults for a cluster.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            auth: Auth::None,
            authorities: None,
            prefix: "metrics".to_owned(),
            owner: None,
            shards: 1,
            replicas: 1,
            timeout: Duration::from_secs(30),
            page_depth: 1_000_000,
            trial_points: 500_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Auth, ElasticConfig, Secret};

    #[test]
    fn secrets_are_not_shown() {
        let mut config = ElasticConfig::new("http://localhost:9200");
        config.auth = Auth::ApiKey(Secret::from("hunter2".to_owned()));
        assert!(!format!("{config:?}").contains("hunter2"));
        config.auth = Auth::Basic { user: "elastic".to_owned(), password: "hunter2".to_owned().into() };
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
