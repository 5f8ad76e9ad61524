//! The indices: their names, mapping and settings.

use super::client::Client;
use super::config::ElasticConfig;
use super::error::ElasticError;
use super::product::Kind;
use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tracely_core::time::{DAY, Timestamp};

/// Above the priority of the templates that come with a cluster, which is 100 to 200.
const PRIORITY: u32 = 500;

/// Returns the index of the points of an instant's UTC day.
pub(super) fn index_of(prefix: &str, instant: Timestamp) -> String {
    let day = instant.floor(DAY).to_string();
    format!("{prefix}-{}.{}.{}", &day[..4], &day[5..7], &day[8..10])
}

/// Returns the first instant of the day that an index is named after; none if the name is not one of ours.
pub(super) fn day_of(prefix: &str, index: &str) -> Option<Timestamp> {
    let day = index.strip_prefix(prefix)?.strip_prefix('-')?;
    let start = Timestamp::parse(&format!("{}T00:00:00Z", day.replace('.', "-"))).ok()?;
    (index_of(prefix, start) == index).then_some(start)
}

/// Puts our index template into a cluster, in place of the one that may be there, unless that is another database's.
pub(super) async fn install(client: &Client, config: &ElasticConfig, kind: Kind) -> Result<(), ElasticError> {
    if config.owner.is_some() {
        is_installed(client, config).await?;
    }
    let body = template(config, kind);
    let _: IgnoredAny =
        client.ask_with("put the index template", Method::PUT, &path_of(config), &body).await?;
    Ok(())
}

/// Says whether our index template is in a cluster. Fails when it is another database's.
pub(super) async fn is_installed(client: &Client, config: &ElasticConfig) -> Result<bool, ElasticError> {
    let found: Result<Templates, _> =
        client.ask("read the index template", Method::GET, &path_of(config)).await;
    let found = match found {
        Ok(Templates { index_templates }) => index_templates.into_iter().next(),
        Err(ElasticError::Status { status: 404, .. }) => None,
        Err(error) => return Err(error),
    };
    let Some(NamedTemplate { index_template: Template { meta } }) = found else { return Ok(false) };
    match (&config.owner, meta.and_then(|meta| meta.owner)) {
        (Some(own), Some(owner)) if owner != *own => {
            Err(ElasticError::Taken { prefix: config.prefix.clone(), owner, own: own.clone() })
        }
        // One that does not say whose it is was put there by somebody else.
        (own, owner) => Ok(own.is_none() || owner.is_some()),
    }
}

fn path_of(config: &ElasticConfig) -> String {
    format!("/_index_template/tracely-{}", config.prefix)
}

#[derive(Debug, Deserialize)]
struct Templates {
    index_templates: Vec<NamedTemplate>,
}

#[derive(Debug, Deserialize)]
struct NamedTemplate {
    index_template: Template,
}

#[derive(Debug, Deserialize)]
struct Template {
    #[serde(rename = "_meta")]
    meta: Option<Meta>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    owner: Option<String>,
}

fn template(config: &ElasticConfig, kind: Kind) -> Value {
    let prefix = &config.prefix;
    let labels = match kind {
        Kind::Elasticsearch => "flattened",
        Kind::OpenSearch => "flat_object",
    };
    json!({
        // Years begin with 1 or 2. A wider pattern would take the data streams of Elastic's agents,
        // such as `metrics-system.cpu-default`.
        "index_patterns": [format!("{prefix}-1*.*.*"), format!("{prefix}-2*.*.*")],
        "priority": PRIORITY,
        "_meta": { "description": "Points of Tracely, one index for each UTC day", "owner": config.owner },
        "template": {
            "aliases": { prefix: {} },
            "settings": {
                "index": {
                    "number_of_shards": config.shards,
                    "number_of_replicas": config.replicas,
                    "refresh_interval": "10s",
                    "max_result_window": config.page_depth,
                },
            },
            "mappings": {
                "dynamic": "strict",
                "properties": {
                    "@timestamp": { "type": "date_nanos" },
                    "instant": { "type": "long" },
                    "accepted_at": { "type": "date" },
                    "organization_id": { "type": "keyword" },
                    "service_id": { "type": "keyword" },
                    "service": { "type": "keyword" },
                    "metric_type": { "type": "keyword" },
                    "labels": { "type": labels },
                    "series": { "type": "long" },
                    "value": { "type": "double" },
                    "position": { "type": "long" },
                    "row": { "type": "integer" },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::{day_of, index_of};
    use tracely_core::time::Timestamp;

    #[test]
    fn an_index_is_named_after_the_day_of_its_points() {
        let instant = Timestamp::parse("2024-02-29T23:59:59.999999Z").unwrap();
        assert_eq!(index_of("metrics", instant), "metrics-2024.02.29");
        assert_eq!(index_of("a-b.c", Timestamp::EPOCH), "a-b.c-1970.01.01");
        let day = day_of("metrics", "metrics-2024.02.29").unwrap();
        assert_eq!(day.to_string(), "2024-02-29T00:00:00Z");
        for other in
            ["metrics", "metrics-2024.02.30", "metrics-2024-02-29", "metrics-2024.2.29", "logs-2024.02.29"]
        {
            assert_eq!(day_of("metrics", other), None, "{other}");
        }
    }
}
