//! The operator's pages of bank files: what they show, what their forms do once, and what they
//! refuse.

use axum::body::Body;
use axum::http::Request;
use kernel::Role;
use serde_json::json;
use server::payee::BANK_ACCOUNT;

use crate::app::{Answer, own_form};
use crate::bank_files::{account, names, pays, sold};
use crate::board::{Scene, code_of};

fn text(answer: Answer) -> String {
    String::from_utf8(answer.bytes).unwrap()
}

/// Has a file made by the page and gives its path behind the window's own.
async fn made(scene: &Scene, key: &str) -> String {
    let answer = scene.post("bank-files", format!("cell=jp&key={key}")).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let to = answer.header("location").unwrap().to_owned();
    assert!(to.contains("/bank-files?cell=jp&done=made"), "{to}");
    let page = text(scene.get(&to).await);
    assert!(page.contains("The file was made."), "{page}");
    newest(scene, &page)
}

fn newest(scene: &Scene, page: &str) -> String {
    let list = &page[page.find("id=\"made\"").unwrap()..];
    let begins = format!("href=\"{}/", scene.base);
    let at = list.find(&begins).unwrap() + begins.len();
    list[at..].split(['?', '"']).next().unwrap().to_owned()
}

async fn shown(scene: &Scene, file: &str, query: &str) -> Answer {
    scene.get(&format!("{}/{file}?cell=jp&lang=en{query}", scene.base)).await
}

fn ends(act: &str, key: &str, reason: &str) -> String {
    format!("cell=jp&key={key}&act={act}&reason={reason}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_builds_is_made_once_fetched_and_said_to_be_sent() {
    let scene = Scene::open().await;
    for lang in ["zh-CN", "ja", "en"] {
        let page = scene.page(&format!("/bank-files?lang={lang}")).await;
        assert!(page.contains("id=\"builds\"") && !page.contains("files-"), "{lang}: {page}");
    }
    let empty = scene.page("/bank-files?lang=en").await;
    assert!(empty.contains("No file was made yet") && empty.contains("0 JPY"));
    sold(&scene.app, 10_000).await;
    let page = scene.page("/bank-files?lang=en").await;
    for words in ["9,840 JPY", "飛騨信組 本店営業部", "…4174", "on the shops’ accounts on"]
    {
        assert!(page.contains(words), "no {words}: {page}");
    }
    assert!(!page.contains("1234174"), "no page shows the whole number");

    let before = scene.app.jp.durable();
    let file = made(&scene, "k1").await;
    assert_eq!(made(&scene, "k1").await, file);
    assert_eq!(scene.app.jp.durable(), before + 1, "sent twice is done once");
    let nothing = scene.post("bank-files", "cell=jp&key=k2".into()).await;
    assert_eq!(nothing.status, 409);
    let nothing = text(nothing);
    assert!(nothing.contains("role=\"alert\"") && nothing.contains("nothing_to_pay"));
    assert!(nothing.contains("To be sent") && nothing.contains(&file));

    let page = text(shown(&scene, &file, "").await);
    let name = names(&scene.app)[0].clone();
    let bytes = std::fs::read(scene.app.files().join(&name)).unwrap();
    for words in [name.as_str(), blake3::hash(&bytes).to_hex().as_str(), "9,840<abbr>JPY"] {
        assert!(page.contains(words), "no {words}: {page}");
    }
    let content = scene.get(&format!("{}/{file}/content?cell=jp", scene.base)).await;
    assert_eq!((content.status.as_u16(), &content.bytes), (200, &bytes));
    assert!(content.header("content-disposition").unwrap().contains(&name));

    let asked = text(shown(&scene, &file, "&step=sent").await);
    assert!(asked.contains("Does the bank have this file?") && asked.contains("9,840 JPY then"));
    let before = scene.app.jp.durable();
    for _ in 0..2 {
        let done = scene.post(&file, ends("sent", "k3", "")).await;
        assert_eq!(done.status, 303, "{done:?}");
        assert!(done.header("location").unwrap().contains("done=sent"), "{done:?}");
    }
    assert_eq!(scene.app.jp.durable(), before + 1);
    let page = text(shown(&scene, &file, "&step=withdraw&done=sent").await);
    assert!(page.contains("It is noted that the bank has the file."));
    assert!(!page.contains("<button class=\"btn\""), "nothing is asked of a sent file: {page}");
    let late = scene.post(&file, ends("withdraw", "k4", "late")).await;
    assert_eq!(late.status, 409);
    assert!(text(late).contains("bank_file_not_open"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_withdrawn_with_a_reason_and_its_shops_are_in_the_next() {
    let scene = Scene::open().await;
    sold(&scene.app, 10_000).await;
    let file = made(&scene, "k1").await;
    let asked = text(shown(&scene, &file, "&step=withdraw").await);
    assert!(asked.contains("9,840 JPY and 0 JPY in fees go back"), "{asked}");
    for reason in ["", &"x".repeat(121)] {
        let refused = scene.post(&file, ends("withdraw", "k2", reason)).await;
        assert_eq!(refused.status, 422, "{reason}");
        let page = text(refused);
        assert!(page.contains("role=\"alert\"") && page.contains("Withdraw this file?"), "{page}");
        assert!(page.contains(&format!("value=\"{reason}\"")), "what was typed stays: {page}");
    }
    let done = scene.post(&file, ends("withdraw", "k3", "wrong+night")).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert!(names(&scene.app)[0].ends_with("-001.withdrawn.txt"), "{:?}", names(&scene.app));
    let page = text(shown(&scene, &file, "&done=withdrawn").await);
    assert!(page.contains("The file was withdrawn;") && !page.contains("/content"), "{page}");
    let content = scene.get(&format!("{}/{file}/content?cell=jp", scene.base)).await;
    assert_eq!(content.status, 409);
    assert!(scene.page("/bank-files?lang=en").await.contains("9,840 JPY"));
    assert_ne!(made(&scene, "k4").await, file);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_left_out_is_listed_with_the_reason() {
    let scene = Scene::open().await;
    let app = &scene.app;
    pays(app, 10_000).await;
    let party = app.party_id(&app.shop).await;
    let says = async |words: &str| {
        let page = scene.page("/bank-files?lang=en").await;
        let left = page.find("Who is left out").unwrap_or_else(|| panic!("{page}"));
        assert!(page[left..].contains(words), "no {words}: {page}");
    };
    says("It has no bank account yet").await;
    app.vault_jp().put(party, BANK_ACCOUNT, "2476 001 ordinary 1234174 山法師").unwrap();
    says("ask the shop to enter it again").await;
    account("2476", "001").keep(app.vault_jp(), party).unwrap();
    let review = format!("/v1/merchants/{}/review", app.merchant);
    let pause = json!({"decision": "pause", "reason": "complaints", "account": 0});
    app.post(&app.bank_jp.key, &review, &pause).await.expect(200);
    says("Staff have paused it").await;
    let approve = json!({"decision": "approve", "account": 0});
    app.post(&app.bank_jp.key, &review, &approve).await.expect(200);
    let terms = json!({
        "currency": "JPY", "minimum": 9_841, "fee_same_bank": 0, "fee_other_bank": 0, "cutoff_min": 0,
    });
    app.change(&app.jp, &app.bank_jp.key, "/v1/payout-terms", &terms).await;
    says("Less than the minimum").await;
    let refused = scene.post("bank-files", "cell=jp&key=k1".into()).await;
    assert_eq!(refused.status, 409);
    assert!(text(refused).contains("nothing_to_pay"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_refused_by_name() {
    let scene = Scene::open().await;
    sold(&scene.app, 10_000).await;
    for (key, status) in [("", 400), ("%0a", 400)] {
        let answer = scene.post("bank-files", format!("cell=jp&key={key}")).await;
        assert_eq!(answer.status, status, "{key}");
        assert!(text(answer).contains("idempotency_key_invalid"));
    }
    let file = made(&scene, "k1").await;
    for body in [ends("burn", "k2", "x"), ends("", "k3", "x")] {
        let answer = scene.post(&file, body).await;
        assert!(answer.status.is_client_error());
        assert!(text(answer).contains("text_unfit"));
    }
    for stranger in ["x".to_owned(), format!("{}f", &file["bank-files/".len()..])] {
        let path = format!("bank-files/{stranger}");
        assert_eq!(shown(&scene, &path, "").await.status, 404);
        assert_eq!(shown(&scene, &format!("{path}/content"), "").await.status, 404);
        assert_eq!(scene.post(&path, ends("sent", "k4", "")).await.status, 404);
    }
    let foreign = Request::post(format!("{}/bank-files?lang=en", scene.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("cell=jp&key=k5"));
    assert_eq!(scene.app.send_to(&scene.router, foreign.unwrap()).await.status, 403);
    // Nothing of all that changed the file.
    assert!(text(shown(&scene, &file, "").await).contains("To be sent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_come_alone_to_a_script_and_as_a_page_to_others() {
    let scene = Scene::open().await;
    sold(&scene.app, 10_000).await;
    for (part, id) in [("tonight", "builds"), ("list", "made")] {
        let path = format!("{}/bank-files/{part}?cell=jp&key=k&lang=en", scene.base);
        let alone = Request::get(&path).header("x-fragment", "1").body(Body::empty()).unwrap();
        let alone = text(scene.app.send_to(&scene.router, alone).await);
        assert!(alone.starts_with(&format!("<section class=\"stack\" id=\"{id}\"")), "{alone}");
        let again = Request::get(&path).header("x-fragment", "1").body(Body::empty()).unwrap();
        let again = text(scene.app.send_to(&scene.router, again).await);
        assert_eq!(alone, again, "a script changes nothing that stayed the same");
        assert_eq!(scene.get(&path).await.status, 303);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_for_operators_of_a_cell_that_has_a_bank() {
    let scene = Scene::open().await;
    let app = &scene.app;
    sold(app, 10_000).await;
    let file = made(&scene, "k1").await;
    let shop = code_of(app, &app.jp, app.shop.party, Role::Merchant).await.reveal();
    for path in ["bank-files", "bank-files/tonight", "bank-files/list", &file] {
        assert_eq!(scene.get(&format!("/o/{shop}/{path}")).await.status, 403, "{path}");
    }
    assert_eq!(scene.get(&format!("/o/{shop}/{file}/content")).await.status, 403);
    let other = code_of(app, &app.cn, app.bank_cn.party, Role::Operator).await.reveal();
    let page = scene.get(&format!("/o/{other}/bank-files?lang=en")).await;
    assert_eq!(page.status, 200);
    let page = text(page);
    assert!(page.contains("bank_not_configured") && !page.contains("Make the file now"), "{page}");
    assert!(page.contains("[cell.bank]"));
    // A file is one of its own cell.
    assert_eq!(scene.get(&format!("/o/{other}/{file}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_files_are_listed_in_pages() {
    let scene = Scene::open().await;
    sold(&scene.app, 2_000).await;
    let mut files = vec![made(&scene, "k0").await];
    for at in 1..21 {
        pays(&scene.app, 2_000).await;
        files.insert(0, made(&scene, &format!("k{at}")).await);
    }
    let page = scene.page("/bank-files?lang=en").await;
    assert!(page.contains(&files[0]) && page.contains(&files[19]) && !page.contains(&files[20]));
    let at = page.find("before=").unwrap();
    let before: String = page[at..].chars().take_while(|letter| *letter != '&').collect();
    let older = scene.page(&format!("/bank-files?{before}&lang=en")).await;
    assert!(older.contains(&files[20]) && !older.contains(&files[19]), "{older}");
    assert!(older.contains(">Newest<") && !older.contains(">Older<"), "{older}");
}

/// The page of the bank: a file that another person had made is approved, its line and its return
/// are taken in, a line without a name is resolved and undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_person_approves_and_the_bank_answers() {
    let scene = Scene::open().await;
    let app = &scene.app;
    crate::banking::approval_above(app, Some(1)).await;
    sold(app, 10_000).await;
    let other = crate::banking::colleague(app).await;
    let made = app.post(&other, "/v1/bank-files", &json!({})).await.expect(201);
    let file = made["files"][0]["id"].as_str().unwrap().to_owned();
    let at = |query: &str| format!("{}/bank-files/{file}?cell=jp&lang=en{query}", scene.base);
    let page = text(scene.get(&at("")).await);
    assert!(page.contains("To be approved") && !page.contains("/content"), "{page}");
    let asked = text(scene.get(&at("&step=approve")).await);
    assert!(asked.contains("Approve this file?"), "{asked}");
    let there = scene.post(&format!("bank-files/{file}"), ends("approve", "k0", "")).await;
    assert_eq!(there.status, 404, "that is another duty's");
    let approve = format!("bank-files/{file}/approve");
    assert!(asked.contains(&approve), "{asked}");
    let approved = scene.post(&approve, ends("approve", "k1", "")).await;
    assert_eq!(approved.status, 303, "{approved:?}");
    let page = text(scene.get(approved.header("location").unwrap()).await);
    assert!(page.contains("may go to the bank") && page.contains("/content"), "{page}");
    app.post(&other, &format!("/v1/bank-files/{file}/sent"), &json!({})).await.expect(200);

    let lines = [
        crate::banking::paid_file(&file, 9_840),
        crate::banking::came_back(&file, 9_840),
        crate::banking::Line { yen: 700, detail: iso20022::Detail::default() },
    ];
    let statement = crate::banking::camt(11, 50_000, &lines);
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"statement\"; filename=\"a.xml\"\
        \r\nContent-Type: application/xml\r\n\r\n"
        .to_vec();
    body.extend(statement);
    body.extend(b"\r\n--x--\r\n");
    let send = |body: Vec<u8>| {
        let request = own_form(&format!("{}/bank?cell=jp&lang=en", scene.base))
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap();
        app.send_to(&scene.router, request)
    };
    let taken = send(body).await;
    assert_eq!(taken.status, 303, "{taken:?}");
    scene.catch_up();
    let page = text(scene.get(taken.header("location").unwrap()).await);
    for words in
        ["3 lines were taken in.", "A payout returned", "700 JPY", "What must be kept safe"]
    {
        assert!(page.contains(words), "no {words}: {page}");
    }
    let none = send(b"--x--\r\n".to_vec()).await;
    assert_eq!(none.status, 422);
    assert!(text(none).contains("The statement can’t be read"));

    let line = |number: u32| format!("{}/bank/{number}?cell=jp&lang=en", scene.base);
    let traced = text(scene.get(&line(0)).await);
    assert!(traced.contains("The payments in it") && traced.contains("9,840 JPY"), "{traced}");
    let open = text(scene.get(&line(2)).await);
    assert!(open.contains("What is this line?") && open.contains("Nobody has booked"), "{open}");
    let unfit = "cell=jp&key=k2&act=resolve&is=returned&file=nothing";
    assert_eq!(scene.post("bank/2", unfit.into()).await.status, 422);
    let waits = "cell=jp&key=k3&act=resolve&is=suspense&text=who+is+it";
    assert_eq!(scene.post("bank/2", waits.into()).await.status, 303);
    let waiting = text(scene.get(&line(2)).await);
    assert!(waiting.contains("who is it") && waiting.contains("Undo this match"), "{waiting}");
    let undone = scene.post("bank/2", "cell=jp&key=k4&act=undo&text=found+it".into()).await;
    assert_eq!(undone.status, 303, "{undone:?}");
    for lang in ["zh-CN", "ja", "en"] {
        let page = scene.page(&format!("/bank?lang={lang}")).await;
        assert!(!page.contains("bank-found-") && !page.contains("bank-why-"), "{lang}: {page}");
    }
    let table = scene.get(&format!("{}/safe.csv?cell=jp", scene.base)).await;
    assert_eq!(table.status, 200);
}
