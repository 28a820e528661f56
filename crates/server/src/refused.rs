//! What people of a business tried lately and were refused, as they may not do it: kept in memory, for
//! who answers for them to see beside what was done.
//!
//! A refusal changes nothing, so there is no record of it; the journal is for what happened. Were
//! there one, whoever is refused could fill a journal for ever. So the newest of them are kept here
//! and not longer than this process runs: who, what and why, by numbers and codes. A list that was
//! lost says so by its beginning.
//!
//! **Absent.** What was typed; whoever is not known by a key or a session (the metrics count them);
//! refusals that say nothing of the person: a form that is unfit, money that is not there, a limit
//! of a customer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use kernel::{Actor, Role, Span, Timestamp};

use crate::problem::Problem;

/// So many are kept in a cell.
const MOST: usize = 1_000;
/// And of one person: nobody drives out what others tried.
const MOST_OF_ONE: usize = 50;
/// What is tried again before so long is one line.
const AGAIN: Span = Span::seconds(600);

/// The codes that are of who asks.
const KEPT: [&str; 13] = [
    "approval_needed",
    "duty_above_own",
    "passkey_cloned",
    "passkey_ended",
    "passkey_needed",
    "passkey_not_found",
    "passkey_unproven",
    "proof_used",
    "role_not_allowed",
    "scope_missing",
    "second_person_needed",
    "sign_in_again",
    "sign_needed",
];

/// Something that was tried and refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// How often.
    pub times: u32,
    /// Who tried.
    pub actor: Actor,
    /// What: the name of a command, or the method and the path of what was asked for.
    pub what: String,
    /// Why not.
    pub code: &'static str,
}

/// The newest of them.
#[derive(Debug)]
pub struct RefusedList {
    since: Timestamp,
    known: Mutex<VecDeque<Refused>>,
}

impl RefusedList {
    /// An empty list that begins now.
    pub fn new(now: Timestamp) -> Self {
        Self { since: now, known: Mutex::default() }
    }

    /// Since when it is kept.
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Refused>> {
        self.known.lock().expect("no holder of this lock panics")
    }

    /// Notes a refusal, if it is of who asks and that is somebody of a business.
    pub fn note(&self, now: Timestamp, actor: Actor, what: &str, problem: &Problem) {
        self.note_code(now, actor, what, problem.code);
    }

    /// The same by its code.
    pub fn note_code(&self, now: Timestamp, actor: Actor, what: &str, code: &'static str) {
        let business = matches!(actor.role, Role::Merchant | Role::Operator);
        if !business || !KEPT.contains(&code) {
            return;
        }
        let mut known = self.lock();
        let same = |it: &&mut Refused| {
            it.actor == actor && it.code == code && it.what == what && it.last.plus(AGAIN) > now
        };
        if let Some(before) = known.iter_mut().rev().find(same) {
            (before.last, before.times) = (now, before.times.saturating_add(1));
            return;
        }
        let theirs = |it: &Refused| it.actor.person == actor.person;
        if known.iter().filter(|it| theirs(it)).count() >= MOST_OF_ONE {
            let oldest = known.iter().position(theirs);
            oldest.map(|at| known.remove(at));
        } else if known.len() >= MOST {
            known.pop_front();
        }
        let (first, last, what) = (now, now, what.to_owned());
        known.push_back(Refused { first, last, times: 1, actor, what, code });
    }

    /// Those that somebody may see, the newest first: a shop sees its own, an operator all.
    pub fn seen_by(&self, actor: Actor, most: usize) -> Vec<Refused> {
        let all = actor.role == Role::Operator;
        let known = self.lock();
        let mut seen: Vec<_> =
            known.iter().filter(|it| all || it.actor.party == actor.party).cloned().collect();
        seen.sort_by_key(|it| std::cmp::Reverse(it.last));
        seen.truncate(most);
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_000 + seconds)
    }

    fn cashier(person: u32) -> Actor {
        Actor::of(3, Role::Merchant).by(person)
    }

    #[test]
    fn what_is_tried_again_is_one_line_and_nobody_drives_others_out() {
        let list = RefusedList::new(at(0));
        list.note_code(at(1), cashier(9), "RefundPayment", "sign_needed");
        for second in 0..300 {
            list.note_code(at(second), cashier(8), "RefundPayment", "sign_needed");
            list.note_code(at(second), cashier(8), &format!("GET /{second}"), "scope_missing");
        }
        let seen = list.seen_by(cashier(8), MOST);
        assert_eq!(seen.len(), MOST_OF_ONE + 1);
        assert!(seen.iter().any(|it| it.actor.person == 9));
        // The line that was driven out began anew.
        list.note_code(at(700), cashier(9), "RefundPayment", "sign_needed");
        let later = list.seen_by(cashier(9), 1);
        assert_eq!((later[0].first, later[0].times), (at(700), 1), "it was long ago");
        list.note_code(at(701), cashier(9), "RefundPayment", "sign_needed");
        assert_eq!(list.seen_by(cashier(9), 1)[0].times, 2);
        for person in 100..2_000 {
            list.note_code(at(800), cashier(person), "RefundPayment", "sign_needed");
        }
        assert_eq!(list.seen_by(cashier(9), usize::MAX).len(), MOST);
    }

    #[test]
    fn a_shop_sees_its_own_and_what_says_nothing_of_a_person_is_not_kept() {
        let list = RefusedList::new(at(0));
        list.note_code(at(1), cashier(9), "RefundPayment", "insufficient_funds");
        list.note_code(at(1), Actor::of(5, Role::Traveller), "ConfirmPayment", "scope_missing");
        assert_eq!(list.seen_by(Actor::of(1, Role::Operator), 9), []);
        list.note_code(at(1), cashier(9), "RefundPayment", "duty_above_own");
        assert_eq!(list.seen_by(Actor::of(4, Role::Merchant), 9), []);
        assert_eq!(list.seen_by(Actor::of(3, Role::Merchant), 9).len(), 1);
        assert_eq!(list.seen_by(Actor::of(1, Role::Operator), 9).len(), 1);
    }
}
