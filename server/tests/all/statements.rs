//! Every statement of every `store.rs` is prepared on both engines: a misspelt column or a word of one dialect is
//! found here, without a test that happens to run it. This replaces compile-time macros.

use konvent_core::testing::twins;

use crate::tidy::statements_of_all_features;

#[test]
fn every_statement_of_every_store_is_understood_by_both_engines() {
    let features = konvent_server::cards::features();
    let statements = statements_of_all_features();
    assert!(statements.len() > 50, "only {} statements were found", statements.len());
    twins(&features, |db, _| {
        let mut findings = Vec::new();
        for (place, sql) in &statements {
            if let Err(refusal) = db.check_statement(sql) {
                findings.push(format!("{place}: {}", refusal.chain()));
            }
        }
        assert!(findings.is_empty(), "\n  {}\n", findings.join("\n  "));
    });
}
