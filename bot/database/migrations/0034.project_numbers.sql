-- The number of a project among its person's: given once, so that what an earlier message says of a
-- number stays true. The first one is the oldest.

ALTER TABLE project ADD COLUMN shelf_number int;
UPDATE project SET shelf_number = counted.number
FROM (SELECT project_id,
             row_number() OVER (PARTITION BY user_id ORDER BY created_at, project_id) AS number
      FROM project) AS counted
WHERE project.project_id = counted.project_id;
ALTER TABLE project ALTER COLUMN shelf_number SET NOT NULL,
                    ADD CONSTRAINT project_numbered_once UNIQUE (user_id, shelf_number);

-- The next number of the person; one of their own, too, for what comes to them from another id.
CREATE FUNCTION number_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('projects:' || NEW.user_id, 0));
    SELECT coalesce(max(shelf_number), 0) + 1 INTO NEW.shelf_number FROM project
    WHERE user_id = NEW.user_id;
    RETURN NEW;
END $$;
CREATE TRIGGER number_project BEFORE INSERT ON project
    FOR EACH ROW EXECUTE FUNCTION number_project();
CREATE TRIGGER renumber_project BEFORE UPDATE OF user_id ON project
    FOR EACH ROW WHEN (OLD.user_id <> NEW.user_id) EXECUTE FUNCTION number_project();
