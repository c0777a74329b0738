//! What a verifier found, with codes that stay the same for ever.

use serde::Serialize;

macro_rules! codes {
    ($($name:ident $code:literal $german:literal $english:literal;)*) => {
        /// Why something in an archive is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $english] $name,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// A German sentence.
            pub const fn german(self) -> &'static str {
                match self { $(Self::$name => $german,)* }
            }

            /// An English sentence.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$name => $english,)* }
            }
        }
    };
}

codes! {
    ArchiveHeader "archive.header"
        "Der Kopf der Datei ist nicht der eines Belenios-Archivs der Version 1."
        "The head of the file is not that of a Belenios archive of version 1.";
    ArchiveRecord "archive.record"
        "Ein Datensatz des Archivs hat nicht die vorgeschriebene Form."
        "A record of the archive does not have the prescribed form.";
    ArchiveTime "archive.time"
        "Ein Datensatz trägt einen anderen Zeitstempel als der Kopf."
        "A record carries another time stamp than the header.";
    ArchiveHash "archive.hash"
        "Der Name eines Datensatzes passt nicht zu seinem Inhalt."
        "The name of a record does not match its content.";
    ArchiveTruncated "archive.truncated"
        "Die Datei bricht mitten in einem Datensatz ab."
        "The file ends in the middle of a record.";
    ArchiveTrailing "archive.trailing"
        "Nach dem letzten Datensatz folgen fremde Bytes."
        "Foreign bytes follow the last record.";
    ArchiveStray "archive.stray"
        "Ein Datensatz gehört zu keinem Ereignis."
        "A record belongs to no event.";
    ArchiveEmpty "archive.empty"
        "Das Archiv enthält keine Wahl."
        "The archive holds no election.";
    EventJson "event.json"
        "Ein Ereignis ist nicht in der vorgeschriebenen Form geschrieben."
        "An event is not written in the prescribed form.";
    EventParent "event.parent"
        "Ein Ereignis verweist nicht auf seinen Vorgänger: die Kette ist unterbrochen."
        "An event does not refer to its predecessor: the chain is broken.";
    EventHeight "event.height"
        "Ein Ereignis trägt die falsche laufende Nummer."
        "An event carries the wrong running number.";
    EventOrder "event.order"
        "Ein Ereignis steht an einer Stelle, an der es nicht erlaubt ist."
        "An event stands where it is not allowed.";
    EventPayload "event.payload"
        "Der Inhalt zu einem Ereignis fehlt oder ist ein anderer."
        "The content of an event is missing or another one.";
    SetupElection "setup.election"
        "Die Wahlbeschreibung ist nicht lesbar oder widerspricht den Regeln."
        "The election cannot be read or breaks the rules.";
    SetupTrustees "setup.trustees"
        "Das Verzeichnis der Vertrauenspersonen ist nicht lesbar."
        "The trustees cannot be read.";
    SetupTrusteeProof "setup.trustee-proof"
        "Ein Schlüssel einer Vertrauensperson ist nicht bewiesen."
        "The proof of a trustee's key does not hold.";
    SetupCertificate "setup.certificate"
        "Eine Beglaubigung unter den Vertrauenspersonen ist ungültig."
        "A certificate among the trustees is not valid.";
    SetupThreshold "setup.threshold"
        "Die Schwelle oder die geteilten Schlüssel der Vertrauenspersonen stimmen nicht."
        "The threshold or the shared keys of the trustees are wrong.";
    SetupPublicKey "setup.public-key"
        "Der Wahlschlüssel ist nicht der der Vertrauenspersonen."
        "The key of the election is not that of the trustees.";
    SetupRoll "setup.roll"
        "Das Wählerverzeichnis enthält einen ungültigen Eintrag."
        "The roll holds an entry that is not valid.";
    SetupRollTwice "setup.roll-twice"
        "Ein Wahlschein steht zweimal im Wählerverzeichnis."
        "A credential stands on the roll twice.";
    SetupWeights "setup.weights"
        "Gewichte sind bei gereihten oder bewerteten Fragen nicht erlaubt."
        "Weights are not allowed with ranked or graded questions.";
    BallotJson "ballot.json"
        "Ein Stimmzettel ist nicht in der vorgeschriebenen Form geschrieben."
        "A ballot is not written in the prescribed form.";
    BallotElection "ballot.election"
        "Ein Stimmzettel gehört zu einer anderen Wahl."
        "A ballot belongs to another election.";
    BallotCredential "ballot.credential"
        "Ein Stimmzettel trägt einen Wahlschein, der nicht im Wählerverzeichnis steht."
        "A ballot carries a credential that is not on the roll.";
    BallotShape "ballot.shape"
        "Ein Stimmzettel beantwortet nicht genau die gestellten Fragen."
        "A ballot does not answer exactly the questions asked.";
    BallotNotInGroup "ballot.not-in-group"
        "Ein Stimmzettel enthält eine Zahl außerhalb der vereinbarten Gruppe."
        "A ballot holds a number outside the agreed group.";
    BallotIndividualProof "ballot.individual-proof"
        "Ein Stimmzettel beweist nicht, dass jedes Kreuz 0 oder 1 zählt."
        "A ballot does not prove that every mark counts 0 or 1.";
    BallotOverallProof "ballot.overall-proof"
        "Ein Stimmzettel beweist nicht, dass die Zahl der Kreuze erlaubt ist."
        "A ballot does not prove that the number of marks is allowed.";
    BallotBlankProof "ballot.blank-proof"
        "Ein Stimmzettel beweist nicht, dass eine Enthaltung keine Kreuze trägt."
        "A ballot does not prove that a blank vote has no marks.";
    BallotSignature "ballot.signature"
        "Die Unterschrift eines Stimmzettels ist ungültig."
        "The signature of a ballot is not valid.";
    BallotRepeated "ballot.repeated"
        "Derselbe Stimmzettel steht zweimal im Archiv."
        "The same ballot stands in the archive twice.";
    TallyJson "tally.json"
        "Die verschlüsselte Auszählung ist nicht lesbar."
        "The encrypted tally cannot be read.";
    TallyWrong "tally.wrong"
        "Die verschlüsselte Auszählung ist nicht die Summe der gezählten Stimmzettel."
        "The encrypted tally is not the sum of the ballots that count.";
    TallyCount "tally.count"
        "Die Zahl der gezählten Stimmzettel ist falsch angegeben."
        "The number of ballots that count is wrong.";
    TallyWeight "tally.weight"
        "Die Summe der Gewichte ist falsch angegeben."
        "The total weight is wrong.";
    ShuffleJson "shuffle.json"
        "Eine Mischung ist nicht lesbar."
        "A shuffle cannot be read.";
    ShuffleProof "shuffle.proof"
        "Eine Mischung ist nicht bewiesen: Stimmzettel könnten ausgetauscht sein."
        "A shuffle is not proven: ballots might have been replaced.";
    ShuffleOwner "shuffle.owner"
        "Eine Mischung nennt keine oder eine falsche Vertrauensperson."
        "A shuffle names no trustee or the wrong one.";
    ShuffleMissing "shuffle.missing"
        "Die vorgeschriebene Mischung fehlt."
        "The prescribed shuffle is missing.";
    DecryptionJson "decryption.json"
        "Eine Teilentschlüsselung ist nicht lesbar."
        "A partial decryption cannot be read.";
    DecryptionProof "decryption.proof"
        "Eine Teilentschlüsselung ist nicht bewiesen."
        "A partial decryption is not proven.";
    DecryptionOwner "decryption.owner"
        "Eine Teilentschlüsselung nennt keine Vertrauensperson dieser Wahl."
        "A partial decryption names no trustee of this election.";
    DecryptionTwice "decryption.twice"
        "Eine Vertrauensperson hat zweimal entschlüsselt."
        "A trustee decrypted twice.";
    DecryptionMissing "decryption.missing"
        "Die Teilentschlüsselung einer nötigen Vertrauensperson fehlt."
        "The partial decryption of a necessary trustee is missing.";
    ResultJson "result.json"
        "Das Ergebnis ist nicht in der vorgeschriebenen Form geschrieben."
        "The result is not written in the prescribed form.";
    ResultWrong "result.wrong"
        "Das Ergebnis passt nicht zu den entschlüsselten Stimmzetteln."
        "The result does not match what was decrypted.";
    PreviousDiffers "previous.differs"
        "Das Archiv setzt das früher gesicherte nicht fort: etwas wurde entfernt oder umgestellt."
        "The archive does not continue the one saved before: something was removed or reordered.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The height of the event it belongs to, as far as there is one.
    pub height: Option<u64>,
    /// What is wrong.
    pub code: Code,
}
