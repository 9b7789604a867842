"""How values are decoded, of references and of templates alike."""

from enum import StrEnum


class DecodingStrategy(StrEnum):
    """How values are decoded after they were read or rendered. Source: decodingStrategy, valuesDecodingStrategy."""

    AUTO = "Auto"
    BASE64 = "Base64"
    BASE64_URL = "Base64URL"
    NONE = "None"
