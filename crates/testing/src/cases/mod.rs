//! What every storage adapter must do: one file per port, a function per promise.
//!
//! Cases never ask which adapter they run on. Each is listed below once; one that is not is dead
//! code.

use crate::subject::Subject;

mod balances;
mod beside;
mod births;
mod channels;
mod claims;
mod collisions;
mod conversations;
mod desk;
mod direct;
mod drafts;
mod erasure;
mod events;
mod extras;
mod filters;
mod identifiers;
mod inbox;
mod kept;
mod keys;
mod lanes;
mod leases;
mod library;
mod locks;
mod members;
mod messages;
mod numbers;
mod once_only;
mod outbox;
mod participants;
mod places;
mod purge;
mod races;
mod reactions;
mod receipts;
mod released;
mod replies;
mod schedule;
mod search;
mod senders;
mod sends;
mod setting;
mod settings;
mod shares;
mod slices;
mod tags;
mod templates;
mod text;
mod workspaces;

/// A promise and the function that tests it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// `port::the_promise`.
    pub name: &'static str,
    /// Panics when the promise is not kept. Wants an empty storage of its own.
    pub run: fn(&mut Subject),
}

/// Runs one case on a storage of its own, if there is one.
///
/// # Panics
/// When the promise is not kept, or there is no such case.
pub fn run(name: &str, open: impl FnOnce() -> Option<Subject>) {
    let case = CASES.iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
    if let Some(mut subject) = open() {
        (case.run)(&mut subject);
    }
}

/// Lists the cases, and makes of the list the macro that turns each into a test.
macro_rules! cases {
    ($d:tt $($port:ident { $($case:ident,)+ })+) => {
        /// Every case.
        pub const CASES: &[Case] = &[$($(Case {
            name: concat!(stringify!($port), "::", stringify!($case)),
            run: $port::$case,
        },)+)+];

        /// Makes one test of each conformance case: `conformance!(sqlite, crate::open_sqlite);` at
        /// the root of a test makes `sqlite::messages::…` and so on. The path names a function
        /// without parameters that opens an empty storage each time it is called: `fn() ->
        /// Subject`, or `fn() -> Option<Subject>` where there may be none, in which case the test
        /// does nothing and the function says why. Cases run in parallel.
        #[macro_export]
        macro_rules! conformance {
            ($d name:ident, $d open:path) => {
                mod $d name {
                    $(mod $port {
                        $(#[test]
                        fn $case() {
                            $crate::cases::run(
                                concat!(stringify!($port), "::", stringify!($case)),
                                || ($d open)().into(),
                            );
                        })+
                    })+
                }
            };
        }
    };
}

cases! { $
    workspaces {
        a_workspace_is_found_as_it_was_added,
        an_unknown_workspace_is_not_found,
        the_root_is_found_once_there_is_one,
        a_second_root_is_refused,
        workspaces_are_listed_in_the_order_of_their_ids,
        a_new_workspace_has_an_empty_log,
    }
    keys {
        a_key_is_found_as_it_was_added,
        another_workspaces_key_is_found_by_whoever_authenticates_only,
        keys_are_listed_newest_first_below_a_place,
        saving_a_key_stores_its_end_and_nothing_else,
        saving_a_key_of_another_workspace_changes_nothing,
        noting_a_use_never_moves_a_time_back,
    }
    participants {
        a_participant_is_found_as_it_was_added,
        every_kind_of_participant_is_kept,
        another_workspaces_participant_is_found_by_no_method,
        those_of_many_that_exist_are_found,
        external_ids_are_compared_byte_by_byte,
        an_external_id_is_taken_once_in_each_workspace,
        saving_stores_all_but_id_workspace_and_creation,
        saving_under_another_workspace_changes_nothing,
        participants_are_listed_newest_first_below_a_place,
        a_list_shows_what_passes_every_part_of_its_filter,
    }
    conversations {
        a_conversation_is_found_as_it_was_added,
        every_status_is_kept,
        another_workspaces_conversation_is_found_by_no_method,
        those_of_many_that_exist_are_found_and_locked,
        saving_stores_all_but_id_workspace_number_kind_and_creation,
        saving_under_another_workspace_changes_nothing,
        advancing_moves_each_of_many_and_nothing_else,
        advancing_under_another_workspace_changes_nothing,
        a_deleted_conversation_is_found_by_no_method,
        conversations_are_listed_by_activity_then_id_newest_first,
        what_is_said_moves_a_conversation_to_the_front,
        a_list_shows_what_passes_every_part_of_its_filter,
    }
    direct {
        a_direct_conversation_is_found_by_its_pair_only,
        a_pair_has_one_direct_conversation,
        a_pair_may_begin_anew_after_a_deletion,
    }
    inbox {
        a_participants_conversations_come_with_the_membership,
        whoever_left_sees_the_conversation_no_more_until_they_return,
        walking_by_activity_visits_each_once_also_among_ties,
    }
    members {
        a_member_is_found_as_it_was_added_present_or_not,
        every_role_is_kept,
        another_workspaces_member_is_found_by_no_method,
        those_of_many_places_that_are_taken_are_found,
        present_members_are_listed_in_the_order_of_their_ids,
        present_memberships_of_one_are_listed_in_the_order_of_conversations,
        saving_stores_all_but_workspace_conversation_and_participant,
        saving_under_another_workspace_changes_nothing,
        a_read_watermark_never_moves_back,
        advancing_passes_over_strangers_and_other_workspaces,
        a_unit_sees_the_members_that_it_added_and_moved,
    }
    messages {
        a_message_is_found_as_it_was_appended,
        every_kind_of_message_is_kept,
        a_message_is_found_in_its_own_conversation_only,
        another_workspaces_message_is_found_by_no_method,
        those_of_many_messages_that_exist_are_found_in_any_conversation,
        a_unit_sees_the_messages_that_it_appended,
        revising_stores_what_an_edit_changes_and_nothing_else,
        earlier_states_are_kept_oldest_first,
        revising_under_another_workspace_changes_nothing,
    }
    places {
        a_page_holds_what_lies_between_its_ends,
        a_page_shows_its_own_workspace_only,
        tombstones_keep_their_place,
        the_first_from_a_place_passes_over_holes,
        messages_are_found_at_places_of_many_conversations,
    }
    text {
        texts_are_kept_to_the_byte,
        edited_texts_are_kept_to_the_byte,
        metadata_is_kept_as_it_was_written,
        the_longest_texts_are_kept,
        times_and_numbers_are_kept_to_their_bounds,
        ids_are_kept_to_the_bit,
    }
    slices {
        a_thousand_messages_are_appended_and_found_at_once,
        a_thousand_members_are_added_found_and_moved_at_once,
        a_thousand_participants_are_found_at_once,
        a_thousand_conversations_are_locked_and_advanced_at_once,
        a_thousand_claims_are_settled_found_and_replaced_at_once,
        thousands_of_events_are_appended_and_read_at_once,
        a_thousand_uses_of_keys_are_noted_at_once,
    }
    events {
        the_log_is_numbered_from_one_without_a_gap,
        a_page_follows_its_position,
        each_workspace_has_a_log_of_its_own,
        a_refused_unit_takes_no_position,
        every_topic_and_subject_is_kept,
        a_commit_wakes_whoever_waits_for_its_log,
        the_log_outlives_what_it_tells_of,
    }
    claims {
        a_claim_is_found_as_it_was_settled,
        the_same_claim_may_be_made_in_each_workspace,
        an_expired_claim_stands_no_more_and_makes_room,
        a_standing_claim_keeps_its_place,
        a_unit_sees_the_claims_that_it_settled,
        expired_claims_are_erased_a_few_at_a_time,
        answers_that_show_a_message_are_erased_and_their_claims_stay,
    }
    erasure {
        nothing_is_erased_while_nothing_is_deleted,
        small_steps_erase_deleted_conversations_to_the_end,
        i11_answers_that_show_an_erased_conversation_are_forgotten,
        i11_nothing_of_an_erased_message_comes_back_with_its_id,
        a_step_erases_no_more_messages_than_its_limit,
    }
    lanes {
        work_that_does_not_end_well_leaves_nothing,
        work_that_does_not_end_well_disturbs_nobody_beside_it,
        contended_work_is_run_again_from_the_start,
        work_that_is_always_contended_is_given_up,
        a_read_that_panics_is_answered_and_disturbs_nobody,
        a_read_that_is_refused_says_so,
        a_job_is_settled_once_after_its_runs,
        what_was_answered_is_seen_by_every_later_read,
        closing_finishes_what_was_accepted_and_takes_no_more,
        everything_is_there_after_reopening,
    }
    locks {
        no_change_to_a_locked_conversation_is_lost,
        no_change_to_a_locked_participant_is_lost,
        no_change_to_a_locked_member_is_lost,
        no_change_to_a_locked_message_is_lost,
        no_change_to_a_locked_file_channel_or_entry_is_lost,
        no_change_to_a_locked_key_is_lost,
        units_that_lock_the_other_way_round_lose_nothing,
        a_snapshot_shows_all_of_a_unit_or_nothing,
    }
    sends {
        i2_i3_many_senders_leave_no_gap_and_nothing_twice,
        bad_sends_and_broken_work_among_good_ones_leave_nothing,
        i4_of_retries_at_once_one_sends,
        i3_a_reader_of_the_log_misses_and_repeats_nothing_while_others_send,
    }
    races {
        of_participants_with_the_same_external_id_one_is_created,
        of_upserts_of_the_same_participant_one_creates,
        of_letters_to_somebody_new_one_creates_them_and_their_conversation,
        i4_what_comes_in_many_times_at_once_comes_in_once,
        of_conversations_of_a_pair_one_is_created,
        whoever_joins_at_once_is_counted_once,
        i4_of_acts_with_the_same_claim_one_happens,
        of_first_starts_one_makes_the_root,
    }
    drafts {
        every_member_of_a_message_is_kept_set_and_not_set,
        every_word_of_every_list_is_kept,
        what_a_message_carries_is_kept_to_the_byte,
        a_page_holds_what_is_covered_up_to_its_limit,
        a_milestone_tells_who_it_is_for_and_how_many_were_public,
        saving_a_message_stores_its_delivery_reactions_and_files_only,
        saving_a_message_under_another_workspace_changes_nothing,
        an_edit_keeps_what_the_content_was,
    }
    replies {
        answers_are_listed_oldest_first_above_a_place,
        answers_keep_their_place_when_they_are_deleted,
        another_workspaces_answers_are_not_listed_nor_counted,
        answers_are_counted_up_and_down_for_many_at_once,
    }
    tags {
        tags_are_found_by_name_and_by_id,
        tags_are_listed_by_the_bytes_of_their_names,
        each_workspace_has_tags_of_its_own,
        a_tag_is_added_once,
        messages_may_have_tags_that_nobody_added,
    }
    filters {
        a_list_shows_what_passes_every_part_of_its_filter_newest_first,
        a_list_may_be_walked_oldest_first,
        a_search_shows_what_passes_every_part_of_its_filter_last_taken_in_first,
        a_walk_looks_at_so_many_and_no_more_whatever_passes,
        a_walk_that_finds_little_comes_as_far_as_it_may,
        a_list_shows_tombstones_and_finds_them_by_no_tag,
        another_workspace_lists_and_finds_its_own_only,
        what_was_sent_before_a_time_is_listed_oldest_first,
    }
    search {
        a_query_finds_what_it_matches_whatever_it_looks_like,
        any_mixture_of_words_and_signs_finds_what_it_matches,
        what_a_content_says_is_found_when_there_is_no_text,
        an_edit_is_found_by_its_present_words_only,
        deleted_messages_are_found_by_no_word,
        who_sees_the_public_only_finds_no_private_word,
        a_unit_finds_what_it_appended_and_nobody_what_was_refused,
        long_words_and_long_texts_are_found_as_far_as_they_count,
        phrases_are_found_far_behind_a_repeated_word,
        a_walk_meets_each_hit_once_while_others_say_more,
    }
    reactions {
        a_reaction_is_found_as_it_was_added,
        reactions_are_listed_oldest_first_above_a_place,
        reactions_are_erased_one_by_one_or_all_of_a_message,
        another_workspaces_reaction_is_found_and_erased_by_no_method,
    }
    receipts {
        leading_marks_are_read_in_order_from_a_place,
        the_first_mark_of_each_kind_is_found_for_each,
        those_ahead_are_counted_up_to_two,
        those_ahead_are_looked_for_among_so_many_marks,
        another_workspaces_marks_are_found_by_no_method,
        a_unit_sees_the_marks_that_it_made,
        recipients_are_kept_and_listed_in_the_order_of_their_ids,
        what_is_known_of_a_recipient_is_replaced,
    }
    schedule {
        a_scheduled_message_is_found_as_it_was_added,
        scheduled_messages_are_listed_as_they_are_due,
        a_conversation_has_so_many_or_fewer,
        what_is_due_is_locked_in_its_order_refused_ones_apart,
        saving_stores_time_draft_refusal_and_time_of_change,
        another_workspaces_scheduled_message_is_found_and_changed_by_no_method,
        many_are_erased_at_once_and_nothing_else,
        refused_ones_are_erased_a_few_at_a_time_when_they_are_old,
    }
    leases {
        a_lease_is_kept_until_its_time_and_renewed_by_its_holder,
        leases_of_other_names_are_others,
        a_lease_of_a_refused_unit_was_never_taken,
        of_those_who_ask_at_once_one_holds_the_lease,
    }
    templates {
        a_template_is_found_as_it_was_added,
        the_newest_version_is_that_of_the_highest_id,
        templates_are_listed_newest_first_of_a_project_or_all,
        project_version_and_locale_are_taken_once_in_each_workspace,
        an_erased_template_is_gone_and_another_workspaces_is_not,
    }
    balances {
        a_balance_and_its_ledger_are_kept_as_they_were_saved,
        a_ledger_is_listed_newest_first_below_a_number,
        each_workspace_has_a_balance_of_its_own,
    }
    settings {
        saving_a_workspace_stores_settings_and_plan_only,
        a_workspace_may_begin_with_any_settings_and_plan,
        an_unknown_workspace_is_not_locked_nor_saved,
        no_change_to_a_locked_workspace_is_lost,
    }
    senders {
        senders_come_with_what_is_to_know_of_their_participants,
        another_workspaces_senders_are_not_found,
        conversations_are_numbered_from_one_in_each_workspace,
        numbers_leave_no_gap_and_repeat_nothing_under_concurrency,
    }
    purge {
        i11_a_purge_takes_along_all_that_hangs_on_a_message,
        a_purge_leaves_a_gap_that_stays,
        messages_and_their_answers_are_purged_together,
        hundreds_are_purged_at_once,
        another_workspace_purges_and_redacts_nothing,
        i11_redacting_erases_what_was_said_and_keeps_the_place,
        i11_a_deleted_conversation_takes_along_all_that_hangs_on_it,
    }
    once_only {
        i4_metered_sends_at_once_spend_what_there_is_and_no_more,
        of_top_ups_at_once_none_is_lost,
        of_equal_reactions_at_once_one_counts_and_is_paid_for,
        a_tag_that_many_use_first_at_once_is_created_once,
        of_nodes_that_dispatch_at_once_each_message_is_sent_once_in_order,
    }
    collisions {
        answers_reactions_edits_and_deliveries_lose_nothing_of_each_other,
        nobody_answers_what_was_purged_meanwhile,
        what_is_canceled_or_changed_while_it_is_sent_is_one_or_the_other,
        watermarks_of_many_go_forward_while_others_send,
        saving_a_message_loses_no_answer_that_was_counted_meanwhile,
    }
    library {
        a_file_is_found_as_it_was_added,
        those_of_many_files_that_exist_are_found_and_locked,
        another_workspaces_file_is_found_and_changed_by_no_method,
        files_are_listed_newest_first_of_an_owner_or_all,
        saving_a_file_stores_all_but_id_workspace_owner_and_creation,
        what_refers_to_a_file_is_listed_newest_first_and_keeps_it,
        what_refers_to_files_from_a_conversation_is_walked_file_by_file,
        a_file_goes_when_nothing_refers_to_it_any_more,
        files_to_be_processed_are_locked_in_the_order_of_their_times,
        expired_files_are_locked_in_the_order_of_their_times,
        a_thousand_files_are_found_used_released_and_erased_at_once,
    }
    kept {
        bytes_are_kept_once_in_each_workspace_and_counted,
        bytes_of_a_refused_unit_are_not_counted,
        saving_bytes_stores_uses_time_and_doom_only,
        all_that_is_kept_is_walked_by_workspace_and_hash,
        unused_bytes_are_locked_when_their_time_has_come,
        doomed_bytes_are_erased_and_counted_no_more,
        hundreds_of_bytes_are_erased_at_once,
    }
    released {
        what_waits_or_is_known_outside_goes_with_a_purged_message,
        a_deleted_conversation_releases_the_files_of_all_that_is_in_it,
        refused_messages_release_their_files_when_they_are_erased,
        files_of_messages_are_kept_changed_and_redacted,
    }
    channels {
        a_channel_is_found_as_it_was_added,
        another_workspaces_channel_is_found_and_changed_by_no_method,
        saving_a_channel_stores_all_but_its_place_platform_and_connector,
        channels_are_listed_newest_first_of_a_platform_or_all,
        a_deleted_channel_is_found_among_many_only,
        what_all_nodes_agree_on_is_said_once,
    }
    outbox {
        an_entry_is_found_as_it_was_added,
        what_is_due_is_locked_in_the_order_of_times_and_messages,
        saving_an_entry_stores_tries_and_time,
        an_entry_is_taken_out_of_its_own_workspace_only,
        a_thousand_entries_are_added_and_locked_at_once,
        a_reference_leads_to_one_message_of_a_channel,
        references_are_kept_and_compared_byte_by_byte,
        references_of_a_conversation_are_listed_newest_first,
    }
    identifiers {
        identifiers_and_profile_are_kept_set_and_not_set,
        a_participant_is_found_once_by_whatever_leads_to_it,
        identifiers_are_compared_byte_by_byte,
        a_list_by_identifier_passes_every_part_of_its_filter,
        an_identifier_leads_to_one_participant_of_each_workspace,
        what_one_gives_away_another_takes_in_the_same_unit,
        saving_replaces_all_identifiers_of_its_own_workspace_only,
        hundreds_of_identifiers_are_looked_up_at_once,
    }
    desk {
        what_a_desk_needs_is_kept_set_and_not_set,
        saving_stores_what_a_desk_changes_and_no_other_channel,
        a_thread_is_found_in_its_workspace_until_it_is_deleted,
        a_pair_that_has_a_conversation_is_given_to_no_other,
        a_list_shows_what_passes_every_part_of_a_desks_filter,
        each_part_of_a_desks_filter_counts_alone,
        a_walk_by_activity_meets_each_that_passes_once,
        conversations_are_locked_when_their_snooze_has_ended,
    }
    extras {
        what_a_surface_keeps_is_found_as_it_was_put,
        what_a_surface_keeps_is_replaced_by_itself_only,
        what_all_surfaces_keep_is_erased_with_these_things_only,
        what_surfaces_keep_is_handed_down_where_they_keep_nothing,
        what_is_kept_in_an_erased_conversation_goes_with_it,
        hundreds_are_put_found_and_erased_at_once,
    }
    births {
        events_are_found_by_their_positions,
        a_thing_is_born_where_the_first_event_says_so,
        things_of_every_sort_are_born,
        units_at_once_learn_where_their_events_stand,
    }
    numbers {
        a_conversation_is_found_by_its_number_until_it_is_deleted,
        a_list_shows_what_passes_by_how_one_has_it_and_counts_the_same,
        conversations_are_counted_as_they_are_listed_up_to_a_bound,
        participants_are_counted_as_they_are_listed_up_to_a_bound,
    }
    beside {
        the_oldest_reactions_to_each_of_many_messages_are_found,
        recipients_of_many_messages_are_listed_by_message_and_participant,
        the_first_present_members_of_each_of_many_conversations_are_found,
        those_of_many_pairs_that_have_a_conversation_are_found,
        the_newest_use_of_each_of_many_files_is_found,
    }
    shares {
        each_message_on_its_way_out_is_taken_once,
        each_file_is_processed_and_erased_once,
        unused_bytes_are_doomed_once,
        a_conversation_whose_snooze_has_ended_is_woken_once,
        bytes_that_many_keep_at_once_are_kept_once_and_all_counted,
    }
}
