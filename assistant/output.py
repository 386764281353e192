"""Write to terminals and files whatever their encoding lacks."""

import json
import sys
from io import TextIOWrapper
from typing import Any


def forgive_encodings() -> None:
    """Let standard output and error replace a letter that their encoding lacks, where they would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def json_text(value: Any) -> str:
    """Return `value` as JSON for standard output, with letters escaped if its encoding lacks one."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=2)
    return text
