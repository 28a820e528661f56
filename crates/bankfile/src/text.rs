//! Names that fit their field.

use banks::{Bank, Branch};
use kana::{Charset, Kana, Unwritable};

/// Why a name does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Characters that no bank takes; says which, and what to do.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// Nothing, where a name is needed.
    #[error("a name is needed")]
    Empty,
    /// More bytes than the field has. A bank's books have as many as fit: the holder must look how
    /// the name stands in the passbook; `cut` is what it will most likely be.
    #[error(
        "the name has {length} characters of {most}: write it as your passbook has it, perhaps '{cut}'"
    )]
    TooLong {
        /// Bytes, with each voicing mark as one.
        length: usize,
        /// Bytes that there is room for.
        most: usize,
        /// Its beginning, as far as it fits; no kana is parted from its mark.
        cut: Kana,
    },
}

/// A text of one field. Holds a [`Kana`] of that field's characters and length.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $charset:path, $most:literal, may_be_empty: $may_be_empty:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Kana);

        impl $name {
            /// How many bytes its field has.
            pub const MOST: usize = $most;
            /// The characters of its field.
            pub const CHARSET: Charset = $charset;

            /// Reads what a person types.
            ///
            /// # Errors
            /// If it can't be written, or does not fit.
            pub fn read(typed: &str) -> Result<Self, NameError> {
                Self::try_new(kana::read(typed, $charset)?)
            }

            /// Takes what is written already.
            ///
            /// # Errors
            /// If it does not fit; what is of other characters is read anew.
            pub fn try_new(kana: Kana) -> Result<Self, NameError> {
                let kana = if kana.charset() == $charset {
                    kana
                } else {
                    kana::read(&kana.to_string(), $charset)?
                };
                if kana.is_empty() && !$may_be_empty {
                    return Err(NameError::Empty);
                }
                match kana.len() {
                    length if length > $most => {
                        Err(NameError::TooLong { length, most: $most, cut: kana.cut_to($most) })
                    }
                    _ => Ok(Self(kana)),
                }
            }

            /// The characters.
            pub const fn kana(&self) -> &Kana {
                &self.0
            }
        }
    };
}

text!(
    /// The name of an account, as its bank has it (受取人名): 30 bytes.
    HolderName, Charset::Party, 30, may_be_empty: false
);
text!(
    /// The name of who pays (委託者名), shown to the payee: 40 bytes.
    OriginatorName, Charset::Party, 40, may_be_empty: false
);
text!(
    /// The name of a bank or branch (銀行名, 支店名): 15 bytes. For people; the codes count. May be
    /// empty.
    OfficeName, Charset::Office, 15, may_be_empty: true
);
text!(
    /// What the payer tells the payee about a transfer (EDI情報): 20 bytes. May be empty.
    EdiText, Charset::Edi, 20, may_be_empty: true
);

impl OfficeName {
    /// A bank's name, from the directory.
    pub fn of_bank(bank: &Bank) -> Self {
        Self::try_new(bank.kana.clone()).expect("names of the directory fit: it checks each")
    }

    /// A branch's name, from the directory.
    pub fn of_branch(branch: &Branch) -> Self {
        Self::try_new(branch.kana.clone()).expect("names of the directory fit: it checks each")
    }
}
