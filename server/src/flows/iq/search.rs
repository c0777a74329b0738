//! Before somebody searches an archive (XEP-0431) it is divided into blocks, so that only few messages have to be read.

use std::sync::Arc;

use konvent_core::Answer;
use konvent_talk::archive::{self, Owner, search};
use konvent_talk::{Session, Who, rooms};
use konvent_wire::Stanza;

use crate::house::House;

/// Makes what a search needs and lacks. A connection asks one thing after the other, so it is busy with one archive at most.
pub(super) async fn prepare(house: &Arc<House>, asker: &Session, iq: &Stanza) -> Answer<()> {
    if !archive::is_search(iq) {
        return Ok(());
    }
    let Some(owner) = archive_of(house, asker, iq).await? else { return Ok(()) };
    while let Some(blocks) = house.db().read(move |reader| search::divide(reader, owner)).await? {
        house.db().write(move |tx| search::keep(tx, &blocks)).await?;
    }
    Ok(())
}

/// The archive that is searched, if the asker may read it; nobody makes work in those of others.
async fn archive_of(house: &Arc<House>, asker: &Session, iq: &Stanza) -> Answer<Option<Owner>> {
    let own = Owner::Account(asker.account);
    let Some(to) = iq.to.clone().filter(|to| *to != asker.bare()) else {
        return Ok(Some(own));
    };
    let (this, person, now) = (Arc::clone(house), asker.person, house.clock().now());
    house
        .db()
        .read(move |reader| {
            let Who::Room(room, None) = this.who_is(reader, &to)? else { return Ok(None) };
            let standing = rooms::standing(reader, &room, person, now)?;
            Ok(standing.map(|_| Owner::Room(room.id)))
        })
        .await
}
