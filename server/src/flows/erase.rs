//! What an account holds goes (Art. 17 GDPR), feature by feature, from the last to the first.

use konvent_core::{Answer, Tx};
use konvent_people::accounts::Account;
use konvent_people::invitations;
use konvent_talk::{
    Domain, archive, blocking, bookmarks, contacts, private, pubsub, reading, rooms,
};

/// Erases what an account has said, kept and set. The account and its person stay to their own features: a name that was
/// used is given to nobody else, and a member is erased by the member file.
pub fn contents(tx: &mut Tx<'_>, domain: &Domain, account: &Account) -> Answer<()> {
    let (person, address) = (account.person, domain.account(&account.localpart)?);
    let account = account.id;
    private::privacy::erase(tx, account)?;
    reading::privacy::erase(tx, account)?;
    bookmarks::privacy::erase(tx, account)?;
    pubsub::privacy::erase(tx, account, address.as_str())?;
    rooms::privacy::erase(tx, person)?;
    archive::privacy::erase(tx, account)?;
    contacts::privacy::erase(tx, account)?;
    blocking::privacy::erase(tx, account)?;
    invitations::erase(tx, account)
}
