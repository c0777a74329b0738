//! What can go wrong on the wire, by the names of RFC 6120: stanza errors (§8.3), stream errors (§4.9.3)
//! and SASL failures (§6.5). Application conditions are passed through as trees.

use minidom::Element;

use crate::ns;

/// Defines an enum whose variants are element names of a standard.
macro_rules! conditions {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them, in the order of the standard.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The condition with that name on the wire.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

conditions! {
    /// What the sender may do about a stanza error (RFC 6120 §8.3.2).
    ErrorKind {
        /// Retry after providing credentials.
        Auth = "auth",
        /// Do not retry.
        Cancel = "cancel",
        /// Proceed, it was only a warning.
        Continue = "continue",
        /// Retry after changing the data sent.
        Modify = "modify",
        /// Retry after waiting.
        Wait = "wait",
    }
}

conditions! {
    /// The defined conditions of stanza errors (RFC 6120 §8.3.3).
    Condition {
        /// §8.3.3.1
        BadRequest = "bad-request",
        /// §8.3.3.2
        Conflict = "conflict",
        /// §8.3.3.3
        FeatureNotImplemented = "feature-not-implemented",
        /// §8.3.3.4
        Forbidden = "forbidden",
        /// §8.3.3.5
        Gone = "gone",
        /// §8.3.3.6
        InternalServerError = "internal-server-error",
        /// §8.3.3.7
        ItemNotFound = "item-not-found",
        /// §8.3.3.8
        JidMalformed = "jid-malformed",
        /// §8.3.3.9
        NotAcceptable = "not-acceptable",
        /// §8.3.3.10
        NotAllowed = "not-allowed",
        /// §8.3.3.11
        NotAuthorized = "not-authorized",
        /// §8.3.3.12
        PolicyViolation = "policy-violation",
        /// §8.3.3.13
        RecipientUnavailable = "recipient-unavailable",
        /// §8.3.3.14
        Redirect = "redirect",
        /// §8.3.3.15
        RegistrationRequired = "registration-required",
        /// §8.3.3.16
        RemoteServerNotFound = "remote-server-not-found",
        /// §8.3.3.17
        RemoteServerTimeout = "remote-server-timeout",
        /// §8.3.3.18
        ResourceConstraint = "resource-constraint",
        /// §8.3.3.19
        ServiceUnavailable = "service-unavailable",
        /// §8.3.3.20
        SubscriptionRequired = "subscription-required",
        /// §8.3.3.21
        UndefinedCondition = "undefined-condition",
        /// §8.3.3.22
        UnexpectedRequest = "unexpected-request",
    }
}

conditions! {
    /// The defined conditions of stream errors (RFC 6120 §4.9.3): each ends the stream.
    StreamCondition {
        /// §4.9.3.1
        BadFormat = "bad-format",
        /// §4.9.3.2
        BadNamespacePrefix = "bad-namespace-prefix",
        /// §4.9.3.3
        Conflict = "conflict",
        /// §4.9.3.4
        ConnectionTimeout = "connection-timeout",
        /// §4.9.3.5
        HostGone = "host-gone",
        /// §4.9.3.6
        HostUnknown = "host-unknown",
        /// §4.9.3.7
        ImproperAddressing = "improper-addressing",
        /// §4.9.3.8
        InternalServerError = "internal-server-error",
        /// §4.9.3.9
        InvalidFrom = "invalid-from",
        /// §4.9.3.10
        InvalidNamespace = "invalid-namespace",
        /// §4.9.3.11
        InvalidXml = "invalid-xml",
        /// §4.9.3.12
        NotAuthorized = "not-authorized",
        /// §4.9.3.13
        NotWellFormed = "not-well-formed",
        /// §4.9.3.14
        PolicyViolation = "policy-violation",
        /// §4.9.3.15
        RemoteConnectionFailed = "remote-connection-failed",
        /// §4.9.3.16
        Reset = "reset",
        /// §4.9.3.17
        ResourceConstraint = "resource-constraint",
        /// §4.9.3.18
        RestrictedXml = "restricted-xml",
        /// §4.9.3.19
        SeeOtherHost = "see-other-host",
        /// §4.9.3.20
        SystemShutdown = "system-shutdown",
        /// §4.9.3.21
        UndefinedCondition = "undefined-condition",
        /// §4.9.3.22
        UnsupportedEncoding = "unsupported-encoding",
        /// §4.9.3.23
        UnsupportedFeature = "unsupported-feature",
        /// §4.9.3.24
        UnsupportedStanzaType = "unsupported-stanza-type",
        /// §4.9.3.25
        UnsupportedVersion = "unsupported-version",
    }
}

conditions! {
    /// The conditions of a failed sign-in (RFC 6120 §6.5).
    SaslCondition {
        /// §6.5.1
        Aborted = "aborted",
        /// §6.5.2
        AccountDisabled = "account-disabled",
        /// §6.5.3
        CredentialsExpired = "credentials-expired",
        /// §6.5.4
        EncryptionRequired = "encryption-required",
        /// §6.5.5
        IncorrectEncoding = "incorrect-encoding",
        /// §6.5.6
        InvalidAuthzid = "invalid-authzid",
        /// §6.5.7
        InvalidMechanism = "invalid-mechanism",
        /// §6.5.8
        MalformedRequest = "malformed-request",
        /// §6.5.9
        MechanismTooWeak = "mechanism-too-weak",
        /// §6.5.10
        NotAuthorized = "not-authorized",
        /// §6.5.11
        TemporaryAuthFailure = "temporary-auth-failure",
    }
}

impl std::error::Error for StreamCondition {}
impl std::error::Error for SaslCondition {}

/// Why [`crate::Stanza::parse`] refused some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// The bytes would have ended a stream with this condition.
    #[error("{0}")]
    Stream(StreamCondition),
    /// The bytes end before the stanza does.
    #[error("incomplete stanza")]
    Incomplete,
    /// Well-formed, but no stanza.
    #[error("not a stanza")]
    NotAStanza,
    /// An address in it is none (RFC 7622).
    #[error("malformed address")]
    Address,
}

/// An answer that says no to one stanza and leaves the stream alone (RFC 6120 §8.3).
#[derive(Clone, PartialEq, Debug)]
pub struct StanzaError {
    /// What the sender may do about it.
    pub kind: ErrorKind,
    /// What is wrong, by the standard.
    pub condition: Condition,
    /// What is wrong, in words.
    pub text: Option<String>,
    /// The language of the words, as `xml:lang` writes it.
    pub lang: &'static str,
    /// What is wrong, by the application; its namespace is not that of stanza errors.
    pub app: Option<Element>,
}

impl StanzaError {
    /// An error without words.
    pub const fn new(kind: ErrorKind, condition: Condition) -> Self {
        Self { kind, condition, text: None, lang: "en", app: None }
    }

    /// The same error, in words.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The same error, in words of a language (RFC 6120 §8.3.2).
    #[must_use]
    pub fn said(self, text: impl Into<String>, lang: &'static str) -> Self {
        Self { lang, ..self.with_text(text) }
    }

    /// The same error with a condition of the application (RFC 6120 §8.3.4).
    #[must_use]
    pub fn with_app(mut self, app: Element) -> Self {
        self.app = Some(app);
        self
    }

    /// `<error/>` as it stands in a stanza.
    pub fn element(&self) -> Element {
        let mut error = Element::builder("error", ns::CLIENT)
            .attr(crate::xml::attr_name("type"), self.kind.as_str())
            .append(Element::bare(self.condition.as_str(), ns::STANZA_ERRORS));
        if let Some(text) = &self.text {
            error = error.append(
                Element::builder("text", ns::STANZA_ERRORS)
                    .attr_ns(
                        rxml::Namespace::xml().clone(),
                        crate::xml::attr_name("lang"),
                        self.lang,
                    )
                    .append(text.as_str()),
            );
        }
        if let Some(app) = &self.app {
            error = error.append(app.clone());
        }
        error.build()
    }

    /// Reads `<error/>` of a stanza. Unknown kinds and conditions become `cancel` and
    /// `undefined-condition` (RFC 6120 §8.3.3.21).
    pub fn from_element(error: &Element) -> Self {
        let kind = error.attr("type").and_then(ErrorKind::from_name);
        let mut found = Self::new(kind.unwrap_or(ErrorKind::Cancel), Condition::UndefinedCondition);
        for child in error.children() {
            if !child.has_ns(ns::STANZA_ERRORS) {
                found.app.get_or_insert_with(|| child.clone());
            } else if child.name() == "text" {
                found.text = Some(child.text());
            } else if let Some(condition) = Condition::from_name(child.name()) {
                found.condition = condition;
            }
        }
        found
    }
}
