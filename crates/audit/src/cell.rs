//! One cell while it is audited: reads and verifies a group ahead, then applies it fact by fact.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use economy::{Event, Header, State, decode_record};
use journal::{GENESIS, Hash, ReadError, Reader};
use kernel::id::Payment;
use kernel::{Id, Timestamp};
use ledger::AccountKind;

use crate::arrival::{Outgoing, Posted};
use crate::days::Tally;
use crate::left::Left;
use crate::payout::Sealed;
use crate::report::{CellReport, Place, Report, Sum};
use crate::snapshot::Snapshot;

/// A record taken apart.
pub(crate) struct Record {
    pub header: Header,
    pub facts: Vec<Event>,
}

/// A verified group that waits for its turn.
struct Group {
    position: u64,
    hash: Hash,
    time: Timestamp,
    records: Vec<Record>,
}

/// One cell and how far its audit is.
pub(crate) struct Cell {
    pub name: String,
    pub state: State,
    pub counted: CellReport,
    /// What each wallet and merchant must hold by the facts of payments, by account number.
    pub expected: Vec<i128>,
    /// The files that its journal sealed, by day and number.
    pub files: BTreeMap<(u32, u16), Sealed>,
    /// Messages that the other side has not received yet, and the number of the last one, by link.
    outboxes: Vec<(VecDeque<Outgoing>, u64)>,
    /// What it has forgotten and the other side not.
    pub left: Left,
    /// What its messages said of each nostro since the last closing, by link.
    pub tallies: BTreeMap<u8, Tally>,
    /// How often nostro and mirror were compared, by link.
    pub compared: BTreeMap<u8, u64>,
    /// Snapshots to be compared, by position.
    snapshots: VecDeque<Snapshot>,
    reader: Box<dyn Reader>,
    waiting: Option<Group>,
    next: u64,
    end: u64,
    prev: Hash,
    time: Timestamp,
    epoch: u64,
    stopped: bool,
}

/// Where a fact stands, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub position: u64,
    pub record: u32,
    pub now: Timestamp,
    pub hash: Hash,
}

impl Cell {
    pub fn new(name: String, mut reader: Box<dyn Reader>, snapshots: Vec<Snapshot>) -> Self {
        let end = reader.head().map_or(u64::MAX, |head| head.position);
        Self {
            counted: CellReport { name: name.clone(), ..CellReport::default() },
            name,
            // Neither the number nor the seed is part of what facts change.
            state: State::new(0, 0x656e_6973_6869),
            expected: Vec::new(),
            files: BTreeMap::new(),
            outboxes: Vec::new(),
            left: Left::default(),
            tallies: BTreeMap::new(),
            compared: BTreeMap::new(),
            snapshots: snapshots.into(),
            reader,
            waiting: None,
            next: 1,
            end,
            prev: GENESIS,
            time: Timestamp::default(),
            epoch: 0,
            stopped: false,
        }
    }

    pub fn place(&self, position: u64, record: Option<u32>) -> Place {
        Place { cell: self.name.clone(), position: Some(position), record }
    }

    /// Reads and verifies the next group, if it has not been done and there is one.
    pub fn read_ahead(&mut self, report: &mut Report) {
        if self.waiting.is_some() || self.stopped || self.next > self.end {
            return;
        }
        match self.reader.read_from(self.next) {
            Ok(None) => self.end = self.next - 1,
            Ok(Some(stored)) => match self.verified(&stored) {
                Ok(group) => self.waiting = Some(group),
                Err((record, code, what)) => {
                    report.add(self.place(self.next, record), code, what);
                    self.stopped = true;
                }
            },
            Err(error) => {
                let (code, position) = match &error {
                    ReadError::Damaged(damage) => ("journal_damaged", damage.position),
                    ReadError::Io(_) => ("journal_unreadable", self.next),
                };
                report.add(self.place(position, None), code, error.to_string());
                self.stopped = true;
            }
        }
    }

    fn verified(
        &mut self,
        stored: &journal::Stored,
    ) -> Result<Group, (Option<u32>, &'static str, String)> {
        let whole = |code, what: &str| Err((None, code, what.to_owned()));
        if stored.position != self.next || stored.prev != self.prev {
            return whole("chain_broken", "the group does not follow the one before it");
        }
        if !stored.is_genuine() {
            return whole("group_altered", "the hash is not that of these records");
        }
        if stored.epoch < self.epoch {
            return whole("epoch_went_back", "the group is of a deposed writer");
        }
        if Timestamp(stored.time) < self.time {
            return whole("time_went_back", "the group is older than the one before it");
        }
        let mut records = Vec::with_capacity(stored.count());
        for (index, record) in stored.records().enumerate() {
            let read = decode_record(record).and_then(|decoded| {
                decoded.reply()?;
                let facts = decoded.events().collect::<Result<_, _>>()?;
                Ok(Record { header: decoded.header, facts })
            });
            let unreadable =
                |fault: kernel::Fault| (Some(index as u32), "record_unreadable", fault.to_string());
            records.push(read.map_err(unreadable)?);
        }
        self.epoch = stored.epoch;
        let (position, hash) = (stored.position, stored.hash);
        Ok(Group { position, hash, time: Timestamp(stored.time), records })
    }

    /// Goes one group beyond the end that was fixed, if there is one.
    pub fn extend(&mut self, report: &mut Report) -> bool {
        if self.stopped || self.waiting.is_some() {
            return false;
        }
        self.end = self.end.max(self.next);
        self.read_ahead(report);
        self.waiting.is_some()
    }

    /// The time of the group that waits, if any does.
    pub fn waiting_time(&self) -> Option<Timestamp> {
        self.waiting.as_ref().map(|group| group.time)
    }

    /// The messages that the waiting group has received, in order: link and number.
    pub fn wanted(&self) -> impl Iterator<Item = (u8, u64)> + '_ {
        let records = self.waiting.iter().flat_map(|group| &group.records);
        records.flat_map(|record| &record.facts).filter_map(|fact| match fact {
            Event::Corridor(corridor::Event::Received(fact)) => Some((fact.link, fact.number)),
            _ => None,
        })
    }

    /// The name of the cell at the other end of a link, also of one that the waiting group opens.
    pub fn link_name(&self, link: u8) -> Option<&str> {
        let open = &self.state.corridor.links;
        if let Some(link) = open.get(usize::from(link)) {
            return Some(&link.name);
        }
        let records = self.waiting.iter().flat_map(|group| &group.records);
        let mut opened = records.flat_map(|record| &record.facts).filter_map(|fact| match fact {
            Event::Corridor(corridor::Event::LinkOpened(fact)) => Some(&*fact.name),
            _ => None,
        });
        opened.nth(usize::from(link).checked_sub(open.len())?)
    }

    /// The number of the last message that was sent over a link.
    pub fn last_posted(&self, link: u8) -> u64 {
        self.outboxes.get(usize::from(link)).map_or(0, |(_, last)| *last)
    }

    /// Hands over a message; those before it were never received.
    pub fn take_posted(&mut self, link: u8, number: u64) -> Option<Outgoing> {
        let (outbox, _) = self.outboxes.get_mut(usize::from(link))?;
        while outbox.front().is_some_and(|first| first.number < number) {
            outbox.pop_front();
        }
        let is_it = outbox.front().is_some_and(|first| first.number == number);
        if is_it { outbox.pop_front() } else { None }
    }

    /// Whether the audit of this cell ended at a difference.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether everything up to the end was applied.
    pub fn is_complete(&self) -> bool {
        !self.stopped && self.waiting.is_none()
    }

    /// Messages over a link that the other side has not received.
    pub fn under_way(&self, link: u8) -> impl Iterator<Item = &Outgoing> {
        self.outboxes.get(usize::from(link)).into_iter().flat_map(|(outbox, _)| outbox)
    }

    /// Payments that a message under way is about: their legs may differ for now.
    pub fn payments_under_way(&self, link: u8) -> impl Iterator<Item = Id<Payment>> {
        self.under_way(link).filter_map(|sent| sent.message.payment())
    }

    pub fn post_message(&mut self, link: u8, message: Outgoing) {
        let link = usize::from(link);
        if self.outboxes.len() <= link {
            self.outboxes.resize_with(link + 1, Default::default);
        }
        let (outbox, last) = &mut self.outboxes[link];
        *last = message.number;
        outbox.push_back(message);
    }

    /// Applies the group that waits. `posted` is what the senders wrote of the messages it has
    /// received, in order.
    pub fn apply(&mut self, posted: Vec<Posted>, report: &mut Report) {
        let Some(group) = self.waiting.take() else { return };
        let mut posted = posted.into_iter();
        for (index, record) in group.records.iter().enumerate() {
            let at = At {
                position: group.position,
                record: index as u32,
                now: group.time,
                hash: group.hash,
            };
            let received = record
                .facts
                .iter()
                .filter(|fact| matches!(fact, Event::Corridor(corridor::Event::Received(_))));
            let posted: Vec<Posted> = posted.by_ref().take(received.count()).collect();
            // A fact that could never have been judged makes the state panic: that is a finding.
            let applied =
                catch_unwind(AssertUnwindSafe(|| self.judge(at, record, &posted, report)));
            let impossible = match applied {
                Ok(Ok(())) => None,
                Ok(Err(what)) => Some(what),
                Err(panic) => Some(format!("it can't be applied: {}", words_of(&*panic))),
            };
            if let Some(what) = impossible {
                report.add(self.place(at.position, Some(at.record)), "record_impossible", what);
                self.stopped = true;
                return;
            }
            self.counted.records += 1;
        }
        self.counted.groups += 1;
        self.counted.position = group.position;
        self.counted.hash = group.hash;
        (self.prev, self.time, self.next) = (group.hash, group.time, group.position + 1);
        self.compare_snapshots(report);
    }

    /// A snapshot must be the state that the journal gives there.
    fn compare_snapshots(&mut self, report: &mut Report) {
        let position = self.counted.position;
        while self.snapshots.front().is_some_and(|snapshot| snapshot.position <= position) {
            let Some(snapshot) = self.snapshots.pop_front() else { return };
            let Some(whole) = snapshot.is_whole() else { continue };
            self.counted.snapshots += 1;
            let what = if !whole {
                "the snapshot's blocks are not those of its hash"
            } else if snapshot.group != self.prev {
                "the snapshot stands at another group than the journal has there"
            } else if snapshot.state != self.state.state_hash() {
                "the snapshot is not the state that the journal gives"
            } else {
                continue;
            };
            report.add(self.place(position, None), "snapshot_differs", what);
        }
    }

    /// What was counted, once all is applied.
    pub fn counted(&self) -> CellReport {
        let (book, pay) = (&self.state.book, &self.state.pay);
        let kept = |kind| matches!(kind, AccountKind::Wallet | AccountKind::Merchant);
        let sums = book.sums().into_iter().map(|(currency, sum)| Sum {
            currency,
            debits: sum[0],
            credits: sum[1],
            debits_pending: sum[2],
            credits_pending: sum[3],
        });
        CellReport {
            complete: self.is_complete(),
            voids: self.reader.voids(),
            accounts: u64::from(book.account_count()),
            open_holds: book.holds().count() as u64,
            payer_legs: (pay.all_outgoing().count() + pay.all_closed_outgoing().count()) as u64,
            seller_legs: (pay.all_incoming().count() + pay.all_closed_incoming().count()) as u64,
            statements: book.accounts().filter(|(_, a)| kept(a.kind)).count() as u64,
            keys: self.state.keys().len() as u64,
            answers: self.state.remembered_count() as u64,
            leaving: self.leaving(),
            bank_files: pay.market.payout.files.len() as u64,
            sums: sums.collect(),
            ..self.counted.clone()
        }
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason was given")
}
