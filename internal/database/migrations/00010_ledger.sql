-- +goose Up
-- What happened on licenses, once each, whoever wrote it. Moments are Unix milliseconds; ended_at and what follows it are
-- missing while a stay or wait goes on, as far as anybody has told.
CREATE TABLE stays (
    license    TEXT    NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    fence      BIGINT  NOT NULL,
    teammate   TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    began_at   BIGINT  NOT NULL,
    via        TEXT    NOT NULL,
    overage    BOOLEAN NOT NULL,
    waited_ms  BIGINT  NOT NULL,
    sessions   INTEGER NOT NULL,
    ended_at   BIGINT,
    reason     TEXT    NOT NULL,
    by_teammate TEXT   NOT NULL,
    to_teammate TEXT   NOT NULL,
    message    TEXT    NOT NULL,
    PRIMARY KEY (license, fence)
);
CREATE INDEX stays_time ON stays (license, began_at);
CREATE INDEX stays_open ON stays (license) WHERE ended_at IS NULL;

CREATE TABLE waits (
    license  TEXT   NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    turn     BIGINT NOT NULL,
    teammate TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome  TEXT   NOT NULL,
    PRIMARY KEY (license, turn)
);
CREATE INDEX waits_time ON waits (license, began_at);
CREATE INDEX waits_open ON waits (license, began_at) WHERE ended_at IS NULL;

CREATE TABLE refusals (
    license  TEXT   NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    session  TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    teammate TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    code     TEXT   NOT NULL,
    PRIMARY KEY (license, session, seq)
);
CREATE INDEX refusals_time ON refusals (license, at);

-- +goose Down
DROP TABLE refusals;
DROP TABLE waits;
DROP TABLE stays;
