//! `GET /api/live`: what happens, told while it happens, as server-sent events from the log.
//!
//! **One reader, many listeners.** A worker, the [`digester`](Digester), reads each entry of the log once and makes a
//! small [`Digest`] of it: a domain event becomes the bytes of the message that tells it, a batch of points becomes
//! the services it is about. Digests go into a [`Ring`] in memory, which covers the newest [`KEPT`] positions of the
//! log. Connections read the ring from where they are, each at its own pace; they never read the log, so points are
//! unpacked at most once however many connections there are, and writing to the log costs nothing more.
//!
//! **Positions are the resume tokens.** Each message has the position of its entry as its id, so a browser that
//! connects again says with `Last-Event-ID` from where it goes on, and gets exactly the changes it has missed. What
//! the ring does not cover (too far back, cut from the log, ahead of the log) is answered with `reset`: reading
//! everything again is cheaper than hearing thousands of changes, or the only way.
//!
//! **Points are told as hints**, at most once a second to a connection: which services got some. Batches are taken
//! from memory. When the digester is so far behind that it would have to unpack many from the database, it leaves
//! them out and says so with `truncated`, which a listener reads as "any service". The first hint after a resume is
//! of this kind too, because points may have been held back when the connection broke.
//!
//! **Memory is bounded.** The ring has at most [`KEPT`] digests, of a few hundred bytes each, at most two kilobytes.
//! A connection is pulled: while its client does not read, nothing is made for it; it falls behind in position,
//! and when the ring has moved on past it, it is reset. There are at most [`MAX_CONNECTIONS`].
//!
//! **Who hears what.** A digest belongs to an organization, as its entry does, and goes to listeners of that one
//! only. Positions are those of the whole log, so how much happens in total can be told from them.

mod digest;
mod digester;
pub(crate) mod handler;
mod message;
mod pace;
mod ring;
mod session;

pub(crate) use digest::Digest;
pub(crate) use digester::Digester;
pub(crate) use ring::Ring;

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How many positions of the log can be resumed from.
const KEPT: u64 = 10_000;
/// How many connections may listen at a time.
const MAX_CONNECTIONS: usize = 512;

/// What the digester and the connections share.
#[derive(Debug)]
pub(crate) struct Live {
    ring: Ring,
    room: Arc<Semaphore>,
    closing: CancellationToken,
}

impl Default for Live {
    fn default() -> Self {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Self { ring: Ring::default(), room, closing: CancellationToken::new() }
    }
}

impl Live {
    /// Ends every connection, and lets no new one begin.
    pub(crate) fn close(&self) {
        self.room.close();
        self.closing.cancel();
    }

    /// Returns how many connections there are.
    pub(crate) fn connections(&self) -> usize {
        MAX_CONNECTIONS - self.room.available_permits()
    }

    /// Takes a place for a connection, which is free again when the answer is dropped.
    fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }
}
