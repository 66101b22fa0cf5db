-- +goose Up
-- What callers made under a key of their own choice, so that a request that comes again makes nothing again. fingerprint is a hash of what was
-- asked for, subject what was made. Moments are Unix milliseconds.
CREATE TABLE repeats (
    caller      TEXT   NOT NULL,
    key         TEXT   NOT NULL,
    fingerprint TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX repeats_age ON repeats (caller, created_at);

-- +goose Down
DROP TABLE repeats;
