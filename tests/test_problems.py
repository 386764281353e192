"""What a stranger reads of an error: what is wrong and who can help, and nothing of this machine."""

import pytest

from assistant.problems import QuestionError, public_message, status_of
from ingest.errors import DocumentError, IndexStateError, ModelError

SECRET = "/home/ada/models"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IndexStateError(f"no index in {SECRET}"), "the library's index is not available"),
        (ModelError(f"no model folder at {SECRET}"), "a model that search needs is not available"),
        (ModelError(f"the rerank model {SECRET} is no folder here"), "a model that search needs is not available"),
        (DocumentError(f"{SECRET} cannot be read"), "the service cannot answer now"),
        (OSError(f"disk full at {SECRET}"), "the service cannot answer now"),
    ],
)
def test_a_state_of_this_machine_is_named_with_the_remedy_and_without_a_path(error: Exception, told: str) -> None:
    message = public_message(error)
    assert message.startswith(f"{told}: the operator should run 'roadmap ")
    assert "roadmap doctor" in message
    assert SECRET not in message
    assert status_of(error) == 503


def test_what_is_wrong_with_a_question_is_told_as_it_is() -> None:
    error = QuestionError("the question is empty: type one", 400)
    assert public_message(error) == "the question is empty: type one"
    assert status_of(error) == 400
