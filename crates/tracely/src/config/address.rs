//! Addresses: where to listen, whom to let in, where the database is.

use reqwest::Url;
use std::net::IpAddr;

const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Reads a port.
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "must be a port from 0 to 65535, where 0 picks a free one".to_string())
}

/// Reads the address to listen on. Without sign-in it has to be one that only this machine reaches.
pub(super) fn loopback_host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address: IpAddr =
        bare.parse().map_err(|_| "must be an IP address such as 127.0.0.1, or localhost".to_string())?;
    if !address.is_loopback() {
        let problem = "without sign-in, which is not available in this version, only a loopback address is \
                       allowed: 127.0.0.1, ::1 or localhost; put a proxy that authenticates in front";
        return Err(problem.to_string());
    }
    Ok(address)
}

/// Reads origins, separated by commas, and returns them as browsers write them.
pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(origin).collect()
}

fn origin(text: &str) -> Result<String, String> {
    let problem = |why: &str| {
        format!(
            "{text:?} {why}; must be scheme://host[:port] with http or https, several separated by commas"
        )
    };
    if text == "*" {
        return Err(problem("would let every page on the web in"));
    }
    let url = Url::parse(text).map_err(|_| problem("is not an origin"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(problem("is not an origin"));
    }
    let Some((_, rest)) = text.split_once("://") else { return Err(problem("is not an origin")) };
    if rest.contains(['/', '?', '#', '@', '*', '\\']) {
        return Err(problem("has more or less than an origin"));
    }
    Ok(url.origin().ascii_serialization())
}

/// Checks the address of a `PostgreSQL` database. Nothing of the address gets into the message.
pub(super) fn postgres_url(text: &str) -> Result<String, String> {
    let form =
        "must be postgres://user:password@host:port/database, or unset for SQLite in the data directory";
    let url = Url::parse(text).map_err(|error| format!("is not an address ({error}); {form}"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(form.to_string());
    }
    let mode = url.query_pairs().find(|(name, _)| name == "sslmode").map(|(_, mode)| mode.into_owned());
    if mode.is_some_and(|mode| !SSL_MODES.contains(&mode.as_str())) {
        return Err(format!("has an unknown sslmode; must be one of {}", SSL_MODES.join(", ")));
    }
    Ok(text.to_string())
}
