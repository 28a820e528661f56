//! What must hold of a cell once all its records are applied.

use std::collections::BTreeMap;

use corridor::FreezeReason;
use kernel::share;
use pay::state::{End, IncomingState, NONE, Outgoing};

use crate::cell::Cell;
use crate::judge::{breaks_rule, follows_facts};
use crate::report::Report;

/// Checks the whole state of a cell, and tells what does not agree at its last group.
pub(crate) fn check(cell: &mut Cell, report: &mut Report) {
    let mut found = Vec::new();
    sums(cell, &mut found);
    accounts(cell, &mut found);
    let mut owners = BTreeMap::new();
    legs(cell, &mut owners, &mut found);
    for (number, hold) in cell.state.book.holds() {
        if hold.tag == 0 && !owners.contains_key(&number) {
            let what = format!("hold {number} over {} belongs to no payment", hold.remaining);
            found.push(("hold_without_owner", what));
        }
    }
    closed(cell, &mut found);
    links(cell, &mut found);
    for (code, what) in found {
        report.add(cell.place(cell.counted.position, None), code, what);
    }
}

type Found = Vec<(&'static str, String)>;

fn sums(cell: &Cell, found: &mut Found) {
    for (currency, [debits, credits, debits_held, credits_held]) in cell.state.book.sums() {
        if debits != credits {
            let what = format!("in {currency} debits are {debits}, credits {credits}");
            found.push(("books_unbalanced", what));
        }
        if debits_held != credits_held {
            let what =
                format!("in {currency} {debits_held} is held to take, {credits_held} to give");
            found.push(("books_unbalanced", what));
        }
    }
}

/// Side rules, balances by the facts, and what is held of each account by the holds.
fn accounts(cell: &Cell, found: &mut Found) {
    let mut held = BTreeMap::<u32, [u128; 2]>::new();
    for (_, hold) in cell.state.book.holds() {
        held.entry(hold.debit).or_default()[0] += u128::from(hold.remaining);
        held.entry(hold.credit).or_default()[1] += u128::from(hold.remaining);
    }
    for (number, account) in cell.state.book.accounts() {
        let kind = account.kind.word();
        if breaks_rule(account) {
            let what = format!("{kind} account {number} is overdrawn: {}", account.balance());
            found.push(("account_overdrawn", what));
        }
        let expected = cell.expected.get(number as usize).copied().unwrap_or_default();
        if follows_facts(account.kind) && account.balance() != expected {
            let what = format!(
                "{kind} account {number} holds {}, by the facts of its payments {expected}",
                account.balance()
            );
            found.push(("statement_differs", what));
        }
        let pending = [account.debits_pending, account.credits_pending].map(u128::from);
        let holds = held.get(&number).copied().unwrap_or_default();
        if pending != holds {
            let what =
                format!("of account {number} {pending:?} is pending, its holds are {holds:?}");
            found.push(("hold_differs", what));
        }
    }
}

/// Every open leg has its holds with the right sums, each hold one leg.
fn legs(cell: &Cell, owners: &mut BTreeMap<u32, ()>, found: &mut Found) {
    let mut own = |hold: u32, found: &mut Found| {
        if hold != NONE && owners.insert(hold, ()).is_some() {
            found.push(("hold_differs", format!("hold {hold} belongs to two payments")));
        }
    };
    for (_, leg) in cell.state.pay.all_outgoing() {
        let wallet = cell.state.pay.wallet(leg.wallet).map(|wallet| wallet.account);
        let mirror = cell.state.corridor.link(leg.link).and_then(|link| link.mirror);
        for ((hold, (part, rest)), debit) in
            leg.holds.into_iter().zip(rests(leg)).zip([wallet, wallet, wallet, mirror])
        {
            own(hold, found);
            // A part of nothing has no hold; what is taken whole leaves its hold at zero.
            let asked = if hold == NONE { part } else { rest };
            found.extend(cell.holds_part(leg.id, hold, asked, debit).err());
        }
    }
    for (_, leg) in cell.state.pay.all_incoming() {
        if leg.state == IncomingState::Held {
            own(leg.hold, found);
            let debit = cell.held_from(leg.link, leg.payer);
            let rest = leg.amount.saturating_sub(leg.captured);
            found.extend(cell.holds_part(leg.id, leg.hold, rest, debit).err());
        }
    }
    for refund in cell.state.pay.connectors().refunds.values() {
        let leg = cell.state.pay.closed_incoming(refund.payment).map(|(_, leg)| leg.store);
        let merchant = leg.and_then(|store| cell.merchant_account(store).ok());
        let connector = cell.state.pay.connectors().numbered(refund.connector);
        let book = connector.and_then(|known| cell.state.pay.book(known.currency));
        let parts =
            [(refund.amount - refund.fee, merchant), (refund.fee, book.map(|book| book.fee))];
        for (hold, (part, debit)) in refund.holds.into_iter().zip(parts) {
            own(hold, found);
            found.extend(cell.holds_part(refund.payment, hold, part, debit).err());
        }
    }
}

/// Each component of a payer's leg, and what of it is still held.
fn rests(leg: &Outgoing) -> [(u64, u64); 4] {
    let rest = |part| (part, part - share(part, leg.taken, leg.amount));
    [
        rest(leg.principal),
        rest(leg.spread),
        rest(leg.fee),
        (leg.amount, leg.amount.saturating_sub(leg.taken)),
    ]
}

fn closed(cell: &Cell, found: &mut Found) {
    let out = cell.state.pay.all_closed_outgoing();
    let out = out.map(|(_, leg)| (leg.id, leg.end, leg.amount, leg.refunded));
    let inc = cell.state.pay.all_closed_incoming();
    let inc = inc.map(|(_, leg)| (leg.id, leg.end, leg.amount, leg.refunded));
    for (id, end, amount, refunded) in out.chain(inc) {
        let most = if end == End::Captured { amount } else { 0 };
        if refunded > most {
            let id = pay::state::whole(id);
            let what = format!("of {id} {refunded} was given back, {most} was captured");
            found.push(("refund_exceeds_capture", what));
        }
    }
}

/// A link that was frozen because the sides do not agree is a difference until an operator has
/// reopened it; one that an operator froze is not.
fn links(cell: &Cell, found: &mut Found) {
    for link in &cell.state.corridor.links {
        match &link.frozen {
            None | Some(FreezeReason::ByOperator { .. }) => {}
            Some(reason) => {
                let what = format!("the link to {} is frozen: {}", link.name, reason.code());
                found.push(("link_frozen", what));
            }
        }
    }
}
