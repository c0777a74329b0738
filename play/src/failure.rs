//! What went wrong in a play: where, what was expected, what came instead.

use std::fmt;

use konvent_core::Refusal;

use crate::script::Line;

/// A line of a play that did not come true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file of the play.
    pub play: String,
    /// The line in it, from 1; 0 when the play could not even begin.
    pub line: usize,
    /// What the line says.
    pub text: String,
    /// What was expected and what came.
    pub wrong: Wrong,
}

/// What was expected and what came, without the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What the line wanted.
    pub expected: String,
    /// What there was.
    pub received: String,
}

impl Failure {
    /// The play as a whole cannot be read or begun.
    pub fn of_the_whole(play: &str, reason: &str) -> Self {
        let wrong = Wrong::new("a play that can begin", reason);
        Self { play: play.to_owned(), line: 0, text: String::new(), wrong }
    }

    /// This line did not come true.
    pub fn at(play: &str, line: &Line, wrong: Wrong) -> Self {
        Self { play: play.to_owned(), line: line.number, text: line.text.clone(), wrong }
    }
}

impl Wrong {
    /// Both halves.
    pub fn new(expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self { expected: expected.into(), received: received.into() }
    }
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self::new("the server to agree", refusal.chain())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  expected: {}\n  received: {}",
            indented(&self.expected),
            indented(&self.received)
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: {}", self.play, self.line, self.text)?;
        self.wrong.fmt(f)
    }
}

impl std::error::Error for Failure {}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n            ")
}
