-- +goose Up
CREATE INDEX teammates_everywhere ON teammates (email_key) WHERE removed_at IS NULL;

-- Refresh tokens by their hashes. All that follow from one login are a family: one that is used twice ends it.
CREATE TABLE refresh_tokens (
    hash       TEXT   PRIMARY KEY,
    family     TEXT   NOT NULL,
    license    TEXT   NOT NULL,
    teammate   TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    FOREIGN KEY (license, teammate) REFERENCES teammates (license, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_teammate ON refresh_tokens (license, teammate);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

-- Mail that lets somebody choose a password. token_hash: empty until the mail is sent.
CREATE TABLE password_resets (
    id         TEXT   PRIMARY KEY,
    license    TEXT   NOT NULL,
    teammate   TEXT   NOT NULL,
    token_hash TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (license, teammate) REFERENCES teammates (license, id) ON DELETE CASCADE
);
CREATE INDEX password_resets_teammate ON password_resets (license, teammate, created_at);
CREATE UNIQUE INDEX password_resets_token ON password_resets (token_hash) WHERE token_hash <> '';

-- Who tried to log in as whom, from where: failures since the last success, and when the next try is heard. address is '' for all
-- addresses from which nobody ever logged in as them.
CREATE TABLE login_attempts (
    email_key    TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    failures     BIGINT NOT NULL,
    blocked_till BIGINT NOT NULL,
    succeeded_at BIGINT,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (email_key, address)
);
CREATE INDEX login_attempts_changed ON login_attempts (changed_at);

-- +goose Down
DROP TABLE login_attempts;
DROP TABLE password_resets;
DROP TABLE refresh_tokens;
DROP INDEX teammates_everywhere;
