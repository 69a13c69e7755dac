import pytest

from lab.errors import LabError
from lab.stack import extras


def test_the_option_takes_one_or_both() -> None:
    assert extras.parse("") == ()
    assert extras.parse("rabbitmq") == ("rabbitmq",)
    assert extras.parse("consul, rabbitmq,consul") == ("consul", "rabbitmq")


def test_another_word_is_refused_by_name() -> None:
    with pytest.raises(LabError, match="kafka"):
        extras.parse("rabbitmq,kafka")
