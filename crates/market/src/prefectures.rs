//! The 47 prefectures of Japan, in the official order.

/// A prefecture and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefecture {
    /// ISO 3166-2, such as `JP-21`.
    pub iso: &'static str,
    /// JIS X 0401, two digits, such as `21`.
    pub jis: &'static str,
    /// In Japanese with its suffix: `岐阜県`.
    pub name_ja: &'static str,
    /// In simplified Chinese with its suffix: `岐阜县`.
    pub name_zh: &'static str,
    /// In English without one: `Gifu`.
    pub name_en: &'static str,
}

/// The prefecture of an ISO 3166-2 code, as it is written: `JP-21`.
pub fn by_iso(iso: &str) -> Option<&'static Prefecture> {
    ALL.iter().find(|prefecture| prefecture.iso == iso)
}

/// The prefecture of a JIS X 0401 code of two digits: `21`.
pub fn by_jis(jis: &str) -> Option<&'static Prefecture> {
    ALL.iter().find(|prefecture| prefecture.jis == jis)
}

/// All of them, north to south as the codes run.
pub const ALL: [Prefecture; 47] = [
    prefecture("JP-01", "北海道", "北海道", "Hokkaido"),
    prefecture("JP-02", "青森県", "青森县", "Aomori"),
    prefecture("JP-03", "岩手県", "岩手县", "Iwate"),
    prefecture("JP-04", "宮城県", "宫城县", "Miyagi"),
    prefecture("JP-05", "秋田県", "秋田县", "Akita"),
    prefecture("JP-06", "山形県", "山形县", "Yamagata"),
    prefecture("JP-07", "福島県", "福岛县", "Fukushima"),
    prefecture("JP-08", "茨城県", "茨城县", "Ibaraki"),
    prefecture("JP-09", "栃木県", "栃木县", "Tochigi"),
    prefecture("JP-10", "群馬県", "群马县", "Gunma"),
    prefecture("JP-11", "埼玉県", "埼玉县", "Saitama"),
    prefecture("JP-12", "千葉県", "千叶县", "Chiba"),
    prefecture("JP-13", "東京都", "东京都", "Tokyo"),
    prefecture("JP-14", "神奈川県", "神奈川县", "Kanagawa"),
    prefecture("JP-15", "新潟県", "新潟县", "Niigata"),
    prefecture("JP-16", "富山県", "富山县", "Toyama"),
    prefecture("JP-17", "石川県", "石川县", "Ishikawa"),
    prefecture("JP-18", "福井県", "福井县", "Fukui"),
    prefecture("JP-19", "山梨県", "山梨县", "Yamanashi"),
    prefecture("JP-20", "長野県", "长野县", "Nagano"),
    prefecture("JP-21", "岐阜県", "岐阜县", "Gifu"),
    prefecture("JP-22", "静岡県", "静冈县", "Shizuoka"),
    prefecture("JP-23", "愛知県", "爱知县", "Aichi"),
    prefecture("JP-24", "三重県", "三重县", "Mie"),
    prefecture("JP-25", "滋賀県", "滋贺县", "Shiga"),
    prefecture("JP-26", "京都府", "京都府", "Kyoto"),
    prefecture("JP-27", "大阪府", "大阪府", "Osaka"),
    prefecture("JP-28", "兵庫県", "兵库县", "Hyogo"),
    prefecture("JP-29", "奈良県", "奈良县", "Nara"),
    prefecture("JP-30", "和歌山県", "和歌山县", "Wakayama"),
    prefecture("JP-31", "鳥取県", "鸟取县", "Tottori"),
    prefecture("JP-32", "島根県", "岛根县", "Shimane"),
    prefecture("JP-33", "岡山県", "冈山县", "Okayama"),
    prefecture("JP-34", "広島県", "广岛县", "Hiroshima"),
    prefecture("JP-35", "山口県", "山口县", "Yamaguchi"),
    prefecture("JP-36", "徳島県", "德岛县", "Tokushima"),
    prefecture("JP-37", "香川県", "香川县", "Kagawa"),
    prefecture("JP-38", "愛媛県", "爱媛县", "Ehime"),
    prefecture("JP-39", "高知県", "高知县", "Kochi"),
    prefecture("JP-40", "福岡県", "福冈县", "Fukuoka"),
    prefecture("JP-41", "佐賀県", "佐贺县", "Saga"),
    prefecture("JP-42", "長崎県", "长崎县", "Nagasaki"),
    prefecture("JP-43", "熊本県", "熊本县", "Kumamoto"),
    prefecture("JP-44", "大分県", "大分县", "Oita"),
    prefecture("JP-45", "宮崎県", "宫崎县", "Miyazaki"),
    prefecture("JP-46", "鹿児島県", "鹿儿岛县", "Kagoshima"),
    prefecture("JP-47", "沖縄県", "冲绳县", "Okinawa"),
];

const fn prefecture(
    iso: &'static str,
    name_ja: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
) -> Prefecture {
    // Japan's ISO codes are `JP-` and the JIS code.
    let jis = iso.split_at(3).1;
    Prefecture { iso, jis, name_ja, name_zh, name_en }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_run_from_1_to_47() {
        for (at, prefecture) in ALL.iter().enumerate() {
            assert_eq!(prefecture.jis, format!("{:02}", at + 1));
            assert_eq!(prefecture.iso, format!("JP-{}", prefecture.jis));
            assert_eq!(by_iso(prefecture.iso), Some(prefecture));
            assert_eq!(by_jis(prefecture.jis), Some(prefecture));
        }
        assert_eq!(by_iso("JP-48"), None);
        assert_eq!(by_iso("jp-21"), None);
        assert_eq!(by_jis("1"), None);
    }

    #[test]
    fn every_name_is_its_own_and_ends_as_it_should() {
        let distinct = |name: fn(&Prefecture) -> &'static str| {
            ALL.iter().map(name).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(distinct(|prefecture| prefecture.name_ja), 47);
        assert_eq!(distinct(|prefecture| prefecture.name_zh), 47);
        assert_eq!(distinct(|prefecture| prefecture.name_en), 47);
        for Prefecture { name_ja, name_zh, name_en, .. } in ALL {
            assert!(name_ja.ends_with(['県', '都', '府', '道']), "{name_ja}");
            assert!(name_zh.ends_with(['县', '都', '府', '道']), "{name_zh}");
            assert!(name_en.chars().all(|c| c.is_ascii_alphabetic()), "{name_en}");
        }
    }
}
