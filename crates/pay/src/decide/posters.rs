//! What hangs in a store: ids of other networks, places with codes of their own, and what is paid
//! at one of them.

use std::collections::BTreeSet;

use kernel::id::{Payment, Store as StoreKind};
use kernel::{Context, Currency, Id, Ref, Timestamp};
use ledger::Draft;

use super::{Facts, World, amount, text};
use crate::command::{PlaceWords, SetAcceptance, SetPlaces};
use crate::emvco::Signboard;
use crate::event::{AcceptanceSet, PlacesSet, SalePlaced};
use crate::state::{Acceptance, Network, Place, Posters, Store, judged, longest};
use crate::{Event, Refusal, Reply};

/// What hangs in a store.
#[derive(Clone, Debug, PartialEq)]
pub struct PostersView {
    /// Which.
    pub store: Ref<StoreKind>,
    /// The ids of other networks that hold now.
    pub acceptance: Option<Acceptance>,
    /// Those that hold next, and from when.
    pub next: Option<(Timestamp, Acceptance)>,
    /// The places, by number.
    pub places: Vec<Place>,
}

/// The most ids of other networks on one code; the code's own length is judged besides.
const MOST_NETWORKS: usize = 12;
/// The most places that one command sets or withdraws.
const AT_ONCE: usize = Place::MOST;

impl World<'_> {
    pub(super) fn set_acceptance<E: Facts>(
        &self,
        context: &Context,
        c: &SetAcceptance,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let unfit = |problem: &str| Refusal::AcceptanceUnfit { problem: problem.to_owned() };
        text("source", &c.acceptance.source, 120)?;
        if c.acceptance.networks.len() > MOST_NETWORKS {
            return Err(unfit("there are more than 12 ids; leave some out"));
        }
        shape(&c.acceptance).map_err(unfit)?;
        let store = self.own_store(context, c.store)?;
        let currency = self.pay.merchant_of(store).currency;
        if c.from < context.now.minus(kernel::Span::days(1)) {
            return Err(Refusal::OutOfRange { field: "from (not before yesterday)" });
        }
        fits(&c.acceptance, store, currency)?;
        draft.add(Event::from(AcceptanceSet {
            store: c.store.number,
            from: c.from,
            acceptance: c.acceptance.clone(),
            by: context.actor.into(),
        }));
        Ok(Reply::Done)
    }

    pub(super) fn set_places<E: Facts>(
        &self,
        context: &Context,
        c: &SetPlaces,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if c.set.len() > AT_ONCE || c.end.len() > AT_ONCE {
            return Err(Refusal::TooManyPlaces { most: AT_ONCE });
        }
        let mut labels = BTreeSet::new();
        for words in &c.set {
            words_fit(words)?;
            if !labels.insert(words.label.as_str()) {
                return Err(Refusal::PlaceTwice { label: words.label.clone() });
            }
        }
        let store = self.own_store(context, c.store)?;
        let empty = Posters::default();
        let known = self.pay.posters(store.reference.number).unwrap_or(&empty);
        let (places, given) = (&known.places, known.given);
        let labelled = |label: &str| places.values().find(|place| place.label == label);
        let mut ended = BTreeSet::new();
        for label in &c.end {
            let place = labelled(label).filter(|_| !labels.contains(label.as_str()));
            let place = place.ok_or_else(|| Refusal::PlaceNotFound { label: label.clone() })?;
            ended.insert(place.number);
        }
        let (mut set, mut next) = (Vec::new(), given);
        for words in &c.set {
            if let Some(old) = labelled(&words.label) {
                if (old.amount, &old.reference) == (words.amount, &words.reference) {
                    continue;
                }
                ended.insert(old.number);
            }
            next = next.checked_add(1).ok_or(Refusal::CellFull)?;
            let PlaceWords { label, amount, reference } = words.clone();
            set.push(Place { number: next, label, amount, reference });
        }
        if places.len() + set.len() - ended.len() > Place::MOST {
            return Err(Refusal::TooManyPlaces { most: Place::MOST });
        }
        if !set.is_empty() || !ended.is_empty() {
            draft.add(Event::from(PlacesSet {
                store: c.store.number,
                set,
                ended: ended.into_iter().collect(),
                by: context.actor.into(),
            }));
        }
        Ok(Reply::Done)
    }

    /// The ids of other networks that hold for a store at a moment; none where there are none.
    fn acceptance_at(&self, now: Timestamp, store: u32) -> Option<&Acceptance> {
        let known = self.pay.posters(store)?.acceptance.at(now);
        known.filter(|known| !known.networks.is_empty() || known.postal.is_some())
    }

    /// What hangs in a store, as anybody may know it who stands before it.
    ///
    /// # Errors
    /// That there is no such store.
    pub fn posters(&self, now: Timestamp, store: Ref<StoreKind>) -> Result<PostersView, Refusal> {
        let known = self.pay.store(store).ok_or(Refusal::StoreNotFound)?;
        let number = known.reference.number;
        let empty = Posters::default();
        let posters = self.pay.posters(number).unwrap_or(&empty);
        let mut later = posters.acceptance.all().filter(|(from, _)| *from > now);
        Ok(PostersView {
            store,
            acceptance: self.acceptance_at(now, number).cloned(),
            next: later.next().map(|(from, acceptance)| (from, acceptance.clone())),
            places: posters.places.values().cloned().collect(),
        })
    }

    /// A place of a store whose code has not been withdrawn.
    ///
    /// # Errors
    /// That there is no such store, or place.
    pub fn place(&self, store: Ref<StoreKind>, number: u16) -> Result<&Place, Refusal> {
        let known = self.pay.store(store).ok_or(Refusal::StoreNotFound)?;
        let posters = self.pay.posters(known.reference.number);
        let place = posters.and_then(|posters| posters.places.get(&number));
        place.ok_or(Refusal::PlaceWithdrawn)
    }

    /// Writes down at which place a sale was paid, as it is now; the sale's own fact stands before.
    pub(super) fn placed<E: Facts>(
        &self,
        payment: Id<Payment>,
        store: Ref<StoreKind>,
        place: Option<u16>,
        draft: &mut Draft<E>,
    ) {
        if let Some(place) = place.and_then(|number| self.place(store, number).ok()) {
            let (store, place) = (store.number, place.clone());
            draft.add(Event::from(SalePlaced { payment, store, place }));
        }
    }
}

/// Whether ids have the form that they must have, whatever the store is.
fn shape(acceptance: &Acceptance) -> Result<(), &'static str> {
    let plain = |value: &str, most: usize| {
        (1..=most).contains(&value.chars().count())
            && value.trim() == value
            && !value.chars().any(|c| c.is_control() || super::is_hidden(c))
    };
    if let Some(postal) = &acceptance.postal {
        let digits = postal.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !digits || !(1..=10).contains(&postal.len()) {
            return Err("the postal code has 1 to 10 letters, digits and hyphens");
        }
    }
    let (mut tags, mut schemes, mut jpqr) = (BTreeSet::new(), BTreeSet::new(), 0);
    for network in &acceptance.networks {
        if !plain(network.name(), 25) {
            return Err("a wallet's name has 1 to 25 characters that can be seen");
        }
        match network {
            Network::Jpqr(_) => jpqr += 1,
            Network::Number { tag, value, .. } => {
                if !(2..=25).contains(tag) {
                    return Err("the tag of a number is 2 to 25; what has a name is a template");
                }
                if !value.bytes().all(|byte| byte.is_ascii_graphic()) || !plain(value, 99) {
                    return Err("a number has 1 to 99 letters, digits and marks, without spaces");
                }
                if !tags.insert(*tag) {
                    return Err("two ids have one tag; leave one out");
                }
            }
            Network::Template { scheme, entries, .. } => {
                if !scheme.bytes().all(|byte| byte.is_ascii_graphic()) || !plain(scheme, 32) {
                    return Err("the name of a template has 1 to 32 letters, digits and dots");
                }
                if scheme == "enishi.pay" || scheme == "jp.or.paymentsjapan" {
                    return Err("this template is written by itself; JPQR's ids are given as such");
                }
                let mut seen = BTreeSet::new();
                let fits = |(tag, value): &(u8, String)| {
                    (1..=99).contains(tag) && plain(value, 99) && seen.insert(*tag)
                };
                if entries.is_empty() || !entries.iter().all(fits) {
                    return Err("a template has fields 01 to 99, each once, with a value");
                }
                if !schemes.insert(scheme.as_str()) {
                    return Err("two templates have one name; leave one out");
                }
            }
        }
    }
    if jpqr > 1 { Err("JPQR's ids stand there twice; leave one out") } else { Ok(()) }
}

/// Whether a store's codes can carry the ids, the longest that may come: JPQR's rules, and
/// 512 characters in all.
fn fits(acceptance: &Acceptance, store: &Store, currency: Currency) -> Result<(), Refusal> {
    let (name, local) = judged(&store.name, store.latin_name.as_deref());
    let mut board = Signboard {
        category: store.category.mcc(),
        currency: currency.numeric(),
        exponent: currency.exponent(),
        // Which country it is, the cell's edge knows, and judges JPQR's rule again when it writes.
        country: "JP".to_owned(),
        name,
        city: store.city.clone(),
        postal: None,
        local,
        terminal: None,
        jpqr: None,
        others: Vec::new(),
    };
    let judged = acceptance.onto(&mut board).and_then(|()| longest(&board));
    judged.map_err(|error| Refusal::AcceptanceUnfit { problem: error.to_string() })
}

fn words_fit(words: &PlaceWords) -> Result<(), Refusal> {
    text("label", &words.label, 25)?;
    if let Some(reference) = &words.reference {
        text("reference", reference, 25)?;
    }
    // `***` asks the payer's wallet to ask the payer.
    let asks = |value: &str| value == crate::emvco::ASK_PAYER;
    if asks(&words.label) || words.reference.as_deref().is_some_and(asks) {
        return Err(Refusal::TextUnfit { field: "label or reference (not ***)", most: 25 });
    }
    words.amount.map_or(Ok(()), |minor| {
        amount(minor)?;
        // What a code can write: 13 characters.
        if minor > 9_999_999_999 { Err(Refusal::AmountTooLarge) } else { Ok(()) }
    })
}
