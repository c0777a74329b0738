//! What an authority's refusal means and what to do, in German: the problems of RFC 8555 §6.7.

/// Nothing came for a long time.
pub const TOO_SLOW: &str =
    "Die Zertifizierungsstelle hat zu lange nicht geantwortet. Es wird von selbst wieder versucht.";
/// A name was taken from us.
pub const WITHDRAWN: &str = "Die Zertifizierungsstelle hat den Nachweis für einen Namen zurückgezogen. Es wird von selbst wieder versucht.";
/// It wants another proof.
pub const NO_HTTP: &str = "Die Zertifizierungsstelle nimmt keinen Nachweis über HTTP an (HTTP-01): eine andere wählen (acme.directory) oder das Zertifikat aus Dateien nehmen.";

/// About one name.
pub fn of_name(name: &str, kind: &str, detail: Option<&str>) -> String {
    let advice = match kind {
        "dns" => {
            "Der Name führt im DNS nirgendwohin. A- und AAAA-Eintrag setzen, die auf diesen Server zeigen."
        }
        "connection" => {
            "Unter diesem Namen antwortet niemand auf Port 80. Prüfen: zeigen alle A- und AAAA-Einträge hierher, lässt die Firewall \
             Port 80 durch, ist acme.listen gesetzt oder leitet der Proxy /.well-known/acme-challenge/ weiter?"
        }
        "unauthorized" | "incorrectResponse" => {
            "Auf Port 80 antwortet jemand anderes. Prüfen: zeigen alle A- und AAAA-Einträge hierher, und leitet der Proxy \
             /.well-known/acme-challenge/ unverändert an Konvent weiter?"
        }
        "tls" => {
            "Der Proxy leitet die Anfrage auf HTTPS um, und dessen Zertifikat geht nicht. Den Pfad /.well-known/acme-challenge/ nicht umleiten."
        }
        "caa" => {
            "Ein CAA-Eintrag im DNS verbietet dieser Stelle, den Namen zu unterschreiben. Sie dort eintragen."
        }
        "rejectedIdentifier" => "Für diesen Namen stellt die Stelle keine Zertifikate aus.",
        _ => "Siehe die Antwort der Stelle.",
    };
    match detail {
        Some(detail) => format!("{name}: {advice} (Antwort: {detail})"),
        None => format!("{name}: {advice}"),
    }
}

/// About the whole order.
pub fn of_order(kind: &str, said: &str) -> String {
    let advice = match kind {
        "rateLimited" => {
            "Zu viele Anfragen für diese Namen. Es wird von selbst wieder versucht, nur seltener."
        }
        "rejectedIdentifier" | "unsupportedIdentifier" => {
            "Einer der Namen ist nicht erlaubt: Zertifikate gibt es nur für Namen, die im öffentlichen DNS stehen können."
        }
        "externalAccountRequired" => {
            "Diese Stelle verlangt ein Kundenkonto (external account binding); das geht hier nicht. Eine andere wählen."
        }
        "invalidContact" | "unsupportedContact" => {
            "Die Kontaktadresse ist unbrauchbar: acme.contact als mailto:name@domain angeben."
        }
        "userActionRequired" => {
            "Die Bedingungen der Stelle haben sich geändert: lesen und den Dienst neu starten."
        }
        "accountDoesNotExist" | "malformed" => {
            "Die Stelle kennt das Konto nicht mehr: die Datei keys/acme-….json im Datenordner löschen und neu starten."
        }
        "caa" => "Ein CAA-Eintrag im DNS verbietet dieser Stelle, die Namen zu unterschreiben.",
        "serverInternal" => "Störung bei der Stelle. Es wird von selbst wieder versucht.",
        _ => "Die Stelle hat abgelehnt.",
    };
    format!("{advice} ({said})")
}

/// The authority was not reached at all.
pub fn unreachable(why: &str) -> String {
    format!(
        "Die Zertifizierungsstelle ist nicht zu erreichen. Prüfen: stimmt acme.directory, kommt dieser Server ins Netz, kennt er \
         das Zertifikat der Stelle (acme.roots)? ({why})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_a_name_says_what_to_do() {
        for kind in [
            "dns",
            "connection",
            "unauthorized",
            "incorrectResponse",
            "tls",
            "caa",
            "rejectedIdentifier",
        ] {
            let said = of_name("verona.example", kind, Some("no such name"));
            assert!(
                said.starts_with("verona.example: ") && said.ends_with("(Antwort: no such name)")
            );
            assert!(!said.contains("Siehe die Antwort"), "{kind}");
        }
        assert!(of_name("a.example", "nonsense", None).contains("Siehe"));
    }
}
