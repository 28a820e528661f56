//! Judges the facts of payments: their legs, their holds, their shares, and what each of them
//! means for the balance of a wallet or merchant, computed apart from what the book did.

use kernel::id::Payment;
use kernel::{Id, share};
use ledger::Hold;
use pay::Event;
use pay::costs::Via;
use pay::event::*;
use pay::state::{ClosedOutgoing, End, NO_LINK, NONE, Outgoing};

use crate::cell::{At, Cell};
use crate::judge::Scope;
use crate::report::Report;

/// What does not agree: a word for its kind, and a sentence.
pub(crate) type Told = Result<(), (&'static str, String)>;

pub(crate) fn differs(what: impl Into<String>) -> (&'static str, String) {
    ("payment_differs", what.into())
}

pub(crate) fn hold_differs(what: impl Into<String>) -> (&'static str, String) {
    ("hold_differs", what.into())
}

impl Cell {
    /// Judges a fact before it is applied; the movements that belong to it have been.
    pub(crate) fn pay(&mut self, at: At, fact: &Event, scope: &mut Scope, report: &mut Report) {
        let told = self.needs_message(fact, scope).and_then(|()| match fact {
            Event::WalletToppedUp(f) => {
                self.expect(scope, f.account, i128::from(f.amount));
                Ok(())
            }
            Event::PartyRegistered(f) => self.own(f.party.cell),
            Event::WalletOpened(f) => self.own(f.wallet.cell),
            Event::MerchantRegistered(f) => self.own(f.merchant.cell),
            Event::StoreOpened(f) => self.own(f.store.cell),
            Event::PaymentConfirmed(f) => self.confirmed(f),
            Event::PaymentAuthorized(f) => self.leg(f.payment, f.leg).map(|_| ()),
            Event::PaymentTaken(f) => self.taken(f, scope),
            Event::PaymentReturned(f) => self.returned(f),
            Event::RefundArrived(f) => self.refund_arrived(f, scope),
            Event::RefundStranded(f) => self.refund_stranded(f),
            Event::ForgetAsked(f) => self.forget_asked(f),
            Event::PartyForgotten(f) => self.party_forgotten(f),
            Event::SaleCaptured(f) => self.sale_captured(at, f, scope),
            Event::SaleHeld(f) => self.sale_held(f),
            Event::SalePartCaptured(f) => self.sale_part_captured(f, scope),
            Event::PaidHere(f) => self.paid_here(at, f, scope),
            Event::SaleRefunded(f) => self.sale_refunded(f, scope),
            Event::LegsForgotten(f) => {
                self.legs_leave(f);
                Ok(())
            }
            Event::CreditLineSet(f) => self.credit_line_set(f, scope),
            Event::CreditDrawn(f) => self.credit_drawn(f, scope),
            Event::CreditRepaid(f) => self.credit_repaid(f, scope),
            Event::BankFileSealed(f) => self.bank_file_sealed(at, f, scope),
            Event::BankFileSent(f) => self.bank_file_sent(f, scope),
            Event::BankFileWithdrawn(f) => self.bank_file_withdrawn(f, scope),
            Event::PayoutAccountSet(f) => self.payout_account_set(f),
            Event::CodeJudged(f) => self.code_judged(f),
            Event::BankFileApproved(f) => self.bank_file_approved(f),
            Event::StatementImported(f) => self.statement_imported(f),
            Event::BankLineResolved(f) => self.bank_line_resolved(f),
            Event::BankLineUndone(f) => self.bank_line_undone(f, scope),
            Event::PayoutReturned(f) => self.payout_returned(f, scope),
            Event::DayRecorded(f) => self.day_recorded(f),
            Event::DaySigned(f) => self.day_signed(f),
            Event::SaleShared(f) => self.sale_shared(at, f, scope),
            Event::SharesReturned(f) => self.shares_returned(f, scope),
            Event::PlacesSet(f) => self.places_set(f),
            Event::SalePlaced(f) => self.sale_placed(f),
            Event::Referred(f) => self.referred(at, f, scope),
            Event::ConnectorAsked(f) => self.connector_asked(f),
            Event::ConnectorPaid(f) => self.connector_paid(at, f, scope),
            Event::ConnectorFailed(f) => self.connector_failed(f),
            Event::ConnectorStray(f) => self.connector_stray(f),
            Event::ConnectorRefundBegun(f) => self.connector_refund_begun(f),
            Event::ConnectorRefundEnded(f) => self.connector_refund_ended(f),
            _ => Ok(()),
        });
        let told = told.and_then(|()| self.acts_for_none_gone(fact));
        let told = told.and_then(|()| self.keeps_limits(at, fact));
        if let Err((code, what)) = told.and_then(|()| self.sells_for_none_paused(fact)) {
            report.add(self.place(at.position, Some(at.record)), code, what);
        }
    }

    /// What only the other cell can cause stands in the record that handles its message.
    fn needs_message(&self, fact: &Event, scope: &Scope) -> Told {
        let needs = matches!(
            fact,
            Event::PaymentAuthorized(_)
                | Event::PaymentTaken(_)
                | Event::PaymentReturned(_)
                | Event::RefundArrived(_)
                | Event::RefundStranded(_)
                | Event::StrayArrived(_)
                | Event::MirrorRaised(_)
                | Event::SaleCaptured(_)
                | Event::SaleDeclined(_)
                | Event::DayAnswered(_)
                | Event::TopUpAnnounced(_)
        );
        let needs = needs
            || match fact {
                Event::DayRecorded(day) => !day.keeper,
                Event::DaySigned(signed) => !signed.ours,
                Event::TopUpMoved(moved) => moved.step == TopUpStep::Arrived,
                _ => false,
            };
        // What is held from a wallet of this cell is asked for by that wallet.
        let needs = needs || matches!(fact, Event::SaleHeld(held) if held.link != NO_LINK);
        if needs && !scope.receives {
            let what = format!("{} without a message of the other cell", fact.word());
            return Err(("fact_without_message", what));
        }
        Ok(())
    }

    /// References are of this cell, whose number they tell.
    fn own(&mut self, cell: u16) -> Told {
        match self.counted.number.replace(cell) {
            Some(known) if known != cell => {
                let what = format!("a reference of cell {cell} is made in cell {known}");
                Err(("reference_differs", what))
            }
            _ => Ok(()),
        }
    }

    /// A code is used once, by a phone that is enrolled.
    fn code_judged(&self, fact: &CodeJudged) -> Told {
        let Some(phone) = self.state.pay.phone_of(fact.wallet) else {
            return Err(("code_differs", format!("wallet {} has no phone", fact.wallet)));
        };
        match fact.outcome {
            CodeOutcome::Used { step, counter } if phone.has_used(step, counter) => {
                let what = format!("code {step}.{counter} of wallet {} is used twice", fact.wallet);
                Err(("code_used_twice", what))
            }
            _ => Ok(()),
        }
    }

    fn leg(&self, payment: Id<Payment>, entry: u32) -> Result<Outgoing, (&'static str, String)> {
        match self.state.pay.outgoing(payment) {
            Some((known, leg)) if known == entry => Ok(*leg),
            _ => Err(differs(format!("{payment} has no open payer's leg {entry}"))),
        }
    }

    fn wallet_account(&self, entry: u32) -> Result<u32, (&'static str, String)> {
        let wallet = self.state.pay.wallet(entry);
        wallet.map(|wallet| wallet.account).ok_or_else(|| differs(format!("no wallet {entry}")))
    }

    pub(crate) fn merchant_account(&self, store: u32) -> Result<u32, (&'static str, String)> {
        let known = self.state.pay.store_numbered(store);
        let known = known.ok_or_else(|| differs(format!("there is no store {store}")))?;
        Ok(self.state.pay.merchant_of(known).reference.number)
    }

    fn confirmed(&self, fact: &PaymentConfirmed) -> Told {
        let before = self.state.pay.closed_outgoing(fact.payment).map(|(_, leg)| leg.end);
        if self.state.pay.outgoing(fact.payment).is_some()
            || before.is_some_and(|end| end != End::Declined)
        {
            let what = format!("{} is tried again, and was not declined before", fact.payment);
            return Err(differs(what));
        }
        let wallet = self.wallet_account(fact.wallet)?;
        let mirror = self.state.corridor.link(fact.link).and_then(|link| link.mirror);
        let parts = [fact.principal, fact.spread, fact.fee, fact.amount];
        let debits = [Some(wallet), Some(wallet), Some(wallet), mirror];
        for ((hold, part), debit) in fact.holds.into_iter().zip(parts).zip(debits) {
            self.holds_part(fact.payment, hold, part, debit)?;
        }
        Ok(())
    }

    /// A hold of a leg: there when there is something to hold, of this account, of this sum.
    pub(crate) fn holds_part(
        &self,
        payment: Id<Payment>,
        hold: u32,
        part: u64,
        debit: Option<u32>,
    ) -> Told {
        if hold == NONE {
            return match part {
                0 => Ok(()),
                _ => Err(hold_differs(format!("{payment} holds nothing of {part}"))),
            };
        }
        match self.state.book.hold(hold) {
            Some(Hold { debit: known, remaining, tag: 0, .. })
                if *remaining == part && Some(*known) == debit =>
            {
                Ok(())
            }
            Some(known) => Err(hold_differs(format!(
                "hold {hold} of {payment} is {} from account {}, it should be {part} from {debit:?}",
                known.remaining, known.debit
            ))),
            None => Err(hold_differs(format!("hold {hold} of {payment} over {part} is missing"))),
        }
    }

    fn taken(&mut self, fact: &PaymentTaken, scope: &mut Scope) -> Told {
        let leg = self.leg(fact.payment, fact.leg)?;
        let account = self.wallet_account(leg.wallet)?;
        let total = fact.total_so_far;
        if total > leg.amount || total < leg.taken {
            let what = format!("{} takes {total} of {} in all", fact.payment, leg.amount);
            return Err(differs(what));
        }
        let parts = [leg.principal, leg.spread, leg.fee];
        let so_far = |taken| parts.map(|part| share(part, taken, leg.amount));
        let now: u64 = so_far(total).iter().sum();
        let before: u64 = so_far(leg.taken).iter().sum();
        self.expect(scope, account, i128::from(before) - i128::from(now));
        let rests = parts.into_iter().zip(so_far(total)).map(|(part, taken)| part - taken);
        let rests = rests.chain([leg.amount - total]);
        for (hold, rest) in leg.holds.into_iter().zip(rests).filter(|(hold, _)| *hold != NONE) {
            let left = self.state.book.hold(hold).map(|hold| hold.remaining);
            if left != (!fact.last).then_some(rest) {
                let what = format!("hold {hold} of {} was not captured as it says", fact.payment);
                return Err(hold_differs(what));
            }
        }
        Ok(())
    }

    fn returned(&self, fact: &PaymentReturned) -> Told {
        let leg = self.leg(fact.payment, fact.leg)?;
        let kept = leg.holds.iter().find(|hold| self.state.book.hold(**hold).is_some());
        match kept {
            Some(hold) => {
                Err(hold_differs(format!("hold {hold} of {} was not given back", fact.payment)))
            }
            None => Ok(()),
        }
    }

    fn refund_arrived(&mut self, fact: &RefundArrived, scope: &mut Scope) -> Told {
        let leg = self.closed_leg(fact.payment, fact.closed)?;
        let account = self.wallet_account(leg.wallet)?;
        self.expect(scope, account, i128::from(fact.returned));
        came_back(fact.payment, &leg, fact.total_so_far, fact.returned)
    }

    /// Stands in suspense, so that no wallet holds more for it.
    fn refund_stranded(&self, fact: &RefundStranded) -> Told {
        let leg = self.closed_leg(fact.payment, fact.closed)?;
        if !self.state.pay.wallet(leg.wallet).is_some_and(|of| self.state.pay.is_leaving(of.party))
        {
            let what = format!("{} is withheld from a payer who is there", fact.payment);
            return Err(differs(what));
        }
        came_back(fact.payment, &leg, fact.total_so_far, fact.returned)
    }

    fn closed_leg(
        &self,
        payment: Id<Payment>,
        closed: u32,
    ) -> Result<ClosedOutgoing, (&'static str, String)> {
        let found = self.state.pay.closed_outgoing(payment);
        let found = found.filter(|(known, _)| *known == closed);
        let none = || differs(format!("{payment} has no closed payer's leg"));
        found.map(|(_, leg)| leg).ok_or_else(none)
    }

    fn sale_captured(&mut self, at: At, fact: &SaleCaptured, scope: &mut Scope) -> Told {
        let merchant = self.merchant_account(fact.store)?;
        self.earned(scope, merchant, i128::from(fact.amount) - i128::from(fact.fee));
        self.counted.payments += 1;
        self.requested(fact.payment, fact.leg, fact.amount)?;
        self.fee_fits(at, fact.store, Via::of_link(fact.link), fact.amount, fact.fee)
    }

    /// A sale names its requested leg, or none when it was born by its payer.
    pub(crate) fn requested(&self, payment: Id<Payment>, leg: Option<u32>, amount: u64) -> Told {
        if self.state.pay.closed_incoming(payment).is_some() {
            return Err(("captured_twice", format!("{payment} was ended before")));
        }
        match (self.state.pay.incoming(payment), leg) {
            (None, None) => Ok(()),
            (Some((known, asked)), Some(entry)) if known == entry && asked.amount == amount => {
                Ok(())
            }
            _ => Err(differs(format!("{payment} is not the payment that was requested"))),
        }
    }

    fn sale_held(&self, fact: &SaleHeld) -> Told {
        self.requested(fact.payment, fact.leg, fact.amount)?;
        let debit = self.held_from(fact.link, fact.payer);
        self.holds_part(fact.payment, fact.hold, fact.amount, debit)
    }

    /// The account that a sale is held from: over a link its nostro, inside the cell the wallet.
    pub(crate) fn held_from(&self, link: u8, payer: u64) -> Option<u32> {
        if link == NO_LINK {
            return self.state.pay.wallet(payer as u32).map(|wallet| wallet.account);
        }
        self.state.corridor.link(link).and_then(|link| link.nostro)
    }

    fn sale_part_captured(&mut self, fact: &SalePartCaptured, scope: &mut Scope) -> Told {
        let Some((_, leg)) =
            self.state.pay.incoming(fact.payment).filter(|(known, _)| *known == fact.leg)
        else {
            return Err(differs(format!("{} has no open seller's leg", fact.payment)));
        };
        let leg = *leg;
        let named = fact.capture.and_then(|name| self.state.pay.part(fact.payment, name));
        if named.is_some() {
            return Err(("captured_twice", format!("{} repeats a capture", fact.payment)));
        }
        let merchant = self.merchant_account(leg.store)?;
        let net = |captured: u64, fee: u64| i128::from(captured) - i128::from(fee);
        let change = net(fact.total_so_far, fact.fee_so_far) - net(leg.captured, leg.fee);
        self.earned(scope, merchant, change);
        if leg.link == NO_LINK {
            let wallet = self.wallet_account(leg.payer as u32)?;
            let paid = i128::from(fact.total_so_far) - i128::from(leg.captured);
            self.expect(scope, wallet, -paid);
        }
        self.counted.payments += u64::from(leg.captured == 0 && fact.total_so_far > 0);
        if fact.total_so_far > leg.amount || fact.total_so_far < leg.captured {
            let what = format!("{} captures {} of {}", fact.payment, fact.total_so_far, leg.amount);
            return Err(differs(what));
        }
        let left = self.state.book.hold(leg.hold).map(|hold| hold.remaining);
        if left != (!fact.last).then_some(leg.amount - fact.total_so_far) {
            let what = format!("hold {} of {} was not captured as it says", leg.hold, fact.payment);
            return Err(hold_differs(what));
        }
        Ok(())
    }

    fn paid_here(&mut self, at: At, fact: &PaidHere, scope: &mut Scope) -> Told {
        let wallet = self.wallet_account(fact.wallet)?;
        let merchant = self.merchant_account(fact.store)?;
        self.expect(scope, wallet, -i128::from(fact.amount));
        self.earned(scope, merchant, i128::from(fact.amount) - i128::from(fact.fee));
        self.counted.payments += 1;
        self.requested(fact.payment, fact.leg, fact.amount)?;
        self.fee_fits(at, fact.store, Via::Here, fact.amount, fact.fee)
    }

    fn sale_refunded(&mut self, fact: &SaleRefunded, scope: &mut Scope) -> Told {
        let found = self.state.pay.closed_incoming(fact.payment);
        let Some((_, leg)) = found.filter(|(known, _)| *known == fact.closed) else {
            return Err(differs(format!("{} has no closed seller's leg", fact.payment)));
        };
        let leg = *leg;
        let merchant = self.merchant_account(leg.store)?;
        self.expect(scope, merchant, i128::from(fact.fee) - i128::from(fact.amount));
        scope.credit.refunds.push(fact.refund);
        if leg.link == NO_LINK {
            let wallet = self.wallet_account(leg.payer as u32)?;
            self.expect(scope, wallet, i128::from(fact.amount));
        }
        self.counted.refunds += 1;
        if self.state.pay.part(fact.payment, fact.refund).is_some() {
            return Err(("refunded_twice", format!("{} repeats {}", fact.payment, fact.refund)));
        }
        let total = fact.total_so_far;
        let follows = leg.refunded.checked_add(fact.amount) == Some(total);
        if leg.end != End::Captured || total > leg.amount || !follows {
            let what = format!("{} gives back {total} of {} in all", fact.payment, leg.amount);
            return Err(("refund_exceeds_capture", what));
        }
        let due = share(leg.fee, total, leg.amount) - share(leg.fee, leg.refunded, leg.amount);
        if fact.fee != due {
            let what = format!("{} gives back {} of its fee, {due} is due", fact.payment, fact.fee);
            return Err(("fee_differs", what));
        }
        self.shares_follow(fact)
    }
}

/// What comes back of a payment in all, and what of it is due to the payer now.
fn came_back(payment: Id<Payment>, leg: &ClosedOutgoing, total: u64, returned: u64) -> Told {
    if leg.end != End::Captured || total > leg.amount || total <= leg.refunded {
        let what = format!("{payment} gives back {total} of {} in all", leg.amount);
        return Err(("refund_exceeds_capture", what));
    }
    let parts = [leg.principal, leg.spread, leg.fee];
    let back =
        |refunded| -> u64 { parts.iter().map(|part| share(*part, refunded, leg.amount)).sum() };
    let due = back(total) - back(leg.refunded);
    if returned != due {
        return Err(differs(format!("{payment} returns {returned} to the payer, {due} is due")));
    }
    Ok(())
}
