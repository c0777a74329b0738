//! The threshold ceremony from a shell (§4.6): six steps, each trustee at its own machine.
//!
//! Certificates, polynomials and outputs are collected in files with one message a line, as
//! `belenios-tool` keeps them. Only the file of `--private` is secret. Outside the archive a round of
//! commitments stands between the polynomials and their being shown: nobody chooses theirs after
//! having seen the others'.

use konvent_ballot::group::Group;
use konvent_ballot::hash::Hash;
use konvent_ballot::json;
use konvent_ballot::trustee::{
    Ceremony, Member, Pki, Polynomial, Signed, ThresholdParameters, VInput, VOutput,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::arguments::{Arguments, System, Trial, keep_secret, read, show, wrong};

/// What a trustee keeps: all its keys come from the seed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Private {
    seed: String,
    context: Ceremony,
}

/// The trustee whose secret file `--private` names.
pub fn member<G: Group>(arguments: &Arguments) -> Trial<Member<G>> {
    let private: Private =
        json::exact(&arguments.file("private")?).ok_or_else(wrong("--private"))?;
    Member::new(&private.seed, &private.context).ok_or_else(wrong("--private"))
}

/// Messages of a file, one a line.
fn lines<T: DeserializeOwned + Serialize>(arguments: &Arguments, name: &str) -> Trial<Vec<T>> {
    let bytes = arguments.file(name)?;
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| json::exact(line).ok_or_else(wrong(&format!("--{name}"))))
        .collect()
}

/// One message of a file.
fn message<T: DeserializeOwned + Serialize>(path: &str) -> Trial<T> {
    json::exact(&read(path)?).ok_or_else(wrong(path))
}

/// The subcommands `threshold-…`.
pub fn ceremony<G: Group>(arguments: &Arguments) -> Trial<()> {
    let certs = || lines::<Signed<G>>(arguments, "certs");
    let polynomials = || lines::<Polynomial<G>>(arguments, "polynomials");
    match arguments.command.as_str() {
        "threshold-key" => {
            let context = Ceremony {
                group: G::NAME.to_owned(),
                size: arguments.number("size")?,
                threshold: arguments.number("threshold")?,
                index: arguments.number("index")?,
            };
            let private = Private { seed: Pki::<G>::seed(&mut System).to_string(), context };
            let member = Member::<G>::new(&private.seed, &private.context)
                .ok_or("Nummer, Schwelle und Anzahl passen nicht zusammen")?;
            keep_secret(arguments.get("private")?, &json::write(&private))?;
            show(&json::write(&member.certificate(&mut System)))
        }
        "threshold-polynomial" => {
            let polynomial = member::<G>(arguments)?.polynomial(&certs()?, &mut System);
            show(&json::write(&polynomial.ok_or_else(wrong("--certs"))?))
        }
        "threshold-commitment" => {
            let file = arguments.files.first().ok_or("kein Polynom genannt")?;
            show(message::<Polynomial<G>>(file)?.commitment().to_string().as_bytes())
        }
        "threshold-input" => {
            let input = ThresholdParameters::vinput(&polynomials()?, arguments.number("index")?);
            show(&json::write(&input.ok_or_else(wrong("--polynomials"))?))
        }
        "threshold-output" => {
            let input: VInput<G> = message(arguments.get("input")?)?;
            let output = member::<G>(arguments)?.voutput(&certs()?, &input, &mut System);
            show(&json::write(&output.ok_or("Ein Anteil passt nicht zu seiner Festlegung")?))
        }
        _ => {
            let commitments: Option<Vec<Hash>> = String::from_utf8(arguments.file("commitments")?)
                .map_err(|_| wrong("--commitments")())?
                .lines()
                .map(Hash::parse)
                .collect();
            let parameters = ThresholdParameters::assemble(
                arguments.number("threshold")?,
                certs()?,
                &commitments.ok_or_else(wrong("--commitments"))?,
                &polynomials()?,
                &lines::<VOutput<G>>(arguments, "outputs")?,
            );
            show(&json::write(&parameters.ok_or("Die Teile passen nicht zusammen")?))
        }
    }
}

/// A trustee's share of the key: opened from the output of its fifth step.
pub fn share<G: Group>(arguments: &Arguments, output: &str) -> Trial<G::Scalar> {
    let output: VOutput<G> = message(output)?;
    member::<G>(arguments)?.private_key(&output.private_key).ok_or_else(wrong("--share"))
}
