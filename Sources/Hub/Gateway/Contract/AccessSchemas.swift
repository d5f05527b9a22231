// Users, sessions and the audit trail in answers.

import Domain

/// Schemas of who may do what, and who did.
enum AccessSchemas {
    static let user = JSONSchema.object(
        "User",
        [
            .required("id", .id), .required("name", .string("ravi")),
            .required("roles", JSONSchema.roles), .required("teams", .list(of: .string("west"))),
            .required("active", .flag(true)), .required("version", .integer(1)),
            .required("created_at", .time), .required("updated_at", .time),
        ])

    static let session = JSONSchema.object(
        "Session",
        [
            .required("id", .id), .required("user", .string("ravi")),
            .required("address", .string("127.0.0.1")),
            .required("agent", JSONSchema.string("Mozilla/5.0").orNull),
            .required("created_at", .time), .required("refreshed_at", .time),
            .required("expires_at", .time),
            .required("ended_at", JSONSchema.time.orNull.example(.null)),
            .required(
                "end_reason",
                JSONSchema.words([SessionEnd.signedOut, .reused].map(\.rawValue)).orNull
                    .example(.null)),
        ])

    private static let principal = JSONSchema.object(
        "Principal",
        [
            .required("name", .string("ravi")), .required("roles", JSONSchema.roles),
            .required("teams", .list(of: .string("west"))),
        ])

    static let identity = JSONSchema.object(
        "Identity",
        [
            .required("user", principal),
            .required("session", JSONSchema.string("01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e").orNull),
            .required("expires_at", .time),
        ])

    /// The answer to a sign-in and to a refresh (RFC 6749 §5.1).
    static let grant = JSONSchema.object(
        "Grant",
        [
            .optional("access_token", .string("eyJhbGciOiJFZERTQSJ9…"), shown: true),
            .optional("token_type", .words(["Bearer"]), shown: true),
            .optional(
                "refresh_token",
                JSONSchema.string("rt_…").described("Good once; absent where it is in a cookie."),
                shown: true),
            .required("expires_in", .count(900)),
            .required(
                "session",
                .object([.required("id", .id), .required("expires_at", .time)])),
            .required("user", principal),
        ])

    static let ticket = JSONSchema.object(
        "Ticket",
        [.required("ticket", .string("tk_…")), .required("expires_in", .count(30))])

    private static let hash = "mB7qJ0m1v3sX2c9Q8h6l5k4j3g2f1d0s9a8z7x6c5v4="

    static let auditRow = JSONSchema.object(
        "AuditRow",
        [
            .required("number", .count(12)), .required("id", .id),
            .required("user_id", .string("ravi")), .required("action", .string("lead.create")),
            .required("resource", .string("leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")),
            .required("timestamp", .time), .required("success", .flag(true)),
            .required("layer", JSONSchema.string("business").orNull),
            .required("reason", JSONSchema.string("forbidden").orNull.example(.null)),
            .required("trace_id", JSONSchema.string("0af7651916cd43dd8448eb211c80319c").orNull),
            .required("count", .count(1)),
        ])

    private static let signedCheckpoint = JSONSchema.object(
        "Checkpoint",
        [
            .required("size", .count(12)), .required("root", .string(hash)),
            .required("chain", .string(hash)), .required("time", .time),
            .required("key_id", .string("5f3a09c1")), .required("signature", .string(hash)),
            .required("note", .string("unified-core/audit\n12\n…")),
            .required("verifier_key", .string("unified-core/audit+5f3a09c1+…")),
        ])

    static let checkpoint = JSONSchema.object(
        "CheckpointAnswer",
        [
            .required("checkpoint", signedCheckpoint), .optional("from", .count(4)),
            .optional("consistency", .list(of: .string(hash))),
        ])

    static let proof = JSONSchema.object(
        "AuditProof",
        [
            .required("row", auditRow), .required("leaf", .string("…")),
            .required("leaf_hash", .string(hash)), .required("leaf_index", .count(11)),
            .required("prev_hash", .string(hash)), .required("tree_size", .count(12)),
            .required("audit_path", .list(of: .string(hash))),
            .required("checkpoint", signedCheckpoint),
        ])

    private static let finding = JSONSchema.object(
        "AuditFinding",
        [
            .required("kind", .choice(AuditFinding.Kind.self)), .required("number", .count(7)),
            .required("last", .count(7)),
            .required("other", JSONSchema.integer(0).orNull.example(.null)),
        ])

    static let report = JSONSchema.object(
        "AuditReport",
        [
            .required("good", .flag(true)), .required("sealed", .count(12)),
            .required("unsealed", .count()), .required("root", .string(hash)),
            .required("chain", .string(hash)),
            .required(
                "checkpoints",
                .object([
                    .required("postgres", .count(3)), .required("outside", .count(3)),
                    .required("size", .count(12)),
                ])),
            .required("first_break", finding.orNull), .required("finding_count", .count()),
            .required("findings", JSONSchema.list(of: finding).example(.array([]))),
        ])
}
