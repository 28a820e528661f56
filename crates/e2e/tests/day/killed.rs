//! The day in two processes while either of them is killed (`kill -9`) and started again, at moments
//! that were chosen and at moments that nobody chose. `ENISHI_SEED` draws the same again,
//! `ENISHI_KILLS` says how many payments each have a kill of their own.

use std::path::Path;
use std::time::{Duration, Instant};

use e2e::browser::Window;
use e2e::random::Random;
use e2e::served::is_calm;
use serde_json::Value;

use crate::acts::{self, PAID, PAY};
use crate::place::{Place, free_port};
use crate::two::{Scene, payments};

const NO_NETWORK: &str = "document.querySelector('#offline:not([hidden])')";
const DOUBT: &str = "document.querySelector('#phone [data-state=\"doubt\"]')";
const CODE: &str = "#till .qr";
/// What a browser says of a process that is not there.
const CUT: &str = "net::ERR_";
/// How long a payment may take with a kill on its way: a start, and the relay's longest pause.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the page offers who wants to pay: a word, or the code of what keeps it from being paid.
const OFFERS: &str = "(() => {
    const has = (selector) => document.querySelector(selector);
    if (has('#phone .split [data-state=\"paid\"]')) return 'paid';
    if (has('#phone[aria-busy]') || has('#offline:not([hidden])')) return 'wait';
    if (has('#phone form[action*=\"/pay?\"]:not([hidden]) button:enabled')) return 'confirm';
    if (has('#pay-open button:enabled')) return 'amount';
    if (has('form[data-photo]:not([hidden]) input:enabled')) return 'scan';
    if (has('form[data-retry-ms]')) return 'wait';
    return has('#phone .error code')?.innerText ?? 'wait';
})()";

/// Kills a process after so many milliseconds, and starts it again so many later.
async fn kill(place: &mut Place, after: u64, away: u64) {
    tokio::time::sleep(Duration::from_millis(after)).await;
    is_calm(&place.kill());
    tokio::time::sleep(Duration::from_millis(away)).await;
    place.start();
}

/// Waits for an expression, at most so long.
async fn in_time(window: &Window, expression: &str, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    while window.value(&format!("Boolean({expression})")).await != true {
        if Instant::now() > until {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

/// What a patient person does: goes on with whatever the page offers until it is paid.
async fn pays(phone: &mut Window, photo: &Path, yen: u64) {
    let until = Instant::now() + PATIENCE;
    loop {
        let offers = phone.value(OFFERS).await;
        match offers.as_str().unwrap() {
            "paid" => return,
            "confirm" => phone.click(PAY).await,
            "amount" => {
                phone.fill("#pay-amount", &yen.to_string()).await;
                phone.click("#pay-open button").await;
            }
            "scan" => {
                phone.upload("form[data-photo] input[type=file]", photo).await;
                let taken = format!("({OFFERS}) !== 'scan'");
                in_time(phone, &taken, Duration::from_secs(5)).await;
            }
            "wait" => tokio::time::sleep(Duration::from_millis(20)).await,
            refused => {
                phone.shoot("killed-refused").await;
                panic!("{yen} yen are refused: {refused}: {}", phone.text("#phone").await);
            }
        }
        if Instant::now() > until {
            phone.shoot("killed-never-paid").await;
            panic!("{yen} yen are never paid, {offers}: {}", phone.text("#phone").await);
        }
    }
}

/// The till has a row of so much that is paid.
fn has_paid(yen: u64) -> String {
    let written =
        if yen < 1_000 { yen.to_string() } else { format!("{},{:03}", yen / 1_000, yen % 1_000) };
    format!(
        "[...document.querySelectorAll('#today li')].some((row) => \
         row.innerText.includes('{written}') && row.querySelector('[data-state=\"paid\"]'))"
    )
}

#[tokio::test]
async fn the_day_ends_well_though_either_process_is_killed() {
    let mut random = Random::drawn();
    let ports = [free_port(), free_port()];
    let mut scene = Scene::open(ports, ports).await;
    let (mut till, _, photo) = scene.signed_up("ja").await;
    let (mut phone, ..) = scene.opened_wallet("zh-CN").await;
    acts::mark(&till).await;

    own_process_is_away(&mut scene.cn, &mut phone).await;
    shop_is_away_while_paying(&mut scene.jp, &mut phone, &mut till, &photo).await;
    receipt_stays(&mut scene.cn, &mut phone).await;
    code_stays(&mut scene, &mut phone, &mut till).await;
    let mut yen = vec![3_200, 1_200];
    yen.extend(by_visitor(&mut scene, &mut phone, &photo, &mut random).await);
    scene.settled();
    let given = yen.len();
    yen.extend(by_resident(&mut scene, &photo, &mut random).await);

    till.front().await;
    for yen in &yen {
        till.wait(&has_paid(*yen)).await;
    }
    acts::stayed(&till).await;
    let sales = scene.sales();
    let mut sold: Vec<u64> = sales.iter().map(|sale| minor(&sale["captured"])).collect();
    sold.sort_unstable();
    yen.sort_unstable();
    assert_eq!(sold, yen, "each was paid once: {sales:#?}");

    // The payer's process is away while a part is given back, of what its phone shows.
    let last = &sales[sales.len() - given];
    let shown = phone.text("#phone").await;
    assert!(shown.contains(last["id"].as_str().unwrap()), "{last} is not what is shown: {shown}");
    is_calm(&scene.cn.kill());
    till.forgive(CUT);
    acts::refund(&mut till, last["id"].as_str().unwrap(), &["4", "00"], "killed-refund").await;
    till.wait("document.querySelector('#today').innerText.includes('400')").await;
    scene.cn.start();
    phone.front().await;
    phone.wait("document.querySelector('#phone .refund')").await;
    acts::stayed(&phone).await;
    acts::stayed(&till).await;
    scene.settled();
    phone.shoot("killed-phone-refunded").await;
    till.front().await;
    till.shoot("killed-till-day").await;
    phone.front().await;

    statements(&scene, &mut phone).await;
    for page in [&phone, &till] {
        page.forgive(CUT);
        page.is_well().await;
    }
    is_calm(&scene.jp.kill());
    scene.jp.start();
    scene.tonight();
    till.close().await;
    phone.close().await;
    scene.close().await;
}

/// The page says that there is no network, and comes back by itself.
async fn own_process_is_away(cn: &mut Place, phone: &mut Window) {
    phone.front().await;
    acts::mark(phone).await;
    is_calm(&cn.kill());
    phone.wait(NO_NETWORK).await;
    phone.shoot("killed-phone-no-network").await;
    cn.start();
    phone.wait(&format!("!{NO_NETWORK}")).await;
    acts::stayed(phone).await;
}

/// The visitor pays while the shop's process is away: in doubt, and then paid, on both sides.
async fn shop_is_away_while_paying(
    jp: &mut Place,
    phone: &mut Window,
    till: &mut Window,
    photo: &Path,
) {
    acts::scan(phone, "/w/me", "zh-CN", photo).await;
    acts::mark(phone).await;
    acts::amount(phone, "3200").await;
    is_calm(&jp.kill());
    phone.click(PAY).await;
    phone.wait(DOUBT).await;
    phone.shoot("killed-phone-in-doubt").await;
    till.front().await;
    till.wait(NO_NETWORK).await;
    till.shoot("killed-till-no-network").await;
    jp.start();
    till.wait(&has_paid(3_200)).await;
    till.wait(&format!("!{NO_NETWORK}")).await;
    acts::stayed(till).await;
    phone.front().await;
    phone.wait(PAID).await;
    acts::stayed(phone).await;
    phone.shoot("killed-phone-paid").await;
}

/// The receipt is fetched anew from a process that has never shown it.
async fn receipt_stays(cn: &mut Place, phone: &mut Window) {
    let shown = phone.text("#phone").await;
    let fetched = "performance.getEntriesByType('resource').filter((entry) => \
         entry.name.includes('/phone?') && entry.responseStatus === 200).length";
    let before = phone.value(fetched).await;
    is_calm(&cn.kill());
    phone.wait(NO_NETWORK).await;
    cn.start();
    phone.wait(&format!("{fetched} > {before}")).await;
    phone.wait(&format!("!{NO_NETWORK} && !document.querySelector('#phone[aria-busy]')")).await;
    assert_eq!(phone.text("#phone").await, shown);
    acts::stayed(phone).await;
}

/// A till shows its code still when its process is back; who scans it in between waits.
async fn code_stays(scene: &mut Scene, phone: &mut Window, till: &mut Window) {
    till.front().await;
    acts::keys(till, &["1", "2", "00"]).await;
    till.click("#till-request button").await;
    till.wait_for(&format!("{CODE} svg")).await;
    let picture = till.shoot_down_to(CODE, "killed-till-code").await;
    let picture = std::fs::read(picture).unwrap();
    let photo = acts::photo_of(&picture, scene.home.path(), "killed-code");
    is_calm(&scene.jp.kill());
    till.wait(NO_NETWORK).await;
    phone.front().await;
    phone.goto("/w/me/scan?lang=zh-CN").await;
    acts::mark(phone).await;
    phone.upload("form[data-photo]:not([hidden]) input[type=file]", &photo).await;
    phone.wait_for("#phone form[data-retry-ms]").await;
    phone.shoot("killed-phone-asks-again").await;
    scene.jp.start();
    phone.wait_for(PAY).await;
    till.front().await;
    till.wait(&format!("!{NO_NETWORK}")).await;
    till.wait_for(&format!("{CODE} svg")).await;
    phone.front().await;
    pays(phone, &photo, 1_200).await;
    acts::stayed(phone).await;
    till.front().await;
    till.wait_for("#till .result:not(.none)").await;
    acts::stayed(till).await;
}

fn rounds() -> u64 {
    std::env::var("ENISHI_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(4)
}

/// The visitor pays some times by the poster, and at some moment of each either process is killed.
async fn by_visitor(
    scene: &mut Scene,
    phone: &mut Window,
    photo: &Path,
    random: &mut Random,
) -> Vec<u64> {
    phone.front().await;
    let mut paid = Vec::new();
    for yen in (600..).take(rounds() as usize) {
        phone.goto("/w/me/scan?lang=zh-CN").await;
        acts::mark(phone).await;
        let place = if random.below(2) == 0 { &mut scene.cn } else { &mut scene.jp };
        let (after, away) = (random.below(2_500), random.between(50, 900));
        eprintln!("{yen} yen: {} is killed after {after} ms, for {away} ms", place.name);
        tokio::join!(pays(phone, photo, yen), kill(place, after, away));
        acts::stayed(phone).await;
        paid.push(yen);
    }
    paid
}

/// Somebody with a yen wallet pays by the same photo: inside the shop's own process.
async fn by_resident(scene: &mut Scene, photo: &Path, random: &mut Random) -> Vec<u64> {
    let wallet = scene.resident();
    let mut phone = scene.at_jp(&format!("{wallet}?lang=en"), 390).await;
    let mut paid = Vec::new();
    for yen in (980..).take(rounds().div_ceil(2) as usize) {
        phone.goto(&format!("{wallet}/scan?lang=en")).await;
        acts::mark(&phone).await;
        let (after, away) = (random.below(2_000), random.between(50, 900));
        eprintln!("{yen} yen in yen: jp is killed after {after} ms, for {away} ms");
        tokio::join!(pays(&mut phone, photo, yen), kill(&mut scene.jp, after, away));
        assert_eq!(phone.count("#phone .ring").await, 0, "nothing was exchanged");
        acts::stayed(&phone).await;
        paid.push(yen);
    }
    phone.shoot("killed-resident-paid").await;
    phone.close().await;
    paid
}

fn minor(of: &Value) -> u64 {
    of["amount"].as_u64().unwrap_or_else(|| panic!("no amount: {of}"))
}

/// Both cells know the same of what crossed, and the visitor's statement has a row of each.
async fn statements(scene: &Scene, phone: &mut Window) {
    let (sales, abroad) = (scene.sales(), payments(&scene.cn));
    for paid in &abroad {
        let same = sales.iter().find(|sale| sale["id"] == paid["id"]).unwrap();
        for field in ["amount", "captured", "refunded"] {
            assert_eq!(same[field], paid[field], "{field}: {paid:#} {same:#}");
        }
    }
    phone.goto("/w/me/statement?lang=zh-CN").await;
    let rows = phone.text("#statement").await;
    let back = abroad.iter().filter(|paid| minor(&paid["refunded"]) > 0).count();
    assert_eq!(back, 1);
    let lines = abroad.len() + back + 1;
    assert_eq!(phone.count("#statement ul.rows > li").await, lines as u64, "{rows}");
    for paid in &abroad {
        let yen = minor(&paid["amount"]);
        let written = if yen < 1_000 {
            yen.to_string()
        } else {
            format!("{},{:03}", yen / 1_000, yen % 1_000)
        };
        assert!(rows.contains(&written), "{written} is not on the statement: {rows}");
    }
}
