//! Partners: other operators whose systems stand at the other end of a link.

use std::sync::Arc;

use axum::extract::State;
use economy::{Answer, PartnerView, Query};
use kernel::{Currency, Span, Timestamp};
use link::keys::PublicKey;
use link::{Direction, Status};
use partner::Partner;
use pay::command::{SetPartner, SetPartnerKey, SuspendPartner};
use pay::state::PartnerKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reconcile::{Trouble, Way};
use crate::api::partner::partners_of;
use crate::api::values::{Moment, Text};
use crate::authorize::Caller;
use crate::cells::Site;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;
use crate::setup::WINDOW;

/// What is agreed with a partner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPartner {
    /// The number that its stores' ids begin with: one that no cell and no other partner has.
    #[schema(example = 900)]
    pub(crate) number: u16,
    /// Its name on the wire and in codes: 1 to 6 of a-z, 0-9 and -; never changes.
    #[schema(example = "mdr")]
    pub(crate) name: String,
    /// What its wallet is called, as tills and receipts say it; a receipt keeps the name that held.
    #[schema(example = "Midori Pay")]
    pub(crate) wallet: String,
    /// Where its server is; left out until that is known.
    #[serde(default)]
    #[schema(example = "https://pay.midori.example/enishi")]
    pub(crate) url: String,
    /// The currency in which its users pay at our merchants: it prefunds them with us. Never changes.
    #[schema(value_type = Option<String>, example = "JPY")]
    pub(crate) pays_here: Option<Text<Currency>>,
    /// The currency in which our users pay at its merchants: we prefund them with it. Never changes.
    #[schema(value_type = Option<String>)]
    pub(crate) paid_there: Option<Text<Currency>>,
    /// The most that it may hold with us, in minor units; left out for without a bound.
    #[schema(example = 30_000_000)]
    pub(crate) most_prefund: Option<u64>,
    /// Where that is written.
    #[schema(example = "contract of 2026-11-20, §4")]
    pub(crate) source: String,
}

impl NewPartner {
    /// The command that opens the link, or changes what is agreed.
    ///
    /// # Errors
    /// A cell of this server has the number or the name: codes would lead to it, and not there.
    pub(crate) fn command(self, edge: &Edge) -> Result<SetPartner, Problem> {
        let taken =
            |site: &Arc<Site>| site.name() == self.name || site.handle.info().number == self.number;
        if edge.cells().all().iter().any(taken) {
            let detail = "A cell of this server has this number or this name; take another.";
            let problem = Problem::new("field_invalid", detail);
            return Err(problem.in_field("/number".to_owned(), detail.to_owned()));
        }
        Ok(SetPartner {
            peer: self.number,
            name: self.name,
            pays_here: self.pays_here.map(|currency| currency.0),
            paid_there: self.paid_there.map(|currency| currency.0),
            wallet: self.wallet,
            url: self.url,
            most_prefund: self.most_prefund,
            source: self.source,
            max_unanswered: WINDOW.0,
            max_age: Span(WINDOW.1.0),
        })
    }
}

/// Why what was typed is no key of a partner.
#[derive(Debug)]
pub(crate) enum NotItsKey {
    /// It can't be read.
    Unfit(String),
    /// It is somebody else's, by the name in it.
    Of(String),
}

/// The bytes of a key as a partner hands it over, with its own name in it.
///
/// # Errors
/// [`NotItsKey`].
pub(crate) fn key_of(partner: &str, typed: &str) -> Result<[u8; 32], NotItsKey> {
    let read = typed.parse::<PublicKey>();
    let key = read.map_err(|why| NotItsKey::Unfit(why.to_string()))?;
    if key.cell() == partner {
        Ok(key.key().to_bytes())
    } else {
        Err(NotItsKey::Of(key.cell().to_owned()))
    }
}

/// A key of a partner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Its public key, as it handed it over on a way that you trust.
    #[schema(example = "epk_mdr_d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")]
    key: String,
    /// Whether it is believed; a key that was believed once and is not any more never is again.
    trusted: bool,
}

/// Whether new payments pass.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuspension {
    /// Whether it is suspended.
    suspended: bool,
    /// Why: up to 200 characters.
    note: String,
}

/// A key of a partner as it is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownKey {
    /// Its name in signatures.
    pub id: String,
    /// The key.
    pub key: String,
    /// Since when it is believed.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Since when it is not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Text<Moment>>,
}

/// A partner as its operator sees it; its prefund and what is under way stand at `/v1/links`.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerShown {
    /// The number of the link to it.
    pub link: u8,
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// What its wallet is called now.
    pub wallet: String,
    /// Where its server is.
    pub url: String,
    /// Whether its users pay at our merchants.
    pub pays_here: bool,
    /// Whether our users pay at its merchants.
    pub paid_there: bool,
    /// The most that it may hold with us, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_prefund: Option<u64>,
    /// Where that is written.
    pub source: String,
    /// Its keys, the oldest first.
    pub keys: Vec<KnownKey>,
    /// Why no new payment passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspended>,
    /// Payments that wait for its answer: their money is held, and in doubt until it answers.
    pub in_doubt: u32,
    /// Since when the oldest of them waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub in_doubt_since: Option<Text<Moment>>,
    /// What we ask of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asking: Option<Way>,
    /// What it asks of us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Way>,
}

/// Why no new payment passes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suspended {
    /// Since when.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Why.
    pub note: String,
}

/// All partners.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnersShown {
    /// In the order of their links.
    pub partners: Vec<PartnerShown>,
}

fn moment(at: Timestamp) -> Text<Moment> {
    Text(Moment(at))
}

fn way(direction: Direction) -> Way {
    Way {
        last_success: direction.last_success.map(moment),
        trouble: direction.trouble.map(|it| Trouble {
            code: it.fault.code,
            said_by: if it.fault.theirs { "partner" } else { "us" }.to_owned(),
            detail: it.fault.detail,
            since: moment(it.since),
            times: it.times,
        }),
    }
}

/// A key's name in signatures, and the key as it is handed over.
pub(crate) fn key_words(partner: &str, known: &PartnerKey) -> (String, String) {
    let hex = blake3::Hash::from_bytes(known.key).to_hex();
    let text = format!("epk_{partner}_{hex}");
    (text.parse::<PublicKey>().map(|key| key.id()).unwrap_or_default(), text)
}

fn shown(view: &PartnerView, status: Option<&Status>) -> PartnerShown {
    let (link, partner) = (&view.link.link, &view.partner);
    let key = |known: &PartnerKey| {
        let (id, key) = key_words(&link.name, known);
        KnownKey { id, key, since: moment(known.since), until: known.until.map(moment) }
    };
    PartnerShown {
        link: view.number,
        number: link.peer,
        name: link.name.clone(),
        wallet: partner.wallets.last().map(|(_, name)| name.clone()).unwrap_or_default(),
        url: partner.url.clone(),
        pays_here: link.nostro.is_some(),
        paid_there: link.mirror.is_some(),
        most_prefund: partner.most_prefund,
        source: partner.source.clone(),
        keys: partner.keys.iter().map(key).collect(),
        suspended: partner
            .suspended
            .as_ref()
            .map(|(since, note)| Suspended { since: moment(*since), note: note.clone() }),
        in_doubt: link.in_flight,
        in_doubt_since: link.unanswered.front().map(|oldest| moment(oldest.sent)),
        asking: status.map(|status| way(status.asking())),
        asked: status.map(|status| way(status.asked())),
    }
}

/// A partner as its cell knows it, and how it is reached; none while that is not known yet.
pub(crate) type Known = (PartnerView, Option<Arc<Partner>>);

/// All partners of a cell in the order of their links, and the position of which they are told.
///
/// # Errors
/// The cell does not answer.
pub(crate) async fn known(edge: &Edge, caller: &Caller) -> Result<(Vec<Known>, u64), Problem> {
    let settled = caller.ask(Query::Partners).await?;
    let Answer::Partners(views) = settled.value else { return Err(Problem::internal()) };
    let partners = partners_of(edge, &caller.site);
    if let Some(partners) = partners {
        partners.refresh_now().await;
    }
    let of = |view: PartnerView| {
        let partner = partners.and_then(|partners| partners.numbered(view.link.link.peer));
        (view, partner)
    };
    Ok((views.into_iter().map(of).collect(), settled.position))
}

async fn told(edge: &Edge, caller: &Caller) -> Result<(Vec<PartnerShown>, u64), Problem> {
    let (known, position) = known(edge, caller).await?;
    let shown =
        |(view, partner): &Known| shown(view, partner.as_ref().map(|partner| &partner.status));
    Ok((known.iter().map(shown).collect(), position))
}

async fn one(
    edge: &Edge,
    caller: &Caller,
    number: u16,
    settled: crate::outcome::Settled<pay::Reply>,
) -> Result<crate::outcome::Settled<PartnerShown>, Problem> {
    let (all, _) = told(edge, caller).await?;
    let found = all.into_iter().find(|partner| partner.number == number);
    Ok(settled.with(found.ok_or_else(Problem::internal)?))
}

/// The partners
#[utoipa::path(
    get, path = "/v1/partners", tag = "operator",
    responses(
        (status = 200, body = PartnersShown),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn partners(
    State(edge): State<Edge>,
    caller: Caller,
) -> Result<Told<PartnersShown>, Problem> {
    let (partners, position) = told(&edge, &caller).await?;
    let cell = caller.cell().to_owned();
    let value = PartnersShown { partners };
    Ok(Told::ok(crate::outcome::Settled { value, cell, position, repeated: false }))
}

/// Opens the link to a partner, or changes what is agreed with it
#[utoipa::path(
    post, path = "/v1/partners", tag = "operator", params(Once), request_body = NewPartner,
    responses(
        (status = 201, body = PartnerShown),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_partner(
    State(edge): State<Edge>,
    caller: Caller,
    asked: Posted<NewPartner>,
) -> Result<Told<PartnerShown>, Problem> {
    let number = asked.body.number;
    let command = asked.body.command(&edge)?;
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::created(one(&edge, &caller, number, settled).await?))
}

/// Believes a partner's key, or not any more
#[utoipa::path(
    post, path = "/v1/partners/{partner}/keys", tag = "operator", request_body = NewKey,
    params(Once, ("partner" = u16, Path, description = "The partner's number")),
    responses(
        (status = 200, body = PartnerShown),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_partner_key(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(number): PathId<u16>,
    asked: Posted<NewKey>,
) -> Result<Told<PartnerShown>, Problem> {
    let (all, _) = told(&edge, &caller).await?;
    let partner = all.into_iter().find(|partner| partner.number == number);
    let refused = || Problem::refused(&economy::Refusal::LinkNotFound);
    let partner = partner.ok_or_else(refused)?;
    let wrong = |detail: String| {
        Problem::new("field_invalid", format!("/key: {detail}."))
            .in_field("/key".to_owned(), detail)
    };
    let key = key_of(&partner.name, &asked.body.key).map_err(|why| match why {
        NotItsKey::Unfit(why) => wrong(why),
        NotItsKey::Of(other) => {
            wrong(format!("the key is of '{other}', not of '{}'", partner.name))
        }
    })?;
    let trusted = asked.body.trusted;
    let command = SetPartnerKey { peer: number, key, trusted };
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::ok(one(&edge, &caller, number, settled).await?))
}

/// Ends or begins new payments to and from a partner
///
/// What is under way still ends: answers, releases and refunds always pass.
#[utoipa::path(
    post, path = "/v1/partners/{partner}/suspension", tag = "operator",
    request_body = NewSuspension,
    params(Once, ("partner" = u16, Path, description = "The partner's number")),
    responses(
        (status = 200, body = PartnerShown),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn suspend_partner(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(number): PathId<u16>,
    asked: Posted<NewSuspension>,
) -> Result<Told<PartnerShown>, Problem> {
    let NewSuspension { suspended, note } = asked.body;
    let command = SuspendPartner { peer: number, suspended, note };
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::ok(one(&edge, &caller, number, settled).await?))
}
