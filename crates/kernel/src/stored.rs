//! Stored facts: each has a type and a version, and its bytes never change.

/// Declares a module's event: an enum with one arm for each struct, and the only place where
/// its facts are encoded. Each arm names its stored type and version; the payload is CBOR with
/// numbered fields. A changed shape is a new arm or a new version lifted at decoding: the arm then
/// names what was stored before as `v1`, from which it is made.
///
/// ```ignore
/// kernel::stored_events! {
///     /// Facts of rides.
///     pub enum Event {
///         1 v1 TripStarted,
///         2 v2 TripEnded from v1 TripEndedV1,
///     }
/// }
/// ```
#[macro_export]
macro_rules! stored_events {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$arm_doc:meta])* $number:literal $version:ident $arm:ident
            $(from $before:ident $old:ident)?,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $($(#[$arm_doc])* $arm($arm),)*
        }

        $(impl From<$arm> for $name {
            fn from(fact: $arm) -> Self {
                Self::$arm(fact)
            }
        })*

        impl $name {
            /// Writes type, version and payload behind what `out` holds.
            pub fn encode(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$arm(fact) => {
                        out.extend([$number, $crate::stored_version!($version)]);
                        minicbor::encode(fact, out).expect("writing to memory can't fail");
                    })*
                }
            }

            /// Reads what `encode` wrote in any version.
            pub fn decode(stored: &[u8]) -> Result<Self, $crate::Fault> {
                const BROKEN: $crate::Fault = $crate::Fault("a stored fact can't be read");
                fn whole<T: for<'b> minicbor::Decode<'b, ()>>(
                    payload: &[u8],
                ) -> Result<T, $crate::Fault> {
                    let mut decoder = minicbor::Decoder::new(payload);
                    let fact = decoder.decode().map_err(|_| BROKEN)?;
                    // A byte behind a fact would be lost at the next writing.
                    if decoder.position() == payload.len() { Ok(fact) } else { Err(BROKEN) }
                }
                match stored {
                    $([$number, $crate::stored_version!($version), payload @ ..] => {
                        whole(payload).map(Self::$arm)
                    })*
                    $($([$number, $crate::stored_version!($before), payload @ ..] => {
                        whole::<$old>(payload).map(|old| Self::$arm(old.into()))
                    })?)*
                    _ => Err($crate::Fault("a stored fact has an unknown type or version")),
                }
            }

            /// The stable word for the fact's type, as documents and tools print it.
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$arm(_) => stringify!($arm),)* }
            }
        }
    };
}

/// The stored number of a version.
#[doc(hidden)]
#[macro_export]
macro_rules! stored_version {
    (v1) => {
        1
    };
    (v2) => {
        2
    };
}
