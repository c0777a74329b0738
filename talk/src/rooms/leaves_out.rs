//! What the rooms leave out of their standards, and because of what.

/// Rule and reason, for the visiting card.
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "XEP-0045 §5.1",
        "roles last as long as a visit, also in moderated rooms; whoever shall keep his voice is made a member",
    ),
    (
        "XEP-0045 §6.5",
        "who is inside is told by presence to those inside; a list for everybody would watch members",
    ),
    (
        "XEP-0045 §6.6",
        "in rooms of the directory questions to occupants are not passed on: everybody knows the other's address",
    ),
    (
        "XEP-0045 §6.7",
        "a client's rooms are asked of the client; the server answers nothing in its place",
    ),
    (
        "XEP-0045 §7.2.3",
        "the full address is shown without its resource, so that nobody's devices are exposed (also §17.3, §17.4)",
    ),
    (
        "XEP-0045 §7.2.12",
        "there are no public logs, so 170 and 171 are never said, and the form offers none; nor 102, 103 and 174, for which there is nothing to switch",
    ),
    (
        "XEP-0045 §7.5",
        "private messages through a room are kept in no archive; they reach whoever is inside",
    ),
    (
        "XEP-0045 §7.9",
        "a one-to-one chat is not converted into a room; continue is passed on as it is",
    ),
    (
        "XEP-0045 §7.10",
        "into a room for members nobody registers; owners invite or put on the list, so no request waits (§9.9)",
    ),
    (
        "XEP-0045 §8.1, §9, §10.2",
        "in rooms of the directory nobody at all sets the subject, the lists or the form, so the answer is not-allowed (nobody may) instead of forbidden (you may not)",
    ),
    ("XEP-0045 §9.2", "bans hold for an address or a whole server, not for one device"),
    (
        "XEP-0045 §10.1.3",
        "whoever leaves a room before it is finished hears his farewell; that it is gone needs no words of its own",
    ),
    (
        "XEP-0045 §10.2",
        "roles that must be configured in the form (roomadmins, roomowners) are set by lists alone",
    ),
    (
        "XEP-0045 §14.6",
        "the number of rooms, occupants, list entries and waiting stanzas is bounded instead of bytes per second",
    ),
    (
        "XEP-0045 §17.2",
        "who speaks from outside hears not-acceptable, as §7.4 and §7.5 ask, not forbidden",
    ),
    (
        "XEP-0045 §17.3",
        "probes of a room or of an occupant are refused; who is inside hears of changes by himself",
    ),
    (
        "XEP-0045 §18.1",
        "whose affiliation changes while he is outside is not told by 101: his bookmarks say so, and an invitation",
    ),
    (
        "XEP-0313 §6.1.2",
        "somebody from another server reads the archive of a free room only where he may enter it now",
    ),
    (
        "XEP-0463 §6",
        "who names a version from before his own time gets the lists of today instead of an error; nothing past is in them",
    ),
    (
        "XEP-0500 §6",
        "a correction counts as a message; otherwise a slow room could be flooded with corrections",
    ),
];
