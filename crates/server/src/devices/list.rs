//! The page of a person's devices: passkeys, where they are signed in, codes; each can be ended.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use economy::people::command::{EndPasskey, EndSession};
use economy::people::{KeyForm, Opened};
use economy::{Command, RevokeKey};
use kernel::id::Key;
use kernel::{Id, Timestamp};
use serde::Deserialize;

use super::answer::{label_field, vault_id};
use crate::cells::now;
use crate::enter::Door;
use crate::http::form::read_form;
use crate::passkeys;
use crate::people::with_vault;
use crate::problem::Problem;
use crate::session::{self, Session, see_other};
use crate::web::devices as markup;
use crate::web::text::Lang;
use crate::web::view::{self, CodeRow, DevicesPage, PasskeyRow, SessionRow};

fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

impl Door {
    async fn devices(
        &self,
        session: &Session,
        lang: Lang,
        headers: &HeaderMap,
        problem: Option<&Problem>,
        query: &str,
    ) -> Result<DevicesPage, Problem> {
        let (site, person) = (&session.site, session.actor.person);
        let id = vault_id(site, person).await?;
        let (mut passkeys, sessions) = site.keys.people(|people| {
            let passkeys = people.passkeys_of(person).map(|(number, known)| PasskeyRow {
                id: number.to_string(),
                label: None,
                since: micros(known.since),
                used: micros(known.used),
            });
            let open = people.sessions_of(person).filter(|(_, it)| it.expires > now());
            let sessions = open.map(|(id, known)| SessionRow {
                id: id.to_string(),
                since: micros(known.since),
                expires: micros(known.expires),
                this: id == session.key,
            });
            (passkeys.collect::<Vec<_>>(), sessions.collect::<Vec<_>>())
        });
        let fields: Vec<_> =
            passkeys.iter().map(|row| row.id.parse().map_or(String::new(), label_field)).collect();
        let labels = with_vault(site, move |vault| {
            fields.iter().map(|field| vault.get(id.0, field)).collect::<Result<Vec<_>, _>>()
        });
        // A page without names is better than none while the vault does not answer.
        let labels = labels.await.unwrap_or_default();
        for (row, label) in passkeys.iter_mut().zip(labels) {
            row.label = label.map(|label| label.as_str().to_owned());
        }
        passkeys.sort_by_key(|row| row.since);
        let codes = site.keys.keys_of(person, now()).into_iter();
        let codes = codes.filter(|(_, key)| key.form != KeyForm::Api).map(|(id, key)| CodeRow {
            id: id.to_string(),
            since: id.made_at().map(micros),
            once: key.form == KeyForm::Invitation,
            this: session.opened.is_none() && id == session.key,
        });
        let path = "/me".to_owned();
        Ok(DevicesPage {
            chrome: self.chrome(lang, &path),
            home: session::first_page_of(session.actor.role, session.scopes),
            can_add: passkeys::relying(&self.edge, headers).is_ok(),
            now: micros(now()),
            zone: crate::board::zone(&site.country),
            codes: codes.collect(),
            passkeys,
            sessions,
            new: query.contains("new=1"),
            done: query.contains("done="),
            problem: problem.map(told),
        })
    }
}

fn told(problem: &Problem) -> view::Problem {
    view::Problem { code: problem.code.to_owned(), sentence: Some(problem.detail.clone()) }
}

/// The page.
pub(super) async fn page(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    shown(&door, &session, lang, &headers, None, &query.unwrap_or_default()).await
}

async fn shown(
    door: &Door,
    session: &Session,
    lang: Lang,
    headers: &HeaderMap,
    problem: Option<&Problem>,
    query: &str,
) -> Response {
    match door.devices(session, lang, headers, problem, query).await {
        Ok(page) => Html(markup::page(&page).into_string()).into_response(),
        Err(problem) => {
            let page = crate::web::error::page(&door.chrome(lang, "/me"), &told(&problem));
            Html(page.into_string()).into_response()
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ending {
    passkey: String,
    session: String,
    code: String,
}

impl Ending {
    fn command(&self, session: &Session) -> Option<Command> {
        let person = session.actor.person;
        let keys = || session.site.keys.keys_of(person, now());
        if let Ok(passkey) = self.passkey.parse() {
            return Some(Command::EndPasskey(EndPasskey { passkey }));
        }
        if let Ok(id) = self.session.parse::<Id<Key>>() {
            return Some(Command::EndSession(EndSession { person, id }));
        }
        let id = self.code.parse::<Id<Key>>().ok()?;
        // The cell ends a key for whoever may ask; here a person ends their own.
        let own = keys().into_iter().any(|(known, _)| known == id);
        own.then_some(Command::RevokeKey(RevokeKey { id }))
    }
}

/// Ends one of them. A passkey is ended by who signed in with one: a session that a code opened and that
/// somebody else got hold of can't do away with what guards the person's money.
pub(super) async fn end(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked: Ending = read_form(&body).unwrap_or_default();
    let ended = async {
        if session::is_foreign(&headers) {
            return Err(Problem::new("sign_in_foreign", "Another site sends this."));
        }
        let missing = || Problem::refused(&economy::Refusal::KeyNotFound);
        let command = asked.command(&session).ok_or_else(missing)?;
        let by_passkey = |opened: &Opened| matches!(opened, Opened::Passkey(_));
        let opened = session.opened.as_ref().map(|it| &it.by);
        if matches!(command, Command::EndPasskey(_)) && !opened.is_some_and(by_passkey) {
            return Err(Problem::new(
                "passkey_session",
                "Sign in with a passkey, then end the other one here.",
            ));
        }
        super::done(&session.site, session.actor, command).await
    };
    match ended.await {
        Ok(_) if session.is_live() => see_other(&format!("/me?done=ended&lang={}", lang.tag())),
        Ok(_) => see_other(&format!("/enter?lang={}", lang.tag())),
        Err(problem) => shown(&door, &session, lang, &headers, Some(&problem), "").await,
    }
}
