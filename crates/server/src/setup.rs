// long: one step of founding a cell after another
//! Builds a market in running cells, through the commands that anybody may send: what the demo
//! and `enishi init` do, and what tests begin with.
//!
//! A step that was done before, as far as the cell can tell, is left as it is.

mod connect;

use cell::{Handle, Outcome};
use economy::{Answer, Command, IssueKey, Query, Reply, Request};
use kernel::id::{Merchant, Party, Store, Wallet};
use kernel::{Actor, Currency, Decimal, Id, Ref, Refuse, Role, Span, Timestamp};
use pay::codes::{CodeTerms, Issuer, IssuerRoute};
use pay::command::{
    AddTill, OpenBook, OpenLink, OpenStore, OpenWallet, Propose, PublishRates, RegisterMerchant,
    RegisterParty, SetCodeTerms, SetFees, SetNostroWarning, SetPartner, SetPartnerKey,
    SetPayoutTerms, SetRules, TopUpNostro, TopUpWallet,
};
use pay::event::{
    Change, ClassesSet, LimitRuleSet, RateTermsSet, SafeguardRuleSet, SettlementTermsSet,
};
use pay::terms::{Classes, LimitRule, Reach, SafeguardRule, Window};
use pay::{Category, Fees, PayoutTerms, RateTerms, Rules};

use crate::auth::KeyText;
use crate::cells::fresh;
use crate::code::Code;

/// Who commands while a market is made.
const FOUNDER: Actor = Actor::of(0, Role::Operator);
/// The terms of payouts that a new market begins with: at ten in the evening, from a thousand minor
/// units on, free inside the operator's bank.
pub const fn payout_terms(currency: Currency) -> PayoutTerms {
    let (minimum, fee_same_bank, fee_other_bank) = (1_000, 0, 220);
    PayoutTerms { currency, minimum, fee_same_bank, fee_other_bank, cutoff_min: 22 * 60 }
}

/// What a new cell begins with, until its operator says otherwise.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How far rates are trusted.
    pub rates: RateTerms,
    /// How links are settled.
    pub settlement: market::terms::Settlement,
    /// What the law lets wallets pay, by the names of cells.
    pub places: Vec<market::terms::Jurisdiction>,
}

/// The classes of a place.
fn classes_of(place: &market::terms::Jurisdiction) -> Classes {
    let default = place.classes.iter().position(|class| *class == place.default);
    let default = default.and_then(|at| u8::try_from(at).ok()).unwrap_or_default();
    Classes { words: place.classes.clone(), default, source: place.source.clone() }
}

/// A limit that ships as the cell takes it; none if a word of it is none.
fn rule_of(limit: &market::terms::Limit, classes: &Classes) -> Option<LimitRule> {
    let bits = limit.classes.iter().map(|class| Some(1_u16 << classes.number(class)?));
    Some(LimitRule {
        id: limit.id.clone(),
        currency: limit.currency.parse().ok()?,
        classes: bits.collect::<Option<Vec<u16>>>()?.into_iter().fold(0, |all, bit| all | bit),
        reach: Reach::ALL.into_iter().find(|reach| reach.word() == limit.reach)?,
        window: Window::ALL.into_iter().find(|window| window.word() == limit.window)?,
        most: limit.most,
        source: limit.source.clone(),
        section: limit.section.clone(),
    })
}

/// What must be kept safe as the cell takes it; none if its currency is none.
fn kept_safe(of: &market::terms::Safeguard) -> Option<SafeguardRule> {
    Some(SafeguardRule {
        currency: of.currency.parse().ok()?,
        days: of.days.clone(),
        above: of.above,
        share_bps: of.share_bps,
        source: of.source.clone(),
    })
}

impl Terms {
    /// Those that ship.
    pub fn shipped() -> Self {
        let market::terms::Terms { rates, settlement, jurisdictions } = market::terms::shipped();
        let max_age_s = u64::from(rates.max_age_days) * 86_400;
        Self {
            settlement,
            rates: RateTerms {
                max_move_bps: rates.max_move_bps,
                max_age_s: u32::try_from(max_age_s).unwrap_or(u32::MAX),
                source: rates.source,
            },
            places: jurisdictions,
        }
    }

    /// The same for a demo, whose rates ship with it: nobody publishes newer ones.
    pub fn of_demo() -> Self {
        let shipped = Self::shipped();
        Self { rates: RateTerms { max_age_s: 0, ..shipped.rates }, ..shipped }
    }
}

impl Terms {
    /// Those of a measurement, in which one buyer buys at thousands of shops.
    pub fn without_limits() -> Self {
        Self { places: Vec::new(), ..Self::of_demo() }
    }
}

/// The terms of one-time codes that a new market begins with: the codes of these cells, by name and
/// number, beside those of the wallets that publish their prefixes.
pub fn code_terms(cells: impl Iterator<Item = (String, u16)>) -> CodeTerms {
    let issuer = |name: &str, (prefix_digits, first, last), (shortest, longest), route| Issuer {
        name: name.to_owned(),
        prefix_digits,
        first,
        last,
        shortest,
        longest,
        route,
    };
    let ours = cells.filter(|(_, number)| *number < 30).map(|(name, number)| {
        let prefix = 470 + u32::from(number);
        let route = IssuerRoute::Cell(number);
        issuer(&format!("Enishi {name}"), (3, prefix, prefix), (20, 20), route)
    });
    let other = |name: &str| IssuerRoute::Connector(name.to_owned());
    let others = [
        issuer("WeChat Pay", (2, 10, 15), (18, 18), other("wechat")),
        issuer("Alipay", (2, 25, 30), (16, 24), other("alipay")),
        issuer("UnionPay", (2, 62, 62), (19, 19), other("unionpay")),
    ];
    CodeTerms {
        issuers: ours.chain(others).collect(),
        confirm_above: vec![(Currency::CNY, 20_000), (Currency::JPY, 5_000)],
        ask_s: 60,
        wrong_most: 5,
        rest_s: 600,
        misses_most: 30,
        misses_s: 900,
        source: "The operator's opening terms; prefixes as the wallets publish them".to_owned(),
    }
}

/// Payments that may wait for an answer over a link, and for how long, until an operator says
/// otherwise.
pub(crate) const WINDOW: (u32, Span) = (50_000, Span::seconds(30));

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
#[error("cell {cell}, {step}: {why}")]
pub struct SetupError {
    /// The cell's name.
    pub cell: String,
    /// What was to be done.
    pub step: String,
    /// Its words.
    pub why: Why,
}

impl SetupError {
    fn is_done_before(&self) -> bool {
        let Why::Refused(refusal) = &self.why else { return false };
        ["already_done", "reference_already_used"].contains(&refusal.code())
    }
}

/// What a cell said instead of doing a step.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// It refused.
    #[error(transparent)]
    Refused(#[from] economy::Refusal),
    /// It took nothing in.
    #[error(transparent)]
    Rejected(#[from] cell::Rejected),
    /// It did something else, or nobody knows what.
    #[error("{0}; try again")]
    Other(String),
}

/// Gives a cell what it needs to trade, step by step.
#[derive(Clone, Copy)]
pub struct Founder<'a> {
    cell: &'a Handle,
    resumes: bool,
}

/// A shop as it is to be opened: a merchant with one store.
#[derive(Clone, Debug)]
pub struct Shop<'a> {
    /// What the merchant is called.
    pub merchant: &'a str,
    /// Over the door, in its own language.
    pub name: &'a str,
    /// The same in Latin letters.
    pub latin_name: Option<&'a str>,
    /// The city in Latin letters.
    pub city: &'a str,
    /// Its trade.
    pub category: Category,
    /// The number of its prefecture.
    pub prefecture: u8,
    /// What it is paid in.
    pub currency: Currency,
    /// How many tills it has; they are called 1, 2, 3.
    pub tills: u8,
}

impl<'a> Founder<'a> {
    /// Each step is asked for anew.
    pub fn new(cell: &'a Handle) -> Self {
        Self { cell, resumes: false }
    }

    /// Each step has a key of its own, which is its name: who begins from the start again within
    /// 72 hours is told what the first time gave. For a start that was interrupted.
    pub fn resuming(cell: &'a Handle) -> Self {
        Self { cell, resumes: true }
    }

    /// Opens the cell's books.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn open_books(&self, currencies: &[Currency]) -> Result<(), SetupError> {
        for currency in currencies {
            self.settled(&format!("book {currency}"), OpenBook { currency: *currency }).await?;
        }
        Ok(())
    }

    /// Sets the cell's rules from its first moment on.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn set_rules(&self, rules: Rules) -> Result<(), SetupError> {
        self.settled("rules", SetRules { from: Timestamp(0), rules }).await
    }

    /// Sets fees from the cell's first moment on.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn set_fees(&self, fees: Fees) -> Result<(), SetupError> {
        self.settled("fees", SetFees { from: Timestamp(0), fees }).await
    }

    /// Sets from the cell's first moment on when merchants are paid out.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn set_payout_terms(&self, terms: PayoutTerms) -> Result<(), SetupError> {
        let name = format!("payout terms {}", terms.currency);
        self.settled(&name, SetPayoutTerms { from: Timestamp(0), terms }).await
    }

    /// Sets how one-time codes are taken, unless that was done before.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn set_code_terms(&self, terms: CodeTerms) -> Result<(), SetupError> {
        let known = self.cell.ask(Query::CodeTerms(self.cell.now())).await;
        if matches!(known, Outcome::Answered { answer: Answer::CodeTerms(Some(_)), .. }) {
            return Ok(());
        }
        self.settled("code terms", SetCodeTerms { from: Timestamp(0), terms }).await
    }

    /// Puts the reference rates of a day in force, unless they moved further than the cell's terms
    /// allow: then they wait for a person of the operator. Whether they are in force.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn publish_rates(&self, day: &market::rates::Day) -> Result<bool, SetupError> {
        match self.pay("rates", rates_of(day)).await {
            Ok(pay::Reply::Proposal(_)) => Ok(false),
            Err(error) if !error.is_done_before() => Err(error),
            _ => Ok(true),
        }
    }

    /// Gives a cell its terms, from its first moment on. Not for a cell that has some: there two
    /// people change them.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn set_terms(&self, terms: &Terms) -> Result<(), SetupError> {
        let (from, rates) = (Timestamp(0), terms.rates.clone());
        self.founded("rate terms", RateTermsSet { from, terms: rates }).await?;
        let name = &self.cell.info().name;
        let place = terms.places.iter().find(|place| place.cell == *name);
        let Some(place) = place else { return Ok(()) };
        let classes = classes_of(place);
        for limit in &place.limits {
            let step = format!("limit {}", limit.id);
            let unfit = || self.error(&step, Why::Other("a word that is none".to_owned()));
            let rule = rule_of(limit, &classes).ok_or_else(unfit)?;
            if self.keeps(rule.currency).await? {
                self.founded(&step, LimitRuleSet { from, rule }).await?;
            }
        }
        for safeguard in &place.safeguards {
            let step = format!("what is kept safe in {}", safeguard.currency);
            let unfit = || self.error(&step, Why::Other("a word that is none".to_owned()));
            let rule = kept_safe(safeguard).ok_or_else(unfit)?;
            if self.keeps(rule.currency).await? {
                self.founded(&step, SafeguardRuleSet { from, rule }).await?;
            }
        }
        self.founded("classes", ClassesSet { from, classes }).await
    }

    /// Whether the cell keeps a book in a currency.
    async fn keeps(&self, currency: Currency) -> Result<bool, SetupError> {
        match self.cell.ask(economy::Query::Books).await {
            Outcome::Answered { answer: economy::Answer::Books(books), .. } => {
                Ok(books.iter().any(|book| book.account.currency == currency))
            }
            other => Err(self.error("books", Why::Other(format!("{other:?}")))),
        }
    }

    /// Raises the prefund of a link that this cell is paid over.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn fund_nostro(&self, link: u8, amount: u64) -> Result<(), SetupError> {
        let reference = format!("OPENING-{}", u32::from(link) + 1);
        let step = format!("prefund of link {link}");
        self.settled(&step, TopUpNostro { link, amount, reference }).await
    }

    /// Sets how this end of a link is settled, unless somebody has set it: by the clock of the cell
    /// (its minutes ahead of UTC), with the sum below which the operator is warned as the floor.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn settle_link(
        &self,
        link: u8,
        side: Side,
        terms: &market::terms::Settlement,
        (utc_offset_min, floor): (u16, u64),
    ) -> Result<(), SetupError> {
        let step = format!("settlement of link {link}");
        let asked = Query::Settlement { now: self.cell.now(), before: 0, most: 0 };
        let known = match self.cell.ask(asked).await {
            Outcome::Answered { answer: Answer::Settlement(links), .. } => links,
            other => return Err(self.error(&step, Why::Other(format!("{other:?}")))),
        };
        let set = known.iter().find(|view| view.link == link).and_then(|view| view.terms.as_ref());
        if set.is_some() {
            return Ok(());
        }
        let closing = pay::Closing { minute: terms.closing_minute, utc_offset_min };
        let supply = pay::Supply {
            target_days: terms.target_days,
            floor,
            approval_above: Some(floor / 100 * u64::from(terms.approval_percent)),
            bank_minute: terms.bank_minute,
            bank_offset_min: utc_offset_min,
            transfer_days: terms.transfer_days,
        };
        let keeps = matches!(side, Side::Seller);
        let terms = pay::SettlementTerms {
            link,
            closing: keeps.then_some(closing),
            supply: (!keeps).then_some(supply),
            source: terms.source.clone(),
        };
        self.founded(&step, SettlementTermsSet { from: Timestamp(0), terms }).await
    }

    /// Has the operator warned when a link's nostro is low.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn warn_below(&self, link: u8, below: u64) -> Result<(), SetupError> {
        let step = format!("warning of link {link}");
        self.settled(&step, SetNostroWarning { link, below }).await
    }

    /// Makes a party known under an id of the caller's (the one its name has in the vault).
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn register_party(
        &self,
        handle: &str,
        id: Id<Party>,
        role: Role,
    ) -> Result<Ref<Party>, SetupError> {
        let step = format!("party {handle}");
        match self.pay(&step, RegisterParty { id, role }).await? {
            pay::Reply::Party(party) => Ok(party),
            other => Err(self.unlike(&step, &other)),
        }
    }

    /// Issues a key for a party, in a role.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn issue_key(
        &self,
        handle: &str,
        key: &KeyText,
        party: Ref<Party>,
        role: Role,
    ) -> Result<(), SetupError> {
        let (id, hash, party) = (key.id, key.hash(), party.number);
        let issue = IssueKey {
            id,
            hash,
            party,
            role,
            expires: None,
            person: party,
            form: economy::people::KeyForm::Api,
            scopes: economy::ANY_SCOPE,
        };
        self.done(&format!("key {handle}"), Command::IssueKey(issue)).await.map(drop)
    }

    /// Issues a sign-in code for a party, in a role.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn issue_code(
        &self,
        handle: &str,
        code: &Code,
        party: Ref<Party>,
        role: Role,
    ) -> Result<(), SetupError> {
        let issue = code.issue(fresh(), party, role);
        self.done(&format!("code {handle}"), Command::IssueKey(issue)).await.map(drop)
    }

    /// Opens a wallet and puts money into it.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn open_wallet(
        &self,
        handle: &str,
        party: Ref<Party>,
        currency: Currency,
        amount: u64,
    ) -> Result<Ref<Wallet>, SetupError> {
        let step = format!("wallet {handle}");
        let wallet = match self.pay(&step, OpenWallet { id: fresh(), party, currency }).await? {
            pay::Reply::Wallet(view) => view.wallet,
            other => return Err(self.unlike(&step, &other)),
        };
        if amount > 0 {
            let reference = format!("OPENING-{handle}").to_uppercase();
            let top_up = TopUpWallet { wallet, amount, reference };
            self.settled(&format!("top-up {handle}"), top_up).await?;
        }
        Ok(wallet)
    }

    /// Registers a merchant with one store and its tills.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn open_shop(
        &self,
        handle: &str,
        party: Ref<Party>,
        shop: &Shop<'_>,
    ) -> Result<(Ref<Merchant>, Ref<Store>), SetupError> {
        let step = format!("merchant {handle}");
        let (name, currency) = (shop.merchant.to_owned(), shop.currency);
        let register = RegisterMerchant { id: fresh(), party, name, currency };
        let merchant = match self.pay(&step, register).await? {
            pay::Reply::Merchant(view) => view.merchant,
            other => return Err(self.unlike(&step, &other)),
        };
        let step = format!("store {handle}");
        let open = OpenStore {
            id: fresh(),
            merchant,
            name: shop.name.to_owned(),
            latin_name: shop.latin_name.map(str::to_owned),
            city: shop.city.to_owned(),
            category: shop.category,
            prefecture: shop.prefecture,
        };
        let store = match self.pay(&step, open).await? {
            pay::Reply::Store(store) => store,
            other => return Err(self.unlike(&step, &other)),
        };
        for till in 1..=shop.tills {
            let add = AddTill { id: fresh(), store, name: till.to_string() };
            self.settled(&format!("till {till} of {handle}"), add).await?;
        }
        Ok((merchant, store))
    }

    async fn done(&self, step: &str, command: Command) -> Result<Reply, SetupError> {
        let key = name_hash(step);
        let fingerprint = self.resumes.then_some(economy::Fingerprint { key, content: key });
        let request = Request { actor: FOUNDER, fingerprint, command };
        match self.cell.submit(request).await {
            Outcome::Done { reply, .. } | Outcome::Repeated { reply, .. } => Ok(reply),
            Outcome::Refused { refusal, .. } => Err(self.error(step, refusal)),
            Outcome::Rejected(why) => Err(self.error(step, why)),
            other => Err(self.error(step, Why::Other(format!("{other:?}")))),
        }
    }

    async fn pay(
        &self,
        step: &str,
        command: impl Into<pay::Command>,
    ) -> Result<pay::Reply, SetupError> {
        match self.done(step, Command::Pay(command.into())).await? {
            Reply::Pay(reply) => Ok(reply),
            other => Err(self.unlike(step, &other)),
        }
    }

    /// Done, or done before.
    async fn settled(
        &self,
        step: &str,
        command: impl Into<pay::Command>,
    ) -> Result<(), SetupError> {
        match self.pay(step, command).await {
            Err(error) if error.is_done_before() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Sets a term that the cell never had.
    async fn founded(&self, step: &str, change: impl Into<Change>) -> Result<(), SetupError> {
        let (id, change, note) = (fresh(), change.into(), String::new());
        match self.pay(step, Propose { id, change, note }).await {
            Ok(pay::Reply::Done) => Ok(()),
            Ok(other) => Err(self.unlike(step, &other)),
            Err(error) if error.is_done_before() => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn error(&self, step: &str, why: impl Into<Why>) -> SetupError {
        let cell = self.cell.info().name.clone();
        SetupError { cell, step: step.to_owned(), why: why.into() }
    }

    fn unlike(&self, step: &str, reply: &dyn std::fmt::Debug) -> SetupError {
        self.error(step, Why::Other(format!("an answer of another kind: {reply:?}")))
    }
}

/// Which end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The cell whose wallets pay; it mirrors what it holds with the other.
    Payer,
    /// The cell whose merchants are paid; it keeps what the other holds.
    Seller,
}

impl Founder<'_> {
    /// Opens this cell's end of a link. It must have a book in the currency that is held.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn open_end(
        &self,
        peer: &cell::CellInfo,
        side: Side,
        held: Currency,
    ) -> Result<(), SetupError> {
        let open = OpenLink {
            peer: peer.number,
            name: peer.name.clone(),
            nostro: (side == Side::Seller).then_some(held),
            mirror: (side == Side::Payer).then_some(held),
            max_unanswered: WINDOW.0,
            max_age: WINDOW.1,
        };
        self.settled("link", open).await
    }
}

impl Founder<'_> {
    /// Opens the link to a partner and believes its key.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn open_partner(&self, partner: SetPartner, key: [u8; 32]) -> Result<(), SetupError> {
        let peer = partner.peer;
        self.pay("partner", partner).await?;
        self.pay("partner's key", SetPartnerKey { peer, key, trusted: true }).await.map(drop)
    }
}

/// Links a payer's cell and a seller's cell of one process: the payer's side keeps `sold` with the
/// seller's. Both must have a book in it.
///
/// # Errors
/// [`SetupError`].
pub async fn link(payer: &Handle, seller: &Handle, sold: Currency) -> Result<(), SetupError> {
    Founder::new(payer).open_end(seller.info(), Side::Payer, sold).await?;
    Founder::new(seller).open_end(payer.info(), Side::Seller, sold).await
}

/// The command that publishes a day of the European Central Bank. Currencies of the past stand in
/// its history; only those of today can be booked.
fn rates_of(day: &market::rates::Day) -> PublishRates {
    let date = u32::from(day.date.year()) * 10_000
        + u32::from(day.date.month()) * 100
        + u32::from(day.date.day());
    let known = day.per_euro.iter().filter_map(|(code, rate)| {
        Some((code.parse().ok()?, Decimal { digits: rate.digits, scale: rate.scale }))
    });
    let euro = (Currency::EUR, Decimal { digits: 1, scale: 0 });
    let rates = [euro].into_iter().chain(known).collect();
    PublishRates { id: fresh(), date, source: market::rates::SOURCE.to_owned(), rates }
}

/// FNV-1a in 128 bits: names steps and people, keeps no secret.
pub fn name_hash(text: &str) -> u128 {
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}
