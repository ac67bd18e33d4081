"""What is known of the app that goes out: proven, untried or faulty, and its picture."""

from dataclasses import dataclass

from bot import build_wording
from bot.crew.trials import Trial, latest_trial
from bot.projects.rounds import Outcome, best_of, list_rounds
from bot.workflows.stage import Stage

_REASONS: dict[Outcome, str] = {
    "passed": "the app was tried and is sound",
    "untried": "the app could not be tried",
    "faulty": "the app was tried and has faults",
}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The outcome, the faults in a person's words, and the page on a phone (PNG)."""

    outcome: Outcome
    faults: tuple[str, ...] = ()
    picture: bytes | None = None

    @property
    def reason(self) -> str:
        """For operators."""
        return _REASONS[self.outcome]


async def evidence_of_best(stage: Stage) -> Evidence:
    """What the review came to, for its best round."""
    async with stage.services.pool.connection() as connection:
        best = best_of(await list_rounds(connection, stage.build.build_id))
        trial = await latest_trial(connection, stage.build.build_id, best.manifest)
    return Evidence(
        outcome=best.outcome or "faulty",
        faults=tuple(best.faults or ()),
        picture=trial.report.picture if trial else None,
    )


def evidence_of_trial(trial: Trial | None) -> Evidence:
    """What a single look at the app shows."""
    if trial is None:
        return Evidence(outcome="untried")
    return Evidence(
        outcome="passed" if trial.passed else "faulty",
        faults=tuple(build_wording.found(trial.report.blocking)),
        picture=trial.report.picture,
    )
