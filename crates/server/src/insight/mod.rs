//! Figures over months: what shops sold, what visitors spent on their trips, how it grew, and the
//! figures that a newspaper reported beside the same computed here.
//!
//! The page, the API and the report ask the same functions, so that all three say the same.
//!
//! **Invariants.** Growth is told of months that have ended, against months that the cell was there
//! for all of and in which there was something; else it says why not. What was reported is never an
//! input. People and trips are counted in the cell that has their wallets: nothing crosses the
//! bridge by which two payments could be known to be one person's.
//!
//! **Absent.** Markup, HTTP, estimates.

pub mod file;
pub mod growth;
pub mod headlines;
pub mod sales;
pub mod simulated;
pub mod trips;

use kernel::{Currency, Span, Timestamp};
use pay::Category;
use views::{Month, Views, ViewsError};

pub use growth::{Change, NoGrowth, Past};
pub use headlines::Headline;
pub use sales::{Asked, Sales};
pub use simulated::Simulated;
pub use trips::Abroad;

/// The longest span that is shown.
pub const MOST_MONTHS: u32 = 60;

/// Whose past it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Provenance {
    /// A model drew it.
    Simulated(Simulated),
    /// A demonstration's own payments.
    Demo,
    /// That of the cell.
    #[default]
    Own,
}

/// What is read: the lists of the cell that sells and of the one whose people pay over a bridge,
/// where this process has them, each with the currency that it is named by.
#[derive(Clone)]
pub struct Sources {
    /// The shops' cell.
    pub shops: Option<(Views, Currency)>,
    /// The visitors' cell.
    pub visitors: Option<(Views, Currency)>,
    /// In what the wallets of other cells are kept, by the cell's name, where that is known.
    pub wallets: Vec<(String, Currency)>,
    /// Whose past it is.
    pub provenance: Provenance,
    /// When it is asked.
    pub now: Timestamp,
}

/// What a form asks for; what it leaves out is chosen for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The first month.
    pub first: Option<Month>,
    /// The last month.
    pub last: Option<Month>,
    /// Of one prefecture alone.
    pub prefecture: Option<u8>,
    /// Of one trade alone.
    pub category: Option<Category>,
    /// Of one kind of wallets alone.
    pub wallet: Option<String>,
}

/// All that the page and the report show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Whose past it is.
    pub provenance: Provenance,
    /// What was reported, and the same of here.
    pub headlines: Vec<Headline>,
    /// What is asked for.
    pub asked: Asked,
    /// The months that there are; none before the first payment.
    pub months: Option<(Month, Month)>,
    /// The kinds of wallets that paid, ever: their keys.
    pub keys: Vec<String>,
    /// In what the wallets of other cells are kept.
    pub wallets: Vec<(String, Currency)>,
    /// The shops' side.
    pub sales: Option<Sales>,
    /// The visitors' side.
    pub abroad: Option<Abroad>,
    /// Up to when the lists know the cells.
    pub now: Timestamp,
}

/// Why nothing can be told of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The last month is before the first.
    Backwards,
    /// It is more than [`MOST_MONTHS`].
    TooMany,
    /// The month is not there yet.
    NotYet,
}

impl Wrong {
    /// Why, for people who know months.
    pub fn sentence(self) -> String {
        match self {
            Self::Backwards => "The last month is before the first.".to_owned(),
            Self::TooMany => format!("Ask for {MOST_MONTHS} months at most."),
            Self::NotYet => "That month has not come yet.".to_owned(),
        }
    }
}

impl Past {
    /// What a cell can tell of its own past.
    ///
    /// # Errors
    /// When the views can't be read.
    pub fn read(views: &Views, now: Timestamp) -> Result<Self, ViewsError> {
        let (today, _) = views.clock(now)?;
        let this = Month::of_day(today);
        let first_whole = match views.since()? {
            None => this.plus(1),
            Some(since) => {
                let (day, _) = views.clock(since)?;
                let is_first =
                    Timestamp::from_seconds(u64::from(day) * 86_400).date(Span(0)) % 100 == 1;
                let month = Month::of_day(day);
                if is_first { month } else { month.plus(1) }
            }
        };
        Ok(Self { first_whole, this })
    }
}

impl Wanted {
    /// The months that are asked for, or the newest year of those that there are.
    ///
    /// # Errors
    /// Why nothing can be told of them.
    pub fn months(
        &self,
        past: Past,
        known: Option<(Month, Month)>,
    ) -> Result<(Month, Month), Wrong> {
        let newest = match known {
            // The newest that have ended; at the beginning, whatever there is.
            Some((first, last)) => {
                past.last_year(last).unwrap_or((first.max(last.minus(11)), last))
            }
            None => (past.this, past.this),
        };
        let months = match (self.first, self.last) {
            (None, None) => newest,
            (Some(first), None) => (first, newest.1.max(first)),
            (None, Some(last)) => (last.minus(11), last),
            (Some(first), Some(last)) => (first, last),
        };
        if months.1 < months.0 {
            Err(Wrong::Backwards)
        } else if months.1.0 - months.0.0 >= MOST_MONTHS {
            Err(Wrong::TooMany)
        } else if months.1 > past.this {
            Err(Wrong::NotYet)
        } else {
            Ok(months)
        }
    }
}

/// Reads everything that is shown. What can't be told of is replaced by the newest year, and said.
///
/// # Errors
/// When the views can't be read.
pub fn gather(from: &Sources, wanted: &Wanted) -> Result<(Shown, Option<Wrong>), ViewsError> {
    let past_of = |of: &Option<(Views, Currency)>| -> Result<Option<Past>, ViewsError> {
        of.as_ref().map(|(views, _)| Past::read(views, from.now)).transpose()
    };
    let (shops_past, visitors_past) = (past_of(&from.shops)?, past_of(&from.visitors)?);
    let mut known: Option<(Month, Month)> = None;
    for (views, _) in from.shops.iter().chain(&from.visitors) {
        if let Some((first, last)) = views.months()? {
            let so_far = known.get_or_insert((first, last));
            *so_far = (so_far.0.min(first), so_far.1.max(last));
        }
    }
    let nowhere = Past { first_whole: Month(0), this: Month(0) };
    let past = shops_past.or(visitors_past).unwrap_or(nowhere);
    let (months, wrong) = match wanted.months(past, known) {
        Ok(months) => (months, None),
        Err(wrong) => {
            let newest = Wanted::default().months(past, known);
            (newest.unwrap_or((past.this, past.this)), Some(wrong))
        }
    };
    let Wanted { prefecture, category, wallet, .. } = wanted.clone();
    let asked = Asked { months, prefecture, category, wallet };
    let year = |past: Past| known.and_then(|(_, last)| past.last_year(last));
    let mut shown = Shown {
        provenance: from.provenance.clone(),
        headlines: Vec::new(),
        asked: asked.clone(),
        months: known,
        keys: Vec::new(),
        wallets: from.wallets.clone(),
        sales: None,
        abroad: None,
        now: from.now,
    };
    let mut heads = (None, None);
    if let (Some((views, currency)), Some(past)) = (&from.shops, shops_past) {
        let found = sales::read(views, &asked, past)?;
        let found = found.into_iter().find(|sales| sales.currency == *currency);
        shown.sales = Some(found.unwrap_or_else(|| Sales::none(*currency, months, past)));
        shown.keys = views.wallets_of_sales()?.iter().map(sales::key).collect();
        heads.0 = Some(headlines::of_shops(views, *currency, past, year(past))?);
    }
    if let (Some((views, currency)), Some(past)) = (&from.visitors, visitors_past) {
        let found = trips::read(views, months, past)?;
        let found = found.into_iter().find(|abroad| abroad.currency == *currency);
        shown.abroad = Some(found.unwrap_or_else(|| Abroad::none(*currency, months, past)));
        heads.1 = Some(headlines::of_visitors(views, *currency, past, year(past))?);
    }
    shown.headlines = headlines::ordered(heads.0, heads.1);
    Ok((shown, wrong))
}
