//! The book's answers that say no: one a sentence, one number each, in order of precedence.

use kernel::Refuse;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $sentence:literal;)*) => {
        /// Why a transfer was not made. Numbers and words are stored and answered: they are
        /// only ever added to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
        #[repr(u8)]
        pub enum Refusal {
            $($(#[$doc])* #[error($sentence)] $name = $number,)*
        }

        impl Refusal {
            /// Every refusal, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }

        impl Refuse for Refusal {
            fn code(&self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            fn is_transient(&self) -> bool {
                matches!(self, Self::ExceedsCredits | Self::ExceedsDebits
                    | Self::LinkedEventFailed)
            }
        }
    };
}

refusals! {
    /// Another transfer of its linked list was refused.
    LinkedEventFailed = 1, "linked_event_failed",
        "another transfer of the linked list was refused, so none of the list was made";
    /// The batch ends inside a linked list.
    LinkedEventChainOpen = 2, "linked_event_chain_open",
        "the last transfer of the batch is marked linked; the last of a list must not be";
    /// The id is zero.
    IdMustNotBeZero = 3, "id_must_not_be_zero", "give each transfer a UUIDv7 as its id";
    /// A flag that means nothing.
    ReservedFlag = 4, "reserved_flag", "a flag that has no meaning is set; clear it";
    /// Pending, capture and void at once.
    FlagsAreMutuallyExclusive = 5, "flags_are_mutually_exclusive",
        "a transfer is pending, a capture or a void: set one of these flags at most";
    /// Repeat with other flags.
    ExistsWithDifferentFlags = 6, "exists_with_different_flags",
        "a transfer with this id was made with other flags";
    /// Repeat with another hold.
    ExistsWithDifferentHold = 7, "exists_with_different_hold",
        "a transfer with this id was made for another hold";
    /// Repeat with another debit account.
    ExistsWithDifferentDebitAccount = 8, "exists_with_different_debit_account",
        "a transfer with this id was made from another account";
    /// Repeat with another credit account.
    ExistsWithDifferentCreditAccount = 9, "exists_with_different_credit_account",
        "a transfer with this id was made to another account";
    /// Repeat with another amount.
    ExistsWithDifferentAmount = 10, "exists_with_different_amount",
        "a transfer with this id was made with another amount";
    /// Repeat with another timeout.
    ExistsWithDifferentTimeout = 11, "exists_with_different_timeout",
        "a transfer with this id was made with another timeout";
    /// Repeat with another code.
    ExistsWithDifferentCode = 12, "exists_with_different_code",
        "a transfer with this id was made with another code";
    /// The same transfer again.
    Exists = 13, "exists", "this transfer was made before; nothing was moved again";
    /// The id is not a UUIDv7 of the last 48 hours.
    IdExpired = 14, "id_expired",
        "the id must be a UUIDv7 made in the last 48 hours; make a new one";
    /// No code.
    CodeMustNotBeZero = 15, "code_must_not_be_zero", "give the transfer a code other than 0";
    /// A timeout on what does not wait.
    TimeoutReservedForPendingTransfer = 16, "timeout_reserved_for_pending_transfer",
        "only a pending transfer may have a timeout";
    /// Nothing to move.
    AmountMustNotBeZero = 17, "amount_must_not_be_zero", "the amount must be above zero";
    /// No such debit account.
    DebitAccountNotFound = 18, "debit_account_not_found", "there is no such debit account";
    /// No such credit account.
    CreditAccountNotFound = 19, "credit_account_not_found", "there is no such credit account";
    /// From an account to itself.
    AccountsMustBeDifferent = 20, "accounts_must_be_different",
        "debit and credit account must be two accounts";
    /// Across currencies.
    AccountsMustHaveTheSameCurrency = 21, "accounts_must_have_the_same_currency",
        "debit and credit account must be of one currency";
    /// What the two cells must agree on, and what a merchant owes.
    AccountReservedForCorridor = 22, "account_reserved_for_corridor",
        "a nostro and its mirror move only with the corridor's messages, a merchant's credit line only with its refunds, its sales and its limit";
    /// No such hold of the operator's, or it has ended.
    PendingTransferNotFound = 23, "pending_transfer_not_found",
        "there is no such pending transfer; it may have ended";
    /// The hold's time is over.
    PendingTransferExpired = 24, "pending_transfer_expired",
        "the pending transfer has expired; make a new one";
    /// Captures more than is held.
    ExceedsPendingTransferAmount = 25, "exceeds_pending_transfer_amount",
        "more was to be captured than is still held";
    /// Above 64 bits.
    OverflowsAccount = 26, "overflows_account",
        "the account's total would not fit 64 bits";
    /// Insufficient funds.
    ExceedsCredits = 27, "exceeds_credits",
        "the debit account holds too little; what is held by pending transfers counts as taken";
    /// The credit account's rule.
    ExceedsDebits = 28, "exceeds_debits",
        "the credit account may not be paid more than was taken from it";
}

impl Refusal {
    /// The refusal of a stored number; `None` is "made".
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_words_stand_once() {
        for (at, refusal) in Refusal::ALL.iter().enumerate() {
            assert_eq!(*refusal as usize, at + 1);
            assert_eq!(Refusal::from_number(at as u8 + 1), Some(*refusal));
        }
        let mut words: Vec<_> = Refusal::ALL.iter().map(Refuse::code).collect();
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(Refusal::from_number(0), None);
    }
}
