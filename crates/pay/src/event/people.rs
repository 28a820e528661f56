//! The facts of who takes part: parties, wallets, merchants with their stores and tills.

use kernel::id::{Merchant, Party, Refund, Store, Till, Wallet};
use kernel::{Currency, Id, Ref, Role};

use crate::state::Standing;
use crate::terms::Category;

facts! {
    /// A party became known.
    PartyRegistered {
        0 /// Its reference.
        party: Ref<Party>,
        1 /// What it does here.
        role: Role,
        2 /// The id that created it: under it the vault keeps who it is.
        id: Id<Party>,
    }
    /// A wallet was opened.
    WalletOpened {
        0 /// Its reference; the number is its account's.
        wallet: Ref<Wallet>,
        1 /// Whose it is, by number.
        party: u32,
        2 /// Its entry.
        entry: u32,
    }
    /// A merchant was registered.
    MerchantRegistered {
        0 /// Its reference; the number is its account's.
        merchant: Ref<Merchant>,
        1 /// Whose it is, by number.
        party: u32,
        2 /// Its public name.
        name: String,
        3 /// What it is paid in.
        currency: Currency,
        4 /// Its entry.
        entry: u32,
    }
    /// A store was opened.
    StoreOpened {
        0 /// Its reference.
        store: Ref<Store>,
        1 /// Its merchant, by entry.
        merchant: u32,
        2 /// Its public name.
        name: String,
        3 /// The name in Latin letters.
        latin_name: Option<String>,
        4 /// The city, in Latin letters.
        city: String,
        5 /// Its trade.
        category: Category,
        6 /// Its prefecture.
        prefecture: u8,
    }
    /// A store takes payments, or does not.
    StoreOpenSet {
        0 /// Which store.
        store: u32,
        1 /// Whether.
        open: bool,
    }
    /// A till was added.
    TillAdded {
        0 /// Its reference.
        till: Ref<Till>,
        1 /// Where it stands.
        store: u32,
        2 /// What the shop calls it.
        name: String,
    }
    /// A party asked to be forgotten: nothing new is done for it, and its key is to be destroyed.
    ForgetAsked {
        0 /// Which, by number.
        party: u32,
    }
    /// Nothing of a party can be read any more.
    PartyForgotten {
        0 /// Which, by number.
        party: u32,
    }
    /// An operator lets a merchant's refunds exceed its balance, up to a limit.
    CreditLineSet {
        0 /// The merchant's entry.
        merchant: u32,
        1 /// The account of what may still be drawn.
        line: u32,
        2 /// The account of what the operator has put up.
        receivable: u32,
        3 /// The most that the merchant may owe, in minor units.
        limit: u64,
        4 /// The contract it comes from.
        source: String,
    }
    /// A part of a refund was paid from the merchant's credit line.
    CreditDrawn {
        0 /// The merchant's entry.
        merchant: u32,
        1 /// Minor units.
        amount: u64,
        2 /// Which refund.
        refund: Id<Refund>,
    }
    /// A sale repaid what was drawn before.
    CreditRepaid {
        0 /// The merchant's entry.
        merchant: u32,
        1 /// Minor units.
        amount: u64,
    }
    /// A merchant awaits its review: it registered itself.
    ReviewAsked {
        0 /// The merchant's entry.
        merchant: u32,
    }
    /// Staff decided about a merchant.
    MerchantReviewed {
        0 /// The merchant's entry.
        merchant: u32,
        1 /// Where it stands from now on.
        standing: Standing,
    }
    /// The bank account of a merchant was set; which it is, the vault knows. One that was approved
    /// awaits a new review.
    PayoutAccountSet {
        0 /// The merchant's entry.
        merchant: u32,
        1 /// How many times its account was set by now.
        number: u32,
    }
}
