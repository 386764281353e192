"""Where Gradio keeps files: a folder of this process that no other user can read, gone when the process ends.

Gradio makes folders in it. Nothing that passes the door is a file; Gradio's own place would be one that all users share.
"""

import os
from functools import cache
from tempfile import TemporaryDirectory


@cache
def give_private_folder() -> TemporaryDirectory[str]:
    """Let Gradio use a new folder with mode 0700; one for the process, since it reads the name when it is imported."""
    folder = TemporaryDirectory(prefix="roadmap-chat-")
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    return folder
