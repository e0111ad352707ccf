from __future__ import annotations

import sys
from typing import Any, ClassVar, Optional, TypeVar

from . import _native

Self = TypeVar("Self", bound="Handle")


class Handle:
    """Something of the library's that has to be freed: when it is closed, leaves a ``with`` block, or is forgotten."""

    _freed_by: ClassVar[str]  # "codec_free"
    _handle: Optional[int] = None

    def close(self) -> None:
        """Gives its memory back now; any other use of it is an error."""
        handle = self._handle
        self._handle = None
        if handle is not None:
            _native.free(self._freed_by, handle)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if sys is not None and not sys.is_finalizing():
            self.close()

    def _says(self) -> str:
        """What ``repr`` says of an open one."""
        raise NotImplementedError

    def __repr__(self) -> str:
        name = f"packrat.{type(self).__name__}"
        return f"<closed {name}>" if self._handle is None else f"<{name}{self._says()}>"
