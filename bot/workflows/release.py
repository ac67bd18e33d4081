"""What is known of the app that goes out: proven, untried or faulty, and its picture."""

from dataclasses import dataclass

from bot.builds.rounds import NO_OPINION, Outcome, Round, best_of, list_rounds
from bot.crew.trials import Trial, find_trial_of_files
from bot.messages import build_texts
from bot.model.answers import Verdict
from bot.workflows.build_context import BuildContext

_REASONS: dict[Outcome, str] = {
    "passed": "the app was tried and is sound",
    "untried": "the app could not be tried",
    "faulty": "the app was tried and has faults",
}


@dataclass(frozen=True, kw_only=True)
class ReleaseStatus:
    """The outcome, the faults in a user's words, and the page on a phone (PNG).

    `proven` are the numbers of requirements, `untried` what QA could not reach, in a user's words.
    """

    outcome: Outcome
    faults: tuple[str, ...] = ()
    picture: bytes | None = None
    proven: frozenset[int] = frozenset()
    untried: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """For operators."""
        return _REASONS[self.outcome]


async def status_of_best_round(context: BuildContext) -> ReleaseStatus:
    """What the review came to, for its best round."""
    async with context.services.pool.connection() as connection:
        best = best_of(await list_rounds(connection, context.build.build_id))
        trial = await find_trial_of_files(connection, context.build.build_id, best.manifest)
    return status_of_round(best, trial)


def status_of_round(best: Round, trial: Trial | None = None) -> ReleaseStatus:
    """What a round came to, with what was seen of it."""
    return ReleaseStatus(
        outcome=best.outcome or "faulty",
        faults=tuple(best.faults or ()),
        picture=trial.report.picture if trial else None,
        proven=trial.proven if trial else frozenset(),
        untried=_untried(best),
    )


def _untried(judged: Round) -> tuple[str, ...]:
    if not judged.verdict or judged.verdict == NO_OPINION:
        return ()
    return tuple(Verdict.model_validate_json(judged.verdict).untried)


def status_of_trial(trial: Trial | None) -> ReleaseStatus:
    """What a single look at the app shows."""
    if trial is None or trial.is_of_nothing:
        return ReleaseStatus(outcome="untried")
    return ReleaseStatus(
        outcome="passed" if trial.passed else "faulty",
        faults=tuple(build_texts.found(trial.report.blocking)),
        picture=trial.report.picture,
    )
