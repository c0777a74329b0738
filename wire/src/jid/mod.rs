//! Addresses (RFC 7622): `localpart@domainpart/resourcepart`, prepared when they are read, so that equal ones are equal as text.
//!
//! One string holds the whole address and two offsets its parts: an address costs one allocation.
//! What is allowed in each part is said in `prepare`. Left out: escapes (XEP-0106), which are a matter of clients.

mod bidi;
mod common;
mod prepare;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU16;
use std::ops::Deref;

/// Octets of a part at most (RFC 7622 §3.2, §3.3, §3.4).
pub const PART_MAX: usize = 1023;

/// Why something is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// RFC 7622 §3.3.1.
    #[error(
        "what stands before the @ is empty, too long or holds characters that are not allowed there"
    )]
    Localpart,
    /// RFC 7622 §3.2.
    #[error("the domain is no name or address of a server")]
    Domainpart,
    /// RFC 7622 §3.4.1.
    #[error(
        "what stands behind the / is empty, too long or holds characters that are not allowed there"
    )]
    Resourcepart,
    /// A bare address where one with a resource is needed.
    #[error("the address names no device: the part behind a / is missing")]
    NotFull,
    /// An address with a resource where a bare one is needed.
    #[error("the address names a device: the part from the / on is too much")]
    NotBare,
}

/// A part of an address, prepared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part<'j>(&'j str);

impl<'j> Part<'j> {
    /// As text.
    pub const fn as_str(self) -> &'j str {
        self.0
    }

    /// Prepares what stands before the `@`.
    ///
    /// # Errors
    /// [`Error::Localpart`]
    pub fn localpart(text: &str) -> Result<Cow<'_, str>, Error> {
        prepare::localpart(text)
    }

    /// Prepares what stands behind the `/`.
    ///
    /// # Errors
    /// [`Error::Resourcepart`]
    pub fn resourcepart(text: &str) -> Result<Cow<'_, str>, Error> {
        prepare::resourcepart(text)
    }
}

impl Deref for Part<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl AsRef<str> for Part<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

/// An address with a resource or without.
#[derive(Clone)]
pub struct Jid {
    text: String,
    /// Where the `@` stands that ends the localpart.
    at: Option<NonZeroU16>,
    /// Where the `/` stands before the resourcepart.
    slash: Option<NonZeroU16>,
}

impl Jid {
    /// Takes an address apart (RFC 7622 §3.1) and prepares its parts.
    ///
    /// # Errors
    /// Which part is wrong.
    pub fn new(text: &str) -> Result<Self, Error> {
        // RFC 7622 §3.2: the first slash ends the domainpart, also when an @ comes after it.
        let (bare, resource) = match text.split_once('/') {
            Some((bare, resource)) => (bare, Some(resource)),
            None => (text, None),
        };
        let (local, domain) = match bare.split_once('@') {
            Some((local, domain)) => (Some(local), domain),
            None => (None, bare),
        };
        let local = local.map(prepare::localpart).transpose()?;
        let domain = prepare::domainpart(domain)?;
        let resource = resource.map(prepare::resourcepart).transpose()?;
        let is_as_written = [local.as_ref(), Some(&domain), resource.as_ref()]
            .into_iter()
            .flatten()
            .all(|part| matches!(part, Cow::Borrowed(_)));
        let at = local.as_ref().and_then(|local| offset(local.len()));
        let slash = resource
            .as_ref()
            .and_then(|_| offset(local.as_ref().map_or(0, |local| local.len() + 1) + domain.len()));
        // A final dot is taken off without a copy.
        let whole = local.as_ref().map_or(0, |part| part.len() + 1)
            + domain.len()
            + resource.as_ref().map_or(0, |part| part.len() + 1);
        let text = if is_as_written && whole == text.len() {
            text.to_owned()
        } else {
            written(local.as_deref(), &domain, resource.as_deref())
        };
        Ok(Self { text, at, slash })
    }

    /// What stands before the `@`: the localpart.
    pub fn node(&self) -> Option<Part<'_>> {
        let at = usize::from(self.at?.get());
        self.text.get(..at).map(Part)
    }

    /// The domainpart.
    pub fn domain(&self) -> Part<'_> {
        let start = self.at.map_or(0, |at| usize::from(at.get()) + 1);
        let end = self.slash.map_or(self.text.len(), |slash| usize::from(slash.get()));
        Part(self.text.get(start..end).unwrap_or_default())
    }

    /// What stands behind the `/`: the resourcepart.
    pub fn resource(&self) -> Option<Part<'_>> {
        let slash = usize::from(self.slash?.get());
        self.text.get(slash + 1..).map(Part)
    }

    /// Without the resourcepart.
    pub fn to_bare(&self) -> BareJid {
        let end = self.slash.map_or(self.text.len(), |slash| usize::from(slash.get()));
        let text = self.text.get(..end).unwrap_or_default().to_owned();
        BareJid(Self { text, at: self.at, slash: None })
    }

    /// Without the resourcepart.
    pub fn into_bare(mut self) -> BareJid {
        if let Some(slash) = self.slash.take() {
            self.text.truncate(usize::from(slash.get()));
        }
        BareJid(self)
    }

    /// Whether it has a resourcepart.
    pub const fn is_full(&self) -> bool {
        self.slash.is_some()
    }

    /// Whether it has no resourcepart.
    pub const fn is_bare(&self) -> bool {
        self.slash.is_none()
    }

    /// The whole, prepared.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The whole, prepared.
    pub fn into_inner(self) -> String {
        self.text
    }
}

/// An offset behind a part that is not empty, which is what 16 bits hold: parts are bounded by [`PART_MAX`].
fn offset(at: usize) -> Option<NonZeroU16> {
    u16::try_from(at).ok().and_then(NonZeroU16::new)
}

fn written(local: Option<&str>, domain: &str, resource: Option<&str>) -> String {
    let mut text = String::with_capacity(
        local.map_or(0, str::len) + domain.len() + resource.map_or(0, str::len) + 2,
    );
    if let Some(local) = local {
        text.push_str(local);
        text.push('@');
    }
    text.push_str(domain);
    if let Some(resource) = resource {
        text.push('/');
        text.push_str(resource);
    }
    text
}

/// An address without a resource: an account, a room, a server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BareJid(Jid);

impl BareJid {
    /// Reads one.
    ///
    /// # Errors
    /// Which part is wrong; [`Error::NotBare`].
    pub fn new(text: &str) -> Result<Self, Error> {
        Jid::new(text)?.try_into()
    }

    /// The same with a resource.
    ///
    /// # Errors
    /// [`Error::Resourcepart`]
    pub fn with_resource_str(&self, resource: &str) -> Result<FullJid, Error> {
        let resource = prepare::resourcepart(resource)?;
        let Jid { text, at, .. } = &self.0;
        let slash = offset(text.len());
        let text = format!("{text}/{resource}");
        Ok(FullJid(Jid { text, at: *at, slash }))
    }

    /// The whole, prepared.
    pub fn into_inner(self) -> String {
        self.0.text
    }
}

/// An address with a resource: a connection, an occupant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullJid(Jid);

impl FullJid {
    /// Reads one.
    ///
    /// # Errors
    /// Which part is wrong; [`Error::NotFull`].
    pub fn new(text: &str) -> Result<Self, Error> {
        Jid::new(text)?.try_into()
    }

    /// What stands behind the `/`: the resourcepart.
    pub fn resource(&self) -> Part<'_> {
        self.0.resource().unwrap_or(Part(""))
    }

    /// Without the resourcepart.
    pub fn into_bare(self) -> BareJid {
        self.0.into_bare()
    }

    /// The whole, prepared.
    pub fn into_inner(self) -> String {
        self.0.text
    }
}

impl TryFrom<Jid> for BareJid {
    type Error = Error;

    fn try_from(jid: Jid) -> Result<Self, Error> {
        if jid.is_bare() { Ok(Self(jid)) } else { Err(Error::NotBare) }
    }
}

impl TryFrom<Jid> for FullJid {
    type Error = Error;

    fn try_from(jid: Jid) -> Result<Self, Error> {
        if jid.is_full() { Ok(Self(jid)) } else { Err(Error::NotFull) }
    }
}

impl PartialEq for Jid {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Jid {}

impl PartialOrd for Jid {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Jid {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Jid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
