//! What the bank says: statements that follow one another, lines and what they are, transfers that
//! come back; who is paid when; and a second person's yes.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod support;

use economy::{Answer, Query, Refusal, Reply};
use kernel::id::BankFile;
use kernel::{Actor, Currency, Id, Refuse, Role, Span};
use pay::command::*;
use pay::event::{BankLine, Claim, Found, Why};
use pay::{
    Approval, BankFileEntry, BankFileView, BankLineView, PauseReason, PayoutRules, SafeguardRule,
    Schedule, StatementView,
};
use support::*;

const ACCOUNT: &str = "2476-001-1234567";

fn rules() -> PayoutRules {
    PayoutRules {
        currency: Currency::JPY,
        approval_above: None,
        today_fee: Some(150),
        return_fee: 0,
        keep_days: 60,
        source: "contract".to_owned(),
    }
}

fn line(key: u64, amount: i64, claim: Claim) -> BankLine {
    BankLine { key, day: DAY, amount, claim }
}

/// The first page of a statement of one day.
fn page(opening: i64, lines: &[BankLine]) -> ImportStatement {
    let closing = opening + lines.iter().map(|line| line.amount).sum::<i64>();
    ImportStatement {
        currency: Currency::JPY,
        account: ACCOUNT.to_owned(),
        hash: [1; 32],
        page: 0,
        pages: 1,
        from: DAY,
        to: DAY,
        opening,
        closing,
        lines: lines.into(),
    }
}

fn import(w: &mut World, m: &Market, page: ImportStatement) -> Result<StatementView, Refusal> {
    match w.ask(JP, m.operator, pay::Command::from(page))? {
        Reply::Pay(pay::Reply::Statement(view)) => Ok(view),
        other => panic!("{other:?}"),
    }
}

fn resolve(
    w: &mut World,
    m: &Market,
    line: u32,
    resolution: Resolution,
) -> Result<BankLineView, Refusal> {
    let command = pay::Command::from(ResolveBankLine { line, resolution });
    match w.ask(JP, m.operator, command)? {
        Reply::Pay(pay::Reply::BankLine(view)) => Ok(*view),
        other => panic!("{other:?}"),
    }
}

fn undo(w: &mut World, m: &Market, line: u32) -> Result<BankLineView, Refusal> {
    let command = UndoBankLine { line, reason: "a mistake".to_owned() };
    match w.ask(JP, m.operator, pay::Command::from(command))? {
        Reply::Pay(pay::Reply::BankLine(view)) => Ok(*view),
        other => panic!("{other:?}"),
    }
}

/// What lines were found to be, from a number on.
fn found(w: &World, from: u32) -> Vec<Found> {
    let lines = &w.cells[JP].state.pay.market.banking.lines;
    lines.range(from..).map(|(_, known)| known.found.clone()).collect()
}

/// A file of one transfer of 3,058 that was sent.
fn sent() -> (World, Market, Id<BankFile>) {
    let (mut w, m) = sold();
    let file = sealed(&mut w, &m);
    ask(&mut w, &m, ConfirmBankFileSent { file }).unwrap();
    (w, m, file)
}

fn staff(person: u32) -> Actor {
    Actor::of(1, Role::Operator).by(person)
}

#[test]
fn a_large_file_needs_a_second_person() {
    let (mut w, m) = sold();
    w.change(
        JP,
        m.operator,
        SetPayoutRules {
            from: w.now,
            rules: PayoutRules { approval_above: Some(3_057), ..rules() },
        },
    );
    let command = file(&mut w, &[all_of(&m)]);
    let made = w.ask(JP, staff(7), pay::Command::from(command)).unwrap();
    let Reply::Pay(pay::Reply::BankFile(view)) = made else { panic!("{made:?}") };
    assert_eq!((view.made_by, view.approval), (Some(7), Some(Approval::Needed)));
    let id = view.file;
    assert_eq!(code(ask(&mut w, &m, ConfirmBankFileSent { file: id })), "bank_file_not_approved");
    let approve = |w: &mut World, actor| {
        let reply = w.ask(JP, actor, pay::Command::from(ApproveBankFile { file: id }))?;
        match reply {
            Reply::Pay(pay::Reply::BankFile(view)) => Ok(*view),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code(approve(&mut w, staff(7))), "same_person");
    // Neither a shop nor the cell itself.
    assert_eq!(code(approve(&mut w, m.soba)), "bank_file_not_found");
    assert_eq!(code(approve(&mut w, Actor::CELL)), "bank_file_not_found");
    let given = approve(&mut w, staff(8)).unwrap();
    assert_eq!(given.approval, Some(Approval::Given(w.now, 8)));
    assert_eq!(approve(&mut w, staff(9)).unwrap().approval, given.approval, "the first counts");
    ask(&mut w, &m, ConfirmBankFileSent { file: id }).unwrap();
    assert_stand(&w, &m, [0, 0, 142, 3_058]);
}

#[test]
fn what_the_cell_made_needs_one_person_and_what_is_small_none() {
    let (mut w, m) = sold();
    let of = |above| SetPayoutRules {
        from: START,
        rules: PayoutRules { approval_above: Some(above), ..rules() },
    };
    w.change(JP, m.operator, of(3_058));
    let small = sealed(&mut w, &m);
    let refused = pay::Command::from(ApproveBankFile { file: small });
    assert_eq!(code(w.ask(JP, staff(8), refused)), "already_done");
    ask(&mut w, &m, ConfirmBankFileSent { file: small }).unwrap();

    w.paid(&m, 3_200);
    w.change(JP, m.operator, of(3_057));
    let night = SealBankFile { number: 2, hash: [8; 32], ..file(&mut w, &[all_of(&m)]) };
    let file = night.id;
    w.ask(JP, Actor::CELL, pay::Command::from(night)).unwrap();
    w.ask(JP, staff(7), pay::Command::from(ApproveBankFile { file })).unwrap();
    // Rejected is withdrawn.
    let reason = "the sum is odd".to_owned();
    ask(&mut w, &m, WithdrawBankFile { file, reason }).unwrap();
    let refused = pay::Command::from(SetPayoutRules {
        from: START,
        rules: PayoutRules { return_fee: u64::MAX, ..rules() },
    });
    assert_eq!(code(w.ask(JP, m.operator, refused)), "amount_too_large");
}

#[test]
fn a_merchant_is_paid_when_its_schedule_says_or_for_a_fee() {
    let (mut w, m) = sold();
    w.change(JP, m.operator, SetPayoutRules { from: w.now, rules: rules() });
    let schedule = |schedule| SetPayoutSchedule { merchant: m.merchant, from: START, schedule };
    let command = file(&mut w, &[all_of(&m)]);
    let payable = |w: &World| {
        let query = Query::Payable(m.soba, m.merchant, w.now);
        match w.cells[JP].state.answer(&query).unwrap() {
            Answer::Payable(known) => *known,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((payable(&w).extra, payable(&w).schedule), (Some(0), Schedule::Daily));
    // It is Monday.
    for (of, due) in [
        (Schedule::Weekly(0), true),
        (Schedule::Threshold(3_168), true),
        (Schedule::Threshold(3_169), false),
        (Schedule::Weekly(4), false),
    ] {
        w.done(JP, m.soba, schedule(of));
        assert_eq!((payable(&w).extra, payable(&w).schedule), (due.then_some(0), of));
    }
    assert_eq!(code(ask(&mut w, &m, command.clone())), "payout_not_due");
    w.done(JP, m.soba, AskPayoutToday { merchant: m.merchant });
    let asked_twice = pay::Command::from(AskPayoutToday { merchant: m.merchant });
    assert_eq!(code(w.ask(JP, m.soba, asked_twice)), "already_done");
    assert_eq!((payable(&w).extra, payable(&w).asked), (Some(150), Some(w.now)));
    let entry = BankFileEntry { amount: 3_058 - 150, ..all_of(&m) };
    let too_much = code(ask(&mut w, &m, command.clone()));
    assert_eq!(too_much, "bank_file_outdated");
    let view = ask(&mut w, &m, SealBankFile { entries: [entry].into(), ..command }).unwrap();
    assert_eq!((view.total, view.fees), (2_908, 110 + 150));
    assert_stand(&w, &m, [0, 2_908, 32 + 260, 0]);
    assert_eq!(payable(&w).asked, None, "once");

    let stranger = pay::Command::from(schedule(Schedule::Daily));
    assert_eq!(code(w.ask(JP, m.hana, stranger)), "merchant_not_found");
    for (of, expected) in
        [(Schedule::Weekly(7), "out_of_range"), (Schedule::Threshold(0), "amount_must_not_be_zero")]
    {
        assert_eq!(code(w.ask(JP, m.soba, pay::Command::from(schedule(of)))), expected);
    }
    w.pass(Span::days(4));
    assert_eq!(payable(&w).extra, Some(0), "it is Friday");
    let too_little = pay::Command::from(AskPayoutToday { merchant: m.merchant });
    assert_eq!(code(w.ask(JP, m.soba, too_little)), "payout_below_minimum");
    w.change(
        JP,
        m.operator,
        SetPayoutRules { from: w.now, rules: PayoutRules { today_fee: None, ..rules() } },
    );
    let not_offered = pay::Command::from(AskPayoutToday { merchant: m.merchant });
    assert_eq!(code(w.ask(JP, m.soba, not_offered)), "payout_today_not_offered");
}

#[test]
fn pages_follow_one_another_and_nothing_is_taken_twice() {
    let (mut w, m, _) = sent();
    let lines = [line(1, 500, Claim::Nothing), line(2, -200, Claim::Nothing)];
    let first = ImportStatement { pages: 2, ..page(10_000, &lines) };
    let view = import(&mut w, &m, first.clone()).unwrap();
    assert_eq!((view.first, view.lines, view.open, view.balance), (0, 2, 2, 10_300));
    let again = import(&mut w, &m, first.clone()).unwrap();
    assert_eq!((again.lines, again.balance), (0, 10_300), "found");
    let before = w.cells[JP].observe();
    let more = [line(3, 50, Claim::Nothing)];
    let second = ImportStatement { page: 1, pages: 2, ..page(10_300, &more) };
    let other = |change: &dyn Fn(&mut ImportStatement)| {
        let mut page = second.clone();
        change(&mut page);
        page
    };
    let of_next_day = |change: &dyn Fn(&mut ImportStatement)| {
        let mut page = page(10_350, &[BankLine { day: DAY + 1, ..line(9, 1, Claim::Nothing) }]);
        (page.hash, page.from, page.to) = ([2; 32], DAY + 1, DAY + 1);
        change(&mut page);
        page
    };
    for (page, expected) in [
        (of_next_day(&|_| {}), "statement_unfinished"),
        (other(&|page| page.opening += 1), "statement_sum_differs"),
        (other(&|page| (page.opening, page.closing) = (10_301, 10_351)), "statement_gap"),
        (other(&|page| page.pages = 3), "out_of_range"),
        (other(&|page| page.page = 2), "out_of_range"),
        (other(&|page| page.lines[0].key = 1), "bank_line_twice"),
        (other(&|page| page.lines[0].day = DAY + 1), "out_of_range"),
        (other(&|page| page.account = String::new()), "text_unfit"),
        (other(&|page| page.lines[0].amount = 0), "amount_must_not_be_zero"),
    ] {
        assert_eq!(code(import(&mut w, &m, page.clone())), expected, "{page:?}");
    }
    assert_eq!(w.cells[JP].observe(), before, "nothing happened");
    import(&mut w, &m, second).unwrap();
    for (page, expected) in [
        (of_next_day(&|page| page.from = DAY), "statement_overlap"),
        (of_next_day(&|page| (page.opening, page.closing) = (10_351, 10_352)), "statement_gap"),
        (of_next_day(&|page| (page.page, page.pages) = (1, 2)), "out_of_range"),
    ] {
        assert_eq!(code(import(&mut w, &m, page.clone())), expected, "{page:?}");
    }
    let gap = import(&mut w, &m, of_next_day(&|page| (page.opening, page.closing) = (0, 1)));
    let said = gap.unwrap_err().to_string();
    assert!(said.contains("20261104 end with a balance of 10350 and this begins with 0"), "{said}");
    import(&mut w, &m, of_next_day(&|_| {})).unwrap();
    assert_eq!(found(&w, 0).len(), 4);
}

#[test]
fn a_line_that_pays_a_file_says_that_it_was_sent() {
    let (mut w, m) = sold();
    let file = sealed(&mut w, &m);
    assert_stand(&w, &m, [0, 3_058, 142, 0]);
    import(&mut w, &m, page(100_000, &[line(1, -3_058, Claim::File(file))])).unwrap();
    assert_stand(&w, &m, [0, 0, 142, 3_058]);
    let (view, _) = w.cells[JP].state.world().bank_file(file).unwrap();
    assert_eq!((view.sent, view.bank.unwrap().line), (Some(w.now), Some(0)));
    // Another line can't be the same; undone, it can, and nothing moves.
    let next = |key, claim| {
        let mut page = page(96_942, &[BankLine { day: DAY + 1, ..line(key, -3_058, claim) }]);
        (page.hash, page.from, page.to) = ([2; 32], DAY + 1, DAY + 1);
        page
    };
    import(&mut w, &m, next(2, Claim::Nothing)).unwrap();
    assert_eq!(found(&w, 1), [Found::Open(Why::SaysNothing)]);
    assert_eq!(code(resolve(&mut w, &m, 1, Resolution::File(file))), "bank_line_unfit");
    undo(&mut w, &m, 0).unwrap();
    assert_eq!(resolve(&mut w, &m, 1, Resolution::File(file)).unwrap().found, Found::File(0));
    assert_stand(&w, &m, [0, 0, 142, 3_058]);
    assert_eq!(code(resolve(&mut w, &m, 1, Resolution::Charge)), "bank_line_not_open");
    assert_eq!(code(resolve(&mut w, &m, 9, Resolution::Charge)), "bank_line_not_found");
}

/// A debit without a name is a file's if exactly one can be meant; never one that was not approved.
#[test]
fn a_debit_without_a_name() {
    let (mut w, m) = sold();
    let file = sealed(&mut w, &m);
    import(&mut w, &m, page(0, &[line(1, -3_058, Claim::Nothing), line(2, -7, Claim::Nothing)]))
        .unwrap();
    assert_eq!(found(&w, 0), [Found::File(0), Found::Open(Why::SaysNothing)]);
    let (view, _) = w.cells[JP].state.world().bank_file(file).unwrap();
    assert!(view.sent.is_some());

    let (mut w, m) = sold();
    let above = Some(1);
    let rules = PayoutRules { approval_above: above, ..rules() };
    w.change(JP, m.operator, SetPayoutRules { from: w.now, rules });
    let large = sealed(&mut w, &m);
    let lines = [line(1, -3_058, Claim::Nothing), line(2, -3_058, Claim::File(large))];
    import(&mut w, &m, page(0, &lines)).unwrap();
    assert_eq!(found(&w, 0), [Found::Open(Why::NotApproved), Found::Open(Why::MatchedBefore)]);
    assert_stand(&w, &m, [0, 3_058, 142, 0]);
}

#[test]
fn a_transfer_that_comes_back_is_the_merchants_again() {
    let (mut w, m, file) = sent();
    let fee = SetPayoutRules { from: w.now, rules: PayoutRules { return_fee: 440, ..rules() } };
    w.change(JP, m.operator, fee);
    let back = |key| line(key, 3_058, Claim::Returned(file, 0, "AC04".to_owned()));
    let lines = [
        line(1, -3_058, Claim::Transfer(file, 0)),
        back(2),
        back(3),
        line(4, 3_057, Claim::Returned(file, 0, "AC04".to_owned())),
        line(5, 3_058, Claim::Returned(file, 1, "AC04".to_owned())),
        line(6, 3_058, Claim::Returned(Id::new(5), 0, "AC04".to_owned())),
        line(7, -3_058, Claim::Returned(file, 0, "AC04".to_owned())),
    ];
    import(&mut w, &m, page(100_000, &lines)).unwrap();
    let open = Found::Open;
    let expected = [
        Found::Transfer(0, 0),
        Found::Returned(0, 0),
        open(Why::ReturnedBefore),
        open(Why::AmountDiffers),
        open(Why::Unknown),
        open(Why::Unknown),
        open(Why::OtherWay),
    ];
    assert_eq!(found(&w, 0), expected);
    assert_stand(&w, &m, [3_058 - 440, 0, 142 + 440, 0]);

    // It is paid again only to a newer account.
    let again = |w: &mut World| {
        let entry = BankFileEntry { amount: 2_000, ..all_of(&m) };
        SealBankFile { number: 2, ..support::file(w, &[entry]) }
    };
    let command = again(&mut w);
    assert_eq!(code(ask(&mut w, &m, command)), "payout_account_returned");
    // Taken back, it is as it was, fee too; and found once more by hand.
    undo(&mut w, &m, 1).unwrap();
    assert_stand(&w, &m, [0, 0, 142, 3_058]);
    let by_hand = Resolution::Returned(file, 0, "AC01".to_owned());
    assert_eq!(resolve(&mut w, &m, 2, by_hand).unwrap().found, Found::Returned(0, 0));
    assert_stand(&w, &m, [3_058 - 440, 0, 142 + 440, 0]);
    w.done(JP, m.soba, SetPayoutAccount { merchant: m.merchant, replaces: 0 });
    let verdict = Verdict::Approve;
    w.done(JP, m.operator, ReviewMerchant { merchant: m.merchant, account: 1, verdict });
    let entry = BankFileEntry { amount: 2_000, account: 1, ..all_of(&m) };
    let command = SealBankFile { number: 2, ..support::file(&mut w, &[entry]) };
    ask(&mut w, &m, command).unwrap();
    assert_eq!(code(undo(&mut w, &m, 2)), "bank_line_final", "it was paid out again");
}

#[test]
fn what_comes_back_for_a_shop_that_can_not_have_it_is_a_task() {
    for (why, pause) in [(Why::MerchantPaused, true), (Why::MerchantLeft, false)] {
        let (mut w, m, file) = sent();
        if pause {
            let verdict = Verdict::Pause(PauseReason::Law);
            w.done(JP, m.operator, ReviewMerchant { merchant: m.merchant, account: 0, verdict });
        } else {
            w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
            let party = w.party_of(JP, m.soba);
            w.done(JP, m.soba, ForgetParty { party });
        }
        let back = line(1, 3_058, Claim::Returned(file, 0, "AC04".to_owned()));
        let view = import(&mut w, &m, page(0, &[back])).unwrap();
        assert_eq!((found(&w, 0), view.open), (vec![Found::Stranded(0, 0, why)], 1));
        let suspense = w.kept(JP, Currency::JPY).suspense;
        assert_eq!(suspense, 3_058);
        assert_stand(&w, &m, [0, 0, 142, 0]);
        undo(&mut w, &m, 0).unwrap();
        assert_eq!(w.kept(JP, Currency::JPY).suspense, 0);
        if pause {
            let verdict = Verdict::Approve;
            w.done(JP, m.operator, ReviewMerchant { merchant: m.merchant, account: 0, verdict });
            let by_hand = Resolution::Returned(file, 0, "AC04".to_owned());
            resolve(&mut w, &m, 0, by_hand).unwrap();
            assert_stand(&w, &m, [3_058, 0, 142, 0]);
        }
    }
}

#[test]
fn what_a_person_says_of_a_line() {
    let (mut w, m) = World::open();
    w.done(
        JP,
        m.operator,
        TopUpWallet { wallet: m.yen_wallet, amount: 700, reference: "slip 7".to_owned() },
    );
    let of_slip = |text: &str| Claim::Reference(pay::reference_hash(392, text));
    let lines = [
        line(1, 700, of_slip("slip 7")),
        line(2, 700, of_slip("slip 8")),
        line(3, -32, Claim::Charge),
        line(4, 1_000, Claim::Nothing),
        line(5, -90, Claim::Nothing),
        line(6, 2_000_000, Claim::Nothing),
        line(7, 55, Claim::Charge),
    ];
    import(&mut w, &m, page(0, &lines)).unwrap();
    let open = Found::Open;
    let booked = Found::Booked(pay::reference_hash(392, "slip 7"));
    let expected = [
        booked,
        open(Why::NotBooked),
        open(Why::TooLittle),
        open(Why::SaysNothing),
        open(Why::SaysNothing),
        open(Why::SaysNothing),
        open(Why::OtherWay),
    ];
    assert_eq!(found(&w, 0), expected);
    let bank = |w: &World| w.kept(JP, Currency::JPY).bank;
    let before = bank(&w);
    let to_wallet = Resolution::Wallet(m.yen_wallet);
    assert_eq!(code(resolve(&mut w, &m, 4, to_wallet.clone())), "bank_line_unfit");
    resolve(&mut w, &m, 3, to_wallet).unwrap();
    resolve(&mut w, &m, 5, Resolution::Nostro(LINK)).unwrap();
    let suspense = Resolution::Suspense("who is it?".to_owned());
    resolve(&mut w, &m, 4, suspense.clone()).unwrap();
    resolve(&mut w, &m, 6, suspense).unwrap();
    assert_eq!(bank(&w), before - 1_000 - 2_000_000 + 90 - 55);
    for (line, expected) in [(3, "bank_line_final"), (5, "bank_line_final"), (1, "already_done")] {
        assert_eq!(code(undo(&mut w, &m, line)), expected, "{line}");
    }
    undo(&mut w, &m, 4).unwrap();
    undo(&mut w, &m, 6).unwrap();
    assert_eq!(bank(&w), before - 1_000 - 2_000_000);
    w.paid(&m, 3_200);
    resolve(&mut w, &m, 2, Resolution::Charge).unwrap();
    assert_eq!(bank(&w), before - 1_000 - 2_000_000 + 32);
    let again = Resolution::Booked("slip 7".to_owned());
    assert_eq!(code(resolve(&mut w, &m, 1, again.clone())), "bank_line_unfit");
    undo(&mut w, &m, 0).unwrap();
    resolve(&mut w, &m, 1, again).unwrap();
    let answer = w.cells[JP].state.answer(&Query::Banking(w.now)).unwrap();
    let Answer::Banking(view) = answer else { panic!("{answer:?}") };
    assert_eq!((view.tasks, view.accounts.len()), (3, 1));
    let of_yen = |sums: &[(Currency, i128)]| {
        sums.iter().find(|(currency, _)| *currency == Currency::JPY).unwrap().1
    };
    assert_eq!(of_yen(&view.open), 700 - 90 + 55);
}

#[test]
fn what_must_be_kept_safe_is_dated() {
    let (mut w, m) = World::open();
    let rule = |source: &str, share_bps| SafeguardRule {
        currency: Currency::JPY,
        days: Vec::new(),
        above: 0,
        share_bps,
        source: source.to_owned(),
    };
    let from = w.now;
    w.change(JP, m.operator, SetSafeguardRule { from, rule: rule("one law", 10_000) });
    w.change(JP, m.operator, SetSafeguardRule { from, rule: rule("another", 5_000) });
    let later = w.now.plus(Span::days(1));
    w.change(JP, m.operator, SetSafeguardRule { from: later, rule: rule("another", 6_000) });
    let shares = |w: &World| {
        let answer = w.cells[JP].state.answer(&Query::Banking(w.now)).unwrap();
        let Answer::Banking(view) = answer else { panic!("{answer:?}") };
        view.safeguards.iter().map(|rule| rule.share_bps).collect::<Vec<_>>()
    };
    assert_eq!(shares(&w), [10_000, 5_000]);
    w.pass(Span::days(1));
    assert_eq!(shares(&w), [10_000, 6_000]);
    for (rule, expected) in [
        (rule("a law", 10_001), "out_of_range"),
        (SafeguardRule { days: vec![1_301], ..rule("a law", 1) }, "out_of_range"),
        (SafeguardRule { currency: Currency::EUR, ..rule("a law", 1) }, "currency_not_kept"),
        (rule("", 1), "text_unfit"),
    ] {
        let command = pay::Command::from(SetSafeguardRule { from, rule });
        assert_eq!(code(w.ask(JP, m.operator, command)), expected);
    }
}

/// Unused views of a file stay what they were.
#[test]
fn a_file_that_nobody_said_anything_of() {
    let (mut w, m) = sold();
    let file = file(&mut w, &[all_of(&m)]);
    let view: BankFileView = ask(&mut w, &m, file).unwrap();
    assert_eq!((view.made_by, view.approval, view.bank), (Some(1), None, None));
    let refusal = pay::Refusal::BankFileNotApproved { file: view.file };
    assert!(refusal.is_transient());
}
