//! Windows of the real binary: a shop's till by its code where one cell is served alone.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::fs;

use e2e::api::Api;
use e2e::binary::run;
use e2e::served::Served;
use serde_json::{Value, json};

const ONE_CELL: &str = r#"
listen = "127.0.0.1:0"
data = "data"
rates_max_age_days = 0

[[cell]]
number = 2
name = "jp"
country = "JP"
language = "JA"
currencies = ["JPY"]
utc_offset_min = 540
"#;

#[test]
fn a_till_opens_by_its_code_where_one_cell_is_served_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("enishi.toml"), ONE_CELL).unwrap();
    let told: Value =
        serde_json::from_str(run(home.path(), &["init", "--json"]).succeeds()).unwrap();
    let key = told["operators"]["jp"].as_str().unwrap();
    let mut served = Served::begin(home.path(), &["serve"]);
    served.await_address();
    let api = Api::new(served.address());
    let door = api.page("/enter?lang=en").unwrap();
    assert!(door.contains("name=\"code\"") && door.contains("Sign in"), "{door}");

    let made = |path: &str, body: &Value| {
        let reply = api.post(key, path, path, body).unwrap();
        assert!(reply.is_done(), "{path}: {reply:?}");
        reply.body
    };
    let party = made("/v1/parties", &json!({"role": "merchant"}))["id"].clone();
    let merchant = json!({"party": party, "name": "そば処 山ぼうし", "currency": "JPY"});
    let merchant = made("/v1/merchants", &merchant)["id"].clone();
    let store = json!({"merchant": merchant, "name": "そば処 山ぼうし", "city": "Takayama",
        "category": "restaurant", "prefecture": 21});
    let store = made("/v1/stores", &store)["id"].clone();
    let code = made("/v1/keys", &json!({"party": party, "form": "code"}))["code"].clone();
    let code = code.as_str().unwrap();

    let till = api.page(&format!("/t/{code}?lang=ja")).unwrap();
    assert!(till.contains("そば処 山ぼうし") && till.contains("id=\"till-request\""), "{till}");
    assert!(till.contains(&format!("/poster/{}", store.as_str().unwrap())), "{till}");
    let link = api.page(&format!("/enter/{code}?lang=en")).unwrap();
    assert!(link.contains("This link opens a shop’s till."), "{link}");
    let wallet = api.page(&format!("/w/{code}?lang=en")).unwrap();
    assert!(wallet.contains("sign_in_other_role"), "{wallet}");
    assert!(served.stop().0.success());
}
