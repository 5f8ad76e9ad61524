//! The embedded engine: what is visible, and how it changes.

mod questions;

use crate::{
    config::Config,
    error::AnalyticsError,
    flush::{Flush, write_runs},
    merge::{Merge, choose, write_merged},
    rebuild::{Rebuilding, Rebuilt},
    scan::Snapshot,
    segment::{self, Segment, SegmentFile},
    tail::{Entry, Run, Span},
};
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak},
};
use tracely_core::{metric::PointBatch, time::Timestamp};

/// Log entries in the tail that are kept unsorted at most, however small they are.
const FRESH_ENTRIES: usize = 4_096;

/// A segment that the database lists but that cannot be read; its points are missing from all answers.
#[derive(Debug)]
pub struct BrokenSegment {
    /// What the database knows of it.
    pub segment: Segment,
    /// Why it cannot be read.
    pub error: AnalyticsError,
}

/// The embedded engine.
///
/// Any number of threads may ask while others absorb, flush, merge and drop; each answer comes from one snapshot and
/// no lock is held while points are read.
#[derive(Debug)]
pub struct Embedded {
    directory: PathBuf,
    config: Config,
    /// Held, before `state`, by whoever changes the tail.
    tail: Mutex<TailState>,
    state: RwLock<State>,
    claims: Mutex<Claims>,
}

#[derive(Debug)]
struct State {
    view: Snapshot,
    fresh_points: usize,
    position: u64,
    /// Where the oldest entry is of which a point may be in the tail; of no meaning while the tail is empty.
    first: u64,
    broken: Vec<Arc<BrokenSegment>>,
}

/// What only those who change the tail need to know.
#[derive(Debug)]
struct TailState {
    next_run: u64,
}

/// Whether a flush and a merge are under way; they are when somebody still holds them.
#[derive(Debug, Default)]
struct Claims {
    flush: Weak<()>,
    merge: Weak<()>,
}

impl Embedded {
    /// Opens the segments that the database lists, and removes segment files that it does not list.
    ///
    /// `position` is the highest log sequence whose points are in these segments; the tail begins empty after it.
    /// A listed file that is absent or damaged is no error, but reported by [`Self::broken`].
    pub fn open(
        directory: &Path,
        segments: Vec<Segment>,
        position: u64,
        config: Config,
    ) -> Result<Self, AnalyticsError> {
        fs::create_dir_all(directory)
            .map_err(|source| AnalyticsError::Directory { path: directory.to_owned(), source })?;
        remove_unlisted(directory, &segments)?;
        let mut view = Snapshot { segments: Vec::new(), runs: Vec::new(), fresh: Vec::new() };
        let mut broken = Vec::new();
        for segment in segments {
            match SegmentFile::open(directory, segment.clone()) {
                Ok(file) => view.segments.push(Arc::new(file)),
                Err(error) => broken.push(Arc::new(BrokenSegment { segment, error })),
            }
        }
        Ok(Self {
            directory: directory.to_owned(),
            config,
            tail: Mutex::new(TailState { next_run: 0 }),
            state: RwLock::new(State { view, fresh_points: 0, position, first: position + 1, broken }),
            claims: Mutex::new(Claims::default()),
        })
    }

    /// Returns the listed segments that could not be opened.
    pub fn broken(&self) -> Vec<Arc<BrokenSegment>> {
        self.read().broken.clone()
    }

    /// Says whether points of a span may be missing from answers, since a segment that has some of it cannot be read.
    /// None stands for no bound.
    pub fn is_incomplete(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        self.read().broken.iter().any(|broken| {
            let Segment { min_instant, max_instant, .. } = &broken.segment;
            from.is_none_or(|from| *max_instant >= from) && to.is_none_or(|to| *min_instant < to)
        })
    }

    /// Takes the segment out of view whose damage an error tells of, so that the others can be asked again. From then on
    /// [`Self::broken`] reports it. Gives the error back, and changes nothing, when it is not about a damaged segment.
    pub fn set_aside(&self, error: AnalyticsError) -> Option<AnalyticsError> {
        let file = match &error {
            AnalyticsError::Size { file, .. }
            | AnalyticsError::Decode { file, .. }
            | AnalyticsError::Damaged { file, .. } => file.clone(),
            AnalyticsError::Read { file, source } if source.kind() == std::io::ErrorKind::NotFound => {
                file.clone()
            }
            _ => return Some(error),
        };
        let mut state = self.write();
        let named = |segment: &mut Arc<SegmentFile>| segment.segment().file == file;
        let removed: Vec<_> = state.view.segments.extract_if(.., named).collect();
        let Some(segment) = removed.first().map(|segment| segment.segment().clone()) else {
            // Another question has met it before, or it was merged or dropped meanwhile.
            return None;
        };
        state.broken.push(Arc::new(BrokenSegment { segment, error }));
        None
    }

    /// Returns the segments that can be read, in no particular order.
    pub fn segments(&self) -> Vec<Segment> {
        self.read().view.segments.iter().map(|file| file.segment().clone()).collect()
    }

    /// Returns the highest log sequence whose points are in the tail or in segments.
    pub fn position(&self) -> u64 {
        self.read().position
    }

    /// Returns the number of points in the tail.
    pub fn tail_points(&self) -> usize {
        let state = self.read();
        state.fresh_points + state.view.runs.iter().map(|run| run.columns.len()).sum::<usize>()
    }

    /// Adds the points of one log entry to the tail; a sequence not above [`Self::position`] is ignored.
    ///
    /// Sequences come in ascending order; the columns have equal lengths and the values are finite.
    pub fn absorb(&self, sequence: u64, columns: Arc<PointBatch>) {
        let mut tail = self.lock_tail();
        {
            let mut state = self.write();
            if sequence <= state.position {
                return;
            }
            state.position = sequence;
            if let Some(span) = Span::of(&columns.series, &columns.instants) {
                if state.view.fresh.is_empty() && state.view.runs.is_empty() {
                    state.first = sequence;
                }
                state.fresh_points += columns.len();
                state.view.fresh.push(Arc::new(Entry { span, columns }));
            }
        }
        let full = {
            let state = self.read();
            state.fresh_points >= self.config.run_points || state.view.fresh.len() >= FRESH_ENTRIES
        };
        if full {
            self.sort_fresh(&mut tail);
        }
    }

    /// Moves the position over log entries without points; never back.
    pub fn skip_to(&self, sequence: u64) {
        let _tail = self.lock_tail();
        let mut state = self.write();
        state.position = state.position.max(sequence);
    }

    /// Writes the points that are in the tail now to new segments; none if there are no points.
    ///
    /// The points stay in the tail until [`Self::adopt`].
    /// Fails if another flush is neither adopted, abandoned nor dropped.
    pub fn prepare_flush(&self) -> Result<Option<Flush>, AnalyticsError> {
        let claim = claim(&mut self.lock_claims().flush).ok_or(AnalyticsError::FlushUnderWay)?;
        let (runs, first, position) = {
            let mut tail = self.lock_tail();
            self.sort_fresh(&mut tail);
            let state = self.read();
            (state.view.runs.clone(), state.first, state.position)
        };
        let Some(last_run) = runs.last().map(|run| run.id) else { return Ok(None) };
        let files = write_runs(&self.directory, &runs, (first, position), &self.config)?;
        let segments = files.iter().map(|file| file.segment().clone()).collect();
        Ok(Some(Flush { first, position, segments, files, last_run, _claim: claim }))
    }

    /// Makes a committed flush visible: its segments appear and its points leave the tail, in one step for readers.
    pub fn adopt(&self, flush: Flush) {
        let _tail = self.lock_tail();
        let mut state = self.write();
        state.view.segments.extend(flush.files);
        state.first = flush.position + 1;
        state.view.runs.retain(|run| run.id > flush.last_run);
    }

    /// Removes the files of a flush that will never be committed; its points stay in the tail.
    pub fn abandon(&self, flush: Flush) {
        for file in flush.files {
            file.doom();
        }
    }

    /// Merges small segments of one day into a new one, if there are some worth it.
    ///
    /// Fails if another merge is neither adopted, abandoned nor dropped.
    pub fn prepare_merge(&self) -> Result<Option<Merge>, AnalyticsError> {
        let claim = claim(&mut self.lock_claims().merge).ok_or(AnalyticsError::MergeUnderWay)?;
        let segments = self.read().view.segments.clone();
        let chosen = choose(&segments, &self.config);
        let Some(file) = write_merged(&self.directory, &chosen, &self.config)? else { return Ok(None) };
        let replaced = chosen.iter().map(|file| file.segment().clone()).collect();
        Ok(Some(Merge { replaced, merged: file.segment().clone(), file, _claim: claim }))
    }

    /// Puts the merged segment in the place of those it replaces, in one step for readers, and removes their files.
    pub fn adopt_merge(&self, merge: Merge) {
        let replaced = {
            let mut state = self.write();
            state.view.segments.push(merge.file);
            remove_from_view(&mut state.view, &merge.replaced)
        };
        // Removes files, which readers need not wait for.
        drop(replaced);
    }

    /// Removes the file of a merge that will never be committed.
    pub fn abandon_merge(&self, merge: Merge) {
        let Merge { file, .. } = merge;
        file.doom();
    }

    /// Returns the segments, readable or not, all of whose points are older than an instant.
    pub fn expired(&self, older_than: Timestamp) -> Vec<Segment> {
        let state = self.read();
        let readable = state.view.segments.iter().map(|file| file.segment());
        let broken = state.broken.iter().map(|broken| &broken.segment);
        readable.chain(broken).filter(|segment| segment.max_instant < older_than).cloned().collect()
    }

    /// Takes segments out of view and removes their files, each as soon as no question reads it any more.
    pub fn drop_segments(&self, segments: &[Segment]) {
        let mut state = self.write();
        let removed = remove_from_view(&mut state.view, segments);
        let dropped =
            |broken: &Arc<BrokenSegment>| segments.iter().any(|other| other.file == broken.segment.file);
        let broken: Vec<_> = state.broken.extract_if(.., |broken| dropped(broken)).collect();
        drop(state);
        // Removes files, which readers need not wait for.
        drop(removed);
        for broken in broken {
            // A file that stays has no row and is removed at the next start.
            let _ = fs::remove_file(self.directory.join(&broken.segment.file));
        }
    }

    /// Begins to write a segment again that [`Self::broken`] tells of, from the entries of the log that it names.
    pub fn rebuild(&self, broken: &Segment) -> Rebuilding {
        Rebuilding::new(&self.directory, broken.clone(), self.config.clone())
    }

    /// Puts the segments that were written again, and whose rows are committed, in the place of the broken one, in one
    /// step for readers, and removes its file.
    pub fn adopt_rebuild(&self, rebuilt: Rebuilt) {
        self.write().view.segments.extend(rebuilt.files);
        self.drop_segments(std::slice::from_ref(&rebuilt.broken));
    }

    /// Removes the files of a segment that was written again and will never be committed.
    pub fn abandon_rebuild(&self, rebuilt: Rebuilt) {
        for file in rebuilt.files {
            file.doom();
        }
    }

    /// Sorts the unsorted end of the tail into a run; readers see either the one or the other.
    fn sort_fresh(&self, tail: &mut TailState) {
        let fresh = self.read().view.fresh.clone();
        let Some(run) = Run::sort(tail.next_run, &fresh) else { return };
        tail.next_run += 1;
        let mut state = self.write();
        state.view.runs.push(Arc::new(run));
        state.view.fresh.clear();
        state.fresh_points = 0;
    }

    fn snapshot(&self) -> Snapshot {
        self.read().view.clone()
    }

    fn lock_tail(&self) -> MutexGuard<'_, TailState> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a claim unless somebody holds it.
fn claim(place: &mut Weak<()>) -> Option<Arc<()>> {
    if place.strong_count() > 0 {
        return None;
    }
    let claim = Arc::new(());
    *place = Arc::downgrade(&claim);
    Some(claim)
}

/// Takes segments out of view; their files are removed when the last reader, or the caller, lets go of them.
fn remove_from_view(view: &mut Snapshot, segments: &[Segment]) -> Vec<Arc<SegmentFile>> {
    let files: HashSet<&str> = segments.iter().map(|segment| segment.file.as_str()).collect();
    let listed = |file: &mut Arc<SegmentFile>| files.contains(file.segment().file.as_str());
    let removed: Vec<_> = view.segments.extract_if(.., listed).collect();
    for file in &removed {
        file.doom();
    }
    removed
}

fn remove_unlisted(directory: &Path, segments: &[Segment]) -> Result<(), AnalyticsError> {
    let listed: HashSet<&str> = segments.iter().map(|segment| segment.file.as_str()).collect();
    let list_error = |source| AnalyticsError::Directory { path: directory.to_owned(), source };
    for entry in fs::read_dir(directory).map_err(list_error)? {
        let name = entry.map_err(list_error)?.file_name();
        let Some(name) = name.to_str() else { continue };
        if segment::is_segment_file(name) && !listed.contains(name) {
            let path = directory.join(name);
            fs::remove_file(&path).map_err(|source| AnalyticsError::Remove { path, source })?;
        }
    }
    Ok(())
}
