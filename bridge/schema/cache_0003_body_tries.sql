-- A body that cannot be had is asked for again and again; so are properties.
ALTER TABLE msg ADD COLUMN body_tries INTEGER NOT NULL DEFAULT 0; -- failed ones
ALTER TABLE msg ADD COLUMN body_tried_ms INTEGER NOT NULL DEFAULT 0; -- the last of them
ALTER TABLE msg ADD COLUMN body_soft INTEGER NOT NULL DEFAULT 0; -- 1: it may pass soon
-- 1: the server would not give the properties; what stands here is older, or made up.
ALTER TABLE msg ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
CREATE INDEX msg_failed ON msg(body_tried_ms) WHERE body_tries > 0;
-- Those that were given up.
UPDATE msg SET need_body = 1 WHERE has_body = 0 AND uid IS NOT NULL;
