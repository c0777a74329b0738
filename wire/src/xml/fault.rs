//! Which stream error a fault of the parser is (RFC 6120 §4.9.3).

use rxml::Error;
use rxml::error::ErrorContext;

use crate::errors::StreamCondition;

/// The condition to close the stream with.
pub(super) fn condition(error: Error) -> StreamCondition {
    match error {
        // §4.9.3.22: "otherwise improperly encoded the stream (e.g., by violating the rules of UTF-8)".
        Error::InvalidUtf8Byte(_) | Error::RestrictedXml("only utf-8 encoding is allowed") => {
            StreamCondition::UnsupportedEncoding
        }
        // A token longer than the limits allow.
        Error::RestrictedXml("long name or reference" | "event too long") => {
            StreamCondition::PolicyViolation
        }
        // §4.9.3.18: comments, processing instructions, DTDs, entity references.
        Error::RestrictedXml(_)
        | Error::UndeclaredEntity
        | Error::InvalidSyntax("malformed cdata or comment section start")
        | Error::UnexpectedByte(Some(ErrorContext::XmlDeclarationStart), ..) => {
            StreamCondition::RestrictedXml
        }
        _ => StreamCondition::NotWellFormed,
    }
}
