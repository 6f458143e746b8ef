-- based 2: flags in an answer were older than an acknowledgement, and others than ours, so
-- that somebody else may have changed them: they are read again.
DROP INDEX msg_unconfirmed;
CREATE INDEX msg_unconfirmed ON msg(box) WHERE based <> 1 AND ack_ms > 0;
