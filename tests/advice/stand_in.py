"""Stands in for `earnest advise`: an answer of milliseconds that goes wrong as the question's data set says.

`slow` runs until it is interrupted, `broken` ends with an error, `dead` ends without a word, `unfit` is refused by the
check, `strange` makes the check say nothing. With a file the answer says what is in it.
"""

import itertools
import json
import os
import sys
import time
from pathlib import Path

CANDIDATE = {
    "name": "<b>points</b>", "model": "sparse-perceptron", "incentive": "points", "price": None, "yours": False,
    "meets": True, "misses": [], "reasons": [], "figures": {},
    "worst": {"final_accuracy": {"under": "flash", "text": ".8", "behind": "(.7 to .9)", "mean": 0.8}},
    "pool": {"name": "x", "dataset": "made-up-reviews", "model": "sparse-perceptron", "num_words": 50,
             "train_size": 60, "held_out_size": 70, "split_seed": 3, "incentive": "points", "refund_wait": 7200},
}  # fmt: skip
SEALED = CANDIDATE | {
    "name": "self-assessment at 0.005 ETH", "incentive": "self-assessment", "meets": False, "yours": True,
    "misses": ["honest contributors lose up to 30.0% of their deposits"],
    "worst": CANDIDATE["worst"]
    | {"profit_of_harmful": {"under": "no attacker", "text": "-1", "behind": "", "mean": -1.0}},
    "pool": CANDIDATE["pool"] | {"incentive": "self-assessment",
                                 "price": {"rule": "fixed", "cost": "5000000000000000"}, "refund_wait": 86400},
}  # fmt: skip


def told(path: Path, **news: object) -> None:
    path.write_text(json.dumps(news))


def main() -> None:
    command, place, *options = sys.argv[1:]
    assert command == "advise"
    # flags stand last or first, each option before its value
    given = dict(itertools.pairwise(options))
    asked = json.loads(Path(place).read_text())
    dataset = asked.get("dataset")
    if "--check" in options:
        if dataset == "strange":
            sys.exit("Traceback")
        if dataset == "unfit":
            print(json.dumps({"kind": "AdviceError", "error": f"{place} is unfit: {given['--data-dir']}."}))
        elif dataset == "extra":
            print(
                json.dumps({"kind": "ExtraMissing", "error": "Advice needs numba: pip install 'earnest[simulations]'"})
            )
        else:
            print(json.dumps({"question": asked, "samples": {}}))
        return
    out, progress = Path(given["--out"]), Path(given["--progress"])
    (out / "environment.json").write_text(json.dumps(dict(os.environ) | {"NICE": os.nice(0)}))
    if dataset == "broken":
        told(
            progress,
            stage="Data",
            done=0,
            total=1,
            ended=True,
            error=f"{out}/x: there is no room.",
            failed=0,
            reason=None,
        )
        return
    if dataset == "dead":
        os._exit(1)
    told(progress, stage="Runs", done=1, total=4)
    if dataset == "slow":
        time.sleep(600)
    answer = {
        "question": asked | {"seeds": 2}, "samples": {}, "meets": True, "best": 0, "sentence": "Take <i>points</i>.",
        "pool": CANDIDATE["pool"], "candidates": [CANDIDATE, SEALED], "cannot_promise": ["Gas is not counted."],
        "left_out": [{"model": "naive-bayes", "incentive": "sealed-assessment", "reason": "It has no contract."}],
    }  # fmt: skip
    if "--data" in given:
        answer["sentence"] = Path(given["--data"]).read_text()
    (out / "advice.json").write_text(json.dumps(answer))
    told(progress, stage="Runs", done=4, total=4, ended=True, error=None, failed=0, reason=None)


if __name__ == "__main__":
    main()
