//! What a person may take along of the own invitations (Art. 15 GDPR), and how they go (Art. 17).

use konvent_core::{AccountId, Answer, Reader, Tx};
use serde_json::{Value, json};

use super::store;

/// The invitations that an account made; tokens are known to nobody.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let made: Vec<Value> = store::of_inviter(reader, account)?
        .into_iter()
        .map(|made| {
            json!({
                "localpart": made.localpart,
                "expires_at": made.expires_at.to_xep_0082(),
                "is_used": made.is_used,
            })
        })
        .collect();
    Ok(json!(made))
}

/// Erases the invitations that an account made; open ones open nothing from then on.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account)?;
    Ok(())
}
