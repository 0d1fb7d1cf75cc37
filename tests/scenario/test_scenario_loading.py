"""What is not a scenario file is refused with one clear message, quickly."""

import time

import pytest

from cascade_sim.scenario import ScenarioError, library, load_scenario


def refusal(path):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert len(caught.value.problems) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "case.yaml: is empty"),
        ("# only a comment\n", "case.yaml: is empty"),
        ("- a\n- b\n", "case.yaml:1:1: holds a list"),
        ("hello", "case.yaml:1:1: holds a single value"),
        ("name: x\nclock:\n\tduration: 1h\n", "case.yaml:3:1: a tab stands where spaces are wanted"),
        ("name: a: b\n", "case.yaml:1:8: a colon is not expected here"),
        ("name: 'a\n", "case.yaml:2:1: a quote is not closed"),
        ("name: [a\nclock: 1\n", "case.yaml:2:6: a bracket is not closed"),
        ("a:\n    b: 1\n  c: 2\n", "case.yaml:3:3: the indentation does not fit"),
        ("name: a\n---\nname: b\n", "case.yaml:2:1: a second document begins here"),
        ("a: &x [1, 2]\nb: *x\n", "case.yaml:1:4: anchors and aliases"),
        ("a: *x\n", "case.yaml:1:4: anchors and aliases"),
        ("name: !!python/object/apply:os.system [ls]\n", "case.yaml:1:7: tags such as"),
        ("name: a\n? [b]\n: c\n", "case.yaml:2:3: a key must be a word or a number"),
        ("name: a\ntrue: c\n", "case.yaml:2:1: a key must be a word or a number"),
        ("name: a\x00b\n", "case.yaml:1:8: holds a character that text cannot hold"),
        ("a: " + "[" * 5000, "case.yaml:1:35: is nested deeper than 32 levels"),
        ("a: " + "{a: " * 100, "case.yaml:1:128: is nested deeper than 32 levels"),
        ("a: [" + "1," * 100_001 + "1]", "case.yaml:1:199999: holds more than 100,000 values"),
    ],
)
def test_what_is_not_a_scenario_is_refused_at_its_place(write, text, line):
    assert refusal(write(text)).startswith(line)


def test_a_hundred_megabytes_are_refused_without_being_read(write):
    file = write("name: big\n")
    with file.open("r+b") as stream:
        stream.truncate(100_000_000)
    begun = time.perf_counter()
    assert refusal(file) == (
        "case.yaml: is larger than the 1 MB that a scenario may have (100.0 MB); "
        "put long series and positions into CSV or Parquet files"
    )
    assert time.perf_counter() - begun < 1.0


def test_text_that_is_not_utf8_is_refused_where_it_begins(write, small_text):
    file = write("")
    file.write_bytes("name: a\ndescription: caf\u00e9\n".encode("latin-1"))
    assert refusal(file) == "case.yaml:2:17: is not UTF-8 text; save the file as UTF-8"
    file.write_bytes(small_text.encode("utf-16"))
    assert "is not UTF-8 text" in refusal(file)
    file.write_bytes(b"\xef\xbb\xbf" + small_text.encode())
    assert load_scenario(file).name == "Small"


def test_duplicate_keys_are_told_with_both_lines_beside_other_mistakes(problems_of, small_text):
    text = small_text.replace("  price: 100\n", "  price: 100\n  price: 200\n") + "seed: -1\nseed: 2\n"
    assert [str(problem) for problem in problems_of(text)] == [
        "case.yaml:5:3 market.price: is written twice; the first is on line 4; remove one of the two",
        "case.yaml:15:1 seed: -1 is below 0; give a value of at least 0",
        "case.yaml:16:1 seed: is written twice; the first is on line 15; remove one of the two",
    ]


def test_a_missing_file_is_told_with_the_nearest_name(write, small_text):
    write(small_text, "cases/crash.yaml")
    assert refusal("cases/crahs.yaml") == "cases/crahs.yaml: there is no such file; did you mean cases/crash.yaml?"
    assert refusal("cases/crash") == "cases/crash: there is no such file; did you mean cases/crash.yaml?"
    assert "give a file, or a name from" in refusal("nowhere/at/all")
    assert "is not a name that a file can have" in refusal("a" * 5000)


def test_a_folder_is_refused_with_the_file_in_it(write, small_text):
    write(small_text, "cases/crash.yaml")
    assert refusal("cases") == "cases: is a folder; did you mean cases/crash.yaml?"


def test_a_file_that_may_not_be_read_is_told(write, small_text):
    file = write(small_text)
    file.chmod(0)
    try:
        file.read_bytes()
    except PermissionError:
        assert "cannot be read: Permission denied" in refusal(file)
    else:
        pytest.skip("this user may read everything")


def test_a_bundled_scenario_is_found_by_name_from_any_folder(write, monkeypatch, tmp_path, small_text):
    write(small_text, "bundled/event.yaml")
    write(small_text.replace("Small", "Nested"), "bundled/textbook/uniform.yaml")
    write("name: sweep\n", "bundled/sweeps/grid.yaml")
    monkeypatch.setattr(library, "folder", lambda: tmp_path / "bundled")
    assert library.names() == ["event", "textbook/uniform"]
    (tmp_path / "event").mkdir()
    assert load_scenario("event").name == "Small"
    assert load_scenario("textbook/uniform.yaml").name == "Nested"
    assert "did you mean textbook/uniform?" in refusal("textbook/unifrom")
    write(small_text.replace("Small", "Mine"), "event.yaml")
    assert load_scenario("event.yaml").name == "Mine"
