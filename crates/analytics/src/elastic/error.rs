//! What can go wrong between us and a cluster.

use super::cbor::CborError;
use crate::error::AnalyticsError;

/// Says what a cluster was asked for, and why that failed.
#[derive(Debug, thiserror::Error)]
pub enum ElasticError {
    /// No client can be made of the settings.
    #[error("the settings of the search cluster are not usable")]
    Client(#[source] reqwest::Error),
    /// The cluster does not answer, or the answer broke off.
    #[error("the search cluster does not answer ({attempt})")]
    Unreachable {
        /// What was asked for.
        attempt: &'static str,
        /// The reason, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// The cluster answered that it cannot.
    #[error("the search cluster answered {status} ({attempt}): {reason}")]
    Status {
        /// What was asked for.
        attempt: &'static str,
        /// The HTTP status, of the answer or of one item of it.
        status: u16,
        /// The cluster's reason, shortened.
        reason: String,
    },
    /// The cluster's answer cannot be understood.
    #[error("the search cluster's answer cannot be read ({attempt})")]
    Answer {
        /// What was asked for.
        attempt: &'static str,
        /// The reason.
        #[source]
        source: AnswerError,
    },
    /// The cluster is something that this engine does not know.
    #[error("{product} is not supported; Elasticsearch 8 and 9 and OpenSearch 2 and 3 are")]
    Unsupported {
        /// What it says it is.
        product: String,
    },
    /// Another database has its points in the indices of this name.
    #[error(
        "the indices {prefix}-* of the search cluster belong to another Tracely database ({owner}; this one is {own}); \
         set another prefix with ELASTICSEARCH_INDEX or --elasticsearch-index"
    )]
    Taken {
        /// What the names of the indices begin with.
        prefix: String,
        /// Whose they are.
        owner: String,
        /// Who asked for them.
        own: String,
    },
    /// The question asks for too much.
    #[error(transparent)]
    Question(#[from] AnalyticsError),
}

/// Why an answer cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is in JSON.
    #[error("it is not the JSON that was expected")]
    Json(#[from] serde_json::Error),
    /// It is in CBOR.
    #[error("it is not the CBOR that was expected")]
    Cbor(#[from] CborError),
}

impl ElasticError {
    /// Says whether the same may go well later without anybody doing something about it.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => matches!(status, 413 | 429 | 500..=599),
            _ => false,
        }
    }

    /// Says whether the cluster asks for less or for patience, so that a smaller request may do.
    pub fn is_overload(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 413 | 429 | 502 | 503 | 504),
            Self::Unreachable { source, .. } => source.is_timeout(),
            _ => false,
        }
    }
}
