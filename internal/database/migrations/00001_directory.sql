-- +goose Up
CREATE TABLE partners (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    email      TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- A key's secret is not here: hash is the SHA-256 of the whole key, in hexadecimal.
CREATE TABLE api_keys (
    id           TEXT   PRIMARY KEY,
    partner      TEXT   NOT NULL REFERENCES partners (id),
    prefix       TEXT   NOT NULL UNIQUE,
    hash         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);
CREATE INDEX api_keys_partner ON api_keys (partner, id);

CREATE TABLE licenses (
    id          TEXT    PRIMARY KEY,
    partner     TEXT    NOT NULL REFERENCES partners (id),
    name        TEXT    NOT NULL,
    cap         INTEGER NOT NULL CHECK (cap >= 0),
    price_cents BIGINT  NOT NULL CHECK (price_cents >= 0),
    currency    TEXT    NOT NULL,
    policy      TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'expired')),
    revision    BIGINT  NOT NULL CHECK (revision >= 1),
    generation  BIGINT  NOT NULL CHECK (generation >= 0),
    created_at  BIGINT  NOT NULL,
    deleted_at  BIGINT
);
CREATE INDEX licenses_partner ON licenses (partner, id);

-- Ids of purged licenses stay taken: tokens and fences of the old license may still be about.
CREATE TABLE purged_licenses (
    id        TEXT   PRIMARY KEY,
    purged_at BIGINT NOT NULL
);

-- A removed teammate's row stays, so that engines and nodes learn of the removal by its revision.
CREATE TABLE teammates (
    license       TEXT    NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    id            TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    operator      BOOLEAN NOT NULL,
    administrator BOOLEAN NOT NULL,
    revision      BIGINT  NOT NULL,
    created_at    BIGINT  NOT NULL,
    removed_at    BIGINT,
    PRIMARY KEY (license, id)
);
CREATE UNIQUE INDEX teammates_email ON teammates (license, email_key) WHERE removed_at IS NULL;
CREATE INDEX teammates_revision ON teammates (license, revision);

CREATE TABLE cooldowns (
    license  TEXT   NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    teammate TEXT   NOT NULL,
    fence    BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (license, teammate, fence)
);

-- +goose Down
DROP TABLE cooldowns;
DROP TABLE teammates;
DROP TABLE purged_licenses;
DROP TABLE licenses;
DROP TABLE api_keys;
DROP TABLE partners;
