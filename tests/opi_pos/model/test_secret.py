"""Rule 11: a `Secret` shows its text to nobody who does not ask for it by name."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import pytest

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret, read_secret

TEXT = "5413330089020011=2512"
SECRET = Secret(TEXT)


@dataclass
class Message:
    track: Secret


class Struct(msgspec.Struct):
    track: Secret


def test_it_gives_its_text_to_who_asks() -> None:
    assert SECRET.reveal() == TEXT


@pytest.mark.parametrize(
    "shown",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET!s:>40}",
        f"{SECRET:>40}",
        "{}".format(SECRET),  # noqa: UP032 - this way of writing it is what is tested
        "%s" % SECRET,  # noqa: UP031
        "%r" % [SECRET],
        repr(Message(SECRET)),
        repr(Struct(SECRET)),
        repr({SECRET: SECRET}),
        json.dumps({"track": SECRET}, default=str),
    ],
    ids=range(12),
)
def test_it_shows_stars_however_it_is_written(shown: str) -> None:
    assert "***" in shown
    assert "5413" not in shown


def test_a_log_shows_stars(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("track %s %r", SECRET, SECRET)
    assert "5413" not in caplog.text
    assert "Secret(***)" in caplog.text


def test_an_exception_shows_stars() -> None:
    assert "5413" not in str(ValueError(SECRET))
    assert "5413" not in repr(KeyError(SECRET))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(SECRET, protocol)


def test_nor_copied_into_something_that_could_be() -> None:
    with pytest.raises(TypeError, match="pickled"):
        copy.deepcopy(SECRET)
    with pytest.raises(TypeError, match="pickled"):
        asdict(Message(SECRET))


@pytest.mark.parametrize("codec", [msgspec.json, msgspec.msgpack])
def test_no_encoder_takes_it(codec: object) -> None:
    for value in (SECRET, Struct(SECRET), {"track": SECRET}, [SECRET]):
        with pytest.raises(TypeError) as caught:
            codec.encode(value)  # type: ignore[attr-defined]
        assert "5413" not in str(caught.value)
    with pytest.raises(TypeError):
        msgspec.to_builtins(SECRET)
    with pytest.raises(TypeError):
        json.dumps(SECRET)


def test_it_has_nothing_to_look_into() -> None:
    assert not hasattr(SECRET, "__dict__")


def test_two_with_the_same_text_are_equal_and_a_text_is_not_a_secret() -> None:
    assert Secret(TEXT) == SECRET
    assert hash(Secret(TEXT)) == hash(SECRET)
    assert Secret("other") != SECRET
    assert SECRET != TEXT


def test_a_secret_is_read_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "word"
    path.write_text("first line \nsecond")
    monkeypatch.setenv("A_WORD", "from outside")
    assert read_secret({"word_file": str(path)}, "word") == Secret("first line")
    assert read_secret({"word_env": "A_WORD"}, "word") == Secret("from outside")
    assert read_secret({"word": "in clear", "word_file": ""}, "word") is None


@pytest.mark.parametrize(
    ("options", "key", "problem"),
    [
        ({"word_file": "/nowhere", "word_env": "A"}, "x.word_env", "stands beside word_file"),
        ({"word_file": "/nowhere"}, "x.word_file", "No such file"),
        ({"word_file": "/"}, "x.word_file", "directory"),
        ({"word_env": "NOT_SET_AT_ALL"}, "x.word_env", "holds nothing"),
    ],
)
def test_a_secret_that_cannot_be_read_is_named(
    options: dict[str, str], key: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem) as raised:
        read_secret(options, "word", "x.")
    assert raised.value.key == key
