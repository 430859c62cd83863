-- The changes of one object, and the one before each.
CREATE INDEX change_subject ON change (tenant, kind, subject_id, revision, ordinal);
