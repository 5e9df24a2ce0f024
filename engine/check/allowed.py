"""What an expectation's SQL may consist of: functions, types and operators. Anything else is refused.

A list of what is allowed, never of what is not: PostgreSQL has functions that read files, wait, sign on elsewhere or
run text as SQL, and more of them with every version.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGGREGATES = _words(
    """
    any_value array_agg avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp every json_agg jsonb_agg
    max min mode percentile_cont percentile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
    """
)
WINDOW_FUNCTIONS = _words(
    "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number"
)
SETS = _words(
    "json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text "
    "jsonb_object_keys unnest"
)
"""Functions that return rows: allowed in FROM too."""

SCALARS = _words(
    """
    abs age array_length array_lower array_ndims array_position array_positions array_remove array_to_string
    array_upper ascii bit_count bit_length btrim cardinality cbrt ceil ceiling char_length character_length concat
    concat_ws date_bin date_part date_trunc degrees div exp family floor gcd host initcap isempty isfinite
    json_array_length json_typeof jsonb_array_length jsonb_build_array jsonb_build_object jsonb_extract_path
    jsonb_extract_path_text jsonb_typeof justify_days justify_hours justify_interval lcm left length ln log log10
    lower lower_inc lower_inf ltrim make_date make_interval make_time make_timestamp make_timestamptz masklen md5
    min_scale mod num_nonnulls num_nulls octet_length pi pow power radians regexp_count regexp_instr regexp_like
    regexp_match regexp_replace regexp_substr replace reverse right round rtrim scale sign split_part sqrt
    starts_with string_to_array strpos substr timezone to_char to_date to_json to_jsonb to_number to_timestamp
    translate trim_scale trunc upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version width_bucket
    """
)
PLAIN = AGGREGATES | WINDOW_FUNCTIONS | SETS | SCALARS
"""Functions that are called as name(a, b): written with their schema, so that they can be no other."""

SPOKEN = {
    "coalesce": (),
    "greatest": (),
    "least": (),
    "nullif": (),
    "grouping": (),
    "row": (),
    "trim": ("both", "leading", "trailing", "from"),
    "substring": ("from", "for", "similar"),
    "overlay": ("placing", "from", "for"),
    "position": ("in",),
}
"""Functions that belong to the grammar, and the words between their arguments."""

FUNCTIONS = PLAIN | SPOKEN.keys() | {"extract", "cast", "exists", "array"}

CLOCKS = _words(
    """
    now current_date current_time current_timestamp localtime localtimestamp clock_timestamp statement_timestamp
    transaction_timestamp timeofday
    """
)
"""What asks for the time of the run, which is not the scenario's."""

TYPES = _words(
    """
    bigint bool boolean char date dec decimal float float4 float8 inet int int2 int4 int8 integer interval json jsonb
    numeric real smallint text time timestamp timestamptz timetz uuid varchar
    """
) | {"double", "character"}
"""What may be cast to. Never an object's name (`regclass`), which looks it up, nor a type of the database's own."""

FIELDS = ("year", "month", "day", "hour", "minute", "second", "to")
"""The words that may stand behind an interval."""

OPERATORS = _words(
    """
    + - * / % ^ = <> != < > <= >= || & | # ~ << >> ~* !~ !~* ~~ !~~ ~~* !~~* -> ->> #> #>> @> <@ ? ?| ?& && -|- &< &>
    """
)
PREFIXES = ("+", "-", "~")

JOINS = ("join", "inner", "left", "right", "full", "cross", "natural")
SET_OPERATIONS = ("union", "intersect", "except")
TAIL = ("order", "limit", "offset", "fetch")
"""What may stand behind the last SELECT of a statement."""

RESERVED = _words(
    """
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role current_schema
    current_time current_timestamp current_user default deferrable desc distinct do else end except exists false
    fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join
    lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer
    overlaps placing primary references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window with
    """
)
"""What no unquoted name is called: PostgreSQL's reserved words, and those that follow an operand."""
