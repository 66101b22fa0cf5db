-- +goose Up
-- What an engine that forgets with its process has last saved of a license's live seats. keeper is the process that
-- drew the license's last generation; generation is that one: a higher one of the license was drawn by an engine that
-- keeps nothing here. complete: the keeper has stopped, and saved all before. found_complete: as it was when the
-- keeper came.
CREATE TABLE boards (
    license        TEXT    PRIMARY KEY REFERENCES licenses (id) ON DELETE CASCADE,
    keeper         TEXT    NOT NULL,
    generation     BIGINT  NOT NULL,
    holders        TEXT    NOT NULL,
    waiters        TEXT    NOT NULL,
    complete       BOOLEAN NOT NULL,
    found_complete BOOLEAN NOT NULL,
    saved_at       BIGINT  NOT NULL
);
CREATE INDEX boards_keeper ON boards (keeper);

-- +goose Down
DROP TABLE boards;
