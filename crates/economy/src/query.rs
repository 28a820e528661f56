// long: every question and its answer, one list each
//! Questions about one thing. They stand in the same queue as commands, so that an answer is
//! never older than a reply that was given before it.

use corridor::{ChargeAnswer, Link};
use kernel::id::{
    Account as AccountKind, BankFile, Key as KeyKind, Merchant, Party, Payment, Store, Wallet,
};
use kernel::{Actor, Currency, Id, Ref, Role, Timestamp};
use ledger::{Account, Transfer};
use pay::codes::CodeTerms;
use pay::costs::{FeeRate, FeeScope, Via};
use pay::state::{Connector, ConnectorAttempt, Partner, Stray};
use pay::{
    AskView, BankFileView, BankLineView, BankingView, Beside, BilledPayment, BilledRefund, CaseRow,
    ConnectorAskView, ConnectorRefundView, LookView, MerchantView, PartyView, Payable, PayableNow,
    PaymentView, PayoutAccounts, PayoutOf, PhoneView, ProposalRow, ReviewRow, RulesInForce,
    SettlementView, ShareView, Shops, WalletLimits, WalletView,
};

use crate::people::People;
use crate::remembered::Known;
use crate::{Fingerprint, Key, Refusal, State};

const NO_MERCHANT: pay::Refusal = pay::Refusal::MerchantNotFound;

/// A question.
#[derive(Clone, Debug)]
pub enum Query {
    /// What is in a wallet.
    Wallet(Actor, Ref<Wallet>),
    /// What a merchant is owed.
    Merchant(Actor, Ref<Merchant>),
    /// Where a payment stands.
    Payment(Actor, Id<Payment>),
    /// The phone that makes codes for a wallet, at a moment.
    Phone(Actor, Ref<Wallet>, Timestamp),
    /// What the holder of a wallet is asked about codes that were shown, at a moment.
    Asks(Actor, Ref<Wallet>, Timestamp),
    /// What became of the newest code of an open payment, for its seller.
    Charge(Actor, Id<Payment>),
    /// How codes are taken at a moment.
    CodeTerms(Timestamp),
    /// What others have of a payment, for its seller.
    Shares(Actor, Id<Payment>),
    /// What a code's scanner is shown before paying; with the time and the payer's cell, also what
    /// is taken of the sale.
    Look(Ref<Store>, Option<Id<Payment>>, Option<(Timestamp, u16)>),
    /// The store of a number that a person typed.
    StoreNumbered(u32),
    /// Whether somebody takes a code of this form for a shop of a currency, at a moment; refused where
    /// nobody does.
    RouteCode(String, Currency, Timestamp),
    /// A referrer by its word, at a moment.
    Referrer(String, Timestamp),
    /// All referrers, for the operator; for anybody else those that are their own.
    Referrers(Actor, Timestamp),
    /// Who brought a wallet, for who may act for it.
    Referral(Actor, Ref<Wallet>, Timestamp),
    /// The terms of codes by date.
    CodeTermsByDate,
    /// A place of a store whose code has not been withdrawn.
    Place(Ref<Store>, u16),
    /// What hangs in a store, at a moment.
    Posters(Ref<Store>, Timestamp),
    /// Merchants as staff look at them: from behind an entry on, in the order in which they
    /// registered, at most so many.
    Reviews {
        /// Which of them.
        of: Shops,
        /// Behind this entry; none for from the first on.
        after: Option<u32>,
        /// At most so many.
        limit: usize,
    },
    /// The merchants that ever set a bank account and stay.
    Payees,
    /// What the merchants of a merchant's party say of their bank account.
    PayoutAccounts(Actor, Ref<Merchant>),
    /// Changes of terms that wait for a second person, or those decided last.
    Proposals {
        /// The moment at which what holds is told.
        now: Timestamp,
        /// Whether those that wait are meant.
        waiting: bool,
    },
    /// What is left of a wallet's limits at a moment.
    WalletLimits(Actor, Ref<Wallet>, Timestamp),
    /// The limits, velocity rules and classes that hold at a moment.
    RulesInForce(Timestamp),
    /// The payments that wait for the staff.
    Cases,
    /// One of them, for whose wallet it is.
    CaseOf(Actor, Id<Payment>),
    /// Those of a wallet that were not made, the newest first.
    CasesOf(Actor, Ref<Wallet>),
    /// An account of the book.
    Account(Ref<AccountKind>),
    /// The transfer that was made with an id.
    Transfer(u128),
    /// All links.
    Links,
    /// How links are settled at a moment: the newest days of each nostro below a number, at most so
    /// many.
    Settlement {
        /// The moment whose terms hold.
        now: Timestamp,
        /// Below this day.
        before: u32,
        /// At most so many.
        most: u16,
    },
    /// Every key that was ever issued: what an edge starts with.
    Keys,
    /// Everybody who acts for a party: what an edge starts with.
    People,
    /// Where the answer to a request stands that was answered before.
    Answered(Fingerprint),
    /// Who pays and who is paid, by number, as far as this cell knows.
    Sides(Id<Payment>),
    /// Whose wallets and stores are: wallets by their entries, stores by their numbers.
    Holders {
        /// The wallets.
        wallets: Box<[u32]>,
        /// The stores.
        stores: Box<[u32]>,
    },
    /// A party by its number.
    Party(u32),
    /// A party, for itself or the operator.
    PartyOf(Actor, Ref<Party>),
    /// The parties that asked to be forgotten and are not yet: what is left to be done.
    ToForget,
    /// The parties that were forgotten.
    Forgotten,
    /// The references of accounts by their numbers.
    References(Box<[u32]>),
    /// The accounts that the cell has of its own, in each currency.
    Books,
    /// The newest reference rates.
    Rates,
    /// The fees that are in force at a moment.
    Fees(Timestamp),
    /// Which merchants of a currency have something to be paid out, some entries at a time.
    PayableNow {
        /// The moment whose terms hold.
        now: Timestamp,
        /// In what.
        currency: Currency,
        /// The first entry.
        from: u32,
        /// How many entries are looked at.
        most: u32,
    },
    /// What one merchant could be paid out at a moment, for itself or the operator.
    Payable(Actor, Ref<Merchant>, Timestamp),
    /// Bank files, the newest first.
    BankFiles {
        /// Only those with an entry below this one.
        before: u32,
        /// How many at most.
        most: u32,
    },
    /// The number that the next bank file of a day (`yyyymmdd`) has.
    NextBankFile(u32),
    /// A bank file, with its transfers while they are kept.
    BankFile(Id<BankFile>),
    /// What is known of the bank at a moment.
    Banking(Timestamp),
    /// Lines of the bank, the newest first.
    BankLines {
        /// Only those that a person is to resolve.
        only_tasks: bool,
        /// Only those with a number below this one.
        before: u32,
        /// How many at most.
        most: u32,
    },
    /// A line of the bank.
    BankLine(u32),
    /// The connectors, what they are being asked and what they are to give back.
    Connectors,
    /// What the books know beside a connector's bill of a time; see [`pay::Beside`].
    BesideBill(Box<BesideBill>),
    /// The newest attempt to have a payment paid through a connector, as one of its sides sees it.
    Attempt(Actor, Id<Payment>),
    /// The partners.
    Partners,
    /// What the wallet of the partner was called whose user paid a merchant of this cell.
    PartnersWallet(Id<Payment>),
}

/// One of the cell's own accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnAccount {
    /// Its reference.
    pub reference: Ref<AccountKind>,
    /// The account as it is.
    pub account: Account,
}

/// A link as its operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkView {
    /// The link's state.
    pub link: Link,
    /// What the other side holds with us: balance, held, currency's code.
    pub nostro: Option<(u64, u64, &'static str)>,
    /// What we hold with the other side: balance, held, currency's code.
    pub mirror: Option<(u64, u64, &'static str)>,
    /// Below which nostro the operator is warned.
    pub warn_below: Option<u64>,
}

/// A connector as its operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorView {
    /// What is set of it.
    pub connector: Connector,
    /// Minor units that the other company owes; below zero what it is owed.
    pub owed: i128,
    /// Of them held for refunds under way.
    pub held: u64,
    /// The fee rules of all that is paid through it, by date; none where a rule was ended.
    pub fees: Vec<(Timestamp, Option<FeeRate>)>,
}

/// A partner with its link.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnerView {
    /// The number of the link.
    pub number: u8,
    /// What is known of it.
    pub partner: Partner,
    /// The link.
    pub link: LinkView,
}

/// A bill that the books are to be held against.
#[derive(Clone, Debug)]
pub struct BesideBill {
    /// Of which connector, by its name.
    pub connector: String,
    /// What was paid through it from this moment on is looked for,
    pub from: Timestamp,
    /// and before this one.
    pub until: Timestamp,
    /// The payments that it names.
    pub payments: Vec<BilledPayment>,
    /// The refunds that it names.
    pub refunds: Vec<BilledRefund>,
}

/// All connectors, and what is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorsView {
    /// In order of number.
    pub connectors: Vec<ConnectorView>,
    /// What other companies are being asked to take.
    pub asks: Vec<ConnectorAskView>,
    /// What they are being asked to give back.
    pub refunds: Vec<ConnectorRefundView>,
    /// Money of theirs that no payment waits for, by its number.
    pub strays: Vec<(u64, Stray)>,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// See [`Query::Wallet`].
    Wallet(WalletView),
    /// See [`Query::Merchant`].
    Merchant(MerchantView),
    /// See [`Query::Payment`].
    Payment(Box<PaymentView>),
    /// See [`Query::Phone`].
    Phone(Box<PhoneView>),
    /// See [`Query::Asks`].
    Asks(Vec<AskView>),
    /// See [`Query::Charge`]: none where no code was shown; inside, none while there is no answer.
    Charge(Option<Option<ChargeAnswer>>),
    /// See [`Query::CodeTerms`].
    CodeTerms(Option<Box<CodeTerms>>),
    /// See [`Query::Shares`].
    Shares(Vec<ShareView>),
    /// See [`Query::Look`].
    Look(Box<LookView>),
    /// See [`Query::StoreNumbered`].
    Store(Ref<Store>),
    /// See [`Query::RouteCode`].
    CodeRouted,
    /// See [`Query::Referrer`].
    Referrer(Box<pay::ReferrerView>),
    /// See [`Query::Referrers`].
    Referrers(Vec<pay::ReferrerKnown>),
    /// See [`Query::Referral`].
    Referral(Option<pay::ReferralView>),
    /// See [`Query::CodeTermsByDate`].
    CodeTermsByDate(Vec<pay::CodeTermsRow>),
    /// See [`Query::Place`].
    Place(Box<pay::Place>),
    /// See [`Query::Posters`].
    Posters(Box<pay::PostersView>),
    /// See [`Query::Reviews`].
    Reviews(Vec<ReviewRow>),
    /// See [`Query::Payees`]: the id of the party, under which the vault has the account, and how
    /// often it was set.
    Payees(Vec<(Id<Party>, u32)>),
    /// See [`Query::PayoutAccounts`].
    PayoutAccounts(Box<PayoutAccounts>),
    /// See [`Query::Settlement`].
    Settlement(Vec<SettlementView>),
    /// See [`Query::Proposals`]: the oldest first, with what holds in place of each that waits.
    Proposals(Vec<ProposalRow>),
    /// See [`Query::WalletLimits`].
    WalletLimits(WalletLimits),
    /// See [`Query::RulesInForce`].
    RulesInForce(Box<RulesInForce>),
    /// See [`Query::Cases`], the oldest first, and [`Query::CasesOf`].
    Cases(Vec<CaseRow>),
    /// See [`Query::CaseOf`].
    CaseOf(Box<CaseRow>),
    /// See [`Query::Account`].
    Account(Box<Account>),
    /// See [`Query::Transfer`].
    Transfer(Option<Transfer>),
    /// See [`Query::Links`].
    Links(Vec<LinkView>),
    /// See [`Query::People`].
    People(Box<People>),
    /// See [`Query::Keys`].
    Keys(Vec<(Id<KeyKind>, Key)>),
    /// See [`Query::Answered`]: the group and the record in it.
    Answered(Option<(u64, u32)>),
    /// See [`Query::Sides`].
    Sides {
        /// The party whose wallet pays.
        payer: Option<u32>,
        /// The party whose store is paid.
        payee: Option<u32>,
    },
    /// See [`Query::Holders`]: the parties' numbers, in the order that was asked.
    Holders {
        /// Of the wallets.
        wallets: Vec<Option<u32>>,
        /// Of the stores.
        stores: Vec<Option<u32>>,
    },
    /// See [`Query::Party`] and [`Query::PartyOf`].
    Party(Option<PartyView>),
    /// See [`Query::ToForget`] and [`Query::Forgotten`]; in order of their numbers.
    Parties(Vec<PartyView>),
    /// See [`Query::References`], in the order of the question.
    References(Vec<Option<Ref<AccountKind>>>),
    /// See [`Query::Books`].
    Books(Vec<OwnAccount>),
    /// See [`Query::Rates`].
    Rates(Option<pay::terms::RateLot>),
    /// See [`Query::Fees`].
    Fees(Option<Box<pay::Fees>>),
    /// See [`Query::PayableNow`].
    PayableNow(Box<PayableNow>),
    /// See [`Query::Payable`].
    Payable(Box<Payable>),
    /// See [`Query::BankFiles`].
    BankFiles {
        /// The newest first.
        files: Vec<BankFileView>,
        /// Before which entry there are more, if there are.
        next: Option<u32>,
    },
    /// See [`Query::NextBankFile`].
    NextBankFile(u16),
    /// See [`Query::BankFile`].
    BankFile(Box<(BankFileView, Vec<PayoutOf>)>),
    /// See [`Query::Banking`].
    Banking(Box<BankingView>),
    /// See [`Query::BankLines`].
    BankLines {
        /// The lines.
        lines: Vec<BankLineView>,
        /// Below which number there are more.
        next: Option<u32>,
    },
    /// See [`Query::BankLine`].
    BankLine(Box<BankLineView>),
    /// See [`Query::Connectors`].
    Connectors(Box<ConnectorsView>),
    /// See [`Query::BesideBill`].
    BesideBill(Box<Beside>),
    /// See [`Query::Attempt`]: none where none was made, or the payment is over.
    Attempt(Option<Box<ConnectorAttempt>>),
    /// See [`Query::Partners`]: in order of their links.
    Partners(Vec<PartnerView>),
    /// See [`Query::PartnersWallet`]: none where no partner's user paid.
    PartnersWallet(Option<String>),
}

impl State {
    /// Answers a question from the state as it is.
    pub fn answer(&self, query: &Query) -> Result<Answer, Refusal> {
        let world = self.world();
        Ok(match query {
            Query::Wallet(actor, wallet) => {
                let (entry, _) = world.wallet(*actor, *wallet)?;
                let view = world.wallet_view(entry).ok_or(pay::Refusal::WalletNotFound)?;
                Answer::Wallet(view)
            }
            Query::Merchant(actor, merchant) => {
                let (_, known) =
                    self.pay.merchant(*merchant).ok_or(pay::Refusal::MerchantNotFound)?;
                if !world.may(*actor, known.party) {
                    return Err(pay::Refusal::MerchantNotFound.into());
                }
                Answer::Merchant(world.merchant_view(known))
            }
            Query::Payment(actor, id) => Answer::Payment(Box::new(world.payment(*actor, *id)?)),
            Query::Phone(actor, wallet, now) => {
                Answer::Phone(Box::new(world.phone_view((*actor, *now), *wallet)?))
            }
            Query::Asks(actor, wallet, now) => Answer::Asks(world.asks_of(*actor, *wallet, *now)?),
            Query::Charge(actor, payment) => Answer::Charge(world.charge_of(*actor, *payment)),
            Query::CodeTerms(now) => {
                Answer::CodeTerms(self.pay.code_terms(*now).cloned().map(Box::new))
            }
            Query::Shares(actor, payment) => {
                let view = world.payment(*actor, *payment)?;
                let store = self.pay.store(view.store).ok_or(pay::Refusal::PaymentNotFound)?;
                if !world.may(*actor, self.pay.merchant_of(store).party) {
                    return Err(pay::Refusal::PaymentNotFound.into());
                }
                Answer::Shares(world.shares(*payment))
            }
            Query::Look(store, payment, payer) => {
                Answer::Look(Box::new(world.look(*store, *payment, *payer)?))
            }
            Query::RouteCode(text, currency, now) => match world.route_code(*now, text)? {
                pay::codes::Routed::Cell(..) => Answer::CodeRouted,
                // Whether it is connected is judged when it is charged.
                pay::codes::Routed::Connector { connector, wallet, .. } => {
                    match self.pay.connectors().meant(&connector, *currency) {
                        Some(_) => Answer::CodeRouted,
                        None => return Err(pay::Refusal::WalletNotConnected { wallet }.into()),
                    }
                }
            },
            Query::Referrer(word, now) => Answer::Referrer(Box::new(world.referrer(*now, word)?)),
            Query::Referrers(actor, now) => Answer::Referrers(world.referrers(*actor, *now)),
            Query::Referral(actor, wallet, now) => {
                Answer::Referral(world.referral((*actor, *now), *wallet)?)
            }
            Query::CodeTermsByDate => Answer::CodeTermsByDate(world.code_terms_rows()),
            Query::Place(store, number) => {
                Answer::Place(Box::new(world.place(*store, *number)?.clone()))
            }
            Query::Posters(store, now) => Answer::Posters(Box::new(world.posters(*now, *store)?)),
            Query::StoreNumbered(number) => Answer::Store(world.store_numbered(*number)?),
            Query::Reviews { of, after, limit } => {
                Answer::Reviews(world.reviews(of, *after, *limit))
            }
            Query::Payees => Answer::Payees(world.payees()),
            Query::WalletLimits(actor, wallet, now) => {
                Answer::WalletLimits(world.wallet_limits(*actor, *wallet, *now)?)
            }
            Query::RulesInForce(now) => Answer::RulesInForce(Box::new(world.rules_in_force(*now))),
            Query::Cases => Answer::Cases(world.cases()),
            Query::CaseOf(actor, payment) => {
                Answer::CaseOf(Box::new(world.case_of(*actor, *payment)?))
            }
            Query::CasesOf(actor, wallet) => Answer::Cases(world.cases_of(*actor, *wallet)?),
            Query::Proposals { now, waiting } => Answer::Proposals(world.proposals(*now, *waiting)),
            Query::Account(account) => {
                let known = self.book.account_tagged(account.number, account.tag);
                Answer::Account(Box::new(*known.ok_or(Refusal::AccountNotFound)?))
            }
            Query::Transfer(id) => Answer::Transfer(self.book.transfer(*id).copied()),
            Query::Links => Answer::Links(self.link_views()),
            Query::Rates => Answer::Rates(self.pay.rates().map(|(_, lot)| lot.clone())),
            Query::Fees(at) => Answer::Fees(self.pay.market.fees.at(*at).cloned().map(Box::new)),
            Query::Keys => {
                let keys = self.keys.iter();
                Answer::Keys(keys.map(|(id, key)| (Id::new(*id), key.clone())).collect())
            }
            Query::People => Answer::People(Box::new(self.people.clone())),
            Query::Answered(asked) => Answer::Answered(match self.remembered.find(asked) {
                Some(Known::Same { position, index }) => Some((position, index)),
                Some(Known::Other) => return Err(Refusal::IdempotencyKeyReused),
                None => None,
            }),
            Query::Sides(payment) => self.sides(*payment),
            Query::Holders { wallets, stores } => {
                let of_wallet = |entry: &u32| self.pay.wallet(*entry).map(|wallet| wallet.party);
                let of_store = |number: &u32| {
                    let store = self.pay.market.stores.get(*number as usize)?;
                    Some(self.pay.merchant_of(store).party)
                };
                Answer::Holders {
                    wallets: wallets.iter().map(of_wallet).collect(),
                    stores: stores.iter().map(of_store).collect(),
                }
            }
            Query::Party(number) => Answer::Party(world.party(*number)),
            Query::PartyOf(actor, party) => Answer::Party(Some(world.party_of(*actor, *party)?)),
            Query::ToForget => {
                let asked = self.pay.market.to_forget.keys();
                Answer::Parties(asked.filter_map(|number| world.party(*number)).collect())
            }
            Query::Forgotten => {
                let forgotten = self.pay.market.forgotten.keys();
                Answer::Parties(forgotten.filter_map(|number| world.party(*number)).collect())
            }
            Query::References(numbers) => {
                Answer::References(numbers.iter().map(|number| self.reference(*number)).collect())
            }
            Query::Books => Answer::Books(self.own_accounts()),
            Query::PayableNow { now, currency, from, most } => {
                let known = world.payable_now(*now, *currency, *from, *most);
                Answer::PayableNow(Box::new(known))
            }
            Query::Payable(actor, merchant, now) => {
                let (party, known) = world.payable_of(*now, *merchant).ok_or(NO_MERCHANT)?;
                if !world.may(*actor, party) {
                    return Err(NO_MERCHANT.into());
                }
                Answer::Payable(Box::new(known))
            }
            Query::PayoutAccounts(actor, merchant) => {
                let (party, known) = world.payout_accounts(*merchant).ok_or(NO_MERCHANT)?;
                if !world.may(*actor, party) {
                    return Err(NO_MERCHANT.into());
                }
                Answer::PayoutAccounts(Box::new(known))
            }
            Query::BankFiles { before, most } => {
                let (files, next) = world.bank_files(*before, *most as usize);
                Answer::BankFiles { files, next }
            }
            Query::NextBankFile(day) => Answer::NextBankFile(world.next_bank_file(*day)),
            Query::BankFile(id) => {
                let known = world.bank_file(*id).ok_or(pay::Refusal::BankFileNotFound)?;
                Answer::BankFile(Box::new(known))
            }
            Query::Banking(now) => Answer::Banking(Box::new(world.banking(*now))),
            Query::BankLines { only_tasks, before, most } => {
                let (lines, next) = world.bank_lines(*only_tasks, *before, *most as usize);
                Answer::BankLines { lines, next }
            }
            Query::Settlement { now, before, most } => {
                Answer::Settlement(world.settlement(*now, *before, usize::from(*most)))
            }
            Query::BankLine(number) => Answer::BankLine(Box::new(world.bank_line(*number)?)),
            Query::Connectors => Answer::Connectors(Box::new(self.connectors())),
            Query::BesideBill(of) => {
                let BesideBill { connector, from, until, payments, refunds } = &**of;
                let time = (*from, *until);
                let beside = world.beside_bill(connector, time, payments, refunds)?;
                Answer::BesideBill(Box::new(beside))
            }
            Query::Attempt(actor, payment) => {
                Answer::Attempt(world.connector_attempt(*actor, *payment)?.map(Box::new))
            }
            Query::PartnersWallet(payment) => {
                Answer::PartnersWallet(self.partners_wallet(*payment))
            }
            Query::Partners => {
                let links = (0..).zip(self.link_views());
                let views = links.filter_map(|(number, link)| {
                    let partner = self.pay.partner(number)?.clone();
                    Some(PartnerView { number, partner, link })
                });
                Answer::Partners(views.collect())
            }
        })
    }

    /// A payment keeps the name that held when it was taken.
    fn partners_wallet(&self, payment: Id<Payment>) -> Option<String> {
        let closed = self.pay.closed_incoming(payment);
        let closed = closed.map(|(_, sale)| (sale.link, Some(sale.closed_s)));
        let open = || self.pay.incoming(payment).map(|(_, sale)| (sale.link, None));
        let (link, closed_s) = closed.or_else(open)?;
        let partner = self.pay.partner(link)?;
        let name = match closed_s {
            Some(second) => partner.wallet_at(Timestamp::from_seconds(u64::from(second) + 1)),
            None => partner.wallets.last().map_or("", |(_, name)| name),
        };
        Some(name.to_owned())
    }

    fn connectors(&self) -> ConnectorsView {
        let world = self.world();
        let view = |(number, connector): (u16, &Connector)| {
            let account = self.book.account(connector.account);
            let of = FeeScope { via: Some(Via::Connector(number)), ..FeeScope::default() };
            let rules = self.pay.market.fee_rules.all().filter(|(scope, ..)| *scope == of);
            ConnectorView {
                connector: connector.clone(),
                owed: account.map_or(0, |account| -account.balance()),
                held: account.map_or(0, |account| account.credits_pending),
                fees: rules.map(|(_, from, rate)| (from, rate)).collect(),
            }
        };
        ConnectorsView {
            connectors: (0..).zip(&self.pay.connectors().known).map(view).collect(),
            asks: world.connector_asks(),
            refunds: world.connector_refunds(),
            strays: self.pay.connectors().open_strays.clone().into_iter().collect(),
        }
    }

    fn reference(&self, account: u32) -> Option<Ref<AccountKind>> {
        Some(Ref::new(self.cell, account, self.book.account(account)?.tag))
    }

    fn own_accounts(&self) -> Vec<OwnAccount> {
        let books = self.pay.market.books.values();
        let of_books = books.flat_map(|b| [b.fee, b.bank, b.payout, b.suspense, b.fx, b.spread]);
        let links = self.corridor.links.iter();
        let of_links = links.flat_map(|link| [link.nostro, link.mirror]).flatten();
        let own = of_books.chain(of_links).filter_map(|number| {
            let account = *self.book.account(number)?;
            Some(OwnAccount { reference: self.reference(number)?, account })
        });
        own.collect()
    }

    /// The parties of a payment, from whichever leg this cell has.
    fn sides(&self, payment: Id<Payment>) -> Answer {
        let world = self.world();
        let Ok(view) = world.payment(Actor::CELL, payment) else {
            return Answer::Sides { payer: None, payee: None };
        };
        let wallet = view.wallet.and_then(|wallet| world.wallet(Actor::CELL, wallet).ok());
        let store = self.pay.store(view.store);
        Answer::Sides {
            payer: wallet.map(|(_, wallet)| wallet.party),
            payee: store.map(|store| self.pay.merchant_of(store).party),
        }
    }

    fn link_views(&self) -> Vec<LinkView> {
        let money = |account: Option<u32>| {
            let account = self.book.account(account?)?;
            let balance = account.credits_posted.saturating_sub(account.debits_posted);
            Some((balance, account.debits_pending, account.currency.code()))
        };
        let links = self.corridor.links.iter().enumerate();
        links
            .map(|(number, link)| LinkView {
                link: link.clone(),
                nostro: money(link.nostro),
                mirror: money(link.mirror),
                warn_below: self.pay.market.warn_below.get(&(number as u8)).copied(),
            })
            .collect()
    }

    /// Whether a role is one that a key may be issued for.
    pub const fn may_hold_key(role: Role) -> bool {
        !matches!(role, Role::Cell | Role::Staff)
    }
}
