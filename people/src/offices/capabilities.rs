//! Which rights an office gives: by its title, in the body that leads a unit, and for that unit alone. Rights are names; the
//! features that they open ask for them.
//!
//! Titles are compared by their slug, so that gender, case and dots do not matter. An unknown title gives nothing:
//! whoever needs a right without a known title asks for a term with one. What an office is called elsewhere counts for
//! nothing: the chair of a commission leads the commission, the manager of an Ortsverband keeps no file of the whole.

use crate::units::slug::slug;

/// May read the members of the unit and of those below it.
pub const MEMBERS_READ: &str = "members.read";
/// May speak in rooms of the unit that announce.
pub const ROOMS_ANNOUNCE: &str = "rooms.announce";
/// May speak in the room of the body itself when that announces.
pub const BODY_ANNOUNCE: &str = "body.announce";
/// May plan and apply an import; given at the root alone.
pub const DIRECTORY_IMPORT: &str = "directory.import";
/// May print letters with sign-in codes.
pub const ACCOUNTS_LETTERS: &str = "accounts.letters";
/// Looks into what members report; given at the root alone.
pub const REPORTS_DEAL: &str = "reports.deal";

/// What a body is for its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It leads: the board, the office that works for it.
    Leads,
    /// It checks or judges those who lead.
    Checks,
    /// Everything else: commissions, groups, assemblies.
    Other,
}

/// Kinds of bodies that lead a unit.
const LEADING: &[&str] = &["board", "executive_board", "office"];
/// Kinds of bodies that lead nobody and that nobody leads.
const CHECKING: &[&str] = &["court", "audit"];

/// What kind of body it is, by its name as a file has it.
pub fn body_kind(name: &str) -> &'static str {
    let name = slug(name);
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["schiedsgericht", "ehrengericht"]) {
        "court"
    } else if has(&["kassenpruef", "rechnungspruef", "revision"]) {
        "audit"
    } else if has(&["versammlung", "parteitag"]) {
        "assembly"
    } else if has(&["kommission", "ausschuss", "beirat"]) {
        "commission"
    } else if has(&["fraktion", "arbeits"]) {
        "group"
    } else if has(&["vorstand", "praesidium"]) {
        "board"
    } else if has(&["geschaeftsstelle", "sekretariat"]) {
        "office"
    } else {
        "group"
    }
}

/// What the bodies of a kind are for their unit.
pub(super) fn part_of(kind: &str) -> Part {
    if LEADING.contains(&kind) {
        Part::Leads
    } else if CHECKING.contains(&kind) {
        Part::Checks
    } else {
        Part::Other
    }
}

/// What a title gives.
struct Gives {
    /// In the leading body of any unit.
    anywhere: &'static [&'static str],
    /// In the leading body of the root.
    at_root: &'static [&'static str],
}

const NOTHING: Gives = Gives { anywhere: &[], at_root: &[] };
const SPEAKS: Gives = both(&[ROOMS_ANNOUNCE, BODY_ANNOUNCE]);
const KNOWS: Gives = both(&[MEMBERS_READ, ROOMS_ANNOUNCE, BODY_ANNOUNCE]);
const ADMITS: Gives = both(&[MEMBERS_READ, ROOMS_ANNOUNCE, BODY_ANNOUNCE, ACCOUNTS_LETTERS]);
const LEADS: Gives = Gives {
    anywhere: ADMITS.anywhere,
    at_root: &[MEMBERS_READ, ROOMS_ANNOUNCE, BODY_ANNOUNCE, ACCOUNTS_LETTERS, REPORTS_DEAL],
};
const KEEPS_THE_FILE: Gives = Gives {
    anywhere: ADMITS.anywhere,
    at_root: &[
        MEMBERS_READ,
        ROOMS_ANNOUNCE,
        BODY_ANNOUNCE,
        ACCOUNTS_LETTERS,
        REPORTS_DEAL,
        DIRECTORY_IMPORT,
    ],
};
const MEDIATES: Gives = Gives { anywhere: &[], at_root: &[REPORTS_DEAL] };

const fn both(rights: &'static [&'static str]) -> Gives {
    Gives { anywhere: rights, at_root: rights }
}

/// Parts of a title and what they give; the first that fits counts, so exceptions stand before the rule.
const TABLE: &[(&str, Gives)] = &[
    // These check or stand by; they do not lead. Must precede `kassen` and `vorsitz`.
    ("kassenpruef", NOTHING),
    ("revisor", NOTHING),
    ("rechnungspruef", NOTHING),
    ("ersatz", NOTHING),
    ("ehrenvorsitz", NOTHING),
    ("delegiert", NOTHING),
    // The office that keeps the member file.
    ("geschaeftsfuehr", KEEPS_THE_FILE),
    ("generalsekretaer", KEEPS_THE_FILE),
    ("mitgliederbeauftragt", ADMITS),
    ("mitgliederverwalt", ADMITS),
    // Whoever the organisation has named for quarrels among members.
    ("ombud", MEDIATES),
    // Those who lead, with their deputies.
    ("vorsitz", LEADS),
    ("praesident", LEADS),
    ("obmann", LEADS),
    ("obfrau", LEADS),
    ("schatzmeister", KNOWS),
    ("kassenwart", KNOWS),
    ("kassier", KNOWS),
    ("schriftfuehr", KNOWS),
    ("pressesprech", SPEAKS),
    ("sprecher", KNOWS),
    ("beisitz", SPEAKS),
    ("vorstandsmitglied", SPEAKS),
];

/// The rights of an office with this title in a body of this kind, at the root or elsewhere.
pub(super) fn capabilities(kind: &str, title: &str, at_root: bool) -> &'static [&'static str] {
    let title = slug(title);
    let Some((_, gives)) = TABLE.iter().find(|(part, _)| title.contains(part)) else { return &[] };
    match part_of(kind) {
        Part::Leads if at_root => gives.at_root,
        Part::Leads => gives.anywhere,
        // An ombudsperson stands in no board.
        Part::Other if at_root && gives.at_root == MEDIATES.at_root => gives.at_root,
        Part::Other if gives.anywhere.contains(&BODY_ANNOUNCE) => &[BODY_ANNOUNCE],
        Part::Other | Part::Checks => &[],
    }
}

/// Whether the title gives more at the root than elsewhere.
pub(super) fn differs_at_root(kind: &str, title: &str) -> bool {
    capabilities(kind, title, true) != capabilities(kind, title, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the board of the root.
    fn at_root(title: &str) -> &'static [&'static str] {
        capabilities("board", title, true)
    }

    #[test]
    fn gender_case_and_dots_do_not_matter() {
        for title in ["Vorsitzende", "1. Vorsitzender", "stellv. Vorsitzende", "VORSITZ"] {
            assert!(at_root(title).contains(&ACCOUNTS_LETTERS), "{title}");
        }
        assert_eq!(at_root("Schatzmeisterin"), at_root("Kassenwart"));
    }

    #[test]
    fn who_checks_the_accounts_does_not_speak_for_the_board() {
        assert!(at_root("Kassenprüferin").is_empty());
        assert!(at_root("Ehrenvorsitzender").is_empty());
        assert!(at_root("Grillmeister").is_empty());
    }

    #[test]
    fn reports_are_for_those_who_lead_and_for_ombuds() {
        for title in ["Ombudsfrau", "Stellv. Vorsitzender", "Landesgeschäftsführerin"] {
            assert!(at_root(title).contains(&REPORTS_DEAL), "{title}");
        }
        assert_eq!(at_root("Ombudsperson"), [REPORTS_DEAL]);
        assert_eq!(capabilities("group", "Ombudsperson", true), [REPORTS_DEAL]);
        for title in ["Kassenwart", "Beisitzerin", "Ehrenvorsitzende", "Mitgliederverwalterin"] {
            assert!(!at_root(title).contains(&REPORTS_DEAL), "{title}");
        }
    }

    #[test]
    fn the_member_file_belongs_to_the_office_that_keeps_it() {
        assert!(at_root("Landesgeschäftsführer").contains(&DIRECTORY_IMPORT));
        assert!(capabilities("office", "Geschäftsführerin", true).contains(&DIRECTORY_IMPORT));
        assert!(!at_root("Vorsitzende").contains(&DIRECTORY_IMPORT));
    }

    #[test]
    fn a_title_gives_nothing_of_the_whole_elsewhere() {
        for title in ["Landesgeschäftsführer", "Vorsitzende", "Ombudsfrau", "Generalsekretärin"]
        {
            let below = capabilities("board", title, false);
            assert!(!below.contains(&DIRECTORY_IMPORT) && !below.contains(&REPORTS_DEAL));
        }
    }

    #[test]
    fn who_leads_a_commission_does_not_lead_the_unit() {
        for kind in ["commission", "group", "assembly", "court", "audit", "whatever"] {
            for title in ["Vorsitzende", "Geschäftsführer", "Mitgliederbeauftragte", "Kassenwart"]
            {
                let rights = capabilities(kind, title, true);
                assert!(rights.iter().all(|right| *right == BODY_ANNOUNCE), "{kind} {title}");
            }
        }
        assert_eq!(capabilities("commission", "Vorsitzende", false), [BODY_ANNOUNCE]);
        assert!(capabilities("court", "Vorsitzende", true).is_empty());
    }

    #[test]
    fn a_body_is_what_its_name_says() {
        for (name, kind) in [
            ("Vorstand", "board"),
            ("Geschäftsführender Landesvorstand", "board"),
            ("Präsidium", "board"),
            ("Landesgeschäftsstelle", "office"),
            ("Satzungskommission", "commission"),
            ("Vorstandsausschuss", "commission"),
            ("Fraktionsvorstand", "group"),
            ("Vorstand des Landesschiedsgerichts", "court"),
            ("Kassenprüfung", "audit"),
            ("Mitgliederversammlung", "assembly"),
            ("Grillfest", "group"),
        ] {
            assert_eq!(body_kind(name), kind, "{name}");
        }
    }
}
