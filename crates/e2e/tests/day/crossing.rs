//! Every field that crosses between the two processes in a shop's day, by the bytes on the wire;
//! and that no value of the day that is about a person is among them.

use std::collections::BTreeSet;

use kernel::id::{Payment, Store, Wallet};
use kernel::{Id, Ref};

use crate::acts::{self, PAY};
use crate::place::free_port;
use crate::two::{REFERENCE, SHOP, Scene, VISITOR, refund};
use crate::wire::{Leaf, Recorder, leaves, parts};

/// Way of a field, what it is on the wire, and what it says.
#[rustfmt::skip]
const CROSSES: &[(&str, &str, &str)] = &[
    ("deliver asks 0.0", "number", "how far the sender's journal goes"),
    ("deliver asks 0.1", "hash", "of the journal there"),
    ("deliver asks 1.*.0", "number", "of the message"),
    ("deliver asks 1.*.1", "number", "its position in the sender's journal"),
    ("deliver asks 1.*.2", "hash", "of the journal there"),
    ("deliver asks 1.*.3", "number", "what is left of the prefund"),
    ("deliver asks 1.*.4.0", "number", "which kind of message"),
    ("deliver asks 1.*.4.kind 0.1.0", "id", "authorize: of the payment, random"),
    ("deliver asks 1.*.4.kind 0.1.1", "reference", "the store"),
    ("deliver asks 1.*.4.kind 0.1.2", "number", "the amount"),
    ("deliver asks 1.*.4.kind 0.1.3", "number", "valid until"),
    ("deliver asks 1.*.4.kind 0.1.4", "number", "taken now or later"),
    ("deliver asks 1.*.4.kind 0.1.5", "flag", "whether the till asked for it"),
    ("deliver asks 1.*.4.kind 0.1.6", "number", "opaque, another for each payment"),
    ("deliver asks 1.*.4.kind 3.1.0", "id", "captured: the payment"),
    ("deliver asks 1.*.4.kind 3.1.1", "number", "how much so far"),
    ("deliver asks 1.*.4.kind 3.1.2", "flag", "whether that is all"),
    ("deliver asks 1.*.4.kind 6.1.0", "id", "refunded: the payment"),
    ("deliver asks 1.*.4.kind 6.1.1", "number", "how much so far"),
    ("deliver asks 1.*.4.kind 7.1.0", "number", "nostro changed: by how much"),
    ("look asks 0", "reference", "a store"),
    ("look asks 1", "id", "the payment that its till shows"),
    ("look tells 0", "number", "how far the journal goes"),
    ("look tells 1", "number", "when"),
    ("look tells 2", "text", "the country"),
    ("look tells 3", "text", "the language"),
    ("look tells 4", "text", "the store's name"),
    ("look tells 5", "text", "the same in Latin letters"),
    ("look tells 6", "text", "its city"),
    ("look tells 7", "number", "its trade"),
    ("look tells 8", "number", "its prefecture"),
    ("look tells 9", "flag", "whether it is open"),
    ("look tells 10", "number", "its currency"),
    ("look tells 12.0", "number", "how the payment stands"),
    ("look tells 12.1", "number", "its amount"),
    ("look tells 12.2", "number", "until when"),
    ("look tells 12.3", "number", "taken now or later"),
    ("look tells 14.0.0", "number", "what the shop's operator takes, in basis points"),
    ("look tells 14.0.1", "number", "what it takes once for each payment"),
    ("look tells 14.0.2", "number", "the most that it takes"),
    ("standing asks 0", "number", "the position that was seen last"),
    ("standing tells 0", "number", "the last message handled"),
    ("standing tells 1", "number", "the last message sent"),
    ("standing tells 2.0", "number", "the position that was seen last"),
    ("standing tells 2.1", "hash", "of the journal there"),
    ("standing tells 3.0", "number", "how far the journal goes"),
    ("standing tells 3.1", "hash", "of the journal there"),
    ("standing tells 4.0", "number", "the position that was asked about"),
    ("standing tells 4.1", "hash", "of the journal there"),
    ("standing tells 6", "flag", "whether it has stopped"),
    ("standing tells 7", "number", "the prefund, as the seller has it"),
    ("standing tells 8", "number", "the prefund, as the payer has it"),
];

/// The names of all header fields.
const HEADS: &[&str] = &[
    "accept",
    "cache-control",
    "content-digest",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-resource-policy",
    "date",
    "enishi-corridor",
    "host",
    "referrer-policy",
    "signature",
    "signature-input",
    "user-agent",
    "x-content-type-options",
    "x-frame-options",
];

/// What both sides said, by its operation.
fn said(recorder: &Recorder) -> (BTreeSet<String>, Vec<(String, Leaf)>) {
    let (mut heads, mut fields) = (BTreeSet::new(), Vec::new());
    for talk in recorder.talks() {
        let asked = parts(&talk.asked);
        let answered = parts(&talk.answered);
        let mut what = Vec::new();
        for part in asked {
            let path = part.first.split(' ').nth(1).unwrap();
            let operation = path.strip_prefix("/corridor/v1/").unwrap().to_owned();
            heads.extend(part.head.into_iter().map(|(name, _)| name));
            let (rows, message) = match operation.as_str() {
                "deliver" => (Some("1"), Some("1.*.4")),
                _ => (None, None),
            };
            for (way, leaf) in leaves(&part.body, rows, message) {
                fields.push((format!("{operation} asks {way}"), leaf));
            }
            what.push(operation);
        }
        for (operation, part) in what.into_iter().zip(answered) {
            heads.extend(part.head.iter().map(|(name, _)| name.clone()));
            assert!(part.first.contains(" 200 "), "{}: {part:?}", operation);
            for (way, leaf) in leaves(&part.body, None, None) {
                fields.push((format!("{operation} tells {way}"), leaf));
            }
        }
    }
    (heads, fields)
}

#[tokio::test]
async fn no_personal_data_is_among_the_fields_that_cross() {
    let ports = [free_port(), free_port()];
    let doors = ports.map(Recorder::to);
    let mut scene = Scene::open(ports, [doors[0].port, doors[1].port]).await;
    let (mut till, shop, photo) = scene.signed_up("ja").await;
    let (mut phone, wallet, code) = scene.opened_wallet("zh-CN").await;
    // By the poster, and by the till.
    acts::scan(&mut phone, "/w/me", "zh-CN", &photo).await;
    acts::amount(&mut phone, "3200").await;
    acts::confirm(&mut phone).await;
    till.front().await;
    acts::keys(&mut till, &["1", "2", "00"]).await;
    till.click("#till-request button").await;
    till.wait_for("#till .qr svg").await;
    till.click("details.code-text summary").await;
    let text = till.text("details.code-text .code").await;
    phone.front().await;
    phone.goto("/w/me/scan?lang=zh-CN").await;
    phone.fill("#code", &text).await;
    phone.click("form:has(#code) button").await;
    phone.wait_for(PAY).await;
    acts::confirm(&mut phone).await;
    scene.settled();
    let sales = scene.sales();
    refund(&mut till, &mut phone, sales[0]["id"].as_str().unwrap()).await;
    scene.settled();
    scene.tonight();
    till.close().await;
    phone.close().await;
    scene.close().await;

    let (mut heads, mut fields) = said(&doors[0]);
    let (more_heads, more_fields) = said(&doors[1]);
    heads.extend(more_heads);
    fields.extend(more_fields);
    let found: BTreeSet<(&str, &str)> =
        fields.iter().map(|(way, leaf)| (way.as_str(), leaf.kind())).collect();
    let listed = CROSSES.iter().map(|(way, kind, _)| (*way, *kind)).collect();
    assert_eq!(found, listed, "left: what crossed; right: the list of it");
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    assert_eq!(heads, HEADS);

    // Texts are what hangs over the shop's door; references are its store; ids are payments.
    let store: Ref<Store> = shop.store.parse().unwrap();
    let payments: Vec<Id<Payment>> =
        sales.iter().map(|sale| sale["id"].as_str().unwrap().parse().unwrap()).collect();
    for (way, leaf) in &fields {
        let bytes = |of: Vec<u8>| of[of.len() - leaf_length(leaf)..].to_vec();
        let known = match leaf {
            Leaf::Text(text) => ["JP", "JA", SHOP.name, SHOP.latin, "Takayama"].contains(&&**text),
            Leaf::Bytes(is) if is.len() == 14 => *is == bytes(minicbor::to_vec(store).unwrap()),
            Leaf::Bytes(is) if is.len() == 16 => {
                payments.iter().any(|id| *is == bytes(minicbor::to_vec(id).unwrap()))
            }
            Leaf::Bytes(is) => is.len() == 32,
            Leaf::Number(number) => {
                ![SHOP.account, REFERENCE].iter().any(|secret| secret.parse() == Ok(*number))
            }
            Leaf::Flag => true,
        };
        assert!(known, "{way} carries {leaf:?}");
    }
    let wire: Vec<u8> = doors
        .iter()
        .flat_map(Recorder::talks)
        .flat_map(|t| [t.asked, t.answered].concat())
        .collect();
    let crosses = |bytes: &[u8]| wire.windows(bytes.len()).any(|window| window == bytes);
    assert!(crosses(SHOP.name.as_bytes()), "a search finds what does cross");
    let wallet_ref: Ref<Wallet> = wallet.parse().unwrap();
    let wallet_bytes = minicbor::to_vec(wallet_ref).unwrap();
    assert!(!crosses(&wallet_bytes[1..]), "the wallet crosses");
    // The name, where the money comes from and goes to, and all that opens something.
    for secret in [
        VISITOR,
        REFERENCE,
        SHOP.account,
        SHOP.holder,
        SHOP.kana,
        &wallet,
        &code,
        &shop.code,
        &wallet[4..],
        &code[3..],
        &shop.code[3..],
    ] {
        assert!(!crosses(secret.as_bytes()), "{secret} crosses");
        let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(!crosses(&wide), "{secret} crosses, in two bytes a letter");
    }
}

/// How many bytes a value has without what CBOR says before it.
fn leaf_length(leaf: &Leaf) -> usize {
    match leaf {
        Leaf::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}
