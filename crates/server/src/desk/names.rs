//! Who is paid: a store as its cell has it registered, from this process's own lists or by
//! looking at it over the bridge, as a wallet does before it pays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kernel::Ref;
use kernel::id::Store;
use pay::Category;

use super::Desk;
use super::window::WalletWindow;
use crate::api::pay::looking::{Looked, Target};
use crate::authorize::Caller;
use crate::problem::Problem;
use crate::web::text::Lang;
use crate::web::view::{Foreign, Payee};

/// How many stores of other processes are remembered.
const KEEP: usize = 4_096;
/// For how long: a shop that was renamed is shown by its new name after it.
const FRESH: Duration = Duration::from_secs(600);

/// A store as it is registered.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    name: String,
    latin: Option<String>,
    /// The language of its own name, BCP 47.
    lang: &'static str,
    prefecture: u8,
    category: Option<Category>,
}

impl Registered {
    /// For the confirm page and the receipt.
    pub fn payee(&self) -> Payee {
        let latin = self.latin.as_ref();
        Payee {
            name: Foreign { text: self.name.clone(), lang: self.lang },
            reading: latin.map(|text| Foreign { text: text.clone(), lang: "en" }),
            prefecture: (1..=47).contains(&self.prefecture).then_some(self.prefecture),
            category: self.category.map(Category::mcc),
            at: None,
        }
    }

    /// The name a reader of this language can read: the shop's own, or the one in Latin letters.
    pub fn readable(&self, lang: Lang) -> Foreign {
        match (&self.latin, lang) {
            (Some(latin), Lang::En) => Foreign { text: latin.clone(), lang: "en" },
            _ => Foreign { text: self.name.clone(), lang: self.lang },
        }
    }

    /// What is shown of a store while its cell does not answer.
    fn unknown(store: Ref<Store>) -> Self {
        let name = store.to_string();
        Self { name, latin: None, lang: "en", prefecture: 0, category: None }
    }
}

/// Stores of other processes, as they were looked at.
#[derive(Default)]
pub(crate) struct Names(Mutex<HashMap<Ref<Store>, (Registered, Instant)>>);

impl Names {
    fn get(&self, store: Ref<Store>) -> Option<(Registered, bool)> {
        let known = self.0.lock().expect("no holder of this lock panics");
        known.get(&store).map(|(name, at)| (name.clone(), at.elapsed() < FRESH))
    }

    fn put(&self, store: Ref<Store>, name: Registered) {
        let mut known = self.0.lock().expect("no holder of this lock panics");
        if known.len() >= KEEP {
            known.clear();
        }
        known.insert(store, (name, Instant::now()));
    }
}

/// The language of the names that a cell's stores give themselves.
pub(crate) fn language_of(language: &str) -> &'static str {
    match language {
        "JA" => "ja",
        "ZH" => "zh-CN",
        _ => "en",
    }
}

/// What was looked at, for a page.
pub(crate) fn registered(looked: &Looked) -> Registered {
    let look = &looked.view;
    Registered {
        name: look.name.clone(),
        latin: look.latin_name.clone(),
        lang: language_of(&looked.seller.language),
        prefecture: look.prefecture,
        category: Some(look.category),
    }
}

impl Desk {
    pub(crate) fn own_language(&self, side: usize) -> &'static str {
        language_of(&self.site(side).language)
    }

    /// What a wallet's holder scanned, pasted or typed.
    pub(crate) async fn target_of(
        &self,
        window: &WalletWindow,
        code: &str,
    ) -> Result<Target, Problem> {
        let site = Arc::clone(self.site(window.side));
        let caller = Caller::of(&site, window.actor);
        Target::read(code, &self.edge, &caller).await
    }

    /// Looks at what a target names, for a wallet's holder: the one way to a shop of another cell.
    pub(crate) async fn look(
        &self,
        window: &WalletWindow,
        target: &Target,
    ) -> Result<Looked, Problem> {
        let site = Arc::clone(self.site(window.side));
        let caller = Caller::of(&site, window.actor);
        Ok(target.look(&self.edge, &caller).await?.value)
    }

    /// A store that a wallet pays or paid. While its cell does not answer, what was known of it
    /// last, or its number.
    pub(crate) async fn store_of(
        &self,
        window: &WalletWindow,
        store: Ref<Store>,
    ) -> Result<Registered, Problem> {
        if let Some(side) = self.side_of(store.cell) {
            return self.own_store(side, store).await;
        }
        let kept = self.names.get(store);
        if let Some((name, true)) = kept {
            return Ok(name);
        }
        match self.look(window, &Target::named(store, None)).await {
            Ok(looked) => {
                let name = registered(&looked);
                self.names.put(store, name.clone());
                Ok(name)
            }
            Err(problem) => {
                tracing::debug!(code = problem.code, %store, "a shop can't be looked at");
                Ok(kept.map_or_else(|| Registered::unknown(store), |(name, _)| name))
            }
        }
    }

    async fn own_store(&self, side: usize, store: Ref<Store>) -> Result<Registered, Problem> {
        let found = self.read(side, move |views| views.store(store)).await?;
        let row =
            found.ok_or_else(|| Problem::new("store_not_found", "There is no such store."))?;
        Ok(Registered {
            name: row.name,
            latin: row.latin_name,
            lang: self.own_language(side),
            prefecture: row.prefecture,
            category: Some(row.category),
        })
    }
}
