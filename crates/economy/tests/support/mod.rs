//! Two cells and what lies between them, as the tests drive them: every command is decided,
//! written as a record, read back, and applied twice, once from the draft and once from the
//! stored bytes; then the laws of the book must hold. Messages cross only when a test says so.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod books;
mod codes;
mod market;
mod observe;
mod payment;
mod payout;
mod settlement;

use corridor::Message;
use economy::{
    Command, Decision, Draft, Event, Fingerprint, Receive, Refusal, Reply, Request, State,
    decode_record, encode_record, reply_of,
};
use kernel::{Actor, Context, Id, Span, Timestamp};

pub use books::{assert_agreed, assert_laws};
pub use codes::{code_terms, found};
pub use market::{COLLEAGUE, Market, NOSTRO, WALLET, partner, rates};
pub use observe::{Observed, observe};
pub use payment::{assert_price, code};
pub use payout::{DAY, all_of, ask, assert_stand, file, sealed, sold, terms};
pub use settlement::{SUPPLY, settled};

/// The yuan cell, where the payer is.
pub const CN: usize = 0;
/// The yen cell, where the shop is.
pub const JP: usize = 1;
/// The number of the only link of each cell.
pub const LINK: u8 = 0;
/// 2 November 2026, 10:00 in Tokyo.
pub const START: Timestamp = Timestamp::from_seconds(1_793_581_200);

/// One cell, and a second state that only ever sees what was stored.
pub struct Cell {
    pub state: State,
    shadow: State,
    draft: Draft,
    /// The records in order; the place is the position less one.
    pub records: Vec<Vec<u8>>,
    /// The facts of the last record.
    pub facts: Vec<Event>,
    /// What was sent over the link, oldest first, as a relay would hand it over.
    pub sent: Vec<Receive>,
    quotes: Vec<Id<kernel::id::Quote>>,
}

impl Cell {
    pub fn new(number: u16) -> Self {
        Self {
            state: State::new(number, 1),
            // Another seed: no order of a look-up may reach a fact.
            shadow: State::new(number, 2),
            draft: Draft::default(),
            records: Vec::new(),
            facts: Vec::new(),
            sent: Vec::new(),
            quotes: Vec::new(),
        }
    }

    /// Goes on from a state that was made of each of the two.
    pub fn become_another(&mut self, other: impl Fn(&mut State) -> State) {
        self.state = other(&mut self.state);
        self.shadow = other(&mut self.shadow);
    }

    /// Decides a request as a cell does, and applies it twice.
    pub fn submit(&mut self, now: Timestamp, request: &Request) -> Result<Decision, Refusal> {
        self.facts.clear();
        let mut context = Context::new(now, request.actor, self.state.cell);
        if let Some(asked) = self.state.code_question(now, &request.command) {
            context.code = found(&asked);
        }
        let decision = self.state.decide(&context, request, &mut self.draft)?;
        if let Decision::New(reply) = &decision
            && !self.draft.events.is_empty()
        {
            self.facts = std::mem::take(&mut self.draft.events);
            self.write(now, request, reply);
        }
        Ok(decision)
    }

    fn write(&mut self, now: Timestamp, request: &Request, reply: &Reply) {
        let position = self.records.len() as u64 + 1;
        let mut record = Vec::new();
        encode_record(&mut record, request, &self.facts, reply);
        for fact in &self.facts {
            self.state.evolve(now, fact);
        }
        self.note(position);
        if let Some(asked) = &request.fingerprint {
            self.state.remember(now, asked, position, 0);
        }
        self.shadow.replay(now, position, 0, &record).expect("what was written can be read");
        assert_eq!(reply_of(&record).as_ref(), Ok(reply), "the stored reply");
        let decoded = decode_record(&record).expect("what was written can be read");
        let facts: Result<Vec<_>, _> = decoded.events().collect();
        assert_eq!(facts.as_ref(), Ok(&self.facts), "the stored facts");
        assert_eq!(
            observe(&self.state, &self.quotes),
            observe(&self.shadow, &self.quotes),
            "what is replayed is what was lived"
        );
        assert_laws(&self.state);
        self.records.push(record);
    }

    /// Keeps what a relay and a later comparison need of the newest facts.
    fn note(&mut self, position: u64) {
        for fact in &self.facts {
            match fact {
                Event::Corridor(corridor::Event::Sent(sent)) => self.sent.push(Receive {
                    link: LINK,
                    number: sent.number,
                    position,
                    hash: Some(hash_at(position)),
                    nostro_balance_after: sent.nostro_balance_after,
                    message: sent.message.clone(),
                }),
                Event::Pay(pay::Event::QuoteMade(fact)) => self.quotes.push(fact.quote),
                _ => {}
            }
        }
    }

    /// All that can be seen of the state.
    pub fn observe(&self) -> Observed {
        observe(&self.state, &self.quotes)
    }

    /// The messages that were sent, without numbers and positions.
    pub fn messages(&self) -> Vec<&Message> {
        self.sent.iter().map(|sent| &sent.message).collect()
    }
}

/// What a cell's chain shows at a position; any function of it does.
pub fn hash_at(position: u64) -> [u8; 32] {
    [position as u8; 32]
}

/// Two cells, one clock, and the maker of ids.
pub struct World {
    pub cells: [Cell; 2],
    pub now: Timestamp,
    made: u128,
}

impl World {
    /// Two empty cells, number 1 in yuan and number 2 in yen.
    pub fn empty() -> Self {
        Self { cells: [Cell::new(1), Cell::new(2)], now: START, made: 0 }
    }

    /// A fresh id of any kind.
    pub fn id<K>(&mut self) -> Id<K> {
        self.made += 1;
        Id::from_parts(self.now, self.made)
    }

    pub fn pass(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }

    /// Lets a cell decide a command and stores what follows from it.
    pub fn ask(
        &mut self,
        cell: usize,
        actor: Actor,
        command: impl Into<Command>,
    ) -> Result<Reply, Refusal> {
        let request = Request { actor, fingerprint: None, command: command.into() };
        match self.cells[cell].submit(self.now, &request)? {
            Decision::New(reply) => Ok(reply),
            Decision::Repeat { .. } => unreachable!("a request without a key is never a repeat"),
        }
    }

    /// The same under a key.
    pub fn ask_keyed(
        &mut self,
        cell: usize,
        actor: Actor,
        (key, content): (u128, u128),
        command: impl Into<Command>,
    ) -> Result<Decision, Refusal> {
        let fingerprint = Some(Fingerprint { key, content });
        let request = Request { actor, fingerprint, command: command.into() };
        self.cells[cell].submit(self.now, &request)
    }

    /// Lets the clock end what has run out, in as many records as that takes; their sizes.
    pub fn tick(&mut self, cell: usize) -> Vec<u32> {
        let mut ended = Vec::new();
        loop {
            match self.ask(cell, Actor::CELL, Command::Tick) {
                Ok(Reply::Ticked(0)) => return ended,
                Ok(Reply::Ticked(count)) => ended.push(count),
                other => panic!("a tick answers with a count, not with {other:?}"),
            }
        }
    }

    /// Hands one message over, by its place among all that `from` has sent (1 is the first).
    pub fn hand_over(&mut self, from: usize, number: u64) -> Result<Reply, Refusal> {
        let message = self.cells[from].sent[number as usize - 1].clone();
        self.ask(1 - from, Actor::CELL, Command::Receive(Box::new(message)))
    }

    /// Puts a message of a faulty sender on the link, with this balance of its nostro, and hands
    /// it over.
    pub fn forge(
        &mut self,
        from: usize,
        nostro_balance_after: Option<u64>,
        message: Message,
    ) -> Result<Reply, Refusal> {
        let forged = Receive {
            link: LINK,
            number: self.handled(from) + 1,
            position: 0,
            hash: None,
            nostro_balance_after,
            message,
        };
        self.ask(1 - from, Actor::CELL, Command::Receive(Box::new(forged)))
    }

    /// How many messages of `from` the other side has handled.
    pub fn handled(&self, from: usize) -> u64 {
        self.cells[1 - from].state.corridor.link(LINK).map_or(0, |link| link.received)
    }

    /// Hands over the next message of `from`, if there is one; whether there was.
    pub fn deliver_one(&mut self, from: usize) -> bool {
        let next = self.handled(from) + 1;
        if next > self.cells[from].sent.len() as u64 {
            return false;
        }
        let reply = self.hand_over(from, next).expect("the next message is handled");
        assert_eq!(reply, Reply::Received { through: next }, "message {next} was handled");
        true
    }

    /// Hands over all that `from` has sent and the other side has not seen.
    pub fn deliver(&mut self, from: usize) {
        while self.deliver_one(from) {}
    }

    /// Hands over everything in both directions until nobody has anything to say.
    pub fn settle(&mut self) {
        while self.deliver_one(CN) || self.deliver_one(JP) {}
    }
}
