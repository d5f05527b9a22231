// What `POST /event/unified` takes: a flat event, a CloudEvent, or a list of either.

import Domain

/// Schemas of reported events.
enum EventBodySchemas {
    private static let flatFields: [JSONSchema.Property] = [
        .optional("task_id", JSONSchema.opaque("task-1").orNull, shown: true),
        .optional("user_id", JSONSchema.opaque("customer-7").orNull, shown: true),
        .optional("consent_flag", JSONSchema.consentFlag, shown: true),
        .optional(
            "payload", .any(.members(("minutes_left", .integer(15)))), shown: true),
    ]

    private static let flat = JSONSchema.body(
        "FlatEvent", [.required("event_type", .reportedType)] + flatFields)

    /// A structured CloudEvent (CloudEvents 1.0, JSON format §3); its extensions are left out.
    private static let cloudEvent = JSONSchema.object(
        "ReportedCloudEvent",
        [
            .required("specversion", .words(["1.0"])),
            .required("id", .string("a-1", min: 1, max: 256, pattern: #"^[^\x00]*$"#)),
            .required("source", .string("/monitoring", min: 1, max: 512, pattern: #"^[^\x00]*$"#)),
            .required(
                "type",
                JSONSchema.string(
                    "in.bhiv.sla_warning", pattern: #"^(in\.bhiv\.)?[a-z][a-z0-9_.]{0,63}$"#
                )
                .with(
                    "not",
                    .members(
                        (
                            "enum",
                            .texts(
                                EventType.reserved.sorted().flatMap { [$0, "in.bhiv." + $0] })
                        )))),
            .optional(
                "data",
                JSONSchema.any(.members(("minutes_left", .integer(15)))).with(
                    "properties",
                    .object(
                        flatFields.filter { $0.name != "payload" }
                            .map { FieldMember($0.name, $0.schema.tree) })), shown: true),
            .optional("data_base64", .null),
        ])

    private static let event = JSONSchema.anyOf("ReportedEventBody", [flat, cloudEvent])

    static let publishEvents = JSONSchema.anyOf(
        "PublishEvents",
        [flat, cloudEvent, .list(of: event, min: 1, max: UnifiedEventCoding.itemsMax)])
}
