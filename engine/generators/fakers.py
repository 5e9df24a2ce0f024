"""What Faker may be asked for: a closed list of its providers' methods, and pools of values made by them.

A pool depends on its seed, name, locale and size alone: providers are loaded one by one, draw from a random
generator of their own, and every method on the list is tested under a moved clock and other hash seeds.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

DEFAULT_LOCALE = "en_US"

_BY_PROVIDER = {
    "address": "address building_number city city_suffix country country_code postcode street_address street_name "
    "street_suffix state state_abbr secondary_address city_prefix administrative_unit district region province "
    "department county",
    "automotive": "license_plate vin",
    "bank": "aba bank_country bban iban swift swift8 swift11",
    "barcode": "ean ean8 ean13 localized_ean localized_ean8 localized_ean13",
    "color": "color_name hex_color safe_color_name safe_hex_color rgb_color rgb_css_color",
    "company": "bs catch_phrase company company_suffix",
    "credit_card": "credit_card_number credit_card_provider credit_card_security_code",
    "currency": "cryptocurrency_code cryptocurrency_name currency_code currency_name currency_symbol pricetag",
    "emoji": "emoji",
    "file": "file_extension file_name file_path mime_type unix_device unix_partition",
    "geo": "latitude longitude",
    "internet": "ascii_company_email ascii_email ascii_free_email ascii_safe_email company_email domain_name "
    "domain_word email free_email free_email_domain hostname http_method http_status_code image_url ipv4 "
    "ipv4_private ipv4_public ipv6 mac_address port_number safe_domain_name safe_email slug tld uri uri_path url "
    "user_name",
    "isbn": "isbn10 isbn13",
    "job": "job job_female job_male",
    "lorem": "paragraph sentence text word",
    "misc": "boolean password md5 sha1 sha256",
    "passport": "passport_number",
    "person": "first_name first_name_female first_name_male first_name_nonbinary language_name last_name "
    "last_name_female last_name_male name name_female name_male prefix prefix_female prefix_male suffix "
    "suffix_female suffix_male middle_name",
    "phone_number": "country_calling_code msisdn phone_number",
    "python": "pybool pyint",
    "user_agent": "android_platform_token chrome internet_explorer ios_platform_token linux_platform_token "
    "linux_processor mac_platform_token mac_processor opera safari windows_platform_token",
}
PROVIDER_OF: Mapping[str, str] = {name: key for key, names in _BY_PROVIDER.items() for name in names.split()}
"""Every method that may be called, and the provider that has it."""

_CLOCK_NAMES = (
    "am_pm century date date_between date_between_dates date_object date_of_birth date_this_century date_this_decade "
    "date_this_month date_this_year date_time date_time_ad date_time_between date_time_between_dates "
    "date_time_this_century date_time_this_decade date_time_this_month date_time_this_year day_of_month day_of_week "
    "future_date future_datetime iso8601 month month_name past_date past_datetime time time_delta time_object "
    "unix_time year firefox user_agent credit_card_expire credit_card_full passport_dob passport_owner profile "
    "simple_profile ssn"
)
_CLOCKS = frozenset(_CLOCK_NAMES.split())
_INSTEAD = {
    "uuid4": "write {uuid4: true}",
    "uuid7": "write {uuid7: <moment column>}",
    "uuid1": "write {uuid4: true}",
    "pydecimal": "write {uniform: {min: 0, max: 100}}",
    "pyfloat": "write {uniform: {min: 0, max: 1}}",
    "random_int": "write {uniform: {min: 0, max: 9999}}",
    "random_element": "write {choice: [a, b, c]}",
}


NUMBERS = ("http_status_code", "port_number", "pyint")
COORDINATES = ("latitude", "longitude")
TRUTHS = ("boolean", "pybool")


def hint_for(name: str) -> str | None:
    """What to write in place of a method that Faker has and the list has not."""
    if name in _CLOCKS:
        return "its values move with the day on which it is run; write {uniform: {min: …, max: …}} or {after: …}"
    return _INSTEAD.get(name)


@cache
def locales() -> tuple[str, ...]:
    """Every locale that Faker knows, sorted."""
    return tuple(sorted(import_module("faker.config").AVAILABLE_LOCALES))


@lru_cache(maxsize=256)
def make_pool(name: str, locale: str, size: int, seed: int) -> tuple[object, ...]:
    """The distinct values, in order, of `size` calls of a method on the list.

    Raises LookupError where the locale's providers do not have it, or not so that it can be relied on.
    """
    if (locale, name) in _UNSTABLE:
        raise LookupError(name)
    maker = _maker(locale, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a locale that is to be renamed
        try:
            method: Callable[[], object] = getattr(maker, name)
            return tuple(dict.fromkeys(method() for _ in range(size)))
        except AttributeError:
            raise LookupError(name) from None


def _maker(locale: str, seed: int) -> Any:
    """A Faker generator that loads a provider when one of its methods is first asked for.

    `faker.Faker(locale)` loads all of them, which takes 20 times as long as a pool of 1,000 names.
    """
    generator: Any = import_module("faker.generator").Generator

    class Maker(generator):  # type: ignore[misc]
        """A generator with no provider yet."""

        def __getattr__(self, attribute: str) -> Any:
            for provider in _candidates(attribute, self.__dict__.setdefault("_loaded", [])):
                self.__dict__["_loaded"].append(provider)
                self.add_provider(_provider(provider, locale))
                if attribute in self.__dict__:
                    return self.__dict__[attribute]
            raise AttributeError(attribute)

        def year(self) -> str:
            """A year of birth, which some locales put into user names; Faker's own moves with the clock."""
            return str(self.random.randrange(1950, 2006))

    maker = Maker()
    maker.random = random.Random(seed)  # noqa: S311 (data, not secrets)
    return maker


_UNSTABLE = frozenset({("it_IT", "city"), ("uk_UA", "license_plate")})
"""Methods that draw from a set, or from Python's global random numbers."""

_WEIGHTED = ("es_CL",)
"""Locales whose providers work only when Faker weighs their values, which is slow and which pools do not show."""

_FREELY = ("person", "address", "company", "internet", "lorem", "phone_number", "job", "misc", "color")
"""Where a name is looked for that one provider asks of another and the list has not."""


def _candidates(attribute: str, loaded: list[str]) -> tuple[str, ...]:
    if attribute.startswith("_"):
        return ()
    first = PROVIDER_OF.get(attribute)
    every = (first, *_FREELY) if first else _FREELY
    return tuple(dict.fromkeys(provider for provider in every if provider not in loaded))


def _provider(name: str, locale: str) -> Any:
    """The provider's class for a locale, or for the locale that it falls back to, as faker.factory.Factory finds it."""
    package = import_module(f"faker.providers.{name}")
    chosen = None
    if getattr(package, "localized", False):
        known = import_module("faker.utils.loading").list_module(package)
        chosen = next((o for o in (locale, getattr(package, "default_locale", DEFAULT_LOCALE)) if o in known), None)
    provider = import_module(f"faker.providers.{name}.{chosen}").Provider if chosen else package.Provider
    provider.__lang__, provider.__use_weighting__ = chosen, chosen in _WEIGHTED
    return provider
