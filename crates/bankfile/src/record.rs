//! One record: its fields, each judged by itself.

use kana::Kana;

use crate::fault::{Fault, Place, Problem, text_of};
use crate::framing::Record;
use crate::layout::{Field, RecordKind};
use crate::model::{
    AccountKind, NewCode, Office, Originator, OwnAccountKind, Reference, Transfer, TransferKind,
};
use crate::number::{AccountNumber, Amount, ClearingHouse, CustomerCode, OriginatorCode};
use crate::text::{EdiText, HolderName, OfficeName, OriginatorName};
use banks::{BankCode, BranchCode};
use calendar::MonthDay;

/// A record's fields, and what was found wrong with them. A field that is `None` has a fault.
pub(crate) struct Fields<'a> {
    record: Record<'a>,
    kind: RecordKind,
    pub(crate) faults: Vec<Fault>,
    pub(crate) notices: Vec<Fault>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(record: Record<'a>, kind: RecordKind) -> Self {
        let mut fields = Self { record, kind, faults: Vec::new(), notices: Vec::new() };
        let filler = fields.bytes(Field::Filler);
        if filler.iter().any(|byte| *byte != b' ') {
            fields.notice(Field::Filler, Problem::Filler(text_of(filler.trim_ascii())));
        }
        fields
    }

    /// Who pays, and when.
    pub(crate) fn header(&mut self) -> Option<(Originator, MonthDay)> {
        let file_type = self.bytes(Field::FileType);
        if file_type != b"21" {
            self.fault(Field::FileType, Problem::FileType(text_of(file_type)));
        }
        match self.bytes(Field::CharacterCode) {
            b"0" => {}
            b"1" => self.fault(Field::CharacterCode, Problem::Ebcdic),
            other => self.not_a_code(Field::CharacterCode, other, "0 (JIS)"),
        }
        let code = self.digits(Field::OriginatorCode).and_then(OriginatorCode::try_new);
        let name = self.name(Field::OriginatorName, OriginatorName::try_new);
        let date = self.date();
        let office = self.office();
        let account_kind = self.code(Field::AccountKind, OwnAccountKind::of_digit, "1, 2, 9");
        let account = self.digits(Field::Account).and_then(AccountNumber::try_new);
        let (code, name, office) = (code?, name?, office?);
        let (account_kind, account) = (account_kind?, account?);
        Some((Originator { code, name, office, account_kind, account }, date?))
    }

    /// A transfer; what it pays is known even if the rest is not.
    pub(crate) fn data(&mut self) -> (Option<Amount>, Option<Transfer>) {
        let office = self.office();
        let clearing_house = self.digits_or_blank(Field::ClearingHouse);
        let account_kind = self.code(Field::AccountKind, AccountKind::of_digit, "1, 2, 4, 9");
        let account = self.digits(Field::Account).and_then(AccountNumber::try_new);
        let holder = self.name(Field::Holder, HolderName::try_new);
        let amount = self.amount();
        let new_code = self.code_or_blank(Field::NewCode, NewCode::of_digit, "0, 1, 2");
        let kind = self.code_or_blank(Field::TransferKind, TransferKind::of_digit, "0, 7, 8");
        let reference = self.reference();
        // A closure, so that every field above has been judged before the first that is missing.
        let transfer = || {
            Some(Transfer {
                office: office?,
                account_kind: account_kind?,
                account: account?,
                holder: holder?,
                amount: amount?,
                reference: reference?,
                clearing_house: ClearingHouse::try_new(clearing_house?)?,
                new_code: new_code?,
                kind: kind?,
            })
        };
        (amount, transfer())
    }

    /// How many transfers the trailer says, and how many yen.
    pub(crate) fn trailer(&mut self) -> (Option<u64>, Option<u64>) {
        (self.digits(Field::Count), self.digits(Field::Total))
    }

    fn office(&mut self) -> Option<Office> {
        let bank = self.digits(Field::Bank);
        let bank_name = self.name(Field::BankName, OfficeName::try_new);
        let branch = self.digits(Field::Branch);
        let branch_name = self.name(Field::BranchName, OfficeName::try_new);
        Some(Office {
            bank: u16::try_from(bank?).ok().and_then(BankCode::try_new)?,
            bank_name: bank_name?,
            branch: u16::try_from(branch?).ok().and_then(BranchCode::try_new)?,
            branch_name: branch_name?,
        })
    }

    fn date(&mut self) -> Option<MonthDay> {
        let number = self.digits(Field::Date)?;
        let part = |number: u64| u8::try_from(number).ok();
        let date = part(number / 100)
            .zip(part(number % 100))
            .and_then(|(month, day)| MonthDay::try_new(month, day));
        if date.is_none() {
            self.fault(Field::Date, Problem::NotADay(format!("{number:04}")));
        }
        date
    }

    fn amount(&mut self) -> Option<Amount> {
        let number = self.digits(Field::Amount)?;
        let amount = Amount::try_new(number);
        if amount.is_none() {
            self.fault(Field::Amount, Problem::Zero);
        }
        amount
    }

    /// The flag says how the twenty bytes before it are meant.
    fn reference(&mut self) -> Option<Reference> {
        match self.bytes(Field::EdiFlag) {
            b"Y" => self.name(Field::Edi, EdiText::try_new).map(Reference::Edi),
            b" " => {
                let first = self.digits_or_blank(Field::CustomerCode1);
                let second = self.digits_or_blank(Field::CustomerCode2);
                let (first, second) = (first?, second?);
                Some(Reference::Codes(
                    CustomerCode::try_new(first)?,
                    CustomerCode::try_new(second)?,
                ))
            }
            other => {
                self.not_a_code(Field::EdiFlag, other, "Y and a space");
                None
            }
        }
    }

    /// N: nothing but digits.
    fn digits(&mut self, field: Field) -> Option<u64> {
        let bytes = self.bytes(field);
        if !bytes.iter().all(u8::is_ascii_digit) {
            self.fault(field, Problem::NotDigits(text_of(bytes)));
            return None;
        }
        Some(bytes.iter().fold(0, |number, byte| number * 10 + u64::from(byte - b'0')))
    }

    fn digits_or_blank(&mut self, field: Field) -> Option<u64> {
        if self.bytes(field).iter().all(|byte| *byte == b' ') {
            self.notice(field, Problem::Blank);
            return Some(0);
        }
        self.digits(field)
    }

    fn code<T>(
        &mut self,
        field: Field,
        of_digit: fn(u8) -> Option<T>,
        allowed: &'static str,
    ) -> Option<T> {
        let bytes = self.bytes(field);
        let code = bytes[0].checked_sub(b'0').and_then(of_digit);
        if code.is_none() {
            self.not_a_code(field, bytes, allowed);
        }
        code
    }

    fn code_or_blank<T>(
        &mut self,
        field: Field,
        of_digit: fn(u8) -> Option<T>,
        allowed: &'static str,
    ) -> Option<T> {
        if self.bytes(field) == b" " {
            self.notice(field, Problem::Blank);
            return of_digit(0);
        }
        self.code(field, of_digit, allowed)
    }

    /// C: characters of the field's own kind on the left.
    fn name<T: NameOf>(
        &mut self,
        field: Field,
        try_new: fn(Kana) -> Result<T, crate::NameError>,
    ) -> Option<T> {
        let bytes = self.bytes(field);
        let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
        let kana = match Kana::try_new(&bytes[..end], T::CHARSET) {
            Ok(kana) => kana,
            Err(problem) => {
                self.fault(field, Problem::NotKana { found: text_of(&bytes[..end]), problem });
                return None;
            }
        };
        // Of the right characters and no longer than its field, it can only be missing.
        let name = try_new(kana).ok();
        if name.is_none() {
            self.fault(field, Problem::NoName);
        }
        name
    }

    fn bytes(&self, field: Field) -> &'a [u8] {
        let slot = self.kind.slot(field);
        &self.record.bytes[slot.at..slot.at + slot.length]
    }

    fn not_a_code(&mut self, field: Field, found: &[u8], allowed: &'static str) {
        self.fault(field, Problem::NotACode { found: text_of(found), allowed });
    }

    fn fault(&mut self, field: Field, problem: Problem) {
        self.faults.push(self.at(field, problem));
    }

    fn notice(&mut self, field: Field, problem: Problem) {
        self.notices.push(self.at(field, problem));
    }

    fn at(&self, field: Field, problem: Problem) -> Fault {
        Fault { record: self.record.number, place: Some(Place::of(self.kind, field)), problem }
    }
}

/// The characters of a name's type.
trait NameOf {
    const CHARSET: kana::Charset;
}

impl NameOf for HolderName {
    const CHARSET: kana::Charset = Self::CHARSET;
}

impl NameOf for OriginatorName {
    const CHARSET: kana::Charset = Self::CHARSET;
}

impl NameOf for OfficeName {
    const CHARSET: kana::Charset = Self::CHARSET;
}

impl NameOf for EdiText {
    const CHARSET: kana::Charset = Self::CHARSET;
}
