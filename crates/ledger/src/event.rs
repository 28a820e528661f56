//! The book's facts and their stored form.

use kernel::fixed::{Corrupt, Fixed, Reader};
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
                account.append(out);
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
                through.append(out);
            }
        }
    }

    /// Reads what [`Self::encode`] wrote, and nothing else: a byte too few or too many is a fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        match bytes.split_first_chunk::<2>() {
            Some(([kind, 1], payload)) => Self::read(*kind, payload)
                .map_err(|_| Fault("a stored fact of the ledger can't be read")),
            Some(_) => Err(Fault("a stored fact of the ledger has an unknown version")),
            None => Err(Fault("a stored fact of the ledger has no type and version")),
        }
    }

    fn read(kind: u8, payload: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(payload);
        let event = match kind {
            stored::ACCOUNT_OPENED => Self::AccountOpened(r.get()?),
            stored::POST => {
                Self::Moved(Movement::Post { debit: r.u32()?, credit: r.u32()?, amount: r.u64()? })
            }
            stored::HOLD => Self::Moved(Movement::Hold {
                debit: r.u32()?,
                credit: r.u32()?,
                amount: r.u64()?,
                expires: Timestamp(r.u64()?),
                tag: r.u32()?,
            }),
            stored::CAPTURE => {
                Self::Moved(Movement::Capture { hold: r.u32()?, amount: r.u64()?, last: r.bool()? })
            }
            stored::VOID => Self::Moved(Movement::Void { hold: r.u32()? }),
            stored::BATCH => {
                let entries = r.bytes(payload.len())?.chunks(Transfer::SIZE);
                Self::Batch(entries.map(Transfer::get).collect::<Result<_, _>>()?)
            }
            stored::FORGOTTEN => Self::Forgotten { through: r.u32()? },
            _ => return Err(Corrupt("unknown type")),
        };
        r.end()?;
        Ok(event)
    }
}

impl Movement {
    fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Post { debit, credit, amount } => {
                out.extend([stored::POST, 1]);
                debit.append(out);
                credit.append(out);
                amount.append(out);
            }
            Self::Hold { debit, credit, amount, expires, tag } => {
                out.extend([stored::HOLD, 1]);
                debit.append(out);
                credit.append(out);
                amount.append(out);
                expires.0.append(out);
                tag.append(out);
            }
            Self::Capture { hold, amount, last } => {
                out.extend([stored::CAPTURE, 1]);
                hold.append(out);
                amount.append(out);
                last.append(out);
            }
            Self::Void { hold } => {
                out.extend([stored::VOID, 1]);
                hold.append(out);
            }
        }
    }
}
