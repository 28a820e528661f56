//! Another company's wallet: what it was asked to take it takes, or not, or another sum; it answers
//! late, twice, or never, and says later that it took what it had closed. A clerk beside each cell
//! asks it what the cell has written down, and tells the cell what it said, until the cell has it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use cell::Outcome;
use economy::{Answer, Command, Query, Request, State};
use kernel::id::{Payment, Refund};
use kernel::{Actor, Id, Refuse};
use pay::command as c;
use pay::state::{AskEnd, RefundEnd, Shape};
use pay::{ConnectorAskView, ConnectorRefundView};

use crate::Broken;
use crate::process::{Ask, Ticket, Work};
use crate::world::{Event, World};

/// How long the clerk waits for the cell's answer.
const PATIENCE_US: u64 = 20_000_000;
/// How the cells call the company.
const NAME: &str = "wechat";

/// One attempt, by its number there.
type Number = (Id<Payment>, u16);

/// What became of an attempt there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// The payer has yet to do something.
    Open,
    /// So much was taken.
    Paid(u64),
    /// Nothing is taken.
    Closed,
}

/// What a word is about: said again, it is the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Paid(Number, u64),
    Closed(Number),
    Refund(Id<Refund>),
}

/// Something that it said; told to the cell until the cell has it.
#[derive(Clone, Debug)]
struct Word {
    about: About,
    command: pay::Command,
    heard: bool,
}

/// The company, and the clerk who asks it. Both outlive the cell's processes.
#[derive(Debug, Default)]
pub(crate) struct House {
    orders: BTreeMap<Number, Order>,
    /// What it said that it took, of each attempt; that which no book can hold is not in it.
    said: BTreeMap<Number, BTreeSet<u64>>,
    given: BTreeMap<Id<Refund>, (Id<Payment>, u64)>,
    refused: BTreeSet<Id<Refund>>,
    words: Vec<Word>,
    /// Whether the clerk looks for what is to be asked.
    awake: bool,
    /// Counts the clerk's questions, so that an old answer is known.
    asked: u32,
}

/// The connector that every cell opens with. It allows many parts, so that all can be given back.
pub(crate) fn connector(currency: kernel::Currency) -> c::SetConnector {
    c::SetConnector {
        name: NAME.into(),
        kind: NAME.into(),
        currency,
        refund_parts: 60_000,
        refund_days: 400,
        source: "a contract".into(),
    }
}

/// The company's own number of an attempt.
fn reference((payment, attempt): Number) -> String {
    format!("{}-{attempt}", payment.bare())
}

impl World {
    /// A till has a payment paid by the other company's wallet.
    pub fn ask_outside(&mut self, cell: usize) {
        let of_cell = |at: &usize| self.clients.purchases[*at].seller == cell;
        let known = crate::workload::open_requests(&self.clients.purchases);
        let known: Vec<usize> = known.into_iter().filter(of_cell).collect();
        let Some(at) = self.rng.workload.pick_late(&known).copied() else { return };
        let purchase = self.clients.purchases[at].clone();
        let shape = if self.rng.workload.chance(500) { Shape::Shown } else { Shape::Taken };
        let (payment, connector) = (purchase.id, NAME.to_owned());
        let actor = self.merchant_of(cell, purchase.store);
        let command = c::BeginConnectorPayment { payment, connector, shape };
        self.ask(cell, actor, pay::Command::from(command));
    }

    /// Wakes the clerk of a cell if there is something to be asked or told.
    pub fn ask_outside_soon(&mut self, cell: usize) {
        if !self.cells[cell].house.awake && self.is_open_outside(cell) {
            self.cells[cell].house.awake = true;
            let life = self.cells[cell].house.asked;
            self.at(self.now + 1, Event::Clerk { cell, life });
        }
    }

    fn is_open_outside(&self, cell: usize) -> bool {
        let place = &self.cells[cell];
        let open = |state: &State| {
            let connectors = state.pay.connectors();
            let asks = connectors.asks.values().any(|ask| ask.end.is_none());
            asks || !connectors.refunds.is_empty()
        };
        place.house.words.iter().any(|word| !word.heard)
            || place.live.as_ref().is_some_and(|process| open(process.core.state()))
    }

    /// Whether nothing waits for the company's word, and no word of it for a cell.
    pub fn nothing_outside(&self) -> bool {
        (0..2).all(|cell| !self.is_open_outside(cell))
    }

    /// What waits for the company's word, or for the cell, in words.
    pub fn open_outside(&self) -> String {
        let open = self.cells.iter().map(|cell| {
            let words = cell.house.words.iter().find(|word| !word.heard);
            let state = cell.live.as_ref().map(|process| process.core.state());
            let connectors = state.map(|state| state.pay.connectors());
            let refund = connectors.and_then(|known| known.refunds.iter().next());
            let ask =
                connectors.and_then(|known| known.asks.iter().find(|(_, ask)| ask.end.is_none()));
            format!("{words:?}, {refund:?}, {ask:?}")
        });
        open.collect::<Vec<_>>().join("; ")
    }

    /// The clerk asks the cell what is open.
    pub fn clerk(&mut self, cell: usize, life: u32) {
        if self.cells[cell].house.asked != life {
            return;
        }
        let idle = self.cells[cell].live.is_some() && !self.is_open_outside(cell);
        if idle || self.gone == Some(cell) {
            self.cells[cell].house.awake = false;
            return;
        }
        self.cells[cell].house.asked += 1;
        let life = life + 1;
        let ask = Ask::Query(Rc::new(Query::Connectors));
        self.arrive(cell, Work { ask, ticket: Ticket::Clerk(cell, life) });
        self.at(self.now + PATIENCE_US, Event::Clerk { cell, life });
    }

    /// The clerk hears, asks the company about each, and tells the cell all that it does not have.
    pub fn clerked(&mut self, cell: usize, life: u32, outcome: &Outcome) {
        if self.cells[cell].house.asked != life {
            return;
        }
        if let Outcome::Answered { answer: Answer::Connectors(open), .. } = outcome {
            for ask in &open.asks {
                self.order(cell, ask);
            }
            for refund in &open.refunds {
                self.give(cell, refund);
            }
            self.lie(cell);
            for at in 0..self.cells[cell].house.words.len() {
                let again = self.rng.outside.chance(5) && !self.calm;
                if again || !self.cells[cell].house.words[at].heard {
                    self.tell_word(cell, at);
                }
            }
        }
        let most = if self.calm { 100_000 } else { 60_000_000 };
        let pause = self.rng.outside.log(50_000, most);
        self.at(self.now + pause, Event::Clerk { cell, life });
    }

    /// Whether a question, or its answer, is lost.
    fn lost_outside(&mut self) -> bool {
        let lost = self.rng.outside.chance(200) && !self.calm;
        self.rare.hit_if(lost, "an answer of another company is lost");
        lost
    }

    fn order(&mut self, cell: usize, ask: &ConnectorAskView) {
        let number = (ask.payment, ask.attempt);
        if self.lost_outside() {
            return;
        }
        let over = ask.cancel || ask.deadline <= self.edge_time(cell) || self.calm;
        let known = self.cells[cell].house.orders.get(&number).copied();
        let rng = &mut self.rng.outside;
        let order = match (known, rng.below(12)) {
            (Some(order @ (Order::Paid(_) | Order::Closed)), _) => order,
            (_, 0) => Order::Paid(ask.amount.saturating_add(1)),
            (_, 1) if ask.amount > 1 => Order::Paid(ask.amount - 1),
            (_, 2..=6) => Order::Paid(ask.amount),
            (_, 7..=8) => Order::Closed,
            _ if over => Order::Closed,
            _ => Order::Open,
        };
        self.cells[cell].house.orders.insert(number, order);
        self.rare
            .hit_if(order != Order::Open && known.is_none(), "another company answers at once");
        if !self.lost_outside() {
            self.say(cell, number, order);
        }
    }

    /// The company says what became of an attempt.
    fn say(&mut self, cell: usize, number: Number, order: Order) {
        let ((payment, attempt), connector) = (number, NAME.to_owned());
        let (about, command): (_, pay::Command) = match order {
            Order::Open => return,
            Order::Paid(amount) => {
                self.cells[cell].house.said.entry(number).or_default().insert(amount);
                let (reference, evidence) = (reference(number), [1; 32]);
                let paid = c::ConfirmConnectorPaid {
                    payment,
                    attempt,
                    connector,
                    amount,
                    reference,
                    evidence,
                };
                (About::Paid(number, amount), paid.into())
            }
            Order::Closed => {
                let end = AskEnd::Cancelled;
                let failed = c::ConfirmConnectorFailed { payment, attempt, connector, end };
                (About::Closed(number), failed.into())
            }
        };
        self.add_word(cell, about, command);
    }

    fn add_word(&mut self, cell: usize, about: About, command: pay::Command) {
        let words = &mut self.cells[cell].house.words;
        match words.iter_mut().find(|word| word.about == about) {
            Some(known) => known.heard = false,
            None => words.push(Word { about, command, heard: false }),
        }
    }

    fn give(&mut self, cell: usize, refund: &ConnectorRefundView) {
        if self.lost_outside() {
            return;
        }
        let id = refund.refund;
        let refuses = self.rng.outside.chance(150) && !self.calm;
        let house = &mut self.cells[cell].house;
        let decided = house.given.contains_key(&id) || house.refused.contains(&id);
        match (decided, refuses) {
            (true, _) => {}
            (false, true) => _ = house.refused.insert(id),
            (false, false) => {
                _ = house.given.insert(id, (refund.payment.payment, refund.amount));
            }
        }
        let done = house.given.contains_key(&id);
        self.rare.hit(match done {
            true => "another company gives back",
            false => "another company refuses to give back",
        });
        if self.lost_outside() {
            return;
        }
        let end = if done { RefundEnd::Done } else { RefundEnd::Closed };
        let (connector, evidence) = (NAME.to_owned(), [2; 32]);
        let end = c::EndConnectorRefund { refund: id, connector, end, evidence };
        self.add_word(cell, About::Refund(id), end.into());
    }

    /// What was closed was paid after all; what was paid is said once more as another sum.
    fn lie(&mut self, cell: usize) {
        if self.calm || !self.rng.outside.chance(100) {
            return;
        }
        let orders: Vec<_> = self.cells[cell].house.orders.clone().into_iter().collect();
        let Some((number, order)) = self.rng.outside.pick_late(&orders).copied() else { return };
        let amount = self.rng.outside.log(1, 100_000);
        let order = match order {
            Order::Open => return,
            Order::Closed => {
                self.rare.hit("another company took what it had closed");
                self.cells[cell].house.orders.insert(number, Order::Paid(amount));
                Order::Paid(amount)
            }
            Order::Paid(_) => {
                self.rare.hit("another company says another sum");
                Order::Paid(amount)
            }
        };
        self.say(cell, number, order);
    }

    fn tell_word(&mut self, cell: usize, word: usize) {
        let command = Command::Pay(self.cells[cell].house.words[word].command.clone());
        let request = Request { actor: Actor::CELL, fingerprint: None, command };
        let ask = Ask::Do(Rc::new(request));
        self.arrive(cell, Work { ask, ticket: Ticket::Word(cell, word) });
    }

    /// What the cell made of a word. Only what it has, or can never have, is told no more.
    pub fn word_heard(&mut self, cell: usize, word: usize, outcome: &Outcome) {
        let (heard, unbookable) = match outcome {
            Outcome::Done { .. } | Outcome::Repeated { .. } => (true, false),
            Outcome::Refused { refusal, .. } => {
                let never = !refusal.is_transient() && refusal.code() != "already_done";
                (refusal.code() == "already_done" || never, never)
            }
            _ => (false, false),
        };
        let house = &mut self.cells[cell].house;
        let Some(known) = house.words.get_mut(word) else { return };
        known.heard |= heard;
        if let (true, pay::Command::ConfirmConnectorPaid(paid)) = (unbookable, &known.command) {
            let said = house.said.get_mut(&(paid.payment, paid.attempt));
            let _gone = said.is_some_and(|said| said.remove(&paid.amount));
            // It stays a task; a person has it put right there.
            house.orders.insert((paid.payment, paid.attempt), Order::Closed);
            self.rare.hit("more than a book can hold");
        }
    }

    /// What the company says that it took and gave back is what its account in the cell holds, and
    /// what no payment waited for is named. Nothing may be under way.
    pub fn outside_agrees(&mut self) -> Result<(), Broken> {
        if !self.remembers_all() {
            return Ok(());
        }
        for cell in 0..2 {
            let Some(process) = &self.cells[cell].live else { continue };
            let (state, house) = (process.core.state(), &self.cells[cell].house);
            let (owed, strays) = house.agrees(state)?;
            let connectors = state.pay.connectors();
            let account = connectors.known.first().and_then(|it| state.book.account(it.account));
            let held = -account.map_or(0, ledger::Account::balance);
            if held != owed {
                let what = format!("another company owes {owed}, and its account says {held}");
                return Err(Broken(format!("cell {cell}: {what}")));
            }
            self.rare.hit_if(strays > 0, "money that nobody waited for");
            self.rare.hit_if(owed > 0, "paid by another company's wallet");
        }
        Ok(())
    }

    /// The operator has all given back that no payment waited for.
    pub fn return_strays(&mut self) {
        for cell in 0..2 {
            let Some(process) = &self.cells[cell].live else { continue };
            let strays = process.core.state().pay.connectors().open_strays.keys();
            for stray in strays.copied().collect::<Vec<_>>() {
                let connector = NAME.to_owned();
                let command = pay::Command::from(c::ReturnStray { connector, stray });
                self.operate(cell, command);
            }
        }
    }

    /// What is in suspense because no payment waited for it.
    pub fn strays_of(&self, cell: usize) -> i128 {
        let state = self.cells[cell].live.as_ref().map(|process| process.core.state());
        let strays = state.map(|state| state.pay.connectors().open_strays.values());
        strays.into_iter().flatten().map(|stray| i128::from(stray.amount)).sum()
    }

    /// What shops have of it: cell, store, and the payment's amount, fee and refunds, as the company
    /// says them; the fee is the cell's.
    pub fn sold_outside(&self, cell: usize) -> Vec<(u32, [u64; 3])> {
        let Some(process) = &self.cells[cell].live else { return Vec::new() };
        let (state, house) = (process.core.state(), &self.cells[cell].house);
        let sold = house.said.keys().filter_map(|number| {
            let (_, leg) = state.pay.closed_incoming(number.0)?;
            leg.through().filter(|through| through.attempt == number.1)?;
            let back = house.given.values().filter(|(payment, _)| *payment == number.0);
            Some((leg.store, [leg.amount, leg.fee, back.map(|(_, amount)| amount).sum()]))
        });
        sold.collect()
    }
}

impl House {
    /// What the company owes by its own words, and how many of its words stand in suspense.
    fn agrees(&self, state: &State) -> Result<(i128, usize), Broken> {
        let strays = &state.pay.connectors().open_strays;
        let (mut owed, mut named) = (0_i128, 0);
        for (number, amounts) in &self.said {
            let leg = state.pay.closed_incoming(number.0).map(|(_, leg)| leg);
            let leg = leg.filter(|leg| leg.through().is_some_and(|it| it.attempt == number.1));
            if let Some(leg) = leg.filter(|leg| !amounts.contains(&leg.amount)) {
                return Err(Broken(format!("nobody said that {number:?} was paid: {leg:?}")));
            }
            owed += leg.map_or(0, |leg| i128::from(leg.amount));
            for amount in amounts {
                let is_it = |it: &&pay::state::Stray| {
                    (it.payment, it.attempt, it.amount) == (number.0, number.1, *amount)
                };
                let stray = strays.values().find(is_it);
                if stray.is_some() {
                    (owed, named) = (owed + i128::from(*amount), named + 1);
                }
                // A second word about what is booked contradicts the first, and changes nothing.
                if stray.is_none() && leg.is_none() {
                    return Err(Broken(format!("{amount} was taken for {number:?}: by nobody")));
                }
            }
        }
        if named != strays.len() {
            return Err(Broken(format!("{} in suspense, {named} of them said", strays.len())));
        }
        let given: i128 = self.given.values().map(|(_, amount)| i128::from(*amount)).sum();
        Ok((owed - given, named))
    }
}
