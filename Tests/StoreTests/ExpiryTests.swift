// What is deleted when: never what could still matter.

import Domain
import Testing

@testable import Store

@Suite struct `What is too old` {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func limit(_ expiry: Expiry, accessLifetime: Int64 = 900) -> Int64 {
        var configuration = StoreConfiguration(connection: "", instance: "")
        configuration.accessLifetimeSeconds = accessLifetime
        let limit = expiry.limit(configuration, at: Self.now)
        return (Self.now.milliseconds - limit.milliseconds) / 1_000
    }

    @Test func `tokens that were taken back are remembered a day longer than they live`() {
        #expect(limit(.sessionTokens) == 900 + 86_400)
        #expect(limit(.sessionTokens, accessLifetime: 60) == 60 + 86_400)
        #expect(limit(.sessions) == 90 * 86_400 && limit(.keptAnswers) == 86_400)
    }

    @Test func `sessions and their tokens go when they are over, and nobody else's do`() throws {
        let database = try TestDatabase()
        let postgres = try database.open()
        let id = "00000000-0000-7000-8000-00000000000"
        try postgres.script(
            """
            INSERT INTO users VALUES ('\(id)0', 'nora', '{sales}', '{}', true, 'h', now(), 1, now(),
                now());
            INSERT INTO user_sessions (id, user_id, user_name, generation, address, created_at,
                refreshed_at, expires_at, ended_at, end_reason)
            SELECT k.id::uuid, '\(id)0', 'nora', 1, '::1', k.over - interval '1 hour',
                k.over - interval '1 hour', CASE WHEN k.ends THEN now() ELSE k.over END,
                CASE WHEN k.ends THEN k.over END, CASE WHEN k.ends THEN 'signed_out' END
            FROM (VALUES ('\(id)1', now() - interval '91 days', true),
                ('\(id)2', now() - interval '89 days', true),
                ('\(id)3', now() - interval '91 days', false),
                ('\(id)4', now() + interval '1 day', false)) AS k (id, over, ends);
            INSERT INTO revocations (claim, name, revoked_at, actor, number)
            SELECT k.claim, k.name, now() - k.age, 'x', row_number() OVER ()
            FROM (VALUES ('sid', '\(id)1', interval '91 days'),
                ('sid', '\(id)2', interval '23 hours'), ('sid', '\(id)4', interval '25 hours'),
                ('sid', '\(id)9', interval '91 days'), ('sid', 'of another', interval '91 days'),
                ('sub', 'nora', interval '91 days'), ('jti', '\(id)1', interval '91 days'))
                AS k (claim, name, age);
            """)
        var configuration = database.configuration
        configuration.housekeepingMilliseconds = 100
        let hub = try TestHub(configuration)
        defer { hub.store.stop() }
        hub.wait("the deletion") {
            hub.observations.all.contains(.oldRowsDeleted(table: "user_sessions", count: 2))
        }
        let sessions = try postgres.run(
            "SELECT string_agg(id::text, ' ' ORDER BY id) FROM user_sessions")
        #expect(sessions.text(0, 0) == "\(id)2 \(id)4")
        let revoked = try postgres.run(
            "SELECT string_agg(claim || right(name, 3), ' ' ORDER BY claim, name) FROM revocations")
        #expect(revoked.text(0, 0) == "jti001 sid002 sid009 sidher subora")
    }
}
