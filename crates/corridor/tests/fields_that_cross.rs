//! Every field that crosses the border, by the bytes themselves. Adding one is a conscious act:
//! the table below is what a privacy officer reads. Nothing in it names a person.

use corridor::{
    CaptureMode, ChargeAnswer, Day, DayAnswer, DaySignature, DeclineReason, Message, Sent, Sums,
    Witness,
};
use kernel::{Id, Ref, Timestamp};
use minicbor::Decoder;
use minicbor::data::Type;

/// What a field is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    /// An id of 16 bytes, made by an edge at random: of a purchase, never of a person.
    Id,
    /// A reference of 14 bytes to something public in the receiver's own cell.
    Reference,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// What belongs together; its fields follow.
    Group,
    /// 32 bytes of a journal's chain, or a cell's public key.
    Hash,
    /// 64 bytes: a cell's signature.
    Signature,
}
use Wire::{Flag, Group, Hash, Number, Reference, Signature};

/// Name, number on the wire, and each field in order.
type Fields = (&'static str, u64, &'static [(&'static str, Wire)]);

const PAYMENT: (&str, Wire) = ("payment", Wire::Id);

#[rustfmt::skip]
const CROSSING: &[Fields] = &[
    ("authorize", 0, &[
        PAYMENT,
        ("store", Reference),
        ("amount", Number),
        ("valid_until", Number),
        ("capture", Number),
        ("requested", Flag),
        // Opaque: 64 bits of the payment's own id, another for each payment.
        ("payer", Number),
        // Which of the store's printed codes was scanned; left away where it is the store's own.
        ("place", Number),
    ]),
    ("cancel_asked", 1, &[PAYMENT]),
    ("authorized", 2, &[PAYMENT]),
    ("captured", 3, &[PAYMENT, ("total_so_far", Number), ("last", Flag)]),
    ("released", 4, &[PAYMENT]),
    ("declined", 5, &[PAYMENT, ("reason", Number)]),
    ("refunded", 6, &[PAYMENT, ("total_so_far", Number)]),
    ("nostro_changed", 7, &[("amount", Number)]),
    ("charge", 8, &[
        PAYMENT,
        ("store", Reference),
        ("amount", Number),
        ("valid_until", Number),
        ("capture", Number),
        // What the customer showed: good once, and for some minutes; its handle is another one
        // after each day.
        ("code", Number),
    ]),
    ("charge_answered", 9, &[PAYMENT, ("charge", Number), ("answer", Number)]),
    // Sums of a day: of no payment, shop or person.
    ("day_closed", 10, &[
        ("day", Group),
        ("number", Number),
        ("date", Number),
        ("part", Number),
        ("sent_after", Number),
        ("sent_through", Number),
        ("received_after", Number),
        ("received_through", Number),
        ("opening", Number),
        ("sums", Group),
        ("captured", Number),
        ("captures", Number),
        ("refunded", Number),
        ("refunds", Number),
        ("topped_up", Number),
        ("top_ups", Number),
        ("closing", Number),
        ("closed", Number),
        ("seen", Group),
        ("position", Number),
        ("hash", Hash),
    ]),
    ("day_answered", 11, &[
        ("day", Number),
        ("answer", Group),
        // Which answer, and what it holds.
        ("", Number),
        ("", Group),
        ("", Group),
        ("position", Number),
        ("hash", Hash),
    ]),
    ("day_signed", 12, &[
        ("day", Number),
        ("keeper", Flag),
        ("signature", Group),
        ("key", Hash),
        ("signature", Signature),
    ]),
    // The number of a transfer between two operators.
    ("top_up_sent", 13, &[("amount", Number), ("reference", Number)]),
];

fn messages() -> Vec<Message> {
    let payment = Id::new(1);
    let store = Ref::new(2, 3, 4);
    let (amount, valid_until) = (5, Timestamp(6));
    let capture = CaptureMode::Later;
    let seen = Witness { position: 15, hash: [16; 32] };
    let day = Day {
        number: 2,
        date: 20_261_102,
        part: 1,
        sent_after: 4,
        sent_through: 9,
        received_after: 3,
        received_through: 6,
        opening: 500,
        sums: Sums::default(),
        closing: 500,
        closed: Timestamp(17),
        seen,
    };
    let signature = DaySignature { key: [18; 32], signature: [19; 64] };
    vec![
        Message::Authorize {
            payment,
            store,
            amount,
            valid_until,
            capture,
            requested: true,
            payer: 7,
            place: Some(13),
        },
        Message::CancelAsked { payment },
        Message::Authorized { payment },
        Message::Captured { payment, total_so_far: 8, last: true },
        Message::Released { payment },
        Message::Declined { payment, reason: DeclineReason::Expired },
        Message::Refunded { payment, total_so_far: 9 },
        Message::NostroChanged { amount: 10 },
        Message::Charge { payment, store, amount, valid_until, capture, code: 11 },
        Message::ChargeAnswered { payment, charge: 12, answer: ChargeAnswer::Asked },
        Message::DayClosed { day: Box::new(day) },
        Message::DayAnswered { day: 2, answer: Box::new(DayAnswer::Agreed(seen)) },
        Message::DaySigned { day: 2, keeper: true, signature: Box::new(signature) },
        Message::TopUpSent { amount: 13, reference: 14 },
    ]
}

/// Takes a message apart without knowing its type: its number, and what each field is.
fn taken_apart(bytes: &[u8]) -> Result<(u64, Vec<Wire>), minicbor::decode::Error> {
    let mut d = Decoder::new(bytes);
    assert_eq!(d.array()?, Some(2), "a number and its fields");
    let number = d.u64()?;
    let count = d.array()?.expect("a definite length");
    let mut fields = Vec::new();
    for _ in 0..count {
        field(&mut d, &mut fields)?;
    }
    assert_eq!(d.position(), bytes.len(), "nothing stands behind the fields");
    Ok((number, fields))
}

fn field(d: &mut Decoder<'_>, found: &mut Vec<Wire>) -> Result<(), minicbor::decode::Error> {
    if d.datatype()? == Type::Array {
        found.push(Group);
        let count = d.array()?.expect("a definite length");
        return (0..count).try_for_each(|_| field(d, found));
    }
    found.push(match d.datatype()? {
        Type::Bytes => match d.bytes()?.len() {
            16 => Wire::Id,
            14 => Reference,
            32 => Hash,
            64 => Signature,
            length => panic!("{length} bytes cross; say in the table what they are"),
        },
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => d.u64().map(|_| Number)?,
        Type::Bool => d.bool().map(|_| Flag)?,
        // Text above all: no name, note or address has a way across.
        other => panic!("a field of type {other} crosses; say in the table what it is"),
    });
    Ok(())
}

#[test]
fn a_message_carries_these_fields_and_no_other() {
    let messages = messages();
    assert_eq!(messages.len(), CROSSING.len());
    for (message, (word, number, fields)) in messages.iter().zip(CROSSING) {
        let bytes = minicbor::to_vec(message).unwrap();
        let expected: Vec<_> = fields.iter().map(|(_, wire)| *wire).collect();
        assert_eq!(message.word(), *word);
        assert_eq!(taken_apart(&bytes).unwrap(), (*number, expected), "{word}");
        assert_eq!(minicbor::decode::<Message>(&bytes).as_ref().ok(), Some(message));
        // The names of the table are the names in the code.
        let shown = format!("{message:?}");
        let named = fields.iter().filter(|(name, _)| !name.is_empty());
        for (name, _) in named.clone() {
            assert!(shown.contains(&format!("{name}: ")), "{word} has no field {name}");
        }
        assert_eq!(shown.matches(": ").count(), named.count(), "{shown}");
    }
    // A message that is not in the table does not exist.
    let next = [0x82, CROSSING.len() as u8, 0x80];
    assert!(minicbor::decode::<Message>(&next).is_err(), "add its row");
}

/// Around a message cross its number, what the keeper's nostro holds, and (added by the relay, see
/// `Receive` of the economy) where it stands in the sender's journal and the hash there. The
/// number of the link stays at home: each side has its own.
#[test]
fn the_frame_carries_these_fields_and_no_other() {
    let message = messages().remove(1);
    let sent = Sent { link: 0, number: 1, nostro_balance_after: Some(2), message };
    // Does not compile when a field is added: say above why it crosses.
    let Sent { link: _, number: _, nostro_balance_after: _, message: _ } = &sent;
    let bytes = minicbor::to_vec(&sent).unwrap();
    assert_eq!(Decoder::new(&bytes).array().unwrap(), Some(4));
}
