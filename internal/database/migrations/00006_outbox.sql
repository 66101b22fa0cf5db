-- +goose Up
-- Mail that is to be sent, put here in the transaction of what it tells. kind names its text, data is what is put into it: no
-- secret. It is a node's until claimed_until. One of sent_at and failed_at is set when there is no more to be done.
CREATE TABLE outbox (
    id            TEXT    PRIMARY KEY,
    recipient     TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    data          TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    due_at        BIGINT  NOT NULL,
    attempts      INTEGER NOT NULL,
    claimed_by    TEXT    NOT NULL,
    claimed_until BIGINT  NOT NULL,
    last_error    TEXT    NOT NULL,
    sent_at       BIGINT,
    failed_at     BIGINT
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_done ON outbox (created_at) WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL;

-- +goose Down
DROP TABLE outbox;
