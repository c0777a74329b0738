//! The verification string (XEP-0115 §5.1): from a description to its hash; `None` for one that is ill-formed (§5.4).

use serde::{Deserialize, Serialize};

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvent_wire::Element;
use konvent_wire::form::Form;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::ns;

/// The hash functions that are understood (XEP-0115 §8.1; SHA-1 is the one that all must know).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// `sha-1`
    Sha1,
    /// `sha-256`
    Sha256,
    /// `sha-512`
    Sha512,
}

impl Algorithm {
    /// By its name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha-1" => Some(Self::Sha1),
            "sha-256" => Some(Self::Sha256),
            "sha-512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// The hash of a description, in Base64.
///
/// `<` cannot stand in a name as a part of it, so it cannot be used to make two descriptions look alike: whoever puts it
/// there is ill-formed here.
pub fn verification(query: &Element, algorithm: Algorithm) -> Option<String> {
    let text = string(query)?;
    Some(match algorithm {
        Algorithm::Sha1 => STANDARD.encode(Sha1::digest(text)),
        Algorithm::Sha256 => STANDARD.encode(Sha256::digest(text)),
        Algorithm::Sha512 => STANDARD.encode(Sha512::digest(text)),
    })
}

fn string(query: &Element) -> Option<String> {
    let mut identities = Vec::new();
    let mut features = Vec::new();
    let mut forms = Vec::new();
    for child in query.children() {
        if child.is("identity", ns::DISCO_INFO) {
            let lang = child.attr_ns_lang();
            let text = |name: &'static str| child.attr(name).unwrap_or_default();
            identities.push([text("category"), text("type"), &lang, text("name")].join("/"));
        } else if child.is("feature", ns::DISCO_INFO) {
            features.push(child.attr("var").unwrap_or_default().to_owned());
        } else if child.is("x", ns::FORM) {
            forms.push(Form::from_element(child));
        }
    }
    // XEP-0115 §5.4: nothing twice.
    let mut all = once_each(identities)?;
    all.extend(once_each(features)?);
    let mut described = Vec::new();
    for form in &forms {
        let Some(purpose) = form.fields.iter().find(|field| field.var == "FORM_TYPE") else {
            continue;
        };
        let mut values = purpose.values.clone();
        values.dedup();
        // XEP-0115 §5.4: a form without a hidden FORM_TYPE is passed over; one with two of them is ill-formed.
        if purpose.kind != "hidden" {
            continue;
        }
        let [purpose] = values.as_slice() else { return None };
        let mut fields = Vec::new();
        for field in form.fields.iter().filter(|field| field.var != "FORM_TYPE") {
            let mut values = field.values.clone();
            values.sort_unstable();
            fields.push((field.var.clone(), values));
        }
        fields.sort_unstable();
        described.push((purpose.clone(), fields));
    }
    described.sort_unstable();
    if described.windows(2).any(|pair| matches!(pair, [one, two] if one.0 == two.0)) {
        return None;
    }
    for (purpose, fields) in described {
        all.push(purpose);
        for (var, values) in fields {
            all.push(var);
            all.extend(values);
        }
    }
    if all.iter().any(|part| part.contains('<')) {
        return None;
    }
    Some(all.iter().flat_map(|part| [part.as_str(), "<"]).collect())
}

/// Sorted by bytes (XEP-0115 §5.1); `None` when something stands there twice.
fn once_each(mut parts: Vec<String>) -> Option<Vec<String>> {
    parts.sort_unstable();
    let distinct: BTreeSet<&String> = parts.iter().collect();
    (distinct.len() == parts.len()).then_some(parts)
}

/// `xml:lang` of an element.
trait Lang {
    fn attr_ns_lang(&self) -> String;
}

impl Lang for Element {
    fn attr_ns_lang(&self) -> String {
        let mut attrs = self.attrs().iter();
        let lang = attrs.find(|((namespace, name), _)| {
            namespace.as_str() == konvent_wire::ns::XML && name.as_str() == "lang"
        });
        lang.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}
