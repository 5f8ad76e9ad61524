//! What is known of the clock from before: when it was last looked at, and until when it is doubted. Kept so that a clock
//! that jumped while the process was down is noticed too.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;
use crate::tx::Tx;
use tracely_core::time::Timestamp;

/// The rows of the table of counters in which it is kept.
const LOOKED_AT: &str = "clock.looked_at";
const DOUBTED_UNTIL: &str = "clock.doubted_until";

/// What is known of the clock from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belief {
    /// What the clock said at the last look.
    pub looked_at: Timestamp,
    /// Nothing is deleted for its age before the clock says this.
    pub doubted_until: Timestamp,
}

/// Reads what is known; none when nobody has looked yet.
pub async fn read(store: &Store) -> Result<Option<Belief>, StoreError> {
    let statement = "SELECT name, value FROM counter WHERE name LIKE 'clock.%'";
    let rows = sql::all(store.reader(), "read what is known of the clock", statement, []).await?;
    let (mut looked_at, mut doubted_until) = (None, Timestamp::EPOCH);
    for row in &rows {
        let instant = Timestamp(sql::get(row, "value")?);
        match sql::get::<String>(row, "name")?.as_str() {
            LOOKED_AT => looked_at = Some(instant),
            DOUBTED_UNTIL => doubted_until = instant,
            _ => (),
        }
    }
    Ok(looked_at.map(|looked_at| Belief { looked_at, doubted_until }))
}

/// Keeps what is known now.
pub async fn keep(tx: &Tx, belief: Belief) -> Result<(), StoreError> {
    let statement = "INSERT INTO counter (name, value) VALUES ($1, $2), ($3, $4) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let Belief { looked_at, doubted_until } = belief;
    let values = [LOOKED_AT.into(), looked_at.0.into(), DOUBTED_UNTIL.into(), doubted_until.0.into()];
    sql::execute(tx.connection(), "keep what is known of the clock", statement, values).await?;
    Ok(())
}
