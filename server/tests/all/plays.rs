//! The plays: every `*.play` of the house is a test of its own on both engines, and none is forgotten.

use std::path::{Path, PathBuf};

konvent_play::plays! {
    concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    a_found_letter = "people/src/accounts/plays/a-found-letter.play",
    a_letter_signs_in = "people/src/accounts/plays/a-letter-signs-in.play",
    old_letters = "people/src/accounts/plays/old-letters.play",
    too_many_tries = "people/src/accounts/plays/too-many-tries.play",
    what_somebody_who_left_leaves_behind =
        "people/src/accounts/plays/what-somebody-who-left-leaves-behind.play",
    invited_and_befriended = "people/src/invitations/plays/invited-and-befriended.play",
    gone_is_gone = "people/src/registration/plays/gone-is-gone.play",
    strangers_register = "people/src/registration/plays/strangers-register.play",
    a_new_member = "people/src/import/plays/a-new-member.play",
    the_same_file_every_night = "people/src/import/plays/the-same-file-every-night.play",
    asked_precisely = "talk/src/archive/plays/asked-precisely.play",
    nobody_reads_what_is_written_to_the_server =
        "talk/src/disco/plays/nobody-reads-what-is-written-to-the-server.play",
    everything_is_kept = "talk/src/archive/plays/everything-is-kept.play",
    no_forged_marks = "talk/src/archive/plays/no-forged-marks.play",
    not_everything_is_kept = "talk/src/archive/plays/not-everything-is-kept.play",
    only_ones_own = "talk/src/archive/plays/only-ones-own.play",
    page_by_page = "talk/src/archive/plays/page-by-page.play",
    sent_twice_said_once = "talk/src/archive/plays/sent-twice-said-once.play",
    words_are_found_again = "talk/src/archive/plays/words-are-found-again.play",
    one_picture_for_old_and_new_clients =
        "talk/src/avatars/plays/one-picture-for-old-and-new-clients.play",
    not_a_word_more = "talk/src/blocking/plays/not-a-word-more.play",
    not_through_a_room_either = "talk/src/blocking/plays/not-through-a-room-either.play",
    bookmarks_follow_the_directory = "talk/src/bookmarks/plays/bookmarks-follow-the-directory.play",
    told_of_changes = "talk/src/bookmarks/plays/told-of-changes.play",
    between_own_devices = "talk/src/carbons/plays/between-own-devices.play",
    copies_for_the_other_device = "talk/src/carbons/plays/copies-for-the-other-device.play",
    a_lost_phone_is_shut_out = "talk/src/clients/plays/a-lost-phone-is-shut-out.play",
    a_session_is_held_by_what_it_came_back_by =
        "talk/src/clients/plays/a-session-is-held-by-what-it-came-back-by.play",
    an_own_password_is_changed_not_taken_away =
        "talk/src/clients/plays/an-own-password-is-changed-not-taken-away.play",
    a_password_is_set_anew = "talk/src/commands/plays/a-password-is-set-anew.play",
    an_admin_at_work = "talk/src/commands/plays/an-admin-at-work.play",
    how_many_there_are = "talk/src/commands/plays/how-many-there-are.play",
    locked_and_let_in_again = "talk/src/commands/plays/locked-and-let-in-again.play",
    nobody_reads_lists_unnoticed = "talk/src/commands/plays/nobody-reads-lists-unnoticed.play",
    what_the_directory_owns = "talk/src/commands/plays/what-the-directory-owns.play",
    offices_are_no_technical_admins =
        "talk/src/commands/plays/offices-are-no-technical-admins.play",
    said_through_a_room = "talk/src/carbons/plays/said-through-a-room.play",
    switched_off = "talk/src/carbons/plays/switched-off.play",
    a_phone_in_a_pocket = "talk/src/csi/plays/a-phone-in-a-pocket.play",
    an_invitation_waits = "talk/src/offline/plays/an-invitation-waits.play",
    a_lost_session_loses_nothing = "talk/src/offline/plays/a-lost-session-loses-nothing.play",
    not_before_it_hears = "talk/src/offline/plays/not-before-it-hears.play",
    what_was_taken_back_is_not_said =
        "talk/src/offline/plays/what-was-taken-back-is-not-said.play",
    who_cannot_read_the_archive_hears_it_late =
        "talk/src/offline/plays/who-cannot-read-the-archive-hears-it-late.play",
    who_reads_the_archive_takes_it_there =
        "talk/src/offline/plays/who-reads-the-archive-takes-it-there.play",
    who_comes_back_takes_only_what_he_was_sent =
        "talk/src/offline/plays/who-comes-back-takes-only-what-he-was-sent.play",
    a_request_waits = "talk/src/contacts/plays/a-request-waits.play",
    asked_and_granted = "talk/src/contacts/plays/asked-and-granted.play",
    taken_out_of_the_list = "talk/src/contacts/plays/taken-out-of-the-list.play",
    a_relay_for_a_call = "talk/src/relays/plays/a-relay-for-a-call.play",
    how_long_away = "talk/src/last/plays/how-long-away.play",
    unread = "talk/src/inbox/plays/unread.play",
    keys_for_everybody = "talk/src/pep/plays/keys-for-everybody.play",
    news_for_those_who_want_it = "talk/src/pep/plays/news-for-those-who-want-it.play",
    news_for_contacts_of_ones_own = "talk/src/pubsub/plays/news-for-contacts-of-ones-own.play",
    a_drawer_of_ones_own = "talk/src/private/plays/a-drawer-of-ones-own.play",
    a_broken_line_ends = "talk/src/presence/plays/a-broken-line-ends.play",
    nothing_leaks_sideways = "talk/src/presence/plays/nothing-leaks-sideways.play",
    shown_to_one = "talk/src/presence/plays/shown-to-one.play",
    who_is_there = "talk/src/presence/plays/who-is-there.play",
    news_of_the_organisation = "talk/src/pubsub/plays/news-of-the-organisation.play",
    a_marker_tells_the_sender = "talk/src/reading/plays/a-marker-tells-the-sender.play",
    read_up_to_here = "talk/src/reading/plays/read-up-to-here.play",
    a_message_arrives = "talk/src/receiving/plays/a-message-arrives.play",
    an_address_is_an_address = "talk/src/receiving/plays/an-address-is-an-address.play",
    away_and_back = "talk/src/receiving/plays/away-and-back.play",
    nobody_there = "talk/src/receiving/plays/nobody-there.play",
    not_to_be_disturbed = "talk/src/receiving/plays/not-to-be-disturbed.play",
    one_device_or_all = "talk/src/receiving/plays/one-device-or-all.play",
    strangers_learn_nothing = "talk/src/receiving/plays/strangers-learn-nothing.play",
    nothing_overtakes = "talk/src/receiving/plays/nothing-overtakes.play",
    words_to_oneself = "talk/src/receiving/plays/words-to-oneself.play",
    a_foreign_unit = "talk/src/rooms/plays/a-foreign-unit.play",
    a_full_room = "talk/src/rooms/plays/a-full-room.play",
    a_pause_between_words = "talk/src/rooms/plays/a-pause-between-words.play",
    a_room_of_ones_own = "talk/src/rooms/plays/a-room-of-ones-own.play",
    no_officers_name = "talk/src/rooms/plays/no-officers-name.play",
    what_it_was_about = "talk/src/rooms/plays/what-it-was-about.play",
    who_makes_moderators = "talk/src/rooms/plays/who-makes-moderators.play",
    asking_for_the_voice = "talk/src/rooms/plays/asking-for-the-voice.play",
    invited_and_declined = "talk/src/rooms/plays/invited-and-declined.play",
    a_transfer_moves_him = "talk/src/rooms/plays/a-transfer-moves-him.play",
    a_unit_below_silences_the_room = "talk/src/rooms/plays/a-unit-below-silences-the-room.play",
    a_unit_is_renamed = "talk/src/rooms/plays/a-unit-is-renamed.play",
    am_i_still_inside = "talk/src/rooms/plays/am-i-still-inside.play",
    an_office_begins_by_the_clock = "talk/src/rooms/plays/an-office-begins-by-the-clock.play",
    an_office_ends_by_the_clock = "talk/src/rooms/plays/an-office-ends-by-the-clock.play",
    away_in_the_room = "talk/src/rooms/plays/away-in-the-room.play",
    elected_and_dismissed = "talk/src/rooms/plays/elected-and-dismissed.play",
    first_come_in = "talk/src/rooms/plays/first-come-in.play",
    namesakes = "talk/src/rooms/plays/namesakes.play",
    nobody_by_hand = "talk/src/rooms/plays/nobody-by-hand.play",
    seen_coming_and_going = "talk/src/rooms/plays/seen-coming-and-going.play",
    the_board_among_itself = "talk/src/rooms/plays/the-board-among-itself.play",
    the_land_announces = "talk/src/rooms/plays/the-land-announces.play",
    the_old_room_is_closed_to_readers = "talk/src/rooms/plays/the-old-room-is-closed-to-readers.play",
    the_picture_of_a_unit = "talk/src/rooms/plays/the-picture-of-a-unit.play",
    the_own_card = "talk/src/vcard/plays/the-own-card.play",
    the_own_unit = "talk/src/rooms/plays/the-own-unit.play",
    the_rooms_of_the_service = "talk/src/rooms/plays/the-rooms-of-the-service.play",
    two_devices_one_name = "talk/src/rooms/plays/two-devices-one-name.play",
    what_was_said_before = "talk/src/rooms/plays/what-was-said-before.play",
    who_leaves_is_out = "talk/src/rooms/plays/who-leaves-is-out.play",
    a_question_through_the_room = "talk/src/rooms/plays/a-question-through-the-room.play",
    a_reserved_name = "talk/src/rooms/plays/a-reserved-name.play",
    as_much_history_as_asked = "talk/src/rooms/plays/as-much-history-as-asked.play",
    declined_under_a_nickname = "talk/src/rooms/plays/declined-under-a-nickname.play",
    errors_that_take_nobody_out = "talk/src/rooms/plays/errors-that-take-nobody-out.play",
    full_and_locked = "talk/src/rooms/plays/full-and-locked.play",
    how_much_is_said = "talk/src/rooms/plays/how-much-is-said.play",
    lists_with_versions = "talk/src/rooms/plays/lists-with-versions.play",
    not_inside_after_all = "talk/src/rooms/plays/not-inside-after-all.play",
    put_on_the_list = "talk/src/rooms/plays/put-on-the-list.play",
    the_end_is_told_once = "talk/src/rooms/plays/the-end-is-told-once.play",
    the_room_says_what_it_is = "talk/src/rooms/plays/the-room-says-what-it-is.play",
    the_terms_change = "talk/src/rooms/plays/the-terms-change.play",
    who_sees_which_list = "talk/src/rooms/plays/who-sees-which-list.play",
    a_new_chair_appears = "talk/src/roster/plays/a-new-chair-appears.play",
    contacts_from_the_directory = "talk/src/roster/plays/contacts-from-the-directory.play",
    the_first_sign_in = "talk/src/roster/plays/the-first-sign-in.play",
    the_tree_as_spaces = "talk/src/spaces/plays/the-tree-as-spaces.play",
    a_borrowed_name = "server/plays/a-borrowed-name.play",
    a_flood = "server/plays/a-flood.play",
    a_foreign_session = "server/plays/a-foreign-session.play",
    a_lost_connection = "server/plays/a-lost-connection.play",
    a_question_that_nobody_answered = "server/plays/a-question-that-nobody-answered.play",
    a_restart_keeps_all = "server/plays/a-restart-keeps-all.play",
    a_token_for_the_browser = "server/plays/a-token-for-the-browser.play",
    acknowledged_means_durable = "server/plays/acknowledged-means-durable.play",
    back_before_anybody_noticed = "server/plays/back-before-anybody-noticed.play",
    before_sign_in = "server/plays/before-sign-in.play",
    broken_xml = "server/plays/broken-xml.play",
    devices_that_look_alike = "server/plays/devices-that-look-alike.play",
    goodbye_is_goodbye = "server/plays/goodbye-is-goodbye.play",
    in_pieces = "server/plays/in-pieces.play",
    managed_by_the_book = "server/plays/managed-by-the-book.play",
    odd_but_allowed = "server/plays/odd-but-allowed.play",
    one_name_one_session = "server/plays/one-name-one-session.play",
    questions_to_the_server = "server/plays/questions-to-the-server.play",
    signed_in_is_signed_in = "server/plays/signed-in-is-signed-in.play",
    signing_in_the_classic_way = "server/plays/signing-in-the-classic-way.play",
    too_deep_and_too_big = "server/plays/too-deep-and-too-big.play",
    too_late_to_resume = "server/plays/too-late-to-resume.play",
    what_happened_meanwhile = "server/plays/what-happened-meanwhile.play",
    words_that_crossed_the_gap = "server/plays/words-that-crossed-the-gap.play",
    wrong_password = "server/plays/wrong-password.play",
}

/// A play without a test would never be played.
#[test]
fn no_play_is_forgotten() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut written = Vec::new();
    for area in ["people/src", "talk/src", "files/src", "server/plays"] {
        collect(&house.join(area), &house, &mut written);
    }
    written.sort();
    let mut listed = PLAYS.to_vec();
    listed.sort_unstable();
    assert_eq!(written, listed);
}

fn collect(folder: &Path, house: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, house, found);
        } else if path.extension().is_some_and(|extension| extension == "play") {
            found.push(path.strip_prefix(house).unwrap().display().to_string());
        }
    }
}
