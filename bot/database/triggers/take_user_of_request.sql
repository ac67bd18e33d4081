-- Wherever a job notes a user beside a request.
CREATE OR REPLACE TRIGGER take_user_of_request BEFORE INSERT ON agent
    FOR EACH ROW EXECUTE FUNCTION take_user_of_request();
CREATE OR REPLACE TRIGGER take_user_of_request BEFORE INSERT ON model_call
    FOR EACH ROW EXECUTE FUNCTION take_user_of_request();
CREATE OR REPLACE TRIGGER take_user_of_request BEFORE INSERT ON handoff
    FOR EACH ROW EXECUTE FUNCTION take_user_of_request();
