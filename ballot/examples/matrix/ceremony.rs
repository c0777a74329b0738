//! The threshold ceremony for 2 of 3: the tool's own, or one of the tool's trustees, ours, and another
//! of the tool's together.

use std::path::{Path, PathBuf};

use konvent_ballot::group::Group;
use konvent_ballot::json;
use konvent_ballot::random::Seeded;
use konvent_ballot::trustee::{
    Ceremony, Member, Pki, Polynomial, Signed, ThresholdParameters, VOutput,
};

use crate::elections::{Desk, Holder};
use crate::tool::Trial;

const COMMAND: &str = "generate-trustee-key-threshold";
/// The place of our trustee, if there is one.
const OURS: u32 = 2;

/// Each message on a line of its own, as the tool collects them.
fn lines(messages: &[Vec<u8>]) -> Vec<u8> {
    let trimmed = messages.iter().map(|message| message.trim_ascii_end());
    trimmed.flat_map(|message| [message, b"\n"].concat()).collect()
}

/// Their messages as ours.
fn read<T: serde::de::DeserializeOwned + serde::Serialize>(messages: &[Vec<u8>]) -> Trial<Vec<T>> {
    let read = messages.iter().map(|message| json::exact(message.trim_ascii_end()));
    read.collect::<Option<_>>().ok_or_else(|| "a message of their ceremony".to_owned())
}

/// A trustee of the ceremony: the file of its key, or ours.
enum Seat<G: Group> {
    Theirs(PathBuf),
    Ours(Box<Member<G>>),
}

impl<G: Group> Desk<'_, G> {
    /// Runs the ceremony and keeps who holds which share. `with_us`: our trustee takes part, where it can.
    pub fn ceremony(&mut self, with_us: bool) -> Trial<()> {
        let mut rng = Seeded::new(b"our share");
        let with_us = with_us && self.tool.shares_ceremonies();
        let (mut certs, mut seats) = (Vec::new(), Vec::new());
        for index in 1..=3 {
            if with_us && index == OURS {
                let context = Ceremony { group: G::NAME.to_owned(), size: 3, threshold: 2, index };
                let member = Member::<G>::new(&Pki::<G>::seed(&mut rng), &context);
                let member = member.ok_or("our seat")?;
                certs.push(json::write(&member.certificate(&mut rng)));
                seats.push(Seat::Ours(Box::new(member)));
                continue;
            }
            let cert = self.their_certificate(index)?;
            certs.push(std::fs::read(&cert).map_err(|e| e.to_string())?);
            seats.push(Seat::Theirs(cert.with_extension("key")));
        }
        self.dir.write("certs.jsons", &lines(&certs))?;
        let known = ["--certs", "certs.jsons"];
        self.setup(COMMAND, &[known.as_slice(), &["--step", "2"]].concat())?;
        let mut polynomials = Vec::new();
        for seat in &seats {
            polynomials.push(match seat {
                Seat::Theirs(key) => {
                    let key = key.display().to_string();
                    let mut args = [known.as_slice(), &["--key", &key, "--step", "3"]].concat();
                    if self.tool.is_old() {
                        args.extend(["--threshold", "2"]);
                    }
                    self.setup(COMMAND, &args)?
                }
                Seat::Ours(member) => {
                    let polynomial = member.polynomial(&read::<Signed<G>>(&certs)?, &mut rng);
                    json::write(&polynomial.ok_or("our polynomial")?)
                }
            });
        }
        self.dir.write("polynomials.jsons", &lines(&polynomials))?;
        let all = [known.as_slice(), &["--polynomials", "polynomials.jsons"]].concat();
        self.setup(COMMAND, &[all.as_slice(), &["--step", "4"]].concat())?;
        let (mut outputs, mut holders) = (Vec::new(), Vec::new());
        for (index, seat) in (1..).zip(&seats) {
            match seat {
                Seat::Theirs(key) => {
                    outputs.push(self.their_output(key, &known)?);
                    let sealed = key.with_extension("dkey").display().to_string();
                    holders.push(Holder::Share(key.display().to_string(), sealed));
                }
                Seat::Ours(member) => {
                    let sent = read::<Polynomial<G>>(&polynomials)?;
                    let input = ThresholdParameters::vinput(&sent, index).ok_or("our post")?;
                    let output = member.voutput(&read::<Signed<G>>(&certs)?, &input, &mut rng);
                    let output: VOutput<G> = output.ok_or("our share")?;
                    let x = member.private_key(&output.private_key).ok_or("our key")?;
                    outputs.push(json::write(&output));
                    holders.push(Holder::Ours(x));
                }
            }
        }
        let args = ["setup", COMMAND, "--group", G::NAME];
        let args = [args.as_slice(), &all, &["--step", "6"]].concat();
        let threshold = self.run(&args, &lines(&outputs))?;
        self.dir.write("threshold.json", &threshold)?;
        self.trustees.extend(holders);
        Ok(())
    }

    /// Step 1 of a trustee of theirs: the file of its certificate.
    fn their_certificate(&self, index: u32) -> Trial<PathBuf> {
        let context = format!("{index}/2/3");
        let mut args = vec!["--step", "1"];
        if !self.tool.is_old() {
            args.extend(["--threshold-context", &context]);
        }
        let known = self.dir.files("cert")?;
        self.setup(COMMAND, &args)?;
        let new = self.dir.files("cert")?.into_iter().find(|file| !known.contains(file));
        new.ok_or_else(|| "no certificate".to_owned())
    }

    /// Step 5 of a trustee of theirs.
    fn their_output(&self, key: &Path, known: &[&str]) -> Trial<Vec<u8>> {
        let input = key.with_extension("vinput");
        let input = std::fs::read(input).map_err(|e| e.to_string())?;
        let key = key.display().to_string();
        let args = ["setup", COMMAND, "--group", G::NAME];
        let args = [args.as_slice(), known, &["--key", &key, "--step", "5"]].concat();
        self.run(&args, &input)
    }
}
