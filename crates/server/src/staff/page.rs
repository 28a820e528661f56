//! The page of the staff, and its forms.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use economy::people::Duty;
use kernel::Timestamp;
use kernel::id::Party;
use serde::Deserialize;

use super::work::{Known, Lead, name_of};
use crate::cells::now;
use crate::code::Code;
use crate::enter::Door;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::session::{self, Session, see_other};
use crate::web::error;
use crate::web::staff as markup;
use crate::web::text::Lang;
use crate::web::view::{self, Invited, MemberRow, StaffPage};

fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn told(problem: &Problem) -> view::Problem {
    view::Problem { code: problem.code.to_owned(), sentence: Some(problem.detail.clone()) }
}

/// A request of the page.
struct Asked<'a> {
    door: &'a Door,
    session: &'a Session,
    lang: Lang,
    lead: Lead,
}

/// What a form's answer adds to the page.
#[derive(Default)]
struct Added {
    typed: String,
    invited: Option<Invited>,
    problem: Option<Problem>,
    done: bool,
}

impl<'a> Asked<'a> {
    fn of(door: &'a Door, session: &'a Session, lang: Lang) -> Self {
        let lead = Lead { site: session.site.clone(), actor: session.actor };
        Self { door, session, lang, lead }
    }

    async fn staff(&self, added: Added) -> Result<StaffPage, Problem> {
        let give = self.lead.may_give();
        let own = self.session.actor.person;
        let row = |known: Known| MemberRow {
            leads: give.contains(&known.member.duty) && known.person.number != own,
            own: known.person.number == own,
            person: known.person.to_string(),
            name: known.name,
            duty: known.member.duty,
            since: micros(known.member.since),
            ended: known.member.ended.map(micros),
            passkeys: known.passkeys,
            used: known.used.map(micros),
        };
        let members = self.lead.members(self.session.actor.party).await?;
        let base = &self.session.base;
        Ok(StaffPage {
            chrome: self.door.chrome(self.lang, &format!("{base}/staff")),
            base: base.clone(),
            shop: self.session.actor.role == kernel::Role::Merchant,
            members: members.into_iter().map(row).collect(),
            duties: give.clone(),
            now: micros(now()),
            zone: crate::board::zone(&self.session.site.country),
            key: self.session.site.fresh::<Party>().to_string(),
            typed: added.typed,
            invited: added.invited,
            done: added.done,
            problem: added.problem.as_ref().map(told),
        })
    }

    async fn answer(&self, added: Added) -> Response {
        let refused = added.problem.as_ref().map(|problem| problem.status);
        let status = refused.and_then(|status| StatusCode::from_u16(status).ok());
        match self.staff(added).await {
            Ok(page) => {
                let html = Html(markup::page(&page).into_string());
                (status.unwrap_or(StatusCode::OK), html).into_response()
            }
            Err(problem) => {
                let chrome = self.door.chrome(self.lang, &self.session.base);
                let page = error::page(&chrome, &told(&problem));
                (StatusCode::SERVICE_UNAVAILABLE, Html(page.into_string())).into_response()
            }
        }
    }

    async fn invite(&self, known: &Known, headers: &HeaderMap) -> Result<Invited, Problem> {
        let (_, code) = self.lead.invite(None, known).await?;
        let code = code.as_ref().map(Code::reveal).ok_or_else(Problem::internal)?;
        let link = session::address(headers, &format!("/enter/{code}"));
        let name = known.name.clone().unwrap_or_else(|| known.person.to_string());
        Ok(Invited { name, code, link })
    }
}

fn foreign() -> Problem {
    Problem::new("sign_in_foreign", "Another site sends this form; nothing was done.")
}

/// The page.
pub(super) async fn page(State(door): State<Door>, lang: Lang, session: Session) -> Response {
    Asked::of(&door, &session, lang).answer(Added::default()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    key: String,
    name: String,
    duty: String,
    act: String,
}

fn duty_of(word: &str) -> Result<Duty, Problem> {
    let known = Duty::ALL.into_iter().find(|duty| duty.word() == word);
    known.ok_or_else(|| Problem::refused(&economy::Refusal::DutyUnfit))
}

/// Adds a member, and shows the invitation once.
pub(super) async fn add(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let typed: Typed = read_form(&body).unwrap_or_default();
    let asked = Asked::of(&door, &session, lang);
    let added = async {
        if session::is_foreign(&headers) {
            return Err(foreign());
        }
        let (name, duty) = (name_of(&typed.name)?, duty_of(&typed.duty)?);
        let unfit =
            || Problem::new("form_unfit", "The form's key is missing; open the page again.");
        let id = typed.key.parse().map_err(|_| unfit())?;
        let person = asked.lead.add(None, id, session.actor.party, name, duty).await?.value;
        let known = asked.lead.member(person).await?;
        asked.invite(&known, &headers).await
    };
    let added = match added.await {
        Ok(invited) => Added { invited: Some(invited), ..Added::default() },
        Err(problem) => {
            Added { problem: Some(problem), typed: typed.name.clone(), ..Added::default() }
        }
    };
    asked.answer(added).await
}

/// Another duty, another invitation, or the end of it.
pub(super) async fn change(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    Path((_, person)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let typed: Typed = read_form(&body).unwrap_or_default();
    let asked = Asked::of(&door, &session, lang);
    let changed = async {
        if session::is_foreign(&headers) {
            return Err(foreign());
        }
        let missing = || Problem::refused(&economy::Refusal::PartyNotFound);
        let known = asked.lead.member(person.parse().map_err(|_| missing())?).await?;
        match typed.act.as_str() {
            "invite" => return asked.invite(&known, &headers).await.map(Some),
            "end" => asked.lead.end(known.person).await?,
            _ => asked.lead.set_duty(None, known.person, duty_of(&typed.duty)?).await?,
        };
        Ok(None)
    };
    match changed.await {
        Ok(None) => see_other(&format!("{}/staff?done=1&lang={}", session.base, lang.tag())),
        Ok(invited) => asked.answer(Added { invited, ..Added::default() }).await,
        Err(problem) => asked.answer(Added { problem: Some(problem), ..Added::default() }).await,
    }
}
