"""What can be said of a file: its columns, and what is not found out by looking."""

import codecs
from collections.abc import Mapping
from typing import Any, NamedTuple

from earnest.core.errors import DatasetError
from earnest.core.parameters import Parameter

#: To find it out.
FOUND = "auto"
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


class Options(NamedTuple):
    """How to read a file.

    Attributes:
        text_column: name of the column of texts.
        label_column: name of the column of labels.
        separator: of a CSV's fields, by name; `FOUND` to look.
        encoding: of a text file, by a name that Python knows; `FOUND` for its mark's, or UTF-8.
    """

    text_column: str = "text"
    label_column: str = "label"
    separator: str = FOUND
    encoding: str = FOUND

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Options":
        """What values of knobs, by name, say of it."""
        return cls(**{name: values[name] for name in cls._fields if name in values})

    def checked(self) -> "Options":
        """The same.

        Raises:
            DatasetError: a separator or an encoding that there is not, or one column for both.
        """
        if self.text_column == self.label_column:
            raise DatasetError(f"text_column and label_column are both {self.text_column!r}; name two columns.")
        if self.separator != FOUND and self.separator not in SEPARATORS:
            raise DatasetError(f"separator is {self.separator!r}; use one of {', '.join((FOUND, *SEPARATORS))}.")
        try:
            known = self.encoding == FOUND or codecs.lookup(self.encoding)._is_text_encoding
        except (LookupError, ValueError):
            known = False
        if not known:
            raise DatasetError(
                f"encoding is {self.encoding[:40]!r}, which Python does not know: use {FOUND}, utf-8, utf-16, latin-1, "
                "cp1252 or the like."
            )
        return self


USUAL = Options()

#: The same as what can be set of a data set.
KNOBS = (
    Parameter("text_column", "text", "a file's column of texts", default=Options().text_column),
    Parameter("label_column", "text", "a file's column of labels", default=Options().label_column),
    Parameter(
        "separator", "choice", "what parts a CSV's fields; auto looks at its first lines",
        default=FOUND, choices=(FOUND, *SEPARATORS),
    ),
    Parameter(
        "encoding", "text", "a text file's encoding, such as latin-1; auto takes the one that its mark tells, or UTF-8",
        default=FOUND,
    ),
)  # fmt: skip
