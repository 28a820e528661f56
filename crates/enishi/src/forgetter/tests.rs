//! A person is forgotten, seen from outside: through HTTP, over vaults and journals on a disk, and
//! with the node cut off between any two steps.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Forgetter;
use crate::commands::{audit, init};
use crate::config::Config;
use crate::node::Node;
use crate::service;

const NAME: &str = "李伟 of the long and unmistakable name";

/// One life of a process: a node with its edge, and a forgetter or none.
struct Life {
    forgetter: Option<Forgetter>,
    node: Node,
    runtime: Runtime,
    address: String,
}

fn config(data: &Path) -> Config {
    let mut config = Config::demo(data, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    config.cells.truncate(1);
    config.links.clear();
    config
}

impl Life {
    fn begin(data: &Path) -> Self {
        let mut life = Self::begin_without(data);
        life.forgetter = Some(Forgetter::start(&life.node).unwrap());
        life
    }

    /// Nobody does what is asked.
    fn begin_without(data: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let config = config(data);
        let mut node = Node::open(&config, runtime.handle()).unwrap();
        node.furnish(&config, &server::setup::Terms::shipped()).unwrap();
        node.connect().unwrap();
        let (listener, edge) = runtime.block_on(async {
            let listener = server::listen(config.listen).await.unwrap();
            (listener, service::edge(&node, &config, crate::outside::Made::new()).await.unwrap())
        });
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = server::app(edge.clone(), Router::new());
        let serve = async move {
            server::serve(listener, &edge, router, std::future::pending()).await;
        };
        runtime.spawn(serve);
        Self { forgetter: None, node, runtime, address }
    }

    /// Ends as a process does: whatever was not durable is gone, and every file is let go of.
    fn end(self) {
        drop(self.forgetter);
        self.node.stop();
        self.runtime.shutdown_timeout(Duration::from_secs(10));
    }

    fn get(&self, key: &str, path: &str) -> (u16, Value) {
        let request = agent().get(format!("{}{path}", self.address));
        answer(request.header("Authorization", format!("Bearer {key}")).call())
    }

    fn post(&self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = agent()
            .post(format!("{}{path}", self.address))
            .header("Authorization", format!("Bearer {key}"))
            .header(
                "Idempotency-Key",
                format!("{:032x}", u128::from_le_bytes(server::cells::random())),
            )
            .header("Content-Type", "application/json");
        answer(request.send(body.to_string()))
    }

    fn person(&self, key: &str, party: &str) -> Value {
        let (status, told) = self.get(key, &format!("/v1/parties/{party}"));
        assert_eq!(status, 200, "{told}");
        told
    }

    /// Waits until a party is forgotten.
    fn until_forgotten(&self, key: &str, party: &str) -> Value {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let told = self.person(key, party);
            if told["standing"] == "forgotten" {
                return told;
            }
            assert!(Instant::now() < until, "it is not forgotten: {told}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn answer(got: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    let mut got = got.unwrap();
    let text = got.body_mut().read_to_string().unwrap();
    (got.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A data folder, the operator's key, and a person with a key of its own who is known by name.
struct Scene {
    folder: TempDir,
    operator: String,
    party: String,
    key: String,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let life = Life::begin(folder.path());
        let operator =
            life.runtime.block_on(init::first_operator(&life.node.places[0])).unwrap().key;
        // The edge hears of a key a moment after the cell that issued it.
        while life.get(&operator, "/v1/me").0 != 200 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let body = json!({"role": "traveller", "name": NAME});
        let (status, party) = life.post(&operator, "/v1/parties", &body);
        assert_eq!(status, 201, "{party}");
        let party = party["id"].as_str().unwrap().to_owned();
        let (_, key) = life.post(&operator, "/v1/keys", &json!({"party": party}));
        let key = key["key"].as_str().unwrap().to_owned();
        let (status, _) = life.post(&key, "/v1/wallets", &json!({"currency": "CNY"}));
        assert_eq!(status, 201);
        life.end();
        Self { folder, operator, party, key }
    }

    fn forget(&self) -> String {
        format!("/v1/parties/{}/forget", self.party)
    }

    fn cell(&self) -> std::path::PathBuf {
        self.folder.path().join("cn")
    }

    /// How many people the vault can still name.
    fn keys(&self) -> usize {
        vault::parties_with_key(&self.cell()).unwrap().len()
    }

    fn audited(&self) -> ::audit::Report {
        audit::report(&[self.folder.path().to_owned()]).unwrap()
    }

    /// Nothing below the folder says the name, in whatever file.
    fn nothing_says_the_name(&self) {
        assert_eq!(files_with(self.folder.path(), NAME.as_bytes()), [""; 0]);
    }
}

fn files_with(folder: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if fs::read(&path).unwrap().windows(needle.len()).any(|part| part == needle) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_person_is_forgotten_for_good() {
    let scene = Scene::new();
    let Scene { operator, party, key, .. } = &scene;
    let life = Life::begin(scene.folder.path());
    for reader in [key, operator] {
        assert_eq!(life.person(reader, party)["name"], NAME);
    }
    assert_eq!(scene.keys(), 1);
    let (status, told) = life.post(key, &scene.forget(), &json!({}));
    assert_eq!((status, &told["standing"]), (200, &json!("forgotten")), "{told}");
    let over = |life: &Life| {
        let told = life.person(operator, party);
        assert_eq!((told.get("name"), &told["standing"]), (None, &json!("forgotten")));
        assert!(told["asked"].as_str().unwrap() <= told["forgotten"].as_str().unwrap());
        assert_eq!(life.get(key, "/v1/me").0, 401);
    };
    over(&life);
    // While the server runs: its own audit asks its vaults, the command line looks at the files.
    let (_, books) = life.get(operator, "/v1/audit");
    assert_eq!(
        (&books["clean"], &books["cells"][0]["parties_forgotten"]),
        (&json!(true), &json!(1))
    );
    let report = scene.audited();
    assert!(report.is_ok() && report.to_string().contains("1 parties forgotten"), "{report}");
    assert!(!report.to_string().contains("vault"), "it was looked into: {report}");
    assert_eq!(scene.keys(), 0);
    scene.nothing_says_the_name();
    assert!(fs::metadata(scene.cell().join("vault.db-wal")).map_or(true, |log| log.len() == 0));
    life.end();
    // Lists are built anew from the journal, and bring no name back.
    fs::remove_file(scene.cell().join("views.db")).unwrap();
    let life = Life::begin(scene.folder.path());
    over(&life);
    life.end();
    scene.nothing_says_the_name();
    assert_eq!(scene.keys(), 0);
}

#[test]
fn what_was_asked_before_the_end_is_done_after_the_start() {
    let scene = Scene::new();
    let life = Life::begin_without(scene.folder.path());
    let (status, told) = life.post(&scene.key, &scene.forget(), &json!({}));
    assert_eq!((status, &told["standing"]), (202, &json!("forgetting")), "{told}");
    assert_eq!(life.person(&scene.key, &scene.party)["name"], NAME, "nobody has done it yet");
    let report = scene.audited();
    assert!(report.is_ok(), "pending is no difference: {report}");
    assert!(report.to_string().contains("pending, its key is still there"), "{report}");
    life.end();
    assert_eq!(scene.keys(), 1);
    let life = Life::begin(scene.folder.path());
    life.until_forgotten(&scene.operator, &scene.party);
    assert_eq!((scene.keys(), life.get(&scene.key, "/v1/me").0), (0, 401));
    life.end();
    assert!(scene.audited().is_ok());
}

#[test]
fn what_was_destroyed_before_the_end_is_confirmed_after_the_start() {
    let scene = Scene::new();
    let life = Life::begin_without(scene.folder.path());
    life.post(&scene.key, &scene.forget(), &json!({}));
    let vault = &life.node.places[0].vault;
    let [party] =
        vault::parties_with_key(&scene.cell()).unwrap().into_iter().collect::<Vec<_>>()[..]
    else {
        panic!("one person has a key")
    };
    assert!(vault.shred(party).unwrap());
    // Its name is gone, and the cell does not know yet.
    let told = life.person(&scene.key, &scene.party);
    assert_eq!((told.get("name"), &told["standing"]), (None, &json!("forgetting")));
    life.end();
    let report = scene.audited();
    assert!(report.is_ok() && report.to_string().contains("pending, its key is gone"), "{report}");
    let life = Life::begin(scene.folder.path());
    life.until_forgotten(&scene.operator, &scene.party);
    life.end();
}

#[test]
fn a_vault_from_an_old_copy_forgets_again() {
    let scene = Scene::new();
    let (file, copy) = (scene.cell().join("vault.db"), scene.folder.path().join("copy"));
    fs::copy(&file, &copy).unwrap();
    let life = Life::begin(scene.folder.path());
    assert_eq!(life.post(&scene.operator, &scene.forget(), &json!({})).0, 200);
    life.end();
    fs::copy(&copy, &file).unwrap();
    let report = scene.audited();
    assert!(!report.is_ok() && report.to_string().contains("forgotten_party_opens"), "{report}");
    // Not even then is the name told: the journal knows better.
    let life = Life::begin_without(scene.folder.path());
    assert_eq!(life.person(&scene.operator, &scene.party).get("name"), None);
    life.end();
    let life = Life::begin(scene.folder.path());
    let until = Instant::now() + Duration::from_secs(10);
    while scene.keys() > 0 {
        assert!(Instant::now() < until, "the vault still knows it");
        std::thread::sleep(Duration::from_millis(10));
    }
    life.end();
    assert!(scene.audited().is_ok());
}
