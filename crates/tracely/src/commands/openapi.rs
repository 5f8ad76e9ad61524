//! `tracely openapi`.

use anyhow::bail;

/// What the help says.
pub const ABOUT: &str = "\
Print the OpenAPI 3.1 description of the HTTP API, as JSON. A running server answers the same at /api/openapi.json.

Examples:
  tracely openapi > openapi.json
  tracely openapi | jq '.paths | keys'";

/// The arguments of `tracely openapi`.
#[derive(Debug, clap::Args)]
pub struct OpenapiArgs {}

/// Prints the document.
#[expect(clippy::unused_async, reason = "the server is not wired in yet")]
pub async fn run(_args: OpenapiArgs) -> anyhow::Result<()> {
    bail!("this build has no server yet, so there is nothing to describe")
}
