"""The till's end: rights, T3 and T4, answers that are the terminal's commit, 06 B0 as a wish."""

from __future__ import annotations

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from terminal_bridge.zvt import Apdu, Message, RightsError, TcpFraming, TillDialogue, encode
from terminal_bridge.zvt.dialogue.events import (
    AbortAnswered,
    Accepted,
    AnswerOwed,
    Ended,
    LineFailed,
    Notified,
    Silence,
    Stray,
    TillEvent,
    Timer,
)
from terminal_bridge.zvt.dialogue.states import TillState
from terminal_bridge.zvt.limits import MAX_HOLDS, T3_S, T4_S
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.dialogs import (
    BlockListQuery,
    DisplayImage,
    DisplayText,
    DisplayTextWithKey,
    GraphicMenuRequest,
    InputRequest,
    MenuRequest,
    ReadCard,
)
from terminal_bridge.zvt.messages.files import DialUp, FileDataRequest
from terminal_bridge.zvt.messages.money import Authorisation
from terminal_bridge.zvt.messages.printing import PrintBlock, PrintLine
from terminal_bridge.zvt.messages.session import LogOff, Registration, StatusEnquiry
from terminal_bridge.zvt.messages.status import (
    AbortByTerminal,
    Completion,
    IntermediateStatus,
    SetTillClock,
    StatusInformation,
)

PAY = Authorisation(amount=4250)
APPROVED = StatusInformation(result_code=0, amount=4250)
OFFER = Registration(
    password=Secret("000000"), config=0x9E, currency="EUR", sequence_id="000000", tlv=()
)
ACK = bytes.fromhex("800000")


class Till:
    """A till whose terminal is this test: what it hears and what it writes."""

    def __init__(self, dialogue: TillDialogue | None = None) -> None:
        self.dialogue = dialogue or TillDialogue(TcpFraming())
        self.now = 0.0

    def send(self, command: Message) -> bytes:
        self.dialogue.send(command, self.now)
        return self.dialogue.data_to_send()

    def hear(self, *messages: Message) -> list[TillEvent]:
        for message in messages:
            self.dialogue.receive_data(encode(message).to_bytes(), self.now)
        return self.dialogue.events()

    def wrote(self) -> bytes:
        return self.dialogue.data_to_send()

    def tick(self, now: float) -> list[TillEvent]:
        self.now = now
        self.dialogue.tick(now)
        return self.dialogue.events()


def running(command: Message = PAY, dialogue: TillDialogue | None = None) -> Till:
    """A till whose command was accepted."""
    till = Till(dialogue)
    till.send(command)
    till.hear(ACKNOWLEDGEMENT)
    assert till.dialogue.state is TillState.RUNNING
    return till


# A command and its end.


def test_a_command_is_written_and_waits_for_its_answer() -> None:
    till = Till()
    assert till.send(PAY) == encode(PAY).to_bytes()
    assert till.dialogue.wake_at() == T3_S
    assert not till.dialogue.may_send


def test_a_payment_goes_through_to_its_completion() -> None:
    till = Till()
    till.send(PAY)
    assert till.hear(ACKNOWLEDGEMENT) == [Accepted(PAY, ACKNOWLEDGEMENT)]
    assert till.hear(APPROVED) == [AnswerOwed(APPROVED, PAY)]
    assert till.wrote() == b""
    till.dialogue.acknowledge(till.now)
    assert till.wrote() == ACK
    assert till.hear(Completion()) == [Ended(PAY, Completion())]
    assert till.wrote() == ACK
    assert till.dialogue.may_send
    assert till.dialogue.wake_at() is None


def test_a_payment_that_the_terminal_aborts_ends_with_its_reason() -> None:
    till = running()
    abort = AbortByTerminal(result_code=5)
    assert till.hear(abort) == [Ended(PAY, abort)]
    assert till.wrote() == ACK


@pytest.mark.parametrize("error", [0x83, 0xA0, 0x9C, 0x6B])
def test_a_refusal_ends_the_command(error: int) -> None:
    till = Till()
    till.send(PAY)
    assert till.hear(Refusal(error=error)) == [Ended(PAY, Refusal(error=error))]
    assert till.wrote() == b""
    assert till.dialogue.may_send


def test_84_00_accepts() -> None:
    till = Till()
    till.send(PAY)
    (event,) = till.hear(Answer(code=0x8400))
    assert isinstance(event, Accepted)


@pytest.mark.parametrize("command", [LogOff(), DisplayText(line1="Hi"), DisplayImage()])
def test_commands_with_an_answer_only_end_with_it(command: Message) -> None:
    till = Till()
    till.send(command)
    assert till.hear(ACKNOWLEDGEMENT) == [Ended(command, ACKNOWLEDGEMENT)]
    assert till.dialogue.may_send


def test_a_key_is_in_the_answer() -> None:
    till = Till()
    till.send(DisplayTextWithKey(line1="OK?"))
    till.dialogue.receive_data(bytes.fromhex("8000010D"), 0.0)
    (event,) = till.dialogue.events()
    assert isinstance(event, Ended)
    assert isinstance(event.by, Answer)
    assert event.by.keys == Secret("\r")


def test_the_status_information_of_a_card_read_is_its_end_once_answered() -> None:
    till = running(ReadCard(timeout_s=30))
    card = StatusInformation(result_code=0, masked_pan="541333******0042")
    till.hear(card)
    assert not till.dialogue.may_send
    till.dialogue.acknowledge(till.now)
    assert till.dialogue.events() == [Ended(ReadCard(timeout_s=30), card)]
    assert till.dialogue.may_send


def test_a_status_enquiry_s_completion_is_read_as_one() -> None:
    till = running(StatusEnquiry())
    till.dialogue.receive_data(bytes.fromhex("060F 01 06".replace(" ", "")), 0.0)
    assert till.dialogue.events() == [Ended(StatusEnquiry(), Completion(terminal_status=6))]


# Rights.


def test_a_second_command_is_an_error_of_the_program_and_nothing_is_written() -> None:
    till = running()
    with pytest.raises(RightsError):
        till.dialogue.send(PAY, till.now)
    assert till.wrote() == b""


def test_a_command_that_cannot_be_written_leaves_the_till_idle() -> None:
    till = Till()
    with pytest.raises(ProtocolError):
        till.dialogue.send(Authorisation(amount=-1), 0.0)
    assert till.dialogue.may_send
    assert till.wrote() == b""
    assert till.dialogue.wake_at() is None


@pytest.mark.parametrize("act", ["acknowledge", "hold"])
def test_an_answer_that_nobody_wants_is_an_error_of_the_program(act: str) -> None:
    till = running()
    with pytest.raises(RightsError):
        getattr(till.dialogue, act)(till.now)
    assert till.wrote() == b""


def test_a_terminal_that_speaks_before_it_answers_is_understood() -> None:
    till = Till()
    till.send(PAY)
    insert = IntermediateStatus(status=0x0A)
    assert till.hear(insert) == [Notified(insert, PAY)]
    assert till.hear(APPROVED) == [AnswerOwed(APPROVED, PAY)]
    assert till.hear(ACKNOWLEDGEMENT) == [Accepted(PAY, ACKNOWLEDGEMENT)]
    till.dialogue.acknowledge(till.now)
    assert till.dialogue.state is TillState.RUNNING
    assert till.hear(Completion()) == [Ended(PAY, Completion())]


def test_an_early_status_that_was_answered_leaves_the_command_unanswered() -> None:
    till = Till()
    till.send(PAY)
    till.hear(APPROVED)
    assert till.dialogue.wake_at() is None
    till.now = 100.0
    till.dialogue.acknowledge(till.now)
    assert till.dialogue.wake_at() == 100.0 + T3_S


def test_a_terminal_that_never_accepts_and_completes_has_ended() -> None:
    till = Till()
    till.send(PAY)
    assert till.hear(Completion()) == [Ended(PAY, Completion())]
    (stray,) = till.hear(ACKNOWLEDGEMENT)
    assert isinstance(stray, Stray)


def test_a_command_refused_while_an_early_question_is_open_leaves_the_question() -> None:
    till = Till()
    till.send(PAY)
    line = PrintLine(attribute=0, text="A")
    till.hear(line)
    assert till.hear(Refusal(error=0x83)) == [Ended(PAY, Refusal(error=0x83), may_run=True)]
    assert not till.dialogue.may_send
    till.dialogue.acknowledge(till.now)
    assert till.dialogue.may_send


def test_a_terminal_that_prints_after_its_completion_is_served() -> None:
    """Ingenico may send 06 0F before the receipts, and print without the rights."""
    till = running()
    till.hear(Completion())
    line = PrintLine(attribute=0, text="Beleg")
    assert till.hear(line) == [AnswerOwed(line, None)]
    assert not till.dialogue.may_send
    till.wrote()
    till.dialogue.acknowledge(till.now)
    assert till.wrote() == ACK
    assert till.dialogue.may_send


def test_what_comes_unasked_is_told_without_a_command() -> None:
    till = Till()
    clock = SetTillClock(date="260612", time="091530")
    assert till.hear(clock) == [Notified(clock, None)]
    assert till.hear(Completion()) == [Notified(Completion(), None)]
    assert till.wrote() == ACK * 2


@pytest.mark.parametrize("answer", [ACKNOWLEDGEMENT, Refusal(error=0x83)])
def test_an_answer_that_nobody_awaits_is_told_and_changes_nothing(
    answer: Answer | Refusal,
) -> None:
    till = running()
    assert till.hear(answer) == [Stray(answer)]
    assert till.dialogue.state is TillState.RUNNING


# What the terminal asks.


@pytest.mark.parametrize(
    "request_",
    [
        APPROVED,
        PrintLine(attribute=0, text="A"),
        PrintBlock(receipt_type=1, tlv=()),
        MenuRequest(),
        GraphicMenuRequest(duration_s=60),
        InputRequest(),
        FileDataRequest(),
        BlockListQuery(card_type=5),
        DialUp(number="0123"),
    ],
)
def test_what_wants_more_than_a_yes_waits_for_the_owner(request_: Message) -> None:
    till = running()
    assert till.hear(request_) == [AnswerOwed(request_, PAY)]
    assert till.wrote() == b""
    assert till.dialogue.owed == request_
    till.dialogue.refuse(0xCC, till.now)
    assert till.wrote() == bytes.fromhex("84CC00")
    assert till.dialogue.owed is None


def test_a_choice_is_answered_with_its_value() -> None:
    till = running()
    till.hear(MenuRequest())
    till.dialogue.answer(Answer(menu_value=2), till.now)
    assert till.wrote() == bytes.fromhex("80000506 03190102".replace(" ", ""))


def test_an_unknown_command_is_answered_84_83_and_told() -> None:
    till = running()
    till.dialogue.receive_data(Apdu(0x0F99, b"\x01").to_bytes(), 0.0)
    (event,) = till.dialogue.events()
    assert isinstance(event, Notified)
    assert event.message.control == 0x0F99
    assert till.wrote() == bytes.fromhex("848300")
    assert till.dialogue.state is TillState.RUNNING


def test_an_unknown_intermediate_status_is_answered_like_any_other() -> None:
    till = running()
    strange = IntermediateStatus(status=0xA5)
    assert till.hear(strange) == [Notified(strange, PAY)]
    assert till.wrote() == ACK


def test_a_command_that_only_tills_send_is_refused_like_an_unknown_one() -> None:
    till = running()
    assert till.hear(StatusEnquiry()) == [Notified(StatusEnquiry(), PAY)]
    assert till.wrote() == bytes.fromhex("848300")


def test_completion_ends_even_while_an_answer_is_owed() -> None:
    till = running()
    till.hear(APPROVED)
    assert till.hear(Completion()) == [Ended(PAY, Completion())]
    assert till.dialogue.owed is None
    with pytest.raises(RightsError):
        till.dialogue.acknowledge(till.now)


def test_the_same_question_twice_is_told_once_while_it_is_open() -> None:
    till = running()
    assert till.hear(APPROVED, APPROVED) == [AnswerOwed(APPROVED, PAY)]
    till.dialogue.acknowledge(till.now)
    assert till.wrote() == ACK


def test_another_question_while_one_is_open_takes_its_place() -> None:
    till = running()
    declined = StatusInformation(result_code=5)
    assert till.hear(APPROVED, declined)[-1] == AnswerOwed(declined, PAY)
    assert till.dialogue.owed == declined


def test_a_status_again_after_our_answer_is_told_as_a_repeat() -> None:
    till = running()
    till.hear(APPROVED)
    till.dialogue.acknowledge(till.now)
    assert till.hear(APPROVED) == [AnswerOwed(APPROVED, PAY, repeated=True)]


def test_equal_print_lines_are_no_repeats() -> None:
    till = running()
    line = PrintLine(attribute=0)
    for _ in range(2):
        assert till.hear(line) == [AnswerOwed(line, PAY)]
        till.dialogue.acknowledge(till.now)


# More time.


def test_84_9c_asks_for_a_repeat_which_is_told_as_one() -> None:
    till = running()
    till.hear(APPROVED)
    till.dialogue.hold(till.now)
    assert till.wrote() == bytes.fromhex("849C00")
    assert till.dialogue.state is TillState.RUNNING
    assert till.hear(APPROVED) == [AnswerOwed(APPROVED, PAY, repeated=True)]


def test_a_card_read_that_was_held_has_not_ended() -> None:
    till = running(ReadCard(timeout_s=30))
    till.hear(StatusInformation(result_code=0))
    till.dialogue.hold(till.now)
    assert till.dialogue.events() == []
    assert till.dialogue.state is TillState.RUNNING


@pytest.mark.parametrize(("allowed", "most"), [(3, 3), (0, 0), (None, MAX_HOLDS)])
def test_it_is_asked_for_as_often_as_the_command_said_and_not_once_more(
    allowed: int | None, most: int
) -> None:
    till = running(Authorisation(amount=4250, max_status_infos=allowed))
    for _ in range(most):
        till.hear(APPROVED)
        till.dialogue.hold(till.now)
    till.hear(APPROVED)
    assert till.dialogue.holds_left == 0
    with pytest.raises(RightsError):
        till.dialogue.hold(till.now)
    till.dialogue.acknowledge(till.now)


def test_holds_are_counted_for_each_command() -> None:
    till = running(Authorisation(amount=1, max_status_infos=1))
    till.hear(APPROVED)
    till.dialogue.hold(till.now)
    till.hear(Completion())
    till.send(Authorisation(amount=1, max_status_infos=1))
    assert till.dialogue.holds_left == 1


# Timers.


def test_t3_expires_without_an_answer_and_nothing_is_said_any_more() -> None:
    till = Till()
    till.send(PAY)
    assert till.tick(T3_S - 0.001) == []
    assert till.tick(T3_S) == [Silence(Timer.T3, PAY)]
    assert till.dialogue.wake_at() is None
    assert till.hear(APPROVED) == [Stray(APPROVED)]
    assert till.wrote() == b""
    assert not till.dialogue.may_send


def test_t4_expires_after_180_s_without_a_word() -> None:
    till = running()
    assert till.dialogue.wake_at() == T4_S
    assert till.tick(T4_S - 0.001) == []
    assert till.tick(T4_S) == [Silence(Timer.T4, PAY)]


def test_where_an_abort_is_always_taken_t4_first_stops_the_command() -> None:
    """card complete: it cannot tell that it waits for a PIN."""
    till = Till(TillDialogue(TcpFraming(), always_abortable=True))
    till.send(PAY)
    till.hear(ACKNOWLEDGEMENT)
    assert till.tick(T4_S) == []
    assert till.dialogue.data_to_send() == bytes.fromhex("06B000")
    till.now = T4_S + 1
    assert till.hear(ACKNOWLEDGEMENT) == [AbortAnswered(ACKNOWLEDGEMENT)]
    assert till.hear(AbortByTerminal(result_code=0x6C)) == [
        Ended(PAY, AbortByTerminal(result_code=0x6C))
    ]


def test_a_command_that_no_abort_stops_is_silent_after_t4_once_more() -> None:
    till = Till(TillDialogue(TcpFraming(), always_abortable=True))
    till.send(PAY)
    till.hear(ACKNOWLEDGEMENT)
    assert till.tick(T4_S) == []
    assert till.tick(T4_S + T3_S) == [AbortAnswered(None)]
    assert till.tick(2 * T4_S) == [Silence(Timer.T4, PAY)]


def test_t4_is_restarted_and_changed_by_an_intermediate_status() -> None:
    till = running()
    till.now = 100.0
    till.hear(IntermediateStatus(status=0x0A, timeout_min=12))
    assert till.dialogue.wake_at() == 100.0 + 12 * 60
    till.now = 300.0
    till.hear(IntermediateStatus(status=0x0E))
    assert till.dialogue.wake_at() == 300.0 + 12 * 60


def test_a_timeout_of_0_minutes_changes_nothing() -> None:
    till = running()
    till.hear(IntermediateStatus(status=0x0A, timeout_min=0))
    assert till.dialogue.wake_at() == T4_S


def test_t4_is_the_default_again_with_the_next_command() -> None:
    till = running()
    till.hear(IntermediateStatus(status=0x0A, timeout_min=12), Completion())
    till.now = 1000.0
    till.send(PAY)
    till.hear(ACKNOWLEDGEMENT)
    assert till.dialogue.wake_at() == 1000.0 + T4_S


def test_t4_stands_still_while_we_owe_an_answer_and_starts_again_with_it() -> None:
    till = running()
    till.hear(APPROVED)
    assert till.dialogue.wake_at() is None
    till.now = 500.0
    till.dialogue.acknowledge(till.now)
    assert till.dialogue.wake_at() == 500.0 + T4_S


def test_a_dialog_gives_a_person_the_time_that_it_names() -> None:
    till = Till()
    till.send(DisplayTextWithKey(line1="?", duration_s=60))
    assert till.dialogue.wake_at() == 60 + T3_S


def test_an_endless_dialog_has_no_timer() -> None:
    till = Till()
    till.send(DisplayTextWithKey(line1="?", duration_s=0))
    assert till.dialogue.wake_at() is None


@pytest.mark.parametrize(("timeout", "due"), [(30, T4_S), (250, 250 + T3_S), (0, None)])
def test_a_card_read_waits_as_long_as_it_says(timeout: int, due: float | None) -> None:
    assert running(ReadCard(timeout_s=timeout)).dialogue.wake_at() == due


# 06 B0.


def test_abort_is_a_wish_and_its_answer_ends_nothing() -> None:
    till = running()
    till.dialogue.abort(till.now)
    assert till.wrote() == bytes.fromhex("06B000")
    assert till.hear(ACKNOWLEDGEMENT) == [AbortAnswered(ACKNOWLEDGEMENT)]
    assert till.dialogue.state is TillState.RUNNING
    assert till.hear(APPROVED, Completion())[-1] == Ended(PAY, Completion())


def test_a_refused_abort_lets_the_payment_go_on() -> None:
    till = running()
    till.dialogue.abort(till.now)
    assert till.hear(Refusal(error=0x83)) == [AbortAnswered(Refusal(error=0x83))]
    assert till.dialogue.may_abort


def test_an_abort_without_an_answer_is_told_after_t3_and_the_command_runs_on() -> None:
    till = running()
    till.dialogue.abort(till.now)
    assert till.tick(T3_S) == [AbortAnswered(None)]
    assert till.dialogue.state is TillState.RUNNING


def test_the_terminal_may_speak_before_it_answers_the_abort() -> None:
    till = running()
    till.dialogue.abort(till.now)
    assert till.hear(APPROVED) == [AnswerOwed(APPROVED, PAY)]
    assert till.hear(ACKNOWLEDGEMENT) == [AbortAnswered(ACKNOWLEDGEMENT)]
    till.dialogue.acknowledge(till.now)
    assert till.dialogue.state is TillState.RUNNING


def test_a_command_that_ends_before_the_abort_is_answered_keeps_the_rights_waiting() -> None:
    """Else the late answer to 06 B0 would be taken as the answer to the next command."""
    till = running()
    till.dialogue.abort(till.now)
    abort = AbortByTerminal(result_code=0x6C)
    assert till.hear(abort) == [Ended(PAY, abort)]
    assert not till.dialogue.may_send
    assert till.hear(ACKNOWLEDGEMENT) == [AbortAnswered(ACKNOWLEDGEMENT)]
    assert till.dialogue.may_send


def test_and_not_longer_than_t3() -> None:
    till = running()
    till.dialogue.abort(till.now)
    till.hear(AbortByTerminal(result_code=0x6C))
    assert till.tick(T3_S) == [AbortAnswered(None)]
    assert till.dialogue.may_send


def test_one_abort_at_a_time() -> None:
    till = running()
    till.dialogue.abort(till.now)
    assert not till.dialogue.may_abort
    with pytest.raises(RightsError):
        till.dialogue.abort(till.now)


@pytest.mark.parametrize(
    ("command", "allowed"),
    [(PAY, True), (ReadCard(timeout_s=30), True), (StatusEnquiry(), False)],
)
def test_abort_is_sent_only_where_the_command_allows_it(command: Message, *, allowed: bool) -> None:
    till = running(command)
    assert till.dialogue.may_abort is allowed
    if not allowed:
        with pytest.raises(RightsError):
            till.dialogue.abort(till.now)
        assert till.wrote() == b""


def test_a_terminal_may_be_known_to_take_it_at_any_time() -> None:
    till = running(StatusEnquiry(), TillDialogue(TcpFraming(), always_abortable=True))
    assert till.dialogue.may_abort


@pytest.mark.parametrize("command", [PAY, DisplayText(line1="Hi"), DisplayImage()])
def test_it_is_not_sent_before_the_command_was_answered(command: Message) -> None:
    till = Till(TillDialogue(TcpFraming(), always_abortable=True))
    till.send(command)
    assert not till.dialogue.may_abort


def test_nor_while_we_owe_an_answer_nor_when_nothing_runs() -> None:
    till = running()
    till.hear(APPROVED)
    assert not till.dialogue.may_abort
    assert not Till().dialogue.may_abort


def test_a_dialog_that_waits_for_a_person_can_be_aborted() -> None:
    till = Till()
    question = DisplayTextWithKey(line1="?", duration_s=0)
    till.send(question)
    till.dialogue.abort(till.now)
    assert till.hear(ACKNOWLEDGEMENT) == [AbortAnswered(ACKNOWLEDGEMENT)]
    assert till.hear(Refusal(error=0x6C)) == [Ended(question, Refusal(error=0x6C))]


def test_a_key_that_crosses_the_abort_is_the_dialog_s_answer() -> None:
    till = Till()
    question = DisplayTextWithKey(line1="?", duration_s=0)
    till.send(question)
    till.dialogue.abort(till.now)
    till.dialogue.receive_data(bytes.fromhex("8000010D"), 0.0)
    assert isinstance(till.dialogue.events()[0], Ended)
    assert not till.dialogue.may_send
    assert till.hear(ACKNOWLEDGEMENT) == [AbortAnswered(ACKNOWLEDGEMENT)]
    assert till.dialogue.may_send


# The line.


def test_another_protocol_fails_the_line() -> None:
    till = Till()
    till.send(PAY)
    till.dialogue.receive_data(b"VER|APP", 0.0)
    (event,) = till.dialogue.events()
    assert isinstance(event, LineFailed)
    assert "another protocol" in event.problem
    assert not till.dialogue.may_send


def test_what_came_before_the_noise_is_told_first() -> None:
    till = running()
    insert = IntermediateStatus(status=0x0A)
    till.dialogue.receive_data(encode(insert).to_bytes() + b"\xff", 0.0)
    first, second = till.dialogue.events()
    assert first == Notified(insert, PAY)
    assert isinstance(second, LineFailed)


def test_a_line_fails_once() -> None:
    till = Till()
    for _ in range(3):
        till.dialogue.receive_data(b"HTTP", 0.0)
    assert len(till.dialogue.events()) == 1


# Sequence ids.


def test_ids_are_counted_once_both_agreed() -> None:
    till = Till()
    till.send(OFFER)
    till.hear(ACKNOWLEDGEMENT, Completion(sequence_id="000000"))
    till.wrote()
    assert till.send(PAY).endswith(bytes.fromhex("1F7303000001"))
    till.hear(Answer(sequence_id="000001"), IntermediateStatus(status=0x0A, sequence_id="000002"))
    assert till.wrote() == bytes.fromhex("80000806061F7303000002")
    till.hear(Completion(sequence_id="000009"))
    till.wrote()
    assert till.send(PAY).endswith(bytes.fromhex("1F7303000010"))


def test_ids_that_only_one_side_wants_are_not_sent() -> None:
    till = Till()
    till.send(OFFER)
    till.hear(ACKNOWLEDGEMENT, Completion())
    till.wrote()
    assert till.send(PAY) == encode(PAY).to_bytes()


def test_999999_is_followed_by_000001() -> None:
    till = Till()
    till.dialogue.sequence.agree()
    till.hear(IntermediateStatus(status=0x0A, sequence_id="999999"))
    till.wrote()
    assert till.send(PAY).endswith(bytes.fromhex("1F7303000001"))


def test_with_ids_a_repeated_print_line_is_known() -> None:
    till = Till()
    till.dialogue.sequence.agree()
    till.send(PAY)
    till.hear(Answer(sequence_id="000001"))
    line = PrintLine(attribute=0, sequence_id="000002", tlv=())
    (first,) = till.hear(line)
    till.dialogue.acknowledge(till.now)
    (second,) = till.hear(line)
    assert isinstance(first, AnswerOwed)
    assert isinstance(second, AnswerOwed)
    assert (first.repeated, second.repeated) == (False, True)


def test_log_off_ends_the_ids() -> None:
    till = Till()
    till.dialogue.sequence.agree()
    till.send(LogOff())
    till.hear(Answer(sequence_id="000001"))
    till.wrote()
    assert till.send(PAY) == encode(PAY).to_bytes()
