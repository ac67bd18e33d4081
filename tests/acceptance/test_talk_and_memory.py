"""Plain talk knows the conversation, the projects and the user, and never builds anything."""

from tests.acceptance.stack import Stack, announced


def builds(stack: Stack) -> int:
    return int(stack.rows("SELECT count(*) AS n FROM build")[0]["n"])


def test_talk_is_answered_with_the_projects_in_mind(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter called Pushups")
    ready = phone.wait_for(announced, 90)
    phone.say("Which apps did we make?")
    answer = phone.wait_for(lambda m: "These are your projects" in m.body, 30, after=ready.position)

    assert "Pushups (version 1" in answer.body
    assert builds(stack) == 1
    assert [call["role"] for call in stack.model_calls()][-2:] == ["router", "companion"]
    assert stack.rows("SELECT operation FROM model_call ORDER BY id DESC LIMIT 1") == [
        {"operation": "talk"}
    ]


def test_a_doubtful_request_is_asked_back_once_and_built_when_they_want_it(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Maybe a counter called Plants")
    asked = phone.wait_for(lambda m: "just talking" in m.body, 30)
    assert builds(stack) == 0
    phone.tap(asked, "Build it")
    ready = phone.wait_for(announced, 90, after=asked.position)

    assert "*Plants*" in ready.body
    assert stack.rows("SELECT request_text FROM build") == [
        {"request_text": "Maybe a counter called Plants"}
    ]
    phone.tap(asked, "Build it")
    phone.wait_for(lambda m: "settled already" in m.body, 30, after=ready.position)
    assert builds(stack) == 1, "a tap that comes again does nothing"


def test_who_is_just_talking_is_talked_to_and_not_asked_again(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Maybe a quiz some day")
    asked = phone.wait_for(lambda m: "just talking" in m.body, 30)
    phone.say("no")
    answer = phone.wait_for(lambda m: bool(m.body), 30, after=asked.position)
    phone.say("Maybe an app about cats some day")
    again = phone.wait_for(lambda m: "just talking" in m.body, 30, after=answer.position)
    phone.say("Maybe about dogs, I wonder if an app could")
    phone.wait_for(lambda m: "just talking" not in m.body, 30, after=again.position)

    assert builds(stack) == 0


def test_what_they_state_is_remembered_told_followed_and_forgotten(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("My name is Rosa and I always want dark mode.")
    told = phone.wait_for(lambda m: bool(m.body), 30)
    phone.say("What do you remember?")
    listed = phone.wait_for(lambda m: "I keep in mind" in m.body, 30, after=told.position)
    assert "My name is Rosa" in listed.body
    phone.say("Build me a counter")
    ready = phone.wait_for(announced, 90, after=listed.position)
    (opening,) = stack.rows("SELECT opening FROM agent WHERE agent_type = 'orchestrator'")
    assert "They said: My name is Rosa" in opening["opening"]

    phone.say("Forget that.")
    asked = phone.wait_for(lambda m: "I keep in mind" in m.body, 30, after=ready.position)
    assert "My name is Rosa" in asked.body, "who says no more than that may mean: never mind"

    phone.say("Forget that my name is Rosa")
    gone = phone.wait_for(lambda m: m.body.startswith("Deleted"), 30, after=asked.position)
    phone.say("what do you know about me")
    phone.wait_for(lambda m: "nothing I keep in mind" in m.body, 30, after=gone.position)
    assert stack.rows("SELECT 1 FROM remembered") == []


def test_forgetting_a_page_is_a_request_and_no_command(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Forget the red title, make me a counter")
    phone.wait_for(announced, 90)

    assert builds(stack) == 1
