-- The text index asks which contents are new; where bodies come on demand, most are not here.
CREATE INDEX content_here ON content(id) WHERE here > 0;
