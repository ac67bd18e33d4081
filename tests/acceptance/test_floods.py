"""A user who writes a hundred messages in a minute slows only themselves."""

from concurrent.futures import ThreadPoolExecutor

from tests.acceptance.stack import Stack, announced, eventually

MESSAGES = 100


def test_a_flood_slows_its_writer_alone_and_nothing_of_it_is_lost(stack: Stack) -> None:
    stack.hold_model("router")  # what the flood is read by
    flooding, other = stack.phone(), stack.phone()
    other.say("status")
    other.wait_for(lambda m: bool(m.body), 60)  # the worker is up
    words = [f"note {number} of many" for number in range(MESSAGES)]
    words[60] = "Build me a counter called Flood"
    with ThreadPoolExecutor(1) as sender:
        sent = sender.submit(lambda: [flooding.say(text) for text in words])
        for _ in range(3):  # the other person is served meanwhile
            before = max((m.position for m in other.messages()), default=0)
            other.say("status")
            other.wait_for(lambda m: "Nothing is being built" in m.body, 30, after=before)
        stack.slow_model(0.5, "router")
        sent.result(120)
    flooding.wait_for(announced, 120)
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"),
        "every request is over",
        seconds=60,
    )

    said = [m.body for m in flooding.messages() if m.direction == "outbound"]
    assert sum("faster than I can answer" in body for body in said) == 1
    assert len(said) < MESSAGES / 2
    routed = [call for call in stack.model_calls() if call["role"] == "router"]
    assert len(routed) < MESSAGES / 2, "bursts are read together"
    kept = stack.rows(
        "SELECT inbound_message.body FROM inbound_message JOIN request USING (request_id)"
        " JOIN contact ON contact.user_id = request.user_id"
        " WHERE request.status = 'completed' AND inbound_message.body <> 'status'"
        " ORDER BY received_at"
    )
    assert [row["body"] for row in kept] == words, "each belongs to a request that was answered"
    joined = stack.rows("SELECT request_text FROM build")[0]["request_text"].splitlines()
    first = words.index(joined[0])
    assert joined == words[first : first + len(joined)], "in order, none missing"
    assert "Build me a counter called Flood" in joined
