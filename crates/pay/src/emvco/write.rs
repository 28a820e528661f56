//! From values to text.

use super::code::{
    Account, AdditionalData, Entry, Initiation, LocalText, MerchantCode, Template, Tip,
};
use super::error::{Error, Place};
use super::read::decode;
use super::tlv::{CRC_TAG, MAX_VALUE, crc16, push};

/// Writes a code: tags ascending, but for the check value, which ends it.
///
/// # Errors
/// What [`decode`] would say of the text, so that nothing leaves that a reader would refuse;
/// `TagOutOfPlace` and `TemplateTooLong` besides.
pub fn encode(code: &MerchantCode) -> Result<String, Error> {
    let mut out = Writer { text: String::new(), place: Place::root(0) };
    out.field(0, "01")?;
    out.optional(1, code.initiation.map(initiation))?;
    for account in &code.accounts {
        match account {
            Account::Number(entry) => {
                out.entry(entry, "account numbers (02 to 25)", |tag| matches!(tag, 2..=25))?;
            }
            Account::Scheme(template) => {
                out.template(template, "schemes (26 to 51)", |tag| matches!(tag, 26..=51))?;
            }
        }
    }
    out.field(52, &format!("{:04}", code.category))?;
    out.field(53, &format!("{:03}", code.currency))?;
    out.optional(54, code.amount.map(|amount| amount.to_string()))?;
    out.tip(code.tip)?;
    out.field(58, &code.country)?;
    out.field(59, &code.name)?;
    out.field(60, &code.city)?;
    out.optional(61, code.postal.as_deref())?;
    if code.additional != AdditionalData::default() {
        out.nested(62, |inner| inner.additional(&code.additional))?;
    }
    if let Some(local) = &code.local {
        out.nested(64, |inner| inner.local(local))?;
    }
    for entry in &code.reserved {
        out.entry(entry, "reserved fields (65 to 79)", |tag| matches!(tag, 65..=79))?;
    }
    for template in &code.templates {
        out.template(template, "unreserved templates (80 to 99)", |tag| matches!(tag, 80..=99))?;
    }
    let text = with_crc(out.text);
    decode(&text)?;
    Ok(text)
}

/// Appends field 63.
fn with_crc(mut text: String) -> String {
    text.push_str(&format!("{CRC_TAG:02}04"));
    let crc = crc16(text.as_bytes());
    text.push_str(&format!("{crc:04X}"));
    text
}

fn initiation(initiation: Initiation) -> &'static str {
    match initiation {
        Initiation::Static => "11",
        Initiation::Dynamic => "12",
    }
}

/// The fields of one level being written.
struct Writer {
    text: String,
    place: Place,
}

impl Writer {
    fn field(&mut self, tag: u8, value: &str) -> Result<(), Error> {
        push(&mut self.text, self.place, tag, value)
    }

    fn optional(&mut self, tag: u8, value: Option<impl AsRef<str>>) -> Result<(), Error> {
        value.map_or(Ok(()), |value| self.field(tag, value.as_ref()))
    }

    fn nested(
        &mut self,
        tag: u8,
        fill: impl FnOnce(&mut Writer) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut inner = Writer { text: String::new(), place: self.place.child(tag, 0) };
        fill(&mut inner)?;
        let characters = inner.text.chars().count();
        if characters > MAX_VALUE {
            return Err(Error::TemplateTooLong { tag, characters });
        }
        self.field(tag, &inner.text)
    }

    fn entry(
        &mut self,
        entry: &Entry,
        list: &'static str,
        belongs: fn(u8) -> bool,
    ) -> Result<(), Error> {
        in_place(entry.tag, list, belongs)?;
        self.field(entry.tag, &entry.value)
    }

    fn template(
        &mut self,
        template: &Template,
        list: &'static str,
        belongs: fn(u8) -> bool,
    ) -> Result<(), Error> {
        in_place(template.tag, list, belongs)?;
        self.nested(template.tag, |inner| {
            inner.field(0, &template.scheme)?;
            template.entries.iter().try_for_each(|entry| {
                inner.entry(entry, "a scheme's fields (01 to 99)", |tag| matches!(tag, 1..=99))
            })
        })
    }

    fn tip(&mut self, tip: Option<Tip>) -> Result<(), Error> {
        match tip {
            None => Ok(()),
            Some(Tip::Ask) => self.field(55, "01"),
            Some(Tip::Fixed(amount)) => {
                self.field(55, "02")?;
                self.field(56, &amount.to_string())
            }
            Some(Tip::Percent { hundredths }) => {
                self.field(55, "03")?;
                self.field(57, &format!("{:02}.{:02}", hundredths / 100, hundredths % 100))
            }
        }
    }

    fn additional(&mut self, data: &AdditionalData) -> Result<(), Error> {
        let values = [
            (1, &data.bill_number),
            (2, &data.mobile_number),
            (3, &data.store_label),
            (4, &data.loyalty_number),
            (5, &data.reference_label),
            (6, &data.customer_label),
            (7, &data.terminal_label),
            (8, &data.purpose),
            (9, &data.consumer_data_request),
            (10, &data.tax_id),
            (11, &data.channel),
        ];
        for (tag, value) in values {
            self.optional(tag, value.as_deref())?;
        }
        for entry in &data.reserved {
            self.entry(entry, "reserved additional data (00, 12 to 49)", |tag| {
                matches!(tag, 0 | 12..=49)
            })?;
        }
        for template in &data.templates {
            self.template(template, "additional templates (50 to 99)", |tag| {
                matches!(tag, 50..=99)
            })?;
        }
        Ok(())
    }

    fn local(&mut self, local: &LocalText) -> Result<(), Error> {
        self.field(0, &local.language)?;
        self.field(1, &local.name)?;
        self.optional(2, local.city.as_deref())?;
        local.reserved.iter().try_for_each(|entry| {
            self.entry(entry, "reserved language fields (03 to 99)", |tag| matches!(tag, 3..=99))
        })
    }
}

fn in_place(tag: u8, list: &'static str, belongs: fn(u8) -> bool) -> Result<(), Error> {
    if belongs(tag) { Ok(()) } else { Err(Error::TagOutOfPlace { tag, list }) }
}
