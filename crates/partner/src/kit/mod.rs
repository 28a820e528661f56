//! The conformance kit: plays the other side against a partner's endpoint, and says of each rule of
//! the protocol whether it is kept. `enishi partner check` prints what it finds.
//!
//! It asks only, and reads the partner's messages by asking for them: nobody has to be reachable
//! from the partner. What people do there (a refund, a part taken) the partner's sandbox does, when it
//! is asked to; see docs/partner-protocol.md §9.

mod numbering;
mod payer;
mod seller;
mod session;
mod signing;

use ed25519_dalek::SigningKey;
use link::keys::PublicKey;

pub use session::{Act, Sandbox, Session};

/// Whom the kit checks, and as whom.
#[derive(Clone)]
pub struct Checked {
    /// The partner's address.
    pub url: String,
    /// The partner's name.
    pub name: String,
    /// The partner's public key.
    pub trusted: PublicKey,
    /// As whom the kit asks: the name that the partner's sandbox knows it by.
    pub own: String,
    /// The number that the sandbox knows it by: the stores that its payer pays at begin with it.
    pub number: u16,
    /// What the kit signs with.
    pub key: SigningKey,
}

/// What was found of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where the protocol says so.
    pub section: &'static str,
    /// What must be so.
    pub rule: &'static str,
    /// What was so instead; none when the rule is kept.
    pub instead: Option<String>,
}

/// What was found of all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they were tried.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many rules are not kept.
    pub fn failed(&self) -> usize {
        self.findings.iter().filter(|finding| finding.instead.is_some()).count()
    }
}

/// Checks a partner. `each` hears of each finding as it is made.
pub fn check(checked: Checked, each: &mut dyn FnMut(&Finding)) -> Report {
    let mut session = Session::new(checked);
    let mut report = Report::default();
    let mut found = |finding: Finding| {
        each(&finding);
        report.findings.push(finding);
    };
    let began = session.begin();
    let reached = began.is_ok();
    found(Finding {
        section: "3",
        rule: "a signed request is answered, signed",
        instead: began.err(),
    });
    if !reached {
        return report;
    }
    let roles = session.roles();
    let mut rules: Vec<Rule> = Vec::new();
    rules.extend(signing::RULES);
    if roles.seller {
        rules.extend(seller::RULES);
    }
    if roles.payer {
        rules.extend(payer::RULES);
    }
    rules.extend(numbering::RULES);
    for rule in rules {
        let instead = (rule.tried)(&mut session).err();
        found(Finding { section: rule.section, rule: rule.rule, instead });
    }
    report
}

/// A rule, and how it is tried.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    section: &'static str,
    rule: &'static str,
    tried: fn(&mut Session) -> Result<(), String>,
}

/// A rule of a section.
const fn rule(
    section: &'static str,
    rule: &'static str,
    tried: fn(&mut Session) -> Result<(), String>,
) -> Rule {
    Rule { section, rule, tried }
}
