//! Points from a CSV file: read and checked, moved in time if asked for, and sent in time order.

pub mod instant;
pub mod schedule;
pub mod send;
pub mod table;
#[cfg(test)]
mod tests;
