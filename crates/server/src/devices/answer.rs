//! What a page's script asks and answers: JSON to and from the browser's authenticator.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use economy::people::command::{AddPasskey, Shown as Presented};
use economy::people::{KeyForm, Opened, People};
use economy::{Answer, Command, Query, Reply};
use kernel::Id;
use kernel::id::Party;
use passkey::PATIENCE;
use serde::Deserialize;
use serde_json::json;

use crate::cells::Site;
use crate::duty::Scopes;
use crate::enter::Door;
use crate::passkeys::{self, Waiting, fresh_bytes, handle, unproven};
use crate::people::{NAME, with_vault};
use crate::problem::Problem;
use crate::session::{self, Session};
use crate::signing::{Shown, What};
use crate::throttle;
use crate::web::parts::{reason, sentence};
use crate::web::text::Lang;

/// The cookie that binds what is asked to the browser that asked.
const CEREMONY: &str = "enishi_ceremony";
/// The most characters of a device's name.
const MOST_LABEL: usize = 40;

/// A problem as a page's script shows it.
pub(crate) struct Told(pub Lang, pub Problem);

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let Self(lang, problem) = self;
        let todo = sentence(lang, problem.code, Some("todo")).unwrap_or_default();
        let message = format!("{}{}{todo}", reason(lang, problem.code), lang.gap());
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
        (status, Json(json!({ "code": problem.code, "message": message }))).into_response()
    }
}

fn foreign() -> Problem {
    Problem::new("sign_in_foreign", "Another site sends this; nothing was done.")
}

fn bind(name: &[u8; 32], headers: &HeaderMap) -> String {
    let secure = if session::came_by_tls(headers) { "; Secure" } else { "" };
    let (name, seconds) = (URL_SAFE_NO_PAD.encode(name), PATIENCE.as_secs());
    format!("{CEREMONY}={name}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// What this browser was asked for, once.
fn bound(door: &Door, headers: &HeaderMap) -> Option<Waiting> {
    let shown = session::cookie_of(headers, CEREMONY)?;
    let name = URL_SAFE_NO_PAD.decode(shown).ok()?.try_into().ok()?;
    door.edge.ceremonies().take(&name)
}

fn over() -> Problem {
    Problem::new("passkey_late", "This was asked too long ago or answered before; begin again.")
}

/// Asks a browser for whichever passkey its holder chooses.
pub(super) async fn ask_to_enter(
    State(door): State<Door>,
    lang: Lang,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Told> {
    let ask = || {
        if session::is_foreign(&headers) {
            return Err(foreign());
        }
        throttle::sign_ins(&door.edge, &headers, &extensions)?;
        let relying = passkeys::relying(&door.edge, &headers)?;
        let (challenge, name) = (fresh_bytes(), fresh_bytes());
        door.edge.ceremonies().begin(name, Waiting::SignIn { challenge })?;
        let cookie = [(header::SET_COOKIE, bind(&name, &headers))];
        Ok((cookie, Json(relying.request(&challenge, &[]))).into_response())
    };
    ask().map_err(|problem| Told(lang, problem))
}

/// Signs in whose passkey answered.
pub(super) async fn enter(
    State(door): State<Door>,
    lang: Lang,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Told> {
    let entered = async {
        if session::is_foreign(&headers) {
            return Err(foreign());
        }
        let Some(Waiting::SignIn { challenge }) = bound(&door, &headers) else {
            return Err(over());
        };
        let relying = passkeys::relying(&door.edge, &headers)?;
        let credential = passkey::credential_of(&body).map_err(|why| unproven(&why))?;
        let signer = passkeys::signer(&door.edge, &credential).await?;
        let proof = relying.proves(&challenge, &signer.credential, &body);
        let proof = proof.map_err(|why| unproven(&why))?;
        let shown = Presented::Passkey { number: signer.number, counter: proof.counter };
        let cookie = super::open(&signer.site, signer.actor, shown, &headers).await?;
        let scopes = signer.site.keys.scopes(signer.actor).unwrap_or(Scopes(0));
        let first = session::first_page_of(signer.actor.role, scopes);
        let to = format!("{first}?lang={}", lang.tag());
        Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "to": to }))).into_response())
    };
    entered.await.map_err(|problem| Told(lang, problem))
}

/// The id under which the vault has a person.
pub(crate) async fn vault_id(site: &Site, person: u32) -> Result<Id<Party>, Problem> {
    match site.ask(Query::Party(person)).await?.value {
        Answer::Party(Some(known)) => Ok(known.id),
        _ => Err(Problem::refused(&economy::Refusal::PartyNotFound)),
    }
}

/// One more passkey of somebody who has one.
fn another(session: &Session) -> Shown<'static> {
    let (key, actor, what) = (session.key, session.actor, What::Passkey);
    Shown { session: key, actor, operation: "AddPasskey", object: "", what, key: "" }
}

/// Whether a session was opened with an invitation and added no passkey yet: so comes back who lost
/// all of theirs.
fn is_invited(session: &Session) -> bool {
    let Some(opened) = session.opened else { return false };
    let Opened::Code(code) = opened.by else { return false };
    let person = session.actor.person;
    let added =
        |people: &People| people.passkeys_of(person).any(|(_, it)| it.since >= opened.since);
    session.site.keys.form_of(code) == Some(KeyForm::Invitation) && !session.site.keys.people(added)
}

/// Asks the browser of who is signed in for a new passkey. Who has one signs with it first: else
/// whoever got hold of a session would make a passkey of their own, and with it sign what they like.
pub(super) async fn ask_to_add(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    proof: String,
) -> Result<Response, Told> {
    let asked = async {
        if session::is_foreign(&headers) {
            return Err(foreign());
        }
        let relying = passkeys::relying(&door.edge, &headers)?;
        let (site, person) = (&session.site, session.actor.person);
        let another = another(&session);
        let proof = if !another.is_needed(site) || is_invited(&session) {
            None
        } else if proof.is_empty() {
            let sign = another.begin(&door.edge, site, &headers)?;
            return Ok(Json(json!({ "sign": sign })).into_response());
        } else {
            Some(another.proved(&door.edge, site, &headers, &proof).await?)
        };
        let id = vault_id(site, person).await?;
        let name = with_vault(site, move |vault| vault.get(id.0, NAME)).await?;
        let name = name.map_or_else(|| "Enishi".to_owned(), |name| name.as_str().to_owned());
        let known: Vec<_> = site.keys.people(|people| {
            people.passkeys_of(person).map(|(_, passkey)| passkey.credential.clone()).collect()
        });
        let begun = relying.register(&handle(site, id), &name, &known);
        let (options, registration) = begun.map_err(|why| unproven(&why))?;
        let name = fresh_bytes();
        door.edge.ceremonies().begin(name, Waiting::Adding(Box::new(registration), proof))?;
        let cookie = [(header::SET_COOKIE, bind(&name, &headers))];
        Ok((cookie, Json(options)).into_response())
    };
    asked.await.map_err(|problem| Told(lang, problem))
}

/// A new passkey as the page's script sends it.
#[derive(Deserialize)]
struct Added {
    label: String,
    answer: String,
}

/// Under what the vault has the name of a passkey.
pub(crate) fn label_field(passkey: u128) -> String {
    format!("passkey_{passkey:032x}")
}

/// Adds the passkey that the browser made.
pub(super) async fn add(
    State(door): State<Door>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Told> {
    let added = async {
        if session::is_foreign(&headers) {
            return Err(foreign());
        }
        let Some(Waiting::Adding(registration, proof)) = bound(&door, &headers) else {
            return Err(over());
        };
        let Added { label, answer } =
            serde_json::from_slice(&body).map_err(|_| unproven(&passkey::Unproven::Malformed))?;
        let relying = passkeys::relying(&door.edge, &headers)?;
        let made = relying.registered(&registration, &answer);
        let made = made.map_err(|why| unproven(&why))?;
        let site = &session.site;
        let (credential, public, counter) = (made.id, made.public, made.counter);
        let command = Command::AddPasskey(AddPasskey { credential, public, counter });
        let command = match proof {
            Some(proof) => proof.over(command),
            None => command,
        };
        let settled = super::done(site, session.actor, command).await?;
        let Reply::Passkey(number) = settled.value else { return Err(Problem::internal()) };
        let label: String = label.chars().filter(|c| !c.is_control()).take(MOST_LABEL).collect();
        if !label.trim().is_empty() {
            let id = vault_id(site, session.actor.person).await?;
            let field = label_field(number);
            with_vault(site, move |vault| vault.put(id.0, &field, label.trim())).await?;
        }
        Ok(Json(json!({ "to": format!("/me?done=added&lang={}", lang.tag()) })).into_response())
    };
    added.await.map_err(|problem| Told(lang, problem))
}
