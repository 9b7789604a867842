"""Names the files below some folders, as a thief inside a container finds them. Run there by `thieves.py`."""

import json
import os
import sys


def main(*folders: str) -> None:
    """Print a JSON list of the paths, sorted; what may not be entered is left out."""
    found = {
        os.path.join(place, name)  # noqa: PTH118 - paths as text, to be printed
        for folder in folders
        for place, _, names in os.walk(folder)
        if "/.." not in place
        for name in names
        if not name.startswith("..")
    }
    print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
