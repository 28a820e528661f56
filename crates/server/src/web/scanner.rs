//! How a till takes a customer's code: by a scanner that types, by hand, by its camera, from a photo.

use maud::{Markup, html};

use super::icon::Icon;
use super::parts::fragment_link;
use super::text::Lang;
use super::view::{Held, Till};

/// The customer's code by a scanner that types, by hand, by this device's camera, or from a photo.
pub(super) fn scanner(lang: Lang, of: &Till, path: &str, (button, hint): (&str, &str)) -> Markup {
    let to = fragment_link(lang, of.place, path);
    html! {
        form.stack method="post" action=(to) data-swap="#till" data-charge {
            div.field {
                label for="customer-code" { (lang.t("till-customer-code")) }
                input #customer-code .mono name="code" required autocomplete="off"
                    autofocus[button == "till-charge"]
                    spellcheck="false" inputmode="numeric" maxlength="600"
                    placeholder="0000 0000 0000 0000 0000";
                span.hint { (hint) }
            }
            button.btn.second.wide { (Icon::Arrow.draw()) (lang.t(button)) }
        }
        button.btn.second.wide type="button" data-camera-open hidden {
            (Icon::Scan.draw()) (lang.t("till-camera"))
        }
        div.finder data-finder hidden {
            video muted playsinline aria-label=(lang.t("till-camera")) {}
            svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" {
                path d="M1 14V1h14M85 1h14v13M99 86v13H85M15 99H1V86" {}
            }
            button.btn.second #torch type="button" aria-pressed="false" hidden {
                (lang.t("scan-torch"))
            }
        }
        button.btn.plain.wide type="button" data-camera-stop hidden {
            (lang.t("till-camera-stop"))
        }
        p #camera-why .small.quiet role="status" hidden
            data-insecure=(lang.t("camera-insecure")) data-denied=(lang.t("camera-denied"))
            data-none=(lang.t("camera-none")) data-tired=(lang.t("camera-tired")) {}
        form.photo action=(to) data-swap="#till" data-photo hidden {
            label.btn.plain.wide {
                (Icon::Upload.draw()) (lang.t("till-customer-photo"))
                input.sr type="file" accept="image/*" capture="environment";
            }
        }
    }
}

/// A code that was scanned and waits for its amount.
pub(super) fn held(lang: Lang, of: &Till, held: &Held) -> Markup {
    let left = held.until.saturating_sub(of.now).max(0) / 1_000_000;
    html! {
        p.note-ink role="status" {
            (Icon::Check.draw())
            span {
                b { (lang.t("till-held")) } (lang.gap())
                (lang.tn("till-held-use", u64::try_from(left).unwrap_or(0)))
            }
        }
    }
}
