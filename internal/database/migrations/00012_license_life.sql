-- +goose Up
-- When licenses end by themselves (Unix milliseconds; none: they don't), of which end administrators were told, and by what they are found:
-- name and id in small letters.
ALTER TABLE licenses ADD COLUMN expires_at BIGINT;
ALTER TABLE licenses ADD COLUMN told_expiring BIGINT NOT NULL DEFAULT 0;
ALTER TABLE licenses ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
UPDATE licenses SET search_key = lower(name || ' ' || id);
CREATE INDEX licenses_expiry ON licenses (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX licenses_deleted ON licenses (deleted_at) WHERE deleted_at IS NOT NULL;

-- +goose Down
DROP INDEX licenses_deleted;
DROP INDEX licenses_expiry;
ALTER TABLE licenses DROP COLUMN search_key;
ALTER TABLE licenses DROP COLUMN told_expiring;
ALTER TABLE licenses DROP COLUMN expires_at;
