//! The commands of the README and of the guide for who runs it, run as they stand.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::fs;
use std::process::Command;

use e2e::api::Api;
use e2e::binary::{enishi, finish, run, workspace};
use e2e::served::{Market, Served};

/// What stands before a block that is run here.
const MARK: &str = "<!-- tested";

/// The lines of every marked block of shell.
fn tested_blocks(text: &str) -> Vec<String> {
    let blocks = text.split(MARK).skip(1).map(|rest| {
        let (_, rest) = rest.split_once("```sh\n").expect("a block of sh stands behind the mark");
        let (block, _) = rest.split_once("\n```").expect("a block ends");
        block.to_owned()
    });
    blocks.collect()
}

#[test]
fn a_payment_by_the_readmes_curl_lines() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let blocks = tested_blocks(&readme);
    assert_eq!(blocks.len(), 1, "the payment with curl is marked");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &blocks[0]]).current_dir(folder.path());
    let ran = finish(bash, b"");
    let out = ran.succeeds();
    for words in [
        "\"status\":\"captured\"",
        "\"status\":\"partly_refunded\"",
        // Looked at, quoted: 3,200 yen are 136.06 yuan at the shipped rates.
        "\"presentation\":\"dynamic\"",
        "\"amount\":13606",
        // 2,480.00 less 136.06, and 42.51 back for 1,000 of the 3,200 yen.
        "\"amount\":238645",
    ] {
        assert!(out.contains(words), "{words} is not in {out}");
    }
    let market = Market::of(&data);
    let (visitor, api) = (&market.visitors[0], Api::new(served.address()));
    let wallet = api.get(&visitor.key, &format!("/v1/wallets/{}", visitor.wallet)).unwrap();
    assert_eq!(wallet.body["balance"]["amount"], 238_645);
    assert_eq!(wallet.body["held"]["amount"], 0);
    served.stop();
    run(folder.path(), &["audit"]).succeeds();
}

/// From nothing to the first shop's money in a bank file, by the guide alone.
#[test]
fn a_credit_union_by_the_guides_lines() {
    let guide = fs::read_to_string(workspace().join("docs/running-it.md")).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut lines = tested_blocks(&guide).join("\n").replace("8080", &port.to_string());
    // What the guide starts by hand ends with it, whatever fails on the way.
    lines.insert_str(0, "trap 'kill %1 && wait || true' EXIT\n");
    let folder = tempfile::tempdir().unwrap();
    let beside = enishi().parent().unwrap();
    let path = format!("{}:{}", beside.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &lines]).current_dir(folder.path()).env("PATH", path);
    let ran = finish(bash, b"");
    let out = ran.succeeds();
    for words in [
        "\"account_shared\":false",
        "\"standing\":\"approved\"",
        "\"status\":\"captured\"",
        // 3,200 yen less 1 %.
        "\"transfers\":1,\"total\":{\"amount\":3168,\"currency\":\"JPY\"}",
        "\"state\":\"sent\"",
        "1 bank files compared",
        "all books agree",
    ] {
        assert!(out.contains(words), "{words} is not in {out}");
    }
    let file = fs::read(folder.path().join("payouts.txt")).unwrap();
    assert_eq!(file.len(), 4 * 122, "four records of 120 bytes with their line ends");
    assert!(fs::read_to_string(folder.path().join("poster.svg")).unwrap().starts_with("<svg"));
}

/// The first page shows its own lines: they work as they stand, too.
#[test]
fn a_payment_by_the_first_pages_curl_lines() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let page = Api::new(served.address()).page("/?lang=en").unwrap();
    let (_, rest) = page.split_once(" id=\"curl\"").expect("the page has commands");
    let (_, rest) = rest.split_once('>').unwrap();
    let (commands, _) = rest.split_once("</pre>").unwrap();
    let commands = commands
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &commands]).current_dir(folder.path());
    let ran = finish(bash, b"");
    let out = ran.succeeds();
    assert!(out.contains("\"status\":\"captured\""), "{out}");
    assert!(out.contains("\"amount\":13606"), "{out}");
    served.stop();
    run(folder.path(), &["audit"]).succeeds();
}
