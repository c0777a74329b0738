//! The words and the shape of a letter.

use std::fmt::Write as _;

use super::super::markup::{escaped, qr_code};
use super::{Chosen, Found, Letter};

/// Asks before codes are made, because older letters of these people stop working.
pub(super) fn question(chosen: &Chosen, found: &Found) -> String {
    let (name, count) = (&found.name, found.people.len());
    let hidden = |field: &str, value: &Option<String>| {
        value.as_ref().map_or_else(String::new, |value| {
            format!("<input type=\"hidden\" name=\"{field}\" value=\"{}\">", escaped(value))
        })
    };
    let body = format!(
        "<main class=\"question\"><h1>Briefe mit Zugangscode</h1>
        <p><strong>{}</strong>: {count} Briefe. Ältere, noch nicht benutzte Codes dieser Personen gelten danach nicht mehr.</p>
        {}
        <form method=\"post\" action=\"/api/letters\">{}{}{}
        <label for=\"days\">Gültig (Tage, 14 bis 60)</label>
        <input id=\"days\" name=\"days\" type=\"number\" min=\"14\" max=\"60\" value=\"30\">
        <button>Briefe erzeugen</button></form>
        <p>Drucken Sie die nächste Seite gleich aus: Die Codes werden nirgends gespeichert.</p></main>",
        escaped(name),
        left_out(&found.beyond),
        hidden("unit", &chosen.unit),
        hidden("people", &chosen.people),
        hidden("everybody", &chosen.everybody),
    );
    document("Briefe mit Zugangscode", &body)
}

/// Who gets no letter from here, and who prints it instead.
fn left_out(beyond: &[String]) -> String {
    if beyond.is_empty() {
        return String::new();
    }
    format!(
        "<p>Nicht dabei, weil sie ein Amt in einem anderen oder höheren Gremium haben oder mehr Rechte als Sie: <strong>{}</strong>.
        Ihre Briefe druckt die nächsthöhere Geschäftsstelle oder die technische Verwaltung.</p>",
        escaped(&beyond.join(", "))
    )
}

/// One sheet for each letter.
pub(super) fn sheets(organisation: &str, letters: &[Letter], days: i64) -> String {
    let mut body = String::from("<main>");
    for letter in letters {
        sheet(&mut body, organisation, letter, days);
    }
    if letters.is_empty() {
        body.push_str("<div class=\"question\"><h1>Keine Briefe nötig</h1><p>Alle haben sich schon einmal angemeldet.</p></div>");
    }
    body.push_str("</main>");
    document("Briefe mit Zugangscode", &body)
}

fn sheet(out: &mut String, organisation: &str, letter: &Letter, days: i64) {
    let details = &letter.person.details;
    let picture = qr_code(&letter.link);
    let _ = write!(
        out,
        "<article class=\"sheet\"><address>{}<br>{} {}<br>{} {}</address>
        <p class=\"number\">Mitgliedsnummer {}</p>
        <h1>Ihr Zugang: {}</h1>
        <p>Guten Tag {},</p>
        <p>mit diesem Brief melden Sie sich an. Sie brauchen kein Passwort und keine Telefonnummer.</p>
        <ol><li>Fotografieren Sie das Bild mit der Kamera Ihres Telefons oder Tablets.<br>Oder öffnen Sie im Browser: <span class=\"link\">{}</span></li>
        <li>Geben Sie Ihr Geburtsjahr ein.</li><li>Fertig. Sie sehen die Gruppen, zu denen Sie gehören.</li></ol>
        <figure>{picture}<figcaption>Ihr Code: <strong class=\"code\">{}</strong></figcaption></figure>
        <p>Der Code gilt {days} Tage und nur einmal. Geben Sie ihn niemandem weiter; wir fragen nie danach.</p></article>",
        escaped(&letter.person.display_name()),
        escaped(details.street.open()),
        escaped(details.house_number.open()),
        escaped(details.postal_code.open()),
        escaped(details.city.open()),
        escaped(&letter.person.member_number),
        escaped(organisation),
        escaped(&letter.person.display_name()),
        escaped(letter.link.split('#').next().unwrap_or_default()),
        escaped(&letter.code),
    );
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"de\"><head><meta charset=\"utf-8\"><title>{title}</title>
        <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/letters.css\"></head><body>{body}</body></html>"
    )
}
