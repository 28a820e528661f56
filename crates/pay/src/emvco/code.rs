//! What a merchant-presented code says, as values.

use super::amount::Amount;
use super::error::Error;

/// In fields 62-01 to 62-08: the payer's app must ask the payer for the value.
pub const ASK_PAYER: &str = "***";

/// All that a code says. Form only: no field was compared with anything outside of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantCode {
    /// Tag 01. Absent means that the maker left open whether the code is paid once.
    pub initiation: Option<Initiation>,
    /// Tags 02–51: where the money can go, at least one, in the code's order.
    pub accounts: Vec<Account>,
    /// Tag 52: ISO 18245 category of the trade, 0 to 9999.
    pub category: u16,
    /// Tag 53: ISO 4217 number, 0 to 999; yen 392, yuan 156.
    pub currency: u16,
    /// Tag 54. Absent: the payer types it.
    pub amount: Option<Amount>,
    /// Tags 55–57.
    pub tip: Option<Tip>,
    /// Tag 58: ISO 3166-1 alpha-2.
    pub country: String,
    /// Tag 59, up to 25 characters.
    pub name: String,
    /// Tag 60, up to 15 characters.
    pub city: String,
    /// Tag 61, up to 10 characters.
    pub postal: Option<String>,
    /// Tag 62.
    pub additional: AdditionalData,
    /// Tag 64: the name in the local language.
    pub local: Option<LocalText>,
    /// Tags 65–79, kept as they stand.
    pub reserved: Vec<Entry>,
    /// Tags 80–99.
    pub templates: Vec<Template>,
}

/// Whether a code may be paid more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiation {
    /// 11: the same code for many payments, as on a poster.
    Static,
    /// 12: made for one payment.
    Dynamic,
}

impl Initiation {
    /// `static` or `dynamic`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Initiation::Static => "static",
            Initiation::Dynamic => "dynamic",
        }
    }
}

/// One way to credit the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// Tags 02–25: a number in the form of the card scheme to which the tag belongs.
    Number(Entry),
    /// Tags 26–51: fields of the scheme that the template names.
    Scheme(Template),
}

/// A tag with its plain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 0 to 99.
    pub tag: u8,
    /// 1 to 99 characters.
    pub value: String,
}

/// Fields under the name of who defined them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The tag of the template itself.
    pub tag: u8,
    /// Sub-tag 00, up to 32 characters: a reverse domain, an AID, or a UUID without hyphens.
    pub scheme: String,
    /// Sub-tags 01–99, in the code's order.
    pub entries: Vec<Entry>,
}

impl Template {
    /// The value under a sub-tag.
    #[must_use]
    pub fn get(&self, tag: u8) -> Option<&str> {
        self.entries.iter().find(|entry| entry.tag == tag).map(|entry| entry.value.as_str())
    }
}

/// What the payer adds to the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tip {
    /// 01: the app asks the payer.
    Ask,
    /// 02 with tag 56.
    Fixed(Amount),
    /// 03 with tag 57.
    Percent {
        /// Hundredths of a percent, 1 to 9999.
        hundredths: u16,
    },
}

/// Tag 62. A value may be [`ASK_PAYER`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdditionalData {
    /// 01.
    pub bill_number: Option<String>,
    /// 02.
    pub mobile_number: Option<String>,
    /// 03.
    pub store_label: Option<String>,
    /// 04.
    pub loyalty_number: Option<String>,
    /// 05.
    pub reference_label: Option<String>,
    /// 06.
    pub customer_label: Option<String>,
    /// 07.
    pub terminal_label: Option<String>,
    /// 08.
    pub purpose: Option<String>,
    /// 09: what the app shall pass on, letters out of A (address), M (mobile), E (e-mail).
    pub consumer_data_request: Option<String>,
    /// 10.
    pub tax_id: Option<String>,
    /// 11: medium, place and presence, one character each.
    pub channel: Option<String>,
    /// 00 and 12–49, kept as they stand.
    pub reserved: Vec<Entry>,
    /// 50–99.
    pub templates: Vec<Template>,
}

/// Tag 64: the merchant in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalText {
    /// 00: ISO 639 alpha-2, as `JA` or `ZH`.
    pub language: String,
    /// 01, up to 25 characters.
    pub name: String,
    /// 02, up to 15 characters.
    pub city: Option<String>,
    /// 03–99, kept as they stand.
    pub reserved: Vec<Entry>,
}

impl MerchantCode {
    /// The account templates of one scheme.
    pub fn accounts_of<'a>(&'a self, scheme: &'a str) -> impl Iterator<Item = &'a Template> {
        self.accounts.iter().filter_map(move |account| match account {
            Account::Scheme(template) if template.scheme == scheme => Some(template),
            _ => None,
        })
    }

    /// Judges the currency, where one pays.
    ///
    /// # Errors
    /// [`Error::WrongCurrency`].
    pub fn expect_currency(&self, numeric: u16) -> Result<(), Error> {
        if self.currency == numeric {
            return Ok(());
        }
        Err(Error::WrongCurrency { found: self.currency, expected: numeric })
    }
}
