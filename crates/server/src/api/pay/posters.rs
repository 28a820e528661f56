//! What hangs in a store: ids of other networks, places with codes of their own, and the wallets
//! that can read all this.

use std::collections::BTreeMap;

use axum::extract::State;
use economy::{Answer, Query};
use kernel::Ref;
use kernel::id::Store as StoreKind;
use pay::command::{PlaceWords, SetAcceptance, SetPlaces};
use pay::{Acceptance, LookView, Network, Place, PostersView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::looking::static_code;
use super::stores::look_here;
use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::cells::Site;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::objects::distinct;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::posters::{Mark, marks, range};
use crate::problem::Problem;

/// The id by which another network knows a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
pub enum NetworkId {
    /// JPQR's four levels, of 13, 4, 6 and 6 letters or digits.
    Jpqr {
        /// As Payments Japan handed them out.
        #[schema(example = json!(["0000000000001", "0001", "000001", "000001"]))]
        levels: [String; 4],
    },
    /// A number in the form of the scheme to which its tag belongs.
    Number {
        /// 2 to 25; UnionPay's are 15 and 16.
        #[schema(example = 15)]
        tag: u8,
        /// The number.
        value: String,
        /// What its wallets are called on the poster, up to 25 characters.
        #[schema(example = "UnionPay")]
        name: String,
    },
    /// A template under the name of who defined it; its tag is given when the code is written.
    Template {
        /// A reverse domain, an AID, or a UUID without hyphens.
        #[schema(example = "com.example.wallet")]
        scheme: String,
        /// Its fields by their two digits, `01` to `99`.
        #[serde(deserialize_with = "distinct")]
        fields: BTreeMap<String, String>,
        /// What its wallets are called on the poster, up to 25 characters.
        name: String,
    },
}

impl TryFrom<NetworkId> for Network {
    type Error = Problem;

    fn try_from(of: NetworkId) -> Result<Self, Problem> {
        Ok(match of {
            NetworkId::Jpqr { levels } => Self::Jpqr(levels),
            NetworkId::Number { tag, value, name } => Self::Number { tag, value, name },
            NetworkId::Template { scheme, fields, name } => {
                let entry = |(tag, value): (String, String)| {
                    let number = tag.parse().ok().filter(|_| tag.len() == 2);
                    let number: u8 = number.ok_or_else(|| {
                        let detail = format!("`{tag}` is no field: two digits, 01 to 99.");
                        let problem = Problem::new("field_invalid", detail.clone());
                        problem.in_field("/networks".to_owned(), detail)
                    })?;
                    Ok((number, value))
                };
                let entries = fields.into_iter().map(entry).collect::<Result<_, Problem>>()?;
                Self::Template { scheme, entries, name }
            }
        })
    }
}

impl From<&Network> for NetworkId {
    fn from(of: &Network) -> Self {
        match of.clone() {
            Network::Jpqr(levels) => Self::Jpqr { levels },
            Network::Number { tag, value, name } => Self::Number { tag, value, name },
            Network::Template { scheme, entries, name } => {
                let fields = entries.into_iter().map(|(tag, value)| (format!("{tag:02}"), value));
                Self::Template { scheme, fields: fields.collect(), name }
            }
        }
    }
}

/// Says by which ids other networks know a store; all of them together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAcceptance {
    /// From when; now when left out.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// The ids; an empty list ends what was.
    networks: Vec<NetworkId>,
    /// The store's postal code, which JPQR asks for.
    #[schema(example = "506-0001")]
    postal_code: Option<String>,
    /// The contract they come from.
    source: String,
}

/// Ids of other networks, as they stand on the code.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AcceptanceShown {
    /// From when, where they do not hold yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Text<Moment>>,
    /// The ids.
    pub networks: Vec<NetworkId>,
    /// The store's postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The contract they come from.
    pub source: String,
}

impl AcceptanceShown {
    fn of(from: Option<kernel::Timestamp>, acceptance: &Acceptance) -> Self {
        Self {
            from: from.map(|from| Text(Moment(from))),
            networks: acceptance.networks.iter().map(NetworkId::from).collect(),
            postal_code: acceptance.postal.clone(),
            source: acceptance.source.clone(),
        }
    }
}

/// What a place's code says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlace {
    /// What the shop calls it, up to 25 characters.
    #[schema(example = "7")]
    label: String,
    /// What is due there; the payer types it when left out.
    amount: Option<Money>,
    /// What the shop's books call it, up to 25 characters.
    reference: Option<String>,
}

/// Gives places codes of their own, and withdraws others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlaces {
    /// Places that there are to be. One with other words than before gets another code.
    #[serde(default)]
    set: Vec<NewPlace>,
    /// The same for labels that are numbers, as `1-12`.
    #[schema(example = "1-12")]
    range: Option<String>,
    /// Labels of places whose codes are withdrawn.
    #[serde(default)]
    end: Vec<String>,
}

/// A place of a store with a code of its own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceShown {
    /// Its number in the store; never given twice.
    pub number: u16,
    /// What the shop calls it.
    pub label: String,
    /// What is due there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What the shop's books call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its poster, to print.
    #[schema(example = "/poster/sto_…?place=7")]
    pub poster: String,
}

impl PlaceShown {
    /// A place of a store.
    pub fn of(store: Ref<StoreKind>, currency: kernel::Currency, place: &Place) -> Self {
        Self {
            number: place.number,
            label: place.label.clone(),
            amount: place.amount.map(|minor| Money::new(minor, currency)),
            reference: place.reference.clone(),
            poster: format!("/poster/{store}?place={}", place.number),
        }
    }
}

/// What hangs in a store.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posters {
    /// Which.
    #[schema(value_type = String)]
    pub store: Text<Ref<StoreKind>>,
    /// Whose wallets can read its code and pay, as they stand on the poster.
    pub wallets: Vec<Mark>,
    /// The ids of other networks on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptanceShown>,
    /// Those that hold next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_acceptance: Option<AcceptanceShown>,
    /// Places with codes of their own.
    pub places: Vec<PlaceShown>,
}

/// What hangs in a store, from its own cell.
///
/// # Errors
/// That there is no such store.
pub async fn posters_of(
    site: &Site,
    store: Ref<StoreKind>,
) -> Result<Settled<Box<PostersView>>, Problem> {
    let settled = site.ask(Query::Posters(store, site.handle.now())).await?;
    match settled.value.clone() {
        Answer::Posters(view) => Ok(settled.with(view)),
        _ => Err(Problem::internal()),
    }
}

async fn shown(
    edge: &Edge,
    caller: &Caller,
    store: Ref<StoreKind>,
) -> Result<Settled<Posters>, Problem> {
    let look = look_here(caller, store).await?.value;
    let settled = posters_of(&caller.site, store).await?;
    let view = &settled.value;
    let wallets = marks(edge, &caller.site, view, look.currency).await?;
    let place = |place| PlaceShown::of(store, look.currency, place);
    let posters = Posters {
        store: Text(store),
        wallets,
        acceptance: view.acceptance.as_ref().map(|now| AcceptanceShown::of(None, now)),
        next_acceptance: view.next.as_ref().map(|(from, it)| AcceptanceShown::of(Some(*from), it)),
        places: view.places.iter().map(place).collect(),
    };
    Ok(settled.with(posters))
}

/// What hangs in a store: ids of other networks, places, and the wallets that can read all this
#[utoipa::path(
    get, path = "/v1/stores/{store}/posters", tag = "pay",
    params(("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = Posters),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn posters(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
) -> Result<Told<Posters>, Problem> {
    Ok(Told::ok(shown(&edge, &caller, store).await?))
}

/// Whether ids fit the code of a store. What the cell can't know is its country and language: JPQR's
/// rules are judged with both.
///
/// # Errors
/// `acceptance_unfit`, with what of it.
pub(crate) fn fits(site: &Site, look: &LookView, acceptance: &Acceptance) -> Result<(), Problem> {
    let written = static_code(site, look, Some(acceptance), None);
    written.map(drop).map_err(|error| {
        let refusal = pay::Refusal::AcceptanceUnfit { problem: error.detail };
        Problem::refused(&economy::Refusal::from(refusal))
    })
}

/// Sets by which ids other networks know a store, from a moment on
///
/// They stand on its code beside ours, so that one poster takes all these wallets.
#[utoipa::path(
    post, path = "/v1/stores/{store}/acceptance", tag = "pay", request_body = NewAcceptance,
    params(Once, ("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = Posters),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_acceptance(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
    asked: Posted<NewAcceptance>,
) -> Result<Told<Posters>, Problem> {
    let NewAcceptance { from, networks, postal_code, source } = asked.body;
    let networks = networks.into_iter().map(Network::try_from).collect::<Result<_, Problem>>()?;
    let acceptance = Acceptance { networks, postal: postal_code, source };
    let look = look_here(&caller, store).await?.value;
    fits(&caller.site, &look, &acceptance)?;
    let from = from.map_or_else(|| caller.site.handle.now(), |Text(Moment(at))| at);
    let command = SetAcceptance { store, from, acceptance };
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::ok(settled.with(shown(&edge, &caller, store).await?.value)))
}

/// Gives places of a store codes of their own, and withdraws others
///
/// A code that says an amount is paid with that amount only, whoever's wallet reads it. A place whose
/// words change gets another code; the one that hung there is refused from then on.
#[utoipa::path(
    post, path = "/v1/stores/{store}/places", tag = "pay", request_body = NewPlaces,
    params(Once, ("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = Posters),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_places(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
    asked: Posted<NewPlaces>,
) -> Result<Told<Posters>, Problem> {
    let NewPlaces { set, range: labels, end } = asked.body;
    let look = look_here(&caller, store).await?.value;
    let mut words = Vec::new();
    for (at, place) in set.into_iter().enumerate() {
        if place.amount.is_some_and(|money| money.currency.0 != look.currency) {
            let detail = format!("The store is paid in {}.", look.currency);
            let problem = Problem::new("currency_differs", detail.clone());
            return Err(problem.in_field(format!("/set/{at}/amount/currency"), detail));
        }
        let amount = place.amount.map(|money| money.amount);
        words.push(PlaceWords { label: place.label, amount, reference: place.reference });
    }
    if let Some(labels) = labels {
        let labels = range(&labels).ok_or_else(|| {
            let detail = "A range is two numbers, the smaller first, as 1-12; 500 at most.";
            let problem = Problem::new("field_invalid", detail);
            problem.in_field("/range".to_owned(), detail.to_owned())
        })?;
        words.extend(labels.map(|n| PlaceWords {
            label: n.to_string(),
            amount: None,
            reference: None,
        }));
    }
    let settled = caller.pay(asked.fingerprint, SetPlaces { store, set: words, end }).await?;
    Ok(Told::ok(settled.with(shown(&edge, &caller, store).await?.value)))
}
