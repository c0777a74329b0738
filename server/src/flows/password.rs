//! Signing a browser in with address and password: for accounts outside the directory, which have no letter.

use std::sync::Arc;

use konvent_core::{Answer, Reader, Refusal, Tx};
use konvent_people::accounts::{self, SignedIn, WRONG_PASSWORD};
use konvent_wire::Jid;

use super::member::to_the_end;
use super::{guess, registration};
use crate::house::House;

/// Takes a place, stretches the password outside of any transaction, and signs in. A wrong one counts as over XMPP.
///
/// # Errors
/// `accounts.wrong-password`, whatever was wrong; `accounts.too-many-tries`.
pub async fn sign_in(
    house: &Arc<House>,
    address: &str,
    plain: String,
    source: String,
    device_name: String,
) -> Answer<SignedIn> {
    let localpart = localpart(house, address).unwrap_or_default();
    let (key, name) = (house.key().clone(), localpart.clone());
    let with = move |reader: &mut Reader<'_>| accounts::comparison(reader, &key, &name);
    let (attempt, comparison) = guess::begin(house, &localpart, &source, with).await?;
    // To its end, whether or not somebody waits for it: who hangs up early has guessed all the same.
    let house = Arc::clone(house);
    to_the_end(async move {
        let proven = tokio::task::spawn_blocking(move || comparison.with(&plain)).await;
        let proven = proven.map_err(|error| Refusal::broken("password.stretch", error))?;
        let Some(proven) = proven else {
            attempt.was_wrong(&house).await;
            return Err(WRONG_PASSWORD);
        };
        let right = attempt.was_right();
        let welcome = move |tx: &mut Tx<'_>| {
            right.note(tx)?;
            accounts::sign_in_with_password(tx, proven, &device_name)
        };
        house.db().write(welcome).await
    })
    .await
}

/// The name that was typed: alone, or with our domain after it. Others belong to nobody here.
fn localpart(house: &House, typed: &str) -> Option<String> {
    let typed = typed.trim();
    if !typed.contains('@') {
        return registration::localpart(typed).ok();
    }
    let address = Jid::new(typed).ok()?;
    let is_ours = address.domain().as_str() == house.domain().name && address.is_bare();
    address.node().filter(|_| is_ours).map(|node| node.as_str().to_owned())
}
