//! The deciding half of a cell, without threads: it takes work, builds a group, and says what
//! to tell once that group is durable. The runtime and the simulator drive the same code.

use std::sync::Arc;

use corridor::Sent;
use economy::{
    Answer, Command, Decision, Draft, Event, Query, Refusal, Reply, Request, State, encode_record,
};
use journal::{GroupBuf, Head, ReadError, Reader};
use kernel::{Actor, Context, Fault, Timestamp};

use crate::codes::{Codes, check};

/// What to tell a caller, before it may be told.
#[derive(Clone, Debug)]
pub enum Told {
    /// Decided.
    Done {
        /// The reply.
        reply: Reply,
        /// The group it rests on.
        position: u64,
        /// Its record; none when nothing changed.
        index: Option<u32>,
    },
    /// Answered before; the reply stands in this record.
    Repeat {
        /// The group.
        position: u64,
        /// The record in it.
        index: u32,
    },
    /// The answer is no.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The group it rests on.
        position: u64,
    },
    /// The answer to a question.
    Answered {
        /// The answer.
        answer: Answer,
        /// The group it rests on.
        position: u64,
    },
}

/// A group that is ready for the journal, and what may be told once it is durable. Without
/// records it only waits for the group before it.
#[derive(Debug)]
pub struct Built<T> {
    /// The records.
    pub group: GroupBuf,
    /// The position of the group, or of the newest one when it has no records.
    pub position: u64,
    /// Whom to tell what.
    pub told: Vec<(T, Told)>,
    /// The messages the group sends.
    pub sent: Vec<Sent>,
}

/// The deciding half of a cell. `T` is how a caller is found again.
pub struct Core<T> {
    state: State,
    draft: Draft,
    group: GroupBuf,
    spare: Option<GroupBuf>,
    told: Vec<(T, Told)>,
    sent: Vec<Sent>,
    /// The position the group being built will have.
    next: u64,
    now: Timestamp,
    weight: u32,
    codes: Option<Arc<dyn Codes>>,
}

impl<T> Core<T> {
    /// A core over a state that stands at `head`, whose newest group has the time `time`.
    pub fn new(state: State, head: Head, time: u64) -> Self {
        Self {
            state,
            draft: Draft::default(),
            group: GroupBuf::new(),
            spare: None,
            told: Vec::new(),
            sent: Vec::new(),
            next: head.position + 1,
            now: Timestamp(time),
            weight: 0,
            codes: None,
        }
    }

    /// The same with what can check one-time codes; without, none is good.
    pub fn with_codes(self, codes: Option<Arc<dyn Codes>>) -> Self {
        Self { codes, ..self }
    }

    /// What the cell knows, including what is not durable yet.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The same, to be copied bit by bit into a snapshot.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Stamps the group. Within a group the first stamp holds; time never goes back.
    pub fn stamp(&mut self, wall: Timestamp) {
        if self.group.is_empty() {
            self.now = self.now.max(wall);
            self.group.set_time(self.now.0);
        }
    }

    /// The time of the group being built.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What the group being built weighs.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// Bytes in the group being built.
    pub fn bytes(&self) -> usize {
        self.group.bytes()
    }

    /// Whether there is nothing to hand over.
    pub fn is_empty(&self) -> bool {
        self.group.is_empty() && self.told.is_empty()
    }

    /// Whether there is something to write.
    pub fn writes(&self) -> bool {
        !self.group.is_empty()
    }

    /// What may be told as soon as [`Self::resting`] is durable, when there is nothing to write.
    pub fn take_told(&mut self) -> Vec<(T, Told)> {
        self.weight = 0;
        std::mem::take(&mut self.told)
    }

    /// The group that everything decided so far rests on.
    pub fn resting(&self) -> u64 {
        if self.group.is_empty() { self.next - 1 } else { self.next }
    }

    /// Decides a command; its facts become the next record of the group.
    pub fn submit(&mut self, request: &Request, ticket: T) {
        let told = self.decide(request);
        self.told.push((ticket, told));
    }

    fn decide(&mut self, request: &Request) -> Told {
        self.weight += request.command.weight();
        let mut context = Context::new(self.now, request.actor, self.state.cell);
        if let Some(codes) = &self.codes
            && let Some(asked) = self.state.code_question(self.now, &request.command)
        {
            context.code = check(codes.as_ref(), &asked);
        }
        match self.state.decide(&context, request, &mut self.draft) {
            Err(refusal) => Told::Refused { refusal, position: self.resting() },
            Ok(Decision::Repeat { position, index }) => Told::Repeat { position, index },
            Ok(Decision::New(reply)) if self.draft.events.is_empty() => {
                Told::Done { reply, position: self.resting(), index: None }
            }
            Ok(Decision::New(reply)) => {
                let index = self.write(request, &reply);
                Told::Done { reply, position: self.next, index: Some(index) }
            }
        }
    }

    fn write(&mut self, request: &Request, reply: &Reply) -> u32 {
        let events = std::mem::take(&mut self.draft.events);
        let index = self.group.len() as u32;
        self.group.push_with(|out| encode_record(out, request, &events, reply));
        for event in &events {
            self.state.evolve(self.now, event);
            if let Event::Corridor(corridor::Event::Sent(sent)) = event {
                self.sent.push(sent.clone());
            }
        }
        if let Some(asked) = &request.fingerprint {
            self.state.remember(self.now, asked, self.next, index);
        }
        // The draft keeps its room for the next decision.
        self.draft.events = events;
        index
    }

    /// Answers a question.
    pub fn ask(&mut self, query: &Query, ticket: T) {
        self.weight += 1;
        let position = self.resting();
        let told = match self.state.answer(query) {
            Ok(answer) => Told::Answered { answer, position },
            Err(refusal) => Told::Refused { refusal, position },
        };
        self.told.push((ticket, told));
    }

    /// When the clock next ends something.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.state.next_deadline()
    }

    /// Ends what has run out. Returns whether anything had.
    pub fn tick(&mut self) -> bool {
        let request = Request { actor: Actor::CELL, fingerprint: None, command: Command::Tick };
        let before = self.weight;
        let ticked = matches!(self.decide(&request), Told::Done { index: Some(_), .. });
        if !ticked {
            // Nothing is to be handed over: were its weight to stay, such looks would fill a group
            // that is never sealed, and nothing more be taken in.
            self.weight = before;
        }
        ticked
    }

    /// Hands the group over; the next one begins.
    pub fn seal(&mut self) -> Built<T> {
        let position = self.resting();
        if !self.group.is_empty() {
            self.next += 1;
        }
        self.weight = 0;
        let mut fresh = self.spare.take().unwrap_or_default();
        fresh.clear();
        Built {
            group: std::mem::replace(&mut self.group, fresh),
            position,
            told: std::mem::take(&mut self.told),
            sent: std::mem::take(&mut self.sent),
        }
    }

    /// Gives a group's memory back to be used again.
    pub fn reuse(&mut self, group: GroupBuf) {
        self.spare = Some(group);
    }

    /// Whoever waits for what was not handed over.
    pub fn into_waiting(self) -> impl Iterator<Item = T> {
        self.told.into_iter().map(|(ticket, _)| ticket)
    }
}

/// How far a replay came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Groups applied.
    pub groups: u64,
    /// Records applied.
    pub records: u64,
    /// Bytes of their groups.
    pub bytes: u64,
    /// The time of the last group.
    pub time: u64,
}

/// Why a journal could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record could not be applied.
    #[error("group {position}, record {index}: {fault}")]
    Record {
        /// The group.
        position: u64,
        /// The record in it.
        index: u32,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// Applies every durable group from `from` on to a state.
pub fn replay(
    state: &mut State,
    reader: &mut dyn Reader,
    from: u64,
) -> Result<Replayed, ReplayError> {
    let mut replayed = Replayed::default();
    let mut at = from.max(1);
    while let Some(group) = reader.read_from(at)? {
        let position = group.position;
        for (index, record) in group.records().enumerate() {
            let index = index as u32;
            state
                .replay(Timestamp(group.time), position, index, record)
                .map_err(|fault| ReplayError::Record { position, index, fault })?;
            replayed.records += 1;
        }
        replayed.groups += 1;
        replayed.bytes += group.bytes() as u64;
        replayed.time = group.time;
        at = position + 1;
    }
    Ok(replayed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A deadline may come before what it is for, and be looked at every second for days.
    #[test]
    fn looking_in_vain_does_not_fill_a_group_that_is_never_sealed() {
        let mut core: Core<()> = Core::new(State::new(2, 99), Head::EMPTY, 0);
        for _ in 0..2_000 {
            assert!(!core.tick());
        }
        assert!(core.is_empty() && core.weight() == 0);
    }
}
