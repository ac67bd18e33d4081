"""Whatever is killed while people write, all promises hold afterwards."""

import pytest

from tests.acceptance.storm import storm

PEOPLE, SECONDS = 10, 25.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_short_storm_leaves_everything_as_promised() -> None:
    with storm(people=PEOPLE, seed=1) as raging:
        raging.rage(SECONDS, pause=(0.5, 4.0))

        assert raging.kills >= 3
        assert sum(len(person.said) for person in raging.people) > 3 * PEOPLE
        assert raging.aftermath() == []
