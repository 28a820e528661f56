//! Tables of banks: what is read, and how each fault is said.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use iso20022::{CsvForm, CsvStatement};
use kernel::Currency;

const FORM: &str = r#"
    encoding = "utf-8"
    date = "日付"
    date_format = "%Y年%m月%d日"
    credit = "入金"
    debit = "出金"
    balance = "残高"
    reference = "番号"
    texts = ["摘要", "内容"]
"#;
const TABLE: &str = "\u{feff}日付,出金,入金,残高,番号,摘要,内容\r\n\
    2026年11月4日,\"31,407円\",,\"68,593\",a1,総合振込,\r\n\
    ,,,,,,\r\n\
    2026年11月4日,0,１２，３００,\"80,893\",a2,組戻,ｶ)ﾔﾏﾎﾞｼ\r\n";

fn read(form: &str, table: &[u8], currency: Currency) -> Result<CsvStatement, String> {
    let form: CsvForm = toml::from_str(form).unwrap();
    form.read(table, currency).map_err(|problem| problem.to_string())
}

#[test]
fn a_table_of_two_columns() {
    let read = read(FORM, TABLE.as_bytes(), Currency::JPY).unwrap();
    assert_eq!((read.opening, read.closing), (Some(100_000), Some(80_893)));
    let lines: Vec<_> = read
        .entries
        .iter()
        .map(|entry| {
            let text = entry.details[0].remittance.as_ref().map(ToString::to_string);
            (entry.ordinal, entry.amount.minor, entry.is_credit, text.unwrap_or_default())
        })
        .collect();
    let wanted = [(1, 31_407, false, "総合振込"), (2, 12_300, true, "組戻 ｶ)ﾔﾏﾎﾞｼ")];
    assert_eq!(lines, wanted.map(|(at, minor, credit, text)| (at, minor, credit, text.to_owned())));
    assert_eq!(read.entries[1].reference.as_ref().unwrap().as_str(), "a2");
}

#[test]
fn a_table_of_one_column_with_its_newest_line_first() {
    let form = r#"
        encoding = "gb18030"
        delimiter = ";"
        skip = 2
        date = "日期"
        date_format = "%Y%m%d"
        amount = "金额"
        thousands = "."
        balance = "余额"
        newest_first = true
    "#;
    let table = "账户;123\n\n日期;金额;余额\n20261105;-1.000,50;0,00\n20261104;+1.000,5;1.000,50\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(table);
    let read = read(form, &bytes, Currency::CNY).unwrap();
    assert_eq!((read.opening, read.closing), (Some(0), Some(0)));
    assert_eq!(read.entries[0].amount.minor, 100_050);
    assert!(read.entries[0].is_credit && !read.entries[1].is_credit);
}

#[test]
fn faults() {
    let refused = |from: &str, to: &str, said: &str| {
        let table = TABLE.replacen(from, to, 1);
        assert_ne!(table, TABLE, "'{from}' is there");
        let fault = read(FORM, table.as_bytes(), Currency::JPY).unwrap_err();
        assert!(fault.contains(said), "{from} → {to}: {fault}");
    };
    refused("入金", "お預り", "there is no column '入金'");
    refused("内容", "摘要", "there are two columns '摘要'");
    refused("11月4日", "11月31日", "line 2: '2026年11月31日' is no day written as");
    refused("31,407円", "31,407.5", "JPY has 0 decimals");
    refused("31,407円", "viele", "line 2: 'viele' is no amount");
    refused("80,893", "80,894", "line 4: the balance is 80894, and 80893 by");
    refused("\"31,407円\",,", "\"31,407円\",5,", "an amount either in or out");
    refused("\"31,407円\",,", ",,", "an amount either in or out");
    refused("\"31,407円\"", "\"31,407円", "line ");
    let sjis = encoding_rs::SHIFT_JIS.encode(&TABLE[3..]).0.into_owned();
    assert!(read(FORM, &sjis, Currency::JPY).unwrap_err().contains("the file is not in utf-8"));
    let form = FORM.replace("utf-8", "shift_jis");
    assert_eq!(read(&form, &sjis, Currency::JPY).unwrap().entries.len(), 2);
    let both = format!("{FORM}\namount = \"入金\"");
    assert!(read(&both, TABLE.as_bytes(), Currency::JPY).unwrap_err().contains("either `amount`"));
    let none = FORM.replace("utf-8", "klingon");
    assert!(read(&none, &sjis, Currency::JPY).unwrap_err().contains("'klingon'"));
}
