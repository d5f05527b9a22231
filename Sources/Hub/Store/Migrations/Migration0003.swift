// Numbers the unified log in the order of its commits, as events and audit rows are numbered, so
// that whoever follows it can tell what is new from what is missing.

/// Schema version 3.
enum Migration0003 {
    /// Its statements.
    static let sql = """
        ALTER TABLE log_head ADD COLUMN logs bigint NOT NULL DEFAULT 0 CHECK (logs >= 0);
        ALTER TABLE logs ADD COLUMN number bigint;
        UPDATE logs SET number = n.number
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM logs) AS n
            WHERE n.id = logs.id;
        ALTER TABLE logs ALTER COLUMN number SET NOT NULL;
        CREATE UNIQUE INDEX logs_number ON logs (number);
        UPDATE log_head SET logs = (SELECT count(*) FROM logs);
        """
}
