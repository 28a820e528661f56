//! What may go wrong on the way, dialled by a test for a request to come.

use std::time::Duration;

/// What a request asks for, of either region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// The platform's certificates.
    Certificates,
    /// An order that the payer scans.
    PlaceNative,
    /// A payment by the payer's code.
    PayByCode,
    /// An order, by the merchant's number or the platform's.
    Query,
    /// Closing an order.
    Close,
    /// Taking a payment by a payer's code back.
    Reverse,
    /// A refund.
    Refund,
    /// A refund's state, or all refunds of an order.
    QueryRefund,
    /// Where a bill is; abroad the bill itself.
    Bill,
    /// A bill's file.
    BillFile,
}

/// What happens to a request instead of what should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not done, and nothing is said until the caller gives up.
    SilentBefore,
    /// It is done, and nothing is said until the caller gives up.
    SilentAfter,
    /// Nothing is said, and it is done that much later: perhaps long after the caller gave up.
    /// Whether it could be done then is not told to anybody.
    EffectLater(Duration),
    /// It is not done, and the connection ends without a byte of answer.
    CutBefore,
    /// It is done, and the connection ends without a byte of answer.
    CutAfter,
    /// It is done, and the connection ends in the middle of the answer's body.
    CutInAnswer,
    /// It is refused with this status and code without being done. An empty code leaves the body
    /// empty, as a gateway does; neither is signed from 500 on.
    Refused(u16, &'static str),
    /// It is done, and refused nonetheless with this status and code.
    DoneButRefused(u16, &'static str),
    /// It is done; the answer differs by this.
    Answered(Spoilt),
}

/// What is wrong with an answer or a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    /// Another key's signature under the name of the right one.
    WrongSignature,
    /// A signature that begins with `WECHATPAY/SIGNTEST/`, by which the platform tries whether
    /// merchants verify. It has to be refused as any other wrong one.
    Probe,
    /// Signed by a key that the merchant cannot know, under that key's name.
    UnknownSerial,
    /// Signed by the platform's key that was in use before the last rotation.
    RetiredKey,
    /// Signed as is due, ten minutes ago.
    Stale,
    /// The body was changed after it was signed.
    ChangedBody,
    /// No `Wechatpay-…` header at all.
    Unsigned,
    /// The whole answer that the operation got before, byte for byte. Where there was none the
    /// connection is cut. A notification is sent again as it was.
    Replayed,
}

/// A fault that waits for its request.
#[derive(Clone, Debug)]
pub(crate) struct Armed {
    pub(crate) operation: Operation,
    pub(crate) fault: Fault,
    pub(crate) times: usize,
}

/// Takes the fault that waits longest for this operation.
pub(crate) fn take(armed: &mut Vec<Armed>, operation: Operation) -> Option<Fault> {
    let at = armed.iter().position(|fault| fault.operation == operation)?;
    let fault = armed[at].fault.clone();
    armed[at].times -= 1;
    if armed[at].times == 0 {
        armed.remove(at);
    }
    Some(fault)
}
