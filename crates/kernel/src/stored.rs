//! Stored facts: each has a type and a version, and its bytes never change.

/// Declares a module's event: an enum with one arm for each struct, and the only place where
/// its facts are encoded. Each arm names its stored type and version; the payload is CBOR with
/// numbered fields. A changed shape is a new arm or a new version lifted at decoding.
///
/// ```ignore
/// kernel::stored_events! {
///     /// Facts of rides.
///     pub enum Event {
///         1 v1 TripStarted,
///     }
/// }
/// ```
#[macro_export]
macro_rules! stored_events {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$arm_doc:meta])* $number:literal v1 $arm:ident,)*
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
                        out.extend([$number, 1]);
                        minicbor::encode(fact, out).expect("writing to memory can't fail");
                    })*
                }
            }

            /// Reads what `encode` wrote in any version.
            pub fn decode(stored: &[u8]) -> Result<Self, $crate::Fault> {
                const BROKEN: $crate::Fault = $crate::Fault("a stored fact can't be read");
                match stored {
                    $([$number, 1, payload @ ..] => {
                        let mut decoder = minicbor::Decoder::new(payload);
                        let fact = decoder.decode().map_err(|_| BROKEN)?;
                        // A byte behind a fact would be lost at the next writing.
                        if decoder.position() == payload.len() {
                            Ok(Self::$arm(fact))
                        } else {
                            Err(BROKEN)
                        }
                    })*
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
