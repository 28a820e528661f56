//! Codes that a customer shows to a till, recognised so that the refusal can name them.

use core::fmt;

/// What kind of customer-presented code a text looks like. Only form is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerCode {
    /// Base64 of BER-TLV beginning `CPV01`.
    Emvco,
    /// The same beginning `JPQR1`.
    Jpqr,
    /// 18 digits beginning 10 to 15.
    WeChatPay,
    /// 16 to 24 digits beginning 25 to 30.
    Alipay,
    /// 19 digits beginning 62.
    UnionPay,
    /// Base64 of the same container, or a number of 16 to 24 digits, of nobody we know.
    Other,
}

impl CustomerCode {
    /// `None` for a text that no wallet shows.
    pub(super) fn recognise(text: &str) -> Option<Self> {
        if text.starts_with("hQV") && text.bytes().all(is_base64) {
            return Some(match text.get(..8) {
                Some("hQVDUFYw") => CustomerCode::Emvco,
                Some("hQVKUFFS") => CustomerCode::Jpqr,
                _ => CustomerCode::Other,
            });
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !(16..=24).contains(&text.len()) {
            return None;
        }
        let issuer: u8 = text[..2].parse().ok()?;
        Some(match (issuer, text.len()) {
            (10..=15, 18) => CustomerCode::WeChatPay,
            (25..=30, _) => CustomerCode::Alipay,
            (62, 19) => CustomerCode::UnionPay,
            _ => CustomerCode::Other,
        })
    }
}

impl fmt::Display for CustomerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CustomerCode::Emvco => "an EMVCo payment code",
            CustomerCode::Jpqr => "a JPQR payment code",
            CustomerCode::WeChatPay => "a WeChat Pay payment code",
            CustomerCode::Alipay => "an Alipay payment code",
            CustomerCode::UnionPay => "a UnionPay payment code",
            CustomerCode::Other => "a wallet's payment code",
        })
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
