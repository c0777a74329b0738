//! The visiting cards of all features, in the order of the house, and what the streams below them leave out.

use konvent_core::{About, Answer, Refusal};

/// All features, from the foundation up: what opens the storage, fills disco and writes `docs/protocols.md`.
pub fn features() -> Vec<&'static About> {
    std::iter::once(&konvent_core::audit::ABOUT)
        .chain(konvent_people::FEATURES.iter().copied())
        .chain(konvent_talk::FEATURES.iter().copied())
        .chain(konvent_files::FEATURES.iter().copied())
        .collect()
}

/// Prints the cards as JSON.
pub fn print() -> Answer<()> {
    let features: Vec<serde_json::Value> = features()
        .into_iter()
        .map(|about| {
            serde_json::json!({
                "name": about.name,
                "sentence": about.sentence,
                "speaks": about.speaks,
                "leaves_out": about.leaves_out,
                "announces": about.announces,
                "keeps": about.keeps,
            })
        })
        .collect();
    let cards = serde_json::json!({
        "features": features,
        "below": [
            {"name": "wire", "leaves_out": konvent_wire::LEAVES_OUT},
            {"name": "server", "leaves_out": crate::net::LEAVES_OUT},
        ],
    });
    let text = serde_json::to_string_pretty(&cards)
        .map_err(|error| Refusal::broken("cards.json", error))?;
    crate::command::say(&text);
    Ok(())
}
