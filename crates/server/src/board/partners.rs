//! Staff look at partners: how it goes with each, what is agreed, whose keys are believed, and whether
//! both books have the same day.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use corridor::FreezeReason;
use economy::{Answer, PartnerView, Query as CellQuery};
use kernel::{Currency, Span, Timestamp};
use link::Direction;
use link::keys::PublicKey;
use partner::Partner;
use partner::chain::{Chain, Hash};
use partner::day::Day as Told;
use pay::command::{SetPartnerKey, SuspendPartner};

use super::act::{self, Form, Refused, text};
use super::settlement::plain;
use super::{Desk, Watched, amount, days, failed, html, micros, see_other};
use crate::api::operator::partners::{Known, NewPartner, NotItsKey, key_of, key_words, known};
use crate::api::partner::{partners_of, sent_on};
use crate::api::values::{Day, Text};
use crate::authorize::Caller;
use crate::cells::now as wall;
use crate::code::Code;
use crate::duty::Scope;
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::view::{
    self, BoardFrozen, BoardTrouble, OwnEnd, PartnerCard, PartnerDayPage, PartnerDaySum,
    PartnerFund, PartnerKeyLine, PartnerTyped, PartnerWrong, PartnersPage, Unit,
};

/// What a form can have done.
const DONE: [&str; 6] = ["set", "trust", "end", "make", "suspend", "resume"];
/// The parts of a day's address: the window, the partner's number, the day.
type Of = (String, String, String);
/// The files of so many days stand on the page.
const DAYS: u32 = 7;

impl Desk {
    fn partners(&self) -> String {
        format!("{}/partners", self.base())
    }
}

/// The page.
pub(super) async fn page(desk: Desk, Query(query): Query<Form>) -> Response {
    whole(&desk, &query, None).await
}

async fn whole(desk: &Desk, query: &Form, wrong: Option<PartnerWrong>) -> Response {
    match found(desk, query).await {
        Ok(page) => html(&markup::partners_page(&PartnersPage { wrong, ..page })),
        Err(problem) => failed(desk, &problem),
    }
}

async fn found(desk: &Desk, query: &Form) -> Result<PartnersPage, Problem> {
    let cell = desk.chosen(query.get("cell").map(String::as_str))?;
    let (edge, name) = (desk.board.edge(), cell.site.name());
    let caller = Caller::of(&cell.site, cell.actor);
    let (partners, _) = known(edge, &caller).await?;
    let chrome = desk.still_chrome(&format!("{}?cell={name}", desk.partners()));
    let key = partners_of(edge, &cell.site).and_then(|partners| {
        let keys = partners.keys().now();
        keys.current.as_ref().map(|key| PublicKey::of(name, key).to_string())
    });
    let may = |scope| cell.site.keys.scopes(cell.actor).is_some_and(|scopes| scopes.has(scope));
    Ok(PartnersPage {
        chrome,
        base: desk.base().to_owned(),
        cell: name.to_owned(),
        cells: desk.cells.iter().map(|cell| cell.site.name().to_owned()).collect(),
        at: micros(wall()),
        zone: cell.zone,
        done: query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word)),
        key: Code::generate("form").reveal(),
        may_agree: may(Scope::Terms),
        may_suspend: may(Scope::Links),
        own: OwnEnd { number: cell.site.handle.info().number, key },
        currencies: currencies(cell).await?,
        partners: partners.iter().map(|known| card(name, known)).collect(),
        wrong: None,
    })
}

/// The currencies that a cell keeps books in.
async fn currencies(cell: &Watched) -> Result<Vec<&'static str>, Problem> {
    let Answer::Books(books) = cell.site.ask(CellQuery::Books).await?.value else {
        return Err(Problem::internal());
    };
    let mut codes: Vec<_> = books.iter().map(|book| book.account.currency.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    Ok(codes)
}

/// How it goes with a partner, and since when.
fn state(view: &PartnerView, ways: Option<&[Direction; 2]>) -> (&'static str, Option<i64>) {
    let (link, partner) = (&view.link.link, &view.partner);
    if link.frozen.is_some() {
        return ("frozen", None);
    }
    if let Some((since, _)) = &partner.suspended {
        return ("suspended", Some(micros(*since)));
    }
    if partner.url.is_empty() {
        return ("noaddress", None);
    }
    if partner.keys.iter().all(|key| key.until.is_some()) {
        return ("nokey", None);
    }
    let Some([asking, asked]) = ways else { return ("unheard", None) };
    match (&asking.trouble, asking.last_success.max(asked.last_success)) {
        (Some(trouble), _) => ("silent", Some(micros(trouble.since))),
        (None, None) => ("unheard", None),
        (None, Some(_)) => ("working", None),
    }
}

fn card(own: &str, (view, partner): &Known) -> PartnerCard {
    let (link, agreed) = (&view.link.link, &view.partner);
    let ways = partner.as_ref().map(|it| [it.status.asking(), it.status.asked()]);
    let (state, since) = state(view, ways.as_ref());
    let fund = |held: Option<(u64, u64, &'static str)>, most: Option<u64>| {
        let (balance, held, code) = held?;
        let currency: Currency = code.parse().ok()?;
        let of = |minor| amount(minor, currency);
        Some(PartnerFund { balance: of(balance), held: of(held), most: most.map(of) })
    };
    let trouble = |direction: &Direction| {
        let it = direction.trouble.as_ref()?;
        Some(BoardTrouble {
            code: it.fault.code.to_owned(),
            detail: it.fault.detail.clone(),
            said_by: if it.fault.theirs { &link.name } else { own }.to_owned(),
            since: micros(it.since),
            times: it.times,
        })
    };
    let troubles = ways.iter().flatten().zip([true, false]);
    let today = wall().0 / 86_400_000_000;
    let today = u32::try_from(today).unwrap_or(u32::MAX);
    let last = |at: usize| ways.as_ref().and_then(|ways| ways[at].last_success).map(micros);
    PartnerCard {
        number: link.peer,
        link: view.number,
        name: link.name.clone(),
        wallet: wallet_of(view),
        url: agreed.url.clone(),
        source: agreed.source.clone(),
        state,
        since,
        note: agreed.suspended.as_ref().map(|(_, note)| note.clone()),
        frozen: link.frozen.as_ref().map(|reason| BoardFrozen {
            cell: own.to_owned(),
            peer: link.name.clone(),
            code: reason.code().to_owned(),
            note: match reason {
                FreezeReason::ByOperator { note } => Some(note.clone()),
                _ => None,
            },
        }),
        here: fund(view.link.nostro, agreed.most_prefund),
        there: fund(view.link.mirror, None),
        in_doubt: link.in_flight,
        in_doubt_since: link.unanswered.front().map(|oldest| micros(oldest.sent)),
        heard: last(1),
        answered: last(0),
        troubles: troubles.filter_map(|(way, ours)| Some((ours, trouble(way)?))).collect(),
        messages: (link.sent, link.received),
        keys: agreed
            .keys
            .iter()
            .map(|known| {
                let (id, key) = key_words(&link.name, known);
                let (since, until) = (micros(known.since), known.until.map(micros));
                PartnerKeyLine { id, key, since, until }
            })
            .collect(),
        days: (0..DAYS.min(today)).map(|ago| days::written(today - ago).to_string()).collect(),
    }
}

fn wallet_of(view: &PartnerView) -> String {
    view.partner.wallets.last().map(|(_, name)| name.clone()).unwrap_or_default()
}

/// Agrees on something with a partner, or believes a key, or not any more.
pub(super) async fn agree(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    done(&desk, &headers, &body, &DONE[..4]).await
}

/// Suspends a partner, or resumes: more of the staff may do that than agree on anything.
pub(super) async fn suspend(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    done(&desk, &headers, &body, &DONE[4..]).await
}

async fn done(desk: &Desk, headers: &HeaderMap, body: &[u8], acts: &[&'static str]) -> Response {
    let form = act::own(headers, body);
    let known = form.as_ref().ok().and_then(|form| {
        let act = text(form, "act");
        acts.iter().find(|known| **known == act).copied()
    });
    let done = match (&form, known) {
        (Ok(form), Some(act)) => decided(desk, form, act).await,
        (Ok(_), None) => Err(Refused::of_page(400, "form_unfit")),
        (Err(refused), _) => Err(refused.again()),
    };
    let (act, form) = (known.unwrap_or("set"), form.unwrap_or_default());
    let Err(refused) = done else {
        let (at, cell, lang) = (desk.partners(), plain(text(&form, "cell")), desk.lang.tag());
        return see_other(&format!("{at}?cell={cell}&done={act}&lang={lang}"));
    };
    let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
    let partner = text(&form, "partner").parse().ok();
    let (problem, typed) = (worded(refused.problem, act), typed(&form));
    let wrong = PartnerWrong { form: act, partner, problem, typed };
    let mut page = whole(desk, &form, Some(wrong)).await;
    *page.status_mut() = status;
    page
}

/// A refusal in words of the form: what can't be changed, or undone.
fn worded(problem: view::Problem, act: &str) -> view::Problem {
    let code = match (problem.code.as_str(), act) {
        ("already_done", "set") => "partner_fixed",
        ("already_done", "trust") => "partner_key_ended",
        ("field_invalid", "set") => "partner_taken",
        _ => return problem,
    };
    view::Problem { code: code.to_owned(), sentence: None }
}

fn typed(form: &Form) -> PartnerTyped {
    let of = |name| text(form, name).to_owned();
    PartnerTyped {
        number: of("number"),
        name: of("name"),
        wallet: of("wallet"),
        url: of("url"),
        pays_here: of("pays_here"),
        paid_there: of("paid_there"),
        most: of("most"),
        source: of("source"),
        trust: of("trust"),
        note: of("note"),
    }
}

async fn decided(desk: &Desk, form: &Form, act: &'static str) -> Result<(), Refused> {
    let cell = desk.chosen(form.get("cell").map(String::as_str))?;
    let edge = desk.board.edge();
    if act == "make" {
        let partners = partners_of(edge, &cell.site).ok_or_else(Problem::internal)?.clone();
        let made = tokio::task::spawn_blocking(move || partners.keys().own()).await;
        return match made {
            Ok(Ok(_)) => Ok(()),
            failed => {
                tracing::error!(?failed, "the key of a cell can't be made");
                Err(Problem::internal().into())
            }
        };
    }
    let (all, _) = known(edge, &Caller::of(&cell.site, cell.actor)).await?;
    let number: Option<u16> = text(form, "partner").parse().ok();
    let partner = all.iter().find(|(view, _)| Some(view.link.link.peer) == number);
    let partner = partner.map(|(view, _)| view);
    let unknown = || Problem::refused(&economy::Refusal::LinkNotFound);
    let command: pay::Command = match (act, partner) {
        ("set", partner) if partner.is_some() || number.is_none() => {
            let agreed = agreement(form, partner).map_err(of_page)?;
            let is_known = |(view, _): &Known| view.link.link.peer == agreed.number;
            if partner.is_none() && all.iter().any(is_known) {
                return Err(of_page("partner_fixed"));
            }
            agreed.command(edge)?.into()
        }
        (_, None) => return Err(unknown().into()),
        ("trust" | "end", Some(view)) => {
            let key =
                key_of(&view.link.link.name, text(form, "trust")).map_err(|why| match why {
                    NotItsKey::Unfit(_) => of_page("partner_key_unfit"),
                    NotItsKey::Of(_) => of_page("partner_key_of_another"),
                })?;
            SetPartnerKey { peer: view.link.link.peer, key, trusted: act == "trust" }.into()
        }
        (_, Some(view)) => {
            let (suspended, note) = (act == "suspend", text(form, "note").to_owned());
            if note.is_empty() {
                return Err(of_page("partner_note_missing"));
            }
            SuspendPartner { peer: view.link.link.peer, suspended, note }.into()
        }
    };
    let said = ["act", "partner", "number", "name", "wallet", "url", "pays_here", "paid_there"];
    let said = said.iter().chain(&["most", "source", "trust", "note"]);
    let said: Vec<&str> = said.map(|name| text(form, name)).collect();
    let key = act::fingerprint(cell, "partners", form, &said)?;
    act::submit(cell, key, command).await?;
    Ok(())
}

fn of_page(code: &'static str) -> Refused {
    Refused::of_page(422, code)
}

/// What is to be agreed, from what was typed: with a partner that is known all but what never changes.
fn agreement(form: &Form, known: Option<&PartnerView>) -> Result<NewPartner, &'static str> {
    let short = |name, most, code| {
        let words = text(form, name);
        let fits = (1..=most).contains(&words.chars().count());
        if fits { Ok(words.to_owned()) } else { Err(code) }
    };
    let wallet = short("wallet", 40, "partner_wallet_unfit")?;
    let (number, name, pays_here, paid_there) = match known {
        Some(view) => {
            let of = |held: Option<(u64, u64, &'static str)>| {
                held.and_then(|(_, _, code)| code.parse().ok()).map(Text)
            };
            let link = &view.link.link;
            (link.peer, link.name.clone(), of(view.link.nostro), of(view.link.mirror))
        }
        None => {
            let name = text(form, "name");
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if !(1..=6).contains(&name.len()) || !name.bytes().all(plain) {
                return Err("partner_name_unfit");
            }
            let number = text(form, "number").parse().ok().filter(|number| *number > 0);
            let number = number.ok_or("partner_number_unfit")?;
            let of = |field| match text(form, field) {
                "" => Ok(None),
                code => code.parse().map(|code| Some(Text(code))).map_err(|_| "form_unfit"),
            };
            (number, name.to_owned(), of("pays_here")?, of("paid_there")?)
        }
    };
    if pays_here.is_none() && paid_there.is_none() {
        return Err("partner_direction_missing");
    }
    let most_prefund = match (text(form, "most"), &pays_here) {
        ("", _) | (_, None) => None,
        (typed, Some(Text(currency))) => {
            let read = Unit::of_currency(*currency).read_typed(typed)?;
            Some(u64::try_from(read.minor).map_err(|_| "form_unfit")?)
        }
    };
    let url = text(form, "url").trim_end_matches('/').to_owned();
    let begins = url.starts_with("https://") || url.starts_with("http://");
    let graphic = url.len() <= 200 && url.bytes().all(|b| b.is_ascii_graphic() && b != b'?');
    let fits = url.is_empty() || (begins && graphic);
    if !fits {
        return Err("partner_url_unfit");
    }
    let source = short("source", 120, "partner_source_unfit")?;
    Ok(NewPartner { number, name, wallet, url, pays_here, paid_there, most_prefund, source })
}

/// The partner and the day of an address.
async fn asked(
    desk: &Desk,
    cell: &Watched,
    (number, day): (&str, &str),
) -> Result<(PartnerView, Arc<Partner>, Day), Problem> {
    let unknown = || Problem::refused(&economy::Refusal::LinkNotFound);
    let number: u16 = number.parse().map_err(|_| unknown())?;
    let day: Day = day.parse().map_err(|why: &str| Problem::new("field_invalid", why))?;
    let (all, _) = known(desk.board.edge(), &Caller::of(&cell.site, cell.actor)).await?;
    let found = all.into_iter().find(|(view, _)| view.link.link.peer == number);
    let (view, partner) = found.ok_or_else(unknown)?;
    Ok((view, partner.ok_or_else(unknown)?, day))
}

async fn theirs_of(partner: &Arc<Partner>, day: Day) -> Result<Told, Problem> {
    let partner = Arc::clone(partner);
    let ask = move || partner.day(&day.to_string());
    let told = tokio::task::spawn_blocking(ask).await.map_err(|_| Problem::internal())?;
    told.map_err(|fault| Problem::new(fault.code, fault.detail))
}

/// One day with a partner: what each side sent, and whether both have the same.
pub(super) async fn day(
    desk: Desk,
    Path((_, number, day)): Path<(String, String, String)>,
    Query(query): Query<Form>,
) -> Response {
    let found = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let (view, partner, day) = asked(&desk, cell, (&number, &day)).await?;
        let ours = sent_on(&partner, day).await?;
        let theirs = theirs_of(&partner, day).await;
        let verdict = match &theirs {
            Ok(theirs) => Some(held_against(&view, &partner, day, theirs).await?),
            Err(_) => None,
        };
        let here = format!("{}/{number}/{day}?cell={}", desk.partners(), cell.site.name());
        let chrome = desk.still_chrome(&here);
        Ok(html(&markup::partner_day_page(&PartnerDayPage {
            chrome,
            base: desk.base().to_owned(),
            cell: cell.site.name().to_owned(),
            number: view.link.link.peer,
            wallet: wallet_of(&view),
            day: day.to_string(),
            ours: sum(&ours),
            theirs: theirs.as_ref().map(sum).map_err(super::told),
            verdict,
        })))
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

fn sum(of: &Told) -> PartnerDaySum {
    let lines = of.lines.len() as u64;
    PartnerDaySum {
        lines,
        first: if lines == 0 { 0 } else { of.before.number + 1 },
        number: of.through.number,
        witness: of.through.witness.to_string(),
    }
}

/// Whether what a partner says that it sent is what was handled here: the witnesses at the last
/// number are the same only if all lines before it are.
async fn held_against(
    view: &PartnerView,
    partner: &Arc<Partner>,
    day: Day,
    theirs: &Told,
) -> Result<&'static str, Problem> {
    let last = theirs.through;
    // The partner's clock may be ahead of ours; and a day without messages goes on from one before.
    let from = match days::read(day) {
        Some(day) if !theirs.lines.is_empty() => days::begins(day, 0).minus(Span::hours(1)),
        _ => Timestamp::default(),
    };
    let of = Arc::clone(partner);
    let heard = tokio::task::spawn_blocking(move || of.outbox.heard(last.number, from)).await;
    let heard = heard.ok().and_then(Result::ok).ok_or_else(Problem::internal)?;
    Ok(verdict(last, view.link.link.received, heard))
}

/// What comes of a partner's last number and witness, where so many of its messages were handled and
/// this witness was computed at that number.
fn verdict(last: Chain, received: u64, heard: Option<Hash>) -> &'static str {
    match heard {
        None if last.number > received => "under_way",
        Some(heard) if heard == last.witness => "same",
        _ => "differs",
    }
}

fn csv(partner: &str, whose: &str, day: Day, file: String) -> Result<Response, Problem> {
    let name = format!("attachment; filename=\"{partner}-{day}-{whose}.csv\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Problem::internal())?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response())
}

/// Whose file of a day.
#[derive(Clone, Copy)]
enum Whose {
    Ours,
    Theirs,
}

/// Our file of a day, as the partner is given it.
pub(super) async fn ours(desk: Desk, path: Path<Of>, query: Query<Form>) -> Response {
    day_file(desk, path, query, Whose::Ours).await
}

/// The partner's file of a day, as it gives it.
pub(super) async fn theirs(desk: Desk, path: Path<Of>, query: Query<Form>) -> Response {
    day_file(desk, path, query, Whose::Theirs).await
}

async fn day_file(
    desk: Desk,
    Path((_, number, day)): Path<Of>,
    Query(query): Query<Form>,
    whose: Whose,
) -> Response {
    let found = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let (view, partner, day) = asked(&desk, cell, (&number, &day)).await?;
        let (word, file) = match whose {
            Whose::Ours => ("ours", sent_on(&partner, day).await?.write()),
            Whose::Theirs => ("theirs", theirs_of(&partner, day).await?.write()),
        };
        csv(&view.link.link.name, word, day, file)
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_from_what_was_handled() {
        let last = Chain { number: 7, witness: Hash([1; 32]) };
        assert_eq!(verdict(last, 7, Some(Hash([1; 32]))), "same");
        assert_eq!(verdict(last, 7, Some(Hash([2; 32]))), "differs");
        assert_eq!(verdict(last, 6, None), "under_way");
        assert_eq!(verdict(last, 7, None), "differs");
    }
}
