"""RC2, which old PKCS#12 archives are encrypted with; the library has it with keys of 128 bits only.

Source: RFC 2268.
"""

from typing import Final

BLOCK_SIZE: Final = 8
_WORD: Final = 0xFFFF
_ROTATIONS: Final = (1, 2, 3, 5)
# PITABLE of RFC 2268, section 2: a permutation of the bytes that comes from the digits of pi.
_PI: Final = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb"
    "86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda46690757"
    "27f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e"
    "0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b255597312d5dfa98e38a92ae05df2910676cbac9"
    "d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks; all bits of the key count, and no others.

    Args:
        key: 1 to 128 bytes.
        iv: a block.
        data: whole blocks.
    """
    words, plain, before = _expanded(key), bytearray(), iv
    for start in range(0, len(data), BLOCK_SIZE):
        block = data[start : start + BLOCK_SIZE]
        plain += bytes(left ^ right for left, right in zip(_decrypted(words, block), before, strict=True))
        before = block
    return bytes(plain)


def _expanded(key: bytes) -> list[int]:
    """Make 64 words of a key, section 2 of the RFC, with as many effective bits as the key has."""
    table = bytearray(key)
    for place in range(len(key), 128):
        table.append(_PI[(table[place - 1] + table[place - len(key)]) & 0xFF])
    table[128 - len(key)] = _PI[table[128 - len(key)]]
    for place in range(127 - len(key), -1, -1):
        table[place] = _PI[table[place + 1] ^ table[place + len(key)]]
    return [table[place] | table[place + 1] << 8 for place in range(0, 128, 2)]


def _decrypted(words: list[int], block: bytes) -> bytes:
    state = [block[place] | block[place + 1] << 8 for place in range(0, BLOCK_SIZE, 2)]
    used = 64
    for rounds in (5, 6, 5):
        for _ in range(rounds):
            used -= 4
            _unmix(state, words, used)
        if used:
            for place in (3, 2, 1, 0):
                state[place] = state[place] - words[state[place - 1] & 63] & _WORD
    return b"".join(word.to_bytes(2, "little") for word in state)


def _unmix(state: list[int], words: list[int], first: int) -> None:
    for place in (3, 2, 1, 0):
        turned, bits = state[place], _ROTATIONS[place]
        word = (turned >> bits | turned << 16 - bits) & _WORD
        below, second, third = state[place - 1], state[place - 2], state[place - 3]
        state[place] = word - words[first + place] - (below & second) - (~below & third) & _WORD
