"""Both documents between their text and their types. Pure."""

import msgspec

from bulkhead_api.certificates import CertificateRequests, CertificateStatus, document_data, requests_from_data
from bulkhead_cli.problems import FailedError
from bulkhead_cli.values import reading_meter
from bulkhead_templating import LimitError
from bulkhead_templating.goyaml.writing import yaml_text_of
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value


def status_from(text: str) -> CertificateStatus | None:
    """Read the status; None if there is none yet.

    Raises:
        FailedError: it is none; another version of the certcontroller may have written it.
    """
    if not text.strip():
        return None
    try:
        return msgspec.convert(_data(text, "the status"), CertificateStatus)
    except msgspec.ValidationError as error:
        raise FailedError(f"the status is not understood, so this command may be of another version: {error}") from None


def requests_from(text: str, name: str) -> CertificateRequests:
    """Read the requests.

    Raises:
        FailedError: a part of them is wrong. It would be lost if they were written again, so a person has to see to it.
    """
    read = requests_from_data(_data(text, name) if text.strip() else None)
    if read.problems:
        raise FailedError(
            f"{name}: not understood, so nothing is written; put it right first: {'; '.join(read.problems)}"
        )
    return read.requests


def text_of_document(document: CertificateRequests | CertificateStatus) -> str:
    """Write a document as YAML."""
    return yaml_text_of(document_data(document), meter=reading_meter())


def _data(text: str, name: str) -> object:
    try:
        return any_value(text.encode(), meter=reading_meter())
    except (YamlDecodeError, LimitError) as error:
        raise FailedError(f"{name}: no YAML: {error}") from None
