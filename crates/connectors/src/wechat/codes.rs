//! What WeChat Pay's error codes mean for a payment and a refund. Documents of different years write
//! them with and without underscores (`ORDER_PAID`, `ORDERPAID`); here they are without.
//!
//! A code that is not in these lists means nothing: what became of it is asked.

use connector::{Declined, RefundRefused};

/// What a code says of a request to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing was taken and nothing will be.
    Declined(Declined),
    /// The payer is entering a password.
    Pending,
    /// It was asked for before: what became of that is asked.
    AskedBefore,
    /// The number is not known.
    NotFound,
    /// Too many requests.
    TooFast,
    /// Nothing certain.
    Unknown,
}

/// A code as these lists write it.
pub(crate) fn plain(code: &str) -> String {
    code.chars().filter(|c| *c != '_').collect::<String>().to_ascii_uppercase()
}

pub(crate) fn of_order(code: &str) -> Meaning {
    use Declined::{
        Cancelled, CodeExpired, CodeUnusable, LimitReached, NoMoney, NotPermitted, PayerDeclined,
    };
    match plain(code).as_str() {
        "AUTHCODEEXPIRE" | "AUTHCODEEXPIRED" | "AUTHCODEUSED" => Meaning::Declined(CodeExpired),
        "AUTHCODEERROR" | "AUTHCODEINVALID" => Meaning::Declined(CodeUnusable),
        "NOTENOUGH" => Meaning::Declined(NoMoney),
        "TRADEERROR" | "ACCOUNTERROR" | "NOTSUPORTCARD" | "NOTSUPPORTCARD" => {
            Meaning::Declined(PayerDeclined)
        }
        "RULELIMIT" | "RULELIMITED" => Meaning::Declined(LimitReached),
        "NOAUTH" | "MCHNOTEXISTS" | "APPIDMCHIDNOTMATCH" | "PARAMERROR" | "SIGNERROR"
        | "CONTRACTNOTCONFIRM" => Meaning::Declined(NotPermitted),
        "ORDERCLOSED" | "ORDERREVERSED" => Meaning::Declined(Cancelled),
        "USERPAYING" => Meaning::Pending,
        "ORDERPAID" | "OUTTRADENOUSED" | "INVALIDREQUEST" => Meaning::AskedBefore,
        "ORDERNOTEXIST" | "ORDERNOTEXISTS" | "NOTFOUND" | "RESOURCENOTEXISTS" => Meaning::NotFound,
        "FREQUENCYLIMITED" | "FREQUENCYLIMIT" | "RATELIMITEXCEEDED" => Meaning::TooFast,
        _ => Meaning::Unknown,
    }
}

/// What a code says of a request to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundMeaning {
    Refused(RefundRefused),
    /// The merchant's balance is too low: the same is asked again when it is higher.
    BalanceTooLow,
    NotFound,
    TooFast,
    Unknown,
}

pub(crate) fn of_refund(code: &str) -> RefundMeaning {
    use RefundRefused::{NoSuchPayment, NotPermitted, PayerGone, TooLate, TooMuch};
    match plain(code).as_str() {
        "TRADEOVERDUE" => RefundMeaning::Refused(TooLate),
        "REFUNDFEEMISMATCH" | "REFUNDFEEINVALID" => RefundMeaning::Refused(TooMuch),
        "USERACCOUNTABNORMAL" => RefundMeaning::Refused(PayerGone),
        "ORDERNOTEXIST" | "ORDERNOTEXISTS" | "TRADENOTEXIST" => {
            RefundMeaning::Refused(NoSuchPayment)
        }
        "NOAUTH" | "MCHNOTEXISTS" | "PARAMERROR" | "INVALIDREQUEST" | "SIGNERROR"
        | "TRADESTATEERROR" | "ERROR" => RefundMeaning::Refused(NotPermitted),
        "NOTENOUGH" => RefundMeaning::BalanceTooLow,
        "RESOURCENOTEXISTS" | "REFUNDNOTEXIST" | "REFUNDNOTEXISTS" | "NOTFOUND" => {
            RefundMeaning::NotFound
        }
        "FREQUENCYLIMITED" | "FREQUENCYLIMIT" | "RATELIMITEXCEEDED" => RefundMeaning::TooFast,
        _ => RefundMeaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_the_same_with_and_without_underscores() {
        for (one, other) in [("ORDER_PAID", "ORDERPAID"), ("ORDER_NOT_EXIST", "ORDERNOTEXIST")] {
            assert_eq!(of_order(one), of_order(other));
            assert_ne!(of_order(one), Meaning::Unknown);
        }
    }

    #[test]
    fn an_error_of_theirs_or_an_unknown_code_ends_nothing() {
        for code in ["SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "", "WHATEVER"] {
            assert_eq!(of_order(code), Meaning::Unknown, "{code}");
            assert_eq!(of_refund(code), RefundMeaning::Unknown, "{code}");
        }
        assert_eq!(of_refund("NOT_ENOUGH"), RefundMeaning::BalanceTooLow);
    }
}
