//! What must hold of every page in every state and language, and of the message files.

use std::collections::BTreeSet;

use crate::api;
use crate::insight;
use crate::payee;
use crate::sign_up;
use crate::web;
use crate::web::text::{FILES, Lang};
use crate::web::view::*;
use crate::web::{books, bridge, map, phone};

#[path = "../../examples/render/sample.rs"]
#[allow(dead_code)]
mod sample;

fn all_pages() -> Vec<(String, String)> {
    Lang::ALL
        .into_iter()
        .flat_map(|lang| {
            let name = move |name: String| format!("{name}.{}", lang.tag());
            sample::pages(lang).into_iter().map(move |(n, html)| (name(n), html))
        })
        .collect()
}

/// Names of the tags in order: `div`, `/div`; what follows the name is the second part.
fn tags(html: &str) -> Vec<(&str, &str)> {
    let inside = html.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    inside
        .map(|(tag, _)| tag.split_once([' ', '\n']).unwrap_or((tag, "")))
        .filter(|(name, _)| !name.starts_with('!'))
        .collect()
}

fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_page_is_well_formed_and_names_what_it_points_at() {
    const VOID: [&str; 5] = ["meta", "link", "br", "input", "img"];
    for (page, html) in all_pages() {
        let mut open = Vec::new();
        for (name, _) in tags(&html).into_iter().filter(|(_, rest)| !rest.ends_with('/')) {
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{page}"),
                None if VOID.contains(&name) => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{page}: {open:?} stay open");
        let ids = values(&html, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{page}: an id stands twice");
        for attribute in ["for", "form", "aria-labelledby", "aria-describedby"] {
            let ids = values(&html, attribute).into_iter();
            for id in ids.flat_map(str::split_whitespace) {
                assert!(unique.contains(id), "{page}: {attribute}=\"{id}\" points nowhere");
            }
        }
        for target in values(&html, "data-swap") {
            assert!(unique.contains(&target[1..]), "{page}: {target} is not on it");
        }
    }
}

#[test]
fn figures_of_five_years_fit_a_page() {
    let pages = all_pages().into_iter().filter(|(page, _)| page.starts_with("insight"));
    let mut seen = 0;
    for (page, html) in pages {
        assert!(html.len() <= 100_000, "{page}: {} bytes", html.len());
        seen += 1;
    }
    assert_eq!(seen, 4 * 3);
}

#[test]
fn no_page_needs_what_the_policy_forbids_or_bears_the_ambiguous_sign() {
    for (page, html) in all_pages() {
        assert!(!html.contains(" style=\""), "{page}");
        assert!(!html.contains(['\u{a5}', '\u{ffe5}']), "{page}");
        assert_eq!(html.matches("<script").count(), 1, "{page}");
        for (name, rest) in tags(&html) {
            let handler = rest.split(' ').any(|a| a.starts_with("on") && a.contains('='));
            assert!(!handler, "{page}: <{name} {rest}>");
        }
    }
    for (lang, text) in FILES {
        assert!(!text.contains(['\u{a5}', '\u{ffe5}']), "{lang:?}");
    }
}

#[test]
fn every_form_and_every_link_carries_the_language() {
    for (page, html) in all_pages() {
        for path in values(&html, "action").into_iter().chain(values(&html, "data-src")) {
            assert!(path.contains("lang="), "{page}: {path}");
        }
        for path in values(&html, "href").into_iter().filter(|p| p.starts_with('/')) {
            // A poster's picture is the same in all of them.
            let has_none = path.starts_with("/assets/") || path.contains(".svg");
            assert!(has_none || path.contains("lang="), "{page}: {path}");
        }
    }
}

#[test]
fn every_state_has_shape_and_word() {
    for (page, html) in all_pages() {
        for chip in html.split("data-state=\"").skip(1) {
            let (head, rest) = chip.split_once('>').expect("a tag ends");
            assert!(rest.starts_with("<svg"), "{page}: a state without a shape");
            let after = rest.split("</svg>").nth(1).unwrap_or("");
            let named = head.contains("aria-label=\"") || !after.starts_with('<');
            assert!(named, "{page}: a state without a word");
        }
    }
}

#[test]
fn foreign_text_names_its_language_and_markup_in_names_is_text() {
    let named = |(name, _): &(&str, Face)| *name == "confirm";
    let mut face = sample::faces().into_iter().find(named).expect("one is confirmed").1;
    if let Face::Confirm(sheet) = &mut face {
        sheet.payee.name = Foreign { text: "<script>alert(1)</script>骨".into(), lang: "ja" };
    }
    let html = phone::phone(Lang::Zh, &sample::phone(Place::Own, face)).into_string();
    assert!(html.contains("<span lang=\"ja\">&lt;script&gt;alert(1)&lt;/script&gt;骨</span>"));
}

#[test]
fn the_books_add_their_columns_up_and_say_when_they_differ() {
    let html = |of: &Books| books::books(Lang::En, of).into_string();
    let mut of = sample::books(true);
    assert_eq!(html(&of).matches("equal").count(), 3);
    assert!(html(&of).contains("<td class=\"num\">3,232</td><td class=\"num\">3,232</td>"));
    of.to_tables[0].lines[1].credit = 3199;
    assert_eq!(html(&of).matches("equal</span>").count(), 2);
    assert_eq!(html(&of).matches("differs</span>").count(), 1);
    of.to_tables[0].lines.clear();
    let line = || LedgerLine { account: Account::Fee, note: None, debit: i64::MAX, credit: 0 };
    of.to_tables[0].lines.extend([line(), line()]);
    assert!(html(&of).contains("18,446,744,073,709,551,614"));
}

#[test]
fn beads_light_in_order_and_a_refund_runs_back() {
    let record = || Record { cell: "jp".into(), position: 9 };
    let mut of = Bridge::payment("/b".into());
    of.light(Step::Requested, 400, record());
    let html = bridge::bridge(Lang::En, &of).into_string();
    assert!(html.contains("class=\"shore-to lit\" data-step=\"requested\""));
    assert!(html.contains("class=\"shore-from now\" data-step=\"quoted\""));
    assert!(html.contains("<span>0.4 ms</span><span>jp 9</span>"));
    of.light(Step::Booked, 1, record());
    assert_eq!(bridge::bridge(Lang::En, &of).into_string(), html, "no bead of another run");
    of.decline();
    assert!(bridge::bridge(Lang::En, &of).into_string().contains("data-step=\"voided\""));

    let mut back = Bridge::refund("/b".into());
    back.light(Step::Asked, 1, record());
    let html = bridge::bridge(Lang::En, &back).into_string();
    assert!(html.contains("class=\"shore-to now\" data-step=\"taken\""));
    assert!(html.contains("data-back"));
}

#[test]
fn the_map_has_five_classes_also_when_there_is_little_or_nothing() {
    for most in [0, 1, 3, 7, 999, 695_000, i64::MAX] {
        let scale = map::Scale::up_to(most);
        assert_eq!(scale.class(0), 0);
        assert_eq!(scale.class(-5), 0);
        let mut values = [1, most / 16, most / 7, most / 3, most];
        values.sort_unstable();
        let classes = values.map(|v| scale.class(v));
        assert!(classes.is_sorted() && classes.iter().all(|c| *c <= 5), "{most}: {classes:?}");
    }
    assert_eq!(map::Scale::up_to(695_000).class(695_000), 5);
    let empty = Map { rows: vec![], yours: None, ..sample::map() };
    let html = map::map(Lang::Ja, &empty).into_string();
    assert_eq!(html.matches("class=\"q0\"").count(), 47);
    assert!(!html.contains("class=\"legend\""), "a scale of nothing says nothing");
    let full = map::map(Lang::Ja, &sample::map()).into_string();
    assert!(full.contains("<tspan class=\"b\">東京都</tspan> 695,000"));
    assert!(full.contains("MapSVG"));
}

/// Keys and attributes of a message file: `state-paid`, `cur-JPY.name`.
fn keys(text: &str) -> Vec<String> {
    let mut last = "";
    let mut out = Vec::new();
    for line in text.lines() {
        let Some((name, _)) = line.split_once(" =") else { continue };
        if let Some(attribute) = name.strip_prefix("    .") {
            out.push(format!("{last}.{attribute}"));
        } else if !name.starts_with([' ', '#']) {
            last = name;
            out.push(name.to_owned());
        }
    }
    out
}

#[test]
fn the_three_message_files_have_the_same_keys_and_arguments() {
    let arguments = |text: &str, key: &str| {
        let after = text.split(&format!("\n{key} =")).nth(1).unwrap_or("");
        let own: String = after
            .split_inclusive('\n')
            .enumerate()
            .take_while(|(i, line)| *i == 0 || line.starts_with(' ') && !line.starts_with("    ."))
            .map(|(_, line)| line)
            .collect();
        own.split("{ $")
            .skip(1)
            .filter_map(|r| r.split([' ', '}']).next().map(str::to_owned))
            .filter(|name| name != "n")
            .collect::<BTreeSet<_>>()
    };
    let [(_, zh), (_, ja), (_, en)] = FILES;
    let wanted = keys(en);
    let unique: BTreeSet<&String> = wanted.iter().collect();
    assert_eq!(unique.len(), wanted.len(), "a key stands twice");
    for (lang, other) in [(Lang::Zh, zh), (Lang::Ja, ja)] {
        let there: BTreeSet<String> = keys(other).into_iter().collect();
        let wanted: BTreeSet<String> = wanted.iter().cloned().collect();
        assert_eq!(there, wanted, "{lang:?}");
        for key in wanted.iter().filter(|k| !k.contains('.') && !k.starts_with("time-day")) {
            assert_eq!(arguments(other, key), arguments(en, key), "{lang:?}: {key}");
        }
    }
}

/// Every string between quotes in the templates.
fn literals() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
    let mut out = BTreeSet::new();
    let (board, insight) = (format!("{folder}/board"), format!("{folder}/insight"));
    let folders =
        [folder, board.as_str(), insight.as_str()].map(|folder| std::fs::read_dir(folder).unwrap());
    for entry in folders.into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if !name.ends_with(".rs") || ["tests.rs", "text.rs", "format.rs"].contains(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let quoted = text.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
        out.extend(quoted.map(str::to_owned));
    }
    out
}

#[test]
fn no_message_is_unused_and_none_that_is_used_is_missing() {
    /// Looked up by a value of the data, or by the formats.
    const BY_DATA: [&str; 68] = [
        "conn-bill-missing-",
        "conn-differs-",
        "conn-done-",
        "conn-mode-",
        "conn-trouble-",
        "conn-key-",
        "conn-said-",
        "conn-todo-",
        "conn-what-",
        "payer-of-",
        "poster-and",
        "poster-wallets",
        "poster-on-",
        "posters-done-",
        "insight-head-",
        "insight-said-when-",
        "did-",
        "cur-",
        "reason-",
        "zone-",
        "month-",
        "weekday-",
        "source-",
        "time-",
        "state-",
        "trade-",
        "signup-wrong-",
        "status-",
        "fact-",
        "frozen-",
        "board-find-",
        "board-done-",
        "files-done-",
        "return-",
        "payouts-weekly-",
        "bank-found-",
        "bank-why-",
        "bank-as-",
        "parts-",
        "bank-done-",
        "files-why-",
        "review-done-",
        "decide-done-",
        "settle-done-",
        "partners-done-",
        "referrers-done-",
        "partners-state-",
        "partners-means-",
        "partners-fund-",
        "partners-do-",
        "settle-level-",
        "settle-basis-",
        "settle-top-up-",
        "settle-state-",
        "settle-kind-",
        "settle-field-",
        "settle-do-",
        "limits-next-",
        "limits-none-",
        "limits-reach-",
        "limits-window-",
        "decide-change-",
        "decide-case-",
        "review-flag-",
        "review-reason-",
        "board-leg-",
        "board-nostro-",
        "board-mirror-",
    ];
    /// Ids and links that look like keys.
    const NOT_KEYS: [&str; 17] = [
        "trail-list",
        "bank-files",
        "payouts-choice",
        "books-title",
        "tiles-title",
        "today-title",
        "statement-title",
        "sheet-title",
        "corridors-title",
        "till-request",
        "till-refund",
        "amount-wrong",
        "map-words",
        "code-text",
        "account-now",
        "account-after",
        "page-skip",
    ];
    let used = literals();
    let known: BTreeSet<String> = keys(FILES[2].1).into_iter().collect();
    let free = |key: &str| BY_DATA.iter().any(|p| key.starts_with(p));
    let unused: Vec<&String> = known.iter().filter(|k| !free(k) && !used.contains(*k)).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
    let areas: BTreeSet<&str> = known.iter().filter_map(|k| k.split('-').next()).collect();
    let shaped = |text: &str| {
        text.contains('-')
            && !text.ends_with(['-', '.'])
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
            && areas.contains(text.split('-').next().unwrap_or(""))
    };
    let missing: Vec<&String> = used
        .iter()
        .filter(|t| shaped(t) && !known.contains(*t) && !NOT_KEYS.contains(&t.as_str()))
        .collect();
    assert!(missing.is_empty(), "no file has {missing:?}");
}

#[test]
fn every_code_a_person_may_meet_has_a_sentence_and_says_what_to_do() {
    use crate::web::parts::sentence;
    let declines = [
        "store_unknown",
        "store_paused",
        "payment_not_open",
        "expired",
        "already_paid",
        "amount_differs",
        "store_differs",
        "nostro_too_low",
        "amount_not_bookable",
        "merchant_paused",
        "place_withdrawn",
        "partner_suspended",
    ];
    let others = [
        "cell_busy",
        "cell_starting",
        "cell_stopping",
        "journal_full",
        "clock_jumped",
        "outcome_unknown",
        "idempotency_key_reused",
        "link_frozen",
        "internal",
        "not_found",
        "forbidden",
        "wrong_crc",
        "duplicate_tag",
        "bad_length",
        "wrong_currency",
        "claim_differs",
        "not_a_payment_code",
        "too_long",
        "qr_not_found",
        "qr_partial",
        "qr_several",
        "qr_unreadable",
        "qr_too_many",
        "not_a_picture",
        "code_wechat_pay",
        "code_alipay",
        "code_paypay",
        "code_unionpay",
        "code_web_address",
        "amount_missing",
        "amount_not_a_number",
        "amount_has_decimals",
        "code_not_enishi",
        "cancelled_by_payer",
        "payment_cancelled",
    ];
    for code in pay::Refusal::CODES.iter().chain(&declines).chain(&others) {
        for lang in Lang::ALL {
            assert!(sentence(lang, code, None).is_some(), "{lang:?}: {code}");
            assert!(sentence(lang, code, Some("todo")).is_some(), "{lang:?}: {code}");
        }
    }
    assert_eq!(sentence(Lang::En, "no_such_code", None), None);
    assert_eq!(sentence(Lang::En, "../x.todo", None), None);
}

#[test]
fn no_page_shows_a_key() {
    let keys: Vec<String> = keys(FILES[2].1).into_iter().filter(|k| !k.contains('.')).collect();
    for (page, html) in all_pages() {
        for text in html.split('>').filter_map(|part| part.split('<').next()) {
            assert!(!keys.iter().any(|key| key == text.trim()), "{page}: {text}");
        }
    }
}
