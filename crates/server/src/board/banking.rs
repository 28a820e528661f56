//! Staff look at what the bank says: they take statements in, say what a line is that could not be
//! matched, undo a match, and see what must be kept safe.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query as CellQuery};
use futures_util::stream;
use kernel::Currency;
use pay::command::{Resolution, ResolveBankLine, UndoBankLine};
use pay::event::{Found, Why};
use pay::{BankLineView, BankingView};
use views::{PayoutMade, PayoutPart};

use super::act::{self, Form, Refused, text};
use super::{Desk, Watched, amount, failed, html, micros, see_other, told};
use crate::api::operator::payout_rules::{date_of as date_of_day, largest, safeguards_file};
use crate::bank_files::date_of;
use crate::banking::{self, Format};
use crate::cells::now as wall;
use crate::code::Code;
use crate::problem::Problem;
use crate::session;
use crate::web::board as markup;
use crate::web::view::{
    self, Amount, BankAccountCard, BankLineCard, BankLinePage, BankPage, LineTyped, PartCard,
    SafeDay, TransferCard, Unit,
};

/// The most bytes of a statement that a page takes: those of the API, and the form around it.
pub(super) const MOST_STATEMENT: usize = crate::http::asked::MAX_STATEMENT + (64 << 10);
/// So many lines stand on one page.
const LINES: u32 = 50;
/// So many days of what had to be kept safe.
const DAYS: usize = 14;
/// So many transfers and parts of a line a page names; the API names all.
const NAMED: usize = 100;

type Asked = HashMap<String, String>;

impl Desk {
    fn bank(&self) -> String {
        format!("{}/bank", self.base())
    }

    fn bank_cell(&self, query: &Asked) -> Result<&Watched, Problem> {
        self.chosen(query.get("cell").map(String::as_str))
    }

    fn card(&self, cell: &Watched, view: &BankLineView) -> BankLineCard {
        let note = match &view.found {
            Found::Suspense(note) => Some(note.clone()),
            _ => None,
        };
        BankLineCard {
            href: format!("{}/{}?cell={}", self.bank(), view.number, cell.site.name()),
            number: view.number,
            account: view.account.clone(),
            // A line was taken in with a day of the calendar.
            day: date_of(view.line.day).unwrap_or_default(),
            amount: signed(view.line.amount, view.currency),
            found: view.found.word(),
            is_task: view.found.is_task(),
            why: view.found.why().map(Why::word),
            note,
            since: micros(view.since),
        }
    }
}

fn signed(minor: i64, currency: Currency) -> Amount {
    Unit::of_currency(currency).of(minor)
}

fn wide(minor: i128, currency: Currency) -> Amount {
    signed(i64::try_from(minor).unwrap_or(i64::MAX), currency)
}

async fn banking_of(cell: &Watched) -> Result<BankingView, Problem> {
    match cell.site.ask(CellQuery::Banking(cell.site.handle.now())).await?.value {
        Answer::Banking(known) => Ok(*known),
        _ => Err(Problem::internal()),
    }
}

/// Accounts, lines, and what must be kept safe.
pub(super) async fn page(desk: Desk, Query(query): Query<Asked>) -> Response {
    whole(&desk, &query, None).await
}

async fn whole(desk: &Desk, query: &Asked, wrong: Option<view::Problem>) -> Response {
    let found = async {
        let cell = desk.bank_cell(query)?;
        let known = banking_of(cell).await?;
        let only_tasks = query.contains_key("tasks");
        let before = query.get("before").and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
        let asked = CellQuery::BankLines { only_tasks, before, most: LINES };
        let (lines, next) = match cell.site.ask(asked).await.map(|answer| answer.value) {
            Ok(Answer::BankLines { lines, next }) => {
                (Ok(lines.iter().map(|view| desk.card(cell, view)).collect()), next)
            }
            Ok(_) => (Err(told(&Problem::internal())), None),
            Err(problem) => (Err(told(&problem)), None),
        };
        let only = if only_tasks { "&tasks=1" } else { "" };
        let here = format!("{}?cell={}{only}", desk.bank(), cell.site.name());
        let chrome = desk.still_chrome(&here);
        Ok(html(&markup::bank_page(&BankPage {
            chrome,
            base: desk.base().to_owned(),
            cell: cell.site.name().to_owned(),
            key: Code::generate("form").reveal(),
            taken: taken(query),
            wrong,
            at: micros(wall()),
            zone: cell.zone,
            accounts: accounts(&known),
            sums: sums(&known),
            tasks: known.tasks.into(),
            only_tasks,
            older: next.map(|before| format!("{here}&before={before}")),
            here,
            lines,
            safe: safe(cell, &known).await,
        })))
    };
    found.await.unwrap_or_else(|problem| failed(desk, &problem))
}

fn taken(query: &Asked) -> Option<(u64, u64)> {
    let number = |name: &str| query.get(name).and_then(|text| text.parse().ok());
    number("taken").zip(number("open"))
}

fn accounts(known: &BankingView) -> Vec<BankAccountCard> {
    let card = |it: &pay::BankAccountView| BankAccountCard {
        name: it.name.clone(),
        balance: signed(it.balance, it.currency),
        until: date_of(it.until).unwrap_or_default(),
        missing: (it.pages - it.pages_here).into(),
    };
    known.accounts.iter().map(card).collect()
}

/// What the book has and what is open, in the currencies of accounts.
fn sums(known: &BankingView) -> Vec<(Amount, Amount)> {
    let both = known.booked.iter().zip(&known.open);
    let both = both.filter(|((currency, _), _)| {
        known.accounts.iter().any(|account| account.currency == *currency)
    });
    both.map(|((currency, booked), (_, open))| (wide(*booked, *currency), wide(*open, *currency)))
        .collect()
}

/// What holds now, and the days that are over; nothing while the lists are not there.
async fn safe(cell: &Watched, known: &BankingView) -> Vec<SafeDay> {
    let Some(views) = cell.views.clone() else { return Vec::new() };
    let read = move || Some((views.wallets_have().ok()?, views.kept_safe(None, DAYS).ok()?));
    let read = tokio::task::spawn_blocking(read).await.ok().flatten();
    let (have, days) = read.unwrap_or_default();
    let row = |day: Option<u32>, currency: Currency, wallets: i64| {
        let wallets = u64::try_from(wallets).unwrap_or(0);
        let (required, source) = largest(&known.safeguards, day, currency, wallets);
        SafeDay {
            day: day.and_then(|day| date_of(date_of_day(day))),
            wallets: amount(wallets, currency),
            required: amount(required, currency),
            source,
        }
    };
    let now = have.into_iter().map(|(currency, wallets)| row(None, currency, wallets));
    now.chain(days.into_iter().map(|it| row(Some(it.day), it.currency, it.wallets))).collect()
}

/// The same for spreadsheets.
pub(super) async fn safe_csv(desk: Desk, Query(query): Query<Asked>) -> Response {
    let found = async {
        let cell = desk.bank_cell(&query)?;
        let known = banking_of(cell).await?;
        let views = cell.views.clone().ok_or_else(Problem::internal)?;
        let days = tokio::task::spawn_blocking(move || views.kept_safe(None, 500)).await;
        let days = days.ok().and_then(Result::ok).ok_or_else(Problem::internal)?;
        safeguards_file(&known.safeguards, &days)
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

/// Takes a statement in that a form sends.
pub(super) async fn take_in(
    desk: Desk,
    Query(query): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let done = async {
        if session::is_foreign(&headers) {
            return Err(Refused::of_page(403, "sign_in_foreign"));
        }
        let cell = desk.bank_cell(&query)?;
        let bytes = statement(&headers, body).await?;
        let site = (cell.site.name(), &cell.site.handle);
        let taken = banking::take_in(site, cell.actor, bytes, Format::Camt).await?;
        let lines: u32 = taken.iter().map(|it| it.lines).sum();
        let open: u32 = taken.iter().map(|it| it.open).sum();
        Ok((cell.site.name(), lines, open))
    };
    match done.await {
        Ok((cell, lines, open)) => {
            let (bank, lang) = (desk.bank(), desk.lang.tag());
            see_other(&format!("{bank}?cell={cell}&taken={lines}&open={open}&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let query = query.into_iter().filter(|(name, _)| name == "cell").collect();
            (status, whole(&desk, &query, Some(problem)).await).into_response()
        }
    }
}

/// The file in a form of a browser.
async fn statement(headers: &HeaderMap, body: Bytes) -> Result<Vec<u8>, Problem> {
    let unread = || {
        Problem::new(
            "statement_unreadable",
            "The form came without a file; choose one and send it.",
        )
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or_else(unread)?;
    let body = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().await.map_err(|_| unread())? {
        if field.name() == Some("statement") {
            let bytes = field.bytes().await.map_err(|_| unread())?;
            return if bytes.is_empty() { Err(unread()) } else { Ok(bytes.to_vec()) };
        }
    }
    Err(unread())
}

/// A line's own page.
pub(super) async fn line(
    desk: Desk,
    Path((_, line)): Path<(String, String)>,
    Query(query): Query<Asked>,
) -> Response {
    one(&desk, &line, &query, (LineTyped::default(), None)).await
}

fn number(text: &str) -> Result<u32, Problem> {
    let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::BankLineNotFound));
    text.parse().map_err(|_| unknown())
}

async fn one(
    desk: &Desk,
    line: &str,
    query: &Asked,
    (typed, wrong): (LineTyped, Option<view::Problem>),
) -> Response {
    let found = async {
        let (cell, line) = (desk.bank_cell(query)?, number(line)?);
        let answer = cell.site.ask(CellQuery::BankLine(line)).await?;
        let Answer::BankLine(view) = answer.value else { return Err(Problem::internal()) };
        let (transfers, parts) = trace(desk, cell, line).await;
        let card = desk.card(cell, &view);
        let chrome = desk.still_chrome(&card.href);
        let done = query.get("done").map(String::as_str);
        Ok(html(&markup::bank_line_page(&BankLinePage {
            chrome,
            base: desk.base().to_owned(),
            back: format!("{}?cell={}", desk.bank(), cell.site.name()),
            cell: cell.site.name().to_owned(),
            key: Code::generate("form").reveal(),
            at: micros(wall()),
            zone: cell.zone,
            done: ["resolved", "undone"].into_iter().find(|word| done == Some(word)),
            wrong,
            line: card,
            typed,
            transfers,
            parts,
        })))
    };
    found.await.unwrap_or_else(|problem| failed(desk, &problem))
}

/// What a line is made of; nothing while the lists do not know it.
async fn trace(desk: &Desk, cell: &Watched, line: u32) -> (Vec<TransferCard>, Vec<PartCard>) {
    let Some(views) = cell.views.clone() else { return Default::default() };
    let read = move || -> Option<(Vec<PayoutMade>, Vec<PayoutPart>)> {
        let made = views.payouts_of_line(line, 0, NAMED).ok()??;
        let parts = match &made[..] {
            [only] => views.parts_of_payout(only.file, only.place, None, NAMED).ok()?,
            _ => None,
        };
        // A sum of some of its parts would be no sum.
        let parts = parts.map(|(_, parts)| parts).filter(|parts| parts.len() < NAMED);
        Some((made, parts.unwrap_or_default()))
    };
    let read = tokio::task::spawn_blocking(read).await.ok().flatten();
    let (made, parts) = read.unwrap_or_default();
    let name = cell.site.name();
    let currency = made.first().map_or(cell.currency, |it| it.currency);
    let transfer = |it: &PayoutMade| TransferCard {
        href: format!("{}/bank-files/{}?cell={name}", desk.base(), it.file),
        place: it.place,
        amount: amount(it.amount, it.currency),
        fee: amount(it.fee, it.currency),
        carried: signed(it.carried, it.currency),
        left: signed(it.left, it.currency),
        returned: it.returned.as_ref().map(|(_, code)| code.clone()),
    };
    let part = |it: &PayoutPart| PartCard {
        at: micros(it.time),
        kind: it.kind.replace('_', "-"),
        amount: signed(it.amount, currency),
        href: it.payment.map(|payment| format!("{}/pay/{payment}?cell={name}", desk.base())),
    };
    (made.iter().map(transfer).collect(), parts.iter().map(part).collect())
}

/// Says what a line is, or takes that back.
pub(super) async fn decide(
    desk: Desk,
    Path((_, line)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = act::own(&headers, &body);
    let done = match &form {
        Ok(form) => decided(&desk, &line, form).await,
        Err(why) => Err(why.again()),
    };
    let form = form.unwrap_or_default();
    match done {
        Ok((word, cell)) => {
            let (bank, lang) = (desk.bank(), desk.lang.tag());
            see_other(&format!("{bank}/{line}?cell={cell}&done={word}&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let owned = |name: &str| text(&form, name).to_owned();
            let typed = LineTyped {
                is: owned("is"),
                file: owned("file"),
                place: owned("place"),
                wallet: owned("wallet"),
                text: owned("text"),
            };
            let query = form.into_iter().filter(|(name, _)| name == "cell").collect();
            let page = one(&desk, &line, &query, (typed, Some(problem))).await;
            match page.status().is_success() {
                true => (status, page).into_response(),
                false => page,
            }
        }
    }
}

async fn decided<'a>(
    desk: &'a Desk,
    line: &str,
    form: &Form,
) -> Result<(&'static str, &'a str), Refused> {
    let cell = desk.bank_cell(&form.clone())?;
    let said = ["act", "is", "file", "place", "wallet", "text"].map(|name| text(form, name));
    let content: Vec<&str> = [line].into_iter().chain(said).collect();
    let fingerprint = act::fingerprint(cell, "bank-line", form, &content)?;
    let number = number(line)?;
    if text(form, "act") == "undo" {
        let reason = text(form, "text").to_owned();
        let command = UndoBankLine { line: number, reason };
        act::submit(cell, fingerprint, pay::Command::from(command)).await?;
        return Ok(("undone", cell.site.name()));
    }
    let command = ResolveBankLine { line: number, resolution: resolution(form)? };
    act::submit(cell, fingerprint, pay::Command::from(command)).await?;
    Ok(("resolved", cell.site.name()))
}

fn resolution(form: &Form) -> Result<Resolution, Problem> {
    let typed = |name: &str| text(form, name).to_owned();
    let unfit = |what: &str| Problem::new("field_invalid", format!("{what} is missing or unfit."));
    let file = || text(form, "file").parse().map_err(|_| unfit("The file"));
    // People count from one.
    let place = || {
        let place: Option<u32> = text(form, "place").parse().ok();
        place.and_then(|place| place.checked_sub(1)).ok_or_else(|| unfit("The place in the file"))
    };
    Ok(match text(form, "is") {
        "file" => Resolution::File(file()?),
        "transfer" => Resolution::Transfer(file()?, place()?),
        "returned" => {
            let reason = typed("text");
            let reason = if reason.is_empty() { "NARR".to_owned() } else { reason };
            Resolution::Returned(file()?, place()?, reason)
        }
        "wallet" => {
            let wallet = text(form, "wallet").parse().map_err(|_| unfit("The wallet"))?;
            Resolution::Wallet(wallet)
        }
        "booked" => Resolution::Booked(typed("text")),
        "charge" => Resolution::Charge,
        "suspense" => Resolution::Suspense(typed("text")),
        _ => return Err(unfit("What the line is")),
    })
}
