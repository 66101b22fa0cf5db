-- +goose Up
-- What a teammate chose to be seen as. choice_number counts the choices, 0: none was made. A timed one (choice_until)
-- gives way to before_status and before_note.
ALTER TABLE teammates ADD COLUMN choice_number BIGINT NOT NULL DEFAULT 0 CHECK (choice_number >= 0);
ALTER TABLE teammates ADD COLUMN choice_status TEXT NOT NULL DEFAULT '';
ALTER TABLE teammates ADD COLUMN choice_note TEXT NOT NULL DEFAULT '';
ALTER TABLE teammates ADD COLUMN choice_until BIGINT;
ALTER TABLE teammates ADD COLUMN before_status TEXT NOT NULL DEFAULT '';
ALTER TABLE teammates ADD COLUMN before_note TEXT NOT NULL DEFAULT '';

-- When a teammate was last here, in truth and as colleagues were shown it.
ALTER TABLE teammates ADD COLUMN seen_at BIGINT;
ALTER TABLE teammates ADD COLUMN seen_shown_at BIGINT;

-- The last generation of the license's roster; generation is that of its seats.
ALTER TABLE licenses ADD COLUMN roster_generation BIGINT NOT NULL DEFAULT 0 CHECK (roster_generation >= 0);

-- +goose Down
ALTER TABLE licenses DROP COLUMN roster_generation;
ALTER TABLE teammates DROP COLUMN seen_shown_at;
ALTER TABLE teammates DROP COLUMN seen_at;
ALTER TABLE teammates DROP COLUMN before_note;
ALTER TABLE teammates DROP COLUMN before_status;
ALTER TABLE teammates DROP COLUMN choice_until;
ALTER TABLE teammates DROP COLUMN choice_note;
ALTER TABLE teammates DROP COLUMN choice_status;
ALTER TABLE teammates DROP COLUMN choice_number;
