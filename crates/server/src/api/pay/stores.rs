//! Stores, their tills and their printed codes.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query};
use kernel::Ref;
use kernel::id::{Merchant as MerchantKind, Store as StoreKind, Till as TillKind};
use pay::command::{AddTill, OpenStore, SetStoreOpen};
use pay::{LookView, PostersView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::looking::static_code;
use super::posters::posters_of;
use super::views::Store;
use crate::api::values::{Nothing, Text, Trade};
use crate::authorize::Caller;
use crate::cells::Site;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// Asks for a store.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStore {
    /// Whose it is.
    #[schema(value_type = String)]
    merchant: Text<Ref<MerchantKind>>,
    /// Its public name in its own language, up to 25 characters.
    #[schema(example = "そば処 山ぼうし")]
    name: String,
    /// The name in Latin letters, up to 25 characters: what codes carry for foreign wallets.
    #[schema(example = "Yamaboshi Soba")]
    latin_name: Option<String>,
    /// The city in Latin letters, up to 15 characters.
    #[schema(example = "Takayama")]
    city: String,
    /// Its trade.
    #[schema(value_type = String, example = "restaurant")]
    category: Text<Trade>,
    /// The number of its prefecture (JIS X 0401), 0 outside Japan.
    #[schema(example = 21)]
    #[serde(default)]
    prefecture: u8,
}

/// Asks for a till.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTill {
    /// Where it stands.
    #[schema(value_type = String)]
    store: Text<Ref<StoreKind>>,
    /// What the shop calls it, up to 25 characters.
    #[schema(example = "Till 1")]
    name: String,
}

/// A till.
#[derive(Debug, Serialize, ToSchema)]
pub struct Till {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<TillKind>>,
    /// Where it stands.
    #[schema(value_type = String)]
    pub store: Text<Ref<StoreKind>>,
}

/// A code to print or to show.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeText {
    /// The text of an EMVCo merchant-presented code.
    pub code: String,
    /// Where its picture is.
    #[schema(example = "/v1/stores/sto_…/code.svg")]
    pub svg: String,
}

/// A store's registered words, from the caller's cell.
pub(super) async fn look_here(
    caller: &Caller,
    store: Ref<StoreKind>,
) -> Result<Settled<Box<LookView>>, Problem> {
    let settled = caller.ask(Query::Look(store, None, None)).await?;
    match settled.value.clone() {
        Answer::Look(view) => Ok(settled.with(view)),
        _ => Err(Problem::internal()),
    }
}

/// Opens a store
#[utoipa::path(
    post, path = "/v1/stores", tag = "pay", params(Once), request_body = NewStore,
    responses(
        (status = 201, body = Store),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn open_store(caller: Caller, asked: Posted<NewStore>) -> Result<Told<Store>, Problem> {
    let body = asked.body;
    let command = OpenStore {
        id: caller.site.fresh(),
        merchant: body.merchant.0,
        name: body.name,
        latin_name: body.latin_name,
        city: body.city,
        category: body.category.0.0,
        prefecture: body.prefecture,
    };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Store(store) = settled.value else { return Err(Problem::internal()) };
    let view = look_here(&caller, store).await?.value;
    Ok(Told::created(settled.with(Store::from(&*view))))
}

/// A store, as anybody may know it
#[utoipa::path(
    get, path = "/v1/stores/{store}", tag = "pay",
    params(("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = Store),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn store(
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
) -> Result<Told<Store>, Problem> {
    let settled = look_here(&caller, store).await?;
    Ok(Told::ok(settled.map(|view| Store::from(&*view))))
}

/// Which of a store's codes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The number of a place; the store's own code when left out.
    place: Option<u16>,
}

/// The text of a printed code, with the ids of other networks that hold now.
///
/// # Errors
/// No such store or place; words that do not fit a code.
pub async fn printed(
    site: &Site,
    view: &LookView,
    place: Option<u16>,
) -> Result<(String, Box<PostersView>), Problem> {
    let posters = posters_of(site, view.store).await?.value;
    let place = match place {
        None => None,
        Some(number) => {
            let found = posters.places.iter().find(|place| place.number == number);
            let withdrawn = || economy::Refusal::from(pay::Refusal::PlaceWithdrawn);
            Some(found.ok_or_else(|| Problem::refused(&withdrawn()))?)
        }
    };
    let code = static_code(site, view, posters.acceptance.as_ref(), place)?;
    Ok((code, posters))
}

/// The store's printed code
///
/// For any number of payments. The payer types the amount, but at a place that has one.
#[utoipa::path(
    get, path = "/v1/stores/{store}/code", tag = "pay",
    params(Which, ("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = CodeText),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn store_code(
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
    QueryOf(Which { place }): QueryOf<Which>,
) -> Result<Told<CodeText>, Problem> {
    let settled = look_here(&caller, store).await?;
    let (code, _) = printed(&caller.site, &settled.value, place).await?;
    let of_place = place.map_or_else(String::new, |place| format!("?place={place}"));
    let svg = format!("/v1/stores/{store}/code.svg{of_place}");
    Ok(Told::ok(settled.with(CodeText { code, svg })))
}

/// The picture of the store's printed code
#[utoipa::path(
    get, path = "/v1/stores/{store}/code.svg", tag = "pay",
    params(Which, ("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = String, content_type = "image/svg+xml"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn store_code_svg(
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
    QueryOf(Which { place }): QueryOf<Which>,
) -> Result<Response, Problem> {
    let view = look_here(&caller, store).await?.value;
    picture(&printed(&caller.site, &view, place).await?.0)
}

/// The picture of a code.
pub(super) fn picture(code: &str) -> Result<Response, Problem> {
    let svg = qr::svg(code).map_err(|_| Problem::internal())?;
    Ok(([(CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

async fn set_open(
    caller: Caller,
    store: Ref<StoreKind>,
    asked: Posted<Nothing>,
    open: bool,
) -> Result<Told<Store>, Problem> {
    let settled = caller.pay(asked.fingerprint, SetStoreOpen { store, open }).await?;
    let view = look_here(&caller, store).await?.value;
    Ok(Told::ok(settled.with(Store::from(&*view))))
}

/// Lets a store take payments again
#[utoipa::path(
    post, path = "/v1/stores/{store}/open", tag = "pay",
    params(Once, ("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = Store),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn resume_store(
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<Store>, Problem> {
    set_open(caller, store, asked, true).await
}

/// Lets a store take no payments for a while
#[utoipa::path(
    post, path = "/v1/stores/{store}/pause", tag = "pay",
    params(Once, ("store" = String, Path, description = "The store's id")),
    responses(
        (status = 200, body = Store),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn pause_store(
    caller: Caller,
    PathId(store): PathId<Ref<StoreKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<Store>, Problem> {
    set_open(caller, store, asked, false).await
}

/// Adds a till to a store
#[utoipa::path(
    post, path = "/v1/tills", tag = "pay", params(Once), request_body = NewTill,
    responses(
        (status = 201, body = Till),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn add_till(caller: Caller, asked: Posted<NewTill>) -> Result<Told<Till>, Problem> {
    let NewTill { store, name } = asked.body;
    let settled =
        caller.pay(asked.fingerprint, AddTill { id: caller.site.fresh(), store: store.0, name });
    let settled = settled.await?;
    let pay::Reply::Till(till) = settled.value else { return Err(Problem::internal()) };
    Ok(Told::created(settled.with(Till { id: Text(till), store })))
}
