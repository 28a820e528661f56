//! The account template of JPQR, the unified code of Payments Japan.

use super::code::{Entry, MerchantCode, Template};
use super::error::Error;

/// The name of the template, sub-tag 00.
const SCHEME: &str = "jp.or.paymentsjapan";
/// The tag under which it stands.
pub(super) const TAG: u8 = 26;
/// Characters of the four levels, sub-tags 01 to 04.
const LEVELS: [usize; 4] = [13, 4, 6, 6];
const YEN: u16 = 392;

/// The number by which JPQR knows where a code hangs. Payments Japan hands it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JpqrId {
    levels: [String; 4],
}

/// What JPQR asks for and a code lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JpqrProblem {
    /// Not under tag 26, or more than once.
    #[error("its template stands once, under tag {TAG}")]
    WrongTag,
    /// A level that is missing, of another length, or not of ASCII letters and digits.
    #[error(
        "fields 01 to 04 of tag {TAG} must have 13, 4, 6 and 6 letters or digits, \
         and no more may follow"
    )]
    WrongLevels,
    /// Tag 58.
    #[error("the country (tag 58) must be JP")]
    NotInJapan,
    /// Tag 53.
    #[error("the currency (tag 53) must be 392, the yen")]
    NotInYen,
    /// Tag 61.
    #[error("the postal code (tag 61) is missing")]
    NoPostalCode,
    /// Tag 64.
    #[error("the name in Japanese (tag 64 with language JA) is missing")]
    NoJapaneseName,
    /// Tag 64, sub-tag 02.
    #[error("the city in Japanese (tag 64, field 02) must be left out")]
    JapaneseCity,
}

impl JpqrProblem {
    /// The stable name of this case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            JpqrProblem::WrongTag => "jpqr_wrong_tag",
            JpqrProblem::WrongLevels => "jpqr_wrong_levels",
            JpqrProblem::NotInJapan => "jpqr_not_in_japan",
            JpqrProblem::NotInYen => "jpqr_not_in_yen",
            JpqrProblem::NoPostalCode => "jpqr_no_postal_code",
            JpqrProblem::NoJapaneseName => "jpqr_no_japanese_name",
            JpqrProblem::JapaneseCity => "jpqr_japanese_city",
        }
    }
}

impl JpqrId {
    /// Levels 1 to 4, of 13, 4, 6 and 6 letters or digits.
    ///
    /// # Errors
    /// [`JpqrProblem::WrongLevels`].
    pub fn try_new(levels: [&str; 4]) -> Result<Self, JpqrProblem> {
        let fits = |(level, length): (&&str, usize)| {
            level.len() == length && level.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !levels.iter().zip(LEVELS).all(fits) {
            return Err(JpqrProblem::WrongLevels);
        }
        Ok(JpqrId { levels: levels.map(str::to_owned) })
    }

    /// Looks for the template in a code and, where it is, holds the code to what JPQR asks;
    /// `None` when the code does not claim to be JPQR.
    ///
    /// # Errors
    /// [`Error::Jpqr`].
    pub fn find(code: &MerchantCode) -> Result<Option<Self>, Error> {
        let mut templates = code.accounts_of(SCHEME);
        let Some(template) = templates.next() else { return Ok(None) };
        let bad = |problem| Error::Jpqr { problem };
        if template.tag != TAG || templates.next().is_some() {
            return Err(bad(JpqrProblem::WrongTag));
        }
        let id = Self::read(template).map_err(bad)?;
        judge(code).map_err(bad)?;
        Ok(Some(id))
    }

    fn read(template: &Template) -> Result<Self, JpqrProblem> {
        let level = |tag| template.get(tag).unwrap_or_default();
        if template.entries.len() != LEVELS.len() {
            return Err(JpqrProblem::WrongLevels);
        }
        Self::try_new([level(1), level(2), level(3), level(4)])
    }

    pub(super) fn to_template(&self) -> Template {
        let entries = (1..).zip(&self.levels);
        let entries = entries.map(|(tag, level)| Entry { tag, value: level.clone() });
        Template { tag: TAG, scheme: SCHEME.to_owned(), entries: entries.collect() }
    }

    /// Levels 1 to 4.
    #[must_use]
    pub fn levels(&self) -> &[String; 4] {
        &self.levels
    }
}

/// What JPQR asks of the rest of the code.
fn judge(code: &MerchantCode) -> Result<(), JpqrProblem> {
    if code.country != "JP" {
        return Err(JpqrProblem::NotInJapan);
    }
    if code.currency != YEN {
        return Err(JpqrProblem::NotInYen);
    }
    if code.postal.is_none() {
        return Err(JpqrProblem::NoPostalCode);
    }
    match &code.local {
        Some(local) if local.language != "JA" => Err(JpqrProblem::NoJapaneseName),
        Some(local) if local.city.is_some() => Err(JpqrProblem::JapaneseCity),
        Some(_) => Ok(()),
        None => Err(JpqrProblem::NoJapaneseName),
    }
}
