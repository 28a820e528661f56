//! API keys and sign-in codes: made, ended.

use economy::people::KeyForm;
use economy::{Answer, Command, IssueKey, Query, Reply, RevokeKey};
use kernel::id::{Key, Party};
use kernel::{Id, Ref, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{Moment, RoleName, Text};
use crate::auth::KeyText;
use crate::authorize::Caller;
use crate::cells::fresh;
use crate::code::Code;
use crate::duty::{Scope, Scopes};
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// Asks for a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Whose it is; it acts in the party's role.
    #[schema(value_type = String)]
    party: Text<Ref<Party>>,
    /// When it ends; never when left out.
    #[schema(value_type = Option<String>, example = "2027-01-01T00:00:00Z")]
    expires: Option<Text<Moment>>,
    /// `key` for programs, or `code`: a sign-in code that a person types at `/enter`, for
    /// instance in place of one that was lost.
    #[serde(default)]
    #[schema(inline)]
    form: Form,
    /// What it may be used for; everything that its party may do when left out.
    #[serde(default)]
    #[schema(example = json!(["read", "till"]))]
    scopes: Option<Vec<String>>,
}

impl NewKey {
    /// The scopes that were asked for, none beyond the caller's own: a key gives no right that who
    /// made it does not have.
    fn scopes(&self, caller: &Caller) -> Result<Scopes, Problem> {
        let Some(words) = &self.scopes else { return Ok(caller.scopes) };
        let unknown = |word: &str| {
            let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.word()).collect();
            let known = known.join(", ");
            Problem::new("scope_unknown", format!("There is no scope {word:?}; there are {known}."))
        };
        let read = words.iter().map(|word| Scope::of(word).ok_or_else(|| unknown(word)));
        let asked = Scopes::of(&read.collect::<Result<Vec<_>, _>>()?);
        Ok(asked.and(caller.scopes))
    }
}

/// In which form a key is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// An API key.
    #[default]
    Key,
    /// A sign-in code.
    Code,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedKey {
    /// Names it; end it by this.
    #[schema(value_type = String)]
    pub id: Text<Id<Key>>,
    /// What its holder acts as.
    #[schema(value_type = String)]
    pub role: Text<RoleName>,
    /// What it may be used for.
    pub scopes: Vec<&'static str>,
    /// The key itself, told this once: the cell keeps only its hash. Absent when the request is
    /// repeated; then end this key and make another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ek_jp_01KAPXJ8ZC7K3T0V9E5R2M4QDW_…")]
    pub key: Option<String>,
    /// The sign-in code instead, where that was asked for; the same holds of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "jp-ABCDE-FGHJK-MNPQR-STVWX")]
    pub code: Option<String>,
}

/// A key that was ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedKey {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<Key>>,
}

/// Makes an API key or a sign-in code for a party
#[utoipa::path(
    post, path = "/v1/keys", tag = "operator", params(Once), request_body = NewKey,
    responses(
        (status = 201, body = IssuedKey),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn issue_key(caller: Caller, asked: Posted<NewKey>) -> Result<Told<IssuedKey>, Problem> {
    let Scopes(scopes) = asked.body.scopes(&caller)?;
    let NewKey { party: Text(party), expires, form, .. } = asked.body;
    let role = role_of(&caller, party).await?;
    let expires = expires.map(|Text(Moment(at))| at);
    let (command, text) = match form {
        Form::Key => {
            let text = KeyText::generate(caller.cell());
            let (id, hash) = (text.id, text.hash());
            let (party, person, form) = (party.number, party.number, KeyForm::Api);
            let issue = IssueKey { id, hash, party, role, expires, person, form, scopes };
            (issue, text.reveal())
        }
        Form::Code => {
            let code = Code::generate(caller.cell());
            (IssueKey { expires, scopes, ..code.issue(fresh(), party, role) }, code.reveal())
        }
    };
    let made = command.id;
    let settled = caller.submit(asked.fingerprint, Command::IssueKey(command)).await?;
    let Reply::Key(id) = settled.value else { return Err(Problem::internal()) };
    // Its holder may use it as soon as this is answered.
    caller.site.stream.reached(settled.position).await;
    let text = (id == made).then_some(text);
    let (key, code) = if form == Form::Key { (text, None) } else { (None, text) };
    let role = Text(RoleName(role));
    let scopes = Scopes(scopes).words();
    Ok(Told::created(settled.with(IssuedKey { id: Text(id), role, scopes, key, code })))
}

async fn role_of(caller: &Caller, party: Ref<Party>) -> Result<Role, Problem> {
    let settled = caller.ask(Query::Party(party.number)).await?;
    match settled.value {
        Answer::Party(Some(known)) if known.party == party && known.role != Role::Cell => {
            Ok(known.role)
        }
        Answer::Party(_) => {
            Err(Problem::refused(&economy::Refusal::PartyNotFound)
                .at(&settled.cell, settled.position))
        }
        _ => Err(Problem::internal()),
    }
}

/// Ends an API key at once
#[utoipa::path(
    delete, path = "/v1/keys/{key}", tag = "operator",
    params(("key" = String, Path, description = "The key's id")),
    responses(
        (status = 200, body = EndedKey),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn revoke_key(
    caller: Caller,
    PathId(id): PathId<Id<Key>>,
) -> Result<Told<EndedKey>, Problem> {
    let settled = caller.submit_as(None, Command::RevokeKey(RevokeKey { id })).await?;
    // Nobody may use it once this is answered.
    caller.site.stream.reached(settled.position).await;
    Ok(Told::ok(settled.with(EndedKey { id: Text(id) })))
}
