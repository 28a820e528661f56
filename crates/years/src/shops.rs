//! The shops of the model: named by what they are, so that nobody takes one for a real one.

use kernel::id::{Merchant, Store};
use kernel::{Currency, Ref, Role, Timestamp};
use market::prefectures;
use pay::Category;
use pay::command::{AddTill, OpenStore, RegisterMerchant, RegisterParty};

use crate::YearsError;
use crate::model::{Model, TRADES};
use crate::place::Place;
use crate::random::Rng;

/// A shop that opens in a month of the model.
pub(crate) struct Planned {
    /// JIS X 0401.
    pub prefecture: u8,
    pub trade: usize,
    pub number: u64,
    /// Counted from the start.
    pub opens: u64,
}

/// A shop that is open.
pub(crate) struct Shop {
    pub prefecture: u8,
    pub trade: usize,
    pub store: Ref<Store>,
    /// Who gives refunds.
    pub party: u32,
}

/// Which shops open when: a place that visitors go to often has them from the start, and all
/// trades; the others open some within the model's months.
pub(crate) fn plan(model: &Model, seed: u64) -> Vec<Planned> {
    let mut rng = Rng::new(seed, 1);
    let mut planned = Vec::new();
    let whole: u64 = model.prefectures.iter().sum();
    for (prefecture, weight) in (1_u8..).zip(model.prefectures) {
        let often = weight * 1_000 / whole >= 15;
        let first = if often { 0 } else { rng.below(model.opening_months) };
        let trades = if often { TRADES.len() } else { 4 };
        for trade in 0..trades {
            let several = if often { 1 + weight * 1_000 / whole / 40 } else { 1 };
            for number in 1..=several {
                let later = if number == 1 { 0 } else { rng.below(model.opening_months) };
                planned.push(Planned { prefecture, trade, number, opens: first + later });
            }
        }
    }
    planned
}

/// In Japanese, and in Latin letters, of which a name on a code has 25 at most.
fn words(category: Category) -> (&'static str, &'static str) {
    match category {
        Category::Restaurant => ("食堂", "Food"),
        Category::AirportShop => ("空港売店", "Airport"),
        Category::DepartmentStore => ("百貨店", "Dept"),
        Category::Attraction => ("見学所", "Sights"),
        Category::Lodging => ("宿", "Inn"),
        Category::Transport => ("交通", "Transit"),
        Category::DailyNeeds => ("日用品店", "Daily"),
        Category::Other => ("店", "Shop"),
    }
}

/// Opens shops, by the operator's commands.
pub(crate) fn open(
    cell: &mut Place,
    at: Timestamp,
    planned: &[&Planned],
) -> Result<Vec<Shop>, YearsError> {
    let registered = planned
        .iter()
        .map(|_| RegisterParty { id: cell.id(at), role: Role::Merchant }.into())
        .collect::<Vec<pay::Command>>();
    let parties = cell.found(at, registered)?;
    let mut merchants = Vec::new();
    for (plan, reply) in planned.iter().zip(parties) {
        let pay::Reply::Party(party) = reply else {
            return Err(cell.refused(format!("{reply:?}")));
        };
        let (name, _) = names(plan);
        let id = cell.id(at);
        let register = RegisterMerchant { id, party, name, currency: Currency::JPY };
        merchants.push((party, register.into()));
    }
    let (parties, commands): (Vec<_>, Vec<_>) = merchants.into_iter().unzip();
    let merchants = cell.found(at, commands)?;
    let mut stores = Vec::new();
    for (plan, reply) in planned.iter().zip(merchants) {
        let pay::Reply::Merchant(view) = reply else {
            return Err(cell.refused(format!("{reply:?}")));
        };
        stores.push(open_store(cell, at, plan, view.merchant));
    }
    let mut shops = Vec::new();
    let mut tills = Vec::new();
    for ((plan, party), reply) in planned.iter().zip(parties).zip(cell.found(at, stores)?) {
        let pay::Reply::Store(store) = reply else {
            return Err(cell.refused(format!("{reply:?}")));
        };
        tills.push(AddTill { id: cell.id(at), store, name: "1".to_owned() }.into());
        let Planned { prefecture, trade, .. } = **plan;
        shops.push(Shop { prefecture, trade, store, party: party.number });
    }
    cell.found(at, tills)?;
    Ok(shops)
}

fn open_store(
    cell: &mut Place,
    at: Timestamp,
    plan: &Planned,
    merchant: Ref<Merchant>,
) -> pay::Command {
    let (name, latin_name) = names(plan);
    let known = &prefectures::ALL[usize::from(plan.prefecture) - 1];
    OpenStore {
        id: cell.id(at),
        merchant,
        name,
        latin_name: Some(latin_name),
        city: known.name_en.to_owned(),
        category: TRADES[plan.trade].category,
        prefecture: plan.prefecture,
    }
    .into()
}

fn names(plan: &Planned) -> (String, String) {
    let known = &prefectures::ALL[usize::from(plan.prefecture) - 1];
    let (ja, en) = words(TRADES[plan.trade].category);
    let Planned { number, .. } = plan;
    (
        format!("模擬 {} {ja} {number}", known.name_ja),
        format!("Sim {} {en} {number}", known.name_en),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_prefecture_has_its_shops_in_the_end() {
        let planned = plan(&Model::default(), 7);
        let all: BTreeSet<u8> = planned.iter().map(|plan| plan.prefecture).collect();
        assert_eq!(all, (1..=47).collect());
        let first: BTreeSet<u8> =
            planned.iter().filter(|plan| plan.opens == 0).map(|plan| plan.prefecture).collect();
        assert!(first.contains(&13) && first.len() < 47, "{}", first.len());
    }
}
