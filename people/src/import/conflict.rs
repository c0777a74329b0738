//! What an import could not understand: file, line, a stable code, and a detail for the person who keeps the file.
//!
//! Details name columns, keys and member numbers; never names, dates or addresses of people.

/// Conflicts kept word by word; of a file that is wrong in every line the first of them are enough.
const KEPT_MAX: usize = 1000;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file's name.
    pub file: String,
    /// The line on which the row begins, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// Stable name: `import.unknown-unit`.
    pub code: &'static str,
    /// Which column, key or member number.
    pub detail: String,
    /// Whether nothing at all can be applied before it is mended. Otherwise only its row is left out.
    pub blocks: bool,
}

/// All conflicts of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflicts {
    kept: Vec<Conflict>,
    count: usize,
    blocks: bool,
}

impl Conflicts {
    /// Adds one.
    pub(super) fn add(&mut self, conflict: Conflict) {
        self.count += 1;
        self.blocks |= conflict.blocks;
        if self.kept.len() < KEPT_MAX {
            self.kept.push(conflict);
        }
    }

    /// The first thousand, in the order in which they were found.
    pub fn kept(&self) -> &[Conflict] {
        &self.kept
    }

    /// How many there are in all.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether one of them blocks everything.
    pub const fn block(&self) -> bool {
        self.blocks
    }
}

/// What each code means, for the command line. The web client has its own words.
pub(super) fn in_german(code: &str) -> &'static str {
    match code {
        "import.file-too-large" => "Die Datei ist zu groß",
        "import.unknown-file" => "Die Spalten passen zu keiner der drei Dateien",
        "import.file-twice" => "Zwei Dateien derselben Art",
        "import.empty-file" => "Die Datei ist leer",
        "import.not-text" => "Die Datei ist kein Text (bitte als CSV speichern)",
        "import.mixed-encoding" => "Die Zeichenkodierung ist gemischt oder beschädigt",
        "import.encoded-twice" => "Die Umlaute sind doppelt kodiert (Ã¼ statt ü)",
        "import.line-too-long" => {
            "Die Zeile ist zu lang, oder ein Anführungszeichen ist nicht geschlossen"
        }
        "import.too-many-columns" => "Zu viele Spalten",
        "import.missing-column" => "Es fehlt die Spalte",
        "import.duplicate-column" => "Die Spalte gibt es zweimal",
        "import.cell-count" => "Die Zeile hat eine andere Zahl von Feldern als die Kopfzeile",
        "import.missing-value" => "Es fehlt der Wert",
        "import.duplicate-number" => "Die Mitgliedsnummer gibt es zweimal",
        "import.two-homes" => "Zwei Stammgliederungen für ein Mitglied",
        "import.unknown-unit" => "Unbekannte Gliederung",
        "import.ambiguous-unit" => "Der Gliederungsschlüssel passt auf mehrere Gliederungen",
        "import.unknown-affiliate" => "Unbekannte Vereinigung",
        "import.unreadable-date" => "Das Datum ist nicht lesbar (tt.mm.jjjj)",
        "import.unknown-status" => "Unbekannter Mitgliedsstatus",
        "import.duplicate-unit" => "Den Gliederungsschlüssel gibt es zweimal",
        "import.unknown-parent" => "Die übergeordnete Gliederung gibt es nicht",
        "import.unit-loop" => "Die Gliederungen bilden einen Kreis",
        "import.unit-in-use" => "Die Gliederung fehlt in der Datei, hat aber noch Mitglieder",
        "import.unknown-person" => "Unbekannte Mitgliedsnummer",
        "import.ends-before-it-begins" => "Das Ende liegt vor dem Beginn",
        _ => "Nicht verstanden",
    }
}
