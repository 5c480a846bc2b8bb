"""The seal of a manifest: a SHA-256 of its own content, so that no part of it can change unnoticed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["fault", "sealed"]

_BLANK = "0" * 64
_BEFORE, _AFTER = b'"sha256": "', b'"\n}\n'
"""What stands around the seal."""


def sealed(manifest: dict[str, Any]) -> str:
    """Return the text of a manifest, with its seal as the last key.

    The seal is the SHA-256 of the text as it reads with 64 zeros in the place of the seal.

    Examples
    --------
    >>> print(sealed({"seed": 7}), end="")
    {
      "seed": 7,
      "sha256": "af913538ac8ec0a6828cc9835bce41bbcfdbf8f9a0ab51933e3f9bb1749b729a"
    }
    """
    unsealed = {key: value for key, value in manifest.items() if key != "sha256"} | {"sha256": _BLANK}
    text = json.dumps(unsealed, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    before, _, after = text.rpartition(_BLANK)
    return before + hashlib.sha256(text.encode()).hexdigest() + after


def fault(data: bytes) -> str | None:
    """Return what is wrong with the seal in a manifest's bytes, if anything is.

    Examples
    --------
    >>> fault(sealed({"seed": 7}).encode())
    >>> fault(b"{}")
    'it does not end with its seal'
    """
    body = data.removesuffix(_AFTER)
    before, seal = body[:-64], body[-64:].decode("ascii", "backslashreplace")
    if body == data or not before.endswith(_BEFORE):
        return "it does not end with its seal"
    expected = hashlib.sha256(before + _BLANK.encode() + _AFTER).hexdigest()
    return None if seal == expected else f"its seal is {seal}; its bytes give {expected}"
