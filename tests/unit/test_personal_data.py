"""What looks personal by its name, its type or its values."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from engine.catalog.model import Catalog, Column, Table
from engine.catalog.patterns import cut
from engine.catalog.personal import look_personal, looks_personal, withhold_personal
from engine.catalog.statistics import Statistics
from engine.types import BOOL, DATE, INT4, INT8, JSONB, TEXT, TIMESTAMPTZ, UUID, PgType, numeric

ENUM = PgType("mood", labels=("sad", "ok"), schema="app")


@pytest.mark.parametrize(
    "column",
    [
        *(
            "email",
            "eMail",
            "customer_email",
            "emailaddress",
            "billToEmail",
            "first_name",
            "lastName",
            "surname",
            "login",
        ),
        *("phone", "phone_2", "mobileNumber", "fax", "street", "address1", "addr_line_2", "zip", "postcode", "city"),
        *("dob", "birth_date", "birthday", "ssn", "iban", "passport_no", "tax_id", "vat", "card_number", "ip_address"),
        *("password", "password_hash", "api_key", "accessToken", "otp", "notes", "comment", "message", "body", "bio"),
        *("vorname", "Straße", "strasse", "Geburtsdatum", "plz", "kommentar", "steuernummer", "telefonnummer"),
        *("prénom", "prenom", "courriel", "rue", "code_postal", "naissance"),
        *("apellidos", "correo", "direccion", "dirección", "nacimiento", "dni", "contraseña"),
        *("cognome", "indirizzo", "codice_fiscale", "nascita", "sobrenome", "endereço", "cpf", "senha", "morada"),
        *(
            "achternaam",
            "straat",
            "geboortedatum",
            "bsn",
            "wachtwoord",
            "opmerking",
            "имя",
            "氏名",
            "o_comment",
            "c_phone",
        ),
    ],
)
def test_names_of_seven_languages_are_known(column: str):
    assert looks_personal("things", column, TEXT)


@pytest.mark.parametrize(
    "column",
    [
        *(
            "status",
            "sku",
            "brand",
            "colour",
            "size",
            "currency",
            "country_code",
            "payment_method",
            "account_type",
            "mktsegment",
        ),
        *(
            "email_status",
            "contact_kind",
            "template",
            "carrier",
            "priority",
            "name",
            "category",
            "unit",
            "shipmode",
            "address_type",
            "customer_segment",
            "user_kind",
            "ordered",
        ),
    ],
)
def test_what_is_of_things_is_not_personal(column: str):
    assert not looks_personal("things", column, TEXT)


@pytest.mark.parametrize(
    "table", ["customers", "app.Users", "web_user", "appuser", "patients", "Kunden", "usuarios", "artist"]
)
def test_a_plain_name_is_personal_in_tables_of_people(table: str):
    assert looks_personal(table, "name", TEXT)
    assert not looks_personal(table, "country", TEXT)


@pytest.mark.parametrize(
    ("column", "type_", "personal"),
    [
        ("email", BOOL, False),
        ("email", ENUM, False),
        ("passwords", PgType("mood", labels=("a",), array=True), False),
        ("email_sent_at", TIMESTAMPTZ, False),
        ("birth_date", DATE, True),
        ("birth_year", INT4, True),
        ("phone", INT8, True),
        ("phone_count", INT4, False),
        ("address_id", INT8, False),
        ("account_id", INT8, False),
        ("notes", INT4, False),
        ("latitude", numeric(9, 6), True),
        ("price", numeric(9, 2), False),
        ("id", UUID, False),
        ("reset_token", UUID, True),
        ("x", PgType("inet"), True),
        ("x", JSONB, True),
        ("x", PgType("bytea"), True),
        ("x", PgType("pair", fields=(("a", INT4),), schema="app"), True),
        ("x", PgType("varchar", domain="email_address"), True),
        ("x", PgType("varchar", domain="colour"), False),
        ("emails", PgType("text", array=True), True),
    ],
)
def test_the_type_decides_which_names_count(column: str, type_: PgType, personal: bool):
    assert looks_personal("things", column, type_) is personal


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("billToStraße1", "bill_to_strasse_1"),
        ("ÄnderungsDatum", "anderungs_datum"),
        ("HTMLBody2x", "html_body_2_x"),
        ("  odd--name ", "odd_name"),
        ("ŁÓDŹ", "lod"),
        ("plain", "plain"),
    ],
)
def test_a_name_is_cut_into_its_words(name: str, words: str):
    assert cut(name) == words


@pytest.mark.parametrize(
    "value",
    [
        *(
            "ann@example.com",
            "Ann <a@b.de>",
            "DE89370400440532013000",
            "+49 30 901820",
            "4111 1111 1111 1111",
            "10.1.2.3",
        ),
        *("x" * 81, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sig"),
    ],
)
def test_a_value_can_give_itself_away(value: str):
    assert look_personal(["fine", value])


def test_plain_values_give_nothing_away():
    assert not look_personal(
        ["new", "SKU-12345678", "2025-11-28 14:05:00+00", "1.2.3", "a@b", "{a,b}", "x" * 80, "4006381333931"]
    )


def test_only_the_numbers_stay_of_what_looks_personal():
    found = Statistics(0.25, -0.5, (("a", 0.5),), ("b", "c"), 0.75)
    mailed = Statistics(common=(("x@example.com", 0.5),))

    def column(name: str, statistics: Statistics | None = found, type_: PgType = TEXT) -> Column:
        return Column(name, type_, statistics=statistics)

    columns = (
        column("email"),
        column("status"),
        column("odd", mailed),
        column("mood", mailed, ENUM),
        column("phone", None),
    )
    table = Table("app", "things", columns)
    (hidden,) = withhold_personal(Catalog({table.id: table})).tables.values()
    numbers = Statistics(0.25, -0.5, correlation=0.75, redacted=True)
    assert [c.statistics for c in hidden.columns] == [numbers, found, Statistics(redacted=True), mailed, None]


def test_the_lists_hold_what_they_may():
    lists = tomllib.loads(files("engine.catalog").joinpath("personal.toml").read_text())
    for section in ("text", "number", "moment", "secret", "people", "harmless"):
        for name, words in lists[section].items():
            assert all(re.fullmatch("[a-z0-9]+", word) for word in words), (section, name)
            assert len(words) == len(set(words)), (section, name)
