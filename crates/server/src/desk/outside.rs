//! A till's payment by another company's wallet: its code is shown, or the customer's was scanned,
//! and what that company says is waited for.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Bytes;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::Id;
use kernel::id::Payment;
use pay::PaymentView;
use pay::command::BeginConnectorPayment;
use pay::state::{AskEnd, ConnectorAttempt, Shape};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;

use super::Desk;
use super::answer::{told, unfit};
use super::faces::{amount, micros};
use super::submit::Form;
use super::window::{AtTill, TillWindow};
use crate::http::form::read_form;
use crate::outside::{Counter, Said};
use crate::problem::Problem;
use crate::web::view::{Asked, GivingBack, TillFace, WalletChoice};

/// How long the other company's code is waited for before the page is answered without it.
const PATIENCE: Duration = Duration::from_secs(3);
/// A wallet whose connector runs no more.
const SOME_OTHER: &str = "other";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WalletForm {
    payment: String,
    connector: String,
    key: String,
}

/// The reason that a till tells of an attempt that came to nothing.
const fn reason_of(end: AskEnd) -> &'static str {
    match end {
        AskEnd::CodeExpired => "wallet_code_expired",
        AskEnd::CodeUnusable => "wallet_code_unusable",
        AskEnd::NoMoney => "wallet_no_money",
        AskEnd::PayerDeclined => "wallet_payer_declined",
        AskEnd::LimitReached => "wallet_limit_reached",
        AskEnd::NotPermitted => "wallet_not_permitted",
        AskEnd::Cancelled => "wallet_cancelled",
        AskEnd::GivenBack => "wallet_given_back",
        AskEnd::NeverArrived => "wallet_never_arrived",
    }
}

impl Desk {
    pub(crate) fn counter(&self, side: usize) -> Option<&Arc<Counter>> {
        self.edge.outside().of(self.site(side).name())
    }

    /// The wallets whose codes a till can show in place of ours.
    pub(crate) fn wallets_of(&self, window: &TillWindow) -> Vec<WalletChoice> {
        let shown = self.counter(window.side).map(|counter| counter.shown(window.currency));
        let choice = |(connector, kind)| WalletChoice { connector, kind };
        shown.unwrap_or_default().into_iter().map(choice).collect()
    }

    /// The kind of wallet behind a connector's name.
    pub(crate) fn kind_named(&self, side: usize, connector: &str) -> &'static str {
        let wallet = self.counter(side).and_then(|counter| counter.wallet(connector));
        wallet.map_or(SOME_OTHER, |wallet| wallet.about().kind)
    }

    /// The kind of wallet behind a connector's number.
    pub(crate) async fn kind_numbered(&self, side: usize, number: u8) -> &'static str {
        match self.site(side).ask(Query::Connectors).await.map(|settled| settled.value) {
            Ok(Answer::Connectors(known)) => {
                let known = known.connectors.get(usize::from(number));
                known.map_or(SOME_OTHER, |view| self.kind_named(side, &view.connector.name))
            }
            _ => SOME_OTHER,
        }
    }

    async fn attempt_of(
        &self,
        window: &TillWindow,
        payment: Id<Payment>,
    ) -> Option<ConnectorAttempt> {
        let query = Query::Attempt(window.actor, payment);
        match self.site(window.side).ask(query).await.ok()?.value {
            Answer::Attempt(attempt) => attempt.map(|attempt| *attempt),
            _ => None,
        }
    }

    /// What the till shows while another company is asked; or why the last attempt came to nothing.
    pub(crate) async fn outside_face(
        &self,
        window: &TillWindow,
        due: &PaymentView,
    ) -> Result<TillFace, Option<&'static str>> {
        let Some(attempt) = self.attempt_of(window, due.payment).await else { return Err(None) };
        if let Some(end) = attempt.ask.end {
            return Err(Some(reason_of(end)));
        }
        let counter = self.counter(window.side);
        let code = counter.and_then(|counter| counter.code(due.payment));
        let standing = counter.map(|counter| counter.standing()).unwrap_or_default();
        let mut known = standing.iter();
        let known = known.find(|it| it.refund.is_none() && it.payment == due.payment);
        let is_unknown = |said| !matches!(said, Said::Nothing | Said::Waits);
        Ok(TillFace::Asked(Asked {
            payment: due.payment.to_string(),
            kind: self.kind_named(window.side, &attempt.name),
            amount: amount(due.amount, due.currency),
            code: code.filter(|_| attempt.ask.shape == Shape::Shown),
            taken: attempt.ask.shape == Shape::Taken,
            unknown: known.is_some_and(|it| is_unknown(it.said)),
            closing: attempt.ask.cancel,
            deadline: due.deadline.map_or(0, micros),
            key: format!("cancel.{}.{}", due.payment, attempt.ask.attempt),
        }))
    }

    /// What is being given back of a payment, if anything is.
    pub(crate) async fn giving_back(&self, side: usize, due: &PaymentView) -> Option<GivingBack> {
        due.connector?;
        let answer = self.site(side).ask(Query::Connectors).await.ok()?.value;
        let Answer::Connectors(known) = answer else { return None };
        let of = known.refunds.iter().find(|of| of.payment.payment == due.payment)?;
        let standing = self.counter(side).map(|counter| counter.standing()).unwrap_or_default();
        let known = standing.iter().find(|it| it.refund == Some(of.refund));
        let stuck = known.is_some_and(|it| matches!(it.said, Said::Stuck(_) | Said::Differs(_)));
        let kind = self.kind_named(side, &of.connector);
        Some(GivingBack { amount: amount(of.amount, due.currency), kind, stuck })
    }

    async fn ask_outside(&self, window: &TillWindow, form: &WalletForm) -> Result<(), Problem> {
        let view = self.own_payment(window, &form.payment).await?;
        let payment = view.payment;
        let content = [form.payment.as_str(), form.connector.as_str()];
        let (actor, key) = (window.actor, form.key.as_str());
        let of = Form { actor, operation: "wallet", key, content: &content };
        let connector = form.connector.clone();
        let begin = BeginConnectorPayment { payment, connector, shape: Shape::Shown };
        self.submit(window.side, &of, begin).await?;
        self.show_as_before(window.device(), Some(payment));
        if let Some(counter) = self.counter(window.side) {
            counter.look();
            // Without it the page says that it is asked for, and hears of it when it comes.
            let _code = counter.code_within(payment, PATIENCE).await;
        }
        Ok(())
    }
}

/// Tells the tills of a side what is no fact: that a code came, or an answer.
pub(crate) async fn listen(desk: Weak<Desk>, side: usize) {
    let changes = desk.upgrade().and_then(|desk| Some(desk.counter(side)?.changes()));
    let Some(mut changes) = changes else { return };
    loop {
        let payment = match changes.recv().await {
            Ok(payment) => payment,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Some(desk) = desk.upgrade() else { return };
        desk.tell_till(payment);
    }
}

/// The till shows another wallet's code.
pub(crate) async fn begin(AtTill { desk, window, asked, .. }: AtTill, body: Bytes) -> Response {
    let wrong = match read_form::<WalletForm>(&body) {
        Ok(form) => desk.ask_outside(&window, &form).await.err().map(|problem| told(&problem)),
        Err(code) => Some(unfit(code)),
    };
    if wrong.is_none() && !asked.fragment {
        return asked.back_to(&window.base);
    }
    let mut till = desk.till_now(&asked, &window).await;
    if let TillFace::Code(code) = &mut till.face {
        code.wrong = wrong;
    }
    desk.answer_till(&asked, &window, till).await
}
