//! The HTTP API: one file for each resource, holding path, handler, body, reply and document
//! together. [`routes`] is the list to read.

pub mod corridor;
pub mod events;
pub mod health;
pub mod me;
pub mod notifications;
pub mod operator;
pub mod paging;
pub mod partner;
pub mod partner_sandbox;
pub mod pay;
pub mod people;
pub mod problems;
pub mod values;

use axum::Router;
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::PathItem;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authorize::authorize;
use crate::edge::Edge;
use crate::http::layers;
use crate::session::own_pages_only;
use crate::throttle;

/// The document's head.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Enishi",
        description = "Commerce between two economies on one double-entry ledger: wallets, \
            shops, payments by QR across the corridor, and the operator's book.\n\n\
            Amounts are integers of minor units with their currency. Times are RFC 3339 in UTC. \
            Every POST carries an `Idempotency-Key`. Every reply says in `Enishi-Position` what \
            it rests on, as `<cell>:<position>`; `Enishi-Repeated: true` marks one that was given \
            before. Whatever is refused is answered as `application/problem+json` with a stable \
            `code`, a sentence that says what to do, and whether a retry may succeed. Who asks \
            faster than the operator allows is answered `429` with `Retry-After`, and nothing \
            was done.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "pay", description = "What travellers and merchants do"),
        (name = "people", description = "Who acts for a party, and how they sign in"),
        (name = "operator", description = "What the operator of a cell does"),
        (name = "partner", description = "What partners ask: other operators, by signed messages"),
        (name = "corridor", description = "What the cells of two processes ask of each other, signed"),
        (name = "connectors", description = "Wallets of other companies"),
        (name = "problems", description = "What the codes of refusals mean"),
        (name = "health", description = "For who watches the process"),
    ),
    security(("key" = [])),
    modifiers(&Key),
)]
struct Head;

struct Key;

impl utoipa::Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.description = Some(
            "An API key, `ek_<cell>_<id>_<secret>`. It belongs to one cell and one party, and acts \
             in the party's role."
                .to_owned(),
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// Every route of the API, with its document.
fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(problems::problems))
        .routes(routes!(problems::problem))
        .routes(routes!(me::me))
        .routes(routes!(events::events))
        .routes(routes!(pay::parties::register_party))
        .routes(routes!(pay::parties::party))
        .routes(routes!(pay::parties::forget_party))
        .routes(routes!(pay::wallets::open_wallet))
        .routes(routes!(pay::wallets::wallet))
        .routes(routes!(pay::wallets::top_up_wallet))
        .routes(routes!(pay::statements::statement))
        .routes(routes!(pay::statement_file::statement_csv))
        .routes(routes!(pay::merchants::register_merchant))
        .routes(routes!(pay::merchants::merchant))
        .routes(routes!(pay::merchants::set_credit_line))
        .routes(routes!(pay::tonight::merchant_tonight))
        .routes(routes!(pay::bank_account::bank_account, pay::bank_account::set_bank_account))
        .routes(routes!(operator::reviews::review_merchant))
        .routes(routes!(pay::sign_ups::sign_up))
        .routes(routes!(pay::statements::payments_of_merchant))
        .routes(routes!(pay::stores::open_store))
        .routes(routes!(pay::stores::store))
        .routes(routes!(pay::stores::store_code))
        .routes(routes!(pay::stores::store_code_svg))
        .routes(routes!(pay::posters::posters))
        .routes(routes!(pay::posters::set_acceptance))
        .routes(routes!(pay::posters::set_places))
        .routes(routes!(pay::stores::resume_store))
        .routes(routes!(pay::stores::pause_store))
        .routes(routes!(pay::stores::add_till))
        .routes(routes!(pay::referrals::set_referrer))
        .routes(routes!(pay::referrals::referrer))
        .routes(routes!(pay::referrals::referral, pay::referrals::begin_referral))
        .routes(routes!(pay::referrals::end_referral))
        .routes(routes!(pay::referrals::earned))
        .routes(routes!(pay::referrals::earned_csv))
        .routes(routes!(pay::charges::enrol_phone))
        .routes(routes!(pay::charges::end_phone))
        .routes(routes!(pay::charges::asks))
        .routes(routes!(pay::charges::refuse_ask))
        .routes(routes!(pay::charges::charge))
        .routes(routes!(pay::charges::charge_again, pay::charges::charge_of))
        .routes(routes!(pay::attempts::begin_attempt, pay::attempts::attempt_of))
        .routes(routes!(pay::till::request_payment))
        .routes(routes!(pay::till::payment_code))
        .routes(routes!(pay::till::payment_code_svg))
        .routes(routes!(pay::till::capture_payment))
        .routes(routes!(pay::till::release_payment))
        .routes(routes!(pay::till::refund_payment))
        .routes(routes!(pay::payments::payment))
        .routes(routes!(pay::payments::cancel_payment))
        .routes(routes!(pay::shares::shares))
        .routes(routes!(pay::shares::shares_of_merchant))
        .routes(routes!(pay::codes::look_at_code))
        .routes(routes!(pay::quotes::make_quote))
        .routes(routes!(pay::quotes::confirm_quote))
        .routes(routes!(pay::quotes::pay_here))
        .routes(routes!(operator::keys::issue_key))
        .routes(routes!(operator::keys::revoke_key))
        .routes(routes!(operator::terms::publish_rates))
        .routes(routes!(operator::terms::set_fees))
        .routes(routes!(operator::costs::set_fee_rule))
        .routes(routes!(operator::costs::set_split))
        .routes(routes!(operator::code_terms::code_terms, operator::code_terms::set_code_terms))
        .routes(routes!(operator::terms::set_limits))
        .routes(routes!(operator::terms::set_rules))
        .routes(routes!(operator::terms::set_rate_terms))
        .routes(routes!(pay::limits::wallet_limits))
        .routes(routes!(operator::limits::set_limit_rule))
        .routes(routes!(operator::limits::set_velocity_rule))
        .routes(routes!(operator::limits::set_classes))
        .routes(routes!(operator::limits::set_class))
        .routes(routes!(operator::cases::cases))
        .routes(routes!(operator::cases::case))
        .routes(routes!(operator::cases::release_case))
        .routes(routes!(operator::cases::reject_case))
        .routes(routes!(operator::proposals::proposals))
        .routes(routes!(operator::proposals::approve_proposal))
        .routes(routes!(operator::proposals::reject_proposal))
        .routes(routes!(operator::reviews::reviews))
        .routes(routes!(operator::links::links))
        .routes(routes!(operator::links::top_up_nostro))
        .routes(routes!(operator::reconcile::standing))
        .routes(routes!(operator::settlement::days, operator::settlement::close_day))
        .routes(routes!(operator::settlement::day))
        .routes(routes!(operator::day_entries::entries_csv))
        .routes(routes!(operator::settlement::set_settlement_terms))
        .routes(routes!(operator::top_ups::top_ups, operator::top_ups::ask_top_up))
        .routes(routes!(operator::top_ups::approve_top_up))
        .routes(routes!(operator::top_ups::top_up_paid))
        .routes(routes!(operator::top_ups::end_top_up))
        .routes(routes!(operator::links::freeze_link))
        .routes(routes!(operator::links::reopen_link))
        .routes(routes!(operator::partners::partners, operator::partners::set_partner))
        .routes(routes!(operator::partners::set_partner_key))
        .routes(routes!(operator::partners::suspend_partner))
        .routes(routes!(operator::accounts::open_account))
        .routes(routes!(operator::accounts::account))
        .routes(routes!(operator::accounts::books))
        .routes(routes!(operator::transfers::make_transfers))
        .routes(routes!(operator::transfers::transfer))
        .routes(routes!(operator::payments::payments))
        .routes(routes!(operator::payments::payments_csv))
        .routes(routes!(operator::totals::totals))
        .routes(routes!(operator::figures::figures))
        .routes(routes!(operator::figures::figures_csv))
        .routes(routes!(operator::insight::insight_sales))
        .routes(routes!(operator::insight::insight_sales_csv))
        .routes(routes!(operator::insight::insight_trips))
        .routes(routes!(operator::insight::insight_trips_csv))
        .routes(routes!(operator::bank_files::set_payout_terms))
        .routes(routes!(operator::bank_files::tonight))
        .routes(routes!(operator::bank_files::bank_files, operator::bank_files::make))
        .routes(routes!(operator::bank_files::bank_file))
        .routes(routes!(operator::bank_files::content))
        .routes(routes!(operator::bank_files::sent))
        .routes(routes!(operator::bank_files::withdraw))
        .routes(routes!(operator::bank_files::approve))
        .routes(routes!(operator::payout_rules::set_payout_rules))
        .routes(routes!(operator::payout_rules::set_safeguard_rule))
        .routes(routes!(operator::payout_rules::safeguards))
        .routes(routes!(operator::payout_rules::safeguards_csv))
        .routes(routes!(operator::banking::banking))
        .routes(routes!(operator::banking::import_statement))
        .routes(routes!(operator::banking::bank_lines))
        .routes(routes!(operator::banking::bank_line))
        .routes(routes!(operator::banking::resolve_line))
        .routes(routes!(operator::banking::undo_line))
        .routes(routes!(operator::trace::payments_of_line))
        .routes(routes!(pay::payouts::set_schedule))
        .routes(routes!(pay::payouts::ask_today))
        .routes(routes!(pay::payouts::payouts))
        .routes(routes!(pay::payouts::payout_of_payment))
        .routes(routes!(operator::audit::audit))
        .routes(routes!(operator::clock::accept_clock))
        .routes(routes!(people::members::members, people::members::add_member))
        .routes(routes!(people::members::set_duty))
        .routes(routes!(people::trail::trail))
        .routes(routes!(people::trail::trail_csv))
        .routes(routes!(people::trail::trail_refused))
        .routes(routes!(people::members::invite))
        .routes(routes!(people::members::end_member))
        .routes(routes!(people::access_rules::access_rules, people::access_rules::set_access_rules))
        .routes(routes!(operator::connectors::connectors))
        .routes(routes!(operator::connectors::attempts))
        .routes(routes!(operator::bills::bills))
        .routes(routes!(operator::connectors::settle))
        .routes(routes!(operator::connectors::return_stray))
        .routes(routes!(notifications::notified))
        .routes(routes!(corridor::standing))
        .routes(routes!(corridor::deliver))
        .routes(routes!(corridor::freeze))
        .routes(routes!(corridor::look))
        .routes(routes!(partner::standing))
        .routes(routes!(partner::deliver, partner::sent))
        .routes(routes!(partner::lookup))
        .routes(routes!(partner::freeze))
        .routes(routes!(partner::day_file))
        .routes(routes!(partner::sandbox, partner::act))
}

/// The OpenAPI document as JSON.
pub fn document() -> String {
    let (_, mut document) = routes().split_for_parts();
    document.paths.paths.values_mut().for_each(describe_replies);
    document.to_pretty_json().expect("the document is texts and numbers") + "\n"
}

/// A reply must have a description; most say all with their status.
fn describe_replies(item: &mut PathItem) {
    let operations = [&mut item.get, &mut item.post, &mut item.delete];
    let operations = operations.into_iter().flatten();
    for (status, reply) in operations.flat_map(|operation| &mut operation.responses.responses) {
        let RefOr::T(reply) = reply else { continue };
        if reply.description.is_empty() {
            reply.description = match status.as_str() {
                "200" => "Done",
                "201" => "Made",
                "503" => "Not now",
                _ => "Refused: the code says why, the detail what to do",
            }
            .to_owned();
        }
    }
}

/// The API, and beside it `pages`, which bring headers and authorization of their own and are
/// acted on by their own forms alone.
pub fn app(edge: Edge, pages: Router) -> Router {
    let (api, _) = routes().split_for_parts();
    let document = document();
    let api = api
        .route(
            "/openapi.json",
            get(move || async move {
                ([(CONTENT_TYPE, "application/json")], document).into_response()
            }),
        )
        .route_layer(from_fn_with_state(edge.clone(), authorize))
        .method_not_allowed_fallback(layers::wrong_method);
    let slowed = || from_fn_with_state(edge.clone(), throttle::pages);
    api.with_state(edge.clone())
        .merge(pages.layer(from_fn(own_pages_only)).layer(slowed()))
        .fallback(layers::not_found.layer(slowed()))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(edge, layers::around))
}
