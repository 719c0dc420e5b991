"""What models need to say how much gas they take: the costs of storage, whatever is stored.

Figures are upper bounds: a call that is given more gas than it uses costs no more.
"""

#: The model and its memory, whatever the sample.
MODEL = 60_000
#: A slot that is written for the first time.
FRESH_SLOT = 22_200
#: Visiting a slot, its place in memory included; reading it for the first time is `COLD_READ` more.
SLOT = 900
COLD_READ = 2_100
