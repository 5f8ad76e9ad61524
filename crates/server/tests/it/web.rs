//! The web app: its files and its page.

use crate::support::{problem, send};
use axum::http::Method;
use tracely_testkit::app::{Answer, TestApp};
use tracely_testkit::database::TestDatabase;
use tracely_web::Files;

const PAGE: &[u8] = b"<!doctype html><title>app</title>";
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

async fn with_web_app() -> TestApp {
    let files = Files::of([
        ("index.html", PAGE),
        ("index.html.br", b"packed page"),
        ("favicon.svg", b"<svg/>"),
        ("assets/app-1a2b.js", b"plain script"),
        ("assets/app-1a2b.js.br", b"brotli script"),
        ("assets/app-1a2b.js.gz", b"gzip script"),
    ]);
    TestApp::with(TestDatabase::new().await, |settings| settings.web = files).await
}

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(app, Method::GET, path, headers, "").await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_browser_gets_the_page_wherever_it_goes() {
    let app = with_web_app().await;
    for path in
        ["/", "/index.html", "/incidents", "/incidents/INC-42", "/rules/new?from=x", "/services/a%20b"]
    {
        let answer = get(&app, path, &[BROWSER]).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (200, PAGE), "{path}");
        assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&answer, "cache-control"), "no-cache");
        let policy = header(&answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(policy.ends_with("form-action 'none'; frame-ancestors 'none'"), "{policy}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    }
    assert_eq!(app.get("/").await.bytes, PAGE, "also for who does not say that it takes HTML");
}

#[tokio::test]
async fn a_program_learns_that_there_is_nothing() {
    let app = with_web_app().await;
    for accept in ["*/*", "application/json", "text/html;q=0, */*", "text/css"] {
        problem(&get(&app, "/incidents", &[("accept", accept)]).await, 404);
    }
    problem(&app.get("/incidents").await, 404);
    problem(&send(&app, Method::POST, "/incidents", &[BROWSER], "").await, 404);
}

#[tokio::test]
async fn the_api_and_what_machines_ask_are_never_the_page() {
    let app = with_web_app().await;
    for path in ["/api", "/api/", "/api/none", "/api/incidents/INC-1/none", "/api/incidents/INC-99"] {
        problem(&get(&app, path, &[BROWSER]).await, 404);
    }
    assert_eq!(get(&app, "/healthz", &[BROWSER]).await.bytes, b"ok\n");
    assert!(header(&get(&app, "/metrics", &[BROWSER]).await, "content-type").starts_with("application/open"));
    assert_eq!(get(&app, "/api/docs", &[BROWSER]).await.status, 200);
}

#[tokio::test]
async fn a_file_comes_in_the_encoding_that_is_liked_best() {
    let app = with_web_app().await;
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli script"),
        ("gzip", "gzip", "gzip script"),
        ("br;q=0.5, gzip", "gzip", "gzip script"),
        ("deflate", "", "plain script"),
        ("br, identity;q=0", "br", "brotli script"),
        ("identity", "", "plain script"),
    ] {
        let answer = get(&app, "/assets/app-1a2b.js", &[("accept-encoding", accepted)]).await;
        assert_eq!(
            (header(&answer, "content-encoding"), answer.bytes.as_slice()),
            (encoding, body.as_bytes())
        );
        assert_eq!(header(&answer, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable");
        let varies = answer.headers.get_all("vary").iter().any(|value| value == "accept-encoding");
        assert!(varies, "{accepted}");
    }
    let page = get(&app, "/incidents", &[BROWSER, ("accept-encoding", "br, gzip")]).await;
    assert_eq!((header(&page, "content-encoding"), page.bytes.as_slice()), ("br", &b"packed page"[..]));
}

#[tokio::test]
async fn who_has_a_file_already_is_told_so() {
    let app = with_web_app().await;
    let tag = header(&get(&app, "/favicon.svg", &[]).await, "etag").to_owned();
    let weak = format!("\"x\", W/{tag}");
    for known in [tag.as_str(), &weak, "*"] {
        let answer = get(&app, "/favicon.svg", &[("if-none-match", known)]).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0), "{known}");
        assert_eq!((header(&answer, "etag"), header(&answer, "cache-control")), (tag.as_str(), "no-cache"));
    }
    assert_eq!(get(&app, "/favicon.svg", &[("if-none-match", "\"x\"")]).await.status, 200);
    // A browser replaces the headers it has by those of the 304: a policy of the API there would end the page.
    let page = get(&app, "/", &[BROWSER]).await;
    let again = get(&app, "/", &[BROWSER, ("if-none-match", header(&page, "etag"))]).await;
    assert_eq!(again.status, 304);
    assert_eq!(header(&again, "content-security-policy"), header(&page, "content-security-policy"));
    let plain = get(&app, "/", &[]).await;
    let packed =
        get(&app, "/", &[("accept-encoding", "br"), ("if-none-match", header(&plain, "etag"))]).await;
    assert_eq!(packed.status, 200, "the same file in another encoding is another content");
}

#[tokio::test]
async fn head_tells_the_size_and_sends_nothing() {
    let app = with_web_app().await;
    for path in ["/", "/incidents", "/assets/app-1a2b.js"] {
        let got = get(&app, path, &[BROWSER]).await;
        let headed = send(&app, Method::HEAD, path, &[BROWSER], "").await;
        assert_eq!((headed.status.as_u16(), headed.bytes.len()), (200, 0), "{path}");
        assert_eq!(header(&headed, "content-length"), got.bytes.len().to_string(), "{path}");
        assert_eq!(headed.headers["etag"], got.headers["etag"]);
    }
}

#[tokio::test]
async fn a_missing_asset_is_missing() {
    let app = with_web_app().await;
    for path in ["/assets/old-0000.js", "/assets/", "/assets/app-1a2b.js.br", "/assets/app-1a2b.js.gz"] {
        problem(&get(&app, path, &[BROWSER]).await, 404);
    }
}

#[tokio::test]
async fn no_path_leads_elsewhere() {
    let app = with_web_app().await;
    for path in [
        "/../Cargo.toml",
        "/assets/../index.html",
        "/assets/../../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/Cargo.toml",
        "/%2E%2E%5CCargo.toml",
        "/..",
        "/assets/%00",
    ] {
        problem(&get(&app, path, &[BROWSER]).await, 404);
    }
    for path in ["//etc/passwd", "/etc/passwd", "/.env", "/index.html.br"] {
        assert_eq!(
            get(&app, path, &[BROWSER]).await.bytes,
            PAGE,
            "{path} is a place in the app, like any other"
        );
        problem(&get(&app, path, &[]).await, 404);
    }
}
