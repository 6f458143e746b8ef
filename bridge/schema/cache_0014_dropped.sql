-- Octets can be dropped and fetched again: content.here and msg.has_body are 2 then, and
-- all that was worked out of them stays.
ALTER TABLE content ADD COLUMN used_s INTEGER NOT NULL DEFAULT 0; -- last asked for; at first the message's date
UPDATE content SET used_s = coalesce((SELECT max(internal_s) FROM msg WHERE content = content.id), 0)
	WHERE here = 1;
CREATE INDEX content_by_use ON content(used_s) WHERE here = 1;
-- 1: somebody edited it on the server: its body is wanted whatever the policy.
ALTER TABLE msg ADD COLUMN look_again INTEGER NOT NULL DEFAULT 0;
CREATE INDEX msg_look_again ON msg(internal_s) WHERE look_again = 1;

CREATE TABLE body_cache (
	bytes INTEGER NOT NULL -- of octets that are here; kept by triggers
);
INSERT INTO body_cache SELECT coalesce(sum(size), 0) FROM content WHERE here = 1;
CREATE TRIGGER content_new AFTER INSERT ON content WHEN new.here = 1 BEGIN
	UPDATE body_cache SET bytes = bytes + new.size;
END;
CREATE TRIGGER content_deleted AFTER DELETE ON content WHEN old.here = 1 BEGIN
	UPDATE body_cache SET bytes = bytes - old.size;
END;
CREATE TRIGGER content_changed AFTER UPDATE OF here, size ON content BEGIN
	UPDATE body_cache SET bytes = bytes + (new.here = 1) * new.size - (old.here = 1) * old.size;
END;

DROP TRIGGER msg_shown;
CREATE TRIGGER msg_shown AFTER INSERT ON msg WHEN new.uid IS NOT NULL BEGIN
	UPDATE box SET messages = messages + 1, unseen = unseen + (new.flags & 1 = 0),
		size_bytes = size_bytes + new.size, bodies = bodies + (new.has_body = 1),
		body_bytes = body_bytes + (new.has_body = 1) * new.size
	WHERE id = new.box;
END;
DROP TRIGGER msg_hidden;
CREATE TRIGGER msg_hidden AFTER DELETE ON msg WHEN old.uid IS NOT NULL BEGIN
	UPDATE box SET messages = messages - 1, unseen = unseen - (old.flags & 1 = 0),
		size_bytes = size_bytes - old.size, bodies = bodies - (old.has_body = 1),
		body_bytes = body_bytes - (old.has_body = 1) * old.size
	WHERE id = old.box;
END;
DROP TRIGGER msg_changed;
CREATE TRIGGER msg_changed AFTER UPDATE OF box, uid, flags, size, has_body ON msg
WHEN old.uid IS NOT new.uid OR old.flags & 1 <> new.flags & 1 OR old.size <> new.size
	OR old.has_body <> new.has_body BEGIN
	UPDATE box SET
		messages = messages + (new.uid IS NOT NULL) - (old.uid IS NOT NULL),
		unseen = unseen + (new.uid IS NOT NULL AND new.flags & 1 = 0)
			- (old.uid IS NOT NULL AND old.flags & 1 = 0),
		size_bytes = size_bytes + (new.uid IS NOT NULL) * new.size
			- (old.uid IS NOT NULL) * old.size,
		bodies = bodies + (new.uid IS NOT NULL AND new.has_body = 1)
			- (old.uid IS NOT NULL AND old.has_body = 1),
		body_bytes = body_bytes + (new.uid IS NOT NULL AND new.has_body = 1) * new.size
			- (old.uid IS NOT NULL AND old.has_body = 1) * old.size
	WHERE id = new.box;
END;
