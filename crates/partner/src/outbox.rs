//! What a cell sent to one partner, by number, with its witness: read from the journal, and known by
//! marks, so that any place is found at once.

use std::sync::{Arc, Mutex};

use cell::Feed;
use kernel::Timestamp;

use crate::chain::Chain;
use crate::day::Day;
use crate::message::{Currencies, Flat};

/// Messages between two marks.
const STEP: u64 = 256;
/// Groups that are read at a time.
pub(crate) const GROUPS: usize = 256;

/// The journal can't be read, or has a message that this protocol does not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was sent can't be read")]
pub struct Unread;

/// A message with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The group of the journal.
    pub position: u64,
    /// When that was decided.
    pub time: Timestamp,
    /// The message.
    pub message: Flat,
    /// How far all messages go with it.
    pub through: Chain,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// How far messages went before it.
    before: Chain,
    /// The group of the first message behind it.
    position: u64,
}

#[derive(Debug)]
struct Index {
    /// The next group to be read.
    next: u64,
    chain: Chain,
    marks: Vec<Mark>,
}

/// What a cell sent over one link.
pub struct Outbox {
    pub(crate) feed: Arc<Feed>,
    pub(crate) link: u8,
    of: Currencies,
    index: Mutex<Index>,
}

impl Outbox {
    /// Over what a cell made durable.
    pub fn over(feed: Arc<Feed>, link: u8, of: Currencies) -> Self {
        let index = Index { next: 1, chain: Chain::default(), marks: Vec::new() };
        Self { feed, link, of, index: Mutex::new(index) }
    }

    /// How far messages go.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn newest(&self) -> Result<Chain, Unread> {
        let mut index = self.index.lock().map_err(|_| Unread)?;
        while index.next <= self.feed.head() {
            let groups = self.feed.read(index.next, GROUPS).map_err(|_| Unread)?;
            let Some(last) = groups.last() else { break };
            let after = last.group.position + 1;
            for told in self.told(&groups, index.chain) {
                let told = told?;
                let marked = index.marks.last().map_or(0, |mark| mark.before.number + STEP);
                if index.marks.is_empty() || index.chain.number >= marked {
                    let before = index.chain;
                    index.marks.push(Mark { before, position: told.position });
                }
                index.chain = told.through;
            }
            index.next = after;
        }
        Ok(index.chain)
    }

    /// How far messages went with the one of a number; none when there is no such message.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn at(&self, number: u64) -> Result<Option<(Chain, u64)>, Unread> {
        if number == 0 {
            return Ok(Some((Chain::default(), 0)));
        }
        if self.newest()?.number < number {
            return Ok(None);
        }
        let mut found = None;
        self.walk(number - 1, |told| {
            if told.message.number >= number {
                found = Some(told).filter(|told| told.message.number == number);
                return false;
            }
            true
        })?;
        Ok(found.map(|told| (told.through, told.position)))
    }

    /// Messages behind a number, at most so many; how far they went before them, and whether there
    /// are more.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn after(
        &self,
        number: u64,
        most: usize,
    ) -> Result<Option<(Chain, Vec<Told>, bool)>, Unread> {
        let Some((before, _)) = self.at(number)? else { return Ok(None) };
        let (mut told, mut more) = (Vec::new(), false);
        self.walk(number, |next| {
            more = told.len() == most;
            if !more {
                told.push(next);
            }
            !more
        })?;
        Ok(Some((before, told, more)))
    }

    /// Goes over the messages behind a number in order, until it is enough.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn walk(&self, number: u64, mut each: impl FnMut(Told) -> bool) -> Result<(), Unread> {
        self.newest()?;
        let mark = {
            let index = self.index.lock().map_err(|_| Unread)?;
            let behind = index.marks.partition_point(|mark| mark.before.number <= number);
            let Some(mark) = index.marks.get(behind.saturating_sub(1)) else { return Ok(()) };
            *mark
        };
        let (mut at, mut chain) = (mark.position, mark.before);
        loop {
            let groups = self.feed.read(at, GROUPS).map_err(|_| Unread)?;
            let Some(last) = groups.last() else { return Ok(()) };
            at = last.group.position + 1;
            for told in self.told(&groups, chain) {
                let told = told?;
                chain = told.through;
                if told.message.number > number && !each(told) {
                    return Ok(());
                }
            }
        }
    }

    /// What was sent from one moment on and before another.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn day(&self, from: Timestamp, until: Timestamp) -> Result<Day, Unread> {
        self.newest()?;
        let first = self.first_group(from)?;
        let number = {
            let index = self.index.lock().map_err(|_| Unread)?;
            let behind = index.marks.partition_point(|mark| mark.position <= first);
            let mark = behind.checked_sub(1).and_then(|at| index.marks.get(at));
            mark.map_or(0, |mark| mark.before.number)
        };
        let (mut before, _) = self.at(number)?.ok_or(Unread)?;
        let mut messages = Vec::new();
        self.walk(number, |told| {
            if told.time < from {
                before = told.through;
            } else if told.time < until {
                messages.push(told.message);
            }
            told.time < until
        })?;
        Ok(Day::of(before, &messages))
    }

    /// The first group of the journal that is not before a moment, or the one behind the last.
    pub(crate) fn first_group(&self, from: Timestamp) -> Result<u64, Unread> {
        let mut reader = self.feed.reader().map_err(|_| Unread)?;
        let (mut low, mut high) = (1, self.feed.head() + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let group = reader.read_from(middle).map_err(|_| Unread)?;
            if group.is_some_and(|group| Timestamp(group.time) < from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The messages of some groups behind those that are known.
    fn told<'a>(
        &'a self,
        groups: &'a [cell::Durable],
        mut chain: Chain,
    ) -> impl Iterator<Item = Result<Told, Unread>> + 'a {
        let all = groups
            .iter()
            .flat_map(|durable| durable.sent.iter().map(move |sent| (&durable.group, sent)));
        let before = chain.number;
        let of_link = all.filter(move |(_, sent)| sent.link == self.link && sent.number > before);
        of_link.map(move |(group, sent)| {
            let after = sent.nostro_balance_after;
            let message = Flat::of(sent.number, after, &sent.message, self.of).ok_or(Unread)?;
            chain.push(&message);
            let time = Timestamp(group.time);
            Ok(Told { position: group.position, time, message, through: chain })
        })
    }

    /// The hash of the journal at a position.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn hash_at(&self, position: u64) -> Result<Option<[u8; 32]>, Unread> {
        let mut reader = self.feed.reader().map_err(|_| Unread)?;
        reader.hash_at(position).map_err(|_| Unread)
    }
}
