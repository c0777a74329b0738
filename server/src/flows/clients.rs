//! What happens when a member looks at the programs that may use the account, or takes one away (XEP-0494); the page in the
//! browser goes the same way.

use std::sync::Arc;

use konvent_core::{AccountId, Answer};
use konvent_people::accounts;
use konvent_talk::clients::{self, Access, Wish};
use konvent_talk::push;
use konvent_wire::Stanza;

use super::member::to_the_end;
use crate::hall::{Seat, SignedInBy};
use crate::house::House;

/// Answers a member's client. What it takes from itself is answered before its own connection ends.
pub async fn wish(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza, wish: Wish) -> Answer<()> {
    let (account, now) = (seat.session.account, house.clock().now());
    match wish {
        Wish::List => {
            let all = house.db().read(move |reader| clients::of(reader, account, now)).await?;
            seat.answer(clients::list(iq, &all, &connected(house, account)));
        }
        Wish::Revoke(access) => {
            let (house, seat, reply) = (Arc::clone(house), Arc::clone(seat), iq.result(None));
            let tell = move || seat.answer(reply);
            to_the_end(async move { strike(&house, account, access, tell).await }).await?;
        }
    }
    Ok(())
}

/// Takes an access away; whoever has come in by it is signed out at once.
pub async fn revoke(house: &Arc<House>, account: AccountId, access: Access) -> Answer<()> {
    let house = Arc::clone(house);
    to_the_end(async move { strike(&house, account, access, || ()).await }).await
}

async fn strike(
    house: &Arc<House>,
    account: AccountId,
    access: Access,
    tell: impl FnOnce() + Send,
) -> Answer<()> {
    let with_it = house
        .db()
        .write(move |tx| {
            clients::may_be_revoked(tx, account, access)?;
            match access {
                Access::Device(id) => accounts::revoke_device(tx, account, id).map(|()| Vec::new()),
                Access::Password(id) => {
                    push::forget_app_password(tx, account, id)?;
                    accounts::revoke_app_password(tx, account, id)
                }
            }
        })
        .await?;
    tell();
    house.end_sessions(account, Some(means(access)));
    for device in with_it {
        house.end_sessions(account, Some(SignedInBy::Device(device)));
    }
    Ok(())
}

const fn means(access: Access) -> SignedInBy {
    match access {
        Access::Device(id) => SignedInBy::Device(id),
        Access::Password(id) => SignedInBy::AppPassword(id),
    }
}

/// With what the sessions of an account came in, those that wait to be resumed too, on all nodes.
fn connected(house: &House, account: AccountId) -> Vec<Access> {
    let hall = house.hall();
    let access = |seat: &Arc<Seat>| match seat.signed_in_by() {
        SignedInBy::Device(id) => Access::Device(id),
        SignedInBy::AppPassword(id) => Access::Password(id),
    };
    hall.seats_of(account).iter().map(access).collect()
}
