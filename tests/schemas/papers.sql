-- XML, which the server in the wheel was built without: nobody can write a value of it there.
create schema papers;

create table papers.documents (
    id integer generated always as identity primary key,
    body xml not null,
    appendix xml
);

create table papers.maybe (
    id integer generated always as identity primary key,
    body xml
);
