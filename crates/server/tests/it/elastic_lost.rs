//! A search cluster that has lost what it had, or is not the one that it was.

use crate::elastic::{ask, start};
use crate::support::{listed, total, watched};
use axum::http::Method;
use serde_json::json;
use tracely_analytics::elastic::ElasticConfig;
use tracely_testkit::app::TestApp;
use tracely_testkit::database::TestDatabase;
use tracely_testkit::search::{self, Gate};

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn nobody_is_answered_from_the_indices_of_another_database() {
    let Some((theirs, config)) = start("theirs").await else { return };
    let (service, ..) = watched(&theirs).await;
    theirs.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    assert_eq!(total(&theirs, "/api/metrics").await, 1);

    // A server starts on the same prefix while the cluster is away.
    let gate = Gate::to(&config.url).await;
    gate.shut().await;
    let database = TestDatabase::new().await;
    // Numbers are seeded by how often a database was opened, and the first one of each has the same name.
    drop(database.store().await);
    let elastic = Some(ElasticConfig { url: gate.url(), ..config });
    let app = TestApp::with(database, |settings| settings.elastic = elastic).await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 20.0, "2024-01-15T10:20:00Z").await;
    gate.open().await;
    app.advance(SECOND);
    for path in [
        "metrics",
        "metrics/latest",
        "services/overview",
        "analytics/distributions",
        "analytics/availability",
    ] {
        let answer = app.get(&format!("/api/{path}")).await;
        let detail = answer.json()["detail"].clone();
        assert_eq!(answer.status, 503, "{path}: {detail}");
        assert!(
            detail.as_str().is_some_and(|detail| detail.contains("belong to another Tracely database")),
            "{path}: {detail}"
        );
    }
}

/// Takes the template and all indices away, as if the cluster had been made anew.
async fn empty(config: &ElasticConfig) {
    let prefix = &config.prefix;
    ask(config, Method::DELETE, &format!("/_index_template/tracely-{prefix}"), json!(null)).await;
    ask(config, Method::DELETE, &format!("/{prefix}-2024.01.15"), json!(null)).await;
}

#[tokio::test]
async fn a_cluster_that_was_emptied_gets_the_template_again() {
    let Some(config) = search::cluster("emptied") else { return };
    let gate = Gate::to(&config.url).await;
    let elastic = Some(ElasticConfig { url: gate.url(), ..config.clone() });
    let app = TestApp::with(TestDatabase::new().await, |settings| settings.elastic = elastic).await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/metrics").await, 1);

    // While it answers, the look of every minute finds out.
    empty(&config).await;
    app.advance(61 * SECOND);
    app.settle().await;
    app.latency(&service, 11.0, "2024-01-15T10:21:00Z").await;
    assert_eq!(listed(&app, "/api/metrics", "value").await, ["11.0"]);

    // One that was away is told at once.
    gate.shut().await;
    app.latency(&service, 12.0, "2024-01-15T10:22:00Z").await;
    assert_eq!(app.get("/api/metrics").await.status, 503);
    empty(&config).await;
    gate.open().await;
    app.advance(SECOND);
    assert_eq!(listed(&app, "/api/metrics", "value").await, ["12.0"]);
}
