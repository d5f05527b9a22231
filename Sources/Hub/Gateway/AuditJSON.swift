// The audit trail as JSON: its rows, a checkpoint, a proof, and what came of a verification. Hashes
// are in base64, as in the logs of RFC 6962.

import Domain
import Store
import Wire

/// The audit trail for clients.
enum AuditJSON {
    /// A page of rows.
    static func page(_ rows: [AuditRow], nextCursor: String?) -> [UInt8] {
        CollectionJSON.text(rows, nextCursor: nextCursor) { append($0, to: &$1) }
    }

    /// A row.
    private static func append(_ row: AuditRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("number", Int(row.number))
        writer.member("id", row.id.text)
        writer.member("user_id", row.userID)
        writer.member("action", row.action)
        writer.member("resource", row.resource)
        let milliseconds = row.microseconds / 1_000 - (row.microseconds % 1_000 < 0 ? 1 : 0)
        writer.member("timestamp", Timestamp(milliseconds: milliseconds).text)
        writer.member("success", row.success)
        writer.member("layer", row.layer)
        writer.member("reason", row.reason)
        writer.member("trace_id", row.traceID)
        writer.member("count", Int(row.count))
        writer.endObject()
    }

    private static func append(
        _ signed: SignedCheckpoint, _ tools: AuditTools, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("size", Int(clamping: signed.checkpoint.size))
        writer.member("root", Base64.encode(signed.checkpoint.root.bytes))
        writer.member("chain", Base64.encode(signed.checkpoint.chain.bytes))
        writer.member("time", signed.checkpoint.time.text)
        writer.member("key_id", Hex.encode(signed.keyID))
        writer.member("signature", Base64.encode(signed.signature))
        writer.member("note", signed.note)
        writer.member("verifier_key", tools.verifierKey)
        writer.endObject()
    }

    private static func append(
        _ name: String, _ hashes: [TreeHash], to writer: inout JSONWriter
    ) {
        writer.name(text: name)
        writer.beginArray()
        for hash in hashes { writer.string(Base64.encode(hash.bytes)) }
        writer.endArray()
    }

    /// The last checkpoint, and that the tree that was asked about is its beginning.
    static func checkpoint(
        _ evidence: AuditEvidence, by tools: AuditTools
    ) throws(Refusal) -> [UInt8] {
        guard let signed = evidence.note.flatMap({ SignedCheckpoint(note: $0) }) else {
            throw .notFound("checkpoint yet")
        }
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        writer.name("checkpoint")
        append(signed, tools, to: &writer)
        if let from = evidence.from {
            let size = signed.checkpoint.size
            guard from <= size else {
                throw .badParameter("from", "must be the size of an older checkpoint")
            }
            let ranges = MerkleProof.consistency(from: from, to: size)
            let tiles = AuditTiles(size: size, tiles: evidence.tiles)
            guard let proof = tiles.hashes(of: ranges, by: tools.makeHasher()) else {
                throw .internalError
            }
            writer.member("from", Int(clamping: from))
            append("consistency", proof, to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    /// A row with the proof that it is under the last checkpoint.
    static func proof(
        _ evidence: AuditEvidence, by tools: AuditTools
    ) throws(Refusal) -> [UInt8] {
        guard let row = evidence.row else { throw .notFound("such audit row") }
        guard let signed = evidence.note.flatMap({ SignedCheckpoint(note: $0) }), row.number > 0,
            UInt64(row.number) <= signed.checkpoint.size
        else { throw .notFound("proof of this row yet; it is sealed within a second") }
        let hasher = tools.makeHasher()
        let leaf = UInt64(row.number) - 1
        let size = signed.checkpoint.size
        let tiles = AuditTiles(size: size, tiles: evidence.tiles)
        guard
            let path = tiles.hashes(of: MerkleProof.path(of: leaf, in: size), by: hasher),
            let previous = link(before: leaf, evidence, by: hasher)
        else { throw .internalError }
        var writer = JSONWriter(reserving: 4_096)
        writer.beginObject()
        writer.name("row")
        append(row, to: &writer)
        writer.name("leaf")
        writer.utf8(row.canonical)
        writer.member("leaf_hash", Base64.encode(hasher.leaf(row).bytes))
        writer.member("leaf_index", Int(clamping: leaf))
        writer.member("prev_hash", Base64.encode(previous.bytes))
        writer.member("tree_size", Int(clamping: size))
        append("audit_path", path, to: &writer)
        writer.name("checkpoint")
        append(signed, tools, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The end of the chain before a leaf, from the end of the tile before it on.
    private static func link(
        before leaf: UInt64, _ evidence: AuditEvidence, by hasher: TreeHasher
    ) -> TreeHash? {
        let index = leaf / UInt64(AuditTiles.width)
        guard let tile = evidence.tiles[AuditTileKey(level: 0, index: index)],
            var chain = index == 0 ? .zero : evidence.chainBefore
        else { return nil }
        for hash in tile.prefix(Int(leaf % UInt64(AuditTiles.width))) {
            chain = hasher.link(chain, hash)
        }
        return chain
    }

    /// What came of a verification; the first findings of many.
    static func report(_ report: AuditReport) -> [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        writer.member("good", report.isGood)
        writer.member("sealed", Int(clamping: report.size))
        writer.member("unsealed", Int(clamping: report.unsealed))
        writer.member("root", Base64.encode(report.root.bytes))
        writer.member("chain", Base64.encode(report.chain.bytes))
        writer.name("checkpoints")
        writer.beginObject()
        writer.member("postgres", report.checkpointCount)
        writer.member("outside", report.outsideCount)
        writer.member("size", Int(clamping: report.checkpointSize))
        writer.endObject()
        writer.name("first_break")
        if let first = report.findings.first { append(first, to: &writer) } else { writer.null() }
        writer.member("finding_count", report.findingCount)
        writer.name("findings")
        writer.beginArray()
        for finding in report.findings.prefix(listedMax) { append(finding, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static let listedMax = 100

    private static func append(_ finding: AuditFinding, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", finding.kind.rawValue)
        writer.member("number", Int(finding.number))
        writer.member("last", Int(finding.last))
        writer.name("other")
        if let other = finding.other { writer.integer(Int(other)) } else { writer.null() }
        writer.endObject()
    }
}
