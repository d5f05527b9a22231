-- What one command writes, for pgbench: a lead with three indexes, its event, an audit entry and
-- an idempotency key.
create table lead (
    id uuid primary key, name text not null, email text, phone text, status text not null,
    owner text, version int not null, created_at timestamptz not null, extra jsonb);
create unique index on lead (lower(email));
create index on lead (created_at, id);
create sequence position;
create table event (
    position bigint primary key, id uuid not null, type text not null, subject uuid,
    time timestamptz not null, actor text, trace text, body text not null);
create table audit (
    id bigserial primary key, actor text, action text, resource text,
    time timestamptz not null, success bool not null, hash bytea);
create table idempotency (
    principal text, key text, fingerprint bytea, status int, position bigint,
    primary key (principal, key));
