//! What people do on the pages, by their hands: with real clicks, keys and files.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::browser::Window;
use e2e::photo;

pub const PAY: &str = "#phone form[action*='/pay?'] button";
/// *Yes, give it back*.
const SURE: &str = "#till-refund:not(:has([name=ask])) button";
pub const PAID: &str = "document.querySelector('#phone .split [data-state=\"paid\"]')";

/// What a new shop types.
#[derive(Clone, Debug)]
pub struct NewShop {
    pub name: &'static str,
    pub latin: &'static str,
    pub category: &'static str,
    pub account: &'static str,
    pub holder: &'static str,
    /// The holder as the bank is sent it.
    pub kana: &'static str,
}

/// A shop that signed up.
#[derive(Clone, Debug)]
pub struct Opened {
    pub till: String,
    pub poster: String,
    pub store: String,
    /// The sign-in code.
    pub code: String,
}

fn of(text: &str) -> String {
    format!("document.querySelector({text:?})?.getAttribute('href')")
}

/// Fills the form in on a phone, and opens the shop.
pub async fn sign_up(phone: &mut Window, lang: &str, shop: &NewShop, name: &str) -> Opened {
    phone.goto(&format!("/sign-up?lang={lang}")).await;
    phone.shoot(&format!("{name}-1-sign-up")).await;
    for (field, text) in [
        ("#name", shop.name),
        ("#latin_name", shop.latin),
        ("#city", "Takayama"),
        ("#bank", "2476"),
        ("#branch", "001"),
        ("#account", shop.account),
        ("#holder", shop.holder),
    ] {
        phone.fill(field, text).await;
    }
    phone.choose("#category", shop.category).await;
    phone.choose("#prefecture", "21").await;
    // What goes out to the bank is told while the form is being filled.
    phone.wait(&told("holder", shop.kana)).await;
    phone.shoot(&format!("{name}-2-sign-up-filled")).await;
    phone.is_well().await;
    phone.click("form[data-signup] button[type=submit]").await;
    phone.wait_for("#sign-in-code").await;
    phone.shoot(&format!("{name}-3-shop-open")).await;
    phone.is_well().await;
    let code = phone.text("#sign-in-code").await;
    let mut links = Vec::new();
    for link in ["a.btn[href*='/t/']", "a.btn[href*='/poster/']"] {
        links.push(phone.value(&of(link)).await.as_str().unwrap().to_owned());
    }
    let [till, poster] = links.try_into().unwrap();
    let poster = poster.split('?').next().unwrap().to_owned();
    let store = poster.trim_start_matches("/poster/").to_owned();
    Opened { till, poster, store, code }
}

/// What is said below a field of the form.
pub fn told(field: &str, text: &str) -> String {
    format!("document.querySelector('#{field}-note')?.innerText.includes({text:?})")
}

/// Hangs a poster's picture on a wall and takes a photo of it; where the photo lies.
pub async fn photograph(picture: Window, folder: &Path, name: &str) -> PathBuf {
    let poster = picture.shoot_down_to("svg", &format!("{name}-of-poster")).await;
    picture.close().await;
    photo_of(&fs::read(poster).unwrap(), folder, name)
}

/// Takes a photo of a picture, and keeps it.
pub fn photo_of(picture: &[u8], folder: &Path, name: &str) -> PathBuf {
    let photo = folder.join(format!("{name}.jpg"));
    fs::write(&photo, photo::at_a_slant(picture)).unwrap();
    photo
}

/// Uploads a photo where the wallet looks for a code.
pub async fn scan(phone: &mut Window, wallet: &str, lang: &str, photo: &Path) {
    phone.front().await;
    phone.goto(&format!("{wallet}/scan?lang={lang}")).await;
    phone.upload("form[data-photo]:not([hidden]) input[type=file]", photo).await;
}

/// Types what is to be paid by a poster.
pub async fn amount(phone: &mut Window, yen: &str) {
    phone.wait_for("#pay-amount").await;
    phone.fill("#pay-amount", yen).await;
    phone.click("#pay-open button").await;
    phone.wait_for(PAY).await;
}

/// Confirms, and once more where the wallet paid the same just before.
pub async fn confirm(phone: &mut Window) {
    phone.click(PAY).await;
    let asked = "document.querySelector('#phone input[name=again]')";
    phone.wait(&format!("{PAID} || {asked}")).await;
    if phone.value(&format!("!{PAID}")).await == true {
        phone.click(PAY).await;
        phone.wait(PAID).await;
    }
}

/// Presses keys of the till's display.
pub async fn keys(till: &mut Window, keys: &[&str]) {
    till.wait_for("#amount").await;
    till.value("document.querySelector('#amount').value = ''").await;
    for key in keys {
        till.click(&format!("#till [data-key='{key}']")).await;
    }
}

/// Opens a payment of the day, types how much of it goes back, and says yes to it.
pub async fn refund(till: &mut Window, payment: &str, typed: &[&str], name: &str) {
    till.front().await;
    till.click(&format!("#today a[href*='/pay/{payment}']")).await;
    till.click(&format!("#till a[href*='/refund?payment={payment}']")).await;
    till.wait_for("#till-refund").await;
    keys(till, typed).await;
    till.shoot(&format!("{name}-1-typed")).await;
    till.is_well().await;
    till.click("#till-refund button").await;
    till.wait_for(SURE).await;
    till.shoot(&format!("{name}-2-asked")).await;
    till.click(SURE).await;
}

/// Remembers that a page is this one, to know later that it was never loaded anew.
pub async fn mark(window: &Window) {
    window.value("window.stayed = true").await;
}

pub async fn stayed(window: &Window) {
    assert_eq!(window.value("window.stayed").await, true, "the page was loaded anew");
}

/// The page at both widths, light, and dark in one language: colours know none.
pub async fn looks(window: &mut Window, path: &str, lang: &str, name: &str) {
    let both = [(false, ""), (true, "-dark")];
    for (dark, word) in both.into_iter().take(if lang == "en" { 2 } else { 1 }) {
        window.dark(dark).await;
        for width in [1280, 390] {
            window.resize(width).await;
            // Anew, so that no colour is caught on its way.
            window.goto(path).await;
            window.shoot(&format!("{name}-{width}{word}")).await;
            window.is_well().await;
        }
    }
    window.dark(false).await;
}
