//! Who comes, when, and what they buy: invented numbers, named one by one so that a page can show
//! them beside what is computed from their payments.

use pay::Category;

/// The numbers of the model. None is taken from a report, and none is fitted to one.
#[derive(Clone, Debug)]
pub struct Model {
    /// How many trips begin in each month, January first, against the mean month of a year, in
    /// per cent.
    pub season_percent: [u64; 12],
    /// By how much more trips begin a year later, in per cent.
    pub more_trips_percent: u64,
    /// By how much more a purchase comes to a year later, in per cent.
    pub dearer_percent: u64,
    /// How many of a thousand trips are of somebody who was there before.
    pub returning_per_mille: u64,
    /// The days of a trip, at least and at most.
    pub trip_days: (u64, u64),
    /// Purchases on a day of a trip, at least and at most.
    pub purchases_a_day: (u64, u64),
    /// How many of a thousand purchases are given back, all or in part.
    pub refunded_per_mille: u64,
    /// How many purchases of residents, with wallets of their own cell, come to a thousand of
    /// visitors'.
    pub residents_per_mille: u64,
    /// How often visitors go to each prefecture, in the order of JIS X 0401.
    pub prefectures: [u64; 47],
    /// In which month from the start the first shops of each prefecture open: none for the start.
    pub opening_months: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            season_percent: [92, 108, 90, 112, 96, 88, 128, 132, 86, 118, 74, 76],
            more_trips_percent: 24,
            dearer_percent: 7,
            returning_per_mille: 280,
            trip_days: (3, 8),
            purchases_a_day: (1, 3),
            refunded_per_mille: 14,
            residents_per_mille: 60,
            prefectures: PREFECTURES,
            opening_months: 20,
        }
    }
}

/// A thousand and some: where planes land and trains stop oftenest first comes to mind.
const PREFECTURES: [u64; 47] = [
    80, 4, 4, 8, 3, 4, 4, 4, 8, 6, 8, 36, 240, 40, 5, 8, 14, 4, 20, 18, 16, 20, 52, 8, 6, 130, 200,
    24, 30, 8, 3, 3, 7, 14, 5, 3, 4, 4, 3, 62, 3, 10, 9, 14, 4, 8, 58,
];

/// What a purchase of a trade comes to, in yen, and how often there is one.
pub(crate) struct Trade {
    pub category: Category,
    pub least: u64,
    pub most: u64,
    pub weight: u64,
}

const fn trade(category: Category, least: u64, most: u64, weight: u64) -> Trade {
    Trade { category, least, most, weight }
}

/// Every trade, with those first that any place has.
pub(crate) const TRADES: [Trade; 8] = [
    trade(Category::Restaurant, 780, 6_400, 30),
    trade(Category::DailyNeeds, 240, 5_200, 26),
    trade(Category::Attraction, 500, 3_600, 9),
    trade(Category::Lodging, 7_800, 42_000, 4),
    trade(Category::Transport, 210, 3_200, 13),
    trade(Category::DepartmentStore, 1_200, 48_000, 11),
    trade(Category::AirportShop, 800, 22_000, 5),
    trade(Category::Other, 300, 4_000, 2),
];

impl Model {
    /// How many trips begin on a day against other days: `month` counts from the start.
    pub(crate) fn trips_weight(&self, month: u64, of_year: usize) -> u64 {
        // In thousandths, by the month, so that December and January of two years do not jump.
        let grown = grown(self.more_trips_percent, month);
        self.season_percent[of_year % 12] * grown
    }

    /// What an amount has grown to, `month` months from the start.
    pub(crate) fn dearer(&self, yen: u64, month: u64) -> u64 {
        (yen * grown(self.dearer_percent, month) / 1_000 / 10 * 10).max(10)
    }
}

/// 1,000 at the start, and so many per cent more of what it was a year before, month by month.
fn grown(percent: u64, months: u64) -> u64 {
    let mut year = 1_000;
    for _ in 0..months / 12 {
        year = year * (100 + percent) / 100;
    }
    year + year * percent * (months % 12) / 1_200
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_later_it_is_so_many_per_cent_more() {
        assert_eq!((grown(24, 0), grown(24, 12), grown(24, 24)), (1_000, 1_240, 1_537));
        assert_eq!(grown(24, 6), 1_120);
        let model = Model::default();
        assert_eq!(model.season_percent.iter().sum::<u64>(), 1_200, "a mean month is 100");
        assert!(model.prefectures.iter().all(|weight| *weight > 0));
    }
}
