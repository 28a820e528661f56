//! What stands beside a till: whether its store takes payments, tonight's bank file, the poster.

use axum::body::Bytes;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::id::Quote;
use pay::command::{AskPayoutToday, SetPayoutSchedule, SetStoreOpen};
use pay::{Review, Schedule, Standing, StoreNumber};
use serde::Deserialize;

use super::Desk;
use super::answer::{html, told, unfit};
use super::faces::{amount, micros};
use super::submit::Form;
use super::window::{AtTill, TillWindow};
use crate::bank_files::{Panel, panel};
use crate::cells::now as wall;
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

/// The form of payouts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PayoutForm {
    act: String,
    when: String,
    least: String,
    key: String,
}

impl Desk {
    async fn set_payouts(&self, window: &TillWindow, form: &PayoutForm) -> Result<(), Told> {
        let content = [form.act.as_str(), form.when.as_str(), form.least.as_str()];
        let key = &form.key;
        let of = Form { actor: window.actor, operation: "payouts", key, content: &content };
        let merchant = window.merchant;
        let done = if form.act == "today" {
            self.submit(window.side, &of, AskPayoutToday { merchant }).await
        } else {
            let weekday = form.when.strip_prefix("weekly-").and_then(|day| day.parse().ok());
            let schedule = match (form.when.as_str(), weekday) {
                ("daily", _) => Schedule::Daily,
                ("threshold", _) => {
                    let read = window.unit().read_typed(&form.least).map_err(unfit)?;
                    let least = u64::try_from(read.minor).map_err(|_| unfit("amount_unfit"))?;
                    Schedule::Threshold(least)
                }
                (_, Some(day)) => Schedule::Weekly(day),
                _ => return Err(unfit("text_unfit")),
            };
            let command = SetPayoutSchedule { merchant, from: wall(), schedule };
            self.submit(window.side, &of, command).await
        };
        done.map_err(|problem| told(&problem))?;
        Ok(())
    }
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
            brings: self.brings(window.side, window.actor).await,
            problem,
            poster: format!("/poster/{}", window.store),
            number: number.map(|number| number.to_string()),
        })
    }

    /// Tonight's bank file for a till's shop; none where its cell makes none.
    pub(crate) async fn tonight_card(&self, window: &TillWindow) -> Option<TonightCard> {
        let site = self.site(window.side);
        match panel(&self.edge, site, window.actor, window.merchant).await {
            Ok(panel) => Some(tonight(window, panel, site.fresh::<Quote>().to_string())),
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

fn tonight(window: &TillWindow, panel: Panel, key: String) -> TonightCard {
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
        when: match panel.schedule {
            Schedule::Weekly(day) => format!("weekly-{day}"),
            Schedule::Daily | Schedule::Threshold(_) => panel.schedule.word().to_owned(),
        },
        least: match panel.schedule {
            Schedule::Threshold(least) => crate::http::csv::amount(least, panel.currency),
            Schedule::Daily | Schedule::Weekly(_) => String::new(),
        },
        asked: panel.asked,
        returned: panel.returned.map(|(minor, code)| (money(minor), code)),
        key,
        problem: None,
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

/// Sets when the shop is paid, or asks for the next file.
pub(crate) async fn set_payouts(
    AtTill { desk, window, asked, .. }: AtTill,
    body: Bytes,
) -> Response {
    let done = match read_form::<PayoutForm>(&body) {
        Ok(form) => desk.set_payouts(&window, &form).await,
        Err(code) => Err(unfit(code)),
    };
    if !asked.fragment && done.is_ok() {
        return asked.back_to(&window.base);
    }
    if asked.fragment {
        return match desk.tonight_card(&window).await {
            Some(card) => {
                html(&markup::tonight(asked.lang, &TonightCard { problem: done.err(), ..card }))
            }
            None => html(&markup::no_tonight(asked.lang, &window.base)),
        };
    }
    let card = match desk.shop_card(&window, done.err()).await {
        Ok(card) => card,
        Err(problem) => return html(&markup::no_shop(asked.lang, &window.base, &told(&problem))),
    };
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
