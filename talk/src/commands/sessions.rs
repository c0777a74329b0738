//! Commands under way: which form was shown to whom, and what was filled in so far (XEP-0050 §2.4, §3.3).
//!
//! Kept in memory and bounded: a client that opens forms and never sends them fills nothing, and a restart only means that
//! somebody opens the form again.

use std::collections::HashMap;

use konvent_core::{Millis, SessionId};
use konvent_wire::form::Form;

use super::stanzas::{Action, Fault, Request};

/// Commands of one connection under way at once; the oldest makes room.
const OF_ONE_MAX: usize = 10;

/// Commands under way altogether: what a house full of admins could open.
const ALL_MAX: usize = 1_000;

/// How long a form may stay open, in milliseconds.
const LIFETIME_MS: i64 = 15 * 60 * 1000;

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// This form is shown; there may be a form before it and one after it.
    Ask {
        /// The name of what is under way.
        session: String,
        /// What is asked.
        form: Form,
        /// Which form it is, from 0.
        stage: usize,
        /// How many there are.
        stages: usize,
    },
    /// All is said: what was filled in, form by form.
    Run(String, Vec<Form>),
    /// It was called off.
    Canceled(String),
}

struct Open {
    asker: SessionId,
    node: String,
    given: Vec<Form>,
    until: Millis,
}

/// All commands under way.
#[derive(Default)]
pub struct Sessions {
    open: HashMap<String, Open>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("open", &self.open.len()).finish()
    }
}

impl Sessions {
    /// Takes a request on. `forms` are those of the command, `fresh` is a name that nothing has had (XEP-0050 §3.3).
    pub fn turn(
        &mut self,
        asker: SessionId,
        request: &Request,
        forms: &[Form],
        fresh: String,
        now: Millis,
    ) -> Result<Turn, Fault> {
        let Some(session) = &request.session else {
            return self.begin(asker, request, forms, fresh, now);
        };
        // XEP-0050 §3.3: valid between these two only; whoever guesses a name finds nothing.
        let open = self.open.get(session).ok_or(Fault::BadSessionId)?;
        if open.asker != asker || open.node != request.node {
            return Err(Fault::BadSessionId);
        }
        if open.until <= now {
            self.open.remove(session);
            return Err(Fault::SessionExpired);
        }
        let stage = open.given.len();
        match request.action {
            Action::Cancel => {
                self.open.remove(session);
                Ok(Turn::Canceled(session.clone()))
            }
            Action::Prev => {
                let open = self.open.get_mut(session).ok_or(Fault::BadSessionId)?;
                let before = open.given.pop().ok_or(Fault::BadAction)?;
                let stage = open.given.len();
                let form = forms.get(stage).ok_or(Fault::BadAction)?;
                // XEP-0050 §2.4.2: what was filled in is remembered.
                let form = filled(form, &before);
                Ok(Turn::Ask { session: session.clone(), form, stage, stages: forms.len() })
            }
            Action::Next if stage + 1 >= forms.len() => Err(Fault::BadAction),
            Action::Complete if stage + 1 < forms.len() => Err(Fault::BadAction),
            Action::Execute | Action::Next | Action::Complete => {
                let expected = forms.get(stage).ok_or(Fault::BadAction)?;
                let given = request.form.clone().ok_or(Fault::BadPayload)?;
                if !fits(expected, &given) {
                    return Err(Fault::BadPayload);
                }
                let open = self.open.get_mut(session).ok_or(Fault::BadSessionId)?;
                open.given.push(given);
                if let Some(form) = forms.get(stage + 1) {
                    Ok(Turn::Ask {
                        session: session.clone(),
                        form: form.clone(),
                        stage: stage + 1,
                        stages: forms.len(),
                    })
                } else {
                    let done = self.open.remove(session).ok_or(Fault::BadSessionId)?;
                    Ok(Turn::Run(session.clone(), done.given))
                }
            }
        }
    }

    fn begin(
        &mut self,
        asker: SessionId,
        request: &Request,
        forms: &[Form],
        fresh: String,
        now: Millis,
    ) -> Result<Turn, Fault> {
        if request.action != Action::Execute {
            return Err(Fault::BadAction);
        }
        let Some(form) = forms.first() else { return Ok(Turn::Run(fresh, Vec::new())) };
        self.open.retain(|_, open| open.until > now);
        let mut own: Vec<(Millis, String)> = self
            .open
            .iter()
            .filter(|(_, open)| open.asker == asker)
            .map(|(name, open)| (open.until, name.clone()))
            .collect();
        own.sort();
        if own.len() >= OF_ONE_MAX
            && let Some((_, oldest)) = own.first()
        {
            self.open.remove(oldest);
        }
        if self.open.len() >= ALL_MAX {
            return Err(Fault::TooMany);
        }
        let until = Millis(now.0 + LIFETIME_MS);
        let open = Open { asker, node: request.node.clone(), given: Vec::new(), until };
        self.open.insert(fresh.clone(), open);
        Ok(Turn::Ask { session: fresh, form: form.clone(), stage: 0, stages: forms.len() })
    }
}

/// Whether everything that must be filled in is (XEP-0004 §3.2), of the types that it must have (XEP-0004 §3.3).
fn fits(asked: &Form, given: &Form) -> bool {
    asked.fields.iter().all(|field| {
        let said = given.values(&field.var);
        let is_there = said.iter().any(|value| !value.is_empty());
        let is_of_type = match field.kind.as_str() {
            "jid-single" => said.len() <= 1 && said.iter().all(|value| is_jid(value)),
            "jid-multi" => said.iter().all(|value| is_jid(value)),
            "boolean" => said.is_empty() || given.is_true(&field.var).is_some(),
            _ => true,
        };
        is_of_type && (is_there || !field.is_required)
    })
}

fn is_jid(text: &str) -> bool {
    text.is_empty() || konvent_wire::Jid::new(text).is_ok()
}

fn filled(form: &Form, given: &Form) -> Form {
    let mut form = form.clone();
    for field in &mut form.fields {
        if field.var != "FORM_TYPE" && field.kind != "text-private" {
            let said = given.values(&field.var);
            if !said.is_empty() {
                field.values = said.to_vec();
            }
        }
    }
    form
}
