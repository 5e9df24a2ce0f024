"""What an expectation's SQL may consist of: names of `sqlglot`'s nodes, functions and types. Anything else is refused.

A list of what is allowed, never of what is not: PostgreSQL has functions that read files, wait, sign on elsewhere or
run text as SQL, and more of them with every version.
"""

from __future__ import annotations

STRUCTURE = frozenset(
    """
    Add Alias Aliases All And Any Array ArrayContainedBy ArrayContainsAll ArrayOverlaps AtTimeZone Between
    BitwiseAnd BitwiseOr Boolean Bracket CTE Case Cast Collate Column Cube DPipe DataType DataTypeParam
    Distinct Div EQ Escape Except Exists Filter From GT GTE Group GroupingSets Having ILike Identifier If
    In IntDiv Intersect Interval Is JSONBContains JSONBExtract JSONBExtractScalar JSONExtract
    JSONExtractScalar JSONPath JSONPathKey JSONPathRoot JSONPathSubscript Join LT LTE Lateral Like Limit
    Literal Mod Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Offset Or Order Ordered Paren Pow RawString
    RegexpILike RegexpLike Rollup Select SimilarTo Star Sub Subquery Table TableAlias Tuple Union Values Var
    Where Window WindowSpec With WithinGroup
    """.split()  # noqa: SIM905
)
"""Nodes that are not functions."""

FUNCTIONS = frozenset(
    """
    Abs ArrayAgg ArraySize Avg Ceil Coalesce Concat ConcatWs Corr Count CovarPop CovarSamp CumeDist DenseRank
    Exp Explode Extract FirstValue Floor Greatest GroupConcat Grouping Initcap Lag LastValue Lead Least Left
    Length Ln Log LogicalAnd LogicalOr Lower MD5 Max Min Mod Mode NthValue Ntile Nullif PercentRank
    PercentileCont PercentileDisc Pow Rank RegexpCount RegexpReplace RegrSlope Replace Reverse Right Round
    RowNumber Sign SplitPart Sqrt StartsWith Stddev StddevPop StddevSamp StrPosition Substring Sum TimeToStr
    TimestampTrunc Trim Trunc Upper Variance VariancePop WidthBucket
    """.split()  # noqa: SIM905
)
"""Functions that `sqlglot` knows by a class of their own."""

OTHER_FUNCTIONS = frozenset(
    """
    age bit_count cardinality every gcd isempty isfinite jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_object_keys jsonb_typeof lower_inc make_date num_nonnulls num_nulls octet_length
    scale upper_inc
    """.split()  # noqa: SIM905
)
"""Functions that it knows by name alone."""

TYPES = frozenset(
    """
    ARRAY BIGINT BOOLEAN CHAR DATE DECIMAL DOUBLE FLOAT INET INT INTERVAL JSON JSONB SMALLINT TEXT TIME
    TIMESTAMP TIMESTAMPTZ UUID VARCHAR
    """.split()  # noqa: SIM905
)
"""What may be cast to. Never an object's name (`regclass`), which looks it up, nor a type of the database's own."""
