//! Rules: quality checks on one metric type. Every change is an event that carries the whole rule.

use crate::connect::Store;
use crate::error::{Doing, StoreError};
use crate::page::{Direction, Listed, Page};
use crate::schema::{self, rule};
use crate::search::folded;
use crate::sql::{self, Clause, contains_pattern};
use crate::tx::{Reads, Tx};
use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
};
use tracely_core::event::Event;
use tracely_core::id::{DepartmentId, OrganizationId, RuleId, ServiceId};
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_core::time::Timestamp;
use uuid::Uuid;

/// The most services that a rule may name.
pub const MAX_RULE_SERVICES: usize = 500;

/// Which rules to list; an empty list or none means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleFilter {
    /// Keys of metric types.
    pub metric_types: Vec<String>,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Departments.
    pub department_ids: Vec<DepartmentId>,
    /// Rules that name this service, or check all services.
    pub service_id: Option<ServiceId>,
    /// Enabled ones, or those that are not.
    pub enabled: Option<bool>,
    /// Name or description holds this text.
    pub search: Option<String>,
}

/// What a list of rules may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    Name,
    /// By metric type.
    MetricType,
    /// By threshold.
    Threshold,
    /// By severity, least first when ascending.
    Severity,
    /// By the instant it was made.
    CreatedAt,
    /// By the instant it was last changed.
    UpdatedAt,
}

/// How often a rule opened an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerCount {
    /// Which rule.
    pub rule_id: RuleId,
    /// Its name; of a deleted rule, the last one.
    pub rule_name: String,
    /// The key of its metric type.
    pub metric_type: String,
    /// Its severity.
    pub severity: Severity,
    /// How many incidents it opened.
    pub incident_count: u64,
    /// How many points violated it while those incidents were live.
    pub violation_count: u64,
    /// When it last opened one, in the time of the points.
    pub last_opened_at: Timestamp,
}

/// Adds a rule.
pub async fn create(tx: &Tx, rule: Rule) -> Result<Rule, StoreError> {
    let row = row_of(&rule).into_active_model().reset_all();
    rule::Entity::insert(row).exec_without_returning(tx.connection()).await.doing("add a rule")?;
    tx.emit(rule.organization_id, Event::RuleChanged { rule: Box::new(rule.clone()) });
    Ok(rule)
}

/// Stores a changed rule, and counts the change.
pub async fn update(tx: &Tx, rule: &Rule) -> Result<Rule, StoreError> {
    let rule = Rule { version: rule.version + 1, updated_at: tx.now(), ..rule.clone() };
    let row = row_of(&rule).into_active_model().reset_all();
    rule::Entity::update(row).exec(tx.connection()).await.doing("change a rule")?;
    tx.emit(rule.organization_id, Event::RuleChanged { rule: Box::new(rule.clone()) });
    Ok(rule)
}

/// Deletes a rule: it judges no more. Its incidents stay, with its name on them.
pub async fn delete(tx: &Tx, organization_id: OrganizationId, id: RuleId) -> Result<(), StoreError> {
    let statement = "UPDATE rule SET deleted_at = $1 WHERE id = $2 AND organization_id = $3";
    let values = [tx.now().0.into(), id.0.into(), organization_id.0.into()];
    sql::execute(tx.connection(), "delete a rule", statement, values).await?;
    tx.emit(organization_id, Event::RuleDeleted { rule_id: id });
    Ok(())
}

/// Finds a rule that is not deleted. In a transaction it is locked until the end.
pub async fn get(
    from: &impl Reads,
    organization_id: OrganizationId,
    id: RuleId,
) -> Result<Option<Rule>, StoreError> {
    let query = from.locking(kept(organization_id).filter(rule::Column::Id.eq(id.0)));
    let found = query.one(from.reading()).await;
    found.doing("read a rule")?.map(of_row).transpose()
}

/// Reads every rule of the installation that is not deleted, for a state that cannot be read from the log any more.
pub async fn all(store: &Store) -> Result<Vec<Rule>, StoreError> {
    let rows = rule::Entity::find().filter(rule::Column::DeletedAt.is_null()).all(store.reader()).await;
    rows.doing("read all rules")?.into_iter().map(of_row).collect()
}

/// Lists rules that are not deleted.
pub async fn list(
    store: &Store,
    organization_id: OrganizationId,
    filter: &RuleFilter,
    sort: (Sort, Direction),
    page: Page,
) -> Result<Listed<Rule>, StoreError> {
    let mut query = kept(organization_id);
    if !filter.metric_types.is_empty() {
        query = query.filter(rule::Column::MetricType.is_in(&filter.metric_types));
    }
    if !filter.severities.is_empty() {
        query = query.filter(rule::Column::Severity.is_in(filter.severities.iter().map(|one| one.as_str())));
    }
    if !filter.department_ids.is_empty() {
        query = query.filter(rule::Column::DepartmentId.is_in(filter.department_ids.iter().map(|id| id.0)));
    }
    if let Some(service_id) = filter.service_id {
        let named = LikeExpr::new(format!("%\"{service_id}\"%"));
        query = query.filter(rule::Column::ServiceIds.eq("[]").or(rule::Column::ServiceIds.like(named)));
    }
    let filtered = query
        .apply_if(filter.enabled, |query, enabled| query.filter(rule::Column::Enabled.eq(enabled)))
        .apply_if(filter.search.as_deref(), |query, text| {
            query.filter(rule::Column::SearchText.like(LikeExpr::new(contains_pattern(text)).escape('\\')))
        });
    let column = match sort.0 {
        Sort::Name => rule::Column::Name,
        Sort::MetricType => rule::Column::MetricType,
        Sort::Threshold => rule::Column::Threshold,
        Sort::Severity => rule::Column::SeverityRank,
        Sort::CreatedAt => rule::Column::CreatedAt,
        Sort::UpdatedAt => rule::Column::UpdatedAt,
    };
    let order = |query: sea_orm::Select<rule::Entity>| {
        query.order_by(column, sort.1.into()).order_by(rule::Column::Id, sort.1.into())
    };
    let listed = schema::listed(store.reader(), "list rules", filtered, order, page).await?;
    listed.try_map(of_row)
}

/// Reads the enabled rules that check one of these metric types, in order of their ids.
pub async fn enabled(
    store: &Store,
    organization_id: OrganizationId,
    metric_types: &[String],
) -> Result<Vec<Rule>, StoreError> {
    let rows = kept(organization_id)
        .filter(rule::Column::Enabled.eq(true))
        .filter(rule::Column::MetricType.is_in(metric_types))
        .order_by_asc(rule::Column::Id)
        .all(store.reader())
        .await;
    rows.doing("read enabled rules")?.into_iter().map(of_row).collect()
}

/// Lists the rules that opened most incidents in a span of time (of the points), most first. Deleted rules too.
/// No ids means any rule.
pub async fn top_triggered(
    store: &Store,
    organization_id: OrganizationId,
    rule_ids: &[RuleId],
    from: Timestamp,
    to: Timestamp,
    page: Page,
) -> Result<Listed<TriggerCount>, StoreError> {
    let attempt = "count what rules triggered";
    let mut clause = Clause::new("rule.organization_id = $1", [organization_id.0.into()]);
    let condition = triggered(&mut clause, rule_ids, from, to);
    // Live and closed incidents are in indexes of their own, each in the order of the rules.
    let part = |state: &str| {
        format!(
            "SELECT rule_id, COUNT(*) AS incidents, SUM(violation_count) AS violations, \
             MAX(opened_at) AS last_opened_at FROM incident WHERE {state}{condition} GROUP BY rule_id"
        )
    };
    let source = format!(
        "FROM (SELECT rule_id, CAST(SUM(incidents) AS BIGINT) AS incidents, \
         CAST(SUM(violations) AS BIGINT) AS violations, MAX(last_opened_at) AS last_opened_at \
         FROM ({} UNION ALL {}) AS part GROUP BY rule_id) AS counted JOIN rule ON rule.id = counted.rule_id \
         WHERE {}",
        part("status <> 'CLOSED'"),
        part("status = 'CLOSED'"),
        clause.text()
    );
    let values = clause.values();
    let page_text = clause.page(page);
    let statement = format!(
        "SELECT counted.rule_id, rule.name, rule.metric_type, rule.severity, counted.incidents, counted.violations, \
         counted.last_opened_at, COUNT(*) OVER () AS total {source} \
         ORDER BY counted.incidents DESC, counted.violations DESC, counted.rule_id {page_text}"
    );
    let rows = sql::all(store.reader(), attempt, statement, clause.values()).await?;
    let total = match rows.first() {
        Some(row) => sql::count(row, "total")?,
        None if page.offset == 0 => 0,
        None => {
            sql::total(store.reader(), attempt, format!("SELECT COUNT(*) AS total {source}"), values).await?
        }
    };
    let rows = rows
        .iter()
        .map(|row| {
            let rule_id: Uuid = sql::get(row, "rule_id")?;
            Ok(TriggerCount {
                rule_id: RuleId(rule_id),
                rule_name: sql::get(row, "name")?,
                metric_type: sql::get(row, "metric_type")?,
                severity: severity_of(rule_id, &sql::get::<String>(row, "severity")?)?,
                incident_count: sql::count(row, "incidents")?,
                violation_count: sql::count(row, "violations")?,
                last_opened_at: Timestamp(sql::get(row, "last_opened_at")?),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Listed::counted(rows, total))
}

/// Writes which incidents to count. A span that ends nowhere asks for nothing; another one is looked up rule by rule.
fn triggered(clause: &mut Clause, rule_ids: &[RuleId], from: Timestamp, to: Timestamp) -> String {
    let mut conditions = Vec::new();
    let spans = [(">=", from, Timestamp(i64::MIN)), ("<", to, Timestamp(i64::MAX))];
    for (comparison, bound, nowhere) in spans {
        if bound != nowhere {
            conditions.push(format!(" AND opened_at {comparison} {}", clause.value(bound.0)));
        }
    }
    let places: Vec<String> = rule_ids.iter().map(|id| clause.value(id.0)).collect();
    if !places.is_empty() {
        conditions.push(format!(" AND rule_id IN ({})", places.join(", ")));
    } else if !conditions.is_empty() {
        conditions.push(" AND rule_id IN (SELECT id FROM rule WHERE organization_id = $1)".into());
    }
    conditions.concat()
}

fn kept(organization_id: OrganizationId) -> sea_orm::Select<rule::Entity> {
    rule::Entity::find()
        .filter(rule::Column::OrganizationId.eq(organization_id.0))
        .filter(rule::Column::DeletedAt.is_null())
}

fn row_of(rule: &Rule) -> rule::Model {
    rule::Model {
        id: rule.id.0,
        organization_id: rule.organization_id.0,
        name: rule.name.clone(),
        description: rule.description.clone(),
        search_text: folded(&format!("{} {}", rule.name, rule.description)),
        metric_type: rule.metric_type.clone(),
        operator: rule.operator.as_str().into(),
        threshold: rule.threshold,
        severity: rule.severity.as_str().into(),
        severity_rank: i32::from(rule.severity.rank()),
        department_id: rule.department_id.0,
        enabled: rule.enabled,
        service_ids: serde_json::to_string(&rule.service_ids).expect("ids are texts in JSON"),
        labels: serde_json::to_string(&rule.labels).expect("matchers are plain texts in JSON"),
        version: rule.version,
        created_at: rule.created_at.0,
        updated_at: rule.updated_at.0,
        deleted_at: None,
    }
}

fn of_row(row: rule::Model) -> Result<Rule, StoreError> {
    let corrupt = |column, why: String| StoreError::corrupt("rule", column, row.id, why);
    Ok(Rule {
        id: RuleId(row.id),
        organization_id: OrganizationId(row.organization_id),
        operator: Operator::parse(&row.operator).ok_or_else(|| corrupt("operator", row.operator.clone()))?,
        severity: severity_of(row.id, &row.severity)?,
        service_ids: serde_json::from_str(&row.service_ids)
            .map_err(|error| corrupt("service_ids", error.to_string()))?,
        labels: serde_json::from_str(&row.labels).map_err(|error| corrupt("labels", error.to_string()))?,
        name: row.name,
        description: row.description,
        metric_type: row.metric_type,
        threshold: row.threshold,
        department_id: DepartmentId(row.department_id),
        enabled: row.enabled,
        version: row.version,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
    })
}

fn severity_of(rule_id: Uuid, text: &str) -> Result<Severity, StoreError> {
    Severity::parse(text).ok_or_else(|| StoreError::corrupt("rule", "severity", rule_id, text))
}
