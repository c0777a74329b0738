//! The form says what the cards and the settings say, and nothing else.

use super::*;

#[test]
fn cards_and_settings_make_the_policy() {
    let keeps = About { name: "upload", keeps: Some("files, until they lapse"), ..ABOUT };
    let policy = Policy { backup_hours: Some(24), encrypted_at_rest: true, ..Policy::default() };
    let form = Form::from_element(&form(&[&ABOUT, &keeps], &policy));
    assert_eq!(form.form_type(), Some(FORM));
    assert_eq!(form.value("backup_frequency"), Some("24"));
    assert_eq!(form.value("backup_retention"), None);
    assert_eq!(form.is_true("encryption_at_rest"), Some(true));
    assert_eq!(form.values("extra_info"), ["upload: files, until they lapse"]);
    assert_eq!(form.values("access_policy"), ["admins", "government"]);
}
