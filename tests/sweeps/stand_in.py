"""Stands in for the command `earnest`: sweeps and reports of milliseconds that go wrong as the request says.

The request's scenario is a table: `runs`, `pause` (seconds a run), `error` (at the end), `failing` (runs that come to
nothing), `dies_after` (runs, then the process is killed), `deadly` (it is killed at once, each time), `stubborn`
(ignores the interrupt), `child` (starts a process of its own), `report` ("fails", "hangs", or "dies" the first time).
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def told(path: Path, **news: object) -> None:
    path.write_text(json.dumps(news))


def sweep(folder: Path, progress: Path, wanted: dict) -> None:
    runs, journal = wanted.get("runs", 3), folder / "journal.jsonl"
    (folder / "environment.json").write_text(
        json.dumps({**os.environ, "NICE": os.nice(0), "SESSION": os.getsid(0), "PID": os.getpid()})
    )
    with (folder / "starts").open("a") as starts:
        starts.write("x")
    if wanted.get("stubborn"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if wanted.get("child"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (folder / "child").write_text(str(child.pid))
    if wanted.get("deadly"):
        print("Out of luck.", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    kept = len(journal.read_text().splitlines()) if journal.exists() else 0
    failing = wanted.get("failing", 0)
    for number in range(kept, runs - failing):
        told(progress, stage="Runs", done=number, total=runs)
        time.sleep(wanted.get("pause", 0))
        with journal.open("a") as file:
            file.write(json.dumps({"number": number, "row": {"seed": number, "share": float("nan")}}) + "\n")
        if wanted.get("dies_after") == number + 1:
            os.kill(os.getpid(), signal.SIGKILL)
    error = wanted.get("error")
    reason = "KeyError: 'x'" if failing else None
    told(progress, stage="Runs", done=runs, total=runs, ended=True, error=error, failed=failing, reason=reason)


def report(folder: Path, out: Path, wanted: dict) -> None:
    if wanted.get("report") == "fails":
        sys.exit("There is nothing to report on.")
    if wanted.get("report") == "hangs":
        time.sleep(600)
    if wanted.get("report") == "dies" and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    out.mkdir(exist_ok=True)
    (out / "runs.csv").write_text("seed\n")
    (out / "report.html").write_text("<p>found</p>")


def main() -> None:
    command, place, *options = sys.argv[1:]
    given = dict(itertools.pairwise(options))
    out = Path(given["--out"])
    if command == "report":
        report(Path(place), out, json.loads((Path(place) / "request.json").read_text())["scenario"])
        return
    wanted = json.loads(Path(place).read_text())["scenario"]
    if "--check" not in options:
        sweep(out, Path(given["--progress"]), wanted)
    elif "check" in wanted:
        sys.exit(wanted["check"])
    elif "kind" in wanted:
        print(json.dumps(wanted))
    else:
        plan = {"scenario": "made-up", "description": "", "axes": [["runs", [1, 2]]], "seeds": [1]}
        print(json.dumps(plan | {"runs": wanted.get("runs", 3)}))


if __name__ == "__main__":
    main()
