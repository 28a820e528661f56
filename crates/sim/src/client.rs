//! What clients know, send, hear, and send again: visitors, tills and operators.

use std::rc::Rc;

use economy::{Command, Fingerprint, Query, Reply, Request};
use kernel::id::{Payment, Proposal, Quote, Store, Wallet};
use kernel::{Actor, Id, Ref, Timestamp};
use ledger::Transfer;

use crate::codes::Phone;
use crate::process::{Ask, Ticket, Work};
use crate::world::{Event, World};

/// What a client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Request,
    QuoteStatic,
    QuoteDynamic,
    Confirm,
    PayHere,
    CancelByPayer,
    CancelByTill,
    Capture,
    Release,
    Refund,
    TopUp,
    TopUpNostro,
    CloseDay,
    PublishRates,
    ProposeTerms,
    DecideTerms,
    PauseStore,
    SetWindow,
    SetCreditLine,
    ReviewMerchant,
    SetPayoutAccount,
    Transfers,
    PayOut,
    SealBankFile,
    EndBankFile,
    BankSays,
    AskWallet,
    AskPayment,
    ReuseKey,
    SendAgain,
    Stranger,
    Leave,
    AskOutside,
    EnrolPhone,
    Charge,
    AnswerCharge,
}

impl Action {
    /// Each with its weight, and whether hardly anything happens without it.
    pub const ALL: &[(Self, u64, bool)] = &[
        (Self::Request, 12, true),
        (Self::QuoteStatic, 14, true),
        (Self::QuoteDynamic, 14, true),
        (Self::Confirm, 30, true),
        (Self::PayHere, 6, false),
        (Self::CancelByPayer, 3, false),
        (Self::CancelByTill, 2, false),
        (Self::Capture, 8, false),
        (Self::Release, 2, false),
        (Self::Refund, 8, false),
        (Self::TopUp, 4, true),
        (Self::TopUpNostro, 3, true),
        (Self::CloseDay, 3, false),
        (Self::PublishRates, 1, false),
        (Self::ProposeTerms, 2, false),
        (Self::DecideTerms, 3, false),
        (Self::PauseStore, 1, false),
        (Self::SetWindow, 1, false),
        (Self::SetCreditLine, 2, false),
        (Self::ReviewMerchant, 2, false),
        (Self::SetPayoutAccount, 1, false),
        (Self::Transfers, 4, false),
        (Self::PayOut, 3, false),
        (Self::SealBankFile, 3, false),
        (Self::EndBankFile, 2, false),
        (Self::BankSays, 6, false),
        (Self::AskWallet, 3, false),
        (Self::AskPayment, 4, false),
        (Self::ReuseKey, 1, false),
        (Self::SendAgain, 3, false),
        (Self::Stranger, 2, false),
        (Self::Leave, 1, false),
        (Self::AskOutside, 6, false),
        (Self::EnrolPhone, 1, false),
        (Self::Charge, 10, false),
        (Self::AnswerCharge, 8, false),
    ];
}

/// What is expected of an operation beyond what holds of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ordinary,
    /// Asked by someone who may not: never done.
    Stranger,
    /// Another request under the key of one that is done: always refused so.
    ReusedKey {
        /// The group that has its record.
        first: u64,
    },
}

/// What a client was told for sure.
#[derive(Clone, Debug)]
pub(crate) enum Settled {
    Done {
        reply: Reply,
        place: Option<(u64, u32)>,
    },
    Answered,
    Refused,
    /// Nobody asks any more.
    GivenUp,
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The highest position anybody was told of when it was sent.
    pub floor: u64,
    /// Whether the client knew already that it was done.
    pub after: bool,
    pub heard: bool,
}

/// One thing that one client wants of one cell.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub cell: usize,
    pub ask: Ask,
    pub kind: Kind,
    pub settled: Option<Settled>,
    /// Whether some attempt ended without a word: then it may have happened.
    pub doubtful: bool,
    since: u64,
    pub attempts: Vec<Attempt>,
}

impl Op {
    /// Nobody sends it any more.
    pub fn no_more(&mut self) {
        self.since = 0;
    }

    pub fn key(&self) -> Option<u128> {
        match &self.ask {
            Ask::Do(request) => request.fingerprint.map(|asked| asked.key),
            Ask::Query(_) => None,
        }
    }

    pub fn command(&self) -> Option<&Command> {
        match &self.ask {
            Ask::Do(request) => Some(&request.command),
            Ask::Query(_) => None,
        }
    }

    /// Where its record stands, if the client was told.
    pub fn place(&self) -> Option<(u64, u32)> {
        match self.settled {
            Some(Settled::Done { place, .. }) => place,
            _ => None,
        }
    }

    /// Whether every attempt was answered "no".
    pub fn surely_nothing(&self) -> bool {
        matches!(self.settled, Some(Settled::Refused | Settled::GivenUp))
            && !self.doubtful
            && self.attempts.iter().all(|attempt| attempt.heard)
    }
}

/// A purchase as its two sides know it.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub id: Id<Payment>,
    pub seller: usize,
    pub store: usize,
    pub amount: u64,
    pub later: bool,
    pub requested: bool,
    pub deadline: Option<Timestamp>,
    /// The payer, its cell and whether a quote was confirmed, as far as clients know.
    pub payer: Option<(usize, Actor)>,
}

/// A quote that a client holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub id: Id<Quote>,
    pub cell: usize,
    pub actor: Actor,
}

/// All that clients know.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    pub ops: Vec<Op>,
    pub purchases: Vec<Purchase>,
    pub quotes: Vec<Held>,
    /// Those that nobody has said yes to, as far as their holders know.
    pub unused: Vec<Held>,
    /// The purchases that somebody said yes to, by place: taken at once, and to be captured.
    pub paid: [Vec<usize>; 2],
    /// Holds of the operators' own: cell, number, tag.
    pub holds: Vec<(usize, u32, u32)>,
    /// The transfers of batches by cell, so that ids come again.
    pub transfers: [Vec<Transfer>; 2],
    pub date: u32,
    pub references: u64,
    /// Changes of terms that were proposed, by cell.
    pub proposals: Vec<(usize, Id<Proposal>)>,
    /// How many files by which banks pay merchants were asked for.
    pub bank_file: u16,
    pub bank_files: Vec<crate::payouts::Made>,
    pub phones: Vec<Phone>,
    /// The codes that phones have shown.
    pub shown: Vec<String>,
}

/// How long a client goes on sending the same again.
const GIVE_UP_US: u64 = 24 * 3_600_000_000;

impl World {
    /// A new operation, sent once or twice.
    pub fn ask(&mut self, cell: usize, actor: Actor, command: impl Into<Command>) -> usize {
        let number = self.clients.ops.len() as u128 + 1;
        let key = number << 64 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let fingerprint = Some(Fingerprint { key, content: number });
        let request = Request { actor, fingerprint, command: command.into() };
        let op = self.add(cell, Ask::Do(Rc::new(request)), Kind::Ordinary);
        if self.rng.workload.chance(self.plan.double_tap) {
            self.rare.hit("a double tap");
            self.send(op);
        }
        op
    }

    /// The same of a cell's operator.
    pub fn operate(&mut self, cell: usize, command: impl Into<Command>) {
        self.ask(cell, self.markets[cell].operator, command);
    }

    /// The same for a question.
    pub fn query(&mut self, cell: usize, query: Query) -> usize {
        self.add(cell, Ask::Query(Rc::new(query)), Kind::Ordinary)
    }

    fn add(&mut self, cell: usize, ask: Ask, kind: Kind) -> usize {
        let op = self.clients.ops.len();
        self.clients.ops.push(Op {
            cell,
            ask,
            kind,
            settled: None,
            doubtful: false,
            since: self.now,
            attempts: Vec::new(),
        });
        self.send(op);
        op
    }

    /// Sends another request under the key of one that is done.
    pub fn reuse_key(&mut self, op: usize) {
        let Op { cell, ask: Ask::Do(request), since, .. } = &self.clients.ops[op] else { return };
        let Some((first, _)) = self.clients.ops[op].place() else { return };
        if self.now - since > GIVE_UP_US {
            return;
        }
        let (cell, mut other) = (*cell, Request::clone(request));
        if let Some(asked) = other.fingerprint.as_mut() {
            asked.content ^= 1;
        }
        self.add(cell, Ask::Do(Rc::new(other)), Kind::ReusedKey { first });
    }

    /// Lets somebody ask who may not.
    pub fn ask_as_stranger(&mut self, cell: usize, actor: Actor, command: Command) {
        let op = self.ask(cell, actor, command);
        self.clients.ops[op].kind = Kind::Stranger;
    }

    fn send(&mut self, op: usize) {
        let one = &mut self.clients.ops[op];
        let (cell, ask, attempt) = (one.cell, one.ask.clone(), one.attempts.len());
        let after = one.place().is_some();
        let floor = self.cells[cell].told;
        one.attempts.push(Attempt { floor, after, heard: false });
        let at = self.now + self.way();
        if !self.lost() {
            let work = Work { ask, ticket: Ticket::Client(op, attempt) };
            self.at(at, Event::Arrive { cell, work });
        }
        let way = if self.calm { 2_000 } else { self.plan.net_us };
        let patience = self.rng.net.log(500_000, 20_000_000 + way);
        self.at(self.now + patience, Event::Patience { op, attempt });
    }

    /// Sends a request once more, if anybody still wants to know.
    pub fn again(&mut self, op: usize) {
        let one = &self.clients.ops[op];
        if self.now - one.since > GIVE_UP_US {
            self.give_up(op);
        } else {
            self.send(op);
        }
    }

    pub fn give_up(&mut self, op: usize) {
        let one = &mut self.clients.ops[op];
        if one.settled.is_none() {
            one.settled = Some(Settled::GivenUp);
            self.rare.hit("a client gave up");
        }
    }

    /// An attempt was not answered in time.
    pub fn out_of_patience(&mut self, op: usize, attempt: usize) {
        if self.clients.ops[op].attempts[attempt].heard {
            return;
        }
        // Whatever comes later finds nobody who listens.
        self.clients.ops[op].attempts[attempt].heard = true;
        self.clients.ops[op].doubtful = true;
        self.doubt(op);
    }

    /// The client of an operation does not know what came of it.
    pub fn doubt(&mut self, op: usize) {
        self.rare.hit("an outcome in doubt");
        let one = &self.clients.ops[op];
        let question = matches!(one.ask, Ask::Query(_));
        if one.settled.is_some() {
            return;
        }
        if question || (!self.calm && self.rng.workload.chance(self.plan.forget)) {
            return self.give_up(op);
        }
        let pause = self.rng.workload.log(10_000, 60_000_000);
        self.at(self.now + pause, Event::Again { op });
    }

    /// Whether the client of some operation still waits.
    pub fn anybody_waits(&self) -> bool {
        self.clients.ops.iter().any(|op| op.settled.is_none())
    }

    /// A store of a cell by its place.
    pub fn store(&self, cell: usize, place: usize) -> Ref<Store> {
        self.markets[cell].stores[place].1
    }

    /// Who may act for a store.
    pub fn merchant_of(&self, cell: usize, place: usize) -> Actor {
        let market = &self.markets[cell];
        market.merchants[market.stores[place].0].0
    }

    /// A wallet of a cell and whose it is.
    pub fn wallet(&mut self, cell: usize) -> (Actor, Ref<Wallet>) {
        let wallets = &self.markets[cell].wallets;
        wallets[self.rng.workload.below(wallets.len() as u64) as usize]
    }
}
