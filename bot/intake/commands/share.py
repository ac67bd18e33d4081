"""`share`: the current project's link, in words that can be passed on."""

from bot.intake.commands.context import CommandContext
from bot.messages import command_texts
from bot.sites.short_links import ShortLinks


async def share(context: CommandContext) -> None:
    """Give the link."""
    project = await context.project_or_excuse()
    if project is None:
        return
    if project.current_version is None:
        await context.answer(command_texts.NO_VERSIONS)
    else:
        url = ShortLinks(context.settings.web.public_base_url).app(project.site_token)
        await context.answer(command_texts.share(project.title, url))
