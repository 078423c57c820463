from tests.workshop.building.cells import attributes, needed, touched


def notebook(*sources: str) -> list[dict[str, str]]:
    return [{"cell_type": "code", "id": str(i), "source": source} for i, source in enumerate(sources)]


def test_a_cell_needs_the_last_that_set_its_names():
    cells = notebook("import torch", "x = torch.ones(1)", "x = torch.zeros(1)", "y = 3", "print(x)")
    assert needed(cells, {"4"}) == ["0", "2", "4"]


def test_a_function_needs_what_it_reads_when_it_is_called_and_not_its_own_names():
    cells = notebook("scale = 2", "x = 1", "def f(x):\n    return [scale * y for y in x]", "f([3])")
    assert needed(cells, {"3"}) == ["0", "2", "3"]


def test_what_is_changed_in_place_needs_what_made_it():
    cells = notebook("a = {}", "n = 0", "a['k'] = 1", "n += 1", "net = a", "net.x.y[0] = 1", "print(a, n)")
    assert needed(cells, {"6"}) == ["0", "1", "2", "3", "6"]
    assert needed(cells, {"5"}) == ["0", "2", "4", "5"]


def test_what_stands_between_the_code_is_left_out():
    cells = [{"cell_type": "markdown", "id": "text", "source": "x is *one*:"}, *notebook("x = 1", "x")]
    assert needed(cells, {"1"}) == ["0", "1"]


def test_a_seed_touches_what_is_made_of_it_until_the_name_is_set_anew():
    cells = notebook(
        "import kit",
        "net = kit.subject()\nother = kit.own()",
        "def answer(x):\n    return net(x)",
        "kit.show(other)",
        "shown = [answer(x) for x in (1, 2)]",
        "net = other",
        "kit.show(net)",
    )
    assert touched(cells, {"subject"}) == ["1", "2", "4"]


def test_a_list_is_touched_by_what_is_put_into_it():
    cells = notebook("rows = {}", "rows['own'] = 1", "rows['net'] = seed", "print(rows)")
    assert touched(cells, {"seed"}) == ["2", "3"]


def test_attributes_are_found_and_bare_names_are_not():
    assert attributes("import kit\nkit.a.b()\nc = d") == {"a", "b"}


def test_a_method_may_change_what_it_belongs_to_but_not_a_module():
    cells = notebook("import kit", "rows = []", "kit.show(1)", "rows.append(1)", "kit.show(rows)")
    assert needed(cells, {"4"}) == ["0", "1", "3", "4"]
    assert touched([*cells[:3], *notebook("rows.append(seed)")], {"seed"}) == ["0"]


def test_what_is_set_only_perhaps_leaves_what_was_there():
    cells = notebook("x = 1", "if 0:\n    x = 2", "print(x)")
    assert needed(cells, {"2"}) == ["0", "1", "2"]
    assert touched(notebook("x = seed", *(cell["source"] for cell in cells[1:])), {"seed"}) == ["0", "2"]


def test_a_functions_own_names_are_nobody_elses():
    cells = notebook("total = 1", "def f(x):\n    total = 0\n    total += x\n    return total", "f(2)")
    assert needed(cells, {"2"}) == ["1", "2"]


def test_a_seed_that_is_imported_by_name_is_one_all_the_same():
    cells = notebook("from kit import subject", "net = subject()", "net(1)")
    assert touched(cells, {"subject"}) == ["0", "1", "2"]
