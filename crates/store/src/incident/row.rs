//! Incidents as rows.

use crate::error::StoreError;
use crate::schema::incident::Model;
use crate::search::folded;
use tracely_core::id::{DepartmentId, IncidentId, OrganizationId, RuleId, ServiceId};
use tracely_core::incident::{Identity, Incident, Status, Violations};
use tracely_core::rule::{Operator, Severity};
use tracely_core::time::Timestamp;

pub(super) fn row_of(incident: &Incident) -> Model {
    Model {
        id: incident.id.0,
        organization_id: incident.organization_id.0,
        number: incident.number,
        rule_id: incident.identity.rule_id.0,
        service_id: incident.identity.service_id.0,
        group_key: incident.identity.group_key.clone(),
        title: incident.title.clone(),
        search_text: folded(&format!("inc-{} {} {}", incident.number, incident.title, incident.rule_name)),
        rule_name: incident.rule_name.clone(),
        service_name: incident.service_name.clone(),
        metric_type: incident.metric_type.clone(),
        operator: incident.operator.as_str().into(),
        threshold: incident.threshold,
        opening_value: incident.opening_value,
        department_id: incident.department_id.0,
        severity: incident.severity.as_str().into(),
        severity_rank: i32::from(incident.severity.rank()),
        status: incident.status.as_str().into(),
        assignee: incident.assignee.clone(),
        violation_count: incident.violations.count,
        last_violation_at: incident.violations.last_at.0,
        peak_value: incident.violations.peak,
        opened_at: incident.opened_at.0,
        in_progress_at: incident.in_progress_at.map(|at| at.0),
        recovered_at: incident.recovered_at.map(|at| at.0),
        closed_at: incident.closed_at.map(|at| at.0),
        version: incident.version,
        created_at: incident.created_at.0,
        updated_at: incident.updated_at.0,
    }
}

pub(super) fn of_row(row: Model) -> Result<Incident, StoreError> {
    let corrupt = |column, text: &str| StoreError::corrupt("incident", column, row.id, text);
    Ok(Incident {
        id: IncidentId(row.id),
        organization_id: OrganizationId(row.organization_id),
        number: row.number,
        operator: Operator::parse(&row.operator).ok_or_else(|| corrupt("operator", &row.operator))?,
        severity: Severity::parse(&row.severity).ok_or_else(|| corrupt("severity", &row.severity))?,
        status: Status::parse(&row.status).ok_or_else(|| corrupt("status", &row.status))?,
        identity: Identity {
            rule_id: RuleId(row.rule_id),
            service_id: ServiceId(row.service_id),
            group_key: row.group_key,
        },
        title: row.title,
        rule_name: row.rule_name,
        service_name: row.service_name,
        metric_type: row.metric_type,
        threshold: row.threshold,
        opening_value: row.opening_value,
        department_id: DepartmentId(row.department_id),
        assignee: row.assignee,
        violations: Violations {
            count: row.violation_count,
            last_at: Timestamp(row.last_violation_at),
            peak: row.peak_value,
        },
        opened_at: Timestamp(row.opened_at),
        in_progress_at: row.in_progress_at.map(Timestamp),
        recovered_at: row.recovered_at.map(Timestamp),
        closed_at: row.closed_at.map(Timestamp),
        version: row.version,
        created_at: Timestamp(row.created_at),
        updated_at: Timestamp(row.updated_at),
    })
}
