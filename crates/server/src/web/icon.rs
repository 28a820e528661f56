//! The drawings of the sheet: line icons on a grid of 24, and the five shapes of a state.

use maud::{Markup, html};

use super::view::State;

/// A line icon, drawn in the colour of the text beside it and silent to a reader.
#[derive(Clone, Copy)]
pub enum Icon {
    Arrow,
    Back,
    Bolt,
    Check,
    Clear,
    Code,
    Copy,
    Figures,
    List,
    Lock,
    Park,
    Person,
    Print,
    Ride,
    Scan,
    Shop,
    Stay,
    Undo,
    Upload,
    Wallet,
    Warn,
}

impl Icon {
    /// The icon at the size of the text.
    pub fn draw(self) -> Markup {
        html! {
            svg.i viewBox="0 0 24 24" aria-hidden="true" {
                @for d in self.paths() { path d=(d) {} }
            }
        }
    }

    fn paths(self) -> &'static [&'static str] {
        match self {
            Icon::Arrow => &["M5 12h14M13 6l6 6-6 6"],
            Icon::Back => &["M19 12H5M11 6l-6 6 6 6"],
            Icon::Bolt => &["M13 3L5 14h6l-1 7 8-11h-6z"],
            Icon::Check => &["M5 12.5l4.5 4.5L19 7.5"],
            Icon::Clear => &["M9 6h11v12H9l-6-6zM12 10l4 4M16 10l-4 4"],
            Icon::Code => &["M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h3v3h-3zM20 14v3M17 20h3"],
            Icon::Copy => &["M9 9h11v11H9zM5 15H4V4h11v1"],
            Icon::Figures => &["M4 4v16h16M8 16l4-5 3 3 5-7"],
            Icon::List => &["M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01"],
            Icon::Lock => &[
                "M7 11h10a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2z",
                "M8 11V8a4 4 0 0 1 8 0v3",
            ],
            Icon::Park => &["M3 20h18M12 4v16M12 4l7 3-7 3M6 20c0-4 2-6 6-7M18 20c0-3-2-5-6-6"],
            Icon::Person => {
                &["M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0z", "M4.5 20c.5-4 3.5-6 7.5-6s7 2 7.5 6"]
            }
            Icon::Print => {
                &["M7 9V4h10v5M7 17H4v-7a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v7h-3", "M7 14h10v6H7z"]
            }
            Icon::Ride => &[
                "M9.5 16a3.5 3.5 0 1 1-7 0a3.5 3.5 0 0 1 7 0z",
                "M21.5 16a3.5 3.5 0 1 1-7 0a3.5 3.5 0 0 1 7 0z",
                "M6 16l4-8h5l3 8M10 8l4 8M8.5 8H11M15 8l1-3h2",
            ],
            Icon::Scan => &[
                "M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3",
                "M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16",
            ],
            Icon::Shop => &[
                "M4 9l1.5-5h13L20 9M4 9a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0A2.7 2.7 0 0 0 20 9",
                "M5.5 12v8h13v-8M10 20v-5h4v5",
            ],
            Icon::Stay => &["M4 20V10l8-6 8 6v10M4 20h16M9 20v-6h6v6"],
            Icon::Undo => &["M9 7H5V3M5 7c3-4 9-4 12-1s3 9 0 12-8 3-11 0"],
            Icon::Upload => &["M12 15V4M7 9l5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3"],
            Icon::Wallet => &[
                "M4 7h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z",
                "M4 7a2 2 0 0 1 2-2h10v2M20 12h-4a1.7 1.7 0 0 0 0 3.4h4",
            ],
            Icon::Warn => &["M12 4L2.5 20h19zM12 10v4.5M12 17.3v.01"],
        }
    }
}

/// The two strands that hold each other.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" aria-hidden="true" {
            path.a d="M1.5 5.5H14a7 7 0 0 1 0 14M7.8 19.5H1.5" {}
            path.b d="M30.5 26.5H18a7 7 0 0 1 0-14M24.2 12.5h6.3" {}
        }
    }
}

/// The shape of a state; `class` is `big` on a result and empty elsewhere.
pub fn shape(state: State, class: &str) -> Markup {
    html! {
        svg class=[(!class.is_empty()).then_some(class)] viewBox="0 0 24 24" aria-hidden="true" {
            @match state {
                State::Waiting => {
                    circle cx="12" cy="12" r="9" {}
                    path d="M12 7v5l3.5 2" {}
                }
                State::Doubt => {
                    path d="M12 2.5L21.5 12 12 21.5 2.5 12z" {}
                    path d="M9.8 9.8a2.3 2.3 0 1 1 3.3 2.1c-.7.4-1.1.8-1.1 1.6M12 16.3v.01" {}
                }
                State::Paid => {
                    circle.f cx="12" cy="12" r="9.5" {}
                    path.k d="M7.5 12.5l3 3 6-6.5" {}
                }
                State::Declined | State::Cancelled | State::Expired => {
                    rect x="3" y="3" width="18" height="18" rx="2" {}
                    path d="M8 8l8 8M16 8l-8 8" {}
                }
                State::Refunded => {
                    path.f d="M10 3L2.5 12l7.5 9v-5h11V8H10z" {}
                    path.k d="M8 12h9M11 9l-3 3 3 3" {}
                }
            }
        }
    }
}
