//! The sentences of messages, contacts, archives, nodes, notifications and other servers.

use super::Words;

/// See [`super::of`].
pub(super) const WORDS: &[Words] = &[
    (
        "abroad.full",
        "An diesen Server warten schon sehr viele Nachrichten; bitte versuchen Sie es später noch einmal.",
        "Very many messages wait for that server already; please try again later.",
    ),
    (
        "abroad.too-large-there",
        "Der andere Server nimmt so große Nachrichten nicht an; bitte teilen Sie sie, oder senden Sie sie als Datei.",
        "The other server takes no messages of this size; please divide it, or send it as a file.",
    ),
    (
        "archive.always-kept",
        "Was gesagt wird, wird hier immer aufgehoben, so lange wie der Verband es bestimmt; es ist nichts einzustellen.",
        "What is said is always kept here, for as long as the organisation decides; there is nothing to set.",
    ),
    (
        "archive.bad-query",
        "Diese Suche ist nicht zu verstehen; bitte ändern Sie sie.",
        "This search makes no sense; please change it.",
    ),
    (
        "archive.bad-time",
        "Diese Zeit ist nicht zu verstehen; bitte schreiben Sie Tag und Uhrzeit.",
        "This time makes no sense; please write day and hour.",
    ),
    (
        "archive.crowded",
        "Gerade suchen sehr viele; bitte versuchen Sie es gleich noch einmal.",
        "Very many are searching; please try again in a moment.",
    ),
    (
        "archive.no-such-entry",
        "Diese Nachricht liegt nicht (mehr) im Archiv; bitte laden Sie den Verlauf neu.",
        "This message is not in the archive (any more); please load the history anew.",
    ),
    (
        "archive.search-too-wide",
        "Diese Suche trifft zu viel; bitte grenzen Sie sie durch Zeit, Gegenüber oder längere Wörter ein.",
        "This search hits too much; please narrow it by time, the other side or longer words.",
    ),
    (
        "archive.unknown-field",
        "Danach lässt sich im Archiv nicht suchen; bitte nehmen Sie ein anderes Feld.",
        "The archive cannot be searched by that; please take another field.",
    ),
    (
        "avatars.unfit",
        "Ein Bild ist PNG, JPEG, GIF oder WebP mit höchstens 128 KiB und 2048 Punkten je Seite; bitte wählen Sie ein anderes.",
        "A picture is PNG, JPEG, GIF or WebP with up to 128 KiB and 2048 pixels a side; please choose another one.",
    ),
    (
        "blocking.already-dealt",
        "Diese Meldung ist schon erledigt; bitte laden Sie die Seite neu.",
        "This report has been dealt with; please load the page anew.",
    ),
    (
        "blocking.bad-decision",
        "Diese Entscheidung gibt es nicht; bitte wählen Sie eine der genannten.",
        "There is no such decision; please choose one of those named.",
    ),
    (
        "blocking.bad-request",
        "Diese Sperre ist nicht zu verstehen; bitte geben Sie eine Adresse an.",
        "This block makes no sense; please give an address.",
    ),
    (
        "blocking.no-such-report",
        "Diese Meldung gibt es nicht, oder sie ist nicht Ihre Sache; bitte laden Sie die Seite neu.",
        "There is no such report, or it is not yours to see; please load the page anew.",
    ),
    (
        "blocking.reaches-everybody",
        "Der Verband selbst erreicht alle Mitglieder und lässt sich nicht sperren; stellen Sie stattdessen die Benachrichtigungen leiser.",
        "The organisation itself reaches all its members and cannot be blocked; turn its notifications down instead.",
    ),
    (
        "blocking.too-many",
        "Ihre Sperrliste ist voll; bitte streichen Sie zuerst eine Adresse.",
        "Your list of blocks is full; please strike an address first.",
    ),
    (
        "blocking.you-blocked",
        "Sie haben diese Adresse gesperrt; heben Sie das auf, um ihr zu schreiben.",
        "You have blocked this address; lift that to write to it.",
    ),
    (
        "bookmarks.directory-owns-them",
        "Ihre Gruppen folgen aus der Mitgliederdatei; wählen können Sie, ob sie sich von selbst öffnen.",
        "Your rooms follow from the directory; yours to choose is whether they open by themselves.",
    ),
    (
        "contacts.bad-request",
        "Diese Änderung der Kontakte ist nicht zu verstehen; bitte prüfen Sie die Adresse.",
        "This change of contacts makes no sense; please check the address.",
    ),
    (
        "contacts.not-acceptable",
        "Der Name oder die Gruppe ist leer oder zu lang; bitte wählen Sie eine kürzere.",
        "The name or group is empty or too long; please choose a shorter one.",
    ),
    (
        "contacts.not-listed",
        "Diese Adresse steht nicht in Ihrer Liste; bitte laden Sie die Liste neu.",
        "This address is not in your list; please load the list anew.",
    ),
    (
        "contacts.not-yours",
        "Dieser Kontakt folgt aus der Mitgliederdatei; bitte lassen Sie ihn dort ändern.",
        "This contact follows from the directory; please have it changed there.",
    ),
    (
        "contacts.too-many",
        "Ihre Kontaktliste ist voll; bitte streichen Sie zuerst jemanden.",
        "Your list of contacts is full; please strike somebody first.",
    ),
    (
        "disco.no-such-node",
        "Das gibt es hier nicht, oder es ist nicht für Sie; bitte laden Sie die Liste neu.",
        "There is nothing of that name for you here; please load the list anew.",
    ),
    (
        "house.not-federated",
        "Zu diesem Server führt von hier kein Weg; bitte fragen Sie die Verwaltung, ob er zugelassen werden kann.",
        "No way leads to that server from here; please ask the administration whether it can be allowed.",
    ),
    (
        "http.bad-body",
        "Diese Anfrage ist nicht zu verstehen; bitte laden Sie die Seite neu.",
        "This request makes no sense; please load the page anew.",
    ),
    (
        "http.foreign-origin",
        "Diese Anfrage kam von einer fremden Seite und wurde nicht ausgeführt; bitte öffnen Sie unsere Seite selbst.",
        "This request came from another site and was not carried out; please open our page yourself.",
    ),
    (
        "http.not-an-admin",
        "Das ist der Verwaltung vorbehalten; bitte fragen Sie Ihre Geschäftsstelle.",
        "That is for the administration only; please ask your office.",
    ),
    (
        "import.bad-upload",
        "Diese Dateien ließen sich nicht lesen; bitte wählen Sie die CSV-Dateien noch einmal.",
        "These files could not be read; please choose the CSV files again.",
    ),
    (
        "import.blocked",
        "Einige Zeilen sind so unklar, dass nichts übernommen werden kann; bitte verbessern Sie zuerst die Dateien.",
        "Some lines are so unclear that nothing can be applied; please correct the files first.",
    ),
    (
        "import.braked",
        "So viele Austritte auf einmal sind ungewöhnlich; bitte prüfen Sie die Datei und bestätigen Sie es ausdrücklich.",
        "So many exits at once are unusual; please check the file and confirm it expressly.",
    ),
    (
        "import.plan-changed",
        "Die Mitgliederdatei hat sich inzwischen geändert; bitte sehen Sie sich den Plan noch einmal an.",
        "The directory has changed meanwhile; please look at the plan again.",
    ),
    (
        "inbox.bad-request",
        "Diese Frage nach dem Posteingang ist nicht zu verstehen; ein neueres Programm könnte helfen.",
        "This question for the inbox makes no sense; a newer program may help.",
    ),
    (
        "iq.bad-request",
        "Diese Anfrage ist nicht zu verstehen; ein neueres Programm könnte helfen.",
        "This request makes no sense; a newer program may help.",
    ),
    (
        "iq.not-offered",
        "Das bietet dieser Server nicht an; es ist nichts weiter zu tun.",
        "This server does not offer that; there is nothing else to do.",
    ),
    (
        "last.may-not-see",
        "Wann diese Person zuletzt da war, ist nicht für Sie; bitten Sie sie um Kontakt.",
        "When this person was last here is not for you; ask to become a contact.",
    ),
    (
        "letters.too-many",
        "Das sind mehr Briefe, als auf einmal gehen; bitte wählen Sie eine kleinere Gliederung.",
        "These are more letters than can be made at once; please choose a smaller unit.",
    ),
    (
        "pep.hidden",
        "Das zeigt diese Person nicht allen; bitten Sie sie um Kontakt.",
        "This person does not show that to everybody; ask to become a contact.",
    ),
    (
        "presence.bad-type",
        "Diese Art von Anwesenheit gibt es nicht; ein neueres Programm könnte helfen.",
        "There is no such kind of presence; a newer program may help.",
    ),
    (
        "presence.too-large",
        "Ihre Statusmeldung ist zu lang; bitte kürzen Sie sie.",
        "Your status message is too long; please shorten it.",
    ),
    (
        "presence.too-many-directed",
        "Sie zeigen sich schon sehr vielen einzeln; bitte beenden Sie zuerst einiges davon.",
        "You show yourself to very many one by one; please end some of that first.",
    ),
    (
        "private.bad-format",
        "Dieses Fach lässt sich so nicht öffnen; ein neueres Programm könnte helfen.",
        "This drawer cannot be opened like that; a newer program may help.",
    ),
    (
        "private.full",
        "Ihr Fach für Einstellungen ist voll; bitte löschen Sie zuerst etwas daraus.",
        "Your drawer for settings is full; please delete something from it first.",
    ),
    (
        "private.not-acceptable",
        "Diesen Namen darf ein Programm nicht benutzen; ein neueres könnte helfen.",
        "No program may use this name; a newer one may help.",
    ),
    (
        "pubsub.no-such-account",
        "Diese Adresse hat hier niemand; bitte prüfen Sie sie.",
        "Nobody here has this address; please check it for typos.",
    ),
    (
        "push.bad-request",
        "Dieses Gerät lässt sich so nicht für Benachrichtigungen anmelden; bitte laden Sie die Seite neu.",
        "This device cannot be registered for notifications like that; please load the page anew.",
    ),
    (
        "push.not-offered",
        "Benachrichtigungen sind hier ausgeschaltet; bitte fragen Sie die Verwaltung.",
        "Notifications are switched off here; please ask the administration.",
    ),
    (
        "push.too-many-levels",
        "Für so viele Unterhaltungen lässt sich das nicht einzeln wählen; bitte setzen Sie zuerst eine zurück.",
        "This cannot be chosen for so many conversations; please reset one first.",
    ),
    (
        "receiving.nobody-there",
        "Dort ist gerade niemand, und dies wird nicht aufgehoben; schreiben Sie eine gewöhnliche Nachricht.",
        "Nobody is there, and this is not kept; please write an ordinary message.",
    ),
    (
        "relays.unknown",
        "Diesen Dienst gibt es hier nicht; bitte fragen Sie nach der Liste.",
        "There is no such service here; please ask for the list.",
    ),
    (
        "roster.directory-owns-it",
        "Dieser Teil der Kontakte folgt aus der Mitgliederdatei; bitte lassen Sie ihn dort ändern.",
        "This part of the contacts follows from the directory; please have it changed there.",
    ),
    (
        "strangers.enough-for-today",
        "Fremde haben an diese Adresse heute schon sehr viel geschrieben; bitte versuchen Sie es morgen noch einmal.",
        "Strangers have written very much to this address today; please try again tomorrow.",
    ),
    (
        "take-along.busy",
        "Ihre Daten werden gerade zusammengestellt; bitte warten Sie, bis das fertig ist.",
        "Your data are being put together; please wait until that is done.",
    ),
    (
        "vcard.bad-request",
        "Diese Visitenkarte ist nicht zu verstehen; ein neueres Programm könnte helfen.",
        "This card makes no sense; a newer program may help.",
    ),
    (
        "vcard.directory-owns-it",
        "Name und Gliederung folgen aus der Mitgliederdatei; bitte lassen Sie sie dort verbessern.",
        "Name and organisation follow from the directory; please have them corrected there.",
    ),
    (
        "vcard.not-yours",
        "Sie können nur Ihre eigene Visitenkarte ändern; diese gehört jemand anderem.",
        "You may change your own card only; this one belongs to somebody else.",
    ),
    (
        "vcard.too-long",
        "Die Visitenkarte ist länger als 32 KiB, ohne das Bild; bitte kürzen Sie sie.",
        "The card is longer than 32 KiB, not counting its picture; please shorten it.",
    ),
    (
        "house.bad-resource",
        "Dieser Name für das Gerät geht nicht; bitte wählen Sie in Ihrem Programm einen anderen.",
        "This name of the device cannot be; please choose another one in your program.",
    ),
    (
        "house.session-over",
        "Diese Verbindung ist schon beendet; bitte verbinden Sie sich neu.",
        "This connection has ended already; please connect anew.",
    ),
    (
        "nodes.session-elsewhere",
        "Ihre Verbindung läuft inzwischen über einen anderen Rechner; bitte versuchen Sie es noch einmal.",
        "Your connection goes on at another machine; please try once more.",
    ),
    (
        "storage.busy",
        "Der Server hat gerade sehr viel zu tun; bitte versuchen Sie es gleich noch einmal.",
        "The server is very busy; please try again in a moment.",
    ),
    (
        "storage.disk-full",
        "Der Speicher des Servers ist voll, es wird nichts angenommen; die Verwaltung muss Platz schaffen.",
        "The server's storage is full and takes nothing; the administration has to make room.",
    ),
];
