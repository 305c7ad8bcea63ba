"""The stored results keep the tables of groups that were not measured again."""

from benchmarks.__main__ import merged


def test_a_table_takes_the_place_of_its_older_one():
    results = "# Benchmarks\n\nBy hand.\n\n## training\n\n| old |\n\n## weight\n\n| kept |\n"
    anew = merged(results, "training", "| new |\n")
    assert anew == results.replace("old", "new") == merged(anew, "training", "| new |\n")


def test_a_new_table_stands_in_the_order_of_the_groups():
    results = merged(merged("# Benchmarks\n\n", "weight", "| second |\n"), "training", "| first |\n")
    assert results == "# Benchmarks\n\n## training\n\n| first |\n\n## weight\n\n| second |\n"
