//! Two real cells on journals in memory, a relay each way, and the API before them.

pub mod cases;
pub mod derived;
pub mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use cell::{CellInfo, Channel, Config, Handle, Relay, SystemClock};
use journal::memory::{Disk, Memory};
use kernel::id::{Merchant, Party, Store, Wallet};
use kernel::{Currency, Ref, Role};
use pay::{Category, Fees};
use serde_json::Value;
use server::auth::KeyText;
use server::bank_files::Desk;
use server::cells::fresh;
use server::code::Code;
use server::setup::{self, Founder, Shop};
use server::{Cells, Edge, SiteConfig, app};
use tempfile::TempDir;
use tower::ServiceExt;
use vault::Vault;

/// One party of a cell with its key.
#[derive(Clone, Debug)]
pub struct Person {
    pub party: Ref<Party>,
    pub key: String,
}

/// The market that every test begins with.
pub struct App {
    pub router: Router,
    pub cn: Handle,
    pub jp: Handle,
    pub edge: Edge,
    pub bank_cn: Person,
    pub bank_jp: Person,
    pub li_wei: Person,
    pub other_traveller: Person,
    pub shop: Person,
    pub other_shop: Person,
    pub resident: Person,
    pub wallet: Ref<Wallet>,
    pub yen_wallet: Ref<Wallet>,
    pub merchant: Ref<Merchant>,
    pub store: Ref<Store>,
    pub other_store: Ref<Store>,
    /// What the cells' journals stand on: `cn`, `jp`.
    pub disks: [Disk; 2],
    relays: Vec<Relay>,
    next_key: AtomicU64,
    vaults: [Arc<Vault>; 2],
    folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| {
            panic!("{error}: {} {:?}", self.status, String::from_utf8_lossy(&self.bytes))
        })
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status.as_u16(), status, "{body}");
        self.json()
    }

    /// Status and code of a problem.
    #[track_caller]
    pub fn problem(&self) -> (u16, String) {
        let kind = self.headers.get("content-type").map(|kind| kind.to_str().unwrap());
        let body = String::from_utf8_lossy(&self.bytes);
        assert_eq!(kind, Some("application/problem+json"), "{} {body}", self.status);
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16(), "{body}");
        let code = json["code"].as_str().unwrap().to_owned();
        assert_eq!(json["type"], format!("/problems/{code}"));
        assert!(json["detail"].as_str().unwrap().len() > 10, "{body}");
        assert!(json["instance"].is_string(), "{body}");
        (self.status.as_u16(), code)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

fn start_cell(number: u16, name: &str, disk: Disk) -> Handle {
    cell::start(Config {
        info: CellInfo { number, name: name.to_owned() },
        open: Box::new(move || Ok(Box::new(Memory::open(&disk)))),
        clock: Arc::new(SystemClock),
        seed: 7,
        accept_clock_jumps: true,
        codes: Some(Arc::new(cell::PhoneKeys::new(&[7; 32]))),
        snapshots: None,
        on_fatal: Arc::new(|why| panic!("{why}")),
        runtime: Some(tokio::runtime::Handle::current()),
    })
    .unwrap()
}

fn relays(cn: &Handle, jp: &Handle) -> Vec<Relay> {
    let carry = |from: &Handle, to: &Handle| {
        Relay::start(from.clone(), 0, Box::new(Channel::new(to.clone(), 0))).unwrap()
    };
    vec![carry(cn, jp), carry(jp, cn)]
}

pub async fn person(cell: &Handle, role: Role) -> Person {
    let (founder, key) = (Founder::new(cell), KeyText::generate(&cell.info().name));
    let party = founder.register_party("somebody", fresh(), role).await.unwrap();
    founder.issue_key("somebody", &key, party, role).await.unwrap();
    Person { party, key: key.reveal() }
}

fn vault(folder: &TempDir, cell: &str) -> Arc<Vault> {
    Arc::new(Vault::open(&folder.path().join(cell), cell).unwrap())
}

/// Without links and relays yet.
async fn books(cn: &Handle, jp: &Handle) {
    let both = [Currency::CNY, Currency::JPY];
    let fees = Fees { spread_bps: 50, payer_bps: 0, merchant_bps: 160, by_category: Vec::new() };
    for founder in [cn, jp].map(Founder::new) {
        founder.open_books(&both).await.unwrap();
        founder.set_fees(fees.clone()).await.unwrap();
        founder.set_payout_terms(setup::payout_terms(Currency::JPY)).await.unwrap();
        let cells = [("cn".to_owned(), 1), ("jp".to_owned(), 2)].into_iter();
        founder.set_code_terms(setup::code_terms(cells)).await.unwrap();
    }
    setup::link(cn, jp, Currency::JPY).await.unwrap();
    let settlement = setup::Terms::shipped().settlement;
    let ends = [(cn, setup::Side::Payer, 480), (jp, setup::Side::Seller, 540)];
    for (cell, side, offset) in ends {
        let how = (offset, 1_000_000);
        Founder::new(cell).settle_link(0, side, &settlement, how).await.unwrap();
    }
    let history = market::rates::shipped();
    Founder::new(cn).publish_rates(history.latest()).await.unwrap();
    Founder::new(jp).fund_nostro(0, 10_000_000).await.unwrap();
    Founder::new(jp).warn_below(0, 1_000_000).await.unwrap();
}

async fn edge_over(
    cn: &Handle,
    jp: &Handle,
    vaults: &[Arc<Vault>; 2],
    folder: &TempDir,
    more: impl FnOnce(server::edge::EdgeBuilder) -> server::edge::EdgeBuilder,
) -> (Edge, Router) {
    let site = |handle: &Handle, vault: &Arc<Vault>, country: &str, language: &str| SiteConfig {
        handle: handle.clone(),
        country: country.to_owned(),
        language: language.to_owned(),
        vault: Some(Arc::clone(vault)),
    };
    let [of_cn, of_jp] = vaults;
    let sites = vec![site(cn, of_cn, "CN", "ZH"), site(jp, of_jp, "JP", "JA")];
    let cells = Cells::start(sites).await.unwrap();
    let files = folder.path().join("jp/files");
    let desk = Desk::new(jp.clone(), Arc::clone(of_jp), files, crate::bank_files::originator());
    let desks = [("jp".to_owned(), Arc::new(desk))].into();
    let edge = more(Edge::over(cells).desks(desks)).build();
    (edge.clone(), app(edge, Router::new()))
}

impl App {
    pub async fn start() -> Self {
        Self::build(|builder| builder).await
    }

    pub async fn build(
        more: impl FnOnce(server::edge::EdgeBuilder) -> server::edge::EdgeBuilder,
    ) -> Self {
        Self::build_as([(1, "cn"), (2, "jp")], more).await
    }

    /// The same market under other numbers and names: another operator's.
    pub async fn build_as(
        cells: [(u16, &str); 2],
        more: impl FnOnce(server::edge::EdgeBuilder) -> server::edge::EdgeBuilder,
    ) -> Self {
        let disks = [Disk::new(), Disk::new()];
        let cn = start_cell(cells[0].0, cells[0].1, disks[0].clone());
        let jp = start_cell(cells[1].0, cells[1].1, disks[1].clone());
        books(&cn, &jp).await;
        let relays = relays(&cn, &jp);
        let li_wei = person(&cn, Role::Traveller).await;
        let shop = person(&jp, Role::Merchant).await;
        let other_shop = person(&jp, Role::Merchant).await;
        let resident = person(&jp, Role::Traveller).await;
        let (at_cn, at_jp) = (Founder::new(&cn), Founder::new(&jp));
        let wallet = at_cn.open_wallet("li-wei", li_wei.party, Currency::CNY, 500_000);
        let wallet = wallet.await.unwrap();
        let yen_wallet = at_jp.open_wallet("hana", resident.party, Currency::JPY, 100_000);
        let yen_wallet = yen_wallet.await.unwrap();
        let (merchant, store) = at_jp.open_shop("soba", shop.party, &soba()).await.unwrap();
        let name = "茶房 みどり";
        let latin_name = Some("Midori Tea House");
        let tea = Shop { merchant: name, name, latin_name, ..soba() };
        let (_, other_store) = at_jp.open_shop("tea", other_shop.party, &tea).await.unwrap();
        let bank_cn = person(&cn, Role::Operator).await;
        let bank_jp = person(&jp, Role::Operator).await;
        let other_traveller = person(&cn, Role::Traveller).await;
        wait_for_mirror(&cn).await;
        let folder = tempfile::tempdir().unwrap();
        let vaults = [vault(&folder, "cn"), vault(&folder, "jp")];
        let (edge, router) = edge_over(&cn, &jp, &vaults, &folder, more).await;
        Self {
            router,
            cn,
            jp,
            edge,
            bank_cn,
            bank_jp,
            li_wei,
            other_traveller,
            shop,
            other_shop,
            resident,
            wallet,
            yen_wallet,
            merchant,
            store,
            other_store,
            disks,
            relays,
            next_key: AtomicU64::new(1),
            vaults,
            folder,
        }
    }

    /// Another edge over the same cells, as after a new start.
    pub async fn edge_again(
        &self,
        more: impl FnOnce(server::edge::EdgeBuilder) -> server::edge::EdgeBuilder,
    ) -> Edge {
        edge_over(&self.cn, &self.jp, &self.vaults, &self.folder, more).await.0
    }

    /// An edge over one of the cells alone, as in a process of its own.
    pub async fn edge_of(&self, cell: &Handle) -> Edge {
        let is_jp = cell.info().name == "jp";
        let (country, language) = if is_jp { ("JP", "JA") } else { ("CN", "ZH") };
        let config = SiteConfig {
            handle: cell.clone(),
            country: country.to_owned(),
            language: language.to_owned(),
            vault: Some(Arc::clone(&self.vaults[usize::from(is_jp)])),
        };
        Edge::over(Cells::start(vec![config]).await.unwrap()).build()
    }

    /// The process starts anew over the same cells: what it kept beside them is gone.
    pub async fn anew(
        &mut self,
        more: impl FnOnce(server::edge::EdgeBuilder) -> server::edge::EdgeBuilder,
    ) {
        let built = edge_over(&self.cn, &self.jp, &self.vaults, &self.folder, more).await;
        (self.edge, self.router) = built;
    }

    /// The same with the API before it.
    pub async fn again(
        &self,
        more: impl FnOnce(server::edge::EdgeBuilder) -> server::edge::EdgeBuilder,
    ) -> Router {
        edge_over(&self.cn, &self.jp, &self.vaults, &self.folder, more).await.1
    }

    /// Terms of a cell are changed: proposed by one of its operators, approved by another.
    pub async fn change(&self, cell: &Handle, key: &str, path: &str, terms: &Value) {
        let sent = self.post(key, path, terms).await;
        if sent.status == StatusCode::CREATED {
            return;
        }
        let proposal = sent.expect(202)["proposal"]["id"].as_str().unwrap().to_owned();
        let colleague = self.colleague(cell).await.key;
        let approve = format!("/v1/proposals/{proposal}/approve");
        self.post(&colleague, &approve, &serde_json::json!({})).await.expect(200);
    }

    /// Another operator of a cell, whose key opens at once.
    pub async fn colleague(&self, cell: &Handle) -> Person {
        let colleague = person(cell, Role::Operator).await;
        let site = self.edge.cells().named(&cell.info().name).unwrap();
        site.stream.reached(cell.durable()).await;
        colleague
    }

    /// Messages cross again.
    pub fn join_the_corridor(&mut self) {
        self.relays = relays(&self.cn, &self.jp);
    }

    /// `cn` is restored from a copy of its journal that ends at a position.
    pub async fn restore_cn(&mut self, position: u64) {
        self.cut_the_corridor();
        self.cn.stop();
        self.disks[0].truncate(position);
        self.cn = start_cell(1, "cn", self.disks[0].clone());
        let built =
            edge_over(&self.cn, &self.jp, &self.vaults, &self.folder, |builder| builder).await;
        (self.edge, self.router) = built;
        self.join_the_corridor();
    }

    /// Nothing crosses from now on.
    pub fn cut_the_corridor(&mut self) {
        self.relays.clear();
    }

    /// Where the yen cell keeps files for its bank.
    pub fn files(&self) -> std::path::PathBuf {
        self.folder.path().join("jp/files")
    }

    /// The vault of the yen cell.
    pub fn vault_jp(&self) -> &Vault {
        &self.vaults[1]
    }

    /// Under what the vault of the yen cell keeps who somebody is.
    pub async fn party_id(&self, person: &Person) -> u128 {
        let query = economy::Query::Party(person.party.number);
        match self.jp.ask(query).await {
            cell::Outcome::Answered { answer: economy::Answer::Party(Some(known)), .. } => {
                known.id.0
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn new_key(&self) -> String {
        format!("test-{}", self.next_key.fetch_add(1, Ordering::Relaxed))
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_to(&self.router, request).await
    }

    /// To another edge than the first.
    pub async fn send_to(&self, router: &Router, request: Request<Body>) -> Answer {
        send(router, request).await
    }

    pub async fn get(&self, key: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {key}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.post_once(key, path, body, &self.new_key()).await
    }

    /// With a key of the caller's for the request.
    pub async fn post_once(&self, key: &str, path: &str, body: &Value, once: &str) -> Answer {
        self.post_bytes(key, path, "application/json", body.to_string().into_bytes(), once).await
    }

    pub async fn post_bytes(
        &self,
        key: &str,
        path: &str,
        kind: &str,
        bytes: Vec<u8>,
        once: &str,
    ) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", kind)
            .header("idempotency-key", once);
        self.send(request.body(Body::from(bytes)).unwrap()).await
    }

    pub async fn method(&self, key: &str, method: Method, path: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// What a person is called, as the vault has it.
    pub async fn name(&self, cell: &Handle, person: &Person, name: &str) {
        let query = economy::Query::Party(person.party.number);
        let cell::Outcome::Answered { answer: economy::Answer::Party(Some(known)), .. } =
            cell.ask(query).await
        else {
            panic!("{person:?} is not known");
        };
        let at = usize::from(cell.info().name == "jp");
        self.vaults[at].put_all(known.id.0, &[("name", name)]).unwrap();
    }

    /// A sign-in code of a person; it opens as soon as it is given.
    pub async fn code(&self, cell: &Handle, person: &Person, role: Role) -> Code {
        let code = Code::generate(&cell.info().name);
        self.issue(cell, code.issue(fresh(), person.party, role)).await;
        code
    }

    /// Issues a key; it opens as soon as this is done.
    pub async fn issue(&self, cell: &Handle, issue: economy::IssueKey) {
        let command = economy::Command::IssueKey(issue);
        let request = economy::Request { actor: kernel::Actor::CELL, fingerprint: None, command };
        let outcome = cell.submit(request).await;
        assert!(matches!(outcome, cell::Outcome::Done { .. }), "{outcome:?}");
        let site = self.edge.cells().named(&cell.info().name).unwrap();
        site.stream.reached(cell.durable()).await;
    }

    /// All that is in Li Wei's wallet goes to the bank: the wallet's account is its id with
    /// another prefix.
    pub async fn pay_out(&self) {
        let books = self.get(&self.bank_cn.key, "/v1/books").await.expect(200);
        let accounts = books["accounts"].as_array().or(books.as_array()).unwrap();
        let is_bank = |a: &&Value| a["kind"] == "bank" && a.to_string().contains("CNY");
        let bank = accounts.iter().find(is_bank).unwrap_or_else(|| panic!("{books}"));
        let wallet = self.get(&self.li_wei.key, &format!("/v1/wallets/{}", self.wallet)).await;
        let left = wallet.expect(200)["balance"]["amount"].as_u64().unwrap();
        let from = self.wallet.to_string().replace("wal_", "acc_");
        let out =
            serde_json::json!([{"debit": from, "credit": bank["id"], "amount": left, "code": 1}]);
        let moved = self.post(&self.bank_cn.key, "/v1/transfers", &out).await.expect(200);
        assert_eq!(moved["made"], 1, "{moved}");
    }

    /// Li Wei asks to be forgotten, and it is done, as a node does it.
    pub async fn forget_li_wei(&self) {
        self.pay_out().await;
        let party = self.li_wei.party;
        let asked = pay::Command::from(pay::command::ForgetParty { party });
        let done = economy::Command::ConfirmForgotten(party);
        for command in [economy::Command::Pay(asked), done] {
            let actor = kernel::Actor::CELL;
            let request = economy::Request { actor, fingerprint: None, command };
            let outcome = self.cn.submit(request).await;
            assert!(matches!(outcome, cell::Outcome::Done { .. }), "{outcome:?}");
        }
    }

    /// The till asks for yen; gives the payment.
    pub async fn request(&self, yen: u64) -> Value {
        let body = serde_json::json!({
            "store": self.store.to_string(),
            "amount": {"amount": yen, "currency": "JPY"},
        });
        self.post(&self.shop.key, "/v1/payments", &body).await.expect(201)
    }

    /// Li Wei scans a code; gives the quote.
    pub async fn quote(&self, code: &Value) -> Value {
        let body = serde_json::json!({"wallet": self.wallet.to_string(), "code": code});
        self.post(&self.li_wei.key, "/v1/quotes", &body).await.expect(201)
    }

    /// Li Wei says yes; gives the payment.
    pub async fn confirm(&self, quote: &Value) -> Value {
        let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
        let body = serde_json::json!({"again": true});
        self.post(&self.li_wei.key, &path, &body).await.expect(200)
    }

    /// A payment that was made.
    pub async fn paid(&self, yen: u64) -> Value {
        let requested = self.request(yen).await;
        let quote = self.quote(&requested["code"]).await;
        self.confirm(&quote).await
    }
}

/// A form of this server's own page, as browsers send it.
pub fn own_form(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("sec-fetch-site", "same-origin")
}

/// Asks whatever answers.
pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, bytes }
}

/// The yen cell knows another company's wallet, which nobody asks, and money of it that no payment
/// waits for. Gives the number of that.
pub async fn with_wallet(app: &App) -> String {
    let refunds = connector::RefundTerms { parts: 50, days: 365, source: "a contract" };
    let about = connector::About {
        name: "wechat".to_owned(),
        kind: "wechat",
        mode: "global",
        currency: Currency::JPY,
        shows_codes: true,
        takes_scans: true,
        refunds,
        bills: None,
    };
    Founder::new(&app.jp).connect(&[about]).await.unwrap();
    stray(app, 500).await
}

/// Money of another company that no payment waits for comes to the yen cell. Gives its number.
pub async fn stray(app: &App, amount: u64) -> String {
    let paid = pay::command::ConfirmConnectorPaid {
        payment: fresh(),
        attempt: 1,
        connector: "wechat".to_owned(),
        amount,
        reference: "4200000000002104083200000488".to_owned(),
        evidence: [7; 32],
    };
    let command = economy::Command::Pay(paid.into());
    let request = economy::Request { actor: kernel::Actor::CELL, fingerprint: None, command };
    let outcome = app.jp.submit(request).await;
    assert!(matches!(outcome, cell::Outcome::Done { .. }), "{outcome:?}");
    let open = app.get(&app.bank_jp.key, "/v1/connectors/wechat/attempts").await.expect(200);
    let open = open["attempts"].as_array().unwrap();
    let found = open.iter().find_map(|open| open["stray"].as_str());
    found.unwrap().to_owned()
}

/// The shop of the first page.
pub fn soba() -> Shop<'static> {
    Shop {
        merchant: "そば処 山ぼうし",
        name: "そば処 山ぼうし",
        latin_name: Some("Yamaboshi Soba"),
        city: "Takayama",
        category: Category::Restaurant,
        prefecture: 21,
        currency: Currency::JPY,
        tills: 0,
    }
}

async fn wait_for_mirror(cn: &Handle) {
    for _ in 0..1_000 {
        if let cell::Outcome::Answered { answer: economy::Answer::Links(links), .. } =
            cn.ask(economy::Query::Links).await
            && links[0].mirror.is_some_and(|(balance, _, _)| balance > 0)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the prefund did not reach the payer's side");
}
