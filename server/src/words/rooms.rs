//! The sentences of rooms.

use super::Words;

/// See [`super::of`].
pub(super) const WORDS: &[Words] = &[
    (
        "rooms.address-taken",
        "Diese Adresse ist vergeben oder sieht aus wie die einer Gliederung; bitte wählen Sie eine andere.",
        "This address is taken or looks like that of a unit; please choose another one.",
    ),
    (
        "rooms.archive-closed",
        "Was hier gesagt wurde, lesen nur, die in diese Gruppe dürfen; bitte fragen Sie, wer sie leitet.",
        "Only those who may come into this room read what was said in it; please ask who leads it.",
    ),
    (
        "rooms.ask-the-member",
        "Die Gruppe reicht keine Fragen an andere weiter; bitte wenden Sie sich an das Mitglied selbst.",
        "The room passes no questions on; please turn to the member itself.",
    ),
    (
        "rooms.avatar-unfit",
        "Das Bild ist zu groß oder kein Bild; bitte wählen Sie ein anderes.",
        "The picture is too large or no picture; please choose another one.",
    ),
    (
        "rooms.bad-request",
        "Die Gruppe versteht diese Bitte nicht; ein neueres Programm könnte helfen.",
        "The room does not understand this request; a newer program may help.",
    ),
    (
        "rooms.banned",
        "Sie dürfen diese Gruppe nicht betreten; bitte wenden Sie sich an die, denen sie gehört.",
        "You may not enter this room; please turn to those who own it.",
    ),
    (
        "rooms.directory-changed",
        "Die Mitgliederdatei hat sich gerade geändert; bitte versuchen Sie es noch einmal.",
        "The directory has changed just now; please try again.",
    ),
    (
        "rooms.directory-decides",
        "Wer zu dieser Gruppe gehört, folgt aus der Mitgliederdatei; bitte lassen Sie es dort ändern.",
        "Who belongs to this room follows from the directory; please have it changed there.",
    ),
    (
        "rooms.full",
        "Die Gruppe ist voll; bitte versuchen Sie es später noch einmal.",
        "The room is full; please try again later.",
    ),
    (
        "rooms.last-owner",
        "Eine Gruppe gehört immer jemandem; bitte geben Sie sie zuerst an jemand anderen.",
        "A room has an owner at all times; please give it to somebody else first.",
    ),
    (
        "rooms.list-hidden",
        "Diese Liste sehen nur die, denen die Gruppe gehört; bitte fragen Sie dort.",
        "Only the owners of the room see this list; please ask them.",
    ),
    (
        "rooms.lists-full",
        "Die Listen dieser Gruppe sind voll; bitte streichen Sie zuerst jemanden.",
        "The lists of this room are full; please strike somebody first.",
    ),
    (
        "rooms.locked",
        "Diese Gruppe wird gerade erst eingerichtet; bitte versuchen Sie es gleich noch einmal.",
        "This room is being set up; please try again in a moment.",
    ),
    (
        "rooms.may-not-invite",
        "In diese Gruppe darf nur einladen, wem sie gehört; bitte fragen Sie dort.",
        "Only its owners invite into this room; please ask them.",
    ),
    (
        "rooms.may-not-make-rooms",
        "Sie dürfen hier keine eigenen Gruppen anlegen; bitte fragen Sie die Verwaltung.",
        "You may not make rooms of your own here; please ask the administration.",
    ),
    (
        "rooms.name-of-an-officer",
        "So heißt jemand, der ein Amt hat; bitte wählen Sie einen anderen Namen.",
        "This is the name of somebody who holds an office; please choose another one.",
    ),
    (
        "rooms.names-a-unit",
        "So heißt schon eine Gliederung oder ein Gremium; bitte wählen Sie einen anderen Namen.",
        "This is the name of a unit or body; please choose another one.",
    ),
    (
        "rooms.nick-taken",
        "Diesen Namen oder einen, der so aussieht, hat hier schon jemand; bitte wählen Sie einen anderen.",
        "Somebody here bears this name or one that looks like it; please choose another one.",
    ),
    (
        "rooms.nick-unfit",
        "Dieser Name lässt sich nicht zeigen; bitte wählen Sie einen anderen.",
        "This name cannot be shown; please choose another one.",
    ),
    (
        "rooms.no-nick",
        "Bitte betreten Sie die Gruppe unter einem Namen: gruppe@dienst/Name.",
        "Please join the room under a name: room@service/name.",
    ),
    (
        "rooms.no-private-messages",
        "In Gruppen schreibt man nicht einzelnen; bitte schreiben Sie an die Adresse des Mitglieds.",
        "One does not write to single people in rooms; please write to the member's own address.",
    ),
    (
        "rooms.no-such-account",
        "Diese Adresse hat hier niemand; bitte prüfen Sie sie.",
        "Nobody here has this address; please check it.",
    ),
    (
        "rooms.no-such-item",
        "Diesen Eintrag gibt es in der Gruppe nicht (mehr); bitte laden Sie die Liste neu.",
        "There is no such entry in this room (any more); please load the list anew.",
    ),
    (
        "rooms.no-such-message",
        "Diese Nachricht gibt es in der Gruppe nicht; vielleicht wurde sie schon zurückgezogen.",
        "There is no such message in this room; perhaps it was taken back already.",
    ),
    (
        "rooms.no-such-occupant",
        "Unter diesem Namen ist niemand in der Gruppe; vielleicht ist er gerade gegangen.",
        "Nobody of this name is in the room; perhaps they have just left.",
    ),
    (
        "rooms.no-such-room",
        "Diese Gruppe gibt es nicht; bitte prüfen Sie die Adresse.",
        "There is no such room; please check the address.",
    ),
    (
        "rooms.no-voice",
        "In dieser Gruppe spricht nur, wer das Wort hat; bitten Sie darum.",
        "In this room one speaks with a voice only; please ask for it.",
    ),
    (
        "rooms.not-a-member",
        "Diese Gruppe gehört Mitgliedern einer anderen Gliederung oder eines Gremiums; Ihre Geschäftsstelle hilft weiter.",
        "This room belongs to members of another unit or body; your office can help.",
    ),
    (
        "rooms.not-by-oneself",
        "Wer dazugehört, bestimmen die, denen die Gruppe gehört; bitte fragen Sie dort.",
        "The owners of this room choose its members; please ask them.",
    ),
    (
        "rooms.not-inside",
        "Bitte betreten Sie die Gruppe zuerst und versuchen Sie es dann noch einmal.",
        "Please join the room first, then try again.",
    ),
    (
        "rooms.not-oneself",
        "Sich selbst kann man nicht ausschließen; verlassen Sie die Gruppe einfach.",
        "Nobody bans himself; simply leave the room.",
    ),
    (
        "rooms.not-the-subject",
        "Das Thema dieser Gruppe setzen nur wenige; bitte fragen Sie die, denen sie gehört.",
        "Only few set the subject of this room; please ask its owners.",
    ),
    (
        "rooms.not-yours",
        "Diese Person steht in der Gruppe so hoch wie Sie oder höher; bitte fragen Sie die, denen sie gehört.",
        "This person stands as high as you in the room, or higher; please ask its owners.",
    ),
    (
        "rooms.offices-decide",
        "Wie die Gruppe einer Gliederung aussieht, bestimmen ihre Ämter; bitte fragen Sie den Vorstand.",
        "Those who hold an office in the unit decide what its room looks like; please ask the board.",
    ),
    (
        "rooms.only-admins",
        "Das dürfen nur die, die diese Gruppe verwalten; bitte fragen Sie dort.",
        "Only admins of this room may do that; please ask them.",
    ),
    (
        "rooms.only-moderators",
        "Das dürfen nur die, die diese Gruppe moderieren; bitte fragen Sie dort.",
        "Only moderators of this room may do that; please ask them.",
    ),
    (
        "rooms.only-offices-speak",
        "In dieser Gruppe schreiben nur Ämter; antworten Sie in der Gruppe Ihrer Gliederung.",
        "In this room only offices write; please answer in the room of your unit.",
    ),
    (
        "rooms.only-owners",
        "Das dürfen nur die, denen diese Gruppe gehört; bitte fragen Sie dort.",
        "Only owners of this room may do that; please ask them.",
    ),
    (
        "rooms.terms-unacceptable",
        "Diese Einstellungen passen nicht zusammen; bitte ändern Sie eine davon.",
        "These settings cannot hold together; please change one of them.",
    ),
    (
        "rooms.too-many-rooms",
        "Ihnen gehören so viele Gruppen, wie erlaubt ist; bitte schließen Sie zuerst eine.",
        "You own as many rooms as you may; please close one first.",
    ),
    (
        "rooms.too-soon",
        "In dieser Gruppe wartet man zwischen zwei Nachrichten; bitte versuchen Sie es gleich noch einmal.",
        "In this room one waits between two messages; please try again in a moment.",
    ),
    (
        "rooms.wrong-password",
        "Diese Gruppe fragt nach einem Kennwort; bitte lassen Sie es sich geben.",
        "This room asks for a password; please have it given to you.",
    ),
];
