// The router's table as the documents read it: each path as a template, with its methods.

import Domain

/// A path of the documents.
struct DocumentedPath {
    /// Such as `/crm/leads/{id}`.
    let template: String
    /// What stands in braces.
    let parameters: [ParameterDescription]
    let routes: PathRoutes
}

extension PathRoutes {
    /// The methods by their names in OpenAPI; HEAD and OPTIONS are everywhere.
    var methods: [(name: String, route: Route)] {
        [("get", read), ("post", post), ("patch", patch), ("delete", delete)].compactMap {
            name, route in route.map { (name, $0) }
        }
    }
}

extension Route {
    /// Whether it deletes something.
    var isDeletion: Bool {
        switch self {
        case .deleteLead, .deleteOpportunity, .deleteOrder, .deleteTask: true
        default: false
        }
    }

    /// Where one goes on from what it makes: to the routes of the new thing.
    var links: [FieldMember] {
        guard answer.headers.contains(.location) else { return [] }
        return Route.allCases.filter { $0.entity == entity && ($0.isItem || $0.isPatch) }.map {
            FieldMember(
                $0.operationID,
                .members(
                    ("operationId", .string($0.operationID)),
                    ("parameters", .members(("id", .string("$response.body#/id"))))))
        }
    }
}

extension Router {
    /// Every path, sorted.
    static var table: [DocumentedPath] {
        let whole = collections.map { path, routes in
            DocumentedPath(template: path, parameters: [], routes: routes)
        }
        let root = DocumentedPath(
            template: "/", parameters: [], routes: PathRoutes(read: .dashboard))
        return (whole + items.map(documented) + [root]).sorted { $0.template < $1.template }
    }

    private static func documented(_ item: ItemPath) -> DocumentedPath {
        let name = item.prefix == "/auth/streams/" ? "stream" : "id"
        let schema = item.routes.methods.first?.route.pathSchema ?? JSONSchema.id
        let id = ParameterDescription(name, .path, schema)
        guard item.isSubject else {
            return DocumentedPath(
                template: "\(item.prefix){\(name)}\(item.suffix)", parameters: [id],
                routes: item.routes)
        }
        return DocumentedPath(
            template: "\(item.prefix){kind}/{id}\(item.suffix)",
            parameters: [
                ParameterDescription("kind", .path, .words(["leads", "users"])),
                ParameterDescription("id", .path, .string("01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")),
            ], routes: item.routes)
    }
}
