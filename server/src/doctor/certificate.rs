//! The certificate: until when it is good, whether somebody else signed it, and whether our name is in it.

use konvent_core::Millis;
use konvent_wire::s2s::certificate;

use super::{Finding, State};
use crate::acme::when;
use crate::house::House;

/// Renewing begins 30 days before the end with most; later than this something is stuck.
const DAYS_MIN: i64 = 14;

/// Looks at the first certificate of the chain.
pub(super) fn look(certificate: &[u8], domain: &str, now: Millis) -> Finding {
    const WHAT: &str = "Zertifikat";
    let read = when::days_left(certificate, now).zip(when::is_self_signed(certificate));
    let Some((days, is_self_signed)) = read else {
        return Finding::new(WHAT, State::Odd, "ist nicht zu lesen");
    };
    let has_name = certificate::names(certificate).iter().any(|name| name.fits(domain));
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
    } else if is_self_signed {
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
        let now = konvent_core::Clock::System.now();
        let state = |certificate: &[u8]| look(certificate, "verona.example", now).state;
        assert_eq!(state(&made(2020, "verona.example")), State::Unwell);
        assert_eq!(state(&made(2120, "mantua.example")), State::Unwell);
        assert_eq!(state(&made(2120, "verona.example.org")), State::Unwell, "no part of a name");
        assert_eq!(state(&made(2120, "verona.example")), State::Odd); // signed by itself
        assert_eq!(state(b"no certificate"), State::Odd);
    }
}
