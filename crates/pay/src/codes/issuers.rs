//! Whose a code is: by prefix and length, from a dated registry.

use super::cpm::{Cpm, CpmFormat};
use super::digits::PayCode;

/// The most digits of a code of anybody's.
const MOST_DIGITS: u8 = 24;

/// Who issues the codes of some prefixes and lengths.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Issuer {
    /// What a till calls the wallet.
    #[n(0)]
    pub name: String,
    /// How many digits a prefix has, 1 to 6.
    #[n(1)]
    pub prefix_digits: u8,
    /// The first prefix.
    #[n(2)]
    pub first: u32,
    /// The last prefix.
    #[n(3)]
    pub last: u32,
    /// The fewest digits of a code.
    #[n(4)]
    pub shortest: u8,
    /// The most digits of a code.
    #[n(5)]
    pub longest: u8,
    /// Who takes it.
    #[n(6)]
    pub route: IssuerRoute,
}

/// Who takes a code.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum IssuerRoute {
    /// A cell of this number: our own, or a partner's that speaks as one. Its codes are our 20
    /// digits under a prefix of three.
    #[n(0)]
    Cell(#[n(0)] u16),
    /// A connector to another company's wallet, by its name. Where none of that name runs, the till
    /// is told whose code it is.
    #[n(1)]
    Connector(#[n(0)] String),
}

/// Why a registry can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryProblem {
    /// A row is out of its ranges.
    #[error("{0}")]
    Row(&'static str),
    /// A text could belong to two.
    #[error("{0} and {1} would both match some codes")]
    Overlap(String, String),
}

/// Judges a registry: each row by itself, and that no text could belong to two.
///
/// # Errors
/// [`RegistryProblem`].
pub fn check_registry(issuers: &[Issuer]) -> Result<(), RegistryProblem> {
    for (at, issuer) in issuers.iter().enumerate() {
        issuer.check()?;
        if let Some(other) = issuers[..at].iter().find(|other| other.overlaps(issuer)) {
            return Err(RegistryProblem::Overlap(other.name.clone(), issuer.name.clone()));
        }
    }
    Ok(())
}

impl Issuer {
    fn check(&self) -> Result<(), RegistryProblem> {
        if !(1..=6).contains(&self.prefix_digits) {
            return Err(RegistryProblem::Row("prefix_digits must be 1 to 6"));
        }
        if self.first > self.last || self.last >= 10_u32.pow(self.prefix_digits.into()) {
            return Err(RegistryProblem::Row("first and last must be prefixes of so many digits"));
        }
        let lengths = self.prefix_digits < self.shortest && self.shortest <= self.longest;
        if !lengths || self.longest > MOST_DIGITS {
            return Err(RegistryProblem::Row("a code has more digits than its prefix, at most 24"));
        }
        let ours = matches!(self.route, IssuerRoute::Cell(_));
        if ours && (self.prefix_digits, self.shortest, self.longest) != (3, 20, 20) {
            return Err(RegistryProblem::Row("a cell's codes have 20 digits and prefixes of 3"));
        }
        Ok(())
    }

    fn overlaps(&self, other: &Self) -> bool {
        let of = |issuer: &Self| {
            let scale = 10_u32.pow(6 - u32::from(issuer.prefix_digits.min(6)));
            (issuer.first.saturating_mul(scale), (issuer.last + 1).saturating_mul(scale))
        };
        let ((a, a_end), (b, b_end)) = (of(self), of(other));
        let lengths = self.shortest <= other.longest && other.shortest <= self.longest;
        lengths && a < b_end && b < a_end
    }

    fn matches(&self, digits: &str) -> bool {
        let prefix = digits.get(..self.prefix_digits.into()).and_then(|text| text.parse().ok());
        let length = digits.len() as u8;
        prefix.is_some_and(|prefix: u32| (self.first..=self.last).contains(&prefix))
            && (self.shortest..=self.longest).contains(&length)
    }
}

/// Who takes a code, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// A cell.
    Cell(u16, PayCode),
    /// A connector: its name, the wallet's, and the digits.
    Connector {
        /// The connector.
        connector: String,
        /// What a till calls the wallet.
        wallet: String,
        /// The code.
        digits: String,
    },
}

/// Why nobody takes a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteProblem {
    /// It is no code that a customer shows.
    #[error("this is no code that a customer shows to a till")]
    NoCode,
    /// It was read or typed wrong.
    #[error("a digit is wrong: scan the code again, or type it anew")]
    Misread,
    /// It is the code of a shop.
    #[error("this is the code of a shop: the customer's phone has one of its own")]
    ShopsCode,
    /// A wallet's of which nothing is known here, or that can't be reached from here.
    #[error("this is a code of {0}, which this till can't take")]
    Foreign(String),
}

/// A text as a scanner, a keyboard or a person gives it: without spaces and hyphens, full-width
/// letters and digits as plain ones.
pub fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{ff0d}'));
    kept.map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    })
    .collect()
}

/// Who takes a text that a till scanned or typed.
///
/// # Errors
/// [`RouteProblem`].
pub fn route(issuers: &[Issuer], text: &str) -> Result<Routed, RouteProblem> {
    let text = plain(text);
    if text.starts_with("000201") {
        return Err(RouteProblem::ShopsCode);
    }
    let digits = if text.starts_with("hQV") {
        let code = Cpm::decode(&text).map_err(|_| RouteProblem::Misread)?;
        code.digits().ok_or_else(|| RouteProblem::Foreign(name_of(&code)))?
    } else {
        text
    };
    if !(16..=24).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RouteProblem::NoCode);
    }
    let known = issuers.iter().find(|issuer| issuer.matches(&digits));
    let known = known.ok_or_else(|| RouteProblem::Foreign("an unknown wallet".to_owned()))?;
    match &known.route {
        IssuerRoute::Cell(cell) => match PayCode::parse(&digits) {
            Ok(code) => Ok(Routed::Cell(*cell, code)),
            Err(_) => Err(RouteProblem::Misread),
        },
        IssuerRoute::Connector(connector) => Ok(Routed::Connector {
            connector: connector.clone(),
            wallet: known.name.clone(),
            digits,
        }),
    }
}

fn name_of(code: &Cpm) -> String {
    match (code.format, code.provider()) {
        (CpmFormat::Jpqr, Some(provider)) => format!("JPQR ({provider})"),
        (CpmFormat::Jpqr, None) => "JPQR".to_owned(),
        (CpmFormat::Emvco, _) => {
            let name: String =
                code.application().iter().map(|byte| format!("{byte:02X}")).collect();
            format!("EMVCo ({name})")
        }
    }
}
