//! Accounts outside the directory: guests, partners, everybody at a provider. Members of the directory sign in with their
//! letters whatever stands here.

use serde::Deserialize;

/// `[accounts]`: who may have an account without being in the directory. As it stands by default, nobody but those whom
/// an admin gives one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Who may register an account (XEP-0077): `nobody`, whoever was `invited`, or `anybody`. Open registration
    /// invites spammers: it is for providers that look after it, and for tests.
    pub registration: WhoMay,
    /// Names (the part of the address before the `@`) of accounts that administer: they give and take accounts, invite,
    /// and use the commands of XEP-0133. Nobody can register under such a name.
    pub admins: Vec<String>,
    /// Whether every member may invite, or only admins and offices that may print letters.
    pub members_invite: bool,
    /// How long an invitation is good, in days; an old link found in a mailbox should open nothing.
    pub invitation_days: i64,
    /// Open invitations of one inviter at once: what a stolen session can let in.
    pub invitations_max: i64,
    /// Registrations from one network address within an hour, and eight tries for each of them: a name that is taken or a password
    /// that is too short costs one. 0 sets no limit, which is for tests only.
    pub per_source_hour: i64,
    /// Registrations of all together within an hour: the flood from many addresses. 0 sets no limit.
    pub per_hour: i64,
    /// The shortest password that is taken, in characters.
    pub password_length_min: usize,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            registration: WhoMay::Nobody,
            admins: Vec::new(),
            members_invite: false,
            invitation_days: 7,
            invitations_max: 20,
            per_source_hour: 3,
            per_hour: 60,
            password_length_min: 10,
        }
    }
}

/// Who may register an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhoMay {
    /// Accounts are given by admins only.
    Nobody,
    /// Whoever has an invitation (XEP-0445).
    Invited,
    /// Everybody, within the limits.
    Anybody,
}
