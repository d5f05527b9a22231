// The seals of the audit trail: how far it is sealed and who seals it, the tree in tiles, and the
// signed checkpoints. All of it can be made again from the rows and compared.

/// Schema version 7.
enum Migration0007 {
    /// Its statements.
    static let sql = """
        -- One row, updated with each seal.
        CREATE TABLE audit_seal (
            size bigint NOT NULL CHECK (size >= 0),
            root bytea NOT NULL,
            chain bytea NOT NULL,
            lease uuid,
            holder text,
            leased_until timestamptz
        ) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000,
                autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000000);
        INSERT INTO audit_seal (size, root, chain)
            VALUES (0, sha256(''), decode(repeat('00', 32), 'hex'));

        -- 256 hashes of 32 bytes at most; hashes can't be compressed.
        CREATE TABLE audit_tiles (
            level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
            index bigint NOT NULL CHECK (index >= 0),
            hashes bytea NOT NULL,
            chain bytea,
            PRIMARY KEY (level, index)
        );
        ALTER TABLE audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

        CREATE TABLE audit_checkpoints (
            size bigint PRIMARY KEY CHECK (size >= 0),
            note text NOT NULL
        );
        CREATE TRIGGER audit_checkpoints_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

        -- Ids begin with their time and numbers follow it, so that ranges of pages tell them apart,
        -- which costs an INSERT next to nothing. The sealer looks after the ranges.
        CREATE INDEX audit_logs_id ON audit_logs USING brin (id) WITH (pages_per_range = 16);
        """
}
