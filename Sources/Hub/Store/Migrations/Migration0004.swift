// Whose events are. Erasing events: what is left of a text, and which positions were erased when,
// so that every instance replaces them in its memory before it passes on that they were.

/// Schema version 4.
enum Migration0004 {
    /// Its statements.
    ///
    /// A text keeps its members but for what they say of anybody. `json` reads no U+0000, which a
    /// payload may hold and none of the kept members does.
    static let sql = """
        CREATE FUNCTION erased_event(body text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
            SELECT '{"specversion":"1.0","id":' || (e.event -> 'id')::text
                || ',"source":' || coalesce((e.event -> 'source')::text, '""')
                || ',"type":' || coalesce((e.event -> 'type')::text, '""')
                || ',"subject":' || coalesce((e.event -> 'subject')::text, '""')
                || ',"time":' || (e.event -> 'time')::text
                || ',"datacontenttype":"application/json","actor":"erased","traceparent":'
                || coalesce((e.event -> 'traceparent')::text, '""')
                || ',"data":{"erased":true}}'
            FROM (SELECT replace(body, '\\u0000', '\\ufffd')::json AS event) AS e
        $$;

        -- Whose what an event is about is: some readers see only what is theirs.
        ALTER TABLE events ADD COLUMN owner text COLLATE "C", ADD COLUMN team text COLLATE "C";

        -- `position` is the head when they were erased.
        CREATE TABLE erasures (
            position bigint NOT NULL,
            erased bigint[] NOT NULL
        );
        CREATE INDEX erasures_position ON erasures (position);
        """
}
