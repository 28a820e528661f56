//! Windows of the real binary: a shop's till by its code where one cell is served alone, and a
//! demo's folder of the time before there were codes.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::fs;
use std::path::Path;

use e2e::api::Api;
use e2e::binary::run;
use e2e::served::{Market, Served};
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

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

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

#[test]
fn a_demos_folder_of_before_there_were_codes_gets_them() {
    let home = tempfile::tempdir().unwrap();
    let (drawn, data) = (home.path().join("drawn"), home.path().join("data"));
    Served::demo(&drawn).kill();
    // A market whose makers never thought of codes.
    let mut old = read(&drawn.join("demo.json"));
    old["complete"] = json!(false);
    old["codes"] = json!(true);
    for group in ["operators", "visitors", "residents", "shops"] {
        for member in old[group].as_array_mut().unwrap() {
            let member = member.as_object_mut().unwrap();
            for field in ["code", "party", "wallet", "merchant", "store"] {
                member.remove(field);
            }
        }
    }
    fs::create_dir(&data).unwrap();
    fs::copy(drawn.join("enishi-data"), data.join("enishi-data")).unwrap();
    fs::write(data.join("demo.json"), old.to_string()).unwrap();
    let ran = run(home.path(), &["demo", "--port", "0", "--no-visitors", "--data", "data"]);
    assert_ne!(ran.code, Some(0), "nobody's window could be opened: {ran:?}");
    let mut old = read(&data.join("demo.json"));
    assert_eq!((&old["complete"], &old["shops"][0]["code"]), (&json!(true), &json!("")));
    old.as_object_mut().unwrap().remove("codes");
    for group in ["operators", "visitors", "residents", "shops"] {
        for member in old[group].as_array_mut().unwrap() {
            member.as_object_mut().unwrap().remove("code");
        }
    }
    fs::write(data.join("demo.json"), old.to_string()).unwrap();

    let served = Served::demo(&data);
    let (api, market) = (Api::new(served.address()), Market::of(&data));
    let wallet = api.page(&format!("/w/{}?lang=en", market.visitors[0].code)).unwrap();
    assert!(wallet.contains("2,480.00"), "{wallet}");
    let till = api.page(&format!("/t/{}?lang=ja", market.shops[0].code)).unwrap();
    assert!(till.contains("id=\"till-request\""), "{till}");
    // Another start draws no others.
    served.kill();
    let served = Served::demo(&data);
    assert_eq!(Market::of(&data).shops[0].code, market.shops[0].code);
    served.kill();
}

/// Each page with what it brings along, so that a phone on a bad line has it soon.
#[test]
fn no_page_is_heavy() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let served = Served::demo(&data);
    let (api, market) = (Api::new(served.address()), Market::of(&data));
    let (wallet, shop) = (&market.visitors[0].code, &market.shops[0].code);
    let mut pages = vec!["/".to_owned(), "/sign-up".into(), "/enter".into(), "/open".into()];
    pages.extend([format!("/w/{wallet}"), format!("/t/{shop}"), "/audit".into()]);
    let first = api.page("/?lang=ja").unwrap();
    pages.extend(links(&first, "href").filter(|to| to.starts_with("/o/")).map(str::to_owned));
    assert!(pages.len() > 7, "the first page leads to no operator's page: {first}");
    for page in pages {
        let body = api.page(&page).unwrap();
        assert!(body.len() <= 100_000, "{page} has {} bytes", body.len());
        let brought = links(&body, "src").chain(links(&body, "href"));
        let assets = brought.filter(|to| to.starts_with("/assets/"));
        let bytes: usize = assets.map(|to| api.bytes("none", to).unwrap().len()).sum();
        assert!(bytes > 0 && bytes <= 100_000, "{page} brings {bytes} bytes along");
    }
    served.kill();
}

/// What an attribute's values lead to, on this server.
fn links<'p>(page: &'p str, attribute: &str) -> impl Iterator<Item = &'p str> {
    let start = format!("{attribute}=\"");
    let values: Vec<_> =
        page.split(&start[..]).skip(1).filter_map(|it| it.split('"').next()).collect();
    values.into_iter().filter(|to| to.starts_with('/'))
}
