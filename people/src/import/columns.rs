//! The columns of the three files, and under which other names programs export them.
//!
//! Names are compared as slugs without dashes: `E-Mail`, `e_mail` and `EMAIL` are the same column. Understood without
//! configuration: this program's own profile, `OpenSlides`, hitobito and the usual association tools, as far as they have
//! a member number, which is the key of everything. What is not listed here, bank data before all, never leaves the reader.

/// A column of a file.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name in our profile.
    pub(super) name: &'static str,
    /// Other names, as slugs without dashes.
    pub(super) also: &'static [&'static str],
    /// Whether the file is useless without it.
    pub(super) is_required: bool,
}

const fn must(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, also, is_required: true }
}

const fn may(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, also, is_required: false }
}

macro_rules! profile {
    ($(#[$doc:meta])* $name:ident, $table:ident { $($column:ident = $spec:expr,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name { $($column,)+ }

        /// The columns in the order of the enum.
        pub(super) const $table: &[Column] = &[$($spec,)+];
    };
}

profile! {
    /// The member file.
    Member, MEMBERS {
        Number = must("mitgliedsnummer", &["membernumber", "mitgliedsnr", "mitgliednr", "mitgliedernummer", "mitgliedernr", "nr"]),
        Salutation = may("anrede", &["pronoun", "salutation"]),
        Title = may("titel", &["title", "akademischertitel"]),
        Given = must("vorname", &["firstname", "givenname"]),
        Family = must("nachname", &["lastname", "familyname", "familienname", "name"]),
        BornOn = may("geburtsdatum", &["geburtstag", "geboren", "geborenam", "birthday"]),
        Gender = may("geschlecht", &["gender"]),
        Street = may("strasse", &["adresse", "street", "strassehausnummer", "strasseundhausnummer"]),
        HouseNumber = may("hausnr", &["hausnummer", "housenumber"]),
        PostalCode = may("plz", &["postleitzahl", "zipcode", "postalcode"]),
        City = may("ort", &["wohnort", "stadt", "town", "city"]),
        Country = may("land", &["country"]),
        Email = may("email", &["hauptemail", "emailadresse", "mail"]),
        Phone = may("telefon", &["telefonnummer", "festnetz", "phone"]),
        Mobile = may("mobil", &["handy", "mobiltelefon", "mobilnummer", "mobile"]),
        UnitKey = may("gliederungsschluessel", &["gliederungsnummer", "gliederungsnr", "unitkey"]),
        UnitName = may("gliederung", &["homecommittee", "organization", "verband", "ortsverband", "abteilung"]),
        Status = may("status", &["mitgliedsart", "mitgliedsstatus", "isactive", "rollen"]),
        JoinedOn = may("eintritt", &["eintrittsdatum", "eintrittam", "mitgliedseit"]),
        LeftOn = may("austritt", &["austrittsdatum", "austrittam"]),
        LeftWhy = may("austrittsgrund", &["grunddesaustritts"]),
        Dues = may("beitragsstatus", &["beitrag"]),
        Affiliates = may("vereinigungen", &["vereinigung", "arbeitsgemeinschaften"]),
        Offices = may("funktionen", &["funktion", "aemter"]),
        EmailConsent = may("einwilligungemail", &["emaileinwilligung"]),
        PhoneConsent = may("einwilligungtelefon", &["telefoneinwilligung"]),
        Delivery = may("zustellweg", &["versandweg", "zustellung"]),
    }
}

profile! {
    /// The file of units.
    UnitColumn, UNITS {
        Key = must("schluessel", &["gliederungsschluessel", "key", "nummer"]),
        Parent = must("uebergeordnet", &["uebergeordneterschluessel", "parent", "oberschluessel"]),
        Name = must("name", &["gliederung", "bezeichnung"]),
        Level = must("ebene", &["level", "gliederungsebene"]),
        Kind = may("art", &["kind", "typ"]),
    }
}

profile! {
    /// The file of offices.
    OfficeColumn, OFFICES {
        Number = must("mitgliedsnummer", &["membernumber", "mitgliedsnr"]),
        UnitKey = must("gliederungsschluessel", &["schluessel", "unitkey"]),
        Body = must("organ", &["gremium", "body"]),
        Title = must("amt", &["funktion", "office"]),
        Begin = may("beginn", &["von", "start"]),
        End = may("ende", &["bis", "end"]),
    }
}

/// Which of the three files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Members.
    Members,
    /// Units.
    Units,
    /// Offices.
    Offices,
}

impl FileKind {
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Members => MEMBERS,
            Self::Units => UNITS,
            Self::Offices => OFFICES,
        }
    }

    /// Guesses from the header: units name their parents, offices name bodies, members have family names.
    pub(super) fn of_header(header: &[String]) -> Option<Self> {
        let has = |column: &Column| header.iter().any(|name| column.is_called(name));
        let [members, units, offices] = [MEMBERS, UNITS, OFFICES]
            .map(|all| all.iter().filter(|column| column.is_required && has(column)).count());
        let has_body = OFFICES.get(OfficeColumn::Body as usize).is_some_and(has);
        let has_parent = UNITS.get(UnitColumn::Parent as usize).is_some_and(has);
        if has_parent && units >= 2 {
            Some(Self::Units)
        } else if has_body && offices >= 3 {
            Some(Self::Offices)
        } else if members >= 2 {
            Some(Self::Members)
        } else {
            None
        }
    }
}

impl Column {
    /// Whether a header, already as a slug without dashes, means this column.
    pub(super) fn is_called(&self, header: &str) -> bool {
        self.name.replace('_', "") == header || self.also.contains(&header)
    }
}
