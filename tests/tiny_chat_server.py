"""Serve a model folder's chat completions with transformers' own server: `python tiny_chat_server.py PORT`."""

import sys
import threading

from transformers.cli.serve import Serve

if __name__ == "__main__":
    server = Serve(host="127.0.0.1", port=int(sys.argv[1]), device="cpu", non_blocking=True)
    # Naming a device asks for the package accelerate; without one the model stays where it loads, on the processor.
    server._model_manager.device = None  # type: ignore[assignment]
    threading.Event().wait()
