//! Records as they lie in journals: header, facts and reply of one command; the economy's own
//! facts; every shape of a reply, and what of a view is stored.

#[path = "../../corridor/tests/stored/mod.rs"]
mod stored;

use corridor::{CaptureMode, ChargeAnswer, DeclineReason, Message, Sent};
use economy::people::event::*;
use economy::people::{AccessRules, Duty, KeyForm, Opened};
use economy::{
    AnswersForgotten, Command, Event, Fingerprint, Header, KeyIssued, KeyIssuedV1, KeyRevoked,
    OwnEvent, Receive, Reply, Request, TransferOutcome, decode_record, encode_record,
};
use kernel::{Actor, Currency, Id, Ref, Role, Timestamp};
use ledger::Movement;
use pay::costs::{Costs, FeeRate, ShareKind};
use pay::event::{BankLine, Claim, Found};
use pay::state::Shape;
use pay::{
    Approval, AtBank, BankFileView, BankLineView, CaptureView, Category, ChargeView,
    ConnectorAskView, ConnectorRefundView, CreditView, LookView, MerchantView, PauseReason,
    PaymentView, PhoneView, Price, QuoteView, RefundView, Review, Schedule, Standing,
    StatementView, Status, StoppedBy, WalletView,
};
use stored::{Row, check, file_name};

const AT: Timestamp = Timestamp::from_seconds(1_793_581_200);

fn id<K>(last: u8) -> Id<K> {
    Id::new(0x0192_1e5f_0c00_7abc_8def_0123_4567_8900 | u128::from(last))
}

fn reference<K>(number: u32) -> Ref<K> {
    Ref::new(2, number, 0x1112_1314_1516_1718)
}

fn own_facts() -> Vec<OwnEvent> {
    let issued = KeyIssued {
        id: id(1),
        hash: [0xab; 32],
        party: 7,
        role: Role::Merchant,
        expires: Some(AT),
        person: 9,
        form: KeyForm::Invitation,
        scopes: 0x0102_0304,
    };
    let rules = AccessRules {
        staff_session_min: 720,
        own_session_min: 576_000,
        idle_min: 15,
        sign_from: vec![(Currency::JPY, 30_000)],
    };
    let (credential, public) = (vec![1, 2, 3], vec![4, 5]);
    vec![
        issued.into(),
        KeyRevoked { id: id(1) }.into(),
        AnswersForgotten { through: 0x0102_0304 }.into(),
        MemberAdded { person: 9, id: id(2), party: 7, duty: Duty::Cashier }.into(),
        DutySet { person: 9, duty: Duty::Auditor }.into(),
        MemberEnded { person: 9 }.into(),
        PasskeyAdded { passkey: 1 << 100, person: 9, credential, public, counter: 3 }.into(),
        PasskeyEnded { passkey: 1 << 100 }.into(),
        SessionOpened {
            id: id(3),
            hash: [0xcd; 32],
            person: 9,
            party: 7,
            role: Role::Merchant,
            by: Opened::Passkey(1 << 100),
            counter: 4,
            expires: AT,
        }
        .into(),
        SessionEnded { person: 9, id: id(3) }.into(),
        AccessRulesSet { from: AT, rules }.into(),
        ProofGiven { passkey: 1 << 100, counter: 5, content: [1; 32], proof: [2; 32] }.into(),
    ]
}

/// A key as it was written before it had a person, a form and scopes.
fn old_key() -> OwnEvent {
    let old = KeyIssuedV1 {
        id: id(1),
        hash: [0xab; 32],
        party: 7,
        role: Role::Merchant,
        expires: Some(AT),
    };
    KeyIssued::from(old).into()
}

#[test]
fn stored_facts_never_change() {
    let mut rows = Vec::new();
    for event in own_facts() {
        let version = if matches!(event, OwnEvent::KeyIssued(_)) { 2 } else { 1 };
        let name = file_name(event.word(), version);
        let means = Event::Own(event);
        let mut written = Vec::new();
        means.encode(&mut written);
        rows.push(Row { name, means, written: Some(written) });
    }
    let name = file_name("KeyIssued", 1);
    rows.push(Row { name, means: Event::Own(old_key()), written: None });
    check("golden/facts", rows, Event::decode);
    for kind in 0..=u8::MAX {
        let told = OwnEvent::decode(&[kind, 1]).map_err(|fault| fault.0.contains("unknown type"));
        assert_eq!(told, Err(!matches!(kind, 1..=3 | 10..=18)), "type {kind}");
        let told = Event::decode(&[kind, 0, 1]).map_err(|fault| fault.0.contains("unknown module"));
        assert_eq!(told, Err(kind > 3), "module {kind}");
    }
}

fn price() -> Price {
    Price { currency: Currency::CNY, principal: 13_538, spread: 68, fee: 14, returned: 4_251 }
}

fn payment() -> PaymentView {
    PaymentView {
        payment: id(2),
        status: Status::PartlyRefunded,
        store: reference(5),
        amount: 3_200,
        currency: Currency::JPY,
        captured: 3_100,
        refunded: 1_000,
        merchant_fee: Some(32),
        price: Some(price()),
        wallet: Some(reference(13)),
        declined: Some(DeclineReason::Expired),
        deadline: Some(AT),
        capture: CaptureMode::Later,
        cancel_asked: true,
        connector: None,
    }
}

fn quote() -> QuoteView {
    QuoteView {
        quote: id(3),
        payment: id(2),
        store: reference(5),
        amount: 3_200,
        currency: Currency::JPY,
        price: price(),
        expires: AT,
        rate_store: "175.68".parse().expect("a decimal"),
        rate_wallet: "7.4326".parse().expect("a decimal"),
        source: "ECB".to_owned(),
        date: 20_261_030,
        spread_bps: 50,
        fee_bps: 10,
    }
}

fn phone() -> PhoneView {
    PhoneView {
        wallet: reference(13),
        prefix: 471,
        handle: 4_815_162,
        generation: 7,
        since: AT,
        rests: Some(Timestamp(AT.0 + 1)),
        other_time: Some(Timestamp(AT.0 + 2)),
    }
}

fn charge() -> ChargeView {
    ChargeView { payment: payment(), answer: Some(ChargeAnswer::Asked) }
}

fn bank_file() -> BankFileView {
    BankFileView {
        made_by: None,
        approval: None,
        bank: None,
        file: id(6),
        currency: Currency::JPY,
        day: 20_261_102,
        number: 3,
        hash: std::array::from_fn(|at| at as u8),
        count: 2,
        total: 269_107,
        fees: 330,
        sealed: AT,
        sent: Some(Timestamp(AT.0 + 1)),
        withdrawn: Some(Timestamp(AT.0 + 2)),
    }
}

fn bank_line() -> BankLineView {
    BankLineView {
        number: 12,
        account: "2476-001-1234567".to_owned(),
        currency: Currency::JPY,
        line: BankLine { key: 0x2124, day: 20_261_104, amount: 77, claim: Claim::Nothing },
        found: Found::Suspense("who sent it?".to_owned()),
        since: AT,
        person: Some(7),
    }
}

fn replies() -> Vec<(&'static str, Reply)> {
    let wallet = WalletView {
        wallet: reference(13),
        currency: Currency::CNY,
        balance: 252_251,
        held: 13_606,
    };
    let merchant = MerchantView {
        merchant: reference(14),
        name: "山法師そば".to_owned(),
        currency: Currency::JPY,
        balance: 3_168,
        credit: None,
        review: None,
    };
    let review = Some(Review {
        standing: Standing::Paused(PauseReason::Law),
        since: AT,
        accounts: 2,
        account_set: Some(AT),
    });
    let reviewed = MerchantView { review, ..merchant.clone() };
    let credit = Some(CreditView { limit: 500, owed: 200, left: 300 });
    let on_credit = MerchantView { credit, ..merchant.clone() };
    let refund = RefundView { refund: id(4), amount: 1_000, fee: 10, payment: payment() };
    let capture = CaptureView { capture: id(5), amount: 1_000, payment: payment() };
    let elsewhere = PaymentView { connector: Some(1), ..payment() };
    let ask = ConnectorAskView {
        payment: id(2),
        connector: "wechat".to_owned(),
        attempt: 3,
        shape: Shape::Taken,
        store: reference(5),
        amount: 3_200,
        currency: Currency::JPY,
        deadline: AT,
        since: Timestamp(AT.0 + 1),
        cancel: true,
    };
    let back = ConnectorRefundView {
        refund: id(4),
        connector: "wechat".to_owned(),
        attempt: 3,
        amount: 1_000,
        fee: 10,
        paid: 3_200,
        since: AT,
        payment: elsewhere.clone(),
    };
    let outcomes =
        vec![(0, TransferOutcome::Held { number: 8, tag: 9 }), (3, TransferOutcome::Refused(27))];
    let approved = BankFileView {
        made_by: Some(7),
        approval: Some(Approval::Given(AT, 8)),
        bank: Some(AtBank { line: Some(11), debited: 2, returned: 1 }),
        ..bank_file()
    };
    let statement = StatementView {
        pages_here: 2,
        pages: 3,
        until: 20_261_105,
        balance: 735_990,
        first: 11,
        lines: 6,
        open: 1,
    };
    let of_pay = [
        ("done", pay::Reply::Done),
        ("party", pay::Reply::Party(reference(7))),
        ("wallet", pay::Reply::Wallet(wallet)),
        ("merchant", pay::Reply::Merchant(merchant)),
        ("merchant.credit", pay::Reply::Merchant(on_credit)),
        ("bank_file", pay::Reply::BankFile(Box::new(bank_file()))),
        ("merchant.reviewed", pay::Reply::Merchant(reviewed)),
        ("store", pay::Reply::Store(reference(5))),
        ("till", pay::Reply::Till(reference(6))),
        ("link", pay::Reply::Link(1)),
        ("quote", pay::Reply::Quote(Box::new(quote()))),
        ("payment", pay::Reply::Payment(Box::new(payment()))),
        ("refund", pay::Reply::Refund(Box::new(refund))),
        ("balance", pay::Reply::Balance(252_251)),
        ("capture", pay::Reply::Capture(Box::new(capture))),
        ("bank_file.approved", pay::Reply::BankFile(Box::new(approved))),
        ("schedule", pay::Reply::Schedule(Schedule::Threshold(30_000))),
        ("statement", pay::Reply::Statement(statement)),
        ("bank_line", pay::Reply::BankLine(Box::new(bank_line()))),
        ("phone", pay::Reply::Phone(Box::new(phone()))),
        ("charge", pay::Reply::Charge(Box::new(charge()))),
        ("payment.connector", pay::Reply::Payment(Box::new(elsewhere))),
        ("connector_ask", pay::Reply::ConnectorAsk(Box::new(ask))),
        ("connector_refund", pay::Reply::ConnectorRefund(Box::new(back))),
    ];
    let mut replies = vec![
        ("own_done", Reply::Done),
        ("transfers", Reply::Transfers { count: 4, outcomes }),
        ("account", Reply::Account(reference(15))),
        ("received", Reply::Received { through: 7 }),
        ("key", Reply::Key(id(1))),
        ("ticked", Reply::Ticked(1_000)),
        ("member", Reply::Member(reference(9))),
        ("passkey", Reply::Passkey(1 << 100)),
    ];
    replies.extend(of_pay.map(|(name, reply)| (name, Reply::Pay(reply))));
    replies
}

#[test]
fn stored_replies_never_change() {
    let rows = replies().into_iter().map(|(name, reply)| {
        let mut written = Vec::new();
        reply.encode(&mut written);
        Row { name: file_name(name, 1), means: reply, written: Some(written) }
    });
    check("golden/replies", rows.collect(), Reply::decode);
    assert!(minicbor::decode::<Reply>(&[0x82, 7, 0x80]).is_err(), "add its row");
    assert!(minicbor::decode::<pay::Reply>(&[0x82, 12, 0x80]).is_err(), "add its row");
}

/// What a partner's edge is shown before paying crosses as bytes too.
#[test]
fn a_look_never_changes() {
    let look = LookView {
        store: reference(5),
        name: "山法師そば".to_owned(),
        latin_name: Some("Yamaboshi Soba".to_owned()),
        city: "Kyoto".to_owned(),
        category: Category::Restaurant,
        prefecture: 26,
        open: true,
        currency: Currency::JPY,
        due: Some(payment()),
        stopped_by: None,
        costs: None,
    };
    let fee = FeeRate { bps: 160, fixed: 5, most: 3_000 };
    let costs = Some(Costs { fee, shares: vec![(ShareKind::Platform, 300)] });
    let priced = LookView { costs, ..look.clone() };
    let stopped = LookView { open: false, stopped_by: Some(StoppedBy::Operator), ..look.clone() };
    let rows =
        [("look", look), ("look_stopped", stopped), ("look_priced", priced)].map(|(name, look)| {
            let written = Some(minicbor::to_vec(&look).unwrap());
            Row { name: file_name(name, 1), means: look, written }
        });
    check("golden/views", rows.into(), |bytes| minicbor::decode(bytes));
}

/// A record as a whole, compared by its parts.
#[derive(Debug, PartialEq)]
struct Whole {
    header: Header,
    events: Vec<Event>,
    reply: Reply,
}

fn read(record: &[u8]) -> Result<Whole, kernel::Fault> {
    let decoded = decode_record(record)?;
    let events = decoded.events().collect::<Result<_, _>>()?;
    Ok(Whole { header: decoded.header, events, reply: decoded.reply()? })
}

fn row(name: &str, request: &Request, events: Vec<Event>, reply: Reply) -> Row<Whole> {
    let mut written = Vec::new();
    encode_record(&mut written, request, &events, &reply);
    let Request { actor, fingerprint, ref command } = *request;
    let header = Header { actor, kind: command.kind(), fingerprint };
    let means = Whole { header, events, reply };
    Row { name: file_name(name, 1), means, written: Some(written) }
}

#[test]
fn stored_records_never_change() {
    let refund = pay::command::RefundPayment { id: id(4), payment: id(2), amount: 1_000 };
    let keyed = Request {
        actor: Actor::of(0x0102_0304, Role::Merchant),
        fingerprint: Some(Fingerprint {
            key: 0x2122_2324_2526_2728_292a_2b2c_2d2e_2f30,
            content: 0x3132_3334_3536_3738_393a_3b3c_3d3e_3f40,
        }),
        command: Command::Pay(refund.into()),
    };
    let message = Message::Refunded { payment: id(2), total_so_far: 1_000 };
    let sent = Sent { link: 0, number: 7, nostro_balance_after: Some(10_997_800), message };
    let facts = vec![
        ledger::Event::Moved(Movement::Post { debit: 14, credit: 12, amount: 990 }).into(),
        ledger::Event::Moved(Movement::Post { debit: 6, credit: 12, amount: 10 }).into(),
        pay::Event::from(pay::event::SaleReleased { leg: 15, payment: id(2) }).into(),
        corridor::Event::Sent(sent).into(),
    ];
    let plain = Request { actor: Actor::CELL, fingerprint: None, command: Command::Tick };
    let of_staff = Request { actor: keyed.actor.by(0x0506_0708), ..keyed.clone() };
    let rows = vec![
        row("keyed", &keyed, facts.clone(), Reply::Pay(pay::Reply::Balance(1))),
        row("keyed_of_staff", &of_staff, facts, Reply::Pay(pay::Reply::Balance(1))),
        row(
            "plain",
            &plain,
            vec![OwnEvent::from(AnswersForgotten { through: 5 }).into()],
            Reply::Ticked(1),
        ),
    ];
    check("golden/records", rows, read);
}

/// The numbers of commands that belong to no module, as records name them.
#[test]
fn numbers_of_commands_and_roles_never_change() {
    let freeze = corridor::FreezeReason::ByOperator { note: String::new() };
    let seen = corridor::Witness::default();
    let receive = Receive {
        link: 0,
        number: 1,
        position: 2,
        hash: None,
        nostro_balance_after: None,
        message: Message::NostroChanged { amount: 3 },
    };
    let kinds = [
        (Command::Transfers(Box::new([])), [1, 1]),
        (Command::Receive(Box::new(receive)), [2, 1]),
        (Command::Greet { link: 0, shown: seen }, [2, 2]),
        (Command::FreezeLink(economy::FreezeLink { link: 0, reason: freeze }), [2, 3]),
        (
            Command::ReopenLink(economy::ReopenLink {
                link: 0,
                note: String::new(),
                seen,
                handled: 0,
            }),
            [2, 4],
        ),
        (Command::RevokeKey(economy::RevokeKey { id: id(1) }), [0, 2]),
        (Command::Tick, [0, 3]),
        (Command::ConfirmForgotten(reference(7)), [0, 4]),
    ];
    for (command, kind) in kinds {
        assert_eq!(command.kind(), kind, "{command:?}");
    }
    let roles =
        [Role::Cell, Role::Traveller, Role::Merchant, Role::Operator, Role::Partner, Role::Host];
    for (number, role) in roles.into_iter().enumerate() {
        let mut record = Vec::new();
        let actor = Actor::of(1, role);
        let request = Request { actor, fingerprint: None, command: Command::Tick };
        encode_record(&mut record, &request, &[], &Reply::Done);
        assert_eq!(record[1], number as u8);
        assert_eq!(minicbor::to_vec(role).unwrap(), [number as u8]);
    }
}

/// What a relay hands over is this and no more (see `fields_that_cross` of the corridor).
#[test]
fn a_relay_hands_over_these_fields_and_no_other() {
    let receive = Receive {
        link: 0,
        number: 1,
        position: 2,
        hash: None,
        nostro_balance_after: None,
        message: Message::NostroChanged { amount: 3 },
    };
    // Does not compile when a field is added.
    let Receive { link: _, number: _, position: _, hash: _, nostro_balance_after: _, message: _ } =
        receive;
}
