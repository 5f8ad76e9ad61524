//! Analytics in a cluster of Elasticsearch or OpenSearch, as the equal of the embedded engine.
//!
//! **Documents.** A point is a document of the index of its UTC day, `PREFIX-YYYY.MM.DD`; an index template of ours
//! gives every such index its mapping and an alias, `PREFIX`, which questions are asked of (`mapping`). The mapping is
//! strict: what is in a document is what `document` writes. `@timestamp` is for people and Kibana; questions use
//! `instant`, the same instant in whole microseconds, because a histogram over whole numbers is exact (below 2^53, which
//! is the year 2255).
//!
//! **Once each.** A document's id is made of the instant at which its entry of the log was accepted, the entry's position
//! and the point's row in it. A bulk request only creates: a document that is there already is left alone, so an entry
//! may be sent as often as it takes.
//!
//! **Points of segments** can be brought in as well. It is not known which entry they came with, so their ids are made of
//! series, instant and value, and of which copy they are (`stored`).
//!
//! **Refused documents.** Every item of a bulk answer is looked at. A document that the cluster will never take is
//! reported to the caller; anything else that went wrong fails the whole call, which the caller repeats (`bulk`).
//!
//! **Seeing what was written.** The cluster refreshes its indices every ten seconds. Who asks a question about newer
//! points calls [`Elastic::refresh`] first, which refreshes the indices that were written to since the last refresh, and
//! nothing if there are none.
//!
//! **Questions** are those of [`question`](crate::question), and each is one request where the cluster can answer it in
//! one. Percentiles come from a t-digest: exact for a bucket of few points, and otherwise the value at a rank that is off
//! by about one percent of the points in the middle and by far less at the ends. For that, `OpenSearch` 3 needs a higher
//! compression than the others and a lot of memory for each bucket, so there a chart of many buckets is asked for in parts.
//!
//! The engine reads no clock, keeps no position and has no task of its own.

mod answer;
mod availability;
mod averages;
mod bulk;
mod cbor;
mod chart;
mod client;
mod config;
mod days;
mod distribution;
mod document;
mod error;
mod filter;
mod grouped;
mod instants;
mod latest;
mod mapping;
mod points;
mod product;
mod ranking;
mod refresh;
mod statistics;
mod stored;
mod trial;

pub use bulk::Refused;
pub use cbor::CborError;
pub use config::{Auth, ElasticConfig, Secret};
pub use days::Extent;
pub use document::{Batch, Stored, Subject};
pub use error::{AnswerError, ElasticError};
pub use product::{Kind, Product};
pub use stored::{Held, Holding};

use client::Client;
use refresh::Touched;
use std::sync::atomic::AtomicUsize;
use std::sync::{PoisonError, RwLock};

/// The engine: a client of one cluster.
#[derive(Debug)]
pub struct Elastic {
    client: Client,
    config: ElasticConfig,
    /// What the cluster is, once it was reached and given our template.
    known: RwLock<Option<Known>>,
    /// Held while that is found out.
    connecting: tokio::sync::Mutex<()>,
    /// The indices that were written to and not refreshed since.
    touched: Touched,
    /// How large the next bulk request may be, in bytes.
    bulk_bytes: AtomicUsize,
}

/// What is known of a cluster.
#[derive(Debug, Clone)]
struct Known {
    product: Product,
    /// How many requests had gone unanswered before. After one more it may be another cluster, or have lost everything.
    silences: u64,
}

impl Elastic {
    /// Makes an engine; the cluster is not asked for anything yet.
    pub fn new(config: ElasticConfig) -> Result<Self, ElasticError> {
        let client = Client::new(&config)?;
        let bulk_bytes = AtomicUsize::new(bulk::FIRST_BYTES);
        // What another process brought in just before is to be seen as well.
        let touched = Touched::of([config.prefix.clone()]);
        let (known, connecting) = (RwLock::default(), tokio::sync::Mutex::default());
        Ok(Self { client, config, known, connecting, touched, bulk_bytes })
    }

    /// Reaches the cluster, finds out what it is, and gives it our index template. Does nothing when that was done and the
    /// cluster has answered every request since; one that was silent may have come back without what it had.
    /// Fails with [`ElasticError::Unsupported`] when it is something that this engine does not know, and with
    /// [`ElasticError::Taken`] when the indices are another database's.
    pub async fn connect(&self) -> Result<Product, ElasticError> {
        if let Some(product) = self.connected() {
            return Ok(product);
        }
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(product) = self.connected() {
            return Ok(product);
        }
        let silences = self.client.silences();
        let product = product::detect(&self.client).await?;
        mapping::install(&self.client, &self.config, product.kind).await?;
        let known = Known { product: product.clone(), silences };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(product)
    }

    /// Puts our index template back if the cluster does not have it any more, and says whether it did. An index that is
    /// made without the template has another mapping and is in no answer.
    pub async fn keep_template(&self) -> Result<bool, ElasticError> {
        let Product { kind, .. } = self.connect().await?;
        if mapping::is_installed(&self.client, &self.config).await? {
            return Ok(false);
        }
        mapping::install(&self.client, &self.config, kind).await?;
        Ok(true)
    }

    /// Returns what the cluster is if nothing has to be asked for that.
    fn connected(&self) -> Option<Product> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|known| known.silences == self.client.silences())
            .map(|known| known.product.clone())
    }

    /// Returns what the cluster was when it was last reached; none before it was.
    pub fn product(&self) -> Option<Product> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.product.clone())
    }

    /// Returns where the cluster is, without anything secret.
    pub fn address(&self) -> &str {
        &self.config.url
    }

    /// Returns the prefix of our indices, which is their alias too.
    pub fn prefix(&self) -> &str {
        &self.config.prefix
    }
}
