-- What one command writes, as one transaction for pgbench: a row, an event, an audit row, a key.
begin;
insert into lead values (gen_random_uuid(), 'Load Test', gen_random_uuid() || '@loadtest.test',
    null, 'new', 'bench', 1, now(), '{"company":"Acme","source":"web","tags":["load","test"]}');
insert into audit (actor, action, resource, time, success, hash) values ('bench', 'lead.create',
    'leads', now(), true, '\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff');
insert into idempotency values
    ('bench', gen_random_uuid()::text, '\x00112233445566778899aabbccddeeff', 201, 1);
insert into event values (nextval('position'), gen_random_uuid(), 'lead_created',
    gen_random_uuid(), now(), 'bench', '00-aaaabbbbccccddddeeeeffff00001111-1111222233334444-01',
    '{"id":"0192aaaa-bbbb-7ccc-8ddd-eeeeffff0000","name":"Load Test","status":"new","version":1}');
commit;
