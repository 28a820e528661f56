//! Every command of the command line, with good input and bad: each error is one line with what
//! to do, another exit code than 0, and nothing lost.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use e2e::binary::{Ran, enishi, run, run_with, workspace};
use e2e::served::Served;
use serde_json::Value;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// The sample of EMVCo's merchant-presented specification, in yuan.
const EMVCO: &str = "00020101021229300012D156000000000510A93FO3230Q31280012D156000000010308123456\
78520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.725303156550201\
6233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A";

#[test]
fn qr_decodes_what_is_good() {
    let home = folder();
    let small = EMVCO.replace("6304A13A", "6304a13a");
    for text in [EMVCO, &small] {
        let ran = run(home.path(), &["qr", "decode", text]);
        let told = json(ran.succeeds());
        assert_eq!(told["valid"], true);
        assert_eq!(told["presentation"], "merchant");
        assert_eq!(told["initiation"], "dynamic");
        assert_eq!(told["currency"], "CNY");
        assert_eq!(told["amount"], "23.72");
        assert_eq!(told["merchant_name"], "BEST TRANSPORT");
        let fields = told["fields"].as_array().unwrap();
        assert_eq!(fields[0]["tag"], "00");
        assert!(fields.iter().any(|field| field["tag"] == "64"), "{told}");
    }
    // The same from standard input, with the line end that a shell adds.
    let ran = run_with(home.path(), &["qr", "decode"], format!("{EMVCO}\n").as_bytes());
    assert_eq!(json(ran.succeeds())["valid"], true);
}

#[test]
fn qr_refuses_by_name() {
    let home = folder();
    let cut: String = EMVCO.chars().take(60).collect();
    for (text, code) in [
        (EMVCO.replace("A13A", "A13B"), "wrong_crc"),
        (cut, ""),
        ("https://example.com/pay".to_owned(), "not_a_payment_code"),
        ("134567890123456789".to_owned(), "customer_presented_not_supported"),
        (String::new(), "not_a_payment_code"),
        ("00".repeat(2_000), ""),
    ] {
        let ran = run(home.path(), &["qr", "decode", &text]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        ran.is_clean();
        let told = json(&ran.out);
        assert_eq!(told["valid"], false);
        let error = &told["error"];
        assert!(!error["message"].as_str().unwrap().is_empty(), "{told}");
        assert!(code.is_empty() || error["code"] == code, "{told}");
    }
    run_with(home.path(), &["qr", "decode"], b"\xff\xfe\x00").refuses(&["UTF-8"]);
}

#[test]
fn qr_pictures_go_there_and_back() {
    let home = folder();
    let svg = home.path().join("code.svg");
    let drawn = run(home.path(), &["qr", "encode", EMVCO, "--out", "code.svg"]);
    drawn.succeeds();
    assert!(fs::read_to_string(svg).unwrap().contains("<svg"));
    run(home.path(), &["qr", "encode", EMVCO, "--out", "code.png"]).succeeds();
    let read = run(home.path(), &["qr", "decode", "--picture", "code.png"]);
    assert_eq!(json(read.succeeds())["merchant_name"], "BEST TRANSPORT");
    let shown = run(home.path(), &["qr", "encode", "hello"]);
    assert!(shown.succeeds().lines().count() > 8, "it is drawn in the terminal");

    run(home.path(), &["qr", "encode", "x", "--out", "code.txt"]).refuses(&["code.txt", ".svg"]);
    run(home.path(), &["qr", "encode", "x", "--out", "no/code.png"]).refuses(&["no/code.png"]);
    run(home.path(), &["qr", "encode", &"x".repeat(4_000)]).refuses(&[]);
    run(home.path(), &["qr", "decode", "--picture", "none.png"]).refuses(&["none.png"]);
    let whole = fs::read(home.path().join("code.png")).unwrap();
    fs::write(home.path().join("cut.png"), &whole[..whole.len() / 2]).unwrap();
    run(home.path(), &["qr", "decode", "--picture", "cut.png"]).refuses(&[]);
    fs::write(home.path().join("text.png"), "no picture").unwrap();
    run(home.path(), &["qr", "decode", "--picture", "text.png"]).refuses(&[]);
}

#[test]
fn rates_are_checked_before_they_are_believed() {
    let home = folder();
    let file = workspace().join("crates/market/data/ecb-daily.csv");
    let good = file.to_str().unwrap();
    let told = run(home.path(), &["rates", "import", good, "--check", "--json"]);
    let told = json(told.succeeds());
    assert_eq!(told["published"], false);
    assert!(told["rates"]["JPY"].is_string() && told["rates"]["CNY"].is_string(), "{told}");
    assert!(told["date"].as_str().unwrap().starts_with("20"), "{told}");
    run(home.path(), &["rates", "import", good, "--check"]).succeeds();

    let text = fs::read_to_string(&file).unwrap();
    let cut = &text[..text.len() - text.len() / 3];
    for (name, bytes) in [
        ("cut.csv", cut.trim_end().trim_end_matches(',').as_bytes().to_vec()),
        ("empty.csv", Vec::new()),
        ("binary.csv", vec![0xff, 0xfe, 0, 1]),
        ("other.csv", b"name,price\nsoba,900\n".to_vec()),
        ("minus.csv", b"Date, JPY, CNY\n30 October 2026, -175.68, 7.4326\n".to_vec()),
    ] {
        fs::write(home.path().join(name), bytes).unwrap();
        run(home.path(), &["rates", "import", name, "--check"]).refuses(&[name]);
    }
    run(home.path(), &["rates", "import", "absent.csv", "--check"]).refuses(&["absent.csv"]);
    // Without a configuration there is nowhere to publish.
    run(home.path(), &["rates", "import", good]).refuses(&["enishi.toml"]);
}

#[test]
fn a_slip_in_the_command_line_is_told() {
    let home = folder();
    for args in [
        &["no-such-command"][..],
        &["demo", "--port", "70000"],
        &["demo", "--no-such-option"],
        &["serve", "--listen", "nowhere"],
        &["audit", "--port", "1"],
    ] {
        let ran = run(home.path(), args);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        ran.is_clean();
        assert!(ran.err.starts_with("error:"), "{}", ran.err);
    }
    for args in [&["--help"][..], &["--version"], &["demo", "--help"], &["audit", "--help"]] {
        assert!(!run(home.path(), args).succeeds().is_empty());
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn the_demo_takes_no_port_and_no_folder_from_anybody() {
    let home = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = run(home.path(), &["demo", "--port", &port, "--data", "data"]);
    ran.refuses(&[&port, "--port"]);
    assert!(!home.path().join("data").exists(), "the folder was not touched");

    let theirs = home.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("thesis.txt"), "years of work").unwrap();
    for more in [&["--fresh"][..], &[]] {
        let mut args = vec!["demo", "--port", "0", "--data", "theirs"];
        args.extend(more);
        run(home.path(), &args).refuses(&["theirs", "--data"]);
        assert_eq!(fs::read(theirs.join("thesis.txt")).unwrap(), b"years of work");
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1, "nothing was put there");
    }
    fs::write(home.path().join("file"), "not a folder").unwrap();
    run(home.path(), &["demo", "--port", "0", "--data", "file"]).refuses(&["file"]);
    run(home.path(), &["demo", "--port", "0", "--data", "file/data"]).refuses(&["file/data"]);
}

/// `/proc` takes no folders, from the administrator neither: the one place without permission to
/// write that a test finds everywhere, whoever runs it.
#[test]
fn a_folder_that_can_not_be_written_is_told() {
    let home = folder();
    run(home.path(), &["demo", "--port", "0", "--data", "/proc/enishi"]).refuses(&["/proc/enishi"]);
}

#[test]
fn one_process_has_a_folder_and_others_may_look() {
    let home = folder();
    let data = home.path().join("data");
    let served = Served::demo(&data);
    let second = run(home.path(), &["demo", "--port", "0", "--data", "data"]);
    second.refuses(&["in use by another process"]);
    // The first goes on, and the audit reads beside it.
    let report = run(home.path(), &["audit", "--json"]);
    let report = json(report.succeeds());
    assert_eq!(report["ok"], true);
    assert_eq!(report["cells"].as_array().unwrap().len(), 2);
    let (status, said) = served.stop();
    assert!(status.success(), "{said}");

    let text = run(home.path(), &["audit"]);
    assert!(text.succeeds().contains("all books agree"), "{text:?}");
    // The next start continues; --fresh begins anew.
    let before = fs::read(data.join("demo.json")).unwrap();
    let (_, said) = Served::demo(&data).stop();
    assert_eq!(said, "", "what was stopped by Ctrl-C was closed");
    assert_eq!(fs::read(data.join("demo.json")).unwrap(), before);
    Served::demo_with(&data, &["--fresh"]).stop();
    assert_ne!(fs::read(data.join("demo.json")).unwrap(), before);

    damaged_folders(home.path());
}

/// What is damaged is named, by the audit and by the next start.
fn damaged_folders(home: &Path) {
    let demo = |name: &str| run(home, &["demo", "--quiet", "--port", "0", "--data", name]);
    let copy = |name: &str| {
        let to = home.join(name);
        let mut cp = Command::new("cp");
        cp.args(["-r", "--sparse=always", "--reflink=auto"]).arg(home.join("data")).arg(&to);
        assert!(cp.status().unwrap().success());
        to
    };
    let to = copy("flipped");
    let segment = to.join("jp/journal/00000000000000000001.seg");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[5_000] ^= 4;
    fs::write(&segment, bytes).unwrap();
    let audit = run(home, &["audit", "--data", "flipped"]);
    assert_eq!(audit.code, Some(1), "{audit:?}");
    audit.is_clean();
    assert!(audit.out.contains("jp, group"), "the place is named: {audit:?}");
    let told = run(home, &["audit", "--data", "flipped", "--json"]);
    assert_eq!(told.code, Some(1));
    let told = json(&told.out);
    assert_eq!(told["ok"], false);
    assert_eq!(told["differences"][0]["cell"], "jp");
    assert_eq!(told["differences"][0]["code"], "journal_damaged");
    demo("flipped").refuses(&["jp"]);

    let to = copy("halved");
    let text = fs::read(to.join("demo.json")).unwrap();
    fs::write(to.join("demo.json"), &text[..text.len() / 2]).unwrap();
    demo("halved").refuses(&["demo.json", "--fresh"]);

    let to = copy("mixed");
    fs::remove_dir_all(to.join("cn")).unwrap();
    fs::rename(to.join("jp"), to.join("cn")).unwrap();
    demo("mixed").refuses(&["cn", "jp"]);

    run(home, &["audit", "--data", "absent"]).refuses(&["absent"]);
    fs::create_dir(home.join("empty")).unwrap();
    run(home, &["audit", "--data", "empty"]).refuses(&["empty", "cell"]);
}

/// The documented sample with a free port, its rates as old as they may be.
fn sample(max_age_days: u32) -> String {
    let text = fs::read_to_string(workspace().join("enishi.sample.toml")).unwrap();
    let text = text.replace("127.0.0.1:8080", "127.0.0.1:0");
    let age = format!("rates_max_age_days = {max_age_days}");
    let with = text.replace("rates_max_age_days = 4", &age);
    assert!(with.contains(&age) && with.contains("127.0.0.1:0"), "the sample has both lines");
    with
}

#[test]
fn init_then_serve() {
    let home = folder();
    fs::write(home.path().join("enishi.toml"), sample(4)).unwrap();
    let keys = run(home.path(), &["init", "--json"]);
    let keys = json(keys.succeeds());
    let key = keys["operators"]["cn"].as_str().unwrap();
    assert!(key.starts_with("ek_cn_") && keys["operators"]["jp"].is_string(), "{keys}");
    assert!(keys["codes"]["jp"].as_str().unwrap().starts_with("jp-"), "{keys}");

    // No rates, then old ones: a cell that quotes does not start on them.
    run(home.path(), &["serve"]).refuses(&["no exchange rates", "rates import"]);
    let old = workspace().join("crates/market/data/ecb-daily.csv");
    run(home.path(), &["rates", "import", old.to_str().unwrap()]).succeeds();
    run(home.path(), &["serve"]).refuses(&["days old", "rates import"]);

    fs::write(home.path().join("enishi.toml"), sample(0)).unwrap();
    let mut served = Served::begin(home.path(), &["serve"]);
    served.await_address();
    let api = e2e::api::Api::new(served.address());
    assert!(!api.page("/healthz").unwrap().is_empty());
    let me = api.get(key, "/v1/me").unwrap();
    assert_eq!((me.status, me.body["role"].as_str()), (200, Some("operator")), "{me:?}");
    let links = api.get(key, "/v1/links").unwrap();
    assert_eq!(links.body["links"][0]["cell"], "jp", "{links:?}");
    let first = api.page("/?lang=en").unwrap();
    assert!(first.contains("openapi.json") && first.contains(served.address()), "{first}");
    assert!(api.page("/audit?lang=en").unwrap().contains("type=\"password\""));
    let books = api.get(key, "/v1/audit").unwrap();
    assert_eq!((books.status, books.body["clean"].as_bool()), (200, Some(true)), "{books:?}");
    run(home.path(), &["audit"]).succeeds();
    let (status, said) = served.stop();
    assert!(status.success(), "{said}");
    run(home.path(), &["audit"]).succeeds();
}

#[test]
fn serve_refuses_what_is_not_a_configuration() {
    let home = folder();
    let good = sample(0);
    let swap = |old: &str, new: &str| {
        assert!(good.contains(old), "{old} stands in the sample");
        good.replace(old, new)
    };
    run(home.path(), &["serve"]).refuses(&["enishi.toml", "enishi.sample.toml"]);
    for (text, words) in [
        (String::new(), &[][..]),
        ("listen = ".to_owned(), &[]),
        ("\u{0}\u{1}".to_owned(), &[]),
        (good[..good.len() / 3].to_owned(), &[]),
        (swap("name = \"cn\"", "name = \"China\""), &["China"]),
        (swap("number = 2", "number = 1"), &["1"]),
        (swap("payer = \"cn\"", "payer = \"kr\""), &["kr"]),
        (swap("\"CNY\", \"JPY\"", "\"CNY\", \"XYZ\""), &["XYZ"]),
        (swap("listen =", "lisen ="), &["lisen"]),
        (swap("127.0.0.1:0", "0.0.0.0:0"), &["TLS"]),
    ] {
        fs::write(home.path().join("enishi.toml"), &text).unwrap();
        run(home.path(), &["serve"]).refuses(words);
    }
    fs::write(home.path().join("enishi.toml"), b"\xff\xfe").unwrap();
    run(home.path(), &["serve"]).refuses(&["enishi.toml"]);
    fs::write(home.path().join("enishi.toml"), &good).unwrap();
    run(home.path(), &["serve", "--listen", "0.0.0.0:0"]).refuses(&["TLS", "proxy"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let port = address.port().to_string();
    run(home.path(), &["serve", "--listen", &address.to_string()]).refuses(&[&port]);
}

/// Who reads only the first line (`| head -1`) gets it, and nobody hears of a panic.
#[test]
fn a_broken_pipe_is_no_panic() {
    let home = folder();
    for args in [&["--help"][..], &["qr", "decode", EMVCO], &["qr", "encode", EMVCO]] {
        let mut child = Command::new(enishi())
            .args(args)
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let code = child.wait().unwrap().code();
        Ran { code, out: String::new(), err }.is_clean();
    }
}
