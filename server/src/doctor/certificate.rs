//! The certificate: until when it is good, whether somebody else signed it, and whether our name is in it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Finding, State};
use crate::acme::when;
use crate::house::House;
use crate::tls::der;

/// Renewing begins 30 days before the end with most; later than this something is stuck.
const DAYS_MIN: i64 = 14;

/// Looks at the first certificate of the chain.
pub(super) fn look(certificate: &[u8], domain: &str) -> Finding {
    const WHAT: &str = "Zertifikat";
    let Some(read) = Read::of(certificate) else {
        return Finding::new(WHAT, State::Odd, "ist nicht zu lesen");
    };
    let days = (read.until.as_second() - Timestamp::now().as_second()) / 86_400;
    // Names stand in it as they are written (RFC 5280 §4.2.1.6): a wildcard serves for the services below the domain.
    let has_name = certificate.windows(domain.len()).any(|part| part == domain.as_bytes());
    if days < 0 {
        Finding::new(WHAT, State::Unwell, format!("ist seit {} Tagen abgelaufen: erneuern", -days))
    } else if !has_name {
        Finding::new(
            WHAT,
            State::Unwell,
            format!("{domain} steht nicht darin: eines für diesen Namen besorgen"),
        )
    } else if days < DAYS_MIN {
        Finding::new(WHAT, State::Odd, format!("läuft in {days} Tagen ab: erneuern"))
    } else if read.is_self_signed {
        Finding::new(
            WHAT,
            State::Odd,
            "ist selbst unterschrieben: fremde Programme und Server trauen ihm nicht",
        )
    } else {
        Finding::new(WHAT, State::Well, format!("gilt noch {days} Tage"))
    }
}

/// How getting certificates by itself goes (RFC 8555), where the settings want it.
pub(super) fn look_at_authority(house: &House) -> Option<Finding> {
    const WHAT: &str = "ACME";
    let acme = house.acme()?;
    let (past, now) = (acme.past(), house.clock().now());
    let certificate = house.tls().certificate;
    let is_due = when::is_due(&certificate, acme.names(), now);
    let days = when::days_left(&certificate, now).unwrap_or_default();
    Some(match past.trouble {
        // As long as the old one is good, nobody outside notices.
        Some(trouble) if is_due => Finding::new(
            WHAT,
            if days < DAYS_MIN { State::Unwell } else { State::Odd },
            format!("{} Versuche misslangen, zuletzt: {trouble}", past.failures),
        ),
        None if is_due => Finding::new(
            WHAT,
            State::Odd,
            "ein Zertifikat ist fällig und wird geholt, sobald der Dienst läuft",
        ),
        _ => Finding::new(
            WHAT,
            State::Well,
            format!("das Zertifikat für {} wird von selbst erneuert", acme.names().join(", ")),
        ),
    })
}

/// What of a certificate counts here (RFC 5280 §4.1).
struct Read {
    until: Timestamp,
    is_self_signed: bool,
}

impl Read {
    fn of(certificate: &[u8]) -> Option<Self> {
        let (whole, _) = der(certificate)?;
        let (tbs, _) = der(whole)?;
        // version [0], serialNumber, signature, issuer, validity, subject
        let after_version = if tbs.first() == Some(&0xa0) { der(tbs)?.1 } else { tbs };
        let (_, after_serial) = der(after_version)?;
        let (_, after_signature) = der(after_serial)?;
        let (issuer, after_issuer) = der(after_signature)?;
        let (validity, after_validity) = der(after_issuer)?;
        let (subject, _) = der(after_validity)?;
        let (_, not_after) = der(validity)?;
        Some(Self { until: time(not_after)?, is_self_signed: issuer == subject })
    }
}

/// `UTCTime` or `GeneralizedTime` (RFC 5280 §4.1.2.5): years of two digits before 50 are of this century.
fn time(element: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(der(element)?.0).ok()?;
    let (year, rest) = if *element.first()? == 0x17 {
        let (year, rest) = text.split_at_checked(2)?;
        let year = year.parse::<i16>().ok()?;
        (if year < 50 { 2000 + year } else { 1900 + year }, rest)
    } else {
        let (year, rest) = text.split_at_checked(4)?;
        (year.parse().ok()?, rest)
    };
    let number = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let at =
        DateTime::new(year, number(0)?, number(2)?, number(4)?, number(6)?, number(8)?, 0).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(year: i32, name: &str) -> Vec<u8> {
        let mut wish = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        wish.not_after = rcgen::date_time_ymd(year, 6, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        wish.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn an_old_one_and_one_for_somebody_else_are_wrong() {
        let state = |certificate: &[u8]| look(certificate, "verona.example").state;
        assert_eq!(state(&made(2020, "verona.example")), State::Unwell);
        assert_eq!(state(&made(2120, "mantua.example")), State::Unwell);
        assert_eq!(state(&made(2120, "verona.example")), State::Odd); // signed by itself
        assert_eq!(state(b"no certificate"), State::Odd);
    }
}
