"""Names of variables that are nearly a setting's: a setting that is not read is not noticed.

In `.env` such a name is always one of ours misspelt. In the environment it may be somebody else's
variable, so that it counts only while the setting itself is not there.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from dotenv import dotenv_values

from bot.errors import ConfigurationError

SHORTEST = 5  # letters; of shorter names too many are near


def refuse_misspelt(env_file: Path, known: Collection[str]) -> None:
    """Raise `ConfigurationError` if the file or the environment has a name nearly in `known`."""
    given = {name.upper() for name in os.environ}
    around = [name for name in os.environ if "_" in name]  # one word may be anybody's: MODELS
    in_file = dotenv_values(env_file)  # none, when there is no such file
    found = _nearly(in_file, known, ()) | _nearly(around, known, given | set(in_file))
    if found:
        said = [f"{name} is no setting, {meant} is" for name, meant in sorted(found.items())]
        raise ConfigurationError(f"Configuration: {'; '.join(said)}; fix the name.")


def _nearly(names: Iterable[str], known: Collection[str], given: Collection[str]) -> dict[str, str]:
    """The misspelt ones among `names`, with what was meant; what is in `given` was not meant."""
    found = {}
    for name in names:
        upper = name.upper()
        if upper in known or len(upper) < SHORTEST:
            continue
        meant = [one for one in known if one not in given and _is_near(upper, one)]
        if meant:
            found[name] = min(meant)
    return found


def _is_near(name: str, known: str) -> bool:
    """Whether one letter is wrong, missing, too many or swapped with its neighbour."""
    if abs(len(name) - len(known)) > 1 or len(known) < SHORTEST:
        return False
    start = 0
    while start < min(len(name), len(known)) and name[start] == known[start]:
        start += 1
    rest, wanted = name[start:], known[start:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:] and len(wanted) > 1
    return swapped or any(
        left == right
        for left, right in ((rest[1:], wanted[1:]), (rest[1:], wanted), (rest, wanted[1:]))
    )
