//! The links of one cell and how facts change them.

use std::collections::VecDeque;

use kernel::{Fault, Module, Span, Timestamp};

use crate::{Event, FreezeReason, Message, Received, Sent};

/// Where the other cell's journal stood when we last heard from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Witness {
    /// The position; 0 before the first message.
    #[n(0)]
    pub position: u64,
    /// The hash at that position.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

/// A payment that waits for the other side's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Unanswered {
    /// The number of its `Authorize`.
    #[n(0)]
    pub number: u64,
    /// When it was sent.
    #[n(1)]
    pub sent: Timestamp,
    /// Whether the answer has come while older ones still wait.
    #[n(2)]
    pub answered: bool,
}

/// One side of the bridge to one other cell.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Link {
    /// The other cell's number.
    #[n(0)]
    pub peer: u16,
    /// The other cell's name.
    #[n(1)]
    pub name: String,
    /// The account here that the other side prefunded.
    #[n(2)]
    pub nostro: Option<u32>,
    /// The account here that mirrors what we hold with the other side.
    #[n(3)]
    pub mirror: Option<u32>,
    /// The most payments that may wait for an answer.
    #[n(4)]
    pub max_unanswered: u32,
    /// The longest one may wait before no new one starts, in microseconds.
    #[n(5)]
    pub max_age_us: u64,
    /// The number of the last message sent.
    #[n(6)]
    pub sent: u64,
    /// The number of the last message received.
    #[n(7)]
    pub received: u64,
    /// What we saw last of the other side's journal.
    #[n(8)]
    pub seen: Witness,
    /// Payments in flight, oldest first.
    #[n(9)]
    pub unanswered: VecDeque<Unanswered>,
    /// How many of those have no answer yet.
    #[n(10)]
    pub in_flight: u32,
    /// Why nothing new may cross.
    #[n(11)]
    pub frozen: Option<FreezeReason>,
}

impl Link {
    /// Whether a new payment may start: not frozen, and the window has room.
    pub fn open_for_new(&self, now: Timestamp) -> bool {
        let waits_too_long = self
            .unanswered
            .front()
            .is_some_and(|oldest| oldest.sent.plus(Span(self.max_age_us)) < now);
        self.frozen.is_none() && self.in_flight < self.max_unanswered && !waits_too_long
    }

    fn sent(&mut self, now: Timestamp, fact: &Sent) {
        assert_eq!(fact.number, self.sent + 1, "numbers of sent messages have no gap");
        self.sent = fact.number;
        if matches!(fact.message, Message::Authorize { .. }) {
            self.in_flight += 1;
            let waiting = Unanswered { number: fact.number, sent: now, answered: false };
            self.unanswered.push_back(waiting);
        }
    }

    fn received(&mut self, fact: &Received) {
        assert_eq!(fact.number, self.received + 1, "numbers of received messages have no gap");
        self.received = fact.number;
        if let Some(hash) = fact.hash {
            self.seen = Witness { position: fact.position, hash };
        }
        if let Some(answers) = fact.answers {
            self.answered(answers);
        }
    }

    fn answered(&mut self, number: u64) {
        let at = self.unanswered.partition_point(|waiting| waiting.number < number);
        if let Some(waiting) = self.unanswered.get_mut(at)
            && waiting.number == number
            && !waiting.answered
        {
            waiting.answered = true;
            self.in_flight -= 1;
        }
        while self.unanswered.front().is_some_and(|oldest| oldest.answered) {
            self.unanswered.pop_front();
        }
    }
}

/// All links of a cell, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct State {
    /// Links in order of opening.
    #[n(0)]
    pub links: Vec<Link>,
}

impl State {
    /// The link of a number.
    pub fn link(&self, number: u8) -> Option<&Link> {
        self.links.get(usize::from(number))
    }

    /// The number of the link to a cell.
    pub fn link_to(&self, peer: u16) -> Option<u8> {
        self.links.iter().position(|link| link.peer == peer).map(|at| at as u8)
    }

    /// The number of the link to a cell by its name.
    pub fn link_named(&self, name: &str) -> Option<u8> {
        self.links.iter().position(|link| link.name == name).map(|at| at as u8)
    }

    fn link_mut(&mut self, number: u8) -> &mut Link {
        self.links.get_mut(usize::from(number)).expect("judged: the link exists")
    }
}

impl Module for State {
    const KIND: u8 = 2;
    type Event = Event;

    fn evolve(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::LinkOpened(fact) => self.links.push(Link {
                peer: fact.peer,
                name: fact.name.clone(),
                nostro: fact.nostro,
                mirror: fact.mirror,
                max_unanswered: fact.max_unanswered,
                max_age_us: fact.max_age_us,
                sent: 0,
                received: 0,
                seen: Witness::default(),
                unanswered: VecDeque::new(),
                in_flight: 0,
                frozen: None,
            }),
            Event::WindowSet(fact) => {
                let link = self.link_mut(fact.link);
                link.max_unanswered = fact.max_unanswered;
                link.max_age_us = fact.max_age_us;
            }
            Event::Sent(fact) => self.link_mut(fact.link).sent(now, fact),
            Event::Received(fact) => self.link_mut(fact.link).received(fact),
            Event::Frozen(fact) => self.link_mut(fact.link).frozen = Some(fact.reason.clone()),
            Event::Reopened(fact) => {
                let link = self.link_mut(fact.link);
                link.frozen = None;
                link.seen = Witness { position: fact.position, hash: fact.hash };
            }
            Event::Skipped(fact) => {
                let link = self.link_mut(fact.link);
                link.sent = link.sent.max(fact.through);
            }
        }
    }

    fn encode(event: &Event, out: &mut Vec<u8>) {
        event.encode(out);
    }

    fn decode(stored: &[u8]) -> Result<Event, Fault> {
        Event::decode(stored)
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}
