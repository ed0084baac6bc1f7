from __future__ import annotations

import os
import signal
import time

import pytest

from batch.wiring.parts import SteadyClock, StopSignal, Watchers, waited


def test_the_clock_is_the_wall_clock_and_never_goes_back(monkeypatch):
    clock = SteadyClock()
    assert abs(clock.now() - time.time()) < 1
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)  # somebody sets the clock of the computer
    assert before <= clock.now() < before + 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_ends(number):
    usual = signal.getsignal(number)
    with StopSignal() as stop:
        assert not stop.asked
        os.kill(os.getpid(), number)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is usual


def test_signals_are_given_back_when_the_run_ends_badly():
    usual = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), StopSignal():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is usual


class Notes:
    def __init__(self):
        self.heard = []

    def saw(self, entries):
        self.heard.append(list(entries))

    def waits(self, seconds, why):
        self.heard.append((seconds, why))

    def stop_asked(self):
        return False


def test_every_watcher_is_told_and_the_signal_answers():
    first, second, stop = Notes(), Notes(), StopSignal()
    watchers = Watchers([first, second], stop)
    watchers.saw([])
    watchers.waits(2.0, "throttled")
    assert first.heard == second.heard == [[], (2.0, "throttled")]
    assert not watchers.stop_asked()
    stop.asked = True
    assert watchers.stop_asked()


def test_waited_gives_what_came_or_raises_what_was_raised():
    async def give(value):
        if isinstance(value, Exception):
            raise value
        return value

    assert waited(give(7)) == 7
    with pytest.raises(KeyError):
        waited(give(KeyError("x")))
