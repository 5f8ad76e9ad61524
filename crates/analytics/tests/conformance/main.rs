//! Every question is asked of both engines, the embedded one and a real cluster, and the answers are compared.
//!
//! The cluster is that of `TRACELY_TEST_ELASTICSEARCH`, which `scripts/with-opensearch` gives. `TRACELY_CONFORMANCE_POINTS`
//! says how many points there are.
#![expect(clippy::unwrap_used, reason = "a test fails where it must not go on")]

mod cluster;
mod groups;
mod questions;
mod refresh;
mod spread;
mod world;
