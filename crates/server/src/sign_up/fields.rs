//! What a shop types, and everything that is wrong with it.

use bankfile::{HolderName, NameError};
use banks::NoBank;
use kana::Why;
use pay::Category;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::payee::{BankAccount, Kind};
use crate::web::places;
use crate::web::text::Lang;

/// The most characters of a name on a code.
const MOST_NAME: usize = 25;
/// The most characters of a city on a code.
const MOST_CITY: usize = 15;
/// The digits of an account number.
const ACCOUNT: usize = 7;

/// The fields of the form, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// The shop's name as customers know it, up to 25 characters.
    #[schema(example = "そば処 山ぼうし")]
    pub name: String,
    /// The same in Latin letters, up to 25 characters.
    #[schema(example = "Yamaboshi Soba")]
    pub latin_name: String,
    /// Its trade.
    #[schema(example = "restaurant")]
    pub category: String,
    /// The number of its prefecture (JIS X 0401).
    #[schema(example = "21")]
    pub prefecture: String,
    /// Its city in Latin letters, up to 15 characters.
    #[schema(example = "Takayama")]
    pub city: String,
    /// The four digits of its bank's code.
    #[schema(example = "2476")]
    pub bank: String,
    /// The three digits of the branch's code.
    #[schema(example = "001")]
    pub branch: String,
    /// The seven digits of the number of its ordinary account.
    #[schema(example = "0044174")]
    pub account: String,
    /// The account's holder in kana, as the passbook has it.
    #[schema(example = "ソバドコロ ヤマボウシ")]
    pub holder: String,
}

/// What was typed, fit to open a shop.
#[derive(Clone, Debug)]
pub struct Checked {
    /// See [`Fields::name`].
    pub name: String,
    /// See [`Fields::latin_name`].
    pub latin_name: String,
    /// See [`Fields::category`].
    pub category: Category,
    /// See [`Fields::prefecture`].
    pub prefecture: u8,
    /// See [`Fields::city`].
    pub city: String,
    /// Bank, branch, number and holder.
    pub account: BankAccount,
}

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field of the form.
    pub field: &'static str,
    /// The message that says it.
    pub key: &'static str,
    /// What stands in the message.
    pub with: Vec<(&'static str, String)>,
}

impl Wrong {
    const fn new(field: &'static str, key: &'static str) -> Self {
        Self { field, key, with: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.with.push((name, value.to_string()));
        self
    }

    /// The sentence that says what is wrong and what to do.
    pub fn sentence(&self, lang: Lang) -> String {
        let with: Vec<(&str, &str)> =
            self.with.iter().map(|(name, value)| (*name, value.as_str())).collect();
        lang.tf(self.key, &with)
    }
}

impl Fields {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the form.
    pub fn check(&self) -> Result<Checked, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut keep = |told: Option<Wrong>| wrong.extend(told);
        keep(name("name", &self.name, MOST_NAME));
        keep(
            name("latin_name", &self.latin_name, MOST_NAME)
                .or_else(|| latin("latin_name", &self.latin_name)),
        );
        let category = Category::from_word(self.category.trim());
        keep(category.is_none().then_some(Wrong::new("category", "signup-wrong-category")));
        let prefecture =
            self.prefecture.trim().parse().ok().filter(|code| places::by_code(*code).is_some());
        keep(prefecture.is_none().then_some(Wrong::new("prefecture", "signup-wrong-prefecture")));
        keep(name("city", &self.city, MOST_CITY).or_else(|| latin("city", &self.city)));
        let account = self.account_of(Kind::Ordinary);
        match (category, prefecture, account, wrong.is_empty()) {
            (Some(category), Some(prefecture), Ok(account), true) => Ok(Checked {
                name: self.name.trim().to_owned(),
                latin_name: self.latin_name.trim().to_owned(),
                category,
                prefecture,
                city: self.city.trim().to_owned(),
                account,
            }),
            (.., account, _) => {
                wrong.extend(account.err().unwrap_or_default());
                Err(wrong)
            }
        }
    }

    /// Reads the bank account that was typed, of a kind.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the form.
    pub fn account_of(&self, kind: Kind) -> Result<BankAccount, Vec<Wrong>> {
        let (bank, branch) = (self.bank_of(), self.branch_of());
        let bank_code = bank.as_ref().map_or_else(|_| String::new(), |it| it.code.to_string());
        let branch_code = branch.as_ref().map_or_else(|_| String::new(), |it| it.code.to_string());
        let number = digits(&self.account);
        let found = [bank.err(), branch.err(), account_digits(&number), self.holder_of().err()];
        let wrong: Vec<Wrong> = found.into_iter().flatten().collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        BankAccount::try_new(&bank_code, &branch_code, kind, &number, &self.holder)
            .map_err(|_| vec![Wrong::new("account", "signup-wrong-account")])
    }

    /// The name of the bank of the code that was typed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn bank_of(&self) -> Result<&'static banks::Bank, Wrong> {
        let code = match digits(&self.bank).parse() {
            Ok(code) => code,
            Err(_) => {
                return only(banks::shipped().search(self.bank.trim(), 2))
                    .ok_or_else(|| Wrong::new("bank", "signup-wrong-bank-code"));
            }
        };
        banks::shipped().bank(code).map_err(|why| match why {
            NoBank::Unknown(code) => Wrong::new("bank", "signup-wrong-bank").with("code", code),
            NoBank::Closed(code) => {
                Wrong::new("bank", "signup-wrong-bank-closed").with("code", code)
            }
        })
    }

    /// The branch of the code that was typed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn branch_of(&self) -> Result<&'static banks::Branch, Wrong> {
        // Of a bank that is not known nothing can be said.
        let bank = self.bank_of().map_err(|_| Wrong::new("branch", "signup-wrong-branch-bank"))?;
        let code = match digits(&self.branch).parse() {
            Ok(code) => code,
            Err(_) => {
                return only(bank.search(self.branch.trim(), 2))
                    .ok_or_else(|| Wrong::new("branch", "signup-wrong-branch-code"));
            }
        };
        bank.branch(code).map_err(|_| {
            Wrong::new("branch", "signup-wrong-branch").with("code", code).with("bank", &bank.name)
        })
    }

    /// The holder as the bank is sent it.
    ///
    /// # Errors
    /// What can't be written, and where; or that it is too long.
    pub fn holder_of(&self) -> Result<HolderName, Wrong> {
        HolderName::read(&self.holder).map_err(|why| match why {
            NameError::Empty => Wrong::new("holder", "signup-wrong-holder-empty"),
            NameError::TooLong { length, most, cut } => {
                Wrong::new("holder", "signup-wrong-holder-long")
                    .with("length", length)
                    .with("most", most)
                    .with("cut", cut)
            }
            NameError::Unwritable(unwritable) => match unwritable.problems.first() {
                Some(first) => Wrong::new("holder", unwritable_key(first.why))
                    .with("at", first.at)
                    .with("found", shown(&first.found)),
                None => Wrong::new("holder", "signup-wrong-holder-empty"),
            },
        })
    }
}

/// What a name finds, if that is one thing.
fn only<T>(found: Vec<&'static T>) -> Option<&'static T> {
    if let [only] = found[..] { Some(only) } else { None }
}

const fn unwritable_key(why: Why) -> &'static str {
    match why {
        Why::Kanji => "signup-wrong-holder-kanji",
        Why::MiddleDot => "signup-wrong-holder-dot",
        Why::Letter => "signup-wrong-holder-letter",
        Why::Invisible => "signup-wrong-hidden",
        Why::NoName => "signup-wrong-holder-empty",
        Why::TooLong => "signup-wrong-holder-endless",
        _ => "signup-wrong-holder-sign",
    }
}

/// What was typed, without what can't be seen.
fn shown(found: &str) -> String {
    found.chars().filter(|c| !c.is_control() && !pay::is_hidden(*c)).take(20).collect()
}

/// Digits in whatever width they were typed, without what people put between them.
pub fn digits(typed: &str) -> String {
    let narrow = typed.chars().map(|c| match c {
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        other => other,
    });
    narrow.filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | 'ー' | '‐' | '−')).collect()
}

/// A name that customers read: short, plain, and no markup.
fn name(field: &'static str, typed: &str, most: usize) -> Option<Wrong> {
    let typed = typed.trim();
    let length = typed.chars().count();
    if typed.is_empty() {
        return Some(Wrong::new(field, "signup-wrong-empty"));
    }
    if typed.chars().any(|c| c.is_control() || pay::is_hidden(c)) {
        return Some(Wrong::new(field, "signup-wrong-hidden"));
    }
    if typed.contains(['<', '>']) {
        return Some(Wrong::new(field, "signup-wrong-markup"));
    }
    let long = || Wrong::new(field, "signup-wrong-long").with("length", length).with("most", most);
    (length > most).then(long)
}

/// Codes carry it for wallets of any country.
fn latin(field: &'static str, typed: &str) -> Option<Wrong> {
    let plain = typed.trim().chars().all(|c| matches!(c, ' '..='~'));
    (!plain).then_some(Wrong::new(field, "signup-wrong-latin"))
}

fn account_digits(typed: &str) -> Option<Wrong> {
    if typed.is_empty() {
        return Some(Wrong::new("account", "signup-wrong-account-empty"));
    }
    if !typed.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Wrong::new("account", "signup-wrong-account"));
    }
    let few = || {
        Wrong::new("account", "signup-wrong-account-few")
            .with("digits", typed.len())
            .with("padded", format!("{typed:0>ACCOUNT$}"))
    };
    let many = || Wrong::new("account", "signup-wrong-account-many").with("digits", typed.len());
    match typed.len() {
        length if length < ACCOUNT => Some(few()),
        ACCOUNT => None,
        _ => Some(many()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right() -> Fields {
        let text = str::to_owned;
        Fields {
            name: text("そば処 山ぼうし"),
            latin_name: text("Yamaboshi Soba"),
            category: text("restaurant"),
            prefecture: text("21"),
            city: text("Takayama"),
            bank: text("2476"),
            branch: text("001"),
            account: text("0044174"),
            holder: text("ソバドコロ ヤマボウシ"),
        }
    }

    fn told(change: impl FnOnce(&mut Fields)) -> Vec<(&'static str, &'static str)> {
        let mut fields = right();
        change(&mut fields);
        match fields.check() {
            Ok(_) => Vec::new(),
            Err(wrong) => {
                for lang in Lang::ALL {
                    for one in &wrong {
                        let sentence = one.sentence(lang);
                        assert!(sentence != one.key && !sentence.contains('{'), "{sentence}");
                    }
                }
                wrong.into_iter().map(|wrong| (wrong.field, wrong.key)).collect()
            }
        }
    }

    #[test]
    fn what_is_right_is_taken_however_it_is_typed() {
        assert_eq!(told(|_| ()), []);
        let wide = |f: &mut Fields| {
            (f.bank, f.account) = ("２４７６".into(), "００4-4174 ".into());
        };
        assert_eq!(told(wide), []);
        let named = |f: &mut Fields| f.bank = "飛騨信用組合".into();
        assert_eq!(told(named), []);
        let checked = right().check().unwrap();
        assert_eq!(checked.account.holder().kana().to_string(), "ｿﾊﾞﾄﾞｺﾛ ﾔﾏﾎﾞｳｼ");
        assert_eq!(checked.account.bank().name, "飛騨信組");
    }

    #[test]
    fn each_thing_to_mend_is_told_at_its_field() {
        let six = Fields { account: "044174".into(), ..right() }.check().unwrap_err();
        let sentence = six[0].sentence(Lang::En);
        let said = "That is 6 digits. If yours is shorter, put zeros before it: 0044174.";
        assert_eq!((six.len(), sentence.as_str()), (1, said));
        type Row = (fn(&mut Fields), (&'static str, &'static str));
        let rows: [Row; 20] = [
            (|f| f.name = "  ".into(), ("name", "signup-wrong-empty")),
            (|f| f.name = "<b>x</b>".into(), ("name", "signup-wrong-markup")),
            (|f| f.name = "x\u{202e}y".into(), ("name", "signup-wrong-hidden")),
            (|f| f.name = "x\u{200b}y".into(), ("name", "signup-wrong-hidden")),
            (|f| f.name = "x\ny".into(), ("name", "signup-wrong-hidden")),
            (|f| f.name = "あ".repeat(26), ("name", "signup-wrong-long")),
            (|f| f.latin_name = "山".into(), ("latin_name", "signup-wrong-latin")),
            (|f| f.category = "x".into(), ("category", "signup-wrong-category")),
            (|f| f.prefecture = "48".into(), ("prefecture", "signup-wrong-prefecture")),
            (|f| f.city = "a".repeat(16), ("city", "signup-wrong-long")),
            (|f| f.branch = "存在しない".into(), ("branch", "signup-wrong-branch-code")),
            (|f| f.branch = "999".into(), ("branch", "signup-wrong-branch")),
            (|f| f.account = String::new(), ("account", "signup-wrong-account-empty")),
            (|f| f.account = "12345678".into(), ("account", "signup-wrong-account-many")),
            (|f| f.account = "004417x".into(), ("account", "signup-wrong-account")),
            (|f| f.holder = "山星".into(), ("holder", "signup-wrong-holder-kanji")),
            (|f| f.holder = "ア".repeat(60), ("holder", "signup-wrong-holder-long")),
            (|f| f.holder = "ア\u{202e}".into(), ("holder", "signup-wrong-hidden")),
            (|f| f.holder = String::new(), ("holder", "signup-wrong-holder-empty")),
            (|f| f.holder = "ア・イ".into(), ("holder", "signup-wrong-holder-dot")),
        ];
        for (change, expected) in rows {
            assert_eq!(told(change), [expected]);
        }
        let bank = told(|f| f.bank = "存在しない".into());
        assert_eq!(
            bank,
            [("bank", "signup-wrong-bank-code"), ("branch", "signup-wrong-branch-bank")]
        );
        let all = Fields::default().check().unwrap_err();
        let fields: Vec<_> = all.iter().map(|wrong| wrong.field).collect();
        let order = [
            "name",
            "latin_name",
            "category",
            "prefecture",
            "city",
            "bank",
            "branch",
            "account",
            "holder",
        ];
        assert_eq!(fields, order);
    }
}
