-- When a project comes to somebody else: two users turned out to be one.
CREATE OR REPLACE TRIGGER renumber_project BEFORE UPDATE OF user_id ON project
    FOR EACH ROW WHEN (OLD.user_id <> NEW.user_id) EXECUTE FUNCTION number_project();
