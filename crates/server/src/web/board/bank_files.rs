//! Bank files: tonight's while it builds, those that were made, and one of them with what to do.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{amount, chip_saying, empty, foreign, line, link, problem, reason};
use super::super::text::Lang;
use super::super::view::{
    FileApproval, FileAsks, FileBuilds, FileEnd, FileLeft, FilePage, FilePaid, FileRow,
    FileTonight, FilesMade, FilesPage, State,
};
use super::bar;

/// The page of all files.
pub fn page(of: &FilesPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("files-title")) }
            p.quiet { (lang.t("files-lead")) }
        }
        (bar(lang, &of.base, Some("bank-files")))
        (done(lang, of.done))
        @if let Some(it) = &of.wrong { (problem(lang, it)) }
        (builds(lang, &of.builds))
        (made(lang, &of.made))
    };
    layout::page(&of.chrome, &lang.t("files-title"), "", &body)
}

fn done(lang: Lang, word: Option<&'static str>) -> Markup {
    html! {
        @if let Some(word) = word {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("files-done-{word}"))) }
            }
        }
    }
}

/// The fragment `#builds`.
pub fn builds(lang: Lang, of: &FileBuilds) -> Markup {
    html! {
        section #builds .stack aria-label=(lang.t("files-builds"))
            data-src=(link(lang, &of.src)) data-on="figures" {
            h2 { (lang.t("files-builds")) }
            @match &of.file {
                Ok(file) => {
                    div.cols.cols-2 {
                        (tonight(lang, of, file))
                        (make(lang, of))
                    }
                    @if !file.paid.is_empty() { (paid(lang, file)) }
                    @if !file.left.is_empty() { (left(lang, file)) }
                }
                Err(why) => (problem(lang, why)),
            }
        }
    }
}

fn tonight(lang: Lang, of: &FileBuilds, file: &FileTonight) -> Markup {
    let closes = lang.clock(file.closes, of.zone);
    let when = [("clock", closes.as_str()), ("day", &lang.day(file.day))];
    html! {
        div.card.stack {
            (amount(lang, "", file.total, None))
            p.small { (lang.tf("files-when", &when)) }
            dl.kv {
                (line(&lang.t("files-shops"), &lang.count(file.transfers)))
                (line(&lang.t("files-fees"), &lang.amount(file.fees)))
                (line(&lang.t("files-left-out"), &lang.count(file.left_out)))
            }
        }
    }
}

fn make(lang: Lang, of: &FileBuilds) -> Markup {
    html! {
        form.card.stack method="post" action=(link(lang, &format!("{}/bank-files", of.base))) {
            p.small { (lang.t("files-make-what")) }
            input type="hidden" name="cell" value=(of.cell);
            input type="hidden" name="key" value=(of.key);
            div { button.btn { (lang.t("files-make")) } }
        }
    }
}

/// A table that scrolls in its own frame, and how many lines more there are than it has.
fn table(lang: Lang, title: &str, head: &Markup, rows: &Markup, more: u64) -> Markup {
    html! {
        div.card.flush {
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.data { thead { tr { (head) } } tbody { (rows) } }
            }
        }
        @if more > 0 { p.small.quiet { (lang.tn("files-more", more)) } }
    }
}

fn more(all: u64, shown: usize) -> u64 {
    all.saturating_sub(shown as u64)
}

fn paid(lang: Lang, file: &FileTonight) -> Markup {
    let title = lang.t("files-in-it");
    let head = html! {
        th scope="col" { (lang.t("files-shop")) }
        th scope="col" { (lang.t("files-account")) }
        th.num scope="col" { (lang.t("files-amount")) }
        th.num scope="col" { (lang.t("files-fee")) }
    };
    let row = |it: &FilePaid| {
        html! {
            tr {
                td { b { (foreign(&it.shop)) } }
                td { span lang="ja" { (it.bank) } span.quiet { " …" (it.ending) } }
                td.num { (lang.amount(it.amount)) }
                td.num { (lang.amount(it.fee)) }
            }
        }
    };
    let rows = html! { @for it in &file.paid { (row(it)) } };
    html! {
        h3 { (title) }
        (table(lang, &title, &head, &rows, more(file.transfers, file.paid.len())))
    }
}

fn left(lang: Lang, file: &FileTonight) -> Markup {
    let title = lang.t("files-not-in-it");
    let head = html! {
        th scope="col" { (lang.t("files-shop")) }
        th.num scope="col" { (lang.t("files-has")) }
        th scope="col" { (lang.t("files-why")) }
    };
    let row = |it: &FileLeft| {
        html! {
            tr {
                td { b { (foreign(&it.shop)) } }
                td.num { (lang.amount(it.has)) }
                td.long { (why(lang, it.why)) }
            }
        }
    };
    let rows = html! { @for it in &file.left { (row(it)) } };
    html! {
        h3 { (title) }
        (table(lang, &title, &head, &rows, more(file.left_out, file.left.len())))
    }
}

/// Why a shop is left out, and what to do; what the files have no words for is a refusal's code.
fn why(lang: Lang, word: &str) -> String {
    lang.find(&format!("files-why-{word}"), &[]).unwrap_or_else(|| reason(lang, word))
}

/// The fragment `#made`.
pub fn made(lang: Lang, of: &FilesMade) -> Markup {
    html! {
        section #made .stack aria-label=(lang.t("files-made")) data-src=(link(lang, &of.src))
            data-on=[of.is_newest.then_some("figures")] {
            h2 { (lang.t("files-made")) }
            @match &of.rows {
                Err(why) => (problem(lang, why)),
                Ok(rows) if rows.is_empty() => {
                    (empty(Icon::List, &lang.t("files-none"), &lang.t("files-none-lead")))
                }
                Ok(rows) => (list(lang, of, rows)),
            }
            @if !of.is_newest || of.older.is_some() {
                nav.cluster aria-label=(lang.t("board-pages")) {
                    @if !of.is_newest {
                        a.btn.second.slim href=(link(lang, &of.newest)) {
                            (Icon::Back.draw()) (lang.t("board-newest"))
                        }
                    }
                    @if let Some(path) = &of.older {
                        a.btn.second.slim rel="next" href=(link(lang, path)) {
                            (lang.t("board-older")) (Icon::Arrow.draw())
                        }
                    }
                }
            }
        }
    }
}

fn list(lang: Lang, of: &FilesMade, rows: &[FileRow]) -> Markup {
    let head = html! {
        th scope="col" { (lang.t("files-at")) }
        th scope="col" { (lang.t("files-state")) }
        th scope="col" { (lang.t("files-day")) }
        th.num scope="col" { (lang.t("files-number")) }
        th.num scope="col" { (lang.t("files-shops")) }
        th.num scope="col" { (lang.t("files-total")) }
        th.num scope="col" { (lang.t("files-fees")) }
        th scope="col" { (lang.t("files-hash")) }
    };
    let row = |it: &FileRow| {
        html! {
            tr {
                td { a href=(link(lang, &it.href)) { (lang.when(it.made, of.at, of.zone)) } }
                td { (state(lang, it)) }
                td { (lang.day(it.day)) }
                td.num { (it.number) }
                td.num { (lang.count(it.transfers)) }
                td.num { (lang.amount(it.total)) }
                td.num { (lang.amount(it.fees)) }
                td { code { (it.hash.get(..8).unwrap_or_default()) "…" } }
            }
        }
    };
    let rows = html! { @for it in rows { (row(it)) } };
    table(lang, &lang.t("files-made"), &head, &rows, 0)
}

fn waits(it: &FileRow) -> bool {
    matches!(it.approval, FileApproval::Others | FileApproval::Yours)
}

fn state(lang: Lang, it: &FileRow) -> Markup {
    let (shape, key) = match it.end {
        FileEnd::Open if waits(it) => (State::Waiting, "files-needs"),
        FileEnd::Open => (State::Waiting, "files-open"),
        FileEnd::Sent(_) => (State::Paid, "files-sent"),
        FileEnd::Withdrawn(_) => (State::Refunded, "files-withdrawn"),
    };
    chip_saying(shape, &lang.t(key))
}

/// A file's own page.
pub fn file_page(of: &FilePage) -> Markup {
    let (lang, it) = (of.chrome.lang, &of.file);
    let named = [("day", lang.day(it.day)), ("number", it.number.to_string())];
    let named: Vec<_> = named.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let title = lang.tf("files-one", &named);
    let body = html! {
        div.section-head {
            p { a href=(link(lang, &of.back)) { (lang.t("files-back")) } }
            h1 { (title) }
        }
        (bar(lang, &of.base, Some("bank-files")))
        (done(lang, of.done))
        @if let Some(it) = &of.wrong { (problem(lang, it)) }
        div.cols.cols-2 {
            (facts(lang, of))
            @match (&of.asks, it.end) {
                (Some(asks), FileEnd::Open) => (confirm(lang, of, asks)),
                (_, end) => (choices(lang, it, end)),
            }
        }
    };
    layout::page(&of.chrome, &title, "", &body)
}

fn facts(lang: Lang, of: &FilePage) -> Markup {
    let it = &of.file;
    let when = |at| lang.when(at, of.at, of.zone);
    html! {
        section.card.stack {
            p { (state(lang, it)) }
            (amount(lang, "", it.total, None))
            dl.kv {
                (line(&lang.t("files-shops"), &lang.count(it.transfers)))
                (line(&lang.t("files-fees"), &lang.amount(it.fees)))
                (line(&lang.t("files-day"), &lang.day(it.day)))
                (line(&lang.t("files-at"), &when(it.made)))
                @match it.end {
                    FileEnd::Open => {}
                    FileEnd::Sent(at) => (line(&lang.t("files-sent"), &when(at))),
                    FileEnd::Withdrawn(at) => (line(&lang.t("files-withdrawn"), &when(at))),
                }
                @if let FileApproval::Given(at) = it.approval {
                    (line(&lang.t("files-approved"), &when(at)))
                }
                @if it.returned > 0 {
                    (line(&lang.t("files-returned"), &lang.count(it.returned)))
                }
            }
            @if let Some(path) = &it.line {
                p.small { a href=(link(lang, path)) { (lang.t("files-line")) } }
            }
            p.small { (lang.t("files-name")) br; code.long { (of.name) } }
            p.small { (lang.t("files-hash")) " (BLAKE3)" br; code.long { (it.hash) } }
        }
    }
}

fn choices(lang: Lang, it: &FileRow, end: FileEnd) -> Markup {
    let at = |part: &str| match it.href.split_once('?') {
        Some((path, query)) => link(lang, &format!("{path}{part}?{query}")),
        None => link(lang, &format!("{}{part}", it.href)),
    };
    let step = |act: &str| link(lang, &format!("{}&step={act}", it.href));
    html! {
        section.card.stack {
            @match end {
                FileEnd::Open if it.approval == FileApproval::Others => {
                    p { (lang.t("files-approve-what")) (lang.gap()) (lang.t("files-approve-other")) }
                },
                FileEnd::Open if waits(it) => p { (lang.t("files-approve-what")) },
                FileEnd::Open => p { (lang.t("files-open-what")) },
                FileEnd::Sent(_) => p { (lang.t("files-sent-since")) },
                FileEnd::Withdrawn(_) => p { (lang.t("files-withdrawn-since")) },
            }
            @if end == FileEnd::Open && it.approval == FileApproval::Yours {
                div { a.btn href=(step("approve")) { (lang.t("files-approve")) } }
            }
            @if !matches!(end, FileEnd::Withdrawn(_)) && !waits(it) {
                div.cluster {
                    a.btn href=(at("/content")) download { (lang.t("files-fetch")) }
                    a.btn.second href={ (at("/content")) "&form=pain" } download {
                        (lang.t("files-fetch-pain"))
                    }
                }
            }
            @if end == FileEnd::Open {
                div.cluster {
                    @if !waits(it) { a.btn.second href=(step("sent")) { (lang.t("files-say-sent")) } }
                    a.btn.second href=(step("withdraw")) { (lang.t("files-withdraw")) }
                }
            }
        }
    }
}

fn confirm(lang: Lang, of: &FilePage, asks: &FileAsks) -> Markup {
    let it = &of.file;
    let sums = [("total", lang.amount(it.total)), ("fees", lang.amount(it.fees))];
    let sums: Vec<_> = sums.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let withdraws = asks.act == "withdraw";
    let (title, what, yes) = match asks.act {
        "withdraw" => ("files-withdraw-ask", "files-withdraw-what", "files-withdraw-yes"),
        "approve" => ("files-approve-ask", "files-approve-sure", "files-approve-yes"),
        _ => ("files-sent-ask", "files-sent-what", "files-sent-yes"),
    };
    // Who agrees is not who makes: it has an address of its own, which belongs to another duty.
    let (path, query) = it.href.split_once('?').unwrap_or((&it.href, ""));
    let approves = asks.act == "approve";
    let to = if approves { format!("{path}/approve?{query}") } else { it.href.clone() };
    let sign = approves.then(|| link(lang, &format!("{path}/approve/sign?{query}")));
    html! {
        form.card.stack method="post" action=(link(lang, &to)) data-sign=[sign] {
            @if approves { input type="hidden" name="proof" value=""; }
            h2 { (lang.t(title)) }
            p { (lang.tf(what, &sums)) }
            input type="hidden" name="cell" value=(of.cell);
            input type="hidden" name="key" value=(asks.key);
            input type="hidden" name="act" value=(asks.act);
            @if withdraws {
                div.field {
                    label for="f-reason" { (lang.t("files-reason")) }
                    input #f-reason name="reason" value=(asks.reason) maxlength="120" required
                        autocomplete="off";
                }
            }
            div.cluster {
                button.btn { (lang.t(yes)) }
                a.btn.plain href=(link(lang, &it.href)) { (lang.t("files-leave")) }
            }
        }
    }
}
