//! People: their names in a vault on a disk, and forgetting them as the API tells it. (A node does
//! the forgetting; here the test says when.)

use std::time::{Duration, Instant};

use crate::app::App;
use economy::{Command, Request};
use kernel::id::Party;
use kernel::{Actor, Ref};
use serde_json::{Value, json};

const NAME: &str = "李伟 Li Wei-Unmistakable";

async fn registered(app: &App, name: &str) -> (Ref<Party>, String) {
    let body = json!({"role": "traveller", "name": name});
    let party = app.post(&app.bank_cn.key, "/v1/parties", &body).await.expect(201);
    assert_eq!((&party["role"], party.get("name")), (&json!("traveller"), None));
    let id = party["id"].as_str().unwrap();
    let key = app.post(&app.bank_cn.key, "/v1/keys", &json!({"party": id})).await.expect(201);
    (id.parse().unwrap(), key["key"].as_str().unwrap().to_owned())
}

/// What a node does: destroys the key, and says so.
async fn shredded(app: &App, party: Ref<Party>) {
    let site = app.edge.cells().named("cn").unwrap();
    let vault = site.vault.as_ref().unwrap();
    let known = site.ask(economy::Query::ToForget).await.unwrap().value;
    let economy::Answer::Parties(waiting) = known else { panic!("{known:?}") };
    let [one] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!(one.party, party);
    vault.shred(one.id.0).unwrap();
    let command = Command::ConfirmForgotten(party);
    app.cn.submit(Request { actor: Actor::CELL, fingerprint: None, command }).await;
}

async fn seen(app: &App, key: &str, party: Ref<Party>) -> Value {
    app.get(key, &format!("/v1/parties/{party}")).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_kept_and_read_by_itself_and_the_operator() {
    let app = App::start().await;
    let (party, key) = registered(&app, NAME).await;
    for reader in [&key, &app.bank_cn.key] {
        let told = seen(&app, reader, party).await;
        assert_eq!((&told["name"], &told["standing"]), (&json!(NAME), &json!("known")));
        assert_eq!((told.get("asked"), told.get("forgotten")), (None, None));
    }
    // One without a name has none.
    let told = seen(&app, &app.li_wei.key, app.li_wei.party).await;
    assert_eq!((told.get("name"), &told["standing"]), (None, &json!("known")));
    // A guess is as good as a stranger's.
    let guess = Ref::<Party>::new(1, party.number, party.tag ^ 1);
    for (reader, path) in [(&app.li_wei.key, party), (&app.bank_cn.key, guess)] {
        let told = app.get(reader, &format!("/v1/parties/{path}")).await;
        assert_eq!(told.problem(), (404, "party_not_found".into()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_does_not_fit_is_refused_and_a_repeat_leaves_one() {
    let app = App::start().await;
    let bank = &app.bank_cn.key;
    for name in ["", "a\nb", &"x".repeat(61)] {
        let told = app.post(bank, "/v1/parties", &json!({"role": "traveller", "name": name})).await;
        assert_eq!(told.problem(), (422, "text_unfit".into()), "{name:?}");
    }
    let longest = "伟".repeat(60);
    let body = json!({"role": "traveller", "name": longest});
    let first = app.post_once(bank, "/v1/parties", &body, "once").await;
    let again = app.post_once(bank, "/v1/parties", &body, "once").await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("enishi-repeated"), Some("true"));
    let party = first.json()["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(seen(&app, bank, party).await["name"], longest);
    // The name stands under the id that was made, and under no other: forgetting it is enough.
    let vault = app.edge.cells().named("cn").unwrap().vault.clone().unwrap();
    assert_eq!(vault.sweep(|_| false, u64::MAX).unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgetting_is_asked_then_seen_then_final() {
    let app = App::start().await;
    let (party, key) = registered(&app, NAME).await;
    let path = format!("/v1/parties/{party}/forget");
    // Nobody does the work yet: it is told as under way, and nothing new is done meanwhile.
    let asked = app.post_once(&key, &path, &json!({}), "leave").await;
    assert_eq!(asked.expect(202)["standing"], "forgetting");
    assert_eq!(asked.json().get("name"), None);
    let told = seen(&app, &key, party).await;
    assert!(told["asked"].is_string() && told.get("forgotten").is_none());
    let wallet = json!({"currency": "CNY"});
    let refused = app.post(&key, "/v1/wallets", &wallet).await;
    assert_eq!(refused.problem(), (410, "party_forgotten".into()));
    let new_key =
        app.post(&app.bank_cn.key, "/v1/keys", &json!({"party": party.to_string()})).await;
    assert_eq!(new_key.problem(), (410, "party_forgotten".into()));

    // Done while the operator, who asks too, waits.
    let before = Instant::now();
    let body = json!({});
    let waits = app.post(&app.bank_cn.key, &path, &body);
    let works = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        shredded(&app, party).await;
    };
    let (done, ()) = tokio::join!(waits, works);
    let done = done.expect(200);
    assert_eq!((&done["standing"], done["forgotten"].is_string()), (&json!("forgotten"), true));
    assert!(before.elapsed() < Duration::from_millis(1_900), "it is told when it is done");
    // The answer came: the party's key is dead at once, and no name is left to be read.
    let repeat = app.post_once(&key, &path, &json!({}), "leave").await;
    assert_eq!(repeat.problem(), (401, "key_revoked".into()));
    let told = seen(&app, &app.bank_cn.key, party).await;
    assert_eq!((told.get("name"), &told["standing"]), (None, &json!("forgotten")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_way_is_said_with_what_to_do() {
    let app = App::start().await;
    let forget = |party: Ref<Party>| format!("/v1/parties/{party}/forget");
    let rows = [
        (&app.li_wei, 409, "party_has_money", "paid out"),
        (&app.shop, 409, "party_has_open_store", "pause"),
        (&app.bank_cn, 403, "operator_needs_another", "colleague"),
    ];
    for (person, status, code, todo) in rows {
        let told = app.post(&person.key, &forget(person.party), &json!({})).await;
        assert_eq!(told.problem(), (status, code.into()));
        let detail = told.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(todo), "{detail}");
    }
    app.pay_out().await;
    let told = app.post(&app.li_wei.key, &forget(app.li_wei.party), &json!({})).await;
    assert_eq!(told.expect(202)["standing"], "forgetting");
}

/// A hash of a request stands in the journal for ever. Whoever has the journal and guesses a name must
/// not be able to see that the guess is right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_has_nothing_to_try_names_on() {
    let app = App::start().await;
    let (target, body) = ("/v1/parties", json!({"role": "traveller", "name": NAME}));
    let once = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    app.post_once(&app.bank_cn.key, target, &body, once).await.expect(201);
    let hash = |parts: &[&[u8]]| {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        bytes
    };
    let stands = |needle: [u8; 16]| {
        let groups = app.disks[0].groups();
        let mut records = groups.iter().flat_map(|group| group.records());
        records.any(|record| record.windows(16).any(|part| part == needle))
    };
    let body = body.to_string().into_bytes();
    assert!(!stands(hash(&[target.as_bytes(), &body])));
    assert!(
        stands(hash(&[once.as_bytes(), target.as_bytes(), &body])),
        "or this test sees nothing"
    );
}
