//! Devices that stay signed in, and their tokens.
//!
//! A token is not stored but derived: HMAC under the installation's key over device, generation and use. Raising the
//! generation ends all older tokens of a device; striking the device ends them for good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvent_core::{AccountId, Answer, Millis, PersonId, Reader, Tx};

use super::{Account, ServerKey, UNKNOWN, get, note, store};
use crate::people;

/// A device that was not seen for so many days has to sign in anew.
pub const TOKEN_DAYS: i64 = 90;

/// How often at most a device's last use is written down.
const TOUCH_SECS: i64 = 3600;

/// Longest name of a device or app password that is kept, in characters.
pub(super) const NAME_MAX: usize = 80;

/// A device that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub account: AccountId,
    /// What it calls itself.
    pub name: String,
    /// Browser or XMPP client.
    pub kind: DeviceKind,
    /// Which tokens count.
    pub generation: i64,
    /// When it signed in.
    pub created_at: Millis,
    /// When it was last here, to the hour.
    pub last_seen_at: Millis,
}

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// The web client.
    Browser,
    /// Another client that got a token over XMPP.
    Xmpp,
}

/// Devices of one account at once; whoever was away longest makes room. It bounds what one sign-in has to compare.
const DEVICES_MAX: i64 = 50;

/// Signs a device in. `app_password` is the one that asked for the token, if one did: both are revoked together.
pub fn new_device(
    tx: &mut Tx<'_>,
    account: AccountId,
    name: &str,
    kind: DeviceKind,
    app_password: Option<i64>,
) -> Answer<Device> {
    let now = tx.now();
    let device = Device {
        id: tx.fresh_id(),
        account,
        name: short_name(name),
        kind,
        generation: 1,
        created_at: now,
        last_seen_at: now,
    };
    store::insert_device(tx, &device, app_password)?;
    store::strike_stalest_devices(tx, account, DEVICES_MAX)?;
    Ok(device)
}

/// The token of a device for one use (`cookie`, `fast`), as it is handed out: number, dot, base64url.
pub fn device_token(key: &ServerKey, device: i64, generation: i64, what: &str) -> String {
    let mac = key.mac(
        "accounts.device",
        &[what.as_bytes(), &device.to_be_bytes(), &generation.to_be_bytes()],
    );
    format!("{device}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// What a token is compared with.
#[derive(Debug)]
pub struct Compared {
    /// The account of that name with its devices, if somebody may sign in to it.
    pub known: Option<(Account, Vec<Device>)>,
    /// Tokens and the devices that have them; those of device 0 fit nothing.
    pub tokens: Vec<(i64, String)>,
}

/// A token is compared with so many: with the smallest number that holds all devices of the account.
const COMPARED: [usize; 3] = [4, 16, 50];

/// With how many tokens nobody's is compared. Most members have few devices, some have many: so it is with names that nobody
/// has, and with each of them always the same.
fn compared_of_nobody(key: &ServerKey, localpart: &str) -> usize {
    let [few, some, many] = COMPARED;
    match key.mac("accounts.devices-of-nobody", &[localpart.as_bytes()]) {
        [0..=229, ..] => few,
        [230..=252, ..] => some,
        _ => many,
    }
}

/// What a token of somebody who goes by this name is compared with: as many tokens after the same questions to the storage whether
/// somebody has the name or nobody, so that no clock tells which names there are.
pub fn compared(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    localpart: &str,
    what: &str,
    now: Millis,
) -> Answer<Compared> {
    let account = store::by_localpart(reader, localpart)?.filter(Account::may_sign_in);
    let nobody = (AccountId(0), PersonId(0));
    let (id, person) = account.as_ref().map_or(nobody, |account| (account.id, account.person));
    let name = people::display_name(reader, person)?.unwrap_or_default();
    let devices = devices(reader, id, now)?;
    let of_nobody = compared_of_nobody(key, localpart);
    let of_devices = COMPARED.into_iter().find(|many| devices.len() <= *many);
    let many = match &account {
        Some(_) => of_devices.unwrap_or(devices.len()),
        None => of_nobody,
    };
    let decoys = std::iter::repeat_n((0, 0), many);
    let all = devices.iter().map(|device| (device.id, device.generation)).chain(decoys);
    let tokens = all
        .take(many)
        .map(|(id, generation)| (id, device_token(key, id, generation, what)))
        .collect();
    Ok(Compared { known: account.map(|account| (Account { name, ..account }, devices)), tokens })
}

/// The device and account behind a cookie, unless it is forged, ended, too old, or the account is closed.
pub fn device_by_cookie(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    cookie: &str,
    now: Millis,
) -> Answer<Option<(Device, Account)>> {
    let Some(id) = cookie.split('.').next().and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(None);
    };
    let Some(device) = store::device(reader, id)? else { return Ok(None) };
    let expected = device_token(key, device.id, device.generation, "cookie");
    if !ServerKey::same(expected.as_bytes(), cookie.as_bytes()) || is_stale(&device, now) {
        return Ok(None);
    }
    let account = get(reader, device.account)?.filter(Account::may_sign_in);
    Ok(account.map(|account| (device, account)))
}

/// Whether the device was away too long.
pub(super) fn is_stale(device: &Device, now: Millis) -> bool {
    device.last_seen_at.plus_days(TOKEN_DAYS) <= now
}

/// The device with this number.
pub fn device(reader: &mut Reader<'_>, id: i64) -> Answer<Option<Device>> {
    store::device(reader, id)
}

/// The devices of an account that still count at `now`, last used first.
pub fn devices(reader: &mut Reader<'_>, account: AccountId, now: Millis) -> Answer<Vec<Device>> {
    let mut all = store::devices(reader, account)?;
    all.retain(|device| !is_stale(device, now));
    Ok(all)
}

/// Ends a device of this account.
///
/// # Errors
/// [`UNKNOWN`], also when the device is somebody else's.
pub fn revoke_device(tx: &mut Tx<'_>, account: AccountId, device: i64) -> Answer<()> {
    let owner = store::by_id(tx, account)?.ok_or(UNKNOWN)?;
    if store::delete_device(tx, account, device)? == 0 {
        return Err(UNKNOWN);
    }
    note(tx, "accounts.device-revoked", owner.person, account.0, &device.to_string())
}

/// Notes that a device is here; writes at most once an hour.
pub fn touch_device(tx: &mut Tx<'_>, device: i64) -> Answer<()> {
    let now = tx.now();
    touch_device_at(tx, device, now)
}

/// Notes that a device was here `at` that moment; writes at most once an hour.
pub fn touch_device_at(tx: &mut Tx<'_>, device: i64, at: Millis) -> Answer<()> {
    store::touch_device(tx, device, at, at.plus_secs(-TOUCH_SECS))
}

/// Ends all tokens of a device so far and names the new generation.
pub fn rotate(tx: &mut Tx<'_>, device: i64) -> Answer<i64> {
    store::rotate(tx, device)?.ok_or(UNKNOWN)
}

/// A name without control characters, of bounded length.
pub(super) fn short_name(name: &str) -> String {
    name.trim().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}
