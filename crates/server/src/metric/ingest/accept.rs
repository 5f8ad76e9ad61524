//! Checking points and finding their series.

use super::raw::RawPoint;
use crate::app::{App, MAX_AHEAD};
use crate::http::problem::{FieldError, Problem};
use crate::registry::{Catalog, Registry};
use hashbrown::HashMap;
use std::sync::Arc;
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, Point, PointBatch};
use tracely_core::time::Timestamp;
use tracely_store::series::SeriesKey;

/// What became of the points of a request.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The valid points, in the order they were sent.
    pub(crate) batch: PointBatch,
    /// What is wrong with the others, by their place in the request.
    pub(crate) errors: Vec<(usize, FieldError)>,
    /// How many points are invalid.
    pub(crate) rejected: usize,
}

/// Checks points, and finds or makes their series. Nothing is stored but the series.
pub(crate) async fn accept(
    app: &App,
    organization_id: OrganizationId,
    points: Vec<Result<RawPoint<'_>, Vec<FieldError>>>,
) -> Result<Accepted, Problem> {
    let catalog = app.registry().catalog(app.store(), organization_id).await?;
    let mut checker = Checker {
        catalog: &catalog,
        registry: app.registry(),
        now: app.store().clock().now(),
        no_labels: Labels::default(),
        missing: HashMap::new(),
        errors: Vec::new(),
    };
    let mut valid = Vec::with_capacity(points.len());
    let mut rejected = 0;
    for (index, point) in points.into_iter().enumerate() {
        match point.and_then(|point| checker.check(&point)) {
            Ok(point) => valid.push(point),
            Err(errors) => {
                rejected += 1;
                checker.errors.extend(errors.into_iter().map(|error| (index, error)));
            }
        }
    }
    let Checker { missing, errors, .. } = checker;
    let made = make_missing(app, organization_id, missing).await?;
    let mut batch = PointBatch::with_capacity(valid.len());
    for (place, instant, value) in valid {
        let series = match place {
            Place::Known(series) => series,
            Place::Missing(number) => made[number],
        };
        batch.push(Point { series, instant, value });
    }
    Ok(Accepted { batch, errors, rejected })
}

async fn make_missing(
    app: &App,
    organization_id: OrganizationId,
    missing: HashMap<SeriesKey, usize>,
) -> Result<Vec<SeriesId>, Problem> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys: Vec<(SeriesKey, usize)> = missing.into_iter().collect();
    keys.sort_unstable_by_key(|(_, number)| *number);
    let keys: Vec<SeriesKey> = keys.into_iter().map(|(key, _)| key).collect();
    let limit = app.settings().max_series;
    Ok(app.registry().find_or_create(app.store(), organization_id, &keys, limit).await?)
}

/// Where a point's series is: known, or among those that have to be made.
#[derive(Debug, Clone, Copy)]
enum Place {
    Known(SeriesId),
    Missing(usize),
}

struct Checker<'a> {
    catalog: &'a Catalog,
    registry: &'a Registry,
    now: Timestamp,
    no_labels: Labels,
    missing: HashMap<SeriesKey, usize>,
    errors: Vec<(usize, FieldError)>,
}

impl Checker<'_> {
    fn check(&mut self, point: &RawPoint<'_>) -> Result<(Place, Timestamp, f64), Vec<FieldError>> {
        let mut errors = Vec::new();
        let service_id = self.service(point, &mut errors);
        let instant = self.instant(point, &mut errors);
        let key = point.metric_type.0.as_ref();
        match self.catalog.metric_types.get(key) {
            None => errors.push(FieldError::body("/metric_type", "is not a known metric type")),
            Some(metric_type) => {
                if let Err(error) = metric_type.check(point.value) {
                    errors.push(FieldError::body("/value", format!("{error} for {key}")));
                }
            }
        }
        let labels = match &point.labels {
            Some(pairs) if !pairs.0.is_empty() => match Labels::new(pairs.0.clone()) {
                Ok(labels) => Some(labels),
                Err(error) => {
                    errors.push(FieldError::body("/labels", error.to_string()));
                    None
                }
            },
            Some(_) | None => None,
        };
        let (Some(service_id), Some(instant), true) = (service_id, instant, errors.is_empty()) else {
            return Err(errors);
        };
        Ok((self.place(service_id, key, labels), instant, point.value))
    }

    fn service(&self, point: &RawPoint<'_>, errors: &mut Vec<FieldError>) -> Option<ServiceId> {
        let (pointer, found) = match (&point.service_id, &point.service) {
            (Some(_), Some(_)) => {
                errors.push(FieldError::body("/service", "must be absent when service_id is given"));
                return None;
            }
            (None, None) => {
                errors
                    .push(FieldError::body("/service_id", "is required, or service with the service's key"));
                return None;
            }
            (Some(id), None) => {
                let id = id.0.parse::<ServiceId>().ok();
                if id.is_none() {
                    errors.push(FieldError::body("/service_id", "must be a UUID"));
                    return None;
                }
                ("/service_id", id.filter(|id| self.catalog.services.contains_key(id)))
            }
            (None, Some(key)) => ("/service", self.catalog.keys.get(key.0.as_ref()).copied()),
        };
        if found.is_none() {
            errors.push(FieldError::body(pointer, "is not a known service"));
        }
        found
    }

    fn instant(&self, point: &RawPoint<'_>, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
        let Some(text) = &point.recorded_at else { return Some(self.now) };
        let wrong = match Timestamp::parse(&text.0) {
            Ok(instant) if instant < Timestamp::EPOCH => "must not be before 1970".to_owned(),
            Ok(instant) if instant > self.now.plus(MAX_AHEAD) => {
                format!("must be at most 10 minutes ahead of the server's clock, which says {}", self.now)
            }
            Ok(instant) => return Some(instant),
            Err(error) => error.to_string(),
        };
        errors.push(FieldError::body("/recorded_at", wrong));
        None
    }

    fn place(&mut self, service_id: ServiceId, metric_type: &str, labels: Option<Labels>) -> Place {
        let known = self.registry.find(service_id, metric_type, labels.as_ref().unwrap_or(&self.no_labels));
        if let Some(series) = known {
            return Place::Known(series);
        }
        let metric_type: Arc<str> = metric_type.into();
        let key = SeriesKey { service_id, metric_type, labels: labels.unwrap_or_default() };
        let next = self.missing.len();
        Place::Missing(*self.missing.entry(key).or_insert(next))
    }
}
