//! All targets, with inputs to begin with. One file each; adding one here is all there is to it.

mod archive;
mod authority;
mod ballot;
mod caps;
mod card;
mod certificate;
mod component;
mod election;
mod files;
mod import;
mod nodes;
mod picture;
mod portable;
mod push;
mod reader;
mod rooms;
mod scram;
mod servers;
mod settings;
mod slug;
mod stanza;
mod stream;
mod web_push;

use crate::Target;

/// In the order of their names.
pub const TARGETS: &[Target] = &[
    Target { name: "archive", run: archive::run, seeds: &[b"{\"version\":1,\"timestamp\":0}"] },
    Target {
        name: "authority",
        run: authority::run,
        seeds: &[
            include_bytes!("../../seeds/certificate.der"),
            b"rateLimited\ntoo many certificates already issued",
            b"caa\nCAA record prevents issuance",
        ],
    },
    Target {
        name: "ballot",
        run: ballot::run,
        seeds: &[
            b"{\"election_uuid\":\"u\",\"election_hash\":\"h\",\"credential\":\"c\",\"answers\":[]}",
            b"{\"result\":[[1,0]]}",
        ],
    },
    Target {
        name: "caps",
        run: caps::run,
        seeds: &[
            b"<identity category='client' type='pc' name='Exodus 0.9.1'/>\
              <feature var='http://jabber.org/protocol/muc'/><feature var='n+notify'/>",
            b"<identity xml:lang='el' category='client' type='pc' name='Psi'/>\
              <x xmlns='jabber:x:data' type='result'>\
              <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
              <field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field></x>",
        ],
    },
    Target {
        name: "card",
        run: card::run,
        seeds: &[
            b"<FN>Juliet</FN><N><FAMILY>Capulet</FAMILY></N><PHOTO><TYPE>image/png</TYPE>\
              <BINVAL>iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==</BINVAL></PHOTO>",
        ],
    },
    Target {
        name: "certificate",
        run: certificate::run,
        seeds: &[include_bytes!("../../seeds/certificate.der")],
    },
    Target {
        name: "component",
        run: component::run,
        seeds: &[
            b"\x01<message from='a@bot.h' to='b@h'><body>x</body></message><iq type='get' id='1' from='bot.h' to='h'/>",
            b"\x00<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' \
              to='bot.h'>\xfe<handshake>00</handshake>",
        ],
    },
    Target {
        name: "election",
        run: election::run,
        seeds: &[b"{\"description\":\"\",\"name\":\"\",\"group\":\"Ed25519\",\"public_key\":\"\",\"questions\":[]}"],
    },
    Target {
        name: "files",
        run: files::run,
        seeds: &[
            b"\x64\0\0\0\0\0\0\0bytes=5-",
            b"\0\0\0\0\0\0\0\0bytes=-5",
            b"\x64\0\0\0\0\0\0\0filename RsOkLnBkZg==,filetype YXBwbGljYXRpb24vcGRm",
            b"\0\0\0\x20ftypavif..",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ],
    },
    Target {
        name: "import",
        run: import::run,
        seeds: &[b"1;Julia;Capulet;01;mitglied\n", b"1;\"Ju;lia\";Capulet;01;\"x\ny\"\n", b"\xef\xbb\xbf1;J\xfcrgen;;;\n"],
    },
    Target {
        name: "nodes",
        run: nodes::run,
        seeds: &[
            b"\x00<items node='n' max_items='3'><item id='1'/></items>",
            b"\x01<publish node='n'><item id='1'><v xmlns='urn:v'/></item></publish><publish-options>\
              <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options\
              </value></field><field var='pubsub#access_model'><value>open</value></field></x></publish-options>",
            b"\x03<configure node='n'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
              <value>http://jabber.org/protocol/pubsub#node_config</value></field>\
              <field var='pubsub#max_items'><value>7</value></field></x></configure>",
            b"\x03<affiliations node='n'><affiliation jid='a@h' affiliation='owner'/></affiliations>",
            b"\x04<set xmlns='http://jabber.org/protocol/rsm'><max>5</max><before/></set>",
        ],
    },
    Target { name: "picture", run: picture::run, seeds: &[b"\x01\0\0\0\x01\0\0\0\x01\x08\x06", b"\x02\x01\0\x01\0"] },
    Target {
        name: "portable",
        run: portable::run,
        seeds: &[
            b"\x40<?xml version='1.0'?><server-data xmlns='urn:xmpp:pie:0'><host jid='h'><user name='a' password='p'>\
              <query xmlns='jabber:iq:roster'><item jid='b@h' subscription='both'/></query>\
              <pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'><v xmlns='urn:v'/></item></items>\
              </pubsub></user></host></server-data>",
        ],
    },
    Target {
        name: "push",
        run: push::run,
        seeds: &[
            b"\x00<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
              <value>http://jabber.org/protocol/pubsub#publish-options</value></field></x>",
            b"\x01<disable xmlns='urn:xmpp:push:0' jid='app.example'/>",
            b"\x02<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>",
        ],
    },
    Target {
        name: "reader",
        run: reader::run,
        seeds: &[b"\x09<message to='a@h'><body>x &amp; y</body></message>", b"\x05<iq type='get' id='1'><a xmlns='b' c='d'/></iq>"],
    },
    Target {
        name: "rooms",
        run: rooms::run,
        seeds: &[
            b"\x00<item affiliation='member' jid='a@h' nick='A'><reason>so</reason></item>",
            b"\x00<item role='none' nick='A'/>",
            b"\x02\x00Garden\xfe\x041\xfe\x071\xfe\x08word\xfe\x0c\x70articipants\xfe\x0d20\xfe\x1015",
            b"\x03<x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@h'/></x>",
        ],
    },
    Target {
        name: "scram",
        run: scram::run,
        seeds: &[
            b"\x00n,,n=user,r=fyko\xfec=biws,r=fykoserver,p=AAAA",
            b"\x01p=tls-exporter,,n=user,r=fyko\xfec=cD10bHMtZXhwb3J0ZXIsLA==,r=fykoserver,p=AAAA",
        ],
    },
    Target {
        name: "servers",
        run: servers::run,
        seeds: &[
            b"\x00<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='p' to='h' \
              version='1.0'>\xfe<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\xfe\
              <stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='p' to='h' version='1.0'>\
              \xfe<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>\xfe\
              <stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='p' to='h' version='1.0'>\
              \xfe<message from='a@p' to='b@h'><body>x</body></message>",
        ],
    },
    Target {
        name: "settings",
        run: settings::run,
        seeds: &[
            b"admin = '1'\nplaintext = '127.0.0.5:5222'\n[federation]\nwith = 'listed'\nlisted = ['a.example']\n\
              [files.s3]\nbucket = 'b'\naccess_key = 'a'\nsecret_key = 's'\n",
            b"http = ['127.0.0.1:80', '[::1]:80']\n[components]\nlisten = '127.0.0.1:5347'\n[components.hosts]\n\
              'bot.verona.example' = { secret = 'x' }\n[[relays]]\n",
        ],
    },
    Target { name: "slug", run: slug::run, seeds: &["Ortsverband Köln-Süd (alt)".as_bytes()] },
    Target {
        name: "stanza",
        run: stanza::run,
        seeds: &[b"<message from='a@h/x' to='b@h' type='chat' id='1'><body>x</body><a xmlns='b'><c d='e'/></a></message>"],
    },
    Target { name: "stream", run: stream::run, seeds: stream::SEEDS },
    Target {
        name: "web_push",
        run: web_push::run,
        seeds: &[
            b"https://push.example.net/send/abc\nBCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\n\
              BTBZMqHH6r4Tts7J_aSIgg",
            b"https://[64:ff9b::7f00:1]:443/x\n\n",
        ],
    },
];
