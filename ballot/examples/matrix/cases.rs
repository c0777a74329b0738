//! The elections of the matrix: questions, votes and what must come out.

use konvent_ballot::election::{Marks, Question, Template};

/// One row of the matrix.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name in the table.
    pub name: &'static str,
    /// Questions.
    pub template: Template,
    /// Weights of the voters.
    pub weights: Vec<u64>,
    /// Who votes what, in order; a voter who comes again votes again.
    pub votes: Vec<(usize, Vec<Vec<u8>>)>,
    /// Whether two of three trustees open the result, beside a mandatory one.
    pub threshold: bool,
    /// The published result, with the ballots of ranked questions sorted.
    pub expected: serde_json::Value,
}

impl Case {
    /// Whether ballots are shuffled.
    pub fn shuffles(&self) -> bool {
        self.template.questions.iter().any(Question::is_shuffled)
    }
}

fn marks(question: &str, answers: &[&str], blank: bool, min: u32, max: u32) -> Question {
    Question::Marks(Marks {
        answers: answers.iter().map(|a| (*a).to_owned()).collect(),
        blank: blank.then_some(true),
        min,
        max,
        question: question.to_owned(),
    })
}

fn template(name: &str, questions: Vec<Question>) -> Template {
    Template {
        description: "Probe".to_owned(),
        name: name.to_owned(),
        questions,
        administrator: Some("Geschäftsstelle".to_owned()),
        credential_authority: None,
    }
}

/// All rows.
pub fn all() -> Vec<Case> {
    let plain =
        |name: &'static str, question: Question, votes: Vec<(usize, Vec<u8>)>, expected| Case {
            name,
            template: template(name, vec![question]),
            weights: vec![1; 4],
            votes: votes.into_iter().map(|(voter, vote)| (voter, vec![vote])).collect(),
            threshold: false,
            expected,
        };
    let abstain = || marks("Antrag 7?", &["Ja", "Nein", "Enthaltung"], false, 1, 1);
    let votes = || vec![(0, vec![1, 0, 0]), (1, vec![0, 1, 0]), (2, vec![1, 0, 0])];
    let mut weights = plain("weights", abstain(), votes(), serde_json::json!([[4, 10, 0]]));
    weights.weights = vec![3, 10, 1, 1];
    let mut threshold =
        plain("threshold 2 of 3", abstain(), votes(), serde_json::json!([[2, 1, 0]]));
    threshold.threshold = true;
    let mut three = plain(
        "3 questions",
        abstain(),
        Vec::new(),
        serde_json::json!([[1, 1, 0], [1, 0, 1], [1, 0]]),
    );
    three.template.questions.push(marks("Wer?", &["A", "B"], true, 1, 2));
    three.template.questions.push(marks("Dafür?", &["Ja", "Nein"], false, 0, 1));
    three.votes = vec![
        (0, vec![vec![1, 0, 0], vec![0, 0, 1], vec![1, 0]]),
        (1, vec![vec![0, 1, 0], vec![1, 0, 0], vec![0, 0]]),
    ];
    let people = ["Ada", "Berta", "Cäcilie", "Dora", "Emmy"];
    let cards = ["Ada (1)", "Ada (2)", "Berta (1)", "Berta (2)"];
    let ranked =
        Question::values("Reihung?", people[..3].iter().map(|p| (*p).to_owned()).collect(), None);
    vec![
        plain("yes/no/abstain", abstain(), votes(), serde_json::json!([[2, 1, 0]])),
        plain(
            "k of n with blank",
            marks("Beisitz?", &people, true, 1, 3),
            vec![
                (0, vec![0, 1, 1, 1, 0, 0]),
                (1, vec![1, 0, 0, 0, 0, 0]),
                (2, vec![0, 1, 0, 0, 0, 0]),
            ],
            serde_json::json!([[1, 2, 1, 1, 0, 0]]),
        ),
        weights,
        plain(
            "revote",
            abstain(),
            vec![(0, vec![1, 0, 0]), (1, vec![0, 1, 0]), (0, vec![0, 0, 1]), (0, vec![0, 1, 0])],
            serde_json::json!([[0, 2, 0]]),
        ),
        threshold,
        plain(
            "ranked, 2 shuffles",
            ranked,
            vec![(0, vec![1, 2, 3]), (1, vec![2, 1, 3]), (2, vec![3, 1, 2]), (3, vec![0, 0, 1])],
            serde_json::json!([[[0, 0, 1], [1, 2, 3], [2, 1, 3], [3, 1, 2]]]),
        ),
        three,
        plain(
            "umlauts, emoji",
            marks(
                "Größe \"ß\" \\ 🎉\t?",
                &["Jörg Müßig 🌻", "Łukasz Ω", "\u{7f}</script>"],
                false,
                1,
                1,
            ),
            votes(),
            serde_json::json!([[2, 1, 0]]),
        ),
        plain(
            "cumulative",
            marks("Liste?", &cards, false, 0, 3),
            vec![(0, vec![1, 1, 1, 0]), (1, vec![1, 0, 1, 1])],
            serde_json::json!([[2, 1, 2, 1]]),
        ),
    ]
}
