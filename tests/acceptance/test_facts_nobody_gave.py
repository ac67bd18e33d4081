"""Facts that nobody gave are asked for with the link; what is answered is asked of the app."""

from urllib.request import urlopen

from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced


def test_a_fact_that_was_missing_becomes_a_requirement_and_a_change(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a home page for my bakery, with opening hours")
    first = phone.wait_for(announced, 60)
    assert "Nobody has told me this yet" in first.body
    assert "the address" in first.body

    phone.say("The address is Hauptplatz 1 in Graz")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)

    assert "Nobody has told me this yet" not in second.body
    with urlopen(link_in(second)) as page:
        assert b"Hauptplatz 1 in Graz" in page.read()
    assert stack.rows("SELECT workflow, request_text FROM build ORDER BY created_at OFFSET 1") == [
        {"workflow": "bug_fix", "request_text": "The address is Hauptplatz 1 in Graz"}
    ]
    asked = stack.rows("SELECT words, source FROM requirement ORDER BY number")
    assert asked[-1] == {"words": "The address is Hauptplatz 1 in Graz", "source": "message"}
    assert "The address is Hauptplatz 1 in Graz" in stack.brief_of("frontend")
    assert (
        "Nobody had given it; unless a requirement or a paper does now, a gap is to be seen there:"
        " the address"
    ) in stack.brief_of("frontend")
    _, _, needed = stack.brief_of("frontend").partition("<needed_by>\n")
    assert needed.partition("\n</needed_by>")[0] == "- devops: index.html and all that it uses"


def test_what_may_have_been_told_while_the_app_was_built_is_not_called_untold(stack: Stack) -> None:
    stack.hold_model("code_reviewer")
    phone = stack.phone()
    phone.say("Build me a home page for my bakery, with opening hours")
    built = phone.wait_for(lambda m: m.body.startswith("It's built"), 60)
    phone.say("Add the address: Hauptplatz 1 in Graz")
    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    stack.let_go()

    first = phone.wait_for(announced, 60, after=built.position)
    assert "what you have not told me since is a gap on the page:\n- the address" in first.body
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)
    assert "gap" not in second.body
    planned = stack.brief_of("orchestrator")
    assert (
        "Nobody had given it; unless a requirement or a paper does now, the page shows a gap:"
        " the address"
    ) in planned
    assert "Add the address: Hauptplatz 1 in Graz" in planned
