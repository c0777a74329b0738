//! Reading the settings: from a file or from text, with one sentence for what cannot be used.

use std::path::Path;

use super::Config;
use crate::refusal::{Answer, Kind, Refusal};

/// The settings cannot be used; the cause names the line.
pub const UNREADABLE: Refusal = Refusal::new(Kind::BadRequest, "config.unreadable");

impl Config {
    /// Reads a settings file.
    pub fn read(file: &Path) -> Answer<Self> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| UNREADABLE.because(format!("{}: {error}", file.display())))?;
        Self::parse(&text)
    }

    /// Reads settings from text.
    pub fn parse(text: &str) -> Answer<Self> {
        let config: Self = toml::from_str(text).map_err(|error| UNREADABLE.because(error))?;
        if config.domain.is_empty() || config.domain.contains(['@', '/', ' ']) {
            return Err(UNREADABLE.because("domain must be a name such as partei.example"));
        }
        // A password must not cross a network in the clear, whatever the settings say (RFC 6120 §13.8.1).
        if !config.plaintext.is_loopback() {
            return Err(UNREADABLE
                .because("plaintext takes loopback addresses only, such as 127.0.0.5:5222"));
        }
        // What a program says as a host of ours must not cross a network in the clear either.
        if !config.components.listen.is_loopback() {
            return Err(UNREADABLE.because("components.listen takes loopback addresses only"));
        }
        if config.acme.accept_terms && config.certificate.is_some() {
            return Err(UNREADABLE
                .because("either certificate and key, or [acme]: one certificate is shown"));
        }
        if config.acme.contact.iter().any(|contact| !contact.contains(':')) {
            return Err(
                UNREADABLE.because("acme.contact takes addresses such as mailto:a@b.example")
            );
        }
        jiff::tz::TimeZone::get(&config.timezone).map_err(|error| UNREADABLE.because(error))?;
        Ok(config)
    }
}
