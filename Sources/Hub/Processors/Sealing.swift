// The sealer's work, a turn at a time: connect, lease, seal a page of rows, keep a checkpoint. What
// goes wrong ends the turn, and the next one begins where Postgres stands.

import Domain
import Reactor
import Store

/// Everything that the sealer's thread owns, made on it.
struct Sealing {
    /// What is true while the lease is ours.
    private struct Held {
        var tiles: AuditTiles
        var chain: TreeHash
        var renewAt: Int64
        /// How many rows the last checkpoint covers, and when it last covered all.
        var checkpointSize: UInt64
        var coveredAt: Int64
        /// How many rows the last checkpoint in the file covers; -1: there is none.
        var fileSize: Int64
        var indexedSize: UInt64
    }

    private let settings: SealerSettings
    private let tools: AuditTools
    private let hasher: TreeHasher
    private let file: CheckpointFile
    private let observe: (SealerObservation) -> Void
    private var token: UniqueID
    private var trail: AuditTrail?
    private var held: Held?
    private var wasHeld = false
    private var missing: UInt64?
    private var hasFailed = false
    private var hasFileFailed = false

    /// Somebody has changed what the sealer kept: it seals no more until that is as it was.
    private static let broken = PostgresError(
        sqlState: "XX001", message: "the seals of the audit trail are not whole", constraint: nil,
        isFatal: false)
    /// How long it rests after what went wrong, and while another has the lease.
    private static let pauseMilliseconds: Int64 = 500
    /// After how many rows the index of ids is brought up to date.
    private static let indexRows: UInt64 = 2_000

    init(
        _ settings: SealerSettings, tools: AuditTools,
        observe: @escaping (SealerObservation) -> Void
    ) {
        self.settings = settings
        self.tools = tools
        self.observe = observe
        hasher = tools.makeHasher()
        file = CheckpointFile(path: settings.checkpointFile)
        var random = RandomSource()
        token = UniqueID(
            milliseconds: Clock.realtimeMilliseconds(), random: (random.next(), random.next()))
    }

    /// Does what there is to do, and says how long to rest; 0: there is more.
    mutating func turn(now: Int64, realtime: Int64) -> Int64 {
        do throws(PostgresError) {
            let trail = try connected()
            guard try lease(trail, now: now) else {
                if wasHeld { observe(.lost) }
                wasHeld = false
                return Sealing.pauseMilliseconds
            }
            let isFull = try seal(trail, now: now, realtime: realtime)
            keepOutside(try checkpointsToKeep(trail))
            hasFailed = false
            return isFull ? 0 : settings.pollMilliseconds
        } catch {
            if !hasFailed { observe(.failed(error.message)) }
            hasFailed = true
            // What became of a write that was on its way is read again.
            held = nil
            if error.isFatal || error.sqlState.isEmpty { trail = nil }
            return Sealing.pauseMilliseconds
        }
    }

    /// Gives the lease back.
    mutating func stop() {
        guard held != nil, let trail else { return }
        held = nil
        _ = try? trail.release(token)
    }

    private mutating func connected() throws(PostgresError) -> AuditTrail {
        if let trail { return trail }
        let trail = try AuditTrail(
            connection: settings.connection, name: settings.holder + " seal")
        self.trail = trail
        return trail
    }

    // MARK: The lease

    /// Whether the lease is ours.
    private mutating func lease(_ trail: AuditTrail, now: Int64) throws(PostgresError) -> Bool {
        if let held, now < held.renewAt { return true }
        let state = try trail.lease(
            token, holder: settings.holder, seconds: settings.leaseSeconds)
        guard let state else {
            held = nil
            return false
        }
        let renewAt = now + Int64(settings.leaseSeconds) * 1_000 / 3
        if held?.tiles.size == state.size {
            held?.renewAt = renewAt
            return true
        }
        let last = try trail.lastCheckpoint().flatMap { SignedCheckpoint(note: $0) }?.checkpoint
        let kept = file.read()?.notes.last.flatMap { SignedCheckpoint(note: $0) }?.checkpoint
        let tiles = AuditTiles(
            size: state.size, tiles: try trail.tiles(AuditTiles.edge(of: state.size)))
        guard tiles.root(by: hasher) == state.root else { throw Sealing.broken }
        held = Held(
            tiles: tiles,
            chain: state.chain, renewAt: renewAt, checkpointSize: last?.size ?? 0,
            coveredAt: now, fileSize: kept.map { Int64(clamping: $0.size) } ?? -1,
            indexedSize: state.size)
        if !wasHeld { observe(.leased(size: state.size)) }
        wasHeld = true
        return true
    }

    // MARK: Seals

    /// Seals the rows that have come; whether there may be more.
    private mutating func seal(
        _ trail: AuditTrail, now: Int64, realtime: Int64
    ) throws(PostgresError) -> Bool {
        guard var held else { return false }
        let from = held.tiles.size
        var rows = try trail.rows(from: Int64(clamping: from) + 1, through: .max)
        let isFull = rows.count == AuditTrail.pageRows
        cutHole(&rows, from: from)
        let isCovered = held.checkpointSize == from
        // The time runs from the first row that no checkpoint covers.
        if isCovered { held.coveredAt = now }
        let isLate = now - held.coveredAt >= settings.checkpointSeconds * 1_000
        guard !rows.isEmpty || (isLate && !isCovered) else {
            self.held = held
            return false
        }
        var chains: [UInt64: TreeHash] = [:]
        for row in rows {
            let leaf = hasher.leaf(row)
            held.tiles.append(leaf, by: hasher)
            held.chain = hasher.link(held.chain, leaf)
            chains[(held.tiles.size - 1) / UInt64(AuditTiles.width)] = held.chain
        }
        let isDue = isLate || held.tiles.size - held.checkpointSize >= settings.checkpointRows
        let changed = held.tiles.takeChanged()
        guard let root = held.tiles.root(by: hasher) else { throw Sealing.broken }
        let signed =
            isDue
            ? tools.signed(
                AuditCheckpoint(
                    size: held.tiles.size, root: root, chain: held.chain,
                    time: Timestamp(milliseconds: realtime))) : nil
        let seal = AuditSeal(
            from: from, size: held.tiles.size, root: root, chain: held.chain,
            tiles: changed.map {
                ($0.key, $0.hashes, $0.key.level == 0 ? chains[$0.key.index] : nil)
            },
            note: signed?.note)
        // Until it is known to be written, nothing is known.
        self.held = nil
        guard try trail.write(seal, lease: token) else { return true }
        held.tiles.dropFull()
        if signed != nil {
            held.checkpointSize = held.tiles.size
        }
        if held.tiles.size - held.indexedSize >= Sealing.indexRows {
            try trail.summarizeIDs()
            held.indexedSize = held.tiles.size
        }
        self.held = held
        return isFull
    }

    /// Rows with a hole before them are not sealed.
    private mutating func cutHole(_ rows: inout [AuditRow], from size: UInt64) {
        var next = Int64(clamping: size) + 1
        for (place, row) in rows.enumerated() {
            guard row.number == next else {
                rows.removeSubrange(place...)
                if missing != UInt64(next) { observe(.missing(number: UInt64(next))) }
                missing = UInt64(next)
                return
            }
            next += 1
        }
    }

    // MARK: Outside

    /// The checkpoints that the file does not have, a page of them.
    private mutating func checkpointsToKeep(
        _ trail: AuditTrail
    ) throws(PostgresError) -> [(size: Int64, note: String)] {
        guard let held, Int64(clamping: held.checkpointSize) > held.fileSize else { return [] }
        return try trail.checkpoints(after: held.fileSize)
    }

    private mutating func keepOutside(_ checkpoints: [(size: Int64, note: String)]) {
        guard let last = checkpoints.last else { return }
        do throws(Errno) {
            try file.append(checkpoints.map(\.note))
            held?.fileSize = last.size
            hasFileFailed = false
        } catch {
            guard !hasFileFailed else { return }
            hasFileFailed = true
            observe(.fileFailed("\(settings.checkpointFile): \(error)"))
        }
    }
}
