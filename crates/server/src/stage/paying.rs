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
use super::trace::{Press, Trace};
use super::{PAYER, SELLER, Stage};
use crate::api::pay::looking::{Looked, Target};
use crate::authorize::Caller;
use crate::cells::{fresh, now};
use crate::problem::Problem;
use crate::web::view::{Declined, Face, Payee, Price, Sheet, State as Is};

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
    pub(super) async fn offer(&self, at: usize, code: &str) -> Result<Face, Problem> {
        let target = Target::of_code(code.trim())?;
        let caller = Caller { site: Arc::clone(self.site(PAYER)), actor: self.wallets[at].actor };
        let looked = target.look(self.edge.cells(), &caller).await?.value;
        let minor = looked.amount.ok_or_else(|| {
            Problem::new("amount_missing", "The code tells no amount; ask the till for one.")
        })?;
        let payment = target.payment.unwrap_or_else(fresh);
        let requested = target.payment.is_some();
        let offer = if target.store.cell == self.wallets[at].wallet.cell {
            self.offer_here(at, code, &looked, (payment, requested), minor)
        } else {
            self.offer_across(at, code, &looked, payment, minor).await?
        };
        let face = Face::Confirm(Box::new(offer.sheet.clone()));
        self.offers.keep(offer);
        Ok(face)
    }

    async fn offer_across(
        &self,
        at: usize,
        code: &str,
        looked: &Looked,
        payment: Id<Payment>,
        minor: u64,
    ) -> Result<Offer, Problem> {
        let id: Id<Quote> = fresh();
        let key = id.to_string();
        let window = &self.wallets[at];
        let form = Form { actor: window.actor, operation: "quote", key: &key, content: &[code] };
        self.traces.press(Press::Quote, id.0);
        let command = MakeQuote {
            id,
            wallet: window.wallet,
            payment,
            store: looked.view.store,
            amount: minor,
            currency: looked.view.currency,
            deadline: deadline(looked),
            capture: looked.view.due.as_ref().map_or(CaptureMode::Now, |due| due.capture),
        };
        let Reply::Quote(quote) = self.submit(PAYER, &form, command).await?.value else {
            return Err(Problem::internal());
        };
        // Before the follower comes to it: *Pay* must not take the end of an earlier attempt for
        // the end of this one.
        self.traces.edit_known(payment, Trace::try_again);
        let sheet = self.sheet(&quote, looked, code);
        Ok(Offer { sheet, payment, here: None })
    }

    fn sheet(&self, quote: &QuoteView, looked: &Looked, code: &str) -> Sheet {
        let left = quote.expires.0.saturating_sub(now().0).div_ceil(1_000_000);
        Sheet {
            quote: quote.quote.to_string(),
            key: quote.quote.to_string(),
            payee: self.registered(looked),
            price: quoted(quote),
            deadline: micros(quote.expires),
            lock_seconds: u32::try_from(left).unwrap_or(60).max(1),
            code: code.to_owned(),
            again: false,
        }
    }

    fn offer_here(
        &self,
        at: usize,
        code: &str,
        looked: &Looked,
        (payment, requested): (Id<Payment>, bool),
        minor: u64,
    ) -> Offer {
        let here = PayHere {
            payment,
            wallet: self.wallets[at].wallet,
            store: looked.view.store,
            amount: minor,
            requested,
            again: false,
        };
        let asked = amount(minor, looked.view.currency);
        let fee = amount(0, looked.view.currency);
        let sheet = Sheet {
            quote: payment.to_string(),
            key: fresh::<Quote>().to_string(),
            payee: self.registered(looked),
            price: Price { asked, conversion: None, fee, total: asked },
            deadline: deadline(looked).map_or(now_us() + 60_000_000, micros),
            lock_seconds: 60,
            code: code.to_owned(),
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
        let said = match &offer.here {
            Some(here) => self.submit(PAYER, &of, PayHere { again, ..here.clone() }).await,
            None => match form.quote.parse() {
                Ok(quote) => self.submit(PAYER, &of, ConfirmPayment { quote, again }).await,
                Err(_) => return Face::Problem(unfit("quote_expired")),
            },
        };
        if let Err(problem) = said {
            self.traces.pressed(Press::Pay, offer.payment.0);
            return refused(offer, &problem);
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
