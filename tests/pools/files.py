"""Contents of CSV files that pools are deployed on."""

GENRES = "text,label\n" + "".join(
    f"{words} number{row},{genre}\n"
    for row in range(30)
    for genre, words in (("crime", "murder police trial"), ("love", "heart kiss tears"), ("war", "tank battle general"))
)

THREE_CLASSES = "x,label\n" + "".join(f"{row},{row % 3}\n" for row in range(40))
