//! A market that is open: books, links, prefund, rates, fees, and who trades.

use corridor::CaptureMode;
use economy::{Command, Reply};
use kernel::id::{Merchant, Party, Store, Wallet};
use kernel::{Actor, Currency, Id, Ref, Role, Span};
use ledger::{Flags, Transfer};
use pay::command::*;
use pay::event::Change;
use pay::{Category, Fees, Purpose};

use super::{CN, JP, LINK, World};

/// What is in Li Wei's wallet: 2,522.51 CNY.
pub const WALLET: u64 = 252_251;
/// What the yuan cell holds with the yen cell: 11,000,000 JPY.
pub const NOSTRO: u64 = 11_000_000;

/// A second person of the operator.
pub const COLLEAGUE: u32 = 1_000_000;

/// Who is who in a market.
#[derive(Clone, Copy, Debug)]
pub struct Market {
    /// Runs the yuan cell and the yen cell; party 1 in each.
    pub operator: Actor,
    /// Li Wei, in the yuan cell.
    pub li: Actor,
    pub wallet: Ref<Wallet>,
    /// Yamaboshi Soba, in the yen cell.
    pub soba: Actor,
    pub merchant: Ref<Merchant>,
    pub store: Ref<Store>,
    /// A resident with a yen wallet.
    pub hana: Actor,
    pub yen_wallet: Ref<Wallet>,
}

impl World {
    /// Two cells with books, a link, rates and fees, but no prefund and nobody to trade.
    pub fn bare() -> (Self, Actor) {
        Self::linked(None)
    }

    /// The same; with a currency, the yuan cell keeps a nostro in it for the yen cell too.
    pub fn linked(back: Option<Currency>) -> (Self, Actor) {
        Self::joined(|w, operator| {
            w.done(CN, operator, link(2, "jp", back, Some(Currency::JPY)));
            w.done(JP, operator, link(1, "cn", Some(Currency::JPY), back));
        })
    }

    /// Two cells that are joined in some way.
    fn joined(join: impl FnOnce(&mut Self, Actor)) -> (Self, Actor) {
        let mut w = Self::empty();
        let operator = Actor::of(1, Role::Operator);
        for cell in [CN, JP] {
            w.party(cell, operator, Role::Operator);
            for currency in [Currency::CNY, Currency::JPY] {
                w.done(cell, operator, OpenBook { currency });
            }
            w.done(cell, operator, rates(20_261_030, "7.4326", "175.68"));
        }
        join(&mut w, operator);
        let fees = Fees { spread_bps: 50, payer_bps: 0, merchant_bps: 0, by_category: vec![] };
        w.done(CN, operator, SetFees { from: w.now, fees });
        let fees = Fees { spread_bps: 0, payer_bps: 0, merchant_bps: 100, by_category: vec![] };
        w.done(JP, operator, SetFees { from: w.now, fees });
        (w, operator)
    }

    /// The scene of DESIGN §5, before the till asks.
    pub fn open() -> (Self, Market) {
        Self::traded(Self::bare())
    }

    /// The same between two operators: each cell is the other's partner.
    pub fn partners() -> (Self, Market) {
        Self::traded(Self::joined(|w, operator| {
            w.done(CN, operator, partner(2, "jp", None, Some(Currency::JPY)));
            w.done(JP, operator, partner(1, "cn", Some(Currency::JPY), None));
        }))
    }

    fn traded((mut w, operator): (Self, Actor)) -> (Self, Market) {
        w.prefund(operator, NOSTRO);
        let li = w.party(CN, operator, Role::Traveller);
        let wallet = w.wallet(CN, operator, li, Currency::CNY, WALLET);
        let soba = w.party(JP, operator, Role::Merchant);
        let merchant = w.merchant(JP, operator, soba, "Yamaboshi Soba", Currency::JPY);
        let store = w.store(JP, operator, merchant, "山法師そば");
        let hana = w.party(JP, operator, Role::Traveller);
        let yen_wallet = w.wallet(JP, operator, hana, Currency::JPY, 50_000);
        (w, Market { operator, li, wallet, soba, merchant, store, hana, yen_wallet })
    }

    /// Raises the nostro and lets the mirror follow.
    pub fn prefund(&mut self, operator: Actor, amount: u64) {
        let reference = self.reference();
        self.done(JP, operator, TopUpNostro { link: LINK, amount, reference });
        self.settle();
    }

    fn reference(&mut self) -> String {
        self.made += 1;
        format!("bank {}", self.made)
    }

    /// Asks and expects a yes.
    pub fn done(&mut self, cell: usize, actor: Actor, command: impl Into<pay::Command>) -> Reply {
        let command = Command::Pay(command.into());
        let told = format!("{command:?}");
        self.ask(cell, actor, command).unwrap_or_else(|refusal| panic!("{told}: {refusal}"))
    }

    /// One person of the operator proposes a change, another approves it.
    pub fn change(&mut self, cell: usize, operator: Actor, change: impl Into<Change>) {
        let (id, change, note) = (self.id(), change.into(), String::new());
        match self.done(cell, operator, Propose { id, change, note }) {
            Reply::Pay(pay::Reply::Done) => {}
            Reply::Pay(pay::Reply::Proposal(known)) => {
                let another = operator.by(COLLEAGUE);
                self.done(cell, another, ApproveProposal { proposal: known.id });
            }
            other => panic!("{other:?}"),
        }
    }

    /// The operator moves money between two accounts.
    pub fn by_hand(&mut self, cell: usize, debit: u32, credit: u32, amount: u64) {
        let id = self.id::<kernel::id::Transfer>().0;
        let flags = Flags::default();
        let transfer = Transfer { id, debit, credit, amount, timeout_s: 0, code: 1, flags };
        let operator = Actor::of(1, Role::Operator);
        let reply = self.ask(cell, operator, Command::Transfers([transfer].into()));
        assert_eq!(reply, Ok(Reply::Transfers { count: 1, outcomes: vec![] }));
    }

    pub fn party(&mut self, cell: usize, operator: Actor, role: Role) -> Actor {
        let id: Id<Party> = self.id();
        match self.done(cell, operator, RegisterParty { id, role }) {
            Reply::Pay(pay::Reply::Party(party)) => Actor::of(party.number, role),
            other => panic!("{other:?}"),
        }
    }

    /// The reference of a party that was registered.
    pub fn party_of(&self, cell: usize, actor: Actor) -> Ref<Party> {
        let state = &self.cells[cell].state;
        let party = state.pay.party_numbered(actor.party).expect("the party was registered");
        Ref::new(state.cell, actor.party, party.id.tag())
    }

    pub fn wallet(
        &mut self,
        cell: usize,
        operator: Actor,
        owner: Actor,
        currency: Currency,
        amount: u64,
    ) -> Ref<Wallet> {
        let (id, party) = (self.id(), self.party_of(cell, owner));
        let wallet = match self.done(cell, owner, OpenWallet { id, party, currency }) {
            Reply::Pay(pay::Reply::Wallet(view)) => view.wallet,
            other => panic!("{other:?}"),
        };
        if amount > 0 {
            let reference = self.reference();
            self.done(cell, operator, TopUpWallet { wallet, amount, reference });
        }
        wallet
    }

    pub fn merchant(
        &mut self,
        cell: usize,
        operator: Actor,
        owner: Actor,
        name: &str,
        currency: Currency,
    ) -> Ref<Merchant> {
        let (id, party, name) = (self.id(), self.party_of(cell, owner), name.to_owned());
        match self.done(cell, operator, RegisterMerchant { id, party, name, currency }) {
            Reply::Pay(pay::Reply::Merchant(view)) => view.merchant,
            other => panic!("{other:?}"),
        }
    }

    pub fn store(
        &mut self,
        cell: usize,
        operator: Actor,
        merchant: Ref<Merchant>,
        name: &str,
    ) -> Ref<Store> {
        let id = self.id();
        let store = OpenStore {
            id,
            merchant,
            name: name.to_owned(),
            latin_name: Some("Yamaboshi Soba".to_owned()),
            city: "Kyoto".to_owned(),
            category: Category::Restaurant,
            prefecture: 26,
        };
        match self.done(cell, operator, store) {
            Reply::Pay(pay::Reply::Store(store)) => store,
            other => panic!("{other:?}"),
        }
    }
}

/// Reference rates for one euro.
pub fn rates(date: u32, yuan: &str, yen: &str) -> PublishRates {
    let decimal = |text: &str| text.parse().expect("a decimal");
    PublishRates {
        // Creates nothing unless they have to wait.
        id: Id::new(0),
        date,
        source: "ECB".to_owned(),
        rates: vec![(Currency::CNY, decimal(yuan)), (Currency::JPY, decimal(yen))],
    }
}

fn link(peer: u16, name: &str, nostro: Option<Currency>, mirror: Option<Currency>) -> OpenLink {
    OpenLink {
        peer,
        name: name.to_owned(),
        nostro,
        mirror,
        max_unanswered: 1_000,
        max_age: Span::seconds(600),
    }
}

/// What is agreed with a partner.
pub fn partner(
    peer: u16,
    name: &str,
    pays_here: Option<Currency>,
    paid_there: Option<Currency>,
) -> SetPartner {
    SetPartner {
        peer,
        name: name.to_owned(),
        pays_here,
        paid_there,
        wallet: format!("{name} Pay"),
        url: String::new(),
        most_prefund: None,
        source: "a contract".to_owned(),
        max_unanswered: 1_000,
        max_age: Span::seconds(600),
    }
}

impl Market {
    /// A till's request for an amount, to be paid within ten minutes.
    pub fn request(&self, w: &mut World, amount: u64, capture: CaptureMode) -> RequestPayment {
        RequestPayment {
            id: w.id(),
            store: self.store,
            amount,
            valid_for: Span::seconds(600),
            capture,
            purpose: Purpose::Sale,
        }
    }
}
