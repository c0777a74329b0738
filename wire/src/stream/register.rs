//! Stanzas of strangers: registration before sign-in (XEP-0077 §3.1) and the invitation for it (XEP-0445 §4). Who may
//! register is the driver's business; here they are only let through where the house offers it, and after TLS.

use super::{C2s, Demand, State, Wait};
use crate::ns;
use crate::stanza::{Name, Stanza};

impl C2s {
    /// Whether a stranger may say this here.
    pub(super) fn may_register(&self, stanza: &Stanza) -> bool {
        let is_question = stanza.name == Name::Iq
            && stanza.id.is_some()
            && (stanza.is_kind("get") || stanza.is_kind("set"))
            && stanza.children().count() == 1;
        is_question
            && !self.settings.stranger_features.is_empty()
            && self.may_sign_in()
            && (stanza.has("query", ns::REGISTER) || stanza.has("preauth", ns::PREAUTH))
    }

    pub(super) fn register_wanted(&mut self, stanza: Stanza) {
        // Nobody is known yet, whatever the stanza claims.
        self.demands.push_back(Demand::Register(Stanza { from: None, ..stanza }));
        self.state = State::Waiting(Wait::Register);
    }

    /// Answers [`Demand::Register`]; the stream goes on, for instance with a sign-in.
    pub fn register_answered(&mut self, reply: &Stanza) {
        if self.state == State::Waiting(Wait::Register) {
            self.output.stanza(reply, None);
            self.state = State::Stranger;
        }
    }
}
