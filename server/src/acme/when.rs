//! When a certificate is due, and how long to wait after a refusal. Pure.

use konvent_core::Millis;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// After the first refusal, in seconds. Authorities count: Let's Encrypt allows five refusals of a name within an hour.
const FIRST_WAIT_SECS: i64 = 900;
/// A day between two attempts is enough for whatever is wrong to be mended by people.
const WAIT_SECS_MAX: i64 = 86_400;
/// This part of the lifetime is left when renewing begins: 30 of 90 days, and as fits for shorter ones.
const LEFT_PART: i64 = 3;

/// Whether the certificate in use must be replaced: it cannot be read, nobody else signed it, a name is missing, or two
/// thirds of its time are over.
pub fn is_due(certificate: &[u8], names: &[String], now: Millis) -> bool {
    let Ok((_, read)) = X509Certificate::from_der(certificate) else { return true };
    let (from, until) =
        (read.validity().not_before.timestamp(), read.validity().not_after.timestamp());
    let left = until - now.0 / 1000;
    let is_old = left < (until - from) / LEFT_PART;
    read.issuer() == read.subject() || is_old || !names.iter().all(|name| has(&read, name))
}

/// How many days a certificate is still good, if it can be read.
pub fn days_left(certificate: &[u8], now: Millis) -> Option<i64> {
    Some((ends_at(certificate)? - now.0 / 1000).div_euclid(86_400))
}

/// Until when a certificate is good, in seconds since 1970, if it can be read.
pub fn ends_at(certificate: &[u8]) -> Option<i64> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    Some(read.validity().not_after.timestamp())
}

/// Whether nobody else signed it, if it can be read.
pub fn is_self_signed(certificate: &[u8]) -> Option<bool> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    Some(read.issuer() == read.subject())
}

fn has(certificate: &X509Certificate<'_>, name: &str) -> bool {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return false };
    let is = |known: &GeneralName<'_>| matches!(known, GeneralName::DNSName(known) if known.eq_ignore_ascii_case(name));
    names.value.general_names.iter().any(is)
}

/// How long to wait after so many refusals in a row: twice as long each time, a day at most.
pub fn wait_secs(failures: u32) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_WAIT_SECS << doublings).min(WAIT_SECS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUNE: Millis = Millis(1_780_272_000_000); // 1 June 2026

    fn signed(from: (i32, u8, u8), until: (i32, u8, u8), names: &[&str]) -> Vec<u8> {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(rcgen::DnType::CommonName, "authority");
        let issuer = rcgen::Issuer::from_params(&authority, &authority_key);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut wish = rcgen::CertificateParams::new(names).unwrap();
        wish.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        wish.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        let key = rcgen::KeyPair::generate().unwrap();
        wish.signed_by(&key, &issuer).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_is_due_when_two_thirds_of_its_time_are_over() {
        let names = ["verona.example".to_owned(), "upload.verona.example".to_owned()];
        let both = ["upload.verona.example", "Verona.example"];
        let due =
            |from, until, names_in: &[&str]| is_due(&signed(from, until, names_in), &names, JUNE);
        assert!(!due((2026, 5, 1), (2026, 7, 30), &both), "31 of 90 days");
        assert!(!due((2026, 4, 5), (2026, 7, 4), &both), "57 of 90 days");
        assert!(due((2026, 4, 1), (2026, 6, 30), &both), "61 of 90 days");
        assert!(due((2026, 1, 1), (2026, 3, 1), &both), "over");
        assert!(!due((2026, 5, 31), (2026, 6, 6), &both), "a short one that is new");
        assert!(due((2026, 5, 1), (2026, 7, 30), &["verona.example"]), "a name is missing");
        assert!(is_due(b"no certificate", &names, JUNE));
        let own = rcgen::generate_simple_self_signed(names.to_vec()).unwrap();
        assert!(is_due(own.cert.der(), &names, JUNE), "nobody else signed it");
    }

    #[test]
    fn who_was_refused_waits_longer_each_time() {
        let waits: Vec<i64> = [1, 2, 3, 7, 8, u32::MAX].map(wait_secs).to_vec();
        assert_eq!(waits, [900, 1800, 3600, 57_600, 86_400, 86_400]);
    }
}
