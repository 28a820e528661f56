//! §6 and §7 of a side that has merchants: the kit pays there.

use serde_json::Value;

use super::session::{Act, Session, told};
use super::{Rule, rule};
use crate::body::{self, AskLookup, Lookup, Operation};
use crate::message::{Flat, Money};

/// What one run needs, in minor units.
const PREFUND: u64 = 20_000;

pub(super) const RULES: [Rule; 15] = [
    rule("7.6", "raising the prefund is told by `nostro_changed`", prefund),
    rule("6.1", "a store is told before it is paid", |s| {
        let store = s.authorize(1)?.store;
        let asked = AskLookup { store: store.clone(), ..AskLookup::default() };
        let looked: Lookup = s.asks((Operation::Lookup, ""), body::write(&asked))?;
        let right = Some(&looked.store) == store.as_ref() && looked.open;
        right.then_some(()).ok_or_else(|| format!("expected {store:?}, open, got {looked:?}"))
    }),
    rule("6.2", "a store that is not known is not told", |s| {
        let store = Some(unknown(s)?);
        let asked = AskLookup { store, ..AskLookup::default() };
        let request = s.signed((Operation::Lookup, ""), body::write(&asked));
        s.refused(&request, "store_not_found").map(drop)
    }),
    rule("7.2", "an `authorize` for a store that is not known is declined", |s| {
        let store = Some(unknown(s)?);
        let message = Flat { store, ..s.authorize(100)? };
        s.declined(message, "store_unknown")
    }),
    rule("7.2", "an `authorize` that has expired is declined", |s| {
        let message = Flat { valid_until: Some(Session::now() - 60), ..s.authorize(100)? };
        s.declined(message, "expired")
    }),
    rule("7.2", "an `authorize` for a payment that no till asked for is declined", |s| {
        let message = Flat { requested: Some(true), ..s.authorize(100)? };
        s.declined(message, "payment_not_open")
    }),
    rule("7.2", "an `authorize` over the prefund is declined", |s| {
        let message = s.authorize(s.held()? + 1)?;
        s.declined(message, "nostro_too_low")
    }),
    rule("7.1", "an `authorize` that is good is captured, and the nostro is less by it", |s| {
        let (before, message) = (s.held()?, s.authorize(1_200)?);
        let answer = s.answered(message.clone())?;
        captured(&answer, 1_200, true, before - 1_200)?;
        s.taken = Some(message);
        Ok(())
    }),
    rule("7.2", "a payment is taken once, under whatever number it comes", |s| {
        let again = Flat { number: s.own.number + 1, ..taken(s)? };
        s.declined(again, "already_paid")
    }),
    rule("7.3", "a payment that a till asked for is paid by its amount alone", |s| {
        let mut message = requested(s, 700, false)?;
        let payment = message.payment.clone();
        let store = message.store.clone();
        let asked = AskLookup { store, payment, ..AskLookup::default() };
        let looked: Lookup = s.asks((Operation::Lookup, ""), body::write(&asked))?;
        let due = looked.due.map(|due| due.amount.amount);
        if due != Some(700) {
            return Err(format!("expected 700 to be due, got {due:?}"));
        }
        set_amount(&mut message, 701);
        s.declined(message.clone(), "amount_differs")?;
        let (before, number) = (s.held()?, s.own.number + 1);
        set_amount(&mut message, 700);
        let answer = s.answered(Flat { number, ..message })?;
        captured(&answer, 700, true, before - 700)
    }),
    rule("7.4", "what is held is captured in parts, each by its total so far", |s| {
        let before = s.held()?;
        let message = requested(s, 1_000, true)?;
        let payment = message.payment.clone().unwrap_or_default();
        let held = s.answered(message)?;
        if held.kind != "authorized" {
            return Err(format!("expected `authorized`, got {}", told(&held)));
        }
        for (amount, total, last) in [(300, 300, false), (500, 800, true)] {
            s.act(&Act::Capture { payment: payment.clone(), amount, last })?;
            let part = s.answer(&payment)?;
            captured(&part, total, last, before - total)?;
        }
        Ok(())
    }),
    rule("7.5", "what is held is given back when the payer asks to cancel", |s| {
        let before = s.held()?;
        let message = requested(s, 500, true)?;
        let payment = message.payment.clone();
        s.answered(message)?;
        let answer = s.answered(cancel(s, payment))?;
        if answer.kind != "released" || s.held()? != before {
            return Err(format!("expected `released` and {before}, got {}", told(&answer)));
        }
        Ok(())
    }),
    rule("7.5", "what is captured stays captured when the payer asks to cancel", |s| {
        let payment = taken(s)?.payment;
        let (before, message) = (s.held()?, cancel(s, payment));
        s.deliver(vec![message])?;
        let came = s.came(0)?;
        match (came.first(), s.held()? == before) {
            (None, true) => Ok(()),
            (Some(came), _) => Err(format!("expected nothing, got {}", told(came))),
            (None, false) => Err("what was captured was given back".to_owned()),
        }
    }),
    rule("7.7", "a refund in parts is told by its total so far", |s| {
        let payment = taken(s)?.payment.unwrap_or_default();
        let before = s.held()?;
        for (amount, total) in [(200, 200), (1_000, 1_200)] {
            s.act(&Act::Refund { payment: payment.clone(), amount })?;
            let back = s.answer(&payment)?;
            let right = back.kind == "refunded" && sum(&back.amount) == total;
            if !right || sum(&back.nostro_after) != before + total {
                return Err(format!("expected `refunded` ({total}), got {}", told(&back)));
            }
        }
        Ok(())
    }),
    rule("7.7", "no more is given back than was taken", |s| {
        let payment = taken(s)?.payment.unwrap_or_default();
        // Whether the sandbox says no or does nothing: no message may come of it.
        let _ = s.act(&Act::Refund { payment, amount: 1_201 });
        match s.came(0)?.first() {
            None => Ok(()),
            Some(came) => Err(format!("expected nothing, got {}", told(came))),
        }
    }),
];

fn prefund(s: &mut Session) -> Result<(), String> {
    let before = s.held()?;
    s.act(&Act::Prefund { amount: PREFUND })?;
    let came = s.came(1)?;
    let came = came.first().ok_or("no message came")?;
    let right = came.kind == "nostro_changed" && sum(&came.amount) == PREFUND;
    if !right || sum(&came.nostro_after) != before + PREFUND {
        return Err(format!("expected `nostro_changed` ({PREFUND}), got {}", told(came)));
    }
    Ok(())
}

fn sum(money: &Option<Money>) -> u64 {
    money.as_ref().map_or(0, |money| money.amount)
}

fn set_amount(message: &mut Flat, amount: u64) {
    if let Some(money) = &mut message.amount {
        money.amount = amount;
    }
}

fn captured(answer: &Flat, total: u64, last: bool, after: u64) -> Result<(), String> {
    let right = answer.kind == "captured"
        && sum(&answer.amount) == total
        && answer.last == Some(last)
        && sum(&answer.nostro_after) == after;
    if right {
        return Ok(());
    }
    let expected = format!("`captured` ({total}, last {last}, nostro after {after})");
    Err(format!("expected {expected}, got {}", told(answer)))
}

fn taken(s: &Session) -> Result<Flat, String> {
    s.taken
        .clone()
        .ok_or_else(|| "no payment was captured before, so this was not tried".to_owned())
}

fn cancel(s: &Session, payment: Option<String>) -> Flat {
    let kind = "cancel_asked".to_owned();
    Flat { number: s.own.number + 1, kind, payment, ..Flat::default() }
}

/// The sandbox's till asks for a payment; gives the `authorize` that pays it.
fn requested(s: &mut Session, amount: u64, later: bool) -> Result<Flat, String> {
    let message = s.authorize(amount)?;
    let payment = message.payment.clone().unwrap_or_default();
    s.act(&Act::Request { amount, payment, later })?;
    let capture = Some(if later { "later" } else { "now" }.to_owned());
    Ok(Flat { requested: Some(true), capture, ..message })
}

/// A store's id of the partner's that it never gave to any: with other random bits.
fn unknown(s: &Session) -> Result<String, String> {
    let store = s.authorize(1)?.store.unwrap_or_default();
    let swap = |c| if c == '0' { '1' } else { '0' };
    let (at, last) = store.char_indices().last().ok_or("the sandbox names no store")?;
    Ok(format!("{}{}", &store[..at], swap(last)))
}

/// What a partner says in a refusal, for the rule about numbers.
pub(super) fn expected(said: &Value) -> Option<u64> {
    said["expected"].as_u64()
}
