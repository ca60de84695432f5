"""The faults and inputs that the alert path is held to, by number: what holds each row, or why it is open.

A row is held by tests: a scenario of this folder that plays it on the rig (``SCENARIO``), and tests elsewhere that are
named by their file and function. An open row says what is missing; nothing is held without a test that would fail.
"""

from dataclasses import dataclass
from typing import Any

import pytest

SCENARIO = "here"
NO_CRM_API = "there is no connector to a CRM's API yet: sources are exports and SQL"
NO_INTERACTIONS = "buttons, interactions and Socket Mode are not built yet: the alert has a link in their place"
SLACK = "tests/channels/test_slack_channel.py::"
SMTP = "tests/channels/test_smtp_channel.py::"
DELIVER = "tests/jobs/test_deliver.py::"
ALERTS = "tests/messages/test_alert_messages.py::"
ESCAPING = "tests/messages/test_escaping.py::"
BROKEN = "tests/definition_files/test_broken_definitions.py::"
YAML = "tests/definition_files/test_yaml_reading.py::"
TIMETABLES = "tests/core/test_timetables.py::"
SYNC = "tests/jobs/test_sync.py::"
REGULAR = "tests/definition_files/test_regular_expressions.py::"
GONE = "tests/faults/test_gone_processes.py::"
OLDER = "tests/jobs/test_older_database.py::"
CALLING = "tests/channels/test_calling.py::"
POSTGRESQL = "tests/faults/test_postgresql_troubles.py::"
KILLS = "tests/faults/test_kills.py::test_f01_killed_at_fifteen_points_and_at_any_moment_nothing_is_lost_doubled_or_reordered"


@dataclass(frozen=True)
class Row:
    """One row of the table: its title, the tests that hold it, and what is still open in it."""

    number: str
    title: str
    tests: tuple[str, ...] = ()
    open: str = ""

    @property
    def status(self) -> str:
        """held, or open with the reason."""
        return f"open: {self.open}" if self.open else "held"


FAULTS = (
    Row(
        "F01",
        "SIGKILL at random times",
        (KILLS, GONE + "test_p1_two_kills_in_a_row_on_the_same_message_delay_it_by_less_than_three_minutes"),
    ),
    Row("F02", "SIGKILL between the commit and the post", (SCENARIO, KILLS)),
    Row("F03", "SIGKILL after the request, before the answer; Slack stored it", (SCENARIO, KILLS)),
    Row("F04", "the same, Slack did not store it", (SCENARIO, KILLS)),
    Row("F05", "the same, the history lags by 10 s", (SCENARIO, KILLS)),
    Row(
        "F06",
        "late landing 45 s after the line broke",
        (
            SCENARIO,
            "tests/jobs/test_sweep.py::test_f06_a_request_that_slack_stores_after_its_repeat_is_deleted_and_counted",
            GONE + "test_f06_what_lands_after_the_news_of_its_answer_is_deleted",
        ),
    ),
    Row("F07", "SIGKILL after the answer, before the commit", (SCENARIO, KILLS)),
    Row("F08", "SIGKILL while it looks for what arrived", (SCENARIO, KILLS)),
    Row(
        "F09",
        "SIGTERM with many in flight",
        (
            "tests/schedule/test_service_process.py::test_asked_to_stop_it_finishes_what_is_on_the_wire_leaves_the_rest_pending_and_exits_with_0",
            DELIVER + "test_when_asked_to_stop_it_leaves_the_rest_pending",
        ),
    ),
    Row(
        "F10",
        "reset, disconnect, half a body, bad JSON, HTML",
        (SCENARIO, SLACK + "test_f10_f11_f12_an_answer_that_leaves_it_open_is_ambiguous_after_exactly_one_request"),
    ),
    Row("F11", "Slack 500, 502, 503, 504, stored and not", (SCENARIO,)),
    Row("F12", "fatal_error and internal_error, stored and not", (SCENARIO,)),
    Row("F13", "429 with every kind of Retry-After", (SCENARIO, SLACK + "test_f13_retry_after_is_read_defensively")),
    Row("F14", "500 breaches in one minute in one channel", (SCENARIO,)),
    Row(
        "F15",
        "Slack down 6 h while breaches open and resolve",
        (SCENARIO, DELIVER + "test_after_six_hours_of_outage_the_current_state_is_said_once_within_a_minute"),
    ),
    Row("F16", "token revoked, account inactive, scope missing", (SCENARIO, SLACK + "test_f16_a_refusal_is_called_by_what_mends_it")),
    Row(
        "F17",
        "channel archived, renamed, bot removed, posting restricted",
        (SCENARIO, SLACK + "test_f17_a_destination_that_is_gone_falls_back_to_the_default_channel_with_a_note"),
    ),
    Row(
        "F18",
        "invalid_blocks or msg_too_long for one item",
        (SCENARIO, SLACK + "test_f18_blocks_that_slack_cannot_read_go_out_as_plain_text"),
    ),
    Row("F19", "message deleted by a person before its edit", (SCENARIO, SLACK + "test_f19_an_edit_of_a_deleted_message_is_posted_anew")),
    Row("F20", "the answer to an edit is lost", (SCENARIO, DELIVER + "test_an_edit_whose_answer_was_lost_is_repeated_without_looking")),
    Row(
        "F21",
        "SMTP breaks before the dot, at each verb",
        (SCENARIO, SMTP + "test_f21_a_connection_that_breaks_before_the_dot_hands_nothing_over"),
    ),
    Row("F22", "the 250 is lost after acceptance", (SCENARIO, SMTP + "test_f22_a_repeat_is_the_same_to_the_byte")),
    Row(
        "F23", "greylisting for 1 h; one recipient refused", (SCENARIO, SMTP + "test_f23_the_servers_own_answers_are_definite_or_permanent")
    ),
    Row(
        "F24",
        "SMTP hangs; downgrade; bad certificate",
        tuple(
            SMTP + name
            for name in (
                "test_f24_a_server_that_accepts_and_then_hangs_is_left_alone_in_time",
                "test_f24_a_server_that_offers_no_encryption_gets_nothing",
                "test_f24_a_certificate_that_we_do_not_trust_gets_nothing",
                "test_f24_a_password_is_never_said_over_an_open_line",
            )
        ),
    ),
    Row("F25", "CRM 429, 5xx, timeouts, 1 byte a second", (), NO_CRM_API),
    Row(
        "F26",
        "a part of the CRM cannot be read",
        (
            SCENARIO,
            SYNC + "test_a_table_that_fails_keeps_the_whole_source_as_it_was",
            "tests/sources/test_files.py::test_a_file_that_is_written_while_it_is_read_is_not_believed",
        ),
    ),
    Row("F27", "the CRM's token expires while pages are read", (), NO_CRM_API),
    Row(
        "F28",
        "schema drift: a column is gone or renamed",
        (SCENARIO, "tests/sources/test_files.py::test_columns_that_are_not_there_are_all_named_beside_those_that_are"),
    ),
    Row(
        "F29",
        "the CRM is empty where it held thousands",
        (SCENARIO, SYNC + "test_a_source_that_loses_half_of_thousands_is_broken_unless_told_otherwise"),
    ),
    Row(
        "F30",
        "a change becomes visible 60 s late",
        (SCENARIO, "tests/core/test_notices.py::test_a_breach_waits_as_long_as_the_data_may_be_late"),
    ),
    Row(
        "F31",
        "rows three times, shuffled, and older than the state",
        (SCENARIO, SYNC + "test_rows_in_another_order_are_the_same_facts_in_another_order"),
    ),
    Row(
        "F32",
        "lead deleted, restored, merged, reassigned, un-qualified",
        (
            SCENARIO,
            KILLS,
            "tests/core/test_notices.py::test_nobody_is_pressed_about_a_lead_that_was_deleted_or_taken_out_since_and_the_breach_stands",
        ),
    ),
    Row(
        "F33",
        "disk full",
        (
            SCENARIO,
            "tests/jobs/test_database_troubles.py::test_f33_while_the_disk_takes_nothing_nothing_is_sent_and_with_room_everything_once",
            "tests/schedule/test_journal.py::test_f33_a_journal_that_cannot_be_written_stops_nothing_and_says_afterwards_how_much_was_lost",
        ),
    ),
    Row(
        "F34",
        "the database is locked for long",
        ("tests/schedule/test_service_process.py::test_while_the_database_is_locked_the_loop_survives_and_goes_on_afterwards",),
    ),
    Row(
        "F35",
        "the database is replaced by an older backup",
        (SCENARIO, "tests/jobs/test_restored.py::test_f35_after_an_older_backup_is_put_in_place_nothing_is_said_again"),
    ),
    Row("F36", "the database's file is damaged", ("tests/store/test_database.py::test_a_file_that_is_no_database_is_named_and_kept",)),
    Row(
        "F37",
        "PostgreSQL restarts, fails over, or cuts the line",
        (
            POSTGRESQL + "test_f37_a_line_that_is_cut_while_it_sends_loses_nothing_and_doubles_nothing",
            POSTGRESQL + "test_f37_a_server_that_restarts_while_it_sends_loses_nothing_and_doubles_nothing",
            POSTGRESQL + "test_f37_a_server_that_takes_over_without_the_last_commits_repeats_nothing",
            POSTGRESQL + "test_f37_a_failover_that_loses_the_breach_itself_says_it_once",
            "tests/jobs/test_database_troubles.py::test_f37_a_failover_that_loses_the_last_commits_repeats_nothing",
        ),
    ),
    Row(
        "F38",
        "serialization failure and deadlock",
        (
            POSTGRESQL + "test_f38_no_two_writing_units_deadlock_or_fail_to_serialize_whatever_the_server_s_default_is",
            POSTGRESQL + "test_f38_a_deadlock_with_somebody_else_s_connection_fails_one_run_loudly_and_loses_and_doubles_nothing",
        ),
    ),
    Row(
        "F39",
        "several schedulers on one database",
        (
            "tests/store/test_outbox.py::test_of_many_claimers_at_once_each_delivery_has_one",
            "tests/store/test_alone.py::test_f39_a_second_service_on_one_file_is_refused_and_a_killed_one_leaves_no_lock",
        ),
    ),
    Row(
        "F40",
        "the owner sleeps 10 min and wakes after its lease",
        (SCENARIO, DELIVER + "test_a_process_that_slept_through_its_lease_does_not_send"),
    ),
    Row(
        "F41",
        "the clock jumps or is set back",
        (
            SCENARIO,
            TIMETABLES + "test_a_clock_that_jumps_far_ahead_sends_no_flood",
            "tests/schedule/test_ticker.py::test_after_the_clock_was_set_the_jobs_run_at_once_and_not_in_a_storm",
        ),
    ),
    Row("F42", "suspended over a report's time", (SCENARIO, TIMETABLES + "test_a_report_that_comes_a_quarter_of_an_hour_late_says_so")),
    Row(
        "F43",
        "down over several reports",
        (SCENARIO, TIMETABLES + "test_after_a_pause_the_newest_is_sent_and_the_others_are_listed_as_missed"),
    ),
    Row(
        "F44",
        "clock changes in forty zones",
        (
            TIMETABLES + "test_no_clock_change_skips_or_repeats_a_report",
            TIMETABLES + "test_each_period_of_five_years_is_due_once_at_the_instant_that_the_oracle_says",
        ),
    ),
    Row(
        "F45",
        "the zones' rules change between runs",
        (
            "tests/faults/test_zone_rules.py::test_f45_a_miss_that_was_told_under_the_old_rules_is_corrected_openly_or_not_said_again",
            "tests/faults/test_zone_rules.py::test_f45_a_report_that_was_sent_under_the_old_rules_is_not_sent_again_and_the_next_goes_by_the_new",
        ),
    ),
    Row(
        "F46",
        "a deploy renames a job",
        (
            OLDER + "test_f46_no_table_keeps_jobs_and_the_service_s_jobs_are_those_of_its_own_code",
            OLDER + "test_f46_what_a_job_of_an_earlier_version_left_is_kept_named_and_fails_nobody",
            OLDER + "test_f46_f55_after_an_upgrade_every_message_that_waited_is_sent_once_and_no_row_is_gone",
        ),
    ),
    Row(
        "F47",
        "settings that cannot be read on reload",
        (
            "tests/commands/test_service.py::test_a_broken_change_of_a_definition_is_not_used_and_the_service_goes_on",
            "tests/schedule/test_ticker.py::test_a_broken_change_keeps_what_was_and_is_told_once",
        ),
    ),
    Row(
        "F48",
        "one message that crashes the sending",
        (DELIVER + "test_a_message_that_crashes_the_channel_is_given_up_after_three_tries_and_its_text_is_not_in_the_reason",),
    ),
    Row(
        "F49",
        "a job hangs, the ticker dies",
        (
            "tests/schedule/test_ticker.py::test_a_job_that_hangs_is_told_once_while_the_others_go_on",
            "tests/schedule/test_ticker.py::test_a_ticker_that_died_is_replaced",
        ),
    ),
    Row(
        "F50",
        "the dead-man endpoint is down",
        ("tests/channels/test_dead_man.py::test_f50_an_address_that_is_not_there_is_an_error_without_the_address",),
    ),
    Row(
        "F51",
        "100,000 open leads in bounded memory",
        ("tests/jobs/test_memory.py::test_f51_a_check_of_four_times_as_many_open_leads_takes_hardly_more_memory",),
    ),
    Row("F52", "interaction while the database is locked", (), NO_INTERACTIONS),
    Row("F53", "interaction retried, clicked twice, by two people", (), NO_INTERACTIONS),
    Row("F54", "Socket Mode is cut", (), NO_INTERACTIONS),
    Row(
        "F55",
        "upgrade killed, downgrade refused",
        (
            OLDER + "test_f46_f55_after_an_upgrade_every_message_that_waited_is_sent_once_and_no_row_is_gone",
            "tests/store/test_migrate.py::test_an_interrupted_migration_leaves_nothing_behind",
            "tests/store/test_migrate.py::test_a_database_of_a_newer_version_is_refused",
        ),
    ),
)
IN_SLACK = ALERTS + "test_a01_to_a11_no_crm_text_notifies_formats_links_or_exceeds_a_limit_in_slack"
IN_MAIL = ALERTS + "test_a12_to_a20_no_crm_text_becomes_markup_a_header_or_a_template_in_mail"
IN_REPORTS = "tests/messages/test_report_messages.py::test_a01_to_a20_no_text_of_others_acts_in_a_report"
REFUSED = BROKEN + "test_a_broken_file_is_refused_with_place_problem_and_mend"
INPUTS = (
    Row("A01", "names that call everybody", (SCENARIO, IN_SLACK, IN_REPORTS)),
    Row(
        "A02",
        "names that call a person or a channel",
        (SCENARIO, IN_SLACK, SLACK + "test_slack_takes_every_message_that_we_make_and_nobody_is_notified_by_it"),
    ),
    Row("A03", "names that are links", (SCENARIO, IN_SLACK, SLACK + "test_a_post_carries_the_deliverys_mark_and_nothing_that_unfurls")),
    Row("A04", "names that format", (SCENARIO, IN_SLACK)),
    Row("A05", "names that look escaped", (SCENARIO, ESCAPING + "test_a05_text_that_looks_escaped_is_escaped_all_the_same")),
    Row(
        "A06",
        "three thousand ampersands, cuts inside a character",
        (SCENARIO, ESCAPING + "test_a06_escaped_text_fits_and_is_never_cut_inside_an_entity"),
    ),
    Row(
        "A07",
        "a name of ten megabytes, a million leads",
        (
            ESCAPING + "test_a07_a_name_of_ten_megabytes_costs_no_more_than_its_first_page",
            ALERTS + "test_a07_ten_thousand_leads_are_one_message",
        ),
    ),
    Row(
        "A08",
        "messages over Slack's limits",
        (IN_SLACK, SLACK + "test_slack_takes_every_message_that_we_make_and_nobody_is_notified_by_it"),
    ),
    Row(
        "A09",
        "control characters, NUL, half letters",
        (SCENARIO, ESCAPING + "test_a09_control_characters_are_seen_and_half_letters_replaced"),
    ),
    Row(
        "A10",
        "reading direction turned, zero width",
        (SCENARIO, ESCAPING + "test_a10_nothing_turns_the_reading_direction_and_joiners_stay_where_scripts_need_them"),
    ),
    Row("A11", "towers of accents, 500 emoji", (SCENARIO, ESCAPING + "test_a11_a_tower_of_accents_ends_after_four")),
    Row("A12", "line ends in a mail's subject", (SCENARIO, SMTP + "test_a12_a_subject_cannot_add_a_header", IN_MAIL)),
    Row("A13", "recipients that are several or none", (SMTP + "test_a13_a_recipient_is_one_plain_address_or_refused",)),
    Row("A14", "bodies that end a mail early", (SMTP + "test_a14_no_body_ends_the_mail_early_or_begins_another",)),
    Row(
        "A15",
        "scripts and crooked links in HTML",
        (
            IN_MAIL,
            IN_REPORTS,
            ALERTS + "test_a15_a_lead_with_a_crooked_address_has_no_link",
            ESCAPING + "test_a15_only_plain_web_addresses_become_links",
        ),
    ),
    Row(
        "A16",
        "attributes and URLs in HTML",
        (IN_MAIL, "tests/channels/test_preview_channel.py::test_a15_a16_no_text_becomes_markup_in_a_preview"),
    ),
    Row("A17", "names of attachments", ("tests/channels/test_preview_channel.py::test_a17_a31_no_input_names_a_file",)),
    Row(
        "A18",
        "cells that begin as a formula",
        (
            "tests/commands/test_command_line.py::test_a_formula_from_the_crm_is_inert_in_csv",
            SYNC + "test_refused_rows_are_counted_shown_and_listed_in_a_file_that_is_safe_in_a_spreadsheet",
        ),
    ),
    Row(
        "A19",
        "formulas, delimiters and newlines in names",
        ("tests/commands/test_command_line.py::test_a_formula_from_the_crm_is_inert_in_csv",),
    ),
    Row("A20", "template words in data", (SCENARIO, ALERTS + "test_a20_data_is_never_a_template")),
    Row("A21", "an operator's own template", (), "there are no custom templates"),
    Row("A22", "templates that never end", (), "there are no custom templates"),
    Row("A23", "templates that read what is not there", (), "there are no custom templates"),
    Row("A24", "YAML tags", (REFUSED, YAML + "test_random_yaml_never_raises_anything_but_a_definition_error")),
    Row("A25", "YAML aliases", (REFUSED,)),
    Row(
        "A26",
        "YAML 3,000 deep, 50 MB, NUL, BOM, UTF-16, tabs",
        (REFUSED, BROKEN + "test_a_file_of_five_megabytes_is_refused_before_it_is_parsed", YAML + "test_nesting_is_bounded_however_deep"),
    ),
    Row("A27", "keys and ids twice", (REFUSED,)),
    Row("A28", "numbers, times and dates in disguise", (REFUSED, YAML + "test_a_number_in_disguise_is_refused_with_both_mends")),
    Row("A29", "thresholds that are none", (REFUSED,)),
    Row("A30", "zones that are none", (REFUSED,)),
    Row("A31", "ids and names that are paths", (REFUSED, "tests/channels/test_preview_channel.py::test_a17_a31_no_input_names_a_file")),
    Row(
        "A32",
        "URLs of other schemes",
        (
            "tests/definition_files/test_workspaces.py::test_a_settings_mistake_is_told_at_its_place_with_the_mend",
            "tests/sources/test_sql.py::test_urls_that_cannot_be_used_are_named",
        ),
    ),
    Row(
        "A33",
        "URLs that lead inside",
        (
            CALLING + "test_a33_an_address_that_leads_inside_is_known_in_every_form",
            CALLING + "test_a33_a_name_that_leads_inside_is_not_called",
            CALLING + "test_a33_an_address_in_numbers_of_another_form_is_not_called",
            CALLING + "test_a33_settings_that_write_an_inner_address_are_refused_unless_they_say_that_it_is_meant",
            CALLING + "test_a33_slack_s_own_address_may_not_lead_inside_either",
        ),
    ),
    Row(
        "A34",
        "names that lead elsewhere the second time, redirects",
        (
            CALLING + "test_a34_a_name_is_looked_up_once_and_that_address_is_called",
            CALLING + "test_a34_a_redirect_of_slack_is_followed_nowhere_and_takes_no_token_along",
            CALLING + "test_a34_a_redirect_of_the_dead_man_s_address_is_followed_nowhere",
        ),
    ),
    Row(
        "A35",
        "answers that never end",
        (
            CALLING + "test_a35_an_answer_without_end_is_left_after_its_size_or_its_time",
            CALLING + "test_a35_what_is_packed_is_not_unpacked",
            CALLING + "test_a35_an_answer_of_slack_that_is_too_large_leaves_it_open",
        ),
    ),
    Row("A36", "JSON that is a bomb", (SLACK + "test_f10_f11_f12_an_answer_that_leaves_it_open_is_ambiguous_after_exactly_one_request",)),
    *(
        Row(number, title, (), NO_INTERACTIONS)
        for number, title in (
            ("A37", "request unsigned or wrongly signed"),
            ("A38", "timestamps of requests that are none"),
            ("A39", "signatures and bodies that are no text"),
            ("A40", "requests replayed"),
            ("A41", "requests of strangers"),
            ("A42", "buttons forged or stale"),
            ("A43", "answers sent elsewhere"),
        )
    ),
    Row("A44", "our mark on somebody else's message", (SCENARIO, SLACK + "test_a44_only_our_own_bots_mark_counts_as_arrived")),
    Row("A45", "a person quotes our message", (SCENARIO,)),
    Row(
        "A46",
        "unsubscribing by scanners and forgers",
        tuple(
            f"tests/web/test_unsubscribing.py::test_a46_{name}"
            for name in (
                "a_scanner_that_follows_the_link_stops_nothing_and_a_person_sees_a_button",
                "a_post_without_the_agreed_words_changes_nothing",
                "forged_damaged_expired_and_foreign_tokens_are_refused_alike",
                "a_flood_is_limited_and_forged_requests_use_up_nobody_s_right",
            )
        ),
    ),
    Row(
        "A47",
        "an executive unsubscribes",
        ("tests/jobs/test_report_readers.py::test_a47_the_report_s_owner_is_told_once_and_how_to_take_it_back",),
    ),
    Row(
        "A48",
        "instants without a zone, in other forms",
        (
            "tests/sources/test_times.py::test_times_without_offset_need_a_declared_zone",
            "tests/sources/test_times.py::test_what_is_no_instant_says_why",
        ),
    ),
    Row(
        "A49",
        "instants of the future, of year 1, of 9999",
        (
            SCENARIO,
            "tests/sources/test_times.py::test_what_is_no_instant_says_why",
            SYNC + "test_events_of_the_future_are_counted_and_do_not_make_the_data_look_fresh",
        ),
    ),
    Row("A50", "answers before the start", (SCENARIO,)),
    Row(
        "A51",
        "calendars that never open",
        (REFUSED, "tests/definition_files/test_loading.py::test_calendars_that_holidays_cover_entirely_are_refused"),
    ),
    Row("A52", "holidays that are none", (REFUSED,)),
    Row(
        "A53",
        "owners whom Slack does not know",
        (SCENARIO, SLACK + "test_a53_somebody_whom_slack_does_not_know_is_looked_up_once_and_the_default_channel_hears_it"),
    ),
    Row("A54", "addresses in other spellings", (SCENARIO,)),
    Row("A55", "SQL in any text", (SCENARIO,)),
    Row("A56", "queries of a CRM's API built from values", (), NO_CRM_API),
    Row(
        "A57",
        "regular expressions that never end",
        (
            REGULAR + "test_a57_no_key_of_settings_or_definitions_takes_a_regular_expression",
            REGULAR + "test_a57_what_looks_like_one_is_compared_as_text_and_at_once",
            REGULAR + "test_a57_a_pattern_with_stars_ends_on_any_text",
            REGULAR + "test_a57_none_of_ours_repeats_a_repetition",
        ),
    ),
    Row(
        "A58",
        "log lines that are forged",
        ("tests/schedule/test_ticker.py::test_an_event_is_one_line_whatever_it_says", BROKEN + "test_a_finding_cannot_forge_a_second_line"),
    ),
    Row(
        "A59",
        "secrets in errors and logs",
        (
            SCENARIO,
            SLACK + "test_a59_no_error_and_no_log_line_shows_the_token",
            "tests/store/test_database.py::test_passwords_are_masked_wherever_they_stand",
        ),
    ),
    Row(
        "A60",
        "settings that others can read, or that change while read",
        (
            "tests/jobs/test_doctor.py::test_a60_settings_that_others_can_change_and_secrets_that_others_can_read_are_told_with_the_mend",
            "tests/schedule/test_ticker.py::test_a60_a_file_that_changes_while_it_is_read_is_read_once_more",
            "tests/definition_files/test_workspaces.py::test_a60_settings_that_are_no_file_are_refused_at_once",
            "tests/definition_files/test_workspaces.py::test_a60_settings_may_be_a_link_to_a_file",
        ),
    ),
    Row(
        "A61",
        "schedules as cron, impossible days",
        ("tests/definition_files/test_workspaces.py::test_a_settings_mistake_is_told_at_its_place_with_the_mend",),
    ),
    Row(
        "A62",
        "10,000 promises, one that matches everything",
        (SCENARIO, "tests/jobs/test_set_aside.py::test_an_sla_that_fails_for_everybody_is_set_aside_and_the_other_is_judged"),
        "one that fails is set aside and one that matches everything is told together; one that is only slow is waited for, and 50 are played",
    ),
    Row("A63", "personal data where it does not belong", (SCENARIO,)),
    Row("A64", "names that differ in case or form alone", (REFUSED,)),
)
ROWS = {row.number: row for row in (*FAULTS, *INPUTS)}


def played(rows: tuple[Row, ...]) -> list[Any]:
    """The numbers of the rows that a scenario plays, as parameters; those of open rows are expected to fail."""
    return [
        pytest.param(row.number, marks=pytest.mark.xfail(reason=row.status, strict=False)) if row.open else row.number
        for row in rows
        if SCENARIO in row.tests
    ]


def table() -> list[str]:
    """Number, title and status of every row, and how many are held."""
    lines = [f"{row.number}  {row.title:<62}  {row.status}" for row in ROWS.values()]
    held = sum(not row.open for row in ROWS.values())
    return [*lines, f"{held} of {len(ROWS)} held, {len(ROWS) - held} open"]
