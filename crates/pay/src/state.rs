//! What `pay` knows: the market (parties, wallets, merchants, stores), the terms, and the legs
//! of payments.

mod bank;
mod cases;
mod codes;
mod connector;
mod legs;
pub(crate) mod made;
mod packed;
mod parties;
mod partner;
mod payout;
mod posters;
mod proposals;
mod referrals;
mod settlement;
mod shares;
mod spent;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use corridor::CaptureMode;
use kernel::id::{Merchant as MerchantKind, Payment, Quote as QuoteKind, Store as StoreKind};
use kernel::index::Index;
use kernel::log::Log;
use kernel::table::{Dense, Table};
use kernel::{Currency, Id, Ref, Role, Timestamp};

use crate::costs::{FeeRules, Shared, Splits};
use crate::event::BookOpened;
use crate::terms::{
    Category, Classes, Dated, Fees, LimitRule, Limits, RateLot, RateTerms, RuleBook, Rules,
    VelocityRule,
};

pub(crate) use packed::PackedOutgoing;

pub use bank::{Approval, BankAccount, Banking, KnownLine, Returned};
pub use cases::{Case, CaseState, Cases};
pub use codes::{Ask, Charge, Codes, Misses, Phone};
pub(crate) use connector::MOST as MOST_CONNECTORS;
pub use connector::{
    AskEnd, Connector, ConnectorAsk, ConnectorAttempt, ConnectorRefund, Connectors, RefundEnd,
    Shape, Stray, StrayReason, ThroughConnector, connector_of, crosses, over_connector,
};
pub use legs::{
    ClosedIncoming, ClosedOutgoing, End, Incoming, IncomingState, Marks, NO_LINK, NONE, Outgoing,
    OutgoingState, Part, PartKind, halves, whole,
};
pub use parties::{Forgotten, Party};
pub use partner::{MOST_PARTNER_KEYS, Partner, PartnerKey};
pub use payout::{BankFile, BankFiles};
pub use posters::{Acceptance, Network, Place, Posters};
pub(crate) use posters::{judged, longest};
pub use proposals::{Decided, Proposal, Proposals};
pub use referrals::{Brought, Referral, Referrals, ReferrerTerms, WHOLE_PPM};
pub use settlement::{Announced, Half, Halves, SettledDay, Settlement, TopUp, remittance};
pub use spent::{Paid, Spent, Try, next_window};
pub use standing::{PauseReason, Review, Standing};

/// A wallet, beside its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// Its account.
    pub account: u32,
    /// Whose it is.
    pub party: u32,
    /// The entry of the wallet that its party opened before it; `NONE` for none.
    pub older: u32,
    /// The class of its party; [`crate::terms::UNCLASSED`] if nobody has put it into one.
    pub class: u8,
    /// Its last payments, the newest first.
    pub tries: [Try; 8],
    /// What it paid lately.
    pub spent: Spent,
}

/// A business that is paid.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Merchant {
    /// Its reference; the number is its account's.
    #[n(0)]
    pub reference: Ref<MerchantKind>,
    /// Whose it is.
    #[n(1)]
    pub party: u32,
    /// Its public name.
    #[n(2)]
    pub name: String,
    /// What it is paid in.
    #[n(3)]
    pub currency: Currency,
}

/// How far a merchant's refunds may exceed its balance. Two accounts hold what becomes of it: what
/// the operator has put up is the receivable's debits, and what was not drawn is in the line. So
/// the merchant owes the difference, and the line's own side rule is the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct CreditLine {
    /// The account of what may still be drawn.
    #[n(0)]
    pub line: u32,
    /// The account of what the operator has put up.
    #[n(1)]
    pub receivable: u32,
    /// The most that the merchant may owe, in minor units.
    #[n(2)]
    pub limit: u64,
}

/// Where it is paid.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Store {
    /// Its reference.
    #[n(0)]
    pub reference: Ref<StoreKind>,
    /// The merchant's entry.
    #[n(1)]
    pub merchant: u32,
    /// Its public name, in its own language.
    #[n(2)]
    pub name: String,
    /// The name in Latin letters.
    #[n(3)]
    pub latin_name: Option<String>,
    /// The city, in Latin letters.
    #[n(4)]
    pub city: String,
    /// Its trade.
    #[n(5)]
    pub category: Category,
    /// Its prefecture.
    #[n(6)]
    pub prefecture: u8,
    /// Whether it takes payments.
    #[n(7)]
    pub open: bool,
}

/// A till.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Till {
    /// Its reference.
    #[n(0)]
    pub reference: Ref<kernel::id::Till>,
    /// Where it stands.
    #[n(1)]
    pub store: u32,
    /// What the shop calls it.
    #[n(2)]
    pub name: String,
}

/// A locked rate for one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub id: Id<QuoteKind>,
    /// For which payment.
    pub payment: Id<Payment>,
    /// The wallet's entry.
    pub wallet: u32,
    /// Over which link.
    pub link: u8,
    /// Who would be paid.
    pub store: Ref<StoreKind>,
    /// Minor units of the store's currency.
    pub amount: u64,
    /// At the mid rate, in minor units of the wallet's currency.
    pub principal: u64,
    /// Above it.
    pub spread: u64,
    /// The payer's fee.
    pub fee: u64,
    /// The rate lot.
    pub lot: u32,
    /// When the lock ends.
    pub expires: Timestamp,
    /// The payment's own deadline, if the seller requested it.
    pub deadline: Option<Timestamp>,
    /// At once or later.
    pub capture: CaptureMode,
    /// The place of the store at which a printed code hangs; 0 for none.
    pub place: u16,
}

impl Quote {
    /// Whether it is of a printed code: no till asked for the payment.
    pub const fn is_printed(&self) -> bool {
        self.deadline.is_none()
    }

    /// All that the wallet would pay.
    pub fn total(&self) -> u64 {
        self.principal.saturating_add(self.spread).saturating_add(self.fee)
    }
}

/// What falls due at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A quote's lock ends.
    Quote(u32),
    /// A request or a held sale runs out.
    Incoming(u32),
    /// A payer inside the cell is asked no more about a seller's leg.
    Ask(u32),
    /// A payment waited for the staff, or a released one for its payer.
    Case(u32),
    /// The day of a link's nostro is closed.
    Day(u8),
}

/// What is small and changes seldom: it is written whole into a snapshot.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Market {
    /// Accounts of the cell by currency.
    #[n(0)]
    pub books: BTreeMap<Currency, BookOpened>,
    /// Fees by date.
    #[n(1)]
    pub fees: Dated<Fees>,
    /// Limits by date.
    #[n(2)]
    pub limits: Dated<Limits>,
    /// Rules by date.
    #[n(3)]
    pub rules: Dated<Rules>,
    /// Rate lots in order of publication.
    #[n(4)]
    pub lots: Vec<RateLot>,
    /// Merchants by entry.
    #[n(5)]
    pub merchants: Vec<Merchant>,
    /// Stores by number.
    #[n(6)]
    pub stores: Vec<Store>,
    /// Tills by number.
    #[n(7)]
    pub tills: Vec<Till>,
    /// Below which nostro of a link the operator is warned.
    #[n(8)]
    pub warn_below: BTreeMap<u8, u64>,
    /// Hashes of bank references already taken.
    #[n(9)]
    pub references: BTreeSet<u64>,
    /// Parties that asked to be forgotten, and when: their keys are still to be destroyed.
    #[n(10)]
    pub to_forget: BTreeMap<u32, Timestamp>,
    /// Parties that were forgotten.
    #[n(11)]
    pub forgotten: BTreeMap<u32, Forgotten>,
    /// Credit lines by the merchant's entry.
    #[n(12)]
    pub credit_lines: BTreeMap<u32, CreditLine>,
    /// Files by which banks pay merchants, and their terms.
    #[n(13)]
    pub payout: BankFiles,
    /// Reviews by the merchant's entry; one that has none counts as approved.
    #[n(16)]
    pub reviews: BTreeMap<u32, Review>,
    /// What is known of payouts beside their files, and of the bank.
    #[n(30)]
    #[cbor(default)]
    pub banking: Banking,
    /// Changes of terms that wait for a second person, and those decided last.
    #[n(20)]
    pub proposals: Proposals,
    /// How far rates are trusted, by date.
    #[n(21)]
    pub rate_terms: Dated<RateTerms>,
    /// Codes that customers show, beside the phones that make them.
    #[n(24)]
    pub codes: Codes,
    /// Fees of some sales, by date.
    #[n(40)]
    pub fee_rules: FeeRules,
    /// With whom merchants share what they sell.
    #[n(41)]
    pub splits: Splits,
    /// Limits by name.
    #[n(22)]
    pub limit_rules: RuleBook<LimitRule>,
    /// Velocity rules by name.
    #[n(23)]
    pub velocity_rules: RuleBook<VelocityRule>,
    /// The classes of parties, by date.
    #[n(27)]
    pub classes: Dated<Classes>,
    /// The class of each party that somebody has put into one.
    #[n(25)]
    pub classed: BTreeMap<u32, u8>,
    /// Payments that wait for the staff.
    #[n(26)]
    pub cases: Cases,
    /// Wallets of other companies, and what they are being asked.
    #[n(34)]
    #[cbor(default)]
    pub connectors: Connectors,
    /// What hangs in stores, by their numbers.
    #[n(44)]
    #[cbor(default)]
    pub posters: BTreeMap<u32, Posters>,
    /// Days of links, and what fills them.
    #[n(50)]
    pub settlement: Settlement,
    /// Other operators' systems, by the link to each.
    #[n(45)]
    #[cbor(default)]
    pub partners: BTreeMap<u8, Partner>,
    /// Who brought whom.
    #[n(51)]
    #[cbor(default)]
    pub referrals: Referrals,
}

/// The state of the module.
pub struct State {
    /// What is small.
    pub market: Market,
    pub(crate) parties: Dense<Party>,
    pub(crate) made: made::Made,
    pub(crate) wallets: Dense<Wallet>,
    pub(crate) phones: Table<Phone>,
    pub(crate) phone_handles: Index,
    pub(crate) phone_wallets: Index,
    pub(crate) quotes: Table<Quote>,
    pub(crate) quote_ids: Index,
    pub(crate) outgoing: Table<Outgoing>,
    pub(crate) outgoing_ids: Index,
    pub(crate) closed_out: Log<PackedOutgoing>,
    pub(crate) closed_out_ids: Index,
    pub(crate) incoming: Table<Incoming>,
    pub(crate) incoming_ids: Index,
    pub(crate) closed_in: Log<ClosedIncoming>,
    pub(crate) closed_in_ids: Index,
    pub(crate) parts: Log<Part>,
    pub(crate) part_names: Index,
    pub(crate) shared: Log<Shared>,
    pub(crate) shared_ids: Index,
    pub(crate) due: BTreeSet<(Timestamp, Due)>,
}

impl State {
    /// An empty market. `seed` spreads the look-ups of ids; it is no part of the state.
    pub fn new(seed: u64) -> Self {
        let mut parties = Dense::new();
        // Party 0 is the cell itself.
        let (id, since) = (Id::new(0), Timestamp::default());
        parties.push(Party { id, role: Role::Cell, since, newest_wallet: NONE });
        Self {
            market: Market::default(),
            parties,
            made: made::Made::new(seed),
            wallets: Dense::new(),
            phones: Table::new(),
            phone_handles: Index::new(seed),
            phone_wallets: Index::new(seed),
            quotes: Table::new(),
            quote_ids: Index::new(seed),
            outgoing: Table::new(),
            outgoing_ids: Index::new(seed),
            closed_out: Log::new(),
            closed_out_ids: Index::new(seed),
            incoming: Table::new(),
            incoming_ids: Index::new(seed),
            closed_in: Log::new(),
            closed_in_ids: Index::new(seed),
            parts: Log::new(),
            part_names: Index::new(seed),
            shared: Log::new(),
            shared_ids: Index::new(seed),
            due: BTreeSet::new(),
        }
    }

    /// The rules that hold at a moment; the built-in ones before any were set.
    pub fn rules(&self, now: Timestamp) -> Rules {
        self.market.rules.at(now).cloned().unwrap_or_default()
    }

    /// The accounts of a currency.
    pub fn book(&self, currency: Currency) -> Option<&BookOpened> {
        self.market.books.get(&currency)
    }

    /// The newest reference rates and their number.
    pub fn rates(&self) -> Option<(u32, &RateLot)> {
        let last = self.market.lots.len().checked_sub(1)?;
        Some((last as u32, &self.market.lots[last]))
    }

    /// A wallet by its entry.
    pub fn wallet(&self, entry: u32) -> Option<&Wallet> {
        self.wallets.get(entry)
    }

    /// A store by its reference.
    pub fn store(&self, store: Ref<StoreKind>) -> Option<&Store> {
        self.market.stores.get(store.number as usize).filter(|known| known.reference == store)
    }

    /// A store by its number.
    pub fn store_numbered(&self, number: u32) -> Option<&Store> {
        self.market.stores.get(number as usize)
    }

    /// What hangs in a store; none where nothing was ever set.
    pub fn posters(&self, number: u32) -> Option<&Posters> {
        self.market.posters.get(&number)
    }

    /// The merchant of a store.
    pub fn merchant_of(&self, store: &Store) -> &Merchant {
        &self.market.merchants[store.merchant as usize]
    }

    /// A merchant by its reference.
    pub fn merchant(&self, merchant: Ref<MerchantKind>) -> Option<(u32, &Merchant)> {
        // Accounts are numbered in the order in which merchants are registered.
        let number = |known: &Merchant| known.reference.number;
        let at = self.market.merchants.binary_search_by_key(&merchant.number, number).ok()?;
        let known = &self.market.merchants[at];
        (known.reference == merchant).then_some((at as u32, known))
    }

    /// A quote and its entry.
    pub fn quote(&self, id: Id<QuoteKind>) -> Option<(u32, &Quote)> {
        let entry = self.quote_ids.find(self.quote_ids.hash(id.0), |n| {
            self.quotes.get(n).is_some_and(|quote| quote.id == id)
        })?;
        Some((entry, self.quotes.get(entry)?))
    }

    /// A quote by its entry, until it is said yes to or runs out.
    pub fn quote_numbered(&self, entry: u32) -> Option<&Quote> {
        self.quotes.get(entry)
    }

    /// The payer's open leg.
    pub fn outgoing(&self, id: Id<Payment>) -> Option<(u32, &Outgoing)> {
        let entry = self.outgoing_ids.find(self.outgoing_ids.hash(id.0), |n| {
            self.outgoing.get(n).is_some_and(|leg| leg.id == id)
        })?;
        Some((entry, self.outgoing.get(entry)?))
    }

    /// The payer's closed leg; the newest one, where a declined payment was tried again.
    pub fn closed_outgoing(&self, id: Id<Payment>) -> Option<(u32, ClosedOutgoing)> {
        self.closed_outgoing_where(id, |_| true)
    }

    /// The newest of the payer's closed legs that pass a test.
    pub fn closed_outgoing_where(
        &self,
        id: Id<Payment>,
        pass: impl Fn(&ClosedOutgoing) -> bool,
    ) -> Option<(u32, ClosedOutgoing)> {
        let mut newest = None;
        self.closed_out_ids.find(self.closed_out_ids.hash(id.0), |n| {
            let found = self.closed_out.get(n).filter(|packed| packed.id() == id);
            if found.is_some_and(|packed| pass(&packed.leg())) {
                newest = newest.max(Some((self.closed_out.before(n), n)));
            }
            false
        });
        let (_, entry) = newest?;
        Some((entry, self.closed_out.get(entry)?.leg()))
    }

    /// The seller's open leg.
    pub fn incoming(&self, id: Id<Payment>) -> Option<(u32, &Incoming)> {
        let entry = self.incoming_ids.find(self.incoming_ids.hash(id.0), |n| {
            self.incoming.get(n).is_some_and(|leg| leg.id == id)
        })?;
        Some((entry, self.incoming.get(entry)?))
    }

    /// The seller's closed leg.
    pub fn closed_incoming(&self, id: Id<Payment>) -> Option<(u32, &ClosedIncoming)> {
        let entry = self.closed_in_ids.find(self.closed_in_ids.hash(id.0), |n| {
            self.closed_in.get(n).is_some_and(|leg| leg.id == halves(id))
        })?;
        Some((entry, self.closed_in.get(entry)?))
    }

    /// Open legs of payers, in order of entry.
    pub fn all_outgoing(&self) -> impl Iterator<Item = (u32, &Outgoing)> {
        self.outgoing.iter()
    }

    /// Closed legs of payers, oldest first.
    pub fn all_closed_outgoing(&self) -> impl Iterator<Item = (u32, ClosedOutgoing)> {
        self.closed_out.iter().map(|(number, packed)| (number, packed.leg()))
    }

    /// Open legs of sellers, in order of entry.
    pub fn all_incoming(&self) -> impl Iterator<Item = (u32, &Incoming)> {
        self.incoming.iter()
    }

    /// Closed legs of sellers, oldest first.
    pub fn all_closed_incoming(&self) -> impl Iterator<Item = (u32, &ClosedIncoming)> {
        self.closed_in.iter()
    }

    /// The part of a payment under a name.
    pub fn part<K>(&self, payment: Id<Payment>, name: Id<K>) -> Option<&Part> {
        let number = self.part_names.find(self.part_names.hash(name.0), |n| {
            let is_it = |part: &Part| (part.name, part.payment) == (halves(name), halves(payment));
            self.parts.get(n).is_some_and(is_it)
        })?;
        self.parts.get(number)
    }

    /// The named parts of payments, oldest first.
    pub fn all_parts(&self) -> impl Iterator<Item = (u32, &Part)> {
        self.parts.iter()
    }

    /// When the oldest closed leg may leave the state.
    pub fn next_forget(&self) -> Option<Timestamp> {
        let out = self.closed_out.get(self.closed_out.first()).map(|packed| packed.leg().closed_s);
        let inc = self.closed_in.get(self.closed_in.first()).map(|leg| leg.closed_s);
        let closed = u64::from(out.into_iter().chain(inc).min()?);
        // The longest window from then on: a shorter one that is not in force yet would wake the
        // cell early, again and again.
        let at = Timestamp::from_seconds(closed);
        let windows = self.market.rules.since(at).map(|rules| rules.refund_days);
        let days = windows.chain([self.rules(at).refund_days]).max().unwrap_or_default();
        let end = Timestamp::from_seconds(closed + 1).plus(kernel::Span::days(u64::from(days)));
        Some(end)
    }

    /// What is due at `now`, at most `limit`, in order of (deadline, kind, entry).
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<Due> {
        self.due.iter().take_while(|(at, _)| *at <= now).take(limit).map(|(_, due)| *due).collect()
    }
}
