//! One reader of a cell's stream, from a place on.
//!
//! Three sources, newest first: the ring of what was released last; behind it the views' table of
//! events, which knows where the reader's facts stand; and the journal alone, as far as the views
//! have not come yet. What is told is always decoded from the journal's records, so that an event
//! has the same id and the same data whichever source led to it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Actor, Role};
use tracing::{error, warn};

use super::released::Sides;
use super::{EventId, Group, Released, decode, directory, read};
use crate::cells::Site;
use crate::lists::{EventPlace, EventPlaces, Lists};
use crate::problem::{Beside, Problem};

/// How far back, in groups, a stream may begin while the views do not know what is kept.
pub const OLDEST: u64 = 100_000;

/// A fact on its way to the reader.
struct Ready {
    event: Arc<Released>,
    /// Whether the views said that it is the reader's own; if not, the cell is asked.
    own: bool,
}

/// What the views know of the past.
enum Past {
    /// The reader's facts, up to this group.
    Told(Vec<Arc<Released>>, u64),
    /// Older than what is kept.
    Gone,
    /// The views are not there, or not as far.
    Unknown,
}

/// Reads the stream of one cell for one reader, from a place on.
pub struct Cursor {
    site: Arc<Site>,
    lists: Option<Arc<dyn Lists>>,
    actor: Actor,
    next: EventId,
    ready: VecDeque<Ready>,
}

impl Cursor {
    /// A reader that begins behind `after`, or at what comes next.
    ///
    /// # Errors
    /// When `after` is older than what is kept, or ahead of the journal.
    pub async fn open(
        site: Arc<Site>,
        lists: Option<Arc<dyn Lists>>,
        actor: Actor,
        after: Option<EventId>,
    ) -> Result<Self, Problem> {
        let head = site.stream.head();
        let next = match after {
            None => EventId { position: head + 1, index: 0 },
            // The views may have told of a durable group before the ring has it.
            Some(after) if after.position > head.max(site.handle.feed().head()) => {
                return Err(Problem::new(
                    "cursor_invalid",
                    "This cursor is ahead of the journal; it belongs to another data folder.",
                ));
            }
            // Groups are numbered from 1.
            Some(EventId { position: 0, .. }) => EventId { position: 1, index: 0 },
            Some(after) => EventId { index: after.index.saturating_add(1), ..after },
        };
        let mut cursor = Self { site, lists, actor, next, ready: VecDeque::new() };
        if next.position <= head && !cursor.fill_from_ring() {
            match cursor.past().await {
                Past::Gone => return Err(too_old(&cursor.site)),
                Past::Unknown if next.position + OLDEST < head => {
                    return Err(too_old(&cursor.site));
                }
                Past::Unknown => {}
                Past::Told(events, through) => cursor.tell(events, through),
            }
        }
        Ok(cursor)
    }

    /// The next fact that the reader may know; waits for it. None when the reader was so slow
    /// that what comes next is no longer kept.
    pub async fn next(&mut self) -> Option<Arc<Released>> {
        let mut head = self.site.stream.watch();
        loop {
            while let Some(Ready { event, own }) = self.ready.pop_front() {
                let own = own || self.actor.role == Role::Operator;
                if own || directory::is_side(&self.site, self.actor, &event).await {
                    return Some(event);
                }
            }
            if *head.borrow_and_update() < self.next.position {
                // The sender lives as long as the site that `self` holds.
                drop(head.changed().await);
            } else if !self.fill_from_ring() {
                match self.past().await {
                    Past::Told(events, through) => self.tell(events, through),
                    Past::Gone => return None,
                    Past::Unknown => self.fill_from_journal().await,
                }
            }
        }
    }

    /// Whether the ring still has the next group; then it is ready, and what follows it.
    fn fill_from_ring(&mut self) -> bool {
        let Some(groups) = self.site.stream.recent(self.next.position) else { return false };
        groups.iter().for_each(|group| self.take(group));
        true
    }

    async fn fill_from_journal(&mut self) {
        match read(&self.site, self.next.position).await {
            Ok(groups) => {
                for durable in groups {
                    let group = decode(&self.site, &durable.group, |_| {});
                    self.take(&group);
                }
            }
            Err(why) => {
                error!(cell = self.site.name(), why, "the journal can't be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    /// Makes the facts of a group ready whose owners are still to be asked for.
    fn take(&mut self, group: &Group) {
        let events = group.events.iter().filter(|event| event.id >= self.next);
        let ready = events.map(|event| Ready { event: Arc::clone(event), own: false });
        self.ready.extend(ready);
        self.next = EventId { position: group.position + 1, index: 0 };
    }

    /// Makes the reader's own facts ready, up to a group.
    fn tell(&mut self, events: Vec<Arc<Released>>, through: u64) {
        let events = events.into_iter().filter(|event| event.id >= self.next);
        self.ready.extend(events.map(|event| Ready { event, own: true }));
        self.next = EventId { position: through + 1, index: 0 };
    }

    /// Asks the views where the reader's facts stand, and reads them there.
    async fn past(&self) -> Past {
        let from = self.next.position;
        let Some(lists) = self.lists.clone() else { return Past::Unknown };
        if lists.position(self.site.name()) < from {
            return Past::Unknown;
        }
        let (site, actor) = (Arc::clone(&self.site), self.actor);
        let read = move || past(&site, &*lists, actor, from);
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(past)) => past,
            Ok(Err(why)) => {
                warn!(cell = self.site.name(), why, "the past is read from the journal alone");
                Past::Unknown
            }
            Err(_) => Past::Unknown,
        }
    }
}

fn past(site: &Site, lists: &dyn Lists, actor: Actor, from: u64) -> Result<Past, String> {
    let operator = actor.role == Role::Operator;
    let party = (!operator).then_some(actor.party);
    let places = lists.event_places(site.name(), party, from - 1).map_err(|why| why.to_string())?;
    let (places, through) = match places {
        EventPlaces::Gone => return Ok(Past::Gone),
        // Being built anew, they were further a moment ago.
        EventPlaces::Found { through, .. } if through < from => return Ok(Past::Unknown),
        EventPlaces::Found { places, through } => (places, through),
    };
    let mut reader = site.handle.feed().reader().map_err(|why| why.to_string())?;
    let mut told = Vec::new();
    for places in places.chunk_by(|one, next| one.position == next.position) {
        let position = places[0].position;
        let stored = reader.read_at(position).map_err(|why| why.to_string())?;
        let stored = stored.ok_or_else(|| format!("group {position} is not in the journal"))?;
        let events = decode(site, &stored, |_| {}).events;
        told.extend(events.into_iter().filter(|event| operator || is_own(actor, event, places)));
    }
    Ok(Past::Told(told, through))
}

/// Whether a fact is told to a party whose facts stand in `places`, all of the fact's group: what
/// [`directory::is_side`] says of it, without asking the cell, which may have forgotten.
fn is_own(actor: Actor, event: &Released, places: &[EventPlace]) -> bool {
    let stands = || {
        let same = |p: &EventPlace| p.record == event.record && p.payment == event.payment;
        places.iter().any(same)
    };
    match event.sides {
        Sides::Wallet { party, .. } | Sides::Merchant { party, .. } => party == actor.party,
        Sides::Account(_) => stands(),
        Sides::Payment { .. } | Sides::Nobody => event.payment.is_some() && stands(),
        Sides::Store { .. } | Sides::Operator => false,
    }
}

fn too_old(site: &Site) -> Problem {
    let (cell, head) = (site.name(), site.stream.head());
    let mut problem = Problem::new(
        "cursor_too_old",
        format!(
            "What happened behind this cursor is no longer kept as events: read the lists with \
             at_least={cell}:{head}, then follow from the cursor given here."
        ),
    );
    let cursor = format!("{cell}:{head}.0");
    problem.beside = Some(Beside::boxed(|beside| beside.cursor = Some(cursor)));
    problem
}
