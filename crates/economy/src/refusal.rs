//! The economy's answers that say no: its own, and those of its modules.

use kernel::Refuse;

/// Why a request was refused. Nothing happened; a retry is judged anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Of `pay`.
    #[error(transparent)]
    Pay(#[from] pay::Refusal),
    /// The key was used for something else.
    #[error("this Idempotency-Key was used for another request; use a new key")]
    IdempotencyKeyReused,
    /// Too many answers are remembered.
    #[error("the cell remembers as many answers as it may; try again later")]
    TooManyKeys,
    /// No number is left for what would be added.
    #[error("the cell holds as many entries of this kind as it can; tell its operator")]
    CellFull,
    /// A message of the corridor is not the next one.
    #[error("out of order; message {expected} is expected")]
    OutOfOrder {
        /// The number that would be handled.
        expected: u64,
    },
    /// The link is frozen until an operator has looked.
    #[error("the link is frozen until an operator has looked at both books")]
    LinkFrozen,
    /// No such link.
    #[error("this cell has no such link")]
    LinkNotFound,
    /// The link is not frozen.
    #[error("the link is open already")]
    LinkOpen,
    /// The batch is empty or too large.
    #[error("a batch has 1 to 8,190 transfers")]
    BatchSize,
    /// An id that creates something is not fresh.
    #[error("the id must be a UUIDv7 made in the last 48 hours; make a new one and send again")]
    IdExpired,
    /// No book in that currency.
    #[error("this cell keeps no book in that currency")]
    CurrencyNotKept,
    /// No such key.
    #[error("there is no such key")]
    KeyNotFound,
    /// A key of this id exists.
    #[error("there is a key with this id; make a new id")]
    KeyExists,
    /// No such party.
    #[error("there is no such party")]
    PartyNotFound,
    /// No such account.
    #[error("there is no such account")]
    AccountNotFound,
    /// An account of this id exists.
    #[error("there is an account with this id and another currency or rule; make a new id")]
    AccountExists,
    /// This member's work here was ended.
    #[error("this member's work here was ended")]
    MemberEnded,
    /// There is a party with this id; make a new id.
    #[error("there is a party with this id; make a new id")]
    MemberExists,
    /// A party of this kind has no member with this duty.
    #[error("a party of this kind has no member with this duty")]
    DutyUnfit,
    /// Only who leads may give, change or end this duty; ask the owner.
    #[error("only who leads may give, change or end this duty; ask the owner")]
    DutyAboveOwn,
    /// Nobody would be left who may do everything; make somebody else an owner first.
    #[error("nobody would be left who may do everything; make somebody else an owner first")]
    LastOwner,
    /// This is not what an authenticator makes.
    #[error("this is not what an authenticator makes")]
    PasskeyUnfit,
    /// This passkey is known already, or was ended; make a new one.
    #[error("this passkey is known already, or was ended; make a new one")]
    PasskeyExists,
    /// A person has at most 20 passkeys; end one that is not used.
    #[error("a person has at most 20 passkeys; end one that is not used")]
    PasskeysFull,
    /// There is no such passkey.
    #[error("there is no such passkey")]
    PasskeyNotFound,
    /// This passkey was ended; sign in with another, or ask for an invitation.
    #[error("this passkey was ended; sign in with another, or ask for an invitation")]
    PasskeyEnded,
    /// This passkey counts less than it did before, as a copy of it would; end it and add a new one.
    #[error(
        "this passkey counts less than it did before, as a copy of it would; end it and add a new one"
    )]
    PasskeyCloned,
    /// This signature was used before; sign again.
    #[error("this signature was used before; sign again")]
    ProofUsed,
    /// Sessions last a minute to 400 days, rest at most a day, and a currency has one bound.
    #[error("sessions last a minute to 400 days, rest at most a day, and a currency has one bound")]
    AccessRulesUnfit,
}

impl Refusal {
    /// Every code of this crate's own refusals, for the API's document and message files.
    pub const CODES: &'static [&'static str] = &[
        "idempotency_key_reused",
        "too_many_keys",
        "cell_full",
        "out_of_order",
        "link_frozen",
        "link_not_found",
        "link_open",
        "batch_size",
        "id_expired",
        "currency_not_kept",
        "key_not_found",
        "key_exists",
        "party_not_found",
        "account_not_found",
        "account_exists",
        "member_ended",
        "member_exists",
        "duty_unfit",
        "duty_above_own",
        "last_owner",
        "passkey_unfit",
        "passkey_exists",
        "passkeys_full",
        "passkey_not_found",
        "passkey_ended",
        "passkey_cloned",
        "proof_used",
        "access_rules_unfit",
    ];
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Pay(refusal) => refusal.code(),
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::TooManyKeys => "too_many_keys",
            Self::CellFull => "cell_full",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::LinkFrozen => "link_frozen",
            Self::LinkNotFound => "link_not_found",
            Self::LinkOpen => "link_open",
            Self::BatchSize => "batch_size",
            Self::IdExpired => "id_expired",
            Self::CurrencyNotKept => "currency_not_kept",
            Self::KeyNotFound => "key_not_found",
            Self::KeyExists => "key_exists",
            Self::PartyNotFound => "party_not_found",
            Self::AccountNotFound => "account_not_found",
            Self::AccountExists => "account_exists",
            Self::MemberEnded => "member_ended",
            Self::MemberExists => "member_exists",
            Self::DutyUnfit => "duty_unfit",
            Self::DutyAboveOwn => "duty_above_own",
            Self::LastOwner => "last_owner",
            Self::PasskeyUnfit => "passkey_unfit",
            Self::PasskeyExists => "passkey_exists",
            Self::PasskeysFull => "passkeys_full",
            Self::PasskeyNotFound => "passkey_not_found",
            Self::PasskeyEnded => "passkey_ended",
            Self::PasskeyCloned => "passkey_cloned",
            Self::ProofUsed => "proof_used",
            Self::AccessRulesUnfit => "access_rules_unfit",
        }
    }

    fn is_transient(&self) -> bool {
        match self {
            Self::Pay(refusal) => refusal.is_transient(),
            Self::TooManyKeys | Self::CellFull | Self::LinkFrozen | Self::OutOfOrder { .. } => true,
            _ => false,
        }
    }
}
