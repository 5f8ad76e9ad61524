//! What the points of the demonstration need: departments, services and rules. What is there already is kept.

use super::catalog::{CHECKS, Monitored, TEAMS};
use crate::client::api::{Department, NewDepartment, NewRule, NewService, Rule, Service};
use crate::client::{Client, ClientError};
use std::collections::{HashMap, HashSet};
use tracely_core::rule::Operator;

/// How much was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Made {
    /// Departments.
    pub departments: usize,
    /// Services.
    pub services: usize,
    /// Rules.
    pub rules: usize,
}

/// Makes the departments, services and rules that are missing. Departments and rules are found by their name,
/// services by their key; what people changed about them is left alone.
pub async fn make_missing(client: &Client, services: &[Monitored]) -> Result<Made, ClientError> {
    let mut made = Made::default();
    let departments = make_departments(client, &mut made).await?;
    let services = make_services(client, services, &mut made).await?;
    make_rules(client, &departments, &services, &mut made).await?;
    Ok(made)
}

/// Returns the identifier of each department by its name.
async fn make_departments(client: &Client, made: &mut Made) -> Result<HashMap<String, String>, ClientError> {
    let existing: Vec<Department> = client.all("departments").await?;
    let mut ids: HashMap<_, _> = existing.into_iter().map(|found| (found.name, found.id)).collect();
    for team in TEAMS.iter().filter(|team| !ids.contains_key(team.name)).collect::<Vec<_>>() {
        let content = NewDepartment { name: team.name, description: team.description };
        let department: Department = client.create("departments", &content).await?;
        ids.insert(team.name.to_string(), department.id);
        made.departments += 1;
    }
    Ok(ids)
}

/// Returns the identifier of each service by its key.
async fn make_services(
    client: &Client,
    services: &[Monitored],
    made: &mut Made,
) -> Result<HashMap<String, String>, ClientError> {
    let existing: Vec<Service> = client.all("services").await?;
    let mut ids: HashMap<_, _> = existing.into_iter().map(|found| (found.key, found.id)).collect();
    for service in services.iter().filter(|service| !ids.contains_key(&service.key)).collect::<Vec<_>>() {
        let Monitored { key, name, description, .. } = service;
        let service: Service = client.create("services", &NewService { key, name, description }).await?;
        ids.insert(service.key, service.id);
        made.services += 1;
    }
    Ok(ids)
}

async fn make_rules(
    client: &Client,
    departments: &HashMap<String, String>,
    services: &HashMap<String, String>,
    made: &mut Made,
) -> Result<(), ClientError> {
    let existing: Vec<Rule> = client.all("rules").await?;
    let existing: HashSet<_> = existing.into_iter().map(|rule| rule.name).collect();
    for check in CHECKS.iter().filter(|check| !existing.contains(check.name)) {
        let scope = check.service.map(|key| services.get(key).map(String::as_str));
        let Some(department_id) = departments.get(check.team) else { continue };
        let service_ids = match scope {
            None => Vec::new(),
            Some(Some(id)) => vec![id],
            // A rule for a service that is not there would watch all of them.
            Some(None) => continue,
        };
        let rule = NewRule {
            name: check.name,
            description: &format!("{} above {} in the demonstration", check.metric_type, check.threshold),
            metric_type: check.metric_type,
            operator: Operator::Greater,
            threshold: check.threshold,
            severity: check.severity,
            department_id,
            enabled: true,
            service_ids,
        };
        client.create::<Rule>("rules", &rule).await?;
        made.rules += 1;
    }
    Ok(())
}
