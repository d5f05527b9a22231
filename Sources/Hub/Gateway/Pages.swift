// What all reads have in common: ids in paths, and links from one page to the next.

import Domain
import Wire

/// The link from a page of a collection to the next one (RFC 8288).
enum NextPage {
    /// The path and query of a request without what belongs to this page alone, and without tokens.
    ///
    /// What no URI has, and some clients send all the same, is escaped: a `>` would end the link,
    /// and what stands behind it would be another.
    static func collection(_ request: IncomingRequest) -> String {
        let kept = request.query.split(separator: "&").filter { item in
            !["cursor=", "access_token=", "ticket="].contains { item.hasPrefix($0) }
        }
        return escaped(request.path) + "?" + kept.map { escaped($0) + "&" }.joined()
    }

    private static func escaped(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(where: { unwritten.contains($0) }) else { return String(text) }
        return text.map { character in
            character.utf8.allSatisfy { unwritten.contains($0) }
                ? PercentEncoding.encode(String(character)) : String(character)
        }.joined()
    }

    private static let unwritten = Array("<>\"\\^`{|}".utf8)

    /// The header's value.
    static func link(_ collection: String, cursor: String) -> String {
        "<\(collection)cursor=\(cursor)>; rel=\"next\""
    }
}

/// Ids in paths.
enum QueryIdentifier {
    static func read(_ admitted: AdmittedRequest, _ kind: String) throws(Refusal) -> UniqueID {
        if let item = admitted.parameters.items.first {
            throw .badParameter(item.name, "is not known here")
        }
        guard let id = admitted.id.flatMap({ UniqueID($0) }) else {
            throw .notFound(kind + (admitted.id ?? ""))
        }
        return id
    }
}
