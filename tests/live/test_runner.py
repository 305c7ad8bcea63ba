"""Work in slices: with an event loop and without, superseded by newer work, stopped by a time limit."""

import asyncio
import sys
import threading
import time
import types

import pytest

from mlp_tutorial.live import runner as runner_module
from mlp_tutorial.live.runner import Runner


class Recorder:
    """A piece of work that counts its stretches and notes when it is given up."""

    def __init__(self, stretches=10, seconds=0.0):
        self.stretches, self.seconds, self.done, self.closed_at = stretches, seconds, 0, None

    def __call__(self):
        try:
            for _ in range(self.stretches):
                time.sleep(self.seconds)
                self.done += 1
                yield True
        finally:
            self.closed_at = time.perf_counter()


def make_runner():
    painted, errors = [], []
    return Runner(lambda finished, lasting: painted.append(finished), errors.append), painted, errors


async def until(condition, seconds=10.0):
    deadline = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


def test_without_a_loop_start_returns_when_the_work_is_done():
    runner, painted, errors = make_runner()
    work = Recorder(stretches=50)
    runner.start(work)
    assert work.done == 50 and not runner.running and not errors
    assert painted[-1] is True and painted.count(True) == 1


def test_with_a_loop_start_returns_at_once_and_the_work_is_done_in_slices():
    async def scenario():
        runner, painted, errors = make_runner()
        work = Recorder(stretches=100, seconds=0.001)
        runner.start(work)
        assert work.done == 0
        others = 0
        while not (painted and painted[-1]):
            await asyncio.sleep(0)
            others += 1
        assert work.done == 100 and not errors
        assert others >= 4, "other messages got no turn while the work went on"

    asyncio.run(scenario())


def test_a_picture_lasts_at_once_without_a_loop_and_with_one_after_a_rest(monkeypatch):
    monkeypatch.setattr(runner_module, "REST", 0.2)
    monkeypatch.setattr(runner_module, "SLICE", 0.05)  # on a busy machine one stretch may take longer than a slice
    painted = []

    def paint(finished, lasting):
        painted.append((finished, lasting))

    Runner(paint, print).start(Recorder(stretches=1))
    assert painted == [(True, True)]
    painted.clear()

    async def scenario():
        runner = Runner(paint, print)
        runner.start(Recorder(stretches=1))
        await until(lambda: painted)
        assert painted == [(True, False)] and not runner.running
        await until(lambda: len(painted) == 2)
        assert painted[1] == (True, True)
        painted.clear()
        runner.start(Recorder(stretches=1))
        await until(lambda: painted)
        runner.start(Recorder(stretches=1))  # before the rest is over: the next move needs the time
        await until(lambda: len(painted) == 3)
        assert painted == [(True, False), (True, False), (True, True)]
        painted.clear()
        runner.rest()
        assert not painted
        await until(lambda: painted)
        assert painted == [(True, True)]

    asyncio.run(scenario())


@pytest.mark.parametrize(("density", "ends"), [(2, [(True, False), (True, True)]), (1, [(True, True)])])
def test_long_work_lasts_at_once_where_a_picture_at_rest_is_no_finer(density, ends, monkeypatch):
    monkeypatch.setattr(runner_module, "density", lambda: density)
    monkeypatch.setattr(runner_module, "REST", 0.02)
    painted = []

    async def scenario():
        runner = Runner(lambda finished, lasting: painted.append((finished, lasting)), print)
        runner.start(Recorder(stretches=40, seconds=0.001))
        await until(lambda: painted and painted[-1] == (True, True))
        await asyncio.sleep(0.05)

    asyncio.run(scenario())
    assert [one for one in painted if one[0]] == ends


def test_new_work_supersedes_the_work_under_way():
    async def scenario():
        runner, painted, errors = make_runner()
        first, second = Recorder(stretches=10**6, seconds=0.001), Recorder(stretches=3)
        runner.start(first)
        await until(lambda: first.done > 5)
        moved = time.perf_counter()
        runner.start(second)
        await until(lambda: painted[-1])
        assert first.closed_at - moved < 0.5
        assert second.done == 3 and not errors and not runner.running

    asyncio.run(scenario())


def test_of_many_starts_the_last_one_wins():
    async def scenario():
        runner, _painted, errors = make_runner()
        works = [Recorder(stretches=20, seconds=0.001) for _ in range(50)]
        for work in works:
            runner.start(work)
        await until(lambda: works[-1].done == 20)
        await until(lambda: len(asyncio.all_tasks()) == 1)  # the last one ends after its lasting picture
        assert all(work.done < 20 for work in works[:-1])
        assert not errors

    asyncio.run(scenario())


def test_start_from_another_thread_works_on_the_loop_of_the_runner():
    async def scenario():
        runner, painted, _ = make_runner()
        threads = []

        def work():
            threads.append(threading.current_thread())
            yield True

        caller = threading.Thread(target=runner.start, args=(work,))
        caller.start()
        await until(lambda: painted and painted[-1])
        caller.join()
        assert threads == [threading.main_thread()]

    asyncio.run(scenario())


@pytest.mark.parametrize("with_loop", [False, True])
def test_an_error_is_handed_on_and_the_runner_lives(with_loop, monkeypatch):
    monkeypatch.setattr(runner_module, "REST", 0.01)

    def broken():
        yield True
        raise ValueError("no such width")

    async def scenario():
        runner, painted, errors = make_runner()
        runner.start(broken)
        await until(lambda: errors and len(asyncio.all_tasks()) == 1)
        assert str(errors[0]) == "no such width" and not runner.running
        assert True not in painted, "a picture painted after the error would take its sentence away"
        work = Recorder()
        runner.start(work)
        await until(lambda: work.done == 10)

    if with_loop:
        asyncio.run(scenario())
    else:
        runner, _, errors = make_runner()
        runner.start(broken)
        assert str(errors[0]) == "no such width" and not runner.running


def test_a_pace_is_kept():
    async def scenario():
        runner, painted, _ = make_runner()
        work = Recorder(stretches=10)
        began = time.perf_counter()
        runner.start(work, pace=50.0)
        await until(lambda: painted and painted[-1])
        assert time.perf_counter() - began >= 9 / 50

    asyncio.run(scenario())


def test_the_time_limit_leaves_work_unfinished_and_says_so():
    runner, painted, _ = make_runner()
    work = Recorder(stretches=10**6, seconds=0.001)
    runner.run_now(work, time_limit=0.05)
    assert runner.out_of_time and 0 < work.done < 10**6 and painted[-1] is True
    runner.run_now(Recorder(), time_limit=5.0)
    assert not runner.out_of_time


def test_on_colab_the_work_is_done_inside_the_callback_within_its_limit(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setattr("mlp_tutorial.live.runner.COLAB_TIME_LIMIT", 0.1)

    async def scenario():
        runner, _, _ = make_runner()
        work = Recorder(stretches=10**6, seconds=0.001)
        began = time.perf_counter()
        runner.start(work)
        assert work.done > 0 and runner.out_of_time
        assert time.perf_counter() - began < 2.0

    asyncio.run(scenario())


class Clock:
    """A clock that only work and drawing advance, and of it a share is processor time: no machine's pace is in it."""

    def __init__(self, monkeypatch, share=1.0):
        self.now = 0.0
        monkeypatch.setattr(runner_module.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(runner_module.time, "process_time", lambda: share * self.now)

    def work(self, stretches, seconds):
        for _ in range(stretches):
            self.now += seconds
            yield False

    def runner(self, seconds_of_drawing, **options):
        def paint(finished, lasting):
            self.now += seconds_of_drawing
            painted.append(self.now)

        def fail(error):
            raise error

        painted = []
        return Runner(paint, fail, **options), painted


@pytest.mark.parametrize(("options", "expected"), [({}, runner_module.DRAWING_SHARE), ({"drawing_share": 0.2}, 0.2)])
def test_drawing_takes_its_share_of_the_time_and_no_more(options, expected, monkeypatch):
    clock = Clock(monkeypatch)
    runner, _ = clock.runner(seconds_of_drawing=0.012, **options)
    runner.start(lambda: clock.work(10_000, 0.001))
    share = runner.drawing_seconds / (runner.drawing_seconds + runner.working_seconds)
    assert share == pytest.approx(expected, rel=0.02)


def test_a_slice_that_ends_late_does_not_put_off_the_pictures_after_it(monkeypatch):
    clock = Clock(monkeypatch)
    runner, painted = clock.runner(seconds_of_drawing=0.001)
    runner.start(lambda: clock.work(1_000, 0.009))  # a slice takes 18 ms, and a picture is due every 33
    assert (len(painted) - 1) / clock.now == pytest.approx(1 / runner_module.SHORTEST_FRAME, rel=0.05)


@pytest.mark.parametrize(("share", "frame"), [(0.5, runner_module.SHORTEST_FRAME), (0.25, runner_module.CROWDED_FRAME)])
def test_where_others_wait_for_the_cores_there_are_fewer_pictures_in_between(share, frame, monkeypatch):
    clock = Clock(monkeypatch, share)
    runner, painted = clock.runner(seconds_of_drawing=0.001)
    runner.start(lambda: clock.work(20_000, 0.001))
    assert painted[0] < 0.02 and painted[-1] == clock.now
    assert len(painted) - 1 == pytest.approx(clock.now / frame, rel=0.15)
