//! What stands beside a till: whether its store takes payments, tonight's bank file, the poster.

use axum::body::Bytes;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::id::Quote;
use pay::command::SetStoreOpen;
use pay::{Review, Standing, StoreNumber};
use serde::Deserialize;

use super::Desk;
use super::answer::{html, told, unfit};
use super::faces::{amount, micros};
use super::submit::Form;
use super::window::{AtTill, TillWindow};
use crate::bank_files::{Panel, panel};
use crate::duty::{Scope, Scopes};
use crate::http::form::read_form;
use crate::payee::BankAccount;
use crate::problem::Problem;
use crate::web::format::Amount;
use crate::web::shop as markup;
use crate::web::view::{AccountLine, Place, Problem as Told, ShopCard, SoldLines, TonightCard};

/// The form of the switch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SwitchForm {
    open: String,
    key: String,
}

impl Desk {
    /// Whether a till's store takes payments, and why not.
    ///
    /// # Errors
    /// Its cell does not answer.
    pub(crate) async fn shop_card(
        &self,
        window: &TillWindow,
        problem: Option<Told>,
    ) -> Result<ShopCard, Problem> {
        let site = self.site(window.side);
        let looked = site.ask(Query::Look(window.store, None, None)).await?.value;
        let Answer::Look(look) = looked else { return Err(Problem::internal()) };
        let merchant = site.ask(Query::Merchant(window.actor, window.merchant)).await?.value;
        let Answer::Merchant(merchant) = merchant else { return Err(Problem::internal()) };
        let standing = merchant.review.unwrap_or(Review::UNASKED).standing;
        let scopes = site.keys.scopes(window.actor).unwrap_or(Scopes(0));
        let number = StoreNumber::of(window.store.cell, window.store.number);
        Ok(ShopCard {
            base: window.base.clone(),
            open: look.open,
            paused: standing.reason().map(|reason| reason.word()),
            new: standing == Standing::New,
            key: site.fresh::<Quote>().to_string(),
            may: [Scope::Shop, Scope::Staff, Scope::Read].map(|scope| scopes.has(scope)),
            problem,
            poster: format!("/poster/{}", window.store),
            number: number.map(|number| number.to_string()),
        })
    }

    /// Tonight's bank file for a till's shop; none where its cell makes none.
    pub(crate) async fn tonight_card(&self, window: &TillWindow) -> Option<TonightCard> {
        let site = self.site(window.side);
        match panel(&self.edge, site, window.actor, window.merchant).await {
            Ok(panel) => Some(tonight(window, panel)),
            Err(problem) => {
                tracing::debug!(code = problem.code, "no bank file to show");
                None
            }
        }
    }

    async fn switch(&self, window: &TillWindow, form: &SwitchForm) -> Result<(), Told> {
        let open = match form.open.as_str() {
            "1" => true,
            "0" => false,
            _ => return Err(unfit("text_unfit")),
        };
        let content = [form.open.as_str()];
        let key = &form.key;
        let of = Form { actor: window.actor, operation: "set-open", key, content: &content };
        let command = SetStoreOpen { store: window.store, open };
        self.submit(window.side, &of, command).await.map_err(|problem| told(&problem))?;
        Ok(())
    }
}

fn tonight(window: &TillWindow, panel: Panel) -> TonightCard {
    let money = |minor| amount(minor, panel.currency);
    TonightCard {
        base: window.base.clone(),
        zone: window.zone,
        out: money(*panel.out.as_ref().unwrap_or(&0)),
        waits: panel.out.as_ref().err().map(|why| why.word()),
        available: money(panel.available),
        fee: money(panel.fee),
        closes: micros(panel.closes),
        day: panel.day,
        sold: panel.sold.map(|sold| SoldLines {
            payments: sold.payments,
            captured: money(sold.captured),
            refunded: money(sold.refunded),
            fees: Amount {
                minor: money(sold.fees).minor - money(sold.fees_back).minor,
                ..money(sold.fees)
            },
        }),
        account: panel.account.as_ref().map(account_line),
    }
}

pub(super) fn account_line(of: &BankAccount) -> AccountLine {
    AccountLine {
        bank: of.bank().name.clone(),
        bank_code: of.bank_code().to_string(),
        branch: of.branch().name.clone(),
        branch_code: of.branch_code().to_string(),
        kind: of.kind(),
        ending: of.ending(),
    }
}

/// The shop's switch alone.
pub(crate) async fn fragment(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    if !asked.fragment {
        return asked.back_to(&window.base);
    }
    match desk.shop_card(&window, None).await {
        Ok(card) => html(&markup::shop(asked.lang, &card)),
        Err(problem) => html(&markup::no_shop(asked.lang, &window.base, &told(&problem))),
    }
}

/// Opens the store, or closes it for a while.
pub(crate) async fn set_open(AtTill { desk, window, asked, .. }: AtTill, body: Bytes) -> Response {
    let done = match read_form::<SwitchForm>(&body) {
        Ok(form) => desk.switch(&window, &form).await,
        Err(code) => Err(unfit(code)),
    };
    if !asked.fragment && done.is_ok() {
        return asked.back_to(&window.base);
    }
    let card = match desk.shop_card(&window, done.err()).await {
        Ok(card) => card,
        Err(problem) => return html(&markup::no_shop(asked.lang, &window.base, &told(&problem))),
    };
    if asked.fragment {
        return html(&markup::shop(asked.lang, &card));
    }
    let asked = asked.on(Place::Own);
    let till = desk.till_now(&asked, &window).await;
    desk.till_page_with(&asked, &window, till, Some(card)).await
}

/// Tonight's bank file alone.
pub(crate) async fn tonight_fragment(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    if !asked.fragment {
        return asked.back_to(&window.base);
    }
    match desk.tonight_card(&window).await {
        Some(card) => html(&markup::tonight(asked.lang, &card)),
        None => html(&markup::no_tonight(asked.lang, &window.base)),
    }
}
