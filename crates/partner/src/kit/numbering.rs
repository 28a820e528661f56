//! §4, §5 and §8: numbers, the witness, and the file of the day. The last rule stops the link, so it
//! stands last.

use super::session::{Act, Session};
use super::{Rule, rule};
use crate::body::{self, Delivery, Operation, Standing};
use crate::chain::{Chain, Hash};
use crate::day::Day;
use crate::message::Flat;

pub(super) const RULES: [Rule; 6] = [
    rule("4.3", "a message that came before is seen once", |s| {
        let message = harmless(s);
        let before = s.own;
        s.deliver(vec![message.clone()])?;
        let theirs = s.came(0)?.len();
        let again = Delivery::of(before, vec![message]);
        let stands: Standing = s.asks((Operation::Deliver, ""), body::write(&again))?;
        let more = s.came(0)?.len();
        let right = stands.received == s.own && theirs + more == 0;
        right.then_some(()).ok_or_else(|| "it was counted, or answered, again".to_owned())
    }),
    rule("4.3", "a message that is not the next is refused with the number that is", |s| {
        let due = s.own.number + 1;
        let after = Chain { number: due, witness: Hash([0x11; 32]) };
        let message = Flat { number: due + 1, ..harmless(s) };
        let gap = body::write(&Delivery::of(after, vec![message]));
        let said = s.refused(&s.signed((Operation::Deliver, ""), gap), "partner_out_of_order")?;
        let expected = super::seller::expected(&said);
        let words = || format!("expected `expected` to be {due}, got {expected:?}");
        (expected == Some(due)).then_some(()).ok_or_else(words)
    }),
    rule("5.1", "a message with a member that its kind does not have is refused", |s| {
        let message = Flat { last: Some(true), ..harmless(s) };
        let body = body::write(&Delivery::of(s.own, vec![message]));
        s.refused(&s.signed((Operation::Deliver, ""), body), "partner_malformed").map(drop)
    }),
    rule("5.1", "a message of a kind that is not known is refused", |s| {
        let message = Flat { kind: "gift".to_owned(), ..harmless(s) };
        let body = body::write(&Delivery::of(s.own, vec![message]));
        s.refused(&s.signed((Operation::Deliver, ""), body), "partner_malformed").map(drop)
    }),
    rule("8.1", "the file of the day says what passed", |s| {
        let date = date(Session::now());
        let raw = s.sent(&s.signed((Operation::Day, &format!("date={date}")), Vec::new()))?;
        let text = String::from_utf8(raw.body).map_err(|_| "it is not UTF-8")?;
        let day = Day::read(&text).map_err(|why| why.to_string())?;
        // What was sent by now, from where the kit began: today, unless midnight has passed.
        let (first, last) = (day.before.number + 1, day.through);
        if s.theirs.number > s.began.number && (last != s.theirs || first > s.began.number + 1) {
            return Err(format!(
                "expected it to end with message {} and witness {}, got {} and {}",
                s.theirs.number, s.theirs.witness, last.number, last.witness
            ));
        }
        Ok(())
    }),
    rule("4.4", "another past than the one that was seen stops the link", |s| {
        let message = harmless(s);
        s.deliver(vec![message])?;
        let forked = Chain { number: s.own.number, witness: Hash([0x77; 32]) };
        let body = body::write(&Delivery::of(forked, Vec::new()));
        s.refused(&s.signed((Operation::Deliver, ""), body), "partner_witness_differs")?;
        let stands: Standing = s.asks((Operation::Standing, ""), Vec::new())?;
        if !stands.stopped || stands.frozen.as_deref() != Some("witness_differs") {
            return Err(format!("expected the link to stand still, got {:?}", stands.frozen));
        }
        s.act(&Act::Reopen).map(drop)
    }),
];

/// A message that moves nothing: the payer wants out of a payment that nobody knows.
fn harmless(s: &Session) -> Flat {
    Flat {
        number: s.own.number + 1,
        kind: "cancel_asked".to_owned(),
        payment: Some(Session::payment()),
        ..Flat::default()
    }
}

/// The day in UTC of a second.
fn date(second: u64) -> String {
    let day = kernel::Timestamp::from_seconds(second).date(kernel::Span::default());
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}
