//! Finding out whether the database can store anything.

use crate::connect::Store;
use crate::error::StoreError;
use crate::sql;

impl Store {
    /// Commits a transaction that changes nothing of importance, durably. A database that can only be read, or whose disk
    /// is full, fails here.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        // Something has to change: SQLite writes no page that stays as it was.
        let statement = "UPDATE consumer SET updated_at = updated_at + 1 WHERE name = 'indexer'";
        sql::execute(tx.connection(), "write to the database", statement, []).await?;
        tx.commit().await?;
        Ok(())
    }
}
