"""Compiled code cannot call what a table holds; it can call one of several functions by a small number."""

from collections.abc import Callable, Sequence
from typing import Any

from earnest.core.compilable import compilable


def dispatched(
    name: str,
    arguments: str,
    functions: Sequence[Callable[..., Any]],
    given: Sequence[str] | None = None,
    numbers: Sequence[int] | None = None,
) -> Callable[..., Any]:
    """One compilable function that calls the one of a number: a chain of comparisons, written out.

    Args:
        name: of the function.
        arguments: that it takes after the number, with commas between; as each of `functions` does.
        functions: compilable, in the order of their numbers; their results are of one type.
        given: what each of them gets of the arguments, as it is written in a call; by default all of them.
        numbers: theirs; by default their places. Called with another number, the last one answers.
    """
    calls = [f"function_{place}({given[place] if given else arguments})" for place in range(len(functions))]
    lines = [f"def {name}(number, {arguments}):"]
    for number, call in zip((numbers or range(len(functions)))[:-1], calls, strict=False):
        lines += [f"    if number == {number}:", f"        return {call}"]
    lines += [f"    return {calls[-1]}"]
    namespace: dict[str, Any] = {f"function_{place}": function for place, function in enumerate(functions)}
    # nothing of it comes from outside: names and numbers of this program's own
    exec("\n".join(lines), namespace)  # noqa: S102
    made: Callable[..., Any] = namespace[name]
    made.__doc__ = f"The `{name}` of a number."
    return compilable(made)
