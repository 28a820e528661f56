//! The operator's transfer and its fixed layout.

use kernel::Timestamp;
use kernel::fixed::{Corrupt, Fixed, Reader, Writer};

use crate::Movement;
use crate::state::{hold_tag, hold_until};

/// The most transfers in one batch.
pub const BATCH_MAX: usize = 8_190;

/// Bits of [`Transfer::flags`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// Judged as one with the transfer after it.
    pub const LINKED: u16 = 1;
    /// Holds the amount instead of moving it.
    pub const PENDING: u16 = 2;
    /// Captures a part of a hold and ends it.
    pub const CAPTURE: u16 = 4;
    /// With [`Self::CAPTURE`]: leaves the rest held for further captures.
    pub const KEEP: u16 = 8;
    /// Ends a hold without moving anything.
    pub const VOID: u16 = 16;
    /// Every bit that has a meaning.
    pub const KNOWN: u16 = 31;

    /// Whether all bits of `flag` are set.
    pub const fn has(self, flag: u16) -> bool {
        self.0 & flag == flag
    }
}

/// A transfer as the operator asks for it: 40 bytes, little-endian, in the order of the fields.
/// Captures and voids name a hold where others name the two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// UUIDv7 of the caller's; moves money once.
    pub id: u128,
    /// The account to take from, by number; the hold's number for a capture or void.
    pub debit: u32,
    /// The account to give to, by number; the hold's tag for a capture or void.
    pub credit: u32,
    /// Minor units; ignored by a void.
    pub amount: u64,
    /// Seconds until a pending transfer ends by itself; 0 for never.
    pub timeout_s: u32,
    /// The caller's own reason, not zero.
    pub code: u16,
    /// See [`Flags`].
    pub flags: Flags,
}

impl Transfer {
    /// What it does to the book, once it is accepted at `now`.
    #[inline]
    pub fn movement(&self, now: Timestamp) -> Movement {
        let Self { debit, credit, amount, flags, .. } = *self;
        if flags.has(Flags::PENDING) {
            let (expires, tag) = (hold_until(self, now), hold_tag(self.id));
            Movement::Hold { debit, credit, amount, expires, tag }
        } else if flags.has(Flags::CAPTURE) {
            Movement::Capture { hold: debit, amount, last: !flags.has(Flags::KEEP) }
        } else if flags.has(Flags::VOID) {
            Movement::Void { hold: debit }
        } else {
            Movement::Post { debit, credit, amount }
        }
    }
}

impl Fixed for Transfer {
    const SIZE: usize = 40;

    #[inline]
    fn put(&self, out: &mut [u8]) {
        Writer::new(out)
            .u128(self.id)
            .u32(self.debit)
            .u32(self.credit)
            .u64(self.amount)
            .u32(self.timeout_s)
            .u16(self.code)
            .u16(self.flags.0)
            .end();
    }

    #[inline]
    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let transfer = Self {
            id: r.u128()?,
            debit: r.u32()?,
            credit: r.u32()?,
            amount: r.u64()?,
            timeout_s: r.u32()?,
            code: r.u16()?,
            flags: Flags(r.u16()?),
        };
        r.end()?;
        Ok(transfer)
    }
}
