//! One fact of `pay` as it is told.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use corridor::DayAnswer;
use economy::{Event, decode_record};
use journal::Stored;
use kernel::id::Payment;
use kernel::{Actor, Fault, Id, Timestamp};
use ledger::Movement;
use pay::Standing;
use pay::event::{Event as Fact, Referred, TopUpStep};

use super::directory::Parties;

/// Where a fact stands: the group, and its place among the facts of the group that are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    /// The position of the group.
    pub position: u64,
    /// The place among its facts that are told.
    pub index: u32,
}

impl EventId {
    /// Reads `<cell>:<position>.<index>`: the cell's name, and the id.
    pub fn read(text: &str) -> Option<(&str, Self)> {
        let (cell, rest) = text.split_once(':')?;
        Some((cell, rest.parse().ok()?))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.position, self.index)
    }
}

impl FromStr for EventId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (position, index) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { position: position.parse()?, index: index.parse()? })
    }
}

/// A fact that was made durable.
#[derive(Clone, Debug)]
pub struct Released {
    /// The cell's name.
    pub cell: Arc<str>,
    /// Where it stands.
    pub id: EventId,
    /// The record it stands in, by its place in the group.
    pub record: u32,
    /// The time of its group.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The payment it is about.
    pub payment: Option<Id<Payment>>,
    /// The fact.
    pub fact: Fact,
    /// What moved in the book in the same record; with the record's first fact only.
    pub moves: Vec<Movement>,
    /// The message that left for another cell in the same record: its number and its word.
    pub sent: Option<(u64, &'static str)>,
    /// The number of the message from another cell that caused the record.
    pub received: Option<u64>,
    pub(super) sides: Sides,
    /// The parties of its payment when it happened, where that is known.
    pub(super) parties: OnceLock<Parties>,
}

/// Whom a fact concerns, as far as the fact itself tells.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sides {
    /// The wallet with this entry belongs to this party.
    Wallet { entry: u32, party: u32 },
    /// The merchant with this entry belongs to this party.
    Merchant { entry: u32, party: u32 },
    /// The store with this number belongs to the merchant with this entry.
    Store { number: u32, merchant: u32 },
    /// A wallet's account.
    Account(u32),
    /// A payment from a wallet, to a store, as far as it tells.
    Payment { wallet: Option<u32>, store: Option<u32> },
    /// It names nobody; its payment does, if it has one.
    Nobody,
    /// Nobody but the operator.
    Operator,
}

/// The stored kind of a batch of transfers.
const TRANSFERS: [u8; 2] = [1, 1];

/// Which record is read.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub cell: &'a Arc<str>,
    pub group: &'a Stored,
    /// Its place in the group.
    pub record: u32,
}

/// Adds the facts of a record that are told to those of its group; every fact of it is shown to
/// `see`. On an error nothing was added.
pub(super) fn decode(
    place: Place<'_>,
    record: &[u8],
    mut see: impl FnMut(&Event),
    told: &mut Vec<Arc<Released>>,
) -> Result<(), Fault> {
    let decoded = decode_record(record)?;
    // A batch of the operator's transfers may be large, and nothing of it is told.
    if decoded.header.kind == TRANSFERS {
        return Ok(());
    }
    let (mut facts, mut moves, mut sent, mut received) = (Vec::new(), Vec::new(), None, None);
    for event in decoded.events() {
        let event = event?;
        see(&event);
        match event {
            Event::Pay(fact) => facts.push(fact),
            Event::Ledger(ledger::Event::Moved(movement)) => moves.push(movement),
            Event::Corridor(corridor::Event::Sent(message)) => {
                sent = Some((message.number, message.message.word()));
            }
            Event::Corridor(corridor::Event::Received(message)) => received = Some(message.number),
            Event::Own(_) | Event::Ledger(_) | Event::Corridor(_) => {}
        }
    }
    for fact in facts.into_iter().filter(|fact| name(fact).is_some()) {
        let index = told.len() as u32;
        told.push(Arc::new(Released {
            cell: Arc::clone(place.cell),
            id: EventId { position: place.group.position, index },
            record: place.record,
            at: Timestamp(place.group.time),
            actor: decoded.header.actor,
            payment: payment(&fact),
            sides: sides(&fact),
            parties: OnceLock::new(),
            fact,
            moves: std::mem::take(&mut moves),
            sent,
            received,
        }));
    }
    Ok(())
}

impl Released {
    /// The stable name of what happened.
    pub fn name(&self) -> &'static str {
        name(&self.fact).expect("only facts with a name are told")
    }

    /// Whether who waits for the payer's leg has its outcome.
    pub fn ends_waiting(&self) -> bool {
        match &self.fact {
            Fact::PaymentTaken(taken) => taken.last,
            Fact::PaymentReturned(_) | Fact::PaymentAuthorized(_) | Fact::PaidHere(_) => true,
            Fact::SaleCaptured(_) | Fact::SaleHeld(_) | Fact::ConnectorPaid(_) => true,
            Fact::SaleCancelled(_) | Fact::SaleExpired(_) => true,
            _ => false,
        }
    }
}

/// The stable name of a fact; none for what is nobody's news.
fn name(fact: &Fact) -> Option<&'static str> {
    Some(match fact {
        Fact::BookOpened(_) => "book.opened",
        Fact::NostroWarningSet(_) => "nostro.warning_set",
        Fact::RatesPublished(_) => "rates.published",
        Fact::FeesSet(_) => "fees.set",
        Fact::LimitsSet(_) => "limits.set",
        Fact::RulesSet(_) => "rules.set",
        Fact::RateTermsSet(_) => "rate_terms.set",
        Fact::LimitRuleSet(_) => "limit_rule.set",
        Fact::VelocityRuleSet(_) => "velocity_rule.set",
        Fact::ClassesSet(_) => "classes.set",
        Fact::PartyClassed(_) => "party.classed",
        Fact::CaseOpened(_) => "case.opened",
        Fact::CaseChanged(_) => "case.changed",
        Fact::Proposed(_) => "proposal.made",
        Fact::ProposalApproved(_) => "proposal.approved",
        Fact::ProposalRejected(_) => "proposal.rejected",
        Fact::PartyRegistered(_) => "party.registered",
        Fact::ForgetAsked(_) => "party.forget_asked",
        Fact::PartyForgotten(_) => "party.forgotten",
        Fact::WalletOpened(_) => "wallet.opened",
        Fact::WalletToppedUp(_) => "wallet.topped_up",
        Fact::NostroToppedUp(_) | Fact::MirrorRaised(_) => "nostro.topped_up",
        Fact::MerchantRegistered(_) => "merchant.registered",
        Fact::StoreOpened(_) => "store.opened",
        Fact::StoreOpenSet(set) if set.open => "store.resumed",
        Fact::StoreOpenSet(_) => "store.paused",
        Fact::TillAdded(_) => "till.added",
        Fact::PaymentRequested(_) => "payment.requested",
        Fact::QuoteMade(_) => "quote.made",
        Fact::PaymentConfirmed(_) => "payment.confirmed",
        Fact::PaymentAuthorized(_) | Fact::SaleHeld(_) => "payment.authorized",
        Fact::CancelAsked(_) => "payment.cancel_asked",
        Fact::PaymentTaken(taken) if !taken.last => "payment.part_captured",
        Fact::SalePartCaptured(part) if !part.last => "payment.part_captured",
        Fact::PaymentTaken(_)
        | Fact::SalePartCaptured(_)
        | Fact::SaleCaptured(_)
        | Fact::ConnectorPaid(_)
        | Fact::PaidHere(_) => "payment.captured",
        Fact::PaymentReturned(back) if back.reason.is_none() => "payment.released",
        Fact::SaleReleased(_) => "payment.released",
        Fact::PaymentReturned(_) | Fact::SaleDeclined(_) => "payment.declined",
        Fact::RefundArrived(_) | Fact::SaleRefunded(_) => "payment.refunded",
        Fact::SaleCancelled(_) => "payment.cancelled",
        Fact::SaleExpired(_) => "payment.expired",
        Fact::StrayArrived(_) => "suspense.stray_arrived",
        Fact::RefundStranded(_) => "suspense.refund_stranded",
        Fact::SettlementTermsSet(_) => "settlement_terms.set",
        Fact::DayRecorded(_) => "day.closed",
        Fact::DayAnswered(answered) => match answered.answer {
            DayAnswer::Agreed(_) => "day.agreed",
            DayAnswer::Differs(_) => "day.differs",
        },
        Fact::DaySigned(_) => "day.signed",
        Fact::TopUpMoved(moved) => match moved.step {
            TopUpStep::Asked { .. } => "top_up.asked",
            TopUpStep::Approved { .. } => "top_up.approved",
            TopUpStep::Paid { .. } => "top_up.paid",
            TopUpStep::Arrived => "top_up.arrived",
            TopUpStep::Ended { .. } => "top_up.ended",
        },
        Fact::TopUpAnnounced(_) => "top_up.announced",
        Fact::CreditLineSet(_) => "credit_line.set",
        Fact::PayoutTermsSet(_) => "payout_terms.set",
        Fact::BankFileSealed(_) => "bank_file.sealed",
        Fact::BankFileSent(_) => "bank_file.sent",
        Fact::BankFileWithdrawn(_) => "bank_file.withdrawn",
        Fact::ReviewAsked(_) => "review.asked",
        Fact::MerchantReviewed(of) => match of.standing {
            Standing::New => "review.asked",
            Standing::Approved => "merchant.approved",
            Standing::Paused(_) => "merchant.paused",
        },
        Fact::PayoutAccountSet(_) => "payout_account.set",
        Fact::PayoutRulesSet(_) => "payout_rules.set",
        Fact::PayoutScheduleSet(_) => "payout_schedule.set",
        Fact::PayoutTodayAsked(_) => "payout_today.asked",
        Fact::BankFileApproved(_) => "bank_file.approved",
        Fact::StatementImported(_) => "statement.imported",
        Fact::BankLineResolved(_) => "bank_line.resolved",
        Fact::BankLineUndone(_) => "bank_line.undone",
        Fact::PayoutReturned(_) => "payout.returned",
        Fact::SafeguardRuleSet(_) => "safeguard_rule.set",
        // What sealed the file is the news.
        Fact::BankFileMade(_) => return None,
        Fact::PhoneEnrolled(_) => "phone.enrolled",
        Fact::PhoneEnded(_) => "phone.ended",
        Fact::CodeTermsSet(_) => "code_terms.set",
        Fact::ChargeMade(_) => "charge.made",
        Fact::ChargeAsked(_) => "charge.asked",
        Fact::ChargeRefused(_) => "charge.refused",
        Fact::ChargeAnswered(_) => "charge.answered",
        // What was found of a code tells who guesses how far they came.
        Fact::CodeJudged(_) => return None,
        Fact::FeeRuleSet(_) => "fee_rule.set",
        Fact::SplitSet(_) => "split.set",
        Fact::Referred(of) => match of {
            Referred::Set(_) => "referrer.set",
            Referred::Begun(_) => "referral.begun",
            Referred::Ended(_) => "referral.ended",
            Referred::Shared(_) => "referral.shared",
            Referred::Returned(_) => "referral.returned",
        },
        Fact::AcceptanceSet(_) => "acceptance.set",
        Fact::PlacesSet(_) => "places.set",
        Fact::PartnerSet(_) => "partner.set",
        Fact::PartnerKeySet(_) => "partner.key_set",
        Fact::PartnerSuspended(fact) if fact.suspended => "partner.suspended",
        Fact::PartnerSuspended(_) => "partner.resumed",
        Fact::ConnectorSet(_) => "connector.set",
        Fact::ConnectorRested(_) => "connector.rested",
        Fact::ConnectorStrayReturned(_) => "suspense.connector_stray_returned",
        Fact::ConnectorAsked(_) => "payment.asked",
        Fact::ConnectorCancelAsked(_) => "payment.cancel_asked",
        Fact::ConnectorFailed(failed) if failed.cancelled => "payment.cancelled",
        Fact::ConnectorFailed(_) => "payment.declined",
        Fact::ConnectorStray(_) => "suspense.connector_stray",
        Fact::ConnectorRefundBegun(_) => "refund.begun",
        Fact::ConnectorRefundEnded(_) => "refund.ended",
        Fact::ConnectorSettled(_) => "connector.settled",
        // The refund or the sale is the news.
        Fact::CreditDrawn(_) | Fact::CreditRepaid(_) => return None,
        Fact::SaleShared(_) | Fact::SharesReturned(_) | Fact::SalePlaced(_) => return None,
        Fact::QuoteExpired(_) | Fact::LegsForgotten(_) => return None,
    })
}

fn payment(fact: &Fact) -> Option<Id<Payment>> {
    Some(match fact {
        Fact::PaymentRequested(f) => f.payment,
        Fact::QuoteMade(f) => f.payment,
        Fact::PaymentConfirmed(f) => f.payment,
        Fact::PaymentAuthorized(f) => f.payment,
        Fact::CancelAsked(f) => f.payment,
        Fact::PaymentTaken(f) => f.payment,
        Fact::PaymentReturned(f) => f.payment,
        Fact::RefundArrived(f) => f.payment,
        Fact::RefundStranded(f) => f.payment,
        Fact::StrayArrived(f) => f.payment,
        Fact::SaleCaptured(f) => f.payment,
        Fact::SaleHeld(f) => f.payment,
        Fact::SalePartCaptured(f) => f.payment,
        Fact::SaleReleased(f) => f.payment,
        Fact::SaleDeclined(f) => f.payment,
        Fact::SaleCancelled(f) => f.payment,
        Fact::SaleExpired(f) => f.payment,
        Fact::PaidHere(f) => f.payment,
        Fact::SaleRefunded(f) => f.payment,
        Fact::ChargeMade(f) => f.payment,
        Fact::ChargeAsked(f) => f.payment,
        Fact::ChargeRefused(f) => f.payment,
        Fact::ChargeAnswered(f) => f.payment,
        Fact::ConnectorAsked(f) => f.payment,
        Fact::ConnectorCancelAsked(f) => f.payment,
        Fact::ConnectorPaid(f) => f.payment,
        Fact::ConnectorFailed(f) => f.payment,
        Fact::ConnectorRefundBegun(f) => f.payment,
        Fact::ConnectorRefundEnded(f) => f.payment,
        _ => return None,
    })
}

fn sides(fact: &Fact) -> Sides {
    let of = |wallet, store| Sides::Payment { wallet, store };
    match fact {
        Fact::WalletOpened(f) => Sides::Wallet { entry: f.entry, party: f.party },
        Fact::MerchantRegistered(f) => Sides::Merchant { entry: f.entry, party: f.party },
        Fact::StoreOpened(f) => Sides::Store { number: f.store.number, merchant: f.merchant },
        Fact::WalletToppedUp(f) => Sides::Account(f.account),
        // Who asked for a quote has it; nobody but the operator is told of it again.
        Fact::QuoteMade(_) => Sides::Operator,
        Fact::CodeTermsSet(_)
        | Fact::CreditLineSet(_)
        | Fact::PayoutTermsSet(_)
        | Fact::FeeRuleSet(_)
        | Fact::SplitSet(_)
        | Fact::BankFileSealed(_)
        | Fact::BankFileSent(_)
        | Fact::BankFileWithdrawn(_)
        | Fact::PayoutRulesSet(_)
        | Fact::PayoutScheduleSet(_)
        | Fact::PayoutTodayAsked(_)
        | Fact::BankFileApproved(_)
        | Fact::StatementImported(_)
        | Fact::BankLineResolved(_)
        | Fact::BankLineUndone(_)
        | Fact::PayoutReturned(_)
        | Fact::SafeguardRuleSet(_) => Sides::Operator,
        Fact::ReviewAsked(_) | Fact::MerchantReviewed(_) | Fact::PayoutAccountSet(_) => {
            Sides::Operator
        }
        Fact::PaymentConfirmed(f) => of(Some(f.wallet), None),
        Fact::PaymentRequested(f) => of(None, Some(f.store)),
        Fact::PhoneEnrolled(f) => of(Some(f.wallet), None),
        Fact::PhoneEnded(f) => of(Some(f.wallet), None),
        // Of what is asked on a phone the shop learns what crosses, also where both are in one cell.
        Fact::ChargeAsked(f) => of(Some(f.wallet), None),
        Fact::ChargeRefused(f) => of(Some(f.wallet), None),
        Fact::SaleCaptured(f) => of(None, Some(f.store)),
        Fact::ConnectorPaid(f) => of(None, Some(f.store)),
        Fact::PartnerSet(_) | Fact::PartnerKeySet(_) | Fact::PartnerSuspended(_) => Sides::Operator,
        Fact::ConnectorSet(_)
        | Fact::ConnectorRested(_)
        | Fact::ConnectorStray(_)
        | Fact::ConnectorStrayReturned(_)
        | Fact::ConnectorSettled(_) => Sides::Operator,
        Fact::SaleHeld(f) => of(None, Some(f.store)),
        Fact::PaidHere(f) => of(Some(f.wallet), Some(f.store)),
        _ => Sides::Nobody,
    }
}
