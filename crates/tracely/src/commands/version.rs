//! `tracely version`.

use crate::out;

/// Prints the version.
pub fn run() -> anyhow::Result<()> {
    Ok(out::line(concat!("tracely ", env!("CARGO_PKG_VERSION")))?)
}
