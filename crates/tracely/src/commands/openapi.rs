//! `tracely openapi`.

use crate::out;

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
pub fn run(_args: &OpenapiArgs) -> anyhow::Result<()> {
    out::raw(tracely_server::document().as_bytes())?;
    Ok(())
}
