//! What a request answers, and how it is stored for repeats.

use kernel::Fault;
use kernel::id::{Account, Key, Party};
use kernel::{Id, Ref};

/// What became of one transfer of a batch that did not simply move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum TransferOutcome {
    /// It holds; the hold has this number and tag.
    #[n(0)]
    #[cbor(array)]
    Held {
        /// The hold's number.
        #[n(0)]
        number: u32,
        /// The hold's tag.
        #[n(1)]
        tag: u32,
    },
    /// It was refused, with the number of the book's refusal.
    #[n(1)]
    #[cbor(array)]
    Refused(#[n(0)] u8),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
pub enum Reply {
    /// It is done; there is nothing to tell.
    #[n(0)]
    Done,
    /// Of `pay`.
    #[n(1)]
    Pay(#[n(0)] pay::Reply),
    /// A batch: how many transfers it had, and what is to be told of those that did not simply
    /// move, by their place.
    #[n(2)]
    #[cbor(array)]
    Transfers {
        /// How many transfers the batch had.
        #[n(0)]
        count: u32,
        /// Those that hold or were refused.
        #[n(1)]
        outcomes: Vec<(u32, TransferOutcome)>,
    },
    /// An account of the operator's.
    #[n(3)]
    Account(#[n(0)] Ref<Account>),
    /// A message was handled, or had been before.
    #[n(4)]
    #[cbor(array)]
    Received {
        /// The last message handled on the link.
        #[n(0)]
        through: u64,
    },
    /// A key was issued.
    #[n(5)]
    Key(#[n(0)] Id<Key>),
    /// How many things ended or were forgotten.
    #[n(6)]
    Ticked(#[n(0)] u32),
    /// A member of a party.
    #[n(7)]
    Member(#[n(0)] Ref<Party>),
    /// A passkey was added, or had been.
    #[n(8)]
    Passkey(#[n(0)] u128),
}

impl Reply {
    /// Writes the reply behind what `out` holds.
    pub fn encode(&self, out: &mut Vec<u8>) {
        minicbor::encode(self, out).expect("writing to memory can't fail");
    }

    /// Reads what [`Self::encode`] wrote, and nothing more: a reply ends its record.
    pub fn decode(stored: &[u8]) -> Result<Self, Fault> {
        let mut decoder = minicbor::Decoder::new(stored);
        let reply = decoder.decode();
        let whole = reply.ok().filter(|_| decoder.position() == stored.len());
        whole.ok_or(Fault("a stored reply can't be read"))
    }
}
