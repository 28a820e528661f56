//! The display one types an amount into; with script there are keys below it. The form itself
//! stands below the screen and is named by `form`.

use maud::{Markup, html};

use super::icon::Icon;
use super::parts::problem_of_shop;
use super::text::Lang;
use super::view::{Problem, Unit};

/// What a display shows.
pub(super) struct Display<'a> {
    /// The field's id, one on its page.
    pub id: &'a str,
    /// The key of its label.
    pub label: &'a str,
    /// In what one types.
    pub unit: Unit,
    /// What was typed before.
    pub typed: &'a str,
    /// The id of the form it belongs to.
    pub form: &'a str,
    /// What was wrong with it.
    pub wrong: Option<&'a Problem>,
}

/// See the module.
pub(super) fn display(lang: Lang, of: &Display<'_>) -> Markup {
    let mode = if of.unit.exponent == 0 { "numeric" } else { "decimal" };
    let wrong = format!("{}-wrong", of.id);
    html! {
        div.display {
            label.small.quiet for=(of.id) { (lang.t(of.label)) }
            p.amount.huge.end {
                span.n {
                    input id=(of.id) name="amount" form=(of.form) value=(of.typed) inputmode=(mode)
                        required autocomplete="off" maxlength="20" placeholder="0" size="8"
                        aria-describedby=[of.wrong.map(|_| &wrong)]
                        aria-invalid=[of.wrong.map(|_| "true")];
                    abbr { (lang.unit_sign(of.unit)) }
                }
            }
        }
        @if let Some(it) = of.wrong { div id=(wrong) { (problem_of_shop(lang, it)) } }
        div.keys data-keypad={ "#" (of.id) } hidden {
            @for key in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0"] {
                button type="button" data-key=(key) { (key) }
            }
            button type="button" data-key="back" aria-label=(lang.t("till-clear")) {
                (Icon::Clear.draw())
            }
        }
    }
}
