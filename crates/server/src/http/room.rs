//! Room in memory for the bodies of requests under way.
//!
//! One body has a limit, and many bodies of that size, sent slowly and at the same time, would still fill the memory.
//! So all of them share a room; who finds it full is told to come again.

use super::problem::Problem;
use bytes::Bytes;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is given in steps of this many bytes.
const STEP: usize = 64 << 10;
/// The first bytes of each body need no room: there are no more of them than connections.
const FREE: usize = 16 << 10;
/// At least this many bodies of the largest size have room at a time.
const LARGEST_BODIES: usize = 16;

/// The room.
#[derive(Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    /// Makes room for bodies of at most this many bytes each.
    pub(crate) fn for_bodies_of(largest: usize) -> Self {
        let bytes = largest.saturating_mul(LARGEST_BODIES);
        Self(Arc::new(Semaphore::new(bytes.div_ceil(STEP).min(Semaphore::MAX_PERMITS))))
    }

    /// Takes a place in which a body may grow.
    pub(crate) fn place(&self) -> Place {
        Place { room: Arc::clone(&self.0), taken: None, steps: 0 }
    }
}

/// The part of the room that a body takes; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
    steps: usize,
}

impl Place {
    /// Makes the place large enough for a body of so many bytes.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        let steps = bytes.saturating_sub(FREE).div_ceil(STEP);
        let more = steps.saturating_sub(self.steps);
        if more == 0 {
            return Ok(());
        }
        let full = || Problem::unavailable("too many large requests are under way; send it again later", 1);
        let more = u32::try_from(more).map_err(|_| full())?;
        let permit = Arc::clone(&self.room).try_acquire_many_owned(more).map_err(|_| full())?;
        match &mut self.taken {
            Some(taken) => taken.merge(permit),
            None => self.taken = Some(permit),
        }
        self.steps = steps;
        Ok(())
    }
}

/// A body, and the room that it takes.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Bytes,
    _place: Place,
}

impl Held {
    pub(crate) fn new(bytes: Bytes, place: Place) -> Self {
        Self { bytes, _place: place }
    }
}

impl Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{FREE, LARGEST_BODIES, Room, STEP};

    #[test]
    fn bodies_share_the_room_and_give_it_back() {
        let room = Room::for_bodies_of(STEP);
        let mut places: Vec<_> = (0..=LARGEST_BODIES).map(|_| room.place()).collect();
        let mut last = places.pop().unwrap();
        for place in &mut places {
            place.grow_to(FREE).unwrap();
            place.grow_to(FREE + 1).unwrap();
            place.grow_to(FREE + STEP).unwrap();
        }
        last.grow_to(FREE).unwrap();
        last.grow_to(FREE + 1).unwrap_err();
        places.pop();
        last.grow_to(FREE + 1).unwrap();
        last.grow_to(FREE + STEP + 1).unwrap_err();
    }
}
