"""Figures as the page of a comparison says them: rounded where a sentence or a chart has no room, exact in every table."""

from __future__ import annotations

from chaoce.marked import Names
from chaoce.money import parse_yuan, say_yuan
from chaoce.population.page_words import WORDS, say


def fen_of(text: str) -> int:
    """Fen of an amount as the data writes it, signed.

    >>> fen_of("-12.30"), fen_of("5.00")
    (-1230, 500)
    """
    return -(parse_yuan(text[1:]) or 0) if text.startswith("-") else parse_yuan(text) or 0


def decimal(value: int, unit: int, places: int) -> str:
    """`value` in `unit`s to so many places, half up, thousands parted; zeros at the end only where it is rounded.

    >>> decimal(117_000_000, 1_000_000, 1), decimal(116_951_348, 1_000_000, 1), decimal(55, 100, 1), decimal(-4, 100, 1)
    ('117', '117.0', '0.6', '0.0')
    """
    scaled = (2 * abs(value) * 10**places + unit) // (2 * unit)
    whole, part = divmod(scaled, 10**places)
    tail = f".{part:0{places}d}" if places else ""
    if tail and value * 10**places % unit == 0:
        tail = tail.rstrip("0").rstrip(".")
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole:,}{tail}"


def short(fen: int) -> Names:
    """An amount for a chart, rounded: in Chinese 亿 or 万, in English m or k; below that, yuan.

    >>> short(11695134842), short(5446497), short(-21150)
    (Names(zh='1.17 亿', en='117.0m'), Names(zh='5.4 万', en='54.5k'), Names(zh='211.50 元', en='211.50 yuan'))
    """
    size = abs(fen)
    if size >= 9_999_500_000:
        zh = f"{decimal(size, 10**10, 2)} 亿"
    elif size >= 10**6:
        zh = f"{decimal(size, 10**6, 0 if size >= 10**9 else 1)} 万"
    else:
        zh = f"{_plain(size)} 元" if size else "0"
    if size >= 99_995_000:
        en = f"{decimal(size, 10**8, 2 if size < 10**9 else 1)}m"
    elif size >= 10**5:
        en = f"{decimal(size, 10**5, 1)}k"
    else:
        en = f"{_plain(size)} yuan" if size else "0"
    return Names(zh, en)


def about(fen: int) -> Names:
    """An amount for a sentence, rounded, without its sign.

    >>> about(-11695134842), about(5446497)
    (Names(zh='1.17 亿元', en='117.0 million yuan'), Names(zh='5.4 万元', en='54,465 yuan'))
    """
    size = abs(fen)
    zh = short(size).zh.removesuffix(" 元")
    if size >= 99_995_000:
        en = f"{decimal(size, 10**8, 2 if size < 10**9 else 1)} million yuan"
    else:
        en = f"{decimal(size, 100, 0) if size >= 10**5 else _plain(size)} yuan"
    return Names(f"{zh}元" if zh[-1] in "亿万" else f"{zh} 元", en)


def signed(fen: int) -> Names:
    """A difference for a chart, with its sign.

    >>> signed(-11695134842), signed(0)
    (Names(zh='−1.17 亿', en='−117.0m'), Names(zh='0', en='0'))
    """
    return _with_sign(fen, short(fen))


def signed_about(fen: int) -> Names:
    """A difference for a sentence, with its sign.

    >>> signed_about(-50_000_000), signed_about(123)
    (Names(zh='−50 万元', en='−500,000 yuan'), Names(zh='+1.23 元', en='+1.23 yuan'))
    """
    return _with_sign(fen, about(fen))


def exact(fen: int) -> str:
    """A difference for a table, exactly, with its sign."""
    return f"+{say_yuan(fen)}" if fen > 0 else say_yuan(fen)


def moved(fen: int) -> Names:
    """By how much it is more or less, in words."""
    return say("more" if fen > 0 else "less", amount=about(fen)) if fen else WORDS["neither"]


def share(part: int, whole: int) -> str:
    """A share in percent, to one place; of a share that would round to nothing, the order.

    >>> share(1, 8), share(-3, 10), share(8, 20000), share(1, 10**6)
    ('12.5%', '-30%', '0.04%', '<0.01%')
    """
    if not whole:
        return "0%"
    for places in (1, 2):
        text = decimal(part * 100, whole, places)
        if text.strip("-0.") and (places == 2 or abs(part) * 1000 >= whole):
            return f"{text}%"
    return "<0.01%" if part else "0%"


def _plain(fen: int) -> str:
    """Yuan, with fen where there are any."""
    return say_yuan(fen).removesuffix(".00")


def _with_sign(fen: int, amount: Names) -> Names:
    sign = "+" if fen > 0 else "\u2212" if fen < 0 else ""
    return Names(sign + amount.zh, sign + amount.en)
