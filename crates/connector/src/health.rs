//! How it goes with the other company, as far as this process knows.

use kernel::Timestamp;

/// What was seen of the other company since the process began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When it last said something that was believed, a refusal too.
    pub good: Option<Timestamp>,
    /// What last went wrong, and when. It is over once `good` is later.
    pub trouble: Option<(Timestamp, Trouble)>,
    /// The keys by which the two know each other.
    pub keys: Vec<KeyInUse>,
}

impl Health {
    /// What goes wrong now: trouble that nothing good came after.
    pub fn ails(&self) -> Option<(Timestamp, Trouble)> {
        self.trouble.filter(|(at, _)| self.good.is_none_or(|good| good < *at))
    }
}

/// What can go wrong between us and another company, by what somebody has to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing came: the network, or they are away.
    NoAnswer,
    /// They answer that something is wrong on their side.
    TheirError,
    /// They say that we ask too often.
    TooFast,
    /// The clocks differ by more than a signature bears.
    Clock,
    /// What came is not proven to be theirs: an unknown key, a wrong signature, a copy.
    NotBelieved,
    /// They do not take our signature: our key, its serial number, or our merchant number.
    NotTaken,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NoAnswer,
        Self::TheirError,
        Self::TooFast,
        Self::Clock,
        Self::NotBelieved,
        Self::NotTaken,
    ];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::TheirError => "their_error",
            Self::TooFast => "too_fast",
            Self::Clock => "clock",
            Self::NotBelieved => "not_believed",
            Self::NotTaken => "not_taken",
        }
    }
}

/// Whose key it is, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOf {
    /// Ours: what we ask is signed with it.
    Ours,
    /// A certificate of theirs, by which answers are believed.
    TheirCertificate,
    /// A bare public key of theirs.
    TheirKey,
}

impl KeyOf {
    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::TheirCertificate => "their_certificate",
            Self::TheirKey => "their_key",
        }
    }
}

/// A key that is in use. Nothing secret stands here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInUse {
    /// Whose.
    pub of: KeyOf,
    /// Its serial number or name.
    pub id: String,
    /// When it ends; none where that is not known here, or it does not end.
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_over_when_something_good_came_after_it() {
        let seen = |good, trouble: Option<u64>| Health {
            good,
            trouble: trouble.map(|at| (Timestamp(at), Trouble::NoAnswer)),
            keys: Vec::new(),
        };
        assert_eq!(seen(None, None).ails(), None);
        assert!(seen(None, Some(5)).ails().is_some());
        assert!(seen(Some(Timestamp(4)), Some(5)).ails().is_some());
        assert_eq!(seen(Some(Timestamp(6)), Some(5)).ails(), None);
    }
}
