//! What belongs to no module: keys that are answered once, the clock's work, API keys, records.

mod support;

use corridor::CaptureMode;
use economy::{
    Command, Decision, Draft, FreezeLink, IssueKey, OpenAccount, Refusal, ReopenLink, Reply,
    Request, RevokeKey, TransferOutcome, decode_record, reply_of,
};
use kernel::{Context, Currency, Id, Role, Span};
use ledger::{Flags, SideRule, Transfer};
use pay::command::{MakeQuote, OpenWallet, RequestPayment, TopUpWallet};
use support::*;

fn top_up(m: &Market, reference: &str) -> pay::Command {
    let reference = reference.to_owned();
    TopUpWallet { wallet: m.wallet, amount: 100, reference }.into()
}

#[test]
fn a_repeat_is_answered_from_its_record() {
    let (mut w, m) = World::open();
    let first = w.ask_keyed(CN, m.operator, (7, 1), top_up(&m, "r 1")).unwrap();
    let Decision::New(reply) = first else { panic!("{first:?}") };
    let position = w.cells[CN].records.len() as u64;
    let before = w.cells[CN].observe();
    for _ in 0..2 {
        let again = w.ask_keyed(CN, m.operator, (7, 1), top_up(&m, "r 1")).unwrap();
        assert_eq!(again, Decision::Repeat { position, index: 0 });
        assert_eq!(reply_of(&w.cells[CN].records[position as usize - 1]).unwrap(), reply);
    }
    // What is compared is what the caller sent, not what the edge made of it.
    let same = w.ask_keyed(CN, m.operator, (7, 1), top_up(&m, "r 2")).unwrap();
    assert_eq!(same, Decision::Repeat { position, index: 0 });
    let other = w.ask_keyed(CN, m.operator, (7, 2), top_up(&m, "r 2"));
    assert_eq!(other, Err(Refusal::IdempotencyKeyReused));
    assert_eq!(w.cells[CN].observe(), before, "nothing moved again");
    // Another key is another request.
    let told = w.ask_keyed(CN, m.operator, (8, 1), top_up(&m, "r 1"));
    assert_eq!(code(told), "reference_already_used");
}

#[test]
fn a_refusal_is_not_remembered() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 60_000);
    let quote = w.quote_for(&m, payment, 60_000);
    let quote = w.quoted(&m, quote).unwrap().quote;
    let yes = || pay::Command::from(pay::command::ConfirmPayment { quote, again: false });
    let asked = (5, 5);
    assert_eq!(code(w.ask_keyed(CN, m.li, asked, yes())), "insufficient_funds");
    let amount = 1_000_000;
    w.done(CN, m.operator, TopUpWallet { wallet: m.wallet, amount, reference: "more".into() });
    let judged_anew = w.ask_keyed(CN, m.li, asked, yes()).unwrap();
    assert!(matches!(judged_anew, Decision::New(_)));
    let repeat = w.ask_keyed(CN, m.li, asked, yes()).unwrap();
    assert!(matches!(repeat, Decision::Repeat { .. }));
}

#[test]
fn answers_are_forgotten_by_the_hour_after_72() {
    let (mut w, m) = World::open();
    for key in 0..3 {
        w.ask_keyed(CN, m.operator, (key, 0), top_up(&m, &format!("r {key}"))).unwrap();
        w.pass(Span::seconds(30 * 60));
    }
    // At 01:00, 01:30 and 02:00: the first two leave with their hour, 72 hours on.
    let state = |w: &World| w.cells[CN].state.remembered_count();
    w.now = START.plus(Span::hours(73)).minus(Span::seconds(1));
    assert_eq!((w.tick(CN), state(&w)), (vec![], 3));
    let still = w.ask_keyed(CN, m.operator, (0, 0), top_up(&m, "r 0")).unwrap();
    assert!(matches!(still, Decision::Repeat { .. }));
    w.pass(Span::seconds(1));
    assert_eq!(w.cells[CN].state.next_deadline(), Some(w.now));
    assert_eq!((w.tick(CN), state(&w)), (vec![1], 1));
    // A forgotten key with a fresh id is a new request.
    let id = w.id();
    let party = w.party_of(CN, m.li);
    let command = pay::Command::from(OpenWallet { id, party, currency: Currency::CNY });
    let new = w.ask_keyed(CN, m.li, (0, 9), command).unwrap();
    assert!(matches!(new, Decision::New(_)));
    let (now, seen) = (w.now, w.cells[CN].state.next_deadline());
    assert_eq!(seen, Some(now.plus(Span::hours(1))), "the third's hour");
}

#[test]
fn a_full_memory_refuses_new_business_and_drops_no_key_early() {
    let (mut w, m) = World::open();
    let held = w.held(&m, 3_200);
    let first = request(w.id(), &m);
    w.ask_keyed(JP, m.soba, (1, 1), first).unwrap();
    w.cells[JP].state.max_keys = 1;
    let more = request(w.id(), &m);
    assert_eq!(w.ask_keyed(JP, m.soba, (2, 2), more), Err(Refusal::TooManyKeys));
    let finish = pay::command::CapturePayment { id: w.id(), payment: held, amount: 1, last: true };
    let finish = w.ask_keyed(JP, m.soba, (3, 3), pay::Command::from(finish)).unwrap();
    assert!(matches!(finish, Decision::New(_)), "what finishes something passes");
    // An operator can always stop a link and open it again.
    let reason = corridor::FreezeReason::ByOperator { note: "a look".into() };
    let freeze = Command::FreezeLink(FreezeLink { link: LINK, reason });
    assert_eq!(w.ask_keyed(JP, m.operator, (4, 4), freeze), Ok(Decision::New(Reply::Done)));
    let seen = w.cells[JP].state.corridor.links[0].seen;
    let reopen = Command::ReopenLink(ReopenLink {
        link: LINK,
        note: "all is well".into(),
        seen,
        handled: 0,
    });
    let reopened = w.ask_keyed(JP, m.operator, (5, 5), reopen);
    assert_eq!(reopened, Ok(Decision::New(Reply::Done)));
    assert_eq!(w.frozen(JP), None);
    let known = request(w.id(), &m);
    let repeat = w.ask_keyed(JP, m.soba, (1, 1), known).unwrap();
    assert!(matches!(repeat, Decision::Repeat { .. }));
}

fn request(id: Id<kernel::id::Payment>, m: &Market) -> pay::Command {
    RequestPayment {
        id,
        store: m.store,
        amount: 10,
        valid_for: Span::seconds(60),
        capture: CaptureMode::Now,
        purpose: pay::Purpose::Sale,
    }
    .into()
}

#[test]
fn the_clock_ends_a_thousand_a_record_in_order() {
    let (mut w, m) = World::open();
    let mut late_first = Vec::new();
    for n in 0..1_500u64 {
        let mut request = m.request(&mut w, 10 + n, CaptureMode::Now);
        // The later half of them runs out first, two by two at the same moment.
        request.valid_for = Span::seconds(3_000 - n / 2);
        late_first.push(request.id);
        w.done(JP, m.soba, request);
    }
    w.pass(Span::seconds(3_001));
    let mut ended = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let reply = w.ask(JP, kernel::Actor::CELL, Command::Tick).unwrap();
        let Reply::Ticked(count) = reply else { panic!("{reply:?}") };
        if count == 0 {
            break;
        }
        sizes.push(count);
        ended.extend(w.cells[JP].facts.iter().map(|fact| match fact {
            economy::Event::Pay(pay::Event::SaleExpired(fact)) => (fact.leg, fact.payment),
            other => panic!("{other:?}"),
        }));
    }
    assert_eq!(sizes, [1_000, 500]);
    // By deadline, then by entry, which is the order of asking here.
    let mut expected: Vec<_> = late_first.into_iter().enumerate().collect();
    expected.sort_by_key(|(n, _)| (3_000 - n / 2, *n));
    let ended: Vec<_> = ended.into_iter().map(|(leg, payment)| (leg as usize, payment)).collect();
    assert_eq!(ended, expected);
    assert_eq!(w.cells[JP].state.pay.all_incoming().count(), 0);
}

#[test]
fn a_thousand_releases_are_a_thousand_numbered_messages() {
    let (mut w, m) = World::open();
    for _ in 0..1_001 {
        w.held(&m, 10);
    }
    let sent = w.cells[JP].sent.len();
    w.pass(Span::days(30));
    assert_eq!(w.tick(JP), [1_000, 1]);
    assert_eq!(w.cells[JP].sent.len(), sent + 1_001);
    w.settle();
    assert_agreed(&w);
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
}

#[test]
fn what_runs_out_of_all_kinds_shares_the_thousand() {
    let (mut w, m) = World::open();
    let bank = w.cells[CN].state.pay.book(Currency::CNY).unwrap().bank;
    let holds: Vec<_> = (0..600)
        .map(|_| Transfer {
            id: w.id::<kernel::id::Transfer>().0,
            debit: bank,
            credit: m.wallet.number,
            amount: 1,
            timeout_s: 30,
            code: 1,
            flags: Flags(Flags::PENDING),
        })
        .collect();
    w.ask(CN, m.operator, Command::Transfers(holds.into())).unwrap();
    for _ in 0..600 {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, 500);
        w.quoted(&m, quote).unwrap();
    }
    w.pass(Span::seconds(60));
    assert_eq!(w.tick(CN), [1_000, 200]);
    assert_eq!(w.cells[CN].state.book.holds().count(), 0);
}

#[test]
fn quotes_and_the_operators_holds_run_out_in_one_record() {
    let (mut w, m) = World::open();
    let bank = w.cells[CN].state.pay.book(Currency::CNY).unwrap().bank;
    let pending = Transfer {
        id: w.id::<kernel::id::Transfer>().0,
        debit: bank,
        credit: m.wallet.number,
        amount: 5,
        timeout_s: 30,
        code: 1,
        flags: Flags(Flags::PENDING),
    };
    let reply = w.ask(CN, m.operator, Command::Transfers([pending].into())).unwrap();
    let Reply::Transfers { count: 1, outcomes } = reply else { panic!("{reply:?}") };
    assert!(matches!(outcomes[..], [(0, TransferOutcome::Held { number: 0, .. })]));
    let payment = w.id();
    let quote: MakeQuote = w.quote_for(&m, payment, 500);
    w.quoted(&m, quote).unwrap();
    w.pass(Span::seconds(60));
    assert_eq!(w.tick(CN), [2]);
    assert_eq!(w.account(CN, m.wallet.number).credits_pending, 0);
    // The transfer's id is remembered for 72 hours, to the hour.
    w.now = w.cells[CN].state.next_deadline().unwrap();
    assert_eq!(w.tick(CN), [1]);
    assert_eq!(w.cells[CN].state.next_deadline(), None);
}

#[test]
fn api_keys_are_issued_and_ended() {
    let (mut w, m) = World::open();
    let id = w.id();
    let key = IssueKey {
        id,
        hash: [1; 32],
        party: m.li.party,
        role: Role::Traveller,
        expires: None,
        person: m.li.party,
        form: economy::people::KeyForm::Api,
        scopes: economy::ANY_SCOPE,
    };
    let issue =
        |w: &mut World, key: &IssueKey| w.ask(CN, m.operator, Command::IssueKey(key.clone()));
    assert_eq!(issue(&mut w, &key), Ok(Reply::Key(id)));
    assert_eq!(issue(&mut w, &key), Err(Refusal::KeyExists));
    for wrong in [
        IssueKey { id: w.id(), party: 99, person: 99, ..key.clone() },
        // Nobody acts as the cell itself.
        IssueKey { id: w.id(), role: Role::Cell, ..key.clone() },
    ] {
        assert_eq!(issue(&mut w, &wrong), Err(Refusal::PartyNotFound));
    }
    let stale = IssueKey { id: Id::new(3), ..key };
    assert_eq!(issue(&mut w, &stale), Err(Refusal::IdExpired));
    let revoke = |w: &mut World, id| w.ask(CN, m.operator, Command::RevokeKey(RevokeKey { id }));
    assert_eq!(revoke(&mut w, Id::new(3)), Err(Refusal::KeyNotFound));
    let records = w.cells[CN].records.len();
    assert_eq!((revoke(&mut w, id), revoke(&mut w, id)), (Ok(Reply::Done), Ok(Reply::Done)));
    assert_eq!(w.cells[CN].records.len(), records + 1, "ended once");
    assert!(w.cells[CN].state.keys()[&id.0].revoked);
}

#[test]
fn accounts_and_batches_of_the_operator() {
    let (mut w, m) = World::open();
    let id = w.id();
    let open = OpenAccount { id, currency: Currency::CNY, rule: SideRule::NeverOverdrawn };
    let reply = w.ask(CN, m.operator, Command::OpenAccount(open.clone())).unwrap();
    let Reply::Account(account) = reply else { panic!("{reply:?}") };
    assert_eq!(w.account(CN, account.number).rule, SideRule::NeverOverdrawn);
    let unkept = OpenAccount { id: w.id(), currency: Currency::USD, ..open };
    let told = w.ask(CN, m.operator, Command::OpenAccount(unkept));
    assert_eq!(told, Err(Refusal::CurrencyNotKept));
    for size in [0, ledger::BATCH_MAX + 1] {
        let some = Transfer {
            id: 1,
            debit: 0,
            credit: 1,
            amount: 1,
            timeout_s: 0,
            code: 1,
            flags: Flags::default(),
        };
        let batch = Command::Transfers(vec![some; size].into());
        assert_eq!(w.ask(CN, m.operator, batch), Err(Refusal::BatchSize));
    }
    // The holds of payments are no operator's: neither captured nor voided, nor the nostro moved.
    let payment = w.held(&m, 3_200);
    assert_eq!(w.status(CN, payment), Some(pay::Status::Authorized));
    let mirror = w.cells[CN].state.corridor.links[0].mirror.unwrap();
    let number = w.cells[CN].state.book.holds().next().unwrap().0;
    for (debit, credit, flags) in [
        (number, 0, Flags::VOID),
        (number, 0, Flags::CAPTURE),
        (mirror, account.number, 0),
        (account.number, mirror, Flags::PENDING),
    ] {
        let id = w.id::<kernel::id::Transfer>().0;
        let flags = Flags(flags);
        let transfer = Transfer { id, debit, credit, amount: 1, timeout_s: 0, code: 1, flags };
        let reply = w.ask(CN, m.operator, Command::Transfers([transfer].into())).unwrap();
        let Reply::Transfers { outcomes, .. } = reply else { panic!("{reply:?}") };
        assert!(matches!(outcomes[..], [(0, TransferOutcome::Refused(_))]));
    }
    assert!(w.cells[CN].facts.is_empty(), "what moved nothing leaves no record");
}

#[test]
fn records_that_are_cut_or_changed_are_refused() {
    let (mut w, m) = World::open();
    w.ask_keyed(CN, m.operator, (7, 1), top_up(&m, "r 1")).unwrap();
    let record = w.cells[CN].records.last().unwrap().clone();
    for end in 0..record.len() {
        // A cut is found in the frame, or where facts and reply are read.
        let cut = &record[..end];
        let read = decode_record(cut).and_then(|decoded| {
            decoded.events().collect::<Result<Vec<_>, _>>()?;
            decoded.reply()
        });
        assert!(read.is_err(), "cut at {end}");
    }
    let longer = [&record[..], &[0]].concat();
    assert!(reply_of(&longer).is_err(), "a byte behind the reply");
    for (at, wrong) in [(0, 3), (1, 7), (8, 2)] {
        let mut changed = record.clone();
        changed[at] = wrong;
        assert!(decode_record(&changed).is_err(), "byte {at}");
    }
}

/// A draft that was refused, or that failed half-way, leaves nothing to the next decision.
#[test]
fn a_refused_draft_leaves_nothing_behind() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 60_000);
    let quote = w.quote_for(&m, payment, 60_000);
    let quote = w.quoted(&m, quote).unwrap().quote;
    let state = &w.cells[CN].state;
    let context = Context::new(w.now, m.li, 1);
    let ask = |command: pay::Command, draft: &mut Draft| {
        let request = Request { actor: m.li, fingerprint: None, command: command.into() };
        state.decide(&context, &request, draft)
    };
    let mut used = Draft::default();
    let poor = ask(pay::command::ConfirmPayment { quote, again: false }.into(), &mut used);
    assert_eq!(code(poor), "insufficient_funds");
    let next = pay::Command::from(OpenWallet {
        id: Id::from_parts(w.now, 1 << 60),
        party: w.party_of(CN, m.li),
        currency: Currency::CNY,
    });
    let mut clean = Draft::default();
    assert_eq!(ask(next.clone(), &mut used), ask(next, &mut clean));
    assert_eq!(used.events, clean.events);
}
