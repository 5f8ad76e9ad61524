//! What can go wrong between the client and the server.

use reqwest::StatusCode;
use serde::Deserialize;
use std::fmt;

/// Says why a request to the server failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none that HTTP can use.
    #[error("{0} is not the address of a server; it must begin with http:// or https://")]
    Address(String),
    /// The client itself cannot be made.
    #[error("cannot prepare an HTTP client")]
    Start(#[source] reqwest::Error),
    /// What to send cannot be written.
    #[error("cannot write the request as JSON")]
    Encode(#[source] serde_json::Error),
    /// Nobody listens.
    #[error("no Tracely server answers at {url} ({cause}); start one with `tracely serve`")]
    Unreachable {
        /// The address.
        url: String,
        /// What the network said in the end.
        cause: String,
    },
    /// No answer in time.
    #[error("{url} did not answer within {seconds} seconds")]
    Timeout {
        /// The address.
        url: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The connection broke.
    #[error("the connection to {url} broke")]
    Broken {
        /// The address.
        url: String,
        /// What the network said.
        source: reqwest::Error,
    },
    /// The server refused and said why.
    #[error("{0}")]
    Problem(Problem),
    /// The server refused in a way that Tracely does not.
    #[error("{path} was answered with {status} and no explanation; is this the address of a Tracely server?")]
    Status {
        /// The status.
        status: StatusCode,
        /// The path that was asked for.
        path: String,
    },
    /// The answer is not what Tracely answers.
    #[error("the answer to {path} cannot be read; is this the address of a Tracely server of this version?")]
    Answer {
        /// The path that was asked for.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A refusal, as RFC 9457 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What kind of problem it is.
    pub title: String,
    /// What it is this time.
    #[serde(default)]
    pub detail: Option<String>,
    /// What is wrong with each field.
    #[serde(default)]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldError {
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server refused ({}): {}", self.status, self.title)?;
        if let Some(detail) = self.detail.as_ref().filter(|detail| **detail != self.title) {
            write!(f, ": {detail}")?;
        }
        for error in &self.errors {
            write!(f, "\n  {}: {}", error.pointer, error.detail)?;
        }
        Ok(())
    }
}
