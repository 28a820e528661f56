//! How links are settled: what a prefund lasts for, what fills it, its days; and one day with both
//! signatures.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{amount, chip_saying, empty, line, link, problem};
use super::super::text::Lang;
use super::super::view::{
    AheadCard, Amount, DayRow, NetCard, NetRow, NostroCard, SettledDayPage, SettlementPage, State,
    StatementCard, TopUpCard,
};
use super::bar;

/// The page of all nostros of a cell.
pub fn page(of: &SettlementPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("settle-title")) }
            p.quiet { (lang.t("settle-lead")) }
        }
        (bar(lang, &of.base, Some("settlement")))
        @if of.cells.len() > 1 {
            nav.cluster aria-label=(lang.t("board-cells")) {
                @for cell in &of.cells {
                    a.btn.second.slim href=(link(lang, &format!("{}/settlement?cell={cell}", of.base)))
                        aria-current=[(*cell == of.cell).then_some("true")] { (cell) }
                }
            }
        }
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("settle-done-{done}"))) }
            }
        }
        @if let Some(it) = &of.wrong { (problem(lang, it)) }
        @if of.nostros.is_empty() {
            (empty(Icon::List, &lang.t("settle-none"), &lang.t("settle-none-lead")))
        }
        @for it in &of.nets { (net(lang, it)) }
        @for it in &of.nostros { (nostro(lang, of, it)) }
    };
    layout::page(&of.chrome, &lang.t("settle-title"), "", &body)
}

/// What two cells owe each other, and what of it need not be sent.
fn net(lang: Lang, it: &NetCard) -> Markup {
    let id = format!("net-{}", it.other);
    let title = lang.tf("settle-net", &[("cell", &it.other)]);
    html! {
        section.stack aria-labelledby=(id) {
            h2 id=(id) { (title) }
            @if it.rows.is_empty() {
                (empty(Icon::List, &lang.t("settle-net-none"), &lang.t("settle-net-none-lead")))
            } @else {
                p.small.quiet { (lang.t("settle-net-lead")) }
                div.card.flush {
                    div.scroll tabindex="0" role="region" aria-label=(title) {
                        table.data {
                            thead { tr {
                                th scope="col" { (lang.t("settle-day")) }
                                th scope="col" { (lang.t("settle-each-owes")) }
                                th scope="col" { (lang.t("settle-net-owed")) }
                                th.num scope="col" { (lang.t("settle-set-off")) }
                                th scope="col" { (lang.t("settle-paid-in")) }
                                th scope="col" { (lang.t("settle-net-left")) }
                            } }
                            tbody { @for row in &it.rows { (net_row(lang, row)) } }
                        }
                    }
                }
            }
        }
    }
}

fn net_row(lang: Lang, it: &NetRow) -> Markup {
    let by = |cell: &str, sum: Amount| {
        lang.tf("settle-by", &[("cell", cell), ("amount", &lang.amount(sum))])
    };
    html! {
        tr {
            td {
                @match &it.day {
                    Some(day) => (day_words(lang, day)),
                    None => b { (lang.t("settle-net-open")) },
                }
            }
            td { @for side in &it.sides { div { (by(&side.cell, side.amount)) } } }
            td {
                @match &it.owes {
                    Some((from, to)) => (lang.tf("settle-net-owes", &[
                        ("from", from), ("to", to), ("amount", &lang.amount(it.net)),
                    ])),
                    None => (lang.t("settle-net-nothing")),
                }
            }
            td.num { (lang.amount(it.saved)) }
            td {
                @for side in it.sides.iter().filter(|side| side.paid_in.0.minor > 0) {
                    div {
                        (by(&side.cell, side.paid_in.0))
                        @for reference in &side.paid_in.1 { " " span.mono.small { (reference) } }
                    }
                }
            }
            td { @for side in &it.sides { div { (by(&side.cell, side.left)) } } }
        }
    }
}

fn action(lang: Lang, of: &SettlementPage) -> String {
    link(lang, &format!("{}/settlement", of.base))
}

/// What every form says beside its own fields.
fn hidden(of: &SettlementPage, it: &NostroCard, act: &str, more: &str) -> Markup {
    html! {
        input type="hidden" name="key" value=(format!("{}-{act}-{}{more}", of.key, it.link));
        input type="hidden" name="cell" value=(of.cell);
        input type="hidden" name="link" value=(it.link);
        input type="hidden" name="act" value=(act);
    }
}

fn nostro(lang: Lang, of: &SettlementPage, it: &NostroCard) -> Markup {
    let id = format!("n{}{}", it.link, it.keeper);
    let key = if it.keeper { "settle-kept" } else { "settle-held" };
    html! {
        section.stack-3 aria-labelledby=(id) {
            h2 id=(id) { (lang.tf(key, &[("cell", &it.other)])) }
            div.cols.cols-2 {
                div.card.stack {
                    (amount(lang, "", it.balance, None))
                    dl.kv {
                        (line(&lang.t("settle-free"), &lang.amount(it.free)))
                        (line(&lang.t("settle-today-captured"), &lang.amount(it.captured)))
                        (line(&lang.t("settle-today-refunded"), &lang.amount(it.refunded)))
                        @if let Some(at) = it.next_close {
                            (line(&lang.t("settle-next"), &lang.when(at, of.at, of.zone)))
                        }
                    }
                    @if it.of_partner {
                        @let there = format!("{}/partners?cell={}", of.base, of.cell);
                        p.small { a href=(link(lang, &there)) { (lang.t("settle-of-partner")) } }
                    } @else if !it.has_terms {
                        p.small { (lang.t("settle-no-terms")) }
                    }
                    @if it.next_close.is_some() { (close(lang, of, it)) }
                }
                @if let Some(ahead) = &it.ahead { (outlook(lang, of, ahead)) }
            }
            @if !it.keeper && it.has_terms { (fill(lang, of, it)) }
            @if !it.announced.is_empty() { (announced(lang, it)) }
            @if !it.of_partner { (days(lang, it)) }
        }
    }
}

fn close(lang: Lang, of: &SettlementPage, it: &NostroCard) -> Markup {
    html! {
        form method="post" action=(action(lang, of)) {
            (hidden(of, it, "close", &format!("-{}", it.next_number)))
            input type="hidden" name="number" value=(it.next_number);
            button.btn.second.slim { (lang.t("settle-close")) }
        }
    }
}

/// What a level looks like.
const fn level_state(level: &str) -> State {
    match level.as_bytes() {
        b"calm" => State::Paid,
        b"watch" => State::Waiting,
        _ => State::Declined,
    }
}

fn outlook(lang: Lang, of: &SettlementPage, it: &AheadCard) -> Markup {
    let (basis, count) = it.basis;
    let rests = match basis {
        "nothing" => lang.t("settle-basis-nothing"),
        of => lang.tn(&format!("settle-basis-{of}"), count),
    };
    let when = |at: i64| lang.when(at, of.at, of.zone);
    html! {
        div.card.stack {
            div.split {
                h3 { (lang.t("settle-lasts")) }
                (chip_saying(level_state(it.level), &lang.t(&format!("settle-level-{}", it.level))))
            }
            p {
                (rests) (lang.gap())
                @match it.out {
                    Some(at) => b { (lang.tf("settle-out", &[("when", &when(at))])) },
                    None if basis != "nothing" => (lang.t("settle-not-out")),
                    None => "",
                }
                (lang.gap())
                @if let Some((until, there)) = it.next {
                    (lang.tf("settle-transfer", &[("until", &when(until)), ("there", &when(there))]))
                }
            }
            (curve(lang, it))
        }
    }
}

/// What is expected to be there over the days to come, with the floor.
fn curve(lang: Lang, it: &AheadCard) -> Markup {
    let most = it.line.iter().copied().max().unwrap_or(0).max(it.floor).max(1);
    let steps = i64::try_from(it.line.len().saturating_sub(1)).unwrap_or(1).max(1);
    let x = |at: usize| 8 + 544 * i64::try_from(at).unwrap_or(0) / steps;
    let y = |left: i64| 150 - i64::try_from(130 * i128::from(left) / i128::from(most)).unwrap_or(0);
    let points: Vec<String> =
        it.line.iter().enumerate().map(|(at, left)| format!("{},{}", x(at), y(*left))).collect();
    let points = points.join(" ");
    let end = x(it.line.len().saturating_sub(1));
    let day = 24 / it.step.max(1);
    html! {
        svg.chart viewBox="0 0 560 180" role="img" aria-label=(lang.t("settle-chart")) {
            path.area d={ "M8,150 L" (points) " " (end) ",150z" } {}
            polyline.line points=(points) fill="none" {}
            path.grid d={ "M8 " (y(it.floor)) "H552" } {}
            path.axis d="M8 150H552" {}
            @for at in (0..it.line.len()).step_by(day as usize * 2) {
                @let class = match x(at) { ..=8 => "", 530.. => "e", _ => "m" };
                text class=(class) x=(x(at)) y="168" {
                    "+" (at / day as usize) (lang.t("settle-days-short"))
                }
            }
        }
    }
}

fn fill(lang: Lang, of: &SettlementPage, it: &NostroCard) -> Markup {
    let send = it.ahead.as_ref().map(|ahead| ahead.send).filter(|send| send.minor > 0);
    let typed = send.map(|send| send.typed()).unwrap_or_default();
    html! {
        div.cols.cols-2 {
            form.card.stack method="post" action=(action(lang, of)) {
                h3 { (lang.t("settle-fill")) }
                @match send {
                    Some(send) => p { (lang.tf("settle-plan", &[("amount", &lang.amount(send))])) },
                    None => p { (lang.t("settle-plan-none")) },
                }
                (hidden(of, it, "ask", ""))
                div.field {
                    label for=(format!("f-amount-{}", it.link)) { (lang.t("settle-amount")) }
                    input id=(format!("f-amount-{}", it.link)) name="amount" inputmode="decimal"
                        value=(typed) required;
                }
                div { button.btn { (lang.t("settle-ask")) } }
            }
            div.stack {
                @if it.top_ups.is_empty() {
                    (empty(Icon::List, &lang.t("settle-no-top-ups"), &lang.t("settle-no-top-ups-lead")))
                }
                @for top_up in &it.top_ups { (one(lang, of, it, top_up)) }
            }
        }
    }
}

fn one(lang: Lang, of: &SettlementPage, it: &NostroCard, top_up: &TopUpCard) -> Markup {
    let state = match top_up.state {
        "arrived" => State::Paid,
        "ended" => State::Cancelled,
        _ => State::Waiting,
    };
    html! {
        article.card.stack {
            div.split {
                b { (lang.amount(top_up.amount)) }
                (chip_saying(state, &lang.t(&format!("settle-top-up-{}", top_up.state))))
            }
            dl.kv {
                (line(&lang.t("settle-asked"), &lang.when(top_up.asked, of.at, of.zone)))
                (line(&lang.t("settle-remittance"), &top_up.remittance))
                @if let Some(cost) = top_up.cost {
                    (line(&lang.t("settle-cost"), &lang.amount(cost)))
                }
            }
            @match top_up.state {
                "asked" if top_up.own => p.small { (lang.t("settle-second")) },
                "asked" => (approve(lang, of, it, top_up)),
                "ready" => (paid(lang, of, it, top_up)),
                _ => "",
            }
            @if matches!(top_up.state, "asked" | "ready" | "paid") { (end(lang, of, it, top_up)) }
        }
    }
}

fn approve(lang: Lang, of: &SettlementPage, it: &NostroCard, top_up: &TopUpCard) -> Markup {
    html! {
        form method="post" action=(link(lang, &format!("{}/settlement/approve", of.base))) {
            (hidden(of, it, "approve", &top_up.id))
            input type="hidden" name="top_up" value=(top_up.id);
            button.btn { (lang.t("settle-do-approve")) }
        }
    }
}

fn paid(lang: Lang, of: &SettlementPage, it: &NostroCard, top_up: &TopUpCard) -> Markup {
    let (cost, reference) = (format!("c-{}", top_up.id), format!("r-{}", top_up.id));
    html! {
        form.stack method="post" action=(action(lang, of)) {
            p.small { (lang.t("settle-paid-what")) }
            (hidden(of, it, "paid", &top_up.id))
            input type="hidden" name="top_up" value=(top_up.id);
            div.field {
                label for=(reference) { (lang.t("settle-reference")) }
                input id=(reference) name="reference" maxlength="64" required;
            }
            div.field {
                label for=(cost) { (lang.t("settle-cost")) }
                input id=(cost) name="cost" inputmode="decimal" required;
            }
            div { button.btn { (lang.t("settle-do-paid")) } }
        }
    }
}

fn end(lang: Lang, of: &SettlementPage, it: &NostroCard, top_up: &TopUpCard) -> Markup {
    let field = format!("e-{}", top_up.id);
    html! {
        details {
            summary { (lang.t("settle-do-end")) }
            form.stack method="post" action=(action(lang, of)) {
                (hidden(of, it, "end", &top_up.id))
                input type="hidden" name="top_up" value=(top_up.id);
                div.field {
                    label for=(field) { (lang.t("settle-why")) }
                    input id=(field) name="reason" maxlength="120" required;
                }
                div { button.btn.second.slim { (lang.t("settle-do-end")) } }
            }
        }
    }
}

fn announced(lang: Lang, it: &NostroCard) -> Markup {
    html! {
        div.card.stack {
            h3 { (lang.t("settle-announced")) }
            p.small { (lang.t("settle-announced-lead")) }
            dl.kv { @for (sum, says) in &it.announced { (line(says, &lang.amount(*sum))) } }
        }
    }
}

fn state_chip(lang: Lang, state: &str) -> Markup {
    let shape = match state {
        "signed" => State::Paid,
        "differs" => State::Declined,
        _ => State::Waiting,
    };
    chip_saying(shape, &lang.t(&format!("settle-state-{state}")))
}

fn days(lang: Lang, it: &NostroCard) -> Markup {
    html! {
        h3 { (lang.t("settle-days")) }
        @if it.days.is_empty() {
            (empty(Icon::List, &lang.t("settle-no-days"), &lang.t("settle-no-days-lead")))
        } @else {
            div.card.flush {
                div.scroll tabindex="0" role="region" aria-label=(lang.t("settle-days")) {
                    table.data {
                        thead { tr {
                            th scope="col" { (lang.t("settle-day")) }
                            th scope="col" { (lang.t("settle-state")) }
                            th.num scope="col" { (lang.t("settle-opening")) }
                            th.num scope="col" { (lang.t("settle-topped-up")) }
                            th.num scope="col" { (lang.t("settle-captured")) }
                            th.num scope="col" { (lang.t("settle-refunded")) }
                            th.num scope="col" { (lang.t("settle-closing")) }
                        } }
                        tbody { @for day in &it.days { (row(lang, day)) } }
                    }
                }
            }
        }
    }
}

/// A day's name in words: its date as people write it, and its part, if it was closed in parts.
fn day_words(lang: Lang, name: &str) -> String {
    let (date, part) = name.split_at_checked(10).unwrap_or((name, ""));
    let Ok(date) = date.parse() else { return name.to_owned() };
    match part.strip_prefix('-') {
        Some(part) => format!("{} ({part})", lang.day(date)),
        None => lang.day(date),
    }
}

fn row(lang: Lang, it: &DayRow) -> Markup {
    html! {
        tr {
            td { a href=(link(lang, &it.href)) { (day_words(lang, &it.name)) } }
            td { (state_chip(lang, it.state)) }
            td.num { (lang.amount(it.opening)) }
            td.num { (lang.amount(it.topped_up)) }
            td.num { (lang.amount(it.captured)) }
            td.num { (lang.amount(it.refunded)) }
            td.num { (lang.amount(it.closing)) }
        }
    }
}

/// The page of one day.
pub fn day_page(of: &SettledDayPage) -> Markup {
    let lang = of.chrome.lang;
    let title = lang.tf("settle-day-title", &[("day", &day_words(lang, &of.name))]);
    let body = html! {
        div.section-head { h1 { (title) } }
        (bar(lang, &of.base, Some("settlement")))
        nav.cluster aria-label=(lang.t("settle-files")) {
            a.btn.second.slim href=(link(lang, &of.file)) download { (lang.t("settle-file")) }
            a.btn.second.slim href=(link(lang, &of.entries)) download { (lang.t("settle-csv")) }
        }
        p.small { (lang.t("settle-verify")) " " code { "enishi settlement verify" } }
        @for it in &of.statements { (statement(lang, of, it)) }
    };
    layout::page(&of.chrome, &title, "", &body)
}

fn statement(lang: Lang, of: &SettledDayPage, it: &StatementCard) -> Markup {
    let id = format!("s-{}", it.keeper);
    let counted = |sum: super::super::view::Amount, count: u64| {
        format!("{} · {}", lang.amount(sum), lang.count(count))
    };
    let [captures, refunds, top_ups] = it.counts;
    let range = |(from, to): (u64, u64)| format!("{from} … {to}");
    html! {
        section.stack-3 aria-labelledby=(id) {
            div.split {
                h2 id=(id) {
                    (lang.tf("settle-of", &[("keeper", &it.keeper), ("other", &it.other)]))
                }
                (state_chip(lang, it.row.state))
            }
            @if let Some((field, ours, theirs)) = it.differs {
                p.note-ink role="alert" {
                    (lang.tf("settle-differs", &[
                        ("field", &lang.t(&format!("settle-field-{}", field.replace('_', "-")))),
                        ("computed", &lang.count(ours)),
                        ("told", &lang.count(theirs)),
                    ]))
                }
            }
            div.cols.cols-2 {
                dl.card.kv {
                    (line(&lang.t("settle-opening"), &lang.amount(it.row.opening)))
                    (line(&lang.t("settle-topped-up"), &counted(it.row.topped_up, top_ups)))
                    (line(&lang.t("settle-captured"), &counted(it.row.captured, captures)))
                    (line(&lang.t("settle-refunded"), &counted(it.row.refunded, refunds)))
                    div.sum { dt { (lang.t("settle-closing")) } dd { (lang.amount(it.row.closing)) } }
                }
                dl.card.kv {
                    (line(&lang.t("settle-closed"), &lang.stamp(it.closed, of.zone)))
                    (line(&lang.tf("settle-messages", &[("cell", &it.keeper)]), &range(it.messages[0])))
                    (line(&lang.tf("settle-messages", &[("cell", &it.other)]), &range(it.messages[1])))
                    @for cell in [&it.keeper, &it.other] {
                        @let key = it.signed.iter().find(|(whose, _)| whose == cell);
                        (line(
                            &lang.tf("settle-signed-by", &[("cell", cell)]),
                            &key.map_or_else(|| lang.t("settle-unsigned"), |(_, key)| key.clone()),
                        ))
                    }
                }
            }
            (entries(lang, of, it))
        }
    }
}

fn entries(lang: Lang, of: &SettledDayPage, it: &StatementCard) -> Markup {
    html! {
        @if it.rows.is_empty() {
            (empty(Icon::List, &lang.t("settle-no-entries"), &lang.t("settle-no-entries-lead")))
        } @else {
            div.card.flush {
                div.scroll tabindex="0" role="region" aria-label=(lang.t("settle-entries")) {
                    table.data {
                        thead { tr {
                            th.num scope="col" { (lang.t("settle-message")) }
                            th scope="col" { (lang.t("settle-at")) }
                            th scope="col" { (lang.t("settle-kind")) }
                            th.num scope="col" { (lang.t("settle-amount")) }
                            th.num scope="col" { (lang.t("settle-after")) }
                        } }
                        tbody {
                            @for (number, at, kind, sum, after) in &it.rows {
                                tr {
                                    td.num { (lang.count(*number)) }
                                    td { (lang.clock_seconds(*at, of.zone)) }
                                    td { (lang.t(&format!("settle-kind-{}", kind.replace('_', "-")))) }
                                    td.num { (lang.signed(*sum)) }
                                    td.num { (lang.amount(*after)) }
                                }
                            }
                        }
                    }
                }
            }
            @if it.more { p.small.quiet { (lang.t("settle-more")) } }
        }
    }
}
