//! The sentences of accounts, invitations, registration, the directory and administration.

use super::Words;

/// See [`super::of`].
pub(super) const WORDS: &[Words] = &[
    (
        "accounts.already-held",
        "Für diese Person ist die Löschung schon angehalten; heben Sie das zuerst auf.",
        "Deletion is on hold for this person already; lift that first.",
    ),
    (
        "accounts.bad-name",
        "Ein Name hat kleine Buchstaben von a bis z, Ziffern, Strich und Unterstrich, aber keine Punkte; bitte wählen Sie einen anderen.",
        "A name has small letters from a to z, digits, dashes and underscores, no dots; please choose another one.",
    ),
    (
        "accounts.bad-password",
        "Das Kennwort ist zu kurz oder enthält Zeichen, die sich nicht tippen lassen; bitte wählen Sie ein längeres.",
        "The password is too short or holds what cannot be typed; please choose a longer one.",
    ),
    (
        "accounts.bad-validity",
        "Briefe gelten zwischen 14 und 60 Tagen; bitte wählen Sie eine Zahl dazwischen.",
        "Letters are valid for 14 to 60 days; please choose a number between them.",
    ),
    (
        "accounts.beyond-the-letter",
        "Für Ihr Amt genügt dieser Brief nicht; bitte lassen Sie sich einen neuen von der höheren Geschäftsstelle geben.",
        "For your office this letter is not enough; please get a new one from the office above.",
    ),
    (
        "accounts.birth-year-needed",
        "Bitte geben Sie noch Ihr Geburtsjahr an.",
        "Please give your year of birth, too.",
    ),
    (
        "accounts.code-expired",
        "Dieser Code gilt nicht mehr; bitte fragen Sie Ihre Geschäftsstelle nach einem neuen.",
        "This code is no longer valid; please ask your office for a new one.",
    ),
    (
        "accounts.directory-owns-it",
        "Über dieses Konto entscheidet die Mitgliederverwaltung; bitte lassen Sie es dort ändern.",
        "The member directory decides about this account; please have it changed there.",
    ),
    (
        "accounts.has-a-password",
        "Dieses Konto hat ein eigenes Kennwort und braucht keine weiteren; bitte melden Sie sich damit an.",
        "This account has a password of its own and needs no others; please sign in with that.",
    ),
    (
        "accounts.hold-reason-needed",
        "Bitte geben Sie einen Grund an, höchstens einige Sätze.",
        "Please give a reason, a few sentences at most.",
    ),
    (
        "accounts.locked",
        "Dieses Konto ist gesperrt; bitte fragen Sie Ihre Geschäftsstelle, warum.",
        "This account is locked; please ask your office why.",
    ),
    (
        "accounts.name-taken",
        "Dieser Name ist vergeben oder der Verwaltung vorbehalten; bitte wählen Sie einen anderen.",
        "This name is taken or kept for the administration; please choose another one.",
    ),
    (
        "accounts.no-such-hold",
        "Diese Löschung ist nicht angehalten; vielleicht wurde sie schon freigegeben.",
        "This deletion is not on hold; perhaps that was lifted already.",
    ),
    (
        "accounts.not-a-member",
        "Unter diesem Namen ist keine Mitgliedschaft eingetragen; bitte fragen Sie Ihre Geschäftsstelle.",
        "There is no membership under this name; please ask your office.",
    ),
    (
        "accounts.signed-out",
        "Sie sind nicht mehr angemeldet; bitte melden Sie sich noch einmal an.",
        "You are no longer signed in; please sign in again.",
    ),
    (
        "accounts.too-many-app-passwords",
        "Sie haben schon sehr viele Kennwörter; bitte löschen Sie zuerst eines, das Sie nicht mehr brauchen.",
        "You have a great many passwords already; please delete one that you no longer need first.",
    ),
    (
        "accounts.too-many-tries",
        "Das waren zu viele Versuche; bitte warten Sie eine Viertelstunde. Geräte, die angemeldet sind, bleiben es.",
        "That was too many attempts; please wait a quarter of an hour. Devices that are signed in stay so.",
    ),
    (
        "accounts.unknown",
        "Dieses Konto, Gerät oder Kennwort gibt es nicht (mehr); bitte prüfen Sie die Adresse.",
        "There is no such account, device or password (any more); please check the address.",
    ),
    (
        "accounts.wrong-code",
        "Dieser Code stimmt nicht; bitte vergleichen Sie ihn und das Geburtsjahr mit Ihrem Brief.",
        "This code is not right; please compare it and the year of birth with your letter.",
    ),
    (
        "accounts.wrong-password",
        "Adresse oder Kennwort stimmt nicht; bitte vergleichen Sie beides.",
        "Address or password is not right; please compare both.",
    ),
    (
        "commands.bad-action",
        "Das geht bei diesem Schritt nicht; bitte gehen Sie einen Schritt zurück oder brechen Sie ab.",
        "That cannot be done at this step; please go one step back or cancel.",
    ),
    (
        "commands.bad-payload",
        "Im Formular fehlt etwas, oder es steht etwas Falsches darin; bitte füllen Sie es noch einmal aus.",
        "Something is missing in the form or wrong; please fill it in again.",
    ),
    (
        "commands.bad-session",
        "Dieser Vorgang ist nicht (mehr) bekannt; bitte beginnen Sie ihn von vorn.",
        "This command is not under way (any more); please begin it anew.",
    ),
    (
        "commands.forbidden",
        "Das ist der Verwaltung vorbehalten; bitte wenden Sie sich an sie oder an Ihre Geschäftsstelle.",
        "That is for the administration only; please turn to it or to your office.",
    ),
    (
        "commands.malformed-action",
        "Ihr Programm verlangt etwas, das es bei diesem Befehl nicht gibt; ein neueres könnte helfen.",
        "Your program asks for what this command does not have; a newer one may help.",
    ),
    (
        "commands.not-offered",
        "Dieser Befehl wird hier nicht angeboten; bitte laden Sie die Liste der Befehle neu.",
        "This command is not offered here; please load the list of commands anew.",
    ),
    (
        "commands.session-expired",
        "Das hat zu lange gedauert und wurde nicht ausgeführt; bitte beginnen Sie von vorn.",
        "That took too long and was not carried out; please begin anew.",
    ),
    (
        "commands.too-many",
        "Sie haben viele Befehle begonnen und nicht beendet; bitte brechen Sie einige ab.",
        "You have begun many commands and finished none of them; please cancel some.",
    ),
    (
        "commands.unknown",
        "Diesen Befehl gibt es nicht; bitte laden Sie die Liste der Befehle neu.",
        "There is no such command; please load the list of commands anew.",
    ),
    (
        "commands.not-our-address",
        "Das ist keine Adresse dieses Servers; bitte schreiben Sie sie ganz, mit dem Namen dieses Servers nach dem @.",
        "This is no address of this server; please write it in full, with the name of this server after the @.",
    ),
    (
        "commands.of-an-admin",
        "Das Konto gehört der technischen Verwaltung; nur jemand, der selbst dazu gehört, darf es ändern. Bitte wenden Sie sich an sie.",
        "The account belongs to the technical administration; only one of its own may change it. Please turn to them.",
    ),
    (
        "commands.passwords-differ",
        "Die beiden Kennwörter sind nicht gleich; bitte tippen Sie beide noch einmal.",
        "The two passwords are not the same; please type both again.",
    ),
    (
        "clients.password-reset-required",
        "Dieses Programm kennt Ihr Kennwort; setzen Sie ein neues, um es auszusperren.",
        "This program knows your password; set a new one to shut it out.",
    ),
    (
        "invitations.not-yours-to-give",
        "Sie dürfen hier niemanden einladen; bitte fragen Sie die Verwaltung oder Ihren Vorstand.",
        "You may invite nobody here; please ask the administration or your board.",
    ),
    (
        "invitations.too-many",
        "Sie haben viele offene Einladungen; bitte warten Sie, bis einige davon benutzt oder abgelaufen sind.",
        "You have many open invitations; please wait until some are used or have expired.",
    ),
    (
        "invitations.unknown",
        "Diese Einladung ist unbekannt, benutzt oder abgelaufen; bitte lassen Sie sich eine neue geben.",
        "This invitation is unknown, used or expired; please ask for a new one.",
    ),
    (
        "offices.ends-before-it-begins",
        "Eine Amtszeit kann nicht enden, bevor sie beginnt; bitte prüfen Sie die beiden Tage.",
        "A term cannot end before it begins; please check the two days.",
    ),
    (
        "offices.unknown",
        "Dieses Organ, Amt oder diese Amtszeit gibt es nicht; bitte prüfen Sie die Angabe.",
        "There is no such body, office or term; please check what you wrote.",
    ),
    (
        "people.already-member",
        "Diese Person ist in dieser Gliederung schon Mitglied; es ist nichts zu tun.",
        "This person is a member of this unit already; there is nothing to do.",
    ),
    (
        "people.no-home",
        "Diese Person hat keine Stammgliederung; bitte tragen Sie zuerst eine ein.",
        "This person has no home unit; please enter one first.",
    ),
    (
        "people.number-taken",
        "Diese Mitgliedsnummer ist schon vergeben; bitte prüfen Sie die Datei.",
        "This member number is taken already; please check the file.",
    ),
    (
        "people.unknown",
        "Diese Person ist nicht eingetragen; bitte prüfen Sie die Mitgliedsnummer.",
        "This person is not entered; please check the member number.",
    ),
    (
        "registration.bad-request",
        "Diese Anmeldung ist nicht zu verstehen; bitte füllen Sie das Formular noch einmal aus.",
        "This registration makes no sense; please fill in the form again.",
    ),
    (
        "registration.closed",
        "Hier bekommt man ein Konto durch eine Einladung oder von der Verwaltung; bitte fragen Sie dort.",
        "Accounts here are given by invitation or by the administration; please ask there.",
    ),
    (
        "registration.incomplete",
        "Name und Kennwort werden gebraucht; bitte füllen Sie beides aus.",
        "A name and a password are needed; please fill in both.",
    ),
    (
        "registration.not-your-account",
        "Sie können nur Ihr eigenes Konto ändern; bitte melden Sie sich mit dem anderen an.",
        "You can change your own account only; please sign in with the other one.",
    ),
    (
        "registration.too-many",
        "Gerade melden sich sehr viele neu an; bitte versuchen Sie es in einer Stunde noch einmal.",
        "Very many register at the moment; please try again in an hour.",
    ),
    (
        "units.key-taken",
        "Dieser Schlüssel gehört schon einer Gliederung; bitte prüfen Sie die Datei.",
        "This key belongs to a unit already; please check the file.",
    ),
    (
        "units.loop",
        "Eine Gliederung kann nicht unter sich selbst stehen; bitte prüfen Sie die übergeordneten Schlüssel.",
        "A unit cannot stand below itself; please check the keys of the units above.",
    ),
    (
        "units.unknown",
        "Diese Gliederung gibt es nicht; bitte prüfen Sie den Schlüssel.",
        "There is no such unit; please check the key.",
    ),
];
