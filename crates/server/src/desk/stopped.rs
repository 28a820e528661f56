//! A payment that a rule sent to the operator's staff, on its payer's phone: it waits, and once it is
//! released the phone says so and asks for the price.
//!
//! It does not go on by itself. A *yes* is for a price: across the bridge that holds for a minute, and
//! a look takes longer, so a release with the old yes would take what nobody agreed to. Inside one
//! cell the price would still hold, but the shop's request may have been paid by other means
//! meanwhile. So what a release gives is that the same payer may pay the same shop, up to the amount,
//! once and for a while; the phone asks the price anew by itself, and one tap says yes to it. Where
//! the shop's request has ended meanwhile, any new one of the shop does.

use economy::{Answer, Query};
use kernel::Id;
use kernel::id::Payment;
use pay::CaseRow;
use pay::state::CaseState;

use super::Desk;
use super::answer::Asked;
use super::faces::{amount, micros};
use super::paying::Offer;
use super::window::WalletWindow;
use crate::cells::now;
use crate::problem::Problem;
use crate::web::view::{Face, Retry, Stopped, StoppedState};

impl Desk {
    /// What a phone shows of the payment that its address names, if that was sent to the staff.
    pub(super) async fn stopped_now(
        &self,
        asked: &Asked,
        window: &WalletWindow,
    ) -> Result<Option<Face>, Problem> {
        let Some(payment) = asked.parameter("case").and_then(|text| text.parse().ok()) else {
            return Ok(None);
        };
        let shown = asked.parameter("code").map(|code| Retry {
            code: code.to_owned(),
            typed: asked.parameter("amount").map(str::to_owned),
        });
        let own = self.stopped_of(window).await?;
        let Some(known) = own.into_iter().find(|row| row.case.payment == payment) else {
            return Ok(None);
        };
        let stopped = self.stopped(window, known, shown).await?;
        if stopped.state == StoppedState::Released
            && stopped.retry.is_none()
            && let Some(face) = self.asked_of(window).await?
        {
            // A till asks for it by a code that the phone showed: its price is there already.
            return Ok(Some(face));
        }
        Ok(Some(Face::Stopped(Box::new(stopped))))
    }

    async fn stopped_of(&self, window: &WalletWindow) -> Result<Vec<CaseRow>, Problem> {
        let query = Query::CasesOf(window.actor, window.wallet);
        match self.site(window.side).ask(query).await?.value {
            Answer::Cases(rows) => Ok(rows),
            _ => Err(Problem::internal()),
        }
    }

    /// Those that wait or may be paid, for the wallet's first page; none while its cell does not say.
    pub(super) async fn stopped_rows(&self, window: &WalletWindow) -> Vec<Stopped> {
        let mut shown = Vec::new();
        for row in self.stopped_of(window).await.unwrap_or_default() {
            let open = matches!(row.case.state, CaseState::Waiting | CaseState::Released { .. });
            if open
                && row.case.until > now()
                && let Ok(stopped) = self.stopped(window, row, None).await
            {
                shown.push(stopped);
            }
        }
        shown
    }

    async fn stopped(
        &self,
        window: &WalletWindow,
        row: CaseRow,
        shown: Option<Retry>,
    ) -> Result<Stopped, Problem> {
        let CaseRow { case, currency, .. } = row;
        let is_over = case.until <= now();
        let payee = self.store_of(window, case.store).await?.payee();
        let state = match case.state {
            CaseState::Rejected { reason, .. } => StoppedState::Rejected(reason),
            CaseState::Waiting if !is_over => StoppedState::Waiting,
            CaseState::Released { .. } if !is_over => StoppedState::Released,
            _ => StoppedState::Over,
        };
        Ok(Stopped {
            payment: case.payment.to_string(),
            state,
            payee,
            asked: amount(case.amount, currency),
            until: Some(micros(case.until)),
            retry: shown.or_else(|| self.scanned(window, case.payment)),
        })
    }

    /// What was scanned for a payment, while it is remembered.
    fn scanned(&self, window: &WalletWindow, payment: Id<Payment>) -> Option<Retry> {
        let offer = self.offers.of_payment(payment).filter(|it| it.wallet == window.wallet)?;
        retry_of(&offer)
    }
}

/// With what the price of an offer can be asked once more: not where a till asked by a shown code.
fn retry_of(offer: &Offer) -> Option<Retry> {
    let code = Some(offer.sheet.code.clone()).filter(|code| !code.is_empty())?;
    Some(Retry { code, typed: offer.sheet.typed.clone() })
}

/// What a *yes* looks like that was sent to the staff.
pub(super) fn stopped(offer: Offer) -> Face {
    let retry = retry_of(&offer);
    Face::Stopped(Box::new(Stopped {
        payment: offer.payment.to_string(),
        state: StoppedState::Waiting,
        payee: offer.sheet.payee,
        asked: offer.sheet.price.asked,
        until: None,
        retry,
    }))
}
