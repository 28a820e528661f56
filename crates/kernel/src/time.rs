//! Time as the core knows it: a number that comes in from outside.

/// Microseconds since 1970-01-01T00:00:00Z. A cell stamps one for each group of commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl Span {
    /// A length in whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// A length in whole hours.
    pub const fn hours(hours: u64) -> Self {
        Self::seconds(hours * 3_600)
    }

    /// A length in whole days of 24 hours.
    pub const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }
}

impl Timestamp {
    /// The moment `seconds` after the epoch.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whole days since the epoch, in UTC shifted by `offset` (Japan 9 h, China 8 h).
    pub const fn day(self, offset: Span) -> u32 {
        ((self.0.saturating_add(offset.0)) / Span::days(1).0) as u32
    }

    /// When the hour of UTC ends in which this moment is: work that may wait is done then, for all
    /// of the hour at once.
    #[must_use]
    pub const fn end_of_hour(self) -> Self {
        Self::from_seconds((self.seconds() / 3_600 + 1) * 3_600)
    }

    /// This moment and `span` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This moment and `span` earlier; stops at the epoch.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl<C> minicbor::Encode<C> for Timestamp {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Timestamp {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self(d.u64()?))
    }
}
