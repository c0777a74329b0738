//! The sentences of files, and of nodes that people publish.

use super::Words;

/// See [`super::of`].
pub(super) const WORDS: &[Words] = &[
    (
        "upload.account-full",
        "Ihr Platz für Dateien ist voll; bitte löschen Sie zuerst welche, die Sie nicht mehr brauchen.",
        "Your room for files is full; please delete some that you no longer need first.",
    ),
    (
        "upload.already-there",
        "Diese Datei ist schon angekommen; es ist nichts mehr zu tun.",
        "This file has arrived already; there is nothing else to do.",
    ),
    (
        "upload.bad-header",
        "Diese Anfrage ist nicht zu verstehen; bitte senden Sie die Datei noch einmal.",
        "This request makes no sense; please send the file again.",
    ),
    (
        "upload.bad-request",
        "Name oder Größe der Datei fehlt; bitte wählen Sie die Datei noch einmal.",
        "Name or size of the file is missing; please choose the file again.",
    ),
    (
        "upload.busy",
        "Diese Datei kommt gerade über eine andere Verbindung; bitte warten Sie, bis sie da ist.",
        "This file is coming over another connection; please wait until it is there.",
    ),
    (
        "upload.crowded",
        "Gerade senden sehr viele Dateien; bitte versuchen Sie es in einigen Minuten noch einmal.",
        "Very many send files at the moment; please try again in some minutes.",
    ),
    (
        "upload.cut-off",
        "Die Verbindung brach ab; bitte senden Sie die Datei noch einmal.",
        "The connection broke off; please send the file again.",
    ),
    (
        "upload.too-large",
        "Diese Datei ist größer, als hier erlaubt ist; bitte verkleinern oder teilen Sie sie.",
        "This file is larger than allowed here; please make it smaller or divide it.",
    ),
    (
        "upload.too-many-at-once",
        "Sie haben sehr viele Dateien angekündigt; bitte senden Sie zuerst diese.",
        "You have announced very many files; please send those first.",
    ),
    (
        "upload.too-many-under-way",
        "Von Ihnen kommen gerade so viele Dateien, wie auf einmal gehen; bitte warten Sie auf eine davon.",
        "As many files of yours are coming as can at once; please wait for one of them.",
    ),
    (
        "upload.too-slow",
        "Die Datei kam zu langsam; bitte versuchen Sie es mit einer besseren Verbindung noch einmal.",
        "The file came too slowly; please try again with a better connection.",
    ),
    (
        "upload.unit-full",
        "Der Platz Ihrer Gliederung für Dateien ist voll; bitte fragen Sie Ihren Vorstand.",
        "Your unit's room for files is full; please ask your board.",
    ),
    (
        "upload.unknown",
        "Diese Datei gibt es nicht (mehr); bitte lassen Sie sie sich noch einmal senden.",
        "There is no such file (any more); please have it sent again.",
    ),
    (
        "upload.wrong-offset",
        "Dieses Stück schließt nicht an das vorige an; bitte setzen Sie noch einmal fort.",
        "This piece does not follow the last one; please go on once more.",
    ),
    (
        "upload.wrong-secret",
        "Für diese Datei ist kein Platz versprochen; bitte wählen Sie sie noch einmal.",
        "No place was promised for this file; please choose it again.",
    ),
    (
        "upload.wrong-size",
        "Die Datei ist nicht so groß wie angekündigt; bitte wählen Sie sie noch einmal.",
        "The file is not as large as announced; please choose it again.",
    ),
    (
        "upload.wrong-type",
        "Die Datei ist nicht von der angekündigten Art; bitte wählen Sie sie noch einmal.",
        "The file is not of the announced kind; please choose it again.",
    ),
];
