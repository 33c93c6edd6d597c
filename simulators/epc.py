"""EPC tag numbers of the two kinds a warehouse sees: cases (SGTIN-96) and pallets (SSCC-96).

Bit layouts are those of the GS1 EPC Tag Data Standard, section 14; the company prefix 9506000 is the one GS1
keeps for examples.
"""

COMPANY = 9_506_000
PARTITION = 5
"""A company prefix of 7 digits: 24 bits, which leaves 20 bits to an item and 34 to a pallet's serial."""


def sgtin_96(item: int, serial: int) -> str:
    """The hex EPC of one case: header, filter 2 (full case), partition, company, item, serial.

    >>> sgtin_96(134352, 16)
    '305644334083340000000010'
    """
    bits = 0x30 << 88 | 2 << 85 | PARTITION << 82 | COMPANY << 58 | item << 38 | serial
    return f"{bits:024X}"


def sscc_96(serial: int) -> str:
    """The hex EPC of one pallet: header, filter 2 (logistic unit), partition, company, serial, 24 zero bits.

    >>> sscc_96(1)
    '315644334000000001000000'
    """
    bits = 0x31 << 88 | 2 << 85 | PARTITION << 82 | COMPANY << 58 | serial << 24
    return f"{bits:024X}"
