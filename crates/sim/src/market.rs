//! The market that every run opens with: the same commands a cell's operator would give.

use cell::{Core, Told};
use economy::{Command, OpenAccount, Reply, Request, State};
use journal::Journal;
use journal::memory::{Disk, Memory};
use kernel::id::{Account, Merchant, Store, Wallet};
use kernel::{Actor, Currency, Decimal, Id, Ref, Role, Span, Timestamp};
use ledger::SideRule;
use pay::command as c;
use pay::{Category, Closing, Fees, SettlementTerms, Supply};

use crate::Broken;
use crate::plan::Plan;
use crate::random::Rng;

/// Who lives in one cell.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub currency: Currency,
    pub operator: Actor,
    pub wallets: Vec<(Actor, Ref<Wallet>)>,
    pub merchants: Vec<(Actor, Ref<Merchant>)>,
    /// Stores and whose they are, by place in `merchants`.
    pub stores: Vec<(usize, Ref<Store>)>,
    /// Whose bank account was to be set, once for each time.
    pub accounts_set: Vec<Ref<Merchant>>,
    /// Accounts of the operator's own, one for each side rule.
    pub plain: Vec<Ref<Account>>,
}

/// The number of the only link of each cell.
pub(crate) const LINK: u8 = 0;
/// What the people and shops of each cell deal in.
pub(crate) const CURRENCIES: [Currency; 2] = [Currency::CNY, Currency::JPY];
/// How codes call the cells.
pub(crate) const NAMES: [&str; 2] = ["cn", "jp"];

/// The number of a cell by its place.
pub(crate) fn number(cell: usize) -> u16 {
    cell as u16 + 1
}

/// A day's published rates with the yen moved by some per mille.
pub(crate) fn rates(date: u32, per_mille: u64) -> c::PublishRates {
    let yen = Decimal { digits: 17_568 * per_mille / 1_000, scale: 2 };
    let yuan = Decimal { digits: 74_326, scale: 4 };
    let rates = vec![(Currency::CNY, yuan), (Currency::JPY, yen)];
    // Creates nothing unless they have to wait.
    c::PublishRates { id: Id::new(0), date, source: "ECB".into(), rates }
}

/// The fees of a plan, other ones for one trade.
pub(crate) fn fees([merchant_bps, spread_bps, payer_bps]: [u32; 3]) -> Fees {
    let by_category = vec![(Category::Lodging, merchant_bps / 3)];
    Fees { spread_bps, payer_bps, merchant_bps, by_category }
}

/// Opens the market of one cell on an empty disk. Both cells pay and are paid.
pub(crate) fn open(
    cell: usize,
    plan: &Plan,
    disk: &Disk,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Market, Broken> {
    let mut journal = Memory::open(disk);
    journal.claim(1).map_err(|why| Broken(why.to_string()))?;
    let core = Core::new(State::new(number(cell), 1), journal.head(), 0);
    let operator = Actor::of(1, Role::Operator);
    let mut o = Opening { core, journal, rng, now, operator };
    let (own, other) = (CURRENCIES[cell], CURRENCIES[1 - cell]);
    o.terms(cell, plan, own, other)?;
    let mut market = Market {
        currency: own,
        operator,
        wallets: Vec::new(),
        merchants: Vec::new(),
        stores: Vec::new(),
        accounts_set: Vec::new(),
        plain: Vec::new(),
    };
    for _ in 0..o.rng.within(1, 4) {
        market.wallets.push(o.wallet(own)?);
    }
    for place in 0..o.rng.within(1, 2) as usize {
        market.merchants.push(o.merchant(own)?);
        for _ in 0..o.rng.within(1, 2) {
            market.stores.push((place, o.store(market.merchants[place].1)?));
        }
    }
    for rule in [SideRule::Free, SideRule::NeverOverdrawn, SideRule::NeverOverpaid] {
        let id = o.id();
        match o.ask(Command::OpenAccount(OpenAccount { id, currency: own, rule }))? {
            Reply::Account(account) => market.plain.push(account),
            other => return Err(Broken(format!("an account was answered {other:?}"))),
        }
    }
    Ok(market)
}

struct Opening<'a> {
    core: Core<()>,
    journal: Memory,
    rng: &'a mut Rng,
    now: Timestamp,
    operator: Actor,
}

impl Opening<'_> {
    fn id<K>(&mut self) -> Id<K> {
        Id::from_parts(self.now, self.rng.bits())
    }

    /// One command, one durable group.
    fn ask(&mut self, command: Command) -> Result<Reply, Broken> {
        let request = Request { actor: self.operator, fingerprint: None, command };
        self.core.stamp(self.now);
        self.core.submit(&request, ());
        let mut built = self.core.seal();
        let appended = self.journal.append(built.position, 1, &built.group);
        appended.map_err(|why| Broken(why.to_string()))?;
        match built.told.pop() {
            Some((_, Told::Done { reply, .. })) => Ok(reply),
            other => Err(Broken(format!("{:?} was answered {other:?}", request.command))),
        }
    }

    fn pay(&mut self, command: impl Into<pay::Command>) -> Result<pay::Reply, Broken> {
        match self.ask(Command::Pay(command.into()))? {
            Reply::Pay(reply) => Ok(reply),
            other => Err(Broken(format!("a command of pay was answered {other:?}"))),
        }
    }

    fn terms(
        &mut self,
        cell: usize,
        plan: &Plan,
        own: Currency,
        other: Currency,
    ) -> Result<(), Broken> {
        let id = self.id();
        self.pay(c::RegisterParty { id, role: Role::Operator })?;
        self.pay(c::OpenBook { currency: own })?;
        self.pay(c::OpenBook { currency: other })?;
        let max_unanswered = self.rng.log(1, 1_000) as u32;
        let max_age = Span(self.rng.log(1_000_000, 86_400_000_000));
        if plan.partners {
            self.pay(crate::partners::agreed(cell, max_unanswered, max_age))?;
        } else {
            self.pay(c::OpenLink {
                peer: number(1 - cell),
                name: NAMES[1 - cell].into(),
                nostro: Some(own),
                mirror: Some(other),
                max_unanswered,
                max_age,
            })?;
        }
        self.pay(rates(20_261_030, 1_000))?;
        self.pay(c::SetFees { from: Timestamp::default(), fees: fees(plan.fees_bps) })?;
        let max_age_s = if self.rng.chance(100) { 86_400 } else { 0 };
        let (id, change) = (self.id(), crate::terms::rate_terms(max_age_s).into());
        self.pay(c::Propose { id, change, note: String::new() })?;
        let terms = crate::payouts::terms(own);
        self.pay(c::SetPayoutTerms { from: Timestamp::default(), terms })?;
        self.pay(crate::outside::connector(own))?;
        let terms = crate::codes::terms(self.rng);
        self.pay(c::SetCodeTerms { from: Timestamp::default(), terms })?;
        // Of a partner's days both keep files.
        if !plan.partners {
            self.days()?;
        }
        let amount = self.rng.log(1_000, 50_000_000);
        self.pay(c::TopUpNostro { link: LINK, amount, reference: "opening".into() })?;
        Ok(())
    }

    /// Days end at some minute, somewhere.
    fn days(&mut self) -> Result<(), Broken> {
        let minute = self.rng.log(1, 1_439) as u16;
        let closing = Some(Closing { minute, utc_offset_min: 540 });
        let supply = Some(Supply {
            target_days: 3,
            floor: 1_000,
            approval_above: None,
            bank_minute: 900,
            bank_offset_min: 480,
            transfer_days: 1,
        });
        let source = "a contract".to_owned();
        let terms = SettlementTerms { link: LINK, closing, supply, source };
        self.pay(c::SetSettlementTerms { from: Timestamp::default(), terms })?;
        Ok(())
    }

    fn party(&mut self, role: Role) -> Result<(Actor, Ref<kernel::id::Party>), Broken> {
        let id = self.id();
        match self.pay(c::RegisterParty { id, role })? {
            pay::Reply::Party(party) => Ok((Actor::of(party.number, role), party)),
            other => Err(Broken(format!("a party was answered {other:?}"))),
        }
    }

    fn wallet(&mut self, currency: Currency) -> Result<(Actor, Ref<Wallet>), Broken> {
        let (actor, party) = self.party(Role::Traveller)?;
        let id = self.id();
        match self.pay(c::OpenWallet { id, party, currency })? {
            pay::Reply::Wallet(view) => Ok((actor, view.wallet)),
            other => Err(Broken(format!("a wallet was answered {other:?}"))),
        }
    }

    fn merchant(&mut self, currency: Currency) -> Result<(Actor, Ref<Merchant>), Broken> {
        let (actor, party) = self.party(Role::Merchant)?;
        let id = self.id();
        let name = "Yamaboshi".into();
        match self.pay(c::RegisterMerchant { id, party, name, currency })? {
            pay::Reply::Merchant(view) => Ok((actor, view.merchant)),
            other => Err(Broken(format!("a merchant was answered {other:?}"))),
        }
    }

    fn store(&mut self, merchant: Ref<Merchant>) -> Result<Ref<Store>, Broken> {
        let id = self.id();
        let category = *self.rng.pick(&Category::ALL).unwrap_or(&Category::Other);
        let (name, city) = ("Soba".into(), "Takayama".into());
        let store =
            c::OpenStore { id, merchant, name, latin_name: None, city, category, prefecture: 21 };
        match self.pay(store)? {
            pay::Reply::Store(store) => Ok(store),
            other => Err(Broken(format!("a store was answered {other:?}"))),
        }
    }
}
