//! Migrations up, down and over existing data.

use std::collections::HashMap;
use std::sync::Arc;
use tracely_core::id::{OrganizationId, RuleId, SeriesId};
use tracely_core::incident::{Actor, Identity, Status};
use tracely_core::metric::Point;
use tracely_core::rule::engine::Transition;
use tracely_core::rule::{Operator, Rule, Severity};
use tracely_store::incident::summary::{self, SummaryFilter};
use tracely_store::incident::{self, IncidentFilter, Names, Openings, Sort, comment, timeline};
use tracely_store::page::{Direction, Page, Total};
use tracely_store::{Clock, Store, StoreError, department, organization, rule, saved_view, service};
use tracely_testkit::database::{START, TestDatabase};

#[tokio::test]
async fn migrations_go_up_and_down_and_up_again() {
    let database = TestDatabase::empty().await;
    let store = database.store_with(Clock::manual(START)).await;
    assert!(store.migrations().await.unwrap().iter().all(|migration| !migration.applied));

    store.prepare().await.unwrap();
    assert!(store.migrations().await.unwrap().iter().all(|migration| migration.applied));
    let tx = store.begin().await.unwrap();
    department::create(&tx, organization::DEFAULT, "Ops", "").await.unwrap();
    tx.commit().await.unwrap();

    let count = store.migrations().await.unwrap().len() as u32;
    store.migrate_down(count).await.unwrap();
    assert!(store.migrations().await.unwrap().iter().all(|migration| !migration.applied));
    store.prepare().await.unwrap();
    store.prepare().await.unwrap();
    let tx = store.begin().await.unwrap();
    department::create(&tx, organization::DEFAULT, "Ops", "").await.unwrap();
    let taken = department::create(&tx, organization::DEFAULT, "Ops", "").await.unwrap_err();
    assert!(matches!(taken, StoreError::Taken { .. }));
}

/// Makes an incident with a comment and all that belongs to it.
async fn open_incident(store: &Store) {
    let tx = store.begin().await.unwrap();
    let department = department::create(&tx, organization::DEFAULT, "Ops", "").await.unwrap();
    let service = service::create(&tx, organization::DEFAULT, "tv", "TV+", "").await.unwrap();
    let rule = Rule {
        id: tx.id::<RuleId>(),
        organization_id: organization::DEFAULT,
        name: "High latency".into(),
        description: String::new(),
        metric_type: "LATENCY_MS".into(),
        operator: Operator::Greater,
        threshold: 150.0,
        severity: Severity::High,
        department_id: department.id,
        enabled: true,
        service_ids: Vec::new(),
        labels: Vec::new(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let rule = rule::create(&tx, rule).await.unwrap();
    let identity = Identity { rule_id: rule.id, service_id: service.id, group_key: String::new() };
    let point = Point { series: SeriesId(1), instant: START, value: 200.0 };
    let services = HashMap::from([(service.id, service.name.clone())]);
    let names = Names { services: &services, metric_types: &HashMap::new() };
    let opening = Transition::Opened { identity, rule: Arc::new(rule), point };
    let opened = incident::carry_out(&tx, organization::DEFAULT, &[&opening], names, Openings::Believed)
        .await
        .unwrap();
    let person = Actor::Person { name: "ayse".into() };
    comment::create(&tx, &opened[0], person, "Yönlendirici DEĞİŞTİ").await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_version_is_upgraded_with_what_is_in_it() {
    let database = TestDatabase::empty().await;
    let store = database.store_with(Clock::manual(START)).await;
    store.prepare().await.unwrap();
    open_incident(&store).await;
    let newer = store.migrations().await.unwrap().len() as u32 - 1;
    store.migrate_down(newer).await.unwrap();

    store.prepare().await.unwrap();
    let live = summary::live(&store, organization::DEFAULT, &SummaryFilter::default()).await.unwrap();
    assert_eq!(live.iter().map(|count| count.count).collect::<Vec<_>>(), [1]);
    let page = Page { limit: 10, offset: 0 };
    let told = timeline::list_all(&store, organization::DEFAULT, None, None, &page.into()).await.unwrap();
    assert_eq!(told.rows[0].service_name, "TV+");
    let tx = store.begin().await.unwrap();
    saved_view::create(&tx, organization::DEFAULT, "operator", "rules", "Mine", "").await.unwrap();
    tx.commit().await.unwrap();

    // What was opened before an index was made is in it.
    let filter = IncidentFilter { statuses: vec![Status::Open], ..IncidentFilter::default() };
    for sort in [Sort::ViolationCount, Sort::LastViolationAt, Sort::CreatedAt] {
        let order = (sort, Direction::Descending);
        let listed =
            incident::list(&store, organization::DEFAULT, &filter, order, &page.into()).await.unwrap();
        assert_eq!((listed.rows.len(), listed.total), (1, Total::Exactly(1)), "{sort:?}");
    }

    for search in ["latency", "tv", "INC-1", "yonlendirici", "degist", "yonlendirci"] {
        let filter = IncidentFilter { search: Some(search.into()), ..IncidentFilter::default() };
        let order = (Sort::Relevance, Direction::Descending);
        let listed =
            incident::list(&store, organization::DEFAULT, &filter, order, &page.into()).await.unwrap();
        assert_eq!(listed.total, Total::Exactly(1), "{search}");
        let other = OrganizationId(uuid::Uuid::from_u128(77));
        for order in [order, (Sort::Number, Direction::Descending)] {
            let listed = incident::list(&store, other, &filter, order, &page.into()).await.unwrap();
            assert_eq!(listed.total, Total::Exactly(0), "{search} of another organization");
        }
    }

    store.migrate_down(newer).await.unwrap();
    store.prepare().await.unwrap();
    let told = timeline::list_all(&store, organization::DEFAULT, None, None, &page.into()).await.unwrap();
    assert_eq!(told.total.number(), 2, "only what the newer schema added goes");
    let kept = saved_view::list(&store, organization::DEFAULT, "operator", None, page).await.unwrap();
    assert_eq!(kept.total.number(), 0);
}
