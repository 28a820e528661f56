//! Every operation of the document as its owner asks for it.
// long: one table of every operation, which is read as one.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use kernel::Role;
use serde_json::{Value, json};

use super::App;

/// One operation, as its owner asks for it.
pub struct Case {
    pub method: &'static str,
    /// As it stands in the document.
    pub route: &'static str,
    pub path: String,
    pub body: Option<Value>,
    /// Whose it is.
    pub owner: String,
    /// Somebody of the same role whose it is not; nobody where nothing is anybody's own.
    pub stranger: Option<String>,
}

/// The operations of the document.
pub fn operations() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&server::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        let methods =
            methods.filter(|m| ["get", "post", "delete", "put", "patch"].contains(&m.as_str()));
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

/// A case for every operation that is not open to everybody, but for the stream of events.
pub async fn cases(app: &App) -> Vec<Case> {
    let (li, other) = (&app.li_wei.key, &app.other_traveller.key);
    let (shop, other_shop) = (&app.shop.key, &app.other_shop.key);
    let (jp, cn) = (&app.bank_jp.key, &app.bank_cn.key);
    crate::bank_files::sold(app, 3_000).await;
    let file = crate::bank_files::made(app).await;
    crate::bank_files::sold(app, 2_000).await;
    let other_file = crate::bank_files::made(app).await;
    // One that waits for a second person, made by another than who approves it.
    crate::banking::approval_above(app, Some(0)).await;
    crate::bank_files::sold(app, 4_000).await;
    let colleague = crate::banking::colleague(app).await;
    let large = app.post(&colleague, "/v1/bank-files", &json!({})).await.expect(201);
    let large = large["files"][0]["id"].as_str().unwrap().to_owned();
    crate::banking::approval_above(app, None).await;
    app.post(jp, "/v1/partners", &crate::partners::midori()).await.expect(201);
    let table = crate::banking::table(4, 0, &[500, 300]);
    app.post(jp, "/v1/statements", &table).await.expect(201);
    let waits = json!({"is": "suspense", "reason": "who sent it?"});
    app.post(jp, "/v1/bank-lines/1/resolve", &waits).await.expect(200);
    crate::bank_files::sold(app, 5_000).await;
    let yen = |amount: u64| json!({"amount": amount, "currency": "JPY"});
    let some = |key: &String| Some(key.clone());
    let case = |method, route, path: String, body, owner: &String, stranger| Case {
        method,
        route,
        path,
        body,
        owner: owner.clone(),
        stranger,
    };
    let get =
        |route, path: String, owner, stranger| case("GET", route, path, None, owner, stranger);
    let post = |route, path: String, body: Value, owner, stranger| {
        case("POST", route, path, Some(body), owner, stranger)
    };
    let same = |route: &'static str, body: Value, owner, stranger| {
        case("POST", route, route.to_owned(), Some(body), owner, stranger)
    };
    let (wallet, store, merchant) = (app.wallet, app.store, app.merchant);
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let [looked_at, looked_at_too] = crate::limits::in_review(app).await;
    let classes = json!({"classes": ["basic", "full"], "default": "full", "source": "a law"});
    app.change(&app.jp, jp, "/v1/classes", &classes).await;
    let colleague = app.colleague(&app.jp).await.key;
    let approved = crate::proposals::fees(app, 70).await;
    let rejected = crate::proposals::fees(app, 80).await;
    let shown = app.request(100).await;
    let cancelled = app.request(200).await;
    let quote = id(&app.quote(&app.request(300).await["code"]).await);
    let paid = id(&app.paid(400).await);
    let held = held(app).await;
    let released = held_of(app, 600).await;
    let account = app.post(jp, "/v1/accounts", &json!({"currency": "JPY"})).await.expect(201);
    let transfer = kernel_id();
    let two = app.post(jp, "/v1/accounts", &json!({"currency": "JPY"})).await.expect(201);
    let move_one = json!([{"id": transfer, "debit": account["id"], "credit": two["id"], "amount": 1, "code": 1}]);
    app.post(jp, "/v1/transfers", &move_one).await.expect(200);
    let other_move = json!([{"debit": account["id"], "credit": two["id"], "amount": 1, "code": 1}]);
    let spare = json!({"party": app.shop.party.to_string()});
    let spare = id(&app.post(jp, "/v1/keys", &spare).await.expect(201));
    let here = app.request(50).await;
    let charged = app.request(70).await;
    let elsewhere = app.request(80).await;
    let stray = super::with_wallet(app).await;
    // Well made, and no phone's.
    let nobodys = "47104815162513466833";
    let spare_store = json!({"merchant": merchant.to_string(), "name": "Spare", "city": "Gero",
        "category": "other"});
    let spare_store = id(&app.post(shop, "/v1/stores", &spare_store).await.expect(201));
    let asked = crate::charges::asked(app).await;
    let (guide, guided) = crate::referrals::guide(app).await;
    let newcomer = json!({"name": "Newcomer", "currency": "JPY"});
    let newcomer = id(&app.post(shop, "/v1/merchants", &newcomer).await.expect(201));
    let leaver = super::person(&app.cn, Role::Traveller).await;
    let member = json!({"name": "Hana", "duty": "cashier"});
    let member = app.post(shop, "/v1/members", &member).await.expect(201);
    let member = member["person"].as_str().unwrap().to_owned();
    let leaving = json!({"name": "Ken", "duty": "cashier"});
    let leaving = app.post(shop, "/v1/members", &leaving).await.expect(201);
    let leaving = leaving["person"].as_str().unwrap().to_owned();
    let day = crate::settlement::closed(app, 1).await;
    let large_top_up = crate::settlement::asked(app, 900_000).await;
    let small_top_up = crate::settlement::asked(app, 7).await;
    let other_top_up = crate::settlement::asked(app, 8).await;
    let yuan_colleague = app.colleague(&app.cn).await.key;
    let offer = |wallet: String, code: &Value| json!({"wallet": wallet, "code": code});
    vec![
        get("/v1/connectors", "/v1/connectors".into(), jp, None),
        get(
            "/v1/connectors/{connector}/attempts",
            "/v1/connectors/wechat/attempts".into(),
            jp,
            None,
        ),
        get("/v1/connectors/{connector}/bills", "/v1/connectors/wechat/bills".into(), jp, None),
        post(
            "/v1/connectors/{connector}/settlements",
            "/v1/connectors/wechat/settlements".into(),
            json!({"received": yen(10), "kept": yen(0), "reference": "WX-1"}),
            jp,
            None,
        ),
        post(
            "/v1/connectors/{connector}/strays/{stray}/returned",
            format!("/v1/connectors/wechat/strays/{stray}/returned"),
            json!({}),
            jp,
            None,
        ),
        post(
            "/v1/payments/{payment}/attempt",
            format!("/v1/payments/{}/attempt", id(&elsewhere)),
            json!({"connector": "wechat"}),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/payments/{payment}/attempt",
            format!("/v1/payments/{}/attempt", id(&elsewhere)),
            shop,
            some(other_shop),
        ),
        get("/v1/me", "/v1/me".into(), li, None),
        get("/v1/members", format!("/v1/members?party={}", app.shop.party), shop, some(other_shop)),
        same(
            "/v1/members",
            json!({"party": app.shop.party.to_string(), "name": "Mei", "duty": "cashier"}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/members/{person}/duty",
            format!("/v1/members/{member}/duty"),
            json!({"duty": "bookkeeper"}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/members/{person}/invitations",
            format!("/v1/members/{member}/invitations"),
            json!({}),
            shop,
            some(other_shop),
        ),
        case(
            "DELETE",
            "/v1/members/{person}",
            format!("/v1/members/{leaving}"),
            None,
            shop,
            some(other_shop),
        ),
        get("/v1/trail", "/v1/trail".into(), shop, None),
        get("/v1/trail.csv", "/v1/trail.csv".into(), shop, None),
        get("/v1/trail/refused", "/v1/trail/refused".into(), shop, None),
        get("/v1/access-rules", "/v1/access-rules".into(), jp, None),
        same(
            "/v1/access-rules",
            json!({"staff_session_min": 720, "own_session_min": 576_000, "idle_min": 15,
                "sign_from": {"JPY": 30_000}}),
            jp,
            None,
        ),
        same("/v1/parties", json!({"role": "traveller"}), jp, None),
        get("/v1/parties/{party}", format!("/v1/parties/{}", app.li_wei.party), li, some(other)),
        post(
            "/v1/parties/{party}/forget",
            format!("/v1/parties/{}/forget", leaver.party),
            json!({}),
            &leaver.key,
            some(li),
        ),
        same(
            "/v1/wallets",
            json!({"party": app.li_wei.party.to_string(), "currency": "CNY"}),
            li,
            some(other),
        ),
        get("/v1/wallets/{wallet}", format!("/v1/wallets/{wallet}"), li, some(other)),
        get(
            "/v1/wallets/{wallet}/statement",
            format!("/v1/wallets/{wallet}/statement"),
            li,
            some(other),
        ),
        get(
            "/v1/wallets/{wallet}/statement.csv",
            format!("/v1/wallets/{wallet}/statement.csv"),
            li,
            some(other),
        ),
        post(
            "/v1/wallets/{wallet}/top-ups",
            format!("/v1/wallets/{wallet}/top-ups"),
            json!({"amount": {"amount": 1, "currency": "CNY"}, "reference": "x"}),
            cn,
            some(jp),
        ),
        same(
            "/v1/merchants",
            json!({"party": app.shop.party.to_string(), "name": "Kura", "currency": "JPY"}),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/merchants/{merchant}",
            format!("/v1/merchants/{merchant}"),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/merchants/{merchant}/credit-line",
            format!("/v1/merchants/{merchant}/credit-line"),
            json!({"limit": yen(1_000), "source": "contract 1"}),
            jp,
            some(cn),
        ),
        post(
            "/v1/merchants/{merchant}/review",
            format!("/v1/merchants/{newcomer}/review"),
            json!({"decision": "approve", "account": 0}),
            jp,
            some(cn),
        ),
        get("/v1/reviews", "/v1/reviews".to_owned(), jp, None),
        get(
            "/v1/merchants/{merchant}/payments",
            format!("/v1/merchants/{merchant}/payments"),
            shop,
            some(other_shop),
        ),
        same(
            "/v1/stores",
            json!({"merchant": merchant.to_string(), "name": "Kura", "city": "Gero", "category": "restaurant"}),
            shop,
            some(other_shop),
        ),
        get("/v1/stores/{store}", format!("/v1/stores/{store}"), shop, None),
        post(
            "/v1/stores/{store}/pause",
            format!("/v1/stores/{}/pause", spare_store),
            json!({}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/stores/{store}/open",
            format!("/v1/stores/{}/open", spare_store),
            json!({}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/merchants/{merchant}/referrer",
            format!("/v1/merchants/{merchant}/referrer"),
            json!({"word": "soba", "ppm": 100_000, "days": 30, "source": "a contract"}),
            jp,
            None,
        ),
        get("/v1/referrers/{word}", "/v1/referrers/fuji-guide".into(), li, None),
        get(
            "/v1/merchants/{merchant}/shares",
            format!("/v1/merchants/{guided}/shares"),
            &guide,
            some(other_shop),
        ),
        get(
            "/v1/merchants/{merchant}/earned",
            format!("/v1/merchants/{guided}/earned"),
            &guide,
            some(other_shop),
        ),
        get(
            "/v1/merchants/{merchant}/earned.csv",
            format!("/v1/merchants/{guided}/earned.csv"),
            &guide,
            some(other_shop),
        ),
        get(
            "/v1/wallets/{wallet}/referral",
            format!("/v1/wallets/{wallet}/referral"),
            li,
            some(other),
        ),
        post(
            "/v1/wallets/{wallet}/referral",
            format!("/v1/wallets/{wallet}/referral"),
            json!({"referrer": "fuji-guide"}),
            li,
            some(other),
        ),
        post(
            "/v1/wallets/{wallet}/referral/end",
            format!("/v1/wallets/{wallet}/referral/end"),
            json!({}),
            li,
            some(other),
        ),
        get("/v1/code-terms", "/v1/code-terms".into(), jp, None),
        same("/v1/code-terms", json!({"ask_s": 90, "source": "a decision"}), jp, None),
        post(
            "/v1/wallets/{wallet}/asks/refuse",
            format!("/v1/wallets/{wallet}/asks/refuse"),
            json!({ "payment": asked }),
            li,
            some(other),
        ),
        get("/v1/stores/{store}/posters", format!("/v1/stores/{store}/posters"), shop, None),
        post(
            "/v1/stores/{store}/acceptance",
            format!("/v1/stores/{spare_store}/acceptance"),
            json!({"networks": [], "source": "none"}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/stores/{store}/places",
            format!("/v1/stores/{spare_store}/places"),
            json!({"range": "1-3"}),
            shop,
            some(other_shop),
        ),
        get("/v1/stores/{store}/code", format!("/v1/stores/{store}/code"), shop, None),
        get("/v1/stores/{store}/code.svg", format!("/v1/stores/{store}/code.svg"), shop, None),
        same("/v1/tills", json!({"store": store.to_string(), "name": "2"}), shop, some(other_shop)),
        same(
            "/v1/payments",
            json!({"store": store.to_string(), "amount": yen(5)}),
            shop,
            some(other_shop),
        ),
        get("/v1/payments/{payment}", format!("/v1/payments/{paid}"), li, some(other)),
        get(
            "/v1/payments/{payment}/code",
            format!("/v1/payments/{}/code", id(&shown)),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/payments/{payment}/code.svg",
            format!("/v1/payments/{}/code.svg", id(&shown)),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/payments/{payment}/cancel",
            format!("/v1/payments/{}/cancel", id(&cancelled)),
            json!({}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/payments/{payment}/captures",
            format!("/v1/payments/{held}/captures"),
            json!({"amount": yen(500)}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/wallets/{wallet}/phone",
            format!("/v1/wallets/{wallet}/phone"),
            json!({}),
            li,
            some(other),
        ),
        get("/v1/wallets/{wallet}/asks", format!("/v1/wallets/{wallet}/asks"), li, some(other)),
        post(
            "/v1/wallets/{wallet}/phone/end",
            format!("/v1/wallets/{wallet}/phone/end"),
            json!({}),
            li,
            some(other),
        ),
        same(
            "/v1/charges",
            json!({"store": app.store.to_string(), "amount": yen(75), "customer_code": nobodys}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/payments/{payment}/charge",
            format!("/v1/payments/{}/charge", id(&charged)),
            json!({"customer_code": nobodys}),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/payments/{payment}/charge",
            format!("/v1/payments/{}/charge", id(&charged)),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/payments/{payment}/release",
            format!("/v1/payments/{released}/release"),
            json!({}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/payments/{payment}/refunds",
            format!("/v1/payments/{paid}/refunds"),
            json!({"amount": yen(1)}),
            shop,
            some(other_shop),
        ),
        same("/v1/codes/look", json!({"code": shown["code"]}), li, None),
        same("/v1/quotes", offer(wallet.to_string(), &shown["code"]), li, some(other)),
        post(
            "/v1/quotes/{quote}/confirm",
            format!("/v1/quotes/{quote}/confirm"),
            json!({}),
            li,
            some(other),
        ),
        same(
            "/v1/payments/here",
            offer(app.yen_wallet.to_string(), &here["code"]),
            &app.resident.key,
            some(jp_traveller(app).await),
        ),
        same("/v1/keys", json!({"party": app.shop.party.to_string()}), jp, some(cn)),
        case("DELETE", "/v1/keys/{key}", format!("/v1/keys/{spare}"), None, jp, some(cn)),
        same(
            "/v1/rates",
            json!({"date": "2026-11-05", "source": "ECB", "rates": {"JPY": "170"}}),
            jp,
            None,
        ),
        same(
            "/v1/fees",
            json!({"spread_bps": 50, "merchant_bps": 160, "by_category": {"lodging": 200}}),
            jp,
            None,
        ),
        same(
            "/v1/partners",
            json!({"number": 901, "name": "new", "wallet": "New Pay", "pays_here": "JPY",
                "source": "x"}),
            jp,
            None,
        ),
        get("/v1/partners", "/v1/partners".to_owned(), jp, None),
        post(
            "/v1/partners/{partner}/keys",
            "/v1/partners/900/keys".to_owned(),
            json!({"key": crate::partners::a_key(), "trusted": true}),
            jp,
            None,
        ),
        post(
            "/v1/partners/{partner}/suspension",
            "/v1/partners/900/suspension".to_owned(),
            json!({"suspended": true, "note": "x"}),
            jp,
            None,
        ),
        same(
            "/v1/fee-rules",
            json!({"category": "lodging", "rate": {"bps": 200}, "source": "x"}),
            jp,
            None,
        ),
        post(
            "/v1/merchants/{merchant}/split",
            format!("/v1/merchants/{}/split", merchant),
            json!({"shares": [], "source": "x"}),
            jp,
            some(cn),
        ),
        get(
            "/v1/payments/{payment}/shares",
            format!("/v1/payments/{paid}/shares"),
            shop,
            some(other_shop),
        ),
        same(
            "/v1/limits",
            json!({"currency": "JPY", "per_payment": 0, "per_day": 0, "source": "x"}),
            jp,
            None,
        ),
        same("/v1/rules", json!({}), jp, None),
        same(
            "/v1/rate-terms",
            json!({"max_move_bps": 1_000, "max_age_s": 0, "source": "a desk"}),
            jp,
            None,
        ),
        same(
            "/v1/limit-rules",
            json!({
                "id": "yearly", "currency": "JPY", "reach": "inside", "window": "year",
                "most": 9_000_000, "source": "a law",
            }),
            jp,
            None,
        ),
        same(
            "/v1/velocity-rules",
            json!({
                "id": "burst", "counts": "payments", "most": 7, "minutes": 1, "effect": "refuse",
                "source": "a desk",
            }),
            jp,
            None,
        ),
        same(
            "/v1/classes",
            json!({"classes": ["basic", "full", "gold"], "default": "full", "source": "a law"}),
            jp,
            None,
        ),
        post(
            "/v1/parties/{party}/class",
            format!("/v1/parties/{}/class", app.resident.party),
            json!({"class": "full", "source": "a passport"}),
            jp,
            some(cn),
        ),
        get("/v1/wallets/{wallet}/limits", format!("/v1/wallets/{wallet}/limits"), li, some(other)),
        get("/v1/cases", "/v1/cases".into(), jp, None),
        get("/v1/cases/{payment}", format!("/v1/cases/{looked_at}"), li, some(other)),
        post(
            "/v1/cases/{payment}/release",
            format!("/v1/cases/{looked_at}/release"),
            json!({}),
            cn,
            some(jp),
        ),
        post(
            "/v1/cases/{payment}/reject",
            format!("/v1/cases/{looked_at_too}/reject"),
            json!({"reason": "a swapped code"}),
            cn,
            some(jp),
        ),
        get("/v1/proposals", "/v1/proposals".into(), jp, None),
        post(
            "/v1/proposals/{proposal}/approve",
            format!("/v1/proposals/{approved}/approve"),
            json!({}),
            &colleague,
            some(cn),
        ),
        post(
            "/v1/proposals/{proposal}/reject",
            format!("/v1/proposals/{rejected}/reject"),
            json!({"reason": "a slip"}),
            jp,
            some(cn),
        ),
        get("/v1/links", "/v1/links".into(), jp, None),
        get("/v1/links/{link}/days", "/v1/links/0/days".into(), jp, None),
        post(
            "/v1/links/{link}/days",
            "/v1/links/0/days".into(),
            json!({"number": 1}),
            jp,
            some(cn),
        ),
        get("/v1/links/{link}/days/{day}", format!("/v1/links/0/days/{day}"), jp, None),
        get(
            "/v1/links/{link}/days/{day}/entries.csv",
            format!("/v1/links/0/days/{day}/entries.csv"),
            jp,
            None,
        ),
        post(
            "/v1/links/{link}/settlement-terms",
            "/v1/links/0/settlement-terms".into(),
            json!({"closing": {"minute": 1_080, "utc_offset_min": 540}, "source": "a contract"}),
            jp,
            None,
        ),
        get("/v1/links/{link}/top-ups", "/v1/links/0/top-ups".into(), cn, None),
        post(
            "/v1/links/{link}/top-ups",
            "/v1/links/0/top-ups".into(),
            json!({"amount": 5}),
            cn,
            some(jp),
        ),
        post(
            "/v1/top-ups/{top_up}/approve",
            format!("/v1/top-ups/{large_top_up}/approve"),
            json!({}),
            &yuan_colleague,
            some(jp),
        ),
        post(
            "/v1/top-ups/{top_up}/paid",
            format!("/v1/top-ups/{small_top_up}/paid"),
            json!({"reference": "ICBC 1", "cost": {"amount": 30, "currency": "CNY"}}),
            cn,
            some(jp),
        ),
        post(
            "/v1/top-ups/{top_up}/end",
            format!("/v1/top-ups/{other_top_up}/end"),
            json!({"reason": "not needed"}),
            cn,
            some(jp),
        ),
        get("/v1/links/{link}/standing", "/v1/links/0/standing".into(), jp, None),
        post(
            "/v1/links/{link}/nostro-top-ups",
            "/v1/links/0/nostro-top-ups".into(),
            json!({"amount": yen(1), "reference": "y"}),
            jp,
            some(cn),
        ),
        post(
            "/v1/links/{link}/freeze",
            "/v1/links/0/freeze".into(),
            json!({"note": "drill"}),
            jp,
            None,
        ),
        post(
            "/v1/links/{link}/reopen",
            "/v1/links/0/reopen".into(),
            json!({"note": "over"}),
            jp,
            None,
        ),
        same("/v1/accounts", json!({"currency": "JPY"}), jp, None),
        get("/v1/accounts/{account}", format!("/v1/accounts/{}", id(&account)), jp, some(cn)),
        get("/v1/books", "/v1/books".into(), jp, None),
        same("/v1/transfers", other_move, jp, some(cn)),
        get("/v1/transfers/{transfer}", format!("/v1/transfers/{transfer}"), jp, some(cn)),
        get("/v1/totals", "/v1/totals?by=prefecture".into(), jp, None),
        get("/v1/figures", "/v1/figures?by=hour".into(), jp, None),
        get("/v1/figures.csv", "/v1/figures.csv?by=wallet".into(), jp, None),
        get("/v1/insight/sales", "/v1/insight/sales?by=month".into(), jp, None),
        get("/v1/insight/sales.csv", "/v1/insight/sales.csv?by=wallet".into(), jp, None),
        get("/v1/insight/trips", "/v1/insight/trips".into(), jp, None),
        get("/v1/insight/trips.csv", "/v1/insight/trips.csv".into(), jp, None),
        get("/v1/payments", "/v1/payments?status=captured".into(), jp, None),
        get("/v1/payments.csv", "/v1/payments.csv".into(), jp, None),
        get("/v1/audit", "/v1/audit".into(), jp, None),
        get(
            "/v1/merchants/{merchant}/tonight",
            format!("/v1/merchants/{}/tonight", app.merchant),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/merchants/{merchant}/bank-account",
            format!("/v1/merchants/{}/bank-account", app.merchant),
            shop,
            some(other_shop),
        ),
        same(
            "/v1/payout-terms",
            json!({
                "currency": "JPY",
                "minimum": 1_100,
                "fee_same_bank": 0,
                "fee_other_bank": 220,
                "cutoff_min": 1_320,
            }),
            jp,
            None,
        ),
        post(
            "/v1/bank-files/{file}/approve",
            format!("/v1/bank-files/{large}/approve"),
            json!({}),
            jp,
            some(cn),
        ),
        same(
            "/v1/payout-rules",
            json!({"currency": "JPY", "today_fee": 0, "source": "x"}),
            jp,
            None,
        ),
        same(
            "/v1/safeguard-rules",
            json!({"currency": "JPY", "share_bps": 10_000, "source": "a law"}),
            jp,
            None,
        ),
        get("/v1/safeguards", "/v1/safeguards".into(), jp, None),
        get("/v1/safeguards.csv", "/v1/safeguards.csv".into(), jp, None),
        get("/v1/banking", "/v1/banking".into(), jp, None),
        same("/v1/statements", crate::banking::table(5, 800, &[7]), jp, None),
        get("/v1/bank-lines", "/v1/bank-lines".into(), jp, None),
        get("/v1/bank-lines/{line}", "/v1/bank-lines/0".into(), jp, some(cn)),
        post(
            "/v1/bank-lines/{line}/resolve",
            "/v1/bank-lines/0/resolve".into(),
            waits,
            jp,
            some(cn),
        ),
        post(
            "/v1/bank-lines/{line}/undo",
            "/v1/bank-lines/1/undo".into(),
            json!({"reason": "a drill"}),
            jp,
            some(cn),
        ),
        get("/v1/bank-lines/{line}/payments", "/v1/bank-lines/0/payments".into(), jp, some(cn)),
        post(
            "/v1/merchants/{merchant}/payout-schedule",
            format!("/v1/merchants/{merchant}/payout-schedule"),
            json!({"when": "weekly", "weekday": 4}),
            shop,
            some(other_shop),
        ),
        post(
            "/v1/merchants/{merchant}/payout-today",
            format!("/v1/merchants/{merchant}/payout-today"),
            json!({}),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/merchants/{merchant}/payouts",
            format!("/v1/merchants/{merchant}/payouts"),
            shop,
            some(other_shop),
        ),
        get(
            "/v1/payments/{payment}/payout",
            format!("/v1/payments/{paid}/payout"),
            shop,
            some(other_shop),
        ),
        get("/v1/bank-files/tonight", "/v1/bank-files/tonight".into(), jp, None),
        get("/v1/bank-files", "/v1/bank-files".into(), jp, None),
        same("/v1/bank-files", json!({}), jp, None),
        get("/v1/bank-files/{file}", format!("/v1/bank-files/{file}"), jp, some(cn)),
        get("/v1/bank-files/{file}/content", format!("/v1/bank-files/{file}/content"), jp, None),
        post(
            "/v1/bank-files/{file}/sent",
            format!("/v1/bank-files/{file}/sent"),
            json!({}),
            jp,
            some(cn),
        ),
        post(
            "/v1/bank-files/{file}/withdraw",
            format!("/v1/bank-files/{other_file}/withdraw"),
            json!({"reason": "a drill"}),
            jp,
            some(cn),
        ),
        same("/v1/clock/accept", json!({}), jp, None),
        // It sends the shop back to staff: after all that pays it.
        post(
            "/v1/merchants/{merchant}/bank-account",
            format!("/v1/merchants/{newcomer}/bank-account"),
            json!({
                "bank": "2476", "branch": "001", "kind": "ordinary", "account": "0000001",
                "holder": "ﾔﾏ", "replaces": 0,
            }),
            shop,
            some(other_shop),
        ),
    ]
}

fn kernel_id() -> String {
    server::cells::fresh::<kernel::id::Transfer>().to_string()
}

async fn jp_traveller(app: &App) -> &String {
    static KEY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    if KEY.get().is_none() {
        let bank = &app.bank_jp.key;
        let party = app.post(bank, "/v1/parties", &json!({"role": "traveller"})).await.expect(201);
        let key = app.post(bank, "/v1/keys", &json!({"party": party["id"]})).await.expect(201);
        let _ = KEY.set(key["key"].as_str().unwrap().to_owned());
    }
    KEY.get().unwrap()
}

async fn held(app: &App) -> String {
    held_of(app, 500).await
}

/// A payment that is held for a later capture.
async fn held_of(app: &App, yen: u64) -> String {
    let body = json!({
        "store": app.store.to_string(),
        "amount": {"amount": yen, "currency": "JPY"},
        "capture": "later",
    });
    let requested = app.post(&app.shop.key, "/v1/payments", &body).await.expect(201);
    let quote = app.quote(&requested["code"]).await;
    assert_eq!(app.confirm(&quote).await["status"], "authorized");
    requested["id"].as_str().unwrap().to_owned()
}

/// A case as a request.
pub fn request(case: &Case, key: Option<&str>, once: &str) -> Request<Body> {
    let mut request = Request::builder().method(case.method).uri(&case.path);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let request = request.header("idempotency-key", once);
    let Some(body) = &case.body else { return request.body(Body::empty()).unwrap() };
    request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap()
}
