// The first schema: the log's head, events, leads, consents, the audit trail, idempotency keys.
// Each index costs 5–7 µs of Postgres a row, so there are few. Text that is compared is in the "C"
// collation: byte order, the same in every cluster and after every upgrade of its C library.

/// Schema version 1.
enum Migration0001 {
    /// Its statements.
    static let sql = """
        -- One row, alone in its table: its lock gives events and audit rows their dense numbers.
        -- Updated by every batch, so its page keeps room and is vacuumed early.
        CREATE TABLE log_head (
            epoch text NOT NULL CHECK (epoch ~ '^[0-9a-f]{8}$'),
            position bigint NOT NULL CHECK (position >= 0),
            audit bigint NOT NULL CHECK (audit >= 0)
        ) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000,
                autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000000);
        INSERT INTO log_head VALUES (substr(gen_random_uuid()::text, 1, 8), 0, 0);

        -- The one log. The body is the exact text of the CloudEvent without its position.
        CREATE TABLE events (
            position bigint PRIMARY KEY CHECK (position > 0),
            id uuid NOT NULL,
            name text COLLATE "C" NOT NULL,
            subject text COLLATE "C" NOT NULL,
            unified boolean NOT NULL,
            body text NOT NULL
        );
        CREATE UNIQUE INDEX events_unified_id ON events (id) WHERE unified;

        -- CloudEvents that came with a source: the same source and id is the same event again.
        CREATE TABLE event_sources (
            source text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            event uuid NOT NULL,
            PRIMARY KEY (source, id)
        );

        CREATE TABLE leads (
            id uuid PRIMARY KEY,
            name text NOT NULL CHECK (name <> ''),
            email text,
            email_normal text COLLATE "C",
            phone text,
            phone_normal text COLLATE "C",
            company text,
            source text,
            owner text,
            team text,
            tags text[] NOT NULL DEFAULT '{}',
            score float8,
            status text COLLATE "C" NOT NULL CHECK (status IN
                ('new', 'contacted', 'qualified', 'converted', 'disqualified', 'recycled')),
            duplicate_allowed boolean NOT NULL DEFAULT false,
            version int NOT NULL CHECK (version > 0),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            deleted_at timestamptz
        ) WITH (fillfactor = 90);
        CREATE UNIQUE INDEX leads_email_normal ON leads (email_normal)
            WHERE NOT duplicate_allowed AND deleted_at IS NULL AND email_normal IS NOT NULL;
        CREATE UNIQUE INDEX leads_phone_normal ON leads (phone_normal)
            WHERE NOT duplicate_allowed AND deleted_at IS NULL AND phone_normal IS NOT NULL;
        -- For look-ups by email of what the unique index leaves out; usually empty.
        CREATE INDEX leads_email_duplicates ON leads (email_normal)
            WHERE duplicate_allowed AND deleted_at IS NULL;

        -- What was said, in order; and what holds now, which commands lock.
        CREATE TABLE consents (
            id uuid PRIMARY KEY,
            subject text COLLATE "C" NOT NULL,
            purpose text COLLATE "C" NOT NULL,
            status text COLLATE "C" NOT NULL CHECK (status IN ('granted', 'withdrawn')),
            actor text NOT NULL,
            recorded_at timestamptz NOT NULL
        );
        CREATE TABLE consent_now (
            subject text COLLATE "C" NOT NULL,
            purpose text COLLATE "C" NOT NULL,
            status text COLLATE "C" NOT NULL CHECK (status IN ('granted', 'withdrawn')),
            PRIMARY KEY (subject, purpose)
        ) WITH (fillfactor = 70);

        CREATE TABLE audit_logs (
            number bigint PRIMARY KEY CHECK (number > 0),
            id uuid NOT NULL,
            user_id text NOT NULL,
            action text NOT NULL,
            resource text NOT NULL,
            timestamp timestamptz NOT NULL,
            success boolean NOT NULL,
            layer text NOT NULL,
            reason text,
            trace_id text NOT NULL,
            count int NOT NULL CHECK (count > 0)
        );

        -- History is appended to and never changed. A statement's trigger costs an INSERT nothing.
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER consents_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consents
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

        -- Kept answers. A row is inserted and updated by the same transaction, in the same page.
        CREATE TABLE idempotency (
            principal text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            fingerprint bytea NOT NULL,
            status smallint,
            position bigint,
            answer text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (principal, key)
        ) WITH (fillfactor = 60);
        CREATE INDEX idempotency_created_at ON idempotency USING brin (created_at)
            WITH (pages_per_range = 32, autosummarize = on);

        -- Which keys another transaction holds now, by their place in the arrays, from 1. What it
        -- inserts is to be rolled back.
        CREATE FUNCTION idempotency_keys_locked(principals text[], keys text[]) RETURNS SETOF int
            LANGUAGE plpgsql SET lock_timeout = '20ms' AS $$
        DECLARE
            place int;
        BEGIN
            FOR place IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
                BEGIN
                    INSERT INTO idempotency (principal, key, fingerprint)
                        VALUES (principals[place], keys[place], '') ON CONFLICT DO NOTHING;
                EXCEPTION WHEN lock_not_available THEN
                    RETURN NEXT place;
                END;
            END LOOP;
        END $$;

        -- What instances have to agree on.
        CREATE TABLE settings (
            name text COLLATE "C" PRIMARY KEY,
            value text NOT NULL
        );
        """
}
