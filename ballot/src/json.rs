//! JSON as the protocol writes it: compact, fields in the order of the specification (§4.1).
//!
//! Two readers. [`exact`] accepts only the bytes that we would write ourselves: no white space, no
//! unknown, repeated or reordered member, no second spelling of a number. [`compact`] is for the
//! election, whose strings other programs may escape differently: it refuses white space, unknown
//! and repeated members, and leaves the rest to the fingerprint over the exact bytes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::group::{Group, Scalar};

/// Nesting that no message of the protocol reaches.
const DEEPEST: usize = 16;

/// Reads a message that must be spelled as [`write()`] spells it.
pub fn exact<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Option<T> {
    let value = compact(bytes)?;
    (write(&value) == bytes).then_some(value)
}

/// Reads a message without white space between its tokens.
pub fn compact<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    if !is_compact(bytes) {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

/// Writes a message.
pub fn write<T: Serialize>(value: &T) -> Vec<u8> {
    // our messages have string keys and no floating-point numbers, so writing cannot fail
    serde_json::to_vec(value).unwrap_or_default()
}

/// The same as text.
pub fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// No white space outside strings, and no deeper than any message of the protocol.
fn is_compact(bytes: &[u8]) -> bool {
    let (mut inside, mut escaped, mut depth) = (false, false, 0_usize);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ if inside => {}
            b' ' | b'\t' | b'\n' | b'\r' => return false,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

/// A group element with its spelling, which the hashes need again and again.
#[derive(Clone, PartialEq)]
pub struct Element<G: Group> {
    point: G::Point,
    text: Box<str>,
}

impl<G: Group> Element<G> {
    /// Spells several points at once.
    pub fn all(points: Vec<G::Point>) -> Vec<Self> {
        let texts = G::print(&points);
        points
            .into_iter()
            .zip(texts)
            .map(|(point, text)| Self { point, text: text.into() })
            .collect()
    }

    /// Spells one point.
    pub fn new(point: G::Point) -> Self {
        let text = G::print(std::slice::from_ref(&point)).pop().unwrap_or_default().into();
        Self { point, text }
    }

    /// Reads the canonical spelling; says nothing about membership.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self { point: G::parse(text)?, text: text.into() })
    }

    /// The point.
    pub fn point(&self) -> &G::Point {
        &self.point
    }

    /// Its spelling.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<G: Group> fmt::Debug for Element<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<G: Group> Serialize for Element<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, G: Group> Deserialize<'de> for Element<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a group element"))
    }
}

/// An exponent in a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Exponent<G: Group>(pub G::Scalar, PhantomData<G>);

impl<G: Group> Exponent<G> {
    /// Wraps a number modulo q.
    pub fn new(value: G::Scalar) -> Self {
        Self(value, PhantomData)
    }
}

impl<G: Group> Serialize for Exponent<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.print())
    }
}

impl<'de, G: Group> Deserialize<'de> for Exponent<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let value = G::Scalar::parse(&text);
        value.map(Self::new).ok_or_else(|| D::Error::custom("not a number below q"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_refuses_every_second_spelling() {
        assert_eq!(exact::<Vec<u32>>(b"[1,2]"), Some(vec![1, 2]));
        for bad in ["[1, 2]", "[1,2]\n", "[01,2]", "[1,2]x", "[1,2", "[1.0,2]", ""] {
            assert_eq!(exact::<Vec<u32>>(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(exact::<String>(b"\"\\u0041\""), None);
        assert_eq!(compact::<String>(b"\"\\u0041 b\"").as_deref(), Some("A b"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(compact::<serde_json::Value>(deep.as_bytes()), None);
    }
}
