"""Appointments on a server whose own constraint refuses any two of one doctor that overlap."""

from __future__ import annotations

from pathlib import Path

from tests.runs import request, run_here
from tests.servers import ask, run_sql

TABLES = (
    "create extension if not exists btree_gist",
    "create table doctors (id int primary key, hired timestamptz not null, demand numeric(3,2) not null)",
    """create table appointments (
        doctor_id int not null references doctors, starts timestamptz not null, ends timestamptz not null,
        number int not null, primary key (doctor_id, number),
        exclude using gist (doctor_id with =, tstzrange(starts, ends) with &&))""",
)
SPEC = """
scenario: clinic
seed: 5
timezone: Europe/Oslo
window: {start: 2025-03-01, end: 2025-11-01}
entities:
  doctors:
    table: doctors
    count: 60
    moment: {column: hired, spread: {start: 2025-01-01, end: 2025-08-01}}
    columns:
      id: {sequence: 1}
      demand: {uniform: {min: 0.3, max: 1}}
  appointments:
    table: appointments
    per:
      parent: doctors
      as: doctor_id
      calendar:
        hours: 00:00-03:30, 08:00-12:00, 13:00-17:00, 22:00-24:00
        days: fri-mon
        closed: {holidays: NO}
        length: 30m
        ends: ends
        gap: 5m
        fill: demand
        from: hired
    moment: {column: starts}
    columns:
      number: {expr: ordinal}
"""
TOO_CLOSE = """
select count(*) from (
    select starts - lag(ends) over (partition by doctor_id order by starts) as free from appointments) as seen
where free < interval '5 min'
"""
OUTSIDE = """
select count(*) from (
    select starts, hired, starts at time zone 'Europe/Oslo' as wall,
        (ends - interval '1 us') at time zone 'Europe/Oslo' as over
    from appointments join doctors on doctors.id = doctor_id) as seen
where starts < hired or extract(isodow from wall) between 2 and 4
    or wall::date in ('2025-04-18', '2025-04-20', '2025-04-21', '2025-05-17', '2025-06-08', '2025-06-09')
    or not exists (
        select from (values (time '00:00', time '03:30'), ('08:00', '12:00'), ('13:00', '17:00'), ('22:00', '24:00'))
            as hours (opens, closes)
        where wall::time >= opens and wall::time < closes and over::time >= opens and over::time < closes)
"""
# from 00:00 to 03:30 there is room for 6 slots of 35 minutes, with an hour less for 4, with one more for 7
NIGHT = """
select count(distinct starts) from appointments
where (starts at time zone 'Europe/Oslo')::date = %s and (starts at time zone 'Europe/Oslo')::time < '03:30'
"""


def test_a_server_that_refuses_overlaps_takes_every_appointment(database: str, tmp_path: Path):
    run_sql(database, *TABLES)
    spec = tmp_path / "clinic.yaml"
    spec.write_text(SPEC)

    report = run_here(database, request(spec, {}))

    assert report.status == "succeeded", report.diagnostics
    assert ask(database, "select count(*) from appointments") == report.entities["appointments"].rows > 40_000
    assert ask(database, TOO_CLOSE) == 0
    assert ask(database, OUTSIDE) == 0
    nights = [ask(database, NIGHT.replace("%s", f"'{day}'")) for day in ("2025-03-30", "2025-10-26", "2025-10-25")]
    assert nights == [4, 7, 6]
    share = """select corr(demand, rows::float8 / extract(epoch from '2025-11-01' - hired)::float8) from doctors
        join (select doctor_id, count(*) as rows from appointments group by 1) as seen on doctor_id = id
        where hired between '2025-03-01' and '2025-07-01'"""
    assert ask(database, share) > 0.95
