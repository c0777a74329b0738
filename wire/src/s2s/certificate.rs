//! The names in another server's certificate (RFC 6120 §13.7.1.2): foreign bytes, read before anybody is believed. Whether
//! somebody we trust has signed it is the business of whoever speaks TLS; whether a name fits is [`super::identity`]'s.

use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::CertName;

/// RFC 6120 §13.7.1.4: an XMPP address in a certificate.
const XMPP_ADDR: &str = "1.3.6.1.5.5.7.8.5";
/// RFC 4985 §2: a service at a DNS name.
const SRV_NAME: &str = "1.3.6.1.5.5.7.8.7";

/// The names in a certificate by which a domain can be known (RFC 6120 §13.7.1.2).
pub fn names(certificate: &[u8]) -> Vec<CertName> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    let Ok(Some(alternative)) = parsed.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(CertName::Dns((*name).to_owned())),
        GeneralName::OtherName(kind, value) => {
            let value = text(value)?;
            match kind.to_id_string().as_str() {
                XMPP_ADDR => Some(CertName::Xmpp(value)),
                SRV_NAME => Some(CertName::Srv(value)),
                _ => None,
            }
        }
        _ => None,
    };
    alternative.value.general_names.iter().filter_map(name).collect()
}

/// `[0] EXPLICIT UTF8String` or `IA5String` (RFC 5280 §4.2.1.6), not longer than 127 bytes as a name cannot be much.
fn text(value: &[u8]) -> Option<String> {
    let inner = match value {
        [0xa0, length, inner @ ..] if usize::from(*length) == inner.len() => inner,
        _ => value,
    };
    match inner {
        [0x0c | 0x16, length, text @ ..] if usize::from(*length) == text.len() => {
            String::from_utf8(text.to_vec()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `otherName` as rcgen writes it.
    fn certified(names: Vec<rcgen::SanType>) -> Vec<CertName> {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.subject_alt_names = names;
        super::names(params.self_signed(&key).unwrap().der())
    }

    #[test]
    fn all_kinds_of_names_are_read() {
        let other = |kind: &[u64], value: &str| {
            rcgen::SanType::OtherName((
                kind.to_vec(),
                rcgen::OtherNameValue::Utf8String(value.to_owned()),
            ))
        };
        let found = certified(vec![
            rcgen::SanType::DnsName("*.mantua.example".try_into().unwrap()),
            other(&[1, 3, 6, 1, 5, 5, 7, 8, 5], "mantua.example"),
            other(&[1, 3, 6, 1, 5, 5, 7, 8, 7], "_xmpp-server.mantua.example"),
            other(&[1, 2, 3], "padua.example"),
        ]);
        assert_eq!(
            found,
            [
                CertName::Dns("*.mantua.example".to_owned()),
                CertName::Xmpp("mantua.example".to_owned()),
                CertName::Srv("_xmpp-server.mantua.example".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_no_certificate_says_nothing() {
        for bytes in [&b""[..], b"x", &[0x30, 0x82, 0xff, 0xff], &[0xa0; 300]] {
            assert_eq!(names(bytes), []);
            assert_eq!(text(bytes), None);
        }
    }
}
