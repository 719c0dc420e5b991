"""The colours of figures: those of the pages in light, so that the same thing has one colour in both."""

#: Unordered things: the pages' c1 to c6.
UNORDERED = ("#335CDB", "#C87A30", "#005D2F", "#A83A70", "#029DB9", "#3E005D")
#: Levels in order, from few to many: o1 to o5.
ORDERED = ("#139BBE", "#1179AC", "#1E5796", "#25367B", "#24155D")
#: Cells of maps, from weak to strong: h1 to h5.
HEAT = ("#D9EEF4", "#9FCFE0", "#4E9DC2", "#1E5796", "#24155D")
ACCURACY, HONEST, HARMFUL, INK, INK_2, GRID = "#4338B8", "#1D6FDC", "#BF3F0B", "#11181C", "#45525B", "#E6EAEC"


def in_order(count: int) -> list[str]:
    """Colours of so many levels in order, the ends of the ramp among them."""
    if count == 1:
        return [ORDERED[-1]]
    return [ORDERED[round(place / (count - 1) * (len(ORDERED) - 1))] for place in range(count)]
