// The OpenAPI 3.1 document: the routes of the router, each with what the hub's own tables say of
// its permission, its parameters, its body, its answers and its problems.

import Domain
import Wire

/// The description of the REST API.
struct OpenAPIDocument {
    private var schemas: [String: JSONSchema] = [:]

    /// The document of a version of the hub.
    static func tree(version: String) -> FieldValue {
        var document = OpenAPIDocument()
        let paths = document.paths
        return .members(
            ("openapi", .string("3.1.0")), ("info", info(version: version)),
            ("servers", .array([.members(("url", .string("/")))])),
            (
                "tags",
                .array(
                    RouteTag.all.map {
                        .members(("name", .string($0.name)), ("description", .string($0.text)))
                    })
            ), ("paths", paths), ("components", document.components),
            ("x-problems", .array(ProblemTable.all.map(problem))))
    }

    /// A problem for people.
    private static func problem(_ refusal: Refusal) -> FieldValue {
        .members(
            ("code", .string(refusal.code)), ("status", .integer(refusal.status)),
            ("type", .string(refusal.type)), ("title", .string(refusal.title)),
            ("detail", .string(refusal.detail)), ("advice", .string(refusal.advice)))
    }

    private static func info(version: String) -> FieldValue {
        .members(
            ("title", .string("Unified Core")), ("version", .string(version)),
            (
                "description",
                .string(
                    "CRM, logistics and tasks by REST; every change is an event on /events, which "
                        + "/asyncapi.json describes. GET has HEAD beside it, every path OPTIONS. "
                        + "Errors are application/problem+json; their codes are explained at "
                        + "/docs. A trace begun with traceparent goes through to the log.")
            ))
    }

    private var paths: FieldValue {
        mutating get {
            var paths: [FieldMember] = []
            for path in Router.table {
                var item: [FieldMember] = []
                if !path.parameters.isEmpty {
                    item.append(
                        FieldMember("parameters", .array(path.parameters.map(parameter))))
                }
                for (method, route) in path.routes.methods {
                    item.append(FieldMember(method, operation(route, at: path.template)))
                }
                paths.append(FieldMember(path.template, .object(item)))
            }
            return .object(paths)
        }
    }

    private mutating func operation(_ route: Route, at path: String) -> FieldValue {
        var members: [FieldMember] = [
            FieldMember("operationId", .string(route.operationID)),
            FieldMember("summary", .string(route.summary)),
            FieldMember("tags", .texts([RouteTag.name(of: path)])),
            FieldMember("security", .array(security(route))),
        ]
        if let permission = route.permission {
            members.append(FieldMember("x-permission", .string(permission.rawValue)))
            let roles = Role.allCases.filter { permission.isGranted(to: RoleSet([$0])) }
            members.append(FieldMember("x-roles", .texts(roles.map(\.rawValue))))
        }
        if let purpose = route.purpose {
            members.append(FieldMember("x-purpose", .string(purpose.code)))
        }
        let parameters = route.queryParameters + route.headerParameters
        if !parameters.isEmpty {
            members.append(FieldMember("parameters", .array(parameters.map(parameter))))
        }
        if let body = BodySchemas.body(of: route) {
            members.append(FieldMember("requestBody", requestBody(body, route)))
        }
        members.append(FieldMember("responses", responses(route)))
        return .object(members)
    }

    private func security(_ route: Route) -> [FieldValue] {
        guard route.permission != nil else { return [] }
        let schemes =
            route.work == .stream
            ? ["bearer", "cookie", "ticket", "access_token"] : ["bearer", "cookie"]
        return schemes.map { .members(($0, .array([]))) }
    }

    private func parameter(_ parameter: ParameterDescription) -> FieldValue {
        var members: [FieldMember] = [
            FieldMember("name", .string(parameter.name)),
            FieldMember("in", .string(parameter.place.rawValue)),
        ]
        if let text = parameter.text { members.append(FieldMember("description", .string(text))) }
        if parameter.place == .path { members.append(FieldMember("required", .bool(true))) }
        members.append(FieldMember("schema", parameter.schema.tree))
        members.append(FieldMember("example", parameter.schema.sample))
        return .object(members)
    }

    private mutating func requestBody(_ body: JSONSchema, _ route: Route) -> FieldValue {
        var types = ["application/json"]
        if route.isPatch { types.append("application/merge-patch+json") }
        if route == .publishEvents { types += EventMediaTypes.all }
        let isRequired = route != .refreshSession && route != .convertLead
        return .members(
            ("required", .bool(isRequired)),
            (
                "content",
                .object(types.map { FieldMember($0, media(body)) })
            ))
    }

    private mutating func media(_ schema: JSONSchema) -> FieldValue {
        schema.collect(into: &schemas)
        return .members(("schema", schema.tree), ("example", schema.sample))
    }

    private mutating func responses(_ route: Route) -> FieldValue {
        var responses: [FieldMember] = []
        let answer = route.answer
        var members = [FieldMember("description", .string(answer.text))]
        let headers = answer.headers + successHeaders(route)
        if !headers.isEmpty { members.append(FieldMember("headers", self.headers(headers))) }
        if !answer.contents.isEmpty {
            var contents: [FieldMember] = []
            for content in answer.contents {
                contents.append(FieldMember(content.type, media(content.schema)))
            }
            members.append(FieldMember("content", .object(contents)))
        }
        let links = route.links
        if !links.isEmpty { members.append(FieldMember("links", .object(links))) }
        responses.append(FieldMember(String(answer.status), .object(members)))
        if route.headerParameters.contains(where: { $0.name == "If-None-Match" }) {
            responses.append(
                FieldMember(
                    "304",
                    .members(
                        ("description", .string("It still has this ETag")),
                        ("headers", self.headers([.etag])))))
        }
        if route == .convertLead {
            responses.append(
                FieldMember(
                    "200",
                    .members(
                        ("description", .string("The converted lead, without an opportunity")),
                        ("headers", self.headers([.etag])),
                        (
                            "content",
                            .members(("application/json", media(EntitySchemas.lead)))
                        ))))
        }
        if route == .readiness {
            responses.append(
                FieldMember(
                    "503",
                    .members(
                        ("description", .string("Not ready")),
                        (
                            "content",
                            .members(
                                (
                                    "text/plain; charset=utf-8",
                                    media(.string("not ready\n"))
                                ))
                        ))))
        }
        let problems = route.problemCodes.compactMap { ProblemTable.named($0) }
        for status in Set(problems.map(\.status)).sorted() {
            let codes = problems.filter { $0.status == status }
            responses.append(FieldMember(String(status), problem(status, codes, route)))
        }
        return .object(responses)
    }

    private func successHeaders(_ route: Route) -> [AnswerHeader] {
        var headers: [AnswerHeader] = []
        if route.isRateLimited, !route.isPublicPage, route != .webSocket, route != .echo {
            headers += [.rateLimit, .rateLimitPolicy]
        }
        if route.isCommand { headers.append(.preferenceApplied) }
        if route.isCommand, !route.isPatch { headers.append(.idempotentReplayed) }
        return headers
    }

    private mutating func problem(
        _ status: Int, _ problems: [Refusal], _ route: Route
    ) -> FieldValue {
        ProblemSchemas.problem.collect(into: &schemas)
        let codes = problems.map(\.code)
        var headers: [AnswerHeader] = []
        if status == 401 { headers.append(.wwwAuthenticate) }
        if status == 429 || status == 503 { headers.append(.retryAfter) }
        if status == 429 { headers += [.rateLimit, .rateLimitPolicy] }
        let title = problems.count == 1 ? problems[0].title : codes.joined(separator: ", ")
        var members = [FieldMember("description", .string(title))]
        if !headers.isEmpty { members.append(FieldMember("headers", self.headers(headers))) }
        members.append(
            FieldMember(
                "content",
                .members(
                    (
                        "application/problem+json",
                        .members(
                            (
                                "schema",
                                .members(
                                    ("allOf", .array([ProblemSchemas.problem.tree])),
                                    (
                                        "properties",
                                        .members(
                                            ("code", .members(("enum", .texts(codes)))),
                                            ("status", .members(("const", .integer(status)))))
                                    ))
                            ))
                    ))))
        return .object(members)
    }

    private func headers(_ headers: [AnswerHeader]) -> FieldValue {
        .object(
            headers.map {
                FieldMember(
                    $0.rawValue,
                    .members(("$ref", .string("#/components/headers/" + $0.rawValue))))
            })
    }

    private var components: FieldValue {
        .members(
            (
                "schemas",
                .object(
                    schemas.sorted { $0.key < $1.key }
                        .map { FieldMember($0.key, $0.value.definition) })
            ),
            (
                "headers",
                .object(
                    AnswerHeader.allCases.map {
                        FieldMember(
                            $0.rawValue,
                            .members(
                                ("required", .bool($0.isAlwaysThere)),
                                ("schema", $0.schema.tree), ("example", $0.schema.sample)))
                    })
            ), ("securitySchemes", OpenAPIDocument.securitySchemes))
    }

    private static let securitySchemes = FieldValue.members(
        (
            "bearer",
            .members(
                ("type", .string("http")), ("scheme", .string("bearer")),
                ("bearerFormat", .string("JWT")))
        ),
        (
            "cookie",
            .members(
                ("type", .string("apiKey")), ("in", .string("cookie")),
                ("name", .string("hub_access")),
                ("description", .string("__Host-hub_access where the hub is reached by https.")))
        ),
        (
            "ticket",
            .members(
                ("type", .string("apiKey")), ("in", .string("query")), ("name", .string("ticket")),
                ("description", .string("From POST /auth/ticket; it opens one stream.")))
        ),
        (
            "access_token",
            .members(
                ("type", .string("apiKey")), ("in", .string("query")),
                ("name", .string("access_token")))
        ))
}

/// Media types of reported events besides JSON.
enum EventMediaTypes {
    static let all = ["application/cloudevents+json", "application/cloudevents-batch+json"]
}
