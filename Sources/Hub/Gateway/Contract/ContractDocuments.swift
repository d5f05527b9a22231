// The documents that describe the hub, rendered once at its start and kept with their entity tags,
// plain and compressed.

import Domain
import Store
import TLS
import Wire

/// A document as it is served.
struct ContractDocument: Sendable {
    /// JSON, and the same in gzip.
    let plain: [UInt8]
    let compressed: [UInt8]
    /// Strong, so the two representations have different ones (RFC 9110 §8.8.3).
    let etag: String
    let compressedETag: String

    init(_ tree: FieldValue) {
        plain = tree.text
        compressed = GzipMember.compress(plain)
        let digest = Base64.encodeURL(Array(Digest.sha256(plain).prefix(12)))
        etag = "\"\(digest)\""
        compressedETag = "\"\(digest)-gzip\""
    }
}

/// The documents of a version of the hub.
struct ContractDocuments: Sendable {
    /// `/openapi.json`.
    let openAPI: ContractDocument
    /// `/asyncapi.json`.
    let asyncAPI: ContractDocument

    init(version: String) {
        openAPI = ContractDocument(OpenAPIDocument.tree(version: version))
        asyncAPI = ContractDocument(AsyncAPIDocument.tree(version: version))
    }
}
