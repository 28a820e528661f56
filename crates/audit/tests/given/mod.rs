//! Two cells in memory, driven through the economy itself: every command becomes a record of a
//! journal, as in a running cell, and messages cross when the test says so.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]
#![allow(dead_code, reason = "each test file uses its own part of it")]

use corridor::{CaptureMode, Sent};
use economy::{
    Command, Decision, Draft, Event, Receive, Refusal, Reply, Request, State, decode_record,
    encode_record,
};
use journal::memory::{Disk, Memory};
use journal::{GroupBuf, Journal, Reader};
use kernel::id::{Capture, Merchant, Party, Payment, Quote, Refund, Store, Till, Wallet};
use kernel::{Actor, Context, Currency, Id, Ref, Role, Span, Timestamp};
use pay::command::*;
use pay::{Category, Fees, Rules};

pub const OPERATOR: Actor = Actor::of(0, Role::Operator);

/// A cell over a journal in memory; each command is a group of its own.
pub struct Cell {
    pub name: &'static str,
    pub state: State,
    pub journal: Memory,
    draft: Draft,
    pub now: Timestamp,
    pub sent: Vec<(u64, [u8; 32], Sent)>,
    ids: u128,
}

impl Cell {
    pub fn new(name: &'static str, number: u16, now: Timestamp) -> Self {
        let mut journal = Memory::new();
        journal.claim(1).unwrap();
        let (state, draft) = (State::new(number, 7), Draft::default());
        let ids = u128::from(number) << 40;
        Self { name, state, journal, draft, now, sent: Vec::new(), ids }
    }

    pub fn id<K>(&mut self) -> Id<K> {
        self.ids += 1;
        Id::from_parts(self.now, self.ids)
    }

    pub fn reader(&self) -> Box<dyn Reader> {
        self.journal.reader()
    }

    pub fn disk(&self) -> Disk {
        self.journal.disk().clone()
    }

    pub fn position(&self) -> u64 {
        self.journal.head().position
    }

    /// Decides a command and writes its record.
    pub fn ask(&mut self, actor: Actor, command: Command) -> Result<Reply, Refusal> {
        let request = Request { actor, fingerprint: None, command };
        let context = Context::new(self.now, actor, self.state.cell);
        let Decision::New(reply) = self.state.decide(&context, &request, &mut self.draft)? else {
            unreachable!("requests of tests have no key")
        };
        let events = std::mem::take(&mut self.draft.events);
        if events.is_empty() {
            return Ok(reply);
        }
        let mut group = GroupBuf::new();
        group.set_time(self.now.0);
        group.push_with(|out| encode_record(out, &request, &events, &reply));
        let appended = self.journal.append(self.position() + 1, 1, &group).unwrap();
        for event in &events {
            self.state.evolve(self.now, event);
            if let Event::Corridor(corridor::Event::Sent(sent)) = event {
                self.sent.push((appended.position, appended.hash, sent.clone()));
            }
        }
        Ok(reply)
    }

    pub fn run(&mut self, command: impl Into<pay::Command>) -> pay::Reply {
        match self.ask(OPERATOR, Command::Pay(command.into())).unwrap() {
            Reply::Pay(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// Hands the messages of another cell over, from the first that was not handled. A partner's
    /// messages name no place in its journal, and its witness is of its own.
    pub fn receive_from(&mut self, other: &Cell, most: usize) {
        let link = self.state.corridor.link_named(other.name).unwrap();
        let from = self.state.corridor.link(link).unwrap().received;
        for (position, hash, sent) in other.sent.iter().skip(from as usize).take(most) {
            let is_partner = self.state.pay.partner(link).is_some();
            let witness = [sent.number as u8; 32];
            let receive = Receive {
                link,
                number: sent.number,
                position: if is_partner { sent.number } else { *position },
                hash: Some(if is_partner { witness } else { *hash }),
                nostro_balance_after: sent.nostro_balance_after,
                message: sent.message.clone(),
            };
            self.ask(Actor::CELL, Command::Receive(Box::new(receive))).unwrap();
        }
    }
}

/// A yuan cell and a yen cell with a wallet, a shop and a bridge between them.
pub struct Market {
    pub cn: Cell,
    pub jp: Cell,
    pub traveller: Ref<Party>,
    pub wallet: Ref<Wallet>,
    pub home_wallet: Ref<Wallet>,
    pub merchant: Ref<Merchant>,
    pub store: Ref<Store>,
    pub museum: Ref<Store>,
    pub till: Ref<Till>,
}

/// 2 November 2026, 01:00 UTC: morning in both economies.
pub const START: Timestamp = Timestamp::from_seconds(1_793_581_200);

impl Market {
    pub fn new() -> Self {
        Self::joined(false)
    }

    /// The same between two operators: each cell is the other's partner.
    pub fn partners() -> Self {
        Self::joined(true)
    }

    fn joined(partners: bool) -> Self {
        let (mut cn, mut jp) = (Cell::new("cn", 1, START), Cell::new("jp", 2, START));
        cn.run(OpenBook { currency: Currency::CNY });
        cn.run(OpenBook { currency: Currency::JPY });
        jp.run(OpenBook { currency: Currency::JPY });
        let (max_unanswered, max_age) = (100, Span::seconds(60));
        let join = |cell: &mut Cell, (peer, name): (u16, &str), [nostro, mirror]: [_; 2]| {
            let name = name.to_owned();
            if !partners {
                cell.run(OpenLink { peer, name, nostro, mirror, max_unanswered, max_age });
                return;
            }
            cell.run(SetPartner {
                peer,
                wallet: format!("{name} Pay"),
                name,
                pays_here: nostro,
                paid_there: mirror,
                url: String::new(),
                most_prefund: None,
                source: "a contract".to_owned(),
                max_unanswered,
                max_age,
            });
        };
        join(&mut cn, (2, "jp"), [None, Some(Currency::JPY)]);
        join(&mut jp, (1, "cn"), [Some(Currency::JPY), None]);
        let rates = vec![
            (Currency::CNY, "7.4326".parse().unwrap()),
            (Currency::JPY, "175.68".parse().unwrap()),
        ];
        cn.run(PublishRates { id: Id::new(0), date: 20_261_030, source: "ECB".to_owned(), rates });
        let by_category = vec![(Category::Attraction, 100)];
        let fees = Fees { spread_bps: 50, payer_bps: 10, merchant_bps: 200, by_category };
        cn.run(SetFees { from: START, fees: fees.clone() });
        jp.run(SetFees { from: START, fees });
        let rules = |utc_offset_min| Rules { utc_offset_min, repeat_s: 0, ..Rules::default() };
        cn.run(SetRules { from: START, rules: rules(480) });
        jp.run(SetRules { from: START, rules: rules(540) });
        let traveller = party(&mut cn, Role::Traveller);
        let wallet = wallet(&mut cn, traveller, Currency::CNY);
        let amount = 100_000;
        cn.run(TopUpWallet { wallet, amount, reference: "bank 1".to_owned() });
        let resident = party(&mut jp, Role::Traveller);
        let home_wallet = self::wallet(&mut jp, resident, Currency::JPY);
        let reference = "bank 2".to_owned();
        jp.run(TopUpWallet { wallet: home_wallet, amount, reference });
        let shop = party(&mut jp, Role::Merchant);
        let (id, name) = (jp.id(), "京都茶房".to_owned());
        let registered =
            jp.run(RegisterMerchant { id, party: shop, name, currency: Currency::JPY });
        let pay::Reply::Merchant(view) = registered else { panic!("{registered:?}") };
        let merchant = view.merchant;
        let store = store(&mut jp, merchant, "京都茶房 本店", Category::Restaurant, 26);
        let museum = self::store(&mut jp, merchant, "茶の博物館", Category::Attraction, 13);
        let (id, name) = (jp.id(), "1".to_owned());
        let pay::Reply::Till(till) = jp.run(AddTill { id, store, name }) else { panic!() };
        let reference = "bank 3".to_owned();
        jp.run(TopUpNostro { link: 0, amount: 1_000_000, reference });
        let mut market =
            Self { cn, jp, traveller, wallet, home_wallet, merchant, store, museum, till };
        market.settle();
        market
    }

    /// Lets time pass in both cells.
    pub fn pass(&mut self, seconds: u64) {
        self.cn.now = self.cn.now.plus(Span::seconds(seconds));
        self.jp.now = self.cn.now;
    }

    /// Delivers messages until none is under way.
    pub fn settle(&mut self) {
        for _ in 0..4 {
            self.jp.receive_from(&self.cn, usize::MAX);
            self.cn.receive_from(&self.jp, usize::MAX);
        }
    }

    /// The till asks for an amount.
    pub fn request(&mut self, amount: u64, capture: CaptureMode) -> Id<Payment> {
        let id = self.jp.id();
        self.jp.run(RequestPayment {
            id,
            store: self.store,
            amount,
            valid_for: Span::seconds(600),
            capture,
            purpose: Purpose::Sale,
        });
        id
    }

    /// The visitor quotes and confirms what the till asked; nothing is delivered.
    pub fn confirm(&mut self, payment: Id<Payment>, amount: u64, capture: CaptureMode) {
        let id: Id<Quote> = self.cn.id();
        let deadline = Some(self.cn.now.plus(Span::seconds(500)));
        self.cn.run(MakeQuote {
            id,
            wallet: self.wallet,
            payment,
            store: self.store,
            amount,
            currency: Currency::JPY,
            deadline,
            capture,
            place: None,
        });
        self.cn.run(ConfirmPayment { quote: id, again: true });
    }

    /// A whole payment across the bridge.
    pub fn pay(&mut self, amount: u64) -> Id<Payment> {
        let payment = self.request(amount, CaptureMode::Now);
        self.confirm(payment, amount, CaptureMode::Now);
        self.settle();
        payment
    }

    /// A request that is still open after the store was paused and its payer declined.
    pub fn declined_once(&mut self, amount: u64) -> Id<Payment> {
        let (payment, store) = (self.request(amount, CaptureMode::Now), self.store);
        self.jp.run(SetStoreOpen { store, open: false });
        self.confirm(payment, amount, CaptureMode::Now);
        self.settle();
        self.jp.run(SetStoreOpen { store, open: true });
        payment
    }

    /// A payment inside the yen cell.
    pub fn pay_home(&mut self, store: Ref<Store>, amount: u64) -> Id<Payment> {
        let (payment, wallet) = (self.jp.id(), self.home_wallet);
        self.jp.run(PayHere {
            payment,
            wallet,
            store,
            amount,
            requested: false,
            again: true,
            place: None,
        });
        payment
    }

    pub fn capture(&mut self, payment: Id<Payment>, amount: u64, last: bool) {
        let id: Id<Capture> = self.jp.id();
        self.jp.run(CapturePayment { id, payment, amount, last });
    }

    pub fn refund(&mut self, payment: Id<Payment>, amount: u64) {
        let id: Id<Refund> = self.jp.id();
        self.jp.run(RefundPayment { id, payment, amount });
    }

    /// The visitor pays, is paid out, and asks to be forgotten; then the shop gives a part back.
    pub fn left_behind() -> Self {
        let mut market = Self::new();
        let payment = market.pay(3_200);
        market.refund(payment, 200);
        market.settle();
        let wallet = market.wallet.number;
        let bank = market.cn.state.pay.book(Currency::CNY).unwrap().bank;
        let left = market.cn.state.book.account(wallet).unwrap().balance();
        let (id, amount) = (market.cn.id::<()>().0, u64::try_from(left).unwrap());
        let (debit, credit, flags) = (wallet, bank, ledger::Flags::default());
        let out = ledger::Transfer { id, debit, credit, amount, timeout_s: 0, code: 1, flags };
        market.cn.ask(OPERATOR, Command::Transfers([out].into())).unwrap();
        market.pass(60);
        market.cn.run(ForgetParty { party: market.traveller });
        market.refund(payment, 1_000);
        market.settle();
        market
    }

    /// The visitor's key is destroyed, and the cell is told.
    pub fn forget(&mut self) {
        self.pass(2);
        let done = Command::ConfirmForgotten(self.traveller);
        self.cn.ask(Actor::CELL, done).unwrap();
    }

    /// A little of everything, all messages delivered.
    pub fn busy() -> Self {
        Self::lived(Self::new())
    }

    /// The same in a market.
    pub fn lived(mut market: Self) -> Self {
        let payment = market.pay(3_200);
        market.pass(30);
        market.refund(payment, 1_000);
        market.settle();
        market.refund(payment, 2_200);
        let home = market.pay_home(market.museum, 1_500);
        market.refund(home, 700);
        // A deposit: held, captured in two parts.
        let deposit = market.request(10_000, CaptureMode::Later);
        market.confirm(deposit, 10_000, CaptureMode::Later);
        market.settle();
        market.capture(deposit, 3_333, false);
        market.settle();
        market.capture(deposit, 3_000, true);
        market.settle();
        // A deposit that is released, and one that stays open.
        let given_up = market.request(5_000, CaptureMode::Later);
        market.confirm(given_up, 5_000, CaptureMode::Later);
        market.settle();
        market.jp.run(ReleasePayment { payment: given_up });
        let open = market.request(700, CaptureMode::Later);
        market.confirm(open, 700, CaptureMode::Later);
        market.settle();
        // A closed store declines; a request runs out.
        let declined = market.request(900, CaptureMode::Now);
        market.confirm(declined, 900, CaptureMode::Now);
        let store = market.store;
        market.jp.run(SetStoreOpen { store, open: false });
        market.settle();
        market.jp.run(SetStoreOpen { store, open: true });
        market.request(450, CaptureMode::Now);
        market.pass(3_600);
        market.jp.ask(Actor::CELL, Command::Tick).unwrap();
        market.cn.ask(Actor::CELL, Command::Tick).unwrap();
        market
    }
}

fn party(cell: &mut Cell, role: Role) -> Ref<Party> {
    let id = cell.id();
    match cell.run(RegisterParty { id, role }) {
        pay::Reply::Party(party) => party,
        other => panic!("{other:?}"),
    }
}

fn wallet(cell: &mut Cell, party: Ref<Party>, currency: Currency) -> Ref<Wallet> {
    let id = cell.id();
    match cell.run(OpenWallet { id, party, currency }) {
        pay::Reply::Wallet(view) => view.wallet,
        other => panic!("{other:?}"),
    }
}

fn store(
    cell: &mut Cell,
    merchant: Ref<Merchant>,
    name: &str,
    category: Category,
    prefecture: u8,
) -> Ref<Store> {
    let id = cell.id();
    let opened = cell.run(OpenStore {
        id,
        merchant,
        name: name.to_owned(),
        latin_name: Some("Kyoto Tea".to_owned()),
        city: "Kyoto".to_owned(),
        category,
        prefecture,
    });
    match opened {
        pay::Reply::Store(store) => store,
        other => panic!("{other:?}"),
    }
}

/// The journal with the facts of one record replaced and everything behind it chained anew: what
/// somebody does who owns the disk and knows the format.
pub fn rewritten(disk: &Disk, position: u64, change: impl Fn(Vec<Event>) -> Vec<Event>) -> Disk {
    let mut forged = Memory::new();
    forged.claim(1).unwrap();
    for stored in disk.groups() {
        let mut group = GroupBuf::new();
        group.set_time(stored.time);
        for record in stored.records() {
            if stored.position == position {
                group.push(&with_facts(record, &change));
            } else {
                group.push(record);
            }
        }
        forged.append(stored.position, 1, &group).unwrap();
    }
    forged.disk().clone()
}

fn with_facts(record: &[u8], change: &impl Fn(Vec<Event>) -> Vec<Event>) -> Vec<u8> {
    let decoded = decode_record(record).unwrap();
    let facts: Vec<Event> = decoded.events().collect::<Result<_, _>>().unwrap();
    let reply = decoded.reply().unwrap();
    let keyed = if decoded.header.fingerprint.is_some() { 32 } else { 0 };
    // Whoever acts for another stands there, too.
    let person = if record[0] == 2 { 4 } else { 0 };
    let mut out = record[..9 + person + keyed].to_vec();
    let facts = change(facts);
    out.extend((facts.len() as u16).to_le_bytes());
    for fact in facts {
        let mut bytes = Vec::new();
        fact.encode(&mut bytes);
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend(bytes);
    }
    reply.encode(&mut out);
    out
}

/// The position of the only, or the last, group with a fact that passes.
pub fn find(disk: &Disk, is: impl Fn(&Event) -> bool) -> u64 {
    let has = |group: &journal::Stored| {
        group
            .records()
            .any(|record| decode_record(record).unwrap().events().any(|fact| is(&fact.unwrap())))
    };
    disk.groups().iter().rfind(|group| has(group)).expect("there is such a fact").position
}
