//! From values to bytes.

use kana::Kana;

use crate::layout::{Field, LENGTH, RecordKind};
use crate::model::{BankFile, Batch, Office, Reference, Transfer};

/// What stands after each record, the last one included. Some banks refuse bare CR or LF, so that
/// these are not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Separator {
    /// Nothing: records of 120 bytes, one after another.
    None,
    /// CR LF: 122 bytes for each record.
    CrLf,
}

impl Separator {
    /// The bytes.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::CrLf => b"\r\n",
        }
    }
}

/// Writes a file.
pub fn write(file: &BankFile, separator: Separator) -> Vec<u8> {
    let per_batch = file.batches().iter().map(|batch| batch.transfers().len() + 2);
    let records = per_batch.sum::<usize>() + 1;
    let mut writer =
        Writer { bytes: Vec::with_capacity(records * (LENGTH + 2)), separator: separator.bytes() };
    for batch in file.batches() {
        writer.record(header_of(batch));
        for transfer in batch.transfers() {
            writer.record(data_of(transfer));
        }
        writer.record(trailer_of(batch));
    }
    writer.record(Record::new(RecordKind::End));
    writer.bytes
}

fn header_of(batch: &Batch) -> Record {
    let originator = batch.originator();
    let mut record = Record::new(RecordKind::Header);
    record.digits(Field::FileType, 21);
    record.digits(Field::CharacterCode, 0);
    record.digits(Field::OriginatorCode, originator.code.number());
    record.text(Field::OriginatorName, originator.name.kana());
    let date = batch.date();
    record.digits(Field::Date, u64::from(date.month()) * 100 + u64::from(date.day()));
    record.office(&originator.office);
    record.digits(Field::AccountKind, u64::from(originator.account_kind.digit()));
    record.digits(Field::Account, originator.account.number());
    record
}

fn data_of(transfer: &Transfer) -> Record {
    let mut record = Record::new(RecordKind::Data);
    record.office(&transfer.office);
    record.digits(Field::ClearingHouse, transfer.clearing_house.number());
    record.digits(Field::AccountKind, u64::from(transfer.account_kind.digit()));
    record.digits(Field::Account, transfer.account.number());
    record.text(Field::Holder, transfer.holder.kana());
    record.digits(Field::Amount, transfer.amount.number());
    record.digits(Field::NewCode, u64::from(transfer.new_code.digit()));
    match &transfer.reference {
        Reference::Codes(first, second) => {
            record.digits(Field::CustomerCode1, first.number());
            record.digits(Field::CustomerCode2, second.number());
        }
        Reference::Edi(text) => {
            record.text(Field::Edi, text.kana());
            record.field(Field::EdiFlag)[0] = b'Y';
        }
    }
    record.digits(Field::TransferKind, u64::from(transfer.kind.digit()));
    record
}

fn trailer_of(batch: &Batch) -> Record {
    let mut record = Record::new(RecordKind::Trailer);
    record.digits(Field::Count, u64::try_from(batch.transfers().len()).unwrap_or(u64::MAX));
    record.digits(Field::Total, batch.total());
    record
}

struct Writer {
    bytes: Vec<u8>,
    separator: &'static [u8],
}

impl Writer {
    fn record(&mut self, record: Record) {
        self.bytes.extend_from_slice(&record.bytes);
        self.bytes.extend_from_slice(self.separator);
    }
}

/// A record that is being filled; spaces where nothing was written.
struct Record {
    kind: RecordKind,
    bytes: [u8; LENGTH],
}

impl Record {
    fn new(kind: RecordKind) -> Self {
        let mut bytes = [b' '; LENGTH];
        bytes[0] = kind.byte();
        Self { kind, bytes }
    }

    fn field(&mut self, field: Field) -> &mut [u8] {
        let slot = self.kind.slot(field);
        &mut self.bytes[slot.at..slot.at + slot.length]
    }

    /// N: digits on the right, zeros before them.
    fn digits(&mut self, field: Field, mut number: u64) {
        for byte in self.field(field).iter_mut().rev() {
            *byte = b"0123456789"[usize::try_from(number % 10).unwrap_or(0)];
            number /= 10;
        }
        assert!(number == 0, "a number of a field has no more digits than it: its type says so");
    }

    /// C: characters on the left, spaces after them.
    fn text(&mut self, field: Field, kana: &Kana) {
        self.field(field)[..kana.len()].copy_from_slice(kana.bytes());
    }

    fn office(&mut self, office: &Office) {
        self.digits(Field::Bank, u64::from(office.bank.number()));
        self.text(Field::BankName, office.bank_name.kana());
        self.digits(Field::Branch, u64::from(office.branch.number()));
        self.text(Field::BranchName, office.branch_name.kana());
    }
}
