//! What a search looks into: for each incident one row of `incident_text`, written in the transaction of each change.
//!
//! Its `head` has the words of the name, the title and the names of the rule and the service, which never change; its
//! `comments` those of its comments, each once. `document` counts the rows in the order in which incidents were opened
//! and is what the index of `SQLite` refers to. The databases keep their indexes of it themselves.

use crate::error::StoreError;
use crate::search::vocabulary;
use crate::search::word::{CommentWords, line, with_comment, words};
use crate::sql;
use crate::tx::Tx;
use crate::tx::write::{self, Write};
use sea_orm::{ConnectionTrait, Value};
use tracely_core::incident::Incident;
use uuid::Uuid;

/// Rows of one statement, five values each.
const ROWS_PER_STATEMENT: usize = 500;
/// Comments that are read at a time.
const COMMENTS_PER_STATEMENT: i64 = 200;
/// The counter that gives `document`.
pub(crate) const COUNTER: &str = "document";

/// A row of `incident_text`.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) organization_id: Uuid,
    pub(crate) incident_id: Uuid,
    pub(crate) head: String,
    pub(crate) comments: String,
}

/// Writes the words that an incident is found by, but for those of its comments.
pub(crate) fn head(number: i64, title: &str, rule_name: &str, service_name: &str) -> String {
    let name = [String::from("inc"), number.to_string()].into_iter();
    let texts = [title, rule_name, service_name].into_iter().flat_map(words);
    let words: Vec<String> = name.chain(texts).collect();
    line(words.iter().map(String::as_str))
}

/// Makes incidents that were just opened findable when the transaction commits. `last` is the number of the newest text.
pub(super) async fn add(tx: &Tx, last: i64, opened: &[Incident]) -> Result<(), StoreError> {
    let Some(first) = opened.first() else { return Ok(()) };
    let document = |incident: &Incident| Document {
        organization_id: incident.organization_id.0,
        incident_id: incident.id.0,
        head: head(incident.number, &incident.title, &incident.rule_name, &incident.service_name),
        comments: String::new(),
    };
    let documents: Vec<Document> = opened.iter().map(document).collect();
    for write in insertions(last + 1, &documents) {
        tx.later(write).await?;
    }
    let heads = documents.iter().map(|document| document.head.as_str());
    vocabulary::add_of_heads(tx, first.organization_id, heads).await
}

/// Inserts rows, numbered from `first` on.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    first: i64,
    documents: &[Document],
) -> Result<(), StoreError> {
    for write in insertions(first, documents) {
        write::run(connection, vec![write]).await?;
    }
    Ok(())
}

fn insertions(first: i64, documents: &[Document]) -> impl Iterator<Item = Write> {
    (first..).step_by(ROWS_PER_STATEMENT).zip(documents.chunks(ROWS_PER_STATEMENT)).map(|(first, chunk)| {
        let statement = format!(
            "INSERT INTO incident_text (document, organization_id, incident_id, head, comments) VALUES {}",
            sql::placeholders(chunk.len(), 5)
        );
        let row = |(number, document): (i64, &Document)| -> [Value; 5] {
            [
                number.into(),
                document.organization_id.into(),
                document.incident_id.into(),
                document.head.as_str().into(),
                document.comments.as_str().into(),
            ]
        };
        Write::new("make incidents findable", statement, (first..).zip(chunk).flat_map(row))
    })
}

/// Makes an incident findable by a comment that was added last.
pub(super) async fn comment_added(tx: &Tx, incident: &Incident, body: &str) -> Result<(), StoreError> {
    let before = comments(tx, incident).await?;
    let after = with_comment(&before, body);
    store(tx, incident, &before, &after).await
}

/// Reads the comments of an incident again, after one was removed.
pub(super) async fn comment_removed(tx: &Tx, incident: &Incident) -> Result<(), StoreError> {
    let before = comments(tx, incident).await?;
    let (mut after, mut last) = (CommentWords::new(""), -1_i64);
    let attempt = "read what comments are left";
    let statement = "SELECT sequence, body FROM comment WHERE organization_id = $1 AND incident_id = $2 \
         AND sequence > $3 ORDER BY sequence LIMIT $4";
    loop {
        let values = [
            incident.organization_id.0.into(),
            incident.id.0.into(),
            Value::from(last),
            COMMENTS_PER_STATEMENT.into(),
        ];
        let rows = sql::all(tx.connection(), attempt, statement, values).await?;
        for row in &rows {
            after.add(&sql::get::<String>(row, "body")?);
            last = sql::get(row, "sequence")?;
        }
        if rows.is_empty() || after.is_full() {
            break;
        }
    }
    store(tx, incident, &before, &after.line()).await
}

async fn comments(tx: &Tx, incident: &Incident) -> Result<String, StoreError> {
    let statement = "SELECT comments FROM incident_text WHERE organization_id = $1 AND incident_id = $2";
    let values = [incident.organization_id.0.into(), incident.id.0.into()];
    let row = sql::one(tx.connection(), "read the words of comments", statement, values).await?;
    row.map_or(Ok(String::new()), |row| sql::get(&row, "comments"))
}

async fn store(tx: &Tx, incident: &Incident, before: &str, after: &str) -> Result<(), StoreError> {
    if before == after {
        return Ok(());
    }
    let statement = "UPDATE incident_text SET comments = $1 WHERE organization_id = $2 AND incident_id = $3";
    let values = [after.into(), incident.organization_id.0.into(), incident.id.0.into()];
    sql::execute(tx.connection(), "store the words of comments", statement, values).await?;
    vocabulary::change_of_comments(tx, incident.organization_id, before, after).await
}
