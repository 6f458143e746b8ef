-- Made by a change of ours and not seen in any answer yet.
CREATE INDEX msg_unconfirmed ON msg(box) WHERE based = 0 AND ack_ms > 0;
