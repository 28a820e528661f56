//! Closed legs of payers as they lie in memory: there is nothing else of which a cell that pays
//! has so many, each for months.

use kernel::Id;
use kernel::fixed::{Corrupt, Fixed};
use kernel::id::Payment;

use super::ClosedOutgoing;

/// A [`ClosedOutgoing`] in its stored bytes: no room is lost to alignment, nor to what amounts
/// can't reach. 75 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedOutgoing([u8; ClosedOutgoing::SIZE]);

impl PackedOutgoing {
    /// The payment's id, for a look-up that needs nothing else.
    #[inline]
    pub fn id(&self) -> Id<Payment> {
        let (upper, rest) = self.0.split_first_chunk().expect("an entry begins with its id");
        let lower = rest.first_chunk().expect("an entry begins with its id");
        super::whole([u64::from_le_bytes(*upper), u64::from_le_bytes(*lower)])
    }

    /// The whole leg.
    pub fn leg(&self) -> ClosedOutgoing {
        ClosedOutgoing::get(&self.0).expect("only a leg is packed")
    }
}

impl From<ClosedOutgoing> for PackedOutgoing {
    fn from(leg: ClosedOutgoing) -> Self {
        let mut bytes = [0; ClosedOutgoing::SIZE];
        leg.put(&mut bytes);
        Self(bytes)
    }
}

impl Fixed for PackedOutgoing {
    const SIZE: usize = ClosedOutgoing::SIZE;

    fn put(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }

    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        ClosedOutgoing::get(bytes).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use corridor::CaptureMode;

    use super::*;
    use crate::state::{End, Marks, halves};

    #[test]
    fn a_leg_is_packed_without_loss() {
        let id = Id::new(0x0192_1e5f_0c00_7abc_8def_0123_4567_8901);
        let most = 1 << 53;
        let leg = ClosedOutgoing {
            id: halves(id),
            store_tag: u64::MAX,
            amount: most,
            principal: most,
            spread: most,
            fee: most,
            refunded: most,
            store: u32::MAX,
            wallet: 2,
            closed_s: 3,
            link: 4,
            end: End::Captured,
            reason: None,
            marks: Marks::new(CaptureMode::Now, false),
        };
        let packed = PackedOutgoing::from(leg);
        assert_eq!((packed.id(), packed.leg()), (id, leg));
        assert_eq!((size_of::<PackedOutgoing>(), size_of::<ClosedOutgoing>()), (75, 80));
    }
}
