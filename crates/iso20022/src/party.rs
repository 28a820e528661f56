//! Who, at which bank, with which account.

use crate::text::Text;
use crate::write::Out;

/// A person or business, by its name (`Nm`), and by the number that its bank gave it
/// (`Id/OrgId/Othr/Id`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name, in the characters that its bank takes.
    pub name: Text<140>,
    /// Its number with its bank.
    pub number: Option<Text<35>>,
}

/// A bank and, where banks have such, the branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Its BIC (`BICFI`, in the older messages `BIC`).
    pub bic: Option<Text<11>>,
    /// The clearing system that numbers it, as `JPZGN` or `CNAPS`, and its number there.
    pub member: Option<(Text<5>, Text<35>)>,
    /// Its name.
    pub name: Option<Text<140>>,
    /// The number of the branch.
    pub branch: Option<Text<35>>,
}

/// The number of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountId {
    /// An IBAN; neither Japan nor China has them.
    Iban(Text<34>),
    /// The number that the bank uses.
    Other(Text<34>),
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its kind as its country numbers them (`Tp/Prtry`): in Japan 1 普通, 2 当座, 4 貯蓄, 9 その他.
    pub kind: Option<Text<35>>,
}

impl AccountId {
    /// The number, whichever it is.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Iban(number) | Self::Other(number) => number.as_str(),
        }
    }
}

impl Party {
    pub(crate) fn write(&self, out: &mut Out) {
        out.leaf("Nm", &self.name);
        if let Some(number) = &self.number {
            out.within("Id", |out| {
                out.within("OrgId", |out| out.within("Othr", |out| out.leaf("Id", number)));
            });
        }
    }
}

impl Agent {
    /// `bic` is the name of the element of the BIC: it changed between versions.
    pub(crate) fn write(&self, out: &mut Out, bic: &'static str) {
        out.within("FinInstnId", |out| {
            out.maybe(bic, self.bic.as_ref());
            if let Some((system, member)) = &self.member {
                out.within("ClrSysMmbId", |out| {
                    out.within("ClrSysId", |out| out.leaf("Cd", system));
                    out.leaf("MmbId", member);
                });
            }
            out.maybe("Nm", self.name.as_ref());
        });
        if let Some(branch) = &self.branch {
            out.within("BrnchId", |out| out.leaf("Id", branch));
        }
    }
}

impl Account {
    pub(crate) fn write(&self, out: &mut Out) {
        out.within("Id", |out| match &self.id {
            AccountId::Iban(number) => out.leaf("IBAN", number),
            AccountId::Other(number) => out.within("Othr", |out| out.leaf("Id", number)),
        });
        if let Some(kind) = &self.kind {
            out.within("Tp", |out| out.leaf("Prtry", kind));
        }
    }
}
