"""The terminal's end, against a till: rights enforced, 84 9C obeyed, T3, and both framings."""

from __future__ import annotations

import pytest

from opi_pos.model.secret import Secret
from terminal_bridge.zvt import Apdu, Message, RightsError, encode
from terminal_bridge.zvt.dialogue.events import (
    AbortAnswered,
    AbortAsked,
    Accepted,
    Answered,
    AnswerOwed,
    CommandReceived,
    CommandRepeated,
    Ended,
    Held,
    HoldsExhausted,
    LineFailed,
    Notified,
    RightsBroken,
    RightsReturned,
    Silence,
    Stray,
    Timer,
)
from terminal_bridge.zvt.dialogue.states import TerminalState, TillState
from terminal_bridge.zvt.framing.frames import to_frame
from terminal_bridge.zvt.limits import REPEAT_WAIT_S, T2_S, T3_S
from terminal_bridge.zvt.messages.answers import (
    ACKNOWLEDGEMENT,
    MORE_TIME,
    Answer,
    Refusal,
    partial_issue,
)
from terminal_bridge.zvt.messages.dialogs import DisplayTextWithKey, MenuRequest, ReadCard
from terminal_bridge.zvt.messages.money import Authorisation
from terminal_bridge.zvt.messages.printing import PrintLine
from terminal_bridge.zvt.messages.session import AbortByTill, LogOff, Registration, StatusEnquiry
from terminal_bridge.zvt.messages.status import (
    AbortByTerminal,
    Completion,
    IntermediateStatus,
    StatusInformation,
)
from tests.terminal_bridge.zvt.dialogue.talk import Talk

PAY = Authorisation(amount=4250, currency="EUR")
APPROVED = StatusInformation(result_code=0, amount=4250)


@pytest.fixture(params=["tcp", "serial"])
def talk(request: pytest.FixtureRequest) -> Talk:
    return Talk(serial=request.param == "serial")


def test_a_payment_with_a_receipt_goes_both_ways(talk: Talk) -> None:
    talk.start(PAY)
    talk.say(IntermediateStatus(status=0x0A, timeout_min=3))
    talk.ask(APPROVED)
    assert talk.acknowledge() == Answered(ACKNOWLEDGEMENT, APPROVED)
    line = PrintLine(attribute=0x81, text="Ende")
    assert talk.ask(line) == AnswerOwed(line, PAY)
    talk.acknowledge()
    assert talk.say(Completion()) == Ended(PAY, Completion())
    assert talk.terminal_heard[-2:] == [
        Answered(ACKNOWLEDGEMENT, Completion()),
        RightsReturned(PAY),
    ]
    assert talk.till.may_send
    assert talk.terminal.state is TerminalState.IDLE
    assert talk.till.wake_at() is talk.terminal.wake_at() is None


def test_a_refused_command_leaves_the_rights_with_the_till(talk: Talk) -> None:
    talk.order(PAY)
    talk.terminal.refuse(0x6B, talk.now)
    talk.carry()
    assert talk.till_heard == [Ended(PAY, Refusal(error=0x6B))]
    assert talk.terminal_heard[-1] == RightsReturned(PAY)
    talk.order(PAY)


def test_a_key_is_an_answer(talk: Talk) -> None:
    question = DisplayTextWithKey(line1="OK?", duration_s=30)
    talk.order(question)
    talk.terminal.answer(Answer(keys=Secret("\r")), talk.now)
    talk.carry()
    assert talk.till_heard == [Ended(question, Answer(keys=Secret("\r")))]


def test_a_card_that_was_read_ends_the_command(talk: Talk) -> None:
    talk.start(ReadCard(timeout_s=30))
    talk.ask(StatusInformation(result_code=0))
    talk.acknowledge()
    assert talk.terminal_heard[-1] == RightsReturned(ReadCard(timeout_s=30))
    assert talk.terminal.state is TerminalState.IDLE
    assert talk.till.may_send


def test_a_choice_comes_back(talk: Talk) -> None:
    talk.start(PAY)
    talk.ask(MenuRequest())
    talk.till.answer(Answer(menu_value=2, tlv=()), talk.now)
    talk.carry()
    assert talk.terminal_heard[-1] == Answered(Answer(menu_value=2, tlv=()), MenuRequest())


def owed(talk: Talk) -> bool:
    return talk.till.owed == APPROVED


def test_84_9c_is_obeyed_after_2_s_as_often_as_the_till_allowed(talk: Talk) -> None:
    talk.start(Authorisation(amount=4250, max_status_infos=2))
    talk.ask(APPROVED)
    for count in (1, 2):
        began = talk.now
        talk.till.hold(talk.now)
        talk.carry()
        assert talk.terminal_heard[-1] == Held(APPROVED, count)
        talk.wait(REPEAT_WAIT_S - 0.01)
        assert not owed(talk)
        talk.wait(0.01)
        assert owed(talk)
        assert talk.now == pytest.approx(began + REPEAT_WAIT_S)
    with pytest.raises(RightsError):
        talk.till.hold(talk.now)
    talk.till.answer(MORE_TIME, talk.now)
    talk.carry()
    assert talk.terminal_heard[-1] == HoldsExhausted(APPROVED)
    assert talk.terminal.may_say


def test_a_part_of_the_goods_is_answered(talk: Talk) -> None:
    talk.start(PAY)
    talk.ask(APPROVED)
    talk.till.answer(partial_issue(2200), talk.now)
    talk.carry()
    answered = talk.terminal_heard[-1]
    assert isinstance(answered, Answered)
    assert isinstance(answered.answer, Refusal)
    assert (answered.answer.error, answered.answer.amount) == (0x9D, 2200)


def test_goods_that_were_not_issued_are_told(talk: Talk) -> None:
    talk.start(PAY)
    talk.ask(APPROVED)
    talk.till.refuse(0x66, talk.now)
    talk.carry()
    assert talk.terminal_heard[-1] == Answered(Refusal(error=0x66), APPROVED)


def test_an_abort_is_heard_and_answered_while_the_payment_goes_on(talk: Talk) -> None:
    talk.start(PAY)
    talk.till.abort(talk.now)
    talk.carry()
    assert talk.terminal_heard[-1] == AbortAsked(AbortByTill())
    talk.terminal.answer_abort(Refusal(error=0x83), talk.now)
    talk.carry()
    assert talk.till_heard[-1] == AbortAnswered(Refusal(error=0x83))
    talk.ask(APPROVED)


def test_an_abort_crosses_the_terminal_s_own_words(talk: Talk) -> None:
    talk.start(PAY)
    talk.till.abort(talk.now)
    talk.terminal.say(IntermediateStatus(status=0x0E), talk.now)
    talk.carry()
    assert Notified(IntermediateStatus(status=0x0E), PAY) in talk.till_heard
    assert AbortAsked(AbortByTill()) in talk.terminal_heard
    talk.terminal.answer_abort(ACKNOWLEDGEMENT, talk.now)
    talk.carry()
    assert talk.till_heard[-1] == AbortAnswered(ACKNOWLEDGEMENT)
    abort = AbortByTerminal(result_code=0x6C)
    assert talk.say(abort) == Ended(PAY, abort)


def test_an_abort_that_crosses_the_end_is_answered_before_the_next_command(talk: Talk) -> None:
    talk.start(PAY)
    abort = AbortByTerminal(result_code=0x6C)
    talk.till.abort(talk.now)
    talk.terminal.say(abort, talk.now)
    talk.carry()
    assert Ended(PAY, abort) in talk.till_heard
    assert not talk.till.may_send
    assert talk.terminal_heard[-1] != RightsBroken(AbortByTill())
    assert CommandReceived(AbortByTill()) in talk.terminal_heard
    talk.terminal.accept(talk.now)
    talk.carry()
    assert talk.till_heard[-1] == AbortAnswered(ACKNOWLEDGEMENT)
    talk.order(PAY)


def test_an_abort_while_nothing_runs_is_a_command(talk: Talk) -> None:
    talk.order(AbortByTill())
    talk.terminal.accept(talk.now)
    talk.carry()
    assert talk.till_heard == [Ended(AbortByTill(), ACKNOWLEDGEMENT)]


def test_there_is_nothing_to_answer_without_an_abort(talk: Talk) -> None:
    talk.start(PAY)
    with pytest.raises(RightsError):
        talk.terminal.answer_abort(ACKNOWLEDGEMENT, talk.now)


def raw(talk: Talk, message: Message) -> None:
    """What a till sends that does not mind the rights; over TCP only."""
    talk.terminal.receive_data(encode(message).to_bytes(), talk.now)
    talk.terminal_heard += talk.terminal.events()


def test_a_till_that_speaks_without_the_rights_is_told_so() -> None:
    talk = Talk()
    talk.start(PAY)
    talk.say(IntermediateStatus(status=0x0A))
    raw(talk, StatusEnquiry())
    assert talk.terminal_heard[-1] == RightsBroken(StatusEnquiry())
    assert talk.terminal.data_to_send() == bytes.fromhex("84A000")
    assert talk.terminal.may_say


def test_a_second_payment_while_one_waits_for_its_answer_is_refused() -> None:
    talk = Talk()
    talk.order(PAY)
    second = Authorisation(amount=99)
    raw(talk, second)
    assert talk.terminal_heard[-1] == RightsBroken(second)
    assert talk.terminal.command == PAY


def test_a_command_that_is_repeated_because_its_answer_got_lost_is_not_a_second_one() -> None:
    talk = Talk()
    talk.start(PAY)
    raw(talk, PAY)
    assert talk.terminal_heard[-1] == CommandRepeated(PAY)
    assert talk.terminal.data_to_send() == bytes.fromhex("800000")


def test_nor_is_one_that_is_repeated_before_its_answer() -> None:
    talk = Talk()
    talk.order(PAY)
    raw(talk, PAY)
    assert talk.terminal_heard[-1] == CommandRepeated(PAY)
    assert talk.terminal.data_to_send() == b""


def test_a_refusal_of_a_frame_that_went_out_twice_proves_nothing() -> None:
    talk = Talk(serial=True)
    talk.till.send(PAY, 0.0)
    talk.till.data_to_send()
    talk.wait(T2_S)
    talk.terminal.refuse(0xA0, talk.now)
    talk.carry()
    assert talk.till_heard == [Ended(PAY, Refusal(error=0xA0), may_run=True)]


def test_on_a_serial_line_a_repeated_command_is_answered_again_whatever_was_said() -> None:
    """The answer and what followed it may all have been lost."""
    talk = Talk(serial=True)
    talk.start(PAY)
    talk.say(IntermediateStatus(status=0x0A))
    talk.terminal.receive_data(to_frame(encode(PAY).to_bytes()), talk.now)
    assert talk.terminal.events() == [CommandRepeated(PAY)]
    assert talk.terminal.data_to_send() == b"\x06" + to_frame(bytes.fromhex("800000"))


def test_over_tcp_the_same_command_after_the_terminal_spoke_breaks_the_rights() -> None:
    talk = Talk()
    talk.start(PAY)
    talk.say(IntermediateStatus(status=0x0A))
    raw(talk, PAY)
    assert talk.terminal_heard[-1] == RightsBroken(PAY)


def test_a_till_that_does_not_answer_06_0f_and_goes_on_is_understood() -> None:
    talk = Talk()
    talk.start(PAY)
    talk.terminal.say(Completion(), talk.now)
    talk.terminal.data_to_send()
    raw(talk, StatusEnquiry())
    assert talk.terminal_heard[-2:] == [RightsReturned(PAY), CommandReceived(StatusEnquiry())]


def test_a_status_without_an_answer_falls_silent_after_t3() -> None:
    talk = Talk()
    talk.start(PAY)
    talk.terminal.say(APPROVED, talk.now)
    talk.terminal.data_to_send()
    talk.terminal.tick(T3_S - 0.001)
    assert talk.terminal.events() == []
    talk.terminal.tick(T3_S)
    assert talk.terminal.events() == [Silence(Timer.T3, APPROVED)]
    raw(talk, ACKNOWLEDGEMENT)
    assert talk.terminal_heard[-1] == Stray(ACKNOWLEDGEMENT)


def test_the_till_may_give_itself_more_time_for_04_0f_and_only_for_that() -> None:
    talk = Talk()
    talk.start(Authorisation(amount=1, timeout_s=30))
    talk.terminal.say(APPROVED, 0.0)
    assert talk.terminal.wake_at() == 30.0
    talk.carry()
    talk.acknowledge()
    talk.terminal.say(PrintLine(attribute=0), 0.0)
    assert talk.terminal.wake_at() == T3_S


def test_a_terminal_may_have_its_own_idea_of_the_timeout() -> None:
    talk = Talk()
    talk.start(PAY)
    talk.terminal.say(APPROVED, 0.0, timeout_s=7.5)
    assert talk.terminal.wake_at() == 7.5


def test_on_a_serial_line_t3_begins_with_the_ack() -> None:
    talk = Talk(serial=True)
    talk.till.send(PAY, 0.0)
    frame = talk.till.data_to_send()
    assert talk.till.wake_at() == T2_S
    talk.terminal.receive_data(frame, 3.0)
    talk.till.receive_data(talk.terminal.data_to_send(), 3.0)
    assert talk.till.wake_at() == 3.0 + T3_S


def test_on_a_serial_line_a_dead_terminal_fails_the_line_after_three_frames() -> None:
    talk = Talk(serial=True, change=lambda sender, data: b"" if sender == "till" else data)
    talk.till.send(PAY, 0.0)
    talk.carry()
    talk.wait(60)
    assert talk.till_heard == [LineFailed("no ACK came", PAY)]
    assert talk.till.state is TillState.SILENT


def test_after_it_gave_up_the_terminal_takes_commands_again() -> None:
    talk = Talk(serial=True)
    talk.start(PAY)
    talk.terminal.say(APPROVED, talk.now)
    talk.terminal.data_to_send()
    for _ in range(9):
        at = talk.terminal.wake_at()
        if at is None:
            break
        talk.terminal.tick(at)
    assert isinstance(talk.terminal.events()[-1], LineFailed)
    talk.terminal.give_up()
    assert talk.terminal.state is TerminalState.IDLE
    assert talk.terminal.wake_at() is None


def test_out_of_turn_the_terminal_s_owner_is_told() -> None:
    talk = Talk()
    with pytest.raises(RightsError):
        talk.terminal.accept(0.0)
    with pytest.raises(RightsError):
        talk.terminal.refuse(0x83, 0.0)
    talk.order(PAY)
    with pytest.raises(RightsError):
        talk.terminal.say(APPROVED, 0.0)


def test_it_may_print_without_the_rights_as_some_terminals_do(talk: Talk) -> None:
    line = PrintLine(attribute=0, text="Beleg")
    assert talk.ask(line) == AnswerOwed(line, None)
    talk.acknowledge()
    assert talk.terminal.state is TerminalState.IDLE


def test_an_answer_that_it_does_not_await_is_told() -> None:
    talk = Talk()
    raw(talk, ACKNOWLEDGEMENT)
    assert talk.terminal_heard == [Stray(ACKNOWLEDGEMENT)]


def test_another_protocol_fails_the_line() -> None:
    talk = Talk()
    talk.terminal.receive_data(b"GET / HTTP/1.1", 0.0)
    (event,) = talk.terminal.events()
    assert isinstance(event, LineFailed)


def agreed(talk: Talk) -> tuple[bool, bool]:
    return talk.till.sequence.agreed, talk.terminal.sequence.agreed


def test_sequence_ids_are_agreed_and_counted_by_both(talk: Talk) -> None:
    offer = Registration(
        password=Secret("000000"), config=0x9E, currency="EUR", sequence_id="000000", tlv=()
    )
    talk.start(offer)
    talk.say(Completion(sequence_id="000000", tlv=()))
    assert agreed(talk) == (True, True)
    assert talk.start(PAY).sequence_id == "000001"
    accepted = talk.till_heard[-1]
    assert isinstance(accepted, Accepted)
    assert accepted.answer.sequence_id == "000001"
    assert talk.ask(APPROVED).message.sequence_id == "000002"
    assert talk.acknowledge().answer.sequence_id == "000002"
    ended = talk.say(Completion())
    assert isinstance(ended, Ended)
    assert ended.by.sequence_id == "000003"
    assert talk.order(LogOff()).sequence_id == "000004"
    talk.terminal.accept(talk.now)
    talk.carry()
    assert agreed(talk) == (False, False)


def test_a_held_status_keeps_its_id(talk: Talk) -> None:
    talk.till.sequence.agree()
    talk.terminal.sequence.agree()
    talk.start(PAY)
    first = talk.ask(APPROVED)
    talk.till.hold(talk.now)
    talk.carry()
    talk.wait(REPEAT_WAIT_S)
    again = talk.till_heard[-1]
    assert isinstance(again, AnswerOwed)
    assert again.message.sequence_id == first.message.sequence_id
    assert again.repeated


def test_registration_without_ids_ends_them() -> None:
    talk = Talk()
    talk.till.sequence.agree()
    talk.terminal.sequence.agree()
    talk.start(Registration(password=Secret("000000"), config=0x9E))
    talk.say(Completion())
    assert not talk.till.sequence.agreed
    assert not talk.terminal.sequence.agreed


def test_an_unknown_command_is_given_to_the_owner() -> None:
    talk = Talk()
    talk.terminal.receive_data(Apdu(0x0677).to_bytes(), 0.0)
    (event,) = talk.terminal.events()
    assert isinstance(event, CommandReceived)
    talk.terminal.refuse(0x83, 0.0)
    assert talk.terminal.data_to_send() == bytes.fromhex("848300")
