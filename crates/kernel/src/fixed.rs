//! Entries with a fixed little-endian layout.
//!
//! What a snapshot stores and what a journal stores in bulk has one size for each type, so that a
//! file of entries is an array: no lengths, no tags, nothing to parse but the fields themselves.

use thiserror::Error;

/// Bytes that are not what [`Fixed::put`] of the type can have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("corrupt entry: {0}")]
pub struct Corrupt(
    /// What was wrong, for a log line.
    pub &'static str,
);

/// A value that occupies exactly [`SIZE`](Fixed::SIZE) bytes, little-endian, without padding left
/// to chance: equal values have equal bytes.
///
/// ```
/// use kernel::fixed::{Corrupt, Fixed, Reader, Writer};
///
/// struct Lot { store: u32, paid_minor: i64 }
///
/// impl Fixed for Lot {
///     const SIZE: usize = 12;
///     fn put(&self, out: &mut [u8]) {
///         Writer::new(out).u32(self.store).i64(self.paid_minor).end();
///     }
///     fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
///         let mut r = Reader::new(bytes);
///         let lot = Lot { store: r.u32()?, paid_minor: r.i64()? };
///         r.end()?;
///         Ok(lot)
///     }
/// }
/// # let mut bytes = [0; Lot::SIZE];
/// # Lot { store: 7, paid_minor: -2 }.put(&mut bytes);
/// # assert_eq!(Lot::get(&bytes).map(|l| (l.store, l.paid_minor)), Ok((7, -2)));
/// # assert!(Lot::get(&bytes[1..]).is_err());
/// ```
pub trait Fixed: Sized {
    /// Bytes an entry takes.
    const SIZE: usize;

    /// Writes the entry over `out`, which is exactly [`SIZE`](Fixed::SIZE) long.
    fn put(&self, out: &mut [u8]);

    /// Reads an entry from exactly [`SIZE`](Fixed::SIZE) bytes.
    fn get(bytes: &[u8]) -> Result<Self, Corrupt>;

    /// Appends the entry to a growing buffer.
    fn append(&self, buffer: &mut Vec<u8>) {
        let start = buffer.len();
        buffer.resize(start + Self::SIZE, 0);
        self.put(&mut buffer[start..]);
    }
}

/// Writes fields one after the other over a slice of exactly the right length.
pub struct Writer<'a> {
    rest: &'a mut [u8],
}

impl<'a> Writer<'a> {
    /// A writer at the start of `out`.
    #[inline]
    pub fn new(out: &'a mut [u8]) -> Self {
        Writer { rest: out }
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.take(bytes.len()).copy_from_slice(bytes);
        self
    }

    /// Writes `count` zero bytes: room that the layout reserves.
    pub fn zeros(&mut self, count: usize) -> &mut Self {
        self.take(count).fill(0);
        self
    }

    /// Writes a nested entry.
    #[inline]
    pub fn put<T: Fixed>(&mut self, entry: &T) -> &mut Self {
        entry.put(self.take(T::SIZE));
        self
    }

    /// Ends the entry. Panics when `SIZE` and the fields written disagree.
    #[inline]
    pub fn end(&mut self) {
        assert!(self.rest.is_empty(), "the fields are shorter than SIZE");
    }

    #[inline]
    fn take(&mut self, count: usize) -> &'a mut [u8] {
        let rest = std::mem::take(&mut self.rest);
        let (head, tail) = rest.split_at_mut_checked(count).expect("the fields fit into SIZE");
        self.rest = tail;
        head
    }
}

/// Reads fields one after the other.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// The next `count` bytes.
    #[inline]
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Corrupt> {
        let (head, tail) = self.rest.split_at_checked(count).ok_or(Corrupt("too short"))?;
        self.rest = tail;
        Ok(head)
    }

    /// Skips `count` bytes that must be zero.
    pub fn zeros(&mut self, count: usize) -> Result<(), Corrupt> {
        match self.bytes(count)?.iter().all(|&b| b == 0) {
            true => Ok(()),
            false => Err(Corrupt("reserved bytes are not zero")),
        }
    }

    /// The next nested entry.
    #[inline]
    pub fn get<T: Fixed>(&mut self) -> Result<T, Corrupt> {
        T::get(self.bytes(T::SIZE)?)
    }

    /// Ends the entry: nothing may be left.
    #[inline]
    pub fn end(self) -> Result<(), Corrupt> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(Corrupt("too long")),
        }
    }
}

macro_rules! integers {
    ($($int:ident)*) => {
        $(
            impl Fixed for $int {
                const SIZE: usize = size_of::<$int>();
                #[inline]
                fn put(&self, out: &mut [u8]) {
                    out.copy_from_slice(&self.to_le_bytes());
                }
                #[inline]
                fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
                    bytes.try_into().map($int::from_le_bytes).map_err(|_| Corrupt("wrong length"))
                }
            }
        )*
        impl Writer<'_> {
            $(
                #[inline]
                #[doc = concat!("Writes a little-endian `", stringify!($int), "`.")]
                pub fn $int(&mut self, value: $int) -> &mut Self {
                    self.put(&value)
                }
            )*
        }
        impl Reader<'_> {
            $(
                #[inline]
                #[doc = concat!("The next little-endian `", stringify!($int), "`.")]
                pub fn $int(&mut self) -> Result<$int, Corrupt> {
                    self.get()
                }
            )*
        }
    };
}

integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl Fixed for bool {
    const SIZE: usize = 1;
    fn put(&self, out: &mut [u8]) {
        u8::from(*self).put(out);
    }
    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        match u8::get(bytes)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Corrupt("a flag is neither 0 nor 1")),
        }
    }
}

impl<const N: usize> Fixed for [u8; N] {
    const SIZE: usize = N;
    fn put(&self, out: &mut [u8]) {
        out.copy_from_slice(self);
    }
    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        bytes.try_into().map_err(|_| Corrupt("wrong length"))
    }
}

/// One byte that says whether there is a value, then the value or zeros.
impl<T: Fixed> Fixed for Option<T> {
    const SIZE: usize = 1 + T::SIZE;
    fn put(&self, out: &mut [u8]) {
        let mut w = Writer::new(out);
        match self {
            Some(value) => w.bool(true).put(value).end(),
            None => w.bool(false).zeros(T::SIZE).end(),
        }
    }
    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let value = match r.bool()? {
            true => Some(r.get()?),
            false => r.zeros(T::SIZE).map(|()| None)?,
        };
        r.end()?;
        Ok(value)
    }
}

impl Writer<'_> {
    /// Writes the lower 56 bits of a value that has no others. Panics when it has.
    pub fn u56(&mut self, value: u64) -> &mut Self {
        let [lower @ .., upper] = value.to_le_bytes();
        assert!(upper == 0, "a value of more than 56 bits");
        self.bytes(&lower)
    }

    /// Writes a flag as 0 or 1.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.put(&value)
    }
}

impl Reader<'_> {
    /// The next value of 56 bits.
    pub fn u56(&mut self) -> Result<u64, Corrupt> {
        let mut value = [0; 8];
        value[..7].copy_from_slice(self.bytes(7)?);
        Ok(u64::from_le_bytes(value))
    }

    /// The next flag; anything but 0 and 1 is corrupt.
    pub fn bool(&mut self) -> Result<bool, Corrupt> {
        self.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_little_endian_and_dense() {
        let mut bytes = [0xEE; 30];
        let mut w = Writer::new(&mut bytes);
        w.u32(0x0102_0304)
            .i16(-2)
            .bool(true)
            .bytes(&[9, 8])
            .zeros(2)
            .put(&Some(5u16))
            .u128(1)
            .end();
        assert_eq!(bytes[..14], [4, 3, 2, 1, 0xFE, 0xFF, 1, 9, 8, 0, 0, 1, 5, 0]);
        let mut r = Reader::new(&bytes);
        assert_eq!(r.u32(), Ok(0x0102_0304));
        assert_eq!(r.i16(), Ok(-2));
        assert_eq!(r.bool(), Ok(true));
        assert_eq!(r.get(), Ok([9, 8]));
        assert_eq!(r.zeros(2), Ok(()));
        assert_eq!(r.get(), Ok(Some(5u16)));
        assert_eq!(r.u128(), Ok(1));
        assert_eq!(r.end(), Ok(()));
    }

    #[test]
    fn what_no_put_can_have_written_is_refused() {
        assert!(u32::get(&[1, 2, 3]).is_err());
        assert!(u32::get(&[1, 2, 3, 4, 5]).is_err());
        assert!(bool::get(&[2]).is_err());
        assert!(Option::<u8>::get(&[0, 1]).is_err(), "an absent value leaves zeros");
        assert!(Option::<u8>::get(&[1]).is_err());
        assert!(Reader::new(&[0, 1]).zeros(2).is_err());
        assert!(Reader::new(&[0]).end().is_err());
    }

    #[test]
    fn a_value_of_56_bits_comes_back() {
        for value in [0, 1, 0x0011_2233_4455_6677, (1 << 56) - 1] {
            let mut bytes = [0xEE; 9];
            Writer::new(&mut bytes).u8(9).u56(value).u8(8).end();
            let mut r = Reader::new(&bytes);
            assert_eq!((r.u8(), r.u56(), r.u8()), (Ok(9), Ok(value), Ok(8)));
        }
    }

    #[test]
    #[should_panic(expected = "more than 56 bits")]
    fn a_value_of_more_bits_is_not_cut() {
        Writer::new(&mut [0; 7]).u56(1 << 56);
    }

    #[test]
    #[should_panic(expected = "shorter than SIZE")]
    fn a_size_that_is_too_large_is_found_at_the_first_put() {
        Writer::new(&mut [0; 5]).u32(1).end();
    }
}
