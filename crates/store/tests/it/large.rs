//! What the fixture of large tables promises, since other tests rest on it.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use tracely_store::{Clock, Target};
use tracely_testkit::database::{START, TestDatabase};
use tracely_testkit::large::{Size, fill};

/// Rows that must not be: each query counts some.
const BROKEN: [&str; 8] = [
    "SELECT COUNT(*) FROM incident LEFT JOIN service ON service.id = service_id \
     LEFT JOIN rule ON rule.id = rule_id LEFT JOIN department ON department.id = incident.department_id \
     WHERE service.id IS NULL OR rule.id IS NULL OR department.id IS NULL OR service.name <> service_name \
     OR rule.name <> rule_name OR rule.metric_type <> incident.metric_type",
    "SELECT COUNT(*) FROM incident LEFT JOIN organization ON organization.id = organization_id WHERE organization.id IS NULL",
    "SELECT COUNT(*) FROM organization WHERE last_incident_number <> (SELECT MAX(number) FROM incident)",
    "SELECT COUNT(*) FROM incident LEFT JOIN (SELECT incident_id, COUNT(*) AS entries, MAX(sequence) AS last \
     FROM timeline_event GROUP BY incident_id) AS told ON told.incident_id = incident.id \
     WHERE COALESCE(entries, 0) < 3 OR entries > 6 OR entries <> last",
    "SELECT COUNT(*) FROM comment LEFT JOIN timeline_event ON timeline_event.incident_id = comment.incident_id \
     AND timeline_event.sequence = comment.sequence WHERE COALESCE(kind, '') <> 'COMMENT_ADDED'",
    "SELECT COUNT(*) FROM notification LEFT JOIN incident ON incident.id = incident_id \
     WHERE incident.id IS NULL OR incident.number <> incident_number",
    "SELECT COUNT(*) FROM series LEFT JOIN service ON service.id = service_id WHERE service.id IS NULL",
    "SELECT COUNT(*) FROM consumer WHERE position <> (SELECT MAX(position) FROM log)",
];

async fn count(target: &Target, query: &'static str) -> i64 {
    let query = AssertSqlSafe(query);
    match target {
        Target::Sqlite(path) => {
            let address = format!("sqlite://{}", path.display());
            let mut connection = SqliteConnection::connect(&address).await.unwrap();
            sqlx::query(query).fetch_one(&mut connection).await.unwrap().get(0)
        }
        Target::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query(query).fetch_one(&mut connection).await.unwrap().get(0)
        }
    }
}

/// Reads a query of one text column.
async fn texts(target: &Target, query: &'static str) -> Vec<String> {
    let query = AssertSqlSafe(query);
    match target {
        Target::Sqlite(path) => {
            let address = format!("sqlite://{}", path.display());
            let mut connection = SqliteConnection::connect(&address).await.unwrap();
            let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
        Target::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}

#[tokio::test]
async fn what_a_search_looks_into_is_as_the_migration_makes_it() {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    fill(&database.target, Size { incidents: 3_000, ..Size::small(START) }).await;
    let words = async || {
        let heads = "SELECT document || head || comments FROM incident_text ORDER BY document";
        let vocabulary =
            "SELECT word || origin || backwards || incidents FROM search_word ORDER BY word, origin";
        let counter = "SELECT name || value FROM counter WHERE name = 'document'";
        [
            texts(&database.target, heads).await,
            texts(&database.target, vocabulary).await,
            texts(&database.target, counter).await,
        ]
    };
    let filled = words().await;
    assert_eq!(filled[0].len(), 3_000);
    assert!(filled[0].iter().any(|row| row.ends_with(" cagri merkezi yonlendiricisi yeniden baslatildi ")));
    assert_eq!(filled[2], ["document3000"]);

    let store = database.store_with(Clock::manual(START)).await;
    let migrations = store.migrations().await.unwrap();
    let search = migrations.iter().position(|migration| migration.name == "m0009_search").unwrap();
    store.migrate_down((migrations.len() - search) as u32).await.unwrap();
    store.prepare().await.unwrap();
    store.close().await;
    assert_eq!(words().await, filled);
}

#[tokio::test]
async fn a_filled_database_is_as_the_application_would_have_left_it() {
    let database = TestDatabase::new().await;
    database.store().await.close().await;
    let size = Size { incidents: 2_000, ..Size::small(START) };
    fill(&database.target, size).await;

    assert_eq!(count(&database.target, "SELECT COUNT(*) FROM incident").await, 2_000);
    let live = count(&database.target, "SELECT COUNT(*) FROM incident WHERE status <> 'CLOSED'").await;
    assert!((20..60).contains(&live), "{live} are live");
    for query in BROKEN {
        assert_eq!(count(&database.target, query).await, 0, "{query}");
    }
}
