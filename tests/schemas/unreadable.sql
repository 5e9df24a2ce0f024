-- CHECKs that nobody can read who does not run them: functions of the user's own.
create schema unreadable;

create function unreadable.is_even(number integer) returns boolean
language sql immutable as 'select number % 2 = 0';

create table unreadable.functions (
    id integer primary key,
    even integer not null check (unreadable.is_even(even)),
    nullable_even integer check (unreadable.is_even(nullable_even)),
    always integer not null check (true or always > 0)
);
