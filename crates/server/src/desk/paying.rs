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
use super::submit::Form;
use super::till::read_amount;
use super::trace::{Press, Trace};
use super::window::WalletWindow;
use super::{Desk, unit};
use crate::api::pay::looking::{Looked, takes_payments};
use crate::cells::now;
use crate::problem::Problem;
use crate::web::view::{
    Declined, Face, Lock, Open, Price, Problem as ToldProblem, Sheet, State as Is,
};

/// How long *Pay* waits for the end before it shows that it is under way.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What was offered to a wallet: what its confirm page showed.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub sheet: Sheet,
    /// By which wallet.
    pub wallet: Ref<Wallet>,
    /// What would be paid.
    pub payment: Id<Payment>,
    /// A store of the wallet's own cell is paid without a quote.
    here: Option<PayHere>,
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
}

impl Desk {
    /// Reads a code, looks at who is paid, and asks the price.
    pub(crate) async fn offer(
        &self,
        window: &WalletWindow,
        code: &str,
        typed: Option<&str>,
    ) -> Result<Face, Problem> {
        let target = self.target_of(window, code.trim()).await?;
        let looked = self.look(window, &target).await?;
        takes_payments(&looked)?;
        let minor = match (looked.amount, typed) {
            (Some(due), _) => due,
            (None, None) => return Ok(ask_amount(code, &looked, "", None)),
            (None, Some(typed)) => match read_amount(unit(looked.view.currency), typed) {
                Ok(minor) => minor,
                Err(why) => return Ok(ask_amount(code, &looked, typed, Some(unfit(why)))),
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
                    return Ok(ask_amount(code, &looked, typed, Some(told(&problem))));
                }
                (Err(problem), _) => return Err(problem),
            }
        };
        let face = Face::Confirm(Box::new(offer.sheet.clone()));
        self.offers.keep(offer);
        Ok(face)
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
        };
        let asked = amount(scan.minor, currency);
        let sheet = Sheet {
            quote: payment.to_string(),
            key: self.site(scan.window.side).fresh::<Quote>().to_string(),
            payee: registered(scan.looked).payee(),
            price: Price { asked, conversion: None, fee: amount(0, currency), total: asked },
            lock: None,
            code: scan.code.to_owned(),
            typed: scan.typed.map(str::to_owned),
            again: false,
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
        let offer = self.offers.get(&form.quote);
        let offer = match offer {
            Some(offer) if offer.wallet == window.wallet => offer,
            Some(_) => return Face::Problem(unfit("quote_expired")),
            None => return self.say_yes_anew(window, form).await,
        };
        let again = form.again == "1";
        let content = [form.quote.as_str(), if again { "1" } else { "" }];
        let of = Form { actor: window.actor, operation: "pay", key: &form.key, content: &content };
        self.traces.press(Press::Pay, offer.payment.0);
        let side = window.side;
        let said = match &offer.here {
            Some(here) => self.submit(side, &of, PayHere { again, ..here.clone() }).await,
            None => match form.quote.parse() {
                Ok(quote) => self.submit(side, &of, ConfirmPayment { quote, again }).await,
                Err(_) => return Face::Problem(unfit("quote_expired")),
            },
        };
        match said {
            Err(problem) => {
                self.traces.pressed(Press::Pay, offer.payment.0);
                return refused(offer, &problem);
            }
            // One record was all of it.
            Ok(said) if offer.here.is_some() => {
                self.traces.pressed(Press::Pay, offer.payment.0);
                self.caught_up(side, said.position).await;
                return match self.outcome_face(window, offer.payment).await {
                    Ok(Some(face)) => face,
                    Ok(None) => Face::Problem(unfit("outcome_unknown")),
                    Err(problem) => Face::Problem(told(&problem)),
                };
            }
            Ok(_) => {}
        }
        self.traces.wait(offer.payment, PATIENCE, Trace::is_settled).await;
        match self.face_of(window, offer.payment).await {
            Ok(Some(face)) => face,
            Ok(None) => {
                self.balance(asked, window).await.unwrap_or_else(|p| Face::Problem(told(&p)))
            }
            Err(problem) => Face::Problem(told(&problem)),
        }
    }
}

impl Desk {
    /// Says yes to an offer of which this process knows nothing: it was started after the page was
    /// shown. What was paid then was paid once, and is told; what was not is paid now.
    async fn say_yes_anew(&self, window: &WalletWindow, form: &PayForm) -> Face {
        let payment = match (form.quote.parse::<Id<Payment>>(), form.quote.parse::<Id<Quote>>()) {
            // Inside one cell: the page alone does not say how much.
            (Ok(payment), _) => payment,
            (_, Ok(quote)) => {
                let again = form.again == "1";
                let content = [form.quote.as_str(), if again { "1" } else { "" }];
                let (actor, key) = (window.actor, &form.key);
                let of = Form { actor, operation: "pay", key, content: &content };
                let command = ConfirmPayment { quote, again };
                match self.submit(window.side, &of, command).await.map(|said| said.value) {
                    Ok(Reply::Payment(paid)) => paid.payment,
                    Ok(_) => return Face::Problem(unfit("outcome_unknown")),
                    Err(problem) => return Face::Problem(told(&problem)),
                }
            }
            _ => return Face::Problem(unfit("quote_expired")),
        };
        match self.outcome_face(window, payment).await {
            Ok(Some(face)) => face,
            Ok(None) => Face::Problem(unfit("quote_expired")),
            Err(problem) => Face::Problem(told(&problem)),
        }
    }
}

/// A printed code leaves the amount open.
fn ask_amount(code: &str, looked: &Looked, typed: &str, problem: Option<ToldProblem>) -> Face {
    Face::Amount(Box::new(Open {
        code: code.to_owned(),
        payee: registered(looked).payee(),
        unit: unit(looked.view.currency),
        typed: typed.to_owned(),
        problem,
    }))
}

fn sheet(quote: &QuoteView, scan: &Scan<'_>) -> Sheet {
    let left = quote.expires.0.saturating_sub(now().0).div_ceil(1_000_000);
    let seconds = u32::try_from(left).unwrap_or(60).max(1);
    Sheet {
        quote: quote.quote.to_string(),
        key: quote.quote.to_string(),
        payee: registered(scan.looked).payee(),
        price: quoted(quote),
        lock: Some(Lock { deadline: micros(quote.expires), seconds }),
        code: scan.code.to_owned(),
        typed: scan.typed.map(str::to_owned),
        again: false,
    }
}

fn deadline(looked: &Looked) -> Option<kernel::Timestamp> {
    looked.view.due.as_ref().and_then(|due| due.deadline)
}

/// What a refusal of *Pay* looks like: asked once more, over, or not done and why.
fn refused(offer: Offer, problem: &Problem) -> Face {
    match problem.code {
        "confirm_again" => Face::Confirm(Box::new(Sheet { again: true, ..offer.sheet })),
        "insufficient_funds"
        | "limit_per_payment"
        | "limit_per_day"
        | "corridor_capacity_exhausted"
        | "corridor_unavailable" => Face::Declined(Declined {
            state: Is::Declined,
            reason: problem.code.to_owned(),
            asked: offer.sheet.price.asked,
            total: Some(offer.sheet.price.total),
            payee: offer.sheet.payee,
            at: now_us(),
        }),
        _ => Face::Problem(told(problem)),
    }
}
