//! What the house shows of itself at sign-in: its certificate, which is renewed while it serves, and the mechanisms that fit
//! everybody's password.

use std::sync::{Arc, PoisonError};

use konvent_core::Answer;
use konvent_people::accounts;
use konvent_wire::stream::Settings;

use super::House;
use crate::acme::Acme;
use crate::tls::{self, Tls};

impl House {
    /// The certificate.
    pub fn tls(&self) -> Tls {
        self.tls.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the certificate files again; new connections get what they hold now. True when it is another certificate.
    /// What cannot be read leaves the old one in place.
    pub fn reload_tls(&self) -> Answer<bool> {
        let new = tls::prepare(&self.config)?;
        let mut current = self.tls.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = new.end_point != current.end_point;
        *current = new;
        drop(current);
        if is_other {
            self.abroad.renew_trust(&self.config)?;
        }
        Ok(is_other)
    }

    /// Certificates by an authority, where the settings want them.
    pub fn acme(&self) -> Option<&Arc<Acme>> {
        self.acme.as_ref()
    }

    /// Offers the hashes that every password has keys for: accounts that came from other servers may have one only. New
    /// connections hear of it.
    pub fn look_at_hashes(&self) -> Answer<()> {
        let hashes = self.db.read_blocking(accounts::hashes)?;
        let mut current = self.stream_settings.write().unwrap_or_else(PoisonError::into_inner);
        if current.hashes != hashes {
            *current = Arc::new(Settings { hashes, ..Settings::clone(&current) });
        }
        Ok(())
    }
}
