//! The till: asks for a payment, takes it back, gives a part back; the day's list beside it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::id::Payment;
use kernel::{Id, share};
use pay::{PaymentView, Status};
use serde::Deserialize;

use super::answer::{Asked, html, told, unfit};
use super::faces::{amount, micros, now_us, state_of};
use super::window::AtTill;
use super::{PAYER, SELLER, Stage, TillWindow, home};
use crate::api::pay::looking::dynamic_code;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::web::till as markup;
use crate::web::view::{
    Amount, Code, Foreign, Place, Problem as Told, Refunding, Till, TillFace, TillPage, TillPaid,
    Unit,
};

/// What *Refund* on the first page gives back in one press, in minor units.
const OFFER: u64 = 1_000;
/// The fields of a till's forms.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TillForm {
    pub amount: String,
    pub payment: String,
    pub key: String,
}

impl Stage {
    /// The text of the code on a till's screen.
    pub(super) async fn shown_code(&self, at: usize) -> Option<String> {
        let payment = self.on_screen(at).payment?;
        match self.code_face(at, payment).await {
            Ok(TillFace::Code(code)) => Some(code.text),
            _ => None,
        }
    }

    async fn code_face(&self, at: usize, payment: Id<Payment>) -> Result<TillFace, Problem> {
        let site = self.site(SELLER);
        let query = Query::Look(self.tills[at].store, Some(payment));
        let Answer::Look(look) = site.ask(query).await?.value else {
            return Err(Problem::internal());
        };
        let due = look.due.clone().ok_or_else(Problem::internal)?;
        if due.status != Status::Requested {
            return self.ended_face(at, &due).await;
        }
        Ok(TillFace::Code(Code {
            payment: payment.to_string(),
            amount: amount(due.amount, due.currency),
            text: dynamic_code(site, &look, &due)?,
            deadline: due.deadline.map_or(0, micros),
            key: format!("cancel.{payment}"),
        }))
    }

    async fn ended_face(&self, at: usize, due: &PaymentView) -> Result<TillFace, Problem> {
        match due.status {
            Status::Captured | Status::PartlyRefunded | Status::Refunded => {
                Ok(TillFace::Paid(self.paid(at, due).await?))
            }
            status => Ok(TillFace::Ended {
                state: state_of(status),
                reason: reason_of(status, due).to_owned(),
                amount: amount(due.amount, due.currency),
                key: self.next_key(at),
            }),
        }
    }

    pub(super) async fn paid(&self, at: usize, due: &PaymentView) -> Result<TillPaid, Problem> {
        let of = |minor| amount(minor, due.currency);
        let whole = due.merchant_fee.unwrap_or(0);
        let fee = whole - share(whole, due.refunded, due.captured.max(1)).min(whole);
        let rest = due.captured.saturating_sub(due.refunded);
        let at_us = self.captured_at(due.payment).await?;
        Ok(TillPaid {
            payment: due.payment.to_string(),
            amount: of(due.captured),
            payer: if due.price.is_some() { self.unit(SELLER) } else { self.unit(PAYER) },
            at: at_us,
            fee_bp: self.tills[at].fee_bp,
            fee: of(fee),
            refunded: of(due.refunded),
            net: of(rest.saturating_sub(fee)),
            offer: (rest > 0).then(|| of(rest.min(OFFER))),
            key: refund_key(due.payment, due.refunded),
        })
    }

    pub(super) async fn captured_at(&self, payment: Id<Payment>) -> Result<i64, Problem> {
        let position = self.traces.get(payment).map_or(0, |trace| trace.positions[SELLER]);
        self.caught_up(SELLER, position).await;
        let row = self.leg(SELLER, payment).await?;
        Ok(row.and_then(|row| row.times.captured).map_or_else(now_us, micros))
    }

    /// The till as things stand.
    pub(super) async fn till_now(&self, asked: &Asked, at: usize) -> Till {
        let face = match self.on_screen(at).payment {
            None => self.typing(at, None, None),
            Some(payment) => {
                let face = self.code_face(at, payment).await;
                face.unwrap_or_else(|problem| TillFace::Problem(told(&problem)))
            }
        };
        self.till(asked.place, at, face)
    }

    fn typing(&self, at: usize, typed: Option<&str>, problem: Option<Told>) -> TillFace {
        let unit = self.unit(SELLER);
        let usual = unit.of(i64::try_from(self.tills[at].usual).unwrap_or(i64::MAX));
        let typed = typed.map_or_else(|| usual.typed(), str::to_owned);
        TillFace::Amount { typed, key: self.next_key(at), problem }
    }

    pub(super) fn till(&self, place: Place, at: usize, face: TillFace) -> Till {
        let window = &self.tills[at];
        Till {
            base: format!("/t/{}", window.token),
            place,
            shop: shop(window),
            number: window.number,
            unit: self.unit(SELLER),
            now: now_us(),
            zone: window.zone,
            face,
        }
    }

    /// Answers with the till: the part alone, or the page it stands on.
    async fn show_till(self: &Arc<Self>, asked: &Asked, at: usize, face: TillFace) -> Response {
        let till = self.till(asked.place, at, face);
        self.answer_till(asked, at, till).await
    }

    async fn answer_till(self: &Arc<Self>, asked: &Asked, at: usize, till: Till) -> Response {
        if asked.fragment {
            return html(&markup::till(asked.lang, &till));
        }
        match asked.place {
            Place::Home => home::with_till(self, asked, till).await,
            Place::Own => self.till_page(asked, at, till).await,
        }
    }

    async fn till_page(&self, asked: &Asked, at: usize, till: Till) -> Response {
        let window = &self.tills[at];
        let base = format!("/t/{}", window.token);
        let chrome = self.chrome(asked, &base, None, Some(shop(window)), Some(&window.token)).await;
        let today = self.today_of(at).await.unwrap_or_else(|_| self.no_today(at));
        html(&markup::page(&TillPage { chrome, till, today }))
    }

    /// A payment of this till's store, as its cell tells the merchant.
    pub(super) async fn own_payment(
        &self,
        at: usize,
        payment: &str,
    ) -> Result<PaymentView, Problem> {
        let missing = || Problem::new("payment_not_found", "There is no such payment of yours.");
        let payment = payment.parse().map_err(|_| missing())?;
        let query = Query::Payment(self.tills[at].actor, payment);
        let Answer::Payment(view) = self.site(SELLER).ask(query).await?.value else {
            return Err(Problem::internal());
        };
        if view.store == self.tills[at].store { Ok(*view) } else { Err(missing()) }
    }

    pub(super) fn refunding(
        &self,
        view: &PaymentView,
        at_us: i64,
        wrong: Option<(&str, Told)>,
    ) -> TillFace {
        let rest = view.captured.saturating_sub(view.refunded);
        let of = |minor| amount(minor, view.currency);
        let (typed, problem) = match wrong {
            Some((typed, problem)) => (typed.to_owned(), Some(problem)),
            None => (of(rest.min(OFFER)).typed(), None),
        };
        TillFace::Refunding(Refunding {
            payment: view.payment.to_string(),
            paid: of(view.captured),
            at: at_us,
            rest: of(rest),
            typed,
            key: refund_key(view.payment, view.refunded),
            problem,
        })
    }
}

fn refund_key(payment: Id<Payment>, refunded: u64) -> String {
    format!("refund.{payment}.{refunded}")
}

fn reason_of(status: Status, due: &PaymentView) -> &'static str {
    match (status, due.declined) {
        (_, Some(reason)) => reason.code(),
        (Status::Expired, None) => "payment_expired",
        (Status::Cancelled | Status::Released, None) => "payment_cancelled",
        _ => "payment_not_open",
    }
}

/// An amount as typed, in minor units.
pub(super) fn read_amount(unit: Unit, typed: &str) -> Result<u64, &'static str> {
    let read: Amount = unit.read_typed(typed)?;
    u64::try_from(read.minor).map_err(|_| "amount_not_positive")
}

fn shop(window: &TillWindow) -> Foreign {
    Foreign { text: window.shop.clone(), lang: window.shop_lang }
}

/// The till's own page.
pub(super) async fn page(AtTill { stage, at, asked }: AtTill) -> Response {
    let asked = asked.on(Place::Own);
    let till = stage.till_now(&asked, at).await;
    stage.till_page(&asked, at, till).await
}

/// The till as things stand; `next` puts what has ended aside.
pub(super) async fn fragment(AtTill { stage, at, asked }: AtTill) -> Response {
    if asked.parameter("next").is_some() {
        stage.screens()[at].payment = None;
    }
    if !asked.fragment {
        return stage.back_to_till(&asked, at);
    }
    let till = stage.till_now(&asked, at).await;
    html(&markup::till(asked.lang, &till))
}

/// The day's list alone.
pub(super) async fn today(AtTill { stage, at, asked }: AtTill) -> Response {
    if !asked.fragment {
        return stage.back_to_till(&asked, at);
    }
    let today = stage.today_of(at).await.unwrap_or_else(|_| stage.no_today(at));
    html(&markup::today(asked.lang, &today))
}

/// Asks for a payment.
pub(super) async fn request(AtTill { stage, at, asked }: AtTill, body: Bytes) -> Response {
    let form = match read_form::<TillForm>(&body) {
        Ok(form) => form,
        Err(code) => {
            let face = stage.typing(at, None, Some(unfit(code)));
            return stage.show_till(&asked, at, face).await;
        }
    };
    let done = match read_amount(stage.unit(SELLER), &form.amount) {
        Ok(minor) => stage.ask_for(at, minor, &form.key).await.map_err(|p| told(&p)),
        Err(code) => Err(unfit(code)),
    };
    match done {
        Ok(()) => {
            if !asked.fragment {
                return stage.back_to_till(&asked, at);
            }
            let till = stage.till_now(&asked, at).await;
            stage.answer_till(&asked, at, till).await
        }
        Err(problem) => {
            let face = stage.typing(at, Some(&form.amount), Some(problem));
            stage.show_till(&asked, at, face).await
        }
    }
}

/// Takes a request back.
pub(super) async fn cancel(AtTill { stage, at, asked }: AtTill, body: Bytes) -> Response {
    let face = match stage.take_back(at, &body).await {
        Ok(()) => stage.till_now(&asked, at).await.face,
        Err(problem) => TillFace::Problem(problem),
    };
    stage.show_till(&asked, at, face).await
}

/// The form of a refund.
pub(super) async fn refunding(AtTill { stage, at, asked }: AtTill) -> Response {
    let payment = asked.parameter("payment").unwrap_or_default().to_owned();
    let face = match stage.own_payment(at, &payment).await {
        Ok(view) => match stage.captured_at(view.payment).await {
            Ok(at_us) => stage.refunding(&view, at_us, None),
            Err(problem) => TillFace::Problem(told(&problem)),
        },
        Err(problem) => TillFace::Problem(told(&problem)),
    };
    stage.show_till(&asked, at, face).await
}

/// Gives a part back.
pub(super) async fn refund(AtTill { stage, at, asked }: AtTill, body: Bytes) -> Response {
    let face = match read_form::<TillForm>(&body) {
        Ok(form) => match stage.give_back(at, &form).await {
            Ok(face) => face,
            Err(problem) => TillFace::Problem(told(&problem)),
        },
        Err(code) => TillFace::Problem(unfit(code)),
    };
    stage.show_till(&asked, at, face).await
}
