// People who sign in, and their sessions. A session's tokens can be taken back by its id.

/// Schema version 6.
enum Migration0006 {
    /// Its statements.
    static let sql = """
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            name text COLLATE "C" NOT NULL UNIQUE,
            roles text[] NOT NULL CHECK (cardinality(roles) > 0),
            teams text[] NOT NULL,
            active boolean NOT NULL,
            password_hash text NOT NULL,
            sessions_since timestamptz NOT NULL,
            version int NOT NULL CHECK (version > 0),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );

        CREATE TABLE user_sessions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users,
            user_name text COLLATE "C" NOT NULL,
            generation int NOT NULL CHECK (generation > 0),
            address text NOT NULL,
            agent text,
            created_at timestamptz NOT NULL,
            refreshed_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            end_reason text CHECK (end_reason IN ('signed_out', 'reused')),
            CHECK ((ended_at IS NULL) = (end_reason IS NULL))
        );
        CREATE INDEX user_sessions_user ON user_sessions (user_name, id);
        CREATE INDEX user_sessions_address ON user_sessions (user_id, address);

        ALTER TABLE revocations DROP CONSTRAINT revocations_claim_check;
        ALTER TABLE revocations ADD CONSTRAINT revocations_claim_check
            CHECK (claim IN ('jti', 'sub', 'sid'));
        """
}
