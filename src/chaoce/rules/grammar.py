"""The grammar of expressions: Python's own, through a white list, with 50% and 2000万 written as in the text.

    productive_investment >= 2000万 and ai_field
    resource in {intelligent, super} and not firm.state_owned
    growth(revenue) >= 25% and first(sales >= 3000000)

Nothing is ever evaluated by Python; the parsed syntax is translated node by node into `chaoce.rules.expr`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chaoce.dates import parse_date
from chaoce.facts.types import FactType, FactTypes, Field
from chaoce.faults import listed
from chaoce.rules import expr as x

_TYPE_OF_KIND: Mapping[str, x.Type] = {
    "money": "money", "count": "number", "quantity": "number", "flag": "flag", "date": "date", "text": "text", "choice": "choice",
}  # fmt: skip
_COMPARATORS: Mapping[type, x.Comparator] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_FLIPPED: Mapping[x.Comparator, x.Comparator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ARITHMETIC: Mapping[type, Any] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SAID = {"money": "金额", "number": "数", "flag": "是否", "date": "日期", "text": "文字", "choice": "选项"}
_PERCENT = re.compile(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)\s*%")
_TEN_THOUSANDS = re.compile(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)(万|亿)元?")
_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,9})?")
_QUOTED = re.compile(r"""('[^']*'|"[^"]*")""")
_SCALE = {"万": 10**4, "亿": 10**8}
_DEEPEST = 30

#: A parameter's kind -> the type of its value.
PARAMS: Mapping[str, x.Type] = {"rate": "number", "number": "number", "money": "money", "table": "number", "money table": "money"}


class BadExpression(Exception):
    """An expression is not of the grammar: a fault code with its particulars."""

    def __init__(self, code: str, **particulars: object):
        self.code, self.particulars = code, particulars
        super().__init__(code)


@dataclass(frozen=True)
class Scope:
    """The names that an expression may use."""

    types: FactTypes
    fact_type: FactType | None
    params: Mapping[str, str]


def parse_expression(text: str, scope: Scope, want: x.Type | None = None) -> x.Expr:
    """The typed tree of an expression; raises BadExpression."""
    source = "".join(part if part[:1] in "'\"" else _plain_numbers(part) for part in _QUOTED.split(text.strip()))
    try:
        body = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression("expr.syntax", text=text) from None
    tree = _Parser(scope, source).parse(body, want, 0)
    if want is not None and tree.type != want:
        raise BadExpression("expr.type", text=text, got=_SAID[tree.type], got_en=tree.type, want=_SAID[want], want_en=want)
    return tree


def _plain_numbers(text: str) -> str:
    """50% and 2000万 as Python's grammar can read them; words in quotation marks are left alone."""
    text = _PERCENT.sub(r'percent("\1")', text)
    return _TEN_THOUSANDS.sub(lambda match: str(Fraction(match[1]) * _SCALE[match[2]]), text)


class _Parser:
    def __init__(self, scope: Scope, source: str):
        self.scope, self.source = scope, source

    def parse(self, node: ast.expr, want: x.Type | None, depth: int) -> x.Expr:
        if depth > _DEEPEST:
            raise BadExpression("expr.deep")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._refuse(node)
        return method(node, want, depth + 1)

    def _refuse(self, node: ast.AST) -> BadExpression:
        return BadExpression("expr.syntax", text=ast.get_source_segment(self.source, node) or self.source)

    def _constant(self, node: ast.Constant, want: x.Type | None, depth: int) -> x.Expr:
        if isinstance(node.value, bool):
            return x.Literal(node.value, "flag")
        if isinstance(node.value, int | float):
            segment = (ast.get_source_segment(self.source, node) or "").replace("_", "")
            if not _DECIMAL.fullmatch(segment):
                raise self._refuse(node)
            return _number(Fraction(segment), want)
        if isinstance(node.value, str):
            if want == "date":
                day = parse_date(node.value)
                if day is None:
                    raise BadExpression("expr.date", text=node.value)
                return x.Literal(day, "date")
            return x.Literal(node.value, "text")
        raise self._refuse(node)

    def _name(self, node: ast.Name, want: x.Type | None, depth: int) -> x.Expr:
        name = node.id
        if name == "date":
            return x.FactDate()
        fact_type = self.scope.fact_type
        if fact_type is not None and name in fact_type.fields:
            field = fact_type.fields[name]
            return x.FactField(field, _TYPE_OF_KIND[field.kind], fact_type.series)
        known = [*(fact_type.fields if fact_type else ()), "date"]
        where = fact_type.name if fact_type else "enterprise"
        raise BadExpression("expr.name", name=name, where=where, options=listed(known))

    def _attribute(self, node: ast.Attribute, want: x.Type | None, depth: int) -> x.Expr:
        if not isinstance(node.value, ast.Name) or node.value.id not in ("firm", "param"):
            raise self._refuse(node)
        if node.value.id == "param":
            return self._param(node.attr, None)
        field = self.scope.types.firm.get(node.attr)
        if field is None:
            raise BadExpression("expr.name", name=f"firm.{node.attr}", where="enterprise", options=listed(self.scope.types.firm))
        return x.FirmField(field, _TYPE_OF_KIND[field.kind])

    def _subscript(self, node: ast.Subscript, want: x.Type | None, depth: int) -> x.Expr:
        value = node.value
        if not (isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "param"):
            raise self._refuse(node)
        return self._param(value.attr, self.parse(node.slice, None, depth))

    def _param(self, name: str, by: x.Expr | None) -> x.Expr:
        kind = self.scope.params.get(name)
        if kind is None or ("table" in kind) != (by is not None):
            raise BadExpression("expr.param", name=name, options=listed(self.scope.params))
        if by is not None and by.type not in ("choice", "text"):
            raise BadExpression("rule.class", value=f"param.{name}[…]")
        return x.Param(name, PARAMS[kind], by)

    def _boolop(self, node: ast.BoolOp, want: x.Type | None, depth: int) -> x.Expr:
        parts = tuple(self._flag(value, depth) for value in node.values)
        return x.Both(parts) if isinstance(node.op, ast.And) else x.Either(parts)

    def _unaryop(self, node: ast.UnaryOp, want: x.Type | None, depth: int) -> x.Expr:
        if not isinstance(node.op, ast.Not):
            raise self._refuse(node)
        return x.Negation(self._flag(node.operand, depth))

    def _flag(self, node: ast.expr, depth: int) -> x.Expr:
        tree = self.parse(node, "flag", depth)
        if tree.type != "flag":
            raise BadExpression(
                "expr.type",
                text=ast.get_source_segment(self.source, node) or "",
                got=_SAID[tree.type], got_en=tree.type, want=_SAID["flag"], want_en="flag",
            )  # fmt: skip
        return tree

    def _compare(self, node: ast.Compare, want: x.Type | None, depth: int) -> x.Expr:
        operands = [node.left, *node.comparators]
        parts: list[x.Expr] = []
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            if isinstance(op, ast.In):
                parts.append(self._within(left, right, depth))
            elif type(op) in _COMPARATORS:
                parts.append(self._comparison(_COMPARATORS[type(op)], left, right, depth))
            else:
                raise self._refuse(node)
        return parts[0] if len(parts) == 1 else x.Both(tuple(parts))

    def _comparison(self, op: x.Comparator, left: ast.expr, right: ast.expr, depth: int) -> x.Expr:
        one, other = self._pair(left, right, depth)
        if one.type != other.type or (one.type in ("flag", "choice", "text") and op not in ("==", "!=")):
            raise BadExpression("expr.compare", op=op, left=_SAID[one.type], left_en=one.type, right=_SAID[other.type], right_en=other.type)
        if isinstance(one, x.Literal) and not isinstance(other, x.Literal):
            # Readers find the number on the right.
            return x.Compare(_FLIPPED[op], other, one)
        return x.Compare(op, one, other)

    def _pair(self, left: ast.expr, right: ast.expr, depth: int) -> tuple[x.Expr, x.Expr]:
        """Both operands; a bare word or number takes its meaning from the other side."""
        if isinstance(left, ast.Constant) or self._is_percent(left):
            other = self.parse(right, None, depth)
            return self._beside(left, other, depth), other
        one = self.parse(left, None, depth)
        return one, self._beside(right, one, depth)

    def _beside(self, node: ast.expr, other: x.Expr, depth: int) -> x.Expr:
        choices = _choices(other)
        if choices is not None and isinstance(node, ast.Name):
            if node.id not in choices:
                raise BadExpression("unknown.value", value=node.id, options=listed(choices))
            return x.Literal(node.id, "choice")
        if choices is not None and isinstance(node, ast.Constant) and node.value in choices:
            return x.Literal(str(node.value), "choice")
        return self.parse(node, other.type, depth)

    def _within(self, left: ast.expr, right: ast.expr, depth: int) -> x.Expr:
        item = self.parse(left, None, depth)
        if not isinstance(right, ast.Set) or item.type not in ("choice", "text"):
            raise self._refuse(right)
        choices = _choices(item)
        values = []
        for element in right.elts:
            if isinstance(element, ast.Name) and choices is not None:
                if element.id not in choices:
                    raise BadExpression("unknown.value", value=element.id, options=listed(choices))
                values.append(element.id)
            elif isinstance(element, ast.Constant) and isinstance(element.value, str) and choices is None:
                values.append(element.value)
            else:
                raise self._refuse(element)
        return x.Within(item, tuple(values))

    def _binop(self, node: ast.BinOp, want: x.Type | None, depth: int) -> x.Expr:
        op = _ARITHMETIC.get(type(node.op))
        if op is None:
            raise self._refuse(node)
        if op in "+-":
            one, other = self._pair(node.left, node.right, depth)
            if one.type != other.type or one.type not in ("money", "number"):
                raise self._refuse(node)
            return x.Arithmetic(op, one, other, one.type)
        one, other = self.parse(node.left, None, depth), self.parse(node.right, None, depth)
        kinds = (one.type, other.type)
        result: x.Type | None = {
            ("*", "number", "number"): "number", ("*", "money", "number"): "money", ("*", "number", "money"): "money",
            ("/", "number", "number"): "number", ("/", "money", "number"): "money", ("/", "money", "money"): "number",
        }.get((op, *kinds))  # type: ignore[assignment]  # fmt: skip
        if result is None:
            raise self._refuse(node)
        return x.Arithmetic(op, one, other, result)

    @staticmethod
    def _is_percent(node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "percent"

    def _call(self, node: ast.Call, want: x.Type | None, depth: int) -> x.Expr:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self._refuse(node)
        name, args = node.func.id, node.args
        if name == "percent" and len(args) == 1 and isinstance(args[0], ast.Constant) and _DECIMAL.fullmatch(str(args[0].value)):
            return x.Literal(Fraction(str(args[0].value)) / 100, "number", "ratio")
        if name == "holds":
            return self._holds(node)
        if len(args) != 1 or name not in ("previous", "growth", "first", "years_since"):
            raise BadExpression("expr.function", name=name)
        if name in ("previous", "growth", "first") and (self.scope.fact_type is None or self.scope.fact_type.series is None):
            raise BadExpression("expr.series", name=name, type=self.scope.fact_type.name if self.scope.fact_type else "enterprise")
        if name == "first":
            return x.First(self._flag(args[0], depth))
        of = self.parse(args[0], None, depth)
        if name == "years_since":
            if of.type != "date":
                raise self._refuse(node)
            return x.YearsSince(of)
        if of.type not in ("money", "number"):
            raise self._refuse(node)
        return x.Growth(of) if name == "growth" else x.Previous(of, of.type)

    def _holds(self, node: ast.Call) -> x.Expr:
        values = [arg.id for arg in node.args if isinstance(arg, ast.Name)]
        titled = [t for t in self.scope.types.types.values() if t.by is not None]
        for fact_type in titled:
            choices = fact_type.fields[fact_type.by].choices or {}  # type: ignore[index]
            if values and len(values) == len(node.args) and all(value in choices for value in values):
                return x.Holds(fact_type.name, fact_type.by, tuple(values))  # type: ignore[arg-type]
        options = listed(value for t in titled for value in t.fields[t.by].choices or ())  # type: ignore[index]
        raise BadExpression("unknown.value", value=", ".join(values), options=options)


def _choices(tree: x.Expr) -> Mapping[str, object] | None:
    field: Field | None = getattr(tree, "field", None)
    return field.choices if field is not None else None


def _number(value: Fraction, want: x.Type | None) -> x.Literal:
    if want == "money":
        fen = value * 100
        if fen.denominator != 1:
            raise BadExpression("money", value=str(value))
        return x.Literal(int(fen), "money", "yuan")
    return x.Literal(int(value) if value.denominator == 1 else value, "number", "count")
