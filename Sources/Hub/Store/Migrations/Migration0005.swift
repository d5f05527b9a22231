// Tokens that were taken back, numbered in the order of their commits, so that every instance finds
// what it doesn't know yet.

/// Schema version 5.
enum Migration0005 {
    /// Its statements.
    static let sql = """
        ALTER TABLE log_head ADD COLUMN access bigint NOT NULL DEFAULT 0 CHECK (access >= 0);

        CREATE TABLE revocations (
            claim text COLLATE "C" NOT NULL CHECK (claim IN ('jti', 'sub')),
            name text COLLATE "C" NOT NULL,
            revoked_at timestamptz NOT NULL,
            actor text COLLATE "C" NOT NULL,
            number bigint NOT NULL,
            PRIMARY KEY (claim, name)
        );
        CREATE INDEX revocations_number ON revocations (number);
        """
}
