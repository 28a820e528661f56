//! The worked example of docs/partner-protocol.md, to the byte.

#![allow(clippy::unwrap_used)] // all of it is a test

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use link::keys::PublicKey;
use partner::ask::{Between, Request};
use partner::body::Operation;
use partner::signature::{ASKED, Params};

/// RFC 9421, B.1.4.
fn rfc_key() -> SigningKey {
    let secret = URL_SAFE_NO_PAD.decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU").unwrap();
    SigningKey::from_bytes(&secret.try_into().unwrap())
}

fn example() -> String {
    let key = rfc_key();
    let public = PublicKey::of("mdr", &key);
    let between = Between { from: "mdr", to: "jp", url: "https://pay.example" };
    let body = br#"{"store":"sto_00G00000E00000000000009"}"#.to_vec();
    let params = Params {
        created: 1_795_423_200,
        expires: None,
        keyid: public.id(),
        nonce: "b64-Yz3kQ7uT1w9a".to_owned(),
    };
    let request = Request::signed(&key, between, (Operation::Lookup, ""), body, &params);
    let values = ["POST", "/partner/v1/lookup", "?", &request.digest, &request.field];
    let components: Vec<_> = ASKED.into_iter().zip(values).collect();
    let (_, described) = request.signed.input.split_once('=').unwrap();
    let base = link::signature::base(&components, described);
    format!(
        "public key       {public}\n\
         keyid            {}\n\n\
         POST /partner/v1/lookup HTTP/1.1\n\
         Content-Type: application/json\n\
         Content-Digest: {}\n\
         Enishi-Partner: {}\n\
         Signature-Input: {}\n\
         Signature: {}\n\n\
         {}\n\n\
         what is signed (the signature base of RFC 9421, 2.5; no line feed at its end):\n\n\
         {base}\n",
        params.keyid,
        request.digest,
        request.field,
        request.signed.input,
        request.signed.signature,
        String::from_utf8(request.body).unwrap(),
    )
}

#[test]
fn the_example_of_the_document_is_right() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/partner-protocol.md");
    let document = std::fs::read_to_string(path).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        let (before, rest) = document.split_once("asks\n`jp` for a store:\n\n```\n").unwrap();
        let (_, behind) = rest.split_once("```\n").unwrap();
        let written = format!("{before}asks\n`jp` for a store:\n\n```\n{}```\n{behind}", example());
        std::fs::write(path, written).unwrap();
        return;
    }
    assert!(document.contains(&example()), "UPDATE=1 writes it:\n{}", example());
}
