"""Whatever is killed while users write, all promises hold afterwards."""

import pytest

from tests.acceptance.storm import storm

USERS, SECONDS = 10, 25.0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_short_storm_leaves_everything_as_promised() -> None:
    with storm(users=USERS, seed=1) as raging:
        raging.rage(SECONDS, pause=(0.5, 4.0))

        assert raging.kills >= 3
        assert sum(len(user.said) for user in raging.users) > 3 * USERS
        assert raging.aftermath() == []
