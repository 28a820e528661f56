//! The phone: scan, confirm, pay; the wallet's own window with its statement and receipts.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use economy::{Answer, Query};
use kernel::id::Payment;
use kernel::{Currency, Id};
use serde::Deserialize;

use super::answer::{Asked, html, lost, told, unfit};
use super::faces::{amount, now_us};
use super::paying::PayForm;
use super::picture::refused;
use super::trace::Phase;
use super::window::AtWallet;
use super::{PAYER, SELLER, Stage, home};
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::web::parts::person;
use crate::web::view::{
    Again, Amount, Balance, Face, Payee, Phone, Place, Statement, Underway, Wait, WalletPage,
};
use crate::web::{phone as markup, wallet as pages};

/// After this long without an answer a payment is in doubt.
const DOUBT_US: u64 = 10_000_000;
/// How long a page waits at most before it looks again, in milliseconds.
pub(super) const LOOK_AGAIN_MS: u32 = 10_000;
/// The longest code.
const MOST_CODE: usize = 4_096;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScanForm {
    code: String,
    /// What the payer typed, where the code leaves the amount open.
    amount: Option<String>,
}

impl Stage {
    /// The phone with a face.
    pub(super) fn phone(&self, at: usize, place: Place, face: Face) -> Phone {
        let window = &self.wallets[at];
        let ended = matches!(face, Face::Receipt(_) | Face::Declined(_) | Face::Problem(_));
        Phone {
            base: format!("/w/{}", window.token),
            place,
            now: now_us(),
            zone: window.zone,
            home_zone: window.home_zone,
            holder: self.holder(at),
            unit: self.unit(self.side_of_wallet(at)),
            face,
            shown_code: None,
            again: (ended && place == Place::Home).then(|| self.again()),
        }
    }

    fn again(&self) -> Again {
        let unit = self.unit(SELLER);
        Again {
            till: self.till_path(0).unwrap_or_default(),
            amount: unit.of(i64::try_from(self.tills[0].usual).unwrap_or(i64::MAX)),
            key: self.next_key(0),
        }
    }

    /// The phone as things stand. On the first page it follows what its till shows; in a window
    /// of its own, what this wallet has under way, or the payment `of`.
    pub(super) async fn phone_now(
        &self,
        asked: &Asked,
        at: usize,
        of: Option<Id<Payment>>,
    ) -> Phone {
        let face = match self.face_now(asked, at, of).await {
            Ok(face) => face,
            Err(problem) => Face::Problem(told(&problem)),
        };
        self.with_code(self.phone(at, asked.place, face)).await
    }

    /// On the first page the till's code can be scanned, also once more after a decline.
    async fn with_code(&self, phone: Phone) -> Phone {
        let scans = matches!(phone.face, Face::Balance(_) | Face::Declined(_));
        match scans && phone.place == Place::Home {
            true => Phone { shown_code: self.shown_code(0).await, ..phone },
            false => phone,
        }
    }

    async fn face_now(
        &self,
        asked: &Asked,
        at: usize,
        of: Option<Id<Payment>>,
    ) -> Result<Face, Problem> {
        let shown = match asked.place {
            Place::Home => self.on_screen(0).payment,
            Place::Own => of.or_else(|| self.traces.under_way(at)),
        };
        if let Some(payment) = shown
            && let Some(face) = self.face_of(at, payment).await?
        {
            return Ok(face);
        }
        self.balance(asked, at).await
    }

    /// What a payment looks like on a wallet's phone; none while it is nothing to this wallet.
    pub(super) async fn face_of(
        &self,
        at: usize,
        payment: Id<Payment>,
    ) -> Result<Option<Face>, Problem> {
        let wallet = self.wallets[at].wallet;
        let Some(trace) = self.traces.get(payment) else {
            return self.outcome_face(wallet, payment).await;
        };
        if trace.wallet != Some(at) {
            return Ok(None);
        }
        match trace.phase {
            Phase::Open | Phase::Cancelled | Phase::Expired => Ok(None),
            Phase::Held | Phase::Captured | Phase::Declined => {
                self.underway(payment, trace.waiting()).await.map(Some)
            }
            Phase::Authorized | Phase::Posted | Phase::Voided => {
                self.outcome_face(wallet, payment).await
            }
        }
    }

    async fn underway(&self, payment: Id<Payment>, waiting: u64) -> Result<Face, Problem> {
        let offer = self.offers.of_payment(payment);
        let (total, payee) = match offer {
            Some(offer) => (offer.sheet.price.total, offer.sheet.payee),
            None => self.leg_in_views(payment).await?,
        };
        let (wait, look_again_ms) = patience(waiting);
        Ok(Face::Underway(Underway { total, payee, wait, look_again_ms }))
    }

    async fn leg_in_views(&self, payment: Id<Payment>) -> Result<(Amount, Payee), Problem> {
        let missing = || Problem::new("payment_not_found", "There is no such payment.");
        let row = self.leg(PAYER, payment).await?.ok_or_else(missing)?;
        let price = row.price.ok_or_else(missing)?;
        Ok((amount(price.total(), price.currency), self.payee_of(row.store).await?))
    }

    pub(super) async fn balance(&self, asked: &Asked, at: usize) -> Result<Face, Problem> {
        let window = &self.wallets[at];
        let query = Query::Wallet(window.actor, window.wallet);
        let side = self.side_of_wallet(at);
        let Answer::Wallet(wallet) = self.site(side).ask(query).await?.value else {
            return Err(Problem::internal());
        };
        let available = wallet.balance.saturating_sub(wallet.held);
        let base = format!("/w/{}", window.token);
        let (rows, _) = self.statement_rows(asked.lang, &base, window.wallet, None, 3).await?;
        let about = self.about(available, wallet.currency).await;
        let available = amount(available, wallet.currency);
        Ok(Face::Balance(Balance { available, about, rows }))
    }

    /// About so much in the other currency, at the mid rate.
    async fn about(&self, minor: u64, currency: Currency) -> Option<Amount> {
        let answer = self.site(PAYER).ask(Query::Rates).await.ok()?;
        let Answer::Rates(Some(lot)) = answer.value else { return None };
        let theirs = self.shores[SELLER].currency;
        if currency == theirs {
            return None;
        }
        let cross = kernel::CrossRate { from: lot.of(currency)?, to: lot.of(theirs)? };
        Some(amount(cross.convert(minor, currency, theirs)?, theirs))
    }

    /// Answers with the phone: the part alone, or the page it stands on.
    async fn show_phone(self: &Arc<Self>, asked: &Asked, at: usize, face: Face) -> Response {
        let phone = self.with_code(self.phone(at, asked.place, face)).await;
        if asked.fragment {
            return html(&markup::phone(asked.lang, &phone));
        }
        match asked.place {
            Place::Home => home::with_phone(self, asked, phone).await,
            Place::Own => self.wallet_page(asked, at, phone).await,
        }
    }

    async fn wallet_page(&self, asked: &Asked, at: usize, phone: Phone) -> Response {
        let window = &self.wallets[at];
        let base = format!("/w/{}", window.token);
        let holder = person(asked.lang, phone.holder.as_ref());
        let chrome = self.chrome(asked, &base, None, Some(holder), Some(&window.token)).await;
        let statement = match self.statement_of(asked, at).await {
            Ok(statement) => statement,
            Err(_) => Statement { stale: true, ..self.no_statement(at) },
        };
        html(&pages::page(&WalletPage { chrome, phone, statement }))
    }

    fn no_statement(&self, at: usize) -> Statement {
        let window = &self.wallets[at];
        Statement {
            base: format!("/w/{}", window.token),
            now: now_us(),
            zone: window.zone,
            rows: Vec::new(),
            older: None,
            stale: false,
        }
    }

    async fn statement_of(&self, asked: &Asked, at: usize) -> Result<Statement, Problem> {
        let side = self.side_of_wallet(at);
        let head = self.site(side).handle.durable();
        let stale = self.shore(side).views.stale_at(head, Duration::from_millis(500)).await;
        let empty = self.no_statement(at);
        let before = asked.parameter("before").and_then(read_at);
        let wallet = self.wallets[at].wallet;
        let (rows, next) = self.statement_rows(asked.lang, &empty.base, wallet, before, 50).await?;
        let older =
            next.map(|at| format!("{}?before={}.{}.{}", empty.base, at.position, at.index, at.ord));
        Ok(Statement { rows, older, stale, ..empty })
    }
}

/// What a payment waits for that has no answer for so many microseconds, and when to look again,
/// in milliseconds.
pub(super) fn patience(waiting: u64) -> (Wait, u32) {
    let left = DOUBT_US.saturating_sub(waiting) / 1_000 + 100;
    match waiting >= DOUBT_US {
        true => (Wait::Doubt, LOOK_AGAIN_MS),
        false => (Wait::Answer, u32::try_from(left).unwrap_or(LOOK_AGAIN_MS)),
    }
}

fn read_at(text: &str) -> Option<views::At> {
    let mut parts = text.split('.');
    let position = parts.next()?.parse().ok()?;
    let (index, ord) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(views::At { position, index, ord })
}

/// The wallet's own page.
pub(super) async fn page(AtWallet { stage, at, asked }: AtWallet) -> Response {
    let asked = asked.on(Place::Own);
    stage.shown.put(at, None);
    let phone = stage.phone_now(&asked, at, None).await;
    stage.wallet_page(&asked, at, phone).await
}

/// The phone as things stand; `of` names the payment that a receipt was showing.
pub(super) async fn fragment(AtWallet { stage, at, asked }: AtWallet) -> Response {
    if !asked.fragment {
        return stage.back_to_wallet(&asked, at);
    }
    let next = asked.parameter("next").is_some();
    let of = stage.shown.get(at).filter(|_| !next);
    if next {
        stage.shown.put(at, None);
    }
    let phone = stage.phone_now(&asked, at, of).await;
    html(&markup::phone(asked.lang, &phone))
}

/// The statement alone.
pub(super) async fn statement(AtWallet { stage, at, asked }: AtWallet) -> Response {
    if !asked.fragment {
        return stage.back_to_wallet(&asked, at);
    }
    match stage.statement_of(&asked, at).await {
        Ok(statement) => html(&pages::statement(asked.lang, &statement)),
        Err(_) => {
            let stale = Statement { stale: true, ..stage.no_statement(at) };
            html(&pages::statement(asked.lang, &stale))
        }
    }
}

/// The finder, on the wallet's own page.
pub(super) async fn finder(AtWallet { stage, at, asked }: AtWallet) -> Response {
    let asked = asked.on(Place::Own);
    stage.show_phone(&asked, at, Face::Scan).await
}

/// A code, as text or as a picture.
pub(super) async fn scan(
    AtWallet { stage, at, asked }: AtWallet,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    stage.shown.put(at, None);
    let face = match code_of(&stage, &headers, body).await {
        Ok(ScanForm { code, amount }) => {
            let offered = stage.offer(at, &code, amount.as_deref()).await;
            offered.unwrap_or_else(|p| Face::Problem(refused(&code, &p)))
        }
        Err(code) => Face::Problem(unfit(code)),
    };
    stage.show_phone(&asked, at, face).await
}

async fn code_of(
    stage: &Stage,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<ScanForm, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("image/")) {
        return Ok(ScanForm { code: stage.code_in(body).await?, amount: None });
    }
    let form: ScanForm = read_form(&body)?;
    if form.code.len() > MOST_CODE { Err("too_long") } else { Ok(form) }
}

/// *Pay*.
pub(super) async fn pay(AtWallet { stage, at, asked }: AtWallet, body: Bytes) -> Response {
    let face = match read_form::<PayForm>(&body) {
        Ok(form) => {
            let face = stage.say_yes(&asked, at, &form).await;
            if let Some(offer) = stage.offers.get(&form.quote) {
                stage.shown.put(at, Some(offer.payment));
            }
            face
        }
        Err(code) => Face::Problem(unfit(code)),
    };
    stage.show_phone(&asked, at, face).await
}

/// A receipt of one payment, on the wallet's own page.
pub(super) async fn receipt(
    AtWallet { stage, at, asked }: AtWallet,
    Path((_, payment)): Path<(String, String)>,
) -> Response {
    let asked = asked.on(Place::Own);
    let Ok(payment) = payment.parse() else { return lost(&asked) };
    let face = match stage.face_of(at, payment).await {
        Ok(Some(face)) => face,
        Ok(None) => match stage.outcome_face(stage.wallets[at].wallet, payment).await {
            Ok(Some(face)) => face,
            _ => return lost(&asked),
        },
        Err(problem) => Face::Problem(told(&problem)),
    };
    stage.shown.put(at, Some(payment));
    stage.show_phone(&asked, at, face).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_begins_after_ten_seconds_and_the_phone_looks_just_then() {
        assert_eq!(patience(0), (Wait::Answer, 10_100));
        assert_eq!(patience(9_950_000), (Wait::Answer, 150));
        assert_eq!(patience(10_000_000), (Wait::Doubt, 10_000));
        assert_eq!(patience(u64::MAX), (Wait::Doubt, 10_000));
    }

    #[test]
    fn a_place_in_the_statement_reads_back_or_not_at_all() {
        let at = views::At { position: 7, index: 1, ord: 2 };
        assert_eq!(read_at("7.1.2"), Some(at));
        for text in ["", "7", "7.1", "7.1.2.3", "a.b.c", "-1.0.0"] {
            assert_eq!(read_at(text), None, "{text}");
        }
    }
}
