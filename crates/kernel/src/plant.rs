//! Bugs on purpose. A simulator that finds nothing proves nothing, so it plants each of these
//! once and must find it. Without the feature `plant` every question here is answered "no" at
//! compile time.

/// A rule that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Replies leave before their group is durable.
    AcknowledgeBeforeDurable,
    /// A message that was received is handled again.
    MessageTwice,
    /// The share of a refund is rounded up.
    RefundRoundsUp,
    /// A journal takes an append with an epoch that was succeeded.
    OldWriterAccepted,
}

#[cfg(feature = "plant")]
mod planted {
    use super::Bug;
    use std::cell::Cell;

    thread_local!(static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) });

    /// Plants a bug in this thread, or none.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    /// Whether this bug was planted in this thread.
    pub fn is_planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}

#[cfg(feature = "plant")]
pub use planted::{is_planted, plant};

/// Whether this bug was planted: never, in the product.
#[cfg(not(feature = "plant"))]
#[inline(always)]
pub const fn is_planted(_: Bug) -> bool {
    false
}
