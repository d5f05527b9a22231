// The AsyncAPI 3.0 document: the streams of the hub, a message for every kind of event, the control
// frames, and what a WebSocket's client may say.

import Domain

/// The description of the event streams.
struct AsyncAPIDocument {
    private var schemas: [String: JSONSchema] = [:]
    private var messages: [FieldMember] = []

    /// The document of a version of the hub.
    static func tree(version: String) -> FieldValue {
        var document = AsyncAPIDocument()
        document.addMessages()
        return .members(
            ("asyncapi", .string("3.0.0")), ("info", info(version: version)),
            ("defaultContentType", .string("application/json")), ("servers", servers),
            ("channels", channels), ("operations", operations),
            ("components", document.components))
    }

    private static func info(version: String) -> FieldValue {
        .members(
            ("title", .string("Unified Core: events")), ("version", .string(version)),
            (
                "description",
                .string(
                    "Every event is a CloudEvent 1.0. As a server-sent event its `event:` field is "
                        + "the event's name and its `id:` is <epoch>-<position>; on a WebSocket it "
                        + "stands in {\"op\":\"event\"}. A stream resumes after the last id "
                        + "(Last-Event-ID, or after=) completely, or says what is missing in a "
                        + "gap. A comment comes after 15 s of silence at the latest. Close codes "
                        + "of the WebSocket: 1012 drain, 4401 token expired or revoked, 4403 role "
                        + "changed, 4408 too slow. The REST API is in /openapi.json.")
            ))
    }

    private static let servers: FieldValue = {
        func server(_ name: String) -> FieldValue {
            .members(
                ("host", .string("{host}")), ("protocol", .string(name)),
                (
                    "variables",
                    .members(("host", .members(("default", .string("127.0.0.1:8005")))))
                ),
                (
                    "security",
                    .array(
                        ["bearer", "cookie", "ticket", "access_token"].map {
                            reference("securitySchemes/" + $0)
                        })
                ))
        }
        return .members(("http", server("http")), ("ws", server("ws")))
    }()

    private static func reference(_ place: String) -> FieldValue {
        .members(("$ref", .string("#/components/" + place)))
    }

    // MARK: Messages

    /// An event's schema: the CloudEvent with its own type and data.
    private static func event(_ entry: EventCatalog.Entry) -> JSONSchema {
        let isReported = entry.name == EventCatalog.reported.name
        let type = isReported ? "in.bhiv.sla_warning" : "in.bhiv." + entry.name
        return .object(
            "event_" + entry.name,
            RecordSchemas.cloudEvent.properties.map { property in
                switch property.name {
                case "type":
                    .required(
                        "type",
                        isReported
                            ? .string(type, pattern: #"^in\.bhiv\.[a-z][a-z0-9_.]{0,63}$"#)
                            : .words([type]))
                case "data": .required("data", .anyOf([entry.data, erased]))
                default: property
                }
            })
    }

    /// What is left of an event about a person who was erased.
    private static let erased = JSONSchema.object(
        "Erased", [.required("erased", .constant(.bool(true)))])

    private mutating func addMessages() {
        for entry in EventCatalog.all + [EventCatalog.reported] {
            let schema = AsyncAPIDocument.event(entry)
            add(StreamMessage(name: entry.name, title: entry.title, payload: schema))
        }
        let envelope = JSONSchema.object(
            "EventFrame",
            [
                .required("op", .words(["event"])), .required("id", JSONSchema.eventID),
                .required("event", RecordSchemas.cloudEvent),
            ])
        add(StreamMessage(name: "ws_event", title: "An event, enveloped", payload: envelope))
        for message in StreamMessages.serverSent + StreamMessages.fromServer
            + StreamMessages.fromClient + [StreamMessages.log]
        {
            add(message)
        }
    }

    private mutating func add(_ message: StreamMessage) {
        message.payload.collect(into: &schemas)
        messages.append(
            FieldMember(
                message.name,
                .members(
                    ("name", .string(message.name)), ("title", .string(message.title)),
                    ("contentType", .string("application/json")),
                    ("payload", message.payload.tree),
                    (
                        "examples",
                        .array([
                            .members(
                                ("name", .string(message.name)), ("payload", message.payload.sample)
                            )
                        ])
                    ))))
    }

    // MARK: Channels and operations

    private static let eventNames = (EventCatalog.all + [EventCatalog.reported]).map(\.name)
    private static let serverSentNames = eventNames + StreamMessages.serverSent.map(\.name)
    private static let frameNames = ["ws_event"] + StreamMessages.fromServer.map(\.name)
    private static let clientNames = StreamMessages.fromClient.map(\.name)

    private static let channels = FieldValue.members(
        (
            "events",
            channel(
                "/events", "Server-sent events; a WebSocket where the client upgrades.",
                serverSentNames)
        ),
        ("webSocket", channel("/ws", "The same events by WebSocket.", frameNames + clientNames)),
        ("log", channel("/logs", "The live tail of the unified log.", ["log", "gap"])))

    private static func channel(_ path: String, _ text: String, _ names: [String]) -> FieldValue {
        .members(
            ("address", .string(path)), ("description", .string(text)),
            (
                "messages",
                .object(names.map { FieldMember($0, reference("messages/" + $0)) })
            ))
    }

    private static let operations = FieldValue.members(
        ("streamEvents", operation("send", "events", serverSentNames, "Follow events", .events)),
        (
            "streamFrames",
            operation("send", "webSocket", frameNames, "Follow events by WebSocket", .webSocket)
        ),
        (
            "hearClient",
            operation("receive", "webSocket", clientNames, "Change a WebSocket's filter or token")
        ),
        ("streamLog", operation("send", "log", ["log", "gap"], "Follow the log", .listLogs)))

    private static func operation(
        _ action: String, _ channel: String, _ messages: [String], _ summary: String,
        _ route: Route? = nil
    ) -> FieldValue {
        var members = [
            FieldMember("action", .string(action)),
            FieldMember("channel", .members(("$ref", .string("#/channels/" + channel)))),
            FieldMember("summary", .string(summary)),
            FieldMember(
                "messages",
                .array(
                    messages.map {
                        .members(("$ref", .string("#/channels/\(channel)/messages/\($0)")))
                    })),
        ]
        if let route, route != .webSocket {
            let query = JSONSchema.object(
                Parameters.stream.map { .optional($0.name, $0.schema) })
            members.append(
                FieldMember(
                    "bindings",
                    .members(
                        (
                            "http",
                            .members(
                                ("method", .string("GET")), ("query", query.tree),
                                ("bindingVersion", .string("0.3.0")))
                        ))))
        }
        return .object(members)
    }

    private var components: FieldValue {
        .members(
            (
                "schemas",
                .object(
                    schemas.sorted { $0.key < $1.key }
                        .map { FieldMember($0.key, $0.value.definition) })
            ), ("messages", .object(messages)),
            (
                "securitySchemes",
                .members(
                    (
                        "bearer",
                        .members(
                            ("type", .string("http")), ("scheme", .string("bearer")),
                            ("bearerFormat", .string("JWT")))
                    ), ("cookie", key("hub_access", "cookie")), ("ticket", key("ticket", "query")),
                    ("access_token", key("access_token", "query")))
            ))
    }

    private func key(_ name: String, _ place: String) -> FieldValue {
        .members(
            ("type", .string("httpApiKey")), ("name", .string(name)), ("in", .string(place)))
    }
}
