// The documents and the readers say the same: what an example shows is taken, what is beyond a
// documented limit is refused, and every route and every problem is described.

import Domain
import EventLog
import Testing
import Wire

@testable import Gateway
@testable import Store

@Suite struct `The OpenAPI document` {
    private let tree = OpenAPIDocument.tree(version: "1.2.3")

    private var operations: [FieldValue] {
        guard case .object(let paths)? = tree["paths"] else { return [] }
        return paths.flatMap { path -> [FieldValue] in
            guard case .object(let methods) = path.value else { return [] }
            return methods.filter { $0.name != "parameters" }.map(\.value)
        }
    }

    @Test func `every route stands in it once, and names itself`() {
        let names = operations.compactMap { $0["operationId"]?.string }
        #expect(names.sorted() == Route.allCases.map(\.operationID).sorted())
        #expect(tree["info"]?["version"] == .string("1.2.3"))
    }

    @Test func `a path of it leads to the route that it describes`() {
        for path in Router.table {
            let filled = path.parameters.reduce(path.template) { text, parameter in
                text.replacing("{\(parameter.name)}", with: parameter.schema.sample.string ?? "")
            }
            for (name, route) in path.routes.methods {
                let method = HTTPMethod.allCases.first { $0.name == name.uppercased() } ?? .other
                guard case .route(let found, _) = Router.match(method, path: filled) else {
                    Issue.record("\(method) \(filled) leads nowhere")
                    continue
                }
                #expect(found == route)
            }
        }
    }

    @Test func `it says who may use what, by the table of permissions`() {
        let create = operations.first { $0["operationId"] == .string("createLead") }
        #expect(create?["x-permission"] == .string("leads.write"))
        #expect(create?["x-roles"] == .texts(["admin", "sales", "service"]))
        let version = operations.first { $0["operationId"] == .string("version") }
        #expect(version?["security"] == .array([]))
    }

    @Test(arguments: Route.allCases)
    func `every problem of a route is in the table of problems`(route: Route) {
        let unknown = route.problemCodes.filter { ProblemTable.named($0) == nil }
        #expect(unknown.isEmpty)
    }

    @Test func `no problem is described twice, and each with what to do`() {
        #expect(Set(ProblemTable.codes).count == ProblemTable.codes.count)
        #expect(ProblemTable.all.allSatisfy { !$0.advice.isEmpty && !$0.title.isEmpty })
    }

    @Test func `its names of events are the hub's own`() {
        let names = Set(EventCatalog.all.map(\.name))
        #expect(names == EventType.reserved.subtracting(["gap", "problem"]))
    }

    @Test func `compressed it is the same`() throws {
        let document = ContractDocument(tree)
        let deflated = Array(document.compressed.dropFirst(GzipStream.header.count).dropLast(8))
        let text = try RawInflater().message(deflated, bytesMax: document.plain.count)
        #expect(text == document.plain)
        #expect(document.compressed.count < document.plain.count / 5)
        #expect(document.etag != document.compressedETag)
    }
}

/// What reads the body of a route, be it a command's or one about sessions.
private func takes(_ route: Route, _ body: [UInt8]) throws -> Refusal? {
    let text = String(decoding: body, as: UTF8.self)
    let document = try document(text)
    var ids = FreshIDs()
    let id = UniqueID(high: 1, low: 2)
    return switch route {
    case .login: refusal { () throws(Refusal) in _ = try UserCoding.credentials(document) }
    case .refreshSession: refusal { () throws(Refusal) in _ = try UserCoding.refreshToken(body) }
    case .createUser:
        refusal { () throws(Refusal) in _ = try UserCoding.create(document, ids: &ids) }
    case .updateUser:
        refusal { () throws(Refusal) in
            _ = try UserCoding.update(document, id: id, ifMatch: nil)
        }
    default: try CommandCase.refusal(route, text)
    }
}

@Suite struct `Documented bodies` {
    private static let routes = Route.allCases.filter { BodySchemas.body(of: $0) != nil }

    /// The example of a body with one member replaced, or taken out.
    private func body(_ schema: JSONSchema, _ name: String, _ value: FieldValue?) -> [UInt8] {
        guard case .object(var members) = schema.sample else { return [] }
        members.removeAll { $0.name == name }
        if let value { members.append(FieldMember(name, value)) }
        return FieldValue.object(members).text
    }

    /// The object that a body is, or the first one that it may be.
    private func object(of route: Route) throws -> JSONSchema {
        let schema = try #require(BodySchemas.body(of: route))
        return schema.alternatives.first ?? schema
    }

    @Test(arguments: routes)
    func `the example is taken`(route: Route) throws {
        let schema = try #require(BodySchemas.body(of: route))
        let refused = try takes(route, schema.sample.text)
        #expect(refused == nil)
    }

    @Test(arguments: routes)
    func `what is required is missed by name, and an unknown field found`(route: Route) throws {
        let schema = try object(of: route)
        for property in schema.properties where property.isRequired {
            let refused = try takes(route, body(schema, property.name, nil))
            #expect(refused?.field == property.name && refused?.status == 422)
        }
        let refused = try takes(route, body(schema, "no_such_field", .bool(true)))
        #expect(refused?.field == "no_such_field")
    }

    @Test(arguments: routes)
    func `a field takes null where the document says so, and nowhere else`(route: Route) throws {
        let schema = try object(of: route)
        // A revocation needs one of its fields, and null is none.
        for property in schema.properties where !property.isRequired && route != .revokeTokens {
            let refused = try takes(route, body(schema, property.name, .null))
            let isFree = property.schema.allowsNull
            #expect((refused == nil) == isFree, "\(property.name): \(String(describing: refused))")
        }
    }

    @Test(arguments: routes)
    func `each documented word is taken, and no other`(route: Route) throws {
        let schema = try object(of: route)
        for property in schema.properties {
            guard case .array(let words)? = property.schema.definition["enum"] else { continue }
            // The two ways to name actions exclude each other.
            guard property.name != "action_set" else { continue }
            for word in words where word != .null {
                let refused = try takes(route, body(schema, property.name, word))
                #expect(refused == nil, "\(property.name): \(word)")
            }
            let refused = try takes(route, body(schema, property.name, .string("no such word")))
            #expect(refused?.field == property.name)
        }
    }

    /// Fields whose form leaves no room for just any letters.
    private static let formed: Set<String> = ["phone", "email"]

    @Test(arguments: routes)
    func `a text of the greatest length is taken, and one character more is not`(
        route: Route
    ) throws {
        let schema = try object(of: route)
        // Of the names of a revocation one may be given, and the example gives `jti`.
        let others: Set = route == .revokeTokens ? ["sub", "sid"] : Self.formed
        for property in schema.properties where !others.contains(property.name) {
            guard case .number(let count, _)? = property.schema.definition["maxLength"] else {
                continue
            }
            let longest = String(repeating: "a", count: Int(count))
            let taken = try takes(route, body(schema, property.name, .string(longest)))
            #expect(taken == nil, "\(property.name): \(String(describing: taken))")
            let refused = try takes(route, body(schema, property.name, .string(longest + "a")))
            #expect(refused?.field == property.name, "\(property.name)")
        }
    }

    @Test(arguments: routes)
    func `a list of the greatest length is taken, and one element more is not`(
        route: Route
    ) throws {
        let schema = try object(of: route)
        for property in schema.properties where route != .decide {
            guard case .number(let count, _)? = property.schema.definition["maxItems"],
                case .array(let elements) = property.schema.sample, let first = elements.first
            else { continue }
            let all = (0...Int(count)).map { index -> FieldValue in
                first.string.map { .string("\($0)\(index)") } ?? first
            }
            let taken = try takes(
                route, body(schema, property.name, .array(Array(all.dropLast()))))
            #expect(taken == nil, "\(property.name): \(String(describing: taken))")
            let refused = try takes(route, body(schema, property.name, .array(all)))
            #expect(refused?.field == property.name)
        }
    }
}

@Suite struct `Documented parameters` {
    private static let routes = Route.allCases.filter {
        $0.work == .query && !$0.queryParameters.isEmpty
    }

    private func refused(_ route: Route, _ query: String) throws -> Refusal? {
        let decoder = QueryDecoder(
            admitted: try admitted(
                route, "GET /x?\(query)", id: route.pathSchema.sample.string),
            token: VerifiedToken(
                credential: Credential(
                    principal: Principal(subject: "asha", roles: RoleSet([.admin])),
                    tokenID: nil, issuedMilliseconds: nil),
                expirySeconds: 1),
            log: EventLog(
                epoch: Epoch(rawValue: 0x5f3a_09c1), head: 99, memoryBytesMax: 1 << 20,
                pageBytesMax: 1 << 20))
        return refusal { () throws(Refusal) in _ = try decoder.query() }
    }

    @Test(arguments: routes)
    func `each documented one is taken, and no other`(route: Route) throws {
        for parameter in route.queryParameters {
            let value = parameter.schema.sample.plainText ?? ""
            let refused = try refused(
                route, "\(parameter.name)=\(PercentEncoding.encode(value))")
            #expect(refused == nil, "\(parameter.name)=\(value): \(String(describing: refused))")
        }
        #expect(try refused(route, "no_such=1")?.field == "no_such")
    }

    @Test(arguments: routes)
    func `what is beyond a documented limit is refused by name`(route: Route) throws {
        for parameter in route.queryParameters {
            let definition = parameter.schema.definition
            var beyond = definition["enum"] == nil ? [] : ["no_such_word"]
            if case .number(let most, _)? = definition["maximum"], most < 1e15 {
                beyond += [String(Int(most) + 1), "0", "x"]
            }
            if definition["type"] == .string("boolean") { beyond.append("yes") }
            if let format = definition["format"]?.string { beyond.append("no-" + format) }
            for value in beyond {
                let refused = try refused(route, "\(parameter.name)=\(value)")
                #expect(
                    refused?.field == parameter.name && refused?.status == 400,
                    "\(parameter.name)=\(value)")
            }
        }
    }
}
