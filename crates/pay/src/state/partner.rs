//! Partners: other operators whose systems stand at the other end of a link.

use kernel::Timestamp;

use super::State;
use crate::event::{PartnerKeySet, PartnerSet, PartnerSuspended};

/// The most keys that are remembered of a partner, with those that are not believed any more.
pub const MOST_PARTNER_KEYS: usize = 64;

/// A key of a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PartnerKey {
    /// An Ed25519 public key.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// Since when it is believed.
    #[n(1)]
    pub since: Timestamp,
    /// Since when it is not any more.
    #[n(2)]
    pub until: Option<Timestamp>,
}

/// What is known of a partner beside its link.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Partner {
    /// What its wallet was called since when, the newest last: a receipt says what it was called
    /// when it was paid.
    #[n(0)]
    pub wallets: Vec<(Timestamp, String)>,
    /// Where its server is; empty while that is not known.
    #[n(1)]
    pub url: String,
    /// The most that it may hold with us, in minor units.
    #[n(2)]
    pub most_prefund: Option<u64>,
    /// Where that is written.
    #[n(3)]
    pub source: String,
    /// Its keys, the oldest first.
    #[n(4)]
    pub keys: Vec<PartnerKey>,
    /// Why no new payment crosses, and since when.
    #[n(5)]
    pub suspended: Option<(Timestamp, String)>,
}

impl Partner {
    /// What its wallet was called at a moment.
    pub fn wallet_at(&self, at: Timestamp) -> &str {
        let before = self.wallets.partition_point(|(since, _)| *since <= at);
        let (_, name) = &self.wallets[before.saturating_sub(1)];
        name
    }

    /// A key that is known, believed or not.
    pub fn key(&self, key: &[u8; 32]) -> Option<&PartnerKey> {
        self.keys.iter().find(|known| known.key == *key)
    }

    pub(crate) fn set(&mut self, now: Timestamp, fact: &PartnerSet) {
        if self.wallets.last().is_none_or(|(_, name)| *name != fact.wallet) {
            self.wallets.push((now, fact.wallet.clone()));
        }
        self.url.clone_from(&fact.url);
        self.most_prefund = fact.most_prefund;
        self.source.clone_from(&fact.source);
    }

    pub(crate) fn key_set(&mut self, now: Timestamp, fact: &PartnerKeySet) {
        if fact.trusted {
            self.keys.push(PartnerKey { key: fact.key, since: now, until: None });
            return;
        }
        let known = self.keys.iter_mut().find(|known| known.key == fact.key);
        known.expect("judged: the key is known").until = Some(now);
    }

    pub(crate) fn suspended(&mut self, now: Timestamp, fact: &PartnerSuspended) {
        self.suspended = fact.suspended.then(|| (now, fact.note.clone()));
    }
}

impl State {
    /// The partner at the other end of a link, if that is one.
    pub fn partner(&self, link: u8) -> Option<&Partner> {
        self.market.partners.get(&link)
    }

    pub(crate) fn partner_mut(&mut self, link: u8) -> &mut Partner {
        self.market.partners.get_mut(&link).expect("judged: the partner is known")
    }
}
