//! Values for tests, and strategies that make any that a file can carry.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]
#![allow(dead_code, reason = "each file of tests uses a part")]

use bankfile::{
    AccountKind, Amount, BankFile, Batch, ClearingHouse, CustomerCode, EdiText, HolderName,
    NewCode, Office, OfficeName, Originator, OriginatorName, OwnAccountKind, Reference, Transfer,
    TransferKind,
};
use banks::{BankCode, BranchCode};
use calendar::MonthDay;
use proptest::prelude::*;

/// A branch of the directory.
pub fn office(bank: &str, branch: &str) -> Office {
    let bank = banks::shipped().bank(bank.parse().unwrap()).unwrap();
    Office::of(bank, bank.branch(branch.parse().unwrap()).unwrap())
}

/// An account at Hida Credit Union.
pub fn originator() -> Originator {
    Originator {
        code: "1234567890".parse().unwrap(),
        name: OriginatorName::read("株式会社エニシ").unwrap(),
        office: office("2476", "001"),
        account_kind: OwnAccountKind::Ordinary,
        account: "0123456".parse().unwrap(),
    }
}

/// A transfer to an ordinary account.
pub fn transfer(bank: &str, branch: &str, holder: &str, amount: u64) -> Transfer {
    let holder = HolderName::read(&holder.replace("京都", "キョウト")).unwrap();
    let amount = Amount::try_new(amount).unwrap();
    let account = "7654321".parse().unwrap();
    Transfer::new(office(bank, branch), AccountKind::Ordinary, account, holder, amount)
}

/// A file of one batch to Hida's branch 002.
pub fn file(amounts: &[u64]) -> BankFile {
    let transfers =
        amounts.iter().map(|amount| transfer("2476", "002", "ヤマボシソバ", *amount)).collect();
    let date = MonthDay::try_new(11, 2).unwrap();
    BankFile::try_new(vec![Batch::try_new(originator(), date, transfers).unwrap()]).unwrap()
}

fn names<T: std::fmt::Debug>(
    pattern: &'static str,
    read: impl Fn(&str) -> Option<T> + 'static,
) -> impl Strategy<Value = T> {
    pattern.prop_filter_map("does not fit", move |typed| read(&typed))
}

fn offices() -> impl Strategy<Value = Office> {
    let name = || names("[ア-ンA-Z0-9ー ]{0,15}", |typed| OfficeName::read(typed).ok());
    (0_u16..=9_999, name(), 0_u16..=999, name()).prop_map(
        |(bank, bank_name, branch, branch_name)| Office {
            bank: BankCode::try_new(bank).unwrap(),
            bank_name,
            branch: BranchCode::try_new(branch).unwrap(),
            branch_name,
        },
    )
}

fn references() -> impl Strategy<Value = Reference> {
    let code = || {
        prop_oneof![Just(0), Just(9_999_999_999), 0_u64..=9_999_999_999]
            .prop_map(|number| CustomerCode::try_new(number).unwrap())
    };
    prop_oneof![
        (code(), code()).prop_map(|(first, second)| Reference::Codes(first, second)),
        names(r"[ヲア-ンA-Z0-9「」()./\\ ー]{0,20}", |typed| EdiText::read(typed).ok())
            .prop_map(Reference::Edi),
    ]
}

fn transfers() -> impl Strategy<Value = Transfer> {
    let amount = prop_oneof![Just(1), Just(9_999_999_999), 1_u64..=9_999_999_999];
    let holder = names("[ア-ンA-Z0-9().ー ]{1,30}", |typed| HolderName::read(typed).ok());
    (
        offices(),
        (0_usize..4, 0_usize..3, 0_usize..3),
        0_u64..=9_999_999,
        holder,
        amount,
        references(),
        0_u64..=9_999,
    )
        .prop_map(
            |(office, (account_kind, new, kind), account, holder, amount, reference, house)| {
                Transfer {
                    office,
                    account_kind: AccountKind::ALL[account_kind],
                    account: bankfile::AccountNumber::try_new(account).unwrap(),
                    holder,
                    amount: Amount::try_new(amount).unwrap(),
                    reference,
                    clearing_house: ClearingHouse::try_new(house).unwrap(),
                    new_code: NewCode::ALL[new],
                    kind: TransferKind::ALL[kind],
                }
            },
        )
}

fn batches() -> impl Strategy<Value = Batch> {
    let name = names("[ア-ンA-Z0-9().ー ]{1,40}", |typed| OriginatorName::read(typed).ok());
    let day = (1_u8..=12, 1_u8..=31)
        .prop_filter_map("no such day", |(month, day)| MonthDay::try_new(month, day));
    (
        (0_u64..=9_999_999_999, name, offices(), 0_usize..3, 0_u64..=9_999_999),
        day,
        proptest::collection::vec(transfers(), 1..6),
    )
        .prop_map(|((code, name, office, kind, account), day, transfers)| {
            let originator = Originator {
                code: bankfile::OriginatorCode::try_new(code).unwrap(),
                name,
                office,
                account_kind: OwnAccountKind::ALL[kind],
                account: bankfile::AccountNumber::try_new(account).unwrap(),
            };
            Batch::try_new(originator, day, transfers).unwrap()
        })
}

/// Any file of a few batches.
pub fn files() -> impl Strategy<Value = BankFile> {
    proptest::collection::vec(batches(), 1..4)
        .prop_map(|batches| BankFile::try_new(batches).unwrap())
}
