//! Waiting for the database.

use std::time::Duration;
use tracely_store::consumer::{self, Consumer};
use tracely_store::{Clock, IdSource, Options, Store, Target, Task, organization};
use tracely_testkit::database::{START, TestDatabase};

/// Opens the database for somebody who does not wait long.
async fn impatient(database: &TestDatabase) -> Store {
    let target = database.target.clone();
    let options = Options { target, clock: Clock::manual(START), ids: IdSource::seeded(99), readers: 1 };
    // A server is also waited for while it takes a new connection.
    let is_server = matches!(database.target, Target::Postgres(_));
    let patience = Duration::from_millis(if is_server { 2_000 } else { 200 });
    Store::open_within(options, patience).await.unwrap()
}

#[tokio::test]
async fn nobody_waits_for_ever_for_what_somebody_else_holds() {
    let database = TestDatabase::new().await;
    let (holder, waiter) = (database.store().await, impatient(&database).await);
    let held = holder.begin().await.unwrap();
    consumer::park(&held, Consumer::Evaluator, organization::DEFAULT, 5, "held").await.unwrap();
    consumer::advance(&held, Consumer::Evaluator, 0, 5).await.unwrap();

    // On SQLite there is one writer, on PostgreSQL nobody else may make the same row.
    let refused = async {
        let tx = waiter.begin().await?;
        consumer::park(&tx, Consumer::Evaluator, organization::DEFAULT, 5, "waits").await?;
        tx.commit().await
    };
    let refused = refused.await.unwrap_err();
    assert!(refused.is_transient(), "{refused:?}");

    held.commit().await.unwrap();
    let tx = waiter.begin().await.unwrap();
    consumer::advance(&tx, Consumer::Evaluator, 5, 7).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(consumer::position(&holder, Consumer::Evaluator).await.unwrap(), 7);
}

#[tokio::test]
async fn each_task_has_one_connection_that_nobody_else_takes() {
    let database = TestDatabase::new().await;
    let store = impatient(&database).await;
    // SQLite has one writer, whoever it is for.
    let has_own = matches!(database.target, Target::Postgres(_));
    let evaluator = store.of(Task::Evaluator);
    let held = evaluator.begin().await.unwrap();
    for other in [store.of(Task::Points), store.of(Task::Dispatcher), store.clone()] {
        assert_eq!(other.begin().await.is_ok(), has_own);
    }
    let refused = store.of(Task::Evaluator).begin().await.unwrap_err();
    assert!(refused.is_transient(), "{refused:?}");
    drop(held);
    evaluator.begin().await.unwrap();
}
