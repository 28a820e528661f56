//! Who may do what at the edge: one table, read for every request. What belongs to whom is
//! judged by the core, from the party that is named here.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use economy::{Answer, Command, Query, Reply};
use kernel::id::Key;
use kernel::{Actor, Id, Role};

use crate::auth::{Holder, KeyText};
use crate::cells::{Site, now};
use crate::duty::{Scope, Scopes};
use crate::edge::Edge;
use crate::http::asked::once;
use crate::outcome::Settled;
use crate::problem::Problem;
use crate::throttle;

/// Who may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a key.
    Open,
    /// Who holds a key of one of these roles, for what is their own.
    Own(&'static [Role]),
    /// Who holds a key of one of these roles; it tells nothing that is somebody's own.
    Public(&'static [Role]),
    /// A cell of another process, a partner, or another company, by the signature of the message
    /// alone; see [`crate::api::corridor`], [`crate::api::partner`] and
    /// [`crate::api::notifications`].
    Signed,
}

use Access::{Open, Own, Public, Signed};
const OPERATOR: &[Role] = &[Role::Operator];
const PAYER: &[Role] = &[Role::Traveller, Role::Operator];
const SELLER: &[Role] = &[Role::Merchant, Role::Operator];
const EITHER: &[Role] = &[Role::Traveller, Role::Merchant, Role::Operator];

/// Every operation of the API with the roles that may use it, and what of them: a member's duty and
/// a key's scopes have it or not ([`crate::duty`]). One that does not stand here is refused to everybody.
#[rustfmt::skip]
pub const TABLE: &[(&str, &str, Access, Scope)] = &[
    ("GET", "/healthz", Open, Scope::Any),
    ("GET", "/readyz", Open, Scope::Any),
    ("GET", "/metrics", Open, Scope::Any),
    ("GET", "/openapi.json", Open, Scope::Any),
    ("GET", "/problems", Open, Scope::Any),
    ("GET", "/problems/{code}", Open, Scope::Any),
    ("GET", "/v1/me", Public(EITHER), Scope::Any),
    ("GET", "/v1/events", Own(EITHER), Scope::Till),

    ("POST", "/v1/parties", Own(OPERATOR), Scope::Customers),
    ("GET", "/v1/parties/{party}", Own(EITHER), Scope::Read),
    ("POST", "/v1/parties/{party}/forget", Own(EITHER), Scope::Forget),
    ("POST", "/v1/wallets", Own(PAYER), Scope::Pay),
    ("GET", "/v1/wallets/{wallet}", Own(PAYER), Scope::Read),
    ("GET", "/v1/wallets/{wallet}/limits", Own(PAYER), Scope::Read),
    ("GET", "/v1/wallets/{wallet}/statement", Own(PAYER), Scope::Read),
    ("GET", "/v1/wallets/{wallet}/statement.csv", Own(PAYER), Scope::Read),
    ("POST", "/v1/wallets/{wallet}/top-ups", Own(OPERATOR), Scope::Customers),
    ("POST", "/v1/merchants", Own(SELLER), Scope::Shop),
    ("GET", "/v1/merchants/{merchant}", Own(SELLER), Scope::Read),
    ("GET", "/v1/merchants/{merchant}/payments", Own(SELLER), Scope::Read),
    ("POST", "/v1/merchants/{merchant}/credit-line", Own(OPERATOR), Scope::Customers),
    ("GET", "/v1/merchants/{merchant}/tonight", Own(SELLER), Scope::Read),
    ("GET", "/v1/merchants/{merchant}/bank-account", Own(SELLER), Scope::Read),
    ("POST", "/v1/merchants/{merchant}/bank-account", Own(SELLER), Scope::Bank),
    ("POST", "/v1/merchants/{merchant}/review", Own(OPERATOR), Scope::Approve),
    ("POST", "/v1/merchants/{merchant}/payout-schedule", Own(SELLER), Scope::Bank),
    ("POST", "/v1/merchants/{merchant}/payout-today", Own(SELLER), Scope::Bank),
    ("GET", "/v1/merchants/{merchant}/payouts", Own(SELLER), Scope::Read),
    ("POST", "/v1/merchants/{merchant}/referrer", Own(OPERATOR), Scope::Terms),
    ("GET", "/v1/merchants/{merchant}/shares", Own(SELLER), Scope::Read),
    ("GET", "/v1/merchants/{merchant}/earned", Own(SELLER), Scope::Read),
    ("GET", "/v1/merchants/{merchant}/earned.csv", Own(SELLER), Scope::Read),
    ("GET", "/v1/referrers/{word}", Public(EITHER), Scope::Any),
    ("GET", "/v1/wallets/{wallet}/referral", Own(PAYER), Scope::Read),
    ("POST", "/v1/wallets/{wallet}/referral", Own(PAYER), Scope::Pay),
    ("POST", "/v1/wallets/{wallet}/referral/end", Own(PAYER), Scope::Pay),
    ("POST", "/v1/sign-ups", Open, Scope::Any),
    ("POST", "/v1/stores", Own(SELLER), Scope::Shop),
    ("GET", "/v1/stores/{store}", Public(EITHER), Scope::Any),
    ("GET", "/v1/stores/{store}/code", Public(EITHER), Scope::Any),
    ("GET", "/v1/stores/{store}/code.svg", Public(EITHER), Scope::Any),
    ("GET", "/v1/stores/{store}/posters", Public(EITHER), Scope::Any),
    ("POST", "/v1/stores/{store}/acceptance", Own(SELLER), Scope::Shop),
    ("POST", "/v1/stores/{store}/places", Own(SELLER), Scope::Shop),
    ("POST", "/v1/stores/{store}/open", Own(SELLER), Scope::Shop),
    ("POST", "/v1/stores/{store}/pause", Own(SELLER), Scope::Shop),
    ("POST", "/v1/tills", Own(SELLER), Scope::Shop),
    ("GET", "/v1/payments", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/payments.csv", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/payments", Own(SELLER), Scope::Till),
    ("POST", "/v1/wallets/{wallet}/phone", Own(PAYER), Scope::Pay),
    ("POST", "/v1/wallets/{wallet}/phone/end", Own(PAYER), Scope::Pay),
    ("GET", "/v1/wallets/{wallet}/asks", Own(PAYER), Scope::Read),
    ("POST", "/v1/wallets/{wallet}/asks/refuse", Own(PAYER), Scope::Pay),
    ("POST", "/v1/charges", Own(SELLER), Scope::Till),
    ("POST", "/v1/payments/{payment}/charge", Own(SELLER), Scope::Till),
    ("GET", "/v1/payments/{payment}/charge", Own(SELLER), Scope::Any),
    ("POST", "/v1/payments/{payment}/attempt", Own(SELLER), Scope::Till),
    ("GET", "/v1/payments/{payment}/attempt", Own(SELLER), Scope::Any),
    ("POST", "/v1/payments/here", Own(PAYER), Scope::Pay),
    ("GET", "/v1/payments/{payment}", Own(EITHER), Scope::Any),
    ("GET", "/v1/payments/{payment}/payout", Own(SELLER), Scope::Any),
    ("GET", "/v1/payments/{payment}/code", Own(SELLER), Scope::Any),
    ("GET", "/v1/payments/{payment}/code.svg", Own(SELLER), Scope::Any),
    ("POST", "/v1/payments/{payment}/cancel", Own(EITHER), Scope::Till),
    ("GET", "/v1/payments/{payment}/shares", Own(SELLER), Scope::Any),
    ("POST", "/v1/payments/{payment}/captures", Own(SELLER), Scope::Till),
    ("POST", "/v1/payments/{payment}/release", Own(SELLER), Scope::Till),
    ("POST", "/v1/payments/{payment}/refunds", Own(SELLER), Scope::Refund),
    ("POST", "/v1/codes/look", Public(EITHER), Scope::Any),
    ("POST", "/v1/quotes", Own(PAYER), Scope::Pay),
    ("POST", "/v1/quotes/{quote}/confirm", Own(PAYER), Scope::Pay),

    ("POST", "/v1/keys", Own(OPERATOR), Scope::Staff),
    ("DELETE", "/v1/keys/{key}", Own(OPERATOR), Scope::Staff),
    ("GET", "/v1/members", Own(SELLER), Scope::Staff),
    ("POST", "/v1/members", Own(SELLER), Scope::Staff),
    ("POST", "/v1/members/{person}/duty", Own(SELLER), Scope::Staff),
    ("POST", "/v1/members/{person}/invitations", Own(SELLER), Scope::Staff),
    ("DELETE", "/v1/members/{person}", Own(SELLER), Scope::Staff),
    ("GET", "/v1/trail", Own(SELLER), Scope::Read),
    ("GET", "/v1/trail.csv", Own(SELLER), Scope::Read),
    ("GET", "/v1/trail/refused", Own(SELLER), Scope::Read),
    ("GET", "/v1/access-rules", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/access-rules", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/rates", Own(OPERATOR), Scope::Terms),
    ("GET", "/v1/code-terms", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/code-terms", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/fees", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/fee-rules", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/merchants/{merchant}/split", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/limits", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/rules", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/rate-terms", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/limit-rules", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/velocity-rules", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/classes", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/parties/{party}/class", Own(OPERATOR), Scope::Customers),
    ("GET", "/v1/cases", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/cases/{payment}", Own(PAYER), Scope::Read),
    ("POST", "/v1/cases/{payment}/release", Own(OPERATOR), Scope::Approve),
    ("POST", "/v1/cases/{payment}/reject", Own(OPERATOR), Scope::Approve),
    ("GET", "/v1/proposals", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/proposals/{proposal}/approve", Own(OPERATOR), Scope::Approve),
    ("POST", "/v1/proposals/{proposal}/reject", Own(OPERATOR), Scope::Approve),
    ("GET", "/v1/reviews", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/links", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/links/{link}/nostro-top-ups", Own(OPERATOR), Scope::Links),
    ("GET", "/v1/links/{link}/days", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/links/{link}/days", Own(OPERATOR), Scope::Links),
    ("GET", "/v1/links/{link}/days/{day}", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/links/{link}/days/{day}/entries.csv", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/links/{link}/settlement-terms", Own(OPERATOR), Scope::Terms),
    ("GET", "/v1/links/{link}/top-ups", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/links/{link}/top-ups", Own(OPERATOR), Scope::Links),
    ("POST", "/v1/top-ups/{top_up}/approve", Own(OPERATOR), Scope::Approve),
    ("POST", "/v1/top-ups/{top_up}/paid", Own(OPERATOR), Scope::Links),
    ("POST", "/v1/top-ups/{top_up}/end", Own(OPERATOR), Scope::Links),
    ("GET", "/v1/links/{link}/standing", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/links/{link}/freeze", Own(OPERATOR), Scope::Links),
    ("POST", "/v1/links/{link}/reopen", Own(OPERATOR), Scope::Links),
    ("GET", "/v1/partners", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/partners", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/partners/{partner}/keys", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/partners/{partner}/suspension", Own(OPERATOR), Scope::Links),
    ("POST", "/v1/accounts", Own(OPERATOR), Scope::Ledger),
    ("GET", "/v1/accounts/{account}", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/books", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/transfers", Own(OPERATOR), Scope::Ledger),
    ("GET", "/v1/transfers/{transfer}", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/totals", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/figures", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/figures.csv", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/insight/sales", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/insight/sales.csv", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/insight/trips", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/insight/trips.csv", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/payout-terms", Own(OPERATOR), Scope::Terms),
    ("GET", "/v1/bank-files/tonight", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/bank-files", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/bank-files", Own(OPERATOR), Scope::Payout),
    ("GET", "/v1/bank-files/{file}", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/bank-files/{file}/content", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/bank-files/{file}/sent", Own(OPERATOR), Scope::Payout),
    ("POST", "/v1/bank-files/{file}/withdraw", Own(OPERATOR), Scope::Payout),
    ("POST", "/v1/bank-files/{file}/approve", Own(OPERATOR), Scope::Approve),
    ("POST", "/v1/payout-rules", Own(OPERATOR), Scope::Terms),
    ("POST", "/v1/safeguard-rules", Own(OPERATOR), Scope::Terms),
    ("GET", "/v1/safeguards", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/safeguards.csv", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/banking", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/statements", Own(OPERATOR), Scope::Payout),
    ("GET", "/v1/bank-lines", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/bank-lines/{line}", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/bank-lines/{line}/resolve", Own(OPERATOR), Scope::Payout),
    ("POST", "/v1/bank-lines/{line}/undo", Own(OPERATOR), Scope::Payout),
    ("GET", "/v1/bank-lines/{line}/payments", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/audit", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/clock/accept", Own(OPERATOR), Scope::Ledger),

    ("GET", "/v1/connectors", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/connectors/{connector}/attempts", Own(OPERATOR), Scope::Read),
    ("GET", "/v1/connectors/{connector}/bills", Own(OPERATOR), Scope::Read),
    ("POST", "/v1/connectors/{connector}/settlements", Own(OPERATOR), Scope::Payout),
    ("POST", "/v1/connectors/{connector}/strays/{stray}/returned", Own(OPERATOR), Scope::Payout),
    ("POST", "/v1/connectors/{connector}/notifications", Signed, Scope::Any),

    ("POST", "/corridor/v1/standing", Signed, Scope::Any),
    ("POST", "/corridor/v1/deliver", Signed, Scope::Any),
    ("POST", "/corridor/v1/freeze", Signed, Scope::Any),
    ("POST", "/corridor/v1/look", Signed, Scope::Any),
    ("GET", "/partner/v1/standing", Signed, Scope::Any),
    ("GET", "/partner/v1/messages", Signed, Scope::Any),
    ("POST", "/partner/v1/messages", Signed, Scope::Any),
    ("POST", "/partner/v1/lookup", Signed, Scope::Any),
    ("POST", "/partner/v1/freeze", Signed, Scope::Any),
    ("GET", "/partner/v1/day", Signed, Scope::Any),
    ("GET", "/partner/v1/sandbox", Signed, Scope::Any),
    ("POST", "/partner/v1/sandbox", Signed, Scope::Any),
];

/// What watches the process asks, without a bound: to be healthy is not to be slowed.
const WATCHED: &[&str] = &["/healthz", "/readyz", "/metrics"];

/// Who may use an operation; none for one that does not stand in the table.
pub fn access(method: &Method, path: &str) -> Option<Access> {
    operation(method, path).map(|(access, _)| access)
}

/// Who may use an operation, and what it belongs to.
fn operation(method: &Method, path: &str) -> Option<(Access, Scope)> {
    // HEAD is answered by the handler of GET.
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let row = TABLE.iter().find(|(m, p, _, _)| (*m, *p) == (method, path));
    row.map(|(_, _, access, scope)| (*access, *scope))
}

/// Who calls, and which cell the key belongs to.
#[derive(Clone)]
pub struct Caller {
    /// The cell of the key.
    pub site: Arc<Site>,
    /// The party, its role, and who acts for it.
    pub actor: Actor,
    /// What the key, or who holds it, may do.
    pub scopes: Scopes,
}

/// The key that a request showed, for what outlives the request.
#[derive(Clone, Copy, Debug)]
pub struct ShownKey(pub Id<Key>);

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Caller").field(&self.site.name()).field(&self.actor).finish()
    }
}

impl Caller {
    /// Who acts on a page, in a cell.
    pub fn of(site: &Arc<Site>, actor: Actor) -> Self {
        // Who is no member any more may do nothing.
        let scopes = site.keys.scopes(actor).unwrap_or(Scopes(0));
        Self { site: Arc::clone(site), actor, scopes }
    }

    /// The caller's cell by name.
    pub fn cell(&self) -> &str {
        self.site.name()
    }

    /// Asks the caller's cell for a command.
    ///
    /// # Errors
    /// The refusal, or that the cell did not take it or can't say what became of it.
    pub async fn submit(
        &self,
        fingerprint: economy::Fingerprint,
        command: impl Into<Command>,
    ) -> Result<Settled<Reply>, Problem> {
        self.submit_as(Some(fingerprint), command.into()).await
    }

    /// The same for what has no key, as it changes nothing the second time.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn submit_as(
        &self,
        fingerprint: Option<economy::Fingerprint>,
        command: Command,
    ) -> Result<Settled<Reply>, Problem> {
        self.site.submit(economy::Request { actor: self.actor, fingerprint, command }).await
    }

    /// Asks the caller's cell for a command of `pay`.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn pay(
        &self,
        fingerprint: economy::Fingerprint,
        command: impl Into<pay::Command>,
    ) -> Result<Settled<pay::Reply>, Problem> {
        let settled = self.submit(fingerprint, command.into()).await?;
        match &settled.value {
            Reply::Pay(reply) => Ok(settled.clone().with(reply.clone())),
            _ => Err(Problem::internal()),
        }
    }

    /// Asks the caller's cell a question.
    ///
    /// # Errors
    /// The refusal, or that the cell does not answer now.
    pub async fn ask(&self, query: Query) -> Result<Settled<Answer>, Problem> {
        self.site.ask(query).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Absent only on a route that is open, whose handler must not ask for it.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// Lets a request through to its handler with its caller, or refuses it.
pub async fn authorize(
    State(edge): State<Edge>,
    operation: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    let row = self::operation(request.method(), operation.as_str());
    let access = row.map(|(access, _)| access);
    let watched = access == Some(Open) && WATCHED.contains(&operation.as_str());
    // Who signs well is not slowed; who does not is, by the handler.
    if watched || access == Some(Signed) {
        return next.run(request).await;
    }
    let known = caller(&edge, request.headers());
    let in_time = match &known {
        Ok((caller, key)) if access != Some(Open) => {
            throttle::by_key(&edge, *key, caller.actor.role)
        }
        _ => throttle::by_address(&edge, request.headers(), request.extensions()),
    };
    if let Err(problem) = in_time {
        return problem.into_response();
    }
    if access == Some(Open) {
        return next.run(request).await;
    }
    let permitted = known.and_then(|(caller, key)| {
        let (site, actor) = (Arc::clone(&caller.site), caller.actor);
        let permitted = permit(row, caller).inspect_err(|problem| {
            let what = format!("{} {}", request.method(), operation.as_str());
            site.refused.note(now(), actor, &what, problem);
        })?;
        Ok((permitted, key))
    });
    match permitted {
        Ok((caller, key)) => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(ShownKey(key));
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Who holds a key that was typed into a page, if it may use an operation of the API.
///
/// # Errors
/// As if the operation were asked for with that key.
pub fn typed(edge: &Edge, key: &str, method: &Method, path: &str) -> Result<Caller, Problem> {
    let (caller, id) = holder(edge, Some(key.trim()))?;
    throttle::by_key(edge, id, caller.actor.role)?;
    permit(operation(method, path), caller)
}

fn permit(row: Option<(Access, Scope)>, caller: Caller) -> Result<Caller, Problem> {
    let (roles, scope) = match row {
        Some((Own(roles) | Public(roles), scope)) => (roles, scope),
        // Never open by omission.
        Some((Open | Signed, scope)) => (&[] as &[Role], scope),
        None => (&[] as &[Role], Scope::Any),
    };
    if roles.contains(&caller.actor.role) {
        return if caller.scopes.has(scope) {
            Ok(caller)
        } else {
            Err(out_of_scope(caller, scope))
        };
    }
    let role = role_word(caller.actor.role);
    let allowed: Vec<_> = roles.iter().map(|role| role_word(*role)).collect();
    Err(Problem::new(
        "role_not_allowed",
        format!("Your key acts as {role}; this is for {}.", allowed.join(" and ")),
    ))
}

fn out_of_scope(caller: Caller, scope: Scope) -> Problem {
    let has = caller.scopes.words().join(", ");
    Problem::new(
        "scope_missing",
        format!("This needs the scope {}; your key has {has}. Ask for another key.", scope.word()),
    )
}

fn caller(edge: &Edge, headers: &HeaderMap) -> Result<(Caller, Id<Key>), Problem> {
    let value = once(headers, AUTHORIZATION).map_err(|_| {
        Problem::new("key_invalid", "The header Authorization stands twice; send one key.")
    })?;
    let Some(value) = value else {
        return Err(Problem::new(
            "key_missing",
            "Send your API key in the header Authorization, as Bearer ek_…",
        ));
    };
    let text = value.to_str().ok().and_then(|text| {
        let (scheme, key) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    holder(edge, text)
}

fn holder(edge: &Edge, text: Option<&str>) -> Result<(Caller, Id<Key>), Problem> {
    let invalid = || {
        Problem::new(
            "key_invalid",
            "This is not an API key of this server; check it for missing characters.",
        )
    };
    let shown: KeyText = text.and_then(|text| text.parse().ok()).ok_or_else(invalid)?;
    let site = edge.cells().named(shown.cell()).ok_or_else(invalid)?;
    let Holder { actor, scopes, .. } = site.keys.actor(&shown, now())?;
    Ok((Caller { site: Arc::clone(site), actor, scopes }, shown.id))
}

/// The stable word of a role.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Cell => "cell",
        Role::Traveller => "traveller",
        Role::Merchant => "merchant",
        Role::Operator => "operator",
        Role::Partner => "partner",
        Role::Host => "host",
        Role::Staff => "staff",
    }
}

/// The role of a word that a party can be registered with: nobody is the cell itself, and staff is
/// made with what it is a member of.
pub fn role_of(word: &str) -> Option<Role> {
    let roles = [Role::Traveller, Role::Merchant, Role::Operator, Role::Partner, Role::Host];
    roles.into_iter().find(|role| role_word(*role) == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_stands_once_and_nothing_else_is_allowed() {
        for (at, (method, path, ..)) in TABLE.iter().enumerate() {
            let first = TABLE.iter().position(|(m, p, ..)| (m, p) == (method, path));
            assert_eq!(first, Some(at), "{method} {path} stands twice");
        }
        assert_eq!(access(&Method::POST, "/v1/not-there"), None);
        assert_eq!(access(&Method::DELETE, "/v1/wallets"), None);
        assert_eq!(access(&Method::HEAD, "/healthz"), Some(Open));
        let operator_only = access(&Method::POST, "/v1/keys");
        assert_eq!(operator_only, Some(Own(&[Role::Operator])));
    }

    #[test]
    fn role_words_read_back() {
        for word in ["traveller", "merchant", "operator", "partner", "host"] {
            assert_eq!(role_of(word).map(role_word), Some(word));
        }
        assert_eq!((role_of("cell"), role_of("staff")), (None, None));
    }
}
