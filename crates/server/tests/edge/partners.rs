//! Partners at their own routes: registered by commands, known by their signatures, and paid and
//! paying by the corridor's laws.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use cell::{Handle, SystemClock};
use ed25519_dalek::SigningKey;
use kernel::Id;
use kernel::id::Payment;
use link::keys::{KeyFolder, Keys};
use partner::ask::{Between, Raw, Request, agent_anew};
use partner::body::{self, Delivery, Operation, Sent, Standing};
use partner::chain::Chain;
use partner::message::{Flat, Money};
use partner::signature::Params;
use partner::{Couriers, Partners};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::app::App;

/// The number of the partner that tests know.
const NUMBER: u16 = 900;

/// A server over the cells of an app, with partners.
pub struct Served {
    pub url: String,
    pub keys: KeyFolder,
    pub partners: Arc<Partners>,
    pub router: Router,
}

/// Serves one cell to partners, on loopback.
pub async fn serve(app: &App, cell: &Handle, home: &TempDir) -> Served {
    let name = &cell.info().name;
    let folder = home.path().join(name);
    let keys = KeyFolder::new(&folder, name);
    keys.own().unwrap();
    let own = Arc::new(Keys::over(keys.clone()));
    let clock = Arc::new(SystemClock);
    let partners = Arc::new(Partners::of(cell.clone(), own, clock, Some(&folder)));
    let known = vec![Arc::clone(&partners)];
    let edge = app.edge_again(|edge| edge.partners(known)).await;
    let router = server::app(edge.clone(), Router::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = router.clone();
    tokio::spawn(async move {
        server::serve(listener, &edge, served, std::future::pending()).await;
    });
    Served { url, keys, partners, router }
}

/// An app whose `jp` has a partner that its tests play themselves.
struct Outside {
    app: App,
    served: Served,
    key: SigningKey,
    keyid: String,
    _home: TempDir,
}

impl Outside {
    async fn start() -> Self {
        let app = App::start().await;
        let home = tempfile::tempdir().unwrap();
        let served = serve(&app, &app.jp, &home).await;
        let folder = KeyFolder::new(&home.path().join("mdr"), "mdr");
        let public = folder.own().unwrap();
        let key = folder.read().unwrap().current.unwrap();
        let bank = &app.bank_jp.key;
        app.post(bank, "/v1/partners", &midori()).await.expect(201);
        let trust = json!({"key": public.to_string(), "trusted": true});
        app.post(bank, "/v1/partners/900/keys", &trust).await.expect(200);
        served.partners.refresh_now().await;
        let keyid = public.id();
        Self { app, served, key, keyid, _home: home }
    }

    async fn prefunded(yen: u64) -> Self {
        let outside = Self::start().await;
        let amount = json!({"amount": {"amount": yen, "currency": "JPY"}, "reference": "bank-1"});
        let bank = &outside.app.bank_jp.key;
        outside.app.post(bank, "/v1/links/1/nostro-top-ups", &amount).await.expect(201);
        outside
    }

    fn signed(&self, asked: (Operation, &str), body: Vec<u8>) -> Request {
        let between = Between { from: "mdr", to: "jp", url: &self.served.url };
        let created = kernel_now();
        let nonce = link::signature::nonce();
        let params = Params { created, expires: None, keyid: self.keyid.clone(), nonce };
        Request::signed(&self.key, between, asked, body, &params)
    }

    async fn send(&self, request: Request) -> Raw {
        let sending = move || request.send(&agent_anew(), Duration::from_secs(10));
        tokio::task::spawn_blocking(sending).await.unwrap().unwrap()
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        asked: (Operation, &str),
        body: Vec<u8>,
    ) -> T {
        let raw = self.send(self.signed(asked, body)).await;
        let words = String::from_utf8_lossy(&raw.body).into_owned();
        assert_eq!(raw.status, 200, "{words}");
        body::read(&raw.body).unwrap_or_else(|why| panic!("{why}: {words}"))
    }

    async fn standing(&self) -> Standing {
        self.ask((Operation::Standing, ""), Vec::new()).await
    }

    async fn deliver(&self, after: Chain, messages: Vec<Flat>) -> Standing {
        let body = body::write(&Delivery::of(after, messages));
        self.ask((Operation::Deliver, ""), body).await
    }

    async fn sent(&self, after: u64) -> Vec<Flat> {
        let sent: Sent = self.ask((Operation::Sent, &format!("after={after}")), vec![]).await;
        sent.delivery.messages
    }

    fn authorize(&self, number: u64, yen: u64) -> Flat {
        let payment: Id<Payment> = server::cells::fresh();
        Flat {
            number,
            kind: "authorize".to_owned(),
            payment: Some(payment.to_string()),
            store: Some(self.app.store.to_string()),
            amount: Some(Money { amount: yen, currency: "JPY".to_owned() }),
            valid_until: Some(kernel_now() + 60),
            capture: Some("now".to_owned()),
            requested: Some(false),
            payer: Some("17".to_owned()),
            ..Flat::default()
        }
    }
}

/// A key of the partner that tests know.
pub fn a_key() -> String {
    let key = SigningKey::from_bytes(&[7; 32]);
    link::keys::PublicKey::of("mdr", &key).to_string()
}

/// What is agreed with it.
pub fn midori() -> Value {
    json!({
        "number": NUMBER, "name": "mdr", "wallet": "Midori Pay", "pays_here": "JPY",
        "most_prefund": 50_000, "source": "a contract",
    })
}

fn kernel_now() -> u64 {
    cell::Clock::wall(&SystemClock).seconds()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partners_wallet_pays_at_the_poster() {
    let outside = Outside::prefunded(20_000).await;
    let code = outside.app.get(&outside.app.shop.key, &store_code(&outside.app)).await.expect(200);
    let asked = json!({"code": code["code"]});
    let looked: Value = outside.ask((Operation::Lookup, ""), asked.to_string().into_bytes()).await;
    assert_eq!(looked["store"], outside.app.store.to_string());
    assert_eq!((&looked["open"], &looked["currency"]), (&json!(true), &json!("JPY")));

    let authorize = outside.authorize(1, 3_200);
    let stands = outside.deliver(Chain::default(), vec![authorize.clone()]).await;
    assert_eq!((stands.received.number, stands.nostro.unwrap().amount), (1, 16_800));
    let sent = outside.sent(0).await;
    let kinds: Vec<_> = sent.iter().map(|message| message.kind.as_str()).collect();
    assert_eq!(kinds, ["nostro_changed", "captured"]);
    assert_eq!(sent[1].payment, authorize.payment);
    assert_eq!(sent[1].nostro_after.as_ref().unwrap().amount, 16_800);
    // The same message again is seen once.
    let again = outside.deliver(Chain::default(), vec![authorize.clone()]).await;
    assert_eq!((again.received, again.sent), (stands.received, stands.sent));
    // Over the prefund is declined, and never silent.
    let more = outside.deliver(stands.received, vec![outside.authorize(2, 16_801)]).await;
    assert_eq!(more.received.number, 2);
    let declined = outside.sent(2).await;
    assert_eq!((declined.len(), declined[0].word.as_deref()), (1, Some("nostro_too_low")));

    // A refund in parts, as any of a sale.
    let payment = authorize.payment.unwrap();
    for (part, left) in [(200, 17_000), (3_000, 20_000)] {
        let path = format!("/v1/payments/{payment}/refunds");
        let body = json!({"amount": {"amount": part, "currency": "JPY"}});
        outside.app.post(&outside.app.shop.key, &path, &body).await.expect(201);
        assert_eq!(outside.standing().await.nostro.unwrap().amount, left);
    }
    let refunds = outside.sent(3).await;
    let totals: Vec<_> = refunds.iter().map(|it| it.amount.as_ref().unwrap().amount).collect();
    assert_eq!(totals, [200, 3_200]);
}

fn store_code(app: &App) -> String {
    format!("/v1/stores/{}/code", app.store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_is_bound_by_what_was_agreed() {
    let outside = Outside::prefunded(40_000).await;
    let bank = &outside.app.bank_jp.key;
    // No more than agreed is held.
    let more = json!({"amount": {"amount": 10_001, "currency": "JPY"}, "reference": "bank-2"});
    let refused = outside.app.post(bank, "/v1/links/1/nostro-top-ups", &more).await;
    assert_eq!(refused.problem(), (422, "out_of_range".into()));
    // Suspended, it pays nothing new, and is told why.
    let off = json!({"suspended": true, "note": "a look at its books"});
    outside.app.post(bank, "/v1/partners/900/suspension", &off).await.expect(200);
    let stands = outside.deliver(Chain::default(), vec![outside.authorize(1, 100)]).await;
    assert!(stands.suspended);
    let declined = outside.sent(1).await;
    assert_eq!(declined[0].word.as_deref(), Some("partner_suspended"));
    let on = json!({"suspended": false, "note": "all is well"});
    outside.app.post(bank, "/v1/partners/900/suspension", &on).await.expect(200);
    let stands = outside.deliver(stands.received, vec![outside.authorize(2, 100)]).await;
    assert_eq!(stands.nostro.unwrap().amount, 39_900);
    // Its key is changed for another: the old one is refused for good.
    let key =
        outside.app.get(bank, "/v1/partners").await.expect(200)["partners"][0]["keys"][0]["key"]
            .clone();
    let trust = |trusted: bool| json!({"key": key, "trusted": trusted});
    outside.app.post(bank, "/v1/partners/900/keys", &trust(false)).await.expect(200);
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    let raw = outside.send(outside.signed((Operation::Standing, ""), vec![])).await;
    let said: Value = serde_json::from_slice(&raw.body).unwrap();
    assert_eq!((raw.status, &said["code"]), (401, &json!("partner_key_revoked")));
    let again = outside.app.post(bank, "/v1/partners/900/keys", &trust(true)).await;
    assert_eq!(again.problem(), (409, "already_done".into()));
}

/// Our users pay at a partner's merchants and its users at ours, and both ends are the same code:
/// here the partner of `cn` is `jp` behind its own server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_pay_at_each_others() {
    let mut app = App::start().await;
    app.cut_the_corridor();
    // The first link of both cells is the one between our own; the partners' is another pair of
    // cells, under numbers and names of their own.
    let home = tempfile::tempdir().unwrap();
    let other = Other::start(&mut app, &home).await;
    let paid = other.pay(&app, 1_500).await;
    assert_eq!(paid["status"], "captured", "{paid}");
    let links = app.get(&app.bank_cn.key, "/v1/links").await.expect(200);
    assert_eq!(links["links"][1]["mirror"]["balance"]["amount"], 98_500, "{links}");
}

/// Another operator with a shop of its own, that `cn` knows as the partner `mdr`.
pub struct Other {
    pub app: App,
    /// The end of `cn`, and its own.
    pub served: [Served; 2],
    _couriers: [Couriers; 2],
}

impl Other {
    pub async fn start(app: &mut App, home: &TempDir) -> Self {
        let other = App::build_as([(7, "oth"), (NUMBER, "mdr")], |edge| edge).await;
        let ours = serve(app, &app.cn, home).await;
        app.router = ours.router.clone();
        let theirs = serve(&other, &other.jp, home).await;
        let bank = (&app.bank_cn.key, &other.bank_jp.key);
        let at_cn = json!({
            "number": NUMBER, "name": "mdr", "wallet": "Midori Pay", "url": theirs.url,
            "paid_there": "JPY", "source": "a contract",
        });
        app.post(bank.0, "/v1/partners", &at_cn).await.expect(201);
        let at_mdr = json!({
            "number": 1, "name": "cn", "wallet": "Enishi", "url": ours.url,
            "pays_here": "JPY", "source": "a contract",
        });
        other.post(bank.1, "/v1/partners", &at_mdr).await.expect(201);
        let key = |served: &Served| json!({"key": served.keys.own().unwrap().to_string(), "trusted": true});
        app.post(bank.0, "/v1/partners/900/keys", &key(&theirs)).await.expect(200);
        other.post(bank.1, "/v1/partners/1/keys", &key(&ours)).await.expect(200);
        ours.partners.refresh_now().await;
        theirs.partners.refresh_now().await;
        let start = |served: &Served| Couriers::start(Arc::clone(&served.partners)).unwrap();
        let couriers = [start(&ours), start(&theirs)];
        let amount = json!({"amount": {"amount": 100_000, "currency": "JPY"}, "reference": "b-1"});
        other.post(bank.1, "/v1/links/1/nostro-top-ups", &amount).await.expect(201);
        for _ in 0..1_000 {
            let links = app.get(bank.0, "/v1/links").await.expect(200);
            if links["links"][1]["mirror"]["balance"]["amount"] == 100_000 {
                return Self { app: other, served: [ours, theirs], _couriers: couriers };
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the prefund never arrived");
    }

    /// Li Wei pays at the other operator's till.
    pub async fn pay(&self, app: &App, yen: u64) -> Value {
        let requested = self.app.request(yen).await;
        let quote = app.quote(&requested["code"]).await;
        app.confirm(&quote).await
    }
}
