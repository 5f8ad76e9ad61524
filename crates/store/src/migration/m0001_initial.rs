//! The first schema.
//!
//! Instants are BIGINT microseconds since the epoch. Enums are TEXT in the spelling of the API, with a CHECK.
//! Every row belongs to an organization; only what describes the installation itself (log counters, consumers,
//! segments) does not.

use super::run;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};
use tracely_core::metric::MetricType;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await?;
        insert_default_organization(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn insert_default_organization(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let id = crate::organization::DEFAULT.0;
    let insert =
        "INSERT INTO organization (id, name, last_incident_number, created_at) VALUES ($1, $2, 0, 0)";
    let values = [id.into(), "default".into()];
    connection.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
    for metric_type in MetricType::built_in() {
        let insert = "INSERT INTO metric_type \
             (organization_id, key, name, unit, min_value, max_value, built_in, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, TRUE, 0, 0)";
        let MetricType { key, name, unit, min, max, .. } = metric_type;
        let values = [id.into(), key.into(), name.into(), unit.into(), min.into(), max.into()];
        connection.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
    }
    Ok(())
}

const UP: &str = "
CREATE TABLE organization (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    last_incident_number BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL,
    bytes BIGINT NOT NULL DEFAULT 0
);
INSERT INTO counter (name, value) VALUES ('log', 0), ('series', 0);
CREATE TABLE log (
    position BIGINT NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    shard INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload {bytes} NOT NULL,
    end_offset BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE consumer (
    name TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
INSERT INTO consumer (name, position, updated_at)
    VALUES ('evaluator', 0, 0), ('dispatcher', 0, 0), ('indexer', 0, 0);
CREATE TABLE parked_entry (
    consumer TEXT NOT NULL REFERENCES consumer (name),
    position BIGINT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization (id),
    error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, position)
);
CREATE TABLE snapshot (
    consumer TEXT NOT NULL REFERENCES consumer (name),
    position BIGINT NOT NULL,
    payload {bytes} NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, position)
);
CREATE TABLE segment (
    file TEXT NOT NULL PRIMARY KEY,
    day BIGINT NOT NULL,
    min_instant BIGINT NOT NULL,
    max_instant BIGINT NOT NULL,
    min_series BIGINT NOT NULL,
    max_series BIGINT NOT NULL,
    point_count BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE service (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    search_text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX service_key ON service (organization_id, key) WHERE deleted_at IS NULL;
CREATE INDEX service_name ON service (organization_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX service_created ON service (organization_id, created_at, id) WHERE deleted_at IS NULL;
CREATE TABLE department (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    search_text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX department_name ON department (organization_id, name) WHERE deleted_at IS NULL;
CREATE TABLE metric_type (
    organization_id UUID NOT NULL REFERENCES organization (id),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    min_value DOUBLE PRECISION,
    max_value DOUBLE PRECISION,
    built_in BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key)
);
CREATE TABLE series (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    service_id UUID NOT NULL REFERENCES service (id),
    metric_type TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (organization_id, metric_type) REFERENCES metric_type (organization_id, key)
);
CREATE UNIQUE INDEX series_identity ON series (service_id, metric_type, labels);
CREATE INDEX series_metric_type ON series (organization_id, metric_type);
CREATE TABLE rule (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    search_text TEXT NOT NULL,
    metric_type TEXT NOT NULL,
    operator TEXT NOT NULL CHECK (operator IN ('>', '>=', '<', '<=', '==', '!=')),
    threshold DOUBLE PRECISION NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    severity_rank INTEGER NOT NULL,
    department_id UUID NOT NULL REFERENCES department (id),
    enabled BOOLEAN NOT NULL,
    service_ids TEXT NOT NULL,
    labels TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    FOREIGN KEY (organization_id, metric_type) REFERENCES metric_type (organization_id, key)
);
CREATE INDEX rule_created ON rule (organization_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX rule_name ON rule (organization_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX rule_department ON rule (department_id) WHERE deleted_at IS NULL;
CREATE TABLE incident (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    number BIGINT NOT NULL,
    rule_id UUID NOT NULL REFERENCES rule (id),
    service_id UUID NOT NULL REFERENCES service (id),
    group_key TEXT NOT NULL,
    title TEXT NOT NULL,
    search_text TEXT NOT NULL,
    rule_name TEXT NOT NULL,
    service_name TEXT NOT NULL,
    metric_type TEXT NOT NULL,
    operator TEXT NOT NULL CHECK (operator IN ('>', '>=', '<', '<=', '==', '!=')),
    threshold DOUBLE PRECISION NOT NULL,
    opening_value DOUBLE PRECISION NOT NULL,
    department_id UUID NOT NULL REFERENCES department (id),
    severity TEXT NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    severity_rank INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'IN_PROGRESS', 'CLOSED')),
    assignee TEXT,
    violation_count BIGINT NOT NULL,
    last_violation_at BIGINT NOT NULL,
    peak_value DOUBLE PRECISION NOT NULL,
    opened_at BIGINT NOT NULL,
    in_progress_at BIGINT,
    recovered_at BIGINT,
    closed_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX incident_live ON incident (rule_id, service_id, group_key) WHERE status <> 'CLOSED';
CREATE UNIQUE INDEX incident_number ON incident (organization_id, number);
CREATE INDEX incident_created ON incident (organization_id, created_at, id);
CREATE INDEX incident_opened ON incident (organization_id, opened_at, id);
CREATE INDEX incident_updated ON incident (organization_id, updated_at, id);
CREATE INDEX incident_status ON incident (organization_id, status, created_at, id);
CREATE INDEX incident_severity ON incident (organization_id, severity_rank, created_at, id);
CREATE INDEX incident_service ON incident (service_id, created_at, id);
CREATE INDEX incident_rule ON incident (rule_id, created_at, id);
CREATE INDEX incident_department ON incident (department_id, created_at, id);
CREATE TABLE timeline_event (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    incident_id UUID NOT NULL REFERENCES incident (id),
    kind TEXT NOT NULL,
    actor TEXT,
    old_value TEXT,
    new_value TEXT,
    sequence BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX timeline_event_incident ON timeline_event (incident_id, sequence);
CREATE TABLE comment (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    incident_id UUID NOT NULL REFERENCES incident (id),
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX comment_incident ON comment (incident_id, sequence);
CREATE TABLE notification (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    department_id UUID NOT NULL REFERENCES department (id),
    incident_id UUID NOT NULL REFERENCES incident (id),
    incident_number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    search_text TEXT NOT NULL,
    log_position BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notification_cause ON notification (log_position, department_id, kind);
CREATE INDEX notification_position ON notification (organization_id, log_position, id);
CREATE INDEX notification_department ON notification (department_id, log_position, id);
CREATE INDEX notification_incident ON notification (incident_id, id);
CREATE TABLE notification_mark (
    notification_id UUID NOT NULL REFERENCES notification (id),
    person TEXT NOT NULL,
    is_read BOOLEAN NOT NULL,
    marked_at BIGINT NOT NULL,
    PRIMARY KEY (notification_id, person)
);
CREATE TABLE notification_watermark (
    department_id UUID NOT NULL REFERENCES department (id),
    person TEXT NOT NULL,
    log_position BIGINT NOT NULL,
    marked_at BIGINT NOT NULL,
    PRIMARY KEY (department_id, person)
);
CREATE TABLE idempotency_key (
    organization_id UUID NOT NULL REFERENCES organization (id),
    key TEXT NOT NULL,
    fingerprint {bytes} NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);
";

const DOWN: &str = "
DROP TABLE idempotency_key;
DROP TABLE notification_watermark;
DROP TABLE notification_mark;
DROP TABLE notification;
DROP TABLE comment;
DROP TABLE timeline_event;
DROP TABLE incident;
DROP TABLE rule;
DROP TABLE series;
DROP TABLE metric_type;
DROP TABLE department;
DROP TABLE service;
DROP TABLE segment;
DROP TABLE snapshot;
DROP TABLE parked_entry;
DROP TABLE consumer;
DROP TABLE log;
DROP TABLE counter;
DROP TABLE organization;
";
