//! Staff look at how links are settled: they close a day, fill a prefund, see how long it lasts, and
//! take a day's statement and entries away.

use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use corridor::DayAnswer;
use economy::{Answer, Query as CellQuery};
use kernel::id::TopUp as TopUpKind;
use kernel::{Currency, Id};
use pay::command::{AskTopUp, CloseDay, MoveTopUp, TopUpWord};
use pay::state::{SettledDay, remittance};
use pay::{HalfView, SettlementView};

use super::act::{self, Form, Refused, text};
use super::{Desk, Watched, amount, failed, html, micros, see_other};
use crate::api::operator::day_entries::entries_file;
use crate::api::operator::netting::{Net, nets};
use crate::api::operator::settlement::{day_name, day_named, day_of, document_of, sides};
use crate::cells::{fresh, now as wall};
use crate::code::Code;
use crate::foresight::{self, Basis, Foresight};
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::view::{
    self, AheadCard, Amount, DayRow, NetCard, NetRow, NetSide, NostroCard, SettledDayPage,
    SettlementPage, StatementCard, TopUpCard, Unit,
};

/// What a form can have done.
const DONE: [&str; 5] = ["close", "ask", "approve", "paid", "end"];
/// So many days stand on the page, and so many entries of one.
const DAYS: u16 = 60;
const ENTRIES: u32 = 200;
/// A step of the curve, in hours, and how many of them are drawn.
const STEP: usize = 6;
const STEPS: usize = 56;

impl Desk {
    fn settlement(&self) -> String {
        format!("{}/settlement", self.base())
    }
}

pub(super) async fn links(
    cell: &Watched,
    before: u32,
    most: u16,
) -> Result<Vec<SettlementView>, Problem> {
    let asked = CellQuery::Settlement { now: cell.site.handle.now(), before, most };
    match cell.site.ask(asked).await?.value {
        Answer::Settlement(links) => Ok(links),
        _ => Err(Problem::internal()),
    }
}

/// The page.
pub(super) async fn page(desk: Desk, Query(query): Query<Form>) -> Response {
    whole(&desk, &query, None).await
}

async fn whole(desk: &Desk, query: &Form, wrong: Option<view::Problem>) -> Response {
    match found(desk, query).await {
        Ok(page) => html(&markup::settlement_page(&SettlementPage { wrong, ..page })),
        Err(problem) => failed(desk, &problem),
    }
}

async fn found(desk: &Desk, query: &Form) -> Result<SettlementPage, Problem> {
    let cell = desk.chosen(query.get("cell").map(String::as_str))?;
    let name = cell.site.name();
    let chrome = desk.still_chrome(&format!("{}?cell={name}", desk.settlement()));
    let (mut nostros, mut nets) = (Vec::new(), Vec::new());
    for view in &links(cell, u32::MAX, DAYS).await? {
        nets.push(net_card(name, view));
        for half in &view.halves {
            nostros.push(card(desk, cell, view, half).await);
        }
    }
    Ok(SettlementPage {
        chrome,
        base: desk.base().to_owned(),
        cell: name.to_owned(),
        cells: desk.cells.iter().map(|cell| cell.site.name().to_owned()).collect(),
        at: micros(wall()),
        zone: cell.zone,
        done: query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word)),
        key: Code::generate("form").reveal(),
        wrong: None,
        nostros,
        nets,
    })
}

/// What the cell and a neighbour owe each other.
fn net_card(own: &str, view: &SettlementView) -> NetCard {
    let row = |net: Net| {
        let unit = Unit::of_currency(net.currency);
        let sum = |minor: u64| amount(minor, net.currency);
        let (left, debtor) = net.left(own, &view.name);
        let creditor =
            |debtor: &str| if debtor == own { view.name.clone() } else { own.to_owned() };
        NetRow {
            day: net.date.map(|date| day_name(date, 1)),
            owes: debtor.map(|debtor| (debtor.clone(), creditor(&debtor))),
            net: sum(left),
            saved: sum(net.gross.saturating_sub(left)),
            sides: net
                .owes
                .into_iter()
                .map(|it| NetSide {
                    cell: it.cell,
                    amount: unit.of(it.amount),
                    paid_in: (sum(it.paid_in), it.transfers),
                    left: sum(it.left),
                })
                .collect(),
        }
    };
    let moved = |net: &Net| {
        net.date.is_some() || net.gross > 0 || net.owes.iter().any(|side| side.paid_in > 0)
    };
    let rows = nets(own, view).into_iter().filter(moved).map(row).collect();
    NetCard { other: view.name.clone(), rows }
}

async fn card(desk: &Desk, cell: &Watched, view: &SettlementView, half: &HalfView) -> NostroCard {
    let sum = |minor| amount(minor, half.currency);
    let top_ups = view.top_ups.iter().filter(|_| !half.keeper).take(20);
    let announced = view.announced.iter().filter(|_| half.keeper);
    NostroCard {
        link: view.link,
        other: view.name.clone(),
        keeper: half.keeper,
        balance: sum(half.balance),
        free: sum(half.free),
        captured: sum(half.running.captured),
        refunded: sum(half.running.refunded),
        next_close: half.next_close.map(micros),
        next_number: half.count + 1,
        has_terms: view.terms.is_some(),
        of_partner: view.of_partner,
        days: half.days.iter().map(|known| row(desk, cell, view, half, known)).collect(),
        ahead: outlook(cell, view, half).await.map(|seen| ahead(&seen, view, half)),
        top_ups: top_ups
            .map(|known| TopUpCard {
                id: known.id.to_string(),
                state: known.word(),
                amount: sum(known.amount),
                remittance: remittance(known.number()),
                asked: micros(known.asked),
                own: known.by.person == cell.actor.person,
                cost: known.cost.map(|(minor, currency)| amount(minor, currency)),
            })
            .collect(),
        announced: announced.map(|it| (sum(it.amount), remittance(it.reference))).collect(),
    }
}

fn row(
    desk: &Desk,
    cell: &Watched,
    view: &SettlementView,
    half: &HalfView,
    known: &SettledDay,
) -> DayRow {
    let (day, name) = (&known.day, day_name(known.day.date, known.day.part));
    let sum = |minor| amount(minor, half.currency);
    let told = day_of(sides(cell.site.name(), view, half), half, known);
    DayRow {
        href: format!("{}/{}/{name}?cell={}", desk.settlement(), view.link, cell.site.name()),
        name,
        state: told.state,
        opening: sum(day.opening),
        captured: sum(day.sums.captured),
        refunded: sum(day.sums.refunded),
        topped_up: sum(day.sums.topped_up),
        closing: sum(day.closing),
    }
}

/// How long what this cell holds with another lasts; none where nobody has set how it is filled.
async fn outlook(cell: &Watched, view: &SettlementView, half: &HalfView) -> Option<Foresight> {
    let (views, own, now) = (cell.views.clone()?, cell.currency, wall());
    let (view, half) = (view.clone(), half.clone());
    let read = move || foresight::outlook(&views, &view, &half, own, now);
    tokio::task::spawn_blocking(read).await.ok()?
}

fn ahead(seen: &Foresight, view: &SettlementView, half: &HalfView) -> AheadCard {
    let first = i64::try_from(half.free).unwrap_or(i64::MAX);
    let later = seen.ahead.iter().skip(STEP - 1).step_by(STEP).take(STEPS);
    let later = later.map(|left| i64::try_from(*left).unwrap_or(i64::MAX));
    let floor = view.terms.as_ref().and_then(|terms| terms.supply).map_or(0, |it| it.floor);
    AheadCard {
        level: seen.level.word(),
        basis: match seen.basis {
            Basis::Nothing => ("nothing", 0),
            Basis::Hours(count) => ("hours", count),
            Basis::Days(count) => ("days", count),
            Basis::Weeks(count) => ("weeks", count),
        },
        out: seen.out.map(micros),
        next: seen.next.map(|next| (micros(next.until), micros(next.there))),
        send: amount(seen.send, half.currency),
        line: [first].into_iter().chain(later).collect(),
        step: STEP as u32,
        floor: i64::try_from(floor).unwrap_or(i64::MAX),
    }
}

/// Closes a day, or brings a top-up a step further.
pub(super) async fn decide(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    done(&desk, &headers, &body, false).await
}

/// Lets a top-up be paid: not everybody who asks for one may.
pub(super) async fn approve(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    done(&desk, &headers, &body, true).await
}

async fn done(desk: &Desk, headers: &HeaderMap, body: &[u8], approves: bool) -> Response {
    let form = act::own(headers, body);
    let done = match &form {
        Ok(form) if (text(form, "act") == "approve") != approves => {
            Err(Refused::of_page(400, "form_unfit"))
        }
        Ok(form) => decided(desk, form).await,
        Err(refused) => Err(refused.again()),
    };
    let form = form.unwrap_or_default();
    match done {
        Ok(done) => {
            let (at, cell, lang) = (desk.settlement(), text(&form, "cell"), desk.lang.tag());
            see_other(&format!("{at}?cell={}&done={done}&lang={lang}", plain(cell)))
        }
        Err(refused) => {
            let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
            let mut page = whole(desk, &form, Some(refused.problem)).await;
            *page.status_mut() = status;
            page
        }
    }
}

/// A cell's name, and nothing that means something in an address.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

async fn decided(desk: &Desk, form: &Form) -> Result<&'static str, Refused> {
    let cell = desk.chosen(form.get("cell").map(String::as_str))?;
    let unknown = |refusal| Problem::refused(&economy::Refusal::Pay(refusal));
    let link: u8 = text(form, "link")
        .parse()
        .map_err(|_| Problem::refused(&economy::Refusal::LinkNotFound))?;
    let act = DONE.into_iter().find(|act| *act == text(form, "act"));
    let act = act.ok_or_else(|| Refused::of_page(400, "form_unfit"))?;
    let top_up = || -> Result<Id<TopUpKind>, Problem> {
        text(form, "top_up").parse().map_err(|_| unknown(pay::Refusal::TopUpNotFound))
    };
    let typed = |name: &str, currency: Currency| -> Result<u64, Refused> {
        let read = Unit::of_currency(currency).read_typed(text(form, name));
        let read = read.map_err(|code| Refused::of_page(400, code))?;
        u64::try_from(read.minor).map_err(|_| Refused::of_page(400, "form_unfit"))
    };
    let command: pay::Command = match act {
        "close" => {
            let day = text(form, "number").parse();
            let day = day.map_err(|_| unknown(pay::Refusal::DayNotFound))?;
            CloseDay { link, day }.into()
        }
        "ask" => {
            let known = links(cell, 0, 0).await?;
            let half = known.iter().filter(|view| view.link == link);
            let half = half.flat_map(|view| &view.halves).find(|half| !half.keeper);
            let half = half.ok_or_else(|| Problem::refused(&economy::Refusal::LinkNotFound))?;
            AskTopUp { id: fresh(), link, amount: typed("amount", half.currency)? }.into()
        }
        "approve" => MoveTopUp { top_up: top_up()?, word: TopUpWord::Approve }.into(),
        "paid" => {
            let (reference, currency) = (text(form, "reference").to_owned(), cell.currency);
            let word = TopUpWord::Paid { reference, cost: typed("cost", currency)?, currency };
            MoveTopUp { top_up: top_up()?, word }.into()
        }
        _ => {
            let word = TopUpWord::End(text(form, "reason").to_owned());
            MoveTopUp { top_up: top_up()?, word }.into()
        }
    };
    let said: Vec<&str> =
        ["link", "act", "number", "amount", "top_up", "reference", "cost", "reason"]
            .into_iter()
            .map(|name| text(form, name))
            .collect();
    let key = act::fingerprint(cell, "settlement", form, &said)?;
    act::submit(cell, key, command).await?;
    Ok(act)
}

/// The day of an address: its link with the days around it.
async fn asked(
    cell: &Watched,
    (link, name): (&str, &str),
) -> Result<(SettlementView, u32, u8), Problem> {
    let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::DayNotFound));
    let link: u8 = link.parse().map_err(|_| unknown())?;
    let (date, part) = day_named(name).ok_or_else(unknown)?;
    let mut before = u32::MAX;
    loop {
        let known = links(cell, before, DAYS).await?;
        let view = known.into_iter().find(|view| view.link == link).ok_or_else(unknown)?;
        let days = || view.halves.iter().flat_map(|half| &half.days);
        if days().any(|known| (known.day.date, known.day.part) == (date, part)) {
            return Ok((view, date, part));
        }
        let oldest = days().map(|known| known.day.number).min().filter(|oldest| *oldest > 1);
        before = oldest.ok_or_else(unknown)?;
    }
}

/// One day.
pub(super) async fn day(
    desk: Desk,
    Path((_, link, name)): Path<(String, String, String)>,
    Query(query): Query<Form>,
) -> Response {
    let found = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let (view, date, part) = asked(cell, (&link, &name)).await?;
        let here = format!("{}/{link}/{name}", desk.settlement());
        let of_cell = format!("?cell={}", cell.site.name());
        let chrome = desk.still_chrome(&format!("{here}{of_cell}"));
        let mut statements = Vec::new();
        for half in &view.halves {
            let known = half.days.iter();
            let mut known = known.filter(|it| (it.day.date, it.day.part) == (date, part));
            if let Some(known) = known.next() {
                statements.push(statement(&desk, cell, &view, half, known).await);
            }
        }
        Ok(html(&markup::settled_day_page(&SettledDayPage {
            chrome,
            base: desk.base().to_owned(),
            name: name.clone(),
            zone: cell.zone,
            statements,
            file: format!("{here}/statement.json{of_cell}"),
            entries: format!("{here}/entries.csv{of_cell}"),
        })))
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

async fn statement(
    desk: &Desk,
    cell: &Watched,
    view: &SettlementView,
    half: &HalfView,
    known: &SettledDay,
) -> StatementCard {
    let [keeper, other] = sides(cell.site.name(), view, half);
    let (day, side) = (known.day, (view.link, half.keeper));
    let rows = match cell.views.clone() {
        Some(views) => {
            let read =
                move || views.nostro_entries(side, (day.sent_after, day.sent_through), ENTRIES + 1);
            tokio::task::spawn_blocking(read).await.ok().and_then(Result::ok).unwrap_or_default()
        }
        None => Vec::new(),
    };
    let unit = Unit::of_currency(half.currency);
    let sum = |minor: i64| -> Amount { unit.of(minor) };
    let document = document_of([keeper, other], half, known);
    let signed = document.map_or(Vec::new(), |it| it.signatures).into_iter();
    let id = |key: &str| {
        key.parse::<link::keys::PublicKey>().map_or_else(|_| key.to_owned(), |key| key.id())
    };
    let more = rows.len() > ENTRIES as usize;
    StatementCard {
        keeper: keeper.to_owned(),
        other: other.to_owned(),
        row: row(desk, cell, view, half, known),
        counts: [day.sums.captures, day.sums.refunds, day.sums.top_ups],
        messages: [
            (day.sent_after + 1, day.sent_through),
            (day.received_after + 1, day.received_through),
        ],
        closed: micros(day.closed),
        differs: match known.answer {
            Some(DayAnswer::Differs(it)) => Some((it.field.word(), it.ours, it.theirs)),
            _ => None,
        },
        signed: signed.map(|signed| (signed.cell, id(&signed.key))).collect(),
        rows: rows
            .into_iter()
            .take(ENTRIES as usize)
            .map(|it| (it.number, micros(it.at), it.kind, sum(it.amount), sum(it.balance)))
            .collect(),
        more,
    }
}

/// The statements of a day as a file: the one statement, or a list where both sides keep a nostro.
pub(super) async fn file(
    desk: Desk,
    Path((_, link, name)): Path<(String, String, String)>,
    Query(query): Query<Form>,
) -> Response {
    let found = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let (view, date, part) = asked(cell, (&link, &name)).await?;
        let documents = view.halves.iter().filter_map(|half| {
            let mut days = half.days.iter();
            let known = days.find(|it| (it.day.date, it.day.part) == (date, part))?;
            document_of(sides(cell.site.name(), &view, half), half, known)
        });
        let mut documents: Vec<_> = documents.collect();
        let not_agreed = pay::Refusal::DayNotAgreed { state: "closed" };
        let bytes = match documents.len() {
            0 => return Err(Problem::refused(&economy::Refusal::Pay(not_agreed))),
            1 => serde_json::to_vec_pretty(&documents.remove(0)),
            _ => serde_json::to_vec_pretty(&documents),
        };
        let bytes = bytes.map_err(|_| Problem::internal())?;
        let file = format!("attachment; filename=\"statement-{}-{name}.json\"", view.name);
        let file = HeaderValue::from_str(&file).map_err(|_| Problem::internal())?;
        let kind = HeaderValue::from_static("application/json");
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, file)];
        Ok((headers, bytes).into_response())
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

/// The entries of a day as a table.
pub(super) async fn entries(
    desk: Desk,
    Path((_, link, name)): Path<(String, String, String)>,
    Query(query): Query<Form>,
) -> Response {
    let found = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let (view, date, part) = asked(cell, (&link, &name)).await?;
        let views = cell.views.clone().ok_or_else(crate::api::paging::unavailable)?;
        entries_file(views, cell.site.name(), &view, (date, part))
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}
