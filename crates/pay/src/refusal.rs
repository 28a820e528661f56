//! The answers of `pay` that say no: a stable word, and a sentence that says what to do.

use kernel::id::{BankFile, Merchant};
use kernel::{Currency, Id, Ref, Refuse, Timestamp};

use crate::terms::Window;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $({ $($field:ident: $type:ty),* })? = $code:literal,
        $transient:literal, $sentence:literal;)*) => {
        /// Why a command was refused. Nothing happened; nothing is remembered.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[allow(missing_docs)] // the fields are named by the sentence they stand in
        pub enum Refusal {
            $($(#[$doc])* #[error($sentence)] $name $({ $($field: $type),* })?,)*
        }

        impl Refuse for Refusal {
            fn code(&self) -> &'static str {
                match self { $(Self::$name $({ $($field: _),* })? => $code,)* }
            }

            fn is_transient(&self) -> bool {
                match self { $(Self::$name $({ $($field: _),* })? => $transient,)* }
            }
        }

        impl Refusal {
            /// Every code this module answers, for the API's document and message files.
            pub const CODES: &'static [&'static str] = &[$($code),*];
        }
    };
}

refusals! {
    /// An id that creates something is not a UUIDv7 of the last 48 hours.
    IdExpired = "id_expired", false,
        "the id must be a UUIDv7 made in the last 48 hours; make a new one and send again";
    /// An amount of nothing.
    AmountMustNotBeZero = "amount_must_not_be_zero", false, "the amount must be above zero";
    /// No number is left for what would be added.
    CellFull = "cell_full", true,
        "the cell holds as many entries of this kind as it can; tell its operator";
    /// Above what can be booked.
    AmountTooLarge = "amount_too_large", false, "the amount is too large to be booked";
    /// A text is empty or too long.
    TextUnfit { field: &'static str, most: usize } = "text_unfit", false,
        "{field} must have 1 to {most} characters and no control characters";
    /// A text has characters that can't be seen.
    TextNotPlain { field: &'static str } = "text_not_plain", false,
        "{field} has characters that can't be seen or that turn the direction of reading; type it anew";
    /// A number is out of its range.
    OutOfRange { field: &'static str } = "out_of_range", false, "{field} is out of range";
    /// Done before.
    AlreadyDone { what: &'static str } = "already_done", false, "{what} was done before";
    /// The currency has no accounts here.
    CurrencyNotKept = "currency_not_kept", false, "this cell keeps no book in that currency";
    /// A party of this id exists.
    PartyExists = "party_exists", false,
        "there is a party with this id in another role; make a new id";
    /// A wallet of this id exists.
    WalletExists = "wallet_exists", false,
        "there is a wallet with this id, another's or in another currency; make a new id";
    /// A merchant of this id exists.
    MerchantExists = "merchant_exists", false,
        "there is a merchant with this id and other particulars; make a new id";
    /// A store of this id exists.
    StoreExists = "store_exists", false,
        "there is a store with this id and other particulars; make a new id";
    /// A till of this id exists.
    TillExists = "till_exists", false,
        "there is a till with this id, elsewhere or of another name; make a new id";
    /// Nobody has set when merchants of the currency are paid out, and at what cost.
    PayoutTermsNotSet = "payout_terms_not_set", false,
        "nobody has set the terms of payouts in this currency; set them first";
    /// Nobody has set when the days of a link are closed, or how it is kept filled.
    SettlementTermsNotSet = "settlement_terms_not_set", false,
        "nobody has set the terms of settlement of this link, or they do not hold yet; set them first";
    /// No such day.
    DayNotFound = "day_not_found", false, "there is no such day of this link";
    /// Only what both agree about is signed.
    DayNotAgreed { state: &'static str } = "day_not_agreed", false,
        "this day is {state}: only a day that both sides agree about is signed";
    /// No such top-up.
    TopUpNotFound = "top_up_not_found", false, "there is no such top-up";
    /// The id stands for another.
    TopUpExists = "top_up_exists", false,
        "there is a top-up with this id, of another link or sum; make a new id";
    /// It has gone further.
    TopUpNotOpen { state: &'static str } = "top_up_not_open", false,
        "this top-up is {state}; look at it again";
    /// Too many are under way.
    TooManyTopUps = "too_many_top_ups", true,
        "too many top-ups are under way; end those that are not to be made";
    /// No such file.
    BankFileNotFound = "bank_file_not_found", false, "there is no such bank file";
    /// A file of this day has the number, or this id stands for another.
    BankFileExists { file: Id<BankFile> } = "bank_file_exists", false,
        "the bank file {file} is there already, of this day and number or under this id; look at it before you make another";
    /// The file was sent or withdrawn before.
    BankFileNotOpen { state: &'static str } = "bank_file_not_open", false,
        "the bank file was {state} before; that is final";
    /// A merchant has less than when the file was written.
    BankFileOutdated { merchant: Ref<Merchant> } = "bank_file_outdated", true,
        "{merchant} has less than the file would pay it, as it has refunded meanwhile; make the file anew";
    /// Staff have not looked at it, or not at its newest bank account.
    MerchantNotApproved = "merchant_not_approved", true,
        "the operator has not approved this shop, or not its new bank account; it is paid out once they have";
    /// A merchant stands in one file twice.
    MerchantTwiceInFile { merchant: Ref<Merchant> } = "merchant_twice_in_file", false,
        "{merchant} stands in the file twice; pay it once";
    /// Too little for a transfer.
    PayoutBelowMinimum { merchant: Ref<Merchant>, minimum: u64 } = "payout_below_minimum", false,
        "{merchant} would be paid less than the minimum of {minimum} in minor units; let it wait";
    /// Somebody moved what a file had taken.
    PayoutMoneyMissing = "payout_money_missing", false,
        "the payout or fee account holds less than the file took: it was moved by hand; put it back first";
    /// No such party.
    PartyNotFound = "party_not_found", false, "there is no such party";
    /// The party asked to be forgotten.
    PartyForgotten = "party_forgotten", false,
        "this party asked to be forgotten; nothing new can be done for it";
    /// Nobody asked for it.
    ForgetNotAsked = "forget_not_asked", false, "this party has not asked to be forgotten";
    /// Its wallets or merchants still hold money.
    PartyHasMoney { amount: i128, currency: &'static str } = "party_has_money", false,
        "it still holds {amount} in minor units of {currency}; have it paid out, then ask again";
    /// Its merchants owe what was drawn for their refunds.
    PartyOwes { amount: u64, currency: &'static str } = "party_owes", false,
        "it owes {amount} in minor units of {currency} on its credit line; have it repaid, then ask again";
    /// Payments of it are under way.
    PartyHasOpenPayments = "party_has_open_payments", true,
        "a payment of this party is still open; cancel it or wait until it has ended, then ask again";
    /// A store of it takes payments.
    PartyHasOpenStore = "party_has_open_store", false,
        "a store of this party still takes payments; pause it, then ask again";
    /// An operator forgets itself.
    OperatorNeedsAnother = "operator_needs_another", false,
        "an operator is forgotten by another one only, so that one is left; ask a colleague";
    /// The payer was forgotten.
    PayerForgotten = "payer_forgotten", false,
        "the customer asked to be forgotten; pay the money back another way";
    /// No such wallet, or it is another's.
    WalletNotFound = "wallet_not_found", false, "there is no such wallet of yours";
    /// No such merchant, or it is another's.
    MerchantNotFound = "merchant_not_found", false, "there is no such merchant of yours";
    /// No such store, or it is another's.
    StoreNotFound = "store_not_found", false, "there is no such store";
    /// The store takes no payments.
    StorePaused = "store_paused", true, "the store takes no payments at the moment; ask the shop";
    /// Staff paused the merchant.
    MerchantPaused = "merchant_paused", true,
        "the operator has paused this shop; it takes no payments until the operator says otherwise";
    /// The merchant's bank account is another than the one that was looked at.
    ReviewOutdated = "review_outdated", false,
        "the shop's bank account was changed since you looked; look at it again, then decide";
    /// The merchant's bank account is another than the one that was to be replaced.
    PayoutAccountOutdated = "payout_account_outdated", false,
        "the shop's bank account was set since you looked; look at it, then set it if it is wrong";
    /// The bank returned what was sent to the merchant's account.
    PayoutAccountReturned { merchant: Ref<Merchant> } = "payout_account_returned", false,
        "the bank returned the last transfer to shop {merchant}; it is paid again when it has set another bank account";
    /// The merchant's schedule says later.
    PayoutNotDue { merchant: Ref<Merchant> } = "payout_not_due", true,
        "by its schedule shop {merchant} is not paid now; leave it out, or have it ask for the next file";
    /// The operator does not offer it.
    PayoutTodayNotOffered = "payout_today_not_offered", false,
        "being paid before the schedule says is not offered here; set another schedule";
    /// A file needs another person's yes.
    BankFileNotApproved { file: Id<BankFile> } = "bank_file_not_approved", true,
        "file {file} is large: a second person must approve it before it goes to the bank";
    /// Who made a file approves it.
    SamePerson = "same_person", false,
        "you had this made yourself; another person must approve it";
    /// A page that does not begin where the last one ended.
    StatementGap { until: u32, expected: i64, found: i64 } = "statement_gap", false,
        "the lines up to {until} end with a balance of {expected} and this begins with {found}, in minor units; import what is between first";
    /// A page whose lines are not the difference of its balances.
    StatementSumDiffers { closing: i64, computed: i64 } = "statement_sum_differs", false,
        "the balance at the end is {closing}, and {computed} by the lines, in minor units; ask the bank for the statement again";
    /// Days that are here already.
    StatementOverlap { until: u32 } = "statement_overlap", false,
        "the lines up to {until} are here already; import a statement that begins after that day";
    /// Another statement is half in.
    StatementUnfinished { page: u32, pages: u32 } = "statement_unfinished", false,
        "of the statement before this, {page} of {pages} pages are here; import it again to its end first";
    /// Two lines of one name.
    BankLineTwice { key: u64 } = "bank_line_twice", false,
        "two lines of the statement have one name ({key:016x}); ask the bank for the statement again";
    /// No such line.
    BankLineNotFound = "bank_line_not_found", false, "there is no such line of a bank";
    /// The line is no task.
    BankLineNotOpen = "bank_line_not_open", false,
        "the line is matched; undo that first, then say what it is";
    /// What a person says a line is can't be so.
    BankLineUnfit { why: &'static str } = "bank_line_unfit", false,
        "the line can't be that: {why}; choose something else";
    /// What can't be taken back.
    BankLineFinal { what: &'static str } = "bank_line_final", false,
        "a line that was {what} can't be undone; move the money back by a transfer of the operator";
    /// Too many lines wait.
    BankLinesWait = "bank_lines_wait", true,
        "too many lines of the bank wait to be resolved; resolve some first";
    /// Too many shares, two for one, one's own, or more than all of it.
    SplitUnfit { why: &'static str } = "split_unfit", false,
        "a sale can't be shared like this: {why}";
    /// Who has a share of the payment can't give it back.
    ShareBalanceTooLow { receiver: Ref<Merchant> } = "share_balance_too_low", true,
        "who has a share of this payment ({receiver}) holds too little to give it back; refund less, or ask the operator";
    /// It has a share of others' sales.
    PartyHasShares = "party_has_shares", false,
        "a merchant of this party has a share of others' sales; end that first, then ask again";
    /// No such link.
    LinkNotFound = "link_not_found", false, "this cell has no link to that cell";
    /// The bank's reference was booked.
    ReferenceAlreadyUsed = "reference_already_used", false,
        "this bank reference was booked before; each transfer of the bank is booked once";
    /// A payment of this id exists.
    PaymentExists = "payment_exists", false, "there is a payment with this id; make a new id";
    /// Somebody of this cell is paying it.
    PaymentUnderWay = "payment_under_way", true,
        "the payment is being paid right now; wait a moment and see what comes of it";
    /// A quote of this id exists.
    QuoteExists = "quote_exists", false, "there is a quote with this id; make a new id";
    /// No such payment, or it is another's.
    PaymentNotFound = "payment_not_found", false, "there is no such payment of yours";
    /// The payment has ended.
    PaymentNotOpen { state: &'static str } = "payment_not_open", false,
        "the payment is {state}; ask the till for a new one";
    /// Its time is over.
    PaymentExpired = "payment_expired", false,
        "the time to pay has passed; ask the till for a new code";
    /// Another amount is due.
    AmountDiffers { due: u64 } = "amount_differs", false,
        "another amount is due: {due} in minor units; scan the code again";
    /// The code names another store.
    StoreDiffers = "store_differs", false,
        "the payment belongs to another store; do not pay, and show the code to the shop";
    /// No rate between the two.
    RateNotPublished = "rate_not_published", true,
        "there is no exchange rate between the two currencies; try again later";
    /// The rates are older than the cell quotes.
    RateTooOld { hours: u64 } = "rate_too_old", true,
        "the exchange rates were put in force {hours} hours ago, which is too old to be quoted; newer ones have to be published or approved";
    /// What holds is changed by two people.
    ApprovalNeeded = "approval_needed", false,
        "this would change terms that hold; propose it, and have another person of the operator approve it";
    /// Who proposed it approves it.
    SecondPersonNeeded = "second_person_needed", false,
        "you proposed this yourself; another person of the operator has to approve it";
    /// No such proposal.
    ProposalNotFound = "proposal_not_found", false, "there is no such proposal";
    /// A proposal of this id exists.
    ProposalExists = "proposal_exists", false,
        "there is a proposal with this id and another change; make a new id";
    /// It was decided before.
    ProposalNotOpen { state: &'static str } = "proposal_not_open", false,
        "the proposal was {state} before; propose anew if something is to change again";
    /// As many wait as may.
    TooManyProposals = "too_many_proposals", true,
        "as many proposals wait as may; approve or reject some of them first";
    /// No such quote, or it is another's.
    QuoteNotFound = "quote_not_found", false, "there is no such quote of yours; ask for a new one";
    /// The lock has ended.
    QuoteExpired = "quote_expired", false, "the quote has expired; ask for a new one";
    /// The same once more?
    ConfirmAgain = "confirm_again", false,
        "you paid this amount to this store a moment ago; confirm again if you mean to pay twice";
    /// Not enough in the wallet.
    InsufficientFunds { available: u64 } = "insufficient_funds", false,
        "the wallet holds too little: {available} in minor units can be spent; top it up";
    /// A limit for one payment.
    LimitPerPayment { hit: Box<LimitHit> } = "limit_per_payment", false,
        "one payment may be at most {hit}; pay a smaller amount";
    /// A limit for the day.
    LimitPerDay { hit: Box<LimitHit> } = "limit_per_day", false,
        "of today's limit is left {hit}; it begins anew at midnight";
    /// A limit for the month.
    LimitPerMonth { hit: Box<LimitHit> } = "limit_per_month", false,
        "of this month's limit is left {hit}; it begins anew with the next month";
    /// A limit for the year.
    LimitPerYear { hit: Box<LimitHit> } = "limit_per_year", false,
        "of this year's limit is left {hit}; it begins anew with the next year";
    /// A limit for printed codes.
    LimitPrintedCodes { hit: Box<LimitHit> } = "limit_printed_codes", false,
        "of today's limit for printed codes is left {hit}; ask the till for a code of its own";
    /// Too many payments in too little time.
    TooFast { hit: Box<VelocityHit> } = "too_fast", true,
        "too many payments in a short time ({hit}); nothing was taken, try again later";
    /// The staff said no.
    ReviewRejected { reason: String } = "review_rejected", false,
        "the operator looked at this payment and did not release it: {reason}";
    /// As many payments wait for the staff as may.
    ReviewFull = "review_full", true,
        "this payment has to be looked at, and as many wait as may; nothing was taken, try again later";
    /// No such case.
    CaseNotFound = "case_not_found", false, "there is no such payment that waits for the staff";
    /// It was decided before.
    CaseNotOpen { state: &'static str } = "case_not_open", false,
        "this payment is {state} already";
    /// No such class.
    ClassNotFound = "class_not_found", false,
        "the cell has no such class of parties; set its classes first";
    /// The prefund is used up.
    CorridorCapacityExhausted = "corridor_capacity_exhausted", true,
        "no more can cross to the other side right now; nothing was taken, try again later";
    /// The link is frozen, or its window is full.
    CorridorUnavailable = "corridor_unavailable", true,
        "the other side does not answer right now; nothing was taken, try again in a minute";
    /// The wallet holds another currency.
    CurrencyDiffers = "currency_differs", false,
        "the wallet and the store have two currencies; ask for a quote";
    /// A capture of this id exists.
    CaptureExists = "capture_exists", false,
        "there is another capture of this payment under this name; ask again under a new one";
    /// A refund of this id exists.
    RefundExists = "refund_exists", false,
        "there is another refund of this payment under this name; ask again under a new one";
    /// More than was held.
    CaptureExceedsHold { rest: u64 } = "capture_exceeds_hold", false,
        "only {rest} in minor units is still held";
    /// More than is left.
    RefundExceedsRest { rest: u64 } = "refund_exceeds_rest", false,
        "only {rest} in minor units is left to give back";
    /// No terms of codes hold.
    CodesNotSet = "codes_not_set", false,
        "nobody has set whose codes are whose here; let the payer scan the shop's code";
    /// The registry of issuers is unfit.
    CodeRegistryUnfit { problem: String } = "code_registry_unfit", false,
        "the registry of codes can't be used: {problem}";
    /// The text is no code.
    CodeUnknown = "code_unknown", false,
        "this is no code that a customer shows; ask for the page \"pay code\" of the wallet";
    /// A digit is wrong.
    CodeMisread = "code_misread", false, "a digit is wrong: scan the code again, or type it anew";
    /// It is a shop's.
    CodeOfShop = "code_of_shop", false,
        "this is the code of a shop; scan the one on the customer's phone";
    /// Ids of other networks that can't stand on a code.
    AcceptanceUnfit { problem: String } = "acceptance_unfit", false,
        "these ids can't stand on the store's code: {problem}";
    /// No referrer of this word, or its terms have ended.
    ReferrerNotFound = "referrer_not_found", false,
        "there is no such referrer for this wallet; open the link that you were given once more";
    /// Another referrer's word.
    ReferrerWordTaken = "referrer_word_taken", false,
        "another referrer has this word; choose another";
    /// Another one brought the wallet, and keeps it.
    ReferredByAnother = "referred_by_another", false,
        "another referrer brought this wallet, and keeps it for now; end that first if you want another";
    /// Nobody brought the wallet.
    NotReferred = "not_referred", false, "nobody has a share of what this wallet pays";
    /// No place of this label.
    PlaceNotFound { label: String } = "place_not_found", false,
        "the store has no place \"{label}\"; look at its list";
    /// One label twice.
    PlaceTwice { label: String } = "place_twice", false,
        "\"{label}\" stands there twice; each place has a label of its own";
    /// As many places as may be.
    TooManyPlaces { most: usize } = "too_many_places", false,
        "a store has at most {most} places; withdraw some first";
    /// The code hangs no more, or should not.
    PlaceWithdrawn = "place_withdrawn", false,
        "the shop has withdrawn this code; do not pay, and ask for the one that holds now";
    /// Another company's wallet.
    WalletNotConnected { wallet: String } = "wallet_not_connected", false,
        "this is a code of {wallet}, which can't be taken here; let the customer scan your poster, or pay another way";
    /// Guesses.
    TooManyWrongCodes { minutes: u64 } = "too_many_wrong_codes", true,
        "too many codes that are not valid were sent from your tills; codes are taken again in {minutes} minutes";
    /// The wallet has no phone.
    PhoneNotEnrolled = "phone_not_enrolled", false,
        "this wallet makes no codes yet; open its page \"pay code\" once with a network";
    /// Nobody is asked, or somebody else.
    ChargeNotAsked = "charge_not_asked", false,
        "nothing is asked of you for this payment any more; look at the statement what became of it";
    /// Too late to refund.
    RefundWindowClosed = "refund_window_closed", false,
        "the payment is too old for a refund; pay the customer back another way";
    /// The merchant has been paid out.
    MerchantBalanceTooLow = "merchant_balance_too_low", true,
        "your balance does not cover the refund; it can be made after your next sales";
    /// The merchant has been paid out, and its credit line is used up.
    CreditLineUsedUp { left: u64 } = "credit_line_used_up", true,
        "your balance does not cover the refund, and {left} in minor units of your credit line is left; refund less, wait for your next sales, or ask the operator for a larger line";
    /// No such connector.
    ConnectorNotFound = "connector_not_found", false,
        "this cell knows no such connector; its operator sets them in the configuration";
    /// The name stands for another kind or currency.
    ConnectorExists = "connector_exists", false,
        "there is a connector of this name for another kind of wallet or another currency; choose another name";
    /// The shop is paid in another currency.
    ConnectorCurrencyDiffers = "connector_currency_differs", false,
        "this wallet can't pay in the shop's currency; ask for another way to pay";
    /// It can't hold.
    ConnectorCapturesAtOnce = "connector_captures_at_once", false,
        "this wallet pays at once and holds nothing; ask for a payment that is captured at once";
    /// Nothing of it came through a connector.
    NotPaidThroughConnector = "not_paid_through_connector", false,
        "no other company's wallet paid this; refund it here";
    /// One at a time.
    RefundUnderWay = "refund_under_way", true,
        "another refund of this payment is under way; wait until it has ended";
    /// The other company's own limit of time.
    ConnectorRefundTooLate { days: u16, rule: String } = "connector_refund_too_late", false,
        "the wallet's company gives back within {days} days of the payment only ({rule}); pay the customer back another way";
    /// The other company's own limit of parts.
    ConnectorRefundTooManyParts { most: u16, rule: String } = "connector_refund_too_many_parts", false,
        "the wallet's company gives back in at most {most} parts ({rule}); pay the customer back another way";
    /// More was kept than was earned.
    FeesTooLow = "fees_too_low", false,
        "the fee account holds less than the other company kept; put the difference in first";
}

/// The limit that a payment went over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitHit {
    /// The name of the rule.
    pub rule: String,
    /// The law or contract it comes from.
    pub source: String,
    /// Where in it.
    pub section: String,
    /// What it is of.
    pub window: Window,
    /// The most, in minor units.
    pub most: u64,
    /// What is left of it, in minor units.
    pub left: u64,
    /// Of what currency.
    pub currency: Currency,
    /// When it begins anew; none for a limit of one payment.
    pub resets: Option<Timestamp>,
}

impl std::fmt::Display for LimitHit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in minor units ({}", self.left, self.source)?;
        if !self.section.is_empty() {
            write!(f, ", {}", self.section)?;
        }
        f.write_str(")")
    }
}

/// The velocity rule that a payment went over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VelocityHit {
    /// The name of the rule.
    pub rule: String,
    /// Who says so.
    pub source: String,
    /// When the same payment may be tried again.
    pub again: Timestamp,
}

impl std::fmt::Display for VelocityHit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.source)
    }
}

impl Refusal {
    /// The limit that a payment went over, if that is why it was refused.
    pub fn limit(&self) -> Option<&LimitHit> {
        match self {
            Self::LimitPerPayment { hit }
            | Self::LimitPerDay { hit }
            | Self::LimitPerMonth { hit }
            | Self::LimitPerYear { hit }
            | Self::LimitPrintedCodes { hit } => Some(hit),
            _ => None,
        }
    }
}
