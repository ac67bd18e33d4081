-- An export is found by the name in its link, which only its user is told; pictures have none.
ALTER TABLE media ADD COLUMN link_name text UNIQUE;
