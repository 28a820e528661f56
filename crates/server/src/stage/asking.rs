//! What a till asks of its cell: to be paid, to take a request back, to give a part back.

use std::time::Duration;

use corridor::CaptureMode;
use economy::{Answer, Query};
use kernel::id::{Payment, Refund};
use kernel::{Id, Span};
use pay::command::{CancelPayment, RefundPayment, RequestPayment};
use pay::{Purpose, Reply};

use super::answer::{told, unfit};
use super::submit::Form;
use super::till::{TillForm, read_amount};
use super::trace::{Phase, Press, Trace, moment};
use super::{PAYER, SELLER, Stage};
use crate::cells::fresh;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::web::view::{Problem as Told, TillFace};

/// How long a code may be paid.
const VALID_FOR: Span = Span::seconds(900);
/// How long *Refund* waits for the payer's book before the page is answered.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long a paid code stays on the first page before the next stranger gets a new one.
const REST_US: u64 = 60_000_000;

impl Stage {
    /// The key of a till's next request: two taps on one page are one request.
    pub(super) fn next_key(&self, at: usize) -> String {
        format!("{}.{at}.{}", self.nonce, self.on_screen(at).count)
    }

    fn show(&self, at: usize, payment: Option<Id<Payment>>) {
        let screen = &mut self.screens()[at];
        screen.payment = payment;
        screen.count += 1;
    }

    /// Asks for a payment and puts its code on the screen.
    pub(super) async fn ask_for(&self, at: usize, minor: u64, key: &str) -> Result<(), Problem> {
        let window = &self.tills[at];
        let id: Id<Payment> = fresh();
        self.traces.edit(id, |trace| (trace.till, trace.amount) = (Some(at), minor));
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
        let Reply::Payment(view) = self.submit(SELLER, &form, command).await?.value else {
            return Err(Problem::internal());
        };
        if view.payment == id {
            self.show(at, Some(id));
            self.learn_prefecture(at, id).await;
        }
        Ok(())
    }

    /// The map sends its ring from there.
    async fn learn_prefecture(&self, at: usize, payment: Id<Payment>) {
        let store = self.tills[at].store;
        if let Ok(answer) = self.site(SELLER).ask(Query::Look(store, None)).await
            && let Answer::Look(look) = answer.value
        {
            self.traces.edit(payment, |trace| trace.prefecture = Some(look.prefecture));
        }
    }

    /// A stranger who opens the first page finds a code that can be paid: the till asks anew when
    /// the last one ended a while ago, or nobody paid it in time.
    pub(super) async fn ready_for_a_stranger(&self) {
        let stands = match self.on_screen(0).payment.and_then(|id| self.traces.get(id)) {
            None => false,
            Some(trace) => match trace.phase {
                Phase::Open | Phase::Held | Phase::Captured | Phase::Declined => true,
                Phase::Authorized | Phase::Posted | Phase::Voided => trace.age() < REST_US,
                Phase::Cancelled | Phase::Expired => false,
            },
        };
        if !stands {
            let (usual, key) = (self.tills[0].usual, self.next_key(0));
            if let Err(problem) = self.ask_for(0, usual, &key).await {
                tracing::warn!(code = problem.code, "the first page's till can't ask");
            }
        }
    }

    /// A payment from before this process began gets its beads for the way back.
    async fn follow_again(&self, at: usize, payment: Id<Payment>) {
        if self.traces.get(payment).is_some() {
            return;
        }
        let mut leg = self.leg(PAYER, payment).await.ok().flatten();
        let here = leg.is_none();
        if here {
            leg = self.leg(SELLER, payment).await.ok().flatten();
        }
        let wallet = leg.as_ref().and_then(|leg| leg.wallet);
        let wallet = wallet.and_then(|w| self.wallets.iter().position(|own| own.wallet == w));
        self.traces.edit(payment, |trace| {
            (trace.till, trace.wallet, trace.here) = (Some(at), wallet, here);
            (trace.amount, trace.phase) = (leg.map_or(0, |leg| leg.amount), Phase::Posted);
        });
    }

    /// Gives a part back, and waits a moment until the payer's book has it.
    pub(super) async fn give_back(&self, at: usize, form: &TillForm) -> Result<TillFace, Problem> {
        let pressed = moment();
        let view = self.own_payment(at, &form.payment).await?;
        let at_us = self.captured_at(view.payment).await?;
        let wrong =
            |problem: Told| Ok(self.refunding(&view, at_us, Some((form.amount.as_str(), problem))));
        let minor = match read_amount(self.unit(SELLER), &form.amount) {
            Ok(minor) => minor,
            Err(code) => return wrong(unfit(code)),
        };
        let content = [form.payment.as_str(), form.amount.as_str()];
        let actor = self.tills[at].actor;
        let of = Form { actor, operation: "refund", key: &form.key, content: &content };
        // As the API does: the same form finds its refund for as long as the payment is known.
        let id: Id<Refund> = match of.fingerprint(self.site(SELLER)) {
            Ok(asked) => Id::new(asked.key),
            Err(problem) => return wrong(told(&problem)),
        };
        let payment = view.payment;
        self.follow_again(at, payment).await;
        self.traces.press_at(Press::Refund, id.0, pressed);
        let command = RefundPayment { id, payment, amount: minor };
        let after = match self.submit(SELLER, &of, command).await {
            Ok(settled) => match settled.value {
                Reply::Refund(refund) => refund.payment,
                _ => return Err(Problem::internal()),
            },
            Err(problem) => return wrong(told(&problem)),
        };
        self.show(at, Some(payment));
        let booked = |trace: &Trace| trace.here || trace.back.len() == 5;
        self.traces.wait(payment, PATIENCE, booked).await;
        Ok(TillFace::Paid(self.paid(at, &after).await?))
    }

    /// Takes a request back.
    pub(super) async fn take_back(&self, at: usize, body: &[u8]) -> Result<(), Told> {
        let form: TillForm = read_form(body).map_err(unfit)?;
        let view = self.own_payment(at, &form.payment).await.map_err(|p| told(&p))?;
        let actor = self.tills[at].actor;
        let content = [form.payment.as_str()];
        let of = Form { actor, operation: "cancel", key: &form.key, content: &content };
        let command = CancelPayment { payment: view.payment };
        self.submit(SELLER, &of, command).await.map_err(|p| told(&p))?;
        Ok(())
    }
}
