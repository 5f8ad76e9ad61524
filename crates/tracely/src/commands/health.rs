//! `tracely health`.

use crate::client::Client;
use crate::environment::Environment;
use crate::out;
use crate::pause::Pause;
use anyhow::Context;
use reqwest::Url;
use tracely_store::Clock;

/// What the help says.
pub const ABOUT: &str = "\
Ask a running server whether it can work, for the health checks of containers and supervisors.

Prints `ready` and ends with 0, or says what is wrong and ends with 1. The server answers the same at /readyz.

Examples:
  tracely health
  tracely health --url http://127.0.0.1:9000";

/// The arguments of `tracely health`.
#[expect(clippy::doc_markdown, reason = "the help shows these comments as they are")]
#[derive(Debug, clap::Args)]
pub struct HealthArgs {
    /// Address of the Tracely server; without it the port that the server would listen on here [env: PORT] [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    pub url: Option<Url>,
}

/// Asks the server.
pub async fn run(args: HealthArgs, environment: &Environment) -> anyhow::Result<()> {
    let port = environment.get("PORT").unwrap_or_else(|| "8080".to_owned());
    let url = match args.url {
        Some(url) => url,
        None => Url::parse(&format!("http://127.0.0.1:{port}")).context("PORT is no port")?,
    };
    let client = Client::new(url, None, Clock::System, Pause::Real)?;
    client.ready().await?;
    Ok(out::line("ready")?)
}
