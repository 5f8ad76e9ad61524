//! Notifications: who is told, and the inbox.

pub(crate) mod dispatcher;
pub(crate) mod handler;
