-- +goose Up
-- Who was asked to join a license. number counts how often: only the token of the last mail is good. state is pending until
-- the invitation is accepted or revoked; a pending one that expires_at is over for is expired, and may be sent again.
-- told_stale: whoever invited was told that nobody picked it up. token_hash: empty until the mail is sent.
CREATE TABLE invitations (
    id            TEXT    PRIMARY KEY,
    license       TEXT    NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    operator      BOOLEAN NOT NULL,
    administrator BOOLEAN NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'accepted', 'revoked')),
    number        BIGINT  NOT NULL CHECK (number >= 1),
    token_hash    TEXT    NOT NULL,
    inviter_kind  TEXT    NOT NULL,
    inviter       TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    sent_at       BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    ended_at      BIGINT,
    teammate      TEXT    NOT NULL,
    told_stale    BOOLEAN NOT NULL
);
CREATE INDEX invitations_license ON invitations (license, id);
CREATE UNIQUE INDEX invitations_pending ON invitations (license, email_key) WHERE state = 'pending';
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash) WHERE token_hash <> '';
CREATE INDEX invitations_stale ON invitations (sent_at) WHERE state = 'pending' AND NOT told_stale;

-- The passwords of teammates, as argon2id has them.
CREATE TABLE passwords (
    license    TEXT   NOT NULL,
    teammate   TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (license, teammate),
    FOREIGN KEY (license, teammate) REFERENCES teammates (license, id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE passwords;
DROP TABLE invitations;
