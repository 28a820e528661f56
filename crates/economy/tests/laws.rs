//! What holds after every step, whatever people, clocks and relays do, and in whatever order
//! messages come. The driver itself checks after each record that a replay sees the same, that
//! debits equal credits, that nothing is overdrawn, and that each hold has its leg.

mod steps;
mod support;

use corridor::Message;
use kernel::{Currency, Span, share};
use pay::state::{End, IncomingState, crosses};
use proptest::collection::vec;
use proptest::prelude::*;
use steps::{Play, honest, wild};
use support::*;

/// At the number of the keeper's last message that was handled, both books hold the same.
fn assert_same_nostro(w: &World) {
    let handled = w.handled(JP) as usize;
    if let Some(at) = handled.checked_sub(1) {
        let told = w.cells[JP].sent[at].nostro_balance_after.map(i128::from);
        assert_eq!(Some(w.mirror().balance()), told, "at message {handled}");
    }
    assert_eq!(w.frozen(CN).filter(|reason| reason.stops_messages()), None);
}

/// Each day that came over is the day that was closed, begins where the one before it ended, and
/// adds up; what moved since then is what its keeper's messages say.
fn assert_days(w: &World) {
    let halves = |cell: usize| {
        w.cells[cell].state.pay.settlement().halves(LINK).cloned().unwrap_or_default()
    };
    let (kept, mirrored) = (halves(JP).nostro, halves(CN).mirror);
    let (mut sent, mut received, mut holds) = (0, 0, 0);
    for (at, known) in kept.days.iter().enumerate() {
        let day = known.day;
        assert_eq!((day.sent_after, day.received_after, day.opening), (sent, received, holds));
        (sent, received, holds) = (day.sent_through, day.received_through, day.closing);
        assert_eq!(day.sums.closing(day.opening), Some(day.closing), "{day:?}");
        let there = mirrored.days.get(at);
        assert!(there.is_none_or(|there| there.day == day && there.answer.is_some()));
        // By the messages themselves.
        let told = &w.cells[JP].sent[day.sent_after as usize..day.sent_through as usize];
        let moved = told.iter().filter(|sent| {
            matches!(sent.message, Message::Refunded { .. } | Message::NostroChanged { .. })
        });
        assert_eq!(moved.count() as u64, day.sums.refunds + day.sums.top_ups);
    }
    assert!(mirrored.days.len() <= kept.days.len());
    assert_eq!(kept.running.closing(holds).map(i128::from), Some(w.nostro().balance()));
}

/// The wallet holds what the bank brought, less what was taken, and what came back is its share.
fn assert_wallet(play: &Play) {
    let state = &play.w.cells[CN].state;
    let mut spent = 0;
    for (_, leg) in state.pay.all_outgoing() {
        let parts = [leg.principal, leg.spread, leg.fee];
        spent += parts.map(|part| share(part, leg.taken, leg.amount)).iter().sum::<u64>();
    }
    for (_, leg) in state.pay.all_closed_outgoing().filter(|(_, leg)| leg.end == End::Captured) {
        let parts = [leg.principal, leg.spread, leg.fee];
        let back = parts.map(|part| share(part, leg.refunded, leg.amount)).iter().sum::<u64>();
        let paid: u64 = parts.iter().sum();
        assert!(back <= paid);
        assert!(leg.refunded < leg.amount || back == paid, "all parts together return all");
        spent += paid - back;
    }
    let wallet = play.w.account(CN, play.m.wallet.number);
    assert_eq!(wallet.balance(), i128::from(play.brought.0) - i128::from(spent), "the wallet");
}

/// Nostro and merchant hold what the seller's legs say.
fn assert_seller(play: &Play) {
    let state = &play.w.cells[JP].state;
    let (mut crossed, mut owed) = (0, 0);
    for (_, leg) in state.pay.all_incoming().filter(|(_, leg)| leg.state == IncomingState::Held) {
        crossed += if crosses(leg.link) { leg.captured } else { 0 };
        owed += leg.captured - leg.fee;
    }
    for (_, leg) in state.pay.all_closed_incoming().filter(|(_, leg)| leg.end == End::Captured) {
        let left = leg.amount - leg.refunded;
        crossed += if crosses(leg.link) { left } else { 0 };
        owed += left - (leg.fee - share(leg.fee, leg.refunded, leg.amount));
    }
    let nostro = i128::from(play.brought.1) - i128::from(crossed);
    assert_eq!(play.w.nostro().balance(), nostro, "the nostro");
    let merchant = play.w.account(JP, play.m.merchant.number).balance();
    let on_credit = play.w.on_credit(&play.m);
    let earned = i128::from(owed) - i128::from(play.paid_out);
    assert_eq!(merchant - on_credit, earned, "the merchant, and what was paid for it");
    assert!(merchant == 0 || on_credit == 0, "who owes has nothing to be paid out");
}

/// With open links and a clock that runs, every payment ends and every hold with it.
fn assert_all_ends(play: &mut Play) {
    for side in [CN, JP] {
        let _ = play.reopen(side);
    }
    play.w.settle();
    play.end_elsewhere();
    play.w.pass(Span::days(31));
    for side in [CN, JP] {
        play.w.tick(side);
    }
    play.w.settle();
    for cell in &play.w.cells {
        let state = &cell.state;
        assert_eq!(state.pay.all_outgoing().count() + state.pay.all_incoming().count(), 0);
        assert_eq!(state.book.holds().count(), 0);
        assert_eq!(state.corridor.links[0].in_flight, 0);
        assert!(state.next_deadline().is_none_or(|at| at > play.w.now), "the clock is done");
        let pending = state.book.sums().into_iter().map(|(_, sums)| sums[2] + sums[3]);
        assert_eq!(pending.sum::<u128>(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_agree_and_everything_ends(steps in vec(honest(), 1..160)) {
        let mut play = Play::new();
        for step in &steps {
            play.step(step);
            assert_same_nostro(&play.w);
            assert_days(&play.w);
            if !play.forgot {
                assert_wallet(&play);
                assert_seller(&play);
            }
        }
        let forgot = play.forgot;
        assert_all_ends(&mut play);
        assert_same_nostro(&play.w);
        if !forgot {
            assert_seller(&play);
        }
        assert_days(&play.w);
        let agreed = |known: &pay::state::SettledDay| known.word() == "agreed";
        let settlement = play.w.cells[JP].state.pay.settlement();
        prop_assert!(settlement.half(LINK, true).is_none_or(|half| half.days.iter().all(agreed)));
        prop_assert_eq!(play.w.nostro().balance(), play.w.mirror().balance());
        let yen = play.w.kept(CN, Currency::JPY);
        prop_assert_eq!(yen.suspense, 0, "no value was lost on the way");
        prop_assert_eq!(yen.fx, -play.w.mirror().balance());
    }

    #[test]
    fn no_operator_and_no_neighbour_breaks_a_cell(steps in vec(wild(), 1..120)) {
        let mut play = Play::new();
        for step in &steps {
            // The laws of one book, and of holds and legs, are checked with each record.
            play.step(step);
        }
    }
}

/// The steps reach what they are for; else the laws would hold for want of payments.
#[test]
fn the_steps_reach_every_corner() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<&'static str, u32>::new();
    for _ in 0..80 {
        let steps = vec(honest(), 100..160).new_tree(&mut runner).unwrap().current();
        let mut play = Play::new();
        for step in &steps {
            play.step(step);
        }
        for cell in &play.w.cells {
            for record in &cell.records {
                for fact in economy::decode_record(record).unwrap().events() {
                    if let economy::Event::Pay(fact) = fact.unwrap() {
                        *seen.entry(fact.word()).or_default() += 1;
                    }
                }
            }
        }
    }
    for word in [
        "QuoteMade",
        "QuoteExpired",
        "PaymentConfirmed",
        "PaymentAuthorized",
        "CancelAsked",
        "PaymentTaken",
        "PaymentReturned",
        "RefundArrived",
        "SaleCaptured",
        "SaleHeld",
        "SalePartCaptured",
        "SaleReleased",
        "SaleDeclined",
        "SaleCancelled",
        "SaleExpired",
        "PaidHere",
        "SaleRefunded",
        "CreditLineSet",
        "MerchantReviewed",
        "PayoutAccountSet",
        "MirrorRaised",
        "DayRecorded",
        "DayAnswered",
    ] {
        assert!(seen.get(word).is_some_and(|count| *count >= 5), "{word} in {seen:?}");
    }
    for word in
        ["CreditDrawn", "CreditRepaid", "ConnectorAsked", "ConnectorPaid", "ConnectorFailed"]
    {
        assert!(seen.contains_key(word), "{word} in {seen:?}");
    }
}
