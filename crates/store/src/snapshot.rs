//! Snapshots: a consumer's state in memory, stored now and then so that a restart need not read the whole log.

use crate::connect::Store;
use crate::consumer::Consumer;
use crate::error::StoreError;
use crate::sql;
use crate::tx::Tx;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracely_core::time::Timestamp;

/// How many snapshots of a consumer are kept; the older ones are for the case that the newest is damaged.
const KEPT: i64 = 2;
/// Begins every snapshot: the format of what follows. A snapshot of another format is passed over.
const FORMAT: u8 = 1;

/// A state as it goes into the database.
pub struct Encoded {
    position: u64,
    payload: Vec<u8>,
}

impl std::fmt::Debug for Encoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { position, payload } = self;
        f.debug_struct("Encoded").field("position", position).field("bytes", &payload.len()).finish()
    }
}

/// Encodes a state as it is after an entry of the log. A large one takes a core for tens of milliseconds.
pub fn encode<T: Serialize>(position: u64, state: &T) -> Result<Encoded, StoreError> {
    let unstorable = |why: String| StoreError::corrupt("snapshot", "payload", position, why);
    let plain = postcard::to_stdvec(state).map_err(|error| unstorable(error.to_string()))?;
    let mut payload = vec![FORMAT];
    payload.extend_from_slice(&crc32fast::hash(&plain).to_le_bytes());
    payload
        .extend_from_slice(&zstd::bulk::compress(&plain, 1).map_err(|error| unstorable(error.to_string()))?);
    Ok(Encoded { position, payload })
}

/// Stores a state, and removes old ones.
pub async fn store(tx: &Tx, consumer: Consumer, state: Encoded) -> Result<(), StoreError> {
    let attempt = "store a snapshot";
    let Encoded { position, payload } = state;
    let insert = "INSERT INTO snapshot (consumer, position, payload, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (consumer, position) DO UPDATE SET payload = excluded.payload";
    let values = [consumer.as_str().into(), (position as i64).into(), payload.into(), tx.now().0.into()];
    sql::execute(tx.connection(), attempt, insert, values).await?;
    let remove = "DELETE FROM snapshot WHERE consumer = $1 AND position NOT IN \
         (SELECT position FROM snapshot WHERE consumer = $1 ORDER BY position DESC LIMIT $2)";
    sql::execute(tx.connection(), attempt, remove, [consumer.as_str().into(), KEPT.into()]).await?;
    Ok(())
}

/// Loads the newest snapshot that can be read, with its position. Damaged ones are reported in the log of the
/// process and passed over.
pub async fn load<T: DeserializeOwned>(
    store: &Store,
    consumer: Consumer,
) -> Result<Option<(u64, T)>, StoreError> {
    let statement = "SELECT position, payload FROM snapshot WHERE consumer = $1 ORDER BY position DESC";
    let rows = sql::all(store.reader(), "load a snapshot", statement, [consumer.as_str().into()]).await?;
    for row in rows {
        let position = sql::get::<i64>(&row, "position")? as u64;
        match read(&sql::get::<Vec<u8>>(&row, "payload")?) {
            Ok(state) => return Ok(Some((position, state))),
            Err(why) => tracing::error!(
                consumer = consumer.as_str(),
                position,
                why,
                "snapshot cannot be read; an older one or the log is used instead"
            ),
        }
    }
    Ok(None)
}

/// A snapshot as it is stored.
#[derive(Debug)]
pub struct Stored<T> {
    /// The entry of the log after which the state was so.
    pub position: u64,
    /// When it was stored.
    pub created_at: Timestamp,
    /// The state, or why it cannot be read.
    pub state: Result<T, String>,
}

/// Reads every snapshot of a consumer, the oldest first.
pub async fn all<T: DeserializeOwned>(
    store: &Store,
    consumer: Consumer,
) -> Result<Vec<Stored<T>>, StoreError> {
    let statement =
        "SELECT position, payload, created_at FROM snapshot WHERE consumer = $1 ORDER BY position";
    let rows = sql::all(store.reader(), "read all snapshots", statement, [consumer.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Stored {
                position: sql::get::<i64>(row, "position")? as u64,
                created_at: Timestamp(sql::get(row, "created_at")?),
                state: read(&sql::get::<Vec<u8>>(row, "payload")?),
            })
        })
        .collect()
}

/// Reads the position of the oldest snapshot that is kept; none means that the whole log is needed.
pub async fn oldest_position(store: &Store, consumer: Consumer) -> Result<Option<u64>, StoreError> {
    let statement = "SELECT position FROM snapshot WHERE consumer = $1 ORDER BY position LIMIT 1";
    let row =
        sql::one(store.reader(), "find the oldest snapshot", statement, [consumer.as_str().into()]).await?;
    row.map(|row| Ok(sql::get::<i64>(&row, "position")? as u64)).transpose()
}

fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    let Some((&FORMAT, rest)) = payload.split_first() else { return Err("its format is unknown".into()) };
    let (checksum, compressed) = rest.split_first_chunk::<4>().ok_or("it is too short")?;
    let plain = zstd::stream::decode_all(compressed).map_err(|error| error.to_string())?;
    if crc32fast::hash(&plain) != u32::from_le_bytes(*checksum) {
        return Err("the checksum does not match".into());
    }
    postcard::from_bytes(&plain).map_err(|error| error.to_string())
}
