//! What the book keeps for each account and each hold.

use kernel::fixed::{Corrupt, Fixed, Reader, Writer};
use kernel::{Currency, Timestamp};

/// What an account is for (CORE, accounts of the bridge). Numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AccountKind {
    /// Opened by the operator for purposes of its own.
    Plain = 0,
    /// A person's money.
    Wallet = 1,
    /// What a merchant is owed.
    Merchant = 2,
    /// Fees earned.
    Fee = 3,
    /// The bank behind the cell: where money enters and leaves.
    Bank = 4,
    /// On its way to a merchant's bank.
    Payout = 5,
    /// Value that could not reach its account.
    Suspense = 6,
    /// The exchange position of one currency.
    Fx = 7,
    /// What was earned above the mid rate.
    Spread = 8,
    /// What we hold with the other cell.
    NostroMirror = 9,
    /// What the other cell holds with us.
    Nostro = 10,
    /// What of an operator's line a merchant's refunds may still take.
    CreditLine = 11,
    /// What the operator has put up for the refunds of one merchant.
    Receivable = 12,
    /// What another company owes for what its wallets paid.
    Connector = 13,
}

impl AccountKind {
    /// Whether an edge opens it by an id, whose tag it keeps; the others are the cell's own.
    pub const fn is_opened_by_id(self) -> bool {
        matches!(self, Self::Plain | Self::Wallet | Self::Merchant)
    }

    const ALL: [Self; 14] = [
        Self::Plain,
        Self::Wallet,
        Self::Merchant,
        Self::Fee,
        Self::Bank,
        Self::Payout,
        Self::Suspense,
        Self::Fx,
        Self::Spread,
        Self::NostroMirror,
        Self::Nostro,
        Self::CreditLine,
        Self::Receivable,
        Self::Connector,
    ];

    /// The kind of a stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The stable word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Wallet => "wallet",
            Self::Merchant => "merchant",
            Self::Fee => "fee",
            Self::Bank => "bank",
            Self::Payout => "payout",
            Self::Suspense => "suspense",
            Self::Fx => "fx",
            Self::Spread => "spread",
            Self::NostroMirror => "nostro_mirror",
            Self::Nostro => "nostro",
            Self::CreditLine => "credit_line",
            Self::Receivable => "receivable",
            Self::Connector => "connector",
        }
    }

    /// The side rule an account of this kind is opened with.
    pub const fn rule(self) -> SideRule {
        match self {
            // After a settlement, a refund leaves it owed something for a while.
            Self::Bank | Self::Fx | Self::Suspense | Self::Plain | Self::Connector => {
                SideRule::Free
            }
            Self::Receivable => SideRule::NeverOverpaid,
            _ => SideRule::NeverOverdrawn,
        }
    }
}

/// What must hold between the two sides of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SideRule {
    /// Either side may be the larger.
    Free = 0,
    /// Debits, posted and pending, never exceed posted credits.
    NeverOverdrawn = 1,
    /// Credits, posted and pending, never exceed posted debits.
    NeverOverpaid = 2,
}

impl SideRule {
    /// The rule of a stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Free, Self::NeverOverdrawn, Self::NeverOverpaid].get(usize::from(number)).copied()
    }
}

/// One account; one cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub struct Account {
    /// Minor units taken, posted.
    pub debits_posted: u64,
    /// Minor units given, posted.
    pub credits_posted: u64,
    /// Minor units that holds will take.
    pub debits_pending: u64,
    /// Minor units that holds will give.
    pub credits_pending: u64,
    /// By which a reference to it is told from a guess.
    pub tag: u64,
    /// When it was opened.
    pub opened: Timestamp,
    /// The entry of the module that owns it: a wallet's, a merchant's number.
    pub entity: u32,
    /// What its amounts are in.
    pub currency: Currency,
    /// What it is for.
    pub kind: AccountKind,
    /// What must hold between its sides.
    pub rule: SideRule,
}

impl Account {
    /// An empty account.
    pub fn new(
        kind: AccountKind,
        currency: Currency,
        tag: u64,
        entity: u32,
        opened: Timestamp,
    ) -> Self {
        Self {
            debits_posted: 0,
            credits_posted: 0,
            debits_pending: 0,
            credits_pending: 0,
            tag,
            opened,
            entity,
            currency,
            kind,
            rule: kind.rule(),
        }
    }

    /// Posted credits less posted debits.
    pub fn balance(&self) -> i128 {
        i128::from(self.credits_posted) - i128::from(self.debits_posted)
    }

    /// What may still be taken: the balance less what is held of it.
    pub fn available(&self) -> i128 {
        self.balance() - i128::from(self.debits_pending)
    }
}

impl Fixed for Account {
    const SIZE: usize = 56;

    #[inline]
    fn put(&self, out: &mut [u8]) {
        Writer::new(out)
            .u64(self.debits_posted)
            .u64(self.credits_posted)
            .u64(self.debits_pending)
            .u64(self.credits_pending)
            .u64(self.tag)
            .u64(self.opened.0)
            .u32(self.entity)
            .u16(self.currency.numeric())
            .u8(self.kind as u8)
            .u8(self.rule as u8)
            .end();
    }

    #[inline]
    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let account = Self {
            debits_posted: r.u64()?,
            credits_posted: r.u64()?,
            debits_pending: r.u64()?,
            credits_pending: r.u64()?,
            tag: r.u64()?,
            opened: Timestamp(r.u64()?),
            entity: r.u32()?,
            currency: Currency::from_numeric(r.u16()?).map_err(|_| Corrupt("currency"))?,
            kind: AccountKind::from_number(r.u8()?).ok_or(Corrupt("account kind"))?,
            rule: SideRule::from_number(r.u8()?).ok_or(Corrupt("side rule"))?,
        };
        r.end()?;
        Ok(account)
    }
}

/// A pending transfer, or what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whom it will take from.
    pub debit: u32,
    /// Whom it will give to.
    pub credit: u32,
    /// Minor units still held.
    pub remaining: u64,
    /// When it ends by itself; the epoch when only its owner ends it.
    pub expires: Timestamp,
    /// Tells the operator's holds from a guess; 0 for a hold that belongs to a payment.
    pub tag: u32,
}

impl Fixed for Hold {
    const SIZE: usize = 28;

    #[inline]
    fn put(&self, out: &mut [u8]) {
        Writer::new(out)
            .u32(self.debit)
            .u32(self.credit)
            .u64(self.remaining)
            .u64(self.expires.0)
            .u32(self.tag)
            .end();
    }

    #[inline]
    fn get(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut r = Reader::new(bytes);
        let hold = Self {
            debit: r.u32()?,
            credit: r.u32()?,
            remaining: r.u64()?,
            expires: Timestamp(r.u64()?),
            tag: r.u32()?,
        };
        r.end()?;
        Ok(hold)
    }
}
