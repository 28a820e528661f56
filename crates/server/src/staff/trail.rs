//! Who did what, for the page, the API and the file: the rows of the views with names and duties.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use economy::people::Duty;
use kernel::id::Party;
use kernel::{Actor, Ref, Role, Timestamp};
use views::{DoingRow, DoingsOf};

use crate::cells::{Site, now};
use crate::devices::vault_id;
use crate::duty::Scope;
use crate::edge::Edge;
use crate::enter::Door;
use crate::http::csv::{Table, amount, answer, text};
use crate::people::{NAME, with_vault};
use crate::problem::Problem;
use crate::refused::Refused;
use crate::session::Session;
use crate::web::text::Lang;
use crate::web::view::{self, TrailLine, TrailPage, TriedLine, Unit};
use crate::web::{error, trail as markup};

/// How many lines a page has.
const LINES: usize = 50;
/// So many refusals a page shows.
const TRIED: usize = 20;
/// The most lines of a file.
const MOST_LINES: usize = 10_000;
/// How many are read at a time.
const STEP: usize = 500;

/// Who did something.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Their name, for as long as the vault has it.
    pub name: Option<String>,
    /// What they are there for now.
    pub duty: Option<Duty>,
}

/// The rows that somebody may see: a shop sees its own, an operator those of the cell.
pub fn seen_by(actor: Actor, before: Option<u64>) -> DoingsOf {
    let party = (actor.role != Role::Operator).then_some(actor.party);
    DoingsOf { party, before, ..DoingsOf::default() }
}

/// Rows, the newest first.
///
/// # Errors
/// `lists_not_available`.
pub async fn rows(
    edge: &Edge,
    site: &Site,
    of: DoingsOf,
    limit: usize,
) -> Result<Vec<DoingRow>, Problem> {
    let unavailable = || Problem::new("lists_not_available", "Lists are being rebuilt.");
    let lists = edge.lists().and_then(|lists| lists.views(site.name())).ok_or_else(unavailable)?;
    match tokio::task::spawn_blocking(move || lists.doings(of, limit)).await {
        Ok(Ok(rows)) => Ok(rows),
        Ok(Err(why)) => {
            tracing::error!(%why, "the list of what was done can't be read");
            Err(unavailable())
        }
        Err(_) => Err(Problem::internal()),
    }
}

/// Who those of some rows are, each asked for once.
pub async fn who(site: &Arc<Site>, rows: &[DoingRow]) -> BTreeMap<u32, Who> {
    let mut known = BTreeMap::new();
    for row in rows.iter().filter(|row| row.person_ref.is_some()) {
        if known.contains_key(&row.person) {
            continue;
        }
        let person = row.person;
        let member = site.keys.people(|people| people.member(person).copied());
        let role = crate::authorize::role_of(&row.role);
        let duty = member.map(|member| member.duty).or_else(|| role.and_then(Duty::first));
        let name = match vault_id(site, person).await {
            Ok(id) => with_vault(site, move |vault| vault.get(id.0, NAME)).await.ok().flatten(),
            Err(_) => None,
        };
        known.insert(person, Who { name: name.map(|name| name.as_str().to_owned()), duty });
    }
    known
}

/// What was refused lately, with whose it was.
pub async fn refused(
    site: &Arc<Site>,
    actor: Actor,
    most: usize,
) -> Vec<(Refused, Option<Ref<Party>>, Who)> {
    let mut known: BTreeMap<u32, (Option<Ref<Party>>, Who)> = BTreeMap::new();
    let mut told = Vec::new();
    for it in site.refused.seen_by(actor, most) {
        let person = it.actor.person;
        let (reference, who) = match known.get(&person) {
            Some(known) => known.clone(),
            None => {
                let found = somebody(site, it.actor).await;
                known.entry(person).or_insert(found).clone()
            }
        };
        told.push((it, reference, who));
    }
    told
}

/// Who acts: as others refer to them, by name and duty.
async fn somebody(site: &Arc<Site>, actor: Actor) -> (Option<Ref<Party>>, Who) {
    let person = actor.person;
    let member = site.keys.people(|people| people.member(person).copied());
    let duty = member.map(|member| member.duty).or_else(|| Duty::first(actor.role));
    let Ok(id) = vault_id(site, person).await else { return (None, Who { name: None, duty }) };
    let reference = Ref::new(site.handle.info().number, person, id.tag());
    let name = with_vault(site, move |vault| vault.get(id.0, NAME)).await.ok().flatten();
    (Some(reference), Who { name: name.map(|name| name.as_str().to_owned()), duty })
}

fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn before_of(uri: &Uri) -> Option<u64> {
    let query = Query::<BTreeMap<String, String>>::try_from_uri(uri).ok()?;
    query.0.get("before")?.parse().ok()
}

/// The page.
pub(super) async fn page(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    uri: Uri,
) -> Response {
    let (site, base) = (&session.site, &session.base);
    let of = seen_by(session.actor, before_of(&uri));
    let chrome = door.chrome(lang, &format!("{base}/trail"));
    let rows = match rows(&door.edge, site, of, LINES + 1).await {
        Ok(rows) => rows,
        Err(problem) => {
            let (code, sentence) = (problem.code.to_owned(), Some(problem.detail));
            let page = error::page(&chrome, &view::Problem { code, sentence });
            return (StatusCode::SERVICE_UNAVAILABLE, Html(page.into_string())).into_response();
        }
    };
    let known = who(site, &rows).await;
    let next = (rows.len() > LINES).then(|| rows[LINES - 1].seq);
    let line = |row: &DoingRow| {
        let who = known.get(&row.person).cloned().unwrap_or_default();
        TrailLine {
            at: micros(row.at),
            name: who.name.or_else(|| row.person_ref.map(|person| person.to_string())),
            duty: who.duty,
            command: row.command.clone(),
            object: row.object.clone(),
            amount: row.amount.map(|money| {
                let minor = i64::try_from(money.minor).unwrap_or(i64::MAX);
                Unit::of_currency(money.currency).of(minor)
            }),
            signed: row.signed,
        }
    };
    let page = TrailPage {
        chrome,
        base: base.clone(),
        shop: session.actor.role == Role::Merchant,
        back: session.actor.role != Role::Merchant || session.scopes.has(Scope::Till),
        newest: of.before.is_none(),
        refused: tried(site, session.actor).await,
        refused_since: micros(site.refused.since()),
        lines: rows.iter().take(LINES).map(line).collect(),
        next,
        now: micros(now()),
        zone: crate::board::zone(&site.country),
    };
    Html(markup::page(&page).into_string()).into_response()
}

/// What was refused lately, as the page says it.
async fn tried(site: &Arc<Site>, actor: Actor) -> Vec<TriedLine> {
    let known = refused(site, actor, TRIED).await;
    let line = |(it, person, who): (Refused, Option<Ref<Party>>, Who)| TriedLine {
        at: micros(it.last),
        times: it.times,
        name: who.name.or_else(|| person.map(|person| person.to_string())),
        duty: who.duty,
        what: it.what,
        code: it.code,
    };
    known.into_iter().map(line).collect()
}

/// The same as a file.
pub(super) async fn file(State(door): State<Door>, session: Session) -> Response {
    match csv(&door.edge, &session.site, session.actor).await {
        Ok(bytes) => answer(&format!("trail-{}.csv", session.site.name()), bytes),
        Err(problem) => problem.into_response(),
    }
}

/// The newest rows that somebody may see, as a file: at most 10,000.
///
/// # Errors
/// `lists_not_available`.
pub async fn csv(edge: &Edge, site: &Arc<Site>, actor: Actor) -> Result<Vec<u8>, Problem> {
    let mut table = Table::new(&[
        "at", "party", "person", "name", "duty", "role", "command", "object", "amount", "currency",
        "signed", "position", "record",
    ])?;
    let mut of = seen_by(actor, None);
    for _ in 0..MOST_LINES / STEP {
        let rows = rows(edge, site, of, STEP).await?;
        let known = who(site, &rows).await;
        for row in &rows {
            let who = known.get(&row.person).cloned().unwrap_or_default();
            let reference = |party: Option<_>| {
                party.map_or(String::new(), |it: kernel::Ref<kernel::id::Party>| it.to_string())
            };
            table.row([
                crate::api::values::Moment(row.at).to_string(),
                reference(row.party),
                reference(row.person_ref),
                text(&who.name.unwrap_or_default()),
                who.duty.map_or(String::new(), |duty| duty.word().to_owned()),
                row.role.clone(),
                row.command.clone(),
                row.object.clone().unwrap_or_default(),
                row.amount.map_or(String::new(), |it| amount(it.minor, it.currency)),
                row.amount.map_or(String::new(), |it| it.currency.code().to_owned()),
                row.signed.to_string(),
                row.position.to_string(),
                row.index.to_string(),
            ])?;
        }
        match rows.last().filter(|_| rows.len() == STEP) {
            Some(last) => of.before = Some(last.seq),
            None => break,
        }
    }
    table.bytes()
}
