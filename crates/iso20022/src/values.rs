//! What the text of a leaf means.

use std::io::BufRead;

use calendar::Date;
use kernel::{Currency, Money};

use crate::amount::parse_amount;
use crate::fault::{Fault, Problem};
use crate::text::Text;
use crate::xml::{Xml, shown};

impl<R: BufRead> Xml<R> {
    /// The leaf as a text of at most `N` characters.
    pub fn plain<const N: usize>(&self) -> Result<Text<N>, Fault> {
        let text = self.text();
        Text::try_new(text).map_err(|why| self.fault(Problem::Text(shown(text), why)))
    }

    /// The same, of which what is too long is cut off: for what people read only.
    pub fn cut<const N: usize>(&self) -> Result<Text<N>, Fault> {
        let plain: String =
            self.text().chars().map(|c| if c.is_control() { ' ' } else { c }).take(N).collect();
        let text = plain.trim();
        Text::try_new(text).map_err(|why| self.fault(Problem::Text(shown(text), why)))
    }

    /// The leaf as an amount in the currency that it says.
    pub fn money(&self) -> Result<Money, Fault> {
        let code = self.currency();
        let currency: Currency =
            code.parse().map_err(|_| self.fault(Problem::Currency(shown(code))))?;
        let text = self.text();
        parse_amount(text, currency).map_err(|why| self.fault(Problem::Amount(shown(text), why)))
    }

    /// The leaf as a currency.
    pub fn currency_text(&self) -> Result<Currency, Fault> {
        let text = self.text();
        text.parse().map_err(|_| self.fault(Problem::Currency(shown(text))))
    }

    /// The leaf as a day, of a date or of the local part of a moment: `2026-11-02`,
    /// `2026-11-02+09:00`, `2026-11-02T05:00:00Z`.
    pub fn day(&self) -> Result<Date, Fault> {
        let text = self.text();
        let day = text
            .get(..10)
            .filter(|_| matches!(text.as_bytes().get(10), None | Some(b'T' | b'Z' | b'+' | b'-')));
        let day = day.and_then(|day| day.parse::<Date>().ok());
        day.ok_or_else(|| self.fault(Problem::Date(shown(text))))
    }

    /// Keeps a value that may stand there once.
    pub fn once<T>(&self, slot: &mut Option<T>, value: T) -> Result<(), Fault> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(self.fault(Problem::Twice)),
        }
    }

    /// What must have been there.
    pub fn need<T>(&self, value: Option<T>, name: &'static str) -> Result<T, Fault> {
        value.ok_or_else(|| self.fault(Problem::Missing(name)))
    }
}
