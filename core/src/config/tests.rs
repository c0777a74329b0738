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

#[test]
fn plaintext_stays_on_this_machine() {
    let with = |line: &str| Config::parse(&format!("domain = 'a.example'\n{line}"));
    assert!(with("plaintext = ['127.0.0.5:5222', '[::1]:5222']").is_ok());
    for outside in ["['0.0.0.0:5222']", "'192.0.2.1:5222'", "['127.0.0.1:5222', '[::]:5222']"] {
        let refusal = with(&format!("plaintext = {outside}")).unwrap_err();
        assert!(refusal.chain().contains("loopback"), "{outside}: {}", refusal.chain());
    }
    assert!(with("plaintext = true").is_err());
}

#[test]
fn programs_of_ours_come_in_on_this_machine_only() {
    let with = |listen: &str| {
        Config::parse(&format!("domain = 'a.example'\n[components]\nlisten = {listen}"))
    };
    assert!(with("['127.0.0.1:5347', '[::1]:5347']").is_ok());
    assert!(with("[]").is_ok());
    for outside in ["'0.0.0.0:5347'", "['192.0.2.1:5347']", "['127.0.0.1:5347', '[::]:5347']"] {
        let refusal = with(outside).unwrap_err();
        assert!(refusal.chain().contains("loopback"), "{outside}: {}", refusal.chain());
    }
}

#[test]
fn a_door_has_one_address_or_several_or_none() {
    let with = |line: &str| Config::parse(&format!("domain = 'a.example'\n{line}")).unwrap();
    assert_eq!(with("").xmpp.first(), Some("0.0.0.0:5222".parse().unwrap()));
    assert_eq!(with("xmpp = ['192.0.2.1:5222', '[::1]:5222']").xmpp.addresses().len(), 2);
    assert_eq!(with("xmpps = []").xmpps.first(), None);
}

#[test]
fn nobody_registers_unless_the_settings_say_so() {
    let config = Config::parse("domain = 'a.example'").unwrap();
    assert_eq!(config.accounts.registration, WhoMay::Nobody);
    let config =
        Config::parse("domain = 'a.example'\n[accounts]\nregistration = 'anybody'\nper_hour = 0");
    assert_eq!(config.unwrap().accounts.registration, WhoMay::Anybody);
    assert!(Config::parse("domain = 'a.example'\n[accounts]\nregistration = 'everybody'").is_err());
}
