//! The till: asks for a payment, takes it back, gives a part back; the day's list beside it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::id::Payment;
use kernel::{Id, share};
use pay::codes::{STEP_S, WINDOW};
use pay::{PaymentView, ShareView, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Desk;
use super::answer::{Asked, html, told, unfit};
use super::faces::{amount, micros, now_us, state_of};
use super::window::{AtTill, TillWindow};
use crate::api::pay::looking::dynamic_code;
use crate::cells::random;
use crate::devices::Told as ToldScript;
use crate::duty::Scope;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::web::till as markup;
use crate::web::view::{
    Amount, Code, Foreign, Held, Payer, Place, Problem as Told, Refunding, ShopCard, Till,
    TillFace, TillPage, TillPaid, TillShare, Unit,
};

/// What *Refund* on the first page gives back in one press, in minor units.
const OFFER: u64 = 1_000;
/// How long a customer's code that was scanned first waits for its amount: a code is taken for two
/// steps after its own, and the last of them is left for its way.
const HELD_US: i64 = (WINDOW * STEP_S) as i64 * 1_000_000 - 15_000_000;
/// The fields of a till's forms.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TillForm {
    pub amount: String,
    pub payment: String,
    pub key: String,
    /// `1`: asks whether this is meant, and gives nothing back.
    pub ask: String,
    /// A customer's code that was scanned before the amount was typed, and when.
    pub code: String,
    pub scanned: String,
    /// What the passkey of who gives it back answered, above the bound.
    pub proof: String,
}

impl Desk {
    /// The text of the code on a till's screen.
    pub(crate) async fn shown_code(&self, window: &TillWindow) -> Option<String> {
        let payment = self.on_screen(window.device()).payment?;
        match self.code_face(window, payment).await {
            Ok(TillFace::Code(code)) => Some(code.text),
            _ => None,
        }
    }

    async fn code_face(
        &self,
        window: &TillWindow,
        payment: Id<Payment>,
    ) -> Result<TillFace, Problem> {
        let site = self.site(window.side);
        let query = Query::Look(window.store, Some(payment), None);
        let Answer::Look(look) = site.ask(query).await?.value else {
            return Err(Problem::internal());
        };
        let due = look.due.clone().ok_or_else(Problem::internal)?;
        if due.status != Status::Requested {
            return self.ended_face(window, &due).await;
        }
        let ended = match self.outside_face(window, &due).await {
            Ok(face) => return Ok(face),
            Err(ended) => ended,
        };
        Ok(TillFace::Code(Code {
            payment: payment.to_string(),
            amount: amount(due.amount, due.currency),
            text: dynamic_code(site, &look, &due)?,
            deadline: due.deadline.map_or(0, micros),
            charge: self.charge_of(window, payment).await.or(ended),
            wallets: self.wallets_of(window),
            wallet_key: u128::from_le_bytes(random()).to_string(),
            wrong: None,
            key: format!("cancel.{payment}"),
        }))
    }

    async fn ended_face(
        &self,
        window: &TillWindow,
        due: &PaymentView,
    ) -> Result<TillFace, Problem> {
        match due.status {
            Status::Captured | Status::PartlyRefunded | Status::Refunded => {
                Ok(TillFace::Paid(self.paid(window, due).await?))
            }
            status => Ok(TillFace::Ended {
                state: state_of(status),
                reason: reason_of(status, due).to_owned(),
                amount: amount(due.amount, due.currency),
                key: self.next_key(window),
            }),
        }
    }

    pub(crate) async fn paid(
        &self,
        window: &TillWindow,
        due: &PaymentView,
    ) -> Result<TillPaid, Problem> {
        let of = |minor| amount(minor, due.currency);
        let whole = due.merchant_fee.unwrap_or(0);
        let fee = whole - share(whole, due.refunded, due.captured.max(1)).min(whole);
        let rest = due.captured.saturating_sub(due.refunded);
        let scopes = self.site(window.side).keys.scopes(window.actor);
        let refunds = scopes.is_some_and(|scopes| scopes.has(Scope::Refund));
        let at_us = self.captured_at(window.side, due.payment).await?;
        let giving_back = self.giving_back(window.side, due).await;
        let partner = self.partners_wallet(window.side, due.payment).await?;
        let shares = self.shares_of(window, due).await?;
        let shared: i64 = shares.iter().map(|share| share.kept.minor).sum();
        let shared = u64::try_from(shared).unwrap_or(0);
        let simple = kernel::basis_points(due.captured, window.fee_bp);
        let given = match due.refunded {
            0 => Vec::new(),
            _ => self.given_back(window.side, due.payment).await?,
        };
        Ok(TillPaid {
            refunds: given.into_iter().map(|(at, minor)| (at, of(minor))).collect(),
            payment: due.payment.to_string(),
            amount: of(due.captured),
            payer: match (partner, due.connector, &due.price) {
                (Some(name), ..) => Payer::Partner(name),
                (None, Some(number), _) => {
                    Payer::Outside(self.kind_numbered(window.side, number).await)
                }
                (None, None, Some(_)) => Payer::Of(window.unit()),
                (None, None, None) => self.payer_abroad(window.side),
            },
            giving_back: giving_back.clone(),
            at: at_us,
            // A fee by a schedule of the shop's own is told as what it came to.
            fee_bp: (simple == Some(whole)).then_some(window.fee_bp),
            fee: of(fee),
            shares,
            refunded: of(due.refunded),
            net: of(rest.saturating_sub(fee).saturating_sub(shared)),
            offer: (rest > 0 && refunds && giving_back.is_none()).then(|| of(rest.min(OFFER))),
            key: refund_key(due.payment, due.refunded),
        })
    }

    /// What others have of a payment.
    async fn shares_of(
        &self,
        window: &TillWindow,
        due: &PaymentView,
    ) -> Result<Vec<TillShare>, Problem> {
        let asked = Query::Shares(window.actor, due.payment);
        let Answer::Shares(shares) = self.site(window.side).ask(asked).await?.value else {
            return Err(Problem::internal());
        };
        let of = |minor| amount(minor, due.currency);
        let share = |it: ShareView| TillShare {
            name: Foreign { text: it.name, lang: window.shop.lang },
            kind: it.kind.word(),
            kept: of(it.amount.saturating_sub(it.returned)),
            returned: of(it.returned),
        };
        Ok(shares.into_iter().map(share).collect())
    }

    /// What the partner's wallet is called that paid, where one did.
    async fn partners_wallet(
        &self,
        side: usize,
        payment: Id<Payment>,
    ) -> Result<Option<String>, Problem> {
        let settled = self.site(side).ask(Query::PartnersWallet(payment)).await?;
        match settled.value {
            Answer::PartnersWallet(name) => Ok(name),
            _ => Err(Problem::internal()),
        }
    }

    /// What the wallets hold that pay a side over a bridge, where only one kind does.
    pub(crate) fn payer_abroad(&self, side: usize) -> Payer {
        let currency = self.shore(side).currency;
        let mut payers = self.shores.iter().filter(|shore| shore.abroad == Some(currency));
        let only = payers.next().filter(|_| payers.next().is_none());
        only.map_or(Payer::Abroad, |shore| Payer::Of(super::unit(shore.currency)))
    }

    pub(crate) async fn captured_at(
        &self,
        side: usize,
        payment: Id<Payment>,
    ) -> Result<i64, Problem> {
        let position = self.traces.get(payment).map_or(0, |trace| trace.position(side));
        self.caught_up(side, position).await;
        let row = self.leg(side, payment).await?;
        Ok(row.and_then(|row| row.times.captured).map_or_else(now_us, micros))
    }

    /// The till as things stand.
    pub(crate) async fn till_now(&self, asked: &Asked, window: &TillWindow) -> Till {
        let face = match self.on_screen(window.device()).payment {
            None => self.typing(window, None, None),
            Some(payment) => {
                let face = self.code_face(window, payment).await;
                face.unwrap_or_else(|problem| TillFace::Problem(told(&problem)))
            }
        };
        self.till(asked.place, window, face)
    }

    fn typing(&self, window: &TillWindow, typed: Option<&str>, problem: Option<Told>) -> TillFace {
        let usual = self.usual.map(|minor| amount(minor, window.currency).typed());
        let typed = typed.map_or_else(|| usual.unwrap_or_default(), str::to_owned);
        TillFace::Amount { typed, key: self.next_key(window), problem, held: None }
    }

    /// The same with a customer's code that was scanned before the amount was known.
    pub(super) fn holding(
        &self,
        window: &TillWindow,
        (code, at): (String, i64),
        typed: &str,
        problem: Option<Told>,
    ) -> TillFace {
        let until = at.saturating_add(HELD_US);
        let held = Some(Held { code, at, until });
        let (typed, key) = (typed.to_owned(), self.next_key(window));
        TillFace::Amount { typed, key, problem, held }
    }

    /// What is wrong with a code that was scanned before its amount, if it is.
    fn held_problem(&self, window: &TillWindow, form: &TillForm) -> Option<TillFace> {
        if form.code.is_empty() {
            return None;
        }
        let scanned = form.scanned.parse::<i64>().unwrap_or(0);
        let old = now_us() >= scanned.saturating_add(HELD_US);
        // The amount stays where it was typed; only the code is scanned anew.
        old.then(|| self.typing(window, Some(&form.amount), Some(unfit("code_grown_old"))))
    }

    pub(crate) fn till(&self, place: Place, window: &TillWindow, face: TillFace) -> Till {
        Till {
            base: window.base.clone(),
            place,
            shop: window.shop.clone(),
            name: window.name.clone(),
            unit: window.unit(),
            now: now_us(),
            zone: window.zone,
            face,
        }
    }

    /// Answers with the till: the part alone, or the page it stands on.
    async fn show_till(&self, asked: &Asked, window: &TillWindow, face: TillFace) -> Response {
        let till = self.till(asked.place, window, face);
        self.answer_till(asked, window, till).await
    }

    pub(crate) async fn answer_till(
        &self,
        asked: &Asked,
        window: &TillWindow,
        till: Till,
    ) -> Response {
        if asked.fragment {
            return html(&markup::till(asked.lang, &till));
        }
        match (asked.place, self.home()) {
            (Place::Home, Some(home)) => home.with_till(asked.clone(), till).await,
            _ => self.till_page(asked, window, till).await,
        }
    }

    async fn till_page(&self, asked: &Asked, window: &TillWindow, till: Till) -> Response {
        self.till_page_with(asked, window, till, None).await
    }

    /// The page; its switch as a form's answer has it, where one was sent.
    pub(crate) async fn till_page_with(
        &self,
        asked: &Asked,
        window: &TillWindow,
        till: Till,
        shop: Option<ShopCard>,
    ) -> Response {
        let (base, whose) = (&window.base, Some(window.shop.clone()));
        let chrome = self
            .chrome(asked, base, whose, Some(format!("{base}/events?seen={}", window.seen)))
            .await;
        let today = self.today_of(window).await.unwrap_or_else(|_| self.no_today(window));
        let others = window.others.clone();
        let shop = match shop {
            Some(card) => Ok(card),
            None => self.shop_card(window, None).await.map_err(|problem| told(&problem)),
        };
        let tonight = self.tonight_card(window).await;
        html(&markup::page(&TillPage { chrome, till, today, tonight, shop, others }))
    }

    /// A payment of this till's store, as its cell tells the merchant.
    pub(crate) async fn own_payment(
        &self,
        window: &TillWindow,
        payment: &str,
    ) -> Result<PaymentView, Problem> {
        let missing = || Problem::new("payment_not_found", "There is no such payment of yours.");
        let payment = payment.parse().map_err(|_| missing())?;
        let query = Query::Payment(window.actor, payment);
        let Answer::Payment(view) = self.site(window.side).ask(query).await?.value else {
            return Err(Problem::internal());
        };
        if view.store == window.store { Ok(*view) } else { Err(missing()) }
    }

    pub(crate) fn refunding(
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
            sure: None,
            problem,
        })
    }
}

/// The payment as things stand: what a row of the day's list opens.
pub(crate) async fn payment(
    AtTill { desk, window, asked, .. }: AtTill,
    Path((_, payment)): Path<(String, String)>,
) -> Response {
    let face = match desk.own_payment(&window, &payment).await {
        Ok(view) => {
            desk.show_again(window.device(), view.payment);
            let face = desk.code_face(&window, view.payment).await;
            face.unwrap_or_else(|problem| TillFace::Problem(told(&problem)))
        }
        Err(problem) => TillFace::Problem(told(&problem)),
    };
    desk.show_till(&asked, &window, face).await
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
pub(crate) fn read_amount(unit: Unit, typed: &str) -> Result<u64, &'static str> {
    let read: Amount = unit.read_typed(typed)?;
    u64::try_from(read.minor).map_err(|_| "amount_not_positive")
}

/// The till's own page.
pub(crate) async fn page(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    let asked = asked.on(Place::Own);
    let till = desk.till_now(&asked, &window).await;
    desk.till_page(&asked, &window, till).await
}

/// The till as things stand; `next` puts what has ended aside, `payment` is what the page shows.
pub(crate) async fn fragment(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    if asked.parameter("next").is_some() {
        desk.put_aside(window.device());
    }
    let payment = asked.parameter("payment").and_then(|text| text.parse().ok());
    desk.show_as_before(window.device(), payment);
    if !asked.fragment {
        return asked.back_to(&window.base);
    }
    let till = desk.till_now(&asked, &window).await;
    html(&markup::till(asked.lang, &till))
}

/// The day's list alone.
pub(crate) async fn today(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    if !asked.fragment {
        return asked.back_to(&window.base);
    }
    let today = desk.today_of(&window).await.unwrap_or_else(|_| desk.no_today(&window));
    html(&markup::today(asked.lang, &today))
}

/// Asks for a payment.
pub(crate) async fn request(AtTill { desk, window, asked, .. }: AtTill, body: Bytes) -> Response {
    let form = match read_form::<TillForm>(&body) {
        Ok(form) => form,
        Err(code) => {
            let face = desk.typing(&window, None, Some(unfit(code)));
            return desk.show_till(&asked, &window, face).await;
        }
    };
    if let Some(face) = desk.held_problem(&window, &form) {
        return desk.show_till(&asked, &window, face).await;
    }
    let done = match read_amount(window.unit(), &form.amount) {
        Ok(minor) => desk.ask_for(&window, minor, &form.key).await.map_err(|p| told(&p)),
        Err(code) => Err(unfit(code)),
    };
    if done.is_ok() && !form.code.is_empty() {
        let wrong = desk.charge_shown(&window, &form.code).await.err();
        let mut till = desk.till_now(&asked, &window).await;
        if let TillFace::Code(code) = &mut till.face {
            code.wrong = wrong.map(|problem| told(&problem));
        }
        return match asked.fragment {
            true => desk.answer_till(&asked, &window, till).await,
            false => asked.back_to(&window.base),
        };
    }
    match done {
        Ok(()) => {
            if !asked.fragment {
                return asked.back_to(&window.base);
            }
            let till = desk.till_now(&asked, &window).await;
            desk.answer_till(&asked, &window, till).await
        }
        Err(problem) => {
            let face = match form.scanned.parse() {
                Ok(at) if !form.code.is_empty() => {
                    desk.holding(&window, (form.code, at), &form.amount, Some(problem))
                }
                _ => desk.typing(&window, Some(&form.amount), Some(problem)),
            };
            desk.show_till(&asked, &window, face).await
        }
    }
}

/// Takes a request back.
pub(crate) async fn cancel(AtTill { desk, window, asked, .. }: AtTill, body: Bytes) -> Response {
    let face = match desk.take_back(&window, &body).await {
        Ok(()) => desk.till_now(&asked, &window).await.face,
        Err(problem) => TillFace::Problem(problem),
    };
    desk.show_till(&asked, &window, face).await
}

/// The form of a refund.
pub(crate) async fn refunding(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    let payment = asked.parameter("payment").unwrap_or_default().to_owned();
    let face = match desk.own_payment(&window, &payment).await {
        Ok(view) => match desk.captured_at(window.side, view.payment).await {
            Ok(at_us) => desk.refunding(&view, at_us, None),
            Err(problem) => TillFace::Problem(told(&problem)),
        },
        Err(problem) => TillFace::Problem(told(&problem)),
    };
    desk.show_till(&asked, &window, face).await
}

/// Gives a part back.
pub(crate) async fn refund(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let face = match read_form::<TillForm>(&body) {
        Ok(form) => match desk.give_back(&window, &headers, &form).await {
            Ok(face) => face,
            Err(problem) => TillFace::Problem(told(&problem)),
        },
        Err(code) => TillFace::Problem(unfit(code)),
    };
    desk.show_till(&asked, &window, face).await
}

/// What a browser is asked to sign before a refund above the bound; nothing for any other.
pub(crate) async fn sign_refund(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ToldScript> {
    let form: TillForm = read_form(&body).unwrap_or_default();
    let options = desk.to_sign(&window, &headers, &form).await;
    let options = options.map_err(|problem| ToldScript(asked.lang, problem))?;
    Ok(Json(options.unwrap_or_else(|| json!({}))))
}
