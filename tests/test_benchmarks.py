"""The stored results keep the tables of groups that were not measured again."""

import re

from benchmarks import diagnosis, seats
from benchmarks.__main__ import merged
from benchmarks.seats import Measured, Move, Trial


def test_a_table_takes_the_place_of_its_older_one():
    results = "# Benchmarks\n\nBy hand.\n\n## training\n\n| old |\n\n## weight\n\n| kept |\n"
    anew = merged(results, "training", "| new |\n")
    assert anew == results.replace("old", "new") == merged(anew, "training", "| new |\n")


def test_a_new_table_stands_in_the_order_of_the_groups():
    results = merged(merged("# Benchmarks\n\n", "weight", "| second |\n"), "training", "| first |\n")
    assert results == "# Benchmarks\n\n## training\n\n| first |\n\n## weight\n\n| second |\n"


def measured(num_seats):
    moves = [[Move(0.0, 0.05, 0.4), Move(3.0, 0.15, 0.6), Move(6.0)] for _ in range(num_seats)]
    trial = Trial(num_seats, moves, [0.01, 0.02], 0.12, 0.009, 0.003, 1.5, 0.1, num_seats)
    memory = {"kernel": (200.0, 220.0), "server": (100.0, 104.0)}
    return Measured([trial], trial, 0.06, 6.0, {"kernel": 0.2, "server": 0.1, "hub": 4.0}, memory)


def test_seats_are_judged_by_their_targets():
    judged = {row.what.partition(":")[0]: row for row in seats.judged(measured(40))}
    assert judged["40 seats, a move every 3 s"].measured.startswith("150 ms (p50 100 ms; finished curve p50 500 ms")
    assert judged["40 seats, a move every 3 s"].met and judged["the finished curve, p95, 40 seats"].met
    work = judged["a move in the kernel, processor time"]
    assert work.measured.startswith("0.12 s (2.0 × the bare loop's 0.06 s") and not work.met
    assert "40 of 40" in seats.judged(measured(40))[-1].measured


def test_what_a_class_needs_follows_from_what_a_seat_costs():
    table = seats.in_words(measured(40))
    # 30 × (220 + 104) MB, with two lessons 30 × (440 + 104); 30 moves of 0.132 s in 3 s or 10, on cores three quarters busy.
    assert "| 30 seats | 10 / 16 GB | 1.8 / 0.5 | 102 s on 1.8 cores |" in table
    assert "| 40 | 100 ms / 150 ms | 500 ms / 600 ms | 20 ms | 1.50 | 120 ms / 9 ms / 3 ms |" in table


def test_the_table_of_the_diagnosis_has_every_fault():
    table = diagnosis.TABLE.read_text(encoding="utf-8")
    assert re.findall(r"^\| (.*): named first", table, re.MULTILINE) == list(diagnosis.FAULTS)
    assert "**no**" not in table
