//! The phone: scan, confirm, pay; the wallet's own window with its statement and receipts.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use economy::{Answer, Query};
use kernel::Id;
use kernel::id::Payment;
use pay::Status;
use serde::Deserialize;
use views::{Of, PaymentFilter, PaymentRow};

use super::Desk;
use super::answer::{Asked, html, told, unfit};
use super::faces::{amount, now_us};
use super::paying::{PayForm, no_offer};
use super::trace::Phase;
use super::window::{AtWallet, WalletWindow};
use crate::api::pay::statement_file::Rows;
use crate::cells::now;
use crate::http::csv;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::web::parts::person;
use crate::web::view::{
    Again, Amount, Balance, Chrome, Face, Me, Payee, Phone, Place, Statement, StoppedState,
    Underway, Wait, WalletPage,
};
use crate::web::{phone as markup, wallet as pages};

/// After this long without an answer a payment is in doubt.
const DOUBT_US: u64 = 10_000_000;
/// How long a page waits at most before it looks again, in milliseconds.
pub(crate) const LOOK_AGAIN_MS: u32 = 10_000;
/// How long it waits for lists that begin to know.
const SOON_MS: u32 = 500;
/// The tab of the statement, in the phone's address.
const STATEMENT: &str = "statement";
/// The longest code.
const MOST_CODE: usize = 4_096;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScanForm {
    code: String,
    /// What the payer typed, where the code leaves the amount open.
    amount: Option<String>,
}

impl Desk {
    /// The phone with a face.
    pub(crate) fn phone(&self, window: &WalletWindow, place: Place, face: Face) -> Phone {
        let over = |of: &StoppedState| matches!(of, StoppedState::Rejected(_) | StoppedState::Over);
        let ended = match &face {
            Face::Receipt(_) | Face::Declined(_) | Face::Problem(_) | Face::Away(_) => true,
            Face::Stopped(stopped) => over(&stopped.state),
            _ => false,
        };
        Phone {
            base: window.base.clone(),
            place,
            now: now_us(),
            zone: window.zone,
            home_zone: window.home_zone,
            holder: window.holder.clone(),
            unit: window.unit(),
            face,
            shown_code: None,
            again: (ended && place == Place::Home).then(|| self.again()).flatten(),
        }
    }

    fn again(&self) -> Option<Again> {
        let (till, usual) = self.home()?.till()?;
        Some(Again {
            amount: amount(usual, till.currency),
            key: self.next_key(&till),
            till: till.base,
        })
    }

    /// The phone as things stand. On the first page it follows what its till shows; in a window
    /// of its own, what this wallet has under way, or the payment `of`.
    pub(crate) async fn phone_now(
        &self,
        asked: &Asked,
        window: &WalletWindow,
        of: Option<Id<Payment>>,
    ) -> Phone {
        let face = match self.face_now(asked, window, of).await {
            Ok(face) => face,
            Err(problem) => Face::Problem(told(&problem)),
        };
        self.with_code(self.phone(window, asked.place, face)).await
    }

    /// On the first page the till's code can be scanned, also once more after a decline.
    async fn with_code(&self, phone: Phone) -> Phone {
        let scans = matches!(phone.face, Face::Balance(_) | Face::Declined(_));
        let home = self.home().filter(|_| scans && phone.place == Place::Home);
        match home.and_then(|home| home.till()) {
            Some((till, _)) => Phone { shown_code: self.shown_code(&till).await, ..phone },
            None => phone,
        }
    }

    async fn face_now(
        &self,
        asked: &Asked,
        window: &WalletWindow,
        of: Option<Id<Payment>>,
    ) -> Result<Face, Problem> {
        if let Some(face) = self.stopped_now(asked, window).await? {
            return Ok(face);
        }
        let till = self.home().filter(|_| asked.place == Place::Home).and_then(|home| home.till());
        let shown = match till {
            Some((till, _)) => self.on_screen(till.device()).payment,
            None if of.is_some() => of,
            None => self.under_way(window).await?,
        };
        if let Some(payment) = shown
            && let Some(face) = self.face_of(window, payment).await?
        {
            return Ok(face);
        }
        if asked.place == Place::Own
            && let Some(face) = self.asked_of(window).await?
        {
            return Ok(face);
        }
        if let Some(since) = asked.parameter("since").and_then(|text| text.parse().ok())
            && let Some(face) = self.paid_since(window, since).await?
        {
            return Ok(face);
        }
        self.balance(asked, window).await
    }

    /// The newest payment that a wallet said yes to since a moment, in microseconds, if any: what a
    /// code that it showed has paid.
    async fn paid_since(&self, window: &WalletWindow, since: u64) -> Result<Option<Face>, Problem> {
        self.caught_up(window.side, self.site(window.side).handle.durable()).await;
        let filter = PaymentFilter { of: Of::Wallet(window.wallet), ..PaymentFilter::default() };
        let newest = self.read(window.side, move |v| v.payments(&filter, None, 1)).await?;
        let paid = newest.first().filter(|row| {
            let said = row.times.confirmed.or(row.times.captured);
            said.is_some_and(|at| at.0 >= since)
        });
        match paid.map(|row| row.id) {
            Some(payment) => self.older_face(window, payment).await,
            None => Ok(None),
        }
    }

    /// The payment that a wallet has under way; what an earlier process began is in the lists.
    async fn under_way(&self, window: &WalletWindow) -> Result<Option<Id<Payment>>, Problem> {
        if let Some(payment) = self.traces.under_way(window.wallet) {
            return Ok(Some(payment));
        }
        let (of, status) = (Of::Wallet(window.wallet), Some(Status::Confirmed));
        let filter = PaymentFilter { of, status, ..PaymentFilter::default() };
        let open = self.read(window.side, move |v| v.payments(&filter, None, 10)).await?;
        let older = |row: &&PaymentRow| row.times.confirmed.is_some_and(|at| at < self.began);
        Ok(open.iter().find(older).map(|row| row.id))
    }

    /// What a payment looks like on a wallet's phone; none while it is nothing to this wallet.
    pub(crate) async fn face_of(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
    ) -> Result<Option<Face>, Problem> {
        let Some(trace) = self.traces.get(payment).filter(|trace| !trace.older) else {
            return self.older_face(window, payment).await;
        };
        if trace.wallet != Some(window.wallet) {
            return Ok(None);
        }
        match trace.phase {
            Phase::Open | Phase::Cancelled | Phase::Expired => Ok(None),
            Phase::Held | Phase::Captured | Phase::Declined => {
                self.underway(window, payment, trace.waiting()).await.map(Some)
            }
            Phase::Authorized | Phase::Posted | Phase::Voided => {
                self.outcome_face(window, payment).await
            }
        }
    }

    /// The same of a payment that an earlier process began: the lists say where it stands. While
    /// it has not ended it is followed from now on.
    pub(crate) async fn older_face(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
    ) -> Result<Option<Face>, Problem> {
        let Some(face) = self.outcome_face(window, payment).await? else {
            return self.underway_by_book(window, payment).await;
        };
        if !matches!(face, Face::Underway(_)) || self.traces.get(payment).is_some() {
            return Ok(Some(face));
        }
        self.traces.edit(payment, |trace| trace.is_older(window.wallet));
        // Its end may have come just before that.
        self.caught_up(window.side, self.site(window.side).handle.durable()).await;
        self.outcome_face(window, payment).await
    }

    /// What the book knows and the lists do not yet: after a start they come later. Where it
    /// stands they say in a moment.
    async fn underway_by_book(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
    ) -> Result<Option<Face>, Problem> {
        let query = Query::Payment(window.actor, payment);
        let answer = self.site(window.side).ask(query).await.map(|settled| settled.value);
        let Ok(Answer::Payment(view)) = answer else { return Ok(None) };
        let Some(price) = view.price.filter(|_| view.wallet == Some(window.wallet)) else {
            return Ok(None);
        };
        let total = price.principal.saturating_add(price.spread).saturating_add(price.fee);
        Ok(Some(Face::Underway(Underway {
            payment: payment.to_string(),
            total: amount(total, price.currency),
            payee: self.store_of(window, view.store).await?.payee(),
            wait: Wait::Answer,
            look_again_ms: SOON_MS,
        })))
    }

    async fn underway(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
        waiting: u64,
    ) -> Result<Face, Problem> {
        let offer = self.offers.of_payment(payment);
        let (total, payee) = match offer {
            Some(offer) => (offer.sheet.price.total, offer.sheet.payee),
            None => self.leg_in_views(window, payment).await?,
        };
        let (wait, look_again_ms) = patience(waiting);
        let payment = payment.to_string();
        Ok(Face::Underway(Underway { payment, total, payee, wait, look_again_ms }))
    }

    async fn leg_in_views(
        &self,
        window: &WalletWindow,
        payment: Id<Payment>,
    ) -> Result<(Amount, Payee), Problem> {
        let missing = || Problem::new("payment_not_found", "There is no such payment.");
        let row = self.leg(window.side, payment).await?.ok_or_else(missing)?;
        let price = row.price.ok_or_else(missing)?;
        let payee = self.store_of(window, row.store).await?.payee();
        Ok((amount(price.total(), price.currency), payee))
    }

    pub(crate) async fn balance(
        &self,
        asked: &Asked,
        window: &WalletWindow,
    ) -> Result<Face, Problem> {
        let query = Query::Wallet(window.actor, window.wallet);
        let Answer::Wallet(wallet) = self.site(window.side).ask(query).await?.value else {
            return Err(Problem::internal());
        };
        let available = wallet.balance.saturating_sub(wallet.held);
        let (rows, _) = self.statement_rows(asked.lang, window, None, 3).await?;
        let about = self.about(window, available).await;
        let available = amount(available, wallet.currency);
        let listing = asked.parameter("tab") == Some(STATEMENT);
        let stopped = match asked.place {
            Place::Own => self.stopped_rows(window).await,
            Place::Home => Vec::new(),
        };
        Ok(Face::Balance(Balance { listing, available, about, rows, stopped }))
    }

    /// About so much in the other currency, at the mid rate.
    async fn about(&self, window: &WalletWindow, minor: u64) -> Option<Amount> {
        let (currency, theirs) = (window.currency, self.shore(window.side).abroad?);
        if currency == theirs {
            return None;
        }
        let answer = self.site(window.side).ask(Query::Rates).await.ok()?;
        let Answer::Rates(Some(lot)) = answer.value else { return None };
        let cross = kernel::CrossRate { from: lot.of(currency)?, to: lot.of(theirs)? };
        Some(amount(cross.convert(minor, currency, theirs)?, theirs))
    }

    /// Answers with the phone: the part alone, or the page it stands on.
    pub(super) async fn show_phone(
        &self,
        asked: &Asked,
        window: &WalletWindow,
        face: Face,
    ) -> Response {
        let phone = self.with_code(self.phone(window, asked.place, face)).await;
        if asked.fragment {
            return html(&markup::phone(asked.lang, &phone));
        }
        match (asked.place, self.home()) {
            (Place::Home, Some(home)) => home.with_phone(asked.clone(), phone).await,
            _ => self.wallet_page(asked, window, phone).await,
        }
    }

    /// What stands around a page of a wallet, at the path of what is on its phone.
    async fn wallet_chrome(&self, asked: &Asked, window: &WalletWindow, phone: &Phone) -> Chrome {
        let base = &window.base;
        let path = match &phone.face {
            Face::Me(_) => format!("{base}/me"),
            Face::Scan => format!("{base}/scan"),
            Face::Code(_) => format!("{base}/code"),
            Face::Balance(balance) if balance.listing => format!("{base}/statement"),
            Face::Receipt(receipt) => format!("{base}/pay/{}", receipt.payment),
            _ => base.clone(),
        };
        let holder = person(asked.lang, phone.holder.as_ref());
        self.chrome(asked, &path, Some(holder), Some(format!("{base}/events?seen={}", window.seen)))
            .await
    }

    async fn wallet_page(&self, asked: &Asked, window: &WalletWindow, phone: Phone) -> Response {
        let chrome = self.wallet_chrome(asked, window, &phone).await;
        let statement = match self.statement_of(asked, window).await {
            Ok(statement) => statement,
            Err(_) => Statement { stale: true, ..no_statement(window) },
        };
        let others = window.others.clone();
        html(&pages::page(&WalletPage { chrome, phone, statement, others }))
    }

    async fn statement_of(
        &self,
        asked: &Asked,
        window: &WalletWindow,
    ) -> Result<Statement, Problem> {
        let side = window.side;
        let head = self.site(side).handle.durable();
        let stale = self.shore(side).views.stale_at(head, Duration::from_millis(500)).await;
        let empty = no_statement(window);
        let before = asked.parameter("before").and_then(read_at);
        let written = before.map(write_at);
        let (rows, next) = self.statement_rows(asked.lang, window, before, 50).await?;
        let older = next.map(|at| format!("{}/statement?before={}", empty.base, write_at(at)));
        Ok(Statement { before: written, rows, older, stale, ..empty })
    }
}

fn no_statement(window: &WalletWindow) -> Statement {
    Statement {
        base: window.base.clone(),
        before: None,
        now: now_us(),
        zone: window.zone,
        rows: Vec::new(),
        older: None,
        stale: false,
    }
}

/// What a payment waits for that has no answer for so many microseconds, and when to look again,
/// in milliseconds.
pub(crate) fn patience(waiting: u64) -> (Wait, u32) {
    let left = DOUBT_US.saturating_sub(waiting) / 1_000 + 100;
    match waiting >= DOUBT_US {
        true => (Wait::Doubt, LOOK_AGAIN_MS),
        false => (Wait::Answer, u32::try_from(left).unwrap_or(LOOK_AGAIN_MS)),
    }
}

/// A place in the statement as addresses have it.
fn write_at(at: views::At) -> String {
    format!("{}.{}.{}", at.position, at.index, at.ord)
}

fn read_at(text: &str) -> Option<views::At> {
    let mut parts = text.split('.');
    let position = parts.next()?.parse().ok()?;
    let (index, ord) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(views::At { position, index, ord })
}

/// The wallet's own page.
pub(crate) async fn page(AtWallet { desk, window, asked, .. }: AtWallet) -> Response {
    let asked = asked.on(Place::Own);
    let phone = desk.phone_now(&asked, &window, None).await;
    desk.wallet_page(&asked, &window, phone).await
}

/// The phone as things stand; `of` names the payment that it shows.
pub(crate) async fn fragment(AtWallet { desk, window, asked, .. }: AtWallet) -> Response {
    if !asked.fragment {
        return asked.back_to(&window.base);
    }
    let of = asked.parameter("of").and_then(|text| text.parse().ok());
    let phone = desk.phone_now(&asked, &window, of).await;
    html(&markup::phone(asked.lang, &phone))
}

/// The statement: alone, or its tab of the wallet's own page.
pub(crate) async fn statement(AtWallet { desk, window, asked, .. }: AtWallet) -> Response {
    if !asked.fragment {
        let asked = asked.on(Place::Own);
        let face = match desk.balance(&asked, &window).await {
            Ok(Face::Balance(balance)) => Face::Balance(Balance { listing: true, ..balance }),
            Ok(face) => face,
            Err(problem) => Face::Problem(told(&problem)),
        };
        return desk.show_phone(&asked, &window, face).await;
    }
    match desk.statement_of(&asked, &window).await {
        Ok(statement) => html(&pages::statement(asked.lang, &statement)),
        Err(_) => {
            let stale = Statement { stale: true, ..no_statement(&window) };
            html(&pages::statement(asked.lang, &stale))
        }
    }
}

/// The statement as a file for spreadsheets.
pub(crate) async fn statement_file(AtWallet { desk, window, asked, .. }: AtWallet) -> Response {
    let before = asked.parameter("before").and_then(read_at);
    let (side, wallet) = (window.side, window.wallet);
    desk.caught_up(side, desk.site(side).handle.durable()).await;
    let read = desk.read(side, move |views| Rows::read(views, wallet, before, now())).await;
    let file = match read {
        Ok(mut rows) => {
            for store in rows.stores() {
                if let Ok(known) = desk.store_of(&window, store).await {
                    rows.shops.insert(store, known.readable(asked.lang).text);
                }
            }
            rows.file(window.currency)
        }
        Err(problem) => Err(problem),
    };
    match file {
        Ok(bytes) => {
            let day = window.zone.day(now_us());
            csv::answer(&format!("enishi-{}-{day}.csv", window.wallet), bytes)
        }
        Err(problem) => {
            desk.show_phone(&asked.on(Place::Own), &window, Face::Problem(told(&problem))).await
        }
    }
}

/// Whose wallet it is, and by what it is opened.
pub(crate) async fn me(
    AtWallet { desk, window, session, asked }: AtWallet,
    headers: HeaderMap,
) -> Response {
    let me = Me {
        wallet: window.wallet.to_string(),
        cell: session.site.name().to_owned(),
        ending: session.ending.clone(),
        key: session.key.to_string(),
        kept: session.is_kept(),
        limits: desk.limits_of(&window).await,
        brought: desk.brought(&window).await,
        offered: desk.offered(&window, &headers).await,
    };
    desk.show_phone(&asked.on(Place::Own), &window, Face::Me(Box::new(me))).await
}

/// The finder, on the wallet's own page.
pub(crate) async fn finder(AtWallet { desk, window, asked, .. }: AtWallet) -> Response {
    let asked = asked.on(Place::Own);
    desk.show_phone(&asked, &window, Face::Scan).await
}

/// A code, as text or as a picture.
pub(crate) async fn scan(
    AtWallet { desk, window, asked, .. }: AtWallet,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let face = match code_of(&desk, &headers, body).await {
        Ok(ScanForm { code, amount }) => {
            let offered = desk.offer(&window, &code, amount.as_deref()).await;
            offered.unwrap_or_else(|problem| no_offer(&code, amount, &problem))
        }
        Err(code) => Face::Problem(unfit(code)),
    };
    desk.show_phone(&asked, &window, face).await
}

async fn code_of(desk: &Desk, headers: &HeaderMap, body: Bytes) -> Result<ScanForm, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("image/")) {
        return Ok(ScanForm { code: desk.code_in(body).await?, amount: None });
    }
    let form: ScanForm = read_form(&body)?;
    if form.code.len() > MOST_CODE { Err("too_long") } else { Ok(form) }
}

/// *Pay*.
pub(crate) async fn pay(AtWallet { desk, window, asked, .. }: AtWallet, body: Bytes) -> Response {
    let face = match read_form::<PayForm>(&body) {
        Ok(form) => desk.say_yes(&asked, &window, &form).await,
        Err(code) => Face::Problem(unfit(code)),
    };
    desk.show_phone(&asked, &window, face).await
}

/// A receipt of one payment, on the wallet's own page.
pub(crate) async fn receipt(
    AtWallet { desk, window, asked, .. }: AtWallet,
    Path((_, payment)): Path<(String, String)>,
) -> Response {
    let asked = asked.on(Place::Own);
    let Ok(payment) = payment.parse() else { return desk.lost(&asked) };
    let face = match desk.face_of(&window, payment).await {
        Ok(Some(face)) => face,
        Ok(None) => match desk.outcome_face(&window, payment).await {
            Ok(Some(face)) => face,
            _ => return desk.lost(&asked),
        },
        Err(problem) => Face::Problem(told(&problem)),
    };
    if asked.parameter("print").is_some()
        && let Face::Receipt(_) = face
    {
        let phone = desk.phone(&window, Place::Own, face);
        let chrome = desk.wallet_chrome(&asked, &window, &phone).await;
        return html(&pages::printed(&chrome, &phone));
    }
    desk.show_phone(&asked, &window, face).await
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
        assert_eq!(read_at(&write_at(at)), Some(at));
        for text in ["", "7", "7.1", "7.1.2.3", "a.b.c", "-1.0.0"] {
            assert_eq!(read_at(text), None, "{text}");
            assert_ne!(write_at(at), text);
        }
    }
}
