//! Every field that crosses between two processes, by the bytes themselves: bodies, and the header
//! fields before them. The messages' own fields stand in `corridor/tests/fields_that_cross.rs`. Adding
//! one is a conscious act. Nothing names a person: texts are a store's own, over its door.

#![allow(clippy::unwrap_used)] // all of it is a test

use corridor::{CaptureMode, Message, Witness};
use kernel::{Currency, Id, Ref, Timestamp};
use link::wire::{
    AskLook, AskStanding, Delivery, Done, Due, Handed, Operation, Seen, Stands, Stop, read, write,
};
use minicbor::Decoder;
use minicbor::data::Type;
use pay::costs::{Costs, FeeRate, ShareKind};
use pay::{Category, Place, Status, StoppedBy};

/// What a field is on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Is {
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// A hash of a journal.
    Hash,
    /// An id made at random, of a purchase.
    Id,
    /// A reference to something public in the asked cell.
    Reference,
    /// A text that its owner shows to everybody.
    Public,
    /// Not there.
    None,
    /// Fields of its own.
    Group(Vec<Is>),
}
use Is::{Flag, Group, Hash, Number, Public, Reference};

fn taken_apart(d: &mut Decoder<'_>) -> Result<Is, minicbor::decode::Error> {
    Ok(match d.datatype()? {
        Type::Bytes => match d.bytes()?.len() {
            16 => Is::Id,
            14 => Reference,
            32 => Hash,
            length => panic!("{length} bytes cross; say in the table what they are"),
        },
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => d.u64().map(|_| Number)?,
        Type::Bool => d.bool().map(|_| Flag)?,
        Type::String => d.str().map(|_| Public)?,
        Type::Null => d.null().map(|()| Is::None)?,
        Type::Array => {
            let count = d.array()?.expect("a definite length");
            Group((0..count).map(|_| taken_apart(d)).collect::<Result<_, _>>()?)
        }
        other => panic!("a field of type {other} crosses; say in the table what it is"),
    })
}

#[track_caller]
fn crosses(bytes: &[u8], fields: &[(&str, Is)], golden: &str) {
    let mut decoder = Decoder::new(bytes);
    let expected = Group(fields.iter().map(|(_, is)| is.clone()).collect());
    assert_eq!(taken_apart(&mut decoder).unwrap(), expected);
    assert_eq!(decoder.position(), bytes.len(), "nothing stands behind the fields");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, golden, "bytes of a version never change: make another version");
}

fn witness(position: u64, byte: u8) -> Witness {
    Witness { position, hash: [byte; 32] }
}

fn seen() -> Seen {
    Seen {
        position: 9,
        time: Timestamp(10),
        country: "JP".into(),
        language: "JA".into(),
        name: "山ぼうし".into(),
        latin_name: Some("Yamaboshi".into()),
        city: "Takayama".into(),
        category: Category::Restaurant,
        prefecture: 21,
        open: true,
        currency: Currency::JPY,
        stopped_by: Some(StoppedBy::Operator),
        due: Some(Due {
            status: Status::Requested,
            amount: 3_200,
            deadline: Some(Timestamp(11)),
            capture: CaptureMode::Now,
        }),
        store: None,
        costs: None,
        place: None,
    }
}

#[test]
fn a_standing_carries_these_fields_and_no_other() {
    let asked = write(&AskStanding { seen: 300 });
    crosses(&asked, &[("seen", Number)], "8119012c");
    let stands = Stands {
        received: 1,
        sent: 2,
        seen: witness(3, 0xaa),
        newest: witness(4, 0xbb),
        at: witness(3, 0xcc),
        frozen: Some(1),
        stopped: true,
        nostro: Some(5),
        mirror: Some(6),
    };
    let journal = || Group(vec![Number, Hash]);
    let fields = [
        ("received", Number),
        ("sent", Number),
        ("seen", journal()),
        ("newest", journal()),
        ("at", journal()),
        // The number of the reason; what an operator wrote stays at home.
        ("frozen", Number),
        ("stopped", Flag),
        ("nostro", Number),
        ("mirror", Number),
    ];
    let (a, b, c) = ("aa".repeat(32), "bb".repeat(32), "cc".repeat(32));
    let golden = format!("89010282035820{a}82045820{b}82035820{c}01f50506");
    crosses(&write(&stands), &fields, &golden);
    assert_eq!(read::<Stands>(&write(&stands)), Ok(stands));
}

#[test]
fn a_delivery_carries_these_fields_and_no_other() {
    let handed = Handed {
        number: 1,
        position: 2,
        hash: Some([0xaa; 32]),
        nostro_balance_after: Some(3),
        message: Message::NostroChanged { amount: 4 },
    };
    let delivery = Delivery { shown: witness(5, 0xbb), messages: vec![handed] };
    let fields = [
        ("shown", Group(vec![Number, Hash])),
        (
            "messages",
            Group(vec![Group(vec![
                Number,
                Number,
                Hash,
                Number,
                // The number of the kind, and its fields.
                Group(vec![Number, Group(vec![Number])]),
            ])]),
        ),
    ];
    let (a, b) = ("aa".repeat(32), "bb".repeat(32));
    let golden = format!("8282055820{b}818501025820{a}038207{}", "8104");
    crosses(&write(&delivery), &fields, &golden);
    assert_eq!(read::<Delivery>(&write(&delivery)), Ok(delivery));
    crosses(&write(&Done {}), &[], "80");
}

#[test]
fn a_freeze_carries_these_fields_and_no_other() {
    let fields = [("kind", Number), ("fields", Group(vec![Number]))];
    crosses(&write(&Stop::WitnessDiffers { position: 7 }), &fields, "82008107");
    crosses(&write(&Stop::MessageFaults { number: 7 }), &fields, "82018107");
    assert!(read::<Stop>(&[0x82, 2, 0x80]).is_err(), "add its row");
}

#[test]
fn a_look_carries_these_fields_and_no_other() {
    let asked = AskLook { store: Ref::new(2, 3, 4), payment: Some(Id::new(5)), place: None };
    let golden = "824e00020000000300000000000000045000000000000000000000000000000005";
    crosses(&write(&asked), &[("store", Reference), ("payment", Is::Id)], golden);
    let seen = seen();
    let fields = [
        ("position", Number),
        ("time", Number),
        ("country", Public),
        ("language", Public),
        ("name", Public),
        ("latin_name", Public),
        ("city", Public),
        ("category", Number),
        ("prefecture", Number),
        ("open", Flag),
        ("currency", Number),
        ("stopped_by", Number),
        ("due", Group(vec![Number, Number, Number, Number])),
    ];
    let golden = "8d090a624a50624a416ce5b1b1e381bce38186e381976959616d61626f7368696854616b6179616d610015f5190188\
                  008400190c800b00";
    crosses(&write(&seen), &fields, golden);
    // What comes out is what the asking side would be told in one process, without what is the
    // merchant's own.
    let view = seen.view(asked);
    assert_eq!(Seen::of(9, Timestamp(10), ["JP", "JA"], asked, &view, None), seen);
}

/// What is taken of a sale crosses, so that its payer sees it before paying: rates and what they
/// are for, not who gets them. Who knows nothing of this leaves it away.
#[test]
fn what_a_sale_costs_carries_these_fields_and_no_other() {
    let asked = AskLook { store: Ref::new(2, 3, 4), payment: Some(Id::new(5)), place: None };
    let fee = FeeRate { bps: 160, fixed: 5, most: 3_000 };
    let costs = Costs { fee, shares: vec![(ShareKind::Platform, 300)] };
    let seen = Seen { costs: Some(costs), ..seen() };
    let bytes = write(&seen);
    let mut decoder = Decoder::new(&bytes);
    let Group(fields) = taken_apart(&mut decoder).unwrap() else { panic!("an array") };
    let fee = Group(vec![Number, Number, Number]);
    let shares = Group(vec![Group(vec![Number, Number])]);
    assert_eq!(fields[13..], [Is::None, Group(vec![fee, shares])]);
    let view = seen.view(asked);
    assert_eq!(Seen::of(9, Timestamp(10), ["JP", "JA"], asked, &view, None), seen);
    assert_eq!(read::<Seen>(&write(&seen)), Ok(seen));
}

/// What hangs at a table crosses, so that its payer sees it before paying: its words are printed
/// there for everybody. Who knows nothing of this is asked without, and answers without.
#[test]
fn a_look_at_a_place_carries_one_field_more_each_way() {
    let asked = AskLook { store: Ref::new(2, 3, 4), payment: None, place: Some(7) };
    let golden = "834e0002000000030000000000000004f607";
    crosses(
        &write(&asked),
        &[("store", Reference), ("payment", Is::None), ("place", Number)],
        golden,
    );
    let (label, reference) = ("7".to_owned(), Some("2nd floor".to_owned()));
    let place = Place { number: 7, label, amount: Some(500), reference };
    let seen = Seen { due: None, place: Some(place), ..seen() };
    let bytes = write(&seen);
    let Group(fields) = taken_apart(&mut Decoder::new(&bytes)).unwrap() else { panic!("an array") };
    let place = Group(vec![Number, Public, Number, Public]);
    assert_eq!(fields[12..], [Is::None, Is::None, Is::None, place]);
    assert_eq!(read::<Seen>(&bytes), Ok(seen));
}

/// A number that a person typed has no tag; the answer says which store has it. Who knows nothing
/// of this answers that there is no such store.
#[test]
fn a_look_by_number_carries_one_field_more() {
    let asked = AskLook::numbered(2, 3);
    crosses(&write(&asked), &[("store", Reference)], "814e0002000000030000000000000000");
    let seen = Seen { due: None, store: Some(Ref::new(2, 3, 4)), ..seen() };
    let fields = [
        ("position", Number),
        ("time", Number),
        ("country", Public),
        ("language", Public),
        ("name", Public),
        ("latin_name", Public),
        ("city", Public),
        ("category", Number),
        ("prefecture", Number),
        ("open", Flag),
        ("currency", Number),
        ("stopped_by", Number),
        ("due", Is::None),
        ("store", Reference),
    ];
    let golden = "8e090a624a50624a416ce5b1b1e381bce38186e381976959616d61626f7368696854616b6179616d610015f5190188\
                  00f64e0002000000030000000000000004";
    crosses(&write(&seen), &fields, golden);
    let view = seen.view(asked);
    assert_eq!(view.store, Ref::new(2, 3, 4));
    assert_eq!(Seen::of(9, Timestamp(10), ["JP", "JA"], asked, &view, None), seen);
    assert_eq!(read::<Seen>(&write(&seen)), Ok(seen));
}

/// The header fields say version, cells, key, time and a random number.
#[test]
fn the_head_says_nothing_else() {
    let paths = Operation::ALL.map(Operation::path);
    let expected =
        ["standing", "deliver", "freeze", "look"].map(|name| format!("/corridor/v1/{name}"));
    assert_eq!(paths.map(str::to_owned), expected);
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let params = link::signature::Params {
        created: 1_700_000_000,
        keyid: "cn-0011223344556677".into(),
        nonce: "AAAA".into(),
    };
    let components = [("\"@method\"", "POST"), ("\"@path\"", "/x")];
    let made = link::signature::sign(&key, &components, &params);
    assert_eq!(
        made.input,
        "enishi=(\"@method\" \"@path\");created=1700000000;keyid=\"cn-0011223344556677\";\
         nonce=\"AAAA\";alg=\"ed25519\";tag=\"enishi-corridor\""
    );
}
