//! Records one behind the other, each after its length in 4 bytes.

/// Bytes of the length before each record.
pub(crate) const FRAME: usize = 4;

/// The records of a group in order.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (record, rest) = split_frame(self.rest)?;
        self.rest = rest;
        self.left -= 1;
        Some(record)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Records<'_> {}

fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<FRAME>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// The records in `body`, which [`is_framed`].
pub(crate) fn framed(body: &[u8], count: u32) -> Records<'_> {
    Records { rest: body, left: count as usize }
}

/// Whether `body` is exactly `count` framed records.
pub(crate) fn is_framed(body: &[u8], count: u32) -> bool {
    let (mut rest, mut found) = (body, 0_u64);
    while let Some((_, behind)) = split_frame(rest) {
        rest = behind;
        found += 1;
    }
    rest.is_empty() && found == u64::from(count)
}
