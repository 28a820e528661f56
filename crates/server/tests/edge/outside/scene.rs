//! The market with WeChat Pay's counterpart beside it, reached over this machine both ways.

use std::fs::{self, Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use cell::{Clock, SystemClock};
use connector::{About, Connector};
use connectors::Making;
use kernel::Span;
use serde_json::{Value, json};
use server::outside::{Outside, Pauses};
use server::setup::Founder;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wechat_counterpart::{Counterpart, Operation, Payer};

use crate::app::App;

/// All of it.
pub struct Scene {
    pub app: App,
    pub platform: Arc<Counterpart>,
    pub mchid: String,
    wallet: Arc<dyn Connector>,
    /// How far the connector's clock is ahead, in seconds.
    ahead: Arc<AtomicU64>,
    port: u16,
    serving: Option<JoinHandle<()>>,
    _keys: TempDir,
}

/// Fast: nobody stands at this till.
pub const PAUSES: Pauses = Pauses {
    first: Duration::from_millis(20),
    payment: Duration::from_millis(60),
    refund: Duration::from_millis(60),
};

impl Scene {
    /// With everything running.
    pub async fn start() -> Self {
        let mut scene = Self::quiet().await;
        scene.again().await;
        scene
    }

    /// Nobody asks the other company yet, and it knows no address that answers.
    pub async fn quiet() -> Self {
        let app = App::start().await;
        let platform = Arc::new(Counterpart::start().unwrap());
        let (keys, own) = (tempfile::tempdir().unwrap(), platform.japan());
        for (name, text) in [("own.key", &own.private_key_pem), ("v3.key", &own.api_v3_key)] {
            let path = keys.path().join(name);
            fs::write(&path, text).unwrap();
            set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let words = format!(
            r#"
            region = "global"
            currency = "JPY"
            base_url = "{}"
            appid = "{}"
            mchid = "{}"
            merchant_category_code = "5812"
            serial = "{}"
            key_file = "own.key"
            api_v3_key_file = "v3.key"
            notify_url = "http://127.0.0.1:{port}/v1/connectors/wechat/notifications"
            "#,
            platform.base_url(),
            own.appid,
            own.mchid,
            own.serial_no
        );
        let ahead = Arc::new(AtomicU64::new(0));
        let behind = Arc::clone(&ahead);
        let making = Making {
            name: "wechat",
            table: words.parse().unwrap(),
            folder: keys.path(),
            clock: Arc::new(move || SystemClock.wall().plus(Span::seconds(behind.load(SeqCst)))),
        };
        let wallet = connectors::make("wechat", making).unwrap();
        let mchid = own.mchid;
        Self { app, platform, mchid, wallet, ahead, port, serving: None, _keys: keys }
    }

    /// The process starts anew, with the wallet in its configuration.
    pub async fn again(&mut self) {
        let wallets = vec![Arc::clone(&self.wallet)];
        self.with(wallets).await;
    }

    /// The process starts anew, without it. Gives what waits for it.
    pub async fn without(&mut self) -> Vec<String> {
        self.with(Vec::new()).await
    }

    /// The process is gone, and nobody took the wallet out of the configuration.
    pub async fn gone(&mut self) {
        self.stop();
        self.app.anew(|edge| edge).await;
    }

    pub async fn with(&mut self, wallets: Vec<Arc<dyn Connector>>) -> Vec<String> {
        self.stop();
        let running: Vec<About> = wallets.iter().map(|wallet| wallet.about().clone()).collect();
        let left = Founder::new(&self.app.jp).connect(&running).await.unwrap();
        let jp = self.app.jp.clone();
        self.serve(Outside::start([(jp, wallets)], PAUSES)).await;
        left
    }

    /// The process starts anew, with the wallet and whatever else is made of it and its clock.
    pub async fn with_outside(
        &mut self,
        make: impl FnOnce(cell::Handle, Vec<Arc<dyn Connector>>, connectors::Clock) -> Outside,
    ) {
        self.stop();
        let behind = Arc::clone(&self.ahead);
        let clock: connectors::Clock =
            Arc::new(move || SystemClock.wall().plus(Span::seconds(behind.load(SeqCst))));
        let outside = make(self.app.jp.clone(), vec![Arc::clone(&self.wallet)], clock);
        self.serve(outside).await;
    }

    async fn serve(&mut self, outside: Outside) {
        self.app.anew(|edge| edge.outside(outside)).await;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (edge, router) = (self.app.edge.clone(), self.app.router.clone());
        self.serving = Some(tokio::spawn(async move {
            server::serve(listener, &edge, router, std::future::pending()).await;
        }));
    }

    /// The process stops in the middle of whatever it does.
    pub fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }

    /// Time passes on both sides.
    pub fn pass(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, SeqCst);
        self.platform.skew(i64::try_from(self.ahead.load(SeqCst)).unwrap());
        self.platform.advance(Duration::from_secs(seconds));
    }

    /// The till asks for yen.
    pub async fn requested(&self, yen: u64) -> String {
        self.app.request(yen).await["id"].as_str().unwrap().to_owned()
    }

    /// The till scans a payer's number: the payment, and what the till is told.
    pub async fn charged(&self, yen: u64, payer: Payer) -> (String, Value) {
        let code = self.platform.show_code(payer);
        let told = self.charge(yen, &code).await;
        (told["payment"]["id"].as_str().unwrap().to_owned(), told)
    }

    /// The same: the payment, and the number.
    pub async fn charged_with(&self, yen: u64, payer: Payer) -> (String, String) {
        let code = self.platform.show_code(payer);
        let told = self.charge(yen, &code).await;
        (told["payment"]["id"].as_str().unwrap().to_owned(), code)
    }

    pub async fn charge(&self, yen: u64, code: &str) -> Value {
        let body = json!({"store": self.app.store.to_string(), "customer_code": code,
            "amount": {"amount": yen, "currency": "JPY"}});
        self.app.post(&self.app.shop.key, "/v1/charges", &body).await.expect(201)
    }

    /// The till shows the other company's code: the payment, and the code.
    pub async fn shown(&self, yen: u64) -> (String, String) {
        let payment = self.requested(yen).await;
        let path = format!("/v1/payments/{payment}/attempt");
        let body = json!({"connector": "wechat"});
        let told = self.app.post(&self.app.shop.key, &path, &body).await.expect(201);
        assert_eq!((&told["state"], &told["way"]), (&json!("waiting"), &json!("shown")), "{told}");
        (payment, told["code"].as_str().unwrap().to_owned())
    }

    /// The newest attempt; asked again while the cell comes back.
    pub async fn attempt(&self, payment: &str) -> Value {
        let path = format!("/v1/payments/{payment}/attempt");
        for _ in 0..200 {
            let told = self.app.get(&self.app.shop.key, &path).await;
            if told.status != 503 {
                return told.expect(200);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the cell does not come back");
    }

    /// The word for the end of the newest attempt, once there is one.
    pub async fn ended(&self, payment: &str) -> String {
        let mut last = Value::Null;
        for _ in 0..1_000 {
            last = self.attempt(payment).await;
            if !["waiting", "cancelling"].contains(&last["state"].as_str().unwrap()) {
                return last["state"].as_str().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no end: {last} {:?}", self.platform.asked().last());
    }

    /// Waits until the other company was asked for something.
    pub async fn until_asked(&self, operation: Operation) {
        let before = self.platform.times_asked(operation);
        for _ in 0..1_000 {
            if self.platform.times_asked(operation) > before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody asks: {operation:?}");
    }

    /// What the other company owes.
    pub async fn owed(&self) -> i64 {
        let known = self.app.get(&self.app.bank_jp.key, "/v1/connectors").await.expect(200);
        known["connectors"][0]["owed"].as_i64().unwrap()
    }

    /// What our account says is what is true there.
    #[track_caller]
    pub fn assert_owed(&self, yen: i64) -> impl Future<Output = ()> + '_ {
        let at = std::panic::Location::caller();
        async move {
            assert_eq!(self.owed().await, yen, "{at}");
            let kept: i64 = self.truths().iter().sum();
            assert_eq!(kept, yen, "what the other company says it took, {at}");
        }
    }

    /// What the other company kept of each order that it knows.
    fn truths(&self) -> Vec<i64> {
        let asked = self.platform.asked();
        let number = |body: &String| {
            let body: Value = serde_json::from_str(body).ok()?;
            body["out_trade_no"].as_str().map(str::to_owned)
        };
        let mut numbers: Vec<_> = asked.iter().filter_map(|asked| number(&asked.body)).collect();
        numbers.sort();
        numbers.dedup();
        let of = |number: &String| self.platform.truth(&self.mchid, number).map(|truth| truth.kept);
        numbers.iter().filter_map(of).collect()
    }

    /// The newest notification about a payment.
    pub fn notice(&self, payment: &str) -> String {
        let bare = payment.strip_prefix("pay_").unwrap();
        let notices = self.platform.notices();
        let of = notices.iter().rev().find(|notice| notice.out_trade_no.starts_with(bare));
        of.unwrap_or_else(|| panic!("{notices:?}")).id.clone()
    }

    /// Has it delivered again.
    pub async fn deliver(&self, notice: &str) -> Option<u16> {
        self.deliver_lying(notice, wechat_counterpart::Lie::default()).await
    }

    pub async fn deliver_lying(&self, notice: &str, lie: wechat_counterpart::Lie) -> Option<u16> {
        let (platform, notice) = (Arc::clone(&self.platform), notice.to_owned());
        tokio::task::spawn_blocking(move || platform.deliver_lying(&notice, &lie)).await.unwrap()
    }

    /// Somebody says something to the address for notifications.
    pub async fn told(&self, connector: &str, body: &str) -> u16 {
        let path = format!("/v1/connectors/{connector}/notifications");
        let request = Request::post(path).header("content-type", "application/json");
        let answer = self.app.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        answer.status.as_u16()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Scene {
    /// What our account says, whatever is true there.
    #[track_caller]
    pub fn assert_owed_here(&self, yen: i64) -> impl Future<Output = ()> + '_ {
        let at = std::panic::Location::caller();
        async move { assert_eq!(self.owed().await, yen, "{at}") }
    }

    /// Waits until so much of a payment was given back.
    pub async fn until_refunded(&self, payment: &str, yen: u64) {
        let path = format!("/v1/payments/{payment}");
        for _ in 0..1_000 {
            let view = self.app.get(&self.app.shop.key, &path).await.expect(200);
            if view["refunded"]["amount"] == yen {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it is not given back");
    }
}
