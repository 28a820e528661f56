//! What can be asked of a cell.

use corridor::{Message, Witness};
use kernel::id::{Account, Key, Party};
use kernel::{Actor, Currency, Id, Ref, Role, Span, Timestamp};
use ledger::{SideRule, Transfer};

use crate::Fingerprint;
use crate::people::KeyForm;
use crate::people::command::*;

/// A command with who asks, and the key under which it is answered once.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// Key and content, for what a caller may send again.
    pub fingerprint: Option<Fingerprint>,
    /// What is asked.
    pub command: Command,
}

/// Opens an account of the operator's own.
#[derive(Clone, Debug)]
pub struct OpenAccount {
    /// Creates it.
    pub id: Id<Account>,
    /// In what.
    pub currency: Currency,
    /// What must hold between its sides.
    pub rule: SideRule,
}

/// A message of the other side, as the relay read it there.
#[derive(Clone, Debug)]
pub struct Receive {
    /// The link it came over.
    pub link: u8,
    /// Its number.
    pub number: u64,
    /// Where it stands in the sender's journal.
    pub position: u64,
    /// The sender's hash there, on the last message of a group.
    pub hash: Option<[u8; 32]>,
    /// What the sender's nostro for us holds after it.
    pub nostro_balance_after: Option<u64>,
    /// What it says.
    pub message: Message,
}

/// Stops new payments over a link.
#[derive(Clone, Debug)]
pub struct FreezeLink {
    /// Which.
    pub link: u8,
    /// Why.
    pub reason: corridor::FreezeReason,
}

/// Opens a link again, after an operator has looked at both books.
#[derive(Clone, Debug)]
pub struct ReopenLink {
    /// Which.
    pub link: u8,
    /// What was found.
    pub note: String,
    /// The neighbour's journal as it is to be believed from now on.
    pub seen: Witness,
    /// The last message of ours that the neighbour has handled; 0 when nobody asked it. More than we
    /// know of tells that we are an old copy: those numbers are not given again.
    pub handled: u64,
}

/// Sets the window of a link.
#[derive(Clone, Debug)]
pub struct SetWindow {
    /// Which.
    pub link: u8,
    /// The most payments that may wait for an answer.
    pub max_unanswered: u32,
    /// The longest one may wait.
    pub max_age: Span,
}

/// Issues an API key; the secret stays with its holder.
#[derive(Clone, Debug)]
pub struct IssueKey {
    /// Names it.
    pub id: Id<Key>,
    /// The hash of its secret.
    pub hash: [u8; 32],
    /// Whose it is, by number.
    pub party: u32,
    /// What its holder may act as.
    pub role: Role,
    /// When it ends; none for never.
    pub expires: Option<Timestamp>,
    /// Who acts with it, by number: the party itself or one of its members.
    pub person: u32,
    /// What it is written as.
    pub form: KeyForm,
    /// What it may be used for, one bit each as the edge has them; [`ANY_SCOPE`] for all.
    pub scopes: u32,
}

/// Every scope, also those that come later.
pub const ANY_SCOPE: u32 = u32::MAX;

/// Ends an API key at once.
#[derive(Clone, Debug)]
pub struct RevokeKey {
    /// Which.
    pub id: Id<Key>,
}

/// Every command of a cell.
#[derive(Clone, Debug)]
pub enum Command {
    /// Of `pay`.
    Pay(pay::Command),
    /// A batch of the operator's transfers.
    Transfers(Box<[Transfer]>),
    /// See the struct.
    OpenAccount(OpenAccount),
    /// See the struct.
    Receive(Box<Receive>),
    /// The neighbour's hash at the position we saw last, shown at the head of every batch.
    Greet {
        /// Over which link.
        link: u8,
        /// What it shows.
        shown: Witness,
    },
    /// See the struct.
    FreezeLink(FreezeLink),
    /// See the struct.
    ReopenLink(ReopenLink),
    /// See the struct.
    SetWindow(SetWindow),
    /// See the struct.
    IssueKey(IssueKey),
    /// See the struct.
    RevokeKey(RevokeKey),
    /// Ends what has run out and forgets what is old.
    Tick,
    /// See the struct.
    AddMember(AddMember),
    /// See the struct.
    SetDuty(SetDuty),
    /// See the struct.
    EndMember(EndMember),
    /// See the struct.
    AddPasskey(AddPasskey),
    /// See the struct.
    EndPasskey(EndPasskey),
    /// See the struct.
    OpenSession(OpenSession),
    /// See the struct.
    EndSession(EndSession),
    /// See the struct.
    SetAccessRules(SetAccessRules),
    /// See the struct.
    Signed(Box<Signed>),
    /// The key of a party that asked to be forgotten is destroyed; its API keys end, too. Said by
    /// whoever keeps the vault, and by nobody else.
    ConfirmForgotten(Ref<Party>),
}

impl Command {
    /// The stored kind: the module's number and the command's number in it.
    pub const fn kind(&self) -> [u8; 2] {
        match self {
            Self::Pay(command) => [3, command.kind()],
            Self::Transfers(_) => [1, 1],
            Self::OpenAccount(_) => [1, 2],
            Self::Receive(_) => [2, 1],
            Self::Greet { .. } => [2, 2],
            Self::FreezeLink(_) => [2, 3],
            Self::ReopenLink(_) => [2, 4],
            Self::SetWindow(_) => [2, 5],
            Self::IssueKey(_) => [0, 1],
            Self::RevokeKey(_) => [0, 2],
            Self::Tick => [0, 3],
            Self::ConfirmForgotten(_) => [0, 4],
            Self::AddMember(_) => [0, 10],
            Self::SetDuty(_) => [0, 11],
            Self::EndMember(_) => [0, 12],
            Self::AddPasskey(_) => [0, 13],
            Self::EndPasskey(_) => [0, 14],
            Self::OpenSession(_) => [0, 15],
            Self::EndSession(_) => [0, 16],
            Self::SetAccessRules(_) => [0, 17],
            // That it was signed is a fact of the record.
            Self::Signed(signed) => signed.command.kind(),
        }
    }

    /// The name of a stored kind, for documents and people.
    pub const fn name_of(kind: [u8; 2]) -> Option<&'static str> {
        Some(match kind {
            [3, of_pay] => return pay::Command::name_of(of_pay),
            [1, 1] => "Transfers",
            [1, 2] => "OpenAccount",
            [2, 1] => "Receive",
            [2, 2] => "Greet",
            [2, 3] => "FreezeLink",
            [2, 4] => "ReopenLink",
            [2, 5] => "SetWindow",
            [0, 1] => "IssueKey",
            [0, 2] => "RevokeKey",
            [0, 3] => "Tick",
            [0, 4] => "ConfirmForgotten",
            [0, 10] => "AddMember",
            [0, 11] => "SetDuty",
            [0, 12] => "EndMember",
            [0, 13] => "AddPasskey",
            [0, 14] => "EndPasskey",
            [0, 15] => "OpenSession",
            [0, 16] => "EndSession",
            [0, 17] => "SetAccessRules",
            _ => return None,
        })
    }

    /// Whether it finishes something: such a command has reserved room in the queue and goes
    /// first; new business is what is refused under load (CORE §2).
    pub const fn finishes(&self) -> bool {
        match self {
            Self::Signed(signed) => signed.command.finishes(),
            Self::Receive(_)
            | Self::Greet { .. }
            | Self::Tick
            | Self::FreezeLink(_)
            | Self::ReopenLink(_)
            | Self::EndMember(_)
            | Self::EndPasskey(_)
            | Self::EndSession(_)
            | Self::ConfirmForgotten(_) => true,
            Self::Pay(command) => matches!(
                command,
                pay::Command::CapturePayment(_)
                    | pay::Command::ReleasePayment(_)
                    | pay::Command::RefundPayment(_)
                    | pay::Command::CancelPayment(_)
                    | pay::Command::ConfirmBankFileSent(_)
                    | pay::Command::WithdrawBankFile(_)
                    | pay::Command::ResolveBankLine(_)
                    | pay::Command::UndoBankLine(_)
                    | pay::Command::ConfirmConnectorPaid(_)
                    | pay::Command::ConfirmConnectorFailed(_)
                    | pay::Command::BeginConnectorRefund(_)
                    | pay::Command::EndConnectorRefund(_)
                    | pay::Command::ReturnStray(_)
            ),
            _ => false,
        }
    }

    /// What it weighs in queue and group: 1, a batch its transfers ÷ 8 (CORE §4).
    pub fn weight(&self) -> u32 {
        match self {
            Self::Transfers(transfers) => (transfers.len() as u32).div_ceil(8).max(1),
            // Two movements each: what goes to the bank, and the fee.
            Self::Pay(pay::Command::SealBankFile(c)) => (c.entries.len() as u32 / 4).max(1),
            Self::Signed(signed) => signed.command.weight(),
            // Most lines move nothing; one that came back moves at most five times.
            Self::Pay(pay::Command::ImportStatement(c)) => (c.lines.len() as u32 / 8).max(1),
            _ => 1,
        }
    }
}

impl From<pay::Command> for Command {
    fn from(command: pay::Command) -> Self {
        Self::Pay(command)
    }
}
