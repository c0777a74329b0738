//! Which prefix means which namespace (Namespaces in XML 1.0), and the head of one element.

use rxml::NcName;

use super::limits::Limits;
use crate::errors::StreamCondition;
use crate::ns;

/// A namespace by its place in the table of a [`Scope`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ns(u16);

/// The namespaces that need no entry.
const KNOWN: [&str; 4] = ["", ns::CLIENT, ns::STREAM, ns::XML];

impl Ns {
    pub(super) const NONE: Self = Self(0);
    pub(super) const CLIENT: Self = Self(1);
    pub(super) const STREAM: Self = Self(2);
    const XML: Self = Self(3);
}

/// A prefix (or none: the default) and what it means.
pub(super) type Declaration = (Option<NcName>, String);

/// The declarations in force at one place of a document.
#[derive(Default)]
pub(super) struct Scope {
    /// The namespace that means `jabber:client` here: between servers and towards components it has another name.
    content: Option<&'static str>,
    extra: Vec<String>,
    in_force: Vec<(Option<NcName>, Ns)>,
}

impl Scope {
    /// Nothing declared, in a stream whose stanzas have this namespace.
    pub(super) fn of(content: &'static str) -> Self {
        Self { content: Some(content), ..Self::default() }
    }

    /// Whether the stanzas of the stream have this namespace.
    pub(super) fn is_of(&self, content: &str) -> bool {
        self.content == Some(content)
    }

    /// Adds a declaration.
    pub(super) fn declare(
        &mut self,
        (prefix, namespace): Declaration,
        limits: &Limits,
    ) -> Result<(), StreamCondition> {
        let namespace = self.intern(namespace);
        self.in_force.push((prefix, namespace));
        let most = usize::from(limits.declarations);
        if self.in_force.len() > most || self.extra.len() > most {
            return Err(StreamCondition::PolicyViolation);
        }
        Ok(())
    }

    /// How many declarations are in force, to come back to with [`Self::forget`].
    pub(super) fn mark(&self) -> usize {
        self.in_force.len()
    }

    /// Forgets the declarations since the mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.in_force.truncate(mark);
    }

    /// Whether the prefix was declared since the mark: twice on one element is a duplicate attribute.
    fn declares(&self, prefix: Option<&str>, mark: usize) -> bool {
        let since = self.in_force.get(mark..).unwrap_or_default();
        since.iter().any(|(known, _)| known.as_ref().map(NcName::as_str) == prefix)
    }

    /// What the prefix means here. An undeclared prefix is an error, no default namespace is not.
    pub(super) fn resolve(&self, prefix: Option<&str>) -> Result<Ns, StreamCondition> {
        if prefix == Some("xml") {
            return Ok(Ns::XML);
        }
        let found = self
            .in_force
            .iter()
            .rev()
            .find(|(known, _)| known.as_ref().map(NcName::as_str) == prefix);
        match (found, prefix) {
            (Some((_, namespace)), _) => Ok(*namespace),
            (None, None) => Ok(Ns::NONE),
            // Namespaces in XML 1.0 §5, "Prefix Declared".
            (None, Some(_)) => Err(StreamCondition::NotWellFormed),
        }
    }

    /// The name of a namespace.
    pub(super) fn name(&self, namespace: Ns) -> &str {
        let at = usize::from(namespace.0);
        let extra = || self.extra.get(at.checked_sub(KNOWN.len())?).map(String::as_str);
        KNOWN.get(at).copied().or_else(extra).unwrap_or_default()
    }

    fn intern(&mut self, namespace: String) -> Ns {
        if self.content == Some(namespace.as_str()) {
            return Ns::CLIENT;
        }
        let known = KNOWN.iter().position(|known| *known == namespace);
        let extra = || self.extra.iter().position(|extra| *extra == namespace);
        let at = known.or_else(|| extra().map(|at| at + KNOWN.len())).unwrap_or_else(|| {
            self.extra.push(namespace);
            self.extra.len() + KNOWN.len() - 1
        });
        Ns(u16::try_from(at).unwrap_or(0))
    }
}

/// An attribute with its namespace resolved.
pub(super) type Attribute = (Ns, NcName, String);

/// The head of one element while its attributes come in.
#[derive(Default)]
pub(super) struct Head {
    name: Option<(Option<NcName>, NcName)>,
    raw: Vec<(Option<NcName>, NcName, String)>,
    pub(super) attributes: Vec<Attribute>,
    declared: usize,
    pub(super) mark: usize,
}

impl Head {
    /// Begins the head of an element.
    pub(super) fn begin(&mut self, prefix: Option<NcName>, name: NcName, scope: &Scope) {
        self.name = Some((prefix, name));
        self.raw.clear();
        self.attributes.clear();
        self.declared = 0;
        self.mark = scope.mark();
    }

    /// Takes one attribute or declaration.
    pub(super) fn attribute(
        &mut self,
        (prefix, name): (Option<NcName>, NcName),
        value: String,
        scope: &mut Scope,
        limits: &Limits,
    ) -> Result<(), StreamCondition> {
        if self.raw.len() + self.declared >= usize::from(limits.attributes) {
            return Err(StreamCondition::PolicyViolation);
        }
        let declares = match prefix.as_ref().map(NcName::as_str) {
            Some("xmlns") => Some(Some(name.clone())),
            None if name.as_str() == "xmlns" => Some(None),
            _ => None,
        };
        let Some(declares) = declares else {
            self.raw.push((prefix, name, value));
            return Ok(());
        };
        if scope.declares(declares.as_ref().map(NcName::as_str), self.mark) {
            return Err(StreamCondition::NotWellFormed);
        }
        self.declared += 1;
        scope.declare((declares, value), limits)
    }

    /// Ends the head: resolves the namespaces, refuses duplicates (XML 1.0 §3.1, Namespaces §6.3).
    pub(super) fn finish(&mut self, scope: &Scope) -> Result<(Ns, NcName), StreamCondition> {
        let Some((prefix, name)) = self.name.take() else {
            return Err(StreamCondition::NotWellFormed);
        };
        let namespace = scope.resolve(prefix.as_ref().map(NcName::as_str))?;
        for (prefix, name, value) in self.raw.drain(..) {
            // The default namespace does not apply to attributes (Namespaces §6.2).
            let of = match &prefix {
                Some(prefix) => scope.resolve(Some(prefix.as_str()))?,
                None => Ns::NONE,
            };
            if self.attributes.iter().any(|(ns, known, _)| *ns == of && *known == name) {
                return Err(StreamCondition::NotWellFormed);
            }
            self.attributes.push((of, name, value));
        }
        Ok((namespace, name))
    }
}
