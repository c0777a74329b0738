//! What the three kinds of addresses have in common: each is text, and the narrower ones are addresses.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{BareJid, Error, FullJid, Jid};

/// Read, written and shown as text.
macro_rules! is_text {
    ($kind:ty) => {
        impl FromStr for $kind {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($kind), self.as_str())
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    };
}

is_text!(Jid);
is_text!(BareJid);
is_text!(FullJid);

/// The narrower kinds are addresses.
macro_rules! is_jid {
    ($kind:ty) => {
        impl Deref for $kind {
            type Target = Jid;

            fn deref(&self) -> &Jid {
                &self.0
            }
        }

        impl Borrow<Jid> for $kind {
            fn borrow(&self) -> &Jid {
                &self.0
            }
        }

        impl From<$kind> for Jid {
            fn from(jid: $kind) -> Self {
                jid.0
            }
        }

        impl PartialEq<Jid> for $kind {
            fn eq(&self, other: &Jid) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<$kind> for Jid {
            fn eq(&self, other: &$kind) -> bool {
                *self == other.0
            }
        }
    };
}

is_jid!(BareJid);
is_jid!(FullJid);
