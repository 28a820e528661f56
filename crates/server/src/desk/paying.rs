//! From a code to an offer, and from *Pay* to what came of it.

use std::time::Duration;

use corridor::CaptureMode;
use kernel::id::{Payment, Quote, Wallet};
use kernel::{Id, Ref};
use pay::command::{ConfirmPayment, MakeQuote, PayHere};
use pay::{QuoteView, Reply};
use serde::Deserialize;

use super::answer::{Asked, told, unfit};
use super::faces::{amount, micros, now_us, quoted};
use super::names::registered;
use super::stopped::stopped;
use super::submit::Form;
use super::till::read_amount;
use super::trace::{Press, Trace};
use super::window::WalletWindow;
use super::{Desk, picture, unit};
use crate::api::pay::looking::{Looked, takes_payments};
use crate::cells::now;
use crate::problem::Problem;
use crate::web::view::{
    Away, Declined, Face, Lock, Open, Payee, Price, Problem as ToldProblem, Retry, Sheet,
    ShopParts, State as Is,
};

/// How long *Pay* waits for the end before it shows that it is under way.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long a page waits between two questions to a side that does not answer, in milliseconds.
const ASK_AGAIN_MS: u32 = 4_000;

/// What was offered to a wallet: what its confirm page showed.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub sheet: Sheet,
    /// By which wallet.
    pub wallet: Ref<Wallet>,
    /// What would be paid.
    pub payment: Id<Payment>,
    /// A store of the wallet's own cell is paid without a quote.
    pub here: Option<PayHere>,
}

impl Offer {
    /// What the confirm page sends back.
    pub fn quote(&self) -> &str {
        &self.sheet.quote
    }
}

/// What was scanned, and what was found behind it.
struct Scan<'a> {
    window: &'a WalletWindow,
    code: &'a str,
    /// What the payer typed.
    typed: Option<&'a str>,
    looked: &'a Looked,
    /// What is to be paid.
    minor: u64,
}

/// The form of *Pay*.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PayForm {
    pub quote: String,
    pub key: String,
    pub again: String,
    /// What was scanned, and what was typed: a process that never made the offer makes it anew.
    pub code: String,
    pub amount: Option<String>,
}

impl PayForm {
    fn content(&self) -> [&str; 2] {
        [self.quote.as_str(), if self.again == "1" { "1" } else { "" }]
    }

    fn of<'a>(&'a self, window: &WalletWindow, content: &'a [&'a str]) -> Form<'a> {
        Form { actor: window.actor, operation: "pay", key: &self.key, content }
    }
}

/// What became of a *yes*.
enum Yes {
    /// It is under way to the shop's cell.
    Under(Id<Payment>),
    /// It has ended.
    Paid(Id<Payment>),
    /// It was refused, or something is to be asked first.
    No(Box<Face>),
}

/// What became of a scan.
enum Found {
    /// Something to say yes to.
    Offer(Box<Offer>),
    /// How much is to be typed first.
    Ask(Box<Face>),
}

impl Desk {
    /// Reads a code, looks at who is paid, and asks the price.
    pub(crate) async fn offer(
        &self,
        window: &WalletWindow,
        code: &str,
        typed: Option<&str>,
    ) -> Result<Face, Problem> {
        match self.found(window, code, typed).await? {
            Found::Offer(offer) => Ok(self.ask_yes(*offer)),
            Found::Ask(face) => Ok(*face),
        }
    }

    /// Shows an offer, and remembers it.
    pub(super) fn ask_yes(&self, offer: Offer) -> Face {
        let face = Face::Confirm(Box::new(offer.sheet.clone()));
        self.offers.keep(offer);
        face
    }

    async fn found(
        &self,
        window: &WalletWindow,
        code: &str,
        typed: Option<&str>,
    ) -> Result<Found, Problem> {
        let ask = |face| Ok(Found::Ask(Box::new(face)));
        let target = self.target_of(window, code.trim()).await?;
        let looked = self.look(window, &target).await?;
        takes_payments(&looked)?;
        let minor = match (looked.amount, typed) {
            (Some(due), _) => due,
            (None, None) => return ask(ask_amount(code, &looked, "", None)),
            (None, Some(typed)) => match read_amount(unit(looked.view.currency), typed) {
                Ok(minor) => minor,
                Err(why) => return ask(ask_amount(code, &looked, typed, Some(unfit(why)))),
            },
        };
        let typed = typed.filter(|_| looked.amount.is_none());
        let scan = Scan { window, code, typed, looked: &looked, minor };
        let payment = target.payment.unwrap_or_else(|| self.site(window.side).fresh());
        let offer = if target.store.cell == window.wallet.cell {
            self.offer_here(&scan, payment, target.payment.is_some())
        } else {
            match (self.offer_across(&scan, payment).await, typed) {
                (Ok(offer), _) => offer,
                // What was typed can be typed anew.
                (Err(problem), Some(typed)) if problem.code.starts_with("amount_") => {
                    return ask(ask_amount(code, &looked, typed, Some(told(&problem))));
                }
                (Err(problem), _) => return Err(problem),
            }
        };
        Ok(Found::Offer(Box::new(offer)))
    }

    async fn offer_across(&self, scan: &Scan<'_>, payment: Id<Payment>) -> Result<Offer, Problem> {
        let (window, looked) = (scan.window, scan.looked);
        let id: Id<Quote> = self.site(window.side).fresh();
        let key = id.to_string();
        let content = [scan.code];
        let form = Form { actor: window.actor, operation: "quote", key: &key, content: &content };
        self.traces.press(Press::Quote, id.0);
        let command = MakeQuote {
            id,
            wallet: window.wallet,
            payment,
            store: looked.view.store,
            amount: scan.minor,
            currency: looked.view.currency,
            deadline: deadline(looked),
            capture: looked.view.due.as_ref().map_or(CaptureMode::Now, |due| due.capture),
            place: looked.place.as_ref().map(|place| place.number),
        };
        let Reply::Quote(quote) = self.submit(window.side, &form, command).await?.value else {
            return Err(Problem::internal());
        };
        self.traces.edit(payment, |trace| {
            (trace.wallet, trace.amount) = (Some(window.wallet), scan.minor);
        });
        // Before the follower comes to it: *Pay* must not take the end of an earlier attempt for
        // the end of this one.
        self.traces.edit_known(payment, Trace::try_again);
        let sheet = sheet(&quote, scan);
        Ok(Offer { sheet, wallet: window.wallet, payment, here: None })
    }

    /// Inside one cell nothing is exchanged: no quote, and no rate that runs out.
    fn offer_here(&self, scan: &Scan<'_>, payment: Id<Payment>, requested: bool) -> Offer {
        let currency = scan.looked.view.currency;
        let here = PayHere {
            payment,
            wallet: scan.window.wallet,
            store: scan.looked.view.store,
            amount: scan.minor,
            requested,
            again: false,
            place: scan.looked.place.as_ref().map(|place| place.number),
        };
        let asked = amount(scan.minor, currency);
        let sheet = Sheet {
            quote: payment.to_string(),
            key: self.site(scan.window.side).fresh::<Quote>().to_string(),
            payee: payee_of(scan.looked),
            price: Price { asked, conversion: None, fee: amount(0, currency), total: asked },
            parts: shop_parts(scan.looked, scan.minor),
            lock: None,
            code: scan.code.to_owned(),
            typed: scan.typed.map(str::to_owned),
            again: false,
            asked: None,
        };
        Offer { sheet, wallet: scan.window.wallet, payment, here: Some(here) }
    }

    /// Says yes to an offer and shows what comes of it.
    pub(crate) async fn say_yes(
        &self,
        asked: &Asked,
        window: &WalletWindow,
        form: &PayForm,
    ) -> Face {
        let done = match self.offers.get(&form.quote) {
            Some(offer) if offer.wallet == window.wallet => self.take_up(window, form, offer).await,
            Some(_) => Err(unfit("quote_expired")),
            None => self.take_up_anew(window, form).await,
        };
        let face = match done {
            Ok(Yes::Under(payment)) => {
                self.traces.wait(payment, PATIENCE, Trace::is_settled).await;
                self.face_of(window, payment).await
            }
            Ok(Yes::Paid(payment)) => self.older_face(window, payment).await,
            Ok(Yes::No(face)) => return *face,
            Err(problem) => return Face::Problem(problem),
        };
        match face {
            Ok(Some(face)) => face,
            Ok(None) => {
                self.balance(asked, window).await.unwrap_or_else(|p| Face::Problem(told(&p)))
            }
            Err(problem) => Face::Problem(told(&problem)),
        }
    }

    async fn take_up(
        &self,
        window: &WalletWindow,
        form: &PayForm,
        offer: Offer,
    ) -> Result<Yes, ToldProblem> {
        self.traces.press(Press::Pay, offer.payment.0);
        let said = match &offer.here {
            Some(here) => self.pay_here(window, form, here.clone()).await,
            None => self.confirm(window, form).await?,
        };
        match said {
            Ok(yes) => Ok(yes),
            Err(problem) => {
                self.traces.pressed(Press::Pay, offer.payment.0);
                Ok(Yes::No(Box::new(refused(offer, &problem))))
            }
        }
    }

    /// The same of an offer of which this process knows nothing: it was started after the page was
    /// shown. What was paid then was paid once, and is told; what was not is paid now.
    async fn take_up_anew(
        &self,
        window: &WalletWindow,
        form: &PayForm,
    ) -> Result<Yes, ToldProblem> {
        if let Ok(payment) = form.quote.parse() {
            return self.pay_here_anew(window, form, payment).await;
        }
        match self.confirm(window, form).await? {
            Ok(Yes::Under(payment)) => match self.older_face(window, payment).await {
                Ok(Some(Face::Underway(_)) | None) | Err(_) => Ok(Yes::Under(payment)),
                Ok(Some(_)) => Ok(Yes::Paid(payment)),
            },
            Ok(yes) => Ok(yes),
            Err(problem) if problem.code == "confirm_again" => self.asked_again(window, form).await,
            Err(problem) => Err(told(&problem)),
        }
    }

    /// Inside one cell the page's code and what was typed say all there is to say, and nothing
    /// was promised that could have changed.
    async fn pay_here_anew(
        &self,
        window: &WalletWindow,
        form: &PayForm,
        payment: Id<Payment>,
    ) -> Result<Yes, ToldProblem> {
        self.caught_up(window.side, self.site(window.side).handle.durable()).await;
        if let Ok(Some(_)) = self.outcome_face(window, payment).await {
            return Ok(Yes::Paid(payment));
        }
        let offer = match self.found(window, &form.code, form.amount.as_deref()).await {
            Ok(Found::Offer(offer)) => *offer,
            Ok(Found::Ask(face)) => return Ok(Yes::No(face)),
            Err(problem) => return Err(told(&problem)),
        };
        let Some(here) = offer.here.clone() else { return Err(unfit("quote_expired")) };
        match self.pay_here(window, form, here).await {
            Ok(yes) => Ok(yes),
            Err(problem) => Ok(Yes::No(Box::new(self.refused_anew(offer, &problem)))),
        }
    }

    /// What was asked whether it is meant twice is asked so, at a new price.
    async fn asked_again(&self, window: &WalletWindow, form: &PayForm) -> Result<Yes, ToldProblem> {
        match self.found(window, &form.code, form.amount.as_deref()).await {
            Ok(Found::Offer(offer)) => {
                let sheet = Sheet { again: true, ..offer.sheet.clone() };
                Ok(Yes::No(Box::new(self.ask_yes(Offer { sheet, ..*offer }))))
            }
            Ok(Found::Ask(face)) => Ok(Yes::No(face)),
            Err(problem) => Err(told(&problem)),
        }
    }

    /// A refusal of an offer that was made just now.
    fn refused_anew(&self, offer: Offer, problem: &Problem) -> Face {
        self.offers.keep(offer.clone());
        refused(offer, problem)
    }

    async fn pay_here(
        &self,
        window: &WalletWindow,
        form: &PayForm,
        here: PayHere,
    ) -> Result<Yes, Problem> {
        let again = form.again == "1";
        let content = form.content();
        let said =
            self.submit(window.side, &form.of(window, &content), PayHere { again, ..here }).await?;
        let paid = crate::over::paid(&said.value)?;
        // One record was all of it.
        self.traces.pressed(Press::Pay, paid.payment.0);
        self.caught_up(window.side, said.position).await;
        Ok(Yes::Paid(paid.payment))
    }

    /// Confirms a quote; the outer error is of a form that names none.
    async fn confirm(
        &self,
        window: &WalletWindow,
        form: &PayForm,
    ) -> Result<Result<Yes, Problem>, ToldProblem> {
        let quote = form.quote.parse().map_err(|_| unfit("quote_expired"))?;
        let (again, content) = (form.again == "1", form.content());
        let command = ConfirmPayment { quote, again };
        let said = self.submit(window.side, &form.of(window, &content), command).await;
        Ok(said.and_then(|said| Ok(Yes::Under(crate::over::paid(&said.value)?.payment))))
    }
}

/// What a scan that came to nothing looks like. While the other side does not answer the page goes
/// on asking: nothing is paid by a price.
pub(crate) fn no_offer(code: &str, typed: Option<String>, problem: &Problem) -> Face {
    let told = picture::refused(code, problem);
    let away = ["corridor_unavailable", "link_frozen", "cell_starting", "outcome_unknown"];
    match away.contains(&problem.code) {
        true => {
            let retry = Retry { code: code.to_owned(), typed };
            Face::Away(Box::new(Away { problem: told, retry, again_ms: ASK_AGAIN_MS }))
        }
        false => Face::Problem(told),
    }
}

/// A printed code leaves the amount open.
fn ask_amount(code: &str, looked: &Looked, typed: &str, problem: Option<ToldProblem>) -> Face {
    Face::Amount(Box::new(Open {
        code: code.to_owned(),
        payee: payee_of(looked),
        unit: unit(looked.view.currency),
        typed: typed.to_owned(),
        problem,
    }))
}

/// Who is paid, and at which place of theirs.
fn payee_of(looked: &Looked) -> Payee {
    let at = looked.place.clone().map(|place| (place.label, place.reference));
    Payee { at, ..registered(looked).payee() }
}

fn sheet(quote: &QuoteView, scan: &Scan<'_>) -> Sheet {
    let left = quote.expires.0.saturating_sub(now().0).div_ceil(1_000_000);
    let seconds = u32::try_from(left).unwrap_or(60).max(1);
    Sheet {
        quote: quote.quote.to_string(),
        key: quote.quote.to_string(),
        payee: payee_of(scan.looked),
        price: quoted(quote),
        parts: shop_parts(scan.looked, scan.minor),
        lock: Some(Lock { deadline: micros(quote.expires), seconds }),
        code: scan.code.to_owned(),
        typed: scan.typed.map(str::to_owned),
        again: false,
        asked: None,
    }
}

/// What is taken of what the shop asks, as its cell says.
fn shop_parts(looked: &Looked, minor: u64) -> Option<ShopParts> {
    let whole = looked.view.costs.as_ref()?.of(minor)?;
    let money = |minor| amount(minor, looked.view.currency);
    let shares = whole.shares.into_iter().map(|(kind, part)| (kind.word(), money(part)));
    Some(ShopParts { fee: money(whole.fee), shares: shares.collect(), net: money(whole.net) })
}

fn deadline(looked: &Looked) -> Option<kernel::Timestamp> {
    looked.view.due.as_ref().and_then(|due| due.deadline)
}

/// What a refusal of *Pay* looks like: asked once more, over, or not done and why.
fn refused(offer: Offer, problem: &Problem) -> Face {
    match problem.code {
        "confirm_again" => Face::Confirm(Box::new(Sheet { again: true, ..offer.sheet })),
        "payment_in_review" => stopped(offer),
        "insufficient_funds"
        | "limit_per_payment"
        | "limit_per_day"
        | "limit_per_month"
        | "limit_per_year"
        | "limit_printed_codes"
        | "too_fast"
        | "review_rejected"
        | "review_full"
        | "corridor_capacity_exhausted"
        | "corridor_unavailable" => Face::Declined(Declined {
            state: Is::Declined,
            reason: problem.code.to_owned(),
            asked: offer.sheet.price.asked,
            total: Some(offer.sheet.price.total),
            payee: offer.sheet.payee,
            at: now_us(),
            retry: problem
                .code
                .starts_with("corridor_")
                .then_some(Retry { code: offer.sheet.code, typed: offer.sheet.typed }),
        }),
        _ => Face::Problem(told(problem)),
    }
}
