//! Our own account template: which cell and store, of a dynamic code which payment, and of a printed
//! one perhaps which place of the store (a table, an entrance).

use super::code::{Entry, Initiation, MerchantCode, Template};
use super::error::Error;

/// The name of our template, sub-tag 00.
const SCHEME: &str = "enishi.pay";
/// Characters of a payment's id in base32.
const PAYMENT_CHARACTERS: usize = 26;
/// Most characters of a template.
const MAX_CHARACTERS: usize = 99;

/// What our template says. Ids are texts here, without their prefix; whether they exist is asked
/// of the cell that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnishiCode {
    cell: String,
    store: String,
    payment: Option<Payment>,
    place: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Payment {
    id: String,
    deadline: u64,
}

/// What is wrong with an `enishi.pay` template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnishiProblem {
    /// Two templates of ours in one code.
    #[error("the template stands there twice")]
    Twice,
    /// Sub-tag 01.
    #[error("field 01 must name the cell in 1 to 8 characters out of a-z, 0-9 and -")]
    Cell,
    /// Sub-tag 02.
    #[error("field 02 must be the store's id, 1 to 27 letters and digits")]
    Store,
    /// Sub-tag 03.
    #[error("field 03 must be the payment's id, {PAYMENT_CHARACTERS} letters and digits")]
    Payment,
    /// Sub-tag 04.
    #[error("field 04 must be the deadline in Unix seconds, digits without leading zeros")]
    Deadline,
    /// Sub-tag 05.
    #[error("field 05 must be the number of a place, 1 to 65535 without leading zeros")]
    Place,
    /// A place in a code for one payment.
    #[error("a place (field 05) stands in printed codes only, a payment (field 03) in others")]
    PlaceWithPayment,
    /// One of sub-tags 03 and 04 without the other.
    #[error("a payment (field 03) and its deadline (field 04) stand together or not at all")]
    PaymentWithoutDeadline,
    /// The template names a payment, the code says static, or the reverse.
    #[error("a code for one payment is dynamic (tag 01 is 12), any other is static")]
    WrongInitiation,
    /// A dynamic code without an amount.
    #[error("a code for one payment must tell its amount (tag 54)")]
    NoAmount,
    /// The whole template.
    #[error("the template has {characters} characters, {MAX_CHARACTERS} are allowed")]
    TooLong {
        /// Characters needed.
        characters: usize,
    },
}

impl EnishiCode {
    /// The template of a code that is paid any number of times.
    ///
    /// # Errors
    /// [`EnishiProblem`] of the cell or the store.
    pub fn try_static(cell: &str, store: &str) -> Result<Self, EnishiProblem> {
        Self::try_new(cell, store, None, None)
    }

    /// The same at one place of the store: a table, an entrance. Places are counted from 1.
    ///
    /// # Errors
    /// [`EnishiProblem`] of the cell, the store or the place.
    pub fn try_at_place(cell: &str, store: &str, place: u16) -> Result<Self, EnishiProblem> {
        Self::try_new(cell, store, None, Some(place))
    }

    /// The template of a code for one payment: its id's 26 characters, its deadline in Unix
    /// seconds.
    ///
    /// # Errors
    /// [`EnishiProblem`] of any part, or of the whole when it leaves 99 characters.
    pub fn try_dynamic(
        cell: &str,
        store: &str,
        payment: &str,
        deadline: u64,
    ) -> Result<Self, EnishiProblem> {
        Self::try_new(cell, store, Some(Payment { id: payment.to_owned(), deadline }), None)
    }

    fn try_new(
        cell: &str,
        store: &str,
        payment: Option<Payment>,
        place: Option<u16>,
    ) -> Result<Self, EnishiProblem> {
        let is_cell = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if !(1..=8).contains(&cell.len()) || !cell.bytes().all(is_cell) {
            return Err(EnishiProblem::Cell);
        }
        if !(1..=27).contains(&store.len()) || !is_alphanumeric(store) {
            return Err(EnishiProblem::Store);
        }
        if let Some(Payment { id, .. }) = &payment
            && (id.len() != PAYMENT_CHARACTERS || !is_alphanumeric(id))
        {
            return Err(EnishiProblem::Payment);
        }
        match place {
            Some(0) => return Err(EnishiProblem::Place),
            Some(_) if payment.is_some() => return Err(EnishiProblem::PlaceWithPayment),
            _ => {}
        }
        let code = EnishiCode { cell: cell.to_owned(), store: store.to_owned(), payment, place };
        // All parts are ASCII: bytes are characters.
        let values = code.values().map(|(_, value)| 4 + value.len());
        let characters = 4 + SCHEME.len() + values.sum::<usize>();
        if characters > MAX_CHARACTERS {
            return Err(EnishiProblem::TooLong { characters });
        }
        Ok(code)
    }

    /// Looks for our template in a code; `None` when the code is another's.
    ///
    /// # Errors
    /// [`Error::Enishi`] when it is there but malformed, or at odds with the rest of the code.
    pub fn find(code: &MerchantCode) -> Result<Option<Self>, Error> {
        let mut ours = code.accounts_of(SCHEME);
        let Some(template) = ours.next() else { return Ok(None) };
        let tag = template.tag;
        let bad = |problem| Error::Enishi { tag, problem };
        if ours.next().is_some() {
            return Err(bad(EnishiProblem::Twice));
        }
        let found = Self::read(template).map_err(bad)?;
        let expected = match found.payment {
            Some(_) => Initiation::Dynamic,
            None => Initiation::Static,
        };
        if code.initiation != Some(expected) {
            return Err(bad(EnishiProblem::WrongInitiation));
        }
        if found.payment.is_some() && code.amount.is_none() {
            return Err(bad(EnishiProblem::NoAmount));
        }
        Ok(Some(found))
    }

    fn read(template: &Template) -> Result<Self, EnishiProblem> {
        let cell = template.get(1).ok_or(EnishiProblem::Cell)?;
        let store = template.get(2).ok_or(EnishiProblem::Store)?;
        let payment = match (template.get(3), template.get(4)) {
            (None, None) => None,
            (Some(id), Some(text)) => {
                let deadline =
                    text.parse().ok().filter(|seconds: &u64| seconds.to_string() == text);
                let deadline = deadline.ok_or(EnishiProblem::Deadline)?;
                Some(Payment { id: id.to_owned(), deadline })
            }
            _ => return Err(EnishiProblem::PaymentWithoutDeadline),
        };
        let place = template.get(5).map(|text| {
            let number = text.parse().ok().filter(|number: &u16| number.to_string() == text);
            number.ok_or(EnishiProblem::Place)
        });
        Self::try_new(cell, store, payment, place.transpose()?)
    }

    /// The template under `tag`: 26, or 27 where JPQR takes 26.
    pub(super) fn to_template(&self, tag: u8) -> Template {
        let entries = self.values().map(|(tag, value)| Entry { tag, value });
        Template { tag, scheme: SCHEME.to_owned(), entries: entries.collect() }
    }

    fn values(&self) -> impl Iterator<Item = (u8, String)> {
        let payment = self.payment.iter();
        [(1, self.cell.clone()), (2, self.store.clone())]
            .into_iter()
            .chain(
                payment.flat_map(|payment| {
                    [(3, payment.id.clone()), (4, payment.deadline.to_string())]
                }),
            )
            .chain(self.place.map(|place| (5, place.to_string())))
    }

    /// The seller's cell, as `jp`.
    #[must_use]
    pub fn cell(&self) -> &str {
        &self.cell
    }

    /// The store's id, without prefix.
    #[must_use]
    pub fn store(&self) -> &str {
        &self.store
    }

    /// The payment's id, without prefix; `None` in a static code.
    #[must_use]
    pub fn payment(&self) -> Option<&str> {
        self.payment.as_ref().map(|payment| payment.id.as_str())
    }

    /// The number of the place at which the code hangs; `None` for a store's own poster.
    #[must_use]
    pub fn place(&self) -> Option<u16> {
        self.place
    }

    /// Until when the payment can be made, in Unix seconds; `None` in a static code.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        self.payment.as_ref().map(|payment| payment.deadline)
    }
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
