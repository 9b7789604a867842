"""The verb `bulkhead render`: reads files and gives the bytes to print."""

from pathlib import Path
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_cli.arguments import STDIN
from bulkhead_cli.choosing import choose
from bulkhead_cli.content import check_target, content_of
from bulkhead_cli.documents import Document, documents_of
from bulkhead_cli.files import name_of, read
from bulkhead_cli.problems import InputError
from bulkhead_cli.rendering import render_job
from bulkhead_cli.requests import ManifestRequest, TemplateRequest
from bulkhead_cli.sources import Given, of_kind, texts_of
from bulkhead_cli.target import object_of, printed
from bulkhead_cli.values import Values, values_from
from bulkhead_target.keys import MAX_KEY_BYTES, KeyValueError, validate_keys
from bulkhead_target.template.job import Job, Piece
from bulkhead_target.template.steps import SourceKind

_NAME_OF_STDIN: Final = "stdin"


def render_template(request: TemplateRequest) -> bytes:
    """Give what a template gives.

    Raises:
        InputError: a file cannot be read.
        FailedError: the template fails.
    """
    name = request.name or (_NAME_OF_STDIN if request.template == STDIN else Path(request.template).name)
    job = Job(
        pieces=(Piece(name=name, text=read(request.template)),),
        rows=(_values(request.values),),
        missing_key_is_error=request.missing_key_is_error,
        left=request.delimiters.left,
        right=request.delimiters.right,
    )
    output = render_job(job, show_values=request.show_values)[0]
    if not isinstance(output, bytes):
        raise TypeError("a template alone gives bytes")
    return output


def render_manifest(request: ManifestRequest) -> bytes:
    """Give the object that an ExternalSecret gives, printed.

    Raises:
        InputError: a file cannot be read, or lacks what is needed.
        FailedError: the ExternalSecret gives none.
    """
    file = name_of(request.manifest)
    documents = documents_of(file, read(request.manifest))
    external_secret = choose(file, documents, name=request.name, namespace=request.namespace)
    check_target(external_secret)
    given = Given(
        named={
            SourceKind.CONFIG_MAP: _sources(request.config_maps, SourceKind.CONFIG_MAP),
            SourceKind.SECRET: _sources(request.secrets, SourceKind.SECRET),
        },
        beside=documents,
    )
    content = content_of(
        external_secret,
        _fetched(request.data),
        texts_of(external_secret, given),
        delimiters=request.delimiters,
        show_values=request.show_values,
    )
    return printed(object_of(external_secret, content, show_values=request.show_values), request.output)


def _values(file: str) -> Values:
    return values_from(name_of(file), read(file))


def _fetched(file: str) -> dict[str, SecretValue]:
    try:
        return validate_keys({key: SecretValue(value) for key, value in _values(file).items()})
    except KeyValueError:
        # Its words name the key, and where a quotation mark is forgotten that is a part of a value.
        raise InputError(
            f"{name_of(file)}: a key is longer than {MAX_KEY_BYTES} bytes or holds something else than letters, "
            "numbers, '-', '.' and '_'; look for a quotation mark too few"
        ) from None


def _sources(files: tuple[str, ...], kind: SourceKind) -> list[Document]:
    found: list[Document] = []
    for file in files:
        documents = of_kind(documents_of(name_of(file), read(file)), kind)
        if not documents:
            raise InputError(f"{name_of(file)}: holds no {kind.value} of v1, as --{kind.value.lower()} needs")
        found += documents
    return found
