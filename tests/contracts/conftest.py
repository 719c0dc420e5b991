from typing import Any

from earnest.contracts.tools.foundry import RAN, table


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for profile, suites in RAN.items():
        terminalreporter.section(f"Solidity's own tests, {profile} profile")
        terminalreporter.write_line(table(suites))
