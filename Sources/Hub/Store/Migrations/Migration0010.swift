// Deletion that leaves the row. What was deleted before was erased, too: only leads were, and only
// so.

/// Schema version 10.
enum Migration0010 {
    /// Its statements.
    static let sql = """
        ALTER TABLE leads ADD COLUMN erased_at timestamptz;
        UPDATE leads SET erased_at = deleted_at WHERE deleted_at IS NOT NULL;
        ALTER TABLE leads ADD CONSTRAINT leads_erased
            CHECK (erased_at IS NULL OR deleted_at IS NOT NULL);
        ALTER TABLE opportunities ADD COLUMN deleted_at timestamptz;
        ALTER TABLE orders ADD COLUMN deleted_at timestamptz;
        ALTER TABLE tasks ADD COLUMN deleted_at timestamptz;
        """
}
