//! Forms of sentences: fixed words with slots between them, `{who} says to {address}: {text}`.

use crate::failure::Wrong;
use crate::script::{Line, Script};

/// A sentence taken apart by its form.
#[derive(Debug, Clone, Default)]
pub struct Said {
    slots: Vec<(&'static str, String)>,
    /// The indented lines below the sentence.
    pub block: String,
}

impl Said {
    /// What stands in a slot; empty when the form has no such slot.
    pub fn get(&self, slot: &str) -> &str {
        self.slots.iter().find(|(name, _)| *name == slot).map_or("", |(_, text)| text)
    }

    /// The number in a slot.
    pub fn number(&self, slot: &str) -> Result<i64, Wrong> {
        let text = self.get(slot);
        text.parse().map_err(|_| Wrong::new("a number", text))
    }
}

/// Takes a line apart by `form`, when it has that form. `{who}` and `{other}` only take names of the cast, `{n}` only
/// numbers, so that a sentence said by somebody is not mistaken for another form.
pub fn take_apart(form: &'static str, line: &Line, script: &Script) -> Option<Said> {
    let mut slots = Vec::new();
    let (mut form, mut rest) = (form, line.text.as_str());
    loop {
        let Some((fixed, after)) = form.split_once('{') else {
            let is_whole = rest == form && form.ends_with(':') != line.block.is_empty();
            return is_whole.then(|| Said { slots, block: line.block.clone() });
        };
        rest = rest.strip_prefix(fixed)?;
        let (slot, tail) = after.split_once('}')?;
        let next = tail.split('{').next().unwrap_or_default();
        let (text, left) = match next {
            "" => (rest, ""),
            next if tail == next => (rest.strip_suffix(next)?, next),
            next => rest.split_at(rest.find(next)?),
        };
        if !fits(slot, text, script) {
            return None;
        }
        slots.push((slot, text.to_owned()));
        (form, rest) = (tail, left);
    }
}

fn fits(slot: &str, text: &str, script: &Script) -> bool {
    match slot {
        "who" | "other" => script.role(text).is_some(),
        "n" => text.parse::<i64>().is_ok(),
        _ => !text.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(form: &'static str, text: &str, block: &str) -> Option<Said> {
        let script =
            Script::read("x", "# T\nOV A\n[Romeo] member of OV A\n[Nurse] a stranger\n").unwrap();
        let line = Line { number: 1, text: text.to_owned(), block: block.to_owned() };
        take_apart(form, &line, &script)
    }

    #[test]
    fn a_sentence_is_taken_apart() {
        let said =
            said("{who} says to {address}: {text}", "Romeo says to Nurse: who says to me: go?", "")
                .unwrap();
        assert_eq!(said.get("address"), "Nurse");
        assert_eq!(said.get("text"), "who says to me: go?");
    }

    #[test]
    fn words_in_a_mouth_are_no_sentence() {
        assert!(said("{who} connects", "Romeo says to Nurse: Nurse connects", "").is_none());
        assert!(said("{who} connects", "Romeo's laptop connects", "").is_some());
        assert!(said("{n} days pass", "14 days pass", "").is_some());
        assert!(said("{n} days pass", "some days pass", "").is_none());
    }

    #[test]
    fn a_colon_at_the_end_wants_a_block() {
        assert!(said("{who} sends:", "Romeo sends:", "").is_none());
        assert!(said("{who} sends:", "Romeo sends:", "<a/>").is_some());
        assert!(said("{who} connects", "Romeo connects", "<a/>").is_none());
    }
}
