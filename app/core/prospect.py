"""What somebody expects of a pool that is not made yet: asked by the command, the service and the form alike.

Amounts are in ether, since nobody knows yet what a coin of the simulation is.
"""

from earnest.core.parameters import Parameter

#: The kinds of attackers that are simulated where nothing is said: the worst of the zoo, one of each sort.
ATTACKERS = ("flipper", "camouflage", "poisoner", "flash")
#: Most kinds, prices and models in one question.
MOST_NAMED = 8
#: Most runs of one question.
MOST_RUNS = 2_000
#: Least and largest amount, in ether: amounts are simulated in millionths.
_LEAST, _MOST = 0.00001, 10_000.0

#: All that can be asked for by a number; what is optional follows from the data where nothing is said.
PROSPECT = (
    Parameter("contributors", "whole", "people who contribute, attackers included", 2, 1000, default=20),
    Parameter("contributions", "whole", "contributions in all", 20, 20_000, default=1000),
    Parameter("days", "whole", "days in which they come", 1, 365, "days", default=30),
    Parameter(
        "share", "real", "part of the contributors that attacks", 0, 0.4, default=0.2, label="share of attackers",
    ),
    Parameter(
        "deposit", "real", "what a contributor is ready to pay for a contribution, on average", _LEAST, _MOST, "ETH",
        default=0.05, money=True,
    ),
    Parameter("budget", "real", "what each contributor has in all", _LEAST, _MOST, "ETH", default=1.0, money=True),
    Parameter(
        "mistakes", "real", "part of the honest labels that are wrong by mistake", 0, 0.5, default=0.01,
        label="honest mistakes",
    ),
    Parameter(
        "accuracy", "real", "the accuracy that the model must not fall below; none to take the best", 0, 1,
        optional=True, label="accuracy at least",
    ),
    Parameter(
        "loss", "real", "the largest part of honest deposits that may be lost", 0, 1, default=0.05,
        label="honest loss at most",
    ),
    Parameter(
        "profit", "real", "the most that all attackers together may gain", 0, _MOST, "ETH", default=0.0,
        label="profit of attackers at most",
    ),
    Parameter(
        "train_size", "whole", "samples that the initial model learns from; none for what the data have room for", 4,
        100_000, optional=True, label="samples to learn from",
    ),
    Parameter(
        "held_out_size", "whole", "samples that measure the accuracy; none for what the data have room for", 4,
        100_000, optional=True, label="samples to measure by",
    ),
    Parameter("num_words", "whole", "words of the encoder; without effect on a table", 3, 65_536, default=1000),
    Parameter("split_seed", "whole", "seed of the draw of samples", 0, 2**32 - 1, default=1),
    Parameter("seeds", "whole", "runs of each choice, under different draws", 1, 100, default=5),
    Parameter("seed", "whole", "the first of these draws' seeds; it fixes everything", 0, 2**32 - 1, default=1),
    Parameter("minutes", "real", "the longest that the runs may take", 0.05, 600, "min", default=30.0),
)  # fmt: skip
