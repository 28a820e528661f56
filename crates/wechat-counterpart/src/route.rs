//! Which path is which operation.

use crate::fault::Operation;
use crate::merchant::Region::{self, Global, Mainland};
use crate::world::By;

/// What a request wants, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Certificates(Region),
    PlaceNative(Region),
    PayByCode(Region),
    Query(Region, By),
    Close(Region, By),
    Reverse(Region, By),
    Refund(Region),
    QueryRefund(Region, By),
    ListRefunds(Region),
    TradeBill,
    FundsBill,
    BillFile,
    Statement,
}

impl Action {
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Action::Certificates(_) => Operation::Certificates,
            Action::PlaceNative(_) => Operation::PlaceNative,
            Action::PayByCode(_) => Operation::PayByCode,
            Action::Query(..) => Operation::Query,
            Action::Close(..) => Operation::Close,
            Action::Reverse(..) => Operation::Reverse,
            Action::Refund(_) => Operation::Refund,
            Action::QueryRefund(..) | Action::ListRefunds(_) => Operation::QueryRefund,
            Action::TradeBill | Action::FundsBill | Action::Statement => Operation::Bill,
            Action::BillFile => Operation::BillFile,
        }
    }

    pub(crate) fn has_body(&self) -> bool {
        matches!(
            self,
            Action::PlaceNative(_)
                | Action::PayByCode(_)
                | Action::Close(..)
                | Action::Reverse(..)
                | Action::Refund(_)
        )
    }

    /// Orders, as against certificates and refunds: the two look at headers differently.
    pub(crate) fn is_trade(&self) -> bool {
        !matches!(
            self,
            Action::Certificates(_)
                | Action::Refund(_)
                | Action::QueryRefund(..)
                | Action::ListRefunds(_)
                | Action::TradeBill
                | Action::FundsBill
                | Action::BillFile
                | Action::Statement
        )
    }
}

/// The action of a path; 404 where there is none, 405 where it wants another method.
pub(crate) fn route(method: &str, path: &str) -> Result<Action, u16> {
    let parts: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (wanted, action) = match parts.as_slice() {
        ["v3", rest @ ..] => of_version(method, rest).ok_or(404_u16)?,
        _ => return Err(404),
    };
    if method == wanted { Ok(action) } else { Err(405) }
}

fn of_version(method: &str, rest: &[&str]) -> Option<(&'static str, Action)> {
    let own = |number: &str| By::Own(number.to_owned());
    let platform = |id: &str| By::Platform(id.to_owned());
    Some(match *rest {
        ["bill", "tradebill"] => ("GET", Action::TradeBill),
        ["bill", "fundflowbill"] => ("GET", Action::FundsBill),
        ["billdownload", "file"] => ("GET", Action::BillFile),
        ["global", "statements"] => ("GET", Action::Statement),
        ["certificates"] => ("GET", Action::Certificates(Mainland)),
        ["global", "certificates"] => ("GET", Action::Certificates(Global)),
        ["pay", "transactions", "native"] => ("POST", Action::PlaceNative(Mainland)),
        ["global", "transactions", "native"] => ("POST", Action::PlaceNative(Global)),
        ["pay", "transactions", "codepay"] => ("POST", Action::PayByCode(Mainland)),
        ["global", "micropay", "transactions", "pay"] => ("POST", Action::PayByCode(Global)),
        ["pay", "transactions", "out-trade-no", number] => {
            ("GET", Action::Query(Mainland, own(number)))
        }
        ["pay", "transactions", "id", id] => ("GET", Action::Query(Mainland, platform(id))),
        ["global", "transactions", "out-trade-no", number] => {
            ("GET", Action::Query(Global, own(number)))
        }
        ["global", "transactions", "id", id] => ("GET", Action::Query(Global, platform(id))),
        ["pay", "transactions", "out-trade-no", number, "close"] => {
            ("POST", Action::Close(Mainland, own(number)))
        }
        ["global", "transactions", "out-trade-no", number, "close"] => {
            ("POST", Action::Close(Global, own(number)))
        }
        ["global", "transactions", "id", id, "close"] => {
            ("POST", Action::Close(Global, platform(id)))
        }
        ["pay", "transactions", "out-trade-no", number, "reverse"] => {
            ("POST", Action::Reverse(Mainland, own(number)))
        }
        ["global", "micropay", "transactions", "out-trade-no", number, "reverse"] => {
            ("POST", Action::Reverse(Global, own(number)))
        }
        ["global", "micropay", "transactions", "id", id, "reverse"] => {
            ("POST", Action::Reverse(Global, platform(id)))
        }
        ["refund", "domestic", "refunds"] => ("POST", Action::Refund(Mainland)),
        ["refund", "domestic", "refunds", number] => {
            ("GET", Action::QueryRefund(Mainland, own(number)))
        }
        ["global", "refunds"] if method == "GET" => ("GET", Action::ListRefunds(Global)),
        ["global", "refunds"] => ("POST", Action::Refund(Global)),
        ["global", "refunds", "id", id] => ("GET", Action::QueryRefund(Global, platform(id))),
        ["global", "refunds", "out-refund-no", number] => {
            ("GET", Action::QueryRefund(Global, own(number)))
        }
        _ => return None,
    })
}

/// A part of a path with its `%7C` and the like read; what is no such sign stays as it is.
pub(crate) fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_regions_are_known_and_others_are_not() {
        let by = By::Own("A|B*1".to_owned());
        assert_eq!(
            route("GET", "/v3/pay/transactions/out-trade-no/A%7CB*1"),
            Ok(Action::Query(Mainland, by.clone()))
        );
        assert_eq!(
            route("POST", "/v3/global/micropay/transactions/out-trade-no/A|B*1/reverse"),
            Ok(Action::Reverse(Global, by))
        );
        assert_eq!(route("GET", "/v3/pay/transactions/native"), Err(405));
        assert_eq!(route("POST", "/v3/pay/transactions/no-such-endpoint-probe"), Err(404));
        assert_eq!(route("POST", "//v3/pay/transactions/native"), Err(404));
        assert_eq!(route("GET", "/v3/global/refunds"), Ok(Action::ListRefunds(Global)));
        assert_eq!(route("POST", "/v3/global/refunds"), Ok(Action::Refund(Global)));
        assert_eq!(decoded("%e5%b1%b1%2"), "山%2");
    }
}
