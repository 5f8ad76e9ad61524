//! The scenarios, one for each row of the budget.

mod batches;
mod charts;
mod client;
mod crash;
mod incidents;
mod indexed;
mod indexing;
mod memory;
mod questions;
mod reaction;
mod rules;
mod setup;
mod single;
mod soak;

use crate::bench::Bench;
use crate::home::Database;
use crate::record::Run;
use crate::row::Row;

/// Measures a row on a database.
pub async fn run(bench: &Bench, row: Row, database: Database) -> anyhow::Result<Vec<Run>> {
    match row {
        Row::A1 => batches::run(bench, database).await,
        Row::A2 => single::run(bench, database).await,
        Row::A3 => reaction::run(bench, database).await,
        Row::A4 => rules::run(bench, database).await,
        Row::A5 => incidents::run(bench, database).await,
        Row::A6 => charts::run(bench, database, row, bench.scale.points).await,
        Row::A6Large => charts::run(bench, database, row, bench.scale.points * charts::LARGER).await,
        Row::A7 => memory::run(bench, database).await,
        Row::A8 => crash::run(bench, database).await,
        Row::B1 => indexing::run(bench, database).await,
        Row::B2 => questions::run(bench, database).await,
        Row::Client => client::run(bench, database).await,
        Row::Soak => soak::run(bench, database).await,
    }
}
