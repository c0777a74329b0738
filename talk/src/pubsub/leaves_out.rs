//! What the engine leaves out of XEP-0060 and its neighbours, rule by rule, and because of what.

pub(super) const LIST: &[(&str, &str)] = &[
    (
        "XEP-0060 §4.3, §12.10",
        "a node that keeps nothing keeps no last item either: it tells, and forgets",
    ),
    ("XEP-0060 §4.4", "there is one type of node; collections are refused"),
    (
        "XEP-0060 §4.5",
        "a new node of the organisation is for its members (roster), not for everybody (open): who opens it says so",
    ),
    ("XEP-0060 §4.6.1", "nodes have names, not addresses of their own"),
    (
        "XEP-0060 §5.3, §5.4",
        "who may neither read a node nor ask to read it learns nothing of it; publishers are named where items name them",
    ),
    (
        "XEP-0060 §5.5",
        "of a node with more than 500 items the first 500 are listed; all come by pages as items",
    ),
    ("XEP-0060 §6.1.3.5, §6.5.9.9", "nobody pays for a subscription here"),
    ("XEP-0060 §6.1.3.6", "nobody is anonymous: there is no SASL ANONYMOUS"),
    (
        "XEP-0060 §6.1.3.11",
        "where a deleted node goes on is told to its subscribers and not remembered: who comes later finds none",
    ),
    (
        "XEP-0060 §6.1.6",
        "an address subscribes once; a second time it hears of the subscription it has",
    ),
    (
        "XEP-0060 §6.3, §6.4",
        "subscriptions have no options; who asks hears so (feature-not-implemented)",
    ),
    (
        "XEP-0060 §6.5.1",
        "who stands on the list of a node reads without a subscription, as §4.5 has it",
    ),
    (
        "XEP-0060 §7.1.2",
        "where everybody or every subscriber publishes, an id that is taken is its publisher's: owners and publishers of the node replace any item, others their own",
    ),
    (
        "XEP-0060 §7.1.2.4, §7.2.2.2, §12.16",
        "nobody has two subscriptions that an event would have to tell apart",
    ),
    (
        "XEP-0060 §8.7",
        "pending requests are sent to the owners as they come and are approved by message or by list",
    ),
    (
        "XEP-0060 §8.9.4",
        "whoever is given an affiliation hears of it by what he may do; an announcement is optional",
    ),
    (
        "XEP-0060 §12.2",
        "whoever gains access by another set-up of the node gets its last item with the next presence, not at once",
    ),
    (
        "XEP-0060 §12.4",
        "only an address that is gone ends a subscription: service-unavailable is said of those who are away as well, and nobody counts",
    ),
    ("XEP-0060 §12.5, §12.19", "subscriptions do not end by time or with a presence"),
    (
        "XEP-0060 §12.6",
        "members hear only while they are there; of subscribers abroad presence is not asked for, so a node cannot be set up that way",
    ),
    ("XEP-0060 §12.8", "payloads are not turned into words"),
    (
        "XEP-0060 §12.11",
        "an item more does not fit into this request: one item a request, all or nothing",
    ),
    ("XEP-0060 §12.14", "whoever subscribes or unsubscribes himself hears so by the answer alone"),
    ("XEP-0060 §12.17", "itemreply `owner`: the owners stand in the description of the node"),
    ("XEP-0060 §12.20", "events are not filtered by content"),
    ("XEP-0060 §13.1", "labels of forms are English: a request does not say for whom they are"),
    ("XEP-0060 §16.4.4", "purge_offline, tempsub, body_xslt, dataform_xslt: nobody asks for them"),
    (
        "XEP-0442 §3",
        "the archive is the node's items: what was overwritten, taken back or has expired is in neither",
    ),
    (
        "XEP-0465 §3",
        "who follows a node hears its owner alone: a list of followers is a list of opinions",
    ),
    (
        "XEP-0404 §3",
        "channels hide addresses; clients do not speak MIX, and rooms hide them already",
    ),
    ("XEP-0248 §2", "collections: no client asks for them; a node of that type is refused"),
];
