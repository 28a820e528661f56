//! Reads the groups of a file journal: in one process with its writer, or beside it.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::files::{Files, failed};
use super::format::HEADER;
use super::layout::{Mark, Segment, Shared};
use super::read_only::Refresh;
use super::scan::{Depth, Source, Step, Window, step, stored};
use crate::group::Header;
use crate::{Damage, GENESIS, Hash, Head, ReadError, Reader, Stored};

/// Bytes read at once by who follows the journal, and by who looks up one group.
const AHEAD: usize = 1 << 20;
const GLANCE: usize = 16 << 10;

pub(crate) struct FileReader {
    shared: Arc<Shared>,
    files: Arc<dyn Files>,
    /// How to learn of new groups; a reader beside its own writer is told by the shared layout.
    refresh: Option<Arc<Refresh>>,
    place: Place,
    voids: u64,
}

/// Where a reader is.
struct Place {
    mark: Option<Mark>,
    open: Option<(Segment, File)>,
    window: Window,
}

impl Place {
    fn new(ahead: usize) -> Place {
        Place { mark: None, open: None, window: Window::new(ahead) }
    }
}

impl FileReader {
    pub(crate) fn new(
        shared: Arc<Shared>,
        files: Arc<dyn Files>,
        refresh: Option<Arc<Refresh>>,
    ) -> FileReader {
        FileReader { shared, files, refresh, place: Place::new(AHEAD), voids: 0 }
    }

    /// The durable end, when group number `position` is before it.
    fn end_behind(&self, position: u64) -> Result<Option<Mark>, ReadError> {
        let end = self.shared.read().end;
        if position >= end.at.position
            && let Some(refresh) = &self.refresh
        {
            refresh.run(&self.shared, &*self.files)?;
            let end = self.shared.read().end;
            return Ok((position < end.at.position).then_some(end));
        }
        Ok((position < end.at.position).then_some(end))
    }

    /// Goes to group number `position` and judges it; leaves `place` behind it.
    fn seek(
        &mut self,
        place: &mut Place,
        position: u64,
        end: Mark,
    ) -> Result<(Mark, Header, u64), ReadError> {
        let mut mark = {
            let layout = self.shared.read();
            let segment = layout.segment_of(position);
            let here = |mark: &Mark| mark.at.position == position && mark.segment == segment;
            place.mark.filter(here).unwrap_or_else(|| layout.locate(position))
        };
        loop {
            let segment = self.shared.read().segment_of(mark.at.position);
            if segment != mark.segment {
                mark.segment = segment;
                mark.at.offset = HEADER as u64;
            }
            let limit = if mark.segment == end.segment { end.at.offset } else { u64::MAX };
            let depth = if mark.at.position == position { Depth::Body } else { Depth::Header };
            match self.step(place, &mark, limit, depth)? {
                Step::Group { header, hash, total } => {
                    let found = mark;
                    mark.at.pass(&header, hash, total);
                    if found.at.position == position {
                        place.mark = Some(mark);
                        return Ok((found, header, limit));
                    }
                }
                Step::Void { total, .. } => {
                    self.voids += 1;
                    mark.at.offset += total;
                }
                Step::End => return Err(self.damage(&mark, "a group is missing")),
                Step::Torn(what) | Step::Wrong(what) => return Err(self.damage(&mark, what)),
            }
        }
    }

    fn step(
        &self,
        place: &mut Place,
        mark: &Mark,
        limit: u64,
        depth: Depth,
    ) -> Result<Step, ReadError> {
        let failed = |error: io::Error| {
            let path = Segment::path(&self.shared.folder, mark.segment.first);
            ReadError::Io(failed("read", &path, &error))
        };
        if place.open.as_ref().is_none_or(|(segment, _)| *segment != mark.segment) {
            let path = Segment::path(&self.shared.folder, mark.segment.first);
            let file = self.files.open(&path, false).map_err(failed)?;
            place.window.clear();
            place.open = Some((mark.segment, file));
        }
        let Some((_, file)) = &place.open else { return Ok(Step::End) };
        let source = Source { files: &*self.files, file };
        step(&mut place.window, source, &mark.at, limit, self.shared.seed, depth).map_err(failed)
    }

    fn read(&mut self, place: &mut Place, position: u64) -> Result<Option<Stored>, ReadError> {
        if position == 0 {
            return Ok(None);
        }
        let Some(end) = self.end_behind(position)? else { return Ok(None) };
        let (mark, header, limit) = self.seek(place, position, end)?;
        let Some((segment, file)) = &place.open else { return Ok(None) };
        let source = Source { files: &*self.files, file };
        match stored(&mut place.window, source, mark.at.offset, &header, limit) {
            Ok(Some(group)) => Ok(Some(group)),
            Ok(None) => Err(self.damage(&mark, "a group is missing")),
            Err(error) => {
                let path = Segment::path(&self.shared.folder, segment.first);
                Err(ReadError::Io(failed("read", &path, &error)))
            }
        }
    }

    fn hash(&mut self, place: &mut Place, position: u64) -> Result<Option<Hash>, ReadError> {
        if position == 0 {
            return Ok(Some(GENESIS));
        }
        let Some(end) = self.end_behind(position)? else { return Ok(None) };
        if position + 1 == end.at.position {
            return Ok(Some(end.at.prev));
        }
        let (_, header, _) = self.seek(place, position, end)?;
        Ok(Some(header.hash()))
    }

    /// Looks with `look`; beside a writer of another process again when it fails, as one that
    /// starts may just have replaced the segment.
    fn steady<T>(
        &mut self,
        place: Place,
        ahead: usize,
        mut look: impl FnMut(&mut FileReader, &mut Place) -> Result<T, ReadError>,
    ) -> Result<(T, Place), ReadError> {
        let mut place = place;
        let mut tries = 0;
        loop {
            match look(self, &mut place) {
                Ok(found) => return Ok((found, place)),
                Err(error) => {
                    let Some(refresh) = self.refresh.as_ref().filter(|_| tries < 3) else {
                        return Err(error);
                    };
                    refresh.run(&self.shared, &*self.files)?;
                    place = Place::new(ahead);
                    tries += 1;
                }
            }
        }
    }

    fn damage(&self, mark: &Mark, what: &'static str) -> ReadError {
        let segment = Segment::path(&self.shared.folder, mark.segment.first);
        Damage { segment, offset: mark.at.offset, position: mark.at.position, what }.into()
    }
}

impl Reader for FileReader {
    fn head(&mut self) -> Result<Head, ReadError> {
        self.end_behind(u64::MAX)?;
        Ok(self.shared.read().head())
    }

    fn read_from(&mut self, from: u64) -> Result<Option<Stored>, ReadError> {
        let place = std::mem::replace(&mut self.place, Place::new(AHEAD));
        let (found, place) = self.steady(place, AHEAD, |reader, place| reader.read(place, from))?;
        self.place = place;
        Ok(found)
    }

    fn read_at(&mut self, position: u64) -> Result<Option<Stored>, ReadError> {
        let place = Place::new(GLANCE);
        Ok(self.steady(place, GLANCE, |reader, place| reader.read(place, position))?.0)
    }

    fn hash_at(&mut self, position: u64) -> Result<Option<Hash>, ReadError> {
        let place = Place::new(GLANCE);
        Ok(self.steady(place, GLANCE, |reader, place| reader.hash(place, position))?.0)
    }

    fn voids(&self) -> u64 {
        self.voids
    }

    fn fork(&self) -> Box<dyn Reader> {
        let (shared, files) = (Arc::clone(&self.shared), Arc::clone(&self.files));
        Box::new(FileReader::new(shared, files, self.refresh.clone()))
    }
}
