//! What must hold of two books at any time (DESIGN §5, "always true").

use std::collections::BTreeMap;

use economy::State;
use kernel::Currency;
use ledger::SideRule;
use pay::state::{End, IncomingState, NONE};

use super::{CN, JP, LINK, World};

/// Balances of the accounts that every cell has in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub fee: i128,
    pub bank: i128,
    pub payout: i128,
    pub suspense: i128,
    pub fx: i128,
    pub spread: i128,
}

impl World {
    pub fn kept(&self, cell: usize, currency: Currency) -> Kept {
        let state = &self.cells[cell].state;
        let book = state.pay.book(currency).expect("the book was opened");
        let of = |number| state.book.account(number).expect("a book has its accounts").balance();
        Kept {
            fee: of(book.fee),
            bank: of(book.bank),
            payout: of(book.payout),
            suspense: of(book.suspense),
            fx: of(book.fx),
            spread: of(book.spread),
        }
    }

    pub fn account(&self, cell: usize, number: u32) -> ledger::Account {
        *self.cells[cell].state.book.account(number).expect("the account was opened")
    }

    /// What the yen cell owes the yuan cell.
    pub fn nostro(&self) -> ledger::Account {
        let number = self.cells[JP].state.corridor.links[0].nostro;
        self.account(JP, number.expect("the yen cell keeps a nostro"))
    }

    /// What the yuan cell believes of it.
    pub fn mirror(&self) -> ledger::Account {
        let number = self.cells[CN].state.corridor.links[0].mirror;
        self.account(CN, number.expect("the yuan cell has a mirror"))
    }

    /// What the shop owes of its credit line.
    pub fn on_credit(&self, m: &super::Market) -> i128 {
        let (entry, _) = self.cells[JP].state.pay.merchant(m.merchant).expect("registered");
        let lines = &self.cells[JP].state.pay.market.credit_lines;
        let balance = |number| self.account(JP, number).balance();
        lines.get(&entry).map_or(0, |known| -balance(known.receivable) - balance(known.line))
    }

    pub fn frozen(&self, cell: usize) -> Option<&corridor::FreezeReason> {
        self.cells[cell].state.corridor.link(LINK).and_then(|link| link.frozen.as_ref())
    }
}

/// Debits equal credits, side rules hold, and each hold belongs to a leg that is under way.
pub fn assert_laws(state: &State) {
    for (currency, [debits, credits, debits_pending, credits_pending]) in state.book.sums() {
        assert_eq!(debits, credits, "posted {currency}");
        assert_eq!(debits_pending, credits_pending, "pending {currency}");
    }
    for (number, account) in state.book.accounts() {
        let taken = u128::from(account.debits_posted) + u128::from(account.debits_pending);
        if account.rule == SideRule::NeverOverdrawn {
            assert!(taken <= account.credits_posted.into(), "account {number} is overdrawn");
        }
        let given = u128::from(account.credits_posted) + u128::from(account.credits_pending);
        if account.rule == SideRule::NeverOverpaid {
            assert!(given <= account.debits_posted.into(), "account {number} is overpaid");
        }
    }
    assert_holds(state);
    for credit in state.pay.market.credit_lines.values() {
        let balance = |number| state.book.account(number).expect("opened").balance();
        let (funded, left) = (-balance(credit.receivable), balance(credit.line));
        let due = i128::from(credit.limit).max(funded - left);
        assert_eq!(funded, due, "what may be drawn and is owed, and no more, is put up");
    }
    for (_, leg) in state.pay.all_closed_incoming() {
        assert!(leg.refunded <= leg.amount && leg.fee <= leg.amount);
        assert!(leg.refunded == 0 || leg.end == End::Captured, "only what was captured comes back");
    }
    for (_, leg) in state.pay.all_closed_outgoing() {
        assert!(leg.refunded <= leg.amount);
        assert!(leg.refunded == 0 || leg.end == End::Captured, "only what was captured comes back");
    }
}

/// Each payment's hold belongs to one open leg, and holds what that leg has still to give.
fn assert_holds(state: &State) {
    let mut expected = BTreeMap::new();
    for (_, leg) in state.pay.all_outgoing() {
        let parts = [leg.principal, leg.spread, leg.fee, leg.amount];
        for (hold, part) in leg.holds.into_iter().zip(parts).filter(|(hold, _)| *hold != NONE) {
            let rest = part - kernel::share(part, leg.taken, leg.amount);
            assert_eq!(expected.insert(hold, rest), None, "two legs share hold {hold}");
        }
    }
    for (_, leg) in state.pay.all_incoming().filter(|(_, leg)| leg.state == IncomingState::Held) {
        let rest = leg.amount - leg.captured;
        assert_eq!(expected.insert(leg.hold, rest), None, "two legs share hold {}", leg.hold);
    }
    for refund in state.pay.connectors().refunds.values() {
        let parts = [refund.amount - refund.fee, refund.fee];
        for (hold, part) in refund.holds.into_iter().zip(parts).filter(|(hold, _)| *hold != NONE) {
            assert_eq!(expected.insert(hold, part), None, "two legs share hold {hold}");
        }
    }
    let held: BTreeMap<_, _> = state
        .book
        .holds()
        .filter(|(_, hold)| hold.tag == 0)
        .map(|(number, hold)| (number, hold.remaining))
        .collect();
    assert_eq!(held, expected, "holds and open legs");
}

/// When every message has been handled, both books say the same of nostro and payments.
pub fn assert_agreed(world: &World) {
    assert_eq!(world.nostro().balance(), world.mirror().balance(), "nostro and mirror");
    let (cn, jp) = (&world.cells[CN].state, &world.cells[JP].state);
    for (_, paid) in cn.pay.all_closed_outgoing() {
        let sold = jp.pay.closed_incoming(pay::state::whole(paid.id));
        match (paid.end, sold) {
            (End::Captured, Some((_, sold))) => {
                assert_eq!(sold.end, End::Captured);
                assert_eq!((paid.amount, paid.refunded), (sold.amount, sold.refunded));
            }
            (End::Captured, None) => panic!("what was paid was sold"),
            (End::Released, Some((_, sold))) => assert_eq!(sold.end, End::Released),
            _ => {}
        }
    }
    assert_eq!(cn.pay.all_outgoing().count(), held_over_the_link(jp), "legs under way");
}

fn held_over_the_link(jp: &State) -> usize {
    let held = |leg: &pay::state::Incoming| leg.state == IncomingState::Held && leg.link == LINK;
    jp.pay.all_incoming().filter(|(_, leg)| held(leg)).count()
}
