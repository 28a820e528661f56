//! Typed ids behind a prefix. Two shapes: what an edge creates is 128 bits (a UUIDv7); what a
//! cell numbers is told apart from a guess by a tag of the id that created it.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use crate::{Span, Timestamp};

/// What an id is of. The kinds below are the registry.
pub trait Kind {
    /// What stands before the underscore.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {}
        impl Kind for $name { const PREFIX: &'static str = $prefix; }
    )*};
}

kinds! {
    /// One purchase being paid; the same id in every cell that has a leg of it.
    Payment = "pay";
    /// A locked exchange rate.
    Quote = "quo";
    /// A part taken of what was held.
    Capture = "cap";
    /// A part given back.
    Refund = "ref";
    /// A transfer of the operator's.
    Transfer = "tra";
    /// An API key.
    Key = "key";
    /// A person or a business.
    Party = "par";
    /// A person's money in a cell.
    Wallet = "wal";
    /// Who is paid.
    Merchant = "mer";
    /// Where.
    Store = "sto";
    /// The device or page that asks for it.
    Till = "til";
    /// An account of the ledger.
    Account = "acc";
    /// A pending transfer of the operator's.
    Hold = "hol";
    /// A file by which a bank pays merchants.
    BankFile = "fil";
    /// A change of terms that waits for a second person.
    Proposal = "pro";
    /// A top-up of what a cell holds with another.
    TopUp = "top";
}

/// An id that an edge made: a UUIDv7, printed as `prefix_` and 26 characters of base32.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<K>(pub u128, PhantomData<K>);

/// A reference to something a cell numbered: the cell, the number, and a tag by which a
/// reference that was not handed out is known. Printed as `prefix_` and 23 characters.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref<K> {
    /// The cell that numbered it.
    pub cell: u16,
    /// Its number in that cell.
    pub number: u32,
    /// 64 bits of the id that the edge gave when it was created.
    pub tag: u64,
    kind: PhantomData<K>,
}

// By hand: a derive would ask the same of the kind, which is never a value.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> Clone for Ref<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Ref<K> {}

/// A text that is not an id of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id that begins with {prefix}_")]
pub struct NotAnId {
    /// The prefix that was wanted.
    pub prefix: &'static str,
}

impl<K> Id<K> {
    /// The id with these 128 bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits, PhantomData)
    }

    /// A UUIDv7 (RFC 9562 §5.7) of a moment and 74 random bits, both from outside.
    pub fn from_parts(at: Timestamp, random: u128) -> Self {
        let millis = u128::from(at.0 / 1_000) << 80;
        let low = random & 0x0fff_3fff_ffff_ffff_ffff;
        Self::new(millis | low | (0x7 << 76) | (0x2 << 62))
    }

    /// When a UUIDv7 says it was made, to the millisecond; `None` for any other bits.
    pub fn made_at(self) -> Option<Timestamp> {
        let version = (self.0 >> 76) & 0xf;
        let variant = (self.0 >> 62) & 0x3;
        (version == 7 && variant == 2).then(|| Timestamp(((self.0 >> 80) as u64) * 1_000))
    }

    /// Whether this id may create something at `now`: it is a UUIDv7, made in the last 48 hours, by
    /// a clock that is at most 5 minutes ahead. A cell remembers ids for longer than that, so that
    /// one it has forgotten can't be used again (CORE §3).
    #[inline]
    pub fn is_fresh(self, now: Timestamp) -> bool {
        let in_time = |made: Timestamp| {
            made.plus(Span::hours(48)) >= now && made <= now.plus(Span::seconds(300))
        };
        self.made_at().is_some_and(in_time)
    }

    /// The 64 bits by which a reference to what this id created is recognised.
    pub fn tag(self) -> u64 {
        let mixed = (self.0 as u64) ^ ((self.0 >> 64) as u64).rotate_left(29);
        mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The same bits, typed as another kind: the id that creates a thing is the source of the
    /// tag of the thing.
    pub const fn cast<L>(self) -> Id<L> {
        Id::new(self.0)
    }
}

impl<K> Ref<K> {
    /// A reference to number `number` of `cell`.
    pub const fn new(cell: u16, number: u32, tag: u64) -> Self {
        Self { cell, number, tag, kind: PhantomData }
    }

    fn bits(self) -> u128 {
        (u128::from(self.cell) << 96) | (u128::from(self.number) << 64) | u128::from(self.tag)
    }
}

/// Crockford's alphabet: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What each byte stands for, in capitals or not; [`NO_DIGIT`] for those that stand for nothing.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        values[ALPHABET[at] as usize] = at as u8;
        values[ALPHABET[at].to_ascii_lowercase() as usize] = at as u8;
        at += 1;
    }
    values
};
const NO_DIGIT: u8 = 0xff;

/// The most characters that a number has.
const MOST: usize = 26;

/// In one piece: a reply has a dozen of them, and to hand each character on by itself costs more
/// than all else about it.
fn write_base32(f: &mut fmt::Formatter<'_>, bits: u128, characters: usize) -> fmt::Result {
    let mut text = [0; MOST];
    for (at, character) in text[..characters].iter_mut().rev().enumerate() {
        *character = ALPHABET[(bits >> (at * 5)) as usize & 31];
    }
    f.write_str(std::str::from_utf8(&text[..characters]).expect("the alphabet is ASCII"))
}

fn read_base32(text: &str, characters: usize) -> Option<u128> {
    if text.len() != characters {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in text.bytes() {
        let value = VALUES[usize::from(byte)];
        if value == NO_DIGIT || bits >> 123 != 0 {
            return None;
        }
        bits = (bits << 5) | u128::from(value);
    }
    Some(bits)
}

fn strip<K: Kind>(text: &str) -> Result<&str, NotAnId> {
    text.strip_prefix(K::PREFIX)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(NotAnId { prefix: K::PREFIX })
}

impl<K: Kind> Id<K> {
    /// The 26 characters without the prefix, as codes carry them.
    pub fn bare(self) -> String {
        self.to_string()[K::PREFIX.len() + 1..].to_owned()
    }
}

impl<K: Kind> Ref<K> {
    /// The 23 characters without the prefix, as codes carry them.
    pub fn bare(self) -> String {
        self.to_string()[K::PREFIX.len() + 1..].to_owned()
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_", K::PREFIX)?;
        write_base32(f, self.0, 26)
    }
}

impl<K: Kind> fmt::Display for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_", K::PREFIX)?;
        write_base32(f, self.bits(), 23)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> fmt::Debug for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bits = read_base32(strip::<K>(text)?, 26).ok_or(NotAnId { prefix: K::PREFIX })?;
        Ok(Self::new(bits))
    }
}

impl<K: Kind> FromStr for Ref<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bits = read_base32(strip::<K>(text)?, 23)
            .filter(|bits| bits >> 112 == 0)
            .ok_or(NotAnId { prefix: K::PREFIX })?;
        Ok(Self::new((bits >> 96) as u16, (bits >> 64) as u32, bits as u64))
    }
}

impl<C, K> minicbor::Encode<C> for Id<K> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0.to_be_bytes())?.ok()
    }
}

impl<'b, C, K> minicbor::Decode<'b, C> for Id<K> {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes: [u8; 16] =
            d.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("id"))?;
        Ok(Self::new(u128::from_be_bytes(bytes)))
    }
}

impl<C, K> minicbor::Encode<C> for Ref<K> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.bits().to_be_bytes()[2..])?.ok()
    }
}

impl<'b, C, K> minicbor::Decode<'b, C> for Ref<K> {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() != 14 {
            return Err(minicbor::decode::Error::message("reference"));
        }
        let mut wide = [0; 16];
        wide[2..].copy_from_slice(bytes);
        let bits = u128::from_be_bytes(wide);
        Ok(Self::new((bits >> 96) as u16, (bits >> 64) as u32, bits as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_in_either_case() {
        let id: Id<Payment> = Id::from_parts(Timestamp::from_seconds(1_793_500_000), u128::MAX);
        assert_eq!(id.made_at(), Some(Timestamp::from_seconds(1_793_500_000)));
        assert_eq!(id.to_string().parse::<Id<Payment>>(), Ok(id));
        let lower = format!("pay_{}", id.bare().to_lowercase());
        assert_eq!(lower.parse::<Id<Payment>>(), Ok(id));
        let store: Ref<Store> = Ref::new(2, 77, 0xfeed_beef);
        assert_eq!(store.to_string().parse::<Ref<Store>>(), Ok(store));
    }

    #[test]
    fn an_id_is_fresh_for_48_hours_and_from_5_minutes_ahead() {
        let made = Timestamp::from_seconds(1_793_500_000);
        let id: Id<Payment> = Id::from_parts(made, 7);
        let old = made.plus(Span::hours(48));
        let ahead = made.minus(Span::seconds(300));
        let at = [old, old.plus(Span(1)), ahead, ahead.minus(Span(1))];
        assert_eq!(at.map(|now| id.is_fresh(now)), [true, false, true, false]);
        assert!(!Id::<Payment>::new(5).is_fresh(Timestamp(0)), "no UUIDv7");
    }

    #[test]
    fn other_kinds_and_broken_texts_are_refused() {
        let id: Id<Payment> = Id::new(5);
        assert!(id.to_string().parse::<Id<Quote>>().is_err());
        for text in ["", "pay_", "pay_0", "pay_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "sto_é"] {
            assert!(text.parse::<Id<Payment>>().is_err(), "{text}");
            assert!(text.parse::<Ref<Store>>().is_err(), "{text}");
        }
        assert_eq!(id.made_at(), None);
    }
}
