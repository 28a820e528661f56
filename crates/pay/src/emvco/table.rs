//! The table of fields: name, length and characters of each.

/// What the specification says of one field.
pub(super) struct Rule {
    /// Snake case, stable: programs read it.
    pub name: &'static str,
    pub shortest: usize,
    pub longest: usize,
    pub content: Content,
}

/// What a value is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Digits,
    /// ASCII capitals.
    Capitals,
    /// ASCII letters of either case.
    Letters,
    /// Anything printable. The specification restricts most of these fields to ASCII; codes in
    /// use carry local names there, and a reader that shows them serves the payer better.
    Text,
    /// Fields again.
    Template,
}

impl Content {
    /// `None` when the value is right, else what would be.
    pub fn complaint(self, value: &str) -> Option<&'static str> {
        let all = |is: fn(&u8) -> bool| value.as_bytes().iter().all(is);
        match self {
            Content::Digits if !all(u8::is_ascii_digit) => Some("digits"),
            Content::Capitals if !all(u8::is_ascii_uppercase) => Some("capital letters A to Z"),
            Content::Letters if !all(u8::is_ascii_alphabetic) => Some("letters A to Z"),
            _ => None,
        }
    }
}

/// The rule for the field at `path`, tags from the outside in.
pub(super) fn rule(path: &[u8]) -> Rule {
    use Content::{Capitals, Digits, Letters, Template, Text};
    match *path {
        [tag] => match tag {
            0 => exactly(2, "payload_format_indicator", Digits),
            1 => exactly(2, "point_of_initiation", Digits),
            2..=25 => up_to(99, account_name(tag), Text),
            26..=51 => up_to(99, "merchant_account", Template),
            52 => exactly(4, "merchant_category_code", Digits),
            53 => exactly(3, "currency", Digits),
            54 => up_to(13, "amount", Text),
            55 => exactly(2, "tip_indicator", Digits),
            56 => up_to(13, "tip_fixed", Text),
            57 => up_to(5, "tip_percent", Text),
            58 => exactly(2, "country", Capitals),
            59 => up_to(25, "merchant_name", Text),
            60 => up_to(15, "merchant_city", Text),
            61 => up_to(10, "postal_code", Text),
            62 => up_to(99, "additional_data", Template),
            63 => exactly(4, "crc", Text),
            64 => up_to(99, "language_template", Template),
            80..=99 => up_to(99, "unreserved_template", Template),
            _ => up_to(99, "reserved", Text),
        },
        [62, tag] => match tag {
            1 => up_to(25, "bill_number", Text),
            2 => up_to(25, "mobile_number", Text),
            3 => up_to(25, "store_label", Text),
            4 => up_to(25, "loyalty_number", Text),
            5 => up_to(25, "reference_label", Text),
            6 => up_to(25, "customer_label", Text),
            7 => up_to(25, "terminal_label", Text),
            8 => up_to(25, "purpose", Text),
            9 => up_to(3, "consumer_data_request", Capitals),
            10 => up_to(20, "merchant_tax_id", Text),
            11 => exactly(3, "merchant_channel", Text),
            50..=99 => up_to(99, "unreserved_template", Template),
            _ => up_to(99, "reserved", Text),
        },
        [64, tag] => match tag {
            0 => exactly(2, "language", Letters),
            1 => up_to(25, "merchant_name", Text),
            2 => up_to(15, "merchant_city", Text),
            _ => up_to(99, "reserved", Text),
        },
        [.., 0] => up_to(32, "scheme", Text),
        _ => up_to(99, "scheme_data", Text),
    }
}

fn exactly(length: usize, name: &'static str, content: Content) -> Rule {
    Rule { name, shortest: length, longest: length, content }
}

fn up_to(longest: usize, name: &'static str, content: Content) -> Rule {
    Rule { name, shortest: 1, longest, content }
}

/// Who gave out the account numbers under a tag.
fn account_name(tag: u8) -> &'static str {
    match tag {
        2 | 3 => "merchant_account_visa",
        4 | 5 => "merchant_account_mastercard",
        9 | 10 => "merchant_account_discover",
        11 | 12 => "merchant_account_american_express",
        13 | 14 => "merchant_account_jcb",
        15 | 16 => "merchant_account_unionpay",
        _ => "merchant_account_reserved",
    }
}
