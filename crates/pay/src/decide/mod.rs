//! One function for each command. Each judges in one order: shape, existence, permission, state,
//! money; after the money nothing can fail.

mod bank;
mod charge;
mod charged;
mod codes;
mod connector;
mod costs;
mod credit;
mod expire;
mod forget;
mod here;
mod limits;
mod made;
mod market;
mod messages;
mod partner;
mod payer;
mod payout;
mod posters;
mod proposals;
mod referrals;
mod review;
mod room;
mod seller;
mod settlement;
mod statement;
mod top_up;

pub use codes::CodeQuestion;
pub(crate) use connector::stray_hash;
pub(crate) use payout::view_of;
pub use posters::PostersView;
pub use referrals::{ReferralView, ReferrerKnown, ReferrerView};
pub(crate) use statement::view_of as line_view_of;

use corridor::Message;
use kernel::{Context, Id};
use ledger::Draft;

use crate::event::BookOpened;
use crate::{Command, Event, Refusal, Reply, State};

/// An economy's event: any that has an arm for each of the three modules that `pay` writes to.
pub trait Facts: From<Event> + From<ledger::Event> + From<corridor::Event> {}
impl<E: From<Event> + From<ledger::Event> + From<corridor::Event>> Facts for E {}

/// All that a decision of `pay` may read.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The deciding cell's number.
    pub cell: u16,
    /// This module's state.
    pub pay: &'a State,
    /// The book.
    pub book: &'a ledger::State,
    /// The links to other cells.
    pub corridor: &'a corridor::State,
    /// The most entries of one kind; at most [`kernel::log::MOST`].
    pub max_entries: usize,
}

/// A message whose money no account can take, because a sum would not fit 64 bits. Nothing of
/// its draft may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the money of a message can't be booked")]
pub struct Unbookable;

/// What handling a message told of our own messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The number of our `Authorize` that has its final answer now.
    pub number: Option<u64>,
}

impl World<'_> {
    /// Judges a command and collects its facts in the draft.
    pub fn decide<E: Facts>(
        &self,
        context: &Context,
        command: &Command,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        self.room_for(command)?;
        match command {
            Command::OpenBook(c) => self.open_book(context, c, draft),
            Command::OpenLink(c) => self.open_link(context, c, draft),
            Command::SetNostroWarning(c) => self.set_nostro_warning(c, draft),
            Command::PublishRates(c) => self.publish_rates(context, c, draft),
            Command::SetFees(c) => self.found(c.clone().into(), draft),
            Command::SetLimits(c) => self.found(c.clone().into(), draft),
            Command::SetRules(c) => self.found(c.clone().into(), draft),
            Command::RegisterParty(c) => self.register_party(context, c, draft),
            Command::OpenWallet(c) => self.open_wallet(context, c, draft),
            Command::TopUpWallet(c) => self.top_up_wallet(c, draft),
            Command::TopUpNostro(c) => self.top_up_nostro(c, draft),
            Command::RegisterMerchant(c) => self.register_merchant(context, c, draft),
            Command::OpenStore(c) => self.open_store(context, c, draft),
            Command::SetStoreOpen(c) => self.set_store_open(context, c, draft),
            Command::AddTill(c) => self.add_till(context, c, draft),
            Command::RequestPayment(c) => self.request_payment(context, c, draft),
            Command::MakeQuote(c) => self.make_quote(context, c, draft),
            Command::ConfirmPayment(c) => self.confirm_payment(context, c, draft),
            Command::PayHere(c) => self.pay_here(context, c, draft),
            Command::CancelPayment(c) => self.cancel_payment(context, c, draft),
            Command::CapturePayment(c) => self.capture_payment(context, c, draft),
            Command::ReleasePayment(c) => self.release_payment(context, c, draft),
            Command::RefundPayment(c) => self.refund_payment(context, c, draft),
            Command::ForgetParty(c) => self.forget_party(context, c, draft),
            Command::SetCreditLine(c) => self.set_credit_line(context, c, draft),
            Command::SetPayoutTerms(c) => self.found(c.clone().into(), draft),
            Command::Propose(c) => self.propose(context, c, draft),
            Command::ApproveProposal(c) => self.approve_proposal(context, c, draft),
            Command::RejectProposal(c) => self.reject_proposal(context, c, draft),
            Command::SetClass(c) => self.set_class(c, draft),
            Command::ReleaseCase(c) => self.release_case(context, c, draft),
            Command::RejectCase(c) => self.reject_case(context, c, draft),
            Command::SealBankFile(c) => self.seal_bank_file(context, c, draft),
            Command::ConfirmBankFileSent(c) => self.confirm_bank_file_sent(context, c, draft),
            Command::WithdrawBankFile(c) => self.withdraw_bank_file(context, c, draft),
            Command::SetPayoutRules(c) => self.found(c.clone().into(), draft),
            Command::SetPayoutSchedule(c) => self.set_payout_schedule(context, c, draft),
            Command::AskPayoutToday(c) => self.ask_payout_today(context, c, draft),
            Command::ApproveBankFile(c) => self.approve_bank_file(context, c, draft),
            Command::ImportStatement(c) => self.import_statement(context, c, draft),
            Command::ResolveBankLine(c) => self.resolve_bank_line(context, c, draft),
            Command::UndoBankLine(c) => self.undo_bank_line(context, c, draft),
            Command::SetSafeguardRule(c) => self.found(c.clone().into(), draft),
            Command::ReviewMerchant(c) => self.review_merchant(context, c, draft),
            Command::SetPayoutAccount(c) => self.set_payout_account(context, c, draft),
            Command::EnrolPhone(c) => self.enrol_phone(context, c, draft),
            Command::EndPhone(c) => self.end_phone(context, c, draft),
            Command::SetCodeTerms(c) => self.found(c.clone().into(), draft),
            Command::ChargePayment(c) => self.charge_payment(context, c, draft),
            Command::RefuseCharge(c) => self.refuse_charge(context, c, draft),
            Command::SetFeeRule(c) => self.set_fee_rule(context, c, draft),
            Command::SetSplit(c) => self.set_split(context, c, draft),
            Command::SetPartner(c) => self.set_partner(context, c, draft),
            Command::SetPartnerKey(c) => self.set_partner_key(context, c, draft),
            Command::SuspendPartner(c) => self.suspend_partner(context, c, draft),
            Command::SetConnector(c) => self.set_connector(context, c, draft),
            Command::RestConnector(c) => self.rest_connector(c, draft),
            Command::ReturnStray(c) => self.return_stray(c, draft),
            Command::BeginConnectorPayment(c) => self.begin_connector_payment(context, c, draft),
            Command::ConfirmConnectorPaid(c) => self.confirm_connector_paid(context, c, draft),
            Command::ConfirmConnectorFailed(c) => self.confirm_connector_failed(c, draft),
            Command::BeginConnectorRefund(c) => self.begin_connector_refund(context, c, draft),
            Command::EndConnectorRefund(c) => self.end_connector_refund(c, draft),
            Command::SettleConnector(c) => self.settle_connector(c, draft),
            Command::SetAcceptance(c) => self.set_acceptance(context, c, draft),
            Command::SetPlaces(c) => self.set_places(context, c, draft),
            Command::CloseDay(c) => self.close_day(context, c, draft),
            Command::SignDay(c) => self.sign_day(c, draft),
            Command::AskTopUp(c) => self.ask_top_up(context, c, draft),
            Command::MoveTopUp(c) => self.move_top_up(context, c, draft),
            Command::SetSettlementTerms(c) => self.found(c.clone().into(), draft),
            Command::Refer(c) => self.refer(context, c, draft),
        }
    }

    /// Adds a message for the other side, with the nostro as it stands in the draft.
    fn send<E: Facts>(&self, draft: &mut Draft<E>, link: u8, message: Message) -> u64 {
        let known = self.corridor.link(link).expect("judged: the link exists");
        let number = draft.next_in_series(link, known.sent);
        self.send_as(draft, (link, number), message);
        number
    }

    /// Adds a message under a number that was drawn for it.
    fn send_as<E: Facts>(&self, draft: &mut Draft<E>, (link, number): (u8, u64), message: Message) {
        let known = self.corridor.link(link).expect("judged: the link exists");
        let nostro_balance_after = known.nostro.map(|account| {
            u64::try_from(draft.balance(self.book, account)).expect("a nostro is never overdrawn")
        });
        let sent = corridor::Sent { link, number, nostro_balance_after, message };
        draft.add(corridor::Event::Sent(sent));
    }

    /// Whether this cell has a leg of a payment: there is one for each id.
    fn knows(&self, payment: Id<kernel::id::Payment>) -> bool {
        self.has_payer_leg(payment) || self.has_seller_leg(payment)
    }

    fn has_seller_leg(&self, payment: Id<kernel::id::Payment>) -> bool {
        self.pay.incoming(payment).is_some() || self.pay.closed_incoming(payment).is_some()
    }

    fn book_of(&self, currency: kernel::Currency) -> Result<&BookOpened, Refusal> {
        self.pay.book(currency).ok_or(Refusal::CurrencyNotKept)
    }
}

/// An id that creates something must be fresh, so that one which the cell has forgotten can't
/// be used again (CORE §3).
fn fresh<K>(context: &Context, id: Id<K>) -> Result<(), Refusal> {
    if id.is_fresh(context.now) { Ok(()) } else { Err(Refusal::IdExpired) }
}

fn text(field: &'static str, value: &str, most: usize) -> Result<(), Refusal> {
    if value.chars().any(is_hidden) {
        return Err(Refusal::TextNotPlain { field });
    }
    let length = value.chars().count();
    let fits = (1..=most).contains(&length) && !value.chars().any(char::is_control);
    if fits && value.trim() == value { Ok(()) } else { Err(Refusal::TextUnfit { field, most }) }
}

/// Whether a character can't be seen, or turns the direction in which others are read: with such
/// ones a name looks like another's. (Unicode's marks of direction, zero-width characters, line
/// and paragraph separators, tags, and what is reserved for programs.)
pub const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{ffa0}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

/// The 64 bits under which a bank's reference is remembered (FNV-1a over currency and text).
pub fn reference_hash(scope: u16, reference: &str) -> u64 {
    let bytes = scope.to_le_bytes().into_iter().chain(reference.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Amounts stay well inside 64 bits, so that sums of a few never overflow.
const MOST: u64 = 1 << 53;

fn amount(value: u64) -> Result<(), Refusal> {
    match value {
        0 => Err(Refusal::AmountMustNotBeZero),
        value if value > MOST => Err(Refusal::AmountTooLarge),
        _ => Ok(()),
    }
}
