// long: one command after another, and their list
//! What can be asked of `pay`. Plain data; ids are already made.

mod bank;
mod codes;
mod connector;
mod partner;
mod posters;
mod referrals;
mod settlement;

use corridor::{CaptureMode, Message};
use kernel::id::{
    BankFile, Capture, Merchant, Party, Payment, Proposal, Quote, Refund, Store, Till, Wallet,
};
use kernel::{Currency, Decimal, Id, Ref, Role, Span, Timestamp};

use crate::costs::{FeeRate, ShareKind, Via};
use crate::event::Change;
pub use connector::{
    BeginConnectorPayment, BeginConnectorRefund, ConfirmConnectorFailed, ConfirmConnectorPaid,
    EndConnectorRefund, RestConnector, ReturnStray, SetConnector, SettleConnector,
};

use crate::state::PauseReason;
use crate::terms::{Category, Fees, Limits, PayoutTerms, Rules};

pub use bank::{
    ApproveBankFile, AskPayoutToday, ImportStatement, Resolution, ResolveBankLine, SetPayoutRules,
    SetPayoutSchedule, SetSafeguardRule, UndoBankLine,
};
pub use partner::{SetPartner, SetPartnerKey, SuspendPartner};

pub use codes::{ChargePayment, EndPhone, EnrolPhone, RefuseCharge, SetCodeTerms};
pub use posters::{PlaceWords, SetAcceptance, SetPlaces};
pub use referrals::Refer;
pub use settlement::{AskTopUp, CloseDay, MoveTopUp, SetSettlementTerms, SignDay, TopUpWord};

/// Opens the accounts that every cell has in a currency: fee, bank, payout, suspense, fx, spread.
#[derive(Clone, Debug)]
pub struct OpenBook {
    /// Which currency.
    pub currency: Currency,
}

/// Opens the link to another cell and the accounts it needs.
#[derive(Clone, Debug)]
pub struct OpenLink {
    /// The other cell's number.
    pub peer: u16,
    /// Its name, as codes carry it.
    pub name: String,
    /// The currency of the nostro that we keep for the other side, if we are paid from there.
    pub nostro: Option<Currency>,
    /// The currency of what we hold with the other side, if we pay there.
    pub mirror: Option<Currency>,
    /// The most payments that may wait for an answer.
    pub max_unanswered: u32,
    /// The longest one may wait before no new one starts.
    pub max_age: Span,
}

/// Sets below which nostro the operator is warned.
#[derive(Clone, Debug)]
pub struct SetNostroWarning {
    /// Which link.
    pub link: u8,
    /// Minor units of the nostro's currency.
    pub below: u64,
}

/// Publishes reference rates: units of each currency for one unit of the base. Rates that moved
/// further than the cell's terms allow wait for a second person.
#[derive(Clone, Debug)]
pub struct PublishRates {
    /// Creates the proposal, if they have to wait.
    pub id: Id<Proposal>,
    /// The day they are of, as `yyyymmdd`.
    pub date: u32,
    /// Who published them.
    pub source: String,
    /// Exact decimals as published.
    pub rates: Vec<(Currency, Decimal)>,
}

/// Sets fees from a moment on. Only for a cell that never had any: what holds is
/// changed by [`Propose`].
#[derive(Clone, Debug)]
pub struct SetFees {
    /// From when they hold.
    pub from: Timestamp,
    /// The fees.
    pub fees: Fees,
}

/// Sets limits for wallets of a currency from a moment on. Only for a cell that never had any: what holds is
/// changed by [`Propose`].
#[derive(Clone, Debug)]
pub struct SetLimits {
    /// From when they hold.
    pub from: Timestamp,
    /// The limits.
    pub limits: Limits,
}

/// Sets the cell's rules from a moment on. Only for a cell that never had any: what holds is
/// changed by [`Propose`].
#[derive(Clone, Debug)]
pub struct SetRules {
    /// From when they hold.
    pub from: Timestamp,
    /// The rules.
    pub rules: Rules,
}

/// Proposes a change of terms. It takes effect when another person of the operator approves it; a
/// term that the cell never had takes effect at once, for somebody has to found it.
#[derive(Clone, Debug)]
pub struct Propose {
    /// Creates it.
    pub id: Id<Proposal>,
    /// What is to change.
    pub change: Change,
    /// Why, in the author's words; may be empty.
    pub note: String,
}

/// A person of the operator, not its author, approves a proposal.
#[derive(Clone, Debug)]
pub struct ApproveProposal {
    /// Which.
    pub proposal: Id<Proposal>,
}

/// A person of the operator rejects a proposal; its author takes it back.
#[derive(Clone, Debug)]
pub struct RejectProposal {
    /// Which.
    pub proposal: Id<Proposal>,
    /// Why.
    pub reason: String,
}

/// The operator puts a party into a class, by what is known of who it is.
#[derive(Clone, Debug)]
pub struct SetClass {
    /// Which party.
    pub party: Ref<Party>,
    /// The word of the class.
    pub class: String,
    /// What it rests on.
    pub source: String,
}

/// The operator's staff let a payment be made that waits for them.
#[derive(Clone, Debug)]
pub struct ReleaseCase {
    /// The payment that was tried.
    pub payment: Id<Payment>,
}

/// The operator's staff do not let a payment be made that waits for them.
#[derive(Clone, Debug)]
pub struct RejectCase {
    /// The payment that was tried.
    pub payment: Id<Payment>,
    /// Why; the payer is told.
    pub reason: String,
}

/// Makes a person or business known; who they are is in the vault.
#[derive(Clone, Debug)]
pub struct RegisterParty {
    /// Creates it.
    pub id: Id<Party>,
    /// What it does here.
    pub role: Role,
}

/// A party asks to be forgotten, or the operator for it. Who it was is in the vault: whoever
/// follows the cell destroys it there, and says so.
#[derive(Clone, Debug)]
pub struct ForgetParty {
    /// Which.
    pub party: Ref<Party>,
}

/// Opens a wallet.
#[derive(Clone, Debug)]
pub struct OpenWallet {
    /// Creates it.
    pub id: Id<Wallet>,
    /// Whose it is.
    pub party: Ref<Party>,
    /// What it holds.
    pub currency: Currency,
}

/// Puts money that reached the bank into a wallet.
#[derive(Clone, Debug)]
pub struct TopUpWallet {
    /// Which wallet.
    pub wallet: Ref<Wallet>,
    /// Minor units.
    pub amount: u64,
    /// The bank's reference; each is taken once.
    pub reference: String,
}

/// Raises what the other side of a link holds with us.
#[derive(Clone, Debug)]
pub struct TopUpNostro {
    /// Which link.
    pub link: u8,
    /// Minor units of the nostro's currency.
    pub amount: u64,
    /// The bank's reference; each is taken once.
    pub reference: String,
}

/// Registers a business that is paid.
#[derive(Clone, Debug)]
pub struct RegisterMerchant {
    /// Creates it.
    pub id: Id<Merchant>,
    /// Whose it is.
    pub party: Ref<Party>,
    /// Its public name.
    pub name: String,
    /// What it is paid in.
    pub currency: Currency,
}

/// Opens a store of a merchant.
#[derive(Clone, Debug)]
pub struct OpenStore {
    /// Creates it.
    pub id: Id<Store>,
    /// Whose it is.
    pub merchant: Ref<Merchant>,
    /// Its public name, in its own language.
    pub name: String,
    /// Its name in Latin letters, if it has one.
    pub latin_name: Option<String>,
    /// The city, in Latin letters.
    pub city: String,
    /// Its trade.
    pub category: Category,
    /// The number of its prefecture (JIS X 0401), 0 outside Japan.
    pub prefecture: u8,
}

/// Lets a merchant's refunds exceed its balance, up to a limit; its next sales repay what was
/// drawn. A limit below what it owes ends new drawing at once and is reached by repayment.
#[derive(Clone, Debug)]
pub struct SetCreditLine {
    /// Which merchant.
    pub merchant: Ref<Merchant>,
    /// The most that it may owe, in minor units; 0 ends the line.
    pub limit: u64,
    /// The contract it comes from.
    pub source: String,
}

/// What staff decided about a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be paid out.
    Approve,
    /// It may not be paid until staff say otherwise.
    Pause(PauseReason),
}

/// The operator's staff decide about a merchant.
#[derive(Clone, Debug)]
pub struct ReviewMerchant {
    /// Which merchant.
    pub merchant: Ref<Merchant>,
    /// What was decided.
    pub verdict: Verdict,
    /// The number of the bank account that was looked at, as the merchant's review says it; 0
    /// for none. One that was changed meanwhile is looked at again.
    pub account: u32,
}

/// A merchant's bank account is set, or changed: payouts of all merchants of its party, which have
/// one account, wait until staff have looked at it.
#[derive(Clone, Debug)]
pub struct SetPayoutAccount {
    /// Which merchant.
    pub merchant: Ref<Merchant>,
    /// The number of the account that it replaces, as the merchant's review says it; 0 for none.
    /// An old request that comes again replaces nothing newer.
    pub replaces: u32,
}

impl SetPayoutAccount {
    /// The most merchants of one party whose account one command sets.
    pub const MOST: usize = 1_000;
}

/// Lets a store take payments, or not.
#[derive(Clone, Debug)]
pub struct SetStoreOpen {
    /// Which store.
    pub store: Ref<Store>,
    /// Whether it takes payments.
    pub open: bool,
}

/// Adds a till to a store.
#[derive(Clone, Debug)]
pub struct AddTill {
    /// Creates it.
    pub id: Id<Till>,
    /// Where it stands.
    pub store: Ref<Store>,
    /// What the shop calls it.
    pub name: String,
}

/// What a payment is for; the module it names hears of what happens to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// A sale over the counter, known to nobody but the till.
    #[default]
    #[n(0)]
    Sale,
}

/// A till asks to be paid.
#[derive(Clone, Debug)]
pub struct RequestPayment {
    /// Creates it.
    pub id: Id<Payment>,
    /// Who is paid.
    pub store: Ref<Store>,
    /// Minor units of the store's currency.
    pub amount: u64,
    /// How long it may be paid.
    pub valid_for: Span,
    /// At once, or held and captured later.
    pub capture: CaptureMode,
    /// What it is for.
    pub purpose: Purpose,
}

/// A wallet asks at what rate it could pay a store of another cell.
#[derive(Clone, Debug)]
pub struct MakeQuote {
    /// Creates it.
    pub id: Id<Quote>,
    /// Who would pay.
    pub wallet: Ref<Wallet>,
    /// The payment: the seller's own when `requested`, else made when the page opened.
    pub payment: Id<Payment>,
    /// Who would be paid.
    pub store: Ref<Store>,
    /// Minor units of the store's currency.
    pub amount: u64,
    /// What the store is paid in.
    pub currency: Currency,
    /// The payment's deadline, for one that the seller requested.
    pub deadline: Option<Timestamp>,
    /// At once, or held and captured later.
    pub capture: CaptureMode,
    /// The place of the store at which a printed code hangs, if it is of one.
    pub place: Option<u16>,
}

/// The payer says yes to a quote.
#[derive(Clone, Debug)]
pub struct ConfirmPayment {
    /// To which.
    pub quote: Id<Quote>,
    /// Yes, the same amount to the same store once more.
    pub again: bool,
}

/// A wallet pays a store of its own cell.
#[derive(Clone, Debug)]
pub struct PayHere {
    /// The payment: the seller's own when `requested`, else made when the page opened.
    pub payment: Id<Payment>,
    /// Who pays.
    pub wallet: Ref<Wallet>,
    /// Who is paid.
    pub store: Ref<Store>,
    /// Minor units of the store's currency.
    pub amount: u64,
    /// Whether the seller asked for this payment by its id.
    pub requested: bool,
    /// The place of the store at which a printed code hangs, if it is of one.
    pub place: Option<u16>,
    /// Yes, the same amount to the same store once more.
    pub again: bool,
}

/// A payment is taken back before it is paid: by its till, or asked for by its payer.
#[derive(Clone, Debug)]
pub struct CancelPayment {
    /// Which.
    pub payment: Id<Payment>,
}

/// Takes a part of what was held, or all of it.
#[derive(Clone, Debug)]
pub struct CapturePayment {
    /// The caller's name for it: asked for again, it is found as long as its payment is known.
    pub id: Id<Capture>,
    /// Which.
    pub payment: Id<Payment>,
    /// Minor units, on top of what was captured before.
    pub amount: u64,
    /// Whether nothing more will be taken; the rest is given back.
    pub last: bool,
}

/// Gives back what was held.
#[derive(Clone, Debug)]
pub struct ReleasePayment {
    /// Which.
    pub payment: Id<Payment>,
}

/// Gives back a part of what was captured.
#[derive(Clone, Debug)]
pub struct RefundPayment {
    /// The caller's name for it: asked for again, it is found as long as its payment is known.
    pub id: Id<Refund>,
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Minor units of the seller's currency.
    pub amount: u64,
}

/// Sets from a moment on when merchants of a currency are paid out, and at what cost. Only for a
/// cell that never had any: what holds is changed by [`Propose`].
#[derive(Clone, Debug)]
pub struct SetPayoutTerms {
    /// From when they hold.
    pub from: Timestamp,
    /// The terms.
    pub terms: PayoutTerms,
}

/// Takes from merchants what a file, written and waiting to be sent, pays out to their banks.
#[derive(Clone, Debug)]
pub struct SealBankFile {
    /// Creates it.
    pub id: Id<BankFile>,
    /// What it pays in.
    pub currency: Currency,
    /// On which day the bank is to pay, as `yyyymmdd`.
    pub day: u32,
    /// Which file of that day it is, from 1.
    pub number: u16,
    /// The hash of its bytes.
    pub hash: [u8; 32],
    /// Its transfers, in its order; at most [`Self::MOST`].
    pub entries: Box<[BankFileEntry]>,
}

impl SealBankFile {
    /// The most transfers of one file: they are one record, whose size is bounded.
    pub const MOST: usize = 4_000;
}

/// One transfer of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankFileEntry {
    /// Who is paid.
    pub merchant: Ref<Merchant>,
    /// Minor units that reach its bank; its fee comes on top.
    pub amount: u64,
    /// Whether its account is at the bank that pays.
    pub same_bank: bool,
    /// The number of the bank account that the file names, as the merchant's review says it; 0 for
    /// one of before there were numbers. A file that names an older one is outdated.
    pub account: u32,
}

/// The bank has the file: what it pays is no longer the cell's.
#[derive(Clone, Debug)]
pub struct ConfirmBankFileSent {
    /// Which.
    pub file: Id<BankFile>,
}

/// Gives all that a file took back to its merchants, fees too. It must not have been sent.
#[derive(Clone, Debug)]
pub struct WithdrawBankFile {
    /// Which.
    pub file: Id<BankFile>,
    /// Why.
    pub reason: String,
}

/// Sets from a moment on what the operator takes of some sales, or ends that.
#[derive(Clone, Debug)]
pub struct SetFeeRule {
    /// Names the proposal that it becomes where a second person has to agree.
    pub id: Id<Proposal>,
    /// From when it holds.
    pub from: Timestamp,
    /// Of this merchant only.
    pub merchant: Option<Ref<Merchant>>,
    /// Of stores of this trade only.
    pub category: Option<Category>,
    /// Of what is paid this way only.
    pub via: Option<Via>,
    /// The rate; none ends the rule.
    pub rate: Option<FeeRate>,
    /// The contract it comes from.
    pub source: String,
    /// Why, for the second person.
    pub note: String,
}

/// Sets from a moment on with whom a merchant shares what it sells, or ends that.
#[derive(Clone, Debug)]
pub struct SetSplit {
    /// Names the proposal that it becomes where a second person has to agree.
    pub id: Id<Proposal>,
    /// From when it holds.
    pub from: Timestamp,
    /// Whose sales.
    pub merchant: Ref<Merchant>,
    /// Who gets a share, what for, and how much in basis points; none ends the sharing.
    pub shares: Vec<(Ref<Merchant>, ShareKind, u32)>,
    /// The contract it comes from.
    pub source: String,
    /// Why, for the second person.
    pub note: String,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// Every command of this module. Numbers are stored with the records they caused.
        #[derive(Clone, Debug)]
        pub enum Command { $($(#[$doc])* $name($name),)* }

        impl Command {
            /// The stored number of the command's kind.
            pub const fn kind(&self) -> u8 {
                match self { $(Self::$name(_) => $number,)* }
            }

            /// The name of a stored number, for documents and tools.
            pub const fn name_of(kind: u8) -> Option<&'static str> {
                match kind { $($number => Some(stringify!($name)),)* _ => None }
            }
        }

        $(impl From<$name> for Command {
            fn from(command: $name) -> Self { Self::$name(command) }
        })*
    };
}

commands! {
    /// See the struct.
    OpenBook = 1,
    /// See the struct.
    OpenLink = 2,
    /// See the struct.
    SetNostroWarning = 3,
    /// See the struct.
    PublishRates = 4,
    /// See the struct.
    SetFees = 5,
    /// See the struct.
    SetLimits = 6,
    /// See the struct.
    SetRules = 7,
    /// See the struct.
    RegisterParty = 8,
    /// See the struct.
    OpenWallet = 9,
    /// See the struct.
    TopUpWallet = 10,
    /// See the struct.
    TopUpNostro = 11,
    /// See the struct.
    RegisterMerchant = 12,
    /// See the struct.
    OpenStore = 13,
    /// See the struct.
    SetStoreOpen = 14,
    /// See the struct.
    AddTill = 15,
    /// See the struct.
    RequestPayment = 16,
    /// See the struct.
    MakeQuote = 17,
    /// See the struct.
    ConfirmPayment = 18,
    /// See the struct.
    PayHere = 19,
    /// See the struct.
    CancelPayment = 20,
    /// See the struct.
    CapturePayment = 21,
    /// See the struct.
    ReleasePayment = 22,
    /// See the struct.
    RefundPayment = 23,
    /// See the struct.
    ForgetParty = 24,
    /// See the struct.
    SetCreditLine = 25,
    /// See the struct.
    SetPayoutTerms = 26,
    /// See the struct.
    SealBankFile = 27,
    /// See the struct.
    ConfirmBankFileSent = 28,
    /// See the struct.
    WithdrawBankFile = 29,
    /// See the struct.
    ReviewMerchant = 32,
    /// See the struct.
    SetPayoutAccount = 33,
    /// See the struct.
    EnrolPhone = 50,
    /// See the struct.
    EndPhone = 51,
    /// See the struct.
    SetCodeTerms = 52,
    /// See the struct.
    ChargePayment = 53,
    /// See the struct.
    RefuseCharge = 54,
    /// See the struct.
    SetPayoutSchedule = 55,
    /// See the struct.
    AskPayoutToday = 56,
    /// See the struct.
    ApproveBankFile = 57,
    /// See the struct.
    ImportStatement = 58,
    /// See the struct.
    ResolveBankLine = 59,
    /// See the struct.
    UndoBankLine = 60,
    /// See the struct.
    SetSafeguardRule = 61,
    /// See the struct.
    SetPayoutRules = 62,
    /// See the struct.
    Propose = 40,
    /// See the struct.
    ApproveProposal = 41,
    /// See the struct.
    RejectProposal = 42,
    /// See the struct.
    SetFeeRule = 63,
    /// See the struct.
    SetSplit = 64,
    /// See the struct.
    SetClass = 43,
    /// See the struct.
    ReleaseCase = 44,
    /// See the struct.
    RejectCase = 45,
    /// See the struct.
    SetConnector = 70,
    /// See the struct.
    BeginConnectorPayment = 71,
    /// See the struct.
    ConfirmConnectorPaid = 72,
    /// See the struct.
    ConfirmConnectorFailed = 73,
    /// See the struct.
    BeginConnectorRefund = 74,
    /// See the struct.
    EndConnectorRefund = 75,
    /// See the struct.
    SettleConnector = 76,
    /// See the struct.
    SetAcceptance = 88,
    /// See the struct.
    SetPlaces = 89,
    /// See the type.
    Refer = 90,
    /// See the struct.
    RestConnector = 91,
    /// See the struct.
    ReturnStray = 92,
    /// See the struct.
    CloseDay = 80,
    /// See the struct.
    SignDay = 81,
    /// See the struct.
    AskTopUp = 82,
    /// See the struct.
    MoveTopUp = 83,
    /// See the struct.
    SetSettlementTerms = 84,
    /// See the struct.
    SetPartner = 77,
    /// See the struct.
    SetPartnerKey = 78,
    /// See the struct.
    SuspendPartner = 79,
}

/// A message of the corridor for this module, with the link it came over.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// Over which link.
    pub link: u8,
    /// Its number on that link.
    pub number: u64,
    /// What the sender's nostro for us holds after it.
    pub nostro_balance_after: Option<u64>,
    /// What it says.
    pub message: &'a Message,
}
