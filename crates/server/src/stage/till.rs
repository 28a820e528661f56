//! The till: asks for a payment, takes it back, gives a part back; the day's list beside it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use corridor::CaptureMode;
use economy::{Answer, Query};
use kernel::id::{Payment, Refund};
use kernel::{Actor, Id, Role, Span, Timestamp, share};
use pay::command::{CancelPayment, RefundPayment, RequestPayment};
use pay::{PaymentView, Purpose, Reply, Status};
use serde::Deserialize;
use views::{By, Of, PaymentFilter, PaymentRow, SideOf};

use super::answer::{Asked, html, lost, told, unfit};
use super::faces::{amount, micros, now_us, state_of};
use super::phone::read_form;
use super::submit::Form;
use super::trace::{Phase, Press};
use super::{PAYER, SELLER, Stage, TillWindow, home};
use crate::api::pay::looking::dynamic_code;
use crate::cells::{fresh, now};
use crate::problem::Problem;
use crate::web::till as markup;
use crate::web::view::{
    Amount, Code, Foreign, Place, Problem as Told, Refunding, State as Is, Till, TillFace,
    TillPage, TillPaid, Today, TodayRow, Unit,
};

/// How long a code may be paid.
const VALID_FOR: Span = Span::seconds(900);
/// What *Refund* on the first page gives back in one press, in minor units.
const OFFER: u64 = 1_000;
/// How long *Refund* waits for the payer's book before the page is answered.
const PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TillForm {
    amount: String,
    payment: String,
    key: String,
}

impl Stage {
    fn till_at(&self, token: &str) -> Option<usize> {
        self.tills.iter().position(|window| window.token == token)
    }

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
                Phase::Posted | Phase::Voided => trace.age() < REST_US,
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

    async fn paid(&self, at: usize, due: &PaymentView) -> Result<TillPaid, Problem> {
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

    async fn captured_at(&self, payment: Id<Payment>) -> Result<i64, Problem> {
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

    fn no_today(&self, at: usize) -> Today {
        let (window, unit) = (&self.tills[at], self.unit(SELLER));
        Today {
            base: format!("/t/{}", window.token),
            unit,
            now: now_us(),
            zone: window.zone,
            rows: Vec::new(),
            paid: unit.of(0),
            refunded: unit.of(0),
            fee: unit.of(0),
        }
    }

    async fn today_of(&self, at: usize) -> Result<Today, Problem> {
        self.caught_up(SELLER, self.site(SELLER).handle.durable()).await;
        let empty = self.no_today(at);
        let store = self.tills[at].store;
        let day = self.read(SELLER, |views| views.day(now())).await?;
        let since = Some(start_of_day(&self.tills[at]));
        let filter = PaymentFilter { of: Of::Store(store), since, ..Default::default() };
        let rows = self.read(SELLER, move |v| v.payments(&filter, None, 200)).await?;
        let totals = self.read(SELLER, move |v| v.totals(By::Store, (day, day))).await?;
        let key = store.to_string();
        let total = totals.into_iter().find(|total| total.key == key);
        let (unit, payer) = (empty.unit, self.unit(PAYER));
        let sum = |pick: fn(&views::Total) -> i64| unit.of(total.as_ref().map_or(0, pick));
        Ok(Today {
            rows: rows.iter().map(|row| today_row(row, unit, payer)).collect(),
            paid: sum(|total| total.captured),
            refunded: sum(|total| total.refunded),
            fee: sum(|total| total.fee),
            ..empty
        })
    }

    /// A payment of this till's store, as its cell tells the merchant.
    async fn own_payment(&self, at: usize, payment: &str) -> Result<PaymentView, Problem> {
        let missing = || Problem::new("payment_not_found", "There is no such payment of yours.");
        let payment = payment.parse().map_err(|_| missing())?;
        let query = Query::Payment(self.tills[at].actor, payment);
        let Answer::Payment(view) = self.site(SELLER).ask(query).await?.value else {
            return Err(Problem::internal());
        };
        if view.store == self.tills[at].store { Ok(*view) } else { Err(missing()) }
    }

    fn refunding(&self, view: &PaymentView, at_us: i64, wrong: Option<(&str, Told)>) -> TillFace {
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

    /// A payment from before this process began gets its beads for the way back.
    async fn follow_again(&self, at: usize, payment: Id<Payment>) {
        if self.traces.get(payment).is_some() {
            return;
        }
        let leg = self.leg(PAYER, payment).await.ok().flatten();
        let wallet = leg.as_ref().and_then(|leg| leg.wallet);
        let wallet = wallet.and_then(|w| self.wallets.iter().position(|own| own.wallet == w));
        self.traces.edit(payment, |trace| {
            (trace.till, trace.wallet) = (Some(at), wallet);
            (trace.amount, trace.phase) = (leg.map_or(0, |leg| leg.amount), Phase::Posted);
        });
    }

    async fn give_back(&self, at: usize, form: &TillForm) -> Result<TillFace, Problem> {
        let pressed = super::trace::moment();
        let view = self.own_payment(at, &form.payment).await?;
        let at_us = self.captured_at(view.payment).await?;
        let wrong =
            |problem: Told| Ok(self.refunding(&view, at_us, Some((form.amount.as_str(), problem))));
        let minor = match read_amount(self.unit(SELLER), &form.amount) {
            Ok(minor) => minor,
            Err(code) => return wrong(unfit(code)),
        };
        let id: Id<Refund> = fresh();
        let content = [form.payment.as_str(), form.amount.as_str()];
        let actor = self.tills[at].actor;
        let of = Form { actor, operation: "refund", key: &form.key, content: &content };
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
        let booked = |trace: &super::trace::Trace| trace.back.len() == 5;
        self.traces.wait(payment, PATIENCE, booked).await;
        Ok(TillFace::Paid(self.paid(at, &after).await?))
    }
}

/// How long a paid code stays on the first page before the next stranger gets a new one.
const REST_US: u64 = 60_000_000;

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

fn read_amount(unit: Unit, typed: &str) -> Result<u64, &'static str> {
    let read: Amount = unit.read_typed(typed)?;
    u64::try_from(read.minor).map_err(|_| "amount_not_positive")
}

fn shop(window: &TillWindow) -> Foreign {
    Foreign { text: window.shop.clone(), lang: window.shop_lang }
}

fn start_of_day(window: &TillWindow) -> Timestamp {
    let zone = jiff::tz::TimeZone::get(window.zone.0).unwrap_or(jiff::tz::TimeZone::UTC);
    let here = jiff::Timestamp::from_microsecond(now_us()).unwrap_or_default().to_zoned(zone);
    let start = here.start_of_day().map_or(0, |start| start.timestamp().as_microsecond());
    Timestamp(u64::try_from(start).unwrap_or(0))
}

fn today_row(row: &PaymentRow, unit: Unit, payer: Unit) -> TodayRow {
    let state = state_of(row.status);
    let paid = row.times.captured.is_some();
    TodayRow {
        payment: row.id.to_string(),
        state,
        amount: amount(row.amount, row.currency),
        payer: paid.then(|| if row.side == SideOf::Both { unit } else { payer }),
        at: micros(row.changed),
        refunded: i64::try_from(row.refunded).unwrap_or(i64::MAX),
        reason: row.declined.clone().filter(|_| state == Is::Declined),
    }
}

/// The till's own page.
pub(super) async fn page(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
    let asked = asked.on(Place::Own);
    let till = stage.till_now(&asked, at).await;
    stage.till_page(&asked, at, till).await
}

/// The till as things stand; `next` puts what has ended aside.
pub(super) async fn fragment(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
    if asked.parameter("next").is_some() {
        stage.screens()[at].payment = None;
    }
    if !asked.fragment {
        return asked.back_to(&format!("/t/{token}"));
    }
    let till = stage.till_now(&asked, at).await;
    html(&markup::till(asked.lang, &till))
}

/// The day's list alone.
pub(super) async fn today(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
    if !asked.fragment {
        return asked.back_to(&format!("/t/{token}"));
    }
    let today = stage.today_of(at).await.unwrap_or_else(|_| stage.no_today(at));
    html(&markup::today(asked.lang, &today))
}

/// Asks for a payment.
pub(super) async fn request(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
    body: Bytes,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
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
                return asked.back_to(&format!("/t/{token}"));
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
pub(super) async fn cancel(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
    body: Bytes,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
    let face = match stage.take_back(at, &body).await {
        Ok(()) => stage.till_now(&asked, at).await.face,
        Err(problem) => TillFace::Problem(problem),
    };
    stage.show_till(&asked, at, face).await
}

impl Stage {
    async fn take_back(&self, at: usize, body: &[u8]) -> Result<(), Told> {
        let form: TillForm = read_form(body).map_err(unfit)?;
        let view = self.own_payment(at, &form.payment).await.map_err(|p| told(&p))?;
        let actor: Actor = self.tills[at].actor;
        debug_assert_eq!(actor.role, Role::Merchant, "a till acts for its merchant");
        let content = [form.payment.as_str()];
        let of = Form { actor, operation: "cancel", key: &form.key, content: &content };
        let command = CancelPayment { payment: view.payment };
        self.submit(SELLER, &of, command).await.map_err(|p| told(&p))?;
        Ok(())
    }
}

/// The form of a refund.
pub(super) async fn refunding(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
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
pub(super) async fn refund(
    State(stage): State<Arc<Stage>>,
    Path(token): Path<String>,
    asked: Asked,
    body: Bytes,
) -> Response {
    let Some(at) = stage.till_at(&token) else { return lost(&asked) };
    let face = match read_form::<TillForm>(&body) {
        Ok(form) => match stage.give_back(at, &form).await {
            Ok(face) => face,
            Err(problem) => TillFace::Problem(told(&problem)),
        },
        Err(code) => TillFace::Problem(unfit(code)),
    };
    stage.show_till(&asked, at, face).await
}
