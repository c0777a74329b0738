//! Letters with one-time codes, and signing in with them in a browser.

use super::{Said, Verb};
use crate::failure::Wrong;
use crate::stage::Stage;

pub(super) const VERBS: &[Verb] = &[
    ("{who} gets a letter valid for {n} days", gets_letter),
    ("{who} types his code and {n}", types_code),
    ("{who} types his code without the year", types_code_only),
    ("{who} types {other}'s code and {n}", types_anothers),
    ("{who} types his old code and {n}", types_old),
    ("{who} types the code {text} and {n}", types_text),
    ("{who} is signed in", is_signed_in),
    ("{who} gets an app password", gets_app_password),
];

fn gets_letter(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let place = stage.place(said.get("who"))?;
    let code = stage.send_code(place, said.number("n")?)?;
    let name = format!("code of {}", said.get("who"));
    if let Some(old) = stage.names.get(&name).map(str::to_owned) {
        stage.names.set(format!("old {name}"), old);
    }
    stage.names.set(name, code);
    Ok(())
}

fn types(stage: &mut Stage, said: &Said, code: &str, year: Option<i64>) -> Result<(), Wrong> {
    let place = stage.place(said.get("who"))?;
    let year = year.map(|year| i32::try_from(year).unwrap_or_default());
    stage.last_refusal = stage.redeem(place, code, year)?.err();
    Ok(())
}

fn code(stage: &Stage, prefix: &str, whose: &str) -> Result<String, Wrong> {
    let name = format!("{prefix}code of {whose}");
    stage.names.get(&name).map(str::to_owned).ok_or_else(|| Wrong::new("a letter", "never got one"))
}

fn types_code(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let code = code(stage, "", said.get("who"))?;
    types(stage, said, &code, Some(said.number("n")?))
}

fn types_code_only(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let code = code(stage, "", said.get("who"))?;
    types(stage, said, &code, None)
}

fn types_anothers(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let code = code(stage, "", said.get("other"))?;
    types(stage, said, &code, Some(said.number("n")?))
}

fn types_old(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let code = code(stage, "old ", said.get("who"))?;
    types(stage, said, &code, Some(said.number("n")?))
}

fn types_text(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    types(stage, said, said.get("text"), Some(said.number("n")?))
}

/// Nothing was refused since the last code was typed.
fn is_signed_in(stage: &mut Stage, _: &Said) -> Result<(), Wrong> {
    match stage.last_refusal.take() {
        None => Ok(()),
        Some(refused) => Err(Wrong::new("to be signed in", refused)),
    }
}

fn gets_app_password(stage: &mut Stage, said: &Said) -> Result<(), Wrong> {
    let place = stage.place(said.get("who"))?;
    stage.give_account(place)
}
