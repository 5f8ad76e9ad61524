//! Rules: how they are managed, and how they judge.

pub(crate) mod evaluator;
pub(crate) mod handler;
pub(crate) mod preview;
mod request;
pub(crate) mod top;
