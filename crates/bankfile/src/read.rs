//! From bytes to values: the order of records, counts and totals.

use calendar::MonthDay;

use crate::fault::{Fault, MAX_FAULTS, Place, Problem};
use crate::framing::{Framing, MAX_BYTES, Record, split};
use crate::layout::{Field, RecordKind};
use crate::model::{BankFile, Batch, Originator, Transfer};
use crate::record::Fields;

/// A file that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it says.
    pub file: BankFile,
    /// How it was put together.
    pub framing: Framing,
    /// What is not as it should be, but does no harm; a file made here has none.
    pub notices: Vec<Fault>,
}

/// Reads a file: records of 120 bytes with CR, LF, CR LF or nothing between, perhaps Ctrl-Z at the
/// end; one batch or several before the one end record.
///
/// # Errors
/// Every fault, in the order of the records, up to [`MAX_FAULTS`]; nothing of such a file is
/// to be used.
pub fn read(bytes: &[u8]) -> Result<Read, Vec<Fault>> {
    if let Some(problem) = not_such_a_file(bytes) {
        return Err(vec![Fault { record: 0, place: None, problem }]);
    }
    let split = split(bytes);
    let mut reader = Reader::new(split.faults, split.notices);
    for record in &split.records {
        reader.record(*record);
    }
    reader.finish(split.framing)
}

/// What makes a file unreadable as a whole.
fn not_such_a_file(bytes: &[u8]) -> Option<Problem> {
    // Kana of JIS X 0201 end at 0xDF; in UTF-8 a kana begins with 0xE3 or 0xEF.
    let is_utf8 = || bytes.iter().any(|byte| *byte >= 0xE0) && std::str::from_utf8(bytes).is_ok();
    match bytes.first() {
        None => Some(Problem::Empty),
        Some(_) if bytes.len() > MAX_BYTES => Some(Problem::TooLong),
        Some(0xF1) => Some(Problem::Ebcdic),
        Some(_) => is_utf8().then_some(Problem::Utf8),
    }
}

struct Reader {
    faults: Vec<Fault>,
    notices: Vec<Fault>,
    batches: Vec<Batch>,
    open: Option<Open>,
    has_ended: bool,
}

/// A batch whose trailer has not come yet.
struct Open {
    /// The record of its header.
    record: usize,
    header: Option<(Originator, MonthDay)>,
    transfers: Vec<Transfer>,
    counted: u64,
    /// `None` once an amount could not be read.
    summed: Option<u64>,
}

impl Reader {
    const fn new(faults: Vec<Fault>, notices: Vec<Fault>) -> Self {
        Self { faults, notices, batches: Vec::new(), open: None, has_ended: false }
    }

    fn record(&mut self, record: Record<'_>) {
        if self.has_too_many_faults() {
            return;
        }
        let Some(kind) = RecordKind::of_byte(record.bytes[0]) else {
            self.fault(record.number, Problem::NoSuchRecord(record.bytes[0]));
            return;
        };
        if self.has_ended {
            self.fault(record.number, Problem::AfterEnd);
            return;
        }
        let mut fields = Fields::new(record, kind);
        match kind {
            RecordKind::Header => self.header(record.number, &mut fields),
            RecordKind::Data => self.data(record.number, &mut fields),
            RecordKind::Trailer => self.trailer(record.number, &mut fields),
            RecordKind::End => self.end(record.number),
        }
        self.faults.append(&mut fields.faults);
        self.notices.append(&mut fields.notices);
        self.notices.truncate(MAX_FAULTS);
    }

    fn header(&mut self, record: usize, fields: &mut Fields<'_>) {
        self.expect_closed(record);
        let header = fields.header();
        self.open =
            Some(Open { record, header, transfers: Vec::new(), counted: 0, summed: Some(0) });
    }

    fn data(&mut self, record: usize, fields: &mut Fields<'_>) {
        let (amount, transfer) = fields.data();
        let Some(open) = &mut self.open else {
            self.fault(record, Problem::NoHeader);
            return;
        };
        open.counted += 1;
        open.summed =
            open.summed.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount.number()));
        open.transfers.extend(transfer);
    }

    fn trailer(&mut self, record: usize, fields: &mut Fields<'_>) {
        let (count, total) = fields.trailer();
        let Some(open) = self.open.take() else {
            self.fault(record, Problem::NoHeader);
            return;
        };
        let counted = open.counted;
        if let Some(written) = count.filter(|written| *written != counted) {
            self.fault_at(record, Field::Count, Problem::Count { written, counted });
        }
        if let Some((written, summed)) = total.zip(open.summed).filter(|(a, b)| a != b) {
            self.fault_at(record, Field::Total, Problem::Total { written, summed });
        }
        if let Some((originator, date)) = open.header {
            match Batch::try_new(originator, date, open.transfers) {
                Ok(batch) => self.batches.push(batch),
                // Where transfers could not be read, that has been said.
                Err(_) if counted > 0 && !self.faults.is_empty() => {}
                Err(error) => self.fault(record, Problem::NotABatch(error)),
            }
        }
    }

    fn end(&mut self, record: usize) {
        self.expect_closed(record);
        self.has_ended = true;
    }

    /// A batch that is still open has lost its trailer.
    fn expect_closed(&mut self, record: usize) {
        if let Some(open) = self.open.take() {
            self.fault(record, Problem::NoTrailer { header: open.record });
        }
    }

    fn finish(mut self, framing: Framing) -> Result<Read, Vec<Fault>> {
        if !self.has_ended && !self.has_too_many_faults() {
            self.fault(0, Problem::NoEnd);
        }
        let file = BankFile::try_new(self.batches);
        if file.is_err() && self.faults.is_empty() {
            self.faults.push(Fault { record: 0, place: None, problem: Problem::NoBatches });
        }
        match file {
            Ok(file) if self.faults.is_empty() => Ok(Read { file, framing, notices: self.notices }),
            _ => Err(in_order(self.faults)),
        }
    }

    /// From then on nothing is read: a file of nothing but faults would fill the memory with them.
    const fn has_too_many_faults(&self) -> bool {
        self.faults.len() > MAX_FAULTS
    }

    fn fault(&mut self, record: usize, problem: Problem) {
        self.faults.push(Fault { record, place: None, problem });
    }

    fn fault_at(&mut self, record: usize, field: Field, problem: Problem) {
        let place = Some(Place::of(RecordKind::Trailer, field));
        self.faults.push(Fault { record, place, problem });
    }
}

/// In the order of the records, those of the whole file last; no more than are of use.
fn in_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by_key(|fault| {
        (fault.record == 0, fault.record, fault.place.map_or(0, |place| place.first))
    });
    if faults.len() > MAX_FAULTS {
        faults.truncate(MAX_FAULTS);
        faults.push(Fault { record: 0, place: None, problem: Problem::TooManyFaults });
    }
    faults
}
