//! From a code to an offer, and from *Pay* to what came of it.

use std::sync::Arc;
use std::time::Duration;

use corridor::CaptureMode;
use kernel::Id;
use kernel::id::{Payment, Quote};
use pay::command::{ConfirmPayment, MakeQuote, PayHere};
use pay::{QuoteView, Reply};
use serde::Deserialize;

use super::answer::{Asked, told, unfit};
use super::faces::{amount, micros, now_us, payee, quoted};
use super::submit::Form;
use super::till::read_amount;
use super::trace::{Press, Trace};
use super::{PAYER, SELLER, Stage, unit};
use crate::api::pay::looking::{Looked, Target, takes_payments};
use crate::authorize::Caller;
use crate::cells::{fresh, now};
use crate::problem::Problem;
use crate::web::view::{
    Declined, Face, Lock, Open, Payee, Price, Problem as ToldProblem, Sheet, State as Is,
};

/// How long *Pay* waits for the end before it shows that it is under way.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What was offered to a wallet: what its confirm page showed.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub sheet: Sheet,
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
    at: usize,
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
pub(super) struct PayForm {
    pub quote: String,
    pub key: String,
    pub again: String,
}

impl Stage {
    /// Reads a code, looks at who is paid, and asks the price.
    pub(super) async fn offer(
        &self,
        at: usize,
        code: &str,
        typed: Option<&str>,
    ) -> Result<Face, Problem> {
        let target = Target::of_code(code.trim())?;
        let site = Arc::clone(self.site(self.side_of_wallet(at)));
        let caller = Caller { site, actor: self.wallets[at].actor };
        let looked = target.look(self.edge.cells(), &caller).await?.value;
        takes_payments(&looked)?;
        let minor = match (looked.amount, typed) {
            (Some(due), _) => due,
            (None, None) => return Ok(self.ask_amount(code, &looked, "", None)),
            (None, Some(typed)) => match read_amount(unit(looked.view.currency), typed) {
                Ok(minor) => minor,
                Err(why) => return Ok(self.ask_amount(code, &looked, typed, Some(unfit(why)))),
            },
        };
        let typed = typed.filter(|_| looked.amount.is_none());
        let scan = Scan { at, code, typed, looked: &looked, minor };
        let payment = target.payment.unwrap_or_else(fresh);
        let offer = if target.store.cell == self.wallets[at].wallet.cell {
            self.offer_here(&scan, payment, target.payment.is_some())
        } else {
            match (self.offer_across(&scan, payment).await, typed) {
                (Ok(offer), _) => offer,
                // What was typed can be typed anew.
                (Err(problem), Some(typed)) if problem.code.starts_with("amount_") => {
                    return Ok(self.ask_amount(code, &looked, typed, Some(told(&problem))));
                }
                (Err(problem), _) => return Err(problem),
            }
        };
        let face = Face::Confirm(Box::new(offer.sheet.clone()));
        self.offers.keep(offer);
        Ok(face)
    }

    /// A printed code leaves the amount open.
    fn ask_amount(
        &self,
        code: &str,
        looked: &Looked,
        typed: &str,
        problem: Option<ToldProblem>,
    ) -> Face {
        Face::Amount(Box::new(Open {
            code: code.to_owned(),
            payee: self.registered(looked),
            unit: unit(looked.view.currency),
            typed: typed.to_owned(),
            problem,
        }))
    }

    async fn offer_across(&self, scan: &Scan<'_>, payment: Id<Payment>) -> Result<Offer, Problem> {
        let id: Id<Quote> = fresh();
        let key = id.to_string();
        let (window, looked) = (&self.wallets[scan.at], scan.looked);
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
        let side = self.side_of_wallet(scan.at);
        let Reply::Quote(quote) = self.submit(side, &form, command).await?.value else {
            return Err(Problem::internal());
        };
        // Before the follower comes to it: *Pay* must not take the end of an earlier attempt for
        // the end of this one.
        self.traces.edit_known(payment, Trace::try_again);
        let sheet = self.sheet(&quote, scan);
        Ok(Offer { sheet, payment, here: None })
    }

    fn sheet(&self, quote: &QuoteView, scan: &Scan<'_>) -> Sheet {
        let left = quote.expires.0.saturating_sub(now().0).div_ceil(1_000_000);
        let seconds = u32::try_from(left).unwrap_or(60).max(1);
        Sheet {
            quote: quote.quote.to_string(),
            key: quote.quote.to_string(),
            payee: self.registered(scan.looked),
            price: quoted(quote),
            lock: Some(Lock { deadline: micros(quote.expires), seconds }),
            code: scan.code.to_owned(),
            typed: scan.typed.map(str::to_owned),
            again: false,
        }
    }

    /// Inside one cell nothing is exchanged: no quote, and no rate that runs out.
    fn offer_here(&self, scan: &Scan<'_>, payment: Id<Payment>, requested: bool) -> Offer {
        let currency = scan.looked.view.currency;
        let here = PayHere {
            payment,
            wallet: self.wallets[scan.at].wallet,
            store: scan.looked.view.store,
            amount: scan.minor,
            requested,
            again: false,
        };
        let asked = amount(scan.minor, currency);
        let sheet = Sheet {
            quote: payment.to_string(),
            key: fresh::<Quote>().to_string(),
            payee: self.registered(scan.looked),
            price: Price { asked, conversion: None, fee: amount(0, currency), total: asked },
            lock: None,
            code: scan.code.to_owned(),
            typed: scan.typed.map(str::to_owned),
            again: false,
        };
        Offer { sheet, payment, here: Some(here) }
    }

    fn registered(&self, looked: &Looked) -> Payee {
        let look = &looked.view;
        let side = if looked.site.name() == self.site(PAYER).name() { PAYER } else { SELLER };
        let lang = self.own_language(side);
        payee(&look.name, look.latin_name.as_deref(), lang, look.prefecture, look.category)
    }

    /// Says yes to an offer and shows what comes of it.
    pub(super) async fn say_yes(&self, asked: &Asked, at: usize, form: &PayForm) -> Face {
        let Some(offer) = self.offers.get(&form.quote) else {
            return Face::Problem(unfit("quote_expired"));
        };
        let again = form.again == "1";
        let content = [form.quote.as_str(), if again { "1" } else { "" }];
        let window = &self.wallets[at];
        let of = Form { actor: window.actor, operation: "pay", key: &form.key, content: &content };
        self.traces.press(Press::Pay, offer.payment.0);
        let side = self.side_of_wallet(at);
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
                let wallet = self.wallets[at].wallet;
                return match self.outcome_face(wallet, offer.payment).await {
                    Ok(Some(face)) => face,
                    Ok(None) => Face::Problem(unfit("outcome_unknown")),
                    Err(problem) => Face::Problem(told(&problem)),
                };
            }
            Ok(_) => {}
        }
        self.traces.wait(offer.payment, PATIENCE, Trace::is_settled).await;
        match self.face_of(at, offer.payment).await {
            Ok(Some(face)) => face,
            Ok(None) => self.balance(asked, at).await.unwrap_or_else(|p| Face::Problem(told(&p))),
            Err(problem) => Face::Problem(told(&problem)),
        }
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
