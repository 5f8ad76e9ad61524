//! What points are grouped by: `group_by` of the questions about points.

use crate::app::App;
use crate::http::query::Params;
use crate::metric::list::SeriesFilter;
use crate::registry::Catalog;
use serde::Serialize;
use std::collections::BTreeMap;
use tracely_analytics::SeriesSet;
use tracely_core::id::{OrganizationId, SeriesId};
use tracely_core::metric::{Series, is_label_name};
use utoipa::ToSchema;

/// What makes the groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grouping {
    Service,
    MetricType,
    Series,
    /// The value of the label with this name.
    Label(String),
}

/// What points are grouped by, in the description of a parameter.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(service|metric_type|series|label\\.[a-zA-Z_][a-zA-Z0-9_]{0,63})$", example = "service")]
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
pub struct GroupingWord(pub String);

/// What the series of a group have in common.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesGroup {
    /// The identifier of the service, the key of the metric type, the value of the label (empty for series without
    /// it), or the number of the series.
    pub(super) key: String,
    /// What people call it.
    #[schema(example = "Superonline")]
    pub(super) name: String,
}

/// Series by groups.
pub(super) struct Grouped {
    /// What each group is called; nothing when nothing is grouped.
    pub(super) names: Vec<SeriesGroup>,
    /// The series of each group; one when nothing is grouped.
    pub(super) sets: Vec<SeriesSet>,
}

impl Grouping {
    /// Takes `group_by`; none when it is not given.
    pub(super) fn take(params: &mut Params) -> Option<Self> {
        let word = params.text("group_by")?;
        let found = match word.as_str() {
            "service" => Some(Self::Service),
            "metric_type" => Some(Self::MetricType),
            "series" => Some(Self::Series),
            other => {
                let name = other.strip_prefix("label.").filter(|name| is_label_name(name));
                name.map(|name| Self::Label(name.to_owned()))
            }
        };
        if found.is_none() {
            let words = "must be one of service, metric_type, series, or label. and the name of a label";
            params.fail("group_by", words);
        }
        found
    }

    fn key(&self, series: &Series) -> String {
        match self {
            Self::Service => series.service_id.to_string(),
            Self::MetricType => series.metric_type.to_string(),
            Self::Series => series.id.to_string(),
            Self::Label(name) => series.labels.get(name).to_owned(),
        }
    }

    fn name(&self, catalog: &Catalog, series: &Series) -> String {
        let service = || catalog.names.get(&series.service_id).cloned().unwrap_or_default();
        match self {
            Self::Service => service(),
            Self::MetricType => {
                let found = catalog.metric_types.get(&*series.metric_type);
                found.map_or_else(|| series.metric_type.to_string(), |found| found.name.clone())
            }
            Self::Series => {
                let mut name = format!("{} {}", service(), series.metric_type);
                for (label, value) in series.labels.pairs() {
                    name.extend([" ", label.as_str(), "=", value.as_str()]);
                }
                name
            }
            Self::Label(name) => series.labels.get(name).to_owned(),
        }
    }
}

/// Finds the series that a filter lets through and puts them into groups, in the order of their keys.
pub(super) fn group(
    app: &App,
    catalog: &Catalog,
    organization_id: OrganizationId,
    filter: &SeriesFilter,
    grouping: Option<&Grouping>,
) -> Grouped {
    let ids = filter.ids(app, catalog, organization_id);
    let Some(grouping) = grouping else {
        return Grouped { names: Vec::new(), sets: vec![SeriesSet::new(ids)] };
    };
    let mut groups: BTreeMap<String, (String, Vec<SeriesId>)> = BTreeMap::new();
    for id in ids {
        let Some(series) = app.registry().series(id) else { continue };
        let group = groups.entry(grouping.key(&series));
        group.or_insert_with(|| (grouping.name(catalog, &series), Vec::new())).1.push(id);
    }
    let (mut names, mut sets) = (Vec::new(), Vec::new());
    for (key, (name, ids)) in groups {
        names.push(SeriesGroup { key, name });
        sets.push(SeriesSet::new(ids));
    }
    Grouped { names, sets }
}
