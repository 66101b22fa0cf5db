-- +goose Up
-- What administrators should know: each once until it has been quiet about it for a while. Moments are Unix milliseconds; last_at is when
-- what the alert tells of was last so. subject: empty where all of a kind are one.
CREATE TABLE alerts (
    license         TEXT   NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    kind            TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    text            TEXT   NOT NULL,
    detail          TEXT   NOT NULL,
    raised_at       BIGINT NOT NULL,
    last_at         BIGINT NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by TEXT   NOT NULL,
    PRIMARY KEY (license, number)
);
CREATE INDEX alerts_subject ON alerts (license, kind, subject, number);

-- +goose Down
DROP TABLE alerts;
