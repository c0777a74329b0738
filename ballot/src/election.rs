//! The election and its questions (§4.9, §4.10): what every ballot is bound to.

use serde::{Deserialize, Serialize};

use crate::group::Group;
use crate::hash::{Hash, fingerprint};
use crate::json::{self, Element};

/// Characters of identifiers and credentials (§4.2).
pub const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The shortest identifier (§4.2).
const SHORTEST_UUID: usize = 14;
/// More answers than any question needs; protects a verifier against absurd work.
const MOST_ANSWERS: usize = 10_000;

/// A homomorphic question, `question_h` of §4.9.1: only sums become known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// The answers. A candidate who may get several marks stands here several times.
    pub answers: Vec<String>,
    /// Whether a blank vote is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank: Option<bool>,
    /// Fewest marks.
    pub min: u32,
    /// Most marks.
    pub max: u32,
    /// The question.
    pub question: String,
}

impl Marks {
    /// Whether a blank vote is allowed.
    pub fn blank_allowed(&self) -> bool {
        self.blank == Some(true)
    }

    /// Ciphertexts in an answer: one for each answer, and a leading one for the blank vote.
    pub fn width(&self) -> usize {
        self.answers.len() + usize::from(self.blank_allowed())
    }

    /// Whether the choice keeps the rules: a blank vote has no marks, others have min to max.
    pub fn allows(&self, choice: &[u8]) -> bool {
        let (blank, marks) = self.split(choice);
        let sum: u32 = marks.iter().map(|m| u32::from(*m)).sum();
        choice.len() == self.width()
            && choice.iter().all(|m| *m <= 1)
            && if blank == 1 { sum == 0 } else { (self.min..=self.max).contains(&sum) }
    }

    /// The blank mark and the others.
    pub(crate) fn split<'a, T: Copy + Default>(&self, choice: &'a [T]) -> (T, &'a [T]) {
        match choice.split_first() {
            Some((blank, marks)) if self.blank_allowed() => (*blank, marks),
            _ => (T::default(), choice),
        }
    }
}

/// A non-homomorphic question, `question_nh` of §4.9.2: ranks or grades, shuffled before opening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// The answers; each gets a number from 0 to 255.
    pub answers: Vec<String>,
    /// The question.
    pub question: String,
}

/// `question_gen` of §4.9. Lists questions (`"Lists"`) are not read by this crate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct General {
    /// The type.
    #[serde(rename = "type")]
    kind: Kind,
    /// The question proper.
    value: Values,
    /// A hint on the counting method; it has no meaning for ballots.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Kind {
    NonHomomorphic,
}

/// `question` of §4.9.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Question {
    /// Homomorphic.
    Marks(Marks),
    /// Non-homomorphic.
    Values(General),
}

impl Question {
    /// A question with ranks or grades; `extra` is the hint on the counting method.
    pub fn values(question: &str, answers: Vec<String>, extra: Option<serde_json::Value>) -> Self {
        let value = Values { answers, question: question.to_owned() };
        Self::Values(General { kind: Kind::NonHomomorphic, value, extra })
    }

    /// The answers, blank not counted.
    pub fn answers(&self) -> &[String] {
        match self {
            Self::Marks(marks) => &marks.answers,
            Self::Values(general) => &general.value.answers,
        }
    }

    /// The question's text.
    pub fn text(&self) -> &str {
        match self {
            Self::Marks(marks) => &marks.question,
            Self::Values(general) => &general.value.question,
        }
    }

    /// Whether its ciphertexts go through the shuffles.
    pub fn is_shuffled(&self) -> bool {
        matches!(self, Self::Values(_))
    }

    /// Whether the plaintext answer keeps the rules of the question.
    pub fn allows(&self, choice: &[u8]) -> bool {
        match self {
            Self::Marks(marks) => marks.allows(choice),
            Self::Values(general) => choice.len() == general.value.answers.len(),
        }
    }

    /// Whether the question can be asked in a group with this capacity for encoded answers.
    fn is_sound(&self, capacity: usize) -> bool {
        match self {
            Self::Marks(marks) => {
                marks.answers.len() <= MOST_ANSWERS
                    && marks.min <= marks.max
                    && usize::try_from(marks.max).is_ok_and(|max| max <= marks.answers.len())
            }
            Self::Values(general) => (1..=capacity).contains(&general.value.answers.len()),
        }
    }
}

/// `election` of §4.10.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Parameters<G: Group> {
    /// 1 in this version of the protocol.
    pub version: u32,
    /// A longer text.
    pub description: String,
    /// The title.
    pub name: String,
    /// The name of the group.
    pub group: String,
    /// y.
    pub public_key: Element<G>,
    /// The questions.
    pub questions: Vec<Question>,
    /// The identifier.
    pub uuid: String,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<String>,
    /// Who made the credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_authority: Option<String>,
}

/// What an election is made from besides its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// A longer text.
    pub description: String,
    /// The title.
    pub name: String,
    /// The questions.
    pub questions: Vec<Question>,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub administrator: Option<String>,
    /// Who made the credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_authority: Option<String>,
}

/// An election that was read and checked, with the exact bytes every ballot is bound to.
#[derive(Clone)]
pub struct Election<G: Group> {
    /// Its parameters.
    pub parameters: Parameters<G>,
    /// The exact bytes.
    pub bytes: Vec<u8>,
    /// φ.
    pub fingerprint: String,
    /// y with tables for its powers.
    pub y: std::sync::Arc<G::Fixed>,
}

/// Whether `text` is an identifier (§4.2).
pub fn is_uuid(text: &str) -> bool {
    text.len() >= SHORTEST_UUID && text.chars().all(|c| BASE58.contains(c))
}

impl<G: Group> Election<G> {
    /// Makes an election.
    pub fn new(uuid: &str, key: &G::Point, template: Template) -> Option<Self> {
        let Template { description, name, questions, administrator, credential_authority } =
            template;
        let parameters = Parameters {
            version: 1,
            description,
            name,
            group: G::NAME.to_owned(),
            public_key: Element::<G>::new(key.clone()),
            questions,
            uuid: uuid.to_owned(),
            administrator,
            credential_authority,
        };
        Self::read(&json::write(&parameters))
    }

    /// Reads an election and checks what can be checked without its trustees.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let parameters: Parameters<G> = json::compact(bytes)?;
        let sound = parameters.version == 1
            && parameters.group == G::NAME
            && is_uuid(&parameters.uuid)
            && !parameters.questions.is_empty()
            && parameters.questions.iter().all(|question| question.is_sound(G::CAPACITY))
            && G::is_member(parameters.public_key.point());
        sound.then(|| Self {
            y: std::sync::Arc::new(G::fixed(parameters.public_key.point())),
            fingerprint: fingerprint(bytes),
            bytes: bytes.to_vec(),
            parameters,
        })
    }

    /// The questions.
    pub fn questions(&self) -> &[Question] {
        &self.parameters.questions
    }

    /// Whether shuffles are part of its tally.
    pub fn has_shuffles(&self) -> bool {
        self.questions().iter().any(Question::is_shuffled)
    }
}

impl<G: Group> std::fmt::Debug for Election<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "election {} ({})", self.parameters.uuid, self.fingerprint)
    }
}

/// The name of the group in an election, before the group is known as a type.
pub fn group_name(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Name {
        group: String,
    }
    Some(serde_json::from_slice::<Name>(bytes).ok()?.group)
}

/// `setup_data` of §4.10, the payload of the Setup event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupData {
    /// The hash of the election.
    pub election: Hash,
    /// The hash of the trustees.
    pub trustees: Hash,
    /// The hash of the public credentials.
    pub credentials: Hash,
}
