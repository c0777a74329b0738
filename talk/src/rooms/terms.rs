//! The terms of a room: who may enter, speak, see addresses, invite. An owner sets them for a free room (XEP-0045 §10);
//! those of a directory room follow from what it is.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::{Affiliation, Role};

/// A room that nobody limits takes so many occupants; the service's own limit is a setting.
pub const OCCUPANTS: usize = 500;

/// Who may do something, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// Everybody inside.
    Visitor,
    /// Who may speak.
    Participant,
    /// Moderators.
    Moderator,
    /// Nobody.
    Nobody,
}

impl From {
    /// Whether somebody of this role may.
    pub fn allows(self, role: Role) -> bool {
        match self {
            Self::Visitor => role != Role::None,
            Self::Participant => matches!(role, Role::Participant | Role::Moderator),
            Self::Moderator => role == Role::Moderator,
            Self::Nobody => false,
        }
    }
}

/// What an owner may set. Kept as JSON, so that a term that comes later has its default in older rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box of its own in the owner's form")]
pub struct Terms {
    /// A few words about the room.
    pub description: String,
    /// The language that is spoken, as a tag such as `de`; empty for none.
    pub language: String,
    /// Whether the service lists it for everybody.
    pub is_public: bool,
    /// Whether it stays when the last one leaves.
    pub is_persistent: bool,
    /// Whether only those on the list of members come in.
    pub is_members_only: bool,
    /// Whether newcomers only listen.
    pub is_moderated: bool,
    /// What one must know to come in; members must, too (XEP-0045 §7.2.5).
    pub password: Option<String>,
    /// Whether everybody sees real addresses, not only moderators (XEP-0045 §4.2).
    pub shows_addresses: bool,
    /// Who may change the subject.
    pub subject_by: From,
    /// Whether members may invite into a room for members.
    pub members_invite: bool,
    /// Who may write to one occupant alone.
    pub private_by: From,
    /// Who may see who is on the lists of members and admins.
    pub lists_for: From,
    /// So many may be inside at once.
    pub occupants_max: usize,
    /// Which roles are seen coming and going.
    pub seen: Vec<Role>,
    /// So many seconds lie between two messages of one occupant; 0 for none (XEP-0500 §5.1).
    pub slow_secs: u32,
    /// So many messages a newcomer is shown at most.
    pub history_max: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            description: String::new(),
            language: String::new(),
            is_public: false,
            is_persistent: true,
            is_members_only: false,
            is_moderated: false,
            password: None,
            shows_addresses: false,
            subject_by: From::Moderator,
            members_invite: false,
            private_by: From::Visitor,
            lists_for: From::Moderator,
            occupants_max: OCCUPANTS,
            seen: vec![Role::Moderator, Role::Participant, Role::Visitor],
            slow_secs: 0,
            history_max: 50,
        }
    }
}

impl Terms {
    /// Those of every room of the directory: for its members, who see each other's addresses.
    pub fn of_the_directory() -> Arc<Self> {
        static TERMS: OnceLock<Arc<Terms>> = OnceLock::new();
        Arc::clone(TERMS.get_or_init(|| {
            Arc::new(Self {
                is_members_only: true,
                shows_addresses: true,
                subject_by: From::Nobody,
                private_by: From::Nobody,
                lists_for: From::Visitor,
                occupants_max: usize::MAX,
                ..Self::default()
            })
        }))
    }

    /// With what role somebody comes in (XEP-0045 §5.1.2, table 5).
    pub const fn role_of(&self, affiliation: Affiliation) -> Role {
        match affiliation {
            Affiliation::Owner | Affiliation::Admin => Role::Moderator,
            Affiliation::None if self.is_moderated => Role::Visitor,
            Affiliation::Member | Affiliation::None => Role::Participant,
            Affiliation::Outcast => Role::None,
        }
    }

    /// Whether somebody may be inside, password aside (XEP-0045 §7.2.6, §7.2.7).
    pub const fn admits(&self, affiliation: Affiliation) -> bool {
        match affiliation {
            Affiliation::Outcast => false,
            Affiliation::None => !self.is_members_only,
            Affiliation::Owner | Affiliation::Admin | Affiliation::Member => true,
        }
    }
}
