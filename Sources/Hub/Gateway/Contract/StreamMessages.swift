// What is said on streams besides events, as schemas: the hub's control frames and the messages of
// a WebSocket's client.

import Domain
import EventLog

/// A message of a channel.
struct StreamMessage {
    let name: String
    let title: String
    let payload: JSONSchema
}

/// The messages of streams.
enum StreamMessages {
    private static let gapMembers: [JSONSchema.Property] = [
        .required("reason", .choice(GapReason.self)),
        .required("from", JSONSchema.string("5f3a09c1-7").orNull),
        .required("to", JSONSchema.eventID),
        .required("reload", .string("/events?after=5f3a09c1-42")),
    ]

    /// Server-sent events besides the events.
    static let serverSent = [
        StreamMessage(
            name: "gap", title: "Events are missing; the stream goes on at `to`",
            payload: .object("Gap", gapMembers)),
        StreamMessage(
            name: "problem", title: "The last frame before the hub ends the stream",
            payload: ProblemSchemas.problem),
    ]

    /// Text frames of the hub besides events.
    static let fromServer = [
        StreamMessage(
            name: "ws_ready", title: "The stream is open, or its token renewed",
            payload: operation(
                "Ready", "ready",
                [.required("id", JSONSchema.eventID), .required("expires", .time)])),
        StreamMessage(
            name: "ws_gap", title: "Events are missing; the stream goes on at `to`",
            payload: operation(
                "GapFrame", "gap", [.required("id", JSONSchema.eventID)] + gapMembers)),
        StreamMessage(
            name: "ws_position", title: "A filtered stream has come so far",
            payload: operation("Position", "position", [.required("id", .string("5f3a09c1-42"))])),
        StreamMessage(
            name: "ws_problem", title: "Why a message was refused or the stream ends",
            payload: operation(
                "ProblemFrame", "problem",
                [
                    .required("problem", ProblemSchemas.problem),
                    .required("for", .string("subscribe")),
                ])),
        StreamMessage(
            name: "ws_drain", title: "The hub stops: come back after so long",
            payload: operation("Drain", "drain", [.required("retry_ms", .count(2_500))])),
        StreamMessage(
            name: "ws_pong", title: "The answer to ping", payload: operation("Pong", "pong", [])),
    ]

    private static let filter: [JSONSchema.Property] = [
        .optional("types", .list(of: .string("order_*"), max: 32), shown: true),
        .optional("subject", .string("leads/…", min: 1, max: 256)),
        .optional("entity", .list(of: .string("order"), max: 32)),
    ]

    /// Text frames of the client.
    static let fromClient = [
        StreamMessage(
            name: "subscribe", title: "Adds to the filter; the first one replaces everything",
            payload: operation(
                "Subscribe", "subscribe",
                filter + [
                    .optional(
                        "after",
                        JSONSchema.eventID.described("Only in the first: where the stream begins."),
                        shown: true)
                ])),
        StreamMessage(
            name: "unsubscribe", title: "Takes from the filter",
            payload: operation("Unsubscribe", "unsubscribe", filter)),
        StreamMessage(
            name: "auth", title: "Renews the token; of the same subject",
            payload: operation("Auth", "auth", [.required("token", .string("eyJhbGciOi…"))])),
        StreamMessage(
            name: "ping", title: "Asks for pong", payload: operation("Ping", "ping", [])),
    ]

    private static func operation(
        _ name: String, _ operation: String, _ properties: [JSONSchema.Property]
    ) -> JSONSchema {
        .object(name, [.required("op", .words([operation]))] + properties)
    }

    /// An entry of the unified log, in its live tail.
    static let log = StreamMessage(
        name: "log", title: "An entry of the unified log", payload: RecordSchemas.logEntry)
}
