-- +goose Up
-- The keys that tickets are signed with. public and sealed are in hexadecimal; sealed is the private part, which
-- only who has the servers' secret can open.
CREATE TABLE signing_keys (
    id         TEXT   PRIMARY KEY,
    public     TEXT   NOT NULL,
    sealed     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    use_from   BIGINT NOT NULL
);

-- One row, which whoever changes signing_keys locks: there is no row to be locked before the first key.
CREATE TABLE signing_keys_turn (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    turn BIGINT  NOT NULL
);
INSERT INTO signing_keys_turn (id, turn) VALUES (1, 0);

-- +goose Down
DROP TABLE signing_keys_turn;
DROP TABLE signing_keys;
