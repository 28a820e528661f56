//! The terms that ship are read, and say where they come from.
#![allow(missing_docs, clippy::unwrap_used)]

use market::{rates, terms};

/// The reason that is given for the bound is true of the rates that ship.
#[test]
fn no_day_that_ships_would_wait_for_a_second_person() {
    let terms = terms::shipped().rates;
    let history = rates::shipped();
    let mut furthest = 0;
    for pair in history.days().windows(2) {
        for (code, new) in &pair[0].per_euro {
            let Some(old) = pair[1].rate(code) else { continue };
            let scaled = |rate: rates::Decimal, other: rates::Decimal| {
                u128::from(rate.digits) * 10_u128.pow(u32::from(other.scale))
            };
            let (old, new) = (scaled(old, *new), scaled(*new, old));
            furthest = furthest.max(old.abs_diff(new) * 10_000 / old.min(new));
        }
    }
    assert!((340..350).contains(&furthest), "the comment of terms.toml: {furthest}");
    assert!(u128::from(terms.max_move_bps) > 2 * furthest);
    assert!(terms.max_age_days > 5 && !terms.source.is_empty());
}

#[test]
fn limits_that_ship_name_their_classes_and_their_source() {
    let mut names = std::collections::BTreeSet::new();
    for place in terms::shipped().jurisdictions {
        assert!(place.classes.contains(&place.default) && !place.source.is_empty());
        for limit in place.limits {
            assert!(names.insert(limit.id.clone()), "{} is there twice", limit.id);
            assert!(limit.id.starts_with(&place.cell) && limit.id.len() <= 40, "{}", limit.id);
            assert!(limit.classes.iter().all(|class| place.classes.contains(class)));
            let told = [&limit.source, &limit.section];
            assert!(limit.most > 0 && told.iter().all(|text| !text.is_empty()), "{}", limit.id);
            assert!(limit.source.len() <= 120 && limit.section.len() <= 80, "{}", limit.id);
        }
        for safeguard in place.safeguards {
            assert!(safeguard.share_bps <= 10_000 && !safeguard.source.is_empty());
            assert!(safeguard.source.len() <= 120, "{}", safeguard.source);
        }
    }
    assert_eq!(names.len(), 7);
}
