// The stage that a deal came from, which its history tells for what is there already.

/// Schema version 12.
enum Migration0012 {
    /// Its statements.
    ///
    /// Events end with the names of what changed (`EventJSON`).
    static let sql = """
        ALTER TABLE opportunities ADD COLUMN last_stage text COLLATE "C" CHECK (last_stage IN
            ('prospecting', 'qualification', 'proposal', 'negotiation', 'won', 'lost'));
        UPDATE opportunities AS r SET last_stage = k.stage
            FROM (
                SELECT subject, stage, row_number() OVER (
                    PARTITION BY subject ORDER BY position DESC) AS place
                FROM (
                    SELECT e.subject, e.position,
                        substring(e.body FROM '"stage":"([a-z]+)"') AS stage
                    FROM events AS e
                    WHERE e.subject LIKE 'opportunities/%' AND (e.name = 'opportunity_created'
                        OR e.body ~ '"changed":\\[[^]]*"stage"[^]]*\\]\\}\\}$')) AS e) AS k
            WHERE k.place = 2 AND k.subject = 'opportunities/' || r.id;
        """
}
