//! The 47 prefectures: their names in three languages and their shapes on the map; and the trades.
//!
//! Shapes: `assets/japan.csv`, made from the map of Japan of MapSVG (CC BY 4.0, see
//! `assets/CREDITS.md`): moved and scaled, the islands south of Kyushu drawn in an inset.

use std::sync::LazyLock;

use super::text::Lang;

/// A prefecture as the map needs it; coordinates in the map's own units.
pub struct Prefecture {
    /// ISO 3166-2:JP number, 1–47.
    pub code: u8,
    names: [&'static str; 3],
    /// A point well inside it.
    pub at: (f32, f32),
    /// Free places for its label, the best first.
    pub labels: Vec<LabelSpot>,
    /// Its outline.
    pub path: &'static str,
}

/// Where a label may stand without covering land.
#[derive(Clone, Copy)]
pub struct LabelSpot {
    /// The end of the leader.
    pub at: (f32, f32),
    /// How the label hangs on that end.
    pub hang: Hang,
}

/// On which side of its leader a label stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hang {
    /// To the right.
    Start,
    /// To the left.
    End,
    /// Below.
    Below,
    /// Above.
    Above,
}

static ALL: LazyLock<Vec<Prefecture>> = LazyLock::new(|| {
    let shapes = include_str!("../../assets/japan.csv").lines().skip(1);
    let names = include_str!("../../assets/prefectures.csv").lines().skip(1);
    shapes.zip(names).map(|(shape, names)| read(shape, names)).collect()
});

fn read(shape: &'static str, names: &'static str) -> Prefecture {
    const FORM: &str = "the two files of prefectures have 47 rows each: a test reads them";
    let mut cells = shape.splitn(5, ',');
    let mut next = || cells.next().expect(FORM);
    let (iso, x, y, labels, path) = (next(), next(), next(), next(), next());
    let mut words = names.split(',').skip(1);
    let mut word = || words.next().expect(FORM);
    let (ja, zh, en) = (word(), word(), word());
    Prefecture {
        code: iso[3..].parse().expect(FORM),
        names: [zh, ja, en],
        at: (x.parse().expect(FORM), y.parse().expect(FORM)),
        labels: labels.split(' ').filter_map(spot).collect(),
        path,
    }
}

fn spot(text: &str) -> Option<LabelSpot> {
    let mut parts = text.split(':');
    let at = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let hang = match parts.next()? {
        "s" => Hang::Start,
        "e" => Hang::End,
        "u" => Hang::Above,
        _ => Hang::Below,
    };
    Some(LabelSpot { at, hang })
}

impl Prefecture {
    /// Its name in this language.
    pub fn name(&self, lang: Lang) -> &'static str {
        self.names[lang as usize]
    }
}

/// All 47 in the order of their numbers.
pub fn all() -> &'static [Prefecture] {
    &ALL
}

/// The prefecture with this number.
pub fn by_code(code: u8) -> Option<&'static Prefecture> {
    ALL.get(usize::from(code).checked_sub(1)?)
}

/// The name of the prefecture with this number.
pub fn name(lang: Lang, code: u8) -> Option<&'static str> {
    by_code(code).map(|p| p.name(lang))
}

/// The message of a merchant category code (ISO 18245), in the seven groups people know.
pub const fn category_key(mcc: u16) -> &'static str {
    match mcc {
        5811..=5814 | 5462 => "category-food",
        5411 | 5422..=5499 | 5912 | 5122 | 5331 => "category-daily",
        3501..=3999 | 7011 => "category-lodging",
        3000..=3500 | 4011..=4131 | 4411 | 4511 | 4789 | 7512..=7519 => "category-transport",
        7032 | 7829..=7999 => "category-culture",
        5000..=5999 => "category-shopping",
        _ => "category-services",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_47_are_in_order_and_have_a_shape_three_names_and_a_place_for_a_label() {
        assert_eq!(all().len(), 47);
        for (i, p) in all().iter().enumerate() {
            assert_eq!(usize::from(p.code), i + 1);
            assert!(p.path.starts_with('M') && p.path.ends_with('z'), "{}", p.code);
            assert!(!p.labels.is_empty(), "{}", p.code);
            assert!(Lang::ALL.iter().all(|l| !p.name(*l).is_empty()));
        }
        assert_eq!(name(Lang::Zh, 4), Some("宫城县"));
        assert_eq!(name(Lang::Ja, 21), Some("岐阜県"));
        assert_eq!((name(Lang::En, 0), name(Lang::En, 48)), (None, None));
    }

    #[test]
    fn trades_fall_into_groups_with_a_word() {
        for (mcc, key) in [
            (5812, "category-food"),
            (5411, "category-daily"),
            (5942, "category-shopping"),
            (7011, "category-lodging"),
            (4111, "category-transport"),
            (7991, "category-culture"),
            (8099, "category-services"),
        ] {
            assert_eq!(category_key(mcc), key);
            assert!(Lang::ALL.iter().all(|l| l.find(key, &[]).is_some()), "{key}");
        }
    }
}
