//! EMVCo customer-presented codes (QRCPS-CPM v1.1) and JPQR's, which are built alike: data objects
//! in BER-TLV, Base64 around them.
//!
//! ```text
//!   85 "CPV01" or "JPQR1"                         first
//!   61 application template, one or more          4F names the application
//!   62 common data template                       at most one, last
//!     63 (in 61) and 64 (in 62) transparent templates: objects again
//! ```

use super::base64;

/// The most characters of a code (CPM §3).
const MOST_CHARACTERS: usize = 512;
const FORMAT: u16 = 0x85;
const APPLICATION: u16 = 0x61;
const COMMON: u16 = 0x62;
const AID: u16 = 0x4f;
const PAN: u16 = 0x5a;
const TRACK_2: u16 = 0x57;
/// Our application (ISO 7816-5 category F, not registered): `F0` and "ENISHI".
const OURS: &[u8] = b"\xf0ENISHI";
/// In our transparent template: the 20 digits, two in a byte.
const OUR_DIGITS: u16 = 0xdf01;

/// Which of the two a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpmFormat {
    /// EMVCo, version 01.
    Emvco,
    /// JPQR, version 1.
    Jpqr,
}

impl CpmFormat {
    const fn bytes(self) -> &'static [u8; 5] {
        match self {
            Self::Emvco => b"CPV01",
            Self::Jpqr => b"JPQR1",
        }
    }
}

/// A customer-presented code taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpm {
    /// Which of the two.
    pub format: CpmFormat,
    /// Templates in the code's order.
    pub templates: Vec<Template>,
}

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Of an application, or common to all.
    pub kind: TemplateKind,
    /// Its objects, in the code's order; each tag once.
    pub objects: Vec<DataObject>,
}

/// What a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// Tag 61.
    Application,
    /// Tag 62.
    Common,
}

/// A data object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    /// Its tag: one byte, or two.
    pub tag: u16,
    /// What it holds.
    pub value: Value,
}

/// What a data object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Bytes.
    Plain(Vec<u8>),
    /// Objects: tags 63 and 64.
    Nested(Vec<DataObject>),
}

/// The number, expiry and service code of a track-2 equivalent (tag 57).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track2 {
    /// The account's number.
    pub number: String,
    /// As `yymm`.
    pub expiry: String,
    /// Three digits.
    pub service: String,
}

/// Why a text is no customer-presented code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpmProblem {
    /// Not Base64, or too long.
    #[error("the text is no Base64 of at most {MOST_CHARACTERS} characters")]
    Text,
    /// An object is cut off, or its length can't be.
    #[error("a data object is cut off")]
    CutOff,
    /// The payload format is missing, not first, or of another version.
    #[error("the code does not begin with CPV01 or JPQR1")]
    Format,
    /// No application, a template where none may be, or one more than may be.
    #[error("the code's templates are not one or more of tag 61 and at most one of tag 62 behind")]
    Templates,
    /// A tag stands twice in one template.
    #[error("tag {0:X} stands twice in one template")]
    Twice(u16),
    /// An object is longer or shorter than its tag allows.
    #[error("the value of tag {0:X} has a length that it can't have")]
    Length(u16),
}

impl Cpm {
    /// Reads a code.
    ///
    /// # Errors
    /// [`CpmProblem`].
    pub fn decode(text: &str) -> Result<Self, CpmProblem> {
        if text.len() > MOST_CHARACTERS {
            return Err(CpmProblem::Text);
        }
        let bytes = base64::decode(text).ok_or(CpmProblem::Text)?;
        let mut rest = bytes.as_slice();
        let (tag, version) = object(&mut rest)?;
        let known = [CpmFormat::Emvco, CpmFormat::Jpqr];
        let format = known.into_iter().find(|known| tag == FORMAT && version == known.bytes());
        let format = format.ok_or(CpmProblem::Format)?;
        let mut templates: Vec<Template> = Vec::new();
        while !rest.is_empty() {
            let (tag, inside) = object(&mut rest)?;
            let kind = match tag {
                APPLICATION => TemplateKind::Application,
                COMMON => TemplateKind::Common,
                _ => return Err(CpmProblem::Templates),
            };
            if templates.last().is_some_and(|last| last.kind == TemplateKind::Common) {
                return Err(CpmProblem::Templates);
            }
            templates.push(Template { kind, objects: objects(inside, Some(kind))? });
        }
        match templates.first() {
            Some(first) if first.kind == TemplateKind::Application => {}
            _ => return Err(CpmProblem::Templates),
        }
        let named = |template: &Template| {
            template.kind == TemplateKind::Common || template.plain(AID).is_some()
        };
        if !templates.iter().all(named) {
            return Err(CpmProblem::Templates);
        }
        Ok(Self { format, templates })
    }

    /// Writes the code, lengths as short as they can be.
    ///
    /// # Errors
    /// [`CpmProblem`] of what [`Self::decode`] would not read.
    pub fn encode(&self) -> Result<String, CpmProblem> {
        let mut bytes = Vec::new();
        write(&mut bytes, FORMAT, self.format.bytes())?;
        for template in &self.templates {
            let tag = match template.kind {
                TemplateKind::Application => APPLICATION,
                TemplateKind::Common => COMMON,
            };
            write(&mut bytes, tag, &written(&template.objects)?)?;
        }
        let text = base64::encode(&bytes);
        Self::decode(&text).map(|_| text)
    }

    /// Our own code in EMVCo's container: an application of ours, whose transparent template has the
    /// digits. (They are no card's number, so they do not stand where that would.)
    pub fn of_digits(digits: &str) -> Result<Self, CpmProblem> {
        let is_code = digits.len() == super::DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_code {
            return Err(CpmProblem::Length(OUR_DIGITS));
        }
        let pairs = digits.as_bytes().chunks(2).map(|two| (two[0] & 15) << 4 | two[1] & 15);
        let digits = DataObject { tag: OUR_DIGITS, value: Value::Plain(pairs.collect()) };
        let objects = vec![
            DataObject { tag: AID, value: Value::Plain(OURS.to_vec()) },
            DataObject { tag: 0x63, value: Value::Nested(vec![digits]) },
        ];
        let templates = vec![Template { kind: TemplateKind::Application, objects }];
        Ok(Self { format: CpmFormat::Emvco, templates })
    }

    /// The 20 digits of our own application, where the code has them.
    pub fn digits(&self) -> Option<String> {
        let ours = self.templates.iter().find(|template| template.plain(AID) == Some(OURS))?;
        let inside = ours.objects.iter().find_map(|object| match &object.value {
            Value::Nested(inside) if object.tag == 0x63 => Some(inside),
            _ => None,
        })?;
        let packed = inside.iter().find_map(|object| match &object.value {
            Value::Plain(packed) if object.tag == OUR_DIGITS => Some(packed),
            _ => None,
        })?;
        unpacked(packed).filter(|digits| digits.len() == super::DIGITS)
    }

    /// The name of the first application (tag 4F).
    pub fn application(&self) -> &[u8] {
        let named = self.templates.iter().find_map(|template| template.plain(AID));
        named.unwrap_or_default()
    }

    /// Of a JPQR code, the wallet's provider: its code is the name of the application.
    pub fn provider(&self) -> Option<&str> {
        let name = (self.format == CpmFormat::Jpqr).then(|| self.application())?;
        core::str::from_utf8(name).ok().filter(|name| name.chars().all(|c| c.is_ascii_graphic()))
    }
}

impl Template {
    /// The bytes under a tag.
    pub fn plain(&self, tag: u16) -> Option<&[u8]> {
        self.objects.iter().find_map(|object| match &object.value {
            Value::Plain(bytes) if object.tag == tag => Some(bytes.as_slice()),
            _ => None,
        })
    }

    /// The number under tag 5A: digits two in a byte, filled with `F`.
    pub fn number(&self) -> Option<String> {
        unpacked(self.plain(PAN)?)
    }

    /// What stands under tag 57.
    pub fn track_2(&self) -> Option<Track2> {
        let hex: String = self.plain(TRACK_2)?.iter().map(|byte| format!("{byte:02X}")).collect();
        let (number, rest) = hex.split_once('D')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let (expiry, service) = (rest.get(..4)?, rest.get(4..7)?);
        let (number, expiry, service) = (number.to_owned(), expiry.to_owned(), service.to_owned());
        is_number.then_some(Track2 { number, expiry, service })
    }
}

fn unpacked(packed: &[u8]) -> Option<String> {
    let hex: String = packed.iter().map(|byte| format!("{byte:02X}")).collect();
    let digits = hex.trim_end_matches('F');
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.to_owned())
}

/// Takes one object off the front.
fn object<'b>(rest: &mut &'b [u8]) -> Result<(u16, &'b [u8]), CpmProblem> {
    let mut take = |count: usize| {
        let (front, behind) = rest.split_at_checked(count).ok_or(CpmProblem::CutOff)?;
        *rest = behind;
        Ok(front)
    };
    let first = take(1)?[0];
    // The low five bits set: the tag goes on in the next byte, and ends there.
    let tag = match first & 31 {
        31 => match take(1)?[0] {
            next if next < 128 => u16::from(first) << 8 | u16::from(next),
            _ => return Err(CpmProblem::CutOff),
        },
        _ => u16::from(first),
    };
    let length = match take(1)?[0] {
        short if short < 128 => usize::from(short),
        0x81 => usize::from(take(1)?[0]),
        0x82 => {
            let two = take(2)?;
            usize::from(two[0]) << 8 | usize::from(two[1])
        }
        _ => return Err(CpmProblem::CutOff),
    };
    Ok((tag, take(length)?))
}

fn objects(mut rest: &[u8], of: Option<TemplateKind>) -> Result<Vec<DataObject>, CpmProblem> {
    let mut objects: Vec<DataObject> = Vec::new();
    while !rest.is_empty() {
        let (tag, value) = object(&mut rest)?;
        if objects.iter().any(|known| known.tag == tag) {
            return Err(CpmProblem::Twice(tag));
        }
        if !fits(tag, value.len()) {
            return Err(CpmProblem::Length(tag));
        }
        let value = match (tag, of) {
            (0x63, Some(TemplateKind::Application)) | (0x64, Some(TemplateKind::Common)) => {
                Value::Nested(self::objects(value, None)?)
            }
            _ => Value::Plain(value.to_vec()),
        };
        objects.push(DataObject { tag, value });
    }
    Ok(objects)
}

/// The lengths that CPM §4 gives the objects it names.
fn fits(tag: u16, length: usize) -> bool {
    match tag {
        AID => (5..=16).contains(&length),
        0x50 => (1..=16).contains(&length),
        TRACK_2 => (1..=19).contains(&length),
        PAN => (1..=10).contains(&length),
        0x5f20 => (2..=26).contains(&length),
        0x5f2d => (2..=8).contains(&length),
        0x9f08 | 0x9f25 => length == 2,
        0x9f19 => length == 6,
        0x9f24 => length == 29,
        _ => true,
    }
}

fn write(out: &mut Vec<u8>, tag: u16, value: &[u8]) -> Result<(), CpmProblem> {
    match tag.to_be_bytes() {
        [0, one] => out.push(one),
        two => out.extend(two),
    }
    match value.len() {
        length @ 0..=127 => out.push(length as u8),
        length @ 128..=255 => out.extend([0x81, length as u8]),
        length => {
            let length = u16::try_from(length).map_err(|_| CpmProblem::Length(tag))?;
            out.push(0x82);
            out.extend(length.to_be_bytes());
        }
    }
    out.extend(value);
    Ok(())
}

fn written(objects: &[DataObject]) -> Result<Vec<u8>, CpmProblem> {
    let mut out = Vec::new();
    for object in objects {
        match &object.value {
            Value::Plain(bytes) => write(&mut out, object.tag, bytes)?,
            Value::Nested(inside) => write(&mut out, object.tag, &written(inside)?)?,
        }
    }
    Ok(out)
}
