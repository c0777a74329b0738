//! The settings as people write them.

use super::*;

#[test]
fn two_settings_are_enough() {
    let config = Config::parse("domain = 'partei.example'\nadmin = '100001'").unwrap();
    assert_eq!(config.rooms_service(), "gruppen.partei.example");
    assert_eq!(config.storage(), Storage::Sqlite("data/konvent.db".into()));
}

#[test]
fn a_misspelt_setting_is_named() {
    let refusal = Config::parse("domain = 'a.example'\nadmin = '1'\ndomian = 2").unwrap_err();
    assert!(refusal.chain().contains("domian"), "{}", refusal.chain());
}
