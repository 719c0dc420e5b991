from typing import Any

from tests.agreement.counts import summary


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = summary()
    if lines:
        terminalreporter.section("agreement")
        for line in lines:
            terminalreporter.write_line(line)
