-- Embeddings, by the extension that the wheel's server brings along.
create extension if not exists vector;
create schema vectors;

create table vectors.documents (
    id bigint generated always as identity primary key,
    body text not null,
    embedding vector(8) not null,
    half halfvec(4),
    sparse sparsevec(5)
);

create index documents_embedding on vectors.documents using hnsw (embedding vector_l2_ops);
