-- When a project begins.
CREATE OR REPLACE TRIGGER number_project BEFORE INSERT ON project
    FOR EACH ROW EXECUTE FUNCTION number_project();
