//! What each code of a refusal means, for who writes a program against the API. The answer itself
//! says more: its `detail` knows the amounts, places and positions.

/// Every code of [`crate::statuses`] with one sentence: what it means and what to do.
#[rustfmt::skip]
const MEANINGS: &[(&str, &str)] = &[
    ("account_exists", "An account of this id exists, in another currency or under another rule; make a new id."),
    ("account_not_found", "The cell has no such account; take the id that it gave when the account was opened."),
    ("already_done", "This was done before, under another key; nothing was done again."),
    ("amount_differs", "Another amount is due than the code or the request says; scan or ask anew."),
    ("amount_has_decimals", "The amount has more decimals than its currency; have the code made anew."),
    ("amount_is_zero", "The code asks for nothing; leave the amount out or ask for more than zero."),
    ("amount_missing", "The code names no amount and neither does the request; send one."),
    ("amount_must_not_be_zero", "The amount is zero; send more than that."),
    ("amount_too_large", "The amount is more than can be booked; split it."),
    ("amount_too_long", "The amount in the code has too many characters; have the code made anew."),
    ("audit_not_available", "The books can't be gone over now; try again, and look into the server's log if it stays."),
    ("bad_amount", "The amount in the code is no number; have the code made anew."),
    ("bad_enishi_template", "What the code says of cell, store or payment can't be read; have the code made anew."),
    ("bad_length", "A field of the code is longer or shorter than it says; scan it again or have it made anew."),
    ("bad_tag", "A field of the code does not begin with a two-digit tag; scan it again or have it made anew."),
    ("bad_tip", "What the code says of a tip contradicts itself; have the code made anew."),
    ("bad_value", "A field of the code holds what it must not; have the code made anew."),
    ("batch_size", "A batch has 1 to 8,190 transfers; send several batches."),
    ("body_malformed", "The body is not JSON, or not whole; correct it at the place that is named."),
    ("body_not_utf8", "The body is not UTF-8; encode it so."),
    ("body_too_deep", "The body nests deeper than anything here needs; flatten it."),
    ("body_too_large", "The body is cut off or larger than this operation takes; send less at once."),
    ("body_too_slow", "The body came too slowly and nothing was done; send the request again with the same key."),
    ("capture_exceeds_hold", "More was to be captured than is still held; capture at most the rest."),
    ("capture_exists", "Another capture of the payment was made under this key; send the new one under a new key."),
    ("cell_busy", "The cell has as much to do as it takes; send the same request after Retry-After."),
    ("cell_full", "The cell holds as many entries of this kind as it can; its operator must make room."),
    ("cell_starting", "The cell comes back from its journal; send the same request after Retry-After."),
    ("cell_stopping", "The cell is being stopped; send the same request after Retry-After."),
    ("claim_differs", "The code claims something that the register says otherwise; do not pay, and tell the shop."),
    ("clock_jumped", "The cell's clock jumped, and new business waits until an operator accepts the new time."),
    ("confirm_again", "The same amount was paid to the same store a moment ago; confirm with again set if it is meant twice."),
    ("control_character", "An invisible character stands in the code; have the code made anew."),
    ("corridor_capacity_exhausted", "What is prefunded on the other side does not cover it, and nothing was taken; try later or less."),
    ("corridor_unavailable", "The other side does not answer, and nothing was taken; try again after Retry-After."),
    ("credit_line_used_up", "Balance and credit line do not cover the refund; refund less, sell more, or ask for a larger line."),
    ("currency_differs", "Two currencies meet where one is needed; send the store's, or ask for a quote."),
    ("currency_not_kept", "The cell keeps no book in that currency."),
    ("cursor_invalid", "The cursor was not handed out here; begin at the first page, or without Last-Event-ID."),
    ("cursor_too_old", "Events behind the cursor are no longer kept; read the lists, then follow from the cursor that is given."),
    ("customer_presented_not_supported", "This is a code that a customer shows; scan the code that the shop shows."),
    ("data_after_crc", "Something follows the check value of the code; scan it again or have it made anew."),
    ("duplicate_tag", "A field stands twice in the code; have the code made anew."),
    ("field_invalid", "A field of the body is missing, unknown or not what it must be; errors says which."),
    ("forget_not_asked", "The party has not asked to be forgotten; ask for it first."),
    ("format_indicator_not_first", "The code does not begin as a payment code does; scan it again or have it made anew."),
    ("id_expired", "The id was not made in the last 48 hours; make a new one."),
    ("id_malformed", "The id in the path can't be one; check it for missing characters."),
    ("idempotency_key_invalid", "An Idempotency-Key stands once and has 1 to 255 visible ASCII characters."),
    ("idempotency_key_missing", "Every POST needs an Idempotency-Key; send one of your own making."),
    ("idempotency_key_reused", "The Idempotency-Key was used for another request; use a new one."),
    ("insufficient_funds", "The wallet holds too little; top it up or pay less."),
    ("internal", "Something went wrong in the server; send the same request again, and tell the operator if it stays."),
    ("journal_full", "There is no room on the cell's disk and nothing was taken in; try again after Retry-After."),
    ("key_exists", "A key of this id exists; make a new id."),
    ("key_expired", "The API key has expired; ask the operator for a new one."),
    ("key_invalid", "This is not an API key of this server; check it for missing characters."),
    ("key_missing", "No API key was sent; send it in the header Authorization as Bearer."),
    ("key_not_found", "There is no key of this id."),
    ("key_revoked", "The API key was ended; ask the operator for a new one."),
    ("limit_per_day", "It is over what is left of the wallet's limit of the day, which begins anew at midnight."),
    ("limit_per_payment", "It is over what one payment may be; pay less at once."),
    ("link_frozen", "The link is frozen until an operator has looked at both books."),
    ("link_not_found", "The cell has no such link, or none to that cell."),
    ("link_open", "The link is open already."),
    ("lists_not_available", "Lists are being rebuilt; ask for single wallets and payments meanwhile."),
    ("media_type_not_supported", "The body has another media type than this operation takes."),
    ("merchant_balance_too_low", "The merchant's balance does not cover the refund; it can be made after the next sales."),
    ("merchant_exists", "A merchant of this id exists with other particulars; make a new id."),
    ("merchant_not_found", "There is no such merchant of the caller's."),
    ("merchant_paused", "The operator has paused this shop; it takes no payments until the operator says otherwise."),
    ("method_not_allowed", "The address does not take this method; see Allow."),
    ("missing_field", "The code lacks a field that it must have; have the code made anew."),
    ("not_a_payment_code", "The text is not a payment code; scan the code that the shop shows."),
    ("not_enishi_code", "The code belongs to another payment system."),
    ("operator_needs_another", "An operator is forgotten by another one only, so that one is left; ask a colleague."),
    ("out_of_order", "A message of the corridor is not the next one; nothing is lost."),
    ("out_of_range", "A number is outside what is allowed; the detail says which and how far."),
    ("outcome_unknown", "Nobody can say what became of the request; send the same one with the same key to find out."),
    ("party_exists", "A party of this id exists in another role; make a new id."),
    ("party_forgotten", "The party asked to be forgotten; nothing new can be done for it."),
    ("party_has_money", "The party still has money in wallets or as a merchant; have it paid out first."),
    ("party_has_open_payments", "Payments of the party are still open; wait for their end, or end them."),
    ("party_has_open_store", "A store of the party is still open; pause it first."),
    ("party_not_found", "There is no such party."),
    ("party_owes", "A merchant of the party owes what was drawn on its credit line; have it repaid first."),
    ("path_not_found", "There is nothing at this address; see /openapi.json."),
    ("payee_differs", "The code bears another name or trade than the store is registered with; do not pay, and tell the shop."),
    ("payer_forgotten", "The customer asked to be forgotten; pay the money back another way."),
    ("payment_exists", "A payment of this id exists; make a new id."),
    ("payment_expired", "The time to pay has passed; ask the till for a new code."),
    ("payment_not_found", "There is no such payment of the caller's."),
    ("payment_not_open", "The payment has ended, or is not in the state that this needs."),
    ("payment_under_way", "The payment is being paid right now; wait and see what comes of it."),
    ("query_invalid", "The query of the address can't be read or is out of range."),
    ("quote_exists", "A quote of this id exists; make a new id."),
    ("quote_expired", "The quote's time is over; ask for a new one."),
    ("quote_not_found", "There is no such quote of the caller's; ask for a new one."),
    ("quote_not_needed", "Wallet and store are of one cell; pay at /v1/payments/here."),
    ("rate_limited", "Requests come faster than this caller may send them, and nothing was done; wait as Retry-After says."),
    ("rate_not_published", "There is no exchange rate between the two currencies; try again when the operator has published one."),
    ("reference_already_used", "The bank's reference was booked before; each transfer of the bank is booked once."),
    ("refund_exceeds_rest", "More was to be given back than is left of the payment; give back at most the rest."),
    ("refund_exists", "Another refund of the payment was made under this key; send the new one under a new key."),
    ("refund_window_closed", "The payment is too old for a refund; pay the customer back another way."),
    ("review_outdated", "The shop's bank account was changed since it was looked at; look again, then decide."),
    ("role_not_allowed", "The key's role may not use this operation."),
    ("store_differs", "The payment belongs to another store than the code says; do not pay, and show the code to the shop."),
    ("store_exists", "A store of this id exists with other particulars; make a new id."),
    ("store_not_found", "There is no such store; do not pay a code that names it."),
    ("store_paused", "The store takes no payments at the moment; ask the shop."),
    ("tag_out_of_place", "A field of the code stands where it must not; have the code made anew."),
    ("template_too_long", "A group of fields in the code is too long; have the code made anew."),
    ("text_not_plain", "A text has characters that can't be seen or that turn the direction of reading; type it anew."),
    ("text_unfit", "A text is empty, too long or holds invisible characters."),
    ("till_exists", "A till of this id exists, elsewhere or of another name; make a new id."),
    ("too_long", "The code has more characters than a payment code may have."),
    ("too_many_connections", "Too many connections are open; use one for many requests, and come back after Retry-After."),
    ("too_many_keys", "The cell remembers as many answers as it may; try again after Retry-After."),
    ("too_many_streams", "Too many event streams are open; try again after Retry-After."),
    ("too_many_streams_of_key", "This key has its share of event streams open; close one first."),
    ("transfer_not_found", "There is no such transfer of the operator's."),
    ("unsupported_version", "The code is of a format version that is not known here."),
    ("vault_not_available", "Personal data can't be kept now and nothing was done; try again after Retry-After."),
    ("wallet_exists", "A wallet of this id exists, another's or in another currency; make a new id."),
    ("wallet_not_found", "There is no such wallet of the caller's."),
    ("wrong_crc", "The check value of the code is wrong: it is damaged or altered; scan it again or have it made anew."),
    ("wrong_currency", "The code asks for another currency than the store takes; do not pay it."),
];

/// What a code means; none for one that nobody answers.
pub fn of(code: &str) -> Option<&'static str> {
    let at = MEANINGS.binary_search_by_key(&code, |(known, _)| known).ok()?;
    Some(MEANINGS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statuses;

    #[test]
    fn every_code_has_a_meaning_and_nothing_else_has() {
        let known: Vec<_> = MEANINGS.iter().map(|(code, _)| *code).collect();
        assert_eq!(known, statuses::all(), "a code has no meaning, or a meaning has no code");
        for (code, means) in MEANINGS {
            let sentence = means.ends_with('.') && means.len() > 20 && means.len() < 120;
            assert!(sentence && !means.contains('|'), "{code}: {means}");
            assert_eq!(of(code), Some(*means));
        }
        assert_eq!(of("no_such_code"), None);
    }
}
