//! What is always true of one cell (DESIGN §5).

use std::collections::BTreeMap;

use economy::State;
use journal::memory::Disk;
use kernel::Timestamp;
use ledger::{Hold, SideRule};
use pay::state::{End, IncomingState, NONE, Outgoing};

use crate::Broken;
use crate::forgetting::leaving;
use crate::process::replayed;

fn hold_to(law: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if law { Ok(()) } else { Err(Broken(what())) }
}

/// What is quick to check, after every turn of a cell.
pub(crate) fn cheap(state: &State) -> Result<(), Broken> {
    for (currency, [debits, credits, held, given]) in state.book.sums() {
        hold_to(debits == credits && held == given, || {
            format!("{currency}: debits {debits} + {held}, credits {credits} + {given}")
        })?;
    }
    for (number, account) in state.book.accounts() {
        let (taken, given) = (
            u128::from(account.debits_posted) + u128::from(account.debits_pending),
            u128::from(account.credits_posted) + u128::from(account.credits_pending),
        );
        let fits = match account.rule {
            SideRule::Free => true,
            SideRule::NeverOverdrawn => taken <= u128::from(account.credits_posted),
            SideRule::NeverOverpaid => given <= u128::from(account.debits_posted),
        };
        hold_to(fits, || format!("account {number} breaks its rule: {account:?}"))?;
    }
    Ok(())
}

/// Everything that one state must be.
pub(crate) fn state(state: &State) -> Result<(), Broken> {
    cheap(state)?;
    pending(state)?;
    gone(state)?;
    holds(state)?;
    links(state)?;
    credit(state)?;
    for (_, leg) in state.pay.all_closed_incoming() {
        let given = leg.refunded == 0 || leg.end == End::Captured;
        hold_to(leg.refunded <= leg.amount && leg.fee <= leg.amount && given, || {
            format!("a sale gave back what it never took: {leg:?}")
        })?;
    }
    for (_, leg) in state.pay.all_closed_outgoing() {
        let given = leg.refunded == 0 || leg.end == End::Captured;
        hold_to(leg.refunded <= leg.amount && given, || {
            format!("a payment came back that never left: {leg:?}")
        })?;
    }
    Ok(())
}

/// What accounts hold for later is what the holds say.
fn pending(state: &State) -> Result<(), Broken> {
    let mut sums: BTreeMap<u32, [u128; 2]> = BTreeMap::new();
    for (_, hold) in state.book.holds() {
        sums.entry(hold.debit).or_default()[0] += u128::from(hold.remaining);
        sums.entry(hold.credit).or_default()[1] += u128::from(hold.remaining);
    }
    for (number, account) in state.book.accounts() {
        let [debits, credits] = sums.get(&number).copied().unwrap_or_default();
        let same =
            debits == account.debits_pending.into() && credits == account.credits_pending.into();
        hold_to(same, || format!("account {number} holds {debits} and {credits}: {account:?}"))?;
    }
    Ok(())
}

/// Whoever asked to be forgotten has no money, and gets none.
fn gone(state: &State) -> Result<(), Broken> {
    for party in leaving(state) {
        for (_, wallet) in state.pay.wallets_of(party) {
            let account = state.book.account(wallet.account);
            let empty = account.is_some_and(|account| {
                account.balance() == 0
                    && [account.debits_pending, account.credits_pending] == [0; 2]
            });
            hold_to(empty, || format!("party {party} left, and has {account:?}"))?;
        }
    }
    Ok(())
}

/// Each hold belongs to one leg of one payment, or to the operator.
fn holds(state: &State) -> Result<(), Broken> {
    let mut owned: BTreeMap<u32, u64> = BTreeMap::new();
    let mut own = |hold: u32, rest: u64, what: &dyn std::fmt::Debug| {
        hold_to(owned.insert(hold, rest).is_none(), || {
            format!("hold {hold} is owned twice: {what:?}")
        })
    };
    for (_, leg) in state.pay.all_outgoing() {
        for (hold, rest) in leg.holds.into_iter().zip(rests(leg)) {
            if hold != NONE {
                own(hold, rest, leg)?;
            }
        }
    }
    for (_, leg) in state.pay.all_incoming() {
        let held = leg.state == IncomingState::Held;
        hold_to(held == (leg.hold != NONE), || format!("a sale with a wrong hold: {leg:?}"))?;
        if held {
            own(leg.hold, leg.amount - leg.captured, leg)?;
        }
    }
    for refund in state.pay.connectors().refunds.values() {
        let parts = [refund.amount - refund.fee, refund.fee];
        for (hold, part) in refund.holds.into_iter().zip(parts) {
            if hold != NONE {
                own(hold, part, refund)?;
            }
        }
    }
    for (number, hold) in state.book.holds() {
        let Hold { remaining, tag, .. } = *hold;
        match owned.remove(&number) {
            Some(rest) => hold_to(tag == 0 && rest == remaining, || {
                format!("hold {number} should hold {rest}: {hold:?}")
            })?,
            None => hold_to(tag != 0, || format!("hold {number} belongs to nobody: {hold:?}"))?,
        }
    }
    hold_to(owned.is_empty(), || format!("holds that do not exist: {owned:?}"))
}

/// What of each component is still held for the seller: a naive floor, in wide numbers.
fn rests(leg: &Outgoing) -> [u64; 4] {
    let rest = |component: u64| component - floor_share(component, leg.taken, leg.amount);
    [rest(leg.principal), rest(leg.spread), rest(leg.fee), leg.amount - leg.taken]
}

/// `component × part ÷ whole`, rounded down: what the product's one function must agree with.
pub(crate) fn floor_share(component: u64, part: u64, whole: u64) -> u64 {
    let wide = u128::from(component) * u128::from(part) / u128::from(whole.max(1));
    wide as u64
}

/// The operator has put up what a merchant may draw and what it owes, and no more.
fn credit(state: &State) -> Result<(), Broken> {
    let balance = |number| state.book.account(number).map_or(0, ledger::Account::balance);
    for (merchant, credit) in &state.pay.market.credit_lines {
        let (funded, left) = (-balance(credit.receivable), balance(credit.line));
        let owed = funded - left;
        let fits = owed >= 0 && left >= 0 && funded == owed.max(credit.limit.into());
        hold_to(fits, || {
            format!("merchant {merchant}: {funded} put up, {left} of it left: {credit:?}")
        })?;
    }
    Ok(())
}

fn links(state: &State) -> Result<(), Broken> {
    for link in &state.corridor.links {
        let open = link.unanswered.iter().filter(|waiting| !waiting.answered).count();
        hold_to(open == link.in_flight as usize, || format!("in flight: {link:?}"))?;
        let ascending = link.unanswered.iter().zip(link.unanswered.iter().skip(1));
        let ascending = ascending.into_iter().all(|(a, b)| a.number < b.number);
        hold_to(ascending, || format!("unanswered out of order: {link:?}"))?;
        let asked = state
            .pay
            .all_outgoing()
            .filter(|(_, leg)| leg.state == pay::state::OutgoingState::Confirmed);
        let asked = asked.count();
        hold_to(asked <= open, || format!("{asked} legs wait, {open} messages: {link:?}"))?;
    }
    Ok(())
}

/// A live state whose every record is durable is what its journal comes to.
pub(crate) fn replay(cell: usize, disk: &Disk, live: &State) -> Result<(), Broken> {
    let (again, _) = replayed(cell, disk, 77)?;
    match differs(live, &again) {
        None => Ok(()),
        Some(what) => Err(Broken(format!("cell {cell}: replay and live state differ in {what}"))),
    }
}

/// The first part in which two states differ.
pub(crate) fn differs(one: &State, other: &State) -> Option<&'static str> {
    let (a, b) = (one, other);
    let wallets = |state: &State| -> Vec<_> {
        (0..).map_while(|entry| state.pay.wallet(entry).copied()).collect()
    };
    let parts: [(&str, bool); 15] = [
        ("accounts", a.book.accounts().eq(b.book.accounts())),
        ("holds", a.book.holds().eq(b.book.holds())),
        ("transfers", a.book.transfer_count() == b.book.transfer_count()),
        ("links", a.corridor == b.corridor),
        ("the market", a.pay.market == b.pay.market),
        ("wallets", wallets(a) == wallets(b)),
        ("phones", a.pay.all_phones().eq(b.pay.all_phones())),
        ("payers' open legs", a.pay.all_outgoing().eq(b.pay.all_outgoing())),
        ("payers' closed legs", a.pay.all_closed_outgoing().eq(b.pay.all_closed_outgoing())),
        ("sellers' open legs", a.pay.all_incoming().eq(b.pay.all_incoming())),
        ("sellers' closed legs", a.pay.all_closed_incoming().eq(b.pay.all_closed_incoming())),
        ("named parts", a.pay.all_parts().eq(b.pay.all_parts())),
        ("keys", a.keys() == b.keys()),
        ("remembered answers", a.remembered_count() == b.remembered_count()),
        ("deadlines", a.next_deadline() == b.next_deadline() && due(a) == due(b)),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}

fn due(state: &State) -> usize {
    state.pay.due(Timestamp(u64::MAX), usize::MAX).len()
}
