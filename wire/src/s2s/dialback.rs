//! Keys between servers (XEP-0220), made as XEP-0185 recommends: who claims a domain sends a key, whoever hears it asks
//! the server of that domain whether the key is its own.

use hmac::{Hmac, KeyInit as _, Mac as _};
use minidom::Element;
use sha2::{Digest as _, Sha256};

use super::domain;
use crate::errors::{Condition, ErrorKind, StanzaError};
use crate::ns;
use crate::xml::{write_attr, write_element};

/// Somebody claims to speak for a domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The domain that is claimed.
    pub from: String,
    /// The host it wants to speak to.
    pub to: String,
    /// The id of the stream on which the claim was made, given by the server that hears it.
    pub id: String,
    /// The key.
    pub key: String,
}

/// What became of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The key is right.
    Valid,
    /// The key is wrong: somebody lies.
    Invalid,
    /// It could not be found out (XEP-0220 §2.5).
    Unknown(Condition),
}

/// `HMAC-SHA256(SHA256(secret), receiving ' ' originating ' ' id)` in hexadecimal digits (XEP-0185 §2).
pub fn key(secret: &[u8], receiving: &str, originating: &str, id: &str) -> String {
    let hashed = hex(&Sha256::digest(secret));
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(hashed.as_bytes()).expect("any key length");
    for part in [receiving, " ", originating, " ", id] {
        mac.update(part.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

/// Whether a key is ours, in the same time for every wrong one.
pub fn is_right(secret: &[u8], claim: &Claim) -> bool {
    use subtle::ConstantTimeEq as _;
    let right = key(secret, &claim.to, &claim.from, &claim.id);
    right.as_bytes().ct_eq(claim.key.trim().as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
    }
    text
}

/// The domains of `<db:result/>` or `<db:verify/>`, if both are some.
pub(super) fn pair(element: &Element) -> Option<(String, String)> {
    Some((domain(element.attr("from")?)?, domain(element.attr("to")?)?))
}

/// The verdict that an element carries; none when it asks for one.
pub(super) fn verdict(element: &Element) -> Option<Verdict> {
    Some(match element.attr("type")? {
        "valid" => Verdict::Valid,
        "invalid" => Verdict::Invalid,
        _ => {
            let error = element.children().find(|child| child.name() == "error");
            let condition = error.map(|error| StanzaError::from_element(error).condition);
            Verdict::Unknown(condition.unwrap_or(Condition::UndefinedCondition))
        }
    })
}

/// Writes `<db:result/>` or `<db:verify/>` with the prefix that everybody expects (XEP-0220 §2).
pub(super) fn write(
    name: &str,
    (from, to): (&str, &str),
    id: Option<&str>,
    said: Result<&str, Verdict>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"<db:");
    out.extend_from_slice(name.as_bytes());
    write_attr("from", from, out);
    write_attr("to", to, out);
    if let Some(id) = id {
        write_attr("id", id, out);
    }
    match said {
        Ok(key) => {
            out.push(b'>');
            crate::xml::escape_text(key, out);
        }
        Err(Verdict::Valid) => out.extend_from_slice(b" type=\"valid\">"),
        Err(Verdict::Invalid) => out.extend_from_slice(b" type=\"invalid\">"),
        Err(Verdict::Unknown(condition)) => {
            // XEP-0220 §2.5: an error is the business of this claim, not of the stream.
            out.extend_from_slice(b" type=\"error\">");
            let error = StanzaError::new(ErrorKind::Cancel, condition).element();
            write_element(&error, ns::CLIENT, out);
        }
    }
    out.extend_from_slice(b"</db:");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_standard() {
        // The example of XEP-0185 §3.
        let expected = "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643";
        let made = key(b"s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F");
        assert_eq!(made, expected);
        let mut claim = Claim {
            from: "example.org".to_owned(),
            to: "xmpp.example.com".to_owned(),
            id: "D60000229F".to_owned(),
            key: format!("\n {expected} "),
        };
        assert!(is_right(b"s3cr3tf0rd14lb4ck", &claim));
        claim.id.push('0');
        assert!(!is_right(b"s3cr3tf0rd14lb4ck", &claim));
        claim.key = String::new();
        assert!(!is_right(b"s3cr3tf0rd14lb4ck", &claim));
    }
}
