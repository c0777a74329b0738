//! What the engine leaves out of XEP-0060, rule by rule, and because of what.

pub(super) const LIST: &[(&str, &str)] = &[
    ("XEP-0060 §6.1.3.5, §6.5.9.9", "nobody pays for a subscription here"),
    ("XEP-0060 §6.1.3.6", "nobody is anonymous: there is no SASL ANONYMOUS"),
    (
        "XEP-0060 §6.1.3.11, §8.4.1",
        "nodes do not move; a redirection in a deletion is not passed on",
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
        "XEP-0060 §12.11",
        "an item more does not fit into this request: one item a request, all or nothing",
    ),
    (
        "XEP-0060 §12.6",
        "events of type headline are kept by nobody, so presence of subscribers is not asked for",
    ),
    ("XEP-0060 §12.19", "subscriptions do not end by time"),
    ("XEP-0060 §4.4", "collections: no client asks for them; a node of that type is refused"),
];
