//! What more than one way in needs: a code is read and judged against what its seller's cell has
//! registered, and a store's code for a payment is written.

use std::sync::Arc;

use economy::{Answer, Query};
use kernel::id::{Payment, Store};
use kernel::{Currency, Id, Ref, Timestamp};
use pay::emvco::{self, Dynamic, EnishiCode, LocalText, MerchantCode, Signboard};
use pay::{LookView, PaymentView, Status};

use crate::cells::Site;
use crate::problem::Problem;

/// A code that may be paid, and who is paid as the seller's cell has it registered.
pub struct Looked {
    /// The seller's cell.
    pub seller: Arc<Site>,
    /// The store and, for a code of one payment, what is due.
    pub look: LookView,
    /// The payment that the code names; none for a poster.
    pub payment: Option<Id<Payment>>,
    /// Minor units to pay, as the cell or else the code says; none for a poster without amount.
    pub amount: Option<u64>,
    /// Until when the payment can be made, as its cell says.
    pub deadline: Option<Timestamp>,
}

/// Reads a code, asks its seller's cell who is paid and what is due, and compares (CORE §6, look
/// before paying).
///
/// # Errors
/// A code that can't be read or is not ours, a claim that differs from what is registered, a
/// store or payment that can't be paid, or a cell that does not answer.
pub async fn look(sites: &[Arc<Site>], text: &str) -> Result<Looked, Problem> {
    let code = emvco::decode(text.trim()).map_err(|error| Problem::of_code(&error))?;
    let ours = EnishiCode::find(&code).map_err(|error| Problem::of_code(&error))?;
    let ours = ours.ok_or_else(not_ours)?;
    let seller = sites.iter().find(|site| site.name() == ours.cell()).ok_or_else(not_ours)?;
    let store = format!("sto_{}", ours.store()).parse::<Ref<Store>>();
    let store = store.map_err(|_| not_found("store_not_found", "there is no such store"))?;
    let payment = ours.payment().map(|bare| format!("pay_{bare}").parse::<Id<Payment>>());
    let payment = payment
        .transpose()
        .map_err(|_| not_found("payment_not_found", "the shop does not know this payment"))?;
    let Answer::Look(look) = seller.ask(Query::Look(store, payment)).await?.value else {
        return Err(Problem::internal());
    };
    signboard(seller, &look).check(&code).map_err(|error| Problem::of_code(&error))?;
    judge(&look)?;
    let amount = amount_of(&code, &look)?;
    let deadline = look.due.as_ref().and_then(|due| due.deadline);
    Ok(Looked { seller: Arc::clone(seller), look: *look, payment, amount, deadline })
}

fn not_ours() -> Problem {
    Problem::new(
        "not_enishi_code",
        "This code belongs to another payment system; ask the shop for its Enishi code.",
    )
}

fn not_found(code: &'static str, words: &str) -> Problem {
    Problem::new(code, format!("{words}; scan the code again."))
}

/// Whether what the cell says may be paid now.
fn judge(look: &LookView) -> Result<(), Problem> {
    if !look.open {
        return Err(refused(pay::Refusal::StorePaused));
    }
    match look.due.as_ref().map(|due| due.status) {
        None | Some(Status::Requested) => Ok(()),
        Some(Status::Expired) => Err(refused(pay::Refusal::PaymentExpired)),
        Some(status) => Err(refused(pay::Refusal::PaymentNotOpen { state: status.word() })),
    }
}

fn refused(refusal: pay::Refusal) -> Problem {
    Problem::refused(&refusal.into())
}

/// What is due; a code that claims another amount than its cell lies.
fn amount_of(code: &MerchantCode, look: &LookView) -> Result<Option<u64>, Problem> {
    let exponent = look.currency.exponent();
    let claimed = match &code.amount {
        None => None,
        Some(amount) => Some(amount.to_minor(exponent).map_err(|problem| {
            Problem::new(problem.code(), format!("The code's amount can't be paid: {problem}."))
        })?),
    };
    match (&look.due, claimed) {
        (Some(due), Some(claimed)) if due.amount != claimed => {
            Err(refused(pay::Refusal::AmountDiffers { due: due.amount }))
        }
        (Some(due), _) => Ok(Some(due.amount)),
        (None, claimed) => Ok(claimed),
    }
}

/// What a store registered to stand on its codes.
pub fn signboard(site: &Site, look: &LookView) -> Signboard {
    let latin = look.latin_name.as_ref();
    Signboard {
        category: look.category.mcc(),
        currency: look.currency.numeric(),
        exponent: look.currency.exponent(),
        country: site.country.clone(),
        name: latin.unwrap_or(&look.name).clone(),
        city: look.city.clone(),
        postal: None,
        local: latin.map(|_| LocalText {
            language: site.language.clone(),
            name: look.name.clone(),
            city: None,
            reserved: Vec::new(),
        }),
        terminal: None,
        jpqr: None,
    }
}

/// The text of the code that asks for a requested payment.
///
/// # Errors
/// When what the store registered does not fit into a code.
pub fn code_of(site: &Site, look: &LookView, due: &PaymentView) -> Result<String, Problem> {
    let code = signboard(site, look).dynamic_code(
        site.name(),
        &look.store.bare(),
        Dynamic {
            payment: &due.payment.bare(),
            deadline: due.deadline.map_or(0, Timestamp::seconds),
            amount_minor: due.amount,
        },
    );
    let text = code.and_then(|code| emvco::encode(&code));
    text.map_err(|error| Problem::of_code(&error))
}

/// Whether a wallet of one currency pays a store of another.
pub fn crosses(wallet: Currency, store: Currency) -> bool {
    wallet != store
}
