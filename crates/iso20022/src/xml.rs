//! Reading XML that a stranger may have written: one element at a time, with bounds.

use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;

use crate::fault::{Fault, Problem};

/// The deepest that elements may stand in one another. Statements need some 15.
pub const MAX_DEPTH: usize = 32;
/// The longest text of an element, in bytes. The longest of the schemas that is read has 500
/// characters.
pub const MAX_TEXT: usize = 8 * 1024;
/// The longest single tag, text or comment, in bytes.
pub const MAX_TOKEN: usize = 64 * 1024;
/// The longest file.
pub const MAX_BYTES: u64 = 4 << 30;

/// The message of an error that [`Bounded`] gave.
const TOO_LONG_TOKEN: &str = "token over the bound";
const TOO_LONG_FILE: &str = "file over the bound";

/// What comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An element begins; it is now the last of the path.
    Open,
    /// An element without others in it ended; it is still the last of the path, and its text is
    /// at hand.
    Leaf,
    /// An element with others in it ended; it is still the last of the path.
    Close,
}

/// A reader that knows the path to where it is.
pub(crate) struct Xml<R> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    path: String,
    /// Where the names in the path begin, and whether the element has others in it.
    names: Vec<(usize, bool)>,
    text: String,
    /// `Ccy` of the element that began last.
    currency: String,
    namespace: String,
    /// The element of the last step has ended: it leaves the path at the next.
    is_ended: bool,
    has_root: bool,
    pub entry: u64,
}

impl<R: BufRead> Xml<R> {
    pub fn new(source: R) -> Self {
        let mut reader = Reader::from_reader(Bounded { source, token: 0, all: 0 });
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Self {
            reader,
            buffer: Vec::new(),
            path: String::new(),
            names: Vec::new(),
            text: String::new(),
            currency: String::new(),
            namespace: String::new(),
            is_ended: false,
            has_root: false,
            entry: 0,
        }
    }

    /// Names of the elements from the outermost, with `/` between.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text of the leaf, without spaces at its ends.
    pub fn text(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\r', '\n'])
    }

    /// The attribute `Ccy` of the leaf.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The namespace of the outermost element.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    pub fn fault(&self, problem: Problem) -> Fault {
        let at = self.reader.buffer_position();
        Fault { at, path: self.path.clone(), entry: self.entry, problem }
    }

    fn leave(&mut self) {
        if let Some((begin, _)) = self.names.pop() {
            self.path.truncate(begin.saturating_sub(1));
        }
    }

    /// The next step; none at the end of the document, after which nothing may follow.
    pub fn step(&mut self) -> Result<Option<Step>, Fault> {
        if std::mem::take(&mut self.is_ended) {
            self.leave();
        }
        self.text.clear();
        loop {
            self.reader.get_mut().token = 0;
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            let done = match self.reader.read_event_into(&mut buffer) {
                Ok(event) => self.take(event),
                Err(why) => Err(self.fault(problem_of(why))),
            };
            self.buffer = buffer;
            match done? {
                Told::Step(step) => {
                    self.is_ended = step != Step::Open;
                    return Ok(Some(step));
                }
                Told::More => {}
                Told::End => return Ok(None),
            }
        }
    }

    fn take(&mut self, event: Event<'_>) -> Result<Told, Fault> {
        match event {
            Event::Start(tag) => {
                self.between()?;
                let attributes = tag.attributes_raw();
                self.begin(tag.local_name().as_ref(), attributes)?;
                for attribute in tag.attributes() {
                    let attribute =
                        attribute.map_err(|why| self.fault(Problem::NotXml(why.to_string())))?;
                    let (key, value): (&str, &str) = (attribute.key.as_ref(), &attribute.value);
                    if key == "Ccy" {
                        self.currency.push_str(value);
                    }
                    if self.names.len() == 1 && is_namespace_of(key, tag.name().as_ref()) {
                        self.namespace = value.to_owned();
                    }
                }
                Ok(Told::Step(Step::Open))
            }
            Event::End(_) => {
                let has_others = self.names.last().is_some_and(|(_, has_others)| *has_others);
                if has_others {
                    self.between()?;
                }
                Ok(Told::Step(if has_others { Step::Close } else { Step::Leaf }))
            }
            Event::Text(text) => self.add(&text.xml10_content()),
            Event::CData(text) => self.add(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                let c = character(&entity)
                    .ok_or_else(|| self.fault(Problem::Entity(shown(&entity.into_inner()))))?;
                self.add(c.encode_utf8(&mut [0; 4]))
            }
            Event::Decl(declaration) => {
                if self.has_root {
                    return Err(self.fault(Problem::SecondDocument));
                }
                let encoding = declaration.encoding().transpose();
                let encoding = encoding.map_err(|why| self.fault(Problem::NotXml(why.to_string())));
                match encoding? {
                    Some(name) if !name.eq_ignore_ascii_case("utf-8") => {
                        Err(self.fault(Problem::Encoding(shown(&name))))
                    }
                    _ => Ok(Told::More),
                }
            }
            Event::DocType(_) => Err(self.fault(Problem::DocumentType)),
            Event::Comment(_) | Event::PI(_) => Ok(Told::More),
            Event::Eof if !self.names.is_empty() => Err(self.fault(Problem::CutOff)),
            Event::Eof if !self.has_root => Err(self.fault(Problem::Empty)),
            Event::Eof => Ok(Told::End),
            Event::Empty(_) => Ok(Told::More),
        }
    }

    fn begin(&mut self, name: &str, attributes: &str) -> Result<(), Fault> {
        if self.names.is_empty() && self.has_root {
            return Err(self.fault(Problem::SecondDocument));
        }
        if self.names.len() == MAX_DEPTH {
            return Err(self.fault(Problem::TooDeep));
        }
        if attributes.len() > MAX_TEXT || name.len() > MAX_TEXT {
            return Err(self.fault(Problem::TooLongText));
        }
        self.has_root = true;
        if let Some((_, has_others)) = self.names.last_mut() {
            *has_others = true;
        }
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.names.push((self.path.len(), false));
        self.path.push_str(name);
        self.currency.clear();
        Ok(())
    }

    fn add(&mut self, text: &str) -> Result<Told, Fault> {
        self.text.push_str(text);
        if self.text.len() > MAX_TEXT {
            return Err(self.fault(Problem::TooLongText));
        }
        if self.names.is_empty() {
            self.between()?;
        }
        Ok(Told::More)
    }

    /// Where only elements may stand there is no text.
    fn between(&mut self) -> Result<(), Fault> {
        if self.text().is_empty() {
            self.text.clear();
            return Ok(());
        }
        Err(self.fault(Problem::Mixed(shown(self.text()))))
    }
}

enum Told {
    Step(Step),
    More,
    End,
}

/// Whether an attribute says the namespace of an element by its name.
fn is_namespace_of(key: &str, name: &str) -> bool {
    match (key.strip_prefix("xmlns"), name.split_once(':')) {
        (Some(""), None) => true,
        (Some(rest), Some((prefix, _))) => rest.strip_prefix(':') == Some(prefix),
        _ => false,
    }
}

/// The character of a reference, if XML itself defines it.
fn character(entity: &BytesRef<'_>) -> Option<char> {
    if entity.is_char_ref() {
        let c = entity.resolve_char_ref().ok().flatten()?;
        return (!c.is_control() || matches!(c, '\t' | '\n' | '\r')).then_some(c);
    }
    match &*entity.xml10_content() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A text for people, cut to some length.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn problem_of(why: quick_xml::Error) -> Problem {
    use quick_xml::errors::SyntaxError;
    match why {
        quick_xml::Error::Io(why) => match why.to_string().as_str() {
            TOO_LONG_TOKEN => Problem::TooLongText,
            TOO_LONG_FILE => Problem::TooLongFile,
            // What quick-xml finds not to be UTF-8.
            _ if why.kind() == io::ErrorKind::InvalidData => {
                Problem::Encoding("another encoding".to_owned())
            }
            other => Problem::Io(other.to_owned()),
        },
        quick_xml::Error::Encoding(_) => Problem::Encoding("another encoding".to_owned()),
        quick_xml::Error::Syntax(
            SyntaxError::UnclosedTag | SyntaxError::UnclosedComment | SyntaxError::UnclosedCData,
        ) => Problem::CutOff,
        other => Problem::NotXml(shown(&other.to_string())),
    }
}

/// A source of which no token and no whole is longer than the bounds: otherwise a tag without end
/// would be read into memory before anybody can look at it.
struct Bounded<R> {
    source: R,
    token: usize,
    all: u64,
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let length = from.len().min(into.len());
        into[..length].copy_from_slice(&from[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.token > MAX_TOKEN {
            return Err(io::Error::other(TOO_LONG_TOKEN));
        }
        if self.all > MAX_BYTES {
            return Err(io::Error::other(TOO_LONG_FILE));
        }
        let buffer = self.source.fill_buf()?;
        // No more at once than a token may have: what a reader takes whole is counted here.
        Ok(&buffer[..buffer.len().min(MAX_TOKEN)])
    }

    fn consume(&mut self, length: usize) {
        self.token += length;
        self.all += length as u64;
        self.source.consume(length);
    }
}
