//! What a store registered to stand on its codes: makes them, and knows a code that lies.

use super::amount::Amount;
use super::code::{Account, AdditionalData, Initiation, LocalText, MerchantCode, Template};
use super::enishi::EnishiCode;
use super::error::Error;
use super::jpqr::{self, JpqrId};

/// The registered words and numbers of a store. Names of any length: they are cut to what a code
/// holds, at the end of a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signboard {
    /// ISO 18245 category of the trade, 0 to 9999.
    pub category: u16,
    /// ISO 4217 number: yen 392, yuan 156.
    pub currency: u16,
    /// Decimals of that currency: yen 0, yuan 2.
    pub exponent: u8,
    /// ISO 3166-1 alpha-2, capitals.
    pub country: String,
    /// In Latin letters, for wallets from elsewhere; the first 25 characters are used.
    pub name: String,
    /// In Latin letters; the first 15 characters are used.
    pub city: String,
    /// Up to 10 characters; hyphens are left out.
    pub postal: Option<String>,
    /// The name at home, as `JA` and そば処 山ぼうし. Beside JPQR its city is left out.
    pub local: Option<LocalText>,
    /// The till, up to 25 characters.
    pub terminal: Option<String>,
    /// Written under tag 26 beside ours, which then takes 27.
    pub jpqr: Option<JpqrId>,
    /// Ids of other networks. Templates stand behind ours, from tag 28 on, whatever tag they carry
    /// here; numbers stand under their own tags, 02 to 25.
    pub others: Vec<Account>,
}

/// What a code at one place of a store adds: it is paid any number of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtPlace<'a> {
    /// The place's number, from 1.
    pub number: u16,
    /// What the shop calls it, up to 25 characters.
    pub label: &'a str,
    /// What is due there, in minor units of the signboard's currency; the payer types it if none.
    pub amount_minor: Option<u64>,
    /// What the shop's books call it, up to 25 characters.
    pub reference: Option<&'a str>,
}

/// What a code for one payment adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dynamic<'a> {
    /// The payment's id, 26 characters of base32 without prefix.
    pub payment: &'a str,
    /// Until when it can be paid, in Unix seconds.
    pub deadline: u64,
    /// In minor units of the signboard's currency.
    pub amount_minor: u64,
}

impl Signboard {
    /// The code of a poster: for any number of payments, the payer types the amount.
    /// `cell` and `store` as in [`EnishiCode::try_static`].
    ///
    /// # Errors
    /// An [`Error`] that names the part that does not fit.
    pub fn static_code(&self, cell: &str, store: &str) -> Result<MerchantCode, Error> {
        let enishi = EnishiCode::try_static(cell, store);
        let enishi = enishi.map_err(|problem| Error::Enishi { tag: self.our_tag(), problem })?;
        self.with(&enishi, Initiation::Static, None)
    }

    /// The code at one place of the store, with a fixed amount and a reference if it has them.
    ///
    /// # Errors
    /// An [`Error`] that names the part that does not fit.
    pub fn place_code(
        &self,
        cell: &str,
        store: &str,
        place: AtPlace<'_>,
    ) -> Result<MerchantCode, Error> {
        let enishi = EnishiCode::try_at_place(cell, store, place.number);
        let enishi = enishi.map_err(|problem| Error::Enishi { tag: self.our_tag(), problem })?;
        let amount = place.amount_minor.map(|minor| self.amount(minor)).transpose()?;
        let mut code = self.with(&enishi, Initiation::Static, amount)?;
        code.additional.terminal_label = Some(place.label.to_owned());
        code.additional.reference_label = place.reference.map(str::to_owned);
        super::encode(&code)?;
        Ok(code)
    }

    fn amount(&self, minor: u64) -> Result<Amount, Error> {
        let place = super::Place::root(0).child(54, 0);
        let amount = Amount::from_minor(minor, self.exponent);
        amount.map_err(|problem| Error::BadAmount { place, problem })
    }

    /// The code that a till shows for one payment.
    ///
    /// # Errors
    /// An [`Error`] that names the part that does not fit.
    pub fn dynamic_code(
        &self,
        cell: &str,
        store: &str,
        payment: Dynamic<'_>,
    ) -> Result<MerchantCode, Error> {
        let enishi = EnishiCode::try_dynamic(cell, store, payment.payment, payment.deadline);
        let enishi = enishi.map_err(|problem| Error::Enishi { tag: self.our_tag(), problem })?;
        let amount = self.amount(payment.amount_minor)?;
        self.with(&enishi, Initiation::Dynamic, Some(amount))
    }

    fn with(
        &self,
        enishi: &EnishiCode,
        initiation: Initiation,
        amount: Option<Amount>,
    ) -> Result<MerchantCode, Error> {
        let code = MerchantCode {
            initiation: Some(initiation),
            accounts: self.accounts(enishi),
            category: self.category,
            currency: self.currency,
            amount,
            tip: None,
            country: self.country.clone(),
            name: shorten(&self.name, 25).to_owned(),
            city: shorten(&self.city, 15).to_owned(),
            postal: self.postal.as_ref().map(|postal| postal.replace('-', "")),
            additional: AdditionalData {
                terminal_label: self.terminal.clone(),
                ..AdditionalData::default()
            },
            local: self.local_text(),
            reserved: Vec::new(),
            templates: Vec::new(),
        };
        // What cannot be written, or breaks JPQR's rules, is found here and not at the printer.
        super::encode(&code)?;
        JpqrId::find(&code)?;
        Ok(code)
    }

    /// Compares what a code claims with what is registered: the sign of a swapped sticker, or of
    /// a poster from before the store changed its name.
    ///
    /// # Errors
    /// [`Error::ClaimDiffers`] with the first of name, local name, category, currency, country.
    pub fn check(&self, code: &MerchantCode) -> Result<(), Error> {
        let differs = |claim, claimed: &str, registered: &str| {
            if claimed == registered {
                return Ok(());
            }
            let (claimed, registered) = (claimed.to_owned(), registered.to_owned());
            Err(Error::ClaimDiffers { claim, claimed, registered })
        };
        differs("merchant_name", &code.name, shorten(&self.name, 25))?;
        if let Some(claimed) = &code.local {
            let registered = self.local_text();
            let same_language = registered.filter(|local| local.language == claimed.language);
            let registered = same_language.map(|local| local.name).unwrap_or_default();
            differs("merchant_name", &claimed.name, &registered)?;
        }
        let number = |number: u16| number.to_string();
        differs("merchant_category_code", &number(code.category), &number(self.category))?;
        differs("currency", &number(code.currency), &number(self.currency))?;
        differs("country", &code.country, &self.country)
    }

    /// Numbers by tag, then templates: JPQR's where the store has one, ours, then the others'.
    fn accounts(&self, enishi: &EnishiCode) -> Vec<Account> {
        let numbers = self.others.iter().filter(|other| matches!(other, Account::Number(_)));
        let mut accounts: Vec<Account> = numbers.cloned().collect();
        accounts.sort_by_key(|account| match account {
            Account::Number(entry) => entry.tag,
            Account::Scheme(template) => template.tag,
        });
        accounts.extend(self.jpqr.iter().map(|id| Account::Scheme(id.to_template())));
        accounts.push(Account::Scheme(enishi.to_template(self.our_tag())));
        let others = self.others.iter().filter_map(|other| match other {
            Account::Scheme(template) => Some(template.clone()),
            Account::Number(_) => None,
        });
        // A tag behind 51 is refused when the code is written.
        let tags = jpqr::TAG + 2..;
        let templates = tags.zip(others).map(|(tag, template)| Template { tag, ..template });
        accounts.extend(templates.map(Account::Scheme));
        accounts
    }

    fn our_tag(&self) -> u8 {
        if self.jpqr.is_some() { jpqr::TAG + 1 } else { jpqr::TAG }
    }

    fn local_text(&self) -> Option<LocalText> {
        let local = self.local.as_ref()?;
        let city = local.city.as_ref().filter(|_| self.jpqr.is_none());
        Some(LocalText {
            language: local.language.clone(),
            name: shorten(&local.name, 25).to_owned(),
            city: city.map(|city| shorten(city, 15).to_owned()),
            reserved: local.reserved.clone(),
        })
    }
}

/// At most `characters` of `text`, never ending inside of what a reader sees as one character
/// (a letter with its accents, an emoji of several parts, a flag), nor with a space.
#[must_use]
pub fn shorten(text: &str, characters: usize) -> &str {
    let Some((cut, next)) = text.char_indices().nth(characters) else { return text };
    let mut kept = &text[..cut];
    let mut next = next;
    while let Some(last) = kept.chars().next_back().filter(|&last| belong(kept, last, next)) {
        kept = &kept[..kept.len() - last.len_utf8()];
        next = last;
    }
    kept.trim_end()
}

/// Whether a reader sees `last`, the end of `kept`, and `next` behind it as one character.
fn belong(kept: &str, last: char, next: char) -> bool {
    const JOINER: char = '\u{200D}';
    let is_flag = |character: char| matches!(character, '\u{1F1E6}'..='\u{1F1FF}');
    let flags_before = kept.chars().rev().take_while(|&character| is_flag(character)).count();
    last == JOINER || extends(next) || (is_flag(next) && flags_before % 2 == 1)
}

/// Marks that change the character before them: accents, dakuten, variants, skin tones, joiners.
fn extends(character: char) -> bool {
    matches!(
        character,
        '\u{0300}'..='\u{036F}'
            | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{200C}'..='\u{200D}'
            | '\u{20D0}'..='\u{20FF}'
            | '\u{3099}'..='\u{309A}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FE20}'..='\u{FE2F}'
            | '\u{FF9E}'..='\u{FF9F}'
            | '\u{1F3FB}'..='\u{1F3FF}'
            | '\u{E0020}'..='\u{E007F}'
            | '\u{E0100}'..='\u{E01EF}'
    )
}
