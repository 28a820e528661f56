//! Paying: wallets, merchants and stores; a till's request and its code; a quote, the payer's
//! yes, and what the seller's cell makes of it; captures, refunds and fees.
//!
//! ```text
//! payer's leg    quote ─▶ confirmed ─▶ (authorized) ─▶ captured ─▶ (partly) refunded
//!                  ▲           └──────────┴──────────▶ declined · released
//!                  └─ a new leg, while the seller waits ─┘
//! seller's leg   requested ─▶ (held) ─▶ captured ─▶ (partly) refunded
//!                    └───────────┴────▶ cancelled · expired · released
//! ```
//! A payment between two cells has a leg in each, under one id, tied by the corridor's messages;
//! inside one cell both legs are one decision.
//!
//! **Invariants**
//! - From the record that sends `Authorize`, the seller's cell alone decides the outcome; the
//!   payer's hold ends by its answer and by nothing else.
//! - A payment is captured at most once in all, and never above what was authorized, however often
//!   it was declined before.
//! - All refunds of a payment together return exactly what was paid, in both currencies.
//! - A message is handled, never refused: value that can't reach its account stands in suspense.
//! - What can't be undone is decided in one record with the money that moves.
//! - From the record in which a party asked to be forgotten, no money reaches it and none leaves.
//!
//! **Absent**: HTTP, keys and sessions, names of people, the transport of messages, any vertical.

pub mod codes;
pub mod command;
pub mod costs;
mod decide;
pub mod emvco;
pub mod event;
mod evolve;
mod query;

mod refusal;
mod reply;
mod snapshot;
pub mod state;
mod store_number;
pub mod terms;

pub use command::{Arrived, BankFileEntry, Command, Purpose};
pub use decide::{
    Answered, CodeQuestion, Facts, PostersView, ReferralView, ReferrerKnown, ReferrerView,
    Unbookable, World, is_hidden, reference_hash,
};
pub use event::Event;
pub use query::{
    BankAccountView, BankingView, Beside, BilledPayment, BilledRefund, CaseRow, CodeTermsRow,
    HalfView, Known, LimitLeft, Payable, PayableNow, PayoutAccounts, PayoutOf, ProposalRow,
    ReviewRow, RulesInForce, SettlementView, Shops, WalletLimits,
};
pub use refusal::{LimitHit, Refusal, VelocityHit};
pub use reply::{
    AskView, AtBank, BankFileView, BankLineView, CaptureView, ChargeView, ConnectorAskView,
    ConnectorRefundView, CreditView, DayView, LookView, MerchantView, PartyView, PaymentView,
    PhoneView, Price, QuoteView, RefundView, Reply, ShareView, StatementView, Status, StoppedBy,
    WalletView,
};
pub use snapshot::Restorer;
pub use state::{Acceptance, Network, Place, ReferrerTerms};
pub use state::{Approval, Banking, PauseReason, Review, Standing, State};
pub use store_number::{StoreNumber, Unread};
pub use terms::{
    Category, Closing, Fees, Limits, PayoutRules, PayoutTerms, RateTerms, Rules, SafeguardRule,
    Schedule, SettlementTerms, Supply,
};
