//! Writing elements in order, with values that were judged before.

use kernel::Money;

use crate::amount::amount_text;

/// A document that is being written, with one element a line.
pub(crate) struct Out {
    text: String,
    open: Vec<&'static str>,
}

impl Out {
    pub fn document(namespace: &str) -> Self {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"{namespace}\">\n"
        );
        Self { text, open: vec!["Document"] }
    }

    fn indent(&mut self) {
        for _ in 0..self.open.len() {
            self.text.push(' ');
        }
    }

    pub fn begin(&mut self, name: &'static str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that began last.
    pub fn end(&mut self) {
        let name = self.open.pop().expect("each end has its beginning");
        self.indent();
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// An element with others in it.
    pub fn within(&mut self, name: &'static str, inner: impl FnOnce(&mut Self)) {
        self.begin(name);
        inner(self);
        self.end();
    }

    /// An element with a text.
    pub fn leaf(&mut self, name: &'static str, text: impl AsRef<str>) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        self.escaped(text.as_ref());
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// The same, if there is a text.
    pub fn maybe(&mut self, name: &'static str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    /// An element with an amount and its currency.
    pub fn amount(&mut self, name: &'static str, money: Money) {
        self.indent();
        let (amount, currency) = (amount_text(money), money.currency.code());
        for part in ["<", name, " Ccy=\"", currency, "\">", &amount, "</", name, ">\n"] {
            self.text.push_str(part);
        }
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                c => self.text.push(c),
            }
        }
    }

    /// What was written since it was asked last.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Ends everything, and gives the rest.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.text
    }
}
