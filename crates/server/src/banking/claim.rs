//! The names that our files carry to a bank and back.

use iso20022::Text;
use kernel::Id;
use kernel::id::BankFile;

/// The name of a file as a message (`MsgId`).
pub fn message_id(file: Id<BankFile>) -> Text<35> {
    Text::try_new(&file.to_string()).expect("an id has 30 characters")
}

/// The name of a transfer (`EndToEndId`), by its place in its file: 35 characters, as many as there
/// may be.
pub fn end_to_end(file: Id<BankFile>, place: usize) -> Text<35> {
    Text::try_new(&format!("{file}-{place:04}")).expect("an id and four digits are 35 characters")
}

/// The file that a name says, and the place if it says one.
pub(super) fn of_name(name: &str) -> Option<(Id<BankFile>, Option<u32>)> {
    match name.rsplit_once('-') {
        Some((file, place)) if place.len() == 4 && place.bytes().all(|b| b.is_ascii_digit()) => {
            Some((file.parse().ok()?, Some(place.parse().ok()?)))
        }
        _ => Some((name.parse().ok()?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_not() {
        let file = Id::new(0x0192_1e5f_0c00_7abc_8def_0123_4567_8906);
        assert_eq!(end_to_end(file, 3_999).as_str().len(), 35);
        assert_eq!(of_name(end_to_end(file, 17).as_str()), Some((file, Some(17))));
        assert_eq!(of_name(message_id(file).as_str()), Some((file, None)));
        for name in ["", "NOTPROVIDED", "INV-0001", "fil_0-0001", &format!("{file}-1")] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }
}
