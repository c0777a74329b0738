import { describe, expect, test } from 'vitest';
import { memoryOutbox } from './outbox';
import { ME, ROOM, Script, settled } from './scripted';

const BERT = 'bert@example.org';

function archivedInRoom(nick: string, body: string, id = 'x'): string {
  return `<message xmlns='jabber:client' type='groupchat' from='${ROOM}/${nick}' id='${id}'><body>${body}</body></message>`;
}

describe('signing in', () => {
  test('a new session fetches rooms, people and inbox, and enters the rooms', async () => {
    const script = new Script();
    script.inbox = `<message xmlns='jabber:client'><entry xmlns='urn:xmpp:inbox:1' jid='${BERT}' unread='2' id='i1'/><result xmlns='urn:xmpp:mam:2' id='i1'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='${BERT}/x' to='${ME}' id='b'><body>Hallo</body></message></forwarded></result></message>`;
    await script.start();
    expect(script.state.link.kind).toBe('online');
    expect(script.state.listed).toBe(true);
    expect(script.conversation(ROOM)).toMatchObject({
      name: 'OV Nord',
      place: 'in',
      mayWrite: true,
    });
    expect(script.conversation(BERT)).toMatchObject({ name: 'Bert Ast', unread: 2 });
    expect(script.conversation(BERT).last?.body).toBe('Hallo');
  });

  test('a refused token is renewed once, then the person must sign in again', async () => {
    const script = new Script();
    script.onSignIn = 'refuse';
    await script.start();
    expect(script.tokensAsked).toBe(2);
    expect(script.signedOut).toBe(true);
  });

  test('a server that cannot prove itself gets no session', async () => {
    const script = new Script();
    script.onSignIn = 'lie';
    await script.start();
    expect(script.state.link.kind).toBe('waiting');
    expect(script.state.listed).toBe(false);
  });

  test('the server is told when nobody looks, anew in each session', async () => {
    const script = new Script();
    await script.start();
    expect(script.sent('inactive')).toHaveLength(0);
    script.talk.look(false);
    script.talk.look(false);
    expect(script.sent('inactive')).toHaveLength(1);
    await script.cut();
    script.clock.pass(60_000);
    await settled();
    expect(script.state.link.kind).toBe('online');
    expect(script.sent('inactive')).toHaveLength(2);
    script.talk.look(true);
    expect(script.sent('active')).toHaveLength(1);
  });

  test('who may only read is told so', async () => {
    const script = new Script();
    script.roomRole = 'visitor';
    await script.start();
    expect(script.conversation(ROOM)).toMatchObject({ place: 'in', mayWrite: false });
  });
});

describe('my own words', () => {
  test('to a person: waiting, then sent when the server acknowledges', async () => {
    const outbox = memoryOutbox();
    const script = new Script(outbox);
    await script.start();
    script.talk.open(BERT);
    await script.talk.send(BERT, 'Guten Tag');
    expect(script.bodies(BERT)).toEqual(['Guten Tag (waiting)']);
    expect(script.sent('r')).not.toHaveLength(0);
    await script.ack();
    expect(script.bodies(BERT)).toEqual(['Guten Tag (sent)']);
    expect(await outbox.all()).toEqual([]);
  });

  test('in a room: sent when the room sends them back, even under another nickname', async () => {
    const outbox = memoryOutbox();
    const script = new Script(outbox);
    script.nickGiven = 'Anna Meier 2';
    await script.start();
    await script.talk.send(ROOM, 'Moin');
    await script.ack();
    expect(script.bodies(ROOM)).toEqual(['Moin (waiting)']);
    const id = script.sent('message')[0]?.getAttribute('id') ?? '';
    await script.roomSays('Anna Meier 2', 'Moin', 's1', id);
    expect(script.bodies(ROOM)).toEqual(['Moin (sent)']);
    expect(script.conversation(ROOM).unread).toBe(0);
    expect(await outbox.all()).toEqual([]);
  });

  test('a refusal is shown with its reason and can be tried again', async () => {
    const script = new Script();
    await script.start();
    await script.talk.send(ROOM, 'Darf ich?');
    const id = script.sent('message')[0]?.getAttribute('id') ?? '';
    await script.say(
      `<message xmlns='jabber:client' type='error' from='${ROOM}' id='${id}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
    );
    expect(script.conversation(ROOM).messages[0]).toMatchObject({
      state: 'refused',
      reason: 'forbidden',
    });
    await script.talk.retry(ROOM, id);
    expect(script.bodies(ROOM)).toEqual(['Darf ich? (waiting)']);
    expect(script.sent('message')).toHaveLength(2);
  });

  test('words written without a line survive a reload and are sent once', async () => {
    const outbox = memoryOutbox();
    const before = new Script(outbox);
    await before.start();
    await before.cut();
    await before.talk.send(ROOM, 'Später');
    before.talk.stop();
    const after = new Script(outbox);
    await after.start();
    expect(after.sent('message').map((m) => m.textContent)).toEqual(['Später']);
    expect(after.bodies(ROOM)).toEqual(['Später (waiting)']);
  });

  test('words that had arrived before the session was lost are not sent twice', async () => {
    const script = new Script();
    await script.start();
    await script.talk.send(ROOM, 'Einmal');
    const id = script.sent('message')[0]?.getAttribute('id') ?? '';
    await script.cut();
    script.archive.set(ROOM, [archivedInRoom('Anna Meier', 'Einmal', id)]);
    script.clock.pass(60_000);
    await settled();
    expect(script.state.link.kind).toBe('online');
    expect(script.sent('message')).toHaveLength(1);
    expect(script.bodies(ROOM)).toEqual(['Einmal (sent)']);
  });

  test('words that had not arrived are sent again after the session was lost', async () => {
    const script = new Script();
    await script.start();
    await script.talk.send(ROOM, 'Nochmal');
    await script.cut();
    script.clock.pass(60_000);
    await settled();
    expect(script.sent('message')).toHaveLength(2);
  });

  test('a change of my role in the same session sends nothing twice', async () => {
    const script = new Script();
    await script.start();
    await script.talk.send(ROOM, 'Hallo');
    await script.say(
      `<presence xmlns='jabber:client' from='${ROOM}/Anna Meier'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='admin' role='moderator'/><status code='110'/></x></presence>`,
    );
    expect(script.sent('message')).toHaveLength(1);
  });
});

describe('the line', () => {
  test('a resumed session asks for nothing again and sends what was not acknowledged', async () => {
    const script = new Script();
    await script.start();
    await script.ack();
    const stanzas = script.heard.filter((e) => e.namespaceURI === 'jabber:client').length;
    await script.talk.send(ROOM, 'Fast weg');
    await script.cut();
    expect(script.state.link.kind).toBe('waiting');
    script.onSignIn = 'resume';
    script.resumedAt = stanzas;
    const asked = script.sent('iq').length;
    script.clock.pass(60_000);
    await settled();
    expect(script.state.link.kind).toBe('online');
    expect(script.sent('iq')).toHaveLength(asked);
    expect(script.sent('message')).toHaveLength(2);
    const [first, again] = script.sent('message');
    expect(first?.isEqualNode(again ?? null)).toBe(true);
  });

  test('words written while the line was down go out when the session is resumed', async () => {
    const script = new Script();
    await script.start();
    await script.ack();
    const stanzas = script.heard.filter((e) => e.namespaceURI === 'jabber:client').length;
    script.talk.lost();
    await script.talk.send(ROOM, 'Aus dem Funkloch');
    await script.talk.send(ROOM, 'Noch eins');
    expect(script.sent('message')).toHaveLength(0);
    script.onSignIn = 'resume';
    script.resumedAt = stanzas;
    script.talk.hurry();
    await settled();
    expect(script.sent('message').map((m) => m.textContent)).toEqual([
      'Aus dem Funkloch',
      'Noch eins',
    ]);
  });

  test('silence is asked about, and no answer means broken', async () => {
    const script = new Script();
    await script.start();
    script.clock.pass(41_000);
    expect(script.sent('r')).toHaveLength(1);
    script.clock.pass(11_000);
    expect(script.state.link.kind).toBe('waiting');
  });

  test('the browser says offline, then online: connected at once', async () => {
    const script = new Script();
    await script.start();
    script.talk.lost();
    expect(script.state.link.kind).toBe('offline');
    script.talk.hurry();
    await settled();
    expect(script.state.link.kind).toBe('online');
    expect(script.connections).toBe(2);
  });
});

describe('hearing others', () => {
  test('unread counts, and reading tells the other devices', async () => {
    const script = new Script();
    await script.start();
    await script.roomSays('Bert', 'eins', 's1');
    await script.roomSays('Bert', 'zwei', 's2');
    await script.roomSays('Bert', 'zwei', 's2');
    expect(script.conversation(ROOM).unread).toBe(2);
    script.talk.open(ROOM);
    await settled();
    expect(script.conversation(ROOM).newFrom).toBe('s1');
    script.talk.attend(ROOM, true);
    expect(script.conversation(ROOM).unread).toBe(0);
    script.clock.pass(1_000);
    const published = script.sent('iq').at(-1);
    expect(published?.querySelector('item')?.getAttribute('id')).toBe(ROOM);
    expect(published?.querySelector('stanza-id')?.getAttribute('id')).toBe('s2');
  });

  test('another device has read: the count goes', async () => {
    const script = new Script();
    await script.start();
    await script.roomSays('Bert', 'eins', 's1');
    await script.roomSays('Bert', 'zwei', 's2');
    const displayed = (id: string) =>
      `<message xmlns='jabber:client' from='${ME}'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mds:displayed:0'><item id='${ROOM}'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${ROOM}'/></displayed></item></items></event></message>`;
    await script.say(displayed('s1'));
    expect(script.conversation(ROOM).unread).toBe(1);
    await script.say(displayed('s2'));
    expect(script.conversation(ROOM).unread).toBe(0);
    await script.roomSays('Bert', 'drei', 's3');
    await script.say(displayed('s3').replace(`from='${ME}'`, `from='${BERT}'`));
    expect(script.conversation(ROOM).unread).toBe(1);
  });

  test('a forged carbon is not believed', async () => {
    const script = new Script();
    await script.start();
    const carbon = (from: string) =>
      `<message xmlns='jabber:client' from='${from}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='${ME}/p' to='${BERT}' id='c'><body>von mir</body></message></forwarded></sent></message>`;
    await script.say(carbon('mallory@example.org'));
    expect(script.state.conversations.has(BERT)).toBe(false);
    await script.say(carbon(ME));
    expect(script.bodies(BERT)).toEqual(['von mir (sent)']);
    expect(script.conversation(BERT)).toMatchObject({ unread: 0 });
  });

  test('nobody but the archive that was asked answers for it', async () => {
    const script = new Script();
    script.archive.set(BERT, [
      `<message xmlns='jabber:client' type='chat' from='${BERT}/x' to='${ME}' id='true'><body>wahr</body></message>`,
    ]);
    // Beside every page somebody else says rows of his own, under the very name of the question.
    script.beside = (queryId) =>
      ['mallory@example.org', ROOM, BERT].map(
        (from) =>
          `<message xmlns='jabber:client' from='${from}'><result xmlns='urn:xmpp:mam:2' queryid='${queryId}' id='forged'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='${BERT}/x' to='${ME}' id='f'><body>gefälscht</body></message></forwarded></result></message>`,
      );
    await script.start();
    script.talk.open(BERT);
    await settled();
    expect(script.bodies(BERT)).toEqual(['wahr (sent)']);
    // And rows that nobody asked for are no words either.
    await script.say(script.beside('unasked')[0] ?? '');
    expect(script.bodies(BERT)).toEqual(['wahr (sent)']);
  });

  test('a message that somebody passes on is not taken for one of its author', async () => {
    const script = new Script();
    await script.start();
    const inside = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='${BERT}/x' to='${ME}' id='w'><body>weitergereicht</body></message></forwarded>`;
    await script.say(
      `<message xmlns='jabber:client' type='chat' from='mallory@example.org/x' to='${ME}' id='o'>${inside}</message>`,
    );
    await script.say(`<message xmlns='jabber:client' from='${ROOM}/Bert'>${inside}</message>`);
    expect(script.state.conversations.has(BERT)).toBe(false);
  });

  test('a copy that comes through a room is not believed', async () => {
    const script = new Script();
    await script.start();
    for (const wrapper of ['sent', 'received']) {
      await script.say(
        `<message xmlns='jabber:client' type='groupchat' from='${ROOM}/Bert' id='k'><${wrapper} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='${ME}/p' to='${BERT}' id='c'><body>von mir</body></message></forwarded></${wrapper}></message>`,
      );
    }
    expect(script.state.conversations.has(BERT)).toBe(false);
    expect(script.conversation(ROOM).messages).toEqual([]);
  });

  test('a stranger does not change my contacts', async () => {
    const script = new Script();
    await script.start();
    const push = (from: string) =>
      `<iq xmlns='jabber:client' type='set' id='r1' ${from}><query xmlns='jabber:iq:roster'><item jid='mallory@example.org' name='Bert Ast'/><item jid='${BERT}' subscription='remove'/></query></iq>`;
    const names = () => script.state.contacts.map((contact) => contact.jid);
    for (const from of ['mallory@example.org', `${BERT}/x`, 'example.org', `${ROOM}/Bert`]) {
      await script.say(push(`from='${from}'`));
      expect(names()).toEqual([BERT]);
      // RFC 6120 §8.2.3: it is answered, and not as if it had been done.
      expect(script.sent('iq').at(-1)?.getAttribute('type')).toBe('error');
    }
    await script.say(push(''));
    expect(names()).toEqual(['mallory@example.org']);
  });

  test('history joins with what was heard live, without doubles', async () => {
    const script = new Script();
    script.archive.set(ROOM, [
      archivedInRoom('Bert', 'früher'),
      archivedInRoom('Anna Meier', 'meins'),
    ]);
    await script.start();
    await script.roomSays('Bert', 'jetzt', 'live');
    await script.roomSays('Bert', 'früher', 'mam-0');
    script.talk.open(ROOM);
    await settled();
    expect(script.conversation(ROOM).messages.map((m) => [m.body, m.mine])).toEqual([
      ['meins', true],
      ['jetzt', false],
      ['früher', false],
    ]);
    expect(script.conversation(ROOM).history).toBe('complete');
  });

  test('words that come late because nobody was there are shown once, with their time', async () => {
    const script = new Script();
    const words = (more: string) =>
      `<message xmlns='jabber:client' type='chat' from='${BERT}/x' to='${ME}' id='late'><body>warst du da?</body>${more}</message>`;
    script.archive.set(BERT, [words('')]);
    await script.start();
    const late = words(
      `<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-11-20T08:00:00.000Z'/><stanza-id xmlns='urn:xmpp:sid:0' by='${ME}' id='mam-0'/>`,
    );
    await script.say(late);
    expect(script.conversation(BERT).messages.map((m) => m.at)).toEqual([
      Date.parse('2026-11-20T08:00:00.000Z'),
    ]);
    script.talk.open(BERT);
    await settled();
    expect(script.bodies(BERT)).toEqual(['warst du da? (sent)']);
    await script.say(late);
    expect(script.bodies(BERT)).toEqual(['warst du da? (sent)']);
  });

  test('the line for new messages is found further back than the first page', async () => {
    const script = new Script();
    const many = Array.from({ length: 130 }, (_, i) =>
      archivedInRoom('Bert', `Nummer ${String(i)}`),
    );
    script.archive.set(ROOM, many);
    script.inbox = `<message xmlns='jabber:client'><entry xmlns='urn:xmpp:inbox:1' jid='${ROOM}' unread='70' id='mam-129'/></message>`;
    await script.start();
    script.talk.open(ROOM);
    await settled();
    expect(script.conversation(ROOM).newFrom).toBe('mam-60');
    expect(script.conversation(ROOM)).toMatchObject({ history: 'more', lineOwed: 0 });
    expect(script.conversation(ROOM).messages).toHaveLength(100);
    await script.talk.loadOlder(ROOM);
    expect(script.conversation(ROOM)).toMatchObject({ history: 'complete', newFrom: 'mam-60' });
    expect(script.bodies(ROOM)[0]).toBe('Nummer 0 (sent)');
  });

  test('a transfer: one room goes, another comes', async () => {
    const script = new Script();
    await script.start();
    const event = (inside: string) =>
      `<message xmlns='jabber:client' from='${ME}'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'>${inside}</items></event></message>`;
    await script.say(event(`<retract id='${ROOM}'/>`));
    await script.say(
      event(
        `<item id='sued@rooms.example.org'><conference xmlns='urn:xmpp:bookmarks:1' name='OV Süd' autojoin='true'/></item>`,
      ),
    );
    expect([...script.state.conversations.values()].map((c) => [c.name, c.place])).toEqual([
      ['OV Süd', 'in'],
    ]);
  });

  test('questions from outside are answered', async () => {
    const script = new Script();
    await script.start();
    await script.say(
      `<iq xmlns='jabber:client' type='get' id='p' from='example.org'><ping xmlns='urn:xmpp:ping'/></iq>`,
    );
    await script.say(
      `<iq xmlns='jabber:client' type='get' id='q' from='example.org'><query xmlns='urn:unknown'/></iq>`,
    );
    const [pong, refusal] = script.sent('iq').slice(-2);
    expect(pong?.getAttribute('type')).toBe('result');
    expect(refusal?.querySelector('service-unavailable')).not.toBeNull();
  });

  test('a group opened by its address before the list is there becomes a group', async () => {
    const script = new Script();
    script.archive.set(ROOM, [archivedInRoom('Bert', 'früher')]);
    script.talk.open(ROOM);
    await script.start();
    expect(script.conversation(ROOM)).toMatchObject({ kind: 'room', name: 'OV Nord', place: 'in' });
    expect(script.bodies(ROOM)).toEqual(['früher (sent)']);
  });

  test('after a lost session the order is the archive’s, with what was missed', async () => {
    const script = new Script();
    await script.start();
    await script.roomSays('Bert', 'zuerst', 'mam-0');
    await script.cut();
    script.archive.set(ROOM, [
      archivedInRoom('Bert', 'zuerst'),
      archivedInRoom('Bert', 'verpasst'),
    ]);
    script.clock.pass(60_000);
    await settled();
    script.talk.open(ROOM);
    await settled();
    expect(script.bodies(ROOM)).toEqual(['zuerst (sent)', 'verpasst (sent)']);
  });

  test('whoever looks elsewhere leaves the count alone', async () => {
    const script = new Script();
    await script.start();
    await script.roomSays('Bert', 'eins', 's1');
    script.talk.open(BERT);
    script.talk.attend(ROOM, true);
    expect(script.conversation(ROOM).unread).toBe(1);
  });
});
