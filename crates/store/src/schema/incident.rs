use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub number: i64,
    pub rule_id: Uuid,
    pub service_id: Uuid,
    pub group_key: String,
    pub title: String,
    pub search_text: String,
    pub rule_name: String,
    pub service_name: String,
    pub metric_type: String,
    pub operator: String,
    pub threshold: f64,
    pub opening_value: f64,
    pub department_id: Uuid,
    pub severity: String,
    pub severity_rank: i32,
    pub status: String,
    pub assignee: Option<String>,
    pub violation_count: i64,
    pub last_violation_at: i64,
    pub peak_value: f64,
    pub opened_at: i64,
    pub in_progress_at: Option<i64>,
    pub recovered_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub version: i64,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
