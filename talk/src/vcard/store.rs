//! All SQL of the business cards.

use konvent_core::{AccountId, Answer, Reader, Tx};

pub(super) fn card(reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<Vec<u8>>> {
    reader
        .one("select card from vcard_card where account = $1", &[account.into()], |row| row.get(0))
}

pub(super) fn keep(tx: &mut Tx<'_>, account: AccountId, card: &[u8]) -> Answer<u64> {
    tx.run(
        "insert into vcard_card (account, card) values ($1, $2)
         on conflict (account) do update set card = excluded.card",
        &[account.into(), card.into()],
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from vcard_card where account = $1", &[account.into()])
}
