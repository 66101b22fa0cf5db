-- +goose Up
-- The ends of the audit log's chains: the last number, and its hash. A chain is named license/ID or partner/ID.
CREATE TABLE audit_chains (
    chain  TEXT   PRIMARY KEY,
    number BIGINT NOT NULL,
    hash   TEXT   NOT NULL
);

-- Who did what to whom, from where. Rows are only ever added; hash binds a row to all before it.
CREATE TABLE audit (
    chain      TEXT   NOT NULL REFERENCES audit_chains (chain) ON DELETE CASCADE,
    number     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    actor_key  TEXT   NOT NULL,
    actor_from TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    ref        TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    PRIMARY KEY (chain, number)
);
CREATE INDEX audit_subject ON audit (chain, subject, number);

-- +goose Down
DROP TABLE audit;
DROP TABLE audit_chains;
