//! What one side of a stream takes, told to the other before it sends (XEP-0478): in our features, in those of other servers,
//! and along with a wish to talk both ways.
//!
//! Nothing is announced that is not enforced: members hear of no idle time, because none ends their streams (the system asks
//! silent connections whether they are still there).

use minidom::Element;

use crate::ns;
use crate::xml::el;

/// What everybody who speaks XMPP must take (RFC 6120 §13.12): whoever announces less is taken to mean this.
pub(crate) const TAKEN_BY_ALL_BYTES: usize = 10_000;

/// The limits of one side (XEP-0478 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Announced {
    /// Bytes of one stanza.
    pub(crate) max_bytes: u32,
    /// Seconds in which nothing comes, after which the stream may end.
    pub(crate) idle_secs: Option<u32>,
}

impl Announced {
    /// As it stands among features (XEP-0478 §3.1) and in the wish to talk both ways (§3.2).
    pub(crate) fn element(self) -> Element {
        let number = |name: &str, value: u32| el(name, ns::LIMITS).text(value.to_string());
        let idle = self.idle_secs.map(|secs| number("idle-seconds", secs));
        el("limits", ns::LIMITS).child(number("max-bytes", self.max_bytes)).children(idle).build()
    }
}

/// How large a stanza the other side takes, if what it sent says so. What is no number says nothing.
pub(crate) fn max_bytes_of(around: &Element) -> Option<usize> {
    let limits = around.get_child("limits", ns::LIMITS)?;
    let bytes = limits.get_child("max-bytes", ns::LIMITS)?.text().trim().parse::<usize>().ok()?;
    Some(bytes.max(TAKEN_BY_ALL_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(limits: &str) -> Element {
        format!("<a xmlns='a'><limits xmlns='{}'>{limits}</limits></a>", ns::LIMITS)
            .parse()
            .unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let written = Announced { max_bytes: 70_000, idle_secs: Some(600) }.element();
        let idle = written.get_child("idle-seconds", ns::LIMITS).map(Element::text);
        assert_eq!(idle.as_deref(), Some("600"));
        let features = el("features", ns::STREAM).child(written).build();
        assert_eq!(max_bytes_of(&features), Some(70_000));
    }

    #[test]
    fn nonsense_binds_nobody() {
        for (said, meant) in [
            ("", None),
            ("<max-bytes/>", None),
            ("<max-bytes>many</max-bytes>", None),
            ("<max-bytes>-1</max-bytes>", None),
            ("<max-bytes>99999999999999999999999</max-bytes>", None),
            ("<idle-seconds>5</idle-seconds>", None),
            ("<max-bytes>0</max-bytes>", Some(TAKEN_BY_ALL_BYTES)),
            ("<max-bytes> 262144\n</max-bytes>", Some(262_144)),
        ] {
            assert_eq!(max_bytes_of(&around(said)), meant, "{said}");
        }
        assert_eq!(max_bytes_of(&el("features", ns::STREAM).build()), None);
    }
}
