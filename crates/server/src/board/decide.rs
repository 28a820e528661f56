//! Staff decide: a second person about changes of terms, and the staff about payments that a rule
//! sent to them.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query as CellQuery};
use kernel::id::{Payment, Proposal as ProposalKind};
use kernel::{Id, Role};
use pay::command::{ApproveProposal, RejectCase, RejectProposal, ReleaseCase};
use pay::state::CaseState;
use pay::{CaseRow, PartyView, ProposalRow};

use super::act::{self, Form, Refused, text};
use super::{Desk, Watched, amount, failed, html, micros, own_language, see_other};
use crate::api::operator::proposals::Proposal;
use crate::cells::now as wall;
use crate::code::Code;
use crate::people::{NAME, with_vault};
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::view::{self, CaseCard, DecidePage, Decider, Foreign, ProposalCard};

/// What a form can have done.
const DONE: [&str; 4] = ["agreed", "turned-down", "released", "rejected"];
/// How many that were decided are shown.
const DECIDED: usize = 20;

/// What waits.
pub(super) async fn page(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    whole(&desk, &query, None).await
}

async fn whole(desk: &Desk, query: &Form, wrong: Option<(String, view::Problem)>) -> Response {
    match found(desk, query).await {
        Ok(page) => html(&markup::decide_page(&DecidePage { wrong, ..page })),
        Err(problem) => failed(desk, &problem),
    }
}

async fn found(desk: &Desk, query: &Form) -> Result<DecidePage, Problem> {
    let cell = desk.chosen(query.get("cell").map(String::as_str))?;
    let (mut proposals, mut decided, mut cases) = (Vec::new(), Vec::new(), Vec::new());
    for row in &changes(cell, true).await? {
        proposals.push(change(cell, row).await);
    }
    for row in changes(cell, false).await?.iter().rev().take(DECIDED) {
        decided.push(change(cell, row).await);
    }
    let Answer::Cases(rows) = cell.site.ask(CellQuery::Cases).await?.value else {
        return Err(Problem::internal());
    };
    for row in rows {
        cases.push(case(cell, row).await);
    }
    let name = cell.site.name();
    let chrome = desk.still_chrome(&format!("{}/decide?cell={name}", desk.base()));
    Ok(DecidePage {
        chrome,
        base: desk.base().to_owned(),
        cell: name.to_owned(),
        at: micros(wall()),
        zone: cell.zone,
        done: query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word)),
        key: Code::generate("form").reveal(),
        wrong: None,
        proposals,
        decided,
        cases,
    })
}

async fn changes(cell: &Watched, waiting: bool) -> Result<Vec<ProposalRow>, Problem> {
    let asked = CellQuery::Proposals { now: wall(), waiting };
    match cell.site.ask(asked).await?.value {
        Answer::Proposals(rows) => Ok(rows),
        _ => Err(Problem::internal()),
    }
}

async fn change(cell: &Watched, row: &ProposalRow) -> ProposalCard {
    let told = Proposal::of(row);
    let decided = match &row.proposal.decided {
        Some(it) => {
            let by = who(cell, row.decided_by.as_ref()).await;
            Some((by, micros(it.at), it.rejected.clone()))
        }
        None => None,
    };
    ProposalCard {
        id: told.id.0.to_string(),
        change: told.change,
        from: row.proposal.change.starts().map(micros),
        note: told.note,
        values: told.values,
        by: who(cell, row.by.as_ref()).await,
        since: micros(row.proposal.since),
        decided,
    }
}

/// Whoever did something, by the name that the vault has.
async fn who(cell: &Watched, person: Option<&PartyView>) -> Decider {
    let Some(known) = person.filter(|known| known.role != Role::Cell) else {
        return Decider::Founder;
    };
    if known.party.number == cell.actor.person {
        return Decider::You;
    }
    let id = known.id;
    let name = with_vault(&cell.site, move |vault| vault.get(id.0, NAME)).await.ok().flatten();
    let name = name.map(|name| name.as_str().to_owned());
    Decider::Named(name.unwrap_or_else(|| known.party.to_string()))
}

async fn case(cell: &Watched, row: CaseRow) -> CaseCard {
    let CaseRow { case, wallet, currency, .. } = row;
    let store = match cell.site.ask(CellQuery::Look(case.store, None, None)).await {
        Ok(answer) => match answer.value {
            Answer::Look(look) => look.name,
            _ => case.store.to_string(),
        },
        Err(_) => case.store.to_string(),
    };
    CaseCard {
        payment: case.payment.to_string(),
        state: case.state.word(),
        rule: case.rule,
        wallet: wallet.map(|wallet| wallet.to_string()),
        store: Foreign { text: store, lang: own_language(&cell.site) },
        amount: amount(case.amount, currency),
        since: micros(case.since),
        until: micros(case.until),
        reason: match case.state {
            CaseState::Rejected { reason, .. } => Some(reason),
            _ => None,
        },
    }
}

/// Agrees to a change or turns it down; lets a payment go on or turns it down.
pub(super) async fn decide(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = act::own(&headers, &body);
    let done = match &form {
        Ok(form) => decided(&desk, form).await,
        Err(why) => Err(why.again()),
    };
    let form = form.unwrap_or_default();
    match done {
        Ok((word, cell)) => {
            let (base, lang) = (desk.base(), desk.lang.tag());
            see_other(&format!("{base}/decide?cell={cell}&done={word}&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let whose = [text(&form, "proposal"), text(&form, "payment")].concat();
            let query = form.into_iter().filter(|(name, _)| name == "cell").collect();
            let page = whole(&desk, &query, Some((whose, problem))).await;
            match page.status().is_success() {
                true => (status, page).into_response(),
                false => page,
            }
        }
    }
}

async fn decided<'a>(desk: &'a Desk, form: &Form) -> Result<(&'static str, &'a str), Refused> {
    let cell = desk.chosen(form.get("cell").map(String::as_str))?;
    let proposal = || -> Result<Id<ProposalKind>, Problem> {
        let unknown = |_| Problem::refused(&economy::Refusal::Pay(pay::Refusal::ProposalNotFound));
        text(form, "proposal").parse().map_err(unknown)
    };
    let payment = || -> Result<Id<Payment>, Problem> {
        let unknown = |_| Problem::refused(&economy::Refusal::Pay(pay::Refusal::CaseNotFound));
        text(form, "payment").parse().map_err(unknown)
    };
    let reason = text(form, "reason").to_owned();
    let (command, word) = match text(form, "act") {
        "agree" => (pay::Command::from(ApproveProposal { proposal: proposal()? }), "agreed"),
        "turn-down" => {
            (RejectProposal { proposal: proposal()?, reason: reason.clone() }.into(), "turned-down")
        }
        "release" => (ReleaseCase { payment: payment()? }.into(), "released"),
        "reject" => (RejectCase { payment: payment()?, reason: reason.clone() }.into(), "rejected"),
        _ => return Err(Problem::new("text_unfit", "Agree to it or turn it down.").into()),
    };
    let said = ["act", "proposal", "payment"].map(|name| text(form, name));
    let content: Vec<&str> = said.into_iter().chain([reason.as_str()]).collect();
    let fingerprint = act::fingerprint(cell, "decide", form, &content)?;
    act::submit(cell, fingerprint, command).await?;
    Ok((word, cell.site.name()))
}
