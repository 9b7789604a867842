"""Texts of users that are longer than the protocol allows, refused before they are sent.

Refused here so that one long key does not fail the batch at the server with the others in it unread.
"""

from collections.abc import Sequence

from bulkhead_api.errors import InvalidRefError
from bulkhead_controller.backends import BoundStore, Query, Ref
from bulkhead_runtime.limits import MAX_TEXT_BYTES


def check_ref_texts(store: BoundStore, refs: Sequence[Ref]) -> None:
    """Refuse references with a text that is too long.

    Raises:
        InvalidRefError: names the key.
    """
    for ref in refs:
        if _has_long(ref.key, ref.property, ref.version):
            raise InvalidRefError(
                f'{_named(store)}: key "{ref.key[:64]}": key, property and version may have {MAX_TEXT_BYTES} bytes each'
            )


def check_query_texts(store: BoundStore, query: Query) -> None:
    """Refuse a query with a text that is too long, or with a tag without a name.

    Raises:
        InvalidRefError: names the field.
    """
    if _has_long(query.path, query.name_regexp, *query.tags, *query.tags.values()):
        raise InvalidRefError(f"{_named(store)}: find: path, name and each tag may have {MAX_TEXT_BYTES} bytes each")
    if "" in query.tags:
        raise InvalidRefError(f"{_named(store)}: find.tags: a tag needs a name")


def _named(store: BoundStore) -> str:
    return f'store "{store.namespace}/{store.name}"' if store.namespace else f'store "{store.name}"'


def _has_long(*texts: str) -> bool:
    return any(len(text.encode()) > MAX_TEXT_BYTES for text in texts)
