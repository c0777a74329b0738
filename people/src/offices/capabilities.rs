//! Which rights an office gives, by its title. Rights are names; the features that they open ask for them.
//!
//! Titles are compared by their slug, so that gender, case and dots do not matter. An unknown title gives nothing:
//! whoever needs a right without a known title asks for a term with one.

use crate::units::slug::slug;

/// May read the members of the unit and of those below it.
pub const MEMBERS_READ: &str = "members.read";
/// May speak in rooms that announce.
pub const ROOMS_ANNOUNCE: &str = "rooms.announce";
/// May plan and apply an import; counts only in a root unit.
pub const DIRECTORY_IMPORT: &str = "directory.import";
/// May print letters with sign-in codes.
pub const ACCOUNTS_LETTERS: &str = "accounts.letters";

/// Looks into what members report; counts only in a root unit.
pub const REPORTS_DEAL: &str = "reports.deal";

/// Parts of a title and what they give; the first that fits counts, so exceptions stand before the rule.
const TABLE: &[(&str, &[&str])] = &[
    // These check or stand by; they do not lead. Must precede `kassen` and `vorsitz`.
    ("kassenpruef", &[]),
    ("revisor", &[]),
    ("rechnungspruef", &[]),
    ("ersatz", &[]),
    ("ehrenvorsitz", &[]),
    ("delegiert", &[]),
    // The office that keeps the member file.
    (
        "geschaeftsfuehr",
        &[MEMBERS_READ, ROOMS_ANNOUNCE, DIRECTORY_IMPORT, ACCOUNTS_LETTERS, REPORTS_DEAL],
    ),
    (
        "generalsekretaer",
        &[MEMBERS_READ, ROOMS_ANNOUNCE, DIRECTORY_IMPORT, ACCOUNTS_LETTERS, REPORTS_DEAL],
    ),
    ("mitgliederbeauftragt", &[MEMBERS_READ, ROOMS_ANNOUNCE, ACCOUNTS_LETTERS]),
    ("mitgliederverwalt", &[MEMBERS_READ, ROOMS_ANNOUNCE, ACCOUNTS_LETTERS]),
    // Whoever the organisation has named for quarrels among members.
    ("ombud", &[REPORTS_DEAL]),
    // Those who lead, with their deputies.
    ("vorsitz", &[MEMBERS_READ, ROOMS_ANNOUNCE, ACCOUNTS_LETTERS, REPORTS_DEAL]),
    ("praesident", &[MEMBERS_READ, ROOMS_ANNOUNCE, ACCOUNTS_LETTERS, REPORTS_DEAL]),
    ("obmann", &[MEMBERS_READ, ROOMS_ANNOUNCE, ACCOUNTS_LETTERS, REPORTS_DEAL]),
    ("obfrau", &[MEMBERS_READ, ROOMS_ANNOUNCE, ACCOUNTS_LETTERS, REPORTS_DEAL]),
    ("schatzmeister", &[MEMBERS_READ, ROOMS_ANNOUNCE]),
    ("kassenwart", &[MEMBERS_READ, ROOMS_ANNOUNCE]),
    ("kassier", &[MEMBERS_READ, ROOMS_ANNOUNCE]),
    ("schriftfuehr", &[MEMBERS_READ, ROOMS_ANNOUNCE]),
    ("pressesprech", &[ROOMS_ANNOUNCE]),
    ("sprecher", &[MEMBERS_READ, ROOMS_ANNOUNCE]),
    ("beisitz", &[ROOMS_ANNOUNCE]),
    ("vorstandsmitglied", &[ROOMS_ANNOUNCE]),
];

/// The rights of an office with this title.
pub fn capabilities(title: &str) -> &'static [&'static str] {
    let title = slug(title);
    TABLE.iter().find(|(part, _)| title.contains(part)).map_or(&[], |(_, gives)| gives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gender_case_and_dots_do_not_matter() {
        for title in ["Vorsitzende", "1. Vorsitzender", "stellv. Vorsitzende", "VORSITZ"] {
            assert!(capabilities(title).contains(&ACCOUNTS_LETTERS), "{title}");
        }
        assert_eq!(capabilities("Schatzmeisterin"), capabilities("Kassenwart"));
    }

    #[test]
    fn who_checks_the_accounts_does_not_speak_for_the_board() {
        assert!(capabilities("Kassenprüferin").is_empty());
        assert!(capabilities("Ehrenvorsitzender").is_empty());
        assert!(capabilities("Grillmeister").is_empty());
    }

    #[test]
    fn reports_are_for_those_who_lead_and_for_ombuds() {
        for title in ["Ombudsfrau", "Stellv. Vorsitzender", "Landesgeschäftsführerin"] {
            assert!(capabilities(title).contains(&REPORTS_DEAL), "{title}");
        }
        assert_eq!(capabilities("Ombudsperson"), [REPORTS_DEAL]);
        for title in ["Kassenwart", "Beisitzerin", "Ehrenvorsitzende", "Mitgliederverwalterin"] {
            assert!(!capabilities(title).contains(&REPORTS_DEAL), "{title}");
        }
    }

    #[test]
    fn the_member_file_belongs_to_the_office_that_keeps_it() {
        assert!(capabilities("Landesgeschäftsführer").contains(&DIRECTORY_IMPORT));
        assert!(!capabilities("Vorsitzende").contains(&DIRECTORY_IMPORT));
    }
}
