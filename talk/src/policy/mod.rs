//! How data is kept here, for clients to show (XEP-0504). What the features keep comes from their cards, so it cannot be
//! forgotten; what only the operator knows comes from the settings.
//!
//! Left out: the place where the data lies (it would need an account of the server's to publish it), legacy networks.

#[cfg(test)]
mod tests;

use konvent_core::About;
use konvent_core::config::Policy;
use konvent_wire::Element;
use konvent_wire::form::{Field, Form};

/// The visiting card of the data policy.
pub const ABOUT: About = About {
    name: "policy",
    sentence: "How data is kept here, readable by programs.",
    speaks: &["XEP-0504"],
    leaves_out: &[(
        "XEP-0504 §3.7",
        "the location of the data: the server does not know where it stands",
    )],
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// The form of XEP-0504 §3.
const FORM: &str = "urn:xmpp:data-policy:0";

/// What the server says of itself, as a form for its disco#info (XEP-0504 §3).
pub fn form(features: &[&About], policy: &Policy) -> Element {
    let field = |var: &str, kind: &str, values: Vec<String>| Field {
        var: var.to_owned(),
        kind: kind.to_owned(),
        values,
        ..Field::default()
    };
    let one = |var: &str, kind: &str, value: &str| field(var, kind, vec![value.to_owned()]);
    let flag = |var: &str, is_so: bool| one(var, "boolean", if is_so { "true" } else { "false" });
    let kept =
        features.iter().filter_map(|about| Some(format!("{}: {}", about.name, about.keeps?)));
    let mut form = Form::new("result", FORM)
        // XEP-0504 §3.1: the server proves that it knows a password without seeing it.
        .with(one("auth_data", "list-single", "hidden"))
        // XEP-0504 §3.3: conversations stay until somebody is erased.
        .with(one("data_retention", "text-single", "infinite"))
        .with(flag("encryption_at_rest", policy.encrypted_at_rest))
        // XEP-0504 §3.9: the organisation's own people run it, and the law may ask.
        .with(field("access_policy", "list-multi", vec!["admins".into(), "government".into()]));
    if let Some(terms) = &policy.terms {
        form = form.with(one("tos", "text-single", terms));
    }
    for (var, hours) in
        [("backup_frequency", policy.backup_hours), ("backup_retention", policy.backups_kept_hours)]
    {
        if let Some(hours) = hours {
            form = form.with(one(var, "text-single", &hours.to_string()));
        }
    }
    form.with(field("extra_info", "text-multi", kept.collect())).element()
}
