//! The bridge, the two books, and the audit over both.

use super::{Amount, Chrome, Record, Shore, Step, Unit, Zone};

/// The bridge with its beads.
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Address of this fragment.
    pub src: String,
    /// The payment it shows.
    pub payment: Option<String>,
    /// The beads from left to right.
    pub beads: Vec<Bead>,
    /// Whether they run back: a refund.
    pub back: bool,
    /// The sentence below.
    pub note: BridgeNote,
}

/// One bead: one decision.
#[derive(Clone, Debug)]
pub struct Bead {
    /// The step.
    pub step: Step,
    /// How far it is.
    pub state: BeadState,
}

/// How far a step is.
#[derive(Clone, Debug)]
pub enum BeadState {
    /// Not its turn.
    Idle,
    /// The next to come.
    Next,
    /// Decided and durable.
    Lit {
        /// How long it took, in microseconds.
        micros: u64,
        /// Where it stands.
        record: Record,
    },
}

/// The sentence below the bridge.
#[derive(Clone, Debug)]
pub enum BridgeNote {
    /// Nothing is asked for.
    Idle,
    /// The till asks for so much.
    Asked(Amount),
    /// The rate is locked, *Pay* comes next.
    Quoted,
    /// Confirmed, not ended.
    Underway,
    /// From *Pay* to both books in so many microseconds.
    Done(u64),
    /// A refund, from the till's press to both books.
    Refunded(u64),
    /// It was declined; nothing moved.
    Declined,
}

impl Bridge {
    /// The steps of a payment, none of them lit and the first one next.
    pub fn payment(src: String) -> Bridge {
        let steps = [Step::Requested, Step::Quoted, Step::Held, Step::Captured, Step::Posted];
        let beads = steps.map(|step| Bead { step, state: BeadState::Idle }).to_vec();
        let mut bridge = Bridge { src, payment: None, beads, back: false, note: BridgeNote::Idle };
        bridge.beads[0].state = BeadState::Next;
        bridge
    }

    /// The steps of a refund, from right to left, none of them lit.
    pub fn refund(src: String) -> Bridge {
        let steps = [Step::Booked, Step::Received, Step::SentBack, Step::Taken, Step::Asked];
        let beads = steps.map(|step| Bead { step, state: BeadState::Idle }).to_vec();
        let mut bridge =
            Bridge { src, payment: None, beads, back: true, note: BridgeNote::Underway };
        bridge.beads[4].state = BeadState::Next;
        bridge
    }

    /// Turns the last two steps of a payment into a decline and its void.
    pub fn decline(&mut self) {
        self.beads[3].step = Step::Declined;
        self.beads[4].step = Step::Voided;
        self.note = BridgeNote::Declined;
    }

    /// Lights the bead of `step`; the next one in the direction of travel becomes *next*.
    pub fn light(&mut self, step: Step, micros: u64, record: Record) {
        let Some(at) = self.beads.iter().position(|b| b.step == step) else { return };
        self.beads[at].state = BeadState::Lit { micros, record };
        let next = if self.back { at.checked_sub(1) } else { Some(at + 1) };
        if let Some(bead) = next.and_then(|i| self.beads.get_mut(i))
            && matches!(bead.state, BeadState::Idle)
        {
            bead.state = BeadState::Next;
        }
    }
}

/// What each side wrote.
#[derive(Clone, Debug)]
pub struct Books {
    /// Address of this fragment.
    pub src: String,
    /// The payment, once there is one.
    pub payment: Option<String>,
    /// The payer's currency, for the name of an empty book.
    pub from: Unit,
    /// The seller's currency.
    pub to: Unit,
    /// The payer's tables, a table a currency.
    pub from_tables: Vec<LedgerTable>,
    /// The seller's tables.
    pub to_tables: Vec<LedgerTable>,
    /// Whether these are the lines of a refund.
    pub refund: bool,
}

/// The lines of one record in one currency.
#[derive(Clone, Debug)]
pub struct LedgerTable {
    /// The record that wrote them.
    pub record: Record,
    /// Their currency.
    pub unit: Unit,
    /// The lines, in the order of the record.
    pub lines: Vec<LedgerLine>,
}

/// One line: an account and what it was debited or credited, in minor units.
#[derive(Clone, Debug)]
pub struct LedgerLine {
    /// The account.
    pub account: Account,
    /// A word about the line.
    pub note: Option<LineNote>,
    /// Taken.
    pub debit: i64,
    /// Given.
    pub credit: i64,
}

/// An account, for people.
#[derive(Clone, Debug)]
pub enum Account {
    /// A wallet of this holder; none for one who was forgotten.
    Wallet(Option<String>),
    /// A merchant by name.
    Merchant(String),
    /// The exchange account of this currency.
    Exchange(Unit),
    /// The spread.
    Spread,
    /// Fees.
    Fee,
    /// What the other side holds with us.
    Nostro,
    /// What we hold with the other side.
    NostroMirror,
    /// The bank.
    Bank,
    /// Money on its way to merchants' banks.
    Payout,
    /// Value that could not reach its account.
    Suspense,
    /// What a merchant's refunds may take beyond its balance.
    CreditLine,
    /// What the operator has put up for that.
    Receivable,
    /// What another company owes, by the name of its connector.
    Connector(String),
}

/// A word about a ledger line.
#[derive(Clone, Copy, Debug)]
pub enum LineNote {
    /// At the published cross rate.
    MidRate,
    /// A share in basis points.
    Share(u32),
    /// The shop's fee in basis points.
    ShopFee(u32),
    /// Prefunded by the other side.
    Prefunded,
    /// A refund.
    Refund,
}

/// The green line: both books agree.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Address of this fragment.
    pub src: String,
    /// Payments counted.
    pub payments: u64,
    /// Differences found.
    pub differences: u64,
    /// When it was last checked, where that is shown.
    pub checked: Option<(i64, Zone)>,
}

/// The audit page: what was counted and whether it agrees.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The verdict.
    pub agreement: Agreement,
    /// When the audit ran.
    pub at: i64,
    /// Whose clocks are shown.
    pub zones: (Zone, Zone),
    /// How long it took, in microseconds.
    pub took: u64,
    /// Each cell.
    pub cells: Vec<AuditCell>,
    /// Each corridor.
    pub corridors: Vec<AuditCorridor>,
    /// The differences, the first place first.
    pub differences: Vec<Difference>,
}

/// What was replayed of one cell.
#[derive(Clone, Debug)]
pub struct AuditCell {
    /// Its short name.
    pub cell: String,
    /// The currency it is named by.
    pub unit: Unit,
    /// Which side it is on.
    pub shore: Shore,
    /// The last position replayed.
    pub position: u64,
    /// Whether the chain of hashes holds.
    pub chain: bool,
    /// What was counted, in the order shown.
    pub counts: Vec<(Count, u64)>,
    /// Debits and credits of each currency, over all accounts, in minor units.
    pub sums: Vec<AuditSum>,
}

/// Something the audit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Groups of the journal.
    Groups,
    /// Records.
    Records,
    /// Accounts.
    Accounts,
    /// Transfers.
    Transfers,
    /// Holds still open.
    OpenHolds,
    /// Payments.
    Payments,
    /// Refunds.
    Refunds,
    /// Statement rows compared with the ledger.
    Statements,
}

/// Debits and credits of one currency.
#[derive(Clone, Copy, Debug)]
pub struct AuditSum {
    /// The currency.
    pub unit: Unit,
    /// All debits, minor units.
    pub debits: i128,
    /// All credits, minor units.
    pub credits: i128,
}

/// Two books of one corridor at equal message numbers.
#[derive(Clone, Debug)]
pub struct AuditCorridor {
    /// The payer's cell.
    pub from: String,
    /// The seller's cell.
    pub to: String,
    /// The last message of the payer's cell that both have seen.
    pub sent: u64,
    /// The last message of the seller's cell that both have seen.
    pub answered: u64,
    /// Messages sent that the other side has not handled yet.
    pub under_way: u64,
    /// The nostro in the seller's book.
    pub nostro: Amount,
    /// Its mirror in the payer's book.
    pub mirror: Amount,
}

/// A place where something does not agree.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Where: `jp 201,877`, an account, a corridor.
    pub place: String,
    /// What the audit says, in English as the command line prints it.
    pub sentence: String,
}
