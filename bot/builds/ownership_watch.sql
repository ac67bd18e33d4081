-- name: find_owning
-- Which of the runs still own a build.
SELECT owner FROM build WHERE owner = ANY (%(owners)s) AND status = 'running';
