//! The book's facts and their stored form.

use kernel::fixed::{Fixed, Reader};
use kernel::{Fault, Timestamp};

use crate::{Account, Transfer};

/// One change of the book, already judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Takes from one account and gives to another, at once.
    Post {
        /// Whom to take from.
        debit: u32,
        /// Whom to give to.
        credit: u32,
        /// Minor units.
        amount: u64,
    },
    /// Holds an amount between two accounts until it is captured, voided or expires.
    Hold {
        /// Whom it will take from.
        debit: u32,
        /// Whom it will give to.
        credit: u32,
        /// Minor units.
        amount: u64,
        /// When it ends by itself; the epoch for never.
        expires: Timestamp,
        /// The tag of an operator's hold, 0 for a payment's.
        tag: u32,
    },
    /// Makes a part of a hold final.
    Capture {
        /// Which hold.
        hold: u32,
        /// Minor units.
        amount: u64,
        /// Whether what is left of it is given back.
        last: bool,
    },
    /// Gives a hold back.
    Void {
        /// Which hold.
        hold: u32,
    },
}

/// A fact of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An account was opened; it has the next number.
    AccountOpened(Account),
    /// One movement of a module's.
    Moved(Movement),
    /// The accepted transfers of one batch, in order.
    Batch(Box<[Transfer]>),
    /// The ids of transfers up to this number are no longer remembered.
    Forgotten {
        /// The last number forgotten.
        through: u32,
    },
}

impl From<Movement> for Event {
    fn from(movement: Movement) -> Self {
        Self::Moved(movement)
    }
}

/// Stored types of [`Event`], each followed by its version.
mod stored {
    pub const ACCOUNT_OPENED: u8 = 1;
    pub const POST: u8 = 2;
    pub const HOLD: u8 = 3;
    pub const CAPTURE: u8 = 4;
    pub const VOID: u8 = 5;
    pub const BATCH: u8 = 6;
    pub const FORGOTTEN: u8 = 7;
}

impl Event {
    /// Writes type, version and payload: fixed layouts, little-endian.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::AccountOpened(account) => {
                out.extend([stored::ACCOUNT_OPENED, 1]);
                append(out, account);
            }
            Self::Moved(movement) => movement.encode(out),
            Self::Batch(transfers) => {
                out.extend([stored::BATCH, 1]);
                let start = out.len();
                out.resize(start + transfers.len() * Transfer::SIZE, 0);
                let room = out[start..].chunks_exact_mut(Transfer::SIZE);
                transfers.iter().zip(room).for_each(|(transfer, room)| transfer.put(room));
            }
            Self::Forgotten { through } => {
                out.extend([stored::FORGOTTEN, 1]);
                out.extend(through.to_le_bytes());
            }
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        const BROKEN: Fault = Fault("a stored fact of the ledger can't be read");
        let (&[kind, 1], payload) = bytes.split_first_chunk::<2>().ok_or(BROKEN)? else {
            return Err(Fault("a stored fact of the ledger has an unknown version"));
        };
        let mut r = Reader::new(payload);
        let mut read = || -> Result<Self, kernel::fixed::Corrupt> {
            Ok(match kind {
                stored::ACCOUNT_OPENED => Self::AccountOpened(Account::get(payload)?),
                stored::POST => Self::Moved(Movement::Post {
                    debit: r.u32()?,
                    credit: r.u32()?,
                    amount: r.u64()?,
                }),
                stored::HOLD => Self::Moved(Movement::Hold {
                    debit: r.u32()?,
                    credit: r.u32()?,
                    amount: r.u64()?,
                    expires: Timestamp(r.u64()?),
                    tag: r.u32()?,
                }),
                stored::CAPTURE => Self::Moved(Movement::Capture {
                    hold: r.u32()?,
                    amount: r.u64()?,
                    last: r.u8()? != 0,
                }),
                stored::VOID => Self::Moved(Movement::Void { hold: r.u32()? }),
                stored::BATCH => Self::Batch(
                    payload
                        .chunks_exact(Transfer::SIZE)
                        .map(Transfer::get)
                        .collect::<Result<Box<[_]>, _>>()?,
                ),
                stored::FORGOTTEN => Self::Forgotten { through: r.u32()? },
                _ => return Err(kernel::fixed::Corrupt("unknown type")),
            })
        };
        read().map_err(|_| BROKEN)
    }
}

fn append<T: Fixed>(out: &mut Vec<u8>, value: &T) {
    let start = out.len();
    out.resize(start + T::SIZE, 0);
    value.put(&mut out[start..]);
}

impl Movement {
    fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Post { debit, credit, amount } => {
                out.extend([stored::POST, 1]);
                out.extend(debit.to_le_bytes());
                out.extend(credit.to_le_bytes());
                out.extend(amount.to_le_bytes());
            }
            Self::Hold { debit, credit, amount, expires, tag } => {
                out.extend([stored::HOLD, 1]);
                out.extend(debit.to_le_bytes());
                out.extend(credit.to_le_bytes());
                out.extend(amount.to_le_bytes());
                out.extend(expires.0.to_le_bytes());
                out.extend(tag.to_le_bytes());
            }
            Self::Capture { hold, amount, last } => {
                out.extend([stored::CAPTURE, 1]);
                out.extend(hold.to_le_bytes());
                out.extend(amount.to_le_bytes());
                out.push(u8::from(last));
            }
            Self::Void { hold } => {
                out.extend([stored::VOID, 1]);
                out.extend(hold.to_le_bytes());
            }
        }
    }
}
