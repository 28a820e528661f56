//! A passkey is registered and signs; whatever does not fit proves nothing.

use passkey::soft::SoftPasskey;
use passkey::{Credential, NotAnOrigin, Proof, Relying, Unproven};

const SITE: &str = "http://localhost:8080";
const ASKED: [u8; 32] = [7; 32];

fn relying() -> Relying {
    Relying::new("Enishi", SITE).expect("localhost has passkeys")
}

fn registered(soft: &mut SoftPasskey) -> Result<Credential, Unproven> {
    let site = relying();
    let (options, begun) = site.register(b"person 1", "Hana", &[])?;
    site.registered(&begun, &soft.create(&options))
}

fn signs(soft: &mut SoftPasskey, kept: &Credential) -> Result<Proof, Unproven> {
    let site = relying();
    let answer = soft.get(&site.request(&ASKED, &[]));
    site.proves(&ASKED, kept, &answer)
}

#[test]
fn a_passkey_is_registered_and_signs_again_and_again() {
    let mut soft = SoftPasskey::new(1, SITE);
    let kept = registered(&mut soft).expect("it is registered");
    assert_eq!((&kept.id, kept.counter), (&soft.id, 0));
    let first = signs(&mut soft, &kept).expect("it signs");
    assert_eq!(first.counter, 0);
    soft.counter = 9;
    let second = signs(&mut soft, &kept).expect("it signs again");
    assert_eq!(second.counter, 9);
    assert_ne!(first.hash, second.hash, "each proof has its own name");
    assert_eq!(soft.person, b"person 1");
    let kept = Credential { counter: 9, ..kept };
    assert_eq!(signs(&mut soft, &kept), Err(Unproven::Cloned));
}

#[test]
fn what_is_kept_never_changes() {
    let mut soft = SoftPasskey::new(1, SITE);
    let kept = registered(&mut soft).expect("it is registered");
    let hex: String = kept.public.iter().map(|byte| format!("{byte:02x}")).collect();
    // The public key of the private key 01 01 … 01 on P-256.
    assert_eq!(
        hex,
        "84265820\
         6ff03b949241ce1dadd43519e6960e0a85b41a69a05c328103aa2bce1594ca16\
         5820\
         3c4f753a55bf01dc53f6c0b0c7eee78b40c6ff7d25a96e2282b989cef71c144a\
         f4"
    );
}

#[test]
fn what_does_not_fit_proves_nothing() {
    let mut soft = SoftPasskey::new(1, SITE);
    let kept = registered(&mut soft).expect("it is registered");
    type Wrong = fn(&mut SoftPasskey);
    let wrongs: [(&str, Wrong); 6] = [
        ("another site", |soft| soft.origin = "https://evil.example".to_owned()),
        ("another port", |soft| soft.origin = "http://localhost:8081".to_owned()),
        ("another relying party", |soft| soft.relying = "evil.example".to_owned()),
        ("nobody verified", |soft| soft.verifies = false),
        ("another passkey", |soft| soft.id = vec![9; 16]),
        ("another private key", |soft| {
            let id = std::mem::take(&mut soft.id);
            *soft = SoftPasskey::new(2, SITE);
            soft.id = id;
        }),
    ];
    for (what, wrong) in wrongs {
        let mut other = soft.clone();
        wrong(&mut other);
        let told = signs(&mut other, &kept);
        assert!(matches!(told, Err(Unproven::Unfit(_))), "{what}: {told:?}");
    }
    let site = relying();
    let answer = soft.get(&site.request(&[8; 32], &[]));
    let told = site.proves(&ASKED, &kept, &answer);
    assert!(matches!(told, Err(Unproven::Unfit(_))), "another challenge: {told:?}");
    for malformed in ["", "{}", "null", &answer[..40]] {
        assert_eq!(site.proves(&ASKED, &kept, malformed), Err(Unproven::Malformed));
    }
    // Nor is it registered.
    let registrations: [(&str, Wrong); 3] = [
        ("another site", |soft| soft.origin = "https://evil.example".to_owned()),
        ("another relying party", |soft| soft.relying = "evil.example".to_owned()),
        ("nobody verified", |soft| soft.verifies = false),
    ];
    for (what, wrong) in registrations {
        let mut other = SoftPasskey::new(3, SITE);
        wrong(&mut other);
        let told = registered(&mut other);
        assert!(matches!(told, Err(Unproven::Unfit(_))), "{what}: {told:?}");
    }
    let (_, begun) = site.register(b"person 1", "Hana", &[]).expect("begun");
    let (other, _) = site.register(b"person 1", "Hana", &[]).expect("begun");
    let told = site.registered(&begun, &SoftPasskey::new(3, SITE).create(&other));
    assert!(matches!(told, Err(Unproven::Unfit(_))), "another challenge: {told:?}");
}

#[test]
fn browsers_have_passkeys_for_some_origins() {
    for fit in ["https://pay.example", "https://pay.example:8443", "http://localhost:8080"] {
        assert!(Relying::new("Enishi", fit).is_ok(), "{fit}");
    }
    for unfit in ["http://pay.example", "https://192.0.2.1", "http://127.0.0.1:80", "x", ""] {
        assert_eq!(Relying::new("Enishi", unfit).err(), Some(NotAnOrigin), "{unfit}");
    }
}
