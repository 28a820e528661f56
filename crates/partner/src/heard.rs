//! The witness that a cell computed for a message of its partner: read from the journal, for who holds
//! the partner's file of a day against it.

use corridor::Event as Crossed;
use economy::{Event, decode_record};
use kernel::Timestamp;

use crate::chain::Hash;
use crate::outbox::{GROUPS, Outbox, Unread};

impl Outbox {
    /// The witness computed here at the partner's message of a number, if that was handled from a
    /// moment on.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn heard(&self, number: u64, from: Timestamp) -> Result<Option<Hash>, Unread> {
        if number == 0 {
            return Ok(Some(Hash::default()));
        }
        let mut at = self.first_group(from)?;
        loop {
            let groups = self.feed.read(at, GROUPS).map_err(|_| Unread)?;
            let Some(last) = groups.last() else { return Ok(None) };
            at = last.group.position + 1;
            for record in groups.iter().flat_map(|durable| durable.group.records()) {
                let decoded = decode_record(record).map_err(|_| Unread)?;
                for event in decoded.events() {
                    if let Event::Corridor(Crossed::Received(heard)) = event.map_err(|_| Unread)?
                        && (heard.link, heard.number) == (self.link, number)
                    {
                        return Ok(heard.hash.map(Hash));
                    }
                }
            }
        }
    }
}
