//! Stanzas and elements as text in records of our own: what one node tells the others, and what it remembers for them.

use minidom::Element;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Stanza;

impl Serialize for Stanza {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Stanza {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(text.as_bytes()).map_err(D::Error::custom)
    }
}

/// For `#[serde(with = …)]` on an element that may be missing.
pub mod element {
    use std::str::FromStr as _;

    use serde::de::Error as _;

    use super::{Deserialize, Deserializer, Element, Serialize, Serializer};

    /// Writes it.
    pub fn serialize<S: Serializer>(
        element: &Option<Element>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        element.as_ref().map(String::from).serialize(serializer)
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Element>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Element::from_str(&text).map_err(D::Error::custom)).transpose()
    }
}
