//! The window of a link: what waits for an answer, and until when something new may start.

use corridor::{
    CaptureMode, Event, FreezeReason, Frozen, Link, LinkOpened, Message, Received, Sent, State,
    WindowSet,
};
use kernel::{Id, Module, Ref, Span, Timestamp};

const START: Timestamp = Timestamp::from_seconds(1_000);

/// One side of one link, fed with facts.
struct Side {
    state: State,
    now: Timestamp,
}

impl Side {
    /// A window of three payments and ten seconds.
    fn new() -> Self {
        let mut side = Self { state: State::default(), now: START };
        let opened = LinkOpened {
            peer: 2,
            name: "jp".to_owned(),
            nostro: None,
            mirror: Some(1),
            max_unanswered: 3,
            max_age_us: Span::seconds(10).0,
        };
        side.evolve(opened);
        side
    }

    fn evolve(&mut self, fact: impl Into<Event>) {
        self.state.evolve(self.now, &fact.into());
    }

    fn link(&self) -> &Link {
        &self.state.links[0]
    }

    fn open(&self) -> bool {
        self.link().open_for_new(self.now)
    }

    fn send(&mut self, message: Message) {
        let number = self.link().sent + 1;
        self.evolve(Sent { link: 0, number, nostro_balance_after: None, message });
    }

    fn authorize(&mut self) {
        self.send(Message::Authorize {
            payment: Id::new(1),
            store: Ref::new(2, 3, 4),
            amount: 5,
            valid_until: self.now,
            capture: CaptureMode::Now,
            requested: false,
            payer: 6,
            place: None,
        });
    }

    /// A message of the other side that answers this one of ours.
    fn answered(&mut self, number: u64) {
        let answers = Some(number);
        let (position, hash) = (1, None);
        let number = self.link().received + 1;
        self.evolve(Received { link: 0, number, position, hash, answers });
    }
}

#[test]
fn it_is_full_until_an_answer_comes() {
    let mut side = Side::new();
    for _ in 0..3 {
        assert!(side.open());
        side.authorize();
    }
    assert!(!side.open());
    side.answered(2);
    assert_eq!((side.link().in_flight, side.link().unanswered.len()), (2, 3));
    assert!(side.open(), "room is room, whichever was answered");
    // The same answer again, and one to nothing: neither makes more room.
    side.answered(2);
    side.answered(9);
    assert_eq!(side.link().in_flight, 2);
    side.answered(1);
    assert_eq!((side.link().in_flight, side.link().unanswered.len()), (1, 1));
    side.answered(3);
    side.answered(3);
    assert_eq!((side.link().in_flight, side.link().unanswered.len()), (0, 0));
}

#[test]
fn other_messages_take_no_room() {
    let mut side = Side::new();
    for _ in 0..9 {
        side.send(Message::CancelAsked { payment: Id::new(1) });
    }
    assert!(side.open());
    assert_eq!((side.link().sent, side.link().in_flight), (9, 0));
}

#[test]
fn the_oldest_that_waits_closes_it_by_its_age() {
    let mut side = Side::new();
    side.authorize();
    side.now = START.plus(Span::seconds(4));
    side.authorize();
    side.now = START.plus(Span::seconds(10));
    assert!(side.open(), "as old as it may be");
    side.now = side.now.plus(Span(1));
    assert!(!side.open());
    side.answered(1);
    assert!(side.open(), "the next oldest is younger");
    side.evolve(WindowSet { link: 0, max_unanswered: 3, max_age_us: Span::seconds(2).0 });
    assert!(!side.open());
    side.evolve(WindowSet { link: 0, max_unanswered: 0, max_age_us: u64::MAX });
    assert!(!side.open(), "a window of none lets nothing start");
    side.evolve(WindowSet { link: 0, max_unanswered: 2, max_age_us: u64::MAX });
    assert!(side.open());
}

#[test]
fn what_stops_messages_takes_the_place_of_what_does_not() {
    let by_hand = FreezeReason::ByOperator { note: "a drill".to_owned() };
    let faults = FreezeReason::MessageFaults { number: 3 };
    let fork = FreezeReason::WitnessDiffers { position: 4 };
    let differ = FreezeReason::BalancesDiffer { number: 5, ours: 6, theirs: 7 };
    assert!(!by_hand.stops_messages());
    assert!(by_hand.replaces(None) && !by_hand.replaces(Some(&by_hand)));
    for reason in [&faults, &fork, &differ] {
        assert!(reason.stops_messages());
        assert!(reason.replaces(None) && reason.replaces(Some(&by_hand)));
        assert!(!reason.replaces(Some(&fork)), "the first cause is kept");
        assert!(!by_hand.replaces(Some(reason)));
    }
    let mut side = Side::new();
    side.evolve(Frozen { link: 0, reason: by_hand });
    assert!(!side.open());
}

#[test]
#[should_panic(expected = "no gap")]
fn a_gap_in_a_stored_journal_is_a_fault() {
    let mut side = Side::new();
    let (position, hash, answers) = (1, None, None);
    side.evolve(Received { link: 0, number: 2, position, hash, answers });
}

#[test]
fn links_are_found_by_number_peer_and_name() {
    let side = Side::new();
    assert_eq!((side.state.link_to(2), side.state.link_to(3)), (Some(0), None));
    assert_eq!((side.state.link_named("jp"), side.state.link_named("cn")), (Some(0), None));
    assert!(side.state.link(0).is_some() && side.state.link(1).is_none());
}
