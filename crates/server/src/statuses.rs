//! The status of every code that the API can answer: one table.

use axum::http::StatusCode;

/// Codes of the edge itself.
pub const OWN: &[(&str, u16)] = &[
    ("audit_not_available", 503),
    ("bank_account_not_stored", 409),
    ("bank_account_unfit", 422),
    ("bank_file_disk", 503),
    ("bank_file_missing", 410),
    ("bank_file_unfit", 422),
    ("bank_not_configured", 409),
    ("body_malformed", 400),
    ("body_not_utf8", 400),
    ("body_too_deep", 400),
    ("body_too_large", 413),
    ("body_too_slow", 408),
    ("calendar_ends", 503),
    ("corridor_body_differs", 400),
    ("corridor_clock", 401),
    ("corridor_key_missing", 503),
    ("corridor_key_revoked", 401),
    ("corridor_key_unknown", 401),
    ("corridor_malformed", 400),
    ("corridor_not_handled", 503),
    ("corridor_replayed", 409),
    ("corridor_signature_invalid", 401),
    ("corridor_signature_missing", 401),
    ("corridor_unreachable", 503),
    ("corridor_version", 400),
    ("corridor_wrong_cell", 421),
    ("cursor_invalid", 400),
    ("cursor_too_old", 410),
    ("field_invalid", 422),
    ("form_unfit", 400),
    ("id_malformed", 400),
    ("idempotency_key_invalid", 400),
    ("idempotency_key_missing", 400),
    ("internal", 500),
    ("key_expired", 401),
    ("key_invalid", 401),
    ("key_missing", 401),
    ("key_revoked", 401),
    ("link_unfit", 400),
    ("lists_not_available", 503),
    ("media_type_not_supported", 415),
    ("member_name_unfit", 422),
    ("method_not_allowed", 405),
    ("nothing_to_pay", 409),
    ("outcome_unknown", 503),
    ("partner_body_differs", 400),
    ("partner_clock", 401),
    ("partner_key_missing", 503),
    ("partner_key_revoked", 401),
    ("partner_key_unknown", 401),
    ("partner_malformed", 400),
    ("partner_not_handled", 503),
    ("partner_out_of_order", 409),
    ("partner_replayed", 409),
    ("partner_signature_invalid", 401),
    ("partner_signature_missing", 401),
    ("partner_stopped", 409),
    ("partner_suspended", 409),
    ("partner_unknown", 421),
    ("partner_unreachable", 503),
    ("partner_version", 400),
    ("partner_witness_differs", 409),
    ("passkey_late", 409),
    ("passkey_needed", 403),
    ("passkey_no_origin", 409),
    ("passkey_unproven", 401),
    ("path_not_found", 404),
    ("payment_in_review", 409),
    ("query_invalid", 400),
    ("rate_limited", 429),
    ("role_not_allowed", 403),
    ("scope_missing", 403),
    ("scope_unknown", 422),
    ("sign_in_again", 403),
    ("sign_in_foreign", 403),
    ("sign_needed", 403),
    ("sign_up_closed", 404),
    ("sign_up_foreign", 403),
    ("sign_up_unfit", 422),
    ("statement_unreadable", 422),
    ("too_many_connections", 503),
    ("too_many_streams", 503),
    ("too_many_streams_of_key", 429),
    ("vault_not_available", 503),
];

/// Codes of looking at a payment code, beside those of the modules.
pub const CODES_READ: &[(&str, u16)] = &[
    ("amount_has_decimals", 422),
    ("amount_is_zero", 422),
    ("amount_missing", 422),
    ("amount_too_long", 422),
    ("bad_amount", 422),
    ("bad_enishi_template", 422),
    ("bad_length", 422),
    ("bad_tag", 422),
    ("bad_tip", 422),
    ("bad_value", 422),
    ("claim_differs", 422),
    ("control_character", 422),
    ("customer_presented_not_supported", 422),
    ("data_after_crc", 422),
    ("duplicate_tag", 422),
    ("format_indicator_not_first", 422),
    ("missing_field", 422),
    ("not_a_payment_code", 422),
    ("not_enishi_code", 422),
    ("payee_differs", 422),
    ("quote_not_needed", 409),
    ("store_number_malformed", 422),
    ("store_number_mistyped", 422),
    ("tag_out_of_place", 422),
    ("template_too_long", 422),
    ("too_long", 422),
    ("unsupported_version", 422),
    ("wrong_crc", 422),
    ("wrong_currency", 422),
];

/// Codes of the modules and of the queue before a cell.
const OF_CELLS: &[(&str, u16)] = &[
    ("acceptance_unfit", 422),
    ("access_rules_unfit", 422),
    ("account_exists", 409),
    ("account_not_found", 404),
    ("already_done", 409),
    ("amount_differs", 422),
    ("amount_must_not_be_zero", 422),
    ("amount_too_large", 422),
    ("approval_needed", 409),
    ("bank_file_exists", 409),
    ("bank_file_not_approved", 409),
    ("bank_file_not_found", 404),
    ("bank_file_not_open", 409),
    ("bank_file_outdated", 409),
    ("bank_line_final", 409),
    ("bank_line_not_found", 404),
    ("bank_line_not_open", 409),
    ("bank_line_twice", 422),
    ("bank_line_unfit", 422),
    ("bank_lines_wait", 503),
    ("batch_size", 422),
    ("capture_exceeds_hold", 422),
    ("capture_exists", 409),
    ("case_not_found", 404),
    ("case_not_open", 409),
    ("cell_busy", 503),
    ("cell_full", 503),
    ("cell_starting", 503),
    ("cell_stopping", 503),
    ("charge_not_asked", 409),
    ("class_not_found", 422),
    ("clock_jumped", 503),
    ("code_misread", 422),
    ("code_of_shop", 422),
    ("code_registry_unfit", 422),
    ("code_unknown", 422),
    ("codes_not_set", 409),
    ("confirm_again", 409),
    ("connector_captures_at_once", 409),
    ("connector_currency_differs", 422),
    ("connector_exists", 409),
    ("connector_not_found", 404),
    ("connector_refund_too_late", 409),
    ("connector_refund_too_many_parts", 409),
    ("corridor_capacity_exhausted", 503),
    ("corridor_unavailable", 503),
    ("credit_line_used_up", 409),
    ("currency_differs", 422),
    ("currency_not_kept", 422),
    ("day_not_agreed", 409),
    ("day_not_found", 404),
    ("duty_above_own", 403),
    ("duty_unfit", 422),
    ("fees_too_low", 409),
    ("forget_not_asked", 409),
    ("id_expired", 422),
    ("idempotency_key_reused", 422),
    ("insufficient_funds", 422),
    ("journal_full", 503),
    ("key_exists", 409),
    ("key_not_found", 404),
    ("last_owner", 409),
    ("limit_per_day", 422),
    ("limit_per_month", 422),
    ("limit_per_payment", 422),
    ("limit_per_year", 422),
    ("limit_printed_codes", 422),
    ("link_frozen", 503),
    ("link_not_found", 404),
    ("link_open", 409),
    ("member_ended", 409),
    ("member_exists", 409),
    ("merchant_balance_too_low", 409),
    ("merchant_exists", 409),
    ("merchant_not_approved", 409),
    ("merchant_not_found", 404),
    ("merchant_paused", 409),
    ("merchant_twice_in_file", 422),
    ("not_paid_through_connector", 409),
    ("not_referred", 409),
    ("operator_needs_another", 403),
    ("out_of_order", 409),
    ("out_of_range", 422),
    ("party_exists", 409),
    ("party_forgotten", 410),
    ("party_has_money", 409),
    ("party_has_open_payments", 409),
    ("party_has_open_store", 409),
    ("party_has_shares", 409),
    ("party_not_found", 404),
    ("party_owes", 409),
    ("passkey_cloned", 401),
    ("passkey_ended", 401),
    ("passkey_exists", 409),
    ("passkey_not_found", 404),
    ("passkey_session", 403),
    ("passkey_unfit", 422),
    ("passkeys_full", 409),
    ("payer_forgotten", 409),
    ("payment_exists", 409),
    ("payment_expired", 409),
    ("payment_not_found", 404),
    ("payment_not_open", 409),
    ("payment_under_way", 409),
    ("payout_account_outdated", 409),
    ("payout_account_returned", 409),
    ("payout_below_minimum", 422),
    ("payout_money_missing", 409),
    ("payout_not_due", 409),
    ("payout_terms_not_set", 409),
    ("payout_today_not_offered", 409),
    ("phone_not_enrolled", 409),
    ("place_not_found", 404),
    ("place_twice", 422),
    ("place_withdrawn", 409),
    ("proof_used", 409),
    ("proposal_exists", 409),
    ("proposal_not_found", 404),
    ("proposal_not_open", 409),
    ("quote_exists", 409),
    ("quote_expired", 409),
    ("quote_not_found", 404),
    ("rate_not_published", 503),
    ("rate_too_old", 503),
    ("reference_already_used", 409),
    ("referred_by_another", 409),
    ("referrer_not_found", 404),
    ("referrer_word_taken", 409),
    ("refund_exceeds_rest", 422),
    ("refund_exists", 409),
    ("refund_under_way", 409),
    ("refund_window_closed", 409),
    ("review_full", 503),
    ("review_outdated", 409),
    ("review_rejected", 409),
    ("same_person", 403),
    ("second_person_needed", 409),
    ("settlement_terms_not_set", 409),
    ("share_balance_too_low", 409),
    ("split_unfit", 422),
    ("statement_gap", 409),
    ("statement_overlap", 409),
    ("statement_sum_differs", 422),
    ("statement_unfinished", 409),
    ("store_differs", 422),
    ("store_exists", 409),
    ("store_not_found", 404),
    ("store_paused", 409),
    ("text_not_plain", 422),
    ("text_unfit", 422),
    ("till_exists", 409),
    ("too_fast", 429),
    ("too_many_keys", 503),
    ("too_many_places", 422),
    ("too_many_proposals", 503),
    ("too_many_top_ups", 429),
    ("too_many_wrong_codes", 429),
    ("top_up_exists", 409),
    ("top_up_not_found", 404),
    ("top_up_not_open", 409),
    ("transfer_not_found", 404),
    ("wallet_exists", 409),
    ("wallet_not_connected", 422),
    ("wallet_not_found", 404),
];

fn known(code: &str) -> Option<u16> {
    let tables = [OWN, CODES_READ, OF_CELLS];
    tables.into_iter().flatten().find(|(known, _)| *known == code).map(|(_, status)| *status)
}

/// The status of a code; 500 for one that stands in no table, which a test prevents.
pub fn of(code: &str) -> StatusCode {
    let status = known(code).and_then(|status| StatusCode::from_u16(status).ok());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Seconds after which a retry of what is unavailable makes sense.
pub fn retry_after_s(code: &str) -> u32 {
    match code {
        "corridor_unavailable" | "corridor_capacity_exhausted" | "link_frozen" => 30,
        "rate_not_published" | "rate_too_old" | "too_many_keys" | "too_many_proposals" => 60,
        "cell_full" => 3_600,
        "too_many_wrong_codes" => 60,
        _ => 1,
    }
}

/// Every code, for the API's document and for message files.
pub fn all() -> Vec<&'static str> {
    let mut codes: Vec<_> =
        [OWN, CODES_READ, OF_CELLS].into_iter().flatten().map(|(code, _)| *code).collect();
    codes.sort_unstable();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use cell::Rejected;

    #[test]
    fn every_code_has_one_status() {
        let queue = [
            Rejected::Busy,
            Rejected::Starting,
            Rejected::JournalFull,
            Rejected::ClockJumped,
            Rejected::Stopped,
        ];
        let of_modules = pay::Refusal::CODES.iter().chain(economy::Refusal::CODES).copied();
        let of_link = link::CODES.iter().chain(partner::CODES).copied();
        for code in of_modules.chain(queue.map(Rejected::code)).chain(of_link) {
            assert!(known(code).is_some(), "{code} has no status");
        }
        let codes = all();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "a code stands twice");
        for table in [OWN, CODES_READ, OF_CELLS] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0), "a table is not sorted");
        }
    }

    #[test]
    fn every_code_that_this_crate_uses_stands_in_the_table() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let mut found = 0;
        visit(std::path::Path::new(folder), &mut |text| {
            for (at, _) in text.match_indices("Problem::new(") {
                let rest = text[at + "Problem::new(".len()..].trim_start();
                let Some(code) = rest.strip_prefix('"').and_then(|r| r.split_once('"')) else {
                    continue;
                };
                assert!(known(code.0).is_some(), "{} has no status", code.0);
                found += 1;
            }
        });
        assert!(found > 10, "the search found only {found} problems");
    }

    fn visit(folder: &std::path::Path, look: &mut impl FnMut(&str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, look);
            } else if path.extension().is_some_and(|kind| kind == "rs")
                && !path.ends_with("statuses.rs")
            {
                look(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
}
