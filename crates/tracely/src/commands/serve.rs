//! `tracely serve`.

use crate::config::{ServeArgs, ServeConfig};
use crate::environment::Environment;
use anyhow::bail;

/// Serves until told to stop.
#[expect(clippy::unused_async, reason = "the server is not wired in yet")]
pub async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = ServeConfig::read(&args, |name| environment.get(name))?;
    bail!("this build has no server yet; it would have listened on {}", config.address)
}
