//! What a till asks of its cell: to be paid, to take a request back, to give a part back.

use std::time::Duration;

use axum::http::HeaderMap;
use corridor::CaptureMode;
use economy::{Answer, Command, Query};
use kernel::id::{Payment, Refund};
use kernel::{Id, Span};
use pay::command::{CancelPayment, RefundPayment, RequestPayment};
use pay::{Purpose, Reply};
use serde_json::Value;
use views::SideOf;

use super::Desk;
use super::answer::{told, unfit};
use super::faces::amount;
use super::submit::Form;
use super::till::{TillForm, read_amount};
use super::trace::{Phase, Press, Trace, moment};
use super::window::TillWindow;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::signing::{Shown, What};
use crate::web::view::{Problem as Told, Refunding, TillFace};

/// How long a code may be paid.
const VALID_FOR: Span = Span::seconds(900);
/// How long *Refund* waits for the payer's book before the page is answered.
const PATIENCE: Duration = Duration::from_millis(1_500);

impl Desk {
    /// The key of a till's next request: two taps on one page are one request.
    pub(crate) fn next_key(&self, window: &TillWindow) -> String {
        let (count, device) = (self.on_screen(window.device()).count, window.key.bare());
        format!("{}.{}.{device}.{count}", self.nonce, window.store.number)
    }

    /// Asks for a payment and puts its code on the screen.
    pub(crate) async fn ask_for(
        &self,
        window: &TillWindow,
        minor: u64,
        key: &str,
    ) -> Result<(), Problem> {
        let id: Id<Payment> = self.site(window.side).fresh();
        let store = Some(window.store);
        self.traces.edit(id, |trace| (trace.till, trace.amount) = (store, minor));
        self.traces.press(Press::Request, id.0);
        let (count, due) = (minor.to_string(), VALID_FOR);
        let content = [count.as_str()];
        let form = Form { actor: window.actor, operation: "request", key, content: &content };
        let command = RequestPayment {
            id,
            store: window.store,
            amount: minor,
            valid_for: due,
            capture: CaptureMode::Now,
            purpose: Purpose::Sale,
        };
        let Reply::Payment(view) = self.submit(window.side, &form, command).await?.value else {
            return Err(Problem::internal());
        };
        if view.payment == id {
            self.show(window.device(), id);
            self.learn_prefecture(window, id).await;
        }
        Ok(())
    }

    /// The map sends its ring from there.
    async fn learn_prefecture(&self, window: &TillWindow, payment: Id<Payment>) {
        let look = Query::Look(window.store, None, None);
        if let Ok(answer) = self.site(window.side).ask(look).await
            && let Answer::Look(look) = answer.value
        {
            self.traces.edit(payment, |trace| trace.prefecture = Some(look.prefecture));
        }
    }

    /// A payment from before this process began gets its beads for the way back.
    async fn follow_again(&self, window: &TillWindow, payment: Id<Payment>) {
        if self.traces.get(payment).is_some() {
            return;
        }
        let own = self.leg(window.side, payment).await.ok().flatten();
        let here = own.as_ref().is_some_and(|leg| leg.side == SideOf::Both);
        let mut wallet = own.as_ref().and_then(|leg| leg.wallet);
        for side in (0..self.shores.len()).filter(|side| *side != window.side) {
            if wallet.is_none() {
                let leg = self.leg(side, payment).await.ok().flatten();
                wallet = leg.and_then(|leg| leg.wallet);
            }
        }
        let amount = own.map_or(0, |leg| leg.amount);
        self.traces.edit(payment, |trace| {
            (trace.till, trace.wallet, trace.here) = (Some(window.store), wallet, here);
            (trace.amount, trace.phase) = (amount, Phase::Posted);
        });
    }

    /// Gives a part back, and waits a moment until the payer's book has it.
    pub(crate) async fn give_back(
        &self,
        window: &TillWindow,
        headers: &HeaderMap,
        form: &TillForm,
    ) -> Result<TillFace, Problem> {
        let pressed = moment();
        let view = self.own_payment(window, &form.payment).await?;
        let at_us = self.captured_at(window.side, view.payment).await?;
        let wrong =
            |problem: Told| Ok(self.refunding(&view, at_us, Some((form.amount.as_str(), problem))));
        let minor = match read_amount(window.unit(), &form.amount) {
            Ok(minor) => minor,
            Err(code) => return wrong(unfit(code)),
        };
        if form.ask == "1" {
            let rest = view.captured.saturating_sub(view.refunded);
            if minor > rest {
                return wrong(unfit("refund_exceeds_rest"));
            }
            let sure = Some(amount(minor, view.currency));
            return Ok(match self.refunding(&view, at_us, None) {
                TillFace::Refunding(asked) => TillFace::Refunding(Refunding { sure, ..asked }),
                other => other,
            });
        }
        let content = [form.payment.as_str(), form.amount.as_str()];
        let actor = window.actor;
        let of = Form { actor, operation: "refund", key: &form.key, content: &content };
        // As the API does: the same form finds its refund for as long as the payment is known.
        let id: Id<Refund> = match of.fingerprint(self.site(window.side)) {
            Ok(asked) => Id::new(asked.key),
            Err(problem) => return wrong(told(&problem)),
        };
        let payment = view.payment;
        self.follow_again(window, payment).await;
        self.traces.press_at(Press::Refund, id.0, pressed);
        let command = Command::Pay(RefundPayment { id, payment, amount: minor }.into());
        let site = self.site(window.side);
        let shown = shown(window, form, minor);
        let command = if shown.is_needed(site) {
            match shown.signed(&self.edge, site, headers, &form.proof, command).await {
                Ok(command) => command,
                Err(problem) => return wrong(told(&problem)),
            }
        } else {
            command
        };
        let after = match self.submit_any(window.side, &of, command).await {
            Ok(settled) => match settled.value {
                economy::Reply::Pay(Reply::Refund(refund)) => refund.payment,
                // Another company gives it back, and says so when it has.
                economy::Reply::Pay(Reply::ConnectorRefund(refund)) => {
                    if let Some(counter) = self.counter(window.side) {
                        counter.look();
                    }
                    self.show(window.device(), payment);
                    return Ok(TillFace::Paid(self.paid(window, &refund.payment).await?));
                }
                _ => return Err(Problem::internal()),
            },
            Err(problem) => return wrong(told(&problem)),
        };
        self.show(window.device(), payment);
        // Where the payer's cell is elsewhere, its steps are not heard of here.
        let steps = if self.shores.len() > 1 { 5 } else { 3 };
        let booked = |trace: &Trace| trace.here || trace.back.len() >= steps;
        self.traces.wait(payment, PATIENCE, booked).await;
        Ok(TillFace::Paid(self.paid(window, &after).await?))
    }

    /// What a browser is asked to sign before a refund; none below the bound.
    pub(crate) async fn to_sign(
        &self,
        window: &TillWindow,
        headers: &HeaderMap,
        form: &TillForm,
    ) -> Result<Option<Value>, Problem> {
        let minor = read_amount(window.unit(), &form.amount)
            .map_err(|code| Problem::new("field_invalid", format!("The amount: {code}.")))?;
        self.own_payment(window, &form.payment).await?;
        let (site, shown) = (self.site(window.side), shown(window, form, minor));
        if !shown.is_needed(site) {
            return Ok(None);
        }
        shown.begin(&self.edge, site, headers).map(Some)
    }

    /// Takes a request back.
    pub(crate) async fn take_back(&self, window: &TillWindow, body: &[u8]) -> Result<(), Told> {
        let form: TillForm = read_form(body).map_err(unfit)?;
        let view = self.own_payment(window, &form.payment).await.map_err(|p| told(&p))?;
        let actor = window.actor;
        let content = [form.payment.as_str()];
        let of = Form { actor, operation: "cancel", key: &form.key, content: &content };
        let command = CancelPayment { payment: view.payment };
        self.submit(window.side, &of, command).await.map_err(|p| told(&p))?;
        Ok(())
    }
}

/// What a refund's page shows, and its person signs.
fn shown<'a>(window: &'a TillWindow, form: &'a TillForm, minor: u64) -> Shown<'a> {
    Shown {
        session: window.key,
        actor: window.actor,
        operation: "RefundPayment",
        object: &form.payment,
        what: What::Money { amount: minor, currency: window.currency, payee: &window.shop.text },
        key: &form.key,
    }
}
