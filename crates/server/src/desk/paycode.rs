//! Codes that a till scans: the phone's page of them, what its holder is asked, and the till's
//! scan.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use economy::{Answer, Query};
use kernel::Id;
use kernel::id::Payment;
use pay::Reply;
use pay::codes::{PayCode as OneTime, STEP_S, step_of};
use pay::command::{ChargePayment, EnrolPhone, PayHere, RefuseCharge};
use serde::Deserialize;

use super::Desk;
use super::answer::{told, unfit};
use super::faces::{amount, micros, now_us, quoted};
use super::paying::Offer;
use super::submit::Form;
use super::window::{AtTill, AtWallet, TillWindow, WalletWindow};
use crate::cells::{now, random};
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::web::view::{
    Face, Lock, PayCode, Place, PlainCode, Price, Problem as Told, Sheet, TillFace,
};

/// The longest text that a till's scanner gives.
const MOST_CODE: usize = 600;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EnrolForm {
    key: String,
    /// Which code of the half minute the server is to make, for a browser without scripts.
    plain: String,
}

/// What was made for a wallet just now.
enum Made {
    Nothing,
    /// What this device is to keep.
    Phone(String),
    /// A code, as the browser has no scripts.
    Code(PlainCode),
}

/// A no to what a till asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefuseForm {
    payment: String,
}

/// What a till's scanner gave.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScannedForm {
    code: String,
}

impl Desk {
    /// The page of codes; `made` is what this device is to keep.
    async fn paycode_face(&self, window: &WalletWindow, made: Made, problem: Option<Told>) -> Face {
        let (made, plain) = match made {
            Made::Nothing => (None, None),
            Made::Phone(made) => (Some(made), None),
            Made::Code(code) => (None, Some(code)),
        };
        let site = self.site(window.side);
        let query = Query::Phone(window.actor, window.wallet, site.handle.now());
        let phone = match site.ask(query).await.map(|settled| settled.value) {
            Ok(Answer::Phone(view)) => Some(view),
            _ => None,
        };
        Face::Code(Box::new(PayCode {
            wallet: window.wallet.to_string(),
            handle: phone.as_ref().map(|phone| phone.handle),
            made,
            key: u128::from_le_bytes(random()).to_string(),
            now: now_us(),
            rests: phone.as_ref().and_then(|phone| phone.rests).map(micros),
            other_time: phone.is_some_and(|phone| phone.other_time.is_some()),
            plain,
            problem,
        }))
    }

    /// Makes the code that the wallet's phone would show, for a browser that can't make one itself. The
    /// phone that was enrolled goes on making its own.
    async fn plain_code(
        &self,
        window: &WalletWindow,
        (key, counter): (&str, u8),
    ) -> Result<PlainCode, Problem> {
        let site = self.site(window.side);
        let codes = site.handle.codes().cloned().ok_or_else(|| {
            Problem::new("codes_not_set", "This cell keeps no keys of phones; ask its operator.")
        })?;
        let query = Query::Phone(window.actor, window.wallet, site.handle.now());
        let view = match site.ask(query).await.map(|settled| settled.value) {
            Ok(Answer::Phone(view)) => view,
            _ => {
                let form = Form { actor: window.actor, operation: "enrol", key, content: &[] };
                let near = u32::from_le_bytes(random());
                let command = EnrolPhone { wallet: window.wallet, near };
                let Reply::Phone(view) = self.submit(window.side, &form, command).await?.value
                else {
                    return Err(Problem::internal());
                };
                view
            }
        };
        let now = now();
        let step = step_of(now);
        let code = codes.code(view.handle, view.generation, step, counter);
        let groups = OneTime { prefix: view.prefix, code }.groups();
        let left = STEP_S - now.seconds() % STEP_S;
        Ok(PlainCode { groups, left, counter })
    }

    /// Enrols this device, and gives what it is to keep.
    async fn enrol(&self, window: &WalletWindow, key: &str) -> Result<String, Problem> {
        let site = self.site(window.side);
        let codes = site.handle.codes().cloned().ok_or_else(|| {
            Problem::new("codes_not_set", "This cell keeps no keys of phones; ask its operator.")
        })?;
        let form = Form { actor: window.actor, operation: "enrol", key, content: &[] };
        let near = u32::from_le_bytes(random());
        let command = EnrolPhone { wallet: window.wallet, near };
        let settled = self.submit(window.side, &form, command).await?;
        let Reply::Phone(view) = settled.value else { return Err(Problem::internal()) };
        let key = codes.key(view.handle, view.generation);
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let (prefix, handle) = (view.prefix, view.handle);
        Ok(serde_json::json!({ "prefix": prefix, "handle": handle, "key": key }).to_string())
    }

    /// What the holder of a wallet is asked now, as a page to say yes to.
    pub(crate) async fn asked_of(&self, window: &WalletWindow) -> Result<Option<Face>, Problem> {
        let site = self.site(window.side);
        let query = Query::Asks(window.actor, window.wallet, site.handle.now());
        let Answer::Asks(asks) = site.ask(query).await?.value else {
            return Err(Problem::internal());
        };
        let Some(ask) = asks.into_iter().next_back() else { return Ok(None) };
        let payee = self.store_of(window, ask.store).await?.payee();
        let due = amount(ask.amount, ask.currency);
        let left = ask.expires.0.saturating_sub(now().0).div_ceil(1_000_000);
        let seconds = u32::try_from(left).unwrap_or(60).max(1);
        let plain =
            Price { asked: due, conversion: None, fee: amount(0, ask.currency), total: due };
        let id = ask.quote.as_ref().map_or(ask.payment.to_string(), |it| it.quote.to_string());
        let sheet = Sheet {
            key: id.clone(),
            quote: id,
            payee,
            price: ask.quote.as_ref().map_or(plain, quoted),
            parts: None,
            lock: Some(Lock { deadline: micros(ask.expires), seconds }),
            code: String::new(),
            typed: None,
            again: ask.again,
            asked: Some(ask.payment.to_string()),
        };
        let here = ask.quote.is_none().then_some(PayHere {
            payment: ask.payment,
            wallet: window.wallet,
            store: ask.store,
            amount: ask.amount,
            requested: true,
            again: false,
            place: None,
        });
        self.traces.edit(ask.payment, |trace| {
            (trace.wallet, trace.amount) = (Some(window.wallet), ask.amount);
        });
        let (wallet, payment) = (window.wallet, ask.payment);
        Ok(Some(self.ask_yes(Offer { sheet, wallet, payment, here })))
    }

    /// Sends what a till scanned for the payment on its screen.
    async fn charge(
        &self,
        window: &TillWindow,
        payment: Id<Payment>,
        code: String,
    ) -> Result<(), Problem> {
        let key = u128::from_le_bytes(random()).to_string();
        let content = [code.as_str()];
        let form = Form { actor: window.actor, operation: "charge", key: &key, content: &content };
        let command = ChargePayment { payment, request: None, code: code.clone() };
        let counter = self.counter(window.side);
        let scan = counter.and_then(|counter| counter.scanned(payment, &code));
        let settled = self.submit(window.side, &form, command).await?;
        if let (Some(scan), Reply::Charge(view)) = (scan, &settled.value)
            && view.payment.connector.is_some()
        {
            scan.stands();
        }
        self.caught_up(window.side, settled.position).await;
        Ok(())
    }

    /// The same for the payment that was asked for just now.
    pub(crate) async fn charge_shown(
        &self,
        window: &TillWindow,
        code: &str,
    ) -> Result<(), Problem> {
        match self.on_screen(window.device()).payment {
            Some(payment) => self.charge(window, payment, code.to_owned()).await,
            None => Ok(()),
        }
    }

    /// Whether somebody takes codes of this form here.
    async fn known_code(&self, window: &TillWindow, code: &str) -> Result<(), Problem> {
        let site = self.site(window.side);
        site.ask(Query::RouteCode(code.to_owned(), window.currency, site.handle.now())).await?;
        Ok(())
    }

    /// What became of the code that was scanned last: none while nothing was.
    pub(crate) async fn charge_of(
        &self,
        window: &TillWindow,
        payment: Id<Payment>,
    ) -> Option<&'static str> {
        let query = Query::Charge(window.actor, payment);
        let answer = self.site(window.side).ask(query).await.ok()?.value;
        let Answer::Charge(Some(answer)) = answer else { return None };
        Some(answer.map_or("charge_waiting", |answer| answer.code()))
    }
}

/// The page of codes.
pub(crate) async fn page(AtWallet { desk, window, asked, .. }: AtWallet) -> Response {
    let face = desk.paycode_face(&window, Made::Nothing, None).await;
    desk.show_phone(&asked.on(Place::Own), &window, face).await
}

/// Enrols this device.
pub(crate) async fn enrol(AtWallet { desk, window, asked, .. }: AtWallet, body: Bytes) -> Response {
    let made = match read_form::<EnrolForm>(&body) {
        Ok(form) => match form.plain.as_str() {
            "" => desk.enrol(&window, &form.key).await.map(Made::Phone),
            counter => {
                let counter = u8::from(counter == "1");
                desk.plain_code(&window, (&form.key, counter)).await.map(Made::Code)
            }
        }
        .map_err(|problem| told(&problem)),
        Err(code) => Err(unfit(code)),
    };
    let (made, problem) = match made {
        Ok(made) => (made, None),
        Err(problem) => (Made::Nothing, Some(problem)),
    };
    let face = desk.paycode_face(&window, made, problem).await;
    desk.show_phone(&asked, &window, face).await
}

/// The holder says no to what a till asks.
pub(crate) async fn refuse(
    AtWallet { desk, window, asked, .. }: AtWallet,
    body: Bytes,
) -> Response {
    let form: RefuseForm = read_form(&body).unwrap_or_default();
    let done = match form.payment.parse() {
        Ok(payment) => {
            let (key, content) = (&form.payment, [form.payment.as_str()]);
            let form = Form { actor: window.actor, operation: "refuse", key, content: &content };
            desk.submit(window.side, &form, RefuseCharge { payment }).await
        }
        Err(_) => Err(Problem::new("charge_not_asked", "The form names no payment.")),
    };
    let face = match done {
        Ok(_) => desk.balance(&asked, &window).await,
        Err(problem) => Err(problem),
    };
    let face = face.unwrap_or_else(|problem| Face::Problem(told(&problem)));
    desk.show_phone(&asked, &window, face).await
}

/// A till scans what a customer shows: as text, or as a picture.
pub(crate) async fn scanned(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let payment = asked.parameter("payment").unwrap_or_default().to_owned();
    let read = code_of(&desk, &headers, body).await;
    if payment.is_empty() {
        return held(&desk, &asked, &window, read).await;
    }
    let wrong = match read {
        Ok(code) => match desk.own_payment(&window, &payment).await {
            Ok(view) => {
                desk.show_as_before(window.device(), Some(view.payment));
                desk.charge(&window, view.payment, code).await.err().map(|problem| told(&problem))
            }
            Err(problem) => Some(told(&problem)),
        },
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

/// A code that was scanned before the amount was typed. Whose it is, is looked at now: a code that can't be
/// taken is not waited for. Whether it is good, is judged when it is charged.
async fn held(
    desk: &Desk,
    asked: &super::answer::Asked,
    window: &TillWindow,
    read: Result<String, &'static str>,
) -> Response {
    let code = match read {
        Ok(code) => desk.known_code(window, &code).await.map(|()| code).map_err(|it| told(&it)),
        Err(code) => Err(unfit(code)),
    };
    let face = match code {
        Ok(code) => desk.holding(window, (code, now_us()), "", None),
        Err(problem) => TillFace::Problem(problem),
    };
    let till = desk.till(asked.place, window, face);
    desk.answer_till(asked, window, till).await
}

async fn code_of(desk: &Desk, headers: &HeaderMap, body: Bytes) -> Result<String, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("image/")) {
        return desk.code_in(body).await;
    }
    let form: ScannedForm = read_form(&body)?;
    if form.code.len() > MOST_CODE { Err("code_unknown") } else { Ok(form.code) }
}
