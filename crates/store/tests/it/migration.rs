//! Migrations up, down and over existing data.

use tracely_store::{Clock, StoreError, department, organization};
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
