//! The state of one cell, and how a record changes it.

use std::collections::BTreeMap;

use kernel::log::MOST;
use kernel::{Fault, Module, Role, Timestamp};

use crate::event::AnswersForgotten;
use crate::people::{KeyForm, People};
use crate::record::decode_record;
use crate::remembered::{Fingerprint, Remembered};
use crate::{Event, KeyIssued, KeyRevoked, OwnEvent, Reply};

/// An API key, known by the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Key {
    /// The hash of its secret.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Whose it is, by number.
    #[n(1)]
    pub party: u32,
    /// What its holder may act as.
    #[n(2)]
    pub role: Role,
    /// When it ends.
    #[n(3)]
    pub expires: Option<Timestamp>,
    /// Whether it was ended before.
    #[n(4)]
    pub revoked: bool,
    /// Who acts with it, by number: the party itself or one of its members.
    #[n(5)]
    pub person: u32,
    /// What it is written as.
    #[n(6)]
    pub form: KeyForm,
    /// What it may be used for, one bit each.
    #[n(7)]
    pub scopes: u32,
}

impl Key {
    /// A key as it was issued.
    pub fn of(issued: &KeyIssued) -> Self {
        Self {
            hash: issued.hash,
            party: issued.party,
            role: issued.role,
            expires: issued.expires,
            revoked: false,
            person: issued.person,
            form: issued.form,
            scopes: issued.scopes,
        }
    }
}

/// What a request came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The draft holds its facts; they become a record. An empty draft is an answer only.
    New(Reply),
    /// It was answered before; the reply stands in this record.
    Repeat {
        /// The group.
        position: u64,
        /// The record in it.
        index: u32,
    },
}

/// All that a cell knows.
pub struct State {
    /// The cell's number.
    pub cell: u16,
    /// The most answers that are remembered; set by the process, no part of the state.
    pub max_keys: usize,
    /// The most entries of one kind: accounts, holds, remembered transfers, payments of one side,
    /// and so on; set by the process, no part of the state. At most [`MOST`].
    pub max_entries: usize,
    /// The book.
    pub book: ledger::State,
    /// The links to other cells.
    pub corridor: corridor::State,
    /// Payments.
    pub pay: pay::State,
    pub(crate) keys: BTreeMap<u128, Key>,
    pub(crate) people: People,
    pub(crate) remembered: Remembered,
}

impl State {
    /// An empty cell. `seed` spreads the look-ups of ids; it is no part of the state.
    pub fn new(cell: u16, seed: u64) -> Self {
        Self {
            cell,
            max_keys: 200_000_000,
            max_entries: MOST,
            book: ledger::State::new(seed),
            corridor: corridor::State::default(),
            pay: pay::State::new(seed),
            keys: BTreeMap::new(),
            people: People::default(),
            remembered: Remembered::new(seed),
        }
    }

    /// What `pay` may read of it.
    pub fn world(&self) -> pay::World<'_> {
        pay::World {
            cell: self.cell,
            pay: &self.pay,
            book: &self.book,
            corridor: &self.corridor,
            max_entries: self.max_entries,
        }
    }

    /// The API keys by id.
    pub fn keys(&self) -> &BTreeMap<u128, Key> {
        &self.keys
    }

    /// Who acts for parties, and by what they are known.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// How many answers are remembered.
    pub fn remembered_count(&self) -> usize {
        self.remembered.len()
    }

    /// The earliest moment at which a [`crate::Command::Tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        [
            self.pay.next_deadline(),
            self.pay.next_forget(),
            self.book.next_deadline(),
            self.book.next_forget(),
            self.remembered.next_forget(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Applies one fact.
    pub fn evolve(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::Own(event) => self.evolve_own(now, event),
            Event::Ledger(event) => self.book.evolve(now, event),
            Event::Corridor(event) => self.corridor.evolve(now, event),
            Event::Pay(event) => self.pay.evolve(now, event),
        }
    }

    fn evolve_own(&mut self, now: Timestamp, event: &OwnEvent) {
        match event {
            OwnEvent::KeyIssued(issued) => {
                self.keys.insert(issued.id.0, Key::of(issued));
            }
            OwnEvent::KeyRevoked(KeyRevoked { id }) => {
                self.keys.get_mut(&id.0).expect("judged: the key exists").revoked = true;
            }
            OwnEvent::AnswersForgotten(AnswersForgotten { through }) => {
                self.remembered.forget(*through);
            }
            of_people => self.people.evolve(now, of_people),
        }
    }

    /// Remembers where the answer to a request stands.
    pub fn remember(&mut self, now: Timestamp, asked: &Fingerprint, position: u64, index: u32) {
        self.remembered.add(now, asked, position, index);
    }

    /// Applies one stored record: the same facts in the same order, and no rule again.
    pub fn replay(
        &mut self,
        now: Timestamp,
        position: u64,
        index: u32,
        record: &[u8],
    ) -> Result<(), Fault> {
        let decoded = decode_record(record)?;
        for event in decoded.events() {
            self.evolve(now, &event?);
        }
        if let Some(asked) = &decoded.header.fingerprint {
            self.remember(now, asked, position, index);
        }
        Ok(())
    }
}
