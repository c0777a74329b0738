//! Whatever stands in a request about nodes (XEP-0060) or their archives (XEP-0442): read within its bounds, or refused. The
//! fuzzer writes the inside of `<pubsub/>` and `<query/>`, so that it need not find the way to them.

use konvent_talk::archive::Query;
use konvent_talk::pubsub::request::{Request, read};
use konvent_talk::pubsub::{self, NAME_MAX_BYTES, NodeConfig, items};
use konvent_wire::Stanza;
use konvent_wire::form::Form;

const OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
const EVERYBODY: &str = "http://jabber.org/protocol/pubsub";

fn is_bounded(request: &Request) -> bool {
    let short = |name: &str| name.len() <= NAME_MAX_BYTES;
    request.node().is_none_or(short)
        && match request {
            Request::Items(selection) => {
                selection.ids.len() <= 500 && selection.ids.iter().all(|id| short(id))
            }
            Request::Publish { item: Some((Some(id), _)), .. } | Request::Retract { id, .. } => {
                short(id)
            }
            Request::SetSubscriptions(_, all) | Request::SetAffiliations(_, all) => {
                all.len() <= 500
            }
            _ => true,
        }
}

fn ask(kind: &str, namespace: &str, inner: &[u8]) {
    let front = format!("<iq type='{kind}' id='f'><pubsub xmlns='{namespace}'>");
    let Ok(iq) = Stanza::parse(&[front.as_bytes(), inner, b"</pubsub></iq>"].concat()) else {
        return;
    };
    let Ok(Some(request)) = read(&iq) else { return };
    assert!(is_bounded(&request), "{request:?}");
    assert_eq!(request.is_question(), kind == "get", "{request:?}");
    if let Request::Configure(_, form) = &request {
        let mut config = NodeConfig::default();
        if config.submit(form).is_ok() {
            let mut again = NodeConfig::default();
            again.submit(&config.form("submit", "f")).expect("what is shown can be sent back");
            assert_eq!(again, config);
        }
    }
}

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((&choice, inner)) = bytes.split_first() else { return };
    match choice % 6 {
        0 => ask("get", EVERYBODY, inner),
        1 => ask("set", EVERYBODY, inner),
        2 => ask("get", OWNER, inner),
        3 => ask("set", OWNER, inner),
        4 => {
            let query = [
                b"<iq type='set' id='f'><query xmlns='urn:xmpp:mam:2' node='n'>",
                inner,
                b"</query></iq>",
            ]
            .concat();
            if let Ok(iq) = Stanza::parse(&query) {
                assert!(pubsub::history::is_asked(&iq) || iq.children().count() != 1);
                let _ = iq.payload().map(|query| Query::read(&query));
            }
        }
        _ => {
            let _ = items::payload(inner).map(|element| Form::from_element(&element));
            let back = [b"<message type='error' id='", inner, b"'/>"].concat();
            let _ = Stanza::parse(&back).map(|message| pubsub::bounce::is_bounce(&message));
        }
    }
}
