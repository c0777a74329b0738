//! Commands that any client can give by filling in forms (XEP-0050): administration (XEP-0133) and invitations (XEP-0401).
//!
//! What a command is and asks stands here; what it does is a flow of the server. Members of the directory are not added,
//! deleted or given passwords by command: the directory owns them, and the answer says so.

mod list;
mod sessions;
mod stanzas;
#[cfg(test)]
mod tests;

use konvent_core::About;

pub use list::{Command, Who};
pub use sessions::{Sessions, Turn};
pub use stanzas::{
    Action, Done, Fault, Request, asked, canceled, completed, info, is_about, items, request,
};

use crate::ns;

/// The visiting card of the commands.
pub const ABOUT: About = About {
    name: "commands",
    sentence: "Administration and invitations from any client, by forms.",
    speaks: &["XEP-0004", "XEP-0050", "XEP-0133", "XEP-0401"],
    leaves_out: &[
        (
            "XEP-0050 §2.3",
            "no list of commands is pushed: clients ask when somebody opens the menu",
        ),
        ("XEP-0133 §4.6", "no password is kept, so none can be shown"),
        ("XEP-0133 §4.8", "whom somebody has as a contact is not the admin's business"),
        (
            "XEP-0133 §4.10",
            "network addresses, the number of contacts and the pace of somebody's words help nobody who asks for help",
        ),
        (
            "XEP-0133 §4.11, §4.12",
            "whom the organisation talks to stands in the settings, not in a list of one evening",
        ),
        (
            "XEP-0133 §4.21, §4.22",
            "who of those who are online looks at the screen is not the admin's business; how many do is told",
        ),
        (
            "XEP-0133 §4.24, §4.25, §4.26",
            "what all should know stands in a room of the organisation, where it can be read later",
        ),
        (
            "XEP-0133 §4.27, §4.28",
            "newcomers are welcomed by the letter or invitation that brought them, and by their rooms",
        ),
        (
            "XEP-0133 §4.29",
            "who administers stands in the settings, out of reach of a stolen session",
        ),
        ("XEP-0133 §4.30, §4.31", "whoever runs the machine starts and stops the service"),
    ],
    announces: &[ns::COMMANDS],
    migrations: &[],
    keeps: None,
};
