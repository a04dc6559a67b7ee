-- Schema version 1, for SQLite. The statements in statements.sql are portable; this file is not:
-- PostgreSQL says GENERATED ALWAYS AS IDENTITY for and writes its triggers otherwise.
-- Times are Unix seconds. JSON is text in UTF-8.

-- Where each exchange stands now. The shop's order and the result are JSON; what is searched for or
-- constrained is a column of its own.
CREATE TABLE exchange (
    number INTEGER PRIMARY KEY,
    exchange_id TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    operation TEXT NOT NULL,
    reference TEXT NOT NULL,
    poi_id TEXT NOT NULL,
    sale_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    state TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    outcome TEXT,
    begun_at DOUBLE PRECISION NOT NULL,
    changed_at DOUBLE PRECISION NOT NULL,
    parent TEXT,
    order_json TEXT NOT NULL,
    result_json TEXT,
    evidence_json TEXT,
    is_personal INTEGER NOT NULL
);

-- Rule 6: at most one exchange for a key that is open, in doubt, or took money.
CREATE UNIQUE INDEX exchange_key_taken ON exchange (scope, operation, reference)
WHERE outcome IS NULL OR outcome IN ('approved', 'partially_approved', 'in_doubt');

-- Every index is one more page in the commits of a payment: what only a person asks for is scanned.
CREATE INDEX exchange_reference ON exchange (scope, reference);
CREATE INDEX exchange_open ON exchange (poi_id) WHERE is_open = 1;

CREATE TRIGGER exchange_keeps_its_key BEFORE UPDATE ON exchange
WHEN NEW.scope <> OLD.scope
    OR NEW.operation <> OLD.operation
    OR NEW.reference <> OLD.reference
BEGIN
    SELECT RAISE(ABORT, 'an exchange keeps its key');
END;

CREATE TRIGGER exchange_stays BEFORE DELETE ON exchange
BEGIN
    SELECT RAISE(ABORT, 'an exchange is never deleted');
END;

-- What happened, in the order in which it became durable.: no number comes twice.
CREATE TABLE fact (
    sequence INTEGER PRIMARY KEY,
    at DOUBLE PRECISION NOT NULL,
    kind TEXT NOT NULL,
    poi_id TEXT NOT NULL,
    exchange_id TEXT,
    data_json TEXT NOT NULL
);

CREATE INDEX fact_exchange ON fact (exchange_id) WHERE exchange_id IS NOT NULL;

-- The only change that a fact takes is the erasure of its data.
CREATE TRIGGER fact_stays_as_it_is BEFORE UPDATE ON fact
WHEN NEW.data_json <> '{}'
    OR NEW.sequence <> OLD.sequence
    OR NEW.at <> OLD.at
    OR NEW.kind <> OLD.kind
    OR NEW.poi_id <> OLD.poi_id
    OR NEW.exchange_id IS NOT OLD.exchange_id
BEGIN
    SELECT RAISE(ABORT, 'a fact is never changed');
END;

CREATE TRIGGER fact_stays BEFORE DELETE ON fact
BEGIN
    SELECT RAISE(ABORT, 'a fact is never deleted');
END;

-- The first service id of each POI that nobody has reserved.
CREATE TABLE service_id (
    poi_id TEXT PRIMARY KEY,
    next_free INTEGER NOT NULL
);

-- One small text by terminal and name.
CREATE TABLE memory (
    poi_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (poi_id, name)
);

-- Rule 9: what other processes ask of the owner of a POI.
CREATE TABLE mail (
    number INTEGER PRIMARY KEY,
    mail_id TEXT NOT NULL UNIQUE,
    poi_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body_json TEXT NOT NULL,
    sender TEXT NOT NULL,
    posted_at DOUBLE PRECISION NOT NULL,
    alive_until DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    answer_json TEXT,
    place INTEGER
);

CREATE INDEX mail_posted ON mail (poi_id) WHERE state = 'posted';
