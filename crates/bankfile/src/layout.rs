//! The table: which field stands where in which record.
//!
//! It is the format itself, so it is written as banks print it; where each field begins is
//! counted from the lengths. Files are written and read by it alone.

use std::fmt;

/// The length of every record, separators not counted.
pub(crate) const LENGTH: usize = 120;

/// A field, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// データ区分.
    RecordKind,
    /// 種別コード.
    FileType,
    /// コード区分.
    CharacterCode,
    /// 委託者コード.
    OriginatorCode,
    /// 委託者名.
    OriginatorName,
    /// 取組日.
    Date,
    /// 銀行番号.
    Bank,
    /// 銀行名.
    BankName,
    /// 支店番号.
    Branch,
    /// 支店名.
    BranchName,
    /// 預金種目.
    AccountKind,
    /// 口座番号.
    Account,
    /// 手形交換所番号.
    ClearingHouse,
    /// 受取人名.
    Holder,
    /// 振込金額.
    Amount,
    /// 新規コード.
    NewCode,
    /// 顧客コード1.
    CustomerCode1,
    /// 顧客コード2.
    CustomerCode2,
    /// EDI情報, in the place of both 顧客コード.
    Edi,
    /// 振込指定区分.
    TransferKind,
    /// 識別表示.
    EdiFlag,
    /// 合計件数.
    Count,
    /// 合計金額.
    Total,
    /// ダミー.
    Filler,
}

/// The four kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    Header,
    Data,
    Trailer,
    End,
}

/// A field's place: first byte, from 0, and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) field: Field,
    pub(crate) at: usize,
    pub(crate) length: usize,
}

const HEADER: [Slot; 13] = slots([
    (Field::RecordKind, 1),
    (Field::FileType, 2),
    (Field::CharacterCode, 1),
    (Field::OriginatorCode, 10),
    (Field::OriginatorName, 40),
    (Field::Date, 4),
    (Field::Bank, 4),
    (Field::BankName, 15),
    (Field::Branch, 3),
    (Field::BranchName, 15),
    (Field::AccountKind, 1),
    (Field::Account, 7),
    (Field::Filler, 17),
]);

const DATA: [Slot; 16] = slots([
    (Field::RecordKind, 1),
    (Field::Bank, 4),
    (Field::BankName, 15),
    (Field::Branch, 3),
    (Field::BranchName, 15),
    (Field::ClearingHouse, 4),
    (Field::AccountKind, 1),
    (Field::Account, 7),
    (Field::Holder, 30),
    (Field::Amount, 10),
    (Field::NewCode, 1),
    (Field::CustomerCode1, 10),
    (Field::CustomerCode2, 10),
    (Field::TransferKind, 1),
    (Field::EdiFlag, 1),
    (Field::Filler, 7),
]);

const TRAILER: [Slot; 4] =
    slots([(Field::RecordKind, 1), (Field::Count, 6), (Field::Total, 12), (Field::Filler, 101)]);

const END: [Slot; 2] = slots([(Field::RecordKind, 1), (Field::Filler, 119)]);

/// Counts where each field begins; does not compile unless they fill a record.
const fn slots<const N: usize>(fields: [(Field, usize); N]) -> [Slot; N] {
    let mut slots = [Slot { field: Field::RecordKind, at: 0, length: 0 }; N];
    let (mut at, mut n) = (0, 0);
    while n < N {
        slots[n] = Slot { field: fields[n].0, at, length: fields[n].1 };
        at += fields[n].1;
        n += 1;
    }
    assert!(at == LENGTH, "a record has 120 bytes");
    slots
}

impl RecordKind {
    /// All, in the order of a file.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::Header, Self::Data, Self::Trailer, Self::End];

    /// The first byte of a record of this kind.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Header => b'1',
            Self::Data => b'2',
            Self::Trailer => b'8',
            Self::End => b'9',
        }
    }

    pub(crate) const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            b'1' => Some(Self::Header),
            b'2' => Some(Self::Data),
            b'8' => Some(Self::Trailer),
            b'9' => Some(Self::End),
            _ => None,
        }
    }

    /// Its fields in order.
    pub(crate) const fn slots(self) -> &'static [Slot] {
        match self {
            Self::Header => &HEADER,
            Self::Data => &DATA,
            Self::Trailer => &TRAILER,
            Self::End => &END,
        }
    }

    /// Where a field stands in it.
    pub(crate) fn slot(self, field: Field) -> Slot {
        if field == Field::Edi {
            let Slot { at, length, .. } = self.slot(Field::CustomerCode1);
            return Slot { field, at, length: length + self.slot(Field::CustomerCode2).length };
        }
        let found = self.slots().iter().find(|slot| slot.field == field);
        *found.expect("only fields of a record are asked for: every test does")
    }
}

/// In English, and as banks print it: `amount (振込金額)`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RecordKind => "kind of record (データ区分)",
            Self::FileType => "type of file (種別コード)",
            Self::CharacterCode => "character code (コード区分)",
            Self::OriginatorCode => "originator's code (委託者コード)",
            Self::OriginatorName => "originator's name (委託者名)",
            Self::Date => "date (取組日)",
            Self::Bank => "bank (銀行番号)",
            Self::BankName => "bank's name (銀行名)",
            Self::Branch => "branch (支店番号)",
            Self::BranchName => "branch's name (支店名)",
            Self::AccountKind => "kind of account (預金種目)",
            Self::Account => "account (口座番号)",
            Self::ClearingHouse => "clearing house (手形交換所番号)",
            Self::Holder => "payee's name (受取人名)",
            Self::Amount => "amount (振込金額)",
            Self::NewCode => "new payee (新規コード)",
            Self::CustomerCode1 => "first customer code (顧客コード1)",
            Self::CustomerCode2 => "second customer code (顧客コード2)",
            Self::Edi => "EDI information (EDI情報)",
            Self::TransferKind => "kind of transfer (振込指定区分)",
            Self::EdiFlag => "EDI flag (識別表示)",
            Self::Count => "count (合計件数)",
            Self::Total => "total (合計金額)",
            Self::Filler => "filler (ダミー)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_begin_where_banks_say() {
        // Positions from 1, as banks print them.
        let begins = |kind: RecordKind, field| kind.slot(field).at + 1;
        for (field, at) in [
            (Field::OriginatorCode, 5),
            (Field::OriginatorName, 15),
            (Field::Date, 55),
            (Field::Bank, 59),
            (Field::Branch, 78),
            (Field::AccountKind, 96),
            (Field::Account, 97),
            (Field::Filler, 104),
        ] {
            assert_eq!(begins(RecordKind::Header, field), at, "{field}");
        }
        for (field, at) in [
            (Field::Bank, 2),
            (Field::Branch, 21),
            (Field::ClearingHouse, 39),
            (Field::AccountKind, 43),
            (Field::Account, 44),
            (Field::Holder, 51),
            (Field::Amount, 81),
            (Field::NewCode, 91),
            (Field::CustomerCode1, 92),
            (Field::CustomerCode2, 102),
            (Field::Edi, 92),
            (Field::TransferKind, 112),
            (Field::EdiFlag, 113),
            (Field::Filler, 114),
        ] {
            assert_eq!(begins(RecordKind::Data, field), at, "{field}");
        }
        assert_eq!(RecordKind::Data.slot(Field::Edi).length, 20);
        assert_eq!(begins(RecordKind::Trailer, Field::Total), 8);
        for kind in RecordKind::ALL {
            assert_eq!(RecordKind::of_byte(kind.byte()), Some(kind));
        }
    }
}
