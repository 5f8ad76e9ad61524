//! Lets in local requests only, while there is no sign-in.
//!
//! Listening on a loopback address keeps other machines out, not other pages in this machine's browser. A page that
//! makes its own name resolve to 127.0.0.1 (DNS rebinding) sends that name as `Host`; a page that posts here from
//! elsewhere sends its own `Origin`. Both are refused.

use super::problem::Problem;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// Refuses requests whose `Host` is not local or whose `Origin` is neither the same nor allowed.
pub async fn local_only(State(app): State<App>, request: Request, next: Next) -> Response {
    match check(request.uri(), request.headers(), &app.settings().cors_allowed_origins) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(uri: &Uri, headers: &HeaderMap, allowed_origins: &[String]) -> Result<(), Problem> {
    let host = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default(),
    };
    if !is_local(host_name(host)) {
        let detail =
            "without sign-in only local requests are taken: the Host must be localhost or a loopback address";
        return Err(Problem::forbidden(detail));
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let same =
        origin.split_once("://").is_some_and(|(_, origin_host)| origin_host.eq_ignore_ascii_case(host));
    if same || allowed_origins.iter().any(|allowed| allowed == origin) {
        return Ok(());
    }
    Err(Problem::forbidden("pages of this Origin may not call; CORS_ALLOWED_ORIGINS names those that may"))
}

/// Cuts the port off, minding `[::1]:8080`.
fn host_name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        let whole = rest.split_once(']').filter(|(_, port)| port.is_empty() || port.starts_with(':'));
        return whole.map_or("", |(name, _)| name);
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::check;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

    fn passes(pairs: &[(HeaderName, &'static str)]) -> bool {
        let headers: HeaderMap =
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        check(&Uri::from_static("/api/rules"), &headers, &["http://localhost:3000".into()]).is_ok()
    }

    #[test]
    fn only_local_hosts_pass() {
        for host in
            ["localhost", "localhost:8080", "127.0.0.1:8080", "127.8.9.1", "[::1]:8080", "tracely.localhost"]
        {
            assert!(passes(&[(header::HOST, host)]), "{host}");
        }
        for host in
            ["", "example.com", "localhost.example.com", "10.0.0.1:8080", "127.0.0.1.example.com", "[::2]"]
        {
            assert!(!passes(&[(header::HOST, host)]), "{host}");
        }
    }

    #[test]
    fn only_the_same_or_an_allowed_origin_passes() {
        let with = |origin| passes(&[(header::HOST, "127.0.0.1:8080"), (header::ORIGIN, origin)]);
        assert!(with("http://127.0.0.1:8080"));
        assert!(with("http://localhost:3000"));
        assert!(!with("http://localhost:3001"));
        assert!(!with("https://example.com"));
        assert!(!with("null"));
    }
}
