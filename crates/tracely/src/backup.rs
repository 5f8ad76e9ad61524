//! Backups: everything that is stored, as it was at one position of the log, in one file.
//!
//! **One state.** The rows are read in one transaction that sees one state ([`tracely_store::backup`]), while the server
//! writes on. The segment files that this state lists do not change, but a merge or the retention may remove them. So
//! they are first given a second name ([`Links`]), which keeps their content. One that was removed before that belongs to
//! a state that is no longer the newest: the transaction begins again, and what is linked already stays. One that is
//! absent although a newer state still lists it was lost before; it is left out and named.
//!
//! **The file** is a tar archive, so that it can be looked into without Tracely:
//!
//! | part | |
//! | --- | --- |
//! | `backup.json` | [`Header`]: format, versions, migrations, position, tables and columns, segments |
//! | `tables/TABLE.NNNNNN.ndjson.zst` | rows of a table, some four megabytes in each part |
//! | `segments/NAME.parquet` | the segment files as they are |
//! | `SHA256SUMS` | a checksum for each part before it, as `sha256sum --check` reads them |
//!
//! The last part is also the sign that the file is whole. The transaction ends after the tables, before the segments are
//! copied, so the database keeps old rows no longer than necessary.
//!
//! **Restoring** reads the file twice: once to check it whole, then to carry it out. A mark in the data directory keeps
//! servers away until everything is durable.

mod check;
mod header;
mod links;
pub mod output;
mod parts;
mod restore;
mod take;
mod writer;

pub use check::check;
pub use header::Header;
pub use links::{Links, Reading};
pub use restore::{make_room, restore};
pub use take::{Taken, take};

/// The name of the first part.
const HEADER: &str = "backup.json";
/// The name of the last part.
const CHECKSUMS: &str = "SHA256SUMS";
const TABLES: &str = "tables/";
const SEGMENTS: &str = "segments/";
/// The end of the name of a part with rows.
const ROWS: &str = ".ndjson.zst";
