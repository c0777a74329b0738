//! Commands on the wire (XEP-0050): requests, answers, and the list of commands in disco (XEP-0050 §2.2).

use konvent_wire::form::Form;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Condition, Element, ErrorKind, Stanza, StanzaError};

use super::Command;
use crate::{disco, ns};

/// What a client wants to do with a command (XEP-0050 §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Begin, or go on as it is usual at this stage.
    Execute,
    /// Go on.
    Next,
    /// Go back.
    Prev,
    /// Do it.
    Complete,
    /// Call it off.
    Cancel,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which command.
    pub node: String,
    /// What to do with it.
    pub action: Action,
    /// What is under way.
    pub session: Option<String>,
    /// What was filled in.
    pub form: Option<Form>,
}

/// What is wrong with a request (XEP-0050 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such action.
    MalformedAction,
    /// Not at this stage.
    BadAction,
    /// Something that must be filled in is not, or not so.
    BadPayload,
    /// Nothing of that name is under way.
    BadSessionId,
    /// It took too long.
    SessionExpired,
    /// Too much is under way.
    TooMany,
    /// There is no such command.
    Unknown,
    /// The standard knows it, this server does not.
    NotOffered,
    /// Not for whoever asks.
    Forbidden,
}

impl Fault {
    /// The name under which it stands in the sentences for people.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedAction => "commands.malformed-action",
            Self::BadAction => "commands.bad-action",
            Self::BadPayload => "commands.bad-payload",
            Self::BadSessionId => "commands.bad-session",
            Self::SessionExpired => "commands.session-expired",
            Self::TooMany => "commands.too-many",
            Self::Unknown => "commands.unknown",
            Self::NotOffered => "commands.not-offered",
            Self::Forbidden => "commands.forbidden",
        }
    }

    /// As it stands in an answer.
    pub fn error(self) -> StanzaError {
        let (kind, condition, app) = match self {
            Self::MalformedAction => (ErrorKind::Modify, Condition::BadRequest, "malformed-action"),
            Self::BadAction => (ErrorKind::Modify, Condition::BadRequest, "bad-action"),
            Self::BadPayload => (ErrorKind::Modify, Condition::BadRequest, "bad-payload"),
            Self::BadSessionId => (ErrorKind::Modify, Condition::BadRequest, "bad-sessionid"),
            Self::SessionExpired => (ErrorKind::Cancel, Condition::NotAllowed, "session-expired"),
            Self::TooMany => (ErrorKind::Wait, Condition::ResourceConstraint, ""),
            Self::Unknown => (ErrorKind::Cancel, Condition::ItemNotFound, ""),
            // XEP-0133 §5.
            Self::NotOffered => (ErrorKind::Cancel, Condition::FeatureNotImplemented, ""),
            Self::Forbidden => (ErrorKind::Auth, Condition::Forbidden, ""),
        };
        let error = StanzaError::new(kind, condition);
        if app.is_empty() { error } else { error.with_app(el(app, ns::COMMANDS).build()) }
    }
}

/// Reads the request; `None` when the iq is about something else.
pub fn request(iq: &Stanza) -> Option<Result<Request, Fault>> {
    let command = iq.payload().filter(|child| child.is("command", ns::COMMANDS))?;
    let action = match command.attr("action") {
        None | Some("" | "execute") => Action::Execute,
        Some("next") => Action::Next,
        Some("prev") => Action::Prev,
        Some("complete") => Action::Complete,
        Some("cancel") => Action::Cancel,
        Some(_) => return Some(Err(Fault::MalformedAction)),
    };
    if !iq.is_kind("set") {
        return Some(Err(Fault::MalformedAction));
    }
    Some(Ok(Request {
        node: command.attr("node").unwrap_or_default().to_owned(),
        action,
        session: command.attr("sessionid").map(str::to_owned),
        form: Form::of(&command),
    }))
}

/// Whether an iq is a command or asks disco for commands.
pub fn is_about(iq: &Stanza) -> bool {
    if iq.has("command", ns::COMMANDS) {
        return true;
    }
    let Some(query) = iq.payload().filter(|query| query.name() == "query") else { return false };
    let is_disco = [ns::DISCO_INFO, ns::DISCO_ITEMS].iter().any(|of| query.has_ns(*of));
    let node = query.attr("node").unwrap_or_default();
    is_disco && (node == ns::COMMANDS || Command::at(node).is_some())
}

/// The list of commands (XEP-0050 §2.2): those that whoever asks may give.
pub fn items(iq: &Stanza, service: &BareJid, commands: &[Command]) -> Stanza {
    let item = |command: &Command| {
        el("item", ns::DISCO_ITEMS)
            .attr("jid", service)
            .attr("node", command.node())
            .attr("name", command.name())
    };
    let query =
        el("query", ns::DISCO_ITEMS).attr("node", ns::COMMANDS).children(commands.iter().map(item));
    iq.result(Some(&query.build()))
}

/// What the list, or one command, is (XEP-0050 §2.2).
pub fn info(iq: &Stanza, command: Option<Command>) -> Stanza {
    let identity = match command {
        Some(command) => ("automation", "command-node", Some(command.name())),
        None => ("automation", "command-list", None),
    };
    let node = command.map_or(ns::COMMANDS, Command::node);
    disco::node_info(iq, node, &[identity], [ns::COMMANDS, ns::FORM])
}

fn command(node: &str, session: &str, status: &str, children: Vec<Element>) -> Element {
    el("command", ns::COMMANDS)
        .attr("node", node)
        .attr("sessionid", session)
        .attr("status", status)
        .children(children)
        .build()
}

/// A form is shown, with what can be done at this stage (XEP-0050 §2.4.2, §3.4).
pub fn asked(
    iq: &Stanza,
    node: &str,
    session: &str,
    form: &Form,
    stage: usize,
    stages: usize,
) -> Stanza {
    let is_last = stage + 1 >= stages;
    let onward = if is_last { "complete" } else { "next" };
    let actions = el("actions", ns::COMMANDS)
        .attr("execute", onward)
        .children((stage > 0).then(|| el("prev", ns::COMMANDS)))
        .child(el(onward, ns::COMMANDS));
    let children = vec![actions.build(), form.element()];
    iq.result(Some(&command(node, session, "executing", children)))
}

/// What came of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// What it found out.
    pub form: Option<Form>,
    /// What went well, in a sentence.
    pub info: Option<String>,
    /// What did not (XEP-0050 §3.6: at least one note when it failed).
    pub errors: Vec<String>,
}

/// It is done (XEP-0050 §2.4.1).
pub fn completed(iq: &Stanza, node: &str, session: &str, done: &Done) -> Stanza {
    let remark =
        |kind: &str, text: &String| el("note", ns::COMMANDS).attr("type", kind).text(text).build();
    let mut children: Vec<Element> = done.form.iter().map(Form::element).collect();
    children.extend(done.info.iter().map(|text| remark("info", text)));
    children.extend(done.errors.iter().map(|text| remark("error", text)));
    iq.result(Some(&command(node, session, "completed", children)))
}

/// It was called off (XEP-0050 §2.4.3).
pub fn canceled(iq: &Stanza, node: &str, session: &str) -> Stanza {
    iq.result(Some(&command(node, session, "canceled", Vec::new())))
}
