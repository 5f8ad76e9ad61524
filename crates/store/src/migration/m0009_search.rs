//! What a search looks into: a row for each incident with the words of its texts and comments, an index of them of each
//! database's own kind, and the vocabulary that typing mistakes are looked up in.
//!
//! Words are folded by the program, since no database folds the Turkish i, so incidents are read and written again in
//! steps; the indexes are made at the end, of rows that are there.

use super::run;
use crate::error::StoreError;
use crate::incident::text::{COUNTER, Document, head, insert};
use crate::search::vocabulary::{self, Origin};
use crate::search::word::with_comment;
use crate::sql;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};
use std::collections::{BTreeMap, HashMap};
use tracely_core::id::OrganizationId;
use uuid::Uuid;

/// Incidents that are read at a time.
const STEP: i64 = 5_000;
/// After how many incidents the progress is told.
const TOLD: i64 = 100_000;
const ATTEMPT: &str = "make incidents findable";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
        // The index of SQLite refers to rows by a column of this very type.
        let (document, exact) = if is_postgres { ("BIGINT", " COLLATE \"C\"") } else { ("INTEGER", "") };
        run(manager, &TABLES.replace("{document}", document).replace("{exact}", exact)).await?;
        fill(connection).await.map_err(|error| match error {
            StoreError::Database { source, .. } => source,
            other => DbErr::Migration(other.to_string()),
        })?;
        run(manager, if is_postgres { POSTGRES_INDEX } else { SQLITE_INDEX }).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_connection().get_database_backend() != DbBackend::Postgres {
            run(manager, "DROP TABLE incident_words;\n").await?;
        }
        run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &str = "
CREATE TABLE incident_text (
    document {document} NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization (id),
    incident_id UUID NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
    head TEXT NOT NULL,
    comments TEXT NOT NULL
);
CREATE UNIQUE INDEX incident_text_incident ON incident_text (incident_id);
CREATE TABLE search_word (
    organization_id UUID NOT NULL REFERENCES organization (id),
    word TEXT{exact} NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('HEAD', 'COMMENT')),
    backwards TEXT{exact} NOT NULL,
    incidents BIGINT NOT NULL,
    PRIMARY KEY (organization_id, word, origin)
);
CREATE INDEX search_word_backwards ON search_word (organization_id, backwards);
";

/// Words are parted by spaces, and every character above U+007F is a letter to this tokenizer: the program has taken
/// out the others. Neither places of words nor their counts are asked for. Triggers keep the index, so that a restored
/// backup has one too.
const SQLITE_INDEX: &str = "
CREATE VIRTUAL TABLE incident_words USING fts5 (head, comments, content = 'incident_text', content_rowid = 'document',
    tokenize = 'ascii', detail = none, columnsize = 0);
INSERT INTO incident_words (incident_words) VALUES ('rebuild');
CREATE TRIGGER incident_text_added AFTER INSERT ON incident_text BEGIN \
    INSERT INTO incident_words (rowid, head, comments) VALUES (new.document, new.head, new.comments); END;
CREATE TRIGGER incident_text_removed AFTER DELETE ON incident_text BEGIN \
    INSERT INTO incident_words (incident_words, rowid, head, comments) \
    VALUES ('delete', old.document, old.head, old.comments); END;
CREATE TRIGGER incident_text_changed AFTER UPDATE ON incident_text BEGIN \
    INSERT INTO incident_words (incident_words, rowid, head, comments) \
    VALUES ('delete', old.document, old.head, old.comments); \
    INSERT INTO incident_words (rowid, head, comments) VALUES (new.document, new.head, new.comments); END;
";

/// The words as they are, without a parser, which would read numbers and addresses in its own way. What was inserted
/// last is in a list that each search reads; it is kept short.
const POSTGRES_INDEX: &str = "
CREATE INDEX incident_text_words ON incident_text
    USING gin (array_to_tsvector(string_to_array(btrim(head || ltrim(comments)), ' ')))
    WITH (gin_pending_list_limit = 512);
";

const DOWN: &str = "
DROP TABLE search_word;
DROP TABLE incident_text;
DELETE FROM counter WHERE name = 'document';
";

/// How many incidents have each word, by where they have it.
type Vocabulary = BTreeMap<(OrganizationId, Origin, String), i64>;

async fn fill(connection: &impl ConnectionTrait) -> Result<(), StoreError> {
    let organizations = "SELECT id, last_incident_number FROM organization ORDER BY id";
    let organizations = sql::all(connection, ATTEMPT, organizations, []).await?;
    let (mut made, mut vocabulary) = (0, Vocabulary::new());
    for row in organizations {
        let (id, last) = (sql::get::<Uuid>(&row, "id")?, sql::get::<i64>(&row, "last_incident_number")?);
        let mut from = 1;
        while from <= last {
            let documents = read(connection, id, from).await?;
            insert(connection, made + 1, &documents).await?;
            let before = made;
            made += documents.len() as i64;
            note(&mut vocabulary, &documents);
            if made / TOLD > before / TOLD {
                tracing::info!(incidents = made, "incidents made findable");
            }
            from += STEP;
        }
    }
    let rows = vocabulary.iter().map(|((organization_id, origin, word), incidents)| {
        (*organization_id, word.as_str(), *origin, *incidents)
    });
    let (heads, comments): (Vec<_>, Vec<_>) = rows.partition(|(_, _, origin, _)| *origin == Origin::Head);
    vocabulary::insert(connection, &heads).await?;
    vocabulary::insert(connection, &comments).await?;
    let counter = "INSERT INTO counter (name, value) VALUES ($1, $2)";
    sql::execute(connection, ATTEMPT, counter, [COUNTER.into(), made.into()]).await?;
    Ok(())
}

/// Reads some incidents with their comments.
async fn read(connection: &impl ConnectionTrait, id: Uuid, from: i64) -> Result<Vec<Document>, StoreError> {
    let values = || -> [Value; 3] { [id.into(), from.into(), (from + STEP).into()] };
    let comments = "SELECT comment.incident_id, comment.body FROM incident \
         JOIN comment ON comment.incident_id = incident.id \
         WHERE incident.organization_id = $1 AND incident.number >= $2 AND incident.number < $3 \
         ORDER BY comment.incident_id, comment.sequence";
    let mut lines: HashMap<Uuid, String> = HashMap::new();
    for row in sql::all(connection, ATTEMPT, comments, values()).await? {
        let line = lines.entry(sql::get(&row, "incident_id")?).or_default();
        *line = with_comment(line, &sql::get::<String>(&row, "body")?);
    }
    let incidents = "SELECT id, number, title, rule_name, service_name FROM incident \
         WHERE organization_id = $1 AND number >= $2 AND number < $3 ORDER BY number";
    let mut documents = Vec::new();
    for row in sql::all(connection, ATTEMPT, incidents, values()).await? {
        let text = |column| sql::get::<String>(&row, column);
        let incident_id = sql::get(&row, "id")?;
        documents.push(Document {
            organization_id: id,
            incident_id,
            head: head(
                sql::get(&row, "number")?,
                &text("title")?,
                &text("rule_name")?,
                &text("service_name")?,
            ),
            comments: lines.remove(&incident_id).unwrap_or_default(),
        });
    }
    Ok(documents)
}

fn note(vocabulary: &mut Vocabulary, documents: &[Document]) {
    for document in documents {
        let organization_id = OrganizationId(document.organization_id);
        for word in vocabulary::kept(&document.head) {
            vocabulary.entry((organization_id, Origin::Head, word.to_owned())).or_insert(0);
        }
        for word in vocabulary::kept(&document.comments) {
            *vocabulary.entry((organization_id, Origin::Comment, word.to_owned())).or_insert(0) += 1;
        }
    }
}
