//! Where records begin and end: with separators or without.

use crate::fault::{Fault, MAX_FAULTS, Problem};
use crate::layout::{LENGTH, RecordKind};

/// The longest file that is read: about the most transfers that one batch may have.
pub const MAX_BYTES: usize = 128 * 1024 * 1024;

/// The mark that some programs put at the end of a file (Ctrl-Z).
const END_MARK: u8 = 0x1A;

/// How a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineEnd {
    /// Nothing: the next record follows at once.
    None,
    /// CR.
    Cr,
    /// LF.
    Lf,
    /// CR LF.
    CrLf,
}

/// How a file was put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// What stands between two records; the first kind, if there are several.
    pub separator: LineEnd,
    /// What stands after the last one.
    pub last: LineEnd,
    /// Whether the file ends with Ctrl-Z.
    pub has_end_mark: bool,
}

/// A file taken apart.
pub(crate) struct Split<'a> {
    pub(crate) framing: Framing,
    pub(crate) records: Vec<Record<'a>>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) notices: Vec<Fault>,
}

/// A record of the right length.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Counted from 1, those of a wrong length included.
    pub(crate) number: usize,
    pub(crate) bytes: &'a [u8; LENGTH],
}

pub(crate) fn split(bytes: &[u8]) -> Split<'_> {
    let is_of_tail = |byte: &u8| matches!(*byte, b'\r' | b'\n' | END_MARK);
    let body = bytes.iter().rposition(|byte| !is_of_tail(byte)).map_or(0, |last| last + 1);
    let (body, tail) = bytes.split_at(body);
    let before_mark = tail.split(|byte| *byte == END_MARK).next().unwrap_or_default();
    let (last, length) = line_end_at(before_mark);
    let framing =
        Framing { separator: LineEnd::None, last, has_end_mark: tail.contains(&END_MARK) };
    let mut split = Split { framing, records: Vec::new(), faults: Vec::new(), notices: Vec::new() };
    // A line end, then the mark, then perhaps one more line end: anything else is said.
    let after_mark = tail.get(before_mark.len() + 1..).unwrap_or_default();
    if length < before_mark.len() || line_end_at(after_mark).1 < after_mark.len() {
        split.notice(0, Problem::BlankEnd);
    }
    if body.iter().any(|byte| matches!(*byte, b'\r' | b'\n')) {
        split.lines(body);
    } else {
        split.chunks(body);
    }
    split
}

/// The line end that `bytes` begins with, and its length.
const fn line_end_at(bytes: &[u8]) -> (LineEnd, usize) {
    match bytes {
        [b'\r', b'\n', ..] => (LineEnd::CrLf, 2),
        [b'\r', ..] => (LineEnd::Cr, 1),
        [b'\n', ..] => (LineEnd::Lf, 1),
        _ => (LineEnd::None, 0),
    }
}

impl<'a> Split<'a> {
    /// A file with separators: every line is a record.
    fn lines(&mut self, body: &'a [u8]) {
        let (mut rest, mut number) = (body, 0);
        let mut separator = None;
        let mut is_mixed = false;
        while !rest.is_empty() {
            let length = rest.iter().position(|byte| matches!(*byte, b'\r' | b'\n'));
            let (line, after) = rest.split_at(length.unwrap_or(rest.len()));
            let (end, end_length) = line_end_at(after);
            rest = &after[end_length..];
            if line.is_empty() {
                self.notice(number + 1, Problem::BlankLine);
                continue;
            }
            number += 1;
            match <&[u8; LENGTH]>::try_from(line) {
                Ok(bytes) => self.records.push(Record { number, bytes }),
                Err(_) => self.fault(number, Problem::Length(line.len())),
            }
            let end = if rest.is_empty() && after.is_empty() { self.framing.last } else { end };
            // The last record may end with nothing.
            if end != LineEnd::None {
                is_mixed |= *separator.get_or_insert(end) != end;
            }
        }
        self.framing.separator = separator.unwrap_or(LineEnd::None);
        if is_mixed {
            self.notice(0, Problem::MixedSeparators);
        }
    }

    /// A file without separators: every 120 bytes are a record.
    fn chunks(&mut self, body: &'a [u8]) {
        let is_whole = body.len().is_multiple_of(LENGTH);
        let (chunks, rest) = body.as_chunks::<LENGTH>();
        for (number, bytes) in (1..).zip(chunks) {
            if !is_whole && RecordKind::of_byte(bytes[0]).is_none() {
                self.fault(number, Problem::Lost);
                return;
            }
            self.records.push(Record { number, bytes });
        }
        if !rest.is_empty() {
            self.fault(chunks.len() + 1, Problem::Length(rest.len()));
        }
    }

    // One more than is listed, so that it is known that there are more.
    fn fault(&mut self, record: usize, problem: Problem) {
        if self.faults.len() <= MAX_FAULTS {
            self.faults.push(Fault { record, place: None, problem });
        }
    }

    fn notice(&mut self, record: usize, problem: Problem) {
        if self.notices.len() < MAX_FAULTS {
            self.notices.push(Fault { record, place: None, problem });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(separator: &str, last: &str) -> Vec<u8> {
        let record = |kind: char| format!("{kind}{}", " ".repeat(119));
        let records: Vec<String> = ['1', '8', '9'].into_iter().map(record).collect();
        format!("{}{last}", records.join(separator)).into_bytes()
    }

    #[test]
    fn records_are_found_however_they_end() {
        for (separator, last, framing) in [
            ("", "", (LineEnd::None, LineEnd::None, false)),
            ("\r\n", "\r\n", (LineEnd::CrLf, LineEnd::CrLf, false)),
            ("\n", "\n", (LineEnd::Lf, LineEnd::Lf, false)),
            ("\r", "\r", (LineEnd::Cr, LineEnd::Cr, false)),
            ("\r\n", "", (LineEnd::CrLf, LineEnd::None, false)),
            ("\r\n", "\r\n\u{1a}", (LineEnd::CrLf, LineEnd::CrLf, true)),
            ("\r\n", "\u{1a}", (LineEnd::CrLf, LineEnd::None, true)),
            ("", "\u{1a}", (LineEnd::None, LineEnd::None, true)),
            ("", "\r\n", (LineEnd::None, LineEnd::CrLf, false)),
            ("\n", "\n\u{1a}\n", (LineEnd::Lf, LineEnd::Lf, true)),
        ] {
            let bytes = file(separator, last);
            let split = split(&bytes);
            let (separator, last, has_end_mark) = framing;
            assert_eq!(split.framing, Framing { separator, last, has_end_mark });
            assert_eq!(split.records.len(), 3);
            assert!(split.faults.is_empty() && split.notices.is_empty(), "{framing:?}");
        }
    }

    #[test]
    fn what_is_odd_is_said() {
        let said = |bytes: &[u8]| {
            let split = split(bytes);
            let all = split.faults.iter().chain(&split.notices);
            all.map(|fault| (fault.record, fault.problem.clone())).collect::<Vec<_>>()
        };
        assert_eq!(said(&file("\n", "\n\n")), [(0, Problem::BlankEnd)]);
        assert_eq!(said(&file("\n", "\n\u{1a}\u{1a}")), [(0, Problem::BlankEnd)]);
        assert_eq!(said(&file("\r\n", "\n")), [(0, Problem::MixedSeparators)]);
        assert_eq!(said(&file("\n\n", "\n")), [(2, Problem::BlankLine), (3, Problem::BlankLine)]);
        let mut short = file("\n", "\n");
        short.remove(50);
        assert_eq!(said(&short), [(1, Problem::Length(119))]);
        let mut joined = file("\n", "\n");
        joined.remove(120);
        assert_eq!(said(&joined), [(1, Problem::Length(240))]);
        let mut shifted = file("", "");
        shifted.remove(50);
        assert_eq!(said(&shifted), [(2, Problem::Lost)]);
        shifted.insert(50, b' ');
        shifted.pop();
        assert_eq!(said(&shifted), [(3, Problem::Length(119))]);
    }
}
