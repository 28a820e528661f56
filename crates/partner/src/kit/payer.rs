//! §7 of a side that has wallets: its payer pays at a merchant of the kit.

use kernel::Ref;
use kernel::id::Store;

use super::session::{Act, Session, told};
use super::{Rule, rule};
use crate::body::{Operation, Standing};
use crate::message::{Flat, Money};

/// What the partner gets to hold with the kit, in minor units.
const PREFUND: u64 = 20_000;

pub(super) const RULES: [Rule; 5] = [
    rule("7.6", "a raised prefund is booked to the same amount", |s| {
        let after = mirror(s)? + PREFUND;
        let message = kept(s, "nostro_changed", None, Some(PREFUND), after)?;
        s.deliver(vec![message])?;
        is(s, after)
    }),
    rule("7.1", "a payer's payment is authorized as it was asked for", |s| {
        let (payment, asked) = paid(s, 1_500)?;
        let right = asked.kind == "authorize"
            && asked.amount.as_ref().is_some_and(|money| money.amount == 1_500)
            && asked.valid_until.is_some_and(|until| until > Session::now())
            && asked.nostro_after.is_none();
        let after = mirror(s)? - 1_500;
        let captured =
            Flat { last: Some(true), ..kept(s, "captured", Some(payment), Some(1_500), after)? };
        s.taken = Some(captured.clone());
        s.deliver(vec![captured])?;
        if !right {
            return Err(format!("expected `authorize` (1500), got {}", told(&asked)));
        }
        is(s, after)
    }),
    rule("7.2", "what is declined moves nothing", |s| {
        let before = mirror(s)?;
        let (payment, _) = paid(s, 400)?;
        let word = Some("store_unknown".to_owned());
        let declined = Flat { word, ..kept(s, "declined", Some(payment), None, before)? };
        s.deliver(vec![declined])?;
        is(s, before)
    }),
    rule("7.7", "a refund in parts is booked by its total so far", |s| {
        let payment = s.taken.as_ref().and_then(|taken| taken.payment.clone());
        let payment = payment.ok_or("no payment was captured before, so this was not tried")?;
        let before = mirror(s)?;
        for total in [500, 1_500] {
            let after = before + total;
            let back = kept(s, "refunded", Some(payment.clone()), Some(total), after)?;
            s.deliver(vec![back])?;
            is(s, after)?;
        }
        Ok(())
    }),
    rule("4.5", "books that differ stop the link, and nothing is booked", |s| {
        let before = mirror(s)?;
        // It says 1 more than it comes to.
        let wrong = kept(s, "nostro_changed", None, Some(10), before + 11)?;
        let delivery = crate::body::Delivery::of(s.own, vec![wrong]);
        let body = crate::body::write(&delivery);
        s.refused(&s.signed((Operation::Deliver, ""), body), "partner_stopped")?;
        is(s, before)?;
        let stands: Standing = s.asks((Operation::Standing, ""), Vec::new())?;
        if stands.frozen.as_deref() != Some("balances_differ") {
            return Err(format!("expected `balances_differ`, got {:?}", stands.frozen));
        }
        s.act(&Act::Reopen).map(drop)
    }),
];

fn mirror(s: &Session) -> Result<u64, String> {
    let standing: Standing = s.asks((Operation::Standing, ""), Vec::new())?;
    standing.mirror.map(|money| money.amount).ok_or_else(|| "no `mirror`".to_owned())
}

fn is(s: &Session, expected: u64) -> Result<(), String> {
    let held = mirror(s)?;
    let words = || format!("expected `mirror` to be {expected}, got {held}");
    (held == expected).then_some(()).ok_or_else(words)
}

/// A message of the kit as the keeper of a nostro.
fn kept(
    s: &Session,
    kind: &str,
    payment: Option<String>,
    amount: Option<u64>,
    after: u64,
) -> Result<Flat, String> {
    let mirror = s.standing.as_ref().and_then(|standing| standing.mirror.clone());
    let currency = mirror.ok_or("the partner holds nothing here")?.currency;
    let money = |amount| Money { amount, currency: currency.clone() };
    Ok(Flat {
        number: s.own.number + 1,
        kind: kind.to_owned(),
        payment,
        amount: amount.map(money),
        nostro_after: Some(money(after)),
        ..Flat::default()
    })
}

/// The sandbox's payer pays at a store of the kit; gives the payment and what came of it.
fn paid(s: &mut Session, amount: u64) -> Result<(String, Flat), String> {
    let store = Ref::<Store>::new(s.number(), 1, 1).to_string();
    let payment = Session::payment();
    s.act(&Act::Pay { store, amount, payment: payment.clone() })?;
    let asked = s.answer(&payment)?;
    Ok((payment, asked))
}
