//! Pure decisions of Tracely.
//!
//! Types parsed at the edge, the rule engine, the incident life cycle and routing. Nothing here reads a clock,
//! draws a random number, awaits, or touches a file, socket or database; the same input gives the same answer.

pub mod event;
pub mod id;
pub mod incident;
pub mod metric;
#[cfg(feature = "openapi")]
mod openapi;
pub mod routing;
pub mod rule;
mod text_enum;
pub mod time;
pub mod zone;
