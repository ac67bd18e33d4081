"""Whether a run is as it is wanted, figure by figure, and how it therefore ends."""

import sys


class Bounds:
    """What was asked of the figures of one run."""

    def __init__(self) -> None:
        self._missed = 0

    def at_most(self, measured: float, wanted: float) -> str:
        """What is to be said of a figure: kept or MISSED."""
        return self.kept_if(measured <= wanted)

    def at_least(self, measured: float, wanted: float) -> str:
        """The same of one that must not be smaller."""
        return self.kept_if(measured >= wanted)

    def kept_if(self, is_kept: bool) -> str:
        """The same of what is more than a comparison."""
        self._missed += not is_kept
        return "kept" if is_kept else "MISSED"

    def end(self) -> None:
        """End the program, with 1 if a bound was missed."""
        sys.exit(1 if self._missed else 0)
