//! All commands: their nodes, their names, who may give them, and what they ask (XEP-0133 §4, XEP-0401 §5).

use konvent_wire::form::{Field, Form};

/// The purpose of the forms of administration (XEP-0133 §7).
const ADMIN: &str = "http://jabber.org/protocol/admin";

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Give an account to somebody outside the directory (XEP-0133 §4.1).
    AddUser,
    /// Close accounts outside the directory (XEP-0133 §4.2).
    DeleteUser,
    /// Lock accounts (XEP-0133 §4.3).
    DisableUser,
    /// Unlock accounts (XEP-0133 §4.4).
    ReenableUser,
    /// End sessions (XEP-0133 §4.5).
    EndSession,
    /// Set the password of an account outside the directory (XEP-0133 §4.7).
    ChangePassword,
    /// When somebody was last here (XEP-0133 §4.9).
    LastLogin,
    /// What there is to know of an account (XEP-0133 §4.10).
    UserStats,
    /// How many accounts there are (XEP-0133 §4.13).
    RegisteredCount,
    /// How many are locked (XEP-0133 §4.14).
    DisabledCount,
    /// How many are connected (XEP-0133 §4.15).
    OnlineCount,
    /// How many of them have a device that somebody looks at (XEP-0133 §4.16).
    ActiveCount,
    /// How many have none (XEP-0133 §4.17).
    IdleCount,
    /// Which accounts there are (XEP-0133 §4.18).
    RegisteredList,
    /// Which are locked (XEP-0133 §4.19).
    DisabledList,
    /// Which are connected (XEP-0133 §4.20).
    OnlineList,
    /// Tell all who are connected (XEP-0133 §4.23).
    Announce,
    /// A link that makes somebody a contact.
    Invite,
    /// A link that lets somebody register.
    CreateAccount,
}

/// Who may give a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Technical admins, and offices that keep the member file.
    Admins,
    /// Whoever may invite by the organisation's rule.
    Inviters,
}

/// Node, name, command.
const TABLE: &[(&str, &str, Command)] = &[
    ("http://jabber.org/protocol/admin#add-user", "Konto geben", Command::AddUser),
    ("http://jabber.org/protocol/admin#delete-user", "Konto schließen", Command::DeleteUser),
    ("http://jabber.org/protocol/admin#disable-user", "Konto sperren", Command::DisableUser),
    ("http://jabber.org/protocol/admin#reenable-user", "Konto entsperren", Command::ReenableUser),
    ("http://jabber.org/protocol/admin#end-user-session", "Sitzungen beenden", Command::EndSession),
    (
        "http://jabber.org/protocol/admin#change-user-password",
        "Kennwort setzen",
        Command::ChangePassword,
    ),
    (
        "http://jabber.org/protocol/admin#get-user-lastlogin",
        "Zuletzt angemeldet",
        Command::LastLogin,
    ),
    ("http://jabber.org/protocol/admin#user-stats", "Über ein Konto", Command::UserStats),
    (
        "http://jabber.org/protocol/admin#get-registered-users-num",
        "Anzahl der Konten",
        Command::RegisteredCount,
    ),
    (
        "http://jabber.org/protocol/admin#get-disabled-users-num",
        "Anzahl der gesperrten Konten",
        Command::DisabledCount,
    ),
    (
        "http://jabber.org/protocol/admin#get-online-users-num",
        "Anzahl der Verbundenen",
        Command::OnlineCount,
    ),
    (
        "http://jabber.org/protocol/admin#get-active-users-num",
        "Anzahl derer, die gerade hinsehen",
        Command::ActiveCount,
    ),
    (
        "http://jabber.org/protocol/admin#get-idle-users-num",
        "Anzahl derer, die gerade nicht hinsehen",
        Command::IdleCount,
    ),
    (
        "http://jabber.org/protocol/admin#get-registered-users-list",
        "Liste der Konten",
        Command::RegisteredList,
    ),
    (
        "http://jabber.org/protocol/admin#get-disabled-users-list",
        "Liste der gesperrten Konten",
        Command::DisabledList,
    ),
    (
        "http://jabber.org/protocol/admin#get-online-users-list",
        "Liste der Verbundenen",
        Command::OnlineList,
    ),
    (
        "http://jabber.org/protocol/admin#announce",
        "Allen Verbundenen etwas sagen",
        Command::Announce,
    ),
    ("urn:xmpp:invite#invite", "Einladen", Command::Invite),
    ("urn:xmpp:invite#create-account", "Zu einem Konto einladen", Command::CreateAccount),
];

impl Command {
    /// The command with this node.
    pub fn at(node: &str) -> Option<Self> {
        TABLE.iter().find(|(known, ..)| *known == node).map(|(.., command)| *command)
    }

    /// Whether a node is that of a command of administration, ours or not.
    pub fn is_of_administration(node: &str) -> bool {
        node.strip_prefix(ADMIN).is_some_and(|rest| rest.starts_with('#'))
    }

    /// All of them, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(.., command)| *command)
    }

    /// Its node.
    pub fn node(self) -> &'static str {
        TABLE.iter().find(|(.., command)| *command == self).map_or("", |(node, ..)| node)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(.., command)| *command == self).map_or("", |(_, name, _)| name)
    }

    /// Who may give it.
    pub fn who(self) -> Who {
        match self {
            Self::Invite | Self::CreateAccount => Who::Inviters,
            _ => Who::Admins,
        }
    }

    /// What it asks, form by form; none when it answers at once.
    pub fn forms(self) -> Vec<Form> {
        let one = |field: Field| vec![self.form().with(field)];
        match self {
            Self::AddUser => vec![
                self.form()
                    .with(required("accountjid", "jid-single", "Adresse des Kontos"))
                    .with(required("password", "text-private", "Kennwort"))
                    .with(required("password-verify", "text-private", "Kennwort noch einmal")),
            ],
            Self::ChangePassword => vec![
                self.form()
                    .with(required("accountjid", "jid-single", "Adresse des Kontos"))
                    .with(required("password", "text-private", "Neues Kennwort")),
            ],
            Self::DeleteUser
            | Self::DisableUser
            | Self::ReenableUser
            | Self::EndSession
            | Self::LastLogin => one(required("accountjids", "jid-multi", "Adressen der Konten")),
            Self::UserStats => one(required("accountjid", "jid-single", "Adresse des Kontos")),
            Self::RegisteredList | Self::DisabledList | Self::OnlineList => {
                let mut most = Field::asked(
                    "max_items",
                    "list-single",
                    "Höchstens so viele",
                    Some("100".into()),
                );
                most.options =
                    ["25", "50", "100", "200", "none"].map(|n| (None, n.to_owned())).to_vec();
                one(most)
            }
            Self::Announce => vec![
                self.form()
                    .with(Field::asked("subject", "text-single", "Betreff", None))
                    .with(required("announcement", "text-multi", "Was alle lesen sollen")),
            ],
            // XEP-0401 §5.4: the name may be left to whoever is invited.
            Self::CreateAccount => vec![
                self.form()
                    .with(Field::asked(
                        "username",
                        "text-single",
                        "Name des Kontos (frei lassen: selbst wählen)",
                        None,
                    ))
                    .with(Field::asked(
                        "roster-subscription",
                        "boolean",
                        "Gleich Kontakt von mir",
                        Some("1".into()),
                    )),
            ],
            Self::RegisteredCount
            | Self::DisabledCount
            | Self::OnlineCount
            | Self::ActiveCount
            | Self::IdleCount
            | Self::Invite => Vec::new(),
        }
    }

    /// The purpose that its forms name.
    pub fn form_type(self) -> &'static str {
        match self {
            Self::Invite => "urn:xmpp:invite#invitation",
            Self::CreateAccount => "urn:xmpp:invite#create-account",
            _ => ADMIN,
        }
    }

    fn form(self) -> Form {
        Form { title: Some(self.name().to_owned()), ..Form::new("form", self.form_type()) }
    }
}

fn required(var: &str, kind: &str, label: &str) -> Field {
    Field { is_required: true, ..Field::asked(var, kind, label, None) }
}
