// The pipeline's schema: deals, orders, deliveries, tasks, feedback, decisions, messages, and what
// the processors keep. Rows point at their parents with foreign keys; `lead_id` beside another
// parent is a copy that never changes, so that consent is found in one step. Nothing is deleted.

/// Schema version 2.
enum Migration0002 {
    /// Its statements.
    static let sql = entities + records + processing + view

    private static let entities = """
        -- The score and what it is made of; counted apart, for a score is no edit.
        ALTER TABLE leads
            ADD COLUMN score_factors text,
            ADD COLUMN score_version int NOT NULL DEFAULT 0 CHECK (score_version >= 0);

        CREATE TABLE opportunities (
            id uuid PRIMARY KEY,
            lead_id uuid NOT NULL REFERENCES leads,
            name text NOT NULL CHECK (name <> ''),
            value numeric(18, 4) NOT NULL CHECK (value >= 0),
            currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
            stage text COLLATE "C" NOT NULL CHECK (stage IN ('prospecting', 'qualification',
                'proposal', 'negotiation', 'won', 'lost')),
            probability smallint NOT NULL CHECK (probability BETWEEN 0 AND 100),
            expected_close date,
            owner text,
            lost_reason text CHECK (lost_reason IS NULL OR stage = 'lost'),
            version int NOT NULL CHECK (version > 0),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        ) WITH (fillfactor = 90);
        CREATE INDEX opportunities_lead_id ON opportunities (lead_id);

        CREATE TABLE orders (
            id uuid PRIMARY KEY,
            opp_id uuid NOT NULL REFERENCES opportunities,
            lead_id uuid NOT NULL,
            currency text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
            lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array'),
            total numeric(18, 4) NOT NULL CHECK (total >= 0),
            status text COLLATE "C" NOT NULL CHECK (status IN
                ('draft', 'confirmed', 'packed', 'shipped', 'delivered', 'cancelled')),
            owner text,
            version int NOT NULL CHECK (version > 0),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        ) WITH (fillfactor = 90);
        CREATE INDEX orders_opp_id ON orders (opp_id);

        CREATE TABLE deliveries (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders,
            lead_id uuid NOT NULL,
            delivery_date date NOT NULL,
            status text COLLATE "C" NOT NULL CHECK (status IN ('scheduled', 'out_for_delivery',
                'delivered', 'failed', 'rescheduled', 'returned')),
            carrier text,
            tracking text,
            attempts int NOT NULL CHECK (attempts >= 0),
            proof text,
            owner text,
            version int NOT NULL CHECK (version > 0),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        ) WITH (fillfactor = 90);
        CREATE INDEX deliveries_order_id ON deliveries (order_id);
        CREATE UNIQUE INDEX deliveries_active ON deliveries (order_id)
            WHERE status NOT IN ('delivered', 'returned');


        """

    private static let records = """
        -- What a task, a decision or a piece of feedback is about is a kind and an id as one text.
        CREATE TABLE tasks (
            id uuid PRIMARY KEY,
            title text NOT NULL CHECK (title <> ''),
            subject text COLLATE "C",
            lead_id uuid,
            assignee text COLLATE "C",
            due timestamptz,
            priority text COLLATE "C" NOT NULL CHECK (priority IN
                ('low', 'normal', 'high', 'urgent')),
            status text COLLATE "C" NOT NULL CHECK (status IN
                ('open', 'in_progress', 'done', 'cancelled')),
            description text,
            origin_rule text,
            origin_event uuid,
            version int NOT NULL CHECK (version > 0),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CHECK ((origin_rule IS NULL) = (origin_event IS NULL))
        ) WITH (fillfactor = 90);
        CREATE INDEX tasks_assignee ON tasks (assignee, id);

        CREATE TABLE feedback (
            id uuid PRIMARY KEY,
            subject text COLLATE "C" NOT NULL,
            lead_id uuid,
            rating smallint CHECK (rating BETWEEN 1 AND 5),
            reward float8 CHECK (reward BETWEEN -1 AND 1),
            comment text,
            actor text NOT NULL,
            created_at timestamptz NOT NULL,
            CHECK (rating IS NOT NULL OR reward IS NOT NULL OR comment IS NOT NULL)
        );

        -- The body is the representation as it was answered: a decision never changes.
        CREATE TABLE decisions (
            id uuid PRIMARY KEY,
            subject text COLLATE "C" NOT NULL,
            lead_id uuid,
            mode text COLLATE "C" NOT NULL CHECK (mode IN ('live', 'shadow')),
            action text NOT NULL,
            body text NOT NULL
        );

        CREATE TABLE notifications (
            id uuid PRIMARY KEY,
            recipient text COLLATE "C" NOT NULL,
            category text NOT NULL,
            title text NOT NULL,
            body text NOT NULL,
            subject text,
            created_at timestamptz NOT NULL,
            seen_at timestamptz,
            read_at timestamptz,
            archived_at timestamptz
        ) WITH (fillfactor = 90);
        CREATE INDEX notifications_recipient ON notifications (recipient, id);

        -- The unified log. Ids begin with their time.
        CREATE TABLE logs (
            id uuid PRIMARY KEY,
            timestamp timestamptz NOT NULL,
            level text COLLATE "C" NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
            module text COLLATE "C" NOT NULL,
            event_type text COLLATE "C" NOT NULL,
            message text NOT NULL,
            user_id text,
            task_id text,
            trace_id text COLLATE "C" NOT NULL,
            subject text,
            position bigint,
            data text
        );
        CREATE INDEX logs_trace_id ON logs (trace_id);


        """

    private static let processing = """
        -- What became of a reported event; a branch without a row is pending.
        CREATE TABLE event_branches (
            event uuid NOT NULL,
            branch text COLLATE "C" NOT NULL CHECK (branch IN
                ('rl', 'compliance', 'workflow', 'log')),
            state text COLLATE "C" NOT NULL CHECK (state IN
                ('pending', 'done', 'denied', 'failed')),
            result text NOT NULL,
            PRIMARY KEY (event, branch)
        );

        -- Few rows, updated all the time: their pages keep room and are vacuumed early.
        CREATE TABLE processors (
            name text COLLATE "C" PRIMARY KEY,
            cursor bigint NOT NULL CHECK (cursor >= 0),
            lease uuid,
            holder text,
            leased_until timestamptz
        ) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000,
                autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000000);
        INSERT INTO processors (name, cursor) VALUES
            ('compliance', 0), ('log', 0), ('notifications', 0), ('rl', 0), ('workflow', 0);

        CREATE TABLE dead_letters (
            id uuid PRIMARY KEY,
            processor text COLLATE "C" NOT NULL,
            event uuid NOT NULL,
            position bigint NOT NULL,
            reason text NOT NULL,
            attempts int NOT NULL CHECK (attempts > 0),
            state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'replaying', 'replayed')),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );

        CREATE INDEX dead_letters_open ON dead_letters (processor) WHERE state <> 'replayed';

        -- A rule runs once for an event, whatever is tried again.
        CREATE TABLE workflow_runs (
            event uuid NOT NULL,
            rule text COLLATE "C" NOT NULL,
            rule_version int NOT NULL,
            state text COLLATE "C" NOT NULL CHECK (state IN ('done', 'failed')),
            effects text[] NOT NULL,
            reason text,
            run_at timestamptz NOT NULL,
            PRIMARY KEY (event, rule)
        );

        CREATE TABLE model_snapshots (
            position bigint PRIMARY KEY,
            version bigint NOT NULL,
            bytes bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        );


        """

    /// `json` reads no U+0000, which a payload may hold and none of these columns shows.
    private static let view = """
        CREATE VIEW event_logs AS
        SELECT e.id, j.body -> 'data' ->> 'task_id' AS task_id,
            j.body -> 'data' ->> 'user_id' AS user_id, e.name AS event_type,
            (b.result::json ->> 'score')::float8 AS rl_score,
            (j.body -> 'data' ->> 'consent_flag')::boolean AS consent_flag,
            (j.body ->> 'time')::timestamptz AS timestamp
        FROM events AS e
        CROSS JOIN LATERAL (
            SELECT replace(e.body, '\\u0000', '\\ufffd')::json AS body) AS j
        LEFT JOIN event_branches AS b
            ON b.event = e.id AND b.branch = 'rl' AND b.state = 'done'
        WHERE e.unified;
        """
}
