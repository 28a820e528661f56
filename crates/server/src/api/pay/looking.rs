//! Looking before paying: what a code says, held against what its store registered. An EMVCo
//! string is unsigned, and a swapped sticker is the classic fraud.

use std::sync::Arc;
use std::time::Duration;

use economy::{Answer, Query};
use kernel::id::{Payment as PaymentKind, Store as StoreKind};
use kernel::{Currency, Id, Ref, Timestamp};
use link::wire::{AskLook, Seen};
use link::{End, Fault};
use partner::Partner;
use pay::emvco::{self, Dynamic, EnishiCode, Initiation, LocalText, MerchantCode, Signboard};
use pay::{Acceptance, LookView, PaymentView, Place, Status, StoreNumber, Unread};

use crate::api::corridor::placed;
use crate::api::partner::partners_of;
use crate::authorize::Caller;
use crate::cells::Site;
use crate::edge::Edge;
use crate::outcome::Settled;
use crate::problem::Problem;

/// Who is to be paid, from a code or named by the caller.
#[derive(Debug)]
pub struct Target {
    /// The seller's cell by name, when a code says it.
    cell: Option<String>,
    /// The store.
    pub store: Ref<StoreKind>,
    /// The payment, when the seller asked for one.
    pub payment: Option<Id<PaymentKind>>,
    /// The place of the store at which the code hangs.
    pub place: Option<u16>,
    /// What the code says.
    code: Option<MerchantCode>,
}

/// The seller's cell, as its codes speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// Its name.
    pub cell: String,
    /// The country on its codes.
    pub country: String,
    /// The language of its shops' own names.
    pub language: String,
}

impl Seller {
    fn of(site: &Site) -> Self {
        let (cell, language) = (site.name().to_owned(), site.language.clone());
        Self { cell, country: site.country.clone(), language }
    }
}

/// Where a seller's cell is.
enum Way {
    /// In this process.
    Here(Arc<Site>),
    /// Over the bridge, in another.
    There(Arc<End>),
    /// A partner's system.
    Partner(Arc<Partner>),
}

/// What a seller's cell says.
struct Said {
    seller: Seller,
    view: Box<LookView>,
    place: Option<Place>,
    /// Its time.
    time: Timestamp,
}

/// So many looks at a time over the bridge: a neighbour that hangs takes no more of this process.
static LOOKS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(64);
/// How long a look waits for its turn.
const TURN: Duration = Duration::from_secs(2);

/// What was found there.
pub struct Looked {
    /// The seller's cell.
    pub seller: Seller,
    /// The store as registered, and what is due.
    pub view: Box<LookView>,
    /// The place at which the code hangs, as its store registered it.
    pub place: Option<Place>,
    /// What is to be paid, if code or payment say so: minor units of the store's currency.
    pub amount: Option<u64>,
}

impl Target {
    /// What a code names.
    ///
    /// # Errors
    /// A code that can't be read, or is not of this system.
    pub fn of_code(text: &str) -> Result<Self, Problem> {
        let code = emvco::decode(text).map_err(|error| Problem::of_code(&error))?;
        let ours = EnishiCode::find(&code).map_err(|error| Problem::of_code(&error))?;
        let Some(ours) = ours else {
            return Err(Problem::new(
                "not_enishi_code",
                "This code belongs to another payment system; ask the shop for its Enishi code.",
            ));
        };
        let unknown = |what| {
            move |_| {
                Problem::new(
                    "bad_enishi_template",
                    format!("The code names no {what} of ours; have it made anew."),
                )
            }
        };
        let store = format!("sto_{}", ours.store()).parse().map_err(unknown("store"))?;
        let payment = ours.payment().map(|bare| format!("pay_{bare}").parse());
        let payment = payment.transpose().map_err(unknown("payment"))?;
        let (cell, place) = (Some(ours.cell().to_owned()), ours.place());
        Ok(Self { cell, store, payment, place, code: Some(code) })
    }

    /// What was scanned, pasted or typed: a code, or the number on a poster.
    ///
    /// # Errors
    /// As [`Self::of_code`]; a number that is mistyped, or of a store that is not known.
    pub async fn read(text: &str, edge: &Edge, caller: &Caller) -> Result<Self, Problem> {
        if !StoreNumber::is_meant(text) {
            return Self::of_code(text);
        }
        // What a customer's own wallet shows to a scanner is a long row of digits, too.
        if let Err(problem) = Self::of_code(text)
            && problem.code == "customer_presented_not_supported"
        {
            return Err(problem);
        }
        let number: StoreNumber = text.parse().map_err(|why: Unread| {
            let code = match why {
                Unread::Mistyped => "store_number_mistyped",
                Unread::Shape => "store_number_malformed",
            };
            Problem::new(code, format!("This can't be looked up: {why}."))
        })?;
        // Its cell is found as for any store; the tag, which tells a reference from a guess, is not
        // needed for what stands on a poster.
        let asked = AskLook::numbered(number.cell, number.store);
        let store = match Self::named(asked.store, None).way(edge, caller).await? {
            Way::Here(site) => {
                let answer = site.ask(Query::StoreNumbered(number.store)).await?;
                let Answer::Store(store) = answer.value else { return Err(Problem::internal()) };
                store
            }
            // A partner's stores have no numbers of ours.
            Way::Partner(_) => {
                return Err(Problem::refused(&economy::Refusal::from(pay::Refusal::StoreNotFound)));
            }
            Way::There(end) => {
                let store = seen(end, asked).await?.store.ok_or_else(unavailable)?;
                // Another store than the one that was typed is no answer.
                let same = (store.cell, store.number) == (number.cell, number.store);
                same.then_some(store).ok_or_else(unavailable)?
            }
        };
        Ok(Self::named(store, None))
    }

    /// A store and perhaps a payment that the caller names.
    pub fn named(store: Ref<StoreKind>, payment: Option<Id<PaymentKind>>) -> Self {
        Self { cell: None, store, payment, place: None, code: None }
    }

    /// Whether the seller's code or the caller's own words name it.
    pub fn is_static(&self) -> bool {
        self.payment.is_none()
    }

    /// Asks the seller's cell, and blocks what does not match.
    ///
    /// # Errors
    /// No way to that cell, no such store or payment, or a claim that differs.
    pub async fn look(&self, edge: &Edge, caller: &Caller) -> Result<Settled<Looked>, Problem> {
        let settled = match self.way(edge, caller).await? {
            Way::Here(site) => {
                let payer = caller.site.handle.info().number;
                self.ask_here(&site, payer).await?
            }
            Way::There(end) => self.ask_there(end).await?,
            Way::Partner(partner) => self.ask_partner(partner).await?,
        };
        let Said { seller, view, place, time } = &settled.value;
        let at = |problem: Problem| problem.at(&settled.cell, settled.position);
        let claimed = self.check(seller, view, place.as_ref()).map_err(at)?;
        let amount = match &view.due {
            Some(due) => Some(payable(due, claimed, *time).map_err(at)?),
            None => claimed,
        };
        Ok(settled.map(|Said { seller, view, place, .. }| Looked { seller, view, place, amount }))
    }

    async fn ask_here(&self, site: &Site, payer: u16) -> Result<Settled<Said>, Problem> {
        let payer = Some((site.handle.time(), payer));
        let settled = site.ask(Query::Look(self.store, self.payment, payer)).await?;
        let Answer::Look(view) = settled.value.clone() else { return Err(Problem::internal()) };
        let place = placed(site, self.store, self.place).await?;
        let (seller, time) = (Seller::of(site), site.handle.time());
        Ok(settled.with(Said { seller, view, place, time }))
    }

    async fn ask_there(&self, end: Arc<End>) -> Result<Settled<Said>, Problem> {
        let asked = AskLook { store: self.store, payment: self.payment, place: self.place };
        let seen = seen(Arc::clone(&end), asked).await?;
        let place = seen.place.clone();
        // A neighbour that knows nothing of places can't say what is due at one.
        if self.place.is_some() && place.is_none() {
            return Err(unavailable());
        }
        let cell = end.peer.name.clone();
        let (country, language) = (seen.country.clone(), seen.language.clone());
        let seller = Seller { cell: cell.clone(), country, language };
        let view = Box::new(seen.view(asked));
        let value = Said { seller, view, place, time: seen.time };
        Ok(Settled { value, cell, position: seen.position, repeated: false })
    }

    async fn ask_partner(&self, partner: Arc<Partner>) -> Result<Settled<Said>, Problem> {
        let asked = AskLook { store: self.store, payment: self.payment, place: self.place };
        let cell = partner.peer.name.clone();
        if partner.agreed().suspended {
            return Err(suspended(&cell));
        }
        let seen = looked({
            let partner = Arc::clone(&partner);
            move || partner.look(asked)
        })
        .await?;
        // A store that is closed to us may be open to others: then it is not the shop's doing.
        if !seen.open
            && let Ok(Ok(standing)) = tokio::task::spawn_blocking(move || partner.standing()).await
            && standing.suspended
        {
            return Err(suspended(&cell));
        }
        let place = seen.place.clone();
        if self.place.is_some() && place.is_none() {
            return Err(unavailable());
        }
        let (country, language) = (seen.country.clone(), seen.language.clone());
        let seller = Seller { cell: cell.clone(), country, language };
        let view = Box::new(seen.view(asked));
        let value = Said { seller, view, place, time: seen.time };
        Ok(Settled { value, cell, position: seen.position, repeated: false })
    }

    /// Holds a code against a store of this process.
    ///
    /// # Errors
    /// A code of another cell, or a claim that differs.
    pub(crate) fn check_here(
        &self,
        site: &Site,
        view: &LookView,
        place: Option<&Place>,
    ) -> Result<(), Problem> {
        if self.cell.as_deref().is_some_and(|name| name != site.name()) {
            return Err(Problem::refused(&economy::Refusal::from(pay::Refusal::StoreNotFound)));
        }
        self.check(&Seller::of(site), view, place).map(drop)
    }

    /// The way to the seller's cell, if the caller's has one.
    async fn way(&self, edge: &Edge, caller: &Caller) -> Result<Way, Problem> {
        let own = &caller.site;
        let is_own = own.handle.info().number == self.store.cell;
        if self.cell.as_deref().is_none_or(|name| name == own.name()) && is_own {
            return Ok(Way::Here(Arc::clone(own)));
        }
        own.require_link(self.store.cell, self.cell.as_deref()).await?;
        if let Some(site) = edge.cells().numbered(self.store.cell) {
            return Ok(Way::Here(Arc::clone(site)));
        }
        let end = edge.corridor().between(own.handle.info().number, self.store.cell);
        if let Some(end) = end {
            return Ok(Way::There(Arc::clone(end)));
        }
        let known = partners_of(edge, own).ok_or_else(unavailable)?;
        known.refresh().await;
        known.numbered(self.store.cell).map(Way::Partner).ok_or_else(unavailable)
    }

    /// Holds the code against the registered words; gives the amount that it claims.
    fn check(
        &self,
        seller: &Seller,
        view: &LookView,
        place: Option<&Place>,
    ) -> Result<Option<u64>, Problem> {
        let Some(code) = &self.code else { return Ok(None) };
        let of_code = |error: emvco::Error| Problem::of_code(&error);
        code.expect_currency(view.currency.numeric()).map_err(of_code)?;
        signboard(seller, view).check(code).map_err(of_code)?;
        let claimed = code.amount.map(|amount| amount.to_minor(view.currency.exponent()));
        let claimed = claimed.transpose().map_err(|error| {
            Problem::new(error.code(), format!("The amount in the code can't be paid: {error}."))
        })?;
        let Some(place) = place else { return Ok(claimed) };
        place_says(place, code).map_err(of_code)?;
        match (claimed, place.amount) {
            (claimed, due) if claimed == due => Ok(due),
            // A sticker with another amount than the shop's own.
            (_, Some(due)) => {
                let refusal = pay::Refusal::AmountDiffers { due };
                Err(Problem::refused(&economy::Refusal::from(refusal)))
            }
            (Some(_), None) => {
                let refusal = pay::Refusal::PlaceWithdrawn;
                Err(Problem::refused(&economy::Refusal::from(refusal)))
            }
            (None, None) => Ok(None),
        }
    }
}

/// Whether a code at a place says what its store registered there.
fn place_says(place: &Place, code: &MerchantCode) -> Result<(), emvco::Error> {
    let says = |claim, claimed: &Option<String>, registered: Option<&str>| {
        if claimed.as_deref() == registered {
            return Ok(());
        }
        let claimed = claimed.clone().unwrap_or_default();
        let registered = registered.unwrap_or_default().to_owned();
        Err(emvco::Error::ClaimDiffers { claim, claimed, registered })
    };
    says("terminal_label", &code.additional.terminal_label, Some(&place.label))?;
    says("reference_label", &code.additional.reference_label, place.reference.as_deref())
}

/// Asks a cell of another process what a store is.
async fn seen(end: Arc<End>, asked: AskLook) -> Result<Seen, Problem> {
    looked(move || end.look(asked)).await
}

/// Asks elsewhere, when there is a turn.
async fn looked(
    ask: impl FnOnce() -> Result<Seen, Fault> + Send + 'static,
) -> Result<Seen, Problem> {
    let turn = tokio::time::timeout(TURN, LOOKS.acquire()).await;
    let Ok(Ok(_turn)) = turn else { return Err(unavailable()) };
    let seen = tokio::task::spawn_blocking(ask).await;
    seen.map_err(|_| Problem::internal())?.map_err(|fault| {
        let refusal = match fault.code {
            "store_not_found" => pay::Refusal::StoreNotFound,
            "payment_not_found" => pay::Refusal::PaymentNotFound,
            "store_differs" => pay::Refusal::StoreDiffers,
            "place_withdrawn" => pay::Refusal::PlaceWithdrawn,
            // What is wrong with the bridge is the operator's to know; see GET /v1/links.
            _ => return unavailable(),
        };
        Problem::refused(&economy::Refusal::from(refusal))
    })
}

fn unavailable() -> Problem {
    Problem::refused(&economy::Refusal::from(pay::Refusal::CorridorUnavailable))
}

/// What is due of a requested payment, if it can still be paid.
fn payable(due: &PaymentView, claimed: Option<u64>, now: Timestamp) -> Result<u64, Problem> {
    let refused = |refusal| Err(Problem::refused(&economy::Refusal::from(refusal)));
    if due.status != Status::Requested {
        return refused(pay::Refusal::PaymentNotOpen { state: due.status.word() });
    }
    if due.deadline.is_some_and(|deadline| deadline <= now) {
        return refused(pay::Refusal::PaymentExpired);
    }
    if claimed.is_some_and(|claimed| claimed != due.amount) {
        return refused(pay::Refusal::AmountDiffers { due: due.amount });
    }
    Ok(due.amount)
}

/// What a store's codes say.
fn signboard(seller: &Seller, view: &LookView) -> Signboard {
    let local = view.latin_name.as_ref().map(|_| LocalText {
        language: seller.language.clone(),
        name: view.name.clone(),
        city: None,
        reserved: Vec::new(),
    });
    Signboard {
        category: view.category.mcc(),
        currency: view.currency.numeric(),
        exponent: view.currency.exponent(),
        country: seller.country.clone(),
        name: view.latin_name.clone().unwrap_or_else(|| view.name.clone()),
        city: view.city.clone(),
        postal: None,
        local,
        terminal: None,
        jpqr: None,
        others: Vec::new(),
    }
}

/// The code of a store's poster, with the ids of other networks that it has; at one of its places
/// the code that hangs there.
///
/// # Errors
/// When the registered words do not fit a code.
pub fn static_code(
    site: &Site,
    view: &LookView,
    acceptance: Option<&Acceptance>,
    place: Option<&Place>,
) -> Result<String, Problem> {
    let mut board = signboard(&Seller::of(site), view);
    let written = acceptance.map_or(Ok(()), |ids| ids.onto(&mut board)).and_then(|()| {
        let (cell, store) = (site.name(), view.store.bare());
        let code = match place {
            Some(place) => board.place_code(cell, &store, place.on_code()),
            None => board.static_code(cell, &store),
        };
        emvco::encode(&code?)
    });
    written.map_err(|error| Problem::of_code(&error))
}

/// The code that a till shows for a payment.
///
/// # Errors
/// When the payment is not open any more, or the words do not fit a code.
pub fn dynamic_code(
    site: &Site,
    view: &LookView,
    payment: &PaymentView,
) -> Result<String, Problem> {
    let Some(deadline) = payment.deadline.filter(|_| payment.status == Status::Requested) else {
        let state = payment.status.word();
        let refusal = pay::Refusal::PaymentNotOpen { state };
        return Err(Problem::refused(&economy::Refusal::from(refusal)));
    };
    let id = payment.payment.bare();
    let dynamic =
        Dynamic { payment: &id, deadline: deadline.seconds(), amount_minor: payment.amount };
    let code =
        signboard(&Seller::of(site), view).dynamic_code(site.name(), &view.store.bare(), dynamic);
    code.and_then(|code| emvco::encode(&code)).map_err(|error| Problem::of_code(&error))
}

/// The amount to pay: what is due or claimed, or what the payer typed, in the store's currency.
///
/// # Errors
/// None given, two that differ, or one of another currency.
pub fn amount_to_pay(looked: &Looked, typed: Option<(u64, Currency)>) -> Result<u64, Problem> {
    let in_field = |problem: Problem, pointer: &str| {
        let detail = problem.detail.clone();
        problem.in_field(pointer.to_owned(), detail)
    };
    match (looked.amount, typed) {
        (None, None) => {
            let detail = "The code leaves the amount open; send the one that the payer typed.";
            Err(in_field(Problem::new("amount_missing", detail), "/amount"))
        }
        (_, Some((_, currency))) if currency != looked.view.currency => {
            let detail = format!("The store is paid in {}.", looked.view.currency);
            Err(in_field(Problem::new("currency_differs", detail), "/amount/currency"))
        }
        (Some(due), Some((typed, _))) if due != typed => {
            let refusal = pay::Refusal::AmountDiffers { due };
            Err(in_field(Problem::refused(&economy::Refusal::from(refusal)), "/amount"))
        }
        (Some(due), _) => Ok(due),
        (None, Some((typed, _))) => Ok(typed),
    }
}

/// One of two operators has suspended payments between them.
fn suspended(partner: &str) -> Problem {
    let detail = format!(
        "Between this operator and '{partner}' no new payments pass for now, by the decision of \
         one of them; nothing was paid."
    );
    Problem::new("partner_suspended", detail)
}

/// Whether the store takes payments, as its cell said.
///
/// # Errors
/// The shop closed it, or the operator's staff paused the shop.
pub fn takes_payments(looked: &Looked) -> Result<(), Problem> {
    let refusal = match &looked.view {
        view if view.stopped_by.is_some() => pay::Refusal::MerchantPaused,
        view if !view.open => pay::Refusal::StorePaused,
        _ => return Ok(()),
    };
    Err(Problem::refused(&economy::Refusal::from(refusal)))
}

/// `static` or `dynamic`.
pub fn presentation(target: &Target) -> Initiation {
    if target.is_static() { Initiation::Static } else { Initiation::Dynamic }
}
