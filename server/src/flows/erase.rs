//! What an account holds goes (Art. 17 GDPR), feature by feature, from the last to the first.

use konvent_core::{AccountId, Answer, PersonId, Tx};
use konvent_people::invitations;
use konvent_talk::{archive, blocking, bookmarks, contacts, reading, rooms};

/// Erases what an account has said, kept and set. The account and its person stay to their own features: a name that was
/// used is given to nobody else, and a member is erased by the member file.
pub fn contents(tx: &mut Tx<'_>, account: AccountId, person: PersonId) -> Answer<()> {
    reading::privacy::erase(tx, account)?;
    bookmarks::privacy::erase(tx, account)?;
    rooms::privacy::erase(tx, person)?;
    archive::privacy::erase(tx, account)?;
    contacts::privacy::erase(tx, account)?;
    blocking::privacy::erase(tx, account)?;
    invitations::erase(tx, account)
}
