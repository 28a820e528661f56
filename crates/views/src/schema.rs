//! The tables. Whoever changes one raises [`VERSION`]: files of another version are rebuilt.

/// The schema's number, in SQLite's `user_version`.
pub(crate) const VERSION: i64 = 14;

/// Times are microseconds since 1970, amounts minor units, currencies ISO 4217 numbers, ids of
/// payments 16 bytes, references as the API prints them. `at` of a row is (position, idx, ord):
/// the group, the record in it, and a count where one record makes several rows.
pub(crate) const TABLES: &str = "
-- How far the journal was followed: written with what was followed, in one transaction.
CREATE TABLE cursor (
    one INTEGER PRIMARY KEY CHECK (one = 1), cell TEXT NOT NULL,
    position INTEGER NOT NULL, hash BLOB NOT NULL, time_us INTEGER NOT NULL,
    accounts INTEGER NOT NULL, events INTEGER NOT NULL, oldest_event INTEGER NOT NULL
) STRICT;

-- The book, as far as lists need it. Plain accounts of the operator have no row.
CREATE TABLE account (
    number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, entity INTEGER NOT NULL,
    currency INTEGER NOT NULL, balance INTEGER NOT NULL
) STRICT;
CREATE TABLE hold (
    number INTEGER PRIMARY KEY, debit INTEGER NOT NULL, credit INTEGER NOT NULL,
    remaining INTEGER NOT NULL
) STRICT;
CREATE TABLE hold_free (place INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;

-- The market.
CREATE TABLE utc_offset (from_us INTEGER PRIMARY KEY, minutes INTEGER NOT NULL) STRICT;
CREATE TABLE rate (
    lot INTEGER NOT NULL, date INTEGER NOT NULL, source TEXT NOT NULL, currency INTEGER NOT NULL,
    digits INTEGER NOT NULL, scale INTEGER NOT NULL, PRIMARY KEY (lot, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE party (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL, role TEXT NOT NULL,
    id BLOB NOT NULL, since_us INTEGER NOT NULL, asked_us INTEGER, forgotten_us INTEGER
) STRICT;
CREATE TABLE wallet (
    entry INTEGER PRIMARY KEY, reference TEXT NOT NULL, account INTEGER NOT NULL,
    party INTEGER NOT NULL, currency INTEGER NOT NULL, since_us INTEGER NOT NULL
) STRICT;
CREATE INDEX wallet_party ON wallet (party);
CREATE TABLE merchant (
    entry INTEGER PRIMARY KEY, reference TEXT NOT NULL, account INTEGER NOT NULL,
    party INTEGER NOT NULL, name TEXT NOT NULL, currency INTEGER NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;
CREATE INDEX merchant_party ON merchant (party);
CREATE TABLE store (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL, merchant INTEGER NOT NULL,
    name TEXT NOT NULL, latin_name TEXT, city TEXT NOT NULL, category TEXT NOT NULL,
    prefecture INTEGER NOT NULL, open INTEGER NOT NULL
) STRICT;
CREATE INDEX store_merchant ON store (merchant);
CREATE TABLE till (
    number INTEGER PRIMARY KEY, reference TEXT NOT NULL, store INTEGER NOT NULL,
    name TEXT NOT NULL
) STRICT;
CREATE INDEX till_store ON till (store);

-- Who did what: a row for each record of a business, and of whoever signs in.
CREATE TABLE doing (
    seq INTEGER PRIMARY KEY, position INTEGER NOT NULL, idx INTEGER NOT NULL,
    at_us INTEGER NOT NULL, party INTEGER NOT NULL, person INTEGER NOT NULL, role TEXT NOT NULL,
    command TEXT NOT NULL, object TEXT, amount INTEGER, currency INTEGER, signed INTEGER NOT NULL
) STRICT;
CREATE INDEX doing_party ON doing (party, seq);

-- What referrers have of what the cell earned: of each payment, and by the cell's day.
CREATE TABLE brought (
    payment BLOB PRIMARY KEY, merchant INTEGER NOT NULL, earned INTEGER NOT NULL,
    given INTEGER NOT NULL, returned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE brought_day (
    merchant INTEGER NOT NULL, day INTEGER NOT NULL, payments INTEGER NOT NULL,
    earned INTEGER NOT NULL, given INTEGER NOT NULL, returned INTEGER NOT NULL,
    PRIMARY KEY (merchant, day)
) STRICT, WITHOUT ROWID;

-- Payments: a row for each leg that this cell has, and what happened to it. A request that was
-- declined and tried again has a row for each attempt of its payers, numbered from 0.
CREATE TABLE payment (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL, side INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL, declined TEXT, cancel_asked INTEGER NOT NULL DEFAULT 0,
    capture_later INTEGER NOT NULL DEFAULT 0, deadline_us INTEGER,
    wallet INTEGER, store_ref TEXT NOT NULL, store INTEGER, merchant INTEGER, link INTEGER,
    currency INTEGER NOT NULL, amount INTEGER NOT NULL, captured INTEGER NOT NULL DEFAULT 0,
    refunded INTEGER NOT NULL DEFAULT 0, merchant_fee INTEGER, fee_refunded INTEGER,
    wallet_currency INTEGER, principal INTEGER, spread INTEGER, fee INTEGER,
    paid INTEGER NOT NULL DEFAULT 0, returned INTEGER NOT NULL DEFAULT 0, lot INTEGER,
    requested_us INTEGER, confirmed_us INTEGER, authorized_us INTEGER, captured_us INTEGER,
    refunded_us INTEGER, ended_us INTEGER, changed_us INTEGER NOT NULL, trip INTEGER,
    place TEXT, place_reference TEXT,
    UNIQUE (id, side, attempt)
) STRICT;
CREATE INDEX payment_wallet ON payment (wallet, seq) WHERE wallet IS NOT NULL;
CREATE INDEX payment_merchant ON payment (merchant, seq) WHERE merchant IS NOT NULL;
CREATE INDEX payment_store ON payment (store, seq) WHERE store IS NOT NULL;
CREATE INDEX payment_open ON payment (seq) WHERE ended_us IS NULL;
CREATE TABLE step (
    payment BLOB NOT NULL, position INTEGER NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL,
    at_us INTEGER NOT NULL, sent INTEGER, received INTEGER,
    PRIMARY KEY (payment, position, idx, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE line (
    payment BLOB NOT NULL, position INTEGER NOT NULL, idx INTEGER NOT NULL, ord INTEGER NOT NULL,
    what TEXT NOT NULL, debit INTEGER NOT NULL, credit INTEGER NOT NULL,
    currency INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (payment, position, idx, ord)
) STRICT, WITHOUT ROWID;
CREATE TABLE statement (
    account INTEGER NOT NULL, position INTEGER NOT NULL, idx INTEGER NOT NULL,
    ord INTEGER NOT NULL, at_us INTEGER NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    balance INTEGER NOT NULL, payment BLOB, attempt INTEGER,
    PRIMARY KEY (account, position, idx, ord)
) STRICT, WITHOUT ROWID;
CREATE TABLE day_total (
    day INTEGER NOT NULL, store INTEGER NOT NULL, payments INTEGER NOT NULL,
    captured INTEGER NOT NULL, refunds INTEGER NOT NULL, refunded INTEGER NOT NULL,
    fee INTEGER NOT NULL, PRIMARY KEY (day, store)
) STRICT, WITHOUT ROWID;

-- What a day's sales are broken down by: at = the hour, or the minute, of the cell's day; wallet =
-- the currency of a wallet of this cell, or -1 - the number of the link that was paid over.
CREATE TABLE figure (
    day INTEGER NOT NULL, at INTEGER NOT NULL, prefecture INTEGER NOT NULL,
    category TEXT NOT NULL, wallet INTEGER NOT NULL, currency INTEGER NOT NULL,
    payments INTEGER NOT NULL, captured INTEGER NOT NULL, refunds INTEGER NOT NULL,
    refunded INTEGER NOT NULL, fee INTEGER NOT NULL,
    PRIMARY KEY (day, at, prefecture, category, wallet, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE figure_minute (
    day INTEGER NOT NULL, at INTEGER NOT NULL, prefecture INTEGER NOT NULL,
    category TEXT NOT NULL, wallet INTEGER NOT NULL, currency INTEGER NOT NULL,
    payments INTEGER NOT NULL, captured INTEGER NOT NULL, refunds INTEGER NOT NULL,
    refunded INTEGER NOT NULL, fee INTEGER NOT NULL,
    PRIMARY KEY (day, at, prefecture, category, wallet, currency)
) STRICT, WITHOUT ROWID;

-- The same for ever and by month of the cell's calendar, counted from January of the year 0.
CREATE TABLE figure_month (
    month INTEGER NOT NULL, prefecture INTEGER NOT NULL, category TEXT NOT NULL,
    wallet INTEGER NOT NULL, currency INTEGER NOT NULL, payments INTEGER NOT NULL,
    captured INTEGER NOT NULL, refunds INTEGER NOT NULL, refunded INTEGER NOT NULL,
    fee INTEGER NOT NULL, PRIMARY KEY (month, prefecture, category, wallet, currency)
) STRICT, WITHOUT ROWID;
-- Who of this cell's own people paid at its own shops in a month: of who pays over a link, nothing
-- crosses by which two payments could be known to be one person's.
CREATE TABLE customer (
    month INTEGER NOT NULL, prefecture INTEGER NOT NULL, category TEXT NOT NULL,
    currency INTEGER NOT NULL, party INTEGER NOT NULL,
    PRIMARY KEY (month, prefecture, category, currency, party)
) STRICT, WITHOUT ROWID;
-- What this cell's wallets paid over links, in their own currency, who did in a month, and on which
-- trips: payments of a wallet with no longer gap than TRIP_GAP_DAYS, of the month of the first.
CREATE TABLE abroad_month (
    month INTEGER NOT NULL, link INTEGER NOT NULL, currency INTEGER NOT NULL,
    payments INTEGER NOT NULL, paid INTEGER NOT NULL, refunds INTEGER NOT NULL,
    returned INTEGER NOT NULL, PRIMARY KEY (month, link, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE abroad_person (
    month INTEGER NOT NULL, party INTEGER NOT NULL, PRIMARY KEY (month, party)
) STRICT, WITHOUT ROWID;
CREATE TABLE trip (
    wallet INTEGER NOT NULL, number INTEGER NOT NULL, month INTEGER NOT NULL,
    first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, currency INTEGER NOT NULL,
    payments INTEGER NOT NULL, paid INTEGER NOT NULL, returned INTEGER NOT NULL,
    PRIMARY KEY (wallet, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX trip_month ON trip (month, currency, last_day, payments, paid, returned);

-- Files by which banks pay merchants.
CREATE TABLE bank_file (
    entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, currency INTEGER NOT NULL,
    day INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, count INTEGER NOT NULL,
    total INTEGER NOT NULL, fees INTEGER NOT NULL, sealed_us INTEGER NOT NULL, sent_us INTEGER,
    withdrawn_us INTEGER, position INTEGER NOT NULL, idx INTEGER NOT NULL, made_by INTEGER, needs INTEGER NOT NULL,
    approved_by INTEGER, approved_us INTEGER
) STRICT;
CREATE TABLE payout (
    merchant INTEGER NOT NULL, file INTEGER NOT NULL, ord INTEGER NOT NULL,
    amount INTEGER NOT NULL, fee INTEGER NOT NULL, returned_us INTEGER, reason TEXT,
    return_fee INTEGER NOT NULL, PRIMARY KEY (merchant, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX payout_file ON payout (file, ord);
-- All that ever moved a merchant's account, in order: what lies between two payouts is what the
-- second one pays.
CREATE TABLE merchant_move (
    merchant INTEGER NOT NULL, position INTEGER NOT NULL, idx INTEGER NOT NULL,
    ord INTEGER NOT NULL, at_us INTEGER NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    payment BLOB, PRIMARY KEY (merchant, position, idx, ord)
) STRICT, WITHOUT ROWID;
-- Lines of the operator's banks, and what each was found to be.
CREATE TABLE bank_line (
    number INTEGER PRIMARY KEY, currency INTEGER NOT NULL, account TEXT NOT NULL,
    day INTEGER NOT NULL, amount INTEGER NOT NULL, found TEXT NOT NULL, why TEXT, file INTEGER,
    place INTEGER, since_us INTEGER NOT NULL, person INTEGER
) STRICT;
CREATE INDEX bank_line_file ON bank_line (file, place) WHERE file IS NOT NULL;
-- What the wallets of a currency had in all when a day of the cell ended.
CREATE TABLE kept_safe (
    day INTEGER NOT NULL, currency INTEGER NOT NULL, wallets INTEGER NOT NULL,
    PRIMARY KEY (day, currency)
) STRICT, WITHOUT ROWID;
-- What a merchant sold since its last file, or ever.
CREATE TABLE sold (
    merchant INTEGER PRIMARY KEY, payments INTEGER NOT NULL, captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL, fee INTEGER NOT NULL, fee_back INTEGER NOT NULL,
    shares INTEGER NOT NULL
) STRICT;

-- With whom merchants share what they sell, and what came of it payment by payment.
CREATE TABLE split (
    number INTEGER PRIMARY KEY, merchant INTEGER NOT NULL, from_us INTEGER NOT NULL,
    source TEXT NOT NULL
) STRICT;
CREATE TABLE split_share (
    number INTEGER NOT NULL, ord INTEGER NOT NULL, receiver INTEGER NOT NULL, kind TEXT NOT NULL,
    bps INTEGER NOT NULL, PRIMARY KEY (number, ord)
) STRICT, WITHOUT ROWID;
CREATE TABLE share (
    payment BLOB NOT NULL, ord INTEGER NOT NULL, split INTEGER NOT NULL,
    receiver INTEGER NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    returned INTEGER NOT NULL, PRIMARY KEY (payment, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_receiver ON share (receiver);
-- Wallets of other companies: numbered as the links of what they pay, which begin with 128.
CREATE TABLE connector (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, account INTEGER NOT NULL
) STRICT;

-- What a partner's wallet was called since when, by the number of the link.
CREATE TABLE partner (
    number INTEGER NOT NULL, since INTEGER NOT NULL, wallet TEXT NOT NULL,
    PRIMARY KEY (number, since)
) STRICT, WITHOUT ROWID;

-- The corridor.
CREATE TABLE link (
    number INTEGER PRIMARY KEY, peer INTEGER NOT NULL, name TEXT NOT NULL,
    nostro INTEGER, mirror INTEGER, sent INTEGER NOT NULL, received INTEGER NOT NULL,
    frozen TEXT, warn_below INTEGER
) STRICT;
CREATE TABLE in_flight (
    link INTEGER NOT NULL, number INTEGER NOT NULL, payment BLOB NOT NULL,
    position INTEGER NOT NULL, sent_us INTEGER NOT NULL, PRIMARY KEY (link, number)
) STRICT, WITHOUT ROWID;
-- What moved a nostro, by the number of its keeper's message, and by the hour of UTC.
CREATE TABLE nostro_entry (
    link INTEGER NOT NULL, keeper INTEGER NOT NULL, number INTEGER NOT NULL,
    at_us INTEGER NOT NULL, payment BLOB, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    balance INTEGER NOT NULL, PRIMARY KEY (link, keeper, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE nostro_hour (
    link INTEGER NOT NULL, keeper INTEGER NOT NULL, hour INTEGER NOT NULL,
    captured INTEGER NOT NULL, refunded INTEGER NOT NULL, PRIMARY KEY (link, keeper, hour)
) STRICT, WITHOUT ROWID;

-- The newest events, so that a stream can be resumed where it was cut.
CREATE TABLE event (
    position INTEGER NOT NULL, idx INTEGER NOT NULL, ord INTEGER NOT NULL,
    at_us INTEGER NOT NULL, kind TEXT NOT NULL, payment BLOB, wallet INTEGER, store INTEGER,
    merchant INTEGER, payer_party INTEGER, seller_party INTEGER, amount INTEGER,
    currency INTEGER, detail TEXT, PRIMARY KEY (position, idx, ord)
) STRICT, WITHOUT ROWID;
";
