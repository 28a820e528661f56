//! The document that is checked in is the one that the handlers make.

use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

#[test]
fn the_document_is_as_checked_in() {
    let made = server::document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    assert!(made == kept, "the API changed: look at it, then run this test with UPDATE=1");
}

#[test]
fn every_operation_says_what_it_is_and_how_it_is_refused() {
    let document: Value = serde_json::from_str(&server::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|s| s.len() > 5), "{what}");
            if path.starts_with("/v1/") {
                let problem = &operation["responses"]["default"]["content"];
                assert!(problem["application/problem+json"].is_object(), "{what}");
            }
            for (status, reply) in operation["responses"].as_object().unwrap() {
                let described = reply["description"].as_str().is_some_and(|d| !d.is_empty());
                assert!(described, "{what}: {status}");
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let once =
                parameters.iter().any(|p| p["name"] == "Idempotency-Key" && p["in"] == "header");
            let signed = path.starts_with("/corridor/")
                || path.starts_with("/partner/")
                || path.ends_with("/notifications");
            assert_eq!(once, method == "post" && !signed, "{what}");
            for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
                let name = name.trim_end_matches(".svg").trim_end_matches('}');
                let described = parameters.iter().any(|p| p["name"] == name && p["in"] == "path");
                assert!(described, "{what}: {name}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let text = server::document();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut found = 0;
    for (at, _) in text.match_indices("#/components/schemas/") {
        let name = text[at + "#/components/schemas/".len()..].split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
        found += 1;
    }
    assert!(found > 50, "{found}");
}
