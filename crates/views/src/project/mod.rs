//! Turns durable records into rows. Everything here is a function of the records alone, in their
//! order, so that a file built anew is the same.

mod bank;
mod connector;
mod doings;
mod market;
mod partner;
mod payer;
mod payout;
mod referrals;
mod seller;
mod settlement;
mod shares;
mod trail;

use corridor::Message;
use economy::{Event, decode_record};
use journal::Stored;
use kernel::id::Payment;
use kernel::{Currency, Fault, Id, Timestamp};
use ledger::{Movement, Transfer};
use pay::event::TopUpStep;
use rusqlite::{Connection, params};
use thiserror::Error;

use crate::error::ViewsError;
use crate::holds::Hold;
use crate::memory::{Link, Memory};
use trail::Note;

/// Why a group could not be turned into rows.
#[derive(Debug, Error)]
pub(crate) enum ProjectError {
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
    #[error("group {position}: {fault}")]
    Fault { position: u64, fault: Fault },
}

impl From<Fault> for ProjectError {
    fn from(fault: Fault) -> Self {
        Self::Fault { position: 0, fault }
    }
}

impl From<ProjectError> for ViewsError {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Sql(error) => Self::Sql(error),
            ProjectError::Fault { position, fault } => Self::Record { position, fault },
        }
    }
}

type Done = Result<(), ProjectError>;

/// A number in the order of SQLite, whose integers are signed.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An id as a column holds it.
pub(crate) fn blob<K>(id: Id<K>) -> [u8; 16] {
    id.0.to_be_bytes()
}

/// What a movement does for people to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Posted,
    Held,
    Released,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Held => "held",
            Self::Released => "released",
        }
    }
}

/// A movement with its accounts, holds resolved.
#[derive(Clone, Copy, Debug)]
struct Move {
    what: What,
    debit: u32,
    credit: u32,
    amount: u64,
}

/// The record being turned into rows.
struct Record {
    position: u64,
    index: u32,
    now: Timestamp,
    /// Movements since the last fact: each fact of `pay` stands behind those that belong to it.
    moves: Vec<Move>,
    /// The number of the message that the record handles.
    received: Option<u64>,
    /// Messages that it sends, by payment.
    sent: Vec<(Id<Payment>, u64)>,
    ord: u32,
    /// What it is about, how much, and who, as the first fact that says so has it.
    about: Option<String>,
    amount: Option<(u64, Currency)>,
    whom: Option<u32>,
    /// Whether a person signed it.
    signed: bool,
}

impl Record {
    fn about(&mut self, object: String) {
        self.about.get_or_insert(object);
    }

    fn next(&mut self) -> u32 {
        self.ord += 1;
        self.ord - 1
    }
}

/// Writes rows for groups, inside the transaction of its caller.
pub(crate) struct Projector<'a> {
    pub sql: &'a Connection,
    pub memory: &'a mut Memory,
}

impl Projector<'_> {
    /// Follows one group. On an error the transaction and the memory are to be dropped.
    pub fn apply(&mut self, group: &Stored) -> Done {
        let now = Timestamp(group.time);
        self.days_end(now)?;
        for (index, record) in group.records().enumerate() {
            let at_group = |error| match error {
                ProjectError::Fault { fault, .. } => {
                    ProjectError::Fault { position: group.position, fault }
                }
                other => other,
            };
            self.record(group.position, index as u32, now, record).map_err(at_group)?;
        }
        self.memory.position = group.position;
        self.memory.hash = group.hash;
        self.memory.time = now;
        Ok(())
    }

    fn record(&mut self, position: u64, index: u32, now: Timestamp, stored: &[u8]) -> Done {
        let decoded = decode_record(stored)?;
        let facts: Vec<Event> = decoded.events().collect::<Result<_, _>>()?;
        let mut record = Record {
            position,
            index,
            now,
            moves: Vec::new(),
            received: None,
            sent: Vec::new(),
            ord: 0,
            about: None,
            amount: None,
            whom: None,
            signed: false,
        };
        for fact in &facts {
            match fact {
                Event::Corridor(corridor::Event::Received(fact)) => {
                    record.received = Some(fact.number);
                }
                Event::Corridor(corridor::Event::Sent(fact)) => {
                    let payment = fact.message.payment();
                    record.sent.extend(payment.map(|payment| (payment, fact.number)));
                }
                _ => {}
            }
        }
        for fact in &facts {
            match fact {
                Event::Own(fact) => Self::own(&mut record, fact),
                Event::Ledger(fact) => self.ledger(&mut record, fact)?,
                Event::Corridor(fact) => {
                    self.corridor(&mut record, fact)?;
                    match fact {
                        corridor::Event::Sent(sent) => self.nostro_told(&record, sent)?,
                        corridor::Event::Received(known) => {
                            self.mirror_told(&record, (known.link, known.number), &facts)?;
                        }
                        _ => {}
                    }
                }
                Event::Pay(fact) => self.pay(&mut record, fact)?,
            }
        }
        self.doing(&record, &decoded.header)
    }

    fn ledger(&mut self, record: &mut Record, fact: &ledger::Event) -> Done {
        match fact {
            ledger::Event::AccountOpened(account) => self.memory.open_account(account),
            ledger::Event::Moved(movement) => self.movement(record, *movement)?,
            ledger::Event::Batch(transfers) => {
                for transfer in transfers {
                    self.transfer(record, transfer)?;
                }
            }
            ledger::Event::Forgotten { .. } => {}
        }
        Ok(())
    }

    fn movement(&mut self, record: &mut Record, movement: Movement) -> Done {
        let mut moved = |what, debit, credit, amount| {
            if amount > 0 {
                record.moves.push(Move { what, debit, credit, amount });
            }
        };
        match movement {
            Movement::Post { debit, credit, amount } => {
                self.post(debit, credit, amount)?;
                moved(What::Posted, debit, credit, amount);
            }
            Movement::Hold { debit, credit, amount, .. } => {
                self.memory.holds.insert(Hold { debit, credit, remaining: amount });
                moved(What::Held, debit, credit, amount);
            }
            Movement::Capture { hold, amount, last } => {
                let Hold { debit, credit, remaining } =
                    self.memory.holds.take(hold, amount, last)?;
                self.post(debit, credit, amount)?;
                moved(What::Posted, debit, credit, amount);
                if last {
                    moved(What::Released, debit, credit, remaining - amount);
                }
            }
            Movement::Void { hold } => {
                let Hold { debit, credit, remaining } = self.memory.holds.take(hold, 0, true)?;
                moved(What::Released, debit, credit, remaining);
            }
        }
        Ok(())
    }

    fn post(&mut self, debit: u32, credit: u32, amount: u64) -> Done {
        let posted = self.memory.post(debit, credit, amount);
        Ok(posted.ok_or(Fault("a movement names an account that is not there"))?)
    }

    /// A transfer of the operator's: on the statement of a wallet that it touches, else nowhere.
    fn transfer(&mut self, record: &mut Record, transfer: &Transfer) -> Done {
        self.movement(record, transfer.movement(record.now))?;
        self.statement(record, "transfer", None)?;
        self.merchants_moved(record, "transfer", None)?;
        record.moves.clear();
        Ok(())
    }

    fn corridor(&mut self, record: &mut Record, fact: &corridor::Event) -> Done {
        match fact {
            corridor::Event::LinkOpened(fact) => {
                self.memory.links.push(Link {
                    peer: fact.peer,
                    name: fact.name.clone(),
                    nostro: fact.nostro,
                    mirror: fact.mirror,
                    sent: 0,
                    received: 0,
                    frozen: None,
                    warn_below: None,
                });
                self.memory.links_changed = true;
            }
            corridor::Event::WindowSet(_) => {}
            corridor::Event::Sent(fact) => {
                self.link(fact.link)?.sent = fact.number;
                if let Message::Authorize { payment, .. } = fact.message {
                    let mut put =
                        self.sql.prepare_cached("INSERT INTO in_flight VALUES (?, ?, ?, ?, ?)")?;
                    let (number, position) = (int(fact.number), int(record.position));
                    let at = int(record.now.0);
                    put.execute(params![fact.link, number, blob(payment), position, at])?;
                }
            }
            corridor::Event::Received(fact) => {
                self.link(fact.link)?.received = fact.number;
                if let Some(answers) = fact.answers {
                    let mut drop = self
                        .sql
                        .prepare_cached("DELETE FROM in_flight WHERE link = ? AND number = ?")?;
                    drop.execute(params![fact.link, int(answers)])?;
                }
            }
            corridor::Event::Frozen(fact) => {
                let code = fact.reason.code();
                self.link(fact.link)?.frozen = Some(code.to_owned());
                self.note(record, Note { detail: Some(code), ..Note::new("link_frozen") })?;
            }
            corridor::Event::Reopened(fact) => {
                self.link(fact.link)?.frozen = None;
                self.note(record, Note::new("link_reopened"))?;
            }
            corridor::Event::Skipped(fact) => {
                let link = self.link(fact.link)?;
                link.sent = link.sent.max(fact.through);
            }
        }
        Ok(())
    }

    fn link(&mut self, number: u8) -> Result<&mut Link, ProjectError> {
        self.memory.links_changed = true;
        let link = self.memory.links.get_mut(usize::from(number));
        Ok(link.ok_or(Fault("a fact names a link that is not there"))?)
    }

    /// The currency that the other side of a link sells in.
    fn currency_over(&self, link: u8) -> Result<Currency, ProjectError> {
        let link = self.memory.links.get(usize::from(link));
        let account = link.and_then(|link| link.mirror).and_then(|m| self.memory.account(m));
        Ok(account.ok_or(Fault("a payment crosses a link without a mirror"))?.currency)
    }

    /// Every fact leaves an event, but for those that are nobody's news: who comes back to a stream
    /// learns from the events where what it missed stands.
    fn pay(&mut self, record: &mut Record, fact: &pay::Event) -> Done {
        use pay::Event as E;
        match fact {
            E::BookOpened(_) => self.note(record, Note::new("book_opened")),
            E::FeesSet(_) => self.note(record, Note::new("fees_set")),
            E::LimitsSet(_) => self.note(record, Note::new("limits_set")),
            E::LimitRuleSet(f) => {
                let detail = Some(f.rule.id.as_str());
                self.note(record, Note { detail, ..Note::new("limit_rule_set") })
            }
            E::VelocityRuleSet(f) => {
                let detail = Some(f.rule.id.as_str());
                self.note(record, Note { detail, ..Note::new("velocity_rule_set") })
            }
            E::ClassesSet(_) => self.note(record, Note::new("classes_set")),
            E::PartyClassed(_) => self.note(record, Note::new("party_classed")),
            E::CaseOpened(f) => {
                let detail = Some(f.rule.as_str());
                self.note(record, Note { detail, ..Note::new("case_opened") })
            }
            E::CaseChanged(_) => self.note(record, Note::new("case_changed")),
            E::RateTermsSet(_) => self.note(record, Note::new("rate_terms_set")),
            E::Proposed(f) => {
                let detail = f.change.word();
                self.note(record, Note { detail: Some(detail), ..Note::new("proposed") })
            }
            E::ProposalApproved(_) => self.note(record, Note::new("proposal_approved")),
            E::ProposalRejected(f) => {
                let detail = Some(f.reason.as_str());
                self.note(record, Note { detail, ..Note::new("proposal_rejected") })
            }
            E::NostroWarningSet(f) => {
                self.link(f.link)?.warn_below = Some(f.below);
                self.note(record, Note::new("nostro_warning_set"))
            }
            E::RatesPublished(f) => self.rates_published(record, f),
            E::RulesSet(f) => self.rules_set(record, f),
            E::PartyRegistered(f) => self.party_registered(record, f),
            E::ForgetAsked(f) => self.forget_asked(record, f),
            E::PartyForgotten(f) => self.party_forgotten(record, f),
            E::WalletOpened(f) => self.wallet_opened(record, f),
            E::WalletToppedUp(f) => self.wallet_topped_up(record, f),
            E::NostroToppedUp(f) => self.nostro_topped_up(record, f),
            E::MerchantRegistered(f) => self.merchant_registered(record, f),
            E::StoreOpened(f) => self.store_opened(record, f),
            E::StoreOpenSet(f) => self.store_open_set(record, f),
            E::TillAdded(f) => self.till_added(record, f),
            E::QuoteMade(f) => self.quote_made(record, f),
            // A quote's end is no news: who holds it knows its deadline.
            E::QuoteExpired(_) => Ok(()),
            E::PaymentConfirmed(f) => self.payment_confirmed(record, f),
            E::PaymentAuthorized(f) => self.payment_authorized(record, f),
            E::CancelAsked(f) => self.cancel_asked(record, f),
            E::PaymentTaken(f) => self.payment_taken(record, f),
            E::PaymentReturned(f) => self.payment_returned(record, f),
            E::RefundArrived(f) => self.refund_arrived(record, f),
            E::RefundStranded(f) => self.refund_stranded(record, f),
            E::SettlementTermsSet(_) => self.note(record, Note::new("settlement_terms_set")),
            E::DayRecorded(_) => self.note(record, Note::new("day_closed")),
            E::DayAnswered(f) => {
                let detail = Some(match f.answer {
                    corridor::DayAnswer::Agreed(_) => "agreed",
                    corridor::DayAnswer::Differs(difference) => difference.field.word(),
                });
                self.note(record, Note { detail, ..Note::new("day_answered") })
            }
            E::DaySigned(_) => self.note(record, Note::new("day_signed")),
            E::TopUpMoved(f) => {
                let detail = Some(match f.step {
                    TopUpStep::Asked { .. } => "asked",
                    TopUpStep::Approved { .. } => "approved",
                    TopUpStep::Paid { .. } => "paid",
                    TopUpStep::Arrived => "arrived",
                    TopUpStep::Ended { .. } => "ended",
                });
                self.note(record, Note { detail, ..Note::new("top_up") })
            }
            E::TopUpAnnounced(_) => self.note(record, Note::new("top_up_announced")),
            E::StrayArrived(f) => self.stray_arrived(record, f),
            E::MirrorRaised(f) => self.mirror_raised(record, f),
            E::PaymentRequested(f) => self.payment_requested(record, f),
            E::SaleCaptured(f) => self.sale_captured(record, f),
            E::SaleHeld(f) => self.sale_held(record, f),
            E::SalePartCaptured(f) => self.sale_part_captured(record, f),
            E::SaleReleased(f) => self.sale_ended(record, f.payment, "released", "sale_released"),
            E::SaleCancelled(f) => {
                self.sale_ended(record, f.payment, "cancelled", "sale_cancelled")
            }
            E::SaleExpired(f) => self.sale_ended(record, f.payment, "expired", "sale_expired"),
            E::SaleDeclined(f) => self.sale_declined(record, f),
            E::PaidHere(f) => self.paid_here(record, f),
            E::SaleRefunded(f) => self.sale_refunded(record, f),
            E::CreditLineSet(_) => self.note(record, Note::new("credit_line_set")),
            E::PayoutTermsSet(_) => self.note(record, Note::new("payout_terms_set")),
            E::BankFileSealed(f) => self.bank_file_sealed(record, f),
            E::BankFileSent(f) => self.bank_file_ended(record, f.entry, "sent"),
            E::BankFileWithdrawn(f) => self.bank_file_ended(record, f.entry, "withdrawn"),
            E::ReviewAsked(f) => self.note(record, Note::of_merchant("review_asked", f.merchant)),
            E::MerchantReviewed(f) => {
                let note = Note::of_merchant("merchant_reviewed", f.merchant);
                self.note(record, Note { detail: Some(f.standing.word()), ..note })
            }
            E::PayoutAccountSet(f) => {
                self.note(record, Note::of_merchant("payout_account_set", f.merchant))
            }
            E::PayoutRulesSet(_) => self.note(record, Note::new("payout_rules_set")),
            E::SafeguardRuleSet(_) => self.note(record, Note::new("safeguard_rule_set")),
            E::PayoutScheduleSet(f) => {
                let note = Note::of_merchant("payout_schedule_set", f.merchant);
                self.note(record, Note { detail: Some(f.schedule.word()), ..note })
            }
            E::PayoutTodayAsked(f) => {
                self.note(record, Note::of_merchant("payout_today_asked", f.merchant))
            }
            // Told by the fact that sealed it.
            E::BankFileMade(f) => self.bank_file_made(f),
            E::BankFileApproved(f) => self.bank_file_approved(record, f),
            E::StatementImported(f) => self.statement_imported(record, f),
            E::BankLineResolved(f) => self.bank_line_resolved(record, f),
            E::BankLineUndone(f) => self.bank_line_undone(record, f),
            E::PayoutReturned(f) => self.payout_returned(record, f),
            E::PhoneEnrolled(f) => {
                self.note(record, Note { wallet: Some(f.wallet), ..Note::new("phone_enrolled") })
            }
            E::PhoneEnded(f) => {
                self.note(record, Note { wallet: Some(f.wallet), ..Note::new("phone_ended") })
            }
            E::CodeTermsSet(_) => self.note(record, Note::new("code_terms_set")),
            E::ChargeMade(f) => self.note(record, Note::of("charge_made", f.payment)),
            E::ChargeAsked(f) => self.note(record, Note::of("charge_asked", f.payment)),
            E::ChargeRefused(f) => {
                let note = Note::of("charge_refused", f.payment);
                self.note(record, Note { detail: Some(&f.why), ..note })
            }
            E::ChargeAnswered(f) => {
                let note = Note::of("charge_answered", f.payment);
                self.note(record, Note { detail: Some(f.answer.code()), ..note })
            }
            // What was found of a code is between a cell and its phone.
            E::CodeJudged(_) => Ok(()),
            E::FeeRuleSet(_) => self.note(record, Note::new("fee_rule_set")),
            E::AcceptanceSet(f) => {
                let store = Some(f.store);
                self.note(record, Note { store, ..Note::new("acceptance_set") })
            }
            E::PlacesSet(f) => {
                self.note(record, Note { store: Some(f.store), ..Note::new("places_set") })
            }
            E::SalePlaced(f) => self.sale_placed(f),
            E::Referred(f) => self.referred(record, f),
            E::SplitSet(f) => self.split_set(record, f),
            E::SaleShared(f) => self.sale_shared(f),
            E::SharesReturned(f) => self.shares_returned(f),
            E::PartnerSet(f) => self.partner_set(record, f),
            E::PartnerKeySet(f) => self.note(
                record,
                Note::new(if f.trusted { "partner_key_trusted" } else { "partner_key_ended" }),
            ),
            E::PartnerSuspended(f) => self.note(
                record,
                Note::new(if f.suspended { "partner_suspended" } else { "partner_resumed" }),
            ),
            E::ConnectorSet(f) => self.connector_set(record, f),
            E::ConnectorAsked(f) => self.note(record, Note::of("connector_asked", f.payment)),
            E::ConnectorCancelAsked(f) => self.connector_cancel_asked(record, f),
            E::ConnectorPaid(f) => self.connector_paid(record, f),
            E::ConnectorFailed(f) => self.connector_failed(record, f),
            E::ConnectorStray(f) => self.connector_stray(record, f),
            E::ConnectorRefundBegun(f) => self.connector_refund_begun(record, f),
            E::ConnectorRefundEnded(f) => {
                let note = Note::of("connector_refund_ended", f.payment);
                self.note(record, Note { detail: Some(f.end.word()), ..note })
            }
            E::ConnectorStrayReturned(f) => {
                self.note(record, Note::of("connector_stray_returned", f.payment))
            }
            E::ConnectorRested(_) => self.note(record, Note::new("connector_rested")),
            E::ConnectorSettled(_) => self.note(record, Note::new("connector_settled")),
            // Told by the refund or the sale, whose lines have what was drawn or repaid.
            E::CreditDrawn(_) | E::CreditRepaid(_) => Ok(()),
            // Lists remember what decisions no longer need.
            E::LegsForgotten(_) => Ok(()),
        }
    }
}
