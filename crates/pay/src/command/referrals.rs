//! Who brought whom.

use kernel::id::{Merchant, Proposal, Wallet};
use kernel::{Id, Ref, Timestamp};

use crate::state::ReferrerTerms;

/// What is asked about referrers and those they bring.
#[derive(Clone, Debug)]
pub enum Refer {
    /// Sets from a moment on what a referrer gets of what the cell earns on payments of those it
    /// brings. A change waits for a second person.
    Set {
        /// Names the proposal that it becomes where a second person has to agree.
        id: Id<Proposal>,
        /// Who it is: its account takes the shares.
        merchant: Ref<Merchant>,
        /// From when.
        from: Timestamp,
        /// The terms.
        terms: ReferrerTerms,
        /// Why, for the second person.
        note: String,
    },
    /// The holder of a wallet came by a referrer's link, and agrees.
    Begin {
        /// Whose payments count.
        wallet: Ref<Wallet>,
        /// The referrer's word.
        word: String,
    },
    /// The holder of a wallet wants no referrer any more.
    End {
        /// Whose payments count no more.
        wallet: Ref<Wallet>,
    },
}
