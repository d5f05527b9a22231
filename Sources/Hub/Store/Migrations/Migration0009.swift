// Conversion of leads: when, and to which deal. No foreign key, for the lead's row is written
// before its deal's.

/// Schema version 9.
enum Migration0009 {
    /// Its statements.
    static let sql = """
        ALTER TABLE leads
            ADD COLUMN converted_at timestamptz,
            ADD COLUMN converted_opportunity uuid,
            ADD CONSTRAINT leads_converted CHECK (
                (converted_at IS NULL OR status = 'converted')
                AND (converted_opportunity IS NULL OR converted_at IS NOT NULL));
        """
}
