"""What a thief does with a stolen token of the API server, under the Unix user of the process that it was stolen from.

Run as that user by `thefts.py`, as a program of its own with the standard library alone. Prints one JSON object a
line: what was tried, what came back. It does not judge.
"""

import base64
import json
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main(server: str, token_folder: str, attempts: str) -> None:
    """Try everything once.

    Args:
        server: URL of the API server.
        token_folder: the stolen token and the API server's roots.
        attempts: JSON list of what `token_attempts` describes.
    """
    token = (Path(token_folder) / "token").read_text()
    context = ssl.create_default_context(cafile=str(Path(token_folder) / "ca.crt"))
    for what, method, path, body, content_type in json.loads(attempts):
        request = urllib.request.Request(  # noqa: S310 - the API server's address is https
            f"{server}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": content_type or "application/json"},
        )
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
                status, reply = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, reply = error.code, error.read()
        line = {
            "what": what,
            "refused": status >= 400,
            "answer": str(status),
            "reply": base64.b64encode(reply).decode(),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
