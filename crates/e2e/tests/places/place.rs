//! A cell in a process of its own: its folder, its file, its server.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use e2e::api::{Api, Reply};
use e2e::binary::{Ran, run, workspace};
use e2e::served::Served;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// What one side of the file says.
const CN: &str = r#"[[cell]]
number = 1
name = "cn"
country = "CN"
language = "ZH"
currencies = ["CNY", "JPY"]
utc_offset_min = 480
"#;
const JP: &str = r#"[[cell]]
number = 2
name = "jp"
country = "JP"
language = "JA"
currencies = ["JPY"]
utc_offset_min = 540
"#;
const LINK: &str = r#"[[link]]
payer = "cn"
seller = "jp"
currency = "JPY"
"#;

/// One cell in its place.
pub struct Place {
    pub name: &'static str,
    pub home: PathBuf,
    pub port: u16,
    /// Its operator's key.
    pub operator: String,
    /// The operator's sign-in code.
    pub code: String,
    served: Option<Served>,
    asked: u64,
}

impl Place {
    /// Runs a command of the binary there.
    pub fn run(&self, args: &[&str]) -> Ran {
        run(&self.home, args)
    }

    /// The same with JSON on standard output.
    pub fn told(&self, args: &[&str]) -> Value {
        let ran = self.run(args);
        serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:#?}"))
    }

    pub fn start(&mut self) {
        let mut served = Served::begin(&self.home, &["serve"]);
        served.await_address();
        self.served = Some(served);
    }

    pub fn served(&mut self) -> &mut Served {
        self.served.as_mut().unwrap()
    }

    /// `kill -9`; what it had said.
    pub fn kill(&mut self) -> String {
        self.served.take().unwrap().kill()
    }

    /// Ctrl-C; what it had said.
    pub fn stop(&mut self) -> String {
        let (status, said) = self.served.take().unwrap().stop();
        assert!(status.success(), "{status}: {said}");
        said
    }

    pub fn signal(&mut self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.served().pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    pub fn api(&self) -> Api {
        Api::new(&format!("http://127.0.0.1:{}", self.port))
    }

    /// A key for a request that is asked once.
    pub fn once(&mut self) -> String {
        self.asked += 1;
        format!("{}-{}", self.name, self.asked)
    }

    pub fn get(&self, key: &str, path: &str) -> Reply {
        self.api().get(key, path).unwrap()
    }

    /// Posts and expects that it is done.
    pub fn made(&mut self, key: &str, path: &str, body: Value) -> Value {
        let once = self.once();
        let reply = self.api().post(key, path, &once, &body).unwrap();
        assert!(reply.is_done(), "{path} {body}: {reply:?}");
        reply.body
    }

    /// Its only link, as its operator sees it.
    pub fn link(&self) -> Value {
        let reply = self.get(&self.operator, "/v1/links");
        assert!(reply.is_done(), "{reply:?}");
        reply.body["links"][0].clone()
    }

    /// Its link, once it is as asked.
    #[track_caller]
    pub fn link_until(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let link = self.link();
            if is(&link) {
                return link;
            }
            assert!(Instant::now() < until, "{}'s link is never {what}: {link:#}", self.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its public key.
    pub fn public_key(&self) -> String {
        let told = self.told(&["corridor", "key", "--cell", self.name, "--json"]);
        told["public_key"].as_str().unwrap().to_owned()
    }

    /// Has it believe a neighbour's key.
    pub fn trust(&self, neighbour: &str, key: &str) {
        let args = ["corridor", "trust", "--cell", self.name, "--neighbour", neighbour, key];
        self.run(&args).succeeds();
    }

    /// A party with an API key.
    pub fn person(&mut self, role: &str) -> (String, String) {
        let operator = self.operator.clone();
        let party = self.made(&operator, "/v1/parties", json!({ "role": role }));
        let party = party["id"].as_str().unwrap().to_owned();
        let key = self.made(&operator, "/v1/keys", json!({ "party": party }));
        (party, key["key"].as_str().unwrap().to_owned())
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// jp alone on a port, with more of its file behind it; its books are made, and it is not served.
pub fn alone(home: &Path, port: u16, more: &str) -> Place {
    made(home, "jp", port, &format!("{JP}\n{more}"))
}

/// Two places with their books, that don't know each other's keys yet and are not served.
pub fn two(home: &Path) -> (Place, Place) {
    let ports = [free_port(), free_port()];
    two_at(home, ports, ports, "")
}

/// The same on ports of one's own. Each asks the other at `doors`, which leads to the other's port;
/// `bank` is from where jp's shops are paid.
pub fn two_at(home: &Path, ports: [u16; 2], doors: [u16; 2], bank: &str) -> (Place, Place) {
    let joined = |number: u16, name: &str, door: u16| {
        let url = format!("http://127.0.0.1:{door}");
        format!("[[neighbour]]\nnumber = {number}\nname = \"{name}\"\nurl = \"{url}\"\n\n{LINK}")
    };
    let cn = made(home, "cn", ports[0], &format!("{CN}\n{}", joined(2, "jp", doors[1])));
    let jp = made(home, "jp", ports[1], &format!("{JP}{bank}\n{}", joined(1, "cn", doors[0])));
    with_rates((cn, jp))
}

/// Two operators who know nothing of each other, each with one cell, not served yet.
pub fn two_apart(home: &Path, bank: &str) -> (Place, Place) {
    let cn = made(home, "cn", free_port(), CN);
    with_rates((cn, made(home, "jp", free_port(), &format!("{JP}{bank}"))))
}

fn made(home: &Path, name: &'static str, port: u16, cells: &str) -> Place {
    let folder = home.join(name);
    fs::create_dir(&folder).unwrap();
    let file = format!(
        "listen = \"127.0.0.1:{port}\"\ndata = \"data\"\nrates_max_age_days = 0\n\n\
         [bounds]\nper_key = {{ per_s = 0, burst = 1 }}\n\
         per_address = {{ per_s = 0, burst = 1 }}\n\n{cells}"
    );
    fs::write(folder.join("enishi.toml"), file).unwrap();
    let ran = run(&folder, &["init", "--json"]);
    let keys: Value = serde_json::from_str(ran.succeeds()).unwrap();
    let of = |what: &str| keys[what][name].as_str().unwrap().to_owned();
    let (operator, code) = (of("operators"), of("codes"));
    Place { name, home: folder, port, operator, code, served: None, asked: 0 }
}

fn with_rates((cn, jp): (Place, Place)) -> (Place, Place) {
    let rates = workspace().join("crates/market/data/ecb-daily.csv");
    cn.run(&["rates", "import", rates.to_str().unwrap()]).succeeds();
    (cn, jp)
}

/// The same that believe each other and are served.
pub fn two_joined(home: &Path) -> (Place, Place) {
    joined(two(home))
}

/// Has two places believe each other, and serves them.
pub fn joined((mut cn, mut jp): (Place, Place)) -> (Place, Place) {
    cn.trust("jp", &jp.public_key());
    jp.trust("cn", &cn.public_key());
    cn.start();
    jp.start();
    (cn, jp)
}

/// Who pays and who is paid.
#[derive(Clone)]
pub struct Market {
    pub visitor: String,
    pub wallet: String,
    pub shop: String,
    pub merchant: String,
    pub store: String,
}

/// A visitor with yuan, a shop, and a prefund that reached the payer's side.
pub fn market(cn: &mut Place, jp: &mut Place) -> Market {
    let (at_cn, at_jp) = (cn.operator.clone(), jp.operator.clone());
    let (party, visitor) = cn.person("traveller");
    let wallet = cn.made(&visitor, "/v1/wallets", json!({ "party": party, "currency": "CNY" }));
    let wallet = wallet["id"].as_str().unwrap().to_owned();
    let money =
        json!({ "amount": { "amount": 90_000_000, "currency": "CNY" }, "reference": "B-1" });
    cn.made(&at_cn, &format!("/v1/wallets/{wallet}/top-ups"), money);
    let (party, shop) = jp.person("merchant");
    let merchant = json!({ "party": party, "name": "山ぼうし", "currency": "JPY" });
    let merchant = jp.made(&shop, "/v1/merchants", merchant)["id"].as_str().unwrap().to_owned();
    let store = json!({
        "merchant": merchant, "name": "山ぼうし", "latin_name": "Yamaboshi Soba", "city": "Takayama",
        "category": "restaurant",
    });
    let store = jp.made(&shop, "/v1/stores", store)["id"].as_str().unwrap().to_owned();
    let prefund =
        json!({ "amount": { "amount": 50_000_000, "currency": "JPY" }, "reference": "P-1" });
    jp.made(&at_jp, "/v1/links/0/nostro-top-ups", prefund);
    cn.link_until("prefunded", |link| link["mirror"]["balance"]["amount"] == 50_000_000);
    Market { visitor, wallet, shop, merchant, store }
}

impl Market {
    /// One payment of a code that the till shows; the payment as the payer is told.
    pub fn pay(&self, cn: &mut Place, jp: &mut Place, yen: u64) -> Value {
        let amount = json!({ "amount": yen, "currency": "JPY" });
        let asked = json!({ "store": self.store, "amount": amount });
        let asked = jp.made(&self.shop, "/v1/payments", asked);
        let offer = json!({ "wallet": self.wallet, "code": asked["code"] });
        let quote = cn.made(&self.visitor, "/v1/quotes", offer);
        let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
        cn.made(&self.visitor, &path, json!({ "again": true }))
    }
}

/// What the two folders together say.
pub fn audit(cn: &Place, jp: &Place) -> Value {
    let (cn, jp) = (cn.home.join("data"), jp.home.join("data"));
    let (cn, jp) = (cn.to_str().unwrap(), jp.to_str().unwrap());
    let ran = run(Path::new("."), &["audit", "--data", cn, "--data", jp, "--json"]);
    serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:#?}"))
}
