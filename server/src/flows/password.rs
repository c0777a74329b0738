//! Signing a browser in with address and password: for accounts outside the directory, which have no letter.

use std::sync::Arc;

use konvent_core::{Answer, Refusal};
use konvent_people::accounts::{self, SignedIn, WRONG_PASSWORD};
use konvent_wire::Jid;

use super::registration;
use crate::house::House;

/// Looks, stretches the password outside of any transaction, and signs in. A wrong try counts against its source, as one
/// over XMPP does.
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
    let localpart = localpart(house, address);
    let (key, from, now) = (house.key().clone(), source.clone(), house.clock().now());
    let comparison = house
        .db()
        .read(move |reader| {
            accounts::may_try(reader, &key, &from, now)?;
            accounts::comparison(reader, &key, localpart.as_deref().unwrap_or_default())
        })
        .await?;
    let proven = tokio::task::spawn_blocking(move || comparison.with(&plain)).await;
    let proven = proven.map_err(|error| Refusal::broken("password.stretch", error))?;
    let Some(proven) = proven else {
        let key = house.key().clone();
        house.db().write(move |tx| accounts::count_failure(tx, &key, &source)).await?;
        return Err(WRONG_PASSWORD);
    };
    house.db().write(move |tx| accounts::sign_in_with_password(tx, proven, &device_name)).await
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
