// What has happened to something, as its timeline and its history of moves tell it.

import Domain

/// Schemas of timelines and moves.
enum TimelineSchemas {
    static let entry = JSONSchema.object(
        "TimelineEntry",
        [
            .required("position", .position), .required("event", .string("opportunity_updated")),
            .required(
                "subject", .string("opportunities/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")),
            .optional("id", JSONSchema.id.orNull), .optional("time", JSONSchema.time.orNull),
            .optional("actor", JSONSchema.string("ravi").orNull),
            .optional("traceparent", JSONSchema.string(traceparent).orNull),
            .optional(
                "causationid", JSONSchema.id.orNull.described("The event that it reacts to.")),
            .optional("changed", .list(of: .string("stage"))),
            .optional("data", .any(.members(("stage", .string("proposal"))))),
        ])

    static let move = JSONSchema.object(
        "Move",
        [
            .required("position", .position), .required("event", .string("opportunity_updated")),
            .required("time", JSONSchema.time.orNull),
            .required("actor", JSONSchema.string("ravi").orNull),
            .required("from", JSONSchema.string("qualification").orNull),
            .required("to", JSONSchema.string("proposal").orNull),
            .required(
                "reason",
                JSONSchema.string("Price").orNull.example(.null).described("Why it was lost.")),
        ])

    private static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
}
