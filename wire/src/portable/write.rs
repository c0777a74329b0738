//! How a document of accounts begins and ends (XEP-0227 §4, §5). The pieces in between are written by whoever has them.

use super::{PIE, PIE_MAM, XINCLUDE};
use crate::xml::escape_attr;

/// The first line of each file.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Begins the document (XEP-0227 §4).
pub fn server_data(out: &mut Vec<u8>) {
    out.extend_from_slice(DECLARATION.as_bytes());
    begin("server-data", &[("xmlns", PIE), ("xmlns:xi", XINCLUDE)], out);
}

/// Begins a host (XEP-0227 §4.1).
pub fn host(jid: &str, out: &mut Vec<u8>) {
    begin("host", &[("xmlns", PIE), ("xmlns:xi", XINCLUDE), ("jid", jid)], out);
}

/// Begins a user (XEP-0227 §4.2).
pub fn user(name: &str, out: &mut Vec<u8>) {
    begin("user", &[("xmlns", PIE), ("name", name)], out);
}

/// Begins an archive.
pub fn archive(out: &mut Vec<u8>) {
    begin("archive", &[("xmlns", PIE_MAM)], out);
}

/// Begins any element that holds others.
pub fn begin(name: &str, attributes: &[(&str, &str)], out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    for (name, value) in attributes {
        out.push(b' ');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"=\"");
        escape_attr(value, out);
        out.push(b'"');
    }
    out.extend_from_slice(b">\n");
}

/// Ends an element.
pub fn end(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b">\n");
}

/// A part that stands in another file (XEP-0227 §5).
pub fn include(href: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<xi:include href=\"");
    escape_attr(href, out);
    out.extend_from_slice(b"\"/>\n");
}
